"""A synthetic company of any size, the same on every run, loaded into a workspace as the importer would load it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

from revops.ingest.types import (
    EntityMapping,
    FieldMapping,
    Layout,
    Mapping,
    RawTable,
    SourceFile,
    StagedEntity,
    StagedLoad,
    quoted,
)
from revops.model import ENTITY
from revops.workspace import Workspace

AS_OF = dt.date(2024, 12, 31)
FIRST_DAY = dt.date(2021, 1, 1)
DAYS = (AS_OF - FIRST_DAY).days


@dataclass(frozen=True, slots=True)
class Size:
    opportunities: int
    subscriptions: int
    accounts: int

    def __str__(self) -> str:
        counts = (self.opportunities, self.subscriptions, self.accounts)
        return "{:,} opportunities, {:,} subscriptions, {:,} accounts".format(*counts)


def size_of(opportunities: int) -> Size:
    return Size(opportunities, max(opportunities // 2, 10), max(opportunities // 5, 10))


# Chance is a hash of the row's number, so that neither threads nor their order can change a row.
_MACROS = f"""
CREATE MACRO chance(n, salt) AS (hash(n * 1009 + salt) % 1000003) / 1000003.0;
CREATE MACRO pick(n, salt, list) AS list[1 + floor(chance(n, salt) * len(list))::INT];
CREATE MACRO day(share) AS DATE '{FIRST_DAY}' + floor(share * {DAYS})::INT;
"""
_TABLES = {
    "accounts": """
        SELECT 'A' || n AS account_id, 'Account ' || n AS name,
            pick(n, 1, ['Enterprise', 'Mid-market', 'Small', 'Startup', NULL]) AS segment,
            pick(n, 2, ['Google Ads', 'Referral', 'Outbound', 'Organic']) AS source, day(chance(n, 3)) AS created_at
        FROM range({accounts}) t(n)""",
    "opportunities": """
        SELECT *, CASE WHEN status <> 'open' THEN created_at + to_seconds((chance(n, 9) * 86400 * 120)::BIGINT) END
            AS closed_at
        FROM (
            SELECT n, 'D' || n AS opportunity_id, 'A' || floor(chance(n, 4) * {accounts})::INT AS account_id,
                pick(n, 5, ['new', 'new', 'expansion', 'renewal']) AS type, 'Stage ' || n % 5 AS stage,
                CASE WHEN created_at > TIMESTAMP '2024-09-01' THEN 'open'
                    ELSE pick(n, 6, ['won', 'lost', 'lost']) END AS status,
                (500 + floor(chance(n, 7) * 50000))::DECIMAL(24, 6) AS amount, 'USD' AS currency, created_at
            FROM (SELECT n, day(chance(n, 8))::TIMESTAMP AS created_at FROM range({opportunities}) t(n)))""",
    "subscriptions": """
        SELECT n, 'S' || n AS subscription_id, account_id, plan, amount, 'USD' AS currency, interval, quantity,
            started_at, CASE WHEN ends <= DATE '2024-12-31' THEN ends::TIMESTAMP END AS ended_at,
            CASE WHEN ends <= DATE '2024-12-31' THEN 'canceled' ELSE 'active' END AS status
        FROM (
            SELECT n, 'A' || floor(chance(n, 10) * {accounts})::INT AS account_id,
                pick(n, 11, ['Start', 'Pro', 'Max']) AS plan, pick(n, 12, ['month', 'month', 'year']) AS interval,
                (20 + floor(chance(n, 13) * 400))::DECIMAL(24, 6) AS amount,
                (1 + floor(chance(n, 14) * 20))::DECIMAL(24, 6) AS quantity,
                day(chance(n, 15))::TIMESTAMP AS started_at,
                day(chance(n, 15)) + (30 + floor(-ln(1 - chance(n, 16)) * 500))::INT AS ends
            FROM range({subscriptions}) t(n))""",
    "spend": f"""
        SELECT DATE '{FIRST_DAY}' + (n // 4)::INT AS date, (100 + floor(chance(n, 17) * 900))::DECIMAL(24, 6) AS amount,
            'USD' AS currency, ['marketing', 'marketing', 'sales', 'other'][1 + n % 4] AS department,
            ['Google Ads', 'Referral', 'Outbound', 'Organic'][1 + n % 4] AS channel
        FROM range({(DAYS + 1) * 4}) t(n)""",
}


def staged(entity: str, size: Size) -> StagedLoad:
    """The rows of an entity as the importer hands them over: typed, keyed, nothing rejected."""
    staging = duckdb.connect()
    staging.execute(_MACROS)
    counts = {name: getattr(size, name) for name in size.__slots__}
    staging.execute(f"CREATE TABLE made AS {_TABLES[entity].format(**counts)}")
    made = {row[0] for row in staging.execute("DESCRIBE made").fetchall()}
    fields = tuple(f.name for f in ENTITY[entity].fields if f.name in made)
    typed = ", ".join(f"CAST({quoted(f)} AS {ENTITY[entity].field(f).type.sql}) AS {quoted(f)}" for f in fields)
    texts = ", ".join(f"CAST({quoted(f)} AS VARCHAR) AS {quoted(f)}" for f in fields)
    key_field = ENTITY[entity].key_field
    key = f"lower({key_field.name})" if key_field else "'line ' || _row"
    staging.execute("CREATE TABLE numbered AS SELECT row_number() OVER () AS _row, * FROM made")
    staging.execute(f"CREATE TABLE raw AS SELECT _row, {texts} FROM numbered")
    staging.execute(
        f"CREATE TABLE accepted AS SELECT _row, {key} AS _key, {typed}, NULL::VARCHAR AS extra FROM numbered"
    )
    staging.execute("CREATE TABLE rejected (_row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR)")
    (rows,) = staging.execute("SELECT count(*) FROM made").fetchone() or (0,)
    raw = RawTable(
        file=SourceFile(name=f"{entity}.csv", path=Path(f"{entity}.csv"), sha256=f"{entity} {rows}", size=rows),
        layout=Layout(format="csv"),
        columns=fields,
        original_headers=fields,
        row_count=rows,
        staging=staging,
    )
    mapping = EntityMapping(entity=entity, fields=tuple(FieldMapping(field=f, column=f) for f in fields))
    part = StagedEntity(
        entity=entity,
        accepted="accepted",
        rejected="rejected",
        fields=fields,
        accepted_count=rows,
        rejected_count=0,
        duplicates=0,
        rejections=(),
    )
    return StagedLoad(raw=raw, mapping=Mapping(entities=(mapping,)), entities=(part,))


def workspace_of(path: Path, size: Size) -> Workspace:
    """A new workspace at `path` that holds the company."""
    workspace = Workspace.open(path)
    loads = [staged(entity, size) for entity in _TABLES]
    workspace.load_many(loads)
    for one in loads:
        one.raw.close()
    return workspace
