"""What was read of a workspace that stays true until something is written.

Only this process can write to an open workspace's file, and it does so through `Workspace._write`: which forgets.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

MOST = 4096


class Memory:
    """Key -> what was read. Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[Hashable, Any] = {}
        self._writes = 0

    def known(self, key: Hashable, read: Callable[[], Any]) -> Any:
        """The value of the key, read where it is not known. One that is read while somebody writes is not kept."""
        with self._guard:
            if key in self._known:
                return self._known[key]
            writes = self._writes
        value = read()
        with self._guard:
            if writes == self._writes:
                if len(self._known) >= MOST:
                    self._known.clear()
                self._known[key] = value
        return value

    def forget(self) -> None:
        """To be called after every write, also one that failed."""
        with self._guard:
            self._known.clear()
            self._writes += 1
