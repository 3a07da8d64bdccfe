"""The ground the browser tests stand on: the server's settings, waiting for a run, and silence on the network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.harness import running_app, settle

SCRIPT = """
import time
import pandas as pd
import streamlit as st

if st.button("Work"):
    time.sleep(1.0)
    st.write("done")
st.vega_lite_chart(pd.DataFrame({"a": [1, 2]}), {"mark": "bar", "encoding": {"x": {"field": "a", "type": "ordinal"}}})
st.write("telemetry", st.get_option("browser.gatherUsageStats"), "after", st.get_option("runner.postScriptGC"))
"""


@pytest.fixture(scope="module")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("small_app")
    script = folder / "small.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with running_app(script, folder, folder / "server.log") as url:
        yield url


def test_settle_waits_for_the_run_that_a_click_starts(small_app: str, page: Page) -> None:
    page.goto(small_app)
    settle(page)
    assert page.get_by_text("done").count() == 0
    page.get_by_role("button", name="Work").click()
    settle(page)
    assert page.get_by_text("done").count() == 1


def test_settle_waits_for_the_charts(small_app: str, page: Page) -> None:
    page.goto(small_app)
    settle(page)
    assert page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg').count() > 0


def test_settle_says_that_a_page_never_came_to_rest(small_app: str, page: Page) -> None:
    page.goto(small_app)
    settle(page)
    page.get_by_role("button", name="Work").click()
    with pytest.raises(Exception, match=r"(?i)timeout|still working"):
        settle(page, seconds=0.3)


def test_the_server_runs_with_the_settings_of_the_project(small_app: str, page: Page) -> None:
    page.goto(small_app)
    settle(page)
    assert page.get_by_text("telemetry False after False").count() == 1


def test_a_page_asks_nothing_of_any_other_host(small_app: str, page: Page) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
    page.on("websocket", lambda socket: asked.add(urlsplit(socket.url).hostname or ""))
    page.goto(small_app)
    settle(page)
    page.wait_for_timeout(1000)
    assert asked - {""} == {"127.0.0.1"}


def test_a_server_that_cannot_start_shows_what_it_said(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    with (
        pytest.raises(AssertionError, match="did not start"),
        running_app(tmp_path / "missing.py", tmp_path, tmp_path / "server.log"),
    ):
        pass
