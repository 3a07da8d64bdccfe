"""Words that Streamlit's own widgets say, in the reader's language: for eyes and for screen readers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import settle

DROPZONE = "stFileUploaderDropzone"
FORGET = f"""() => document.querySelectorAll('[data-testid^="{DROPZONE}"]')
  .forEach(one => one.removeAttribute('data-testid'))"""


def opened(page: Page, url: str, language: str) -> Locator:
    page.goto(f"{url}/import?lang={language}")
    settle(page)
    return page.get_by_test_id(DROPZONE)


@pytest.mark.parametrize(
    ("language", "button", "note", "width"),
    [
        ("ru", "Выбрать файлы", "или перетащите сюда, до 2 ГБ каждый: CSV, TSV", 390),
        ("en", "Choose files", "or drop them here, up to 2 GB each: CSV, TSV", 1280),
    ],
)
def test_the_uploader_speaks_the_reader_s_language(
    app_url: str, page: Page, language: str, button: str, note: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    uploader = opened(page, app_url, language)
    named = uploader.get_by_role("button", name=button, exact=True)
    expect(named).to_be_visible()
    with page.expect_file_chooser() as chooser:
        named.click()
    assert chooser.value.is_multiple()
    heard = uploader.aria_snapshot()
    assert note in heard
    assert "Upload" not in heard
    assert "per file" not in heard
    box, own = uploader.bounding_box(), named.bounding_box()
    assert box is not None
    assert own is not None
    assert own["x"] + own["width"] <= box["x"] + box["width"]
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_files_held_over_the_uploader_are_asked_for_in_the_reader_s_language(app_url: str, page: Page) -> None:
    uploader = opened(page, app_url, "ru")
    held = page.evaluate_handle(
        "() => { const held = new DataTransfer(); held.items.add(new File(['a'], 'a.csv')); return held; }"
    )
    for event in ("dragenter", "dragover"):
        uploader.dispatch_event(event, {"dataTransfer": held})
    over = uploader.get_by_text("Drag and drop files here")
    expect(over).to_be_attached()
    expect(over).to_be_hidden()
    shown = over.evaluate("e => { const own = getComputedStyle(e, '::after'); return [own.visibility, own.content]; }")
    assert shown == ["visible", '"Отпустите здесь"']


def test_an_uploader_without_the_marks_we_know_says_its_own_words(app_url: str, page: Page) -> None:
    """As it would in a Streamlit that names its parts in another way: English, but there."""
    opened(page, app_url, "ru")
    page.evaluate(FORGET)
    expect(page.get_by_role("button", name="Upload", exact=True)).to_be_visible()
    expect(page.get_by_text("per file")).to_be_visible()


def test_a_text_field_says_how_to_apply_it_in_the_reader_s_language(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/metrics?lang=ru")
    settle(page)
    field = page.get_by_test_id("stMain").get_by_test_id("stTextInput").filter(visible=True).first
    field.get_by_role("textbox").fill("ARR")
    said = field.get_by_test_id("InputInstructions").locator("> :first-child")
    expect(said).to_be_attached()
    shown = said.evaluate("e => [getComputedStyle(e).visibility, getComputedStyle(e, '::after').content]")
    assert shown == ["hidden", '"Enter — применить"']
