"""Temporary folders that never outlive their process: gone with it, or swept away by the next one that starts.

All of a process's lie in one folder of its own, beside a lock file that it holds while it lives. A lock that can be
taken belongs to the dead (killed, or out of power), and what they left is removed. A living process keeps its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

if sys.platform != "win32":
    import fcntl

PREFIX: Final = "revops-run-"
LOCK: Final = ".lock"
_guard = threading.Lock()
_own: dict[tuple[int, str], tuple[Path, IO[bytes]]] = {}  # process and temporary folder -> its folder, its open lock


def folder(kind: str) -> Path:
    """A new, empty folder of this process. kind: what for, as part of its name. Whoever asked removes it."""
    return Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=root()))


def root() -> Path:
    """The folder that holds all temporary ones of this process; made at first, when the dead are swept too."""
    with _guard:
        place = (os.getpid(), tempfile.gettempdir())
        if place in _own and _own[place][0].is_dir():
            return _own[place][0]
        if place in _own:  # somebody cleaned the temporary folder
            _own.pop(place)[1].close()
        sweep()
        _own[place] = found = _made(Path(place[1]))
        atexit.register(_remove, place)
        return found[0]


def sweep() -> list[Path]:
    """Removes what processes that are dead left behind. Returns the folders."""
    swept = []
    for left in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*{LOCK}")):
        lock = _taken(left)
        if lock is None:
            continue
        with lock:
            shutil.rmtree(_folder_of(left), ignore_errors=True)
            left.unlink(missing_ok=True)
        swept.append(_folder_of(left))
    return swept


def _folder_of(lock: Path) -> Path:
    return lock.with_name(lock.name.removesuffix(LOCK))


def _made(base: Path) -> tuple[Path, IO[bytes]]:
    """First the lock, then the folder: a folder without a living owner's lock never stands there."""
    while True:
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=LOCK, dir=base)
        lock = os.fdopen(handle, "wb")
        path = Path(name)
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_at(lock, path):  # somebody swept it away in the moment before it was held
                lock.close()
                continue
        own = _folder_of(path)
        own.mkdir(mode=0o700)
        return own, lock


def _taken(path: Path) -> IO[bytes] | None:
    """The lock of a dead process, now held here; None where its owner lives, or is somebody else's."""
    try:
        if sys.platform == "win32":  # an open file cannot be removed: that is lock enough
            path.unlink()
            return tempfile.TemporaryFile()
        lock = path.open("r+b")
    except OSError:
        return None
    with suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(lock, path):
            return lock
    lock.close()
    return None


def _is_at(lock: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except OSError:
        return False


def _remove(place: tuple[int, str]) -> None:
    if place[0] != os.getpid() or place not in _own:
        return  # a child that was forked: the folder is its parent's
    own, lock = _own.pop(place)
    shutil.rmtree(own, ignore_errors=True)
    lock.close()
    with suppress(OSError):
        own.with_name(own.name + LOCK).unlink()
