"""Months and years as the headers of columns write them: 2026-01, 01.2026, Jan-26, янв 2026, 202601."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

MONTHS: Final[Mapping[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "jan january янв январь", "feb february фев февр февраль", "mar march мар март", "apr april апр апрель",
            "may май", "jun june июн июнь", "jul july июл июль", "aug august авг август",
            "sep sept september сен сент сентябрь", "oct october окт октябрь", "nov november ноя нояб ноябрь",
            "dec december дек декабрь",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_STEPS: Final = (1, 3, 12)  # months from one column to the next: months, quarters, years
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?: 0?0:00(?::00)?)?")


def month_of(text: str) -> dt.date | None:
    """The first day of the month that a header names ("2024-01", "Jan 2024", "янв.24", "2024-01-01"), else None."""
    s = text.strip().lower().removeprefix("mrr ").strip()
    if m := re.fullmatch(r"(\d{4})[-./ ]?(\d{2})(?:[-./](\d{2}))?(?:[ t]00:00(?::00)?)?", s):
        return _month(int(m[1]), int(m[2]))
    if m := re.fullmatch(r"(?:\d{2}\.)?(\d{1,2})[-./](\d{4})(?: 0?0:00(?::00)?)?", s):
        return _month(int(m[2]), int(m[1]))
    if m := re.fullmatch(r"([a-zа-я]+)[-., ']*\s*(\d{4}|\d{2})(?: ?г(?:ода?|\.)?)?", s):
        return _month(_year(m[2]), MONTHS[m[1]]) if m[1] in MONTHS else None
    return None


def months_of(headers: Iterable[str]) -> dict[str, dt.date]:
    """Header -> the first day of the month it names; headers that name none are left out.

    “1/2/2026” is read as day and month, or month and day, whichever makes every such header another month.
    """
    headers = list(headers)
    found = {header: month for header in headers if (month := month_of(header)) is not None}
    slashed = {h: m for h in headers if h not in found and (m := _SLASHED.fullmatch(h.strip()))}
    for month_at in (1, 2):
        read = {h: month for h, m in slashed.items() if (month := _month(_year(m[3]), int(m[month_at]))) is not None}
        if len(read) == len(slashed) and len(set(read.values())) == len(read):
            return {header: {**found, **read}[header] for header in headers if header in found or header in read}
    return found


def consecutive_periods(cells: Sequence[str | None]) -> tuple[int, ...]:
    """Indices of the cells that name years, quarters' or months' beginnings in a row, two or more; () where none do."""
    texts = {i: c.strip() for i, c in enumerate(cells) if c and c.strip()}
    years = {i: int(t) * 12 for i, t in texts.items() if re.fullmatch(r"(?:19|20)\d\d", t)}
    named = months_of(texts.values())
    months = {i: named[t].year * 12 + named[t].month for i, t in texts.items() if t in named}
    return next((tuple(told) for told in (years, months) if _in_a_row(sorted(told.values()))), ())


def _in_a_row(numbers: Sequence[int]) -> bool:
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    return len(steps) == 1 and steps <= set(_STEPS)


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _month(year: int, month: int) -> dt.date | None:
    return dt.date(year, month, 1) if 1 <= month <= 12 and 1990 <= year <= 2100 else None
