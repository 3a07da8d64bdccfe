"""The metrics by month and segment as an analyst would write them, straight over the loaded tables.

Each statement gives period (first day), segment ("" for none; not in WITHOUT_SEGMENT), value. They are templates:
first and end bound the months asked for, five_before is five months before the first.
"""

from __future__ import annotations

MONTHS = """months AS (
    SELECT d::DATE AS period, (d + INTERVAL 1 MONTH)::DATE AS until
    FROM range(TIMESTAMP '{first}', TIMESTAMP '{end}', INTERVAL 1 MONTH) t(d))"""
_SEGMENTS = "segments AS (SELECT account_id, coalesce(segment, '') AS segment FROM main.accounts)"
_SUBS = """subs AS (
    SELECT account_id, segment, started_at::DATE AS first, ended_at::DATE AS ended,
        amount * quantity / CASE interval WHEN 'year' THEN 12 ELSE 1 END AS mrr
    FROM main.subscriptions JOIN segments USING (account_id)
    WHERE ended_at IS NULL OR ended_at::DATE > started_at::DATE)"""
_AT = """{name} AS (
    SELECT period, segment, account_id, sum(mrr) AS mrr FROM months JOIN subs
        ON first < {day} AND (ended IS NULL OR ended >= {day}) GROUP BY ALL)"""
_START, _END = _AT.format(name="at_start", day="period"), _AT.format(name="at_end", day="until")
_CLOSED = """SELECT date_trunc('month', closed_at)::DATE AS period, segment, {value} AS value
    FROM main.opportunities JOIN segments USING (account_id)
    WHERE {where} AND closed_at >= DATE '{{first}}' AND closed_at < DATE '{{end}}' GROUP BY ALL"""
_CREATED = _CLOSED.replace("closed_at", "created_at")
_WON_SHARE = "count(*) FILTER (status = 'won') / count(*)"
_NEW = """activated AS (SELECT account_id, min(first) AS day FROM subs GROUP BY ALL),
won AS (SELECT account_id, min(closed_at)::DATE AS day FROM main.opportunities
    WHERE status = 'won' AND coalesce(type, 'new') = 'new' GROUP BY ALL),
customers AS (SELECT segment, coalesce(a.day, w.day) AS day FROM segments
    LEFT JOIN activated a USING (account_id) LEFT JOIN won w USING (account_id)
    WHERE coalesce(a.day, w.day) >= DATE '{first}' AND coalesce(a.day, w.day) < DATE '{end}')"""


def _with(parts: list[str], statement: str) -> str:
    return f"WITH {', '.join(parts)}\n{statement}"


_KEPT = [MONTHS, _SEGMENTS, _SUBS, _START, _END]

RIVALS = {
    "arr": _with(
        [MONTHS, _SEGMENTS, _SUBS],
        "SELECT period, segment, 12 * sum(mrr) AS value FROM months JOIN subs "
        "ON first < until AND (ended IS NULL OR ended >= until) GROUP BY ALL",
    ),
    "active_customers": _with(
        [MONTHS, _SEGMENTS, _SUBS],
        "SELECT period, segment, count(DISTINCT account_id) AS value FROM months JOIN subs "
        "ON first < until AND (ended IS NULL OR ended >= until) GROUP BY ALL",
    ),
    "logo_churn": _with(
        _KEPT,
        "SELECT period, s.segment, count(*) FILTER (e.account_id IS NULL) / count(*) AS value "
        "FROM at_start s LEFT JOIN at_end e USING (period, account_id) GROUP BY ALL",
    ),
    "nrr": _with(
        _KEPT,
        "SELECT period, s.segment, sum(coalesce(e.mrr, 0)) / sum(s.mrr) AS value "
        "FROM at_start s LEFT JOIN at_end e USING (period, account_id) GROUP BY ALL",
    ),
    "clv": _with(
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
    "new_customers": _with(
        [_SEGMENTS, _SUBS, _NEW],
        "SELECT date_trunc('month', day)::DATE AS period, segment, count(*) AS value FROM customers GROUP BY ALL",
    ),
    "win_rate": _with([_SEGMENTS], _CLOSED.format(value=_WON_SHARE, where="status IN ('won', 'lost')")),
    "won_revenue": _with([_SEGMENTS], _CLOSED.format(value="sum(amount)", where="status = 'won'")),
    "sales_cycle": _with(
        [_SEGMENTS],
        _CLOSED.format(value="median(epoch(closed_at - created_at) / 86400)", where="status = 'won'"),
    ),
    "sql2cw": _with([_SEGMENTS], _CREATED.format(value=_WON_SHARE, where="status IN ('won', 'lost')")),
    "open_pipeline": _with(
        [MONTHS, _SEGMENTS],
        "SELECT period, segment, sum(amount) AS value FROM main.opportunities JOIN segments USING (account_id) "
        "JOIN months ON created_at < until AND (closed_at IS NULL OR closed_at >= until) GROUP BY ALL",
    ),
    # spend names no segment: by month alone
    "cac": _with(
        [_SEGMENTS, _SUBS, _NEW],
        "SELECT period, spent / won AS value FROM "
        "(SELECT date_trunc('month', date)::DATE AS period, sum(amount) AS spent FROM main.spend "
        "WHERE department IN ('marketing', 'sales') AND date >= DATE '{first}' AND date < DATE '{end}' GROUP BY ALL) "
        "JOIN (SELECT date_trunc('month', day)::DATE AS period, count(*) AS won FROM customers GROUP BY ALL) "
        "USING (period)",
    ),
}
WITHOUT_SEGMENT = ("cac",)
