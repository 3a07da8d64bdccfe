"""What a person wrote and keeps beside the data: notebooks, named segments. Text the workspace does not look into.

Keeping one changes no figure, so it leaves the fingerprint alone. Callers hold the transaction.
"""

from __future__ import annotations

import datetime as dt

import duckdb

_TABLE = "CREATE TABLE IF NOT EXISTS log.documents (kind VARCHAR, key VARCHAR, content VARCHAR, changed_at TIMESTAMP)"


def of_kind(cursor: duckdb.DuckDBPyConnection, kind: str) -> dict[str, str]:
    """Key -> content of each document of the kind, the latest changed first."""
    if not _there(cursor):
        return {}
    rows = cursor.execute(
        "SELECT key, content FROM log.documents WHERE kind = ? ORDER BY changed_at DESC, key", [kind]
    ).fetchall()
    return dict(rows)


def save(cursor: duckdb.DuckDBPyConnection, kind: str, key: str, content: str) -> None:
    """Keeps a document; one of this kind and key is written over."""
    cursor.execute(_TABLE)
    remove(cursor, kind, key)
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    cursor.execute("INSERT INTO log.documents VALUES (?, ?, ?, ?)", [kind, key, content, now])


def remove(cursor: duckdb.DuckDBPyConnection, kind: str, key: str) -> None:
    if _there(cursor):
        cursor.execute("DELETE FROM log.documents WHERE kind = ? AND key = ?", [kind, key])


def _there(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Workspaces made before there were documents have no table for them until one is kept."""
    found = cursor.execute("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'log' AND table_name = 'documents'")
    return found.fetchone() is not None
