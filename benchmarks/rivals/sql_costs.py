"""What customers cost, in SQL: see sql_parts.py. Spend names no segment, so all but new customers go by month alone."""

from __future__ import annotations

from benchmarks.rivals.sql_parts import AT_END, CUSTOMERS, MONTH_OF, MONTHS, SEGMENTS, STATES, SUBS, with_
from benchmarks.rivals.sql_recurring import CLV, KEPT_OF_HALF_A_YEAR, NEW

_SPENT = """{name} AS (
    SELECT (date_trunc('month', date) + INTERVAL {later} MONTH)::DATE AS period, sum(amount) AS spent FROM main.spend
    WHERE department IN ('marketing', 'sales') AND {which} GROUP BY ALL)"""
_SPEND = _SPENT.format(name="cost", later=0, which="TRUE")
_WON = f"new AS (SELECT {MONTH_OF.format('day')} AS period, count(*) AS won FROM customers GROUP BY ALL)"
_NEW = [SEGMENTS, SUBS, CUSTOMERS, _WON]
_EACH = "SELECT period, spent / won AS value FROM cost JOIN new USING (period)"
# the same as of the whole company
_WHOLE_CLV = CLV.replace("s.segment", "'' AS segment").replace(
    "period, segment, sum(mrr)", "period, '' AS segment, sum(mrr)"
)

COSTS = {
    "new_customers": with_(
        [SEGMENTS, SUBS, CUSTOMERS],
        f"SELECT {MONTH_OF.format('day')} AS period, segment, count(*) AS value FROM customers GROUP BY ALL",
    ),
    "spend": with_([MONTHS, _SPEND], "SELECT period, spent AS value FROM cost JOIN months USING (period)"),
    "cac": with_([*_NEW, _SPEND], _EACH),
    "paid_cac": with_([*_NEW, _SPENT.format(name="cost", later=0, which="category = 'media'")], _EACH),
    "cac_lagged": with_([*_NEW, _SPENT.format(name="cost", later=3, which="TRUE")], _EACH),
    "cac_payback": with_(
        [*_NEW, _SPEND, STATES],
        f"SELECT period, spent / won / mrr AS value FROM cost JOIN new USING (period) JOIN (SELECT "
        f"{MONTH_OF.format('day')} AS period, sum(d) / count(*) AS mrr FROM states WHERE {NEW} GROUP BY ALL) "
        "USING (period)",
    ),
    "ltv_cac": with_(
        [*KEPT_OF_HALF_A_YEAR, CUSTOMERS, _WON, _SPEND],
        f"SELECT period, value / (spent / won) AS value FROM ({_WHOLE_CLV}) JOIN cost USING (period) "
        "JOIN new USING (period)",
    ),
    "magic_number": with_(
        [MONTHS.replace("TIMESTAMP '{first}'", "TIMESTAMP '{first}' - INTERVAL 3 MONTH"), SEGMENTS, SUBS, _SPEND],
        f"""SELECT period, 12 * (mrr - before) / spent AS value FROM (
            SELECT period, mrr, lag(mrr, 3) OVER (ORDER BY period) AS before FROM (
                SELECT period, sum(mrr) AS mrr FROM months JOIN subs ON {AT_END} GROUP BY ALL))
        JOIN (SELECT m.period, sum(spent) AS spent FROM months m JOIN cost c
            ON c.period >= m.period - INTERVAL 5 MONTH AND c.period <= m.period - INTERVAL 3 MONTH GROUP BY ALL)
            USING (period)
        WHERE period >= DATE '{{first}}'""",
    ),
}
