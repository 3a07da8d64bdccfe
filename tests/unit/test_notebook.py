"""A notebook is a value: changes give a new one, text brings it back, a broken block stops no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from revops.analysis.choice import Choice
from revops.errors import BadParameter
from revops.metrics.engine import Engine
from revops.notebook import shelf
from revops.notebook.model import (
    MOST,
    CellBlock,
    NoteBlock,
    Notebook,
    SqlBlock,
    begun,
    file_name,
    from_text,
    to_text,
)
from revops.notebook.run import run_all
from tests.support import workspace_of

DEALS = [
    {
        "opportunity_id": str(n), "team": "North", "stage": "Won", "status": "won", "amount": "100",
        "created_at": "2026-01-01", "closed_at": f"2026-0{n}-10",
    }
    for n in (2, 3, 4)
]  # fmt: skip
BOOK = Notebook(
    key="b",
    title="Board, October",
    blocks=(
        NoteBlock(key="n", text="# What happened"),
        CellBlock(key="c", analysis="kpi_trend", params={"metric": "won_deals"}, choice=Choice(period="all")),
        SqlBlock(key="s", sql="SELECT count(*) AS deals FROM opportunities", title="Deals"),
    ),
)


def order(book: Notebook) -> str:
    return "".join(b.key for b in book.blocks)


def test_blocks_move_as_far_as_there_is_room() -> None:
    assert order(BOOK.moving("s", -1)) == "nsc"
    assert order(BOOK.moving("s", -9)) == "snc"
    assert order(BOOK.moving("n", 1)) == "cns"
    assert order(BOOK.moving("s", 1)) == "ncs"
    assert order(BOOK) == "ncs"


def test_blocks_are_added_doubled_changed_and_removed() -> None:
    assert order(BOOK.adding(NoteBlock(key="x"), after="n")) == "nxcs"
    doubled = BOOK.doubling("s")
    assert [type(b) for b in doubled.blocks[2:]] == [SqlBlock, SqlBlock]
    assert doubled.blocks[2].key != doubled.blocks[3].key
    assert BOOK.changing(NoteBlock(key="n", text="other")).blocks[0] == NoteBlock(key="n", text="other")
    assert order(BOOK.without("c")) == "ns"
    with pytest.raises(BadParameter):
        BOOK.without("gone")


def test_a_notebook_has_a_title_and_an_end() -> None:
    assert begun("  Board \n review ").title == "Board review"
    assert file_name(begun("Совет: октябрь / 2026")) == "совет-октябрь--2026"
    with pytest.raises(BadParameter):
        begun("  ")
    full = Notebook(key="f", title="f", blocks=tuple(NoteBlock(key=str(n)) for n in range(MOST)))
    with pytest.raises(BadParameter):
        full.adding(NoteBlock(key="x"))


def test_text_brings_it_back() -> None:
    assert from_text(to_text(BOOK)) == BOOK


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nothing", "not JSON"),
        ("[]", "no notebook"),
        ('{"revops_notebook": 99}', "newer"),
        ('{"revops_notebook": 1, "title": "t", "blocks": [{"cell": "nope"}]}', "block 1"),
        ('{"revops_notebook": 1, "title": "t", "blocks": [{"cell": "funnel", "look": {"period": "x"}}]}', "block 1"),
        ('{"revops_notebook": 1, "title": "t", "blocks": [{"note": 5}]}', "block 1"),
        (
            '{"revops_notebook": 1, "title": "t", "blocks": [{"key": "a", "note": ""}, {"key": "a", "note": ""}]}',
            "one key",
        ),
        ('{"revops_notebook": 1, "blocks": []}', "title"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_with_its_reason(text: str, says: str) -> None:
    with pytest.raises(BadParameter) as caught:
        from_text(text)
    assert says in caught.value.message.en


def test_a_workspace_keeps_notebooks_and_its_figures_do_not_change(tmp_path: Path) -> None:
    with workspace_of(tmp_path / "w.duckdb", {"opportunities": DEALS}) as workspace:
        before = workspace.fingerprint
        shelf.keep(workspace, BOOK)
        shelf.keep(workspace, BOOK.without("n"))
        assert shelf.notebooks(workspace) == {"b": BOOK.without("n")}
        taken = shelf.take_in(workspace, to_text(BOOK))
        assert taken.key != "b"
        assert set(shelf.notebooks(workspace)) == {"b", taken.key}
        shelf.forget(workspace, "b")
        assert set(shelf.notebooks(workspace)) == {taken.key}
        assert workspace.fingerprint == before


def test_a_shared_notebook_holds_no_row_of_the_data() -> None:
    assert set(json.loads(to_text(BOOK))["blocks"][1]) == {"key", "cell", "params", "look"}


def test_every_block_runs_and_a_broken_one_says_why(tmp_path: Path) -> None:
    with workspace_of(tmp_path / "w.duckdb", {"opportunities": DEALS}) as workspace:
        book = BOOK.adding(SqlBlock(key="bad", sql="DROP TABLE opportunities")).adding(
            CellBlock(key="none", analysis="arr_bridge")
        )
        note, cell, table, bad, none = run_all(book, Engine(workspace))
        assert (note.cell, note.table, note.problem) == (None, None, None)
        assert cell.cell is not None
        assert cell.cell.result.frame["value"].sum() == 3
        assert table.table is not None
        assert table.table["deals"].tolist() == [3]
        assert bad.problem is not None
        assert none.problem is not None
