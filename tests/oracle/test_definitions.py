"""Definitions of public tools on a company made by hand: every figure was worked out on paper from the rule's wording.

May 2026, as of 20 June 2026 (Ned's start). Subscriptions bill monthly, in USD.

            Jan   Feb   Mar   Apr | May (start -> end)
  Ada       100   100   100   100 | 100 -> 100
  Due         -    50    50    50 |  50 -> 50    past due; billed on the 10th; no invoice says since when
  Pam         -    40    40    40 |  40 -> 40    paused; billed on the 15th, so her last renewal is 15 June
  Fred       30    30    30    30 |  30 -> 0     a 100 % discount from 10 May
  Bea        20    20     -     - |   0 -> 20    left on 1 March, comes back on 5 May: 65 days later
  Jo          -     -     -     - |   0 -> 0     joins on 3 May at 10 and leaves on 20 May
  Guy        60    60    60    60 |  60 -> 0     leaves on 15 May
  Ida         -     -     -     - |   -          a 100 % discount from the first day, 1 April: never paid
  Cal         -     -     -    70 |  70 -> 70    cancelled on 25 May, paid until 25 June
  Ned         -     -     -     - |   -          starts on 20 June: only sets the last day of the data
  total     210   300   280   350 | 350 -> 280
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from revops.analysis.core import Cell, CellResult, View
from revops.analysis.definitions_gap import OFFERED
from revops.analysis.run import run_cell
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.model.definition_presets import PRESET, PRESETS
from revops.model.definitions import OURS, Definitions
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import workspace_of

MAY = Period(dt.date(2026, 5, 1), dt.date(2026, 6, 1))
JUNE = Period(dt.date(2026, 6, 1), dt.date(2026, 7, 1))
AS_OF = dt.date(2026, 6, 20)

SUBSCRIPTIONS = table("""
    subscription_id | account_id | amount | interval | discount | status   | started_at | cancelled_at | ended_at
    a1              | Ada        | 100    | month    |          | active   | 2026-01-10 |              |
    d1              | Due        | 50     | month    |          | past_due | 2026-02-10 |              |
    p1              | Pam        | 40     | month    |          | paused   | 2026-02-15 |              |
    f1              | Fred       | 30     | month    |          | canceled | 2026-01-10 |              | 2026-05-10
    f2              | Fred       | 30     | month    | 1        | active   | 2026-05-10 |              |
    b1              | Bea        | 20     | month    |          | canceled | 2026-01-01 |              | 2026-03-01
    b2              | Bea        | 20     | month    |          | active   | 2026-05-05 |              |
    j1              | Jo         | 10     | month    |          | canceled | 2026-05-03 |              | 2026-05-20
    g1              | Guy        | 60     | month    |          | canceled | 2026-01-15 |              | 2026-05-15
    i1              | Ida        | 80     | month    | 1        | active   | 2026-04-01 |              |
    c1              | Cal        | 70     | month    |          | active   | 2026-04-25 | 2026-05-25   | 2026-06-25
    n1              | Ned        | 15     | month    |          | active   | 2026-06-20 |              |
""")
ACCOUNTS = [{"account_id": a, "name": f"{a} Ltd"} for a in ("Ada", "Due", "Fred", "Guy")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    path: Path = tmp_path_factory.mktemp("definitions") / "company.duckdb"
    with workspace_of(path, {"subscriptions": SUBSCRIPTIONS, "accounts": ACCOUNTS}) as opened:
        yield opened


@pytest.fixture(scope="module")
def engine(workspace: Workspace) -> Engine:
    return Engine(workspace)


def asked(engine: Engine, definitions: Definitions, metric: str, period: Period = MAY) -> tuple[float, float]:
    """Numerator and denominator."""
    query = Query(metric=metric, periods=(period,), as_of=AS_OF, where={})
    row = engine.under(definitions).evaluate(query).rows[0]
    return row["numerator"], row["denominator"]


def value(engine: Engine, definitions: Definitions, metric: str, period: Period = MAY) -> float:
    query = Query(metric=metric, periods=(period,), as_of=AS_OF, where={})
    return float(engine.under(definitions).evaluate(query).rows[0]["value"])


def rule(**changes: object) -> Definitions:
    return replace(OURS, **changes)  # type: ignore[arg-type]


class TestCustomerChurn:
    """At the start of May: Ada, Due, Pam, Fred, Guy, Ida (at MRR 0) and Cal: 7."""

    def test_ours_counts_customers_of_the_start_who_are_gone_at_the_end(self, engine: Engine) -> None:
        assert asked(engine, OURS, "logo_churn") == (1, 7)  # Guy; Fred at MRR 0 stays, Jo is in neither

    def test_chartmogul_never_had_the_account_that_never_paid(self, engine: Engine) -> None:
        assert asked(engine, PRESET["chartmogul"].definitions, "logo_churn") == (1, 6)  # no Ida

    def test_stripe_counts_every_departure_and_those_who_joined_in_the_base(self, engine: Engine) -> None:
        # gone: Guy, Jo, Fred (to zero MRR); base: 6 who pay at the start, Bea and Jo joined
        assert asked(engine, PRESET["stripe"].definitions, "logo_churn") == (3, 8)

    def test_baremetrics_counts_who_joined_and_left_above_the_line_only(self, engine: Engine) -> None:
        assert asked(engine, PRESET["baremetrics"].definitions, "logo_churn") == (2, 7)  # Guy, Jo

    def test_profitwell_ignores_who_joined_and_left_and_drops_who_pays_nothing(self, engine: Engine) -> None:
        assert asked(engine, PRESET["profitwell"].definitions, "logo_churn") == (2, 6)  # Guy, Fred

    def test_chartmoguls_published_example_of_customer_churn(self, tmp_path: Path) -> None:
        """100 customers; 12 churn in the month, of whom one comes back, and one had joined in it: 10 %."""
        rows = [{"account_id": f"a{n}", "started_at": "2026-04-01"} for n in range(100)]
        for row in rows[:11]:
            row["ended_at"] = "2026-05-10"
        rows.append({"account_id": "a0", "started_at": "2026-05-20"})
        rows.append({"account_id": "new", "started_at": "2026-05-05", "ended_at": "2026-05-25"})
        full = [{"subscription_id": f"s{n}", "amount": 1, "interval": "month", **row} for n, row in enumerate(rows)]
        with workspace_of(tmp_path / "hundred.duckdb", {"subscriptions": full}) as opened:
            assert value(Engine(opened), PRESET["chartmogul"].definitions, "logo_churn") == pytest.approx(0.10)


class TestRevenueChurn:
    """MRR at the start of May: 350. Churn: Guy 60, Jo 10. Contraction: Fred 30. Back: Bea 20."""

    def test_ours_sets_the_end_against_the_start(self, engine: Engine) -> None:
        assert asked(engine, OURS, "gross_revenue_churn") == (90, 350)  # Guy and Fred; Jo had none at the start
        assert asked(engine, OURS, "net_revenue_churn") == (90, 350)

    def test_chartmogul_sums_movements_and_takes_reactivation_off(self, engine: Engine) -> None:
        chartmogul = PRESET["chartmogul"].definitions
        assert asked(engine, chartmogul, "gross_revenue_churn") == (100, 350)
        assert asked(engine, chartmogul, "net_revenue_churn") == (80, 350)

    def test_reactivation_alone_can_be_taken_off(self, engine: Engine) -> None:
        assert asked(engine, rule(net_churn="reactivation"), "net_revenue_churn") == (70, 350)

    def test_retention_is_of_the_customers_of_the_start_or_of_all_movements(self, engine: Engine) -> None:
        for metric in ("nrr", "grr"):
            assert asked(engine, OURS, metric) == (260, 350)  # without Guy and Fred
            assert asked(engine, rule(retention="movements"), metric) == (250, 350)  # and without Jo's 10
        # chartmogul nets reactivation off its churn chart and leaves it out of its retention chart
        assert asked(engine, PRESET["chartmogul"].definitions, "nrr") == (260, 350)

    def test_chartmoguls_published_example_is_20_and_10_percent(self, tmp_path: Path) -> None:
        """$100 at the start, 10 of churn, 10 of contraction, 10 of expansion."""
        rows = table("""
            subscription_id | account_id | amount | started_at | ended_at
            1               | leaves     | 10     | 2026-04-01 | 2026-05-10
            2               | shrinks    | 30     | 2026-04-01 | 2026-05-10
            3               | shrinks    | 20     | 2026-05-10 |
            4               | grows      | 60     | 2026-04-01 | 2026-05-10
            5               | grows      | 70     | 2026-05-10 |
        """)
        full = [{"interval": "month", **row} for row in rows]
        with workspace_of(tmp_path / "hundred.duckdb", {"subscriptions": full}) as opened:
            for definitions in (OURS, PRESET["chartmogul"].definitions, PRESET["baremetrics"].definitions):
                assert value(Engine(opened), definitions, "gross_revenue_churn") == pytest.approx(0.20)
                assert value(Engine(opened), definitions, "net_revenue_churn") == pytest.approx(0.10)
                assert value(Engine(opened), definitions, "grr") == pytest.approx(0.80)
                assert value(Engine(opened), definitions, "nrr") == pytest.approx(0.90)

    def test_2000_a_year_is_166_67_a_month_by_everyone(self, tmp_path: Path) -> None:
        rows = [
            {"subscription_id": "1", "account_id": "a", "amount": 2000, "interval": "year", "started_at": "2026-05-02"}
        ]
        with workspace_of(tmp_path / "year.duckdb", {"subscriptions": rows}) as opened:
            for preset in PRESETS:
                assert value(Engine(opened), preset.definitions, "mrr") == pytest.approx(166.67, abs=0.005), preset.key


class TestMrr:
    """At the end of May: Ada 100, Due 50, Pam 40, Fred 0, Bea 20, Cal 70, Ida 0. By 20 June also Ned 15."""

    def test_ours(self, engine: Engine) -> None:
        assert value(engine, OURS, "mrr") == 280
        assert value(engine, OURS, "active_customers") == 7

    def test_discounts_ignored_bring_back_the_full_price(self, engine: Engine) -> None:
        assert value(engine, rule(discounts="ignore"), "mrr") == 280 + 30 + 80  # Fred and Ida

    def test_zero_mrr_as_churn_leaves_who_pays(self, engine: Engine) -> None:
        assert value(engine, rule(zero_mrr="churn"), "active_customers") == 5
        assert value(engine, rule(zero_mrr="churn"), "churned_mrr") == 60 + 10 + 30
        assert value(engine, OURS, "contraction_mrr") == 30

    def test_zero_mrr_once_paid_keeps_who_paid_before(self, engine: Engine) -> None:
        assert value(engine, rule(zero_mrr="once_paid"), "active_customers") == 6  # Fred, not Ida
        assert value(engine, rule(zero_mrr="once_paid"), "contraction_mrr") == 30

    def test_past_due_lapses_so_many_days_after_its_last_renewal(self, engine: Engine) -> None:
        assert value(engine, rule(past_due_days=10), "mrr", JUNE) == 295 - 50  # 10 June + 10 days: 20 June
        assert value(engine, rule(past_due_days=11), "mrr", JUNE) == 295  # not yet on the last day of the data
        assert value(engine, rule(past_due_days=0), "churned_mrr", JUNE) == 50
        assert value(engine, rule(past_due_days=0), "mrr", MAY) == 280  # what was before stays

    def test_unpaid_is_another_status(self, engine: Engine) -> None:
        assert value(engine, rule(unpaid_days=0), "mrr", JUNE) == 295

    def test_paused_from_its_last_renewal(self, engine: Engine) -> None:
        assert value(engine, rule(paused="zero"), "mrr", JUNE) == 295 - 40
        assert value(engine, rule(paused="zero"), "contraction_mrr", JUNE) == 40
        assert value(engine, rule(paused="zero"), "active_customers", JUNE) == 8
        assert value(engine, rule(paused="churn"), "churned_mrr", JUNE) == 40
        assert value(engine, rule(paused="churn"), "active_customers", JUNE) == 7
        assert value(engine, rule(paused="zero", zero_mrr="churn"), "churned_mrr", JUNE) == 40  # Stripe's, ProfitWell's

    def test_churn_at_the_cancellation_or_when_the_service_ends(self, engine: Engine) -> None:
        assert value(engine, OURS, "mrr", MAY) == 280
        assert value(engine, rule(churn_day="cancellation"), "mrr", MAY) == 280 - 70
        assert value(engine, rule(churn_day="cancellation"), "churned_mrr", MAY) == 60 + 10 + 70

    def test_coming_back_within_so_many_days(self, engine: Engine) -> None:
        """Bea left on 1 March and is back on 5 May: 65 days."""
        assert value(engine, OURS, "reactivation_mrr") == 20
        assert value(engine, rule(reactivation_days=65), "reactivation_mrr") == 20
        assert value(engine, rule(reactivation_days=64), "reactivation_mrr") == 0
        assert value(engine, rule(reactivation_days=64), "new_mrr") == 10 + 20  # Jo and Bea
        assert value(engine, rule(reactivation_days=64), "mrr") == 280

    def test_the_movements_close_under_every_preset(self, engine: Engine) -> None:
        for preset in PRESETS:
            for period, before in ((MAY, Period(dt.date(2026, 4, 1), MAY.start)), (JUNE, MAY)):
                moved = value(engine, preset.definitions, "net_new_mrr", period)
                end, start = (value(engine, preset.definitions, "mrr", p) for p in (period, before))
                assert end - start == pytest.approx(moved), preset.key


def test_past_due_counts_from_the_oldest_unpaid_invoice(tmp_path: Path) -> None:
    """Billed on the 10th; the invoices of 10 April, 10 May and 10 June are not paid: 30 days later is 10 May."""
    subscriptions = [s for s in SUBSCRIPTIONS if s["account_id"] in ("Due", "Ned")]
    invoices = [
        {
            "invoice_id": f"i{month}",
            "account_id": "Due",
            "amount": 50,
            "issued_at": f"2026-0{month}-10",
            "paid_at": paid,
        }
        for month, paid in ((2, "2026-02-11"), (3, "2026-03-12"), (4, None), (5, None), (6, None))
    ]
    with workspace_of(tmp_path / "due.duckdb", {"subscriptions": subscriptions, "invoices": invoices}) as opened:
        engine = Engine(opened)
        assert value(engine, rule(past_due_days=30), "mrr", MAY) == 0
        assert asked(engine, PRESET["baremetrics"].definitions, "logo_churn", MAY) == (1, 1)
        assert asked(engine, PRESET["chartmogul"].definitions, "logo_churn", MAY) == (0, 1)


class TestLifetimeValue:
    """ARPA at the end of May: 280 / 7 by ours."""

    def test_ours_pools_six_months(self, engine: Engine) -> None:
        # left: Bea on 1 March, Guy in May; at the starts: Jan 0 (Bea begins that day), Feb 4, Mar 6, Apr 5, May 7
        assert value(engine, OURS, "clv") == pytest.approx((280 / 7) / (2 / 22))

    def test_baremetrics_takes_the_last_month_without_margin(self, engine: Engine) -> None:
        assert value(engine, PRESET["baremetrics"].definitions, "clv") == pytest.approx((280 / 7) / (2 / 7))

    def test_chartmogul_averages_the_six_months_before(self, engine: Engine) -> None:
        # Nov, Dec, Jan: nobody at the start; Feb 0/4, Mar 1/6, Apr 0/5; six payers at the end of May
        assert value(engine, PRESET["chartmogul"].definitions, "clv") == pytest.approx(
            (280 / 6) / ((0 + 1 / 6 + 0) / 3)
        )

    def test_profitwell_divides_by_the_revenue_not_retained(self, engine: Engine) -> None:
        # MRR at the starts 210, 300, 280, 350 and what its payers lost: Mar 20, May 90; five payers at the end
        lost, started = 20 + 90, 210 + 300 + 280 + 350
        assert value(engine, PRESET["profitwell"].definitions, "clv") == pytest.approx((280 / 5) / (lost / started))


class TestGap:
    def test_it_names_the_accounts_rule_by_rule(self, engine: Engine) -> None:
        """Ours 1/7 against Stripe's 3/8. Without who pays nothing: 2/6; every departure: 3/6; with who joined: 3/8."""
        found = gap(engine, "logo_churn", "stripe")
        assert (found.result.facts["left"], found.result.facts["right"]) == (pytest.approx(1 / 7), pytest.approx(3 / 8))
        steps = {s["rule"]: (s["amount"], s["accounts"]) for s in found.result.facts["steps"]}
        assert steps == {
            "zero_mrr": (pytest.approx(2 / 6 - 1 / 7), 2),  # Fred has churned, Ida is no customer
            "churned": (pytest.approx(3 / 6 - 2 / 6), 1),  # Jo
            "churn_base": (pytest.approx(3 / 8 - 3 / 6), 2),  # Bea and Jo
        }
        frame = found.result.frame
        of_zero = frame[frame["rule"] == "zero_mrr"].set_index("account")
        assert (of_zero.loc["Fred", "numerator_before"], of_zero.loc["Fred", "numerator_after"]) == (0, 1)
        assert (of_zero.loc["Ida", "denominator_before"], of_zero.loc["Ida", "denominator_after"]) == (1, 0)
        assert of_zero.loc["Fred", "name"] == "Fred Ltd"
        assert of_zero.loc["Ida", "name"] == "Ida"  # no account of that id has a name
        assert found.result.facts["idle"] == ["unpaid_days"]
        assert "Stripe Billing" in found.finding.en
        assert "Stripe Billing" in found.finding.ru

    @pytest.mark.parametrize("metric", OFFERED)
    def test_it_closes_for_every_metric_between_any_two_presets(self, engine: Engine, metric: str) -> None:
        for left, right in (("ours", "chartmogul"), ("stripe", "baremetrics"), ("profitwell", "ours")):
            facts = (found := gap(engine, metric, right, left)).result.facts
            assert facts["closes"]
            if facts["gap"] is not None:
                assert found.result.frame["amount"].sum() == pytest.approx(facts["gap"], abs=1e-9)

    def test_it_does_not_touch_what_the_workspace_keeps(self, workspace: Workspace) -> None:
        own = Engine(workspace)
        own.evaluate(Query(metric="logo_churn", periods=(MAY,), as_of=AS_OF, where={}))
        kept, before = "SELECT name, signature FROM log.derived_log ORDER BY name", workspace.fingerprint
        with workspace.cursor() as cursor:
            built = cursor.execute(kept).fetchall()
        gap(own, "logo_churn", "stripe")
        with workspace.cursor() as cursor:
            assert cursor.execute(kept).fetchall() == built
        assert workspace.fingerprint == before


def gap(engine: Engine, metric: str, right: str, left: str = "ours", period: Period = MAY) -> CellResult:
    cell = Cell(analysis="definitions_gap", params={"metric": metric, "left": left, "right": right})
    return run_cell(engine, cell, View(period=period, as_of=AS_OF))


def test_what_is_put_in_force_holds_for_everything_and_can_be_taken_back(tmp_path: Path) -> None:
    with workspace_of(tmp_path / "own.duckdb", {"subscriptions": SUBSCRIPTIONS}) as opened:
        query = Query(metric="logo_churn", periods=(MAY,), as_of=AS_OF, where={})
        before = opened.fingerprint
        assert Engine(opened).evaluate(query).rows[0]["n"] == 7
        opened.settings = replace(opened.settings, definitions=PRESET["stripe"].definitions)
        assert opened.fingerprint != before
        stripes = Engine(opened)
        assert stripes.evaluate(query).rows[0]["n"] == 8
        assert "In force here" in stripes.metric("logo_churn").definition.en
        assert "Здесь действует" in stripes.metric("logo_churn").definition.ru
        assert stripes.under(OURS).evaluate(query).rows[0]["n"] == 7
        opened.settings = replace(opened.settings, definitions=OURS)
        assert Engine(opened).evaluate(query).rows[0]["n"] == 7


def behind(engine: Engine, cell: CellResult, rule: str) -> pd.DataFrame:
    assert cell.analysis.behind is not None
    return cell.analysis.behind(engine, cell, {"rule": rule}, None).frame


@pytest.mark.parametrize("metric", OFFERED)
def test_the_companies_behind_the_bars_add_up_to_the_gap(engine: Engine, metric: str) -> None:
    for right in PRESET:
        cell = gap(engine, metric, right)
        for step in cell.result.facts["steps"]:
            rows = behind(engine, cell, step["rule"])
            formula = cell.result.frame.query("rule == @step['rule'] and account == ''")["amount"].sum()
            assert rows["amount"].sum() + formula == pytest.approx(step["amount"])
            assert rows["account_id"].nunique() == step["accounts"]


def test_behind_a_bar_each_company_has_the_records_it_was_billed_by(engine: Engine) -> None:
    cell = gap(engine, "logo_churn", "stripe")
    rows = behind(engine, cell, "whole")
    assert set(rows["rule"]) == {step["rule"] for step in cell.result.facts["steps"]} != set()
    billed = {row["account_id"] for row in SUBSCRIPTIONS}
    assert set(rows["account_id"]) <= billed
    own = {a: {r["subscription_id"] for r in SUBSCRIPTIONS if r["account_id"] == a} for a in billed}
    for account, records in zip(rows["account_id"], rows["records"], strict=True):
        assert set(records.split(", ")) <= own[account]
    assert rows["file"].notna().all()
