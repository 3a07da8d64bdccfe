"""Which way a funnel follows, from its parameters: one code path for all that tell of the same journeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from revops.analysis import funnel_lifecycle, funnel_notes, funnel_pipeline
from revops.analysis.alike import Journeys
from revops.analysis.core import View
from revops.errors import NotComputable
from revops.text import Text, verbatim

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

IN_ORDER = Text(
    "Strict order: a step counts only for who entered every step before it, one after the other, each on its own date.",
    "Строгий порядок: шаг засчитан только тем, кто прошёл все предыдущие шаги один за другим, с датой каждого.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The steps' keys in order and their names, the journeys through them, what to know of them.

    window: days within which a record must come through, None for no limit. goal: the place (from 1) of the win, the
    last step where there is none. pipeline: its name, None from lead to customer. deals: how many the pipeline has.
    sql: the statements that told the pipelines.
    """

    keys: tuple[str, ...]
    names: Mapping[str, Text]
    followed: Journeys
    window: int | None
    notes: tuple[Text, ...]
    pipeline: str | None = None
    deals: int | None = None
    sql: tuple[str, ...] = ()

    @property
    def record(self) -> str:
        return "lead" if self.keys[0] == "lead" else "deal"

    @property
    def goal(self) -> int:
        return self.keys.index("won") + 1 if self.pipeline is None and "won" in self.keys else len(self.keys)

    def there(self, engine: Engine) -> int:
        """How many records there are to follow, whenever they came."""
        return engine.records[self.followed.relation] if self.deals is None else self.deals


def way(engine: Engine, view: View, params: Mapping[str, Any]) -> Way:
    """By the parameters kind, pipeline, order and window. Raises NotComputable, BadParameter (no such pipeline)."""
    strict = params["order"] == "strict"
    window = None if params["window"] is None else int(params["window"])
    notes = (IN_ORDER,) if strict else ()
    if params["kind"] == "lifecycle":
        keys = funnel_lifecycle.steps_of(engine.basis)
        return Way(
            keys=keys,
            names={k: funnel_lifecycle.STEPS[k] for k in keys},
            followed=funnel_lifecycle.followed(engine, keys, strict=strict),
            window=window,
            notes=(*notes, *funnel_notes.lifecycle_notes(engine, keys)),
        )
    if not engine.basis.has("opportunities.stage"):
        raise NotComputable(
            Text("There are no deals with stages.", "Нет сделок с этапами."),
            fix=Text("Import a deals export.", "Загрузите выгрузку сделок."),
        )
    pipelines, first = engine.select(funnel_pipeline.PIPELINES_SQL)
    stages, second = engine.select(funnel_pipeline.STAGES_SQL)
    chosen = funnel_pipeline.choose(pipelines, stages, params["pipeline"])
    return Way(
        keys=chosen.keys,
        names={k: verbatim(k) for k in chosen.keys},
        followed=funnel_pipeline.followed(engine, chosen, view, strict=strict),
        window=window,
        notes=(*notes, *funnel_notes.pipeline_notes(chosen, params["pipeline"])),
        pipeline=chosen.name,
        deals=chosen.deals,
        sql=(first, second),
    )
