"""Which figure a cell shows, and which one a click on its chart means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from revops.analysis.arr_bridge import MOVEMENTS
from revops.analysis.core import CellResult
from revops.analysis.rows import Figure
from revops.analysis.values import OTHER_KEY, as_date, records
from revops.metrics import METRIC
from revops.metrics.core import Period

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

Pick = Mapping[str, Any]


def metrics_of(found: CellResult) -> tuple[str, ...]:
    """The metrics whose rows can be shown; () where the cell shows none, or has nothing to show."""
    return () if found.result.empty is not None else found.result.metrics


def figure(engine: Engine, found: CellResult, metric: str, pick: Pick | None = None) -> Figure:
    """The metric over the cell's range and filters, narrowed to the period and the group of the picked mark.

    A part of the mark that cannot narrow (a group that is no value of a dimension) is left aside. Raises nothing.
    """
    view, facts = found.view, found.result.facts
    shown = Figure(metric=metric, period=facts.get("period", view.period), as_of=view.as_of, where=view.where)
    if not pick:
        return shown
    if "start" in pick and (period := _period(found, pick["start"])) is not None:
        shown = replace(shown, period=period)
    if "part" in pick:
        return _of_part(found, shown, str(pick["part"]))
    group = pick.get("group")
    if group in METRIC and found.analysis.key == "churn_trend":
        return replace(shown, metric=str(group))
    by = facts.get("by") or found.params.get("by")
    usable = {d.key for d in engine.dimensions(metric)}
    if group is None or by not in usable:
        return shown
    groups = _others(found) if group == OTHER_KEY else (str(group),)
    return replace(shown, by=str(by), groups=groups) if groups else shown


def narrows(shown: Figure, whole: Figure) -> bool:
    """The pick chose another figure than the cell's own."""
    return shown != whole


def _period(found: CellResult, start: Any) -> Period | None:
    frame = found.result.frame
    if "start" not in frame or "end" not in frame:
        return None
    wanted = as_date(start)
    rows = frame if "scope" not in frame else frame[frame["scope"] == "bucket"]
    row = next((r for r in records(rows) if as_date(r["start"]) == wanted), None)
    return None if row is None else Period(wanted, as_date(row["end"]), found.view.grain)


def _of_part(found: CellResult, shown: Figure, part: str) -> Figure:
    """What the cell says the part is; a movement's own metric; the state before the range, or at its end."""
    facts = found.result.facts
    if "metric_of" in facts:
        period = facts["period_of"].get(part, shown.period)
        return replace(shown, metric=facts["metric_of"].get(part, shown.metric), period=period)
    if part in MOVEMENTS:
        return replace(shown, metric=MOVEMENTS[part][0])
    state = replace(shown, metric=str(found.result.metrics[0]))
    if part == "start":
        before = shown.period.start - dt.timedelta(days=1)
        return replace(state, period=Period(before, shown.period.start))
    return state


def _others(found: CellResult) -> tuple[str, ...]:
    """The groups that "all other" sums up, where the cell says them."""
    return tuple(found.result.facts.get("others", ()))
