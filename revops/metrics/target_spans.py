"""The days that a target holds for, read from how people write periods."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from revops.metrics.core import Basis
from revops.metrics.tables import table

_MONTHS = ("jan|янв", "feb|фев", "mar|мар", "apr|апр", "may|ма[йя]", "jun|июн",
           "jul|июл", "aug|авг", "sep|сен", "oct|окт", "nov|ноя", "dec|дек")  # fmt: skip
_NUMBER_OF_QUARTER = (
    r"(?:^|[^a-z])(?:q|кв|quarter)[^0-9]{0,3}([1-4])(?:[^0-9]|$)",  # Q1, кв. 1
    r"(?:^|[^0-9])([1-4])[^0-9]{0,3}(?:q|кв|quarter)",  # 1Q, 1 кв., 1-й квартал
)
BARE_YEAR = "^(fy|year|год)?[^0-9a-zа-яё]*[0-9]{2,4}[^0-9a-zа-яё]*(г|год|года|year)?[^0-9a-zа-яё]*$"
_ROMAN = (("(^|[^a-z])iv ?кв", 4), ("(^|[^a-z])iii ?кв", 3), ("(^|[^a-z])ii ?кв", 2), ("(^|[^a-z])i ?кв", 1))


def spans(basis: Basis) -> ir.Table:
    """Targets with day (first) and until (after the last), both null where the period is not understood.

    asked: the metric's name in lower case, blanks and dashes as _. months: 1, 3 or 12. A quarter or year is one of the
    calendar, a fiscal one where the text says FY; a bare year is the workspace's.
    """
    rows = table("targets")
    said = rows.period.strip().lower()
    # distinct keeps the steps apart, so that each pattern is written once in the SQL; the rows are distinct by KEY
    read = rows.mutate(said=said, year=_year(said), quarter=_quarter(said), month=_month(said)).distinct()
    fiscal = _fiscal_month(read.year, basis.conventions.fiscal_year_start)
    first = ibis.cases(
        (read.quarter.notnull() & read.said.re_search("fy"), fiscal + (read.quarter - 1) * 3),
        (read.quarter.notnull(), read.year * 12 + (read.quarter - 1) * 3),
        (read.month.notnull(), read.year * 12 + read.month - 1),
        (read.said.re_search(BARE_YEAR), fiscal),
    )
    months = ibis.cases((read.quarter.notnull(), 3), (read.month.notnull(), 1), else_=12)
    known = read.mutate(first=first, months=months.cast("int64")).distinct()
    return known.mutate(
        asked=known.metric.strip().lower().re_replace(r"[\s_\-–—]+", "_"),
        day=_first_day(known["first"]),
        until=_first_day(known["first"] + known.months),
        value=known.value.cast("float64"),
        segment=known.segment.strip().nullif(""),
    )


def _part(said: ir.StringValue, pattern: str, group: int = 1) -> ir.IntegerValue:
    return said.re_extract(pattern, group).nullif("").cast("int64")


def _year(said: ir.StringValue) -> ir.IntegerValue:
    """Four digits, else two after FY, after a quarter, or before it: FY26, Q1 26."""
    short = ibis.coalesce(
        _part(said, r"fy[^0-9]{0,2}([0-9]{2})(?:[^0-9]|$)"), _part(said, r"(?:^|[^0-9])([0-9]{2})[^0-9]*$")
    )
    return ibis.coalesce(_part(said, r"((?:19|20)[0-9]{2})"), short + 2000)


def _quarter(said: ir.StringValue) -> ir.IntegerValue:
    roman = ibis.cases(*((said.re_search(words), number) for words, number in _ROMAN))
    return ibis.coalesce(*(_part(said, p) for p in _NUMBER_OF_QUARTER), roman.cast("int64"))


def _month(said: ir.StringValue) -> ir.IntegerValue:
    """2026-03, 2026/3/15, 03.2026, 15.03.2026, Mar 2026, март 2026. Null for what is no month."""
    named = ibis.cases(*((said.re_search(words), number) for number, words in enumerate(_MONTHS, start=1)))
    number = ibis.coalesce(
        _part(said, r"^[0-9]{4}[-./ ]?([0-9]{1,2})(?:[^0-9]|$)"),
        _part(said, r"^[0-9]{4}([0-9]{2})[0-9]{2}$"),
        _part(said, r"^(?:[0-9]{1,2}[-./])?([0-9]{1,2})[-./ ][0-9]{4}$"),
        named.cast("int64"),
    )
    return ibis.cases((number.between(1, 12), number))


def _fiscal_month(year: ir.IntegerValue, start: int) -> ir.IntegerValue:
    """The first month of the fiscal year that ends in `year`, as months since year 0."""
    return year * 12 if start == 1 else (year - 1) * 12 + start - 1


def _first_day(month: ir.IntegerValue) -> ir.DateValue:
    year, number = (month / 12).floor().cast("int64"), (month % 12 + 1).cast("int64")
    digits = number.cast("string")
    return (year.cast("string") + "-" + (number < 10).ifelse(ibis.literal("0") + digits, digits) + "-01").cast("date")
