"""What the statements of an analyst share: months, segments, subscriptions as MRR, customers, rows by month.

Each statement gives period (first day), segment ("" for none), value. They are templates: first and end bound the
months asked for, five_before is five months before the first, as_of the last day that counts. Money has six decimals.
"""

from __future__ import annotations

MONTHS = """months AS (
    SELECT d::DATE AS period, (d + INTERVAL 1 MONTH)::DATE AS until
    FROM range(TIMESTAMP '{first}', TIMESTAMP '{end}', INTERVAL 1 MONTH) t(d))"""
SEGMENTS = "segments AS (SELECT account_id, coalesce(segment, '') AS segment FROM main.accounts)"
SUBS = """subs AS (
    SELECT subscription_id, account_id, segment, interval, started_at::DATE AS first, ended_at::DATE AS ended,
        round(amount * quantity * (1 - coalesce(discount, 0)::DOUBLE)
            / CASE interval WHEN 'year' THEN 12 WHEN 'half-year' THEN 6 WHEN 'quarter' THEN 3 ELSE 1 END, 6) AS mrr
    FROM main.subscriptions JOIN segments USING (account_id)
    WHERE ended_at IS NULL OR ended_at::DATE > started_at::DATE)"""
AT_END = "first < until AND (ended IS NULL OR ended >= until)"
AT_START = "first < period AND (ended IS NULL OR ended >= period)"
# an account's steps by day, and how many of its subscriptions are active after each
STATES = """steps AS (
    SELECT account_id, segment, day, sum(d) AS d, sum(n) AS n FROM (
        SELECT account_id, segment, first AS day, mrr AS d, 1 AS n FROM subs
        UNION ALL SELECT account_id, segment, ended, -mrr, -1 FROM subs WHERE ended IS NOT NULL) GROUP BY ALL),
states AS (
    SELECT *, sum(n) OVER w AS active, row_number() OVER w AS place FROM steps
    WINDOW w AS (PARTITION BY account_id ORDER BY day))"""
CUSTOMERS = """activated AS (SELECT account_id, min(first) AS day FROM subs GROUP BY ALL),
won AS (SELECT account_id, min(closed_at)::DATE AS day FROM main.opportunities
    WHERE status = 'won' AND coalesce(type, 'new') = 'new' GROUP BY ALL),
customers AS (SELECT segment, coalesce(a.day, w.day) AS day FROM segments
    LEFT JOIN activated a USING (account_id) LEFT JOIN won w USING (account_id)
    WHERE coalesce(a.day, w.day) >= DATE '{first}' AND coalesce(a.day, w.day) < DATE '{end}')"""
MONTH_OF = "date_trunc('month', {})::DATE"


def with_(parts: list[str], statement: str) -> str:
    return f"WITH {', '.join(parts)}\n{statement}"


def of_rows(entity: str, date: str, value: str, where: str = "TRUE") -> str:
    """Rows of an entity by the month of their `date`."""
    return with_([SEGMENTS], grouped(f"main.{entity} JOIN segments USING (account_id)", date, value, where))


def grouped(rows: str, date: str, value: str, where: str = "TRUE") -> str:
    return (
        f"SELECT {MONTH_OF.format(date)} AS period, segment, {value} AS value FROM {rows} "
        f"WHERE {where} AND {date} >= DATE '{{first}}' AND {date} < DATE '{{end}}' GROUP BY ALL"
    )
