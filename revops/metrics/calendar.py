"""Periods of the workspace's calendar: weeks, months, quarters and years, fiscal where it is set so."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable

from revops.formats import Formatter
from revops.metrics import defaults
from revops.metrics.core import Conventions, Grain, Period
from revops.text import Text

DAY = dt.timedelta(days=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; the month's last day where it is shorter (31 Jan + 1 = 28 Feb)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def floor(day: dt.date, grain: Grain, conventions: Conventions) -> dt.date:
    """The first day of the period of that grain in which `day` lies."""
    match grain:
        case Grain.WEEK:
            return day - DAY * ((day.isoweekday() - conventions.week_start) % 7)
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            back = (day.month - conventions.fiscal_year_start) % 3
            return add_months(day.replace(day=1), -back)
        case Grain.YEAR:
            back = (day.month - conventions.fiscal_year_start) % 12
            return add_months(day.replace(day=1), -back)


def step(start: dt.date, grain: Grain, count: int = 1) -> dt.date:
    """The start of the period `count` after the one that starts on `start`."""
    if grain is Grain.WEEK:
        return start + 7 * count * DAY
    months = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[grain]
    return add_months(start, months * count)


def period_of(day: dt.date, grain: Grain, conventions: Conventions) -> Period:
    start = floor(day, grain, conventions)
    return Period(start, step(start, grain), grain)


def periods(start: dt.date, end: dt.date, grain: Grain, conventions: Conventions) -> tuple[Period, ...]:
    """Every period of the grain that has a day in [start, end), in order, whole (not cut to the range)."""
    found: list[Period] = []
    first = floor(start, grain, conventions)
    while first < end:
        following = step(first, grain)
        found.append(Period(first, following, grain))
        first = following
    return tuple(found)


def cut(period: Period, as_of: dt.date) -> Period:
    """The period as far as the data reaches: a running one ends the day after as_of (as_of counts)."""
    return Period(period.start, max(period.start, min(period.end, as_of + DAY)), period.grain)


def is_partial(period: Period, as_of: dt.date) -> bool:
    """The period runs beyond as_of."""
    return period.end > as_of + DAY


def previous(period: Period, conventions: Conventions) -> Period:
    """The period before: of the same grain; for whole months as many months; else as many days."""
    if period.grain is not None:
        return Period(step(period.start, period.grain, -1), period.start, period.grain)
    months = _whole_months(period)
    if months:
        return Period(add_months(period.start, -months), period.start)
    return Period(period.start - (period.end - period.start), period.start)


def last_year(period: Period) -> Period:
    """The same period a year earlier; a week moves by 52 weeks, so that weekdays match."""
    if period.grain is Grain.WEEK:
        return Period(period.start - 364 * DAY, period.end - 364 * DAY, period.grain)
    return Period(add_months(period.start, -12), add_months(period.end, -12), period.grain)


def same_days(period: Period, other: Period, as_of: dt.date) -> Period:
    """`other`, cut to as many days as have passed of a running `period`; whole where `period` is complete."""
    if not is_partial(period, as_of):
        return other
    passed = cut(period, as_of)
    return Period(other.start, min(other.end, other.start + (passed.end - passed.start)), other.grain)


def _whole_months(period: Period) -> int:
    if period.start.day != 1 or period.end.day != 1:
        return 0
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month


def label(period: Period, formatter: Formatter) -> str:
    """ "Nov 2026", "Q4 2026", "2026" ("FY 2026" is named by the year it ends in), "week of ...", or "from – to"."""
    start, last = period.start, period.end - DAY
    match period.grain:
        case Grain.MONTH:
            return formatter.month(start)
        case Grain.QUARTER if start.month % 3 == 1:
            return formatter.say(Text("Q{q} {y}", "{q} кв. {y}"), q=(start.month + 2) // 3, y=start.year)
        case Grain.YEAR if start.month == 1:
            return str(start.year)
        case Grain.YEAR:
            return formatter.say(Text("FY {y}", "ФГ {y}"), y=last.year)
        case Grain.WEEK:
            return formatter.date(start)
    if _whole_months(period) == 1:
        return formatter.month(start)
    if _whole_months(period):
        return f"{formatter.month(start)} – {formatter.month(last)}"
    return f"{formatter.date(start)} – {formatter.date(last)}"


# --- windows: the days a period looks at, for measures that look further than the period itself -----------------


def _itself(period: Period, conventions: Conventions) -> tuple[Period, ...]:
    return (period,)


def _trailing_six_months(period: Period, conventions: Conventions) -> tuple[Period, ...]:
    """The six complete months up to the period's end (a month still running is not complete)."""
    end = period.end.replace(day=1)
    return tuple(Period(add_months(end, -k), add_months(end, -k + 1), Grain.MONTH) for k in range(6, 0, -1))


def _last_month(period: Period, conventions: Conventions) -> tuple[Period, ...]:
    """The last complete month up to the period's end."""
    end = period.end.replace(day=1)
    return (Period(add_months(end, -1), end, Grain.MONTH),)


def _month_before(months: int) -> Callable[[Period, Conventions], tuple[Period, ...]]:
    """The month so many months before the one in which the period's last day lies."""

    def look(period: Period, conventions: Conventions) -> tuple[Period, ...]:
        last = (period.end - DAY).replace(day=1)
        return (Period(add_months(last, -months), add_months(last, -months + 1), Grain.MONTH),)

    return look


def _lagged(period: Period, conventions: Conventions) -> tuple[Period, ...]:
    """The same days as many months earlier as spend needs to bring customers (conventions: cac_lag_months)."""
    months = -defaults.cac_lag_months(conventions)
    return (Period(add_months(period.start, months), add_months(period.end, months)),)


def _trailing_quarter(period: Period, conventions: Conventions) -> tuple[Period, ...]:
    """The three months up to the period's end."""
    return (Period(add_months(period.end, -3), period.end),)


def _quarter_before(period: Period, conventions: Conventions) -> tuple[Period, ...]:
    """The three months before the three months up to the period's end."""
    return (Period(add_months(period.end, -6), add_months(period.end, -3)),)


WINDOWS: dict[str, Callable[[Period, Conventions], tuple[Period, ...]]] = {
    "self": _itself,
    "whole": _itself,
    "trailing_6_months": _trailing_six_months,
    "last_month": _last_month,
    **{f"month_before_{k}": _month_before(k) for k in range(1, 7)},
    "lagged": _lagged,
    "trailing_quarter": _trailing_quarter,
    "quarter_before": _quarter_before,
}
UNCUT = frozenset({"whole"})  # look at all days of the period, also at those that are still to come


def through(window: str, period: Period, as_of: dt.date, conventions: Conventions) -> tuple[Period, ...]:
    """The days that the period looks at through the window: up to as_of, but for those that look ahead."""
    return WINDOWS[window](period if window in UNCUT else cut(period, as_of), conventions)
