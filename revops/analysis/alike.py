"""Journeys of a large workspace, counted once: all who came on the same days and fared alike are one row.

They are kept as a table of the workspace (metrics/prepared.py): of everybody who ever came, by the values of the
dimensions looked at, as things stand on the data's last day. Any period, window and step is told from it. On an earlier
day, where the data are small, and in another engine, the journeys are followed from the entities.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis.core import View
from revops.analysis.journeys import ALIKE
from revops.metrics import prepared, wide
from revops.metrics.dimensions import Dimension, attach, attach_all, open_paths
from revops.metrics.engines.executor import DuckExecutor, with_relations
from revops.metrics.evaluate import filter_name
from revops.metrics.prepared import MOST_DIMENSIONS, Prepared
from revops.metrics.tables import kept_values, looked_at

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

PREFIX = "journeys_"
MOST_COMPILED = 128
EVER = (dt.date(1, 1, 1), dt.date(9999, 12, 31))
_COMPILED: dict[tuple[object, ...], tuple[str, ibis.Schema, tuple[tuple[str, ...], tuple[str, ...]]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """What is followed. key: decides the text of `rows`. relation: whose dimensions they have. steps: how many.

    rows: the journeys of a view (see journeys.py), those its filters keep.
    """

    key: tuple[object, ...]
    relation: str
    steps: int
    rows: Callable[[View], ir.Table]


def told(
    engine: Engine,
    key: tuple[object, ...],
    followed: Journeys,
    view: View,
    over: Callable[[ir.Table], ir.Table],
    by: Dimension | None = None,
) -> tuple[pd.DataFrame, str]:
    """What `over` makes of the journeys that entered in the view's period, and the SQL.

    They have a column `group`: the value of `by`, "" without; and ALIKE where each row is several records. key: decides
    what `over` makes, beside `followed`, `by` and the filters.
    """
    looked_by = {d.key: d for d in (*map(engine.dimension, view.where), *([by] if by else []))}
    dimensions = tuple(looked_by[k] for k in sorted(looked_by))
    found = _table(engine, followed, dimensions, view)
    asked = (*key, followed.key, by.key if by else None, "followed" if found is None else found.get_name())
    return engine.told(
        asked,
        lambda: over(_counted(found, view, engine, by) if found is not None else grouped(engine, followed, view, by)),
        period=view.period,
        as_of=view.as_of,
        where=view.where,
    )


def ahead(engine: Engine, followed: Sequence[Journeys], view: View) -> list[Callable[[], object]]:
    """What to run so that these journeys stand, without breakdown and filter."""
    return [partial(_table, engine, one, (), view) for one in followed]


def ahead_of_others(engine: Engine, followed: Sequence[Journeys], view: View) -> list[Callable[[], object]]:
    """What to run so that they stand by the dimensions of few values, where these were chosen."""

    def by_few(one: Journeys) -> None:
        few = wide.chosen(engine, one.relation).few
        if few:
            _table(engine, one, tuple(map(engine.dimension, few)), view)

    return [partial(by_few, one) for one in followed]


def grouped(engine: Engine, followed: Journeys, view: View, by: Dimension | None) -> ir.Table:
    """The journeys of the view, followed from the entities, with the column `group`."""
    rows = followed.rows(view)
    if by is None:
        return rows.mutate(group=ibis.literal(""))
    return attach(rows, by, followed.relation, engine.basis, "group")


def large(engine: Engine) -> bool:
    """Whether journeys are kept here."""
    return isinstance(engine.executor, DuckExecutor) and max(engine.records.values(), default=0) >= prepared.MANY


def _table(engine: Engine, followed: Journeys, dimensions: tuple[Dimension, ...], view: View) -> ir.Table | None:
    """The kept journeys, built where they are not there or no longer hold; None: they are to be followed."""
    if not large(engine) or view.as_of != engine.as_of:
        return None
    few = wide.chosen(engine, followed.relation).few
    told_by_few = bool(dimensions) and {d.key for d in dimensions} <= set(few)
    if len(dimensions) > MOST_DIMENSIONS and not told_by_few:
        return None
    carried = tuple(map(engine.dimension, few)) if told_by_few else dimensions
    if not all(open_paths(d, followed.relation, engine.basis) for d in dimensions):
        return None
    key = (followed.key, followed.relation, tuple(d.key for d in carried), engine.basis)
    if key not in _COMPILED:
        rows = _alike(engine, followed, carried, view)
        if len(_COMPILED) >= MOST_COMPILED:
            _COMPILED.clear()
        _COMPILED[key] = (engine.dialect.compile(rows), rows.schema(), prepared.read(rows))
    text, schema, (inputs, needs) = _COMPILED[key]
    name = f"{PREFIX}{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    days = engine.dialect.days({"start": EVER[0], "end": EVER[1], "as_of": view.as_of})
    build = with_relations(text, {'"looked_at"': days})
    if not prepared.stands(engine, Prepared(text=text, name=name, build=build, inputs=inputs, needs=needs)):
        return None
    return ibis.table(schema, name=name, database="derived")


def _alike(engine: Engine, followed: Journeys, dimensions: Sequence[Dimension], view: View) -> ir.Table:
    rows = followed.rows(replace(view, where={}))
    rows = attach_all(rows, {_column(d): d for d in dimensions}, followed.relation, engine.basis)
    own = [f"own_{k}" for k in range(1, followed.steps + 1)]
    keys = ["entry", *own, "reached", "state", "unknown", "lost_day", *map(_column, dimensions)]
    return rows.group_by(keys).agg(**{ALIKE: rows.count()}).order_by("entry")


def _column(dimension: Dimension) -> str:
    return f"by_{filter_name(dimension)}"


def _counted(stored: ir.Table, view: View, engine: Engine, by: Dimension | None) -> ir.Table:
    looked = looked_at()
    rows = stored.filter((stored.entry >= looked.start.as_scalar()) & (stored.entry < looked.end.as_scalar()))
    for name in view.where:
        dimension = engine.dimension(name)
        rows = rows.filter(rows[_column(dimension)].isin(kept_values(filter_name(dimension)).value))
    return rows.mutate(group=rows[_column(by)] if by is not None else ibis.literal(""))
