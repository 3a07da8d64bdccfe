"""A metric over a view: the whole range, its periods, and the same of what it is compared with, in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis.core import Compare, View
from revops.analysis.coverage import covers, first_day
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import calendar
from revops.metrics.core import Conventions, Grain, Metric, MetricResult, Period, Query
from revops.metrics.evaluate import BY
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which periods one statement evaluates.

    whole: the view's range. base: what it is compared with, or None; where the range runs beyond `as_of`, as many
    days of it as have passed. buckets, base_buckets: their periods of the grain, the first aligned with the first;
    fewer of the comparison where a person chose a shorter one; () without buckets (or without a comparison).
    """

    whole: Period
    base: Period | None
    buckets: tuple[Period, ...] = ()
    base_buckets: tuple[Period, ...] = ()

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every period once, in the order asked."""
        wanted = (self.whole, *((self.base,) if self.base else ()), *self.buckets, *self.base_buckets)
        return tuple(dict.fromkeys(wanted))


def comparison(view: View, conventions: Conventions) -> Period | None:
    """The range the view's range is compared with, cut to the same number of days where it is still running.

    A range that a person chose is left as it was chosen.
    """
    match view.compare:
        case Compare.PREVIOUS:
            other = calendar.previous(view.period, conventions)
        case Compare.LAST_YEAR:
            other = calendar.last_year(view.period)
        case Compare.CUSTOM:
            return view.against
        case Compare.NONE:
            return None
    return calendar.same_days(view.period, other, view.as_of)


def _base_bucket(bucket: Period, count: int, view: View) -> Period:
    """The bucket's counterpart in the comparison: as many periods back as the range has, or a year back."""
    if view.compare is Compare.LAST_YEAR:
        other = calendar.last_year(bucket)
    else:
        grain = bucket.grain or Grain.MONTH
        start = calendar.step(bucket.start, grain, -count)
        other = Period(start, calendar.step(start, grain), grain)
    return calendar.same_days(bucket, other, view.as_of)


def plan(view: View, conventions: Conventions, *, buckets: bool = False, grain: Grain | None = None) -> Plan:
    """What to ask for the view. Buckets that begin after as_of are left out: nothing can be known of them."""
    base = comparison(view, conventions)
    if not buckets:
        return Plan(whole=view.period, base=base)
    found = tuple(
        p
        for p in calendar.periods(view.period.start, view.period.end, grain or view.grain, conventions)
        if p.start <= view.as_of
    )
    if view.against is not None and view.compare is Compare.CUSTOM:
        chosen = calendar.periods(view.against.start, view.against.end, grain or view.grain, conventions)
        pairs = zip(found, chosen, strict=False)
        aligned = tuple(calendar.same_days(now, then, view.as_of) for now, then in pairs)
    else:
        aligned = tuple(_base_bucket(p, len(found), view) for p in found) if base else ()
    return Plan(whole=view.period, base=base, buckets=found, base_buckets=aligned)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the engine answered to a plan. first_day: where the metric's data begins."""

    plan: Plan
    metric: Metric
    result: MetricResult
    by: str | None
    first_day: dt.date | None

    @property
    def sql(self) -> str:
        return self.result.sql

    def known(self, period: Period) -> bool:
        """The data reaches back to it: a comparison from its beginning on, what is looked at by its end."""
        if period in (self.plan.base, *self.plan.base_buckets) and period not in (self.plan.whole, *self.plan.buckets):
            return covers(self.first_day, period)
        return self.first_day is not None and self.first_day < period.end

    @property
    def notes(self) -> tuple[Text, ...]:
        """The metric's caveats, and that the comparison lies before the data where it does."""
        base = self.plan.base
        if base is None or self.first_day is None or self.known(base):
            return self.result.notes
        return (*self.result.notes, _before_data(self.metric, self.first_day))

    def of(self, period: Period | None) -> pd.DataFrame:
        """The rows of one period, with the breakdown's value in `group` ("" without one); empty where unknown."""
        frame: pd.DataFrame = self.result.frame
        if period is None or not self.known(period):
            return frame.iloc[0:0].assign(group="")
        rows = frame[frame["period_id"] == self.plan.periods.index(period)]
        return rows.assign(group=rows[BY] if self.by else "")

    def rows(self, period: Period | None) -> list[dict[str, Any]]:
        """The rows of `of` as dicts: what to take where no frame is needed."""
        if period is None or not self.known(period):
            return []
        return self._by_period.get(self._index[period], [])

    def one(self, period: Period | None) -> dict[str, Any] | None:
        """The only row of a period without a breakdown; None where there is none."""
        return next(iter(self.rows(period)), None)

    @cached_property
    def _index(self) -> dict[Period, int]:
        return {period: index for index, period in enumerate(self.plan.periods)}

    @cached_property
    def _by_period(self) -> dict[int, list[dict[str, Any]]]:
        """The rows of each period."""
        found: dict[int, list[dict[str, Any]]] = {}
        for row in self.result.rows:
            found.setdefault(int(row["period_id"]), []).append({**row, "group": row[BY] if self.by else ""})
        return found


def queries(metrics: Sequence[str], view: View, wanted: Plan) -> list[Query]:
    """What is asked of the metrics over the plan."""
    return [Query(metric=m, periods=wanted.periods, as_of=view.as_of, where=view.where) for m in metrics]


def ask(engine: Engine, metric: str, view: View, wanted: Plan, by: str | None = None) -> Answer:
    """One statement for all periods of the plan. Raises NotComputable where the metric lacks fields, or not `by`."""
    query = Query(metric=metric, periods=wanted.periods, as_of=view.as_of, by=by, where=view.where)
    result = engine.evaluate(query)
    return Answer(plan=wanted, metric=result.metric, result=result, by=by, first_day=first_day(engine, result.metric))


def ask_all(engine: Engine, metrics: Sequence[str], view: View, wanted: Plan) -> dict[str, Answer | NotComputable]:
    """The answers of several metrics by one statement, or why one cannot be told."""
    found: dict[str, Answer | NotComputable] = {}
    for metric, result in zip(metrics, engine.evaluate_together(queries(metrics, view, wanted)), strict=True):
        if isinstance(result, NotComputable):
            found[metric] = result
        else:
            first = first_day(engine, result.metric)
            found[metric] = Answer(plan=wanted, metric=result.metric, result=result, by=None, first_day=first)
    return found


def _before_data(metric: Metric, first: dt.date) -> Text:
    return Text(
        "{m}: the data begins on {d}, so there is nothing to compare with.",
        "{m}: данные начинаются {d}, сравнивать не с чем.",
    ).format(m=metric.label, d=Text(Formatter("en").date(first), Formatter("ru").date(first)))


def number(row: dict[str, Any] | None, column: str = "value") -> float | None:
    """A figure of a row as a float; None where it is missing."""
    if row is None or column not in row or pd.isna(row[column]):
        return None
    return float(row[column])
