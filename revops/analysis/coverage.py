"""How far back the data reaches, so that a period before it is "unknown" and never a zero."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import ibis

from revops.analysis.values import as_date
from revops.metrics import METRICS
from revops.metrics.core import Basis, Fact, Metric, Period

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

FACT: dict[str, Fact] = {m.fact.key: m.fact for metric in METRICS for m in metric.measures}
TOLERANCE = 0.1  # a period counts as covered where the data begins in its first tenth


@lru_cache(maxsize=256)
def _first_day_sql(key: str, basis: Basis) -> str:
    rows = FACT[key].rows(basis)
    return str(ibis.to_sql(rows.agg(fact=ibis.literal(key), first_day=rows.day.min()), dialect="duckdb"))


def first_days(engine: Engine, keys: Iterable[str]) -> dict[str, dt.date]:
    """Fact -> the day of its first row, in one statement; facts that cannot be told or have no rows are left out."""
    told = [k for k in dict.fromkeys(keys) if _can_tell(FACT[k], engine.basis)]
    if not told:
        return {}
    frame, _sql = engine.select(" UNION ALL ".join(f"({_first_day_sql(k, engine.basis)})" for k in told))
    found = frame.dropna(subset=["first_day"])
    return {str(k): as_date(d) for k, d in zip(found["fact"], found["first_day"], strict=True)}


def _can_tell(fact: Fact, basis: Basis) -> bool:
    return basis.has(*fact.needs) and (not fact.any or any(basis.has(*group) for group in fact.any))


def first_day(engine: Engine, metric: Metric) -> dt.date | None:
    """The first day on which all facts of the metric have begun; None where one has no rows."""
    keys = {m.fact.key for m in metric.measures}
    found = first_days(engine, keys)
    return max(found.values()) if len(found) == len(keys) else None


def data_begins(engine: Engine) -> dt.date | None:
    """The first day of anything the metrics count; None where there is nothing."""
    found = first_days(engine, FACT)
    return min(found.values()) if found else None


def covers(first: dt.date | None, period: Period) -> bool:
    """The data reaches back to the period's beginning, or nearly so."""
    if first is None:
        return False
    return first <= period.start + (period.end - period.start) * TOLERANCE
