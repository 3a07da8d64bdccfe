"""Tables derived from the shared model and kept until the data they were computed from change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import duckdb

from revops.ingest.types import quoted

MOST = {"days_": 300, "rows_": 16}  # tables kept that can be done without: small sums, and rows


def signature(cursor: duckdb.DuckDBPyConnection, name: str, sql: str, inputs: Sequence[str]) -> str:
    """Equal while the text, the entities it reads, and the derived tables it reads are the same."""
    versions = dict(cursor.execute("SELECT entity, version FROM log.entity_versions").fetchall())
    built = dict(cursor.execute("SELECT name, signature FROM log.derived_log").fetchall())
    unknown = [i for i in inputs if i not in versions and i not in built]
    if unknown:
        raise ValueError(f"derived.{name}: unknown inputs {unknown}")
    read = [b for b in built if b != name and (b in inputs or _reads(sql, b))]
    told = (
        sql,
        [(i, versions[i]) for i in sorted(set(inputs)) if i in versions],
        [(b, built[b]) for b in sorted(read)],
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


def current(cursor: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The signature of the table as built; None: it is not built."""
    row = cursor.execute("SELECT signature FROM log.derived_log WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def build(cursor: duckdb.DuckDBPyConnection, name: str, sql: str, inputs: Sequence[str], signed: str) -> None:
    """Writes derived.<name> anew, within the caller's transaction."""
    cursor.execute(f"CREATE OR REPLACE TABLE derived.{quoted(name)} AS {sql}")
    cursor.execute("DELETE FROM log.derived_log WHERE name = ?", [name])
    cursor.execute("INSERT INTO log.derived_log VALUES (?, ?, ?, ?)", [name, sql, list(inputs), signed])


def drop_all(cursor: duckdb.DuckDBPyConnection) -> None:
    """After a setting changed that their texts may depend on."""
    for name in names(cursor):
        cursor.execute(f"DROP TABLE derived.{quoted(name)}")
    cursor.execute("DELETE FROM log.derived_log")


def drop_oldest(cursor: duckdb.DuckDBPyConnection) -> None:
    """Of the tables that can be done without, no more than MOST of each kind stay."""
    built = [n for (n,) in cursor.execute("SELECT name FROM log.derived_log ORDER BY rowid DESC").fetchall()]
    for prefix, most in MOST.items():
        for name in [n for n in built if n.startswith(prefix)][most:]:
            cursor.execute(f"DROP TABLE derived.{quoted(name)}")
            cursor.execute("DELETE FROM log.derived_log WHERE name = ?", [name])


def standing(cursor: duckdb.DuckDBPyConnection) -> tuple[dict[str, int], dict[str, str]]:
    """The version of each entity, and the signature of each table as built."""
    versions = dict(cursor.execute("SELECT entity, version FROM log.entity_versions").fetchall())
    return versions, dict(cursor.execute("SELECT name, signature FROM log.derived_log").fetchall())


def names(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    return [n for (n,) in cursor.execute("SELECT name FROM log.derived_log ORDER BY name").fetchall()]


def recipe(cursor: duckdb.DuckDBPyConnection, name: str) -> tuple[str, list[str], list[str]]:
    """How derived.<name> was last built: its text, its inputs, and the derived tables it reads."""
    sql, inputs = cursor.execute("SELECT sql, inputs FROM log.derived_log WHERE name = ?", [name]).fetchall()[0]
    return sql, inputs, [n for n in names(cursor) if n != name and (n in inputs or _reads(sql, n))]


def _reads(sql: str, name: str) -> bool:
    return re.search(rf'\bderived"?\s*\.\s*"?{re.escape(name)}\b', sql, re.IGNORECASE) is not None
