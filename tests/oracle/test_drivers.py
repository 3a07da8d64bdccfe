"""Why a figure changed, on deals and subscriptions that can be counted by eye; and parts that always sum to it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, Compare, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.errors import NotComputable
from revops.metrics import METRICS
from revops.metrics.core import Grain, Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.test_cells_kpi import closed
from tests.support import workspace_of

JAN, FEB, MAR = (dt.date(2025, m, 1) for m in (1, 2, 3))
# wins / closed: January North 40/60, South 10/40; February North 20/30, South 20/70.  Won deals: 100 each.
DEALS = [
    *closed(1, "North", 40, 20),
    *closed(1, "South", 10, 30),
    *closed(2, "North", 20, 10),
    *closed(2, "South", 20, 50),
]
for deal in DEALS:
    deal["source"] = "Web"
# MRR at the end of January and February: A 100 -> 100, B 50 -> 200 (a second one), C 80 -> gone
ACCOUNTS = [{"account_id": a, "segment": s} for a, s in (("A", "Large"), ("B", "Small"), ("C", "Small"))]
SUBSCRIPTIONS: list[dict[str, Any]] = [
    {"subscription_id": "a", "account_id": "A", "amount": "100", "interval": "month", "started_at": "2024-12-01"},
    {"subscription_id": "b", "account_id": "B", "amount": "50", "interval": "month", "started_at": "2024-12-01"},
    {"subscription_id": "b2", "account_id": "B", "amount": "150", "interval": "month", "started_at": "2025-02-10"},
    {
        "subscription_id": "c", "account_id": "C", "amount": "80", "interval": "month",
        "started_at": "2024-12-01", "ended_at": "2025-02-20",
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    tables = {"opportunities": DEALS, "accounts": ACCOUNTS, "subscriptions": SUBSCRIPTIONS}
    return Engine(workspace_of(tmp_path_factory.mktemp("drivers") / "w.duckdb", tables))


@pytest.fixture(scope="module")
def demo_engine(demo_home: Path) -> Engine:
    return Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))


def run(engine: Engine, analysis: str = "drivers", **params: Any) -> CellResult:
    view = View(period=Period(FEB, MAR, Grain.MONTH), as_of=dt.date(2025, 2, 28), compare=Compare.PREVIOUS)
    return run_cell(engine, Cell(analysis=analysis, params=params), view)


def test_a_share_splits_into_mix_and_rate(engine: Engine) -> None:
    cell = run(engine, metric="win_rate", by="team")
    rows = cell.result.frame.set_index("group")
    # see tests/unit/test_decompose.py for the arithmetic
    assert rows.loc["North", "mix"] == pytest.approx(-0.3 * (2 / 3 - 0.45))
    assert rows.loc["North", "rate"] == pytest.approx(0)
    assert rows.loc["South", "rate"] == pytest.approx(0.55 * (2 / 7 - 0.25))
    assert rows["effect"].sum() == pytest.approx(40 / 100 - 50 / 100)
    assert rows.loc["North", ["before", "after"]].tolist() == pytest.approx([2 / 3, 2 / 3])
    finding = cell.finding["en"]
    assert "fell by 10.0\u00a0pp, from 50.0% to 40.0%" in finding
    assert "South" in finding
    assert "(mix)" in finding


def test_a_sum_with_cases_splits_into_volume_mix_and_rate(engine: Engine) -> None:
    rows = run(engine, metric="won_revenue", by="team").result.frame.set_index("group")
    assert rows.loc["North", ["volume", "mix", "rate"]].tolist() == pytest.approx([-2000, 0, 0])
    assert rows.loc["South", ["volume", "mix", "rate"]].tolist() == pytest.approx([1000, 0, 0])


def test_recurring_revenue_splits_by_customers_and_their_price(engine: Engine) -> None:
    rows = run(engine, metric="mrr", by="segment").result.frame.set_index("group")
    # Small: B and C pay 130 -> B alone pays 200; Large: 100 -> 100.  Overall 230 / 3 -> 300 / 2, middle 113.33
    middle = (230 / 3 + 300 / 2) / 2
    assert rows.loc["Small", "volume"] == pytest.approx(-middle)
    assert rows.loc["Small", "rate"] == pytest.approx(1.5 * (200 - 65))
    assert rows["effect"].to_dict() == pytest.approx({"Large": 0, "Small": 70})


def test_a_median_has_no_parts_and_says_so(tmp_path: Path) -> None:
    deals = [*closed(1, "North", 3, 0, 100), *closed(1, "South", 3, 0, 500), *closed(2, "North", 3, 0, 900)]
    medians = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": deals}))
    with pytest.raises(NotComputable, match="no parts that add up"):
        run(medians, metric="median_won_deal", by="team")


def test_a_figure_without_a_past_is_told_not_to_be_split(engine: Engine) -> None:
    early = View(period=Period(JAN, FEB, Grain.MONTH), as_of=dt.date(2025, 2, 28), compare=Compare.PREVIOUS)
    for analysis in ("drivers", "driver_search"):
        cell = run_cell(engine, Cell(analysis=analysis, params={"metric": "win_rate"}), early)
        assert cell.result.empty is not None
        assert "no value in one of the two periods" in cell.finding["en"]


def test_the_search_finds_the_dimension_whose_groups_moved_apart(engine: Engine) -> None:
    cell = run(engine, "driver_search", metric="win_rate")
    assert cell.result.frame["dimension"].tolist()[0] == "team"
    assert "source" not in set(cell.result.frame["dimension"])  # one group explains nothing
    assert run(engine, metric="win_rate").result.facts["by"] == "team"


WITHOUT_PARTS = {  # medians, percentiles, products of one; and what this half-year of the demo cannot tell
    "sales_cycle", "median_won_deal", "mql_to_sql_days", "sql_to_opportunity_days", "lead_response",
    "lead_response_p90", "first_response", "first_response_p90", "resolution_time", "resolution_time_p90",
    "sales_velocity", "ended_share", "reactivation_mrr",
}  # fmt: skip


@pytest.mark.parametrize("metric", [m.key for m in METRICS])
def test_the_parts_of_every_metric_sum_to_its_change(demo_engine: Engine, metric: str) -> None:
    """To the cent, by its first dimension that can be told; what has no parts is refused, never split wrongly."""
    view = View(
        period=Period(dt.date(2026, 1, 1), dt.date(2026, 7, 1)), as_of=dt.date(2026, 10, 31), compare=Compare.PREVIOUS
    )
    told = False
    for dimension in demo_engine.dimensions(metric)[:2]:
        try:
            cell = run_cell(demo_engine, Cell(analysis="drivers", params={"metric": metric, "by": dimension.key}), view)
        except NotComputable:
            continue
        told = True
        if cell.result.empty is not None:
            continue
        frame, facts = cell.result.frame, cell.result.facts
        assert frame["effect"].sum() == pytest.approx(facts["change"], abs=0.005 if abs(facts["change"]) > 10 else 1e-9)
        if facts["parts"]:
            assert (frame[list(facts["parts"])].sum(axis=1) - frame["effect"]).abs().max() < 1e-6
        assert cell.finding["ru"] != cell.finding["en"]
        break
    assert told or metric in WITHOUT_PARTS
