"""A large import in a real browser: it tells how far it is, Cancel stops it, and so does closing the tab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import ROOT, running_app, settle
from tests.large import write_deals

pytestmark = pytest.mark.extra  # tests/unit/test_cli_stopped.py stops loads without a browser
ROWS = 400_000


@dataclass(frozen=True)
class App:
    """url: of the running app. tmp: the server's temporary folder. workspace: the file it loads into."""

    url: str
    tmp: Path
    workspace: Path

    def kept(self) -> list[str]:
        """What lies in the server's temporary folders."""
        return sorted(path.name.split("-")[0] for path in self.tmp.glob("revops-run-*/*"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("app_stopped")
    (folder / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder / "tmp"))
        with running_app(ROOT / "app.py", folder / "home", folder / "server.log", workspace="") as url:
            yield App(url, folder / "tmp", folder / "home" / "workspaces" / "default.duckdb")
    assert list((folder / "tmp").iterdir()) == []  # the server is gone, and all of its folders with it


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_deals(tmp_path_factory.mktemp("large") / "deals.csv", ROWS)


def drop(page: Page, app: App, deals: Path) -> None:
    """The file lies on the desk, read and looked at."""
    page.goto(f"{app.url}/import")
    settle(page)
    page.locator('input[type="file"]').set_input_files(deals)
    expect(page.locator(".st-key-working")).to_contain_text("deals.csv", timeout=20_000)
    expect(page.locator(".st-key-load_files button")).to_be_enabled(timeout=60_000)
    settle(page, 60)


def test_cancel_stops_the_load_and_leaves_the_files_mapped_and_the_workspace_as_it_was(
    app: App, page: Page, deals: Path
) -> None:
    drop(page, app, deals)
    before = app.kept()
    page.locator(".st-key-load_files button").click()
    working = page.locator(".st-key-working")
    expect(working).to_contain_text("Loading rows", timeout=60_000)
    expect(working).to_contain_text("400,000 rows")
    page.locator(".st-key-stop_work button").click()

    expect(page.get_by_text("Cancelled; nothing was loaded.")).to_be_visible(timeout=10_000)
    settle(page, 60)
    assert not app.workspace.exists()  # it was made for this load
    assert app.kept() == before == ["table", "upload"]
    expect(page.get_by_text("Loaded so far")).to_have_count(0)
    expect(page.locator(".st-key-load_files button")).to_be_enabled()


def test_cancel_while_a_file_is_read_takes_it_off_the_desk(app: App, page: Page, deals: Path) -> None:
    page.goto(f"{app.url}/import")
    settle(page)
    page.locator('input[type="file"]').set_input_files(deals)
    page.locator(".st-key-stop_work button").click(timeout=20_000)
    expect(page.get_by_text("Cancelled: the files are off the desk")).to_be_visible(timeout=20_000)
    settle(page, 60)
    expect(page.locator(".st-key-load_files")).to_have_count(0)


def test_a_tab_that_is_closed_stops_its_load_and_the_next_one_can_load(app: App, browser: Browser, deals: Path) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US") as context:
        page = context.new_page()
        drop(page, app, deals)
        page.locator(".st-key-load_files button").click()
        expect(page.locator(".st-key-working")).to_contain_text("Loading rows", timeout=60_000)
    with browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US") as context:
        page = context.new_page()
        drop(page, app, deals)
        expect(page.get_by_text("Loaded so far")).to_have_count(0)
        page.locator(".st-key-load_files button").click()
        expect(page.get_by_text("Loaded 1 file, 400,000 rows.")).to_be_visible(timeout=60_000)
