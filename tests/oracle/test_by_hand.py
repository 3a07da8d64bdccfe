"""Every metric against figures worked out on paper for the company in company.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from revops.errors import NotComputable
from revops.metrics import METRIC, METRICS
from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from tests.oracle.company import AS_OF, TABLES
from tests.oracle.test_by_hand_desk import BY_HAND as DESK_BY_HAND
from tests.support import workspace_of

HALF_YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1))
_ = None  # can't be told: nothing to divide by, or no spend recorded

#                      Jan      Feb      Mar      Apr        May       Jun       half-year
BY_HAND: dict[str, Sequence[float | None]] = {
    "mrr":                 [200, 260, 400, 255, 255, 355, 355],
    "arr":                 [2400, 3120, 4800, 3060, 3060, 4260, 4260],
    "new_mrr":             [200, 60, 90, 0, 70, 0, 420],
    "reactivation_mrr":    [0, 0, 0, 0, 0, 100, 100],
    "expansion_mrr":       [0, 0, 50, 0, 0, 0, 50],
    "contraction_mrr":     [0, 0, 0, 45, 0, 0, 45],
    "churned_mrr":         [0, 0, 0, 100, 70, 0, 170],
    "net_new_mrr":         [200, 60, 140, -145, 0, 100, 355],
    "quick_ratio":         [_, _, _, 0, 1, _, 570 / 215],
    "active_customers":    [2, 3, 4, 4, 4, 5, 5],
    "arpa":                [100, 260 / 3, 100, 255 / 4, 255 / 4, 71, 71],
    "logo_churn":          [_, 0 / 2, 0 / 3, 1 / 4, 0 / 4, 0 / 4, _],
    "grr":                 [_, 1, 1, 255 / 400, 1, 1, _],
    "nrr":                 [_, 1, 310 / 260, 255 / 400, 1, 1, _],
    "gross_revenue_churn": [_, 0, 0, 145 / 400, 0, 0, _],
    "net_revenue_churn":   [_, 0, -50 / 260, 145 / 400, 0, 0, _],
    # churn of the trailing six months: 1 of 0+0+0+2+3+4 = 9 in April, of 13 in May, of 17 in June
    "clv":                 [_, _, _, 63.75 * 9, 63.75 * 13, 71 * 17, 71 * 17],
    "new_customers":       [2, 1, 1, 1, 2, 0, 7],
    "spend":               [1200, 240, 600, _, 450, _, 2490],
    "cac":                 [600, 240, 600, _, 225, _, 2490 / 7],
    "ltv_cac":             [_, _, _, _, 828.75 / 225, _, 1207 / (2490 / 7)],
    "win_rate":            [2 / 2, 1 / 2, 0 / 1, _, 2 / 2, 0 / 1, 5 / 8],
    "won_deals":           [2, 1, 0, 0, 2, 0, 5],
    "won_revenue":         [3000, 120, 0, 0, 300, 0, 3420],
    "average_won_deal":    [1500, 120, _, _, 300, _, 855],
    "pipeline_created":    [2500, 700, 300, 0, 900, 0, 4400],
    "deals_created":       [3, 1, 1, 1, 1, 1, 8],
    "open_pipeline":       [500, 700, 300, 300, 900, 900, 900],
    "sales_cycle":         [15, 40, _, _, 47.5, _, 30],
    "sql2cw":              [3 / 4, _, _, _, 0 / 1, _, 3 / 5],
    "leads":               [2, 0, 0, 1, 1, 1, 5],
    "mqls":                [2, 0, 0, 0, 2, 0, 4],
    "sqls":                [4, 0, 0, 0, 2, 0, 6],
    "ended_share":         [0 / 2, 0 / 3, 1 / 6, 3 / 7, 5 / 10, 5 / 11, 5 / 11],
    "term_renewal":        [_, _, _, _, _, _, _],  # all pay by the month, but Bo, who leaves within his year
    "lost_deals":          [0, 1, 1, 0, 0, 1, 3],
    "median_won_deal":     [1500, 120, _, _, 300, _, 650],
    "acv":                 [1200, 720, 1080, _, 840, _, 12 * 420 / 5],
    "new_arr":             [2400, 720, 1080, 0, 840, 0, 5040],
    # open at the end x win rate x average won deal / cycle: January 2 x 2/2 x 1500 / 15
    "sales_velocity":      [200, 1.5, _, _, 300 / 47.5, _, 5 / 8 * 855 / 30],
    "paid_cac":            [400 / 2, 240, 600, _, 450 / 2, _, 1690 / 7],
    # spend three months earlier; June has that of March, but no customers
    "cac_lagged":          [_, _, _, 1200 / 1, 240 / 2, _, 2040 / 7],
    "cac_payback":         [600 / 100, 240 / 60, 600 / 90, _, 225 / 70, _, (2490 / 7) / (420 / 5)],
    # ARR of 1 May against 1 February, over the spend of November to January; and so on
    "magic_number":        [_, _, _, 12 * 55 / 1200, 12 * -5 / 1440, 12 * -45 / 2040, 12 * -45 / 2040],
}  # fmt: skip


def test_every_metric_has_figures_worked_out_by_hand() -> None:
    told = set(BY_HAND) | set(DESK_BY_HAND)
    assert told == set(METRIC), "a metric without an oracle, or an oracle without a metric"


@pytest.mark.parametrize("key", [m.key for m in METRICS if m.key in BY_HAND])
def test_metric_by_hand(company: Engine, key: str) -> None:
    asked = (*periods(HALF_YEAR.start, HALF_YEAR.end, Grain.MONTH, company.conventions), HALF_YEAR)
    result = company.evaluate(Query(metric=key, periods=asked, as_of=AS_OF, where={}))
    assert result.frame["period_id"].tolist() == list(range(7))
    told = [None if value != value else value for value in result.frame["value"]]
    assert told == pytest.approx(list(BY_HAND[key]))


def test_the_share_still_open_is_shown_beside_sql_to_closed_won(company: Engine) -> None:
    may = Period(dt.date(2025, 5, 1), dt.date(2025, 6, 1))
    frame = company.evaluate(Query(metric="sql2cw", periods=(may,), as_of=AS_OF, where={})).frame
    assert frame[["sqls_won", "sqls_lost", "sqls_open"]].iloc[0].tolist() == [0, 1, 1]


def test_gaps_in_exchange_rates_are_reported_never_counted_as_one(company: Engine) -> None:
    reasons = {reason.en: rows for reason, rows in company.rows_left_out("pipeline_created")}
    # d3 was created before the first EUR rate, d9 is in GBP for which there is none; d7 has no amount
    assert reasons == {"no exchange rate on or before the day": 2, "no amount": 1}
    assert {r.en: n for r, n in company.rows_left_out("cac")}["no exchange rate on or before the day"] == 1


def test_a_proportion_carries_n_and_a_wilson_interval(company: Engine) -> None:
    frame = company.evaluate(Query(metric="win_rate", periods=(HALF_YEAR,), as_of=AS_OF, where={})).frame
    row = frame.iloc[0]
    # Wilson score interval for 5 of 8, z = 1.96: (0.3057, 0.8632)
    assert (row["n"], row["low"], row["high"]) == (8, pytest.approx(0.3057, abs=1e-4), pytest.approx(0.8632, abs=1e-4))


def test_a_running_period_counts_only_up_to_as_of(company: Engine) -> None:
    may = Period(dt.date(2025, 5, 1), dt.date(2025, 6, 1), Grain.MONTH)
    early = company.evaluate(Query(metric="won_deals", periods=(may,), as_of=dt.date(2025, 5, 4), where={})).frame
    assert (early["value"].iloc[0], bool(early["partial"].iloc[0])) == (1, True)  # d7 on 1 May; d6 on 5 May is later


class TestByChannel:
    JANUARY = (Period(dt.date(2025, 1, 1), dt.date(2025, 2, 1)),)

    def test_spend_that_names_no_channel_is_shown_and_divided_by_nobody(self, tmp_path: Path) -> None:
        accounts = [row | {"source": None} if row["account_id"] == "Ada" else row for row in TABLES["accounts"]]
        engine = Engine(workspace_of(tmp_path / "no_source.duckdb", {**TABLES, "accounts": accounts}))
        found = engine.evaluate(Query(metric="cac", periods=self.JANUARY, as_of=AS_OF, by="source", where={}))
        frame = found.frame.set_index("dimension")
        # 800 of salaries and Ada, of whom nobody knows where she came from: no customer cost 800
        assert frame.loc["", ["spend", "new_customers"]].tolist() == [800, 1]
        assert frame["value"].isna().to_dict() == {"": True, "Google Ads": False}
        assert frame.loc["Google Ads", "value"] == 400
        assert "not spread over the others" in found.notes[-1].en

    def test_asked_for_alone_it_says_why_there_is_no_figure(self, company: Engine) -> None:
        with pytest.raises(NotComputable, match="need not belong together"):
            company.evaluate(Query(metric="cac", periods=self.JANUARY, as_of=AS_OF, where={"source": ("",)}))

    def test_where_everything_names_its_channel_nothing_is_said(self, company: Engine) -> None:
        march = (Period(dt.date(2025, 3, 1), dt.date(2025, 4, 1)),)
        assert company.evaluate(Query(metric="cac", periods=march, as_of=AS_OF, by="source", where={})).notes == ()


def test_breakdown_keeps_every_part_of_a_sum(company: Engine) -> None:
    frame = company.evaluate(Query(metric="arr", periods=(HALF_YEAR,), as_of=AS_OF, by="segment", where={})).frame
    assert dict(zip(frame["dimension"], frame["value"], strict=True)) == {"enterprise": 3000, "small": 1260}


def test_a_filter_keeps_only_its_rows(company: Engine) -> None:
    where = {"segment": ("enterprise",), "owner": ("Olga",)}
    frame = company.evaluate(Query(metric="win_rate", periods=(HALF_YEAR,), as_of=AS_OF, where=where)).frame
    assert frame[["numerator", "denominator"]].iloc[0].tolist() == [3, 3]  # d1, d2, d7


def test_the_values_to_filter_by_come_from_the_entities_commonest_first(company: Engine) -> None:
    assert company.values("plan") == ["Pro", "Max"]
    assert company.values("segment") == ["small", "enterprise"]
    assert company.values("source")[:2] == ["LinkedIn", "Google Ads"]


def test_what_only_a_loss_can_tell_breaks_down_losses_alone(company: Engine) -> None:
    frame = company.evaluate(
        Query(metric="churned_mrr", periods=(HALF_YEAR,), as_of=AS_OF, by="reason", where={})
    ).frame
    assert {r: v for r, v in zip(frame["dimension"], frame["value"], strict=True) if v} == {"price": 170}
    assert "reason" not in [d.key for d in company.dimensions("active_customers")]


def test_an_open_pipeline_without_a_single_amount_cannot_be_told(tmp_path: Path) -> None:
    deals = [
        {"opportunity_id": "1", "stage": "Won", "status": "won", "amount": "9", "created_at": "2025-01-01",
         "closed_at": "2025-02-01"},
        {"opportunity_id": "2", "stage": "Demo", "status": "open", "created_at": "2025-03-01"},
    ]  # fmt: skip
    engine = Engine(workspace_of(tmp_path / "open.duckdb", {"opportunities": deals}))
    asked = periods(dt.date(2025, 1, 1), dt.date(2025, 4, 1), Grain.MONTH, engine.conventions)
    frame = engine.evaluate(Query(metric="open_pipeline", periods=asked, as_of=AS_OF, where={})).frame
    # January: the deal later won, 9; February: none open, 0; March: one open, of unknown amount
    assert frame["value"].tolist()[:2] == [9, 0]
    assert frame["value"].isna().tolist() == [False, False, True]
