"""Words of the command line as typed values: days, ranges, conditions, currencies."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from revops.errors import BadParameter
from revops.metrics.calendar import DAY, add_months
from revops.metrics.core import Period
from revops.text import Text

_PERIOD = re.compile(r"(?P<year>\d{4})(?:-?[QqКк](?P<quarter>[1-4])|-(?P<month>\d{1,2}))?")


def first_day(text: str) -> dt.date:
    """The first day that counts: "2026-03-15", or the first day of "2026-03", "2026-Q1", "2026". BadParameter."""
    return _span(text, "--from")[0]


def last_day(text: str) -> dt.date:
    """The last day that counts: "2026-03-15", or the last day of "2026-03", "2026-Q1", "2026". BadParameter."""
    return _span(text, "--to")[1]


def one_day(text: str, option: str) -> dt.date:
    """A day as YYYY-MM-DD. Raises BadParameter, which names the option."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise _not_a_day(text, option) from None


def checked_range(start: dt.date, end: dt.date) -> Period:
    """[start, end) as a period. Raises BadParameter where it holds no day."""
    if start >= end:
        message = Text("The range {a} to {b} holds no day.", "В периоде {a} – {b} нет ни одного дня.")
        raise BadParameter(
            message.format(a=start, b=end - DAY),
            fix=Text("Check --from, --to and --as-of.", "Проверьте --from, --to и --as-of."),
        )
    return Period(start, end)


def range_of(text: str, option: str) -> Period:
    """A range of days: "2025-Q1", or its ends: "2025-03-01..2025-04-15". BadParameter names the option."""
    first, _, last = text.partition("..")
    start, end = _span(first, option)[0], _span(last or first, option)[1]
    return checked_range(start, end + DAY)


def _span(text: str, option: str) -> tuple[dt.date, dt.date]:
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        day = one_day(text, option)
        return day, day
    quarter, month = found["quarter"], found["month"]
    months = 3 if quarter else 1 if month else 12
    try:
        start = dt.date(int(found["year"]), 3 * int(quarter) - 2 if quarter else int(month or 1), 1)
        return start, add_months(start, months) - DAY
    except ValueError:
        raise _not_a_day(text, option) from None


def _not_a_day(text: str, option: str) -> BadParameter:
    return BadParameter(
        Text("{option}: “{t}” is not a date.", "{option}: «{t}» — не дата.").format(option=option, t=text),
        fix=Text("Write it as 2026-03-31.", "Запишите её так: 2026-03-31."),
    )


def conditions(given: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """ "segment=SMB", "segment=Enterprise" -> {"segment": ("SMB", "Enterprise")}; "segment=" keeps rows without one.

    Raises BadParameter for another shape.
    """
    kept: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, value = _pair(text)
        kept[name] = (*kept.get(name, ()), value)
    return kept


def currency(text: str) -> str:
    """A currency's code in capitals. Raises BadParameter where it has not three letters."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        message = Text("--currency: “{t}” is not a currency's code.", "--currency: «{t}» — не код валюты.")
        raise BadParameter(message.format(t=text), fix=Text("Write three letters: EUR.", "Напишите три буквы: EUR."))
    return code


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        message = Text(
            "--where: “{t}” is not of the form dimension=value.", "--where: «{t}» записано не в виде разрез=значение."
        )
        raise BadParameter(message.format(t=text))
    return name.strip(), value.strip()
