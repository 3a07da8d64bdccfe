"""Tables derived from the shared model and kept until the data they were computed from change."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from revops.ingest.types import quoted

MOST = {"days_": 300, "wide_": 100, "rows_": 24, "journeys_": 12}  # tables kept that can be done without
AT_HAND = 600.0  # seconds


MARKS = "_buckets"  # ends the name of the table that tells what a table built by keys was built from
MARKS_OF_KEYS = "_marks"  # what it was in files of earlier versions, a row a key
FEW = 0.3  # of the keys: where more changed, a table is built anew as a whole
BUCKETS = 1 << 20  # keys are marked together by their hash: as good as alone while they are fewer, and never more rows


@dataclass(frozen=True, slots=True)
class Keyed:
    """A derived table whose rows for a value of `column` come from the rows of `of` with that value alone.

    of: a derived table ("derived.<name>") or an entity, which has a column of that name too. read: its columns that
    matter; (): all. What the other columns say, and tables beside `of`, must not matter.
    """

    of: str
    column: str
    read: tuple[str, ...] = ()

    @property
    def derived(self) -> str | None:
        """The name of `of` where it is a derived table."""
        schema, _, name = self.of.rpartition(".")
        return name if schema == "derived" else None


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
    for ending in (MARKS, MARKS_OF_KEYS):
        cursor.execute(f"DROP TABLE IF EXISTS derived.{quoted(name + ending)}")
    _note(cursor, name, sql, inputs, signed)


def build_keyed(
    cursor: duckdb.DuckDBPyConnection, name: str, sql: str, inputs: Sequence[str], signed: str, keyed: Keyed
) -> None:
    """As `build`, the same rows, but computed anew only for keys whose rows changed since it was built by this text.

    What these rows were is kept as a mark a bucket of keys: how many, and the sum of their hashes. So any change is
    found, whatever load, undo or setting made it; keys of the same bucket are computed with the changed one.
    """
    marks, own = f"derived.{quoted(name + MARKS)}", f"derived.{quoted(name)}"
    bucket = f"hash({quoted(keyed.column)}) & {BUCKETS - 1}"
    read = ", ".join(map(quoted, keyed.read)) or "t"
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE _now AS SELECT {bucket} AS key, count(*) AS rows, sum(hash({read})) AS mark "
        f"FROM {_source(keyed)} t GROUP BY 1"
    )
    if not _same_text(cursor, name, sql) or not _touched(cursor, marks):
        build(cursor, name, sql, inputs, signed)
    else:
        touched = f"{bucket} IN (SELECT key FROM _touched)"
        cursor.execute(f"DELETE FROM {own} WHERE {touched}")
        some = f"SELECT * FROM {_source(keyed)} WHERE {touched}"
        cursor.execute(f"INSERT INTO {own} {_narrowed(sql, keyed, some)}")
        cursor.execute("DROP TABLE _touched")
        _note(cursor, name, sql, inputs, signed)
    cursor.execute(f"CREATE OR REPLACE TABLE {marks} AS FROM _now")
    cursor.execute("DROP TABLE _now")


def _source(keyed: Keyed) -> str:
    return f"derived.{quoted(keyed.derived)}" if keyed.derived else f"main.{quoted(keyed.of)}"


def _narrowed(sql: str, keyed: Keyed, some: str) -> str:
    """`sql` over `some` rows of what it is keyed by. A CTE of an entity's name stands before the entity itself."""
    if keyed.derived is None:
        return f"WITH {quoted(keyed.of)} AS ({some}) SELECT * FROM ({sql})"
    return f'WITH "_some" AS ({some}) SELECT * FROM ({_pattern(keyed.derived).sub(chr(34) + "_some" + chr(34), sql)})'


def _same_text(cursor: duckdb.DuckDBPyConnection, name: str, sql: str) -> bool:
    """The table stands, and was built by this text with marks."""
    known = cursor.execute("SELECT sql FROM log.derived_log WHERE name = ?", [name]).fetchone()
    there = cursor.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'derived' AND table_name = ?", [name + MARKS]
    ).fetchone()
    return known == (sql,) and there is not None


def _touched(cursor: duckdb.DuckDBPyConnection, marks: str) -> bool:
    """Makes the table of keys whose rows are others now. False: they are too many, and there is no such table."""
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE _touched AS SELECT key FROM _now FULL JOIN {marks} b USING (key) "
        "WHERE _now.rows IS DISTINCT FROM b.rows OR _now.mark IS DISTINCT FROM b.mark"
    )
    (touched, keys) = cursor.execute("SELECT (SELECT count(*) FROM _touched), (SELECT count(*) FROM _now)").fetchall()[
        0
    ]
    if touched <= FEW * keys:
        return True
    cursor.execute("DROP TABLE _touched")
    return False


def _note(cursor: duckdb.DuckDBPyConnection, name: str, sql: str, inputs: Sequence[str], signed: str) -> None:
    cursor.execute("DELETE FROM log.derived_log WHERE name = ?", [name])
    cursor.execute("INSERT INTO log.derived_log VALUES (?, ?, ?, ?)", [name, sql, list(inputs), signed])


def drop_all(cursor: duckdb.DuckDBPyConnection) -> None:
    """After a setting changed that their texts may depend on."""
    for name in names(cursor):
        cursor.execute(f"DROP TABLE derived.{quoted(name)}")
        cursor.execute(f"DROP TABLE IF EXISTS derived.{quoted(name + MARKS)}")
    cursor.execute("DELETE FROM log.derived_log")


def drop_oldest(cursor: duckdb.DuckDBPyConnection, asked: Mapping[str, float], now: float) -> None:
    """Of the tables that can be done without, MOST of each kind stay, those asked for last; and all that somebody asked
    for within AT_HAND seconds: a statement may be about to read them. asked: name -> when, on the clock of `now`."""
    built = [n for (n,) in cursor.execute("SELECT name FROM log.derived_log ORDER BY rowid DESC").fetchall()]
    for prefix, most in MOST.items():
        kind = sorted((n for n in built if n.startswith(prefix)), key=lambda n: -asked.get(n, -math.inf))
        for name in kind[most:]:
            if now - asked.get(name, -math.inf) < AT_HAND:
                continue
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
    return _pattern(name).search(sql) is not None


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf'"?\bderived"?\s*\.\s*"?{re.escape(name)}\b"?', re.IGNORECASE)
