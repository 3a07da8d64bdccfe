"""What must come out of a made-up company, counted from its rows by statements of its own."""

from __future__ import annotations

from typing import Any

from revops.synth.company import FIRST_DAY, RATES, Size, made
from revops.synth.details import AS_OF

_RATE = "CASE currency " + " ".join(f"WHEN '{c}' THEN {r}" for c, r in RATES.items()) + " END"
_MONTHS = f"""months AS (
    SELECT d::DATE AS first, (d + INTERVAL 1 MONTH)::DATE AS until
    FROM range(TIMESTAMP '{FIRST_DAY}', TIMESTAMP '{AS_OF}' + INTERVAL 1 DAY, INTERVAL 1 MONTH) t(d))"""
_SUBS = f"""subs AS (
    SELECT account_id, started_at::DATE AS began, ended_at::DATE AS ended,
        round(amount * quantity / CASE interval WHEN 'year' THEN 12 ELSE 1 END * {_RATE}, 6) AS mrr
    FROM made_subscriptions WHERE ended_at IS NULL OR ended_at::DATE > started_at::DATE)"""
_RUNNING = "began < until AND (ended IS NULL OR ended >= until)"

_BY_MONTH = {
    "won_revenue": f"""SELECT date_trunc('month', closed_at)::DATE, sum(round(amount * {_RATE}, 6))
        FROM made_opportunities WHERE status = 'won' GROUP BY ALL""",
    "won_deals": """SELECT date_trunc('month', closed_at)::DATE, count(*)
        FROM made_opportunities WHERE status = 'won' GROUP BY ALL""",
    "mrr": f"""WITH {_MONTHS}, {_SUBS}
        SELECT months.first, sum(mrr) FROM months JOIN subs ON {_RUNNING} GROUP BY ALL""",
    "active_customers": f"""WITH {_MONTHS}, {_SUBS}
        SELECT months.first, count(DISTINCT account_id) FROM months JOIN subs ON {_RUNNING} GROUP BY ALL""",
    "spend": """SELECT date_trunc('month', date)::DATE, sum(amount) FROM made_spend
        WHERE department IN ('marketing', 'sales') GROUP BY ALL""",
    "leads": "SELECT date_trunc('month', created_at)::DATE, count(*) FROM made_leads GROUP BY ALL",
}


def totals(size: Size) -> dict[str, Any]:
    """as_of; rows: entity -> count; by_month: metric -> first day of the month -> value (USD; stocks at its end)."""
    connection = made(size)
    try:
        rows = {
            name: connection.execute(f"SELECT count(*) FROM made_{name}").fetchall()[0][0]
            for name in (
                "accounts", "people", "leads", "opportunities", "stage_events", "subscriptions", "spend", "activities",
                "tickets",
            )
        }  # fmt: skip
        by_month = {
            metric: {str(month): float(value) for month, value in connection.execute(f"{sql} ORDER BY 1").fetchall()}
            for metric, sql in _BY_MONTH.items()
        }
    finally:
        connection.close()
    return {"as_of": str(AS_OF), "seed": size.seed, "rows": rows, "by_month": by_month}
