"""A scenario of ARR: three months whose rates can be read off the subscriptions, and the months after by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.analysis.scenario import path
from revops.analysis.values import records
from revops.errors import BadParameter, NotComputable
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

# MRR at the ends of December to March: 1000, 1100, 1000, 1200
SUBSCRIPTIONS = table("""
    subscription_id | account_id | amount | interval | started_at | ended_at
    s1              | a          | 600    | month    | 2024-12-01 |
    s2              | b          | 400    | month    | 2024-12-01 | 2025-02-10
    s3              | c          | 100    | month    | 2025-01-15 |
    s4              | d          | 300    | month    | 2025-02-20 |
    s5              | e          | 100    | month    | 2025-03-03 |
    s6              | a          | 100    | month    | 2025-03-05 |
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 4, 1)), as_of=dt.date(2025, 3, 31))
BEGAN = 1000 + 1100 + 1000
NEW = (100 + 300 + 100) / 3
EXPANSION, CHURN = 100 / BEGAN, 400 / BEGAN


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("scenario")
    return Engine(workspace_of(folder / "w.duckdb", {"subscriptions": SUBSCRIPTIONS}))


def scenario(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="scenario", params={"months": 2, **params}), view)


def by_lever(cell: CellResult, column: str) -> dict[str, float | None]:
    return {r["lever"]: None if r[column] != r[column] else r[column] for r in records(cell.result.frame)}


def after_two(new: float = NEW, expansion: float = EXPANSION, churn: float = CHURN) -> float:
    """ARR two months after March, a month at a time."""
    april = 1200 + 1200 * expansion - 1200 * churn + new
    may = april + april * expansion - april * churn + new
    return 12 * may


def test_the_rates_of_the_complete_months_go_on(engine: Engine) -> None:
    cell = scenario(engine)
    assert by_lever(cell, "now") == pytest.approx(
        {"new": NEW, "expansion": EXPANSION, "contraction": 0, "churn": CHURN}
    )
    facts = cell.result.facts
    assert (facts["start"], facts["counted"], facts["last"]) == (12 * 1200, 3, dt.date(2025, 3, 31))
    assert facts["as_now"] == pytest.approx(after_two())
    assert [m["known"] for m in facts["path"]] == [12 * 1100, 12 * 1000, 12 * 1200, None, None]
    assert [m["as_now"] for m in facts["path"]][-1] == pytest.approx(after_two())


def test_ten_percent_better_of_one_lever_alone(engine: Engine) -> None:
    better = by_lever(scenario(engine), "better")
    assert better["new"] == pytest.approx(after_two(new=NEW * 1.1) - after_two())
    assert better["churn"] == pytest.approx(after_two(churn=CHURN * 0.9) - after_two())
    assert better["contraction"] == 0


def test_what_is_asked_for_and_each_lever_s_part(engine: Engine) -> None:
    cell = scenario(engine, new=200, churn=5)
    whole = after_two(new=200, churn=0.05) - after_two()
    assert cell.result.facts["asked"] - cell.result.facts["as_now"] == pytest.approx(whole)
    moved = by_lever(cell, "asked_effect")
    first = after_two(new=200) - after_two()
    last = after_two(new=200, churn=0.05) - after_two(churn=0.05)
    assert moved["new"] == pytest.approx((first + last) / 2)
    assert (moved["new"] or 0) + (moved["churn"] or 0) == pytest.approx(whole)
    assert moved["expansion"] is None


def test_what_one_lever_alone_takes_to_the_target(engine: Engine) -> None:
    cell = scenario(engine, target=18_000)
    needed = by_lever(cell, "needed")
    assert after_two(new=needed["new"] or 0) == pytest.approx(18_000)
    assert after_two(churn=needed["churn"] or 0) == pytest.approx(18_000)
    assert needed["contraction"] is None  # there is none to save
    assert "for $18.0K it takes one of: new and returning MRR a month of " in cell.finding.en
    assert by_lever(scenario(engine, target=1_000_000), "needed")["churn"] is None
    assert "the target of $12.0K is met" in scenario(engine, target=12_000).finding.en


def test_it_is_never_less_than_nothing() -> None:
    assert path({"new": 0.0, "expansion": 0.0, "contraction": 1.0, "churn": 1.0}, 100.0, 2) == [0.0, 0.0]


def test_what_cannot_be_says_so(engine: Engine) -> None:
    for wish in ({"churn": 101}, {"new": -1}, {"target": 0}, {"months": 0}):
        with pytest.raises(BadParameter):
            scenario(engine, **wish)
    short = View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 4, 1)), as_of=VIEW.as_of)
    with pytest.raises(NotComputable, match="fewer than 3 complete months"):
        scenario(engine, short)


def test_a_running_month_is_no_complete_one(engine: Engine) -> None:
    running = View(period=Period(dt.date(2024, 12, 1), dt.date(2025, 4, 1)), as_of=dt.date(2025, 3, 20))
    cell = scenario(engine, running)
    assert cell.result.facts["last"] == dt.date(2025, 2, 28)
    assert cell.result.facts["start"] == 12 * 1000
