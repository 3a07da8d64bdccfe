"""More metrics of the catalogue as an analyst would write them: see rivals_sql.py, whose parts they use."""

from __future__ import annotations

from benchmarks.rivals_sql import MONTHS, RIVALS, SEGMENTS, SUBS, kept, of_rows, with_

_MOVES = """steps AS (
    SELECT account_id, segment, day, sum(d) AS d, sum(n) AS n FROM (
        SELECT account_id, segment, first AS day, mrr AS d, 1 AS n FROM subs
        UNION ALL SELECT account_id, segment, ended, -mrr, -1 FROM subs WHERE ended IS NOT NULL) GROUP BY ALL),
states AS (
    SELECT *, sum(n) OVER w AS active, row_number() OVER w AS place FROM steps
    WINDOW w AS (PARTITION BY account_id ORDER BY day))"""
_MOVED = {
    "new_mrr": ("sum(d)", "place = 1"),
    "reactivation_mrr": ("sum(d)", "place > 1 AND active = n AND active > 0"),
    "expansion_mrr": ("sum(d)", "d > 0 AND active > n"),
    "contraction_mrr": ("-sum(d)", "d < 0 AND active > 0"),
    "churned_mrr": ("-sum(d)", "active = 0 AND n < 0"),
}


def _moved(value: str, where: str) -> str:
    return with_(
        [SEGMENTS, SUBS, _MOVES],
        f"SELECT date_trunc('month', day)::DATE AS period, segment, {value} AS value FROM states "
        f"WHERE {where} AND day >= DATE '{{first}}' AND day < DATE '{{end}}' GROUP BY ALL",
    )


def _at_end(value: str) -> str:
    return with_(
        [MONTHS, SEGMENTS, SUBS],
        f"SELECT period, segment, {value} AS value FROM months JOIN subs "
        "ON first < until AND (ended IS NULL OR ended >= until) GROUP BY ALL",
    )


_WON, _LOST = "status = 'won'", "status = 'lost'"
_LASTED = "epoch(resolved_at - opened_at) / 3600"

MORE = {
    "mrr": _at_end("sum(mrr)"),
    "arpa": _at_end("sum(mrr) / count(DISTINCT account_id)"),
    "net_new_mrr": with_(
        [MONTHS, SEGMENTS, SUBS],
        "SELECT period, segment, sum(CASE WHEN ended IS NULL OR ended >= until THEN mrr ELSE 0 END "
        "* (first < until)::INT) - sum(CASE WHEN ended IS NULL OR ended >= period THEN mrr ELSE 0 END "
        "* (first < period)::INT) AS value FROM months JOIN subs "
        "ON first < until AND (ended IS NULL OR ended >= period) GROUP BY ALL",
    ),
    **{key: _moved(*how) for key, how in _MOVED.items()},
    "grr": kept("sum(least(coalesce(e.mrr, 0), s.mrr)) / sum(s.mrr)"),
    "gross_revenue_churn": kept("1 - sum(least(coalesce(e.mrr, 0), s.mrr)) / sum(s.mrr)"),
    "net_revenue_churn": kept("1 - sum(coalesce(e.mrr, 0)) / sum(s.mrr)"),
    "won_deals": of_rows("opportunities", "closed_at", "count(*)", _WON),
    "lost_deals": of_rows("opportunities", "closed_at", "count(*)", _LOST),
    "average_won_deal": of_rows("opportunities", "closed_at", "avg(amount)", _WON),
    "median_won_deal": of_rows("opportunities", "closed_at", "median(amount)", _WON),
    "renewal_rate": of_rows(
        "opportunities",
        "closed_at",
        f"count(*) FILTER ({_WON}) / count(*)",
        "type = 'renewal' AND status IN ('won', 'lost')",
    ),
    "deals_created": of_rows("opportunities", "created_at", "count(*)"),
    "pipeline_created": of_rows("opportunities", "created_at", "sum(amount)"),
    "leads": of_rows("leads", "created_at", "count(*)"),
    "mqls": of_rows("leads", "mql_at", "count(*)"),
    "sqls": of_rows("leads", "sql_at", "count(*)"),
    "mql_to_sql_days": of_rows("leads", "sql_at", "median(epoch(sql_at - mql_at) / 86400)", "mql_at IS NOT NULL"),
    "tickets": of_rows("tickets", "opened_at", "count(*)"),
    "resolution_time": of_rows("tickets", "resolved_at", f"median({_LASTED})"),
    "resolution_time_p90": of_rows("tickets", "resolved_at", f"quantile_cont({_LASTED}, 0.9)"),
    # spend names no segment: by month alone
    "spend": "SELECT date_trunc('month', date)::DATE AS period, sum(amount) AS value FROM main.spend "
    "WHERE department IN ('marketing', 'sales') AND date >= DATE '{first}' AND date < DATE '{end}' GROUP BY ALL",
}
ALL = {**RIVALS, **MORE}
WITHOUT_SEGMENT = ("cac", "spend")
