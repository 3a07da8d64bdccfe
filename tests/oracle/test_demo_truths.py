"""The product's figures on the demo, loaded through the importer, equal those counted from its files by pandas."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from revops.analysis import Cell, View
from revops.analysis.run import run_cell
from revops.importing import history
from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from revops.metrics.targets import target_of, targets
from revops.workspace import Workspace
from tests.demo import ROOT

TRUTHS: dict[str, Any] = json.loads((ROOT / "sample_data" / "truths.json").read_text(encoding="utf-8"))
TOTALS: dict[str, Any] = TRUTHS["totals"]
EFFECTS: dict[str, Any] = TRUTHS["effects"]
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


BEFORE = Period(dt.date(2023, 1, 1), dt.date(2025, 11, 1))  # until the programme began
SINCE = Period(dt.date(2025, 11, 1), dt.date(2026, 11, 1))


def test_leads_are_answered_sooner_since_the_programme(demo: Engine) -> None:
    """The truth knows the contacts' own date of the first outreach; the product falls back on outbound activities."""
    effect = EFFECTS["revops_first_response"]
    before, after = value(demo, "lead_response", BEFORE), value(demo, "lead_response", SINCE)
    assert after / before == pytest.approx(effect["ratio"], abs=effect["ratio_tolerance"])
    assert (before, after) == (pytest.approx(effect["before"], abs=1), pytest.approx(effect["after"], abs=0.1))


def test_mqls_reach_sales_sooner_since_the_programme(demo: Engine) -> None:
    """The product counts by the day of the hand-off, the truth by that of the qualification."""
    effect = EFFECTS["revops_handoff"]
    before, after = value(demo, "mql_to_sql_days", BEFORE), value(demo, "mql_to_sql_days", SINCE)
    assert after / before == pytest.approx(effect["ratio"], abs=effect["ratio_tolerance"])


def test_renewals_and_tickets(demo: Engine) -> None:
    renewals = TOTALS["deals"]["by_type"]["Renewal"]
    assert value(demo, "renewal_rate") == pytest.approx(renewals["won"] / (renewals["won"] + renewals["lost"]))
    assert value(demo, "tickets") == TOTALS["rows"]["support_tickets.xlsx"]
    row = demo.evaluate(Query(metric="resolution_time", periods=(ALL,), as_of=demo.as_of, where={})).frame.iloc[0]
    assert row["resolved_tickets_count"] == TOTALS["tickets"]["resolved"]


def test_a_rival_takes_a_larger_share_of_lost_deals(demo: Engine) -> None:
    effect = EFFECTS["rival_rises"]

    def share(period: Period) -> float:
        lost = demo.evaluate(
            Query(
                metric="lost_deals",
                periods=(period,),
                as_of=demo.as_of,
                by="loss_reason",
                where={"pipeline": ("Sales Pipeline",)},
            )
        ).frame.set_index("dimension")["value"]
        return float(lost[effect["reason"]] / lost.sum())

    before = share(Period(dt.date(2020, 1, 1), dt.date(2026, 4, 1)))
    after = share(Period(dt.date(2026, 4, 1), dt.date(2026, 11, 1)))
    assert after / before == pytest.approx(effect["ratio"], abs=effect["ratio_tolerance"])


def test_the_quota_of_a_quarter_is_that_of_those_who_were_there(demo: Engine) -> None:
    quarter = Period(dt.date(2026, 7, 1), dt.date(2026, 10, 1), Grain.QUARTER)
    row = demo.evaluate(Query(metric="quota_attainment", periods=(quarter,), as_of=demo.as_of, where={})).frame.iloc[0]
    with (ROOT / "sample_data" / "exports" / "team.csv").open(encoding="utf-8-sig") as file:
        team = list(csv.DictReader(file))
    assert all(p["Quota Period"] in ("", "Quarter") for p in team)
    there = [p for p in team if p["Quota"] and p["Start Date"] <= "2026-07-01" and (p["End Date"] or "9") > "2026-09"]
    assert row["quota"] == pytest.approx(sum(float(p["Quota"]) for p in there))


def test_targets_of_months_make_those_of_the_quarter(demo: Engine) -> None:
    known = targets(demo)
    assert {t.metric for t in known} == {"new_customers", "new_arr", "pipeline_created", "arr"}
    months = periods(dt.date(2026, 7, 1), dt.date(2026, 10, 1), Grain.MONTH, demo.conventions)
    quarter = Period(dt.date(2026, 7, 1), dt.date(2026, 10, 1), Grain.QUARTER)
    parts = [target_of(known, "new_customers", m) for m in months]
    assert target_of(known, "new_customers", quarter) == pytest.approx(sum(p for p in parts if p is not None))
    assert None not in parts


def test_what_is_spent_on_no_channel_is_shown_as_such_and_never_spread(demo: Engine) -> None:
    year = Period(dt.date(2025, 11, 1), dt.date(2026, 11, 1))
    by_channel = demo.evaluate(
        Query(metric="cac", periods=(year,), as_of=demo.as_of, by="channel", where={})
    ).frame.set_index("dimension")
    whole = demo.evaluate(Query(metric="cac", periods=(year,), as_of=demo.as_of, where={})).frame.iloc[0]
    assert by_channel.loc["", "spend"] > 0
    assert by_channel["spend"].sum() == pytest.approx(whole["spend"])
    assert by_channel["new_customers"].sum() == whole["new_customers"]


# --- two exports of the same deals: what October did to the pipeline


@pytest.fixture(scope="module")
def deals() -> pd.DataFrame:
    """A deal each: as it is now, `was` its amount and `thought` its expected close date a month before, both NaN where
    the earlier export does not say."""
    exports = ROOT / "sample_data" / "exports"
    dates = ["Create Date", "Close Date"]
    now = pd.read_csv(exports / "hubspot_deals.csv", parse_dates=dates).set_index("Record ID")
    then = pd.read_csv(exports / "earlier" / "hubspot_deals_2026-09-30.csv", parse_dates=dates).set_index("Record ID")
    ended = now["Deal Stage"].map({"Closed Won": "won", "Closed Lost": "lost"})
    return now.assign(ended=ended, was=then["Amount"], thought=then["Close Date"].dt.normalize()).rename(
        columns={"Amount": "amount", "Create Date": "created", "Close Date": "closed"}
    )


OCTOBER = View(
    period=Period(dt.date(2026, 10, 1), dt.date(2026, 11, 1)),
    as_of=dt.date(2026, 10, 31),
    where={"pipeline": ("Sales Pipeline",)},
)


def waterfall(demo: Engine, **params: Any) -> pd.DataFrame:
    found = run_cell(demo, Cell(analysis="pipeline_waterfall", params=params), OCTOBER).result
    assert found.facts["closes"]
    return found.frame.set_index("part")


def test_october_of_the_pipeline_from_two_exports(demo: Engine, deals: pd.DataFrame) -> None:
    told = waterfall(demo)
    first = pd.Timestamp("2026-10-01")
    over_before = deals["ended"].notna() & (deals["closed"] < first)
    open_before = deals[(deals["created"] < first) & ~over_before]
    came = deals[deals["created"] >= first]
    change = (open_before["amount"] - open_before["was"]).dropna()
    left = pd.concat([open_before, came])
    expected = {
        "start": open_before["was"].fillna(open_before["amount"]).sum(),
        "created": came["amount"].sum(),
        "amount_up": change[change > 0].sum(),
        "amount_down": change[change < 0].sum(),
        "won": -left.loc[left["ended"] == "won", "amount"].sum(),
        "lost": -left.loc[left["ended"] == "lost", "amount"].sum(),
        "end": left.loc[left["ended"].isna(), "amount"].sum(),
    }
    assert {part: told["amount"][part] for part in expected} == pytest.approx(expected, abs=0.01)
    assert told["deals"]["amount_up"] == (change > 0).sum() > 10
    assert told["deals"]["amount_down"] == (change < 0).sum() > 10
    assert told["deals"]["end"] == left["ended"].isna().sum()


def test_dates_moved_in_october_told_by_two_exports(demo: Engine, deals: pd.DataFrame) -> None:
    """A date moves on the last day of the export that shows it: of deals that are open until then."""
    told = waterfall(demo, due="period")
    first, last = pd.Timestamp("2026-10-01"), max(deals["created"].max(), deals["closed"][deals["ended"].notna()].max())
    known = deals[deals["thought"].notna() & (deals["ended"].isna() | (deals["closed"] >= last.normalize()))]
    then, now = known["thought"] >= first, known["closed"] >= first
    then, now = then & (known["thought"] < OCTOBER.period.end.isoformat()), now & (known["closed"] < "2026-11-01")
    pushed, pulled = known[then & ~now], known[~then & now]
    assert told["deals"]["pushed_out"] == len(pushed) > 3
    assert told["deals"]["pulled_in"] == len(pulled) > 0
    assert told["amount"]["pushed_out"] == pytest.approx(-pushed["amount"].sum(), abs=0.01)
    assert told["amount"]["pulled_in"] == pytest.approx(pulled["amount"].sum(), abs=0.01)


def test_the_newer_export_restates_september(demo: Engine, deals: pd.DataFrame) -> None:
    done = history.of(demo.workspace)[2]
    [opportunities] = [f for f in done.filled if f.entity == "opportunities"]
    assert opportunities.added == (deals["created"] >= "2026-10-01").sum()
    assert opportunities.added + opportunities.changed + opportunities.unchanged == len(deals)
    told = {(r.metric, r.month): r for r in done.restated}
    won = deals[(deals["ended"] == "won") & deals["closed"].between("2026-09-01", "2026-10-01")]
    september = told["won_revenue", dt.date(2026, 9, 1)]
    assert september.after == pytest.approx(won["amount"].sum(), abs=0.01)
    assert september.before != september.after
    assert {metric for metric, _month in told} == {"won_revenue", "win_rate", "pipeline_created"}
