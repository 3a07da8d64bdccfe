"""What pages ask first, prepared as the last phase of a load: so that the first look after it waits for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from revops.ingest.watch import Progress, Tell
from revops.metrics import prepared
from revops.metrics.engine import Engine
from revops.text import Text
from revops.workspace import Workspace

PREPARING: Final = Text("Saved; preparing figures", "Сохранено; готовим показатели")
PATIENCE: Final = 180.0


Steps = Callable[[Engine], list[Callable[[], object]]]


def prepare_figures(
    workspace: Workspace, *, progress: Tell | None = None, seconds: float = PATIENCE, also: Steps = lambda engine: []
) -> int:
    """Builds the tables that every metric reads without a breakdown and filter, and those that most breakdowns and
    filters are told from; gives how many it saw to.

    also: what analyses read beside them (analysis/ahead.py), built before those of the less usual dimensions.

    Of small data there is nothing to prepare. After so many seconds the rest is left to the first look at it. An
    exception from `progress` ends it: what is built stays, and the load is not touched.
    """
    engine = Engine(workspace)
    work = [*prepared.ahead(engine), *also(engine), *prepared.ahead_of_others(engine)]
    until = time.monotonic() + seconds
    for done, build in enumerate(work):
        if progress is not None:
            progress(Progress(phase=PREPARING, file="", done=0, total=0, share=done / len(work)))
        if time.monotonic() > until:
            return done
        build()
    return len(work)
