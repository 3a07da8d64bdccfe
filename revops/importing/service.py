"""The one path by which files come into a workspace: the CLI, the demo and the pages all take it.

read -> profile -> propose (or take a kept mapping) -> a person's edits -> stage -> load. Everything up to the load
leaves the workspace alone, and a load is one transaction for all the files: all of them or none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from revops.errors import MappingError, UnreadableFile
from revops.importing import edits
from revops.importing.drafts import Draft, Origin
from revops.importing.returned import mapping_of_returned, returned_beside
from revops.ingest import mapping_json
from revops.ingest.parse import stage
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.suggest import suggest_all
from revops.ingest.types import Context, Mapping, Question, RawTable, StagedLoad, TableProfile, quoted
from revops.ingest.watch import Meter, Progress, watched
from revops.model import ENTITIES, ENTITY
from revops.text import Text
from revops.workspace import LoadReport, Settings, Workspace

Tables = Sequence[tuple[RawTable, TableProfile]]

READING = Text("Reading", "Чтение")
PROFILING = Text("Looking at columns", "Разбор колонок")
CHECKING = Text("Checking rows", "Проверка строк")
MOST_KEYS = 20_000  # keys of one entity that new files are compared with


@contextmanager
def read_tables(
    paths: Iterable[Path],
    *,
    progress: Callable[[Progress], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[list[tuple[RawTable, TableProfile]]]:
    """Every table of the files with its profile, in the files' order; closed on leaving.

    Raises UnreadableFile, which names the first file that holds no table. progress, cancelled: see
    `Workspace.load_many`; here rows are bytes until the file is read.
    """
    tables: list[tuple[RawTable, TableProfile]] = []
    try:
        for path in paths:
            _check_there(path)
            tables += read_profiled(path, progress=progress, cancelled=cancelled)
        yield tables
    finally:
        for raw, _ in tables:
            raw.close()


def read_profiled(
    path: Path,
    *,
    progress: Callable[[Progress], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[tuple[RawTable, TableProfile]]:
    """The tables of one file with their profiles; the caller closes them. Raises UnreadableFile.

    progress, cancelled: see `Workspace.load_many`; where it is stopped, nothing stays open.
    """
    own = Meter()
    tables: list[RawTable] = []

    def work() -> list[tuple[RawTable, TableProfile]]:
        own.begin(READING, path.name, path.stat().st_size, "bytes")
        tables.extend(read_file(path))
        found = []
        for raw in tables:
            own.begin(PROFILING, raw.name, raw.row_count)
            found.append((raw, profile_table(raw)))
        return found

    try:
        return watched(work, own, progress=progress, cancelled=cancelled)
    except BaseException:
        for raw in tables:
            raw.close()
        raise


def _check_there(path: Path) -> None:
    if path.is_dir():
        message = Text("“{f}” is a folder, not a file.", "«{f}» — папка, а не файл.")
        raise UnreadableFile(message.format(f=path), fix=Text("Name the files in it.", "Укажите файлы из неё."))
    if not path.exists():
        raise UnreadableFile(
            Text("There is no file “{f}”.", "Файла «{f}» нет.").format(f=path),
            fix=Text("Check the name and the folder.", "Проверьте имя и папку."),
            code="no_file",
        )


def context_of(workspace: Workspace | None, today: dt.date, currency: str | None = None) -> Context:
    """What is known before the files are looked at: the workspace's currency and keys. None: nothing is loaded yet."""
    if workspace is None:
        return Context(today=today, currency=currency or Settings().currency)
    return Context(today=today, currency=currency or workspace.settings.currency, known_keys=_known_keys(workspace))


def _known_keys(workspace: Workspace) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    cursor = workspace.cursor()
    try:
        for entity in ENTITIES:
            key = entity.key_field
            if key is not None:
                column = quoted(key.name)
                rows = cursor.execute(
                    f"SELECT lower(trim({column})) FROM main.{entity.name} WHERE {column} IS NOT NULL LIMIT {MOST_KEYS}"
                ).fetchall()
                found[entity.name] = frozenset(value for (value,) in rows)
    finally:
        cursor.close()
    return {entity: keys for entity, keys in found.items() if keys}


def draft(tables: Tables, context: Context, workspace: Workspace | None = None) -> list[Draft]:
    """A mapping for each table: the one by which this very file is loaded now, else that of the file whose rejected
    rows it brings back, else the one kept for its headers, else what is proposed."""
    proposed = suggest_all(tables, context)
    drafts = [Draft(raw=r, profile=p, mapping=m) for (r, p), m in zip(tables, proposed, strict=True)]
    if workspace is not None:
        loaded = _loaded_mappings(workspace)
        drafts = [_as_known(d, workspace, loaded, context) for d in drafts]
    return [returned_beside(d, drafts) for d in drafts]


def _loaded_mappings(workspace: Workspace) -> dict[tuple[str, str | None], str]:
    """(file hash, sheet) -> the mapping by which it is loaded."""
    log = workspace.imports()
    active = log[log["active"]]
    rows = zip(active["sha256"], active["sheet"], active["mapping"], strict=True)
    return {(sha, sheet if isinstance(sheet, str) else None): mapping for sha, sheet, mapping in rows}


def _as_known(one: Draft, workspace: Workspace, loaded: dict[tuple[str, str | None], str], context: Context) -> Draft:
    before = loaded.get((one.raw.file.sha256, one.raw.layout.sheet))
    if before is not None:
        return replace(one, mapping=mapping_json.from_json(before), origin=Origin.AS_BEFORE)
    returned = mapping_of_returned(one.raw, workspace)
    if returned is not None:
        return replace(one, mapping=edits.for_any_file(returned), origin=Origin.RETURNED)
    kept = workspace.mapping_for(one.raw.shape)
    if kept is None:
        return one
    mapping = edits.as_of(edits.for_any_file(mapping_json.from_json(kept)), one.profile, context.today)
    return replace(one, mapping=mapping, origin=Origin.KEPT)


def open_questions(drafts: Iterable[Draft]) -> list[tuple[Draft, Question]]:
    """What has to be answered before the drafts can be loaded."""
    return [(d, q) for d in drafts for q in d.mapping.blocking]


def stage_all(
    drafts: Iterable[Draft],
    *,
    progress: Callable[[Progress], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[StagedLoad]:
    """The drafts, typed and checked, in the order to load them. Raises MappingError, which names the file.

    progress, cancelled: see `Workspace.load_many`.
    """
    staged = []
    for one in sorted(drafts, key=lambda d: _place(d.mapping)):
        meter = Meter()
        meter.begin(CHECKING, one.raw.name, one.raw.row_count)
        check = partial(stage, one.raw, one.mapping, one.profile)
        try:
            staged.append(watched(check, meter, one.raw.staging, progress=progress, cancelled=cancelled))
        except MappingError as error:
            raise MappingError(_named(one.raw.name, error.message), fix=error.fix, code=error.code) from error
    return staged


def _place(mapping: Mapping) -> int:
    """Accounts and people are loaded before what refers to them; a table that fits nothing comes last."""
    own = [e.entity for e in mapping.entities if e.role == "rows"]
    return min((_ORDER[name] for name in own), default=len(_ORDER))


_FIRST = ("accounts", "people", "fx_rates")
_ORDER = {name: i for i, name in enumerate(dict.fromkeys((*_FIRST, *ENTITY)))}


def _named(file: str, message: Text) -> Text:
    """The message, beginning with the file's name unless it says it anyway."""
    return message if file in message.en else Text(f"{file}: {message.en}", f"{file}: {message.ru}")


def load(
    workspace: Workspace,
    staged: Sequence[StagedLoad],
    *,
    loaded_at: dt.datetime | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[LoadReport]:
    """Loads everything staged in one transaction. progress, cancelled: see `Workspace.load_many`."""
    return workspace.load_many(staged, loaded_at=loaded_at, progress=progress, cancelled=cancelled)


def keep_mapping(workspace: Workspace, one: Draft) -> None:
    """Files with these headers will be mapped like this one; cells corrected by hand belong to this file alone."""
    workspace.save_mapping(one.raw.shape, mapping_json.to_json(edits.for_any_file(one.mapping)))


def import_files(
    workspace: Workspace,
    paths: Iterable[Path],
    *,
    today: dt.date,
    loaded_at: dt.datetime | None = None,
    edit: Callable[[list[Draft]], list[Draft]] = list,
) -> list[LoadReport]:
    """The whole path for files on disk, with a person's edits in between. today: the as-of day of snapshots.

    Raises UnreadableFile, MappingError (a question is open), WorkspaceError; then nothing was loaded.
    """
    with read_tables(paths) as tables:
        drafts = edit(draft(tables, context_of(workspace, today), workspace))
        return load(workspace, stage_all(drafts), loaded_at=loaded_at)
