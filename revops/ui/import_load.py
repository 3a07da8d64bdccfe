"""The load itself: everything on the desk in one transaction, told while it runs, and undone where it is stopped."""

from __future__ import annotations

from functools import partial

from revops.analysis import ahead
from revops.errors import RevOpsError
from revops.importing import history, keep_mapping, load, stage_all
from revops.importing.ahead import prepare_figures
from revops.importing.decisions import decisions_of, take_over, untouched
from revops.importing.restated import headlines, restated
from revops.importing.values import decide
from revops.text import Text
from revops.ui import empty, state, uploads, working
from revops.ui.state import Session
from revops.ui.uploads import Desk
from revops.ui.words import FILES
from revops.workspace import Workspace

TITLE = Text("Loading {files}", "Загружаем {files}")
ALL_OR_NOTHING = Text(
    "All of it or nothing: until it is saved, the workspace stays as it was.",
    "Всё или ничего: до сохранения рабочее пространство остаётся прежним.",
)


def run(session: Session, on: Desk) -> None:
    """Loads what lies on the desk; the mappings are kept for the next export with these headers.

    An exported archive brings its settings, stages and channels into an empty workspace.

    Broken off (Cancel, another click, a tab that is closed), it leaves the workspace and the desk as they were.
    """
    drafts = list(on.drafts.values())
    before = {m.key for m in session.engine.metrics()} if session.engine else set()
    files = session.formatter.plural(len({d.raw.file.sha256 for d in drafts}), FILES)
    on.made = not session.path.is_file()
    try:
        with (
            on.busy,
            working.box(session, TITLE.format(files=files), ALL_OR_NOTHING, partial(uploads.stop_load, on)) as tell,
        ):
            on.broken_off, on.said = True, uploads.LOAD_BROKEN_OFF
            staged = stage_all(drafts, progress=tell)
            brought = decisions_of(on.files.values())
            workspace = state.create_workspace(session.path)
            fresh = untouched(workspace)
            figures = headlines(workspace)
            on.reports = load(workspace, staged, progress=tell)
            on.broken_off, on.said = False, None
            for one in drafts:
                keep_mapping(workspace, one)
            if brought is not None and fresh:
                take_over(workspace, brought)
            decide(workspace, on.stage_choices, on.channel_choices)
            on.gained, on.restated = _gained(workspace, before), restated(workspace, figures)
            history.keep(workspace, on.reports, on.restated)
            on.clear()
            # the load is saved: stopped here, nothing is lost
            prepare_figures(workspace, progress=tell, also=ahead.journeys)
    except RevOpsError as error:
        on.broken_off, on.said = False, None
        empty.problem(error, session.language)
    finally:
        on.staged.clear()  # staging anew has dropped what was staged before


def _gained(workspace: Workspace, before: set[str]) -> list[str]:
    from revops.metrics.engine import Engine

    if workspace.as_of() is None:
        return []
    return [m.key for m in Engine(workspace).metrics() if m.key not in before]
