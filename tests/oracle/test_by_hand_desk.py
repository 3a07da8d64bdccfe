"""Metrics of leads, sellers and the service desk against figures worked out on paper for the company of desk.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from revops.errors import BadParameter
from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Settings, Workspace
from tests.oracle.desk import AS_OF, HANDOFF_DAYS, TABLES
from tests.support import workspace_of

QUARTER = Period(dt.date(2025, 1, 1), dt.date(2025, 4, 1))
_: None = None  # can't be told

#                      Jan      Feb      Mar      quarter
BY_HAND: dict[str, Sequence[float | None]] = {
    "lead_to_mql":             [2 / 3, 1, 1, 5 / 6],  # a2 has waited 98 days; a7 became an SQL, so it was an MQL
    "mql_to_sql":              [1, 0 / 2, 1, 2 / 4],
    "sql_to_opportunity":      [1, _, 1, 2 / 2],  # a7 may still become one
    "mql_to_sql_days":         [10, _, 1, 5.5],
    "sql_to_opportunity_days": [5.5, _, 3, 4.25],
    "mql_never_sql":           [0 / 1, 2 / 2, _, 2 / 3],
    "sql_never_opportunity":   [0 / 1, _, _, 0 / 1],
    "lead_response":           [2, _, 6, 4],
    "lead_response_p90":       [2 + 0.8 * 34, _, 6, 6 + 0.7 * 30],
    "lead_response_sla":       [2 / 3, 0 / 1, 1, 3 / 5],
    "slipped_deals":           [1, 2, 1, 2],
    "slip_rate":               [1 / 2, 2 / 3, 1 / 2, 2 / 7],
    # March has no target of its own: 31 of the 90 days of the quarter's 5,000
    "pipeline_coverage":       [1000 / 400, 900 / 1700, 900 / (5000 * 31 / 90 - 200), 1400 / 2900],
    "stage_ageing":            [1 / 2, 1 / 2, 1, 1],
    "quota_attainment":        [600 / 700, 1300 / 1200, 200 / 1100, 2100 / 3000],
    "renewal_rate":            [1, 1, 0, 2 / 3],
    "tickets":                 [2, 1, 2, 5],
    "tickets_per_account":     [2 / 4, 1 / 4, 2 / 3, 5 / 3],
    "first_response":          [2, 5, _, 3],
    "first_response_p90":      [2.8, 5, _, 4.6],
    "resolution_time":         [24, 22 * 24, 13, 24],
    "resolution_time_p90":     [24, 22 * 24, 21.8, 24 + 0.7 * 504],
    "csat":                    [1, 0, 1, 2 / 3],
    "at_risk_accounts":        [2, 3, 3, 3],
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    workspace = workspace_of(tmp_path_factory.mktemp("desk") / "desk.duckdb", TABLES)
    workspace.settings = Settings(handoff_days=HANDOFF_DAYS)
    return Engine(workspace)


def ask(engine: Engine, key: str, *asked: Period, as_of: dt.date = AS_OF, **more: object):  # type: ignore[no-untyped-def]
    query = Query(metric=key, periods=asked or (QUARTER,), as_of=as_of, **{"where": {}, **more})  # type: ignore[arg-type]
    return engine.evaluate(query).frame


def month(number: int) -> Period:
    return Period(dt.date(2025, number, 1), dt.date(2025, number + 1, 1), Grain.MONTH)


@pytest.mark.parametrize("key", BY_HAND)
def test_metric_by_hand(desk: Engine, key: str) -> None:
    asked = (*periods(QUARTER.start, QUARTER.end, Grain.MONTH, desk.conventions), QUARTER)
    told = [None if value != value else value for value in ask(desk, key, *asked)["value"]]
    assert told == pytest.approx(list(BY_HAND[key]))


class TestNotYet:
    def test_leads_that_may_still_move_on_are_counted_beside_the_rate(self, desk: Engine) -> None:
        row = ask(desk, "sql_to_opportunity", month(3)).iloc[0]
        assert (row["sql_to_opportunity_moved_on"], row["sql_to_opportunity_waiting"], row["n"]) == (1, 1, 1)

    def test_what_happened_after_the_last_day_that_counts_is_not_known(self, desk: Engine) -> None:
        row = ask(desk, "mql_to_sql", month(1), as_of=dt.date(2025, 1, 19)).iloc[0]  # a1 became an SQL on the 20th
        assert (row["n"], row["mql_to_sql_waiting"]) == (0, 1)

    def test_a_later_step_is_known_before_the_date_of_an_earlier_one_comes(self, tmp_path: Path) -> None:
        """An SQL whose MQL date lies ahead has passed MQL already; when that day comes, it has passed it still."""
        lead = {"lead_id": "a1", "created_at": "2025-01-06", "mql_at": "2025-03-01", "sql_at": "2025-01-20"}
        engine = Engine(workspace_of(tmp_path / "later.duckdb", {"leads": [lead]}))
        told = [ask(engine, "lead_to_mql", month(1), as_of=dt.date(2025, *day)).iloc[0] for day in ((1, 31), (4, 1))]
        assert [(row["value"], row["n"]) for row in told] == [(1, 1), (1, 1)]

    def test_an_answer_after_the_last_day_that_counts_is_not_known(self, desk: Engine) -> None:
        told = [ask(desk, "first_response", month(1), as_of=dt.date(2025, 1, day))["value"].iloc[0] for day in (5, 10)]
        assert told == [1, 2]  # t1 after an hour; t2 after three, on the 10th

    def test_a_scale_is_that_of_the_marks_given_by_then(self, tmp_path: Path) -> None:
        """A mark of 1 is the best of what was given by January; a 5 in February makes it one of five."""
        rows = [
            {"ticket_id": "1", "opened_at": "2025-01-02", "csat": 1},
            {"ticket_id": "2", "opened_at": "2025-02-02", "csat": 5},
        ]
        engine = Engine(workspace_of(tmp_path / "marks.duckdb", {"tickets": rows}))
        told = [ask(engine, "csat", month(1), as_of=dt.date(2025, *day))["value"].iloc[0] for day in ((1, 31), (2, 28))]
        assert told == [1, 0]

    def test_the_usual_stay_is_that_of_deals_won_by_then(self, desk: Engine) -> None:
        row = ask(desk, "stage_ageing", month(1), as_of=dt.date(2025, 1, 31)).iloc[0]
        assert (row["n"], row["deals_past_usual_stay"]) == (0, 0)  # no deal with a history was won before February

    def test_a_lead_without_an_answer_counts_once_its_hours_are_over(self, desk: Engine) -> None:
        def counted(day: int) -> tuple[int, int]:
            row = ask(desk, "lead_response_sla", month(2), as_of=dt.date(2025, 2, day)).iloc[0]
            return int(row["answered_too_late"]), int(row["not_answered_yet"])

        assert counted(3) == (0, 1)  # came in on the 3rd at 10:00; that day ends 14 hours later
        assert counted(4) == (1, 0)

    def test_a_response_time_agreed_in_the_settings_is_used_and_no_default_is_said(self, tmp_path: Path) -> None:
        workspace = workspace_of(tmp_path / "sla.duckdb", TABLES)
        workspace.settings = Settings(response_sla_hours=1)
        engine = Engine(workspace)
        result = engine.evaluate(Query(metric="lead_response_sla", periods=(QUARTER,), as_of=AS_OF, where={}))
        assert (result.frame["value"].iloc[0], result.notes) == (1 / 5, ())  # only a3 within the hour

    def test_a_default_is_said_to_be_one(self, desk: Engine) -> None:
        query = Query(metric="lead_response_sla", periods=(QUARTER,), as_of=AS_OF, where={})
        assert [n.en for n in desk.evaluate(query).notes] == ["No response time is set as the goal: 24 hours are used."]


def test_what_cannot_count_is_told_with_its_reason(desk: Engine) -> None:
    def reasons(key: str) -> dict[str, int]:
        return {reason.en: rows for reason, rows in desk.rows_left_out(key)}

    assert reasons("lead_response") == {"answered before it was created": 1}
    assert reasons("quota_attainment") == {"a quota whose period is not understood": 1}
    assert reasons("pipeline_coverage")["targets whose period is not understood"] == 1
    assert reasons("csat") == {"no mark was given": 2}
    assert reasons("first_response") == {"not answered yet": 1, "the end is dated before the beginning": 1}


def test_a_customer_by_deal_counts_by_its_activation_from_that_day_on(tmp_path: Path) -> None:
    deal = {"opportunity_id": "o1", "account_id": "Acme", "status": "won", "created_at": "2025-01-01",
            "closed_at": "2025-01-20", "stage": "Won"}  # fmt: skip
    billed = {"subscription_id": "s1", "account_id": "Acme", "amount": 10, "currency": "USD", "interval": "month",
              "started_at": "2025-03-01"}  # fmt: skip
    engine = Engine(workspace_of(tmp_path / "new.duckdb", {"opportunities": [deal], "subscriptions": [billed]}))
    told = [
        ask(engine, "new_customers", month(1), month(3), as_of=dt.date(2025, *day))["value"].tolist()
        for day in ((2, 28), (3, 1))
    ]
    assert told == [[1, 0], [0, 1]]  # signed in January; the subscription that begins in March is not known before


class TestCoverage:
    def test_a_segment_is_measured_by_its_own_target(self, desk: Engine) -> None:
        frame = ask(desk, "pipeline_coverage", month(1), by="segment").set_index("dimension")
        # large: o1 of 1,000 still due, target 100, won 600: met, so nothing is left to cover. small: nothing due
        assert frame["won_target"].to_dict() == {"large": 100, "small": 700}
        assert frame.loc["small", "value"] == 0
        assert frame["value"].isna().to_dict() == {"large": True, "small": False}

    def test_a_filter_takes_the_target_of_what_it_keeps(self, desk: Engine) -> None:
        frame = ask(desk, "pipeline_coverage", month(1), where={"segment": ("small",)})
        assert frame["won_target"].iloc[0] == 700

    def test_deals_due_later_in_a_running_period_count(self, desk: Engine) -> None:
        row = ask(desk, "pipeline_coverage", month(1), as_of=dt.date(2025, 1, 25)).iloc[0]
        assert (row["open_due_amount"], row["won_target"], row["won_amount"]) == (1000, 1000, 600)


class TestQuotas:
    def test_by_person(self, desk: Engine) -> None:
        frame = ask(desk, "quota_attainment", by="owner").set_index("dimension")
        assert frame["quota"].to_dict() == pytest.approx({"Olga": 1500, "Pavel": 1200, "Zoe": 300})
        assert frame["value"].to_dict() == pytest.approx({"Olga": 1500 / 1500, "Pavel": 600 / 1200, "Zoe": 0})

    def test_a_running_period_is_measured_by_the_quota_of_its_days_so_far(self, desk: Engine) -> None:
        row = ask(desk, "quota_attainment", month(3), as_of=dt.date(2025, 3, 10)).iloc[0]
        assert row["quota"] == pytest.approx(1100 * 10 / 31)


class TestAtRisk:
    def test_the_reasons_are_told_and_an_account_counts_once(self, desk: Engine) -> None:
        frame = ask(desk, "at_risk_accounts", month(1), month(2), month(3))
        told = frame[["at_risk_urgent", "at_risk_late", "at_risk_ending"]].to_numpy().tolist()
        assert told == [[0, 1, 1], [1, 0, 2], [1, 1, 1]]

    def test_who_is_at_risk_by_plan(self, desk: Engine) -> None:
        frame = ask(desk, "at_risk_accounts", month(3), by="plan")
        assert dict(zip(frame["dimension"], frame["value"], strict=True)) == {"Max": 2, "Pro": 1}


def _rated(path: Path, marks: Sequence[float]) -> float:
    rows = [
        {"ticket_id": str(n), "opened_at": "2025-01-02", "resolved_at": "2025-01-03", "csat": str(mark)}
        for n, mark in enumerate(marks)
    ]
    with workspace_of(path, {"tickets": rows}) as workspace:
        return float(ask(Engine(workspace), "csat", month(1))["value"].iloc[0])


@pytest.mark.parametrize(
    ("marks", "satisfied"),
    [([0, 1, 1], 2 / 3), ([1, 4, 5], 2 / 3), ([5, 1], 1 / 2), ([7.5, 8, 10], 2 / 3), ([79, 80, 95, 12], 2 / 4)],
)
def test_satisfied_is_four_fifths_of_the_scale_that_holds_the_highest_mark(
    tmp_path: Path, marks: list[float], satisfied: float
) -> None:
    assert _rated(tmp_path / "csat.duckdb", marks) == pytest.approx(satisfied)


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_sla_hours": 0},
        {"cac_lag_months": -1},
        {"handoff_days": 0},
        {"renewal_notice_days": 0},
        {"payment_days": -1},
    ],
)
def test_settings_outside_their_limits_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadParameter):
        Settings(**wrong)  # type: ignore[arg-type]


def test_the_settings_are_kept_in_the_workspace(tmp_path: Path) -> None:
    kept = Settings(response_sla_hours=4, cac_lag_months=1, handoff_days=30, renewal_notice_days=60, payment_days=14)
    with Workspace.open(tmp_path / "own.duckdb") as workspace:
        workspace.settings = kept
    with Workspace.open(tmp_path / "own.duckdb") as workspace:
        assert workspace.settings == kept
        assert Engine(workspace).conventions.handoff_days == 30
