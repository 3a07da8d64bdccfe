"""A workspace: everything about one client or company, in one DuckDB file."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb
import pandas as pd

from revops.errors import WorkspaceError
from revops.ingest.types import StagedLoad
from revops.ingest.watch import Meter, Progress, meter, watched
from revops.model import ENTITIES
from revops.text import Language, Text
from revops.workspace import (
    channels,
    connections,
    derived,
    documents,
    external,
    imports,
    sandbox,
    settings,
    sources,
    stages,
    summary,
)
from revops.workspace import load as loading
from revops.workspace.derived import Keyed
from revops.workspace.external import Connection
from revops.workspace.load import LoadReport
from revops.workspace.settings import Settings
from revops.workspace.sources import Absorbed, Refreshed, SourceImport

Result = TypeVar("Result")
ATTEMPTS = 4
PATIENCE = 2.0  # seconds that a table which can be done without waits for another writer
SAVING = Text("Saving", "Сохранение")


class Workspace:
    """Opened with `Workspace.open`; safe to use from several threads. Use as a context manager, or `close()` it."""

    def __init__(self, path: Path, shared: connections.Shared) -> None:
        self.path = path
        self._shared = shared
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Workspace:
        """The workspace in the file at `path`. create: make the file where there is none.

        Raises WorkspaceError where there is no file, another program holds it, it is no workspace, or a newer one.
        """
        path = Path(path).resolve()
        return cls(path, connections.acquire(path, create=create))

    @staticmethod
    def is_open(path: Path) -> bool:
        """Whether this process has the workspace at `path` open."""
        return connections.is_open(Path(path).resolve())

    @property
    def name(self) -> str:
        return self.path.stem

    def close(self) -> None:
        """Ends this use; the last one in the process closes the file."""
        if not self._closed:
            self._closed = True
            connections.release(self.path)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for one thread or run; close it. Entities are named bare: SELECT ... FROM opportunities."""
        self._check_open()
        return self._shared.connection.cursor()

    def _check_open(self) -> None:
        if self._closed:
            raise WorkspaceError(
                Text("The workspace “{name}” is closed.", "Рабочее пространство «{name}» закрыто.").format(
                    name=self.name
                ),
                code="workspace_closed",
            )

    # --- imports ---------------------------------------------------------------------------------------------

    def load(self, staged: StagedLoad, *, loaded_at: dt.datetime | None = None) -> LoadReport:
        """Loads one table: all of it or nothing. loaded_at: for the log, UTC without zone; None: now."""
        return self.load_many([staged], loaded_at=loaded_at)[0]

    def load_many(
        self,
        staged: Sequence[StagedLoad],
        *,
        loaded_at: dt.datetime | None = None,
        progress: Callable[[Progress], object] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> list[LoadReport]:
        """Loads several tables in one transaction, in this order: a later one wins where both fill a field.

        progress: told several times a second how far it is, in the caller's thread. cancelled: asked as often;
        True stops the load with Cancelled, and nothing was loaded. So does anything that either raises, and Ctrl-C.
        """
        moment = loaded_at or dt.datetime.now(dt.UTC).replace(tzinfo=None)

        def work(cursor: duckdb.DuckDBPyConnection) -> list[LoadReport]:
            external.refuse_load(cursor)
            own = Meter()
            reports = watched(
                lambda: loading.load(cursor, staged, moment, own),
                own,
                cursor,
                *(one.raw.staging for one in staged),
                progress=progress,
                cancelled=cancelled,
            )
            if progress is not None:
                progress(Progress(phase=SAVING, file="", done=0, total=0))
            return reports

        return self._write(work)

    def rehearse(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Runs `work` in a transaction that is never committed: nothing of what it writes stays."""
        with self._shared.writing:
            cursor = self.cursor()
            try:
                meter().follow(cursor)
                cursor.execute("BEGIN TRANSACTION")
                return work(cursor)
            finally:
                cursor.execute("ROLLBACK")
                cursor.close()

    def undo(self, import_id: int) -> None:
        """Takes an import out, in any order; the data are as if it had never been loaded."""
        self._write(lambda cursor: loading.undo(cursor, import_id))

    def imports(self) -> pd.DataFrame:
        """One row an import, oldest first: import_id, file, sheet, loaded_at, sha256, rows, accepted, rejected,
        entities (list), corrected (cells by hand), left_out (rows by hand), mapping (JSON), active (False: undone)."""
        return self._read(imports.imports)

    def rejected(self, import_id: int, language: Language = "en") -> pd.DataFrame:
        """One row a rejected row: _row (number of the data row), _entity, _reason, then the columns as uploaded."""
        return self._read(lambda cursor: imports.rejected(cursor, import_id, language))

    def raw_rows(self, import_id: int, rows: Sequence[int] | None = None) -> pd.DataFrame:
        """Rows as uploaded: _row, then the file's columns as text."""
        return self._read(lambda cursor: imports.raw_rows(cursor, import_id, rows))

    def source_headers(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """(entity, field) -> the headers that filled it, latest import first; own columns are "extra.<header>"."""
        return dict(self._known("source_headers", imports.source_headers))

    # --- what the data hold ----------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """Changes with every load, undo, setting and decision; equal for equal histories."""
        return self._known("fingerprint", lambda cursor: summary.state(cursor, "fingerprint")) or "empty"

    def counts(self) -> dict[str, int]:
        """Records of each entity."""
        parts = " UNION ALL ".join(f"SELECT '{e.name}', count(*) FROM main.{e.name}" for e in ENTITIES)
        return dict(self._known("counts", lambda cursor: dict(cursor.execute(parts).fetchall())))

    def filled(self) -> dict[str, frozenset[str]]:
        """Entity -> its fields with at least one value, and a person's own columns as "extra.<header>"."""
        return dict(self._known("filled", summary.filled))

    def as_of(self) -> dt.date | None:
        """The last day on which something happened in the data; None where no record has a date."""
        day = self._known("as_of", lambda cursor: summary.state(cursor, "as_of"))
        return dt.date.fromisoformat(day) if day else None

    # --- tables in another engine ----------------------------------------------------------------------------

    @property
    def connection(self) -> Connection | None:
        """Where the tables are, if not in this file."""
        return self._known("connection", external.read)

    def connect(self, connection: Connection) -> None:
        """Reads the tables from another engine from now on. Raises WorkspaceError where rows are loaded."""

        def write(cursor: duckdb.DuckDBPyConnection) -> None:
            external.write(cursor, connection)
            loading.settle_again(cursor, set())
            summary.refresh(cursor, ())

        self._write(write)

    # --- decisions -------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self._known("settings", settings.read)

    @settings.setter
    def settings(self, value: Settings) -> None:
        def write(cursor: duckdb.DuckDBPyConnection) -> None:
            settings.write(cursor, value)
            derived.drop_all(cursor)
            summary.refresh(cursor, ())

        self._write(write)

    def stages(self) -> pd.DataFrame:
        """pipeline ("" where deals name none), stage, position, meaning: in the order of each pipeline."""
        sql = "SELECT pipeline, stage, position, meaning FROM main.stage_meanings ORDER BY pipeline, position, stage"
        return self._read(lambda cursor: cursor.execute(sql).df())

    def set_stages(self, stages_: pd.DataFrame) -> None:
        """Keeps a person's rows (same columns as `stages()`); other stages stay proposals. Deals settle anew."""

        def write(cursor: duckdb.DuckDBPyConnection) -> None:
            stages.choose(cursor, stages_)
            loading.settle_again(cursor, {"opportunities"})

        self._write(write)

    def channels(self) -> pd.DataFrame:
        """value (as the data spell a source), channel (canonical)."""
        return self._read(lambda cursor: cursor.execute("SELECT * FROM main.channel_groups ORDER BY value").df())

    def set_channels(self, channels_: pd.DataFrame) -> None:
        """Keeps a person's rows (value, channel)."""

        def write(cursor: duckdb.DuckDBPyConnection) -> None:
            channels.choose(cursor, channels_)
            loading.settle_again(cursor, set())

        self._write(write)

    def save_mapping(self, shape: Sequence[str], mapping: str) -> None:
        """Keeps a mapping (JSON) for files with these headers."""
        self._write(lambda cursor: settings.save_mapping(cursor, shape, mapping))

    def mapping_for(self, shape: Sequence[str]) -> str | None:
        """The mapping kept for files with these headers; None where there is none."""
        return self._read(lambda cursor: settings.mapping_for(cursor, shape))

    # --- what a person keeps beside the data -------------------------------------------------------------------

    def documents(self, kind: str) -> dict[str, str]:
        """Key -> content of each document of the kind ("notebook", ...), the latest changed first."""
        return self._read(lambda cursor: documents.of_kind(cursor, kind))

    def save_document(self, kind: str, key: str, content: str) -> None:
        """Keeps a document; one of this kind and key is written over. No figure changes, nor the fingerprint."""
        self._write(lambda cursor: documents.save(cursor, kind, key, content))

    def remove_document(self, kind: str, key: str) -> None:
        self._write(lambda cursor: documents.remove(cursor, kind, key))

    # --- sources ---------------------------------------------------------------------------------------------

    def sources(self) -> dict[str, str]:
        """Name -> definition (JSON, without secrets) of each saved source."""
        return self._read(sources.definitions)

    def save_source(self, name: str, definition: str) -> None:
        """Keeps a source; one of this name is written over."""
        self._write(lambda cursor: sources.save(cursor, name, definition))

    def remove_source(self, name: str) -> None:
        """Forgets a source; what was imported from it stays."""
        self._write(lambda cursor: sources.remove(cursor, name))

    def source_imports(self, name: str) -> list[SourceImport]:
        """The imports that are loaded now, oldest first, each with whether it came from the source."""
        return self._read(lambda cursor: sources.loaded(cursor, name))

    def absorb(
        self, name: str, staged: Sequence[StagedLoad], *, unchanged: Collection[int], again: Iterable[int],
        loaded_at: dt.datetime,
    ) -> Absorbed:  # fmt: skip
        """Loads what a source holds now in one transaction; see `revops.workspace.sources.absorb`."""
        return self._write(
            lambda cursor: sources.absorb(cursor, name, staged, unchanged=unchanged, again=again, loaded_at=loaded_at)
        )

    def note_refresh(self, one: Refreshed) -> None:
        """Writes a line of the refresh log."""
        self._write(lambda cursor: sources.note(cursor, one))

    def refreshes(self) -> pd.DataFrame:
        """The refresh log, latest first; its columns: see `revops.workspace.sources.refreshes`."""
        return self._read(sources.refreshes)

    def last_refreshes(self) -> dict[str, Refreshed]:
        """Source -> its latest refresh."""
        return self._read(sources.last_refreshes)

    # --- derived tables and a person's SQL -------------------------------------------------------------------

    def derived(self, name: str, sql: str, inputs: Sequence[str], keyed: Keyed | None = None) -> None:
        """Sees to it that table derived.<name> holds `sql` over the data as they are.

        inputs: the entities (or lookups, or derived tables) it reads; derived tables named in the text count anyway.
        Built anew only where the text or one of these changed; keyed: and then only for the keys that changed.
        """
        if self._holds(name, sql, inputs):
            return
        self._write(lambda cursor: _build(cursor, name, sql, inputs, keyed))

    def prepare(self, name: str, sql: str, inputs: Sequence[str]) -> bool:
        """As `derived`, for a table that can be done without; those that nobody has asked for lately give way where
        they become many.

        False: it would have to be built, but a load is being written.
        """
        self._shared.asked[name] = time.monotonic()
        if self._holds(name, sql, inputs):
            return True
        with self._shared.preparing:  # one after another: who waits for another table has time, unlike for a load
            if not self._shared.writing.acquire(timeout=PATIENCE):
                return False
            try:
                self._write(lambda cursor: _build(cursor, name, sql, inputs))
                self._write(partial(derived.drop_oldest, asked=self._shared.asked, now=time.monotonic()))
            finally:
                self._shared.writing.release()
        return True

    def _holds(self, name: str, sql: str, inputs: Sequence[str]) -> bool:
        def holds(cursor: duckdb.DuckDBPyConnection) -> bool:
            return derived.current(cursor, name) == derived.signature(cursor, name, sql, inputs)

        return self._known(("derived", name, sql), holds)

    def standing(self) -> tuple[dict[str, int], dict[str, str]]:
        """The version of each entity, and the signature of each derived table as built: equal while nothing changed."""
        versions, built = self._known("standing", derived.standing)
        return dict(versions), dict(built)

    def query_user(self, sql: str, *, limit: int = 10_000, timeout_ms: int = 10_000) -> pd.DataFrame:
        """What a person's one SELECT over the shared model answers; `frame.attrs["cut"]`: rows were cut off.

        Raises QueryRefused, with the reason, on anything else, on an error in it, and over the time limit.
        """
        public = self._read(derived.names)
        for name in sandbox.derived_tables(self.cursor(), sql, public):
            self._refresh_derived(name)
        return self._read(lambda cursor: sandbox.run(cursor, sql, public, limit=limit, timeout_ms=timeout_ms))

    def _refresh_derived(self, name: str) -> None:
        text, inputs, uses = self._read(lambda cursor: derived.recipe(cursor, name))
        for used in uses:
            self._refresh_derived(used)
        self.derived(name, text, inputs)

    # --- inside ----------------------------------------------------------------------------------------------

    def _read(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        cursor = self.cursor()
        try:
            return work(cursor)
        finally:
            cursor.close()

    def _known(self, key: Hashable, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """What `work` reads, read once until something is written. The value is shared: it must not be changed."""
        self._check_open()
        known: Result = self._shared.memory.known(key, lambda: self._read(work))
        return known

    def _write(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Runs `work` in one transaction, one writer at a time; a conflict is tried again."""
        with self._shared.writing:
            for attempt in range(ATTEMPTS):
                cursor = self.cursor()
                try:
                    cursor.execute("BEGIN TRANSACTION")
                    result = work(cursor)
                    cursor.execute("COMMIT")
                except duckdb.TransactionException:
                    if attempt + 1 == ATTEMPTS:
                        raise
                else:
                    return result
                finally:
                    cursor.close()  # rolls back what was not committed
                    self._shared.memory.forget()
        raise AssertionError("unreachable")


def _build(
    cursor: duckdb.DuckDBPyConnection, name: str, sql: str, inputs: Sequence[str], keyed: Keyed | None = None
) -> None:
    signed = derived.signature(cursor, name, sql, inputs)
    if derived.current(cursor, name) == signed:
        return
    if keyed is None:
        derived.build(cursor, name, sql, inputs, signed)
    else:
        derived.build_keyed(cursor, name, sql, inputs, signed, keyed)
