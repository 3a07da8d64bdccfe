"""The pages in Streamlit's own test runner: one script run at a time, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from revops.ui.pages import PAGE
from revops.workspace import workspace_path
from tests.support import workspace_of

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def _packages_read_once() -> Iterator[None]:
    """An app of the runner looks for components in every installed package: the same ones for all of a run's apps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """No workspace stays open from one test to the next."""
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> OpenPage:
    """Opens a page by its key on the workspace file (None: a data folder where nothing is).

    The runner always begins with the first page: it does so where nothing is, which costs nothing.
    """

    def opened(key: str, home: Path, workspace: str = "", **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        for name, value in address.items():
            app.query_params[name] = value
        if PAGE[key].url and workspace in ("", "demo"):  # the runner offers others by name only once they are open
            monkeypatch.setenv("REVOPS_HOME", str(tmp_path_factory.mktemp("nothing")))
            monkeypatch.setenv("REVOPS_WORKSPACE", "")
            app.run()
        monkeypatch.setenv("REVOPS_HOME", str(home))
        monkeypatch.setenv("REVOPS_WORKSPACE", workspace)
        if PAGE[key].url and workspace not in ("", "demo"):
            app.run()
        if PAGE[key].url:
            app.switch_page(PAGE[key].path)
        return app.run()

    return opened


@pytest.fixture
def half_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose workspace holds deals without dates of closing, and nothing else."""
    home = tmp_path / "half"
    monkeypatch.setenv("REVOPS_HOME", str(home))
    deals = [
        {"opportunity_id": "1", "stage": "Demo", "created_at": "2026-01-10", "amount": 100},
        {"opportunity_id": "2", "stage": "Won", "created_at": "2026-02-11", "amount": 200},
        {"opportunity_id": "3", "stage": "Lost", "created_at": "2026-03-12", "amount": 300},
    ]
    workspace_of(workspace_path("default"), {"opportunities": deals}).close()
    return home


def said(app: AppTest) -> str:
    """Every text on the page outside of tables and charts."""
    kinds = (app.title, app.subheader, app.header, app.markdown, app.caption, app.warning, app.info, app.success)
    text = "\n".join(str(element.value) for kind in kinds for element in kind)
    return re.sub(r"\\([^\w\s]|_)", r"\1", text)  # without the escapes that keep Markdown out of texts from the data
