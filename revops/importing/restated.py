"""Which headline figures of past, complete months a load has changed: asked before it and after it, and compared."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from revops.metrics import METRIC, calendar
from revops.metrics.core import Grain, Metric, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace

HEADLINES: Final = ("mrr", "win_rate", "won_revenue", "new_customers", "pipeline_created")
MONTHS: Final = 120  # how far back is looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Headlines:
    """The headline figures as they are told now. as_of: None where nothing was loaded.

    values: metric key -> first day of a month -> value; months that the data do not cover in full are left out, and
    so are metrics that cannot be told. A value of None: nothing to divide by, or not known.
    """

    as_of: dt.date | None = None
    values: Mapping[str, Mapping[dt.date, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """One figure of one past month that a load changed. before, after: in the metric's unit (shares: 0..1)."""

    metric: str
    month: dt.date
    before: float | None
    after: float | None

    @property
    def of(self) -> Metric:
        return METRIC[self.metric]

    @property
    def change(self) -> float | None:
        """after - before; None where either is not known."""
        return None if self.before is None or self.after is None else self.after - self.before


def headlines(workspace: Workspace | None, as_of: dt.date | None = None) -> Headlines:
    """The headline figures by month, up to the last month complete on `as_of` (None: the day the data reach)."""
    day = as_of or (workspace.as_of() if workspace is not None else None)
    if workspace is None or day is None or workspace.as_of() is None:
        return Headlines()
    engine = Engine(workspace)
    start = calendar.add_months(day.replace(day=1), -MONTHS)
    months = calendar.periods(start, day + calendar.DAY, Grain.MONTH, engine.conventions)
    whole = tuple(m for m in months if not calendar.is_partial(m, day))
    known = {m.key for m in engine.metrics()}
    values: dict[str, Mapping[dt.date, float | None]] = {}
    for key in HEADLINES:
        if key in known and whole:
            frame = engine.evaluate(Query(metric=key, periods=whole, as_of=day, where={}, intervals=False)).frame
            told = zip(frame["period_id"], frame["value"], strict=True)
            values[key] = {whole[int(place)].start: _told(value) for place, value in told}
    return Headlines(as_of=day, values=values)


def restated(workspace: Workspace, before: Headlines) -> list[Restated]:
    """The figures of `before` that the workspace tells otherwise now, by metric, latest month first.

    A metric that could not be told before is new, not restated.
    """
    if before.as_of is None or not before.values:
        return []
    now = headlines(workspace, before.as_of)
    found = []
    for key, months in before.values.items():
        after = now.values.get(key, {})
        for month in sorted(months, reverse=True):
            if _differ(months[month], after.get(month)):
                found.append(Restated(metric=key, month=month, before=months[month], after=after.get(month)))
    return found


def _told(value: object) -> float | None:
    number = float(str(value))
    return None if math.isnan(number) else number


def _differ(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return not math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-9)
