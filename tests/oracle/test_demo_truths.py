"""The product's figures on the demo, loaded through the importer, equal those counted from its files by pandas."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.demo import ROOT

TOTALS: dict[str, Any] = json.loads((ROOT / "sample_data" / "truths.json").read_text(encoding="utf-8"))["totals"]
ALL = Period(dt.date(2020, 1, 1), dt.date(2026, 11, 1))


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Engine:
    return Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))


def value(engine: Engine, metric: str, period: Period = ALL, **more: Any) -> float:
    query = Query(metric=metric, periods=(period,), as_of=engine.as_of, **{"where": {}, **more})
    return float(engine.evaluate(query).frame["value"].iloc[0])


def parts(engine: Engine, metric: str, by: str, period: Period = ALL) -> dict[str, float]:
    frame = engine.evaluate(Query(metric=metric, periods=(period,), as_of=engine.as_of, by=by, where={})).frame
    return dict(zip(frame["dimension"], frame["value"], strict=True))


def test_as_of_is_the_last_day_of_the_exports(demo: Engine) -> None:
    assert demo.as_of == dt.date(2026, 10, 31)


def test_rows_loaded_are_the_rows_of_the_files(demo: Engine) -> None:
    rows, counts = TOTALS["rows"], demo.workspace.counts()
    assert counts["leads"] == rows["hubspot_contacts.csv"]
    assert counts["opportunities"] == rows["hubspot_deals.csv"] + rows["crm_sdelki_ru.csv"]
    assert counts["subscriptions"] == rows["stripe_subscriptions.csv"]
    assert counts["tickets"] == rows["support_tickets.xlsx"]
    assert counts["spend"] == rows["google_ads_campaigns.csv"] + rows["spend_ledger.csv"]
    assert counts["people"] == rows["team.csv"]


def test_mrr_at_every_month_end(demo: Engine) -> None:
    expected = TOTALS["recurring"]["mrr_by_month_end"]
    months = periods(dt.date(2023, 10, 1), dt.date(2026, 11, 1), Grain.MONTH, demo.conventions)
    frame = demo.evaluate(Query(metric="mrr", periods=months, as_of=demo.as_of, where={})).frame
    told = {f"{start:%Y-%m}": round(value, 2) for start, value in zip(frame["start"], frame["value"], strict=True)}
    assert told == pytest.approx(expected, abs=0.011)


def test_arr_plans_and_accounts_at_the_end(demo: Engine) -> None:
    recurring = TOTALS["recurring"]
    assert value(demo, "arr") == pytest.approx(recurring["arr_at_end"], abs=0.1)
    assert value(demo, "active_customers") == recurring["accounts_at_end"]
    by_plan = {plan: mrr for plan, mrr in parts(demo, "mrr", "plan").items() if round(mrr, 2)}
    assert by_plan == pytest.approx(recurring["mrr_by_plan_at_end"], abs=0.01)


def test_deals_won_and_lost(demo: Engine) -> None:
    deals = TOTALS["deals"]
    by_pipeline = demo.evaluate(
        Query(metric="win_rate", periods=(ALL,), as_of=demo.as_of, by="pipeline", where={})
    ).frame.set_index("dimension")
    sales = by_pipeline.loc["Sales Pipeline"]
    assert (sales["won"], sales["lost"]) == (deals["won"], deals["lost"])


def test_leads_mqls_and_sqls(demo: Engine) -> None:
    leads = TOTALS["leads"]
    assert value(demo, "leads") == leads["contacts"]
    assert value(demo, "mqls") == leads["mql"]
    assert value(demo, "sqls") == leads["sql"]


def test_mrr_movements_of_every_month(demo: Engine) -> None:
    expected = TOTALS["recurring"]["movements_by_month"]
    months = periods(dt.date(2023, 11, 1), dt.date(2026, 11, 1), Grain.MONTH, demo.conventions)
    keys = {
        "new": "new_mrr",
        "reactivation": "reactivation_mrr",
        "expansion": "expansion_mrr",
        "contraction": "contraction_mrr",
        "churn": "churned_mrr",
    }
    for kind, key in keys.items():
        frame = demo.evaluate(Query(metric=key, periods=months, as_of=demo.as_of, where={})).frame
        told = {f"{start:%Y-%m}": v for start, v in zip(frame["start"], frame["value"], strict=True)}
        assert told == pytest.approx({m: e[kind] for m, e in expected.items()}, abs=0.011), kind


def test_accounts_at_every_month_end(demo: Engine) -> None:
    expected = TOTALS["recurring"]["accounts_by_month_end"]
    months = periods(dt.date(2023, 10, 1), dt.date(2026, 11, 1), Grain.MONTH, demo.conventions)
    frame = demo.evaluate(Query(metric="active_customers", periods=months, as_of=demo.as_of, where={})).frame
    told = {f"{start:%Y-%m}": v for start, v in zip(frame["start"], frame["value"], strict=True)}
    assert told == expected


def test_roubles_become_dollars_at_the_rate_of_the_day_the_deal_closed(demo: Engine) -> None:
    by_pipeline = parts(demo, "won_revenue", "pipeline")
    moscow = sum(v for pipeline, v in by_pipeline.items() if pipeline != "Sales Pipeline")
    assert moscow == pytest.approx(TOTALS["moscow"]["won_usd_at_rate_of_close"], rel=1e-6)
    assert by_pipeline["Sales Pipeline"] == pytest.approx(TOTALS["deals"]["won_amount"], abs=0.01)


def test_what_a_customer_costs_and_brings(demo: Engine) -> None:
    """The oracle counts customers by their subscriptions; Moscow's, won without one, are told apart in the product."""
    expected = TOTALS["year_to_2026_10"]
    year = Period(dt.date(2025, 11, 1), dt.date(2026, 11, 1))
    row = demo.evaluate(Query(metric="cac", periods=(year,), as_of=demo.as_of, where={})).frame.iloc[0]
    assert row["spend"] == pytest.approx(expected["sales_and_marketing_spend"], abs=0.01)
    customers = demo.evaluate(Query(metric="new_customers", periods=(year,), as_of=demo.as_of, where={})).frame.iloc[0]
    assert customers["new_customers"] - customers["new_by_won_deal"] == expected["new_customers"]
    assert value(demo, "clv", year) == pytest.approx(expected["ltv_at_full_margin"], abs=1)
