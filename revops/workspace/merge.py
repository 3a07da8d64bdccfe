"""From the accepted rows of all imports to one row a key.

Each field holds what the latest import that maps it says; rows of an entity outrank mentions of it by the way.
`_rank` of a version row orders them: role, then import, then part of the import.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from revops.ingest.types import quoted
from revops.model import ENTITY


@dataclass(frozen=True, slots=True)
class Source:
    """One part of an import that fills an entity."""

    rank: int
    fields: frozenset[str]


def rank(role: str, import_id: int, part: int) -> int:
    """Orders version rows of one key: a later import wins, and a mention never wins over rows."""
    return ((role == "rows") << 48) | (import_id << 8) | part


def sources(cursor: duckdb.DuckDBPyConnection, entity: str) -> tuple[Source, ...]:
    """The parts of active imports that fill `entity`, by rank."""
    rows = cursor.execute("SELECT rank, fields FROM log.sources WHERE entity = ? ORDER BY rank", [entity]).fetchall()
    return tuple(Source(r, frozenset(f)) for r, f in rows)


def add(cursor: duckdb.DuckDBPyConnection, entity: str, import_id: int) -> tuple[int, int]:
    """Brings the version rows of a new import into main.<entity>. Returns records added and records updated."""
    new = f"SELECT {_columns(entity)} FROM versions.{entity} WHERE _import_id = {import_id}"
    ranks = sources(cursor, entity)
    alone = sum(1 for s in ranks if (s.rank >> 8) & ((1 << 40) - 1) == import_id) == 1
    before = _count(cursor, f"main.{entity}")
    if before == 0 and alone:
        cursor.execute(f"INSERT INTO main.{entity} {new}")
        return _count(cursor, f"main.{entity}"), 0
    kept = f"SELECT _key FROM main.{entity}" if alone else f"SELECT _key FROM versions.{entity}"
    _touch(cursor, f"SELECT DISTINCT _key FROM versions.{entity} WHERE _import_id = {import_id} AND _key IN ({kept})")
    if alone:
        cursor.execute(f"INSERT INTO main.{entity} {new} AND _key NOT IN (SELECT _key FROM _touched)")
    updated = _count(cursor, f"main.{entity} SEMI JOIN _touched USING (_key)")
    _rebuild(cursor, entity, ranks)
    return _count(cursor, f"main.{entity}") - before, updated


def remove(cursor: duckdb.DuckDBPyConnection, entity: str, import_id: int) -> None:
    """Takes an import's version rows of `entity` out again; log.sources no longer names it."""
    _touch(cursor, f"SELECT DISTINCT _key FROM versions.{entity} WHERE _import_id = {import_id}")
    cursor.execute(f"DELETE FROM versions.{entity} WHERE _import_id = {import_id}")
    _rebuild(cursor, entity, sources(cursor, entity))


def _touch(cursor: duckdb.DuckDBPyConnection, keys: str) -> None:
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE _touched AS {keys}")


def _rebuild(cursor: duckdb.DuckDBPyConnection, entity: str, ranks: tuple[Source, ...]) -> None:
    """The touched keys of main.<entity>, merged anew from what versions hold."""
    if _count(cursor, "_touched"):
        cursor.execute(f"DELETE FROM main.{entity} WHERE _key IN (SELECT _key FROM _touched)")
        if ranks:
            cursor.execute(f"INSERT INTO main.{entity} {_merged(entity, ranks)}")
    cursor.execute("DROP TABLE _touched")


def _merged(entity: str, ranks: tuple[Source, ...]) -> str:
    touched = f"FROM versions.{entity} SEMI JOIN _touched USING (_key)"
    if len(ranks) == 1:
        return f"SELECT {_columns(entity)} {touched}"
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


def _columns(entity: str) -> str:
    return ", ".join([*(quoted(f.name) for f in ENTITY[entity].fields), "extra", "_import_id", "_row", "_key"])


def _count(cursor: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
