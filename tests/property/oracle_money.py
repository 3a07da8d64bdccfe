"""Money and time, by the metrics contract, in plain Python.

Each amount is converted once, at the latest rate on or before its own day, into the workspace currency. No such rate:
the amount is unknown (None) and left out of sums; it is never taken at 1. An amount that names no currency is in the
workspace's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from tests.property.worlds import CURRENCY, World

DAY = dt.timedelta(days=1)
SIXTH = Decimal("0.000001")  # what is kept of an amount; a cent is 0.01


def converted(world: World, amount: Decimal | int | None, currency: str | None, day: dt.date) -> Decimal | None:
    if amount is None:
        return None
    code = (currency or CURRENCY).strip().upper()
    rate: Decimal | None = Decimal(1) if code == CURRENCY else None
    known_since = dt.date.min
    for row in world["fx_rates"]:
        if code != CURRENCY and row["currency"] == code and known_since <= row["date"] <= day:
            rate, known_since = row["rate"], row["date"]
    if rate is None:
        return None
    return (Decimal(amount) * rate).quantize(SIXTH, ROUND_HALF_EVEN)


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((a for a in amounts if a is not None), Decimal(0))


def ratio(numerator: Decimal | int, denominator: Decimal | int) -> float | None:
    """A zero denominator gives no value."""
    return None if denominator == 0 else float(Decimal(numerator) / Decimal(denominator))


def each_day(start: dt.date, end: dt.date) -> Iterable[dt.date]:
    """The days of [start, end)."""
    day = start
    while day < end:
        yield day
        day += DAY


def months_back(first: dt.date, count: int) -> dt.date:
    """The first of the month `count` months before the month that begins on `first`."""
    for _ in range(count):
        first = (first - DAY).replace(day=1)
    return first


def earlier(day: dt.date, months: int) -> dt.date:
    """The same day so many months before; the month's last where it has no such day."""
    first = months_back(day.replace(day=1), months)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return min(last, first + (day.day - 1) * DAY)
