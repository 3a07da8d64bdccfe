"""Looking closer: periods dragged over, filters kept under a name, days of one's own to compare with."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.harness import settle


def test_periods_that_are_dragged_over_become_the_period(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/trends?period=last_24_months")
    settle(page)
    drawn = page.locator('[data-testid="stVegaLiteChart"]').first.bounding_box()
    assert drawn is not None
    middle = drawn["y"] + drawn["height"] / 2
    page.mouse.move(drawn["x"] + drawn["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(drawn["x"] + drawn["width"] * 0.6, middle, steps=8)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"period=custom"))
    settle(page)
    expect(page).to_have_url(re.compile(r"from=\d{4}-\d\d-01.*to=\d{4}-\d\d-(28|29|30|31)"))
    assert "custom" in page.url
    page.get_by_role("button", name="Reset filters").click()
    settle(page)
    expect(page).not_to_have_url(re.compile("custom"))


def test_filters_are_kept_under_a_name_and_taken_up_again(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/funnel?where=segment:SMB")
    settle(page)
    page.get_by_role("button", name="Filters", exact=True).click()
    settle(page)
    page.get_by_label("Save these filters as").fill("Small *companies*")
    page.get_by_label("Save these filters as").press("Tab")
    settle(page)
    page.get_by_role("button", name="Save", exact=True).click()
    settle(page)
    page.goto(f"{app_url}/funnel")
    settle(page)
    page.get_by_role("button", name="Filters", exact=True).click()
    settle(page)
    page.get_by_role("combobox", name="Saved segment").click()
    page.get_by_role("option", name="Small *companies*").click()
    settle(page)
    expect(page).to_have_url(re.compile(r"where=segment"))
    page.get_by_role("button", name="Forget “Small *companies*”").click()
    settle(page)
    expect(page.get_by_role("combobox", name="Saved segment")).to_have_count(0)
    expect(page.get_by_text("Segment: SMB").first).to_be_visible()
