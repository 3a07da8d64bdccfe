"""Deals in SQL: see sql_parts.py."""

from __future__ import annotations

from benchmarks.rivals.sql_parts import MONTHS, SEGMENTS, grouped, of_rows, with_

_WON, _LOST, _CLOSED = "status = 'won'", "status = 'lost'", "status IN ('won', 'lost')"
_WON_SHARE = f"count(*) FILTER ({_WON}) / count(*)"
_CYCLE = "median(epoch(closed_at - created_at) / 86400)"
# created before the month's end and closed on a later day, or not at all
_OPEN_AT_END = "created_at < until AND (closed_at IS NULL OR closed_at >= until)"
_OPEN = "SELECT period, segment, {} AS value FROM main.opportunities JOIN segments USING (account_id) JOIN months ON "
_DUE = """due AS (
    SELECT *, date_trunc('month', expected_close_at)::DATE AS period,
        (date_trunc('month', expected_close_at) + INTERVAL 1 MONTH)::DATE AS until
    FROM main.opportunities JOIN segments USING (account_id)
    WHERE expected_close_at >= DATE '{first}' AND expected_close_at < DATE '{end}')"""
_TARGETS = """goals AS (
    SELECT m.period, segment, value * date_diff('day', m.period, until) / CASE
        WHEN starts_with(t.period, 'Q') THEN date_diff('day', quarter, (quarter + INTERVAL 3 MONTH)::DATE)
        ELSE date_diff('day', m.period, until) END AS goal
    FROM (SELECT *, date_trunc('quarter', period)::DATE AS quarter FROM months) m JOIN main.targets t
        ON t.metric = 'won_revenue' AND t.segment IS NOT NULL AND t.period
            IN (strftime(m.period, '%Y-%m'), 'Q' || quarter(m.period) || ' ' || year(m.period)))"""
_STAYS = """moves AS (
    SELECT opportunity_id, lower(trim(stage)) AS stage, entered_at, least(left_at, next) AS left_at FROM (
        SELECT *, lead(entered_at) OVER (PARTITION BY opportunity_id ORDER BY entered_at) AS next
        FROM main.stage_events)),
stays AS (
    SELECT account_id, status, pipeline, m.stage, entered_at,
        CASE WHEN closed_at IS NULL THEN m.left_at ELSE least(m.left_at, closed_at) END AS left_at
    FROM moves m JOIN main.opportunities o USING (opportunity_id) WHERE closed_at IS NULL OR entered_at < closed_at),
usual AS (
    SELECT pipeline, stage, median(epoch(left_at - entered_at) / 86400) AS days FROM stays
    WHERE status = 'won' AND left_at IS NOT NULL GROUP BY ALL)"""

SALES = {
    "win_rate": of_rows("opportunities", "closed_at", _WON_SHARE, _CLOSED),
    "won_revenue": of_rows("opportunities", "closed_at", "sum(amount)", _WON),
    "won_deals": of_rows("opportunities", "closed_at", "count(*)", _WON),
    "lost_deals": of_rows("opportunities", "closed_at", "count(*)", _LOST),
    "average_won_deal": of_rows("opportunities", "closed_at", "avg(amount)", _WON),
    "median_won_deal": of_rows("opportunities", "closed_at", "median(amount)", _WON),
    "sales_cycle": of_rows("opportunities", "closed_at", _CYCLE, _WON),
    "renewal_rate": of_rows("opportunities", "closed_at", _WON_SHARE, f"type = 'renewal' AND {_CLOSED}"),
    "deals_created": of_rows("opportunities", "created_at", "count(*)"),
    "pipeline_created": of_rows("opportunities", "created_at", "sum(amount)"),
    "open_pipeline": with_([MONTHS, SEGMENTS], _OPEN.format("sum(amount)") + f"{_OPEN_AT_END} GROUP BY ALL"),
    "slipped_deals": with_(
        [SEGMENTS, _DUE], f"SELECT period, segment, count(*) AS value FROM due WHERE {_OPEN_AT_END} GROUP BY ALL"
    ),
    "slip_rate": with_(
        [SEGMENTS, _DUE],
        f"SELECT period, segment, count(*) FILTER ({_OPEN_AT_END}) / count(*) AS value FROM due "
        "WHERE created_at < until AND (closed_at IS NULL OR closed_at >= period) GROUP BY ALL",
    ),
    "pipeline_coverage": with_(
        [
            MONTHS,
            SEGMENTS,
            _DUE,
            _TARGETS,
            "won AS (" + of_rows("opportunities", "closed_at", "sum(amount)", _WON) + ")",
        ],
        f"""SELECT period, segment, coalesce(open, 0) / nullif(greatest(goal - coalesce(won.value, 0), 0), 0) AS value
        FROM goals LEFT JOIN won USING (period, segment) LEFT JOIN (
            SELECT period, segment, sum(amount) AS open FROM due WHERE {_OPEN_AT_END} GROUP BY ALL
        ) USING (period, segment)""",
    ),
    "sales_velocity": with_(
        [MONTHS, SEGMENTS],
        f"""SELECT period, segment, a.value * rate * deal / cycle AS value
        FROM ({_OPEN.format("count(*)")} {_OPEN_AT_END} GROUP BY ALL) a JOIN (
            {
            grouped(
                "main.opportunities JOIN segments USING (account_id)",
                "closed_at",
                f"{_WON_SHARE} AS rate, avg(amount) FILTER ({_WON}) AS deal, {_CYCLE} FILTER ({_WON}) AS cycle, 0",
                _CLOSED,
            )
        }
        ) b USING (period, segment)""",
    ),
    "stage_ageing": with_(
        [MONTHS, SEGMENTS, _STAYS],
        "SELECT period, segment, "
        "count(*) FILTER (date_diff('day', entered_at::DATE, until) > days) / count(*) AS value "
        "FROM months JOIN (FROM stays JOIN segments USING (account_id) JOIN usual USING (pipeline, stage)) "
        "ON entered_at < until AND (left_at IS NULL OR left_at >= until) GROUP BY ALL",
    ),
    # people have no segment: by month alone; a quota of part of a month by its days
    "quota_attainment": with_(
        [
            MONTHS,
            "sellers AS (SELECT person, quota_amount / CASE quota_period WHEN 'year' THEN 12 WHEN 'quarter' THEN 3 "
            "ELSE 1 END AS quota, started_at::DATE AS came, (ended_at + INTERVAL 1 DAY)::DATE AS gone "
            "FROM main.people WHERE quota_amount IS NOT NULL)",
        ],
        """SELECT period, coalesce(sold, 0) / quota AS value FROM (
            SELECT period, sum(quota * date_diff('day', greatest(came, period), least(coalesce(gone, until), until))
                / date_diff('day', period, until)) AS quota
            FROM months JOIN sellers ON came < until AND (gone IS NULL OR gone > period) GROUP BY ALL)
        LEFT JOIN (SELECT date_trunc('month', closed_at)::DATE AS period, sum(amount) AS sold FROM main.opportunities
            WHERE status = 'won' AND owner IN (SELECT person FROM sellers) GROUP BY ALL) USING (period)""",
    ),
}
