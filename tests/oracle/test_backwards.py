"""What a goal takes: ten leads whose ends can be counted off the table, and the arithmetic done by hand."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.errors import BadParameter, NotComputable
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

LEADS = table("""
    lead_id | created_at | mql_at     | sql_at     | disqualified_at | opportunity_id
    l1      | 2025-01-01 | 2025-01-03 | 2025-01-05 |                 | a
    l2      | 2025-01-02 | 2025-01-04 |            | 2025-01-09      |
    l3      | 2025-01-03 | 2025-01-04 | 2025-01-08 |                 | b
    l4      | 2025-01-04 |            |            |                 |
    l5      | 2025-01-05 | 2025-01-06 | 2025-01-07 |                 | c
    l6      | 2025-01-06 |            |            | 2025-01-20      |
    l7      | 2025-01-07 | 2025-01-08 | 2025-01-09 |                 | d
    l8      | 2025-01-08 |            |            | 2025-01-20      |
""")
DEALS = table("""
    opportunity_id | stage | status | type | amount | created_at | closed_at
    a              | Won   | won    | new  | 100    | 2025-01-06 | 2025-01-21
    b              | Lost  | lost   | new  | 200    | 2025-01-09 | 2025-01-30
    c              | Demo  | open   | new  | 300    | 2025-01-10 |
    d              | Won   | won    | new  | 300    | 2025-01-12 | 2025-01-27
    x              | Won   | won    | new  | 500    | 2025-01-02 | 2025-01-15
    y              | Won   | won    | renewal | 900 | 2025-01-02 | 2025-01-15
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 2, 1)), as_of=dt.date(2025, 2, 28))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("backwards")
    return Engine(workspace_of(folder / "w.duckdb", {"leads": LEADS, "opportunities": DEALS}))


def backwards(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="backwards", params=params), view)


def column(cell: CellResult, name: str) -> list[float | None]:
    return [None if v != v else v for v in cell.result.frame[name]]


def test_the_rates_are_of_those_decided(engine: Engine) -> None:
    cell = backwards(engine, goal=6)
    assert cell.result.frame["step"].tolist() == ["lead", "mql", "sql", "opportunity", "won"]
    # won: l1, l7. lost: l3 (its deal), l2, l6, l8 (disqualified). open: l4, l5
    assert column(cell, "came") == [8, 5, 4, 4, 2]
    assert column(cell, "open") == [2, 1, 1, 1, 0]
    assert column(cell, "rate") == [2 / 6, 2 / 4, 2 / 3, 2 / 3, None]
    assert column(cell, "needed") == [18, 12, 9, 9, 6]


def test_the_interval_is_the_goal_by_wilsons_bounds(engine: Engine) -> None:
    z, p, n = 1.959963984540054, 2 / 6, 6
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
    row = backwards(engine, goal=6).result.frame.iloc[0]
    assert (row["low"], row["high"]) == (math.ceil(6 / high), math.ceil(6 / low))


def test_of_all_that_came_more_is_needed(engine: Engine) -> None:
    assert column(backwards(engine, goal=6, rates="entered"), "needed") == [24, 15, 12, 12, 6]


def test_a_goal_in_money_is_divided_by_the_average_new_deal(engine: Engine) -> None:
    cell = backwards(engine, goal=1800, goal_in="amount")
    worth = [100, 300, 500]  # the renewal is no new business
    assert column(cell, "needed") == [18, 12, 9, 9, 6]  # 1800 / 300 = 6 wins
    error = stdev(worth) / math.sqrt(3) / mean(worth)
    row = cell.result.frame.iloc[0]
    spread = 1.959963984540054 * math.sqrt(error**2 + (1 - 2 / 6) / (6 * 2 / 6))
    assert (row["low"], row["high"]) == (math.ceil(18 * math.exp(-spread)), math.ceil(18 * math.exp(spread)))


def test_how_long_before(engine: Engine) -> None:
    assert column(backwards(engine), "days") == [
        median([20, 20]), median([18, 19]), median([16, 18]), median([15, 15]), None,
    ]  # fmt: skip


def test_without_a_goal_it_is_as_much_as_was_won_in_the_range(engine: Engine) -> None:
    cell = backwards(engine)
    assert cell.result.facts["goal"] == 3  # a, d, x
    assert any("1 had no lead" in note.en for note in cell.result.notes)
    assert any("2 of 8" in note.en for note in cell.result.notes)  # l4, l5 are still open
    assert backwards(engine, goal_in="amount").result.facts["goal"] == 900


def test_the_sentence_goes_backwards(engine: Engine) -> None:
    said = backwards(engine, goal=6).finding
    assert said.en.startswith("At the rates of Jan 2025, a goal of 6 wins takes 9 opportunities (")
    assert "18 leads (" in said.en
    assert said.ru.startswith("При долях за янв 2025 для цели «6 побед» нужно: 9 сделок (")


def test_nothing_won_means_no_rate_and_no_need(engine: Engine) -> None:
    early = View(period=VIEW.period, as_of=dt.date(2025, 1, 10))
    cell = backwards(engine, early, goal=5)
    assert column(cell, "needed") == [None, None, None, None, 5]
    assert cell.finding.en.startswith("Can't tell:")


def test_a_goal_of_nothing_is_refused(engine: Engine) -> None:
    with pytest.raises(BadParameter):
        backwards(engine, goal=0)


def test_leads_that_lead_to_no_deal_cannot_be_followed_back(tmp_path: Path) -> None:
    alone = [{k: v for k, v in lead.items() if k != "opportunity_id"} for lead in LEADS]
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"leads": alone, "opportunities": DEALS}))
    with pytest.raises(NotComputable):
        backwards(engine)


def test_without_leads_it_begins_with_the_deal(tmp_path: Path) -> None:
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": DEALS}))
    cell = backwards(engine, goal=6)
    # new business of January: a, d, x won, b lost, c open
    assert cell.result.frame["step"].tolist() == ["opportunity", "won"]
    assert column(cell, "rate") == [3 / 4, None]
    assert column(cell, "needed") == [8, 6]
    assert not any("had no lead" in note.en for note in cell.result.notes)
