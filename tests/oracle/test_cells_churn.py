"""Churn and the ARR bridge on the hand-made company (see company.py for its MRR month by month), and on random ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.errors import NotComputable
from revops.metrics.core import Grain, Period
from revops.metrics.engine import Engine
from tests.support import often, workspace_of

AS_OF = dt.date(2025, 6, 30)


def view(start: dt.date, end: dt.date, **more: Any) -> View:
    return View(period=Period(start, end), as_of=AS_OF, **more)


MARCH_TO_JUNE = view(dt.date(2025, 3, 1), dt.date(2025, 7, 1))


def run(engine: Engine, analysis: str, where: View = MARCH_TO_JUNE, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis=analysis, params=params), where)


def whole(cell: CellResult) -> dict[str, float]:
    frame = cell.result.frame
    part = frame[frame["scope"] == "whole"]
    return dict(zip(part["part"], part["amount"], strict=True))


# --- the bridge --------------------------------------------------------------------------------------------------


def test_the_bridge_tells_each_movement_of_mrr(company: Engine) -> None:
    # at the end of February 260 (Ada 100, Bo 100, Cy 60), at the end of June 355
    cell = run(company, "arr_bridge", measure="mrr")
    assert whole(cell) == {
        "start": 260,
        "new": 90 + 70,  # Di in March, Gus in May
        "reactivation": 100,  # Bo in June
        "expansion": 50,  # Ada in March
        "contraction": -45,  # Di in April
        "churn": -100 - 70,  # Bo in April, Gus in May
        "end": 355,
    }
    assert cell.result.facts["closes"] is True


def test_arr_is_twelve_times_mrr(company: Engine) -> None:
    mrr, arr = whole(run(company, "arr_bridge", measure="mrr")), whole(run(company, "arr_bridge"))
    assert arr == {part: 12 * amount for part, amount in mrr.items()}


def test_each_period_begins_where_the_one_before_ended(company: Engine) -> None:
    frame = run(company, "arr_bridge", measure="mrr").result.frame
    buckets = frame[frame["scope"] == "bucket"].pivot(index="start", columns="part", values="amount")
    assert buckets["end"].tolist() == [400, 255, 255, 355]
    assert buckets["start"].tolist() == [260, 400, 255, 255]


def test_the_finding_says_where_arr_went_and_why(company: Engine) -> None:
    finding = run(company, "arr_bridge").finding
    assert finding.en == (
        "ARR went from $3,120 to $4,260 (+36.5%) in Mar 2025 – Jun 2025: $3,720 gained (new mostly), "
        "$2,580 lost (churn mostly)."
    )
    assert finding.ru.startswith("ARR за мар 2025 – июн 2025: ")


def test_a_filter_leaves_a_bridge_that_still_closes(company: Engine) -> None:
    cell = run(company, "arr_bridge", view(dt.date(2025, 3, 1), dt.date(2025, 7, 1), where={"segment": ("small",)}))
    parts = whole(cell)
    assert cell.result.facts["closes"] is True
    assert (parts["start"], parts["end"]) == (60 * 12, 105 * 12)


DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2025, 6, 30))
SUBSCRIPTION = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from("ABCD"),
        "plan": st.sampled_from(["Pro", "Max"]),
        "amount": st.decimals(0, 900, places=2).map(str),
        "interval": st.sampled_from(["month", "quarter", "year", "week"]),
        "quantity": st.sampled_from(["1", "3", "7"]),
        "discount": st.sampled_from(["0", "0.1", "0.333", "1"]),
        "started_at": DAYS,
        "days": st.none() | st.integers(0, 400),
    }
)


@settings(max_examples=often(8), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(subscriptions=st.lists(SUBSCRIPTION, min_size=1, max_size=12), grain=st.sampled_from(list(Grain)))
def test_the_bridge_closes_to_the_cent_whatever_the_subscriptions(
    tmp_path_factory: pytest.TempPathFactory, subscriptions: list[dict[str, Any]], grain: Grain
) -> None:
    rows = [
        {
            **{k: v for k, v in s.items() if k != "days"},
            "subscription_id": f"s{n}",
            "status": "active" if s["days"] is None else "canceled",
            "ended_at": None if s["days"] is None else s["started_at"] + dt.timedelta(days=s["days"]),
        }
        for n, s in enumerate(subscriptions)
    ]
    path: Path = tmp_path_factory.mktemp("random") / "w.duckdb"
    workspace = workspace_of(path, {"subscriptions": rows})
    try:
        cell = run(Engine(workspace), "arr_bridge", view(dt.date(2024, 3, 1), dt.date(2025, 6, 1), grain=grain))
        assert cell.result.facts["closes"] is True, cell.result.facts["gap"]
    finally:
        workspace.close()


# --- churn -------------------------------------------------------------------------------------------------------


def test_churn_of_every_month_by_customers_and_by_revenue(company: Engine) -> None:
    frame = run(company, "churn_trend").result.frame
    rates = frame.pivot(index="start", columns="group", values="value")
    # April: of Ada, Bo, Cy and Di (MRR 400) Bo left with 100, and Di went from 90 to 45
    assert rates["logo_churn"].tolist() == [0, pytest.approx(1 / 4), 0, 0]
    assert rates["gross_revenue_churn"].tolist() == [0, pytest.approx(145 / 400), 0, 0]
    # March: the three customers of February grew by Ada's 50
    assert rates["net_revenue_churn"].iloc[0] == pytest.approx(-50 / 260)


def test_churn_by_segment_counts_customers_at_the_start(company: Engine) -> None:
    cell = run(company, "churn_breakdown", view(dt.date(2025, 4, 1), dt.date(2025, 5, 1)), by="segment")
    frame = cell.result.frame.set_index("group")
    assert frame.loc["enterprise", ["cases", "n"]].tolist() == [1, 2]  # Ada and Bo; Bo left
    assert frame.loc["small", ["cases", "n"]].tolist() == [0, 2]  # Cy and Di
    assert "none of the 2 groups differs" in cell.finding.en  # two and two are too few to tell
    assert "случайный разброс" in cell.finding.ru


def test_churn_by_time_as_a_customer(company: Engine) -> None:
    april = view(dt.date(2025, 4, 1), dt.date(2025, 5, 1))
    cell = run(company, "churn_breakdown", april, by="tenure")
    frame = cell.result.frame
    # on 1 April Bo has been a customer for exactly 90 days, Ada for 81, Cy for 59, Di for 31: all under three months
    assert frame[["group", "cases", "n"]].to_dict("records") == [{"group": "1", "cases": 1, "n": 4}]
    assert "under 3 months" in cell.finding.en
    assert "до 3 мес." in cell.finding.ru


def test_tenure_bands_add_up_to_the_churn_of_the_range(company: Engine) -> None:
    total = run(company, "churn_breakdown", by="segment").result.frame[["cases", "n"]].sum()
    banded = run(company, "churn_breakdown", by="tenure").result.frame[["cases", "n"]].sum()
    assert banded.tolist() == total.tolist()


def test_reasons_share_out_who_left(company: Engine) -> None:
    cell = run(company, "churn_breakdown", by="reason")
    # Bo (price) in April, Gus (price) in May; Di only shrank
    assert cell.result.frame[["group", "cases", "value"]].to_dict("records") == [
        {"group": "price", "cases": 2, "value": 1}
    ]
    assert "“price”, 100.0% of 2" in cell.finding.en
    money = run(company, "churn_breakdown", by="reason", measure="gross").result.frame
    assert money["cases"].tolist() == [170]


def test_the_share_ended_needs_no_period(company: Engine) -> None:
    frame = run(company, "churn_breakdown", by="plan", measure="ended_share").result.frame.set_index("group")
    # Pro: s1, s3, s7, s10 of s1, s3, s4, s5, s6, s7, s10.  Max: s9 of s2, s8, s9, s11 (a draft, but a subscription)
    assert frame.loc["Pro", ["cases", "n"]].tolist() == [4, 7]
    assert frame.loc["Max", ["cases", "n"]].tolist() == [1, 4]


def test_a_snapshot_without_churn_dates_is_told_by_the_share_that_ended(tmp_path: Path) -> None:
    # one row a customer, "tenure in months, churned yes/no", made into subscriptions that all end on the as-of day
    rows = [
        {
            "subscription_id": f"c{n}",
            "account_id": f"c{n}",
            "plan": "Monthly" if n < 30 else "Two years",
            "amount": "50",
            "interval": "month",
            "status": "canceled" if n < 15 else "active",
            "started_at": dt.date(2025, 6, 30) - dt.timedelta(days=31 * (n + 1)),
            "ended_at": AS_OF if n < 15 else None,
        }
        for n in range(60)
    ]
    cell = run(Engine(workspace_of(tmp_path / "w.duckdb", {"subscriptions": rows})), "churn_breakdown")
    frame = cell.result.frame.set_index("group")
    assert frame.loc["Monthly", ["cases", "n", "value"]].tolist() == [15, 30, 0.5]
    assert frame.loc["Two years", ["cases", "n"]].tolist() == [0, 30]
    assert "worst in Monthly, 50.0% of 30" in cell.finding.en
    assert any("snapshot" in note.en for note in cell.result.notes)


def test_without_subscriptions_churn_says_what_to_map(tmp_path: Path) -> None:
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"spend": [{"date": "2025-01-01", "amount": "5"}]}))
    for analysis in ("churn_trend", "churn_breakdown", "arr_bridge"):
        with pytest.raises(NotComputable) as caught:
            run(engine, analysis)
        assert "subscriptions.started_at" in str(caught.value)
