"""Long work that tells how far it is and can be stopped: in a thread of its own, watched by the one that asked.

What is told and asked (`progress`, `cancelled`) runs in the caller's thread, so a page may draw in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final, TypeVar

import duckdb
import pyarrow as pa

from revops.errors import WorkspaceError
from revops.text import Text

Result = TypeVar("Result")
EVERY: Final = 0.25  # seconds between two looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is being done now. file: which file, "" for all. done, total: rows; total 0: nobody knows how many."""

    phase: Text
    file: str
    done: int
    total: int


class Cancelled(WorkspaceError):
    """A person stopped the work; nothing was changed."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__(Text("The import was stopped; nothing was loaded.", "Импорт остановлен, ничего не загружено."))


class Meter:
    """Where the work is; written by the thread that works, read by the one that watches."""

    def __init__(self) -> None:
        self._now = Progress(phase=Text("Starting", "Начало"), file="", done=0, total=0)

    def begin(self, phase: Text, file: str = "", total: int = 0) -> None:
        self._now = Progress(phase=phase, file=file, done=0, total=total)

    def now(self) -> Progress:
        return self._now

    def counted(self, batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """The batches as they are; their rows are done."""
        for batch in batches:
            now = self._now
            self._now = Progress(phase=now.phase, file=now.file, done=now.done + batch.num_rows, total=now.total)
            yield batch


Watch = tuple[Callable[[Progress], object] | None, Callable[[], bool] | None]


def watched(
    work: Callable[[], Result],
    meter: Meter,
    *connections: duckdb.DuckDBPyConnection,
    progress: Callable[[Progress], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """What `work` gives. Several times a second `progress` is told and `cancelled` asked.

    Where `cancelled` says so, or either raises (so does Ctrl-C), the statements on `connections` are interrupted and
    the work has ended when this raises: Cancelled, or what was raised.
    """
    if progress is None and cancelled is None:
        return work()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        try:
            while not wait([running], timeout=EVERY).done:
                if cancelled is not None and cancelled():
                    raise Cancelled
                if progress is not None:
                    progress(meter.now())
        except BaseException:
            _stop(running, connections)
            raise
        if cancelled is not None and cancelled() and running.exception() is None:
            raise Cancelled
        if progress is not None:
            progress(meter.now())
        return running.result()


def _stop(running: Future[Result], connections: tuple[duckdb.DuckDBPyConnection, ...]) -> None:
    while not wait([running], timeout=0.02).done:
        for connection in connections:
            connection.interrupt()
