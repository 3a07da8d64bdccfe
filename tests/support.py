"""Hand-made tables as a workspace, or as plain DuckDB tables for oracles. Nothing here computes a metric."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import settings

from revops.ingest.types import (
    EntityMapping,
    FieldMapping,
    Layout,
    RawTable,
    SourceFile,
    StagedEntity,
    StagedLoad,
    quoted,
)
from revops.ingest.types import Mapping as TableMapping
from revops.model import ENTITY
from revops.workspace import Workspace

Rows = Sequence[Mapping[str, Any]]


def often(count: int) -> int:
    """Random examples of a test: `count`, ten times as many under HYPOTHESIS_PROFILE=long."""
    return count * (10 if settings.get_current_profile_name() == "long" else 1)


def staged(entity: str, rows: Rows, name: str | None = None) -> StagedLoad:
    """Rows of one entity as the importer would hand them over: typed, keyed, nothing rejected."""
    model = ENTITY[entity]
    fields = [f for f in model.fields if any(f.name in row for row in rows)]
    columns = [f.name for f in fields]
    staging = duckdb.connect()
    texts = ", ".join(f"{quoted(c)} VARCHAR" for c in columns)
    staging.execute(f"CREATE TABLE raw (_row BIGINT, {texts})")
    for number, row in enumerate(rows, start=1):
        marks = ", ".join("?" * (len(columns) + 1))
        staging.execute(f"INSERT INTO raw VALUES ({marks})", [number, *(row.get(c) for c in columns)])
    typed = ", ".join(f"CAST({quoted(f.name)} AS {f.type.sql}) AS {quoted(f.name)}" for f in fields)
    own_key = model.key_field
    names = [own_key.name] if own_key is not None and own_key.name in columns else list(model.natural_key)
    parts = ", ".join(f"coalesce(lower({quoted(n)}), '')" for n in names if n in columns)
    key = f"concat_ws(chr(31), {parts})" + (" || '#' || _row" if model.keyed_by_row else "")
    staging.execute(f"CREATE TABLE accepted AS SELECT _row, {key} AS _key, {typed}, NULL::VARCHAR AS extra FROM raw")
    staging.execute("CREATE TABLE rejected (_row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR)")
    content = json.dumps([dict(r) for r in rows], default=str, sort_keys=True)
    raw = RawTable(
        file=SourceFile(
            name=name or f"{entity}.csv",
            path=Path(f"{entity}.csv"),
            sha256=hashlib.sha256(content.encode()).hexdigest(),
            size=len(content),
        ),
        layout=Layout(format="csv"),
        columns=tuple(columns),
        original_headers=tuple(columns),
        row_count=len(rows),
        staging=staging,
    )
    mapping = EntityMapping(entity=entity, fields=tuple(FieldMapping(field=c, column=c) for c in columns))
    part = StagedEntity(
        entity=entity,
        accepted="accepted",
        rejected="rejected",
        fields=tuple(columns),
        accepted_count=len(rows),
        rejected_count=0,
        duplicates=0,
        rejections=(),
    )
    return StagedLoad(raw=raw, mapping=TableMapping(entities=(mapping,)), entities=(part,))


def workspace_of(path: Path, tables: Mapping[str, Rows]) -> Workspace:
    """A new workspace that holds the tables."""
    workspace = Workspace.open(path)
    workspace.load_many([staged(entity, rows) for entity, rows in tables.items()])
    return workspace


def plain_tables(
    tables: Mapping[str, Rows] | None = None, *, keep_accounts: str | None = None
) -> duckdb.DuckDBPyConnection:
    """The same rows as plain typed tables of an in-memory DuckDB; `keep_accounts`: a condition on accounts."""
    from tests.oracle.company import TABLES

    connection = duckdb.connect()
    for entity, rows in (tables or TABLES).items():
        model = ENTITY[entity]
        connection.execute(
            f"CREATE TABLE {entity} ({', '.join(f'{quoted(f.name)} {f.type.sql}' for f in model.fields)})"
        )
        for row in rows:
            names = ", ".join(quoted(n) for n in row)
            connection.execute(
                f"INSERT INTO {entity} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values())
            )
    if keep_accounts:
        connection.execute(f"DELETE FROM accounts WHERE NOT coalesce({keep_accounts}, false)")
        for entity in ("subscriptions", "opportunities", "leads"):
            connection.execute(f"DELETE FROM {entity} WHERE account_id NOT IN (SELECT account_id FROM accounts)")
    return connection
