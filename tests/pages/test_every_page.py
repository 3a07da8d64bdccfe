"""Every page opens in both languages, whatever the workspace holds: nothing, the demo, or half of what it needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from revops.text import LANGUAGES
from revops.ui.pages import PAGE
from tests.pages.conftest import OpenPage, said

FIGURES = ("overview", "trends", "drivers", "funnel", "churn")
RUSSIAN_NAMES = ("Русский", "Продажи")  # the language's own name, and a pipeline of the demo company
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", PAGE)
def test_a_page_opens_on_an_empty_workspace(open_page: OpenPage, tmp_path: Path, key: str, language: str) -> None:
    app = open_page(key, tmp_path, lang=language)
    assert not app.exception
    assert app.title[0].value == PAGE[key].title[language]  # type: ignore[index]
    assert any(b.key and b.key.endswith(("empty_demo", "import_demo")) for b in app.button), "the demo is offered"


@pytest.mark.parametrize("key", FIGURES)
def test_an_empty_page_says_what_it_needs_and_leads_to_the_import(
    open_page: OpenPage, tmp_path: Path, key: str
) -> None:
    app = open_page(key, tmp_path)
    assert "Nothing is loaded yet" in [s.value for s in app.subheader]
    app.button(key="empty_import").click().run()
    assert app.title[0].value == "Import"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", PAGE)
def test_a_page_opens_on_the_demo_company(open_page: OpenPage, demo_home: Path, key: str, language: str) -> None:
    app = open_page(key, demo_home, "demo", lang=language)
    assert not app.exception
    assert not app.warning, [w.value for w in app.warning]
    words = said(app)
    for name in RUSSIAN_NAMES:
        words = words.replace(name, "")
    assert bool(CYRILLIC.search(words)) is (language == "ru")
    if key in FIGURES:
        assert app.get("vega_lite_chart")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", PAGE)
def test_a_page_opens_on_a_half_mapped_workspace(
    open_page: OpenPage, half_mapped: Path, key: str, language: str
) -> None:
    app = open_page(key, half_mapped, lang=language)
    assert not app.exception


def test_what_a_half_mapped_workspace_cannot_tell_is_said_with_what_to_map(
    open_page: OpenPage, half_mapped: Path
) -> None:
    app = open_page("churn", half_mapped)
    assert app.warning
    assert all("Map " in w.value for w in app.warning)


def test_a_file_that_is_no_workspace_is_said_and_no_page_breaks(open_page: OpenPage, tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_text("not a database", encoding="utf-8")
    app = open_page("overview", tmp_path, str(broken))
    assert not app.exception
    assert "is not a workspace" in app.warning[0].value


def test_a_workspace_name_that_cannot_be_is_said_and_another_can_be_opened(
    open_page: OpenPage, half_mapped: Path
) -> None:
    app = open_page("overview", half_mapped, workspace="?what")
    assert not app.exception
    assert "“?what” cannot be the name of a workspace." in said(app) + str([e.value for e in app.error])
    [switch] = [box for box in app.selectbox if box.label == "Workspace"]
    assert "?what" in switch.options
    switch.select("default").run()
    assert not app.exception
    assert not app.error


def test_a_bug_is_told_in_a_sentence_and_the_log_quotes_no_data(
    open_page: OpenPage, demo_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_session: object) -> None:
        raise ValueError("Could not convert 'Jane Doe' to a number")

    monkeypatch.setattr("revops.ui.filters.view", broken)
    app = open_page("overview", demo_home, "demo")
    assert "a mistake in the product, not in your data" in app.error[0].value
    assert [e.message for e in app.exception] == ["Could not convert 'Jane Doe' to a number"]
    assert "ValueError in" in caplog.text
    assert "Jane Doe" not in caplog.text
