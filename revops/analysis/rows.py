"""The records behind a figure, each with its contribution and the row of the file it came from; and those left out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis.core import Column
from revops.analysis.rows_of_entities import Told, told
from revops.analysis.rows_words import DAY, IMPORT, LOOK_COLUMN, PLACE, WHY, measure_column, narrowed, of_fact
from revops.metrics import calendar
from revops.metrics.core import MetricResult, Period, Query
from revops.metrics.evaluate import Part, parts_of
from revops.metrics.figures import looks
from revops.metrics.rows import GROUP, LOOK, label_of, listed_sql, unused_sql
from revops.model import ENTITY
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

SHOWN = 1000  # records on screen; a download has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a metric: over a period, of some groups of a dimension (by None: of everything)."""

    metric: str
    period: Period
    as_of: dt.date
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by: str | None = None
    groups: tuple[str, ...] = ()

    @property
    def query(self) -> Query:
        return Query(metric=self.metric, periods=(self.period,), as_of=self.as_of, by=self.by, where=self.where)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Records behind a figure, or left out of it.

    label: what one record is. frame: at most as many as were asked for, the largest contribution first; columns: how
    it is shown. total: how many there are. sums: measure -> the sum over all of them. sql: the statement that ran.
    nobody: what it means where there are none.
    """

    label: Text
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    total: int
    sums: Mapping[str, float] = field(default_factory=dict)
    sql: str = ""
    nobody: Text | None = None


def parts(engine: Engine, metric: str) -> tuple[Part, ...]:
    """What the metric is made of under the definitions in force: each has records of its own kind."""
    return parts_of([engine.metric(metric)])


def value(engine: Engine, figure: Figure) -> dict[str, Any] | None:
    """The figure's row as the engine tells it; None where the group has none. Of several groups: None."""
    return with_sql(engine, figure)[0]


def with_sql(engine: Engine, figure: Figure) -> tuple[dict[str, Any] | None, str]:
    """The figure's row (see `value`), and the statement that told it: that of all groups, where it is of one."""
    answer: MetricResult = engine.evaluate(figure.query)
    if figure.by is None:
        return (answer.rows[0] if answer.rows else None), answer.sql
    if len(figure.groups) != 1:
        return None, answer.sql
    return next((r for r in answer.rows if r["dimension"] == figure.groups[0]), None), answer.sql


def behind(engine: Engine, figure: Figure, part: Part, *, limit: int | None = SHOWN) -> Rows:
    """The records of one part of the figure's metric. limit None: all of them. Raises what engine.evaluate raises."""
    engine.check(figure.query)
    metric = engine.metric(figure.metric)
    by, where, relations = _asked(engine, figure)
    [known] = engine.known([part], figure.as_of)
    text, identity, several = listed_sql(known, by, where, engine.basis, engine.dialect)
    window = part.measures[0].window
    relations[f"periods_{window}"] = engine.dialect.periods(looks(figure.query, window, engine.conventions))
    details = told(part.measures[0].fact, identity, engine.basis)
    keys = [m.key for m in part.measures]
    lead = ["day", *([LOOK] if several else []), *keys]
    frame, sql = engine.run(
        engine.dialect.translated(_page(lead, keys, identity, details, limit)), {**relations, "listed": text}
    )
    own = {m.key for m in metric.measures}
    columns = (
        DAY,
        *((LOOK_COLUMN,) if several else ()),
        *(measure_column(key, metric, len(own)) for key in keys),
        *details.columns,
        *PLACE,
        IMPORT,
    )
    total, sums = _totals(frame, keys)
    return Rows(
        label=label_of(part),
        frame=frame[[c.key for c in columns]],
        columns=columns,
        total=total,
        sums=sums,
        sql=sql,
    )


def _asked(engine: Engine, figure: Figure) -> tuple[str | None, tuple[str, ...], dict[str, str]]:
    """The dimension, the filters' keys, and the relations that hold what is kept and the last day that counts."""
    by = engine.dimension(figure.by).key if figure.by else None
    where = tuple(sorted({engine.dimension(k).key for k in figure.where}))
    relations = {**engine.filters(figure.where), "asked": engine.dialect.days({"as_of": figure.as_of})}
    if by is not None:
        relations[f"filter_{GROUP}"] = engine.dialect.values(figure.groups)
    return by, where, relations


def _page(lead: list[str], measures: list[str], identity: tuple[str, ...], details: Told, limit: int | None) -> str:
    """SQL: the first records of `listed` with what is known of each."""
    sums = ", ".join(f'sum("{m}") OVER () AS "_sum_{m}"' for m in measures)
    order = [f'abs("{measures[0]}") DESC NULLS LAST', '"day" DESC', *(f'"{c}"' for c in identity)]
    cut = "" if limit is None else f" LIMIT {int(limit)}"
    picked = f'SELECT *, count(*) OVER () AS "_all", {sums} FROM listed ORDER BY {", ".join(order)}{cut}'
    columns = [f'r."{c}"' for c in (*lead, "_all", *(f"_sum_{m}" for m in measures))]
    columns += [f'{sql} AS "{name}"' for name, sql in details.values.items()]
    back = [f'abs(r."{measures[0]}") DESC NULLS LAST', 'r."day" DESC', *(f'r."{c}"' for c in identity)]
    body = f"SELECT {', '.join(columns)} FROM picked r {details.joins} ORDER BY {', '.join(back)}"
    return f"WITH picked AS ({picked}) {body}"


def _totals(frame: pd.DataFrame, measures: list[str]) -> tuple[int, dict[str, float]]:
    if frame.empty:
        return 0, dict.fromkeys(measures, 0.0)
    first = frame.iloc[0]
    return int(first["_all"]), {m: float(first[f"_sum_{m}"] or 0) for m in measures}


# --- how many -----------------------------------------------------------------------------------------------------


def used(engine: Engine, metrics: tuple[str, ...], figure: Figure) -> list[tuple[Text, int]]:
    """What one record is -> how many of them are behind the metrics, over the figure's period and filters."""
    found = parts_of([engine.metric(key) for key in metrics])
    by, where, relations = _asked(engine, replace(figure, by=None))
    windows = {p.measures[0].window for p in found}
    relations |= {f"periods_{w}": engine.dialect.periods(looks(figure.query, w, engine.conventions)) for w in windows}
    known = engine.known(found, figure.as_of)
    texts = [listed_sql(part, by, where, engine.basis, engine.dialect)[0] for part in known]
    if not texts:
        return []
    counts = " UNION ALL ".join(f"SELECT {n} AS part, count(*) AS counted FROM listed_{n}" for n in range(len(texts)))
    frame, _sql = engine.run(counts, {**relations, **{f"listed_{n}": t for n, t in enumerate(texts)}})
    counted = dict(zip(frame["part"], frame["counted"], strict=True))
    out: dict[Text, int] = {}
    for n, part in enumerate(found):
        out[label_of(part)] = max(out.get(label_of(part), 0), int(counted[n]))
    return list(out.items())


# --- left out -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reason:
    reason: Text
    sql: str
    entity: str


def _reasons(engine: Engine, metrics: tuple[str, ...], where: tuple[str, ...]) -> list[_Reason]:
    """Every reason for which rows cannot count in the metrics, once; of several facts with the fact's name."""
    found: dict[str, tuple[_Reason, Text]] = {}
    for part in parts_of([engine.metric(key) for key in metrics]):
        measure = part.measures[0]
        for left in measure.fact.left_out:
            told_of = unused_sql(measure.fact, measure.placed, left, where, engine.basis, engine.dialect)
            if told_of is not None:
                sql, entity, ignored = told_of
                reason = narrowed(left.reason, [engine.dimension(key).label for key in ignored])
                found.setdefault(sql, (_Reason(reason=reason, sql=sql, entity=entity), measure.fact.label))
    said = Counter(reason.reason for reason, _fact in found.values())
    return [
        one if said[one.reason] == 1 else replace(one, reason=of_fact(one.reason, fact)) for one, fact in found.values()
    ]


def _left_relations(engine: Engine, figure: Figure) -> tuple[tuple[str, ...], dict[str, str]]:
    _by, where, relations = _asked(engine, replace(figure, by=None, groups=()))
    reached = calendar.cut(figure.period, figure.as_of)
    days = {"start": reached.start, "end": reached.end, "as_of": figure.as_of}
    return where, {**relations, "looked_at": engine.dialect.days(days)}


def left_out(engine: Engine, metrics: tuple[str, ...], figure: Figure) -> list[tuple[Text, int]]:
    """Reason -> how many rows of the period and the filters cannot count; only reasons that hold for some."""
    where, relations = _left_relations(engine, figure)
    reasons = _reasons(engine, metrics, where)
    if not reasons:
        return []
    counts = " UNION ALL ".join(f"SELECT {n} AS part, count(*) AS counted FROM left_{n}" for n in range(len(reasons)))
    frame, _sql = engine.run(counts, {**relations, **{f"left_{n}": r.sql for n, r in enumerate(reasons)}})
    counted = dict(zip(frame["part"], frame["counted"], strict=True))
    return [(r.reason, int(counted[n])) for n, r in enumerate(reasons) if counted[n]]


def rows_left_out(engine: Engine, figure: Figure, *, limit: int | None = SHOWN) -> list[Rows]:
    """The rows left out of the figure's period and filters, one table an entity; each row with its reason."""
    where, relations = _left_relations(engine, figure)
    by_entity: dict[str, list[_Reason]] = {}
    for reason in _reasons(engine, (figure.metric,), where):
        by_entity.setdefault(reason.entity, []).append(reason)
    out = []
    for entity, reasons in by_entity.items():
        listed = " UNION ALL ".join(f'SELECT {n} AS why, "_key", day FROM left_{n}' for n in range(len(reasons)))
        details = told(None, ("_key",), engine.basis, entity=entity)
        page = _page(["why", "day"], ["why"], ("_key",), details, limit)
        frame, sql = engine.run(
            engine.dialect.translated(page),
            {**relations, **{f"left_{n}": r.sql for n, r in enumerate(reasons)}, "listed": listed},
        )
        if frame.empty:
            continue
        total = int(frame["_all"].iloc[0])
        frame["why"] = [str(n) for n in frame["why"]]
        why = replace(WHY, names={str(n): r.reason for n, r in enumerate(reasons)})
        columns = (why, DAY, *details.columns, *PLACE, IMPORT)
        kept = frame[[c.key for c in columns]]
        out.append(Rows(label=ENTITY[entity].label, frame=kept, columns=columns, total=total, sql=sql))
    return out
