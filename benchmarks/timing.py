"""Medians of several runs, and tables of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Table:
    """title: what was measured, on how much data. rows: cells as text, the first is the row's name. notes: below."""

    title: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        widths = [max(len(row[i]) for row in (self.heading, *self.rows)) for i in range(len(self.heading))]
        lines = ["  ".join(_cell(cell, w, i) for i, (cell, w) in enumerate(zip(row, widths, strict=True))).rstrip()
                 for row in (self.heading, *self.rows)]  # fmt: skip
        return "\n".join([self.title, "-" * len(self.title), *lines, *self.notes, ""])


def _cell(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column == 0 else text.rjust(width)


def timed(work: Callable[[], Value], clock: Clock = time.perf_counter) -> tuple[float, Value]:
    """Seconds that one run took, and what it gave. clock: time.process_time counts what all threads worked."""
    gc.collect()
    start = clock()
    value = work()
    return clock() - start, value


def median(work: Callable[[], object], runs: int) -> float:
    """The median of `runs` runs, in seconds."""
    return statistics.median(timed(work)[0] for _ in range(runs))


def medians(works: Sequence[Callable[[], object]], runs: int, clock: Clock = time.perf_counter) -> list[float]:
    """The median of each, run in turn: a machine that is busy for a while slows all of them, not one."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for times, work in zip(taken, works, strict=True):
            times.append(timed(work, clock)[0])
    return [statistics.median(times) for times in taken]


def shown(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.1f}x"
