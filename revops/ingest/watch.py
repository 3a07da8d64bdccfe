"""Long work that tells how far it is and can be stopped: in a thread of its own, watched by the one that asked.

What is told and asked (`progress`, `cancelled`) runs in the caller's thread, so a page may draw in it. The work finds
its meter with `meter()`, tells it what is done, and is ended by it: between rows, and inside of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

import duckdb
import pyarrow as pa

from revops.errors import WorkspaceError
from revops.text import Text

Result = TypeVar("Result")
Tell = Callable[["Progress"], object]
EVERY: Final = 0.25  # seconds between two looks
PROGRESS_OPTIONS: Final = {
    "enable_progress_bar": "true",
    "enable_progress_bar_print": "false",
    "progress_bar_time": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is being done now. file: which file, "" for all. done, total: rows, or bytes of the file; total 0: nobody
    knows how many. share: how much of the phase is done (0..1), None: nobody knows; it never falls within a phase."""

    phase: Text
    file: str
    done: int
    total: int
    unit: Literal["rows", "bytes"] = "rows"
    share: float | None = None


class Cancelled(WorkspaceError):
    """A person stopped the work; nothing was changed."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__(Text("The import was stopped; nothing was loaded.", "Импорт остановлен, ничего не загружено."))


class Meter:
    """Where the work is; written by the thread that works, read by the one that watches."""

    def __init__(self) -> None:
        self._now = Progress(phase=Text("Starting", "Начало"), file="", done=0, total=0)
        self._part = (0.0, 1.0)  # of the phase, which the statement that runs takes up
        self._connections: list[duckdb.DuckDBPyConnection] = []
        self._stopped = False

    def begin(self, phase: Text, file: str = "", total: int = 0, unit: Literal["rows", "bytes"] = "rows") -> None:
        """A phase begins, or begins anew."""
        self.check()
        self._part = (0.0, 1.0)
        self._now = Progress(phase=phase, file=file, done=0, total=total, unit=unit)

    def go_on(self, phase: Text, file: str, total: int) -> None:
        """The phase goes on where it is the one that runs, and begins where another came in between."""
        if (phase, file) != (self._now.phase, self._now.file):
            self.begin(phase, file, total)

    def again(self) -> None:
        """What was done of the phase counts for nothing: it is tried in another way."""
        self.begin(self._now.phase, self._now.file, self._now.total, self._now.unit)

    def part(self, start: float, end: float) -> None:
        """The statements to come are this part of the phase (0..1)."""
        self.check()
        self._part = (start, end)
        self._now = replace(self._now, share=max(start, self._now.share or 0.0))

    def at(self, done: int) -> None:
        """So many rows or bytes of the phase are done."""
        self.check()
        self._now = replace(self._now, done=done)

    def check(self) -> None:
        """Raises Cancelled where the work has been stopped."""
        if self._stopped:
            raise Cancelled

    def follow(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The statements on this connection tell how far they are, and end when the work is stopped."""
        for option, value in PROGRESS_OPTIONS.items():
            connection.execute(f"SET {option} = {value}")
        self._connections.append(connection)
        self.check()

    def now(self) -> Progress:
        """How far the work is."""
        now = self._now
        share = now.share
        if now.done and now.total:
            share = max(share or 0.0, min(now.done / now.total, 1.0))
        running = self._statement()
        if running is not None:
            start, end = self._part
            share = max(share or 0.0, start + (end - start) * running)
        if share is None:
            return now
        if self._now is now:
            self._now = replace(now, share=share)
        done = max(now.done, round(share * now.total)) if now.unit == "bytes" else now.done
        return replace(now, share=share, done=done)

    def _statement(self) -> float | None:
        """How far the statement is that runs now (0..1); None where none runs."""
        found = []
        for connection in self._connections:
            with suppress(duckdb.Error):  # it has been closed
                found.append(connection.query_progress())
        running = max(found, default=-1.0)
        return None if running < 0 else min(running / 100, 1.0)

    def stop(self) -> None:
        """Ends what runs now, and whatever comes next at its next word."""
        self._stopped = True
        for connection in self._connections:
            with suppress(duckdb.Error):
                connection.interrupt()

    def counted(self, batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """The batches as they are; their rows are done."""
        for batch in batches:
            self.at(self._now.done + batch.num_rows)
            yield batch


_METER: ContextVar[Meter] = ContextVar("meter")


def meter() -> Meter:
    """The meter of the work that runs here; where nobody watches, one that nobody reads."""
    return _METER.get(None) or Meter()


def watched(
    work: Callable[[], Result],
    meter: Meter,
    *connections: duckdb.DuckDBPyConnection,
    progress: Tell | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """What `work` gives. Several times a second `progress` is told and `cancelled` asked.

    Where `cancelled` says so, or either raises (so does Ctrl-C), the statements on `connections` are interrupted and
    the work has ended when this raises: Cancelled, or what was raised.
    """
    if progress is None and cancelled is None:
        return work()
    for connection in connections:
        meter.follow(connection)
    context = copy_context()
    context.run(_METER.set, meter)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(context.run, work)
        try:
            while not wait([running], timeout=EVERY).done:
                if cancelled is not None and cancelled():
                    raise Cancelled
                if progress is not None:
                    progress(meter.now())
        except BaseException:
            _stop(running, meter)
            raise
        if cancelled is not None and cancelled() and running.exception() is None:
            raise Cancelled
        if progress is not None and running.exception() is None:
            progress(meter.now())
        return running.result()


def _stop(running: Future[Result], meter: Meter) -> None:
    while not wait([running], timeout=0.02).done:
        meter.stop()


def phase(
    name: Text,
    work: Callable[[], Result],
    *connections: duckdb.DuckDBPyConnection,
    progress: Tell | None = None,
    cancelled: Callable[[], bool] | None = None,
    file: str = "",
) -> Result:
    """`work` as one watched phase; see `watched`."""
    own = Meter()
    own.begin(name, file)
    return watched(work, own, *connections, progress=progress, cancelled=cancelled)
