"""What a person chose to look at, in words that outlive the data: "last 12 months" moves along, a view does not.

The address of a page, a kept cell and the command line carry a Choice; `view_of` says which days that is now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from revops.analysis.core import Compare, View
from revops.analysis.coverage import data_begins
from revops.analysis.run import default_view
from revops.errors import BadParameter, UnknownName, unknown
from revops.metrics import calendar
from revops.metrics.calendar import DAY
from revops.metrics.core import Grain, Period
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

USUAL = "last_12_months"
CUSTOM = "custom"
PERIODS: dict[str, Text] = {
    USUAL: Text("Last 12 months", "Последние 12 месяцев"),
    "this_month": Text("This month", "Этот месяц"),
    "last_month": Text("Last month", "Прошлый месяц"),
    "this_quarter": Text("This quarter", "Этот квартал"),
    "last_quarter": Text("Last quarter", "Прошлый квартал"),
    "this_year": Text("This year", "Этот год"),
    "last_year": Text("Last year", "Прошлый год"),
    "last_24_months": Text("Last 24 months", "Последние 24 месяца"),
    "all": Text("All time", "Всё время"),
    CUSTOM: Text("Custom dates", "Свои даты"),
}
_RUNNING = {"this_month": Grain.MONTH, "this_quarter": Grain.QUARTER, "this_year": Grain.YEAR}
_COMPLETE = {"last_month": Grain.MONTH, "last_quarter": Grain.QUARTER, "last_year": Grain.YEAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """period: a key of PERIODS. first, last: the days of CUSTOM, both included. where: dimension -> kept values.

    against: the first and last day, both included, of a custom comparison.
    """

    period: str = USUAL
    first: dt.date | None = None
    last: dt.date | None = None
    grain: Grain = Grain.MONTH
    compare: Compare = Compare.PREVIOUS
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    against: tuple[dt.date, dt.date] | None = None


def view_of(choice: Choice, engine: Engine) -> View:
    """The days and rows that the choice means on these data.

    Raises BadParameter (an unknown period, custom dates that are missing or in the wrong order), UnknownName (a
    dimension these data do not have), NotComputable where nothing is loaded.
    """
    start = default_view(engine)
    where = {engine.dimension(name).key: tuple(values) for name, values in choice.where.items()}
    return View(
        period=_period(choice, start, engine),
        as_of=start.as_of,
        grain=choice.grain,
        compare=choice.compare,
        where=where,
        against=_between(choice.against) if choice.compare is Compare.CUSTOM else None,
    )


def _period(choice: Choice, start: View, engine: Engine) -> Period:
    conventions, as_of = engine.conventions, start.as_of
    match choice.period:
        case name if name == USUAL:
            return start.period
        case "last_24_months":
            return default_view(engine, months=24).period
        case name if name in _RUNNING:
            return calendar.period_of(as_of, _RUNNING[name], conventions)
        case name if name in _COMPLETE:  # the last that is complete: on the last day of a quarter, that quarter
            return calendar.previous(calendar.period_of(as_of + DAY, _COMPLETE[name], conventions), conventions)
        case "all":
            return Period(begins(engine), calendar.period_of(as_of, Grain.MONTH, conventions).end)
        case name if name == CUSTOM:
            return _between(None if choice.first is None or choice.last is None else (choice.first, choice.last))
    raise _bad(unknown(Text("period", "период"), choice.period, PERIODS))


def _between(days: tuple[dt.date, dt.date] | None) -> Period:
    if days is None:
        raise BadParameter(
            Text("Custom dates need a first and a last day.", "Укажите первый и последний день периода.")
        )
    first, last = days
    if last < first:
        raise BadParameter(
            Text("The period ends before it begins.", "Период заканчивается раньше, чем начинается."),
            fix=Text("Swap the two days.", "Поменяйте дни местами."),
        )
    return Period(first, last + DAY)


def begins(engine: Engine) -> dt.date:
    """The first day of the month in which the data begin."""
    return (data_begins(engine) or engine.as_of).replace(day=1)


def _bad(error: UnknownName) -> BadParameter:
    return BadParameter(error.message, fix=error.fix)


# --- as text ------------------------------------------------------------------------------------------------------


def to_json(choice: Choice) -> dict[str, Any]:
    """What differs from the usual choice, as JSON can hold it."""
    told: dict[str, Any] = {"period": choice.period, "grain": choice.grain.value, "compare": choice.compare.value}
    if choice.period == CUSTOM and choice.first is not None and choice.last is not None:
        told |= {"first": choice.first.isoformat(), "last": choice.last.isoformat()}
    if choice.compare is Compare.CUSTOM and choice.against is not None:
        told["against"] = [day.isoformat() for day in choice.against]
    if choice.where:
        told["where"] = {k: list(v) for k, v in choice.where.items()}
    usual = {"period": USUAL, "grain": Grain.MONTH.value, "compare": Compare.PREVIOUS.value}
    return {k: v for k, v in told.items() if usual.get(k) != v}


def from_json(told: Mapping[str, Any]) -> Choice:
    """The choice that `to_json` wrote. Raises BadParameter on anything else."""
    try:
        where = {str(k): tuple(str(v) for v in values) for k, values in dict(told.get("where", {})).items()}
        days = {k: dt.date.fromisoformat(told[k]) for k in ("first", "last") if k in told}
        first, last = map(dt.date.fromisoformat, told["against"]) if "against" in told else (None, None)
        choice = Choice(
            against=(first, last) if first is not None and last is not None else None,
            period=str(told.get("period", USUAL)),
            grain=Grain(told.get("grain", Grain.MONTH)),
            compare=Compare(told.get("compare", Compare.PREVIOUS)),
            where=where,
            **days,
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise BadParameter(
            Text("What to look at cannot be read: {e}.", "Не удалось прочитать, на что смотреть: {e}.").format(e=error)
        ) from error
    if choice.period not in PERIODS:
        raise _bad(unknown(Text("period", "период"), choice.period, PERIODS))
    return choice
