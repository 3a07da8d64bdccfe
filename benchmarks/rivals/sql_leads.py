"""Leads on their way to a deal, in SQL: see sql_parts.py."""

from __future__ import annotations

from benchmarks.rivals.sql_parts import SEGMENTS, grouped, of_rows, with_

# when the deal was created that a lead names, else the first that names the lead
_DEALS = """pointing AS (
    SELECT lead_id, min(created_at) AS at FROM main.opportunities WHERE lead_id IS NOT NULL GROUP BY ALL),
steps AS (
    SELECT segment, l.created_at, mql_at, sql_at, disqualified_at, coalesce(o.created_at, p.at) AS deal_at
    FROM main.leads l JOIN segments USING (account_id)
    LEFT JOIN main.opportunities o ON o.opportunity_id = l.opportunity_id
    LEFT JOIN pointing p ON p.lead_id = l.lead_id)"""
_PATIENCE = 90  # days after which a lead that has not moved on counts as not moving on
_REACHED = {"mql_at": "coalesce(mql_at, sql_at, deal_at)", "sql_at": "coalesce(sql_at, deal_at)", "deal_at": "deal_at"}
# what became of an SQL: of the deal it names, else of the first that names it, else whether it was disqualified
_OUTCOMES = """first_deals AS (
    SELECT lead_id, arg_min(status, (created_at, opportunity_id)) AS status
    FROM main.opportunities WHERE lead_id IS NOT NULL GROUP BY ALL),
outcomes AS (
    SELECT segment, sql_at,
        coalesce(o.status, f.status, CASE WHEN disqualified_at IS NOT NULL THEN 'lost' END) AS outcome
    FROM main.leads l JOIN segments USING (account_id)
    LEFT JOIN main.opportunities o ON o.opportunity_id = l.opportunity_id
    LEFT JOIN first_deals f ON f.lead_id = l.lead_id
    WHERE sql_at IS NOT NULL)"""
_ANSWERS = """outbound AS (
    SELECT lead_id, min(occurred_at) AS at FROM main.activities a JOIN main.leads l USING (lead_id)
    WHERE a.direction = 'out' AND occurred_at >= l.created_at GROUP BY ALL),
answers AS (
    SELECT segment, created_at, epoch(coalesce(first_response_at, o.at) - created_at) / 3600 AS waited
    FROM main.leads l JOIN segments USING (account_id) LEFT JOIN outbound o USING (lead_id))"""
_TOO_OLD = "epoch(TIMESTAMP '{end}' - created_at) / 3600 > 24"


def _old(day: str) -> str:
    return f"date_diff('day', {day}::DATE, DATE '{{as_of}}') >= {_PATIENCE}"


def _rate(day: str, to: str) -> str:
    """moved on / (moved on + disqualified or too old)."""
    moved = f"{_REACHED[to]} IS NOT NULL"
    known = f"({moved} OR disqualified_at IS NOT NULL OR {_old(day)})"
    return with_([SEGMENTS, _DEALS], grouped("steps", day, f"count(*) FILTER ({moved}) / count(*)", known))


def _never(day: str, to: str) -> str:
    value = f"count(*) FILTER ({_REACHED[to]} IS NULL) / count(*)"
    return with_([SEGMENTS, _DEALS], grouped("steps", day, value, _old(day)))


LEADS = {
    "leads": of_rows("leads", "created_at", "count(*)"),
    "mqls": of_rows("leads", "mql_at", "count(*)"),
    "sqls": of_rows("leads", "sql_at", "count(*)"),
    "sql2cw": with_(
        [SEGMENTS, _OUTCOMES],
        grouped("outcomes", "sql_at", "count(*) FILTER (outcome = 'won') / count(*)", "outcome IN ('won', 'lost')"),
    ),
    "lead_to_mql": _rate("created_at", "mql_at"),
    "mql_to_sql": _rate("mql_at", "sql_at"),
    "sql_to_opportunity": _rate("sql_at", "deal_at"),
    "mql_never_sql": _never("mql_at", "sql_at"),
    "sql_never_opportunity": _never("sql_at", "deal_at"),
    "mql_to_sql_days": of_rows("leads", "sql_at", "median(epoch(sql_at - mql_at) / 86400)", "mql_at IS NOT NULL"),
    "sql_to_opportunity_days": with_(
        [SEGMENTS, _DEALS],
        grouped("steps", "deal_at", "median(epoch(deal_at - sql_at) / 86400)", "deal_at >= sql_at"),
    ),
    "lead_response": with_([SEGMENTS, _ANSWERS], grouped("answers", "created_at", "median(waited)")),
    "lead_response_p90": with_([SEGMENTS, _ANSWERS], grouped("answers", "created_at", "quantile_cont(waited, 0.9)")),
    "lead_response_sla": with_(
        [SEGMENTS, _ANSWERS],
        grouped(
            "answers",
            "created_at",
            "count(*) FILTER (waited <= 24) / count(*)",
            f"(waited IS NOT NULL OR {_TOO_OLD})",
        ),
    ),
}
