"""What analyses read of large data, to be built before anybody looks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from revops.analysis import alike, funnel_lifecycle, funnel_pipeline
from revops.analysis.core import View
from revops.errors import NotComputable
from revops.metrics.core import Period
from revops.metrics.derived import TENURES, recurring_source

if TYPE_CHECKING:
    from revops.metrics.engine import Engine


def journeys(engine: Engine) -> list[Callable[[], object]]:
    """What to run so that customers' tenures and the journeys of the usual funnels stand: one step a table, those that
    filters and breakdowns are told from last.

    [] where the data are small, or in another engine.
    """
    if not alike.large(engine):
        return []
    view = View(period=Period(engine.as_of, engine.as_of), as_of=engine.as_of)
    followed = []
    if engine.basis.has("opportunities.stage"):
        pipelines, _first = engine.select(funnel_pipeline.PIPELINES_SQL)
        stages, _second = engine.select(funnel_pipeline.STAGES_SQL)
        followed.append(funnel_pipeline.followed(engine, funnel_pipeline.choose(pipelines, stages, None), view))
    with contextlib.suppress(NotComputable):  # the data may tell of no such way
        followed.append(funnel_lifecycle.followed(engine, funnel_lifecycle.steps_of(engine.basis)))
    kept = [partial(engine.refresh, TENURES.name)] if recurring_source(engine.basis) else []
    others = alike.ahead_of_others(engine, followed, view)
    return [*kept, *alike.ahead(engine, followed, view), *others]
