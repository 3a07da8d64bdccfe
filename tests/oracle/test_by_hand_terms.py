"""Which terms of contracts were over and which of them were renewed, worked out on paper."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

SUBSCRIPTIONS = table("""
    subscription_id | account_id | amount | interval | started_at | ended_at
    1               | Ada        | 1200   | year     | 2023-02-10 |
    2               | Bo         | 300    | quarter  | 2024-01-31 | 2024-07-31
    3               | Cy         | 1200   | year     | 2023-03-01 | 2024-02-29
    4               | Di         | 1200   | year     | 2023-03-15 | 2024-03-15
    5               | Di         | 1500   | year     | 2024-03-15 |
    6               | Eve        | 1200   | year     | 2023-05-01 | 2024-03-20
    7               | Fay        | 100    | month    | 2023-01-01 | 2024-03-01
""")
# Ada's year is over on 10 February: it runs on. Bo's quarters are over on 30 April and on 31 July, when he leaves. Cy
# leaves a day before his year is over. Di goes on with another contract. Eve leaves in the middle of her year, and Fay
# has no term: neither was up for renewal.
BY_MONTH = {
    "2024-01": None,
    "2024-02": 1 / 2,
    "2024-03": 1,
    "2024-04": 1,
    "2024-05": None,
    "2024-06": None,
    "2024-07": 0,
}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(workspace_of(tmp_path / "terms.duckdb", {"subscriptions": SUBSCRIPTIONS}))


def ask(engine: Engine, *asked: Period, as_of: dt.date = dt.date(2024, 12, 31)):  # type: ignore[no-untyped-def]
    return engine.evaluate(Query(metric="term_renewal", periods=asked, as_of=as_of, where={})).frame


def test_by_month(engine: Engine) -> None:
    frame = ask(engine, *periods(dt.date(2024, 1, 1), dt.date(2024, 7, 31), Grain.MONTH, engine.conventions))
    told = [None if v != v else v for v in frame["value"]]
    assert dict(zip(BY_MONTH, told, strict=True)) == BY_MONTH


def test_a_longer_period_counts_every_term_in_it(engine: Engine) -> None:
    row = ask(engine, Period(dt.date(2024, 1, 1), dt.date(2025, 1, 1))).iloc[0]
    assert (row["terms_renewed"], row["terms_not_renewed"]) == (3, 2)  # Ada, Bo in April, Di; Cy, Bo in July


def test_a_term_that_is_not_over_yet_is_not_counted(engine: Engine) -> None:
    row = ask(engine, Period(dt.date(2024, 2, 1), dt.date(2024, 3, 1)), as_of=dt.date(2024, 2, 20)).iloc[0]
    assert (row["terms_renewed"], row["terms_not_renewed"]) == (1, 0)  # Cy is still there on the 20th


def test_who_pays_by_the_month_is_left_out_with_the_reason(engine: Engine) -> None:
    assert {r.en: n for r, n in engine.rows_left_out("term_renewal")} == {"billed monthly or weekly: no term": 1}
