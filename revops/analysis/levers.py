"""A figure made of a few levers: each one's part of a change, what 10 % more of it adds, what it would take alone.

The parts are Shapley's, as of groups (decompose.py): they sum to the whole change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from revops.analysis.decompose import Numbers, shapley
from revops.analysis.phrases import lower_first
from revops.analysis.values import join_words, show
from revops.errors import BadParameter
from revops.formats import Formatter, is_missing
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

    def told(states: Numbers) -> Numbers:
        return np.array([figure({**before, **dict(zip(moved, state, strict=True))}) for state in states.tolist()])

    start, end = (np.diag([one[key] for key in moved]) for one in (before, after))
    return dict.fromkeys(before, 0.0) | dict(zip(moved, shapley(told, start, end).tolist(), strict=True))


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


def wished(rows: Iterable[Mapping[str, Any]], known: Mapping[str, Lever], formatter: Formatter) -> str:
    """ "win rate 36.0% and sales cycle 38 days": what is asked for. rows: lever, unit, asked (missing: as it is)."""
    words = (
        f"{lower_first(known[r['lever']].label[formatter.language])} {show(r['asked'], Unit(r['unit']), formatter)}"
        for r in rows
        if not is_missing(r["asked"])
    )
    return join_words(words, formatter)


def cannot_be(lever: Lever, value: float) -> BadParameter:
    """value: as it was asked for."""
    return BadParameter(Text("“{l}” can't be {v}.", "«{l}» не может быть {v}.").format(l=lever.label, v=f"{value:g}"))
