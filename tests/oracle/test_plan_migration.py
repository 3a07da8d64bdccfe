# ruff: noqa: E501  (tables drawn by hand)
"""Plan at the start against plan at the end: seven customers by eye, and the demo company's sides against its metrics."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.plan_migration import CAME, LEFT
from revops.analysis.run import default_view, run_cell
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import workspace_of

# A stays on Pro; B goes up and C down; D leaves; E comes; F comes and leaves within; G left, returns; H changes on the first day
ROWS = table("""
    subscription_id | account_id | plan | amount | currency | interval | started_at | ended_at
    a1              | A          | Pro  | 50     | USD      | month    | 2024-01-01 |
    a2              | A          | Add  | 10     | USD      | month    | 2025-02-01 |
    b1              | B          | Pro  | 50     | USD      | month    | 2024-01-01 | 2025-03-01
    b2              | B          | Max  | 90     | USD      | month    | 2025-03-01 |
    c1              | C          | Max  | 90     | USD      | month    | 2024-01-01 | 2025-03-01
    c2              | C          | Pro  | 50     | USD      | month    | 2025-03-01 |
    d1              | D          | Max  | 90     | USD      | month    | 2024-01-01 | 2025-05-01
    e1              | E          | Pro  | 50     | USD      | month    | 2025-04-01 |
    f1              | F          | Pro  | 50     | USD      | month    | 2025-02-01 | 2025-04-01
    g1              | G          | Pro  | 50     | USD      | month    | 2024-01-01 | 2024-06-01
    g2              | G          | Max  | 90     | USD      | month    | 2025-06-01 |
    h1              | H          | Pro  | 50     | USD      | month    | 2024-01-01 | 2025-01-01
    h2              | H          | Max  | 90     | USD      | month    | 2025-01-01 |
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 6, 30))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(workspace_of(tmp_path_factory.mktemp("plans") / "w.duckdb", {"subscriptions": ROWS}))


def run(engine: Engine, view: View = VIEW) -> CellResult:
    return run_cell(engine, Cell(analysis="plan_migration"), view)


def test_every_customer_is_in_one_cell(engine: Engine) -> None:
    frame = run(engine).result.frame
    told = {(r.before, r.after): (r.customers, r.mrr_before, r.mrr_after) for r in frame.itertuples()}
    assert told == {
        ("Pro", "Pro"): (1, 50, 60),  # A, whose larger subscription is Pro
        ("Pro", "Max"): (2, 100, 180),  # B; H was on Pro when the period began
        ("Max", "Pro"): (1, 90, 50),  # C
        ("Max", LEFT): (1, 90, 0),  # D
        (CAME, "Pro"): (1, 0, 50),  # E
        (CAME, "Max"): (1, 0, 90),  # G, who returned; F came and left
    }


def test_shares_are_of_the_plan_at_the_start(engine: Engine) -> None:
    frame = run(engine).result.frame.set_index(["before", "after"])["share"]
    assert frame["Pro", "Max"] == pytest.approx(2 / 3)
    assert frame["Max", LEFT] == 1 / 2
    assert frame[CAME, "Pro"] != frame[CAME, "Pro"]


def test_how_many_moved_and_which_way(engine: Engine) -> None:
    cell = run(engine)
    assert {k: cell.result.facts[k] for k in ("moved", "up", "down")} == {"moved": 3, "up": 2, "down": 1}
    assert cell.finding.en.endswith(
        "3 of 5 customers changed plans: 2 pay more than before, 1 less. Most often from Pro to Max (2), MRR $100 → $180."
    )
    assert "Чаще всего с Pro на Max (2)" in cell.finding.ru


def test_a_plan_as_a_filter_is_that_of_the_start(engine: Engine) -> None:
    pro = View(period=VIEW.period, as_of=VIEW.as_of, where={"plan": ("Pro",)})
    assert run(engine, pro).result.frame["customers"].tolist() == [1, 2, 1]  # Pro to Pro, Pro to Max, came to Pro


def test_the_sides_of_the_demo_are_its_customers_and_mrr(demo_home: Path) -> None:
    engine = Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))
    view = default_view(engine)
    facts = run(engine, view).result.facts
    before = Period(view.period.start - dt.timedelta(days=1), view.period.start)
    for side, period in (("start", before), ("end", view.period)):
        for metric, key in (("active_customers", "customers"), ("mrr", "mrr")):
            asked = Query(metric=metric, periods=(period,), as_of=view.as_of, where={})
            assert facts[side][key] == pytest.approx(engine.evaluate(asked).frame["value"].iloc[0]), (side, metric)


def test_the_customers_behind_a_move(engine: Engine) -> None:
    cell = run(engine)
    assert cell.analysis.behind is not None

    def told(pick: dict[str, str] | None) -> dict[str, tuple[float, float, str]]:
        rows = cell.analysis.behind(engine, cell, pick, None).frame  # type: ignore[misc]
        columns = (rows["account_id"], rows["paid_before"], rows["paid_after"], rows["records"])
        return {account: (before, after, records) for account, before, after, records in zip(*columns, strict=True)}

    assert told({"before": "Pro", "after": "Max"}) == {"B": (50, 90, "b2"), "H": (50, 90, "h2")}
    assert told({"before": "Max", "after": LEFT}) == {"D": (90, 0, "d1")}
    assert told({"before": CAME, "after": "Max"}) == {"G": (0, 90, "g2")}
    assert set(told(None)) == {"A", "B", "C", "D", "E", "G", "H"}
    assert cell.analysis.behind(engine, cell, None, 1).sums["paid_after"] == 430
