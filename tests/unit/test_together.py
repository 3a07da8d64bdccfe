"""Cells side by side share their statements: each figure is asked once, over the periods of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest

from revops.analysis import Cell, View
from revops.analysis.run import run_cell
from revops.analysis.together import ask_ahead
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import AS_OF, TABLES
from tests.support import workspace_of

VIEW = View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 7, 1)), as_of=AS_OF)
MONTHS = tuple(Period(dt.date(2025, m, 1), dt.date(2025, m + 1, 1)) for m in range(2, 7))
CELLS = (
    Cell(analysis="kpi_overview", params={"department": "sales"}),
    Cell(analysis="before_after", params={"since": "2025-05-01"}),
    Cell(analysis="kpi_trend", params={"metric": "win_rate"}),
    Cell(analysis="kpi_breakdown", params={"metric": "win_rate", "by": "segment"}),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace_of(tmp_path_factory.mktemp("together") / "w.duckdb", TABLES) as made:
        yield made


class Counted(Engine):
    """An engine that tells how many statements ran."""

    statements = 0

    def run(self, text: str, relations: dict[str, str]) -> tuple[pd.DataFrame, str]:  # type: ignore[override]
        self.statements += 1
        return super().run(text, relations)


def test_cells_told_together_are_the_same_as_alone(workspace: Workspace) -> None:
    together = Engine(workspace)
    ask_ahead(together, CELLS, VIEW)
    for cell in CELLS:
        alone, shared = run_cell(Engine(workspace), cell, VIEW), run_cell(together, cell, VIEW)
        pd.testing.assert_frame_equal(alone.result.frame, shared.result.frame)
        assert alone.finding == shared.finding


def test_a_figure_that_was_asked_ahead_runs_no_statement(workspace: Workspace) -> None:
    engine = Counted(workspace)
    ask_ahead(engine, CELLS, VIEW)
    asked = engine.statements
    run_cell(engine, CELLS[2], VIEW)
    assert engine.statements == asked
    ask_ahead(engine, CELLS, VIEW)
    assert engine.statements == asked


def test_answers_over_other_periods_do_not_push_each_other_out(workspace: Workspace) -> None:
    engine = Counted(workspace)
    first, second = (Query(metric="win_rate", periods=p, as_of=AS_OF, where={}) for p in (MONTHS[:3], MONTHS[3:]))
    told = [engine.evaluate(q).frame for q in (first, second)]
    asked = engine.statements
    for query, frame in zip((first, second), told, strict=True):
        pd.testing.assert_frame_equal(engine.evaluate(query).frame, frame)
    pd.testing.assert_frame_equal(
        engine.evaluate(Query(metric="win_rate", periods=MONTHS[1:2], as_of=AS_OF, where={})).frame,
        told[0][told[0]["period_id"] == 1].assign(period_id=0).reset_index(drop=True),
        check_dtype=False,
    )
    assert engine.statements == asked


def test_what_cannot_be_told_is_left_to_its_cell(workspace: Workspace) -> None:
    ask_ahead(Engine(workspace), [Cell(analysis="kpi_trend", params={"metric": "cac"})], VIEW)
