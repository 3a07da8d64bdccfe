"""From the accepted rows of all imports to one row a key.

Each field holds what the latest import that maps it says; rows of an entity outrank mentions of it by the way.
`_rank` of a version orders them: role, then import, then part of the import.

A key that one import alone names is kept once, in main. Versions of a key are written to shared.<entity> when a
second import names it, all of them, and of imports that fill the entity in several parts always;
versions.<entity> is the view of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from revops.ingest.types import quoted
from revops.model import ENTITY
from revops.workspace.schema import column_list, versions_sql
from revops.workspace.settle import Settling


@dataclass(frozen=True, slots=True)
class Source:
    """One part of an import that fills an entity."""

    rank: int
    fields: frozenset[str]


def rank(role: str, import_id: int, part: int) -> int:
    """Orders versions of one key: a later import wins, and a mention never wins over rows."""
    return ((role == "rows") << 48) | (import_id << 8) | part


def sources(cursor: duckdb.DuckDBPyConnection, entity: str) -> tuple[Source, ...]:
    """The parts of active imports that fill `entity`, by rank."""
    rows = cursor.execute("SELECT rank, fields FROM log.sources WHERE entity = ? ORDER BY rank", [entity]).fetchall()
    return tuple(Source(r, frozenset(f)) for r, f in rows)


def add(cursor: duckdb.DuckDBPyConnection, entity: str, ranked: int, *, alone: bool, settling: Settling) -> None:
    """Brings the rows of `_incoming` (one part of an import, columns of main) in.

    alone: no other part of the import fills the entity. log.sources names the part already.
    """
    columns = column_list(ENTITY[entity])
    known = f" WHERE _key IN (SELECT _key FROM main.{entity})" if alone else ""
    _touch(cursor, f"SELECT _key FROM _incoming{known}")
    settling.touch(entity, "SELECT _key FROM _touched")
    cursor.execute(
        f"INSERT INTO shared.{entity} ({columns}, _rank) SELECT {columns}, _rank FROM ({versions_sql(ENTITY[entity])}) "
        f"WHERE _key IN (SELECT _key FROM _touched) AND _key NOT IN (SELECT _key FROM shared.{entity})"
    )
    cursor.execute(
        f"INSERT INTO shared.{entity} ({columns}, _rank) "
        f"SELECT {columns}, {ranked} FROM _incoming SEMI JOIN _touched USING (_key)"
    )
    cursor.execute(
        f"INSERT INTO main.{entity} ({columns}) SELECT {columns} FROM _incoming ANTI JOIN _touched USING (_key)"
    )
    _rebuild(cursor, entity)
    settling.touch(entity, "SELECT _key FROM _incoming", done=True)


def remove(cursor: duckdb.DuckDBPyConnection, entity: str, import_id: int, settling: Settling) -> None:
    """Takes an import's rows of `entity` out again; log.sources no longer names it."""
    own = f"SELECT _key FROM {{}}.{entity} WHERE _import_id = {import_id}"
    if _only(cursor, entity, import_id):
        settling.gone(entity)
        cursor.execute(f"DELETE FROM main.{entity}")
        cursor.execute(f"DELETE FROM shared.{entity}")
        return
    _touch(cursor, f"{own.format('main')} UNION {own.format('shared')}")
    settling.touch(entity, "SELECT _key FROM _touched")
    cursor.execute(f"DELETE FROM shared.{entity} WHERE _import_id = {import_id}")
    _rebuild(cursor, entity)
    settling.touch(entity, "SELECT _key FROM _touched", done=True)


def _only(cursor: duckdb.DuckDBPyConnection, entity: str, import_id: int) -> bool:
    """Whether no other import fills the entity."""
    others = f"SELECT 1 FROM {{}}.{entity} WHERE _import_id <> {import_id} LIMIT 1"
    return all(cursor.execute(others.format(schema)).fetchone() is None for schema in ("main", "shared"))


def _touch(cursor: duckdb.DuckDBPyConnection, keys: str) -> None:
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE _touched AS {keys}")


def _rebuild(cursor: duckdb.DuckDBPyConnection, entity: str) -> None:
    """The touched keys of main.<entity>, merged anew from their versions, all of which are shared."""
    if _count(cursor, "_touched"):
        cursor.execute(f"DELETE FROM main.{entity} WHERE _key IN (SELECT _key FROM _touched)")
        ranks = sources(cursor, entity)
        if ranks:
            columns = column_list(ENTITY[entity])
            cursor.execute(f"INSERT INTO main.{entity} ({columns}) {_merged(entity, ranks)}")


def _merged(entity: str, ranks: tuple[Source, ...]) -> str:
    touched = f"FROM shared.{entity} SEMI JOIN _touched USING (_key)"
    if len(ranks) == 1:
        return f"SELECT {column_list(ENTITY[entity])} {touched}"
    fields = ", ".join(_latest(f.name, ranks) for f in ENTITY[entity].fields)
    extra = "list(extra ORDER BY _rank) FILTER (extra IS NOT NULL) AS extra"
    origin = "arg_max(_import_id, _rank) AS _import_id, arg_max(_row, _rank) AS _row"
    merged = "list_reduce(extra, lambda a, b: CAST(json_merge_patch(a, b) AS VARCHAR))"
    return (
        f"SELECT * REPLACE (CASE WHEN len(extra) > 0 THEN {merged} END AS extra) "
        f"FROM (SELECT {fields}, {extra}, {origin}, _key {touched} GROUP BY _key)"
    )


def _latest(field: str, ranks: tuple[Source, ...]) -> str:
    """The field's value in the highest-ranked row whose import maps it, null or not."""
    name = quoted(field)
    mapping = [str(s.rank) for s in ranks if field in s.fields]
    if not mapping:
        return f"any_value({name}) AS {name}"  # nobody maps it: null in every row
    where = "" if len(mapping) == len(ranks) else f" FILTER (_rank IN ({', '.join(mapping)}))"
    return f"arg_max_null({name}, _rank){where} AS {name}"


def _count(cursor: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
