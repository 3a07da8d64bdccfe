"""What became of customers by the period in which they came: changes by age, and their running sums."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis.core import View
from revops.metrics.calendar import DAY, step
from revops.metrics.core import Conventions, Grain
from revops.metrics.derived import ACCOUNT_STATES
from revops.metrics.tables import MONEY, looked_at

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MONTHS_IN = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Customers whose first activation is in the period of the grain that begins on `start`.

    size: how many; began: the MRR they came with. kept: age in periods -> (how many are customers at the end of that
    period, their MRR); only ages whose period has ended by as_of: age 0 is the cohort's own period.
    """

    start: dt.date
    size: int
    began: float
    kept: dict[int, tuple[int, float]]


def cohorts(engine: Engine, view: View, grain: Grain, ages: int, *, in_period: bool) -> tuple[list[Cohort], str]:
    """The cohorts that came up to as_of, oldest first, each with its ages 0..ages; and the SQL.

    in_period: those of customers who came within the view's period.
    """
    frame, text = engine.told(
        ("cohorts", grain, in_period),
        lambda: _changes(engine, view, grain, in_period),
        period=view.period,
        as_of=view.as_of,
        where=view.where,
    )
    return [
        _cohort(int(str(index)), rows, grain, engine.conventions, ages, view.as_of)
        for index, rows in frame.groupby("cohort", sort=True)
    ], text


def _cohort(
    index: int, rows: pd.DataFrame, grain: Grain, conventions: Conventions, ages: int, as_of: dt.date
) -> Cohort:
    """Of a cohort's changes by age (a row an age with changes) the state at the end of each age."""
    start = period_start(index, grain, conventions)
    changes = {age: (int(c), float(m)) for age, c, m in zip(rows["age"], rows["customers"], rows["mrr"], strict=True)}
    kept: dict[int, tuple[int, float]] = {}
    customers, mrr = 0, 0.0
    for age in range(ages + 1):
        if step(start, grain, age + 1) - DAY > as_of:
            break
        more, paid = changes.get(age, (0, 0.0))
        customers, mrr = customers + more, mrr + paid
        kept[age] = (customers, mrr)
    return Cohort(start=start, size=int(rows["came"].sum()), began=float(rows["began"].sum()), kept=kept)


def lived(engine: Engine, view: View, *, in_period: bool) -> ir.Table:
    """What changed of each customer from the day it came up to as_of: the columns of account states, and born."""
    looked = looked_at()
    states = ACCOUNT_STATES.table
    states = states.filter(states.day <= looked.as_of.as_scalar())
    active = states.filter(states.active_after > 0)
    accounts = active.group_by("account_id").agg(
        born=active.day.min(), plan=active.plan_after.first(order_by=active.day)
    )
    accounts = engine.keep(accounts, "accounts", view.where)
    if in_period:
        accounts = accounts.filter(accounts.born >= looked.start.as_scalar(), accounts.born < looked.end.as_scalar())
    accounts = accounts.select(_account=accounts.account_id, born=accounts.born)
    found = states.join(accounts, (states.account_id == accounts._account) & (states.day >= accounts.born))
    return found.drop("_account")


def _changes(engine: Engine, view: View, grain: Grain, in_period: bool) -> ir.Table:
    """A row a cohort and age in which its customers changed: customers and mrr gained (lost below zero); came, began:
    how many came, with which MRR. cohort: the number of its period (period_number)."""
    lives = lived(engine, view, in_period=in_period)
    cohort = period_number(lives.born, grain, engine.conventions)
    came = lives.day == lives.born
    lives = lives.mutate(
        cohort=cohort,
        age=period_number(lives.day, grain, engine.conventions) - cohort,
        customer=(lives.active_after > 0).cast("int64") - ((lives.active_before > 0) & ~came).cast("int64"),
        paid=came.ifelse(lives.mrr_after, lives.delta),
        new=came.cast("int64"),
        first_mrr=came.ifelse(lives.mrr_after, ibis.literal(0).cast(MONEY)),
    )
    return (
        lives.group_by("cohort", "age")
        .agg(customers=lives.customer.sum(), mrr=lives.paid.sum(), came=lives.new.sum(), began=lives.first_mrr.sum())
        .order_by("cohort", "age")
    )


def period_number(day: ir.DateValue, grain: Grain, conventions: Conventions) -> ir.IntegerValue:
    """Which period of the workspace's calendar the day lies in: they are numbered one after the other."""
    if grain is Grain.WEEK:
        days = day.delta(ibis.literal(_week(conventions)), unit="day").cast("int64")
        return (days / 7).floor().cast("int64")
    months = day.year().cast("int64") * 12 + day.month().cast("int64") - conventions.fiscal_year_start
    return (months / MONTHS_IN[grain]).floor().cast("int64")


def period_start(number: int, grain: Grain, conventions: Conventions) -> dt.date:
    """The first day of the period of that number."""
    if grain is Grain.WEEK:
        return _week(conventions) + 7 * number * DAY
    month = number * MONTHS_IN[grain] + conventions.fiscal_year_start - 1
    return dt.date(month // 12, month % 12 + 1, 1)


def _week(conventions: Conventions) -> dt.date:
    """The first day of week 0: on 3 January 2000, a Monday, or in the days after."""
    return dt.date(2000, 1, 2) + conventions.week_start * DAY
