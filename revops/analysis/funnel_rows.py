"""The records behind a step of the funnel: who reached it, how far each came, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir

from revops.analysis import alike, behind, funnel_lifecycle, funnel_pipeline
from revops.analysis.core import CellResult, Column
from revops.analysis.journeys import within
from revops.analysis.rows import Rows
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
    """The leads or deals that reached the picked step (of the picked group); without a pick all that entered."""
    params, view = found.params, found.view
    strict, window = params["order"] == "strict", params["window"]
    by = engine.dimension(params["by"]) if params["by"] else None
    if params["kind"] == "lifecycle":
        keys = funnel_lifecycle.steps_of(engine.basis)
        followed = funnel_lifecycle.followed(engine, keys, strict=strict)
    else:
        pipelines, _first = engine.select(funnel_pipeline.PIPELINES_SQL)
        stages, _second = engine.select(funnel_pipeline.STAGES_SQL)
        chosen = funnel_pipeline.choose(pipelines, stages, params["pipeline"])
        keys, followed = chosen.keys, funnel_pipeline.followed(engine, chosen, view, strict=strict)

    def build() -> ir.Table:
        rows = alike.grouped(engine, followed, view, by)
        rows = within(rows, len(keys), None if window is None else int(window))
        state = (rows.reached == len(keys)).ifelse("done", rows.state)
        return rows.select(_key=rows[KEY], day=rows.entry, came=rows.reached, state=state, group=rows["group"])

    asked = ("funnel_rows", followed.key, by.key if by else None, window)
    relations = {**behind.looked_at(engine, view), "ways": behind.compiled(engine, asked, build, view)}
    names: Mapping[str, Text] = found.result.facts["names"]
    lead = (
        Column(key="place", label=Text("Steps reached", "Пройдено шагов"), unit=Unit.COUNT),
        Column(
            key="reached",
            label=Text("Furthest step", "Самый дальний шаг"),
            names={str(k): names[step] for k, step in enumerate(keys, start=1)},
        ),
        Column(key="state", label=Text("What became of it", "Чем кончилось"), names=STATES),
        Column(key="day", label=Text("Entered on", "Вошла")),
    )
    told = []
    if pick and pick.get("step") in keys:
        told.append(f"w.came >= {keys.index(pick['step']) + 1}")
    if pick and by is not None and "group" in pick:
        told.append(f'w."group" = {behind.text(str(pick["group"]))}')
    where = f" WHERE {' AND '.join(told)}" if told else ""
    listing = f'SELECT w."_key", w.came AS place, CAST(w.came AS VARCHAR) AS reached, w.state, w.day FROM ways w{where}'
    return behind.listed(
        engine, engine.dialect.translated(listing), relations, lead, entity=followed.relation, limit=limit
    )
