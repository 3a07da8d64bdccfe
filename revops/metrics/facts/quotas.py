"""What people are to sell, and what those who carry a quota sold."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.facts.deals import WON_AMOUNTS
from revops.metrics.tables import source, table
from revops.text import Text

ALWAYS = dt.date(1900, 1, 1)  # the beginning of whoever has no start date
_NEEDS = ("people.quota_amount", "people.quota_period")

# words in the name of a quota's period -> months; the first that is found counts
_MONTHS = (
    ("half|полуг", 6.0),
    ("quart|кварт|qtr|^q$|3 month|3 мес", 3.0),
    ("year|annual|год", 12.0),
    ("week|недел", 12 / 52),
    ("mon|мес", 1.0),
)


def _months(period: ir.StringValue) -> ir.FloatingValue:
    said = period.strip().lower()
    return ibis.cases(*((said.re_search(words), ibis.literal(months)) for words, months in _MONTHS))


def _people(basis: Basis) -> ir.Table:
    """People with a quota, from the day they joined; quota: of a month; until: the day after their last, or null."""
    rows = source("people", basis, "person", "quota_amount", "quota_period", "started_at", "ended_at")
    rows = rows.filter(rows.quota_amount.notnull())
    last = rows.ended_at.date()
    return rows.mutate(
        day=ibis.coalesce(rows.started_at.date(), ibis.literal(ALWAYS)),
        until=(last.cast("timestamp") + ibis.interval(days=1)).date(),
        quota=rows.quota_amount.cast("float64") / _months(rows.quota_period),
    )


QUOTAS = Fact(
    key="quotas",
    label=Text("people with a quota", "сотрудники с планом продаж"),
    entity="people",
    needs=_NEEDS,
    rows=lambda b: _people(b).filter(_.quota.notnull()),
    left_out=(
        LeftOut(
            reason=Text("a quota whose period is not understood", "план с непонятным периодом"),
            rows=lambda b: _people(b).filter(_.quota.isnull()),
        ),
    ),
)


def _sold(basis: Basis) -> ir.Table:
    """Won deals of owners who carry a quota."""
    needed = basis.keep if basis.keep is None else basis.keep | {"owner"}
    rows = WON_AMOUNTS.rows(Basis(conventions=basis.conventions, filled=basis.filled, keep=needed))
    carriers = table("people").filter(_.quota_amount.notnull() & _months(_.quota_period).notnull())
    return rows.semi_join(carriers, rows.owner == carriers.person)


SOLD_ON_QUOTA = Fact(
    key="sold_on_quota",
    label=Text("won opportunities of people with a quota", "выигранные сделки сотрудников с планом"),
    entity="opportunities",
    needs=(*WON_AMOUNTS.needs, "opportunities.owner", *_NEEDS),
    rows=_sold,
    left_out=WON_AMOUNTS.left_out,
)


def months_between(start: ir.DateValue, end: ir.DateValue) -> ir.FloatingValue:
    """Months of the calendar from start to end, parts of a month by its days: 1 Jan to 1 Apr is 3."""
    return _month_number(end) - _month_number(start)


def _month_number(day: ir.DateValue) -> ir.FloatingValue:
    first = day.truncate("M")
    following = (first.cast("timestamp") + ibis.interval(months=1)).date()
    passed = (day.day() - 1).cast("float64") / following.delta(first, unit="day")
    return day.year() * 12 + day.month() + passed
