"""Metrics by month and segment as an analyst would write them, straight over the loaded tables.

Each statement gives period (first day), segment ("" for none), value. They are templates:
first and end bound the months asked for, five_before is five months before the first.
"""

from __future__ import annotations

MONTHS = """months AS (
    SELECT d::DATE AS period, (d + INTERVAL 1 MONTH)::DATE AS until
    FROM range(TIMESTAMP '{first}', TIMESTAMP '{end}', INTERVAL 1 MONTH) t(d))"""
SEGMENTS = "segments AS (SELECT account_id, coalesce(segment, '') AS segment FROM main.accounts)"
SUBS = """subs AS (
    SELECT account_id, segment, started_at::DATE AS first, ended_at::DATE AS ended,
        amount * quantity / CASE interval WHEN 'year' THEN 12 ELSE 1 END AS mrr
    FROM main.subscriptions JOIN segments USING (account_id)
    WHERE ended_at IS NULL OR ended_at::DATE > started_at::DATE)"""
_AT = """{name} AS (
    SELECT period, segment, account_id, sum(mrr) AS mrr FROM months JOIN subs
        ON first < {day} AND (ended IS NULL OR ended >= {day}) GROUP BY ALL)"""
_START, _END = _AT.format(name="at_start", day="period"), _AT.format(name="at_end", day="until")
_WON_SHARE = "count(*) FILTER (status = 'won') / count(*)"
_NEW = """activated AS (SELECT account_id, min(first) AS day FROM subs GROUP BY ALL),
won AS (SELECT account_id, min(closed_at)::DATE AS day FROM main.opportunities
    WHERE status = 'won' AND coalesce(type, 'new') = 'new' GROUP BY ALL),
customers AS (SELECT segment, coalesce(a.day, w.day) AS day FROM segments
    LEFT JOIN activated a USING (account_id) LEFT JOIN won w USING (account_id)
    WHERE coalesce(a.day, w.day) >= DATE '{first}' AND coalesce(a.day, w.day) < DATE '{end}')"""


def with_(parts: list[str], statement: str) -> str:
    return f"WITH {', '.join(parts)}\n{statement}"


def kept(value: str) -> str:
    """Of the accounts active at a month's start: s, what they paid then, e, what they pay at its end."""
    return with_(
        _KEPT,
        f"SELECT period, s.segment, {value} AS value "
        "FROM at_start s LEFT JOIN at_end e USING (period, account_id) GROUP BY ALL",
    )


def of_rows(entity: str, date: str, value: str, where: str = "TRUE") -> str:
    """Rows of an entity by the month of their `date`."""
    return with_(
        [SEGMENTS],
        f"SELECT date_trunc('month', {date})::DATE AS period, segment, {value} AS value "
        f"FROM main.{entity} JOIN segments USING (account_id) "
        f"WHERE {where} AND {date} >= DATE '{{first}}' AND {date} < DATE '{{end}}' GROUP BY ALL",
    )


_KEPT = [MONTHS, SEGMENTS, SUBS, _START, _END]

RIVALS = {
    "arr": with_(
        [MONTHS, SEGMENTS, SUBS],
        "SELECT period, segment, 12 * sum(mrr) AS value FROM months JOIN subs "
        "ON first < until AND (ended IS NULL OR ended >= until) GROUP BY ALL",
    ),
    "active_customers": with_(
        [MONTHS, SEGMENTS, SUBS],
        "SELECT period, segment, count(DISTINCT account_id) AS value FROM months JOIN subs "
        "ON first < until AND (ended IS NULL OR ended >= until) GROUP BY ALL",
    ),
    "logo_churn": kept("count(*) FILTER (e.account_id IS NULL) / count(*)"),
    "nrr": kept("sum(coalesce(e.mrr, 0)) / sum(s.mrr)"),
    "clv": with_(
        [MONTHS.replace("'{first}'", "'{five_before}'"), *_KEPT[1:]],
        """SELECT period, segment, mrr / nullif(active, 0) / nullif(lost / held, 0) AS value FROM (
            SELECT period, segment, mrr, active, sum(gone) OVER six AS lost, sum(before) OVER six AS held FROM (
                SELECT period, s.segment, count(*) FILTER (e.account_id IS NULL) AS gone, count(*) AS before
                FROM at_start s LEFT JOIN at_end e USING (period, account_id) GROUP BY ALL)
            JOIN (SELECT period, segment, sum(mrr) AS mrr, count(*) AS active FROM at_end GROUP BY ALL)
                USING (period, segment)
            WINDOW six AS (PARTITION BY segment ORDER BY period ROWS 5 PRECEDING))
        WHERE period >= DATE '{first}'""",
    ),
    "new_customers": with_(
        [SEGMENTS, SUBS, _NEW],
        "SELECT date_trunc('month', day)::DATE AS period, segment, count(*) AS value FROM customers GROUP BY ALL",
    ),
    "win_rate": of_rows("opportunities", "closed_at", _WON_SHARE, "status IN ('won', 'lost')"),
    "won_revenue": of_rows("opportunities", "closed_at", "sum(amount)", "status = 'won'"),
    "sales_cycle": of_rows(
        "opportunities", "closed_at", "median(epoch(closed_at - created_at) / 86400)", "status = 'won'"
    ),
    "sql2cw": of_rows("opportunities", "created_at", _WON_SHARE, "status IN ('won', 'lost')"),
    "open_pipeline": with_(
        [MONTHS, SEGMENTS],
        "SELECT period, segment, sum(amount) AS value FROM main.opportunities JOIN segments USING (account_id) "
        "JOIN months ON created_at < until AND (closed_at IS NULL OR closed_at >= until) GROUP BY ALL",
    ),
    # spend names no segment: by month alone
    "cac": with_(
        [SEGMENTS, SUBS, _NEW],
        "SELECT period, spent / won AS value FROM "
        "(SELECT date_trunc('month', date)::DATE AS period, sum(amount) AS spent FROM main.spend "
        "WHERE department IN ('marketing', 'sales') AND date >= DATE '{first}' AND date < DATE '{end}' GROUP BY ALL) "
        "JOIN (SELECT date_trunc('month', day)::DATE AS period, count(*) AS won FROM customers GROUP BY ALL) "
        "USING (period)",
    ),
}
