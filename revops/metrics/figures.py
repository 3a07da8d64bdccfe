"""Around a statement of metrics: the days it looks at, and what is made of the rows it gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from revops.metrics import calendar
from revops.metrics.core import Conventions, Metric, Query
from revops.metrics.evaluate import BY, column_of


def looks(query: Query, window: str, conventions: Conventions) -> list[tuple[int, dt.date, dt.date]]:
    """period_id, start, end (exclusive) of the days that each asked period looks at through the window."""
    rows = []
    for index, period in enumerate(query.periods):
        rows += [(index, look.start, look.end) for look in calendar.through(window, period, query.as_of, conventions)]
    return rows


def finished(frame: pd.DataFrame, metrics: Sequence[Metric], query: Query) -> list[dict[str, Any]]:
    """Each metric's columns: with the periods' dates, n and the Wilson interval; by period and dimension value."""
    reached = [calendar.cut(p, query.as_of) for p in query.periods]
    partial = [calendar.is_partial(p, query.as_of) for p in query.periods]
    ids = frame["period_id"].tolist()
    keys = list(zip(ids, frame[BY].tolist(), strict=True)) if query.by else ids
    if any(a > b for a, b in pairwise(keys)):  # the statement sorts, and no engine need keep that
        frame = frame.sort_values(["period_id", *([BY] if query.by else [])], ignore_index=True)
        ids = frame["period_id"].tolist()
    common = {
        "period_id": frame["period_id"].array,
        "start": [reached[i].start for i in ids],
        "end": [reached[i].end for i in ids],
        "partial": [partial[i] for i in ids],
        **({BY: frame[BY].array} if query.by else {}),
    }
    return [common | _figures(frame, metric, metrics, intervals=query.intervals) for metric in metrics]


def _figures(frame: pd.DataFrame, metric: Metric, metrics: Sequence[Metric], *, intervals: bool) -> dict[str, Any]:
    """The metric's value, numerator, denominator, measures, n, low, high."""
    named = {f: frame[column_of(metric, f, metrics)].to_numpy() for f in ("value", "numerator", "denominator")}
    low, high = _wilson(named["numerator"], named["denominator"], told=intervals and metric.proportion)
    n = named["denominator"] if metric.proportion else np.full(len(frame), np.nan)
    measured = {m.key: frame[m.key].to_numpy() for m in metric.measures}
    return {**named, **measured, "n": pd.array(n, dtype="Int64"), "low": low, "high": high}


def _wilson(numerator: np.ndarray, denominator: np.ndarray, *, told: bool) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of each row of a proportion; NaN where it is not told and where there is no case."""
    low, high = np.full(len(numerator), np.nan), np.full(len(numerator), np.nan)
    some = denominator > 0
    if told and some.any():
        from statsmodels.stats.proportion import proportion_confint  # takes a second to import: only when needed

        low[some], high[some] = proportion_confint(numerator[some], denominator[some], method="wilson")
    return low, high
