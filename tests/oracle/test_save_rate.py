"""How many had to be kept for a target churn, on a hand-made quarter that can be counted by eye."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult, Compare
from revops.analysis.run import default_view, run_cell
from revops.charts import draw
from revops.errors import BadParameter, NotComputable
from revops.formats import Formatter
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.model.definitions import OURS, from_dict
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import workspace_of

# At the start of April ten pay 1,000 a month together; A, B, C and D leave with 100, 40, 30 and 20, and E pays 10 less.
# In the first quarter one of eleven, K, left; L joined and left within the second.
SUBSCRIPTIONS = table("""
    subscription_id | account_id | amount | currency | interval | started_at | ended_at
    s1              | A          | 100    | USD      | month    | 2024-01-01 | 2025-04-10
    s2              | B          | 40     | USD      | month    | 2024-01-01 | 2025-05-10
    s3              | C          | 30     | USD      | month    | 2024-01-01 | 2025-05-20
    s4              | D          | 20     | USD      | month    | 2024-01-01 | 2025-06-20
    s5              | E          | 110    | USD      | month    | 2024-01-01 | 2025-06-01
    s6              | E          | 100    | USD      | month    | 2025-06-01 |
    s7              | F          | 200    | USD      | month    | 2024-01-01 |
    s8              | G          | 200    | USD      | month    | 2024-01-01 |
    s9              | H          | 100    | USD      | month    | 2024-01-01 |
    s10             | I          | 100    | USD      | month    | 2024-01-01 |
    s11             | J          | 100    | USD      | month    | 2024-01-01 |
    s12             | K          | 100    | USD      | month    | 2024-01-01 | 2025-02-01
    s13             | L          | 500    | USD      | month    | 2025-04-05 | 2025-06-05
""")
ACCOUNTS = table("""
    account_id | segment
    A          | large
    B          | small
    C          | small
    D          | small
    E          | large
    F          | large
    G          | large
    H          | large
    I          | small
    J          |
    K          | small
    L          | small
""")
TICKETS = table("""
    ticket_id | account_id | opened_at  | priority | resolved_at
    t1        | F          | 2025-06-01 | urgent   |
    t2        | I          | 2025-06-01 | urgent   |
    t3        | H          | 2025-06-01 | low      |
    t4        | A          | 2025-03-01 | urgent   |
""")
VIEW = View(period=Period(dt.date(2025, 4, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 6, 30))
ALONE = replace(VIEW, compare=Compare.NONE)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    tables = {"subscriptions": SUBSCRIPTIONS, "accounts": ACCOUNTS, "tickets": TICKETS}
    return Engine(workspace_of(tmp_path_factory.mktemp("save_rate") / "w.duckdb", tables))


def run(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="save_rate", params=params), view)


def whole(cell: CellResult) -> tuple[float, ...]:
    row = cell.result.facts["whole"]
    return tuple(row[k] for k in ("n", "lost", "allowed", "save"))


def test_customers_are_whole_and_rounded_so_that_the_target_is_reached(engine: Engine) -> None:
    # of ten, four left: at 25 % at most two may, so two had to be kept; at 20 % too; at 19.9 % one may
    assert whole(run(engine, target=25)) == (10, 4, 2, 2)
    assert whole(run(engine, target=20)) == (10, 4, 2, 2)
    assert whole(run(engine, target="19,9")) == (10, 4, 1, 3)
    assert whole(run(engine, target=0)) == (10, 4, 0, 4)
    for share in range(101):  # no rounding of the computer's own: 0.29 x 100 is not 28
        assert whole(run(engine, target=share))[2] == share // 10


def test_they_are_worth_their_part_of_what_left_or_the_largest(engine: Engine) -> None:
    worth = run(engine, target=25).result.facts["worth"]
    assert worth["arr"] == 12 * (100 + 40 + 30 + 20)
    assert worth["average"] == worth["arr"] * 2 / 4
    assert worth["largest"] == 12 * (100 + 40)


def test_revenue_is_told_as_arr_with_the_fewest_largest_losses_that_were_enough(engine: Engine) -> None:
    cell = run(engine, measure="gross", target=10)
    assert whole(cell) == (12_000, 2400, 1200, 1200)  # 100 + 40 + 30 + 20 + 10 of 1,000 a month
    assert cell.result.facts["worth"]["enough"] == 1  # A alone took 1,200 a year
    assert run(engine, measure="gross", target=9).result.facts["worth"]["enough"] == 2
    assert run(engine, measure="gross", target=1).result.facts["worth"]["enough"] == 4
    assert cell.result.frame["low"].isna().all()


def test_without_a_target_it_is_the_comparison_s_where_that_was_lower(engine: Engine) -> None:
    facts = run(engine).result.facts
    assert (facts["target"], facts["target_from"]) == (pytest.approx(1 / 11), "base")
    facts = run(engine, ALONE).result.facts
    assert (facts["target"], facts["target_from"]) == (pytest.approx(0.75 * 4 / 10), "less")
    with pytest.raises(BadParameter):
        run(engine, target=101)
    with pytest.raises(BadParameter):
        run(engine, target=-1)


def test_each_group_is_brought_to_the_target_with_who_is_at_risk_today(engine: Engine) -> None:
    cell = run(engine, target=25, by="segment")
    rows = {r.group: (r.n, r.lost, r.allowed, r.save, r.at_risk) for r in cell.result.frame.itertuples()}
    assert rows == {
        "small": (4, 3, 1, 2, 1),  # B, C, D, I: I is at risk
        "large": (5, 1, 1, 0, 1),  # A, E, F, G, H: F is; A's ticket is of one who left
        "": (1, 0, 0, 0, 0),
    }
    assert cell.result.frame["group"].tolist() == ["small", "large", ""]
    assert cell.result.facts["at_risk"] == 2


def test_it_is_said_with_where_the_target_comes_from(engine: Engine) -> None:
    said = run(engine, ALONE, by="segment").finding
    assert said.en == (
        "4 of 10 customers left in Apr 2025 – Jun 2025, 40.0% (16.8% – 68.7%). At 30.0% (a quarter less than now) at "
        "most 3 may leave: 1 of the 4 (25.0%) would have to be kept, $570 of ARR on average, $1,200 if they are the "
        "largest; with each group at the target it takes 2, all of it in small; customers at risk today: 2."
    )
    assert said.ru.startswith("За апр 2025 – июн 2025 ушли 4 из 10 клиентов — 40,0\u00a0% (")
    assert (
        "При цели 30,0\u00a0% (на четверть меньше нынешнего) уйти могут не больше 3: удержать нужно 1 из 4" in said.ru
    )
    assert "(as in Jan 2025 – Mar 2025)" in run(engine).finding.en
    gross = run(engine, measure="gross", target=9).finding
    assert "would have to be kept, as much as the largest 2 losses took away" in gross.en
    assert "столько унесли крупнейшие 2 потери" in gross.ru


def test_a_target_that_is_met_is_said_so(engine: Engine) -> None:
    cell = run(engine, target=60)
    assert whole(cell) == (10, 4, 6, 0)
    assert cell.finding.en == (
        "4 of 10 customers left in Apr 2025 – Jun 2025, 40.0% (16.8% – 68.7%): the target of 60.0% is met, 2 more "
        "could have left."
    )
    assert "цель 60,0\u00a0% достигнута, могли бы уйти ещё 2" in cell.finding.ru


def test_nobody_left_or_nobody_was_there(engine: Engine) -> None:
    quiet = View(period=Period(dt.date(2024, 7, 1), dt.date(2024, 10, 1)), as_of=VIEW.as_of)
    assert run(engine, quiet).finding.en == "Nobody left in Jul 2024 – Sep 2024: there is nothing to bring down."
    early = View(period=Period(dt.date(2023, 7, 1), dt.date(2023, 10, 1)), as_of=VIEW.as_of)
    assert run(engine, early).finding.en == "Can't tell: nobody was a customer at the start."


def test_the_figures_are_those_of_the_definitions_in_force(engine: Engine) -> None:
    for rules in ({"churned": "with_joined"}, {"churned": "events", "churn_base": "start_and_joined"}):
        own = engine.under(from_dict({**OURS.as_dict(), **rules}))
        row = own.evaluate(Query(metric="logo_churn", periods=(VIEW.period,), as_of=VIEW.as_of, where={})).rows[0]
        cell = run(own, target=10)
        assert whole(cell)[:2] == (row["denominator"], row["numerator"])
        assert cell.result.facts["worth"]["losses"] == row["numerator"] == 5  # L too
    moved = run(engine.under(replace(OURS, revenue_churn="movements")), measure="gross", target=10)
    assert whole(moved)[1] == 12 * (200 + 500)
    assert moved.result.facts["worth"]["arr"] == 12 * (200 + 500)
    assert moved.result.facts["worth"]["enough"] == 2  # L and A


def test_who_is_at_risk_is_left_out_with_what_to_map_where_nobody_can_know(tmp_path: Path) -> None:
    months = [
        {"account_id": who, "month": f"2025-0{month}-01", "mrr": 10}
        for who in "ABCD" for month in range(1, 7) if who != "A" or month < 5
    ]  # fmt: skip
    cell = run(Engine(workspace_of(tmp_path / "w.duckdb", {"mrr_months": months})), ALONE, target=0)
    assert whole(cell) == (4, 1, 0, 1)
    assert cell.result.frame["at_risk"].isna().all()
    assert any("Accounts at risk" in n.en for n in cell.result.notes)


def test_without_recurring_revenue_it_says_what_to_map(tmp_path: Path) -> None:
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"spend": [{"date": "2025-01-01", "amount": "5"}]}))
    with pytest.raises(NotComputable) as caught:
        run(engine)
    assert "subscriptions.started_at" in str(caught.value)


def test_the_drawing_parts_what_was_lost_into_what_may_go_and_what_is_to_be_kept(engine: Engine) -> None:
    drawn = draw(run(engine, target=25, by="segment"), Formatter("en", "USD"))
    assert drawn is not None
    [rows] = drawn.to_dict(validate=True)["datasets"].values()
    assert [(r["group"], r["part"], r["begin"], r["end"], r["risk"]) for r in rows] == [
        ("small", "allowed", 0, 1, 1), ("small", "save", 1, 3, 1),
        ("large", "allowed", 0, 1, 1), ("large", "save", 1, 1, 1),
        ("", "allowed", 0, 0, 0), ("", "save", 0, 0, 0),
    ]  # fmt: skip
    assert rows[0]["heading"] == "small: keep 2 of 3 · churn 75.0%"


def test_the_demo_company_by_plain_loops(demo_home: Path) -> None:
    engine = Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))
    view = default_view(engine)
    facts = run(engine, view, measure="gross", target=5).result.facts
    states, _ = engine.select(
        "SELECT account_id, day, mrr_after, active_after FROM derived.account_states ORDER BY day"
    )
    start, lost = 0.0, []
    for _account, rows in states.groupby("account_id"):
        before = rows[rows["day"].dt.date < view.period.start]
        if before.empty or not before["active_after"].iloc[-1]:
            continue
        was = float(before["mrr_after"].iloc[-1])
        now = float(rows[rows["day"].dt.date < view.period.end]["mrr_after"].iloc[-1])
        start += 12 * was
        lost.append(12 * max(0.0, was - now))
    need, largest, count = sum(lost) - 0.05 * start, 0.0, 0
    for amount in sorted(lost, reverse=True):
        if largest >= need - 0.005:
            break
        largest, count = largest + amount, count + 1
    assert facts["whole"]["save"] == pytest.approx(need, abs=0.01)
    assert facts["worth"]["enough"] == count
