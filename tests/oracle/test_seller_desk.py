"""One seller's desk: six deals of two sellers, every figure read off the tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from statistics import median
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

# won deals stood in Demo for 5 (w) and 15 (v) days: usually 10. As of 28 February.
#   a  Demo since 20 February, due 10 March, a call on the 26th: on its way
#   b  Demo since 1 February, due 10 March, a call on the 26th: longer than usual
#   c  Demo since 25 February, due 20 February: past its date
#   d  Proposal since 21 February, due in March, last call on 5 February, a meeting planned for 3 March: on its way
#   e  Proposal since 21 February, no date, no activity since it was created: silent. No amount
DEALS = table("""
    opportunity_id | name | account_id | stage  | status | amount | created_at | closed_at  | expected_close_at | owner
    a              | A    | X          | Demo     | open   | 100    | 2025-02-20 |            | 2025-03-10        | Ann
    b              | B    | X          | Demo     | open   | 200    | 2025-01-20 |            | 2025-03-10        | Ann
    c              | C    | Y          | Demo     | open   | 300    | 2025-02-01 |            | 2025-02-20        | Ann
    d              | D    | Y          | Proposal | open   | 400    | 2025-02-01 |            | 2025-03-20        | Ann
    e              | E    | Y          | Proposal | open   |        | 2025-02-01 |            |                   | Ann
    w              | W    | X          | Won      | won    | 500    | 2025-01-01 | 2025-01-20 |                   | Ann
    v              | V    | X          | Won      | won    | 600    | 2025-01-01 | 2025-02-10 |                   | Bob
    l              | L    | X          | Lost     | lost   | 700    | 2025-01-01 | 2025-02-11 |                   | Ann
    o              | O    | X          | Demo     | open   | 800    | 2025-02-01 |            |                   | Bob
""")
EVENTS = table("""
    opportunity_id | stage    | entered_at
    a              | Demo     | 2025-02-20
    b              | Demo     | 2025-02-01
    b              | Demo     | 2025-02-10
    c              | Demo     | 2025-02-25
    d              | Demo     | 2025-02-15
    d              | Proposal | 2025-02-21
    e              | Proposal | 2025-02-21
    w              | Demo     | 2025-01-05
    w              | Proposal | 2025-01-10
    w              | Won      | 2025-01-20
    v              | Demo     | 2025-01-05
    v              | Won      | 2025-01-20
""")
ACTIVITIES = table("""
    activity_id | type    | occurred_at | opportunity_id | owner
    1           | call    | 2025-02-26  | a              | Ann
    2           | call    | 2025-02-26  | b              | Ann
    3           | call    | 2025-02-27  | c              | Ann
    4           | call    | 2025-02-05  | d              | Ann
    5           | meeting | 2025-03-03  | d              | Ann
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 3, 1)), as_of=dt.date(2025, 2, 28))
TABLES = {"opportunities": DEALS, "stage_events": EVENTS, "activities": ACTIVITIES}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(workspace_of(tmp_path_factory.mktemp("desk") / "w.duckdb", TABLES))


def desk(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="seller_desk", params=params), view)


def test_what_each_deal_waits_for_and_what_waits_longest_comes_first(engine: Engine) -> None:
    frame = desk(engine, owner="Ann").result.frame
    assert frame[["name", "waits"]].values.tolist() == [
        ["C", "overdue"], ["B", "stale"], ["E", "silent"], ["A", "none"], ["D", "none"],
    ]  # fmt: skip


def test_the_days_of_each(engine: Engine) -> None:
    frame = desk(engine, owner="Ann").result.frame.set_index("name")
    assert frame["days"].to_dict() == {"A": 8, "B": 27, "C": 3, "D": 7, "E": 7}  # b entered Demo twice in a row
    assert frame.loc["A", "usual"] == median([5, 15])
    assert frame.loc["D", "usual"] == 10  # w alone came to Proposal
    assert frame.loc[["A", "C"], "overdue"].tolist() == [-10, 8]
    assert frame["silent"].to_dict() == {"A": 2, "B": 2, "C": 1, "D": 23, "E": 27}
    assert frame.loc["D", "next_on"].date() == dt.date(2025, 3, 3)


def test_counts_and_the_figures_of_the_period_beside_everybodys(engine: Engine) -> None:
    facts = desk(engine, owner="ann").result.facts
    assert facts["owner"] == "Ann"
    assert facts["owners"] == {"Ann": 5, "Bob": 1}
    assert facts["waits"] == {"overdue": 1, "stale": 1, "silent": 1, "no_amount": 1}
    assert facts["amount"] == 1000
    assert (facts["kpis"]["won_revenue"]["own"], facts["kpis"]["won_revenue"]["all"]) == (500, 1100)
    assert (facts["kpis"]["win_rate"]["own"], facts["kpis"]["win_rate"]["all"]) == (1 / 2, 2 / 3)
    assert "quota_attainment" not in facts["kpis"]  # nobody has a quota


def test_the_sentence(engine: Engine) -> None:
    assert desk(engine).finding.en == (
        "Ann has 5 open deals worth $1,000 on Feb 28, 2025: 1 past their close date, 1 longer in their stage than "
        "usual, 1 silent for over 14 days and 1 without an amount; in Jan 2025 – Feb 2025: $500 won (all $1,100), win "
        "rate 50.0% (all 66.7%)."
    )


def test_as_of_an_earlier_day_who_was_open_then(engine: Engine) -> None:
    early = desk(engine, View(period=VIEW.period, as_of=dt.date(2025, 2, 5)), owner="Ann").result.frame
    assert set(early["name"]) == {"B", "C", "D", "E", "L"}  # a came later, l was lost on the 11th


def test_the_deals_behind(engine: Engine) -> None:
    cell = desk(engine, owner="Ann")
    assert cell.analysis.behind is not None
    [key] = cell.result.frame.loc[cell.result.frame["name"] == "B", "deal"]
    assert cell.analysis.behind(engine, cell, {"deal": key}, None).frame["opportunity_id"].tolist() == ["b"]
    assert cell.analysis.behind(engine, cell, None, None).total == 5


def test_without_activities_and_history_what_can_be_told_is_told(tmp_path: Path) -> None:
    bare = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": DEALS}))
    cell = desk(bare, owner="Ann")
    frame = cell.result.frame.set_index("name")
    assert frame["silent"].isna().all()
    assert frame.loc["A", "days"] == 8  # since it was created
    assert frame["waits"].to_dict() == {"C": "overdue", "E": "no_amount", "A": "none", "B": "none", "D": "none"}
    assert any("how long a deal has been silent" in note.en for note in cell.result.notes)


def test_an_unknown_seller_is_refused_and_deals_without_owners_cannot_be_told(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="Ann"):
        desk(engine, owner="Anna")
    nobody = [{k: v for k, v in deal.items() if k != "owner"} for deal in DEALS]
    with pytest.raises(NotComputable, match=r"opportunities\.owner"):
        desk(Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": nobody})))
