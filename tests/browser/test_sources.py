"""A source on a schedule while the app runs: the file changes, and an open page repaints by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from revops import sources
from revops.sources import FileSource, Source
from revops.workspace import Workspace, workspace_path
from tests.browser.harness import ROOT, running_app, settle

HEADER = "Deal ID,Account Name,Stage,Amount,Create Date,Close Date\n"
DEALS = "d{n},Account {n},Closed Won,{amount},2026-01-05,2026-02-0{n}\n"
STEP = 12  # seconds between the turns of the sources
SLOWEST = 90_000  # ms


def export(path: Path, *amounts: int) -> None:
    lines = (DEALS.format(n=n, amount=amount) for n, amount in enumerate(amounts, start=1))
    path.write_text(HEADER + "".join(lines), encoding="utf-8")


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """The app on a workspace with sources of one file, each due every minute, one after the other; and the file."""
    home, file = tmp_path / "home", tmp_path / "deals.csv"
    monkeypatch.setenv("REVOPS_HOME", str(home))
    export(file, 1000, 500)
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    with Workspace.open(workspace_path("default")) as workspace:
        for ago in range(60 - STEP, 0, -STEP):
            source = Source(name=f"CRM {ago}", place=FileSource(path=str(file)), every=1)
            sources.save(workspace, source)
            sources.refresh(workspace, source, now=now - dt.timedelta(seconds=ago))
    with running_app(ROOT / "app.py", home, tmp_path / "server.log", workspace="") as url:
        yield url, file


def test_an_open_page_shows_what_a_changed_file_says(running: tuple[str, Path], page: Page) -> None:
    url, file = running
    page.goto(f"{url}/")
    settle(page, 90)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("$1,500")  # pipeline created
    loads: list[str] = []
    page.on("load", lambda opened: loads.append(opened.url))
    export(file, 1000, 500, 7000)
    expect(main).to_contain_text("$8,500", timeout=SLOWEST)
    expect(main).not_to_contain_text("$1,500", timeout=30_000)
    assert not loads, "the page repainted; nobody opened it again"
