"""A source into the workspace, by the same path that files take; once, or again after it changed.

What changed is updated by key, what is new is added, what did not change loads nothing. Records that the source no
longer names stay, and are counted.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from revops import importing
from revops.errors import MappingError, RevOpsError
from revops.importing import Draft, Origin, history
from revops.importing.ahead import prepare_figures
from revops.ingest.read import source_file
from revops.sources.errors import SourceError
from revops.sources.fetch import fetched
from revops.sources.records import Source, from_json, to_json
from revops.sources.secrets import Lookup, from_environment
from revops.sources.trust import trust, trusted
from revops.text import Text
from revops.workspace import LoadReport, Refreshed, Workspace
from revops.workspace.sources import SourceImport

Edit = Callable[[list[Draft]], list[Draft]]

_running: dict[Path, threading.Lock] = {}
_guard = threading.Lock()


def saved(workspace: Workspace) -> list[Source]:
    """The workspace's sources, by name. Raises SourceError where one is of a kind unknown to this version."""
    return [from_json(name, text) for name, text in workspace.sources().items()]


def find(workspace: Workspace, name: str) -> Source:
    """The source of this name. Raises SourceError where there is none."""
    text = workspace.sources().get(name)
    if text is None:
        known = ", ".join(workspace.sources()) or "—"
        raise SourceError(
            Text("There is no source “{name}”.", "Источника «{name}» нет.").format(name=name),
            fix=Text("Sources: {known}.", "Источники: {known}.").format(known=known),
            code="no_source",
        )
    return from_json(name, text)


def save(workspace: Workspace, source: Source) -> None:
    """Keeps the source in the workspace, and agrees to read from it on this machine."""
    trust(source)
    workspace.save_source(source.name, to_json(source))


def refresh(
    workspace: Workspace,
    source: Source,
    *,
    lookup: Lookup = from_environment,
    now: dt.datetime | None = None,
    edit: Edit = list,
) -> tuple[Refreshed, tuple[LoadReport, ...]]:
    """Takes in what the source holds now; one refresh at a time a workspace. now: UTC without zone; None: the clock.

    Returns the line that is written to the refresh log, and a report for each table that was loaded. Raises
    SourceError, UnreadableFile, MappingError, WorkspaceError; nothing was loaded then, and the log says why.
    """
    with _one_at_a_time(workspace.path):
        started = now or dt.datetime.now(dt.UTC).replace(tzinfo=None)
        try:
            done, reports = _refresh(workspace, source, lookup, started, edit)
        except RevOpsError as error:
            workspace.note_refresh(Refreshed(source=source.name, started_at=started, error=error.sentence()))
            raise
        workspace.note_refresh(done)
        return done, reports


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with _guard:
        lock = _running.setdefault(path, threading.Lock())
    with lock:
        yield


def _refresh(
    workspace: Workspace, source: Source, lookup: Lookup, started: dt.datetime, edit: Edit
) -> tuple[Refreshed, tuple[LoadReport, ...]]:
    if not trusted(source):
        raise _not_agreed(source)
    with fetched(source, lookup) as paths:
        known = workspace.source_imports(source.name)
        same = _unchanged(paths, known)
        if same is not None:
            absorbed = workspace.absorb(source.name, (), unchanged=same, again=(), loaded_at=started)
            rows = _rows(workspace, same)
            return Refreshed(source=source.name, started_at=started, rows=rows, gone=absorbed.gone), ()
        with importing.read_tables(paths) as tables:
            context = importing.context_of(workspace, started.date())
            drafts = edit(importing.draft(tables, context, workspace))
            _refuse_questions(source, drafts)
            staged = importing.stage_all(drafts)
            absorbed = workspace.absorb(
                source.name, staged, unchanged=(), again=_overtaken(drafts, known), loaded_at=started
            )
            for draft in drafts:
                if draft.origin is Origin.GIVEN or workspace.mapping_for(draft.raw.shape) is None:
                    importing.keep_mapping(workspace, draft)
    history.keep(workspace, absorbed.reports)
    prepare_figures(workspace)
    return _told(source, started, absorbed.reports, absorbed.gone), absorbed.reports


def _unchanged(paths: Sequence[Path], known: Sequence[SourceImport]) -> set[int] | None:
    """The source's latest imports where every file is, byte for byte, the one that they came from."""
    found: set[int] = set()
    for path in paths:
        own = [one for one in known if one.own and one.file == path.name]
        latest = {one.sheet: one for one in own}.values()
        sha256 = source_file(path).sha256
        if not own or any(one.sha256 != sha256 for one in latest):
            return None
        found |= {one.import_id for one in latest}
    return found


def _overtaken(drafts: Sequence[Draft], known: Sequence[SourceImport]) -> set[int]:
    """Imports with the very content of a draft over which this source has loaded something else since."""
    found = set()
    for draft in drafts:
        file, sheet = draft.raw.file, draft.raw.layout.sheet
        same = next((o.import_id for o in known if o.sha256 == file.sha256 and o.sheet == sheet), None)
        own = [o.import_id for o in known if o.own and o.file == file.name and o.sheet == sheet]
        if same is not None and own and same != own[-1]:
            found.add(same)
    return found


def _rows(workspace: Workspace, imports: set[int]) -> int:
    log = workspace.imports()
    return int(log.loc[log["import_id"].isin(imports), "rows"].sum())


def _told(source: Source, started: dt.datetime, reports: Sequence[LoadReport], gone: int) -> Refreshed:
    fresh = [r for r in reports if not r.already_loaded]
    return Refreshed(
        source=source.name,
        started_at=started,
        rows=sum(r.rows for r in reports),
        added=sum(r.added for r in fresh),
        updated=sum(r.changed for r in fresh),
        rejected=sum(r.rejected for r in fresh),
        gone=gone,
        changed=bool(fresh),
    )


def _refuse_questions(source: Source, drafts: Sequence[Draft]) -> None:
    """Raises MappingError for a question that only a person can answer, and where no table fits the model."""
    asked = importing.open_questions(drafts)
    if not any(draft.mapping.entities for draft in drafts):
        asked = asked or [(d, q) for d in drafts for q in d.mapping.questions]
        if not asked:
            raise MappingError(
                Text("{name} fits no table of the model.", "{name} не подходит ни к одной таблице модели.").format(
                    name=source.name
                ),
                fix=_BY_HAND,
                code="no_entity",
            )
    for draft, question in asked:
        raise MappingError(
            Text("{name}: {question}", "{name}: {question}").format(name=draft.raw.name, question=question.text),
            fix=_BY_HAND,
            code=question.code,
        )


_BY_HAND = Text(
    "On the page Sources, “Map by hand” puts its table on the page Import; load it there once. Or say it to "
    "`source add`, which takes the options of `import`.",
    "Кнопка «Сопоставить» на странице «Источники» положит таблицу на страницу «Импорт»: загрузите её там один "
    "раз. Или укажите в `source add`: у неё те же параметры, что у `import`.",
)


def _not_agreed(source: Source) -> SourceError:
    return SourceError(
        Text(
            "The source “{name}” came with this workspace and nobody on this machine agreed to it yet: {place}",
            "Источник «{name}» пришёл вместе с рабочим пространством, на этом компьютере его ещё не одобрили: {place}",
        ).format(name=source.name, place=source.place.shown),
        fix=Text(
            "If you know the place, agree to it on the page Sources or with `source agree`.",
            "Если место вам знакомо, одобрите его на странице «Источники» или командой `source agree`.",
        ),
        code="source_not_agreed",
    )
