"""Ready notebooks: every cell they begin with shows something; what the data cannot tell is named, with what to map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from revops.analysis import ANALYSIS
from revops.analysis.core import ParamKind
from revops.metrics import METRIC
from revops.metrics.engine import Engine
from revops.notebook.begin import begin
from revops.notebook.model import CellBlock, NoteBlock, Notebook, from_text, to_text
from revops.notebook.ready import READY, READY_BY_KEY
from revops.text import LANGUAGES, Language
from revops.workspace import Workspace, workspace_path
from tests.support import workspace_of

DEALS = [
    {
        "opportunity_id": str(n), "stage": "Won", "status": "won", "amount": "100",
        "created_at": "2026-01-01", "closed_at": f"2026-0{n}-10",
    }
    for n in (2, 3, 4)
]  # fmt: skip


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVOPS_HOME", str(demo_home))
        with Workspace.open(workspace_path("demo"), create=False) as workspace:
            yield Engine(workspace)


def cells(book: Notebook) -> list[str]:
    return [b.analysis for b in book.blocks if isinstance(b, CellBlock)]


def notes(book: Notebook) -> list[str]:
    return [b.text for b in book.blocks if isinstance(b, NoteBlock)]


@pytest.mark.parametrize("key", READY_BY_KEY)
def test_on_the_demo_company_every_cell_shows_something(key: str, demo: Engine) -> None:
    ready = READY_BY_KEY[key]
    book = begin(ready, demo, "en")
    asked = [a.analysis for s in ready.sections for a in s.cells]
    assert cells(book) == asked
    assert from_text(to_text(book)) == book


def test_what_they_ask_for_exists() -> None:
    asked = [a for one in READY for s in one.sections for a in s.cells]
    for one in asked:
        declared = {p.key: p for p in ANALYSIS[one.analysis].params}
        assert set(one.params) <= set(declared), one
        for key, value in one.params.items():
            if declared[key].kind is ParamKind.METRIC:
                assert value in METRIC


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_told_is_left_out_and_named(language: Language, tmp_path: Path) -> None:
    with workspace_of(tmp_path / "w.duckdb", {"opportunities": DEALS}) as workspace:
        book = begin(READY_BY_KEY["churn"], Engine(workspace), language)
    assert cells(book) == []
    last = notes(book)[-1]
    assert ANALYSIS["survival"].title[language] in last
    assert "subscriptions" in last
    assert not any(s.heading[language] in n for s in READY_BY_KEY["churn"].sections for n in notes(book))
