"""Journeys of deals through the stages of one pipeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis.alike import Journeys
from revops.analysis.core import View
from revops.analysis.journeys import furthest, in_order
from revops.errors import BadParameter, NotComputable, unknown
from revops.metrics.derived import STAGE_DAYS
from revops.metrics.tables import looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

PIPELINES_SQL = "SELECT pipeline, deals, with_history FROM derived.pipelines ORDER BY deals DESC, pipeline"
STAGES_SQL = (
    "SELECT coalesce(pipeline, '') AS pipeline, stage, position, meaning FROM stage_meanings ORDER BY position, stage"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline's steps in order: for each the stages (as the system writes them) that count as it; the last is won.

    aside: stages that are no step of the way (on hold). lost: stages of lost deals. history: some deals have
    stage events. deals: how many there are.
    """

    name: str
    steps: tuple[tuple[str, ...], ...]
    lost: tuple[str, ...]
    aside: tuple[str, ...]
    history: bool
    deals: int
    others: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(stages[0] for stages in self.steps)


def pipeline_names(engine: Engine) -> tuple[str, ...]:
    """What the funnel's parameter `pipeline` can be here, most deals first ("" for deals that name none)."""
    frame, _sql = engine.select(PIPELINES_SQL)
    return tuple(frame["pipeline"])


def choose(pipelines: pd.DataFrame, stages: pd.DataFrame, wanted: str | None) -> Pipeline:
    """The pipeline of that name, else the one with most deals. Raises NotComputable without deals, BadParameter."""
    names = pipelines["pipeline"].tolist()
    if not names:
        raise NotComputable(
            Text("There are no deals to follow.", "Нет сделок, путь которых можно проследить."),
            fix=Text("Import a deals export.", "Загрузите выгрузку сделок."),
        )
    if wanted is not None and wanted not in names:
        error = unknown(Text("pipeline", "воронка"), wanted, names)
        raise BadParameter(error.message, fix=error.fix)
    name = names[0] if wanted is None else wanted
    row = pipelines[pipelines["pipeline"] == name].iloc[0]
    own = stages[stages["pipeline"] == name]
    by_meaning = {m: tuple(g["stage"]) for m, g in own.groupby("meaning", sort=False)}
    ways = [(s, m) for s, m in zip(own["stage"], own["meaning"], strict=True) if m not in ("won", "lost")]
    known = [s for s, m in ways if m != "other"]
    # a stage of no known meaning is a step only where no stage of the pipeline has one
    steps = known or [s for s, _ in ways]
    return Pipeline(
        name=name,
        steps=(*((s,) for s in steps), by_meaning.get("won", ("won",))),
        lost=by_meaning.get("lost", ()),
        aside=tuple(s for s, _ in ways if s not in steps),
        history=bool(row["with_history"]),
        deals=int(row["deals"]),
        others=tuple(n for n in names if n != name),
    )


def journeys(engine: Engine, pipeline: Pipeline, view: View, *, strict: bool = False) -> ir.Table:
    """One row a deal of the pipeline that entered it within the view's period (see journeys.py).

    A deal enters on the date it entered the first stage; where that is not recorded, when it was created or first
    seen in a later stage, whichever came first. What happened after as_of is not known yet. strict: of a stage that
    a deal entered several times, the first time after the stage before it counts.
    """
    looked = looked_at()
    as_of = looked.as_of.as_scalar()
    deals = engine.keep(table("opportunities"), "opportunities", view.where)
    deals = deals.filter(deals.pipeline.fill_null("") == pipeline.name)
    rows = _with_own_dates(deals, pipeline.steps, as_of)
    if strict:
        rows = _with_dates_in_order(rows, pipeline.steps, as_of)
    k = len(pipeline.steps)
    closed_in_time = (rows.closed_at.date() <= as_of).fill_null(True)
    won, lost = (rows.status == "won") & closed_in_time, (rows.status == "lost") & closed_in_time
    final = f"own_{k}"
    far = ibis.literal(dt.date(9999, 12, 31))
    first_seen = ibis.least(rows.created_at.date().fill_null(far), rows.seen.fill_null(far)).nullif(far)
    rows = rows.mutate(
        entry=ibis.coalesce(rows.own_1, first_seen),
        won=won.fill_null(False),
        state=lost.fill_null(False).ifelse("lost", "open"),
        unknown=~rows.recorded,
        lost_day=rows.closed_at.date(),
        **{final: ibis.cases((won.fill_null(False), ibis.coalesce(rows[final], rows.closed_at.date())))},
    )
    known = ibis.greatest(rows.far, 1) if strict else furthest(rows, k - 1)
    reached = rows.won.ifelse(ibis.literal(k, "int64"), known)
    if is_now(engine, view):
        reached = ibis.greatest(reached, _position(rows.stage, pipeline.steps[:-1]))
    rows = rows.mutate(reached=reached)
    rows = rows.filter((rows.entry >= looked.start.as_scalar()) & (rows.entry < looked.end.as_scalar()))
    return in_order(rows, k) if strict else rows


def followed(engine: Engine, pipeline: Pipeline, view: View, *, strict: bool = False) -> Journeys:
    """The journeys through the pipeline, for alike.told."""
    return Journeys(
        key=("pipeline", pipeline.name, pipeline.steps, is_now(engine, view), strict),
        relation="opportunities",
        steps=len(pipeline.steps),
        rows=lambda v: journeys(engine, pipeline, v, strict=strict),
    )


def is_now(engine: Engine, view: View) -> bool:
    """The view is of the data as they are: where a deal stands now is known only of now."""
    return view.as_of >= engine.as_of


def _with_own_dates(deals: ir.Table, steps: Sequence[Sequence[str]], as_of: ir.DateValue) -> ir.Table:
    """The deals with own_1 .. own_k, `seen` (first date in any step), `recorded` (has stage events)."""
    events = STAGE_DAYS.table.filter(STAGE_DAYS.table.first_day <= as_of)
    events = events.mutate(day=events.first_day, position=_position(events.stage, steps))
    own = {f"own_{k}": events.day.min(where=events.position == k) for k in range(1, len(steps) + 1)}
    dated = events.group_by(_of=events.opportunity_id).agg(
        **own, seen=events.day.min(where=events.position > 0), recorded=ibis.literal(True)
    )
    joined = deals.left_join(dated, deals.opportunity_id == dated["_of"]).drop("_of")
    return joined.mutate(recorded=joined.recorded.fill_null(False))


def _with_dates_in_order(rows: ir.Table, steps: Sequence[Sequence[str]], as_of: ir.DateValue) -> ir.Table:
    """The rows of `_with_own_dates` with own_2 .. own_k replaced by the first day in that step on or after the day of
    the step before (null where there is none), and `far`: the furthest step before the last that was ever entered.
    """
    k = len(steps)
    events = table("stage_events")
    events = events.filter(events.entered_at.notnull() & (events.entered_at.date() <= as_of))
    events = events.mutate(_day=events.entered_at.date(), _position=_position(events.stage, steps))
    far_off = ibis.literal(dt.date(9999, 12, 31))
    first = ibis.coalesce(rows.own_1, ibis.least(rows.created_at.date().fill_null(far_off), rows.seen))
    starts = rows.select(_deal=rows.opportunity_id, _t_1=first)
    found = events.join(starts, events.opportunity_id == starts["_deal"])
    whole = ibis.window(group_by="_deal")
    for step in range(2, k + 1):
        here = (found["_position"] == step) & (found["_day"] >= found[f"_t_{step - 1}"])
        found = found.mutate(**{f"_t_{step}": ibis.cases((here, found["_day"])).min().over(whole)})
    dated = found.group_by("_deal").agg(
        **{f"_own_{step}": found[f"_t_{step}"].min() for step in range(2, k + 1)},
        far=found["_position"].max(where=found["_position"] < k),
    )
    joined = rows.left_join(dated, rows.opportunity_id == dated["_deal"])
    names = [f"_own_{step}" for step in range(2, k + 1)]
    ordered = joined.mutate(**{name[1:]: joined[name] for name in names}, far=joined.far.fill_null(0))
    return ordered.drop("_deal", *names)


def _position(stage: ir.StringValue, steps: Sequence[Sequence[str]]) -> ir.IntegerValue:
    """Which step a stage is, 0 for none; spelling differs in case and blanks only."""
    branches = [(name.strip().lower(), k) for k, stages in enumerate(steps, start=1) for name in stages]
    if not branches:
        return ibis.literal(0, "int64")
    return stage.strip().lower().cases(*branches, else_=0).cast("int64")
