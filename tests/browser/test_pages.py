"""The pages in a real browser: figures drawn, links that reopen the same view, two languages, a narrow screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import settle

SIDEWAYS = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  return [main.scrollWidth - main.clientWidth,
          document.documentElement.scrollWidth - document.documentElement.clientWidth];
}"""
ADDRESSES = (
    "",
    "import",
    "sources",
    "quality",
    "trends",
    "why",
    "funnel",
    "churn",
    "revenue",
    "acquisition",
    "pipeline",
    "engagement",
    "success",
    "actions",
    "alignment",
    "notebook",
    "metrics",
    "definitions",
    "guide",
)
DRAWN = ("", "trends", "why", "funnel", "churn")


def choose(page: Page, label: str, option: str) -> None:
    """Picks an option of a select box by its words."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def finding(page: Page) -> str:
    return page.locator('[class*="st-key-finding"]').first.inner_text()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_deep_link_opens_its_page_draws_its_charts_and_scrolls_nowhere_sideways(
    app_url: str, browser: Browser, address: str
) -> None:
    """In Russian, whose words are the longer ones; wide, then narrow."""
    page = browser.new_context(viewport={"width": 1280, "height": 844}, locale="ru-RU").new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app_url}/{address}")
    settle(page)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if address in DRAWN:
        marks = page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg')
        expect(marks.first).to_be_visible()
    assert page.evaluate(SIDEWAYS) == [0, 0]
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    assert page.evaluate(SIDEWAYS) == [0, 0]
    page.context.close()
    assert not errors


def test_a_copied_link_reopens_the_same_view_for_somebody_else(app_url: str, page: Page, browser: Browser) -> None:
    page.goto(f"{app_url}/trends")
    settle(page)
    choose(page, "Period", "This year")
    choose(page, "Metric", "New customers")
    choose(page, "Split by", "Segment")
    expect(page).to_have_url(re.compile(r"period=this_year"))
    expect(page).to_have_url(re.compile(r"metric=new_customers"))
    other = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
    other.goto(page.url)
    settle(other)
    assert finding(other) == finding(page)
    assert "New customers" in finding(other)
    other.context.close()


def test_the_filters_stay_from_page_to_page_and_go_back_with_the_browser(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/trends")
    settle(page)
    choose(page, "Period", "Last quarter")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Churn").click()
    settle(page)
    expect(page).to_have_url(re.compile(r"/churn\?.*period=last_quarter"))
    page.go_back()
    settle(page)
    expect(page).to_have_url(re.compile(r"/trends\?.*period=last_quarter"))
    page.get_by_role("button", name="Reset filters").click()
    settle(page)
    expect(page.get_by_text("Nov 2025 – Oct 2026").first).to_be_visible()


def test_the_language_changes_and_the_view_stays(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/churn?period=this_year")
    settle(page)
    page.get_by_test_id("stSidebar").get_by_text("Русский").click()
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Отток")
    expect(page).to_have_url(re.compile(r"/churn\?.*period=this_year"))
    expect(page).to_have_url(re.compile(r"lang=ru"))
    assert re.search("[а-яё]", finding(page))


def test_the_language_is_the_browsers_to_begin_with(app_url: str, browser: Browser) -> None:
    page = browser.new_context(locale="ru-RU").new_page()
    page.goto(app_url)
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Обзор")
    page.context.close()


def test_a_figure_opens_to_its_sql_and_its_files(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/funnel")
    settle(page)
    page.get_by_role("radio", name="Where it comes from").click()
    settle(page)
    expect(page.get_by_test_id("stCode").first).to_contain_text("SELECT")


def test_several_values_are_filtered_one_after_another(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/funnel")
    settle(page)
    page.get_by_role("button", name="Filters").click()
    settle(page)
    page.get_by_role("combobox", name="Segment").click()
    for value in ("SMB", "Enterprise"):
        page.get_by_role("option", name=value).click()
        settle(page)
    expect(page.get_by_text("Segment: SMB, Enterprise")).to_be_visible()
    expect(page).to_have_url(re.compile(r"where=segment"))
