"""A file of mixed errors in a real browser: cells corrected in the grid, the rest downloaded, corrected, dropped in
again; and a mapping out as a file and in again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import ROOT, running_app, settle

HEADER = "Deal ID,Account Name,Deal Stage,Create Date,Close Date,Amount\n"
GOOD = "".join(f"{i},Ada,Closed Won,2026-01-{i:02},2026-02-{i:02},{i}00\n" for i in range(10, 29))
DEALS = HEADER + (
    "1,Ada,Closed Won,31.02.2025,2026-02-01,100\n"
    "2,Bo,Discovery,soon,,200\n"
    "3,Cy,,2026-01-07,,300\n"
    ",Di,Discovery,2026-01-08,,400\n"
    "5,Eve,Discovery,2026-01-09,,call me\n" + GOOD
)
ROW_HEIGHT = 35


@pytest.fixture
def import_page(page: Page, tmp_path: Path) -> Iterator[Page]:
    """The import page of a workspace where nothing is, with the file on it."""
    file = tmp_path / "deals.csv"
    file.write_text(DEALS, encoding="utf-8")
    with running_app(ROOT / "app.py", tmp_path / "home", tmp_path / "server.log", workspace="") as url:
        page.goto(f"{url}/import")
        settle(page, 60)
        drop(page, file)
        expect(page.get_by_text("Rows to reject: 4.")).to_be_visible()
        yield page
        page.goto("about:blank")
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


def drop(page: Page, file: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files(file)
    expect(page.get_by_text("Ready to look at")).to_be_visible(timeout=60_000)
    settle(page, 60)


def choose(page: Page, text: str) -> None:
    """A segment of the view or of the repairs."""
    page.get_by_test_id("stMain").get_by_text(text, exact=True).first.click()
    settle(page, 60)


def write(page: Page, grid: Locator, row: int, text: str) -> None:
    """A person's edit of the first column after the row's number: a cell is opened, written and left."""
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 130, box["y"] + ROW_HEIGHT * (row + 1) + ROW_HEIGHT / 2)
    editor = page.locator("#portal textarea, #portal input").first
    editor.fill(text)
    editor.press("Enter")
    settle(page)


def test_cells_are_corrected_in_the_grid_and_the_rest_outside(import_page: Page, tmp_path: Path) -> None:
    page = import_page
    choose(page, "Check and repair")
    expect(page.get_by_text("“31.02.2025”, “soon”")).to_be_visible()
    choose(page, "Edit the cells")
    grid = page.locator('[class*="st-key-grid_"]').get_by_test_id("stDataFrame").first
    write(page, grid, 0, "2025-02-28")
    write(page, grid, 1, "2026-01-06")
    expect(page.get_by_text("edited: 2 cells")).to_be_visible()
    page.locator('[class*="st-key-grid_apply_"] button').click()
    expect(page.get_by_text("Rows to reject: 2.")).to_be_visible()
    settle(page, 60)
    expect(page.get_by_text("Corrected by hand — 2 cells")).to_be_visible()

    page.locator(".st-key-load_files button").click()
    expect(page.get_by_text("Loaded 1 file, 24 rows.")).to_be_visible(timeout=60_000)
    settle(page, 60)
    with page.expect_download() as waiting:
        page.locator(".st-key-reports").get_by_role("button", name="Download rejected rows").click()
    rejected = tmp_path / "rejected.csv"
    waiting.value.save_as(rejected)
    text = rejected.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == HEADER.strip() + ",Why this row was rejected"
    assert len(text.splitlines()) == 3

    rejected.write_text(text.replace("3,Cy,,", "3,Cy,Discovery,").replace(",Di,", "4,Di,"), encoding="utf-8")
    drop(page, rejected)
    expect(page.get_by_text("rejected rows that come back")).to_be_visible()
    page.locator(".st-key-load_files button").click()
    expect(page.get_by_text("2 records (2 new, 0 changed, 0 unchanged)")).to_be_visible(timeout=60_000)


def test_a_mapping_goes_out_and_comes_in_again(import_page: Page, tmp_path: Path) -> None:
    page = import_page
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the mapping").click()
    mapping = tmp_path / "deals.mapping.json"
    waiting.value.save_as(mapping)
    told = json.loads(mapping.read_text(encoding="utf-8"))
    told["entities"] = [e for e in told["entities"] if e["entity"] == "opportunities"]
    mapping.write_text(json.dumps(told), encoding="utf-8")

    broken = tmp_path / "broken.json"
    broken.write_text("{not a mapping", encoding="utf-8")
    use_mapping(page, broken)
    expect(page.get_by_text("The file holds no mapping.")).to_be_visible()
    use_mapping(page, mapping)
    expect(page.get_by_text("mapping changed by you")).to_be_visible()
    expect(page.get_by_text("Records ready: Opportunities — 20. Rows to reject: 4.")).to_be_visible()


def use_mapping(page: Page, file: Path) -> None:
    """Gives the table the mapping of a file."""
    if not page.get_by_text("Mapping (JSON)").is_visible():
        page.get_by_role("button", name="Use a mapping from a file").click()
    page.locator('[class*="st-key-mapping_file_"] input[type="file"]').set_input_files(file)
    settle(page, 60)
    page.locator('[class*="st-key-mapping_take_"] button').press("Enter")  # the box may have grown past the window
    settle(page, 60)
