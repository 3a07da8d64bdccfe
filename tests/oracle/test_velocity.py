"""Sales velocity by its levers: deals that can be counted off the table, two months, the arithmetic by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View, picked
from revops.analysis.core import CellResult, Compare
from revops.analysis.run import run_cell
from revops.analysis.values import records
from revops.errors import BadParameter
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

DEALS = table("""
    opportunity_id | stage | status | amount | created_at | closed_at
    j1             | Won   | won    | 100    | 2025-01-01 | 2025-01-21
    j2             | Lost  | lost   | 100    | 2025-01-02 | 2025-01-25
    j3             | Lost  | lost   | 100    | 2025-01-02 | 2025-01-26
    j4             | Lost  | lost   | 100    | 2025-01-02 | 2025-01-27
    f1             | Won   | won    | 300    | 2025-01-22 | 2025-02-01
    f2             | Won   | won    | 100    | 2025-02-01 | 2025-02-11
    f3             | Lost  | lost   | 900    | 2025-02-01 | 2025-02-20
    f4             | Lost  | lost   | 900    | 2025-02-01 | 2025-02-21
    o1             | Demo  | open   | 50     | 2025-01-05 |
    o2             | Demo  | open   | 50     | 2025-02-05 |
    o3             | Demo  | open   | 50     | 2025-02-06 |
""")
VIEW = View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 3, 1)), as_of=dt.date(2025, 2, 28))
# open at the end, win rate, average won deal, cycle: January 2 (o1, f1), 1 of 4, 100, 20; February 3, 2 of 4, 200, 10
JANUARY, FEBRUARY = 2 * 0.25 * 100 / 20, 3 * 0.5 * 200 / 10


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("velocity")
    return Engine(workspace_of(folder / "w.duckdb", {"opportunities": DEALS}))


def velocity(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="velocity", params=params), view)


def by_lever(cell: CellResult, column: str) -> dict[str, float | None]:
    return {r["lever"]: None if r[column] != r[column] else r[column] for r in records(cell.result.frame)}


def test_the_levers_of_both_periods_and_their_parts(engine: Engine) -> None:
    cell = velocity(engine)
    assert by_lever(cell, "before") == {"open": 2, "win_rate": 0.25, "average": 100, "cycle": 20}
    assert by_lever(cell, "now") == {"open": 3, "win_rate": 0.5, "average": 200, "cycle": 10}
    assert (cell.result.facts["before"], cell.result.facts["now"]) == (JANUARY, FEBRUARY)
    effects = by_lever(cell, "effect")
    assert sum(v or 0 for v in effects.values()) == pytest.approx(FEBRUARY - JANUARY)
    assert effects["win_rate"] == effects["average"] == pytest.approx(effects["cycle"])  # each of them doubled it
    assert effects["open"] == pytest.approx((1 / 4 * 2.5 * (1 + 8) + 1 / 12 * 2.5 * (3 * 2 + 3 * 4)) * 0.5)
    assert by_lever(cell, "asked") == dict.fromkeys(("open", "win_rate", "average", "cycle"))


def test_it_is_the_metric_s_own_figure(engine: Engine) -> None:
    trend = run_cell(engine, Cell(analysis="kpi_overview", params={"department": "sales"}), VIEW)
    row = next(r for r in records(trend.result.frame) if r["metric"] == "sales_velocity")
    assert (row["value"], row["base"]) == pytest.approx((FEBRUARY, JANUARY))


def test_a_lever_that_is_asked_for_replaces_its_own(engine: Engine) -> None:
    cell = velocity(engine, win_rate=75, cycle=5)
    assert cell.result.facts["asked"] == 3 * 0.75 * 200 / 5
    moved = by_lever(cell, "asked_effect")
    assert moved["open"] is moved["average"] is None
    # win rate first: 30 -> 45, then cycle -> 90; cycle first: 30 -> 60, then win rate -> 90
    assert moved["win_rate"] == pytest.approx((15 + 30) / 2)
    assert moved["cycle"] == pytest.approx((45 + 30) / 2)


def test_the_sentence(engine: Engine) -> None:
    said = velocity(engine, cycle=5).finding
    en, ru = (text.replace("\xa0", " ") for text in (said.en, said.ru))
    assert en.startswith("Sales velocity for Feb 2025: $30 a day, +$28 from $2: ")
    assert en.endswith("; with sales cycle 5 days it would be $60 (+$30).")
    assert "а если цикл сделки 5 дн. — 60 $ (+30 $)" in ru


def test_without_a_comparison_there_are_no_parts(engine: Engine) -> None:
    alone = View(period=VIEW.period, as_of=VIEW.as_of, compare=Compare.NONE)
    cell = velocity(engine, alone)
    assert set(by_lever(cell, "effect").values()) == {None}
    assert cell.finding.en == "Sales velocity for Feb 2025: $30 a day."


def test_what_cannot_be_says_so(engine: Engine) -> None:
    for wish in ({"cycle": 0}, {"win_rate": 101}, {"open": -1}):
        with pytest.raises(BadParameter):
            velocity(engine, **wish)
    nothing = View(period=Period(dt.date(2024, 1, 1), dt.date(2024, 2, 1)), as_of=VIEW.as_of)
    assert velocity(engine, nothing).finding.en.endswith("no deal was won in the range.")


def test_a_lever_opens_its_own_records(engine: Engine) -> None:
    cell = velocity(engine)
    for part, metric in {"win_rate": "win_rate", "cycle": "sales_cycle", "before": "sales_velocity"}.items():
        shown = picked.figure(engine, cell, "sales_velocity", {"part": part})
        assert shown.metric == metric
    assert picked.figure(engine, cell, "sales_velocity", {"part": "before"}).period.start == dt.date(2025, 1, 1)
