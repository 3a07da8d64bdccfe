"""Metrics against independent, hand-written SQL over the plain tables, on every month, the whole, and by segment.

By segment, the oracle runs on tables that hold nothing but that segment's accounts: so a breakdown equals the
metric of a company that has only those customers, and no other account can change a figure.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from tests.oracle.company import AS_OF
from tests.support import plain_tables

HALF_YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1))

# One row a subscription and day, by brute force: whatever the product does must equal this.
DAILY = """
CREATE MACRO usd(amount, code, day) AS amount * CASE WHEN code = 'USD' THEN 1 ELSE (
    SELECT arg_max(rate, date) FROM fx_rates r WHERE r.currency = code AND r.date <= day) END;
CREATE TABLE daily AS
SELECT d::DATE AS day, account_id, sum(mrr) AS mrr, count(*) AS subscriptions
FROM range(TIMESTAMP '2024-06-01', TIMESTAMP '2025-07-02', INTERVAL 1 DAY) days(d) JOIN (
    SELECT account_id, greatest(started_at, coalesce(trial_ends_at, started_at))::DATE AS first,
        ended_at::DATE AS ended,
        usd(amount * coalesce(quantity, 1) * (1 - coalesce(discount, 0)) / CASE interval WHEN 'year' THEN 12 ELSE 1 END,
            currency, greatest(started_at, coalesce(trial_ends_at, started_at))::DATE) AS mrr
    FROM subscriptions WHERE status <> 'draft'
) ON first <= d AND (ended IS NULL OR d < ended)
GROUP BY ALL;
CREATE MACRO at_start(first) AS TABLE SELECT * FROM daily WHERE day = first - 1;
CREATE MACRO at_end(last) AS TABLE SELECT * FROM daily WHERE day = last - 1;
"""

KEPT = """(SELECT s.account_id, s.mrr AS before, coalesce(e.mrr, 0) AS after, e.account_id IS NULL AS gone
    FROM at_start($start) s LEFT JOIN at_end($end) e USING (account_id))"""

ORACLES = {
    "mrr": "SELECT coalesce(sum(mrr), 0) FROM at_end($end)",
    "arr": "SELECT 12 * coalesce(sum(mrr), 0) FROM at_end($end)",
    "active_customers": "SELECT count(*) FROM at_end($end)",
    "arpa": "SELECT sum(mrr) / count(*) FROM at_end($end)",
    "net_new_mrr": """SELECT coalesce((SELECT sum(mrr) FROM at_end($end)), 0)
        - coalesce((SELECT sum(mrr) FROM at_start($start)), 0)""",
    "logo_churn": f"SELECT count(*) FILTER (gone) / count(*) FROM {KEPT}",
    "grr": f"SELECT sum(least(before, after)) / sum(before) FROM {KEPT}",
    "nrr": f"SELECT sum(after) / sum(before) FROM {KEPT}",
    "gross_revenue_churn": f"SELECT 1 - sum(least(before, after)) / sum(before) FROM {KEPT}",
    "net_revenue_churn": f"SELECT 1 - sum(after) / sum(before) FROM {KEPT}",
    "win_rate": """SELECT avg((status = 'won')::INT) FROM opportunities
        WHERE status <> 'open' AND closed_at >= $start AND closed_at < $end""",
    "won_revenue": """SELECT coalesce(sum(usd(amount, currency, closed_at::DATE)), 0) FROM opportunities
        WHERE status = 'won' AND closed_at >= $start AND closed_at < $end""",
    "pipeline_created": """SELECT coalesce(sum(usd(amount, currency, created_at::DATE)), 0) FROM opportunities
        WHERE created_at >= $start AND created_at < $end""",
    "sales_cycle": """SELECT median(epoch(closed_at - created_at) / 86400) FROM opportunities
        WHERE status = 'won' AND closed_at >= $start AND closed_at < $end""",
    "new_customers": """SELECT count(*) FROM (
        SELECT account_id, coalesce(
            (SELECT min(greatest(started_at, coalesce(trial_ends_at, started_at))) FROM subscriptions s
              WHERE s.account_id = a.account_id AND status <> 'draft'
                AND (ended_at IS NULL OR ended_at > greatest(started_at, coalesce(trial_ends_at, started_at)))),
            (SELECT min(closed_at) FROM opportunities o
              WHERE o.account_id = a.account_id AND status = 'won' AND type = 'new')) AS first
        FROM accounts a) WHERE first >= $start AND first < $end""",
}


@pytest.fixture(scope="module", params=[None, "enterprise", "small"])
def oracle(request: pytest.FixtureRequest) -> tuple[str | None, duckdb.DuckDBPyConnection]:
    """The plain tables, whole or of one segment only, with the brute-force days."""
    segment = request.param
    connection = plain_tables(keep_accounts=segment and f"segment = '{segment}'")
    connection.execute(DAILY)
    return segment, connection


@pytest.mark.parametrize("key", list(ORACLES))
def test_metric_equals_hand_written_sql(
    company: Engine, oracle: tuple[str | None, duckdb.DuckDBPyConnection], key: str
) -> None:
    segment, connection = oracle
    asked = (*periods(HALF_YEAR.start, HALF_YEAR.end, Grain.MONTH, company.conventions), HALF_YEAR)
    query = Query(metric=key, periods=asked, as_of=AS_OF, by="segment" if segment else None, where={})
    frame = company.evaluate(query).frame
    if segment:
        frame = frame[frame["dimension"] == segment]
    told = [None if value != value else value for value in frame["value"]]
    wanted = []
    for period in asked:
        row = connection.execute(
            ORACLES[key],
            {"start": period.start, "end": period.end} if "$start" in ORACLES[key] else {"end": period.end},
        ).fetchone()
        assert row is not None
        value = row[0]
        wanted.append(None if value is None or value != value else float(value))
    assert told == pytest.approx(wanted)


def test_the_sum_of_the_movements_is_the_change_of_mrr_to_the_cent(company: Engine) -> None:
    months = periods(HALF_YEAR.start, HALF_YEAR.end, Grain.MONTH, company.conventions)

    def values(key: str) -> list[float]:
        return list(company.evaluate(Query(metric=key, periods=months, as_of=AS_OF, where={})).frame["value"])

    ends = values("mrr")
    gained = [
        sum(parts) for parts in zip(*(values(k) for k in ("new_mrr", "reactivation_mrr", "expansion_mrr")), strict=True)
    ]
    lost = [sum(parts) for parts in zip(*(values(k) for k in ("contraction_mrr", "churned_mrr")), strict=True)]
    starts = [0.0, *ends[:-1]]
    assert [round(s + g - x, 2) for s, g, x in zip(starts, gained, lost, strict=True)] == [round(e, 2) for e in ends]
