"""One locked-down DuckDB connection a workspace file, shared by the whole process.

The connection reads no files, loads no extensions and takes no settings but those needed by a cursor; every thread
or run works on a cursor of its own.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from revops.errors import WorkspaceError
from revops.ingest.watch import PROGRESS_OPTIONS
from revops.text import Text
from revops.workspace import schema
from revops.workspace.memory import Memory

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "allowed_configs": str(["max_execution_time", *PROGRESS_OPTIONS]),
}


@dataclass
class Shared:
    """The connection to one file, how many workspaces use it, the lock that writers take, the one of those
    who prepare tables (taken first), when each of these was last asked for (by time.monotonic), and what was read of
    the file."""

    connection: duckdb.DuckDBPyConnection
    writing: threading.RLock = field(default_factory=threading.RLock)
    preparing: threading.RLock = field(default_factory=threading.RLock)
    asked: dict[str, float] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    users: int = 0


_open: dict[Path, Shared] = {}
_guard = threading.Lock()


def acquire(path: Path, *, create: bool) -> Shared:
    """The shared connection to the file at `path` (resolved). Raises WorkspaceError; then nothing stays open."""
    with _guard:
        shared = _open.get(path)
        if shared is None:
            shared = Shared(_connect(path, create=create))
            _open[path] = shared
        shared.users += 1
        return shared


def is_open(path: Path) -> bool:
    """Whether somebody in this process uses the file at `path` (resolved)."""
    with _guard:
        return path in _open


def release(path: Path) -> None:
    """One user less; the last one closes the connection."""
    with _guard:
        shared = _open[path]
        shared.users -= 1
        if shared.users == 0:
            del _open[path]
            shared.connection.close()


def _connect(path: Path, *, create: bool) -> duckdb.DuckDBPyConnection:
    if not path.exists():
        if not create:
            raise WorkspaceError(
                Text("There is no workspace “{name}”.", "Рабочего пространства «{name}» нет.").format(name=path.stem),
                fix=Text(
                    "Check the name, or create it by importing a file.",
                    "Проверьте имя или создайте его, загрузив файл.",
                ),
                code="no_workspace",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path), config=_CONFIG)
    except duckdb.Error as error:
        raise _cannot_open(path, error) from error
    try:
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        connection.execute("SET GLOBAL lock_configuration = true")
        _prepare(connection, path, create=create)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: duckdb.DuckDBPyConnection, path: Path, *, create: bool) -> None:
    if schema.check(connection, path.stem):
        return
    if not create:
        raise schema.not_a_workspace(path.stem)
    connection.execute("BEGIN")
    schema.create(connection)
    connection.execute("COMMIT")


def _cannot_open(path: Path, error: duckdb.Error) -> WorkspaceError:
    said = str(error)
    if "lock" in said.lower():
        found = re.search(r"PID (\d+)", said)
        holder = Text(" (process {pid})", " (процесс {pid})").format(pid=found.group(1)) if found else Text("", "")
        return WorkspaceError(
            Text("“{name}” is open in another program{holder}.", "«{name}» открыто в другой программе{holder}.").format(
                name=path.stem, holder=holder
            ),
            fix=Text("Close it there, then try again.", "Закройте его там и повторите."),
            code="workspace_locked",
        )
    if "not a valid DuckDB" in said:
        return schema.not_a_workspace(path.stem)
    return WorkspaceError(
        Text("“{name}” cannot be opened: {why}", "«{name}» не открывается: {why}").format(name=path.stem, why=said),
        fix=Text("Check that the file is whole and may be written.", "Проверьте, что файл цел и доступен для записи."),
        code="workspace_unreadable",
    )
