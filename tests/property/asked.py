"""What is asked of random companies, and how an answer is held against an oracle's."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

import pytest
from hypothesis import strategies as st

from revops.metrics.calendar import periods
from revops.metrics.core import Conventions, Grain, Period, Query
from revops.metrics.engine import Engine

Value = float | Decimal | int | None

MONTHS = periods(dt.date(2023, 12, 1), dt.date(2024, 9, 30), Grain.MONTH, Conventions())
SOME = (
    *MONTHS,
    Period(dt.date(2024, 1, 1), dt.date(2024, 4, 1), Grain.QUARTER),
    Period(dt.date(2024, 1, 1), dt.date(2025, 1, 1), Grain.YEAR),
    Period(dt.date(2024, 2, 26), dt.date(2024, 3, 4), Grain.WEEK),
    Period(dt.date(2023, 11, 20), dt.date(2024, 5, 13)),
)
DONE = dt.date(2024, 12, 31)
as_of_days = st.sampled_from([DONE, DONE, dt.date(2024, 9, 15), dt.date(2024, 8, 31), dt.date(2024, 9, 1)])
# as_of not earlier than September: every asked month has begun


def told(value: float | None) -> float | None:
    """What a frame holds, with None for what cannot be told."""
    return None if value is None or math.isnan(value) else float(value)


def same(one: Value, other: Value) -> bool:
    """Equal to far less than a cent, and unknown only where the other is."""
    if one is None or other is None:
        return one is other
    return float(one) == pytest.approx(float(other), rel=1e-6, abs=2e-4)


def overall(
    engine: Engine, metrics: Sequence[str], asked: Sequence[Period] = SOME, as_of: dt.date = DONE, **where: str
) -> dict[str, list[float | None]]:
    """metric -> its value in each period."""
    kept = {name: (value,) for name, value in where.items()}
    queries = [Query(metric=m, periods=tuple(asked), as_of=as_of, where=kept) for m in metrics]
    found = {}
    for metric, result in zip(metrics, engine.evaluate_together(queries), strict=True):
        assert not isinstance(result, Exception), f"{metric}: {result}"
        found[metric] = [told(row["value"]) for row in result.rows]
    return found


def broken_down(
    engine: Engine, metric: str, by: str, asked: Sequence[Period] = SOME, as_of: dt.date = DONE
) -> dict[str, list[float | None]]:
    """dimension value -> the metric's value in each period."""
    result = engine.evaluate(Query(metric=metric, periods=tuple(asked), as_of=as_of, by=by, where={}))
    found: dict[str, list[float | None]] = {}
    for row in result.rows:
        found.setdefault(row["dimension"], []).append(told(row["value"]))
    return found


def check(about: str, got: Iterable[Value], wanted: Iterable[Value], asked: Sequence[Period] = SOME) -> None:
    wrong = [
        f"{about}, {p.start} to {p.end}: {g}, should be {None if w is None else float(w)}"
        for p, g, w in zip(asked, got, wanted, strict=True)
        if not same(g, w)
    ]
    assert not wrong, "\n".join(wrong)
