"""How far back the data reaches, so that a period before it is "unknown" and never a zero."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from weakref import WeakKeyDictionary

import ibis

from revops.analysis.values import as_date
from revops.metrics import METRICS, prepared
from revops.metrics.core import Basis, Fact, Metric, Period
from revops.metrics.engine import Engine
from revops.metrics.engines.dialect import Dialect

FACT: dict[str, Fact] = {m.fact.key: m.fact for metric in METRICS for m in metric.measures}
STANDING = frozenset({"people", "targets"})  # who is there and what is planned, which is no event
TOLERANCE = 0.1  # a period counts as covered where the data begins in its first tenth


@lru_cache(maxsize=256)
def _first_day_sql(key: str, basis: Basis, dialect: Dialect) -> str:
    rows = FACT[key].rows(basis)
    return dialect.compile(rows.agg(fact=ibis.literal(key), first_day=rows.day.min()))


_FOUND: WeakKeyDictionary[Engine, dict[str, dt.date | None]] = WeakKeyDictionary()


def begins(engine: Engine, entities: Iterable[str]) -> dict[str, dt.date | None]:
    """Entity of facts (opportunities, leads, ...) -> the first day of any row of its facts; None where there is none.

    A deal created on the 1st and closed on the 10th tells that the deals begin on the 1st. Asked once an engine.
    """
    known = _FOUND.setdefault(engine, {})
    asked = [e for e in dict.fromkeys(entities) if e not in known]
    facts = [f for f in FACT.values() if f.entity in asked and _can_tell(f, engine.basis)]
    days: dict[str, list[dt.date]] = {e: [] for e in asked}
    if facts:
        told = (prepared.first_day(engine, f) or _first_day_sql(f.key, engine.basis, engine.dialect) for f in facts)
        frame, _sql = engine.run(" UNION ALL ".join(f"({one})" for one in told), {})
        known_days = frame.dropna(subset=["first_day"])
        for key, day in zip(known_days["fact"], known_days["first_day"], strict=True):
            days[FACT[str(key)].entity].append(as_date(day))
    known.update({e: min(found) if found else None for e, found in days.items()})
    return known


def _can_tell(fact: Fact, basis: Basis) -> bool:
    return basis.has(*fact.needs) and (not fact.any or any(basis.has(*group) for group in fact.any))


def first_day(engine: Engine, metric: Metric) -> dt.date | None:
    """The first day on which the data of all facts of the metric have begun; None where one has no rows."""
    entities = {m.fact.entity for m in metric.measures}
    found = begins(engine, entities)
    days = [found[e] for e in entities]
    known = [d for d in days if d is not None]
    return max(known) if len(known) == len(days) else None


def data_begins(engine: Engine) -> dt.date | None:
    """The first day of anything that happened and the metrics count; None where there is nothing."""
    found = begins(engine, {f.entity for f in FACT.values()} - STANDING)
    return min((d for d in found.values() if d is not None), default=None)


def covers(first: dt.date | None, period: Period) -> bool:
    """The data reaches back to the period's beginning, or nearly so."""
    if first is None:
        return False
    return first <= period.start + (period.end - period.start) * TOLERANCE
