"""The records behind a step of the funnel: who reached it, how far each came, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir

from revops.analysis import alike, behind, funnel_way
from revops.analysis.core import CellResult, Column
from revops.analysis.journeys import within
from revops.analysis.rows import Rows
from revops.analysis.values import as_date
from revops.metrics.calendar import step
from revops.metrics.core import Unit
from revops.metrics.tables import KEY
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

STATES = {
    "done": Text("came through", "прошла весь путь"),
    "open": Text("still open", "ещё в работе"),
    "lost": Text("lost", "потеряна"),
    "astray": Text("went on out of order", "прошла дальше не по порядку"),
}


def records_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The leads or deals that reached the picked step; without a pick all that entered.

    Of the picked group only, and of those that entered in the period (of the view's grain) that begins on `cohort`.
    """
    params, view = found.params, found.view
    by = engine.dimension(params["by"]) if params.get("by") else None
    way = funnel_way.way(engine, view, params)
    keys, followed, window = way.keys, way.followed, way.window

    def build() -> ir.Table:
        rows = alike.grouped(engine, followed, view, by)
        rows = within(rows, len(keys), window)
        state = (rows.reached == len(keys)).ifelse("done", rows.state)
        return rows.select(_key=rows[KEY], day=rows.entry, came=rows.reached, state=state, group=rows["group"])

    asked = ("funnel_rows", followed.key, by.key if by else None, window)
    relations = {**behind.looked_at(engine, view), "ways": behind.compiled(engine, asked, build, view)}
    lead = (
        Column(key="place", label=Text("Steps reached", "Пройдено шагов"), unit=Unit.COUNT),
        Column(
            key="reached",
            label=Text("Furthest step", "Самый дальний шаг"),
            names={str(k): way.names[key] for k, key in enumerate(keys, start=1)},
        ),
        Column(key="state", label=Text("What became of it", "Чем кончилось"), names=STATES),
        Column(key="day", label=Text("Entered on", "Вошла")),
    )
    told = []
    if pick and pick.get("step") in keys:
        told.append(f"w.came >= {keys.index(pick['step']) + 1}")
    if pick and by is not None and "group" in pick:
        told.append(f'w."group" = {behind.text(str(pick["group"]))}')
    if pick and "cohort" in pick:
        start = as_date(pick["cohort"])
        told.append(f"w.day >= DATE '{start}' AND w.day < DATE '{step(start, view.grain)}'")
    where = f" WHERE {' AND '.join(told)}" if told else ""
    listing = f'SELECT w."_key", w.came AS place, CAST(w.came AS VARCHAR) AS reached, w.state, w.day FROM ways w{where}'
    return behind.listed(
        engine, engine.dialect.translated(listing), relations, lead, entity=followed.relation, limit=limit
    )
