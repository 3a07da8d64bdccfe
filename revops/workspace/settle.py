"""What is settled after rows are merged: references take the spelling of the record they name, deals their outcome.

Settling changes rows of main; settled.<entity> keeps what those rows said before, so that it can be taken back
(`restore`), rows be merged again, and everything be settled anew from the same start.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from revops.ingest.types import quoted
from revops.model import ENTITY, Entity
from revops.workspace.schema import references, settled_columns

_OUTCOME = "CASE WHEN m.meaning IN ('won', 'lost') THEN m.meaning ELSE 'open' END"


def restore(cursor: duckdb.DuckDBPyConnection, entities: Iterable[str]) -> set[str]:
    """Rows as they were merged, before settling. Returns the entities in which rows changed."""
    changed = set()
    for name in entities:
        columns = settled_columns(ENTITY[name])
        if _any(cursor, f"settled.{name}"):
            _update(cursor, name, columns, f"settled.{name}")
            cursor.execute(f"DELETE FROM settled.{name}")
            changed.add(name)
    return changed


def settle(cursor: duckdb.DuckDBPyConnection, entities: Iterable[str]) -> set[str]:
    """Settles restored rows; stage meanings must be up to date. Returns the entities in which rows changed."""
    changed = set()
    for name in entities:
        entity = ENTITY[name]
        if not _any(cursor, f"main.{name}"):
            continue
        columns = settled_columns(entity)
        differs = " OR ".join(f"{quoted(c)} IS DISTINCT FROM {quoted('_old_' + c)}" for c in columns)
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE _settled AS SELECT * FROM ({_settled_sql(cursor, entity)}) WHERE {differs}"
        )
        if _any(cursor, "_settled"):
            old = ", ".join(quoted("_old_" + c) for c in columns)
            cursor.execute(f"INSERT INTO settled.{name} SELECT _key, {old} FROM _settled")
            _update(cursor, name, columns, "_settled")
            changed.add(name)
        cursor.execute("DROP TABLE _settled")
    return changed


def _settled_sql(cursor: duckdb.DuckDBPyConnection, entity: Entity) -> str:
    """Rows of the entity: _key, each settled column as it should be, and as it is (`_old_...`)."""
    columns, joins = ["c._key"], []
    columns += [f"c.{quoted(c)} AS {quoted('_old_' + c)}" for c in settled_columns(entity)]
    for number, (field, parent) in enumerate(references(entity).items()):
        name = quoted(field)
        if not _any(cursor, f"main.{parent}"):
            columns.append(f"c.{name} AS {name}")
            continue
        key = ENTITY[parent].key_field
        assert key is not None
        joins.append(
            f"LEFT JOIN (SELECT lower(trim({quoted(key.name)})) AS folded, "
            f"arg_max({quoted(key.name)}, _key) AS spelling FROM main.{parent} GROUP BY ALL) p{number} "
            f"ON p{number}.folded = lower(trim(c.{name}))"
        )
        columns.append(f"coalesce(p{number}.spelling, c.{name}) AS {name}")
    if entity.name == "opportunities":
        return _deals_sql(columns, joins)
    return f"SELECT {', '.join(columns)} FROM main.{entity.name} c {' '.join(joins)}"


def _deals_sql(columns: list[str], joins: list[str]) -> str:
    """A missing status follows the stage's meaning. An open deal's close date is an expectation; a closed deal that
    names no date closed when it last entered a stage of its outcome."""
    entered = (
        "SELECT lower(trim(e.opportunity_id)) AS deal, coalesce(o.pipeline, '') AS pipeline, e.stage, e.entered_at "
        "FROM main.stage_events e JOIN main.opportunities o "
        "ON lower(trim(o.opportunity_id)) = lower(trim(e.opportunity_id)) "
        "WHERE o.closed_at IS NULL"
    )
    ends = (
        f"SELECT deal, m.meaning, max(entered_at) AS at FROM ({entered}) JOIN main.stage_meanings m "
        "USING (pipeline, stage) WHERE m.meaning IN ('won', 'lost') GROUP BY ALL"
    )
    named = (
        f"SELECT {', '.join(columns)}, coalesce(c.status, {_OUTCOME}) AS status, c.opportunity_id "
        f"FROM main.opportunities c {' '.join(joins)} "
        "LEFT JOIN main.stage_meanings m ON m.stage = c.stage AND m.pipeline = coalesce(c.pipeline, '')"
    )
    return (
        "SELECT d.* EXCLUDE (opportunity_id), "
        "CASE WHEN status <> 'open' THEN coalesce(_old_closed_at, ends.at) END AS closed_at, "
        "CASE WHEN status = 'open' THEN coalesce(_old_expected_close_at, CAST(_old_closed_at AS DATE)) "
        "ELSE _old_expected_close_at END AS expected_close_at "
        f"FROM ({named}) d LEFT JOIN ({ends}) ends "
        "ON ends.deal = lower(trim(d.opportunity_id)) AND ends.meaning = d.status"
    )


def _update(cursor: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, ...], origin: str) -> None:
    assigned = ", ".join(f"{quoted(c)} = s.{quoted(c)}" for c in columns)
    cursor.execute(f"UPDATE main.{name} SET {assigned} FROM {origin} s WHERE {name}._key = s._key")


def _any(cursor: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return cursor.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None
