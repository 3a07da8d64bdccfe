"""Concentration of ARR, of five customers who pay 60, 20, 10, 6 and 4 a month; and the demo company by a plain loop."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import default_view, run_cell
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import workspace_of

# A pays by two subscriptions; F left in January; G came after the period; H is a customer at MRR 0
ROWS = table("""
    subscription_id | account_id | amount | currency | interval | discount | started_at | ended_at
    s1              | A          | 40     | USD      | month    |          | 2024-01-01 |
    s2              | A          | 240    | USD      | year     |          | 2024-01-01 |
    s3              | B          | 20     | USD      | month    |          | 2024-01-01 |
    s4              | C          | 10     | USD      | month    |          | 2024-01-01 |
    s5              | D          | 6      | USD      | month    |          | 2025-02-01 |
    s6              | E          | 4      | USD      | month    |          | 2025-02-01 |
    s7              | F          | 50     | USD      | month    |          | 2024-01-01 | 2025-01-15
    s8              | G          | 99     | USD      | month    |          | 2025-07-10 |
    s9              | H          | 99     | USD      | month    | 1        | 2024-01-01 |
""")
ACCOUNTS = table("""
    account_id | name  | segment
    A          | Alpha | large
    B          |       | small
    C          | Gamma | small
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 7, 31))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("concentration") / "w.duckdb"
    return Engine(workspace_of(path, {"subscriptions": ROWS, "accounts": ACCOUNTS}))


def run(engine: Engine, view: View = VIEW) -> CellResult:
    return run_cell(engine, Cell(analysis="concentration"), view)


def test_the_largest_by_name_with_what_they_hold_together(engine: Engine) -> None:
    frame = run(engine).result.frame
    assert frame["name"].tolist() == ["Alpha", "B", "Gamma", "D", "E"]
    assert frame["arr"].tolist() == pytest.approx([60 * 12 + 0, 20 * 12, 10 * 12, 6 * 12, 4 * 12])
    assert frame["cumulative"].tolist() == pytest.approx([0.6, 0.8, 0.9, 0.96, 1])
    assert frame["of_customers"].tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])


def test_tops_and_the_effective_number_at_the_end_and_before_the_period(engine: Engine) -> None:
    facts = run(engine).result.facts
    assert facts["end"] == {
        "customers": 5,
        "arr": pytest.approx(1200),
        "tops": {1: pytest.approx(0.6), 5: pytest.approx(1), 10: None, 20: None},
        "effective": pytest.approx(1 / (0.6**2 + 0.2**2 + 0.1**2 + 0.06**2 + 0.04**2)),
        "half": 1,
    }
    before = [60, 50, 20, 10]  # on 31 December: A, F, B, C
    assert facts["start"]["customers"] == 4
    assert facts["start"]["tops"][1] == pytest.approx(60 / sum(before))
    assert facts["start"]["effective"] == pytest.approx(sum(before) ** 2 / sum(x * x for x in before))


def test_it_is_said_in_both_languages(engine: Engine) -> None:
    said = run(engine).finding
    assert said.en == (
        "The largest customer, Alpha, holds 60.0% of ARR, the 5 largest 100.0%, as concentrated as 2 equal customers; "
        "there are 5."
    )
    assert said.ru.startswith("На крупнейшего клиента (Alpha) приходится 60,0\u00a0% ARR, на 5 крупнейших")


def test_a_filter_narrows_the_whole(engine: Engine) -> None:
    small = View(period=VIEW.period, as_of=VIEW.as_of, where={"segment": ("small",)})
    assert run(engine, small).result.frame["share"].tolist() == pytest.approx([20 / 30, 10 / 30])


def test_nobody_pays(engine: Engine) -> None:
    early = View(period=Period(dt.date(2023, 1, 1), dt.date(2023, 7, 1)), as_of=VIEW.as_of)
    assert run(engine, early).finding.en == "Can't tell: nobody pays at the end of the period."


def test_of_many_customers_the_curve_has_few_points_and_the_tops_are_exact(tmp_path: Path) -> None:
    rows = [
        {"subscription_id": f"s{n}", "account_id": f"a{n:04}", "amount": n, "currency": "USD", "interval": "month",
         "started_at": "2024-01-01"}
        for n in range(1, 1001)
    ]  # fmt: skip
    result = run(Engine(workspace_of(tmp_path / "many.duckdb", {"subscriptions": rows}))).result
    whole = 1000 * 1001 / 2
    assert len(result.frame) < 125
    assert result.facts["end"]["tops"][20] == pytest.approx(sum(range(981, 1001)) / whole)
    assert result.frame["cumulative"].iloc[-1] == pytest.approx(1)
    running, half = 0, 0
    for n in range(1000, 0, -1):
        running, half = running + n, half + 1
        if running >= whole / 2:
            break
    assert result.facts["end"]["half"] == half


def test_the_demo_company_by_a_plain_loop(demo_home: Path) -> None:
    engine = Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))
    view = default_view(engine)
    subs, _sql = engine.select("SELECT * FROM derived.subscription_mrr")
    day, paid = view.period.end - dt.timedelta(days=1), dict[str, float]()
    for row in subs.itertuples():
        ended = row.end_day == row.end_day and row.end_day.date() <= day
        if row.start_day.date() <= day and not ended:
            paid[row.account_id] = paid.get(row.account_id, 0) + 12 * float(row.mrr)
    ranked = sorted((v for v in paid.values() if v > 0), reverse=True)
    end = run(engine, view).result.facts["end"]
    assert end["customers"] == len(ranked)
    assert end["tops"][10] == pytest.approx(sum(ranked[:10]) / sum(ranked))
    assert end["effective"] == pytest.approx(sum(ranked) ** 2 / sum(v * v for v in ranked))


def test_the_subscriptions_behind_a_customer(engine: Engine) -> None:
    cell = run(engine)
    assert cell.analysis.behind is not None
    whole = cell.analysis.behind(engine, cell, None, None)
    assert whole.frame["account_id"].tolist() == cell.result.frame["account"].tolist()
    assert whole.sums["arr"] == cell.result.facts["end"]["arr"]
    [alpha] = cell.analysis.behind(engine, cell, {"account": "A", "name": "Alpha"}, None).frame.to_dict("records")
    assert (alpha["arr"], alpha["records"]) == (60 * 12, "s1, s2")
