"""Fixtures of the browser tests: the app with the demo company, and one clean page a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.ensure_chromium import NONE, find_chromium
from tests.browser.harness import ROOT, launch, running_app

HERE = Path(__file__).parent
expect.set_options(timeout=20_000)  # a bound, not a wait: other tests keep the machine busy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser wait more than they work: they come first, while another worker has enough to do."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: HERE not in item.path.parents)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's executable. Where there is none: skipped with one line, but a failure with CI=true."""
    found = find_chromium()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NONE, pytrace=False)
        pytest.skip(NONE)
    return found


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser a test file: its event loop ends with it and never meets another test's."""
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app_url(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running app, on a copy of the demo workspace that only the server opens."""
    folder = tmp_path_factory.mktemp("app")
    shutil.copytree(demo_home, folder / "home")
    with running_app(ROOT / "app.py", folder / "home", folder / "server.log") as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in English, 1440 x 900. The test fails on any script error the page throws."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US", timezone_id="UTC")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, f"the page threw: {errors}"
