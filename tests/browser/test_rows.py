"""From a mark of a chart to the rows behind it, and to the file that holds them all."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.harness import settle

SECONDS = 90  # the first page of a cold server compiles its statements


def opened(page: Page, cell: str, choice: str) -> None:
    """Picks Table, Rows or Where it comes from of a cell."""
    page.locator(f".st-key-details_{cell}").get_by_text(choice, exact=True).click()
    settle(page, SECONDS)


def downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).first.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_a_click_on_a_bar_shows_the_rows_of_its_group(app_url: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{app_url}/trends?metric=won_revenue&split=segment")
    settle(page, SECONDS)
    cell = page.locator(".st-key-cell_breakdown")
    bars = cell.locator("svg g.mark-rect.role-mark path")
    bars.first.click()
    settle(page, SECONDS)
    heading = cell.get_by_text(re.compile(r"Won revenue, .*Segment: .* — \$"))
    expect(heading).to_be_visible()
    counted = cell.get_by_text(re.compile(r"^Rows: [\d,]+"))
    expect(counted).to_be_visible()
    rows = int(re.sub(r"\D", "", counted.inner_text().split("·")[0]))
    path = downloaded(page, "All rows, CSV", tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert len(told) == rows > 0
    assert all(r["file"] and r["row"] and r["opportunity_id"] for r in told)
    figure = float(re.sub(r"[^\d.]", "", heading.inner_text().rsplit("$", 1)[1]))
    assert abs(sum(float(r["won_amount"]) for r in told) - figure) <= 0.5  # the screen rounds to whole dollars
    assert "won_revenue" in path.name


def test_rows_are_not_made_before_they_are_asked_for_and_tell_what_was_left_out(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/trends")
    settle(page, SECONDS)
    cell = page.locator(".st-key-cell_trend")
    expect(cell.get_by_text("Closed opportunities")).to_have_count(0)
    opened(page, "trend", "Rows")
    expect(cell.get_by_text("Closed opportunities")).to_be_visible()
    cell.get_by_text("Left out", exact=True).click()
    settle(page, SECONDS)
    expect(cell.get_by_text(re.compile("Left out of this period"))).to_be_visible()


def test_a_card_opens_its_rows(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/?lang=ru")
    settle(page, SECONDS)
    page.locator(".st-key-behind_five").get_by_text("ARR", exact=True).click()
    settle(page, SECONDS)
    shown = page.locator(".st-key-behind_rows_five")
    expect(shown.get_by_text("Подписки, на конец периода")).to_be_visible()
    expect(shown.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_passport_is_downloaded_with_its_figures(app_url: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{app_url}/trends")
    settle(page, SECONDS)
    opened(page, "trend", "Where it comes from")
    paper = json.loads(downloaded(page, "Passport, to verify", tmp_path).read_text(encoding="utf-8"))
    assert paper["cell"]["analysis"] == "kpi_trend"
    assert len(paper["values"]) == 12
    assert all(len(s["sha256"]) == 64 for s in paper["sources"])


def test_a_click_on_an_owner_s_bar_shows_what_waits_for_them(app_url: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{app_url}/actions")
    settle(page, SECONDS)
    cell = page.locator(".st-key-cell_actions")
    cell.locator("svg g.mark-rect.role-mark path").first.click()
    settle(page, SECONDS)
    heading = cell.get_by_text(re.compile("Owner: .* · Kind: "))
    expect(heading).to_be_visible()
    path = downloaded(page, "All rows, CSV", tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert {r["owner"] for r in told} == {heading.inner_text().split("Owner: ")[1].split(" · ")[0]}
    assert all(r["file"] and r["row"] and r["record"] for r in told)


def test_a_dot_of_cac_by_attribution_opens_its_customers_and_its_spend(
    app_url: str, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{app_url}/acquisition?look=credit")
    settle(page, SECONDS)
    cell = page.locator(".st-key-cell_attribution")
    cell.locator("svg g.mark-symbol.role-mark path").last.click()
    settle(page, SECONDS)
    expect(
        cell.get_by_text(re.compile(r"Channel: .* · Credited to: .* · Spend earlier by, months: \d"))
    ).to_be_visible()
    path = downloaded(page, "All rows, CSV", tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert told
    assert {r["credited"] for r in told if float(r["part"]) > 0} == {told[0]["credited"]}
    cell.get_by_text("Spend", exact=True).first.click()
    settle(page, SECONDS)
    expect(cell.get_by_text(re.compile(r"^Rows: \d+ · Spend: \$"))).to_be_visible()
    assert downloaded(page, "All rows, XLSX", tmp_path).read_bytes()[:2] == b"PK"


def test_a_bar_of_a_gap_between_definitions_opens_its_companies(app_url: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{app_url}/definitions?metric=clv")
    settle(page, SECONDS)
    cell = page.locator(".st-key-cell_gap")
    expect(cell.get_by_text("Click a mark on the chart")).to_be_visible()
    cell.locator("svg g.mark-rect.role-mark path").first.click()
    settle(page, SECONDS)
    expect(cell.get_by_text(re.compile(r"^Rule: "))).to_be_visible()
    path = downloaded(page, "All rows, CSV", tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert all(r["account_id"] and float(r["amount"]) for r in told)
    assert told
