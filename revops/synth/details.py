"""What a made-up company of `Size.details` has beside its plain rows, so that every metric can be told of it.

Templates over the rows of company.py ({base}): the same rows with further columns, no day of which is after AS_OF.
"""

from __future__ import annotations

import datetime as dt

AS_OF = dt.date(2024, 12, 31)
_UNTIL = f"TIMESTAMP '{AS_OF}'"


def _by_as_of(moment: str) -> str:
    return f"CASE WHEN {moment} <= {_UNTIL} THEN {moment} END"


def _seconds(column: str, salt: int, mean_hours: float) -> str:
    """`column` and a wait after it: mostly short, sometimes long."""
    return f"{column} + to_seconds((-ln(1 - chance(n, {salt})) * {mean_hours * 3600})::BIGINT)"


TERM = "CASE interval WHEN 'quarter' THEN 3 WHEN 'half-year' THEN 6 WHEN 'year' THEN 12 ELSE 1 END"

DETAILS = {
    "people": f"""
        SELECT *, CASE WHEN chance(n, 40) < 0.8 THEN money(20000 + floor(chance(n, 41) * 80000)) END AS quota_amount,
            pick(n, 42, ['month', 'quarter', 'year']) AS quota_period, day_at(chance(n, 43))::TIMESTAMP AS started_at,
            CASE WHEN chance(n, 44) < 0.2
                THEN {_by_as_of("(day_at(chance(n, 43)) + 300)::TIMESTAMP")} END AS ended_at
        FROM ({{base}})""",
    # a lead that became an SQL names its deal, or a deal names it, or nobody says
    "leads": f"""
        SELECT *, CASE WHEN chance(n, 45) < 0.7 THEN {_by_as_of(_seconds("created_at", 46, 20))} END
                AS first_response_at,
            CASE WHEN chance(n, 47) < 0.15
                THEN {_by_as_of("created_at + to_days((chance(n, 48) * 60)::INT)")} END AS disqualified_at,
            CASE WHEN sql_at IS NOT NULL AND chance(n, 49) < 0.5 AND {{opportunities}} > 0
                THEN 'D' || floor(chance(n, 50) * {{opportunities}})::BIGINT END AS opportunity_id
        FROM ({{base}})""",
    "opportunities": """
        SELECT *, (created_at + to_days(20 + (chance(n, 51) * 120)::INT))::DATE AS expected_close_at,
            pick(n, 52, ['Direct', 'Partners']) AS pipeline,
            CASE WHEN chance(n, 53) < 0.2 AND {leads} > 0 THEN 'L' || floor(chance(n, 54) * {leads})::BIGINT END
                AS lead_id
        FROM ({base})""",
    # of every fifth deal
    "stage_events": f"""
        SELECT row_number() OVER (ORDER BY n) - 1 AS n, opportunity_id, stage, entered_at,
            CASE WHEN chance(n, 56) < 0.1 THEN {_by_as_of("entered_at + to_hours(30)")} END AS left_at
        FROM (
            SELECT n, 'D' || d AS opportunity_id, 'Stage ' || n % 3 AS stage, created_at
                + to_seconds((n % 3) * (86400 + (chance(n // 3, 55) * 1728000)::BIGINT)) AS entered_at
            FROM (SELECT n, 5 * (n // 3) AS d, day_at(chance(5 * (n // 3), 8))::TIMESTAMP AS created_at
                FROM range({{stage_events}}) t(n)))
        WHERE entered_at <= {_UNTIL}""",
    # a contract ends with a term as often as within one, and half of those that end were cancelled before
    "subscriptions": f"""
        SELECT * EXCLUDE (told), CASE WHEN ended_at IS NOT NULL AND told < 0.5
                THEN greatest(started_at, ended_at - to_days((told * 200)::INT)) END AS cancelled_at
        FROM (
            SELECT * EXCLUDE (last)
                REPLACE (last AS ended_at, CASE WHEN last IS NULL THEN 'active' ELSE 'canceled' END AS status),
                chance(n, 59) AS told,
                CASE WHEN chance(n, 60) < 0.2 THEN [0.1, 0.25, 0.5][1 + n % 3]::DECIMAL(24, 6) END AS discount
            FROM (
                SELECT *, CASE WHEN ended_at IS NOT NULL AND chance(n, 57) < 0.5
                    THEN {_by_as_of(f"started_at + to_months(({TERM} * (1 + n % 4))::INT)")}
                    ELSE ended_at END AS last
                FROM (SELECT * REPLACE (pick(n, 58, ['month', 'month', 'quarter', 'half-year', 'year']) AS interval)
                    FROM ({{base}}))))""",
    "activities": """
        SELECT *, pick(n, 61, ['in', 'out']) AS direction,
            CASE WHEN chance(n, 62) < 0.25 AND {leads} > 0 THEN 'L' || floor(chance(n, 63) * {leads})::BIGINT END
                AS lead_id
        FROM ({base})""",
    "tickets": f"""
        SELECT *, CASE WHEN chance(n, 64) < 0.85 THEN {_by_as_of(_seconds("opened_at", 65, 6))} END
                AS first_response_at,
            CASE WHEN chance(n, 66) < 0.4 THEN money(1 + floor(chance(n, 67) * 5)) END AS csat
        FROM ({{base}})""",
}
