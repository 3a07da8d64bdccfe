"""What is known about the data as a whole, computed once a change: filled fields, the as-of date, the fingerprint."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable

import duckdb

from revops.ingest.types import literal, quoted
from revops.model import ENTITIES, ENTITY
from revops.workspace import external

_SOFT = {
    ("subscriptions", "ended_at"),
    ("subscriptions", "cancelled_at"),
    ("activities", "occurred_at"),
    ("spend", "date"),
}
_HAPPENED = {
    ("opportunities", "closed_at"): "status IN ('won', 'lost')",
    # An active subscription's end is a plan. Without a status, ends are churn where other subscriptions have none.
    ("subscriptions", "ended_at"): "status IN ('canceled', 'expired') OR (status IS NULL AND EXISTS "
    "(SELECT 1 FROM main.subscriptions WHERE ended_at IS NULL))",
}


def refresh(cursor: duckdb.DuckDBPyConnection, changed: Iterable[str]) -> None:
    """After a change of the entities `changed`: their versions and filled fields, the as-of date, the fingerprint."""
    for name in sorted(set(changed)):
        cursor.execute("UPDATE log.entity_versions SET version = version + 1 WHERE entity = ?", [name])
        if name in ENTITY:
            _refresh_filled(cursor, name)
    day = _as_of(cursor)
    _set_state(cursor, "as_of", day.isoformat() if day else None)
    _set_state(cursor, "fingerprint", _fingerprint(cursor))


def state(cursor: duckdb.DuckDBPyConnection, key: str) -> str | None:
    row = cursor.execute("SELECT value FROM log.state WHERE key = ?", [key]).fetchone()
    return row[0] if row else None


def filled(cursor: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    """Entity -> its fields with at least one value; a person's own columns as "extra.<header>"."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for entity, field in cursor.execute("SELECT entity, field FROM log.filled").fetchall():
        found[entity].add(field)
    return {entity: frozenset(fields) for entity, fields in found.items()}


def _set_state(cursor: duckdb.DuckDBPyConnection, key: str, value: str | None) -> None:
    cursor.execute("DELETE FROM log.state WHERE key = ?", [key])
    cursor.execute("INSERT INTO log.state VALUES (?, ?)", [key, value])


def _refresh_filled(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    cursor.execute("DELETE FROM log.filled WHERE entity = ?", [name])
    own = cursor.execute(
        "SELECT DISTINCT h.header FROM log.headers h JOIN log.imports i USING (import_id) "
        "WHERE i.active AND h.entity = ? AND h.header IS NOT NULL ORDER BY ALL", [name],
    ).fetchall()  # fmt: skip
    tests = {f.name: f"{quoted(f.name)} IS NOT NULL" for f in ENTITY[name].fields}
    tests |= {f"extra.{h}": f"json_extract_string(extra, {literal(_pointer(h))}) IS NOT NULL" for (h,) in own}
    answers = ", ".join(f"EXISTS (SELECT 1 FROM main.{name} WHERE {test})" for test in tests.values())
    found = cursor.execute(f"SELECT {answers}").fetchone() or ()
    having = [field for field, has in zip(tests, found, strict=True) if has]
    cursor.execute("INSERT INTO log.filled SELECT ?, unnest(CAST(? AS VARCHAR[]))", [name, having])


def _pointer(header: str) -> str:
    """The JSON pointer to a key of `extra`."""
    return "/" + header.replace("~", "~0").replace("/", "~1")


def _as_of(cursor: duckdb.DuckDBPyConnection) -> dt.date | None:
    """The last day on which something happened.

    Dates that may lie ahead (planned ends, meetings, budgets) count up to the day of the last import or, where other
    events are later, up to those.
    """
    elsewhere = external.read(cursor)
    if elsewhere is not None:
        return elsewhere.day
    firm = _latest(cursor, soft=False, until=None)
    named, loaded = cursor.execute(
        "SELECT max(as_of), CAST(max(loaded_at) AS DATE) FROM log.imports WHERE active"
    ).fetchone() or (None, None)
    firm = max((d for d in (firm, named) if d), default=None)
    until = max((d for d in (firm, loaded) if d), default=None)
    soft = _latest(cursor, soft=True, until=until)
    return max((d for d in (firm, soft) if d), default=None)


def _latest(cursor: duckdb.DuckDBPyConnection, *, soft: bool, until: dt.date | None) -> dt.date | None:
    row = cursor.execute(latest_sql(soft=soft, until=until)).fetchone()
    return row[0] if row else None


def latest_sql(*, soft: bool, until: dt.date | None) -> str:
    """SQL of one `day`: the latest of the events' dates that may (soft) or may not lie ahead, up to `until`."""
    parts = []
    for entity in ENTITIES:
        for field in entity.event_dates:
            if ((entity.name, field) in _SOFT) is not soft:
                continue
            happened = _HAPPENED.get((entity.name, field))
            conditions = [f"({happened})" if happened else "TRUE"]  # to Spark, WHERE (TRUE) names a table and a column
            if until is not None:
                conditions.append(f"CAST({quoted(field)} AS DATE) <= DATE {literal(until.isoformat())}")
            parts.append(
                f"SELECT max({quoted(field)})::DATE AS day FROM main.{entity.name} WHERE {' AND '.join(conditions)}"
            )
    return f"SELECT max(day) AS day FROM ({' UNION ALL '.join(parts)}) AS days"


def _fingerprint(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal for equal histories: which files were loaded how and in which order, and what a person decided."""
    told = [
        cursor.execute(sql).fetchall()
        for sql in (
            "SELECT import_id, sha256, sheet, mapping_id FROM log.imports WHERE active ORDER BY import_id",
            "SELECT key, value FROM log.settings ORDER BY key",
            "SELECT value FROM log.state WHERE key = 'connection'",
            "SELECT * FROM log.stage_choices ORDER BY ALL",
            "SELECT * FROM log.channel_choices ORDER BY ALL",
        )
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]
