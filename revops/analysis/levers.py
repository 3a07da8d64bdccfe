"""A figure made of a few levers: each one's part of a change, what 10 % more of it adds, what it would take alone.

The parts are Shapley's (1953): the mean, over all orders in which the levers could move, of what a lever's move adds.
They sum to the whole change, and swapping before and after turns every sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial

from scipy.optimize import brentq

from revops.metrics.core import Unit
from revops.text import Text

Levers = Mapping[str, float]
Figure = Callable[[Levers], float]
BETTER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """better: 1 where more of it is better, -1 where less is. metric: whose records are behind it."""

    key: str
    label: Text
    unit: Unit
    metric: str
    better: int = 1


def effects(figure: Figure, before: Levers, after: Levers) -> dict[str, float]:
    """Lever -> its part of figure(after) - figure(before); 0 of one that did not move."""
    moved = [key for key in before if before[key] != after[key]]
    parts = dict.fromkeys(before, 0.0)
    for key in moved:
        others = [k for k in moved if k != key]
        for size in range(len(moved)):
            weight = factorial(size) * factorial(len(others) - size) / factorial(len(moved))
            for there in combinations(others, size):
                at = {k: after[k] if k in there else v for k, v in before.items()}
                parts[key] += weight * (figure({**at, key: after[key]}) - figure(at))
    return parts


def improved(figure: Figure, lever: Lever, now: Levers) -> float:
    """What the figure gains where this lever alone is BETTER of itself better."""
    return figure({**now, lever.key: now[lever.key] * (1 + lever.better * BETTER)}) - figure(now)


def alone(figure: Figure, lever: Lever, now: Levers, goal: float, most: float) -> float | None:
    """The lever's value at which the figure comes to `goal`, the others as they are; None where none between 0 and
    `most` does. Precondition: the figure rises or falls with the lever throughout.
    """

    def short(value: float) -> float:
        return figure({**now, lever.key: value}) - goal

    low, high = short(0.0), short(most)
    if low == 0.0 or low * high > 0:
        return 0.0 if low == 0.0 else None
    return float(brentq(short, 0.0, most))
