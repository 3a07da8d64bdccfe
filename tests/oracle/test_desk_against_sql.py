"""Metrics of leads, sellers and the service desk against independent SQL, day by day, on a company thrown by dice."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from tests.support import plain_tables, workspace_of

START, AS_OF = dt.datetime(2025, 1, 1), dt.date(2025, 6, 30)
HALF_YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1))


def dice() -> dict[str, list[dict[str, Any]]]:
    """Half a year of 12 accounts: times to the minute, some in the wrong order, some missing."""
    roll = random.Random(7)

    def when(after: dt.datetime = START, days: float = 180.0) -> dt.datetime:
        return after + dt.timedelta(minutes=roll.randrange(int(days * 1440)))

    def maybe(value: Any, chance: float = 0.7) -> Any:
        return value if roll.random() < chance else None

    accounts = [f"A{n}" for n in range(12)]
    leads, activities, deals, stages, tickets, invoices, subs = [], [], [], [], [], [], []
    for n in range(120):
        came = when()
        mql = maybe(when(came - dt.timedelta(days=1), 30), 0.7)
        sql = maybe(when(mql or came, 40), 0.6)
        leads.append(
            {"lead_id": f"l{n}", "account_id": roll.choice(accounts), "created_at": came, "mql_at": mql, "sql_at": sql,
             "first_response_at": maybe(when(came - dt.timedelta(hours=2), 3), 0.5),
             "disqualified_at": maybe(when(came, 60), 0.2), "opportunity_id": maybe(f"d{n}", 0.3)}
        )  # fmt: skip
        if roll.random() < 0.6:
            activities.append({"activity_id": f"c{n}", "type": "call", "lead_id": f"l{n}",
                               "direction": roll.choice(["in", "out"]), "occurred_at": when(came, 5)})  # fmt: skip
    for n in range(90):
        made = when()
        status = roll.choice(["won", "lost", "open"])
        over = when(made, 60) if status != "open" else None
        deals.append(
            {"opportunity_id": f"d{n}", "account_id": roll.choice(accounts), "status": status, "stage": status,
             "pipeline": roll.choice(["North", "South"]), "type": roll.choice(["new", "renewal"]), "amount": n * 10 + 5,
             "currency": "USD", "created_at": made, "closed_at": over, "owner": roll.choice(["Olga", "Pavel", "Nina"]),
             "expected_close_at": maybe(when(made, 60).date(), 0.8), "lead_id": maybe(f"l{roll.randrange(120)}", 0.3)}
        )  # fmt: skip
        entered = made
        for stage in ("Demo", "Proposal"):
            stages.append({"opportunity_id": f"d{n}", "stage": stage, "entered_at": entered})
            entered = when(entered + dt.timedelta(minutes=1), 20)
    for n in range(100):
        opened = when()
        tickets.append(
            {"ticket_id": f"t{n}", "account_id": maybe(roll.choice(accounts), 0.9), "opened_at": opened,
             "first_response_at": maybe(when(opened, 2)), "resolved_at": maybe(when(opened, 20)),
             "priority": roll.choice(["Urgent", "low", None, "P1", "Normal"]), "csat": maybe(roll.randrange(1, 6), 0.5)}
        )  # fmt: skip
    for n in range(60):
        issued = when()
        invoices.append({"invoice_id": f"i{n}", "account_id": roll.choice(accounts), "issued_at": issued, "amount": 10,
                         "currency": "USD", "paid_at": maybe(when(issued, 70))})  # fmt: skip
    for n, account in enumerate(accounts):
        began = when(START - dt.timedelta(days=200), 260)
        ended = maybe(when(began + dt.timedelta(days=30), 250).replace(hour=0, minute=0), 0.6)
        subs.append({"subscription_id": f"s{n}", "account_id": account, "amount": 100, "currency": "USD",
                     "interval": "month", "started_at": began.replace(hour=0, minute=0), "ended_at": ended,
                     "cancelled_at": maybe(ended and ended - dt.timedelta(days=roll.randrange(60)), 0.5)})  # fmt: skip
    people = [
        {"person": "Olga", "quota_amount": 3000, "quota_period": "quarter", "started_at": "2025-01-20"},
        {"person": "Pavel", "quota_amount": 500, "quota_period": "month", "ended_at": "2025-04-10"},
        {"person": "Nina"},
    ]
    tables: dict[str, Any] = {
        "accounts": [{"account_id": a} for a in accounts],
        "leads": leads,
        "activities": activities,
        "opportunities": deals,
        "stage_events": stages,
        "tickets": tickets,
        "invoices": invoices,
        "subscriptions": subs,
        "people": people,
    }
    return {
        entity: [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]
        for entity, rows in tables.items()
    }


SETUP = """
CREATE VIEW answers AS
SELECT l.created_at, date_diff('second', l.created_at, coalesce(first_response_at, (
    SELECT min(occurred_at) FROM activities a
     WHERE a.lead_id = l.lead_id AND direction = 'out' AND occurred_at >= l.created_at))) / 3600.0 AS waited
FROM leads l;
CREATE VIEW known AS SELECT * FROM opportunities WHERE created_at::DATE <= '2025-06-30';
CREATE VIEW met AS
SELECT l.*, coalesce((SELECT created_at FROM known o WHERE o.opportunity_id = l.opportunity_id),
    (SELECT min(created_at) FROM known o WHERE o.lead_id = l.lead_id)) AS deal_at FROM leads l;
CREATE TABLE days AS SELECT d::DATE AS day
FROM range(TIMESTAMP '2025-01-01', TIMESTAMP '2025-07-02', INTERVAL 1 DAY) t(d);
CREATE VIEW stays AS
SELECT o.*, e.stage AS at_stage, e.entered_at,
    least(e.next_at, CASE WHEN o.status <> 'open' THEN o.closed_at END) AS gone
FROM (SELECT *, lead(entered_at) OVER (PARTITION BY opportunity_id ORDER BY entered_at) AS next_at FROM stage_events) e
JOIN opportunities o USING (opportunity_id) WHERE o.status = 'open' OR e.entered_at < o.closed_at;
CREATE VIEW usual AS SELECT pipeline, at_stage, median(epoch(gone - entered_at) / 86400) AS usual FROM stays
WHERE status = 'won' AND closed_at::DATE <= '2025-06-30' AND gone >= entered_at GROUP BY ALL;
"""

COHORT = "created_at >= $start AND created_at < $end"
ENDS = """(SELECT account_id, ended_at::DATE AS over, coalesce(cancelled_at::DATE, over - 90) AS told
    FROM subscriptions s WHERE ended_at IS NOT NULL AND NOT EXISTS (
        FROM opportunities o WHERE o.account_id = s.account_id
        AND type = 'renewal' AND status <> 'lost' AND created_at::DATE < over AND created_at::DATE >= over - 180))"""

ORACLES = {
    "lead_to_mql": f"""SELECT avg((mql_on IS NOT NULL)::INT) FROM (
        SELECT *, CASE WHEN first_on <= '2025-06-30' THEN first_on END AS mql_on
            FROM (SELECT *, least(mql_at, sql_at, deal_at)::DATE AS first_on FROM met))
        WHERE {COHORT} AND (mql_on IS NOT NULL OR disqualified_at::DATE <= '2025-06-30'
            OR DATE '2025-06-30' - created_at::DATE >= 90)""",
    "mql_to_sql_days": """SELECT median(epoch(sql_at - mql_at) / 86400) FROM leads
        WHERE sql_at >= $start AND sql_at < $end AND sql_at >= mql_at""",
    "sql_to_opportunity_days": """SELECT median(epoch(deal_at - sql_at) / 86400) FROM met
        WHERE deal_at >= $start AND deal_at < $end AND deal_at >= sql_at""",
    "lead_response": f"SELECT median(waited) FROM answers WHERE {COHORT} AND waited >= 0",
    "lead_response_p90": f"SELECT quantile_cont(waited, 0.9) FROM answers WHERE {COHORT} AND waited >= 0",
    "lead_response_sla": f"SELECT avg((waited <= 24)::INT) FROM (SELECT created_at, coalesce(waited, 999) AS waited "
    f"FROM answers WHERE (waited >= 0 OR waited IS NULL) AND created_at < '2025-06-30') WHERE {COHORT}",
    "slipped_deals": """SELECT count(*) FROM opportunities
        WHERE expected_close_at >= $start AND expected_close_at < $end AND created_at < $end
        AND (closed_at IS NULL OR closed_at >= $end)""",
    "stage_ageing": """SELECT avg(($end - entered_at::DATE > usual)::INT)
        FROM stays JOIN usual USING (pipeline, at_stage) WHERE entered_at < $end
        AND (gone IS NULL OR gone::DATE >= $end)""",
    # a day's quota: of a month over the days of that month
    "quota_attainment": """SELECT (SELECT sum(amount) FROM opportunities WHERE status = 'won' AND owner <> 'Nina'
            AND closed_at >= $start AND closed_at < $end)
        / sum(quota_amount / CASE quota_period WHEN 'quarter' THEN 3 ELSE 1 END / day(last_day(day)))
        FROM people JOIN days ON day >= coalesce(started_at::DATE, '1900-01-01')
            AND day <= coalesce(ended_at::DATE, '2100-01-01') WHERE day >= $start AND day < $end""",
    "renewal_rate": """SELECT avg((status = 'won')::INT) FROM opportunities WHERE type = 'renewal' AND status <> 'open'
        AND closed_at >= $start AND closed_at < $end""",
    "first_response_p90": """SELECT quantile_cont(epoch(first_response_at - opened_at) / 3600, 0.9) FROM tickets
        WHERE opened_at >= $start AND opened_at < $end AND first_response_at >= opened_at""",
    "resolution_time": """SELECT median(epoch(resolved_at - opened_at) / 3600) FROM tickets
        WHERE resolved_at >= $start AND resolved_at < $end""",
    "csat": """SELECT avg((csat >= 4)::INT) FROM tickets WHERE csat IS NOT NULL
        AND coalesce(resolved_at, opened_at) >= $start AND coalesce(resolved_at, opened_at) < $end""",
    # on the last day of the period: a customer with any of the three signs
    "at_risk_accounts": f"""SELECT count(DISTINCT account_id) FROM subscriptions s, (SELECT $end - 1 AS today)
        WHERE started_at::DATE <= today AND (ended_at IS NULL OR ended_at::DATE > today) AND (
            EXISTS (FROM tickets t WHERE t.account_id = s.account_id AND priority IN ('Urgent', 'P1')
                AND opened_at::DATE <= today AND (resolved_at IS NULL OR resolved_at::DATE > today))
            OR EXISTS (FROM invoices i WHERE i.account_id = s.account_id AND issued_at::DATE + 30 < today
                AND (paid_at IS NULL OR paid_at::DATE > today))
            OR EXISTS (FROM {ENDS} e WHERE e.account_id = s.account_id AND over > today AND over - 90 <= today
                AND told <= today))""",
    "new_arr": """SELECT coalesce(sum(1200), 0) FROM subscriptions WHERE started_at >= $start AND started_at < $end""",
    "tickets_per_account": """SELECT (SELECT count(*) FROM tickets WHERE opened_at >= $start AND opened_at < $end)
        / count(*) FROM subscriptions WHERE started_at < $end AND (ended_at IS NULL OR ended_at >= $end)""",
}


@pytest.fixture(scope="module")
def company_of_dice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, duckdb.DuckDBPyConnection]:
    tables = dice()
    path: Path = tmp_path_factory.mktemp("dice") / "dice.duckdb"
    connection = plain_tables(tables)
    connection.execute(SETUP)
    return Engine(workspace_of(path, tables)), connection


@pytest.mark.parametrize("key", list(ORACLES))
def test_metric_equals_hand_written_sql(company_of_dice: tuple[Engine, duckdb.DuckDBPyConnection], key: str) -> None:
    engine, connection = company_of_dice
    asked = (*periods(HALF_YEAR.start, HALF_YEAR.end, Grain.MONTH, engine.conventions), HALF_YEAR)
    frame = engine.evaluate(Query(metric=key, periods=asked, as_of=AS_OF, where={})).frame
    told = [None if value != value else value for value in frame["value"]]
    wanted = []
    for period in asked:
        given = {"start": period.start, "end": period.end}
        row = connection.execute(ORACLES[key], {k: v for k, v in given.items() if f"${k}" in ORACLES[key]}).fetchone()
        assert row is not None
        wanted.append(None if row[0] is None or row[0] != row[0] else float(row[0]))
    assert any(value not in (None, 0) for value in wanted), "dice that show nothing"
    assert told == pytest.approx(wanted)
