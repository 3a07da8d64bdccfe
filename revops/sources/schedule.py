"""Refreshes on time: one thread a process, for the workspaces that it has open and that were asked to be watched.

A refresh that fails is written to the refresh log and tried again when its time comes; nothing is raised.
"""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from revops.errors import RevOpsError
from revops.sources.records import Source
from revops.sources.refresh import refresh, saved
from revops.sources.secrets import Lookup, from_environment
from revops.sources.trust import trusted
from revops.text import Text
from revops.workspace import Refreshed, Workspace

TICK = 2.0  # seconds between looks at the clock
LOG = logging.getLogger(__name__)
Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def due(source: Source, last: Refreshed | None, now: dt.datetime) -> bool:
    """Whether the source's time has come. now: UTC without zone."""
    if source.every is None or not trusted(source):
        return False
    return last is None or now >= last.started_at + dt.timedelta(minutes=source.every)


class Scheduler:
    """`watch` starts the thread; `stop` ends it after the refresh that is under way."""

    def __init__(self, *, clock: Clock = utc_now, tick: float = TICK) -> None:
        self._clock = clock
        self._tick = tick
        self._watched: dict[Path, Lookup] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def watch(self, path: Path, lookup: Lookup = from_environment) -> None:
        """Refreshes the workspace's sources on time from now on, whenever this process has it open."""
        with self._guard:
            self._watched[Path(path).resolve()] = lookup
            if not self.running:
                self._stopping.clear()
                self._thread = threading.Thread(target=self._run, name="revops-sources", daemon=True)
                self._thread.start()

    def stop(self, seconds: float = 30.0) -> None:
        """Ends the thread; waits for it so long at most."""
        self._stopping.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._guard:
                watched = list(self._watched.items())
            for path, lookup in watched:
                self._look_at(path, lookup)
            self._stopping.wait(self._tick)

    def _look_at(self, path: Path, lookup: Lookup) -> None:
        if not Workspace.is_open(path):
            return
        try:
            with Workspace.open(path, create=False) as workspace:
                last = workspace.last_refreshes()
                for source in saved(workspace):
                    if self._stopping.is_set():
                        return
                    if due(source, last.get(source.name), self._clock()):
                        self._refresh(workspace, source, lookup)
        except RevOpsError as error:
            LOG.warning("sources of %s: %s", path.stem, error)

    def _refresh(self, workspace: Workspace, source: Source, lookup: Lookup) -> None:
        started = self._clock()
        try:
            refresh(workspace, source, lookup=lookup, now=started)
        except RevOpsError as error:  # the refresh log has it
            LOG.warning("source %s: %s", source.name, error)
        except Exception as bug:  # noqa: BLE001 - a thread has nobody to raise to; its words might hold a secret
            if self._stopping.is_set():
                return  # the process is ending, and what the refresh needs went before it
            kind = type(bug).__name__
            LOG.error("source %s: unexpected %s", source.name, kind)
            said = Text("An unexpected error: {kind}.", "Непредвиденная ошибка: {kind}.").format(kind=kind)
            workspace.note_refresh(Refreshed(source=source.name, started_at=started, error=said))


_scheduler: Scheduler | None = None
_scheduler_guard = threading.Lock()


def scheduler() -> Scheduler:
    """The one of this process; it ends with it."""
    global _scheduler
    with _scheduler_guard:
        if _scheduler is None:
            _scheduler = Scheduler()
            atexit.register(_scheduler.stop, 5.0)
        return _scheduler
