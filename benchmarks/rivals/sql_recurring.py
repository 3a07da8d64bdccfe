"""Recurring revenue and who stays, in SQL: see sql_parts.py."""

from __future__ import annotations

from benchmarks.rivals.sql_parts import AT_END, AT_START, MONTHS, SEGMENTS, STATES, SUBS, grouped, with_

_AT = """{name} AS (
    SELECT period, segment, account_id, sum(mrr) AS mrr FROM months JOIN subs ON {when} GROUP BY ALL)"""
KEPT = [MONTHS, SEGMENTS, SUBS, _AT.format(name="at_start", when=AT_START), _AT.format(name="at_end", when=AT_END)]
CLV = """SELECT period, segment, mrr / nullif(active, 0) / nullif(lost / held, 0) AS value FROM (
    SELECT period, segment, mrr, active, sum(gone) OVER six AS lost, sum(before) OVER six AS held FROM (
        SELECT period, s.segment, count(*) FILTER (e.account_id IS NULL) AS gone, count(*) AS before
        FROM at_start s LEFT JOIN at_end e USING (period, account_id) GROUP BY ALL)
    JOIN (SELECT period, segment, sum(mrr) AS mrr, count(*) AS active FROM at_end GROUP BY ALL)
        USING (period, segment)
    WINDOW six AS (PARTITION BY segment ORDER BY period ROWS 5 PRECEDING))
WHERE period >= DATE '{first}'"""
KEPT_OF_HALF_A_YEAR = [MONTHS.replace("'{first}'", "'{five_before}'"), *KEPT[1:]]

NEW = "place = 1"
_BACK = "place > 1 AND active = n AND active > 0"
_MORE = "d > 0 AND active > n"
_LESS = "d < 0 AND active > 0"
_GONE = "active = 0 AND n < 0"


def _kept(value: str) -> str:
    """Of the accounts active at a month's start: s, what they paid then, e, what they pay at its end."""
    return with_(
        KEPT,
        f"SELECT period, s.segment, {value} AS value "
        "FROM at_start s LEFT JOIN at_end e USING (period, account_id) GROUP BY ALL",
    )


def _moved(value: str, where: str = "TRUE") -> str:
    return with_([SEGMENTS, SUBS, STATES], grouped("states", "day", value, where))


def _at_end(value: str) -> str:
    return with_(
        [MONTHS, SEGMENTS, SUBS],
        f"SELECT period, segment, {value} AS value FROM months JOIN subs ON {AT_END} GROUP BY ALL",
    )


RECURRING = {
    "arr": _at_end("12 * sum(mrr)"),
    "mrr": _at_end("sum(mrr)"),
    "arpa": _at_end("sum(mrr) / count(DISTINCT account_id)"),
    "active_customers": _at_end("count(DISTINCT account_id)"),
    "net_new_mrr": with_(
        [MONTHS, SEGMENTS, SUBS],
        "SELECT period, segment, sum(CASE WHEN ended IS NULL OR ended >= until THEN mrr ELSE 0 END "
        "* (first < until)::INT) - sum(CASE WHEN ended IS NULL OR ended >= period THEN mrr ELSE 0 END "
        "* (first < period)::INT) AS value FROM months JOIN subs "
        "ON first < until AND (ended IS NULL OR ended >= period) GROUP BY ALL",
    ),
    "new_mrr": _moved("sum(d)", NEW),
    "reactivation_mrr": _moved("sum(d)", _BACK),
    "expansion_mrr": _moved("sum(d)", _MORE),
    "contraction_mrr": _moved("-sum(d)", _LESS),
    "churned_mrr": _moved("-sum(d)", _GONE),
    "quick_ratio": _moved(
        f"coalesce(sum(d) FILTER ({NEW} OR ({_BACK}) OR ({_MORE})), 0) / -sum(d) FILTER (({_LESS}) OR ({_GONE}))"
    ),
    "new_arr": _moved("12 * sum(d)", NEW),
    "acv": _moved("12 * sum(d) / count(*)", NEW),
    "logo_churn": _kept("count(*) FILTER (e.account_id IS NULL) / count(*)"),
    "nrr": _kept("sum(coalesce(e.mrr, 0)) / sum(s.mrr)"),
    "grr": _kept("sum(least(coalesce(e.mrr, 0), s.mrr)) / sum(s.mrr)"),
    "gross_revenue_churn": _kept("1 - sum(least(coalesce(e.mrr, 0), s.mrr)) / sum(s.mrr)"),
    "net_revenue_churn": _kept("1 - sum(coalesce(e.mrr, 0)) / sum(s.mrr)"),
    "clv": with_(KEPT_OF_HALF_A_YEAR, CLV),
    "ended_share": with_(
        [MONTHS, SEGMENTS],
        "SELECT period, segment, count(*) FILTER (ended_at < until) / count(*) AS value "
        "FROM months JOIN (FROM main.subscriptions JOIN segments USING (account_id)) ON started_at < until "
        "GROUP BY ALL",
    ),
}
