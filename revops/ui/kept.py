"""What was computed once, for everyone who asks the same: the latest of it, each made by one thread while others wait.

Streamlit's own cache makes one entry at a time in the run that asks, and hashes its keys anew each time. Here work can
also be begun before it is asked for.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Found = TypeVar("Found")
_POOL = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1), thread_name_prefix="ahead")


class Kept(Generic[Found]):
    """At most `most` things by their keys. What fails is not kept: whoever waited for it gets the error."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Future[Found]] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._found

    def get(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """What is kept under the key, or is being made; else it is made here and now. Raises what `make` raises."""
        future, mine = self._future(key)
        if mine:
            self._make(key, future, make)
        return future.result()

    def begin(self, key: Hashable, make: Callable[[], Found]) -> None:
        """Makes it in another thread, unless it is kept or being made."""
        future, mine = self._future(key)
        if mine:
            _POOL.submit(self._make, key, future, make)

    def _future(self, key: Hashable) -> tuple[Future[Found], bool]:
        """The key's future, and whether it is a new one that is to be made."""
        with self._lock:
            known = self._found.get(key)
            if known is not None:
                self._found.move_to_end(key)
                return known, False
            future = self._found[key] = Future()
            while len(self._found) > self._most:
                self._found.popitem(last=False)
            return future, True

    def _make(self, key: Hashable, future: Future[Found], make: Callable[[], Found]) -> None:
        try:
            found = make()
        except BaseException as error:  # noqa: BLE001  (handed to whoever waits)
            with self._lock:
                if self._found.get(key) is future:
                    del self._found[key]
            future.set_exception(error)
        else:
            future.set_result(found)


def begin(work: Callable[[], Found]) -> Future[Found]:
    """Work in another thread. What waits for it may only be begun after it: threads are few."""
    return _POOL.submit(work)
