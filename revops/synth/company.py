"""The rows of a made-up company, as views over numbers: nothing is held in memory, however many they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

import duckdb

from revops.synth.details import AS_OF, DETAILS

FIRST_DAY = dt.date(2021, 1, 1)
DAYS = (AS_OF - FIRST_DAY).days
RATES = {"USD": 1.0, "EUR": 1.1, "GBP": 1.25}  # units of the workspace's currency for one, on every day


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many of each; 0: the entity is empty. currencies: of RATES, USD is the workspace's own. seed: of all chance.

    stage_events: the stages that each opportunity passed, three rows an opportunity.
    details: also what metrics ask for that the plain rows do not say (details.py): answers, marks, discounts, quotas,
    targets, invoices, and the stages of every fifth opportunity in place of `stage_events`.
    """

    opportunities: int
    subscriptions: int
    accounts: int
    leads: int = 0
    activities: int = 0
    tickets: int = 0
    people: int = 0
    stage_events: bool = False
    details: bool = False
    currencies: tuple[str, ...] = ("USD",)
    seed: int = 0

    def __str__(self) -> str:
        counts = {k: v for k, v in asdict(self).items() if isinstance(v, int) and not isinstance(v, bool) and v}
        counts.pop("seed", None)
        return ", ".join(f"{n:,} {name}" for name, n in counts.items())


def size_of(opportunities: int, *, seed: int = 0, currencies: tuple[str, ...] = ("USD", "EUR", "GBP")) -> Size:
    """A company in proportion: for each opportunity two activities, a lead, a fifth of a subscription and account."""
    fifth = max(opportunities // 5, 10)
    return Size(
        opportunities=opportunities,
        subscriptions=fifth,
        accounts=fifth,
        leads=opportunities,
        activities=2 * opportunities,
        tickets=fifth,
        people=min(max(opportunities // 2000, 8), 200),
        currencies=currencies,
        seed=seed,
    )


# Chance is a hash of the row's number, so that neither threads nor their order can change a row.
_MACROS = f"""
CREATE TEMP MACRO chance(n, salt) AS (hash(n * 1009 + salt, {{seed}}) % 1000003) / 1000003.0;
CREATE TEMP MACRO pick(n, salt, list) AS list[1 + floor(chance(n, salt) * len(list))::INT];
CREATE TEMP MACRO day_at(share) AS DATE '{FIRST_DAY}' + floor(share * {DAYS})::INT;
CREATE TEMP MACRO money(n) AS n::DECIMAL(24, 6);
"""
_FOREIGN = ", ".join(f"({i}, '{c}', {r})" for i, (c, r) in enumerate((c, r) for c, r in RATES.items() if c != "USD"))
_SOURCES = "['Google Ads', 'Referral', 'Outbound', 'Organic']"
_OWNER = "CASE WHEN {people} > 0 THEN 'Owner ' || (n % greatest({people}, 1)) END AS owner"
_ACCOUNT = "'A' || floor(chance(n, {salt}) * {{accounts}})::INT AS account_id"

_MONTHS = f"range(TIMESTAMP '{FIRST_DAY}', TIMESTAMP '{AS_OF}', INTERVAL 1 MONTH) t(m)"

TABLES = {
    "people": """
        SELECT n, 'Owner ' || n AS person, 'Team ' || n % 7 AS team, 'Manager ' || n % 7 AS manager
        FROM range({people}) t(n)""",
    "fx_rates": f"""
        SELECT n, DATE '{FIRST_DAY}' AS date, code AS currency, money(rate) AS rate
        FROM (VALUES {_FOREIGN}) t(n, code, rate) WHERE {{foreign}}""",
    "accounts": f"""
        SELECT n, 'A' || n AS account_id, 'Account ' || n AS name,
            pick(n, 1, ['Enterprise', 'Mid-market', 'Small', 'Startup', NULL]) AS segment,
            pick(n, 18, ['North', 'South', 'East', 'West']) AS region,
            pick(n, 2, {_SOURCES}) AS source, day_at(chance(n, 3)) AS created_at
        FROM range({{accounts}}) t(n)""",
    "leads": f"""
        SELECT n, lead_id, account_id, source, owner, created_at,
            CASE WHEN chance(n, 22) < 0.6 THEN created_at + to_days((chance(n, 23) * 10)::INT) END AS mql_at,
            CASE WHEN chance(n, 22) < 0.3 THEN created_at + to_days(10 + (chance(n, 24) * 20)::INT) END AS sql_at
        FROM (
            SELECT n, 'L' || n AS lead_id, {_ACCOUNT.format(salt=19)}, pick(n, 20, {_SOURCES}) AS source, {_OWNER},
                day_at(chance(n, 21) * 0.97)::TIMESTAMP AS created_at
            FROM range({{leads}}) t(n))""",
    "opportunities": f"""
        SELECT *, CASE WHEN status <> 'open' THEN created_at + to_seconds((chance(n, 9) * 86400 * 120)::BIGINT) END
            AS closed_at
        FROM (
            SELECT n, 'D' || n AS opportunity_id, {_ACCOUNT.format(salt=4)}, {_OWNER},
                pick(n, 25, {_SOURCES}) AS source, pick(n, 5, ['new', 'new', 'expansion', 'renewal']) AS type,
                'Stage ' || n % 5 AS stage,
                CASE WHEN created_at >= TIMESTAMP '2024-09-01' THEN 'open'
                    ELSE pick(n, 6, ['won', 'lost', 'lost']) END AS status,
                money(500 + floor(chance(n, 7) * 50000)) AS amount, pick(n, 26, {{currencies}}) AS currency, created_at
            FROM (SELECT n, day_at(chance(n, 8))::TIMESTAMP AS created_at FROM range({{opportunities}}) t(n)))""",
    "stage_events": """
        SELECT n, opportunity_id, 'Stage ' || n % 3 AS stage,
            created_at + to_days((n % 3)::INT * (1 + (chance(n // 3, 27) * 9)::INT)) AS entered_at
        FROM (SELECT n, 'D' || n // 3 AS opportunity_id, day_at(chance(n // 3, 8))::TIMESTAMP AS created_at
            FROM range({stage_events}) t(n))""",
    "subscriptions": f"""
        SELECT n, 'S' || n AS subscription_id, account_id, plan, amount, currency, interval, quantity,
            started_at, CASE WHEN ends <= DATE '{AS_OF}' THEN ends::TIMESTAMP END AS ended_at,
            CASE WHEN ends <= DATE '{AS_OF}' THEN 'canceled' ELSE 'active' END AS status
        FROM (
            SELECT n, {_ACCOUNT.format(salt=10)},
                pick(n, 11, ['Start', 'Pro', 'Max']) AS plan, pick(n, 12, ['month', 'month', 'year']) AS interval,
                money(20 + floor(chance(n, 13) * 400)) AS amount, money(1 + floor(chance(n, 14) * 20)) AS quantity,
                pick(n, 28, {{currencies}}) AS currency, day_at(chance(n, 15))::TIMESTAMP AS started_at,
                day_at(chance(n, 15)) + (30 + floor(-ln(1 - chance(n, 16)) * 500))::INT AS ends
            FROM range({{subscriptions}}) t(n))""",
    "spend": f"""
        SELECT n, DATE '{FIRST_DAY}' + (n // 4)::INT AS date, money(100 + floor(chance(n, 17) * 900)) AS amount,
            'USD' AS currency, ['marketing', 'marketing', 'sales', 'other'][1 + n % 4] AS department,
            {_SOURCES}[1 + n % 4] AS channel, ['media', 'people', 'tools'][1 + n % 3] AS category
        FROM range({(DAYS + 1) * 4}) t(n)""",
    "activities": f"""
        SELECT n, 'E' || n AS activity_id, pick(n, 29, ['call', 'email', 'meeting', 'task']) AS type,
            day_at(chance(n, 30))::TIMESTAMP + to_seconds((n % 86400)::BIGINT) AS occurred_at, {_OWNER},
            {_ACCOUNT.format(salt=31)}
        FROM range({{activities}}) t(n)""",
    "tickets": f"""
        SELECT n, 'T' || n AS ticket_id, {_ACCOUNT.format(salt=32)}, opened_at,
            CASE WHEN chance(n, 34) < 0.9 THEN least(opened_at + to_seconds((chance(n, 35) * 864000)::BIGINT),
                TIMESTAMP '{AS_OF}') END AS resolved_at,
            pick(n, 36, ['low', 'normal', 'high', 'urgent']) AS priority
        FROM (SELECT n, day_at(chance(n, 33) * 0.98)::TIMESTAMP AS opened_at FROM range({{tickets}}) t(n))""",
    "invoices": f"""
        SELECT *, CASE WHEN chance(n, 73) < 0.95 AND paid <= DATE '{AS_OF}' THEN paid::TIMESTAMP END AS paid_at
        FROM (
            SELECT n, 'I' || n AS invoice_id, {_ACCOUNT.format(salt=70)}, day_at(chance(n, 71))::TIMESTAMP AS issued_at,
                money(100 + n % 900) AS amount, pick(n, 74, {{currencies}}) AS currency,
                day_at(chance(n, 71)) + (chance(n, 72) * 60)::INT AS paid
            FROM range({{invoices}}) t(n))""",
    # of won revenue: of three segments by the month, of one by the quarter, of the company by the year
    "targets": f"""
        SELECT n, 'won_revenue' AS metric, said AS period, segment,
            money(months * floor({{opportunities}} * 36 * (0.8 + 0.6 * chance(n, 75)))) AS value
        FROM (
            SELECT row_number() OVER (ORDER BY segment, said) - 1 AS n, * FROM (
                SELECT strftime(m, '%Y-%m') AS said, 1 AS months,
                    unnest(['Enterprise', 'Mid-market', 'Small']) AS segment FROM {_MONTHS}
                UNION ALL SELECT 'Q' || quarter(m) || ' ' || year(m), 3, 'Startup' FROM {_MONTHS} WHERE month(m) % 3 = 1
                UNION ALL SELECT year(m)::VARCHAR, 60, NULL FROM {_MONTHS} WHERE month(m) = 1)
            WHERE {{details}})""",
}


def made(size: Size, entities: tuple[str, ...] = tuple(TABLES)) -> duckdb.DuckDBPyConnection:
    """A connection in memory with a view made_<entity> of each entity's rows: n (0, 1, ...), then the model's fields.

    The caller closes it.
    """
    connection = duckdb.connect()
    tell(connection, size, entities)
    return connection


def tell(connection: duckdb.DuckDBPyConnection, size: Size, entities: tuple[str, ...] = tuple(TABLES)) -> None:
    """The same views on a connection that is there: temporary ones, which only it sees."""
    connection.execute(_MACROS.format(seed=size.seed))
    values: dict[str, object] = {k: v for k, v in asdict(size).items() if isinstance(v, int)}
    staged = size.opportunities if size.stage_events else 0
    values |= {
        "stage_events": 3 * ((size.opportunities + 4) // 5 if size.details else staged),
        "invoices": size.accounts if size.details else 0,
        "details": str(size.details).lower(),
        "currencies": "[" + ", ".join(f"'{c}'" for c in size.currencies) + "]",
        "foreign": str(set(size.currencies) != {"USD"}).lower(),
    }
    for entity in entities:
        rows = TABLES[entity].format(**values)
        if size.details and entity in DETAILS:
            rows = DETAILS[entity].format(base=rows, **values)
        connection.execute(f"CREATE TEMP VIEW made_{entity} AS {rows}")
