"""The tables that statements read on another engine, by the flat names of lower.py.

Entities come from the engine; what is decided or logged in the workspace (stages, channels, imports) goes along as
small relations. An entity that nothing was mapped to is there too, without rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from revops.metrics.engines.dialect import Dialect
from revops.metrics.tables import table
from revops.model import ENTITY

if TYPE_CHECKING:
    from revops.workspace import Workspace
    from revops.workspace.external import Connection

TECHNICAL = {"_import_id": "int64", "_row": "int64", "_key": "string"}
# flat name -> its rows in the workspace's file
LOCAL = {
    "stage_meanings": "SELECT pipeline, stage, position, meaning FROM main.stage_meanings ORDER BY ALL",
    "channel_groups": "SELECT value, channel FROM main.channel_groups ORDER BY ALL",
    "log_imports": "SELECT import_id, file, sheet, loaded_at FROM log.imports WHERE active ORDER BY import_id",
    "log_sources": "SELECT import_id, entity, role FROM log.sources ORDER BY ALL",
}
_KINDS = {"position": "int64", "import_id": "int64", "loaded_at": "timestamp"}


def local(workspace: Workspace, name: str) -> pa.Table:
    """The rows of one of LOCAL."""
    cursor = workspace.cursor()
    try:
        return cursor.sql(LOCAL[name]).to_arrow_table()
    finally:
        cursor.close()


def local_sql(workspace: Workspace, name: str, dialect: Dialect) -> str:
    """The same as a SELECT that holds its rows."""
    rows = local(workspace, name)
    kinds = {column: _KINDS.get(column, "string") for column in rows.column_names}
    return dialect.rows(kinds, [tuple(row.values()) for row in rows.to_pylist()])


def connected_sql(name: str, connection: Connection, dialect: Dialect) -> str:
    """log_imports and log_sources of tables that are read where they are: as one import, of the connection."""
    if name == "log_imports":
        kinds = {"import_id": "int64", "file": "string", "sheet": "string", "loaded_at": "timestamp"}
        return dialect.rows(kinds, [(1, connection.url, None, connection.looked_at or "1970-01-01T00:00:00")])
    kinds = {"import_id": "int64", "entity": "string", "role": "string"}
    return dialect.rows(kinds, [(1, entity, "rows") for entity in connection.filled])


def empty_sql(entity: str, dialect: Dialect) -> str:
    """A SELECT with the entity's columns and no row."""
    return dialect.rows(columns_of(entity), [])


def columns_of(entity: str) -> dict[str, str]:
    """The entity's columns as analyses read them -> their Ibis type."""
    return {**{n: str(t) for n, t in table(ENTITY[entity].name).schema().items()}, **TECHNICAL}
