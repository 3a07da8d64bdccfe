"""What a workspace keeps of its sources: where they are, what each refresh did, and which imports came of them.

A source is kept as JSON that holds names of secrets, never secrets. Callers hold the transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from revops.ingest.types import StagedLoad
from revops.text import Text
from revops.workspace import load as loading
from revops.workspace.before import Before
from revops.workspace.load import LoadReport

KEPT_REFRESHES = 200  # lines of the log a source

_TABLES = (
    "CREATE TABLE IF NOT EXISTS log.saved_sources (name VARCHAR, definition VARCHAR)",
    "CREATE TABLE IF NOT EXISTS log.source_imports (source VARCHAR, import_id BIGINT)",
    "CREATE TABLE IF NOT EXISTS log.refreshes (refresh_id BIGINT, source VARCHAR, started_at TIMESTAMP, rows BIGINT, "
    "added BIGINT, updated BIGINT, rejected BIGINT, gone BIGINT, changed BOOLEAN, error_en VARCHAR, error_ru VARCHAR)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """One refresh of a source. started_at: UTC without zone. rows: read, in all its tables; rejected: of these.

    added: records that were not there; updated: those that say something else now. gone: records that earlier
    refreshes brought and the source no longer names; they stay.
    changed: something was loaded. error: why nothing was; the other figures are 0 then.
    """

    source: str
    started_at: dt.datetime
    rows: int = 0
    added: int = 0
    updated: int = 0
    rejected: int = 0
    gone: int = 0
    changed: bool = False
    error: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """What taking a source in did: a report for each staged table, and the records that it no longer names."""

    reports: tuple[LoadReport, ...]
    gone: int


# --- definitions ------------------------------------------------------------------------------------------------------


def definitions(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Name -> definition (JSON), in the order of names."""
    if not _exist(cursor):
        return {}
    return dict(cursor.execute("SELECT name, definition FROM log.saved_sources ORDER BY lower(name)").fetchall())


def save(cursor: duckdb.DuckDBPyConnection, name: str, definition: str) -> None:
    """Keeps a source; one of this name is written over, its log and imports stay."""
    for statement in _TABLES:
        cursor.execute(statement)
    cursor.execute("DELETE FROM log.saved_sources WHERE name = ?", [name])
    cursor.execute("INSERT INTO log.saved_sources VALUES (?, ?)", [name, definition])


def remove(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Forgets a source and its log; what was imported from it stays."""
    if _exist(cursor):
        cursor.execute("DELETE FROM log.saved_sources WHERE name = ?", [name])
        cursor.execute("DELETE FROM log.source_imports WHERE source = ?", [name])
        cursor.execute("DELETE FROM log.refreshes WHERE source = ?", [name])


def _exist(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Whether this workspace ever had a source: the tables are made with the first."""
    sql = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'log' AND table_name = 'saved_sources'"
    return cursor.execute(sql).fetchone() is not None


# --- the log ----------------------------------------------------------------------------------------------------------


def note(cursor: duckdb.DuckDBPyConnection, one: Refreshed) -> None:
    """Writes a line of the log; the oldest lines of the source go."""
    said = (one.error.en, one.error.ru) if one.error else (None, None)
    cursor.execute(
        "INSERT INTO log.refreshes SELECT coalesce(max(refresh_id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
        "FROM log.refreshes",
        [one.source, one.started_at, one.rows, one.added, one.updated, one.rejected, one.gone, one.changed, *said],
    )
    cursor.execute(
        "DELETE FROM log.refreshes WHERE source = $source AND refresh_id NOT IN (SELECT refresh_id FROM log.refreshes "
        "WHERE source = $source ORDER BY refresh_id DESC LIMIT $kept)",
        {"source": one.source, "kept": KEPT_REFRESHES},
    )


def refreshes(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row a refresh, latest first: source, started_at (UTC), rows, added, updated, rejected, gone, changed,
    error_en, error_ru (None where it went well)."""
    columns = "source, started_at, rows, added, updated, rejected, gone, changed, error_en, error_ru"
    if not _exist(cursor):
        return pd.DataFrame(columns=columns.split(", "))
    return cursor.execute(f"SELECT {columns} FROM log.refreshes ORDER BY refresh_id DESC").df()


def last_refreshes(cursor: duckdb.DuckDBPyConnection) -> dict[str, Refreshed]:
    """Source -> its latest refresh."""
    if not _exist(cursor):
        return {}
    rows = cursor.execute(
        "SELECT source, started_at, rows, added, updated, rejected, gone, changed, error_en, error_ru "
        "FROM log.refreshes QUALIFY row_number() OVER (PARTITION BY source ORDER BY refresh_id DESC) = 1"
    ).fetchall()
    return {
        source: Refreshed(
            source=source, started_at=at, rows=n, added=added, updated=updated, rejected=rejected, gone=gone,
            changed=changed, error=None if en is None else Text(en, ru),
        )
        for source, at, n, added, updated, rejected, gone, changed, en, ru in rows
    }  # fmt: skip


# --- imports of a source ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceImport:
    """An import that is loaded now. own: it came from the source that was asked about."""

    import_id: int
    file: str
    sheet: str | None
    sha256: str
    own: bool


def loaded(cursor: duckdb.DuckDBPyConnection, name: str) -> list[SourceImport]:
    """Every import that is loaded now, oldest first."""
    rows = cursor.execute(
        "SELECT import_id, file, sheet, sha256, import_id IN (SELECT import_id FROM log.source_imports "
        "WHERE source = ?) FROM log.imports WHERE active ORDER BY import_id",
        [name],
    ).fetchall()
    return [SourceImport(*row) for row in rows]


def absorb(
    cursor: duckdb.DuckDBPyConnection,
    name: str,
    staged: Sequence[StagedLoad],
    *,
    unchanged: Collection[int],
    again: Iterable[int],
    loaded_at: dt.datetime,
) -> Absorbed:
    """Loads what a source holds now, as the latest word of that source.

    unchanged: imports that hold what the source still says. again: imports with the very content of a staged table
    that something else was loaded over since; they are taken out, so that the content counts as the latest.
    Earlier imports stay: what the source no longer names is kept. One that the new ones cover wholly goes, but for
    the last before them, to which undoing the new ones leads back.
    """
    before = Before(cursor)
    for import_id in sorted(set(again)):
        loading.undo(cursor, import_id, before)
    reports = loading.load(cursor, staged, loaded_at, before=before) if staged else []
    current = {*unchanged, *(r.import_id for r in reports)}
    for import_id in sorted(current):
        cursor.execute(
            "INSERT INTO log.source_imports SELECT $source, $id WHERE NOT EXISTS "
            "(SELECT 1 FROM log.source_imports WHERE source = $source AND import_id = $id)",
            {"source": name, "id": import_id},
        )
    earlier = [one for one in loaded(cursor, name) if one.own and one.import_id not in current]
    previous = {(one.file, one.sheet): one.import_id for one in earlier}.values()
    for one in earlier:
        if one.import_id not in previous and _covered(cursor, one.import_id, current):
            loading.undo(cursor, one.import_id)
    return Absorbed(reports=tuple(reports), gone=_gone(cursor, {one.import_id for one in earlier}, current))


def _gone(cursor: duckdb.DuckDBPyConnection, earlier: set[int], current: set[int]) -> int:
    """Records that rows of the earlier imports name and no row of the current ones."""
    return sum(
        _missing(cursor, entity, earlier, current, "AND (_rank >> 48) = 1") for entity in _entities(cursor, earlier)
    )


def _covered(cursor: duckdb.DuckDBPyConnection, import_id: int, current: set[int]) -> bool:
    """Whether the current imports name every record of this one, and fill every field and column that it fills."""
    told = (
        "SELECT entity, role, unnest(fields) FROM log.sources WHERE import_id IN ({ids})",
        "SELECT entity, field, header FROM log.headers WHERE import_id IN ({ids})",
    )
    for sql in told:
        rest = cursor.execute(f"{sql.format(ids=import_id)} EXCEPT {sql.format(ids=_ids(current))}").fetchone()
        if rest is not None:
            return False
    return not any(_missing(cursor, entity, {import_id}, current, "") for entity in _entities(cursor, {import_id}))


def _missing(cursor: duckdb.DuckDBPyConnection, entity: str, earlier: set[int], current: set[int], where: str) -> int:
    row = cursor.execute(
        f"SELECT count(DISTINCT _key) FROM versions.{entity} WHERE _import_id IN ({_ids(earlier)}) {where} "
        f"AND _key NOT IN (SELECT _key FROM versions.{entity} WHERE _import_id IN ({_ids(current)}) {where})"
    ).fetchone()
    return int(row[0]) if row else 0


def _entities(cursor: duckdb.DuckDBPyConnection, imports: set[int]) -> list[str]:
    rows = cursor.execute(f"SELECT DISTINCT entity FROM log.sources WHERE import_id IN ({_ids(imports)})").fetchall()
    return sorted(entity for (entity,) in rows)


def _ids(imports: Iterable[int]) -> str:
    return ", ".join(str(int(i)) for i in sorted(imports)) or "NULL"
