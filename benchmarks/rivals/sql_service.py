"""Support, renewals and customers at risk, in SQL: see sql_parts.py."""

from __future__ import annotations

from benchmarks.rivals.sql_parts import AT_END, MONTHS, SEGMENTS, STATES, SUBS, grouped, of_rows, with_

_LASTED = "epoch(resolved_at - opened_at) / 3600"
_WAITED = "epoch(first_response_at - opened_at) / 3600"
# Every end of a term of a contract; one that ends up to three days before an end of its term ended with it, and its
# customer stayed where another contract ran on that day.
_TERMS = """contracts AS (
    SELECT *, CASE interval WHEN 'year' THEN 12 WHEN 'half-year' THEN 6 ELSE 3 END AS term FROM subs
    WHERE interval IN ('quarter', 'half-year', 'year')),
ends AS (
    SELECT *, (first + to_months((k * term)::INT))::DATE AS over
    FROM (SELECT *, unnest(range(1, 1 + date_diff('month', first, DATE '{end}') // term)) AS k FROM contracts)),
terms AS (
    SELECT segment, over AS day, TRUE AS stayed FROM ends WHERE ended IS NULL OR over < ended
    UNION ALL SELECT segment, ended, EXISTS (FROM subs s WHERE s.account_id = e.account_id AND s.first <= e.ended
            AND (s.ended IS NULL OR s.ended > e.ended))
        FROM ends e WHERE over BETWEEN ended AND ended + 3)"""
_RISKS = """signs AS (
    SELECT account_id, opened_at::DATE AS since, resolved_at::DATE AS until FROM main.tickets WHERE priority = 'urgent'
    UNION ALL SELECT account_id, issued_at::DATE + 31, paid_at::DATE FROM main.invoices
    UNION ALL SELECT account_id, greatest(e.day - 90, coalesce(told, e.day - 90)), e.day FROM (
        FROM states WHERE active = 0 AND n < 0) e LEFT JOIN (
        SELECT account_id, ended_at::DATE AS day, max(cancelled_at)::DATE AS told FROM main.subscriptions
        WHERE cancelled_at IS NOT NULL AND ended_at IS NOT NULL GROUP BY ALL) c USING (account_id, day)
    WHERE NOT EXISTS (FROM main.opportunities o WHERE o.account_id = e.account_id AND type = 'renewal'
        AND status <> 'lost' AND created_at::DATE < e.day AND created_at::DATE >= e.day - 180))"""

SERVICE = {
    "tickets": of_rows("tickets", "opened_at", "count(*)"),
    "tickets_per_account": with_(
        [MONTHS, SEGMENTS, SUBS],
        f"SELECT period, segment, coalesce(n, 0) / accounts AS value FROM (SELECT period, segment, "
        f"count(DISTINCT account_id) AS accounts FROM months JOIN subs ON {AT_END} GROUP BY ALL) LEFT JOIN "
        f"({grouped('main.tickets JOIN segments USING (account_id)', 'opened_at', 'count(*) AS n, 0')}) "
        "USING (period, segment)",
    ),
    "first_response": of_rows("tickets", "opened_at", f"median({_WAITED})", "first_response_at IS NOT NULL"),
    "first_response_p90": of_rows(
        "tickets", "opened_at", f"quantile_cont({_WAITED}, 0.9)", "first_response_at IS NOT NULL"
    ),
    "resolution_time": of_rows("tickets", "resolved_at", f"median({_LASTED})"),
    "resolution_time_p90": of_rows("tickets", "resolved_at", f"quantile_cont({_LASTED}, 0.9)"),
    "csat": of_rows(
        "tickets", "coalesce(resolved_at, opened_at)", "count(*) FILTER (csat >= 4) / count(*)", "csat IS NOT NULL"
    ),
    "term_renewal": with_([SEGMENTS, SUBS, _TERMS], grouped("terms", "day", "count(*) FILTER (stayed) / count(*)")),
    "at_risk_accounts": with_(
        [MONTHS, SEGMENTS, SUBS, STATES, _RISKS],
        "SELECT period, segment, count(DISTINCT s.account_id) AS value FROM months m JOIN signs r "
        "ON r.since < m.until AND (r.until IS NULL OR r.until >= m.until) JOIN subs s ON s.account_id = r.account_id "
        "AND s.first < m.until AND (s.ended IS NULL OR s.ended >= m.until) GROUP BY ALL",
    ),
}
