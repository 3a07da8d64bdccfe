"""The kinds of records that declare metrics. Which metrics exist: METRICS in metrics/__init__.py.

A metric is made of measures; a measure aggregates one fact (rows that each happened on a day) at its own grain,
so that joining measures can never fan out. Evaluated by evaluate.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from revops.model.definitions import OURS, Definitions
from revops.text import Text


class Unit(StrEnum):
    """What a value is, and so how it is formatted and compared."""

    MONEY = "money"  # workspace currency
    SHARE = "share"  # 0..1, shown as percent; differences in percentage points
    TIMES = "times"  # a multiple, 3.2x
    MEAN = "mean"  # so many of something for each of another, 5.4
    COUNT = "count"
    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


class OverTime(StrEnum):
    """FLOW sums over periods; STOCK is taken at the period's end; RATIO is computed anew from its parts."""

    FLOW = "flow"
    STOCK = "stock"
    RATIO = "ratio"


class Good(StrEnum):
    """Which direction is good news."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class Placed(StrEnum):
    """Which rows of a fact a measure takes for a period [start, end)."""

    IN = "in"  # day in [start, end)
    BY_END = "by_end"  # day < end: the state at the period's end, as a running sum
    BY_START = "by_start"  # day < start: the state when the period begins


class Grain(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """[start, end) in days. grain None: a free range."""

    start: dt.date
    end: dt.date
    grain: Grain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """The workspace's choices that change numbers. gross_margin None: 100 % is used and said to be a default.

    definitions: how MRR, churn and lifetime value are counted. data_until: the last day of the data, where a rule of
    the definitions needs it.

    Those of the last group, None: the values of defaults.py.
    """

    currency: str = "USD"
    fiscal_year_start: int = 1
    week_start: int = 1  # ISO weekday, 1 = Monday
    gross_margin: float | None = None
    definitions: Definitions = OURS
    data_until: dt.date | None = None

    response_sla_hours: float | None = None
    cac_lag_months: int | None = None
    handoff_days: int | None = None
    renewal_notice_days: int | None = None
    payment_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What an expression may depend on: the conventions, and the model fields that hold data ("leads.sql_at").

    keep: the columns of a fact's entity that a breakdown or filter will look at; None: all. What nobody looks at is
    not read: the engine plans the statement sooner.
    """

    conventions: Conventions
    filled: frozenset[str]
    keep: frozenset[str] | None = None

    def has(self, *fields: str) -> bool:
        return all(f in self.filled for f in fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Rows that cannot count, with the reason. rows: the rows left out, as an unbound expression."""

    reason: Text
    rows: Callable[[Basis], ir.Table]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Rows that each happened on a day.

    rows: unbound table with a `day` (date) column, the columns the measures need, and the columns of `entity`'s
    dimensions (or their join keys). entity: the relation whose dimensions break the rows down (dimensions.py).
    needs: model fields without which there is nothing to count ("opportunities.closed_at"); any: alternatives,
    one group of which must be filled.
    then: the rows as they were known on the evening of asked().as_of, an earlier day than the data's last; None: `rows`
    tells it, as each row holds alone and is placed on the day on which it became known.
    """

    key: str
    label: Text  # what one row is: "closed deals"
    entity: str
    needs: tuple[str, ...]
    rows: Callable[[Basis], ir.Table]
    any: tuple[tuple[str, ...], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    entity_for: Callable[[Basis], str] | None = None  # where the relation depends on what the data holds
    then: Callable[[Basis], ir.Table] | None = None

    def relation(self, basis: Basis) -> str:
        return self.entity_for(basis) if self.entity_for else self.entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One aggregate of a fact.

    value: rows -> aggregate. additive: sums over days give the period (counts and sums); False (median,
    distinct count): computed from the period's rows directly.
    per_account: first reduce the rows to one an account and period with the named aggregates (the change of
    state within the period); `value` then sees those columns.
    window: key of WINDOWS in calendar.py: which days a period looks at ("self", "trailing_6_months", ...).
    as_of: `value` also sees `_as_of`, the last day that counts. Such a measure, and one that is not additive, sees
    `_look` and `_until`, the days looked at [_look, _until).
    zero_when_empty: no rows mean 0 (a count); False: no rows mean unknown (spend).
    held: of BY_END, which rows a period still takes, of those of earlier days (rows, look with `_look` and `_until`):
    what has ended before it is not read again for each later period. None: all.
    """

    key: str
    fact: Fact
    value: Callable[[ir.Table], ir.Scalar]
    placed: Placed = Placed.IN
    held: Callable[[ir.Table, ir.Table], ir.BooleanValue] | None = None
    additive: bool = True
    per_account: Callable[[ir.Table], Mapping[str, ir.Value]] | None = None
    window: str = "self"
    as_of: bool = False
    zero_when_empty: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number a revenue team asks for.

    numerator, denominator: over a table with one column a measure (and `b`, the Basis); denominator None: the
    numerator is the value. A zero denominator gives null. proportion: numerator and denominator are counts of
    cases, so n and a Wilson interval are shown.
    attributed: the numerator's rows and the denominator's are tied by the dimension alone (spend and customers, by
    channel): those that name no value of it need not belong together, so of these there is no value.
    formula: in words, for the passport. source: where the definition comes from.
    """

    key: str
    label: Text
    definition: Text
    formula: Text
    unit: Unit
    over_time: OverTime
    good: Good
    department: str  # "revenue" | "marketing" | "sales" | "success"
    measures: tuple[Measure, ...]
    numerator: Callable[[ir.Table, Basis], ir.Value]
    denominator: Callable[[ir.Table, Basis], ir.Value] | None = None
    proportion: bool = False
    attributed: bool = False
    note: Callable[[Basis], Text | None] | None = (
        None  # a caveat that holds for this workspace ("margin is the default 100 %")
    )
    source: str = "metrics contract"
    aliases: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Every model field the metric cannot do without, in order, once."""
        return tuple(dict.fromkeys(n for m in self.measures for n in m.fact.needs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which values of a metric: for each period, by one dimension or none, over the rows that `where` keeps.

    where: dimension key -> kept values ("" keeps rows without a value). as_of: the last day that counts.
    intervals: False where nobody looks at the intervals of shares, which are NaN then.
    """

    metric: str
    periods: tuple[Period, ...]
    as_of: dt.date
    by: str | None = None
    where: Mapping[str, tuple[str, ...]]
    intervals: bool = True


@dataclass(frozen=True, kw_only=True)
class MetricResult:
    """What a query answered.

    frame: one row a period (and dimension value, "" for none), sorted by period then by value, columns:
      period_id int (index into query.periods), start date, end date (exclusive, cut at as_of), partial bool,
      [dimension str], value float|NaN, numerator float, denominator float|NaN, n int|NA, low, high float|NaN
      (Wilson 95 %, proportions only), and one column a measure.
    rows: the same as dicts of Python values, where no frame is needed: a small frame costs more than its figures.
    sql: the statement that ran, complete: run again it gives the same rows, maybe beside others' (metrics, periods).
    """

    query: Query
    metric: Metric
    columns: Mapping[str, Any]  # name -> pandas or numpy array, or list, all of one length
    sql: str
    notes: tuple[Text, ...] = ()

    @cached_property
    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(dict(self.columns))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        values = (v if isinstance(v, list) else v.tolist() for v in self.columns.values())
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*values, strict=True)]
