"""A company written straight into a workspace's tables: what is measured over it is the same, an import is not.

Ten million opportunities take minutes this way, where an import also keeps each row as it was uploaded and looks for
what it refers to. Such a workspace is for measuring alone: its imports hold no file, so they cannot be undone.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from revops.ingest.types import quoted
from revops.model import ENTITY
from revops.synth import AS_OF
from revops.synth.company import TABLES, Size, tell
from revops.workspace import Workspace, channels, connections, stages, summary


def straight(path: Path, size: Size) -> Workspace:
    """A new workspace at `path` that holds the company; the caller closes it."""
    workspace = Workspace.open(path)
    shared = connections.acquire(workspace.path, create=False)
    cursor = workspace.cursor()
    try:
        with shared.writing:
            tell(cursor, size)
            written = [entity for entity in TABLES if _write(cursor, entity, size)]
            cursor.execute("BEGIN")
            stages.refresh(cursor, None)
            channels.refresh(cursor)
            summary.refresh(cursor, {*written, "stage_meanings", "channel_groups"})
            cursor.execute("COMMIT")
            cursor.execute("CHECKPOINT")
            shared.memory.forget()
    finally:
        cursor.close()
        connections.release(workspace.path)
    return workspace


def _write(cursor: duckdb.DuckDBPyConnection, entity: str, size: Size) -> bool:
    """The rows of an entity, as one import. False: there are none."""
    described = {row[0] for row in cursor.execute(f"DESCRIBE made_{entity}").fetchall()}
    fields = [f.name for f in ENTITY[entity].fields if f.name in described]
    typed = ", ".join(f"CAST({quoted(f)} AS {ENTITY[entity].field(f).type.sql})" for f in fields)
    key_field = ENTITY[entity].key_field
    key = f"lower({key_field.name})" if key_field else "'line ' || (n + 1)"
    place = list(TABLES).index(entity) + 1
    cursor.execute("BEGIN")
    cursor.execute(
        f"INSERT INTO main.{entity} ({', '.join(map(quoted, fields))}, _row, _key, _import_id) "
        f"SELECT {typed}, n + 1, {key}, {place} FROM made_{entity}"
    )
    (rows,) = cursor.execute(f"SELECT count(*) FROM main.{entity}").fetchall()[0]
    cursor.execute(
        "INSERT INTO log.imports SELECT ?, ?, NULL, ?, ?, ?, ?, 0, '{}', ?, NULL, 1, true",
        [place, f"{entity}.csv", f"{entity} {size}", dt.datetime.combine(AS_OF, dt.time()), rows, rows, entity],
    )
    cursor.execute("INSERT INTO log.sources VALUES (?, 0, ?, 'rows', ?, ?, ?, 0)", [place, entity, place, fields, rows])
    cursor.execute(
        "INSERT INTO log.headers SELECT ?, ?, field, field FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS field)",
        [place, entity, fields],
    )
    cursor.execute("COMMIT")
    return bool(rows)
