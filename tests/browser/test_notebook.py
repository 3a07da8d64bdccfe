"""The notebook in a real browser: a cell kept on its page, a query with completion, and the page one takes along."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import settle


def taken_along(page: Page, folder: Path) -> Path:
    """The notebook that is shown, downloaded as one HTML page."""
    page.get_by_role("button", name="Take along").click()
    with page.expect_download() as download:
        page.get_by_text("Page (HTML)").click()
    taken = folder / "meeting.html"
    download.value.save_as(taken)
    return taken


def test_a_meeting_from_a_kept_cell_to_a_page_that_works_offline(
    app_url: str, page: Page, browser: Browser, tmp_path: Path
) -> None:
    page.goto(f"{app_url}/trends?metric=won_deals")
    settle(page)
    page.get_by_role("button", name="Keep").first.click()
    expect(page.get_by_text("Kept in “My notebook”")).to_be_visible()

    page.goto(f"{app_url}/notebook")
    settle(page)
    expect(page.get_by_text("Deals won for")).to_be_visible()
    page.get_by_role("button", name="SQL query").click()
    settle(page)
    editor = page.frame_locator('iframe[title*="code_editor"]')
    editor.locator(".ace_content").click()
    page.keyboard.type("SELECT count(*) AS companies FROM acc", delay=40)
    expect(editor.locator(".ace_autocomplete")).to_be_visible(timeout=20_000)
    expect(editor.locator(".ace_autocomplete")).to_contain_text("accounts")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("SELECT count(*) AS companies FROM accounts")).to_be_attached()
    settle(page)

    taken = taken_along(page, tmp_path)
    offline = browser.new_context(offline=True).new_page()
    asked: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.goto(taken.as_uri())
    expect(offline.locator("[data-chart] svg").first).to_be_visible()
    expect(offline.get_by_text("Deals won for")).to_be_visible()
    expect(offline.get_by_role("cell", name="1000")).to_be_attached()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    offline.context.close()


def test_a_notebook_is_there_after_a_reload(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/notebook?lang=ru")
    settle(page)
    page.get_by_role("button", name="Заметка").click()
    settle(page)
    page.get_by_role("textbox", name="Заметка").fill("## Итоги квартала")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("heading", name="Итоги квартала")).to_be_visible()
    page.reload()
    settle(page)
    expect(page.get_by_role("heading", name="Итоги квартала")).to_be_visible()


def test_a_waterfall_is_kept_opened_taken_along_and_there_after_a_reload(
    app_url: str, page: Page, browser: Browser, tmp_path: Path
) -> None:
    page.goto(f"{app_url}/pipeline?due=period&period=this_year")
    settle(page, 60)
    page.locator(".st-key-keep_waterfall").get_by_role("button", name="Keep").first.click()
    expect(page.get_by_text("Kept in “")).to_be_visible()

    page.goto(f"{app_url}/notebook")
    settle(page, 60)
    said = page.get_by_text("Open pipeline due in the period went from").last
    expect(said).to_be_visible()
    words = said.inner_text()
    taken = taken_along(page, tmp_path)
    offline = browser.new_context(offline=True).new_page()
    offline.goto(taken.as_uri())
    expect(offline.get_by_text(words)).to_be_visible()
    expect(offline.locator("[data-chart] svg").last).to_be_visible()
    offline.context.close()

    page.reload()
    settle(page, 60)
    card = page.locator('[class*="st-key-cell_"]').filter(has_text=words)
    card.get_by_role("radio", name="Rows").or_(card.get_by_text("Rows", exact=True)).first.click()
    settle(page, 60)
    expect(card.get_by_text("All rows, CSV")).to_be_visible()
