"""The target of a metric for a period, from the targets that were loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from revops.metrics import METRIC, metric
from revops.metrics.core import Metric, OverTime, Period
from revops.metrics.derived import TARGET_SPANS
from revops.model.core import fold

if TYPE_CHECKING:
    from revops.metrics.engine import Engine, Where

# what people call a metric in a sheet of targets, beside its key, label and aliases
NAMES: dict[str, tuple[str, ...]] = {
    "won_revenue": ("won", "bookings", "sales", "revenue", "closed won", "продажи", "выручка", "план продаж"),
    "new_customers": ("new logos", "new accounts", "новые компании"),
    "new_arr": ("new business arr",),
    "pipeline_created": ("pipeline", "new pipeline", "воронка"),
    "logo_churn": ("churn rate", "отток"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a metric is to reach in the days [start, end), in its own unit. segment None: the whole company."""

    metric: str
    start: dt.date
    end: dt.date
    value: float
    segment: str | None = None

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def overlap(self, period: Period) -> int:
        return max((min(self.end, period.end) - max(self.start, period.start)).days, 0)


def targets(engine: Engine) -> tuple[Target, ...]:
    """The targets loaded whose period and metric are understood, by start; () where there are none."""
    if not engine.basis.has("targets.metric", "targets.period", "targets.value"):
        return ()
    spans = TARGET_SPANS.table
    known = spans.filter(spans.day.notnull(), spans.value.notnull())
    frame, _sql = engine.frame(known.select("metric", "day", "until", "value", "segment").order_by("day", "until"))
    found = []
    for row in frame.to_dict("records"):
        key = _key_of(str(row["metric"]))
        if key is not None:
            found.append(
                Target(
                    metric=key,
                    start=pd.Timestamp(row["day"]).date(),
                    end=pd.Timestamp(row["until"]).date(),
                    value=float(row["value"]),
                    segment=None if pd.isna(row["segment"]) else str(row["segment"]),
                )
            )
    return tuple(found)


def _key_of(name: str) -> str | None:
    """The metric that a sheet of targets names, in either language; None: none of that name."""
    asked = fold(name)
    for found in METRIC.values():
        if asked in {fold(n) for n in (found.key, *found.aliases, *NAMES.get(found.key, ()))}:
            return found.key
        if asked in (fold(found.label.en), fold(found.label.ru)):
            return found.key
    return None


def target_of(known: Iterable[Target], name: str, period: Period, where: Where | None = None) -> float | None:
    """The target of the metric for the whole period; None where none covers it or it is of other parts.

    A flow sums the targets of its days (months to a quarter; of a longer one its share by days); a stock takes the
    target that holds on the last day; a ratio the average by days. Months are taken where they cover the period, else
    quarters, else years. Without filters the company's own target, else, of a flow or a stock, the sum of its parts.
    Under one filter the targets of the kept values, summed; of a ratio, where one value is kept.
    """
    found = metric(name)
    own = [t for t in known if t.metric == found.key]
    if not where:
        company = _told(found, [t for t in own if t.segment is None], period)
        parts = [t for t in own if t.segment is not None]
        return company if company is not None or not parts else _summed(found, parts, period)
    if len(where) > 1:
        return None
    kept = {fold(v) for v in next(iter(where.values()))}
    parts = [t for t in own if t.segment is not None and fold(t.segment) in kept]
    if {fold(t.segment or "") for t in parts} != kept:
        return None
    return _summed(found, parts, period)


def _summed(found: Metric, parts: Sequence[Target], period: Period) -> float | None:
    """The sum of the parts' targets; None where one has none for the period, or a ratio has several."""
    segments = {fold(t.segment or "") for t in parts}
    told = [_told(found, [t for t in parts if fold(t.segment or "") == s], period) for s in sorted(segments)]
    if any(v is None for v in told) or (found.over_time is OverTime.RATIO and len(told) > 1):
        return None
    return sum(v for v in told if v is not None)


def _told(found: Metric, own: Sequence[Target], period: Period) -> float | None:
    """Of targets of one part: by the finest that cover the period."""
    for low, high in ((0, 31), (32, 92), (93, 366)):
        spans = [t for t in own if low <= t.days <= high]
        if found.over_time is OverTime.STOCK:
            last = period.end - dt.timedelta(days=1)
            held = [t for t in spans if t.start <= last < t.end]
            if held:
                return held[-1].value
            continue
        days = (period.end - period.start).days
        if not spans or sum(t.overlap(period) for t in spans) < days:
            continue
        if found.over_time is OverTime.FLOW:
            return sum(t.value * t.overlap(period) / t.days for t in spans)
        return sum(t.value * t.overlap(period) for t in spans) / days
    return None
