"""Lifetimes of customers that can be counted by eye, and against a plain loop on random ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.errors import BadParameter
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.support import workspace_of

AS_OF = dt.date(2025, 6, 30)
ALL = View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 7, 1)), as_of=AS_OF)


def subscription(
    account: str, start: str, end: str | None = None, plan: str = "Pro", number: int = 1
) -> dict[str, Any]:
    return {
        "subscription_id": f"{account}{number}",
        "account_id": account,
        "plan": plan,
        "amount": "10",
        "interval": "month",
        "started_at": start,
        "ended_at": end,
    }


ROWS = [
    subscription("A", "2025-01-01"),  # 180 days, still here
    subscription("B", "2025-01-01", "2025-03-02", "Free"),  # 60 days
    subscription("B", "2025-05-01", None, "Free", 2),  # came back: it had left
    subscription("C", "2025-01-01", "2025-02-15"),  # changed over on the day: did not leave
    subscription("C", "2025-02-15", None, "Team", 2),
    subscription("D", "2025-03-01", "2025-03-31", "Free"),  # 30 days
    subscription("E", "2025-08-01"),  # after as_of
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path: Path = tmp_path_factory.mktemp("survival") / "w.duckdb"
    return Engine(workspace_of(path, {"subscriptions": ROWS}))


def run(engine: Engine, view: View = ALL, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="survival", params=params), view)


def test_the_share_still_here_month_by_month(engine: Engine) -> None:
    cell = run(engine, months=5)
    frame = cell.result.frame.set_index("month")
    # four customers; D left after 30 days (under a month), B after 60 (under two)
    assert frame["survival"].tolist() == pytest.approx([1.0, 0.75, 0.5, 0.5, 0.5, 0.5])
    assert frame["at_risk"].tolist() == [4, 3, 2, 2, 2, 2]
    assert frame["left"].tolist() == [0, 1, 2, 2, 2, 2]
    assert cell.result.facts["groups"][0]["median"][0] == pytest.approx(60 / 30.4375)
    assert sum(n for _, n in cell.passport.rows_used) == 4


def test_groups_by_the_plan_a_customer_began_with(engine: Engine) -> None:
    cell = run(engine, by="plan", months=3)
    by_plan = {g["group"]: (g["n"], g["left"]) for g in cell.result.facts["groups"]}
    assert by_plan == {"Pro": (2, 0), "Free": (2, 2)}
    assert cell.result.facts["p"] == pytest.approx(0.0896, abs=1e-3)  # chi-square 2.88
    assert cell.result.facts["signal"] is False


def test_who_came_in_the_period(engine: Engine) -> None:
    assert run(engine, cohort="period").result.facts["groups"][0]["n"] == 1  # D alone came from February on


def test_a_filter_keeps_its_customers(engine: Engine) -> None:
    view = View(period=ALL.period, as_of=AS_OF, where={"plan": ("Free",)})
    assert run(engine, view).result.facts["groups"][0]["n"] == 2


def test_nobody_by_that_day_is_told(engine: Engine) -> None:
    early = View(period=Period(dt.date(2024, 1, 1), dt.date(2024, 2, 1)), as_of=dt.date(2024, 1, 31))
    cell = run(engine, early)
    assert cell.result.empty is not None
    assert "no customer" in cell.finding["en"]


def test_a_horizon_out_of_range_is_refused(engine: Engine) -> None:
    with pytest.raises(BadParameter, match="240"):
        run(engine, months=0)


def test_the_customers_behind_a_month_of_life(engine: Engine) -> None:
    cell = run(engine, months=5, by="plan")
    assert cell.analysis.behind is not None

    def told(pick: dict[str, Any] | None) -> dict[str, str]:
        rows = cell.analysis.behind(engine, cell, pick, None).frame  # type: ignore[misc]
        return dict(zip(rows["account_id"], rows["state"], strict=True))

    assert told({"group": "Free", "month": 1}) == {"B": "stays", "D": "left"}
    assert told({"group": "Free", "month": 2}) == {"B": "left", "D": "left"}
    assert told({"group": "Pro", "month": 6}) == {"A": "unseen", "C": "unseen"}
    assert told(None) == {"A": "stays", "B": "left", "C": "stays", "D": "left"}
    for row in cell.result.frame.itertuples():
        states = list(told({"group": row.group, "month": row.month}).values())
        assert states.count("left") == row.left, (row.group, row.month)
