"""Files into a workspace and out again: demo, import, mapping, imports, rejected, undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from revops import importing
from revops.cli import arguments, corrections, progress
from revops.cli.before_after import (
    print_forecast,
    tell_decisions,
    tell_matches,
    tell_restated,
)
from revops.cli.options import FilesArgument, FormatOption, Lang, LangOption, WorkspaceOption
from revops.cli.output import Format, Shown, records, say, write_csv, write_json, write_lines, write_table
from revops.cli.report import describe, print_reports, tell
from revops.cli.session import chosen, opened
from revops.demo import build_demo
from revops.formats import DASH, Formatter
from revops.importing import history
from revops.importing.decisions import Decisions, Differing, decisions_of, differing, take_over, untouched
from revops.importing.history import Done
from revops.importing.told import COMPARING, REHEARSING
from revops.ingest import parse_map_option, watch
from revops.ingest.types import StagedLoad
from revops.ingest.watch import Tell
from revops.text import Text
from revops.workspace import LoadReport, Workspace

IMPORTS = {
    "import_id": Text("Import", "Импорт"),
    "file": Text("File", "Файл"),
    "sheet": Text("Sheet", "Лист"),
    "loaded_at": Text("Loaded (UTC)", "Загружен (UTC)"),
    "entities": Text("Fills", "Заполняет"),
    "accepted": Text("Accepted", "Принято"),
    "rejected": Text("Rejected", "Отклонено"),
    "added": Text("New", "Новых"),
    "changed": Text("Changed", "Изменено"),
}


class Dates(StrEnum):
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Decided(StrEnum):
    TAKE = "take"
    LEAVE = "leave"


def demo(output: FormatOption = Format.TABLE, lang: LangOption = Lang.EN) -> None:
    """Build the demo workspace, once.

    Prints where it is.
    """
    path = chosen("demo")
    built = build_demo(path)
    words = Formatter(lang.value)
    say(
        words.say(
            Text("The demo is built.", "Демо создано.")
            if built
            else Text("The demo is up to date.", "Демо уже создано.")
        )
    )
    if output is Format.TABLE:
        write_lines([str(path)])
    elif output is Format.CSV:
        write_csv([{"path": str(path), "built": built}])
    else:
        write_json({"path": str(path), "built": built})


def import_files(
    files: FilesArgument,
    as_entity: Annotated[
        str | None, typer.Option("--as", metavar="ENTITY", help="What the files are: deals fill opportunities, ...")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", "-m", metavar="HEADER=ENTITY.FIELD", help="Which column fills which field; repeat it."),
    ] = None,
    mapping_file: Annotated[
        Path | None, typer.Option("--mapping", metavar="FILE", help="A mapping as `mapping` prints it, edited or not.")
    ] = None,
    dates: Annotated[
        Dates | None, typer.Option("--dates", help="How 03/04 is read where the file does not tell.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="The day of a snapshot without dates. Default: today.")
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help="Of amounts that name none. Default: the workspace's."),
    ] = None,
    repeated_in_order: Annotated[
        bool, typer.Option("--repeated-in-order", help="Headers written more than once are told apart by their order.")
    ] = False,
    accept_matches: Annotated[
        bool,
        typer.Option("--accept-matches", help="Read names that match nothing as the known name nearest to them."),
    ] = False,
    decisions: Annotated[
        Decided | None,
        typer.Option(
            "--decisions",
            help="Settings, stages and channels of an exported archive. Default: taken where the workspace is empty.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be inserted, updated, left alone and rejected.")
    ] = False,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Load export files into a workspace.

    The workspace is made where there is none. The mapping is proposed from headers and values, unless the file (or
    one with the same headers) was mapped before.
    All files are checked first: if one cannot be read, or asks something that only you can answer, none is loaded.
    """
    wanted = corrections.Corrections(
        entity=as_entity,
        columns=tuple(parse_map_option(text) for text in columns or ()),
        mapping=mapping_file,
        day_first=None if dates is None else dates is Dates.DAY_FIRST,
        as_of=arguments.one_day(as_of, "--as-of") if as_of else None,
        currency=arguments.currency(currency) if currency else None,
        repeated_in_order=repeated_in_order,
    )
    from revops.analysis.ahead import journeys
    from revops.importing.ahead import prepare_figures  # metrics: only where something is loaded
    from revops.importing.restated import headlines, restated

    path = chosen(workspace)
    words = Formatter(lang.value)
    brought = None if decisions is Decided.LEAVE else decisions_of(files)
    reports: list[LoadReport] = []
    forecast: list[importing.Forecast] = []
    with (
        progress.cancellable(words, saved=lambda: bool(reports)),
        progress.line(words) as tell_how_far,
        importing.read_tables(files, progress=tell_how_far) as tables,
    ):
        drafts, staged, checks = _prepare(tables, path, wanted, tell_how_far, accept_matches=accept_matches)
        if dry_run:
            forecast = _forecast(path, staged, tell_how_far)
        else:
            with _made(path) as store:
                before = headlines(store)
                take = decisions is Decided.TAKE or untouched(store)
                reports += importing.load(store, staged, progress=tell_how_far)
                for draft in drafts:
                    if draft.origin is importing.Origin.GIVEN:
                        importing.keep_mapping(store, draft)
                listed = [describe(one, load, drafts) for one, load in zip(reports, staged, strict=True)]
                other = _compared(store, brought, take=take)
                prepare_figures(store, progress=tell_how_far, also=journeys)
                changed = restated(store, before)
                history.keep(store, reports, changed)
                words = Formatter(lang.value, store.settings.currency)
    tell_matches(checks, words, accepted=accept_matches)
    if dry_run:
        _print_forecast(forecast, output, lang)
        return
    for row in listed:
        row["restated"] = [history.as_row(one) for one in changed]
        tell(row, words)
    if other:
        tell_decisions(other, words, taken=take)
    tell_restated(changed, words)
    if output is Format.JSON:
        write_json(listed, lang.value)
    elif output is Format.CSV:
        write_csv([_flat(row, entity) for row in listed for entity in row["entities"] or [{}]], language=lang.value)
    else:
        print_reports(listed, words)


def _compared(store: Workspace, brought: Decisions | None, *, take: bool) -> Differing | None:
    """What an exported archive says otherwise than the workspace did, taken over or not; None where it says nothing."""
    if brought is None:
        return None
    return take_over(store, brought) if take else differing(store, brought)


def _flat(row: dict[str, Any], entity: dict[str, Any]) -> dict[str, Any]:
    kept = ("import_id", "file", "sheet", "rows", "already_loaded", "replaced")
    return {**{k: row[k] for k in kept}, **entity}


def _forecast(path: Path, staged: list[StagedLoad], tell_how_far: Tell) -> list[importing.Forecast]:
    """What the load would do to each entity; the workspace stays as it is."""
    with _there(path) as store:
        used = (one.raw.staging for one in staged)
        return watch.phase(REHEARSING, lambda: importing.dry_run(store, staged), *used, progress=tell_how_far)


def _print_forecast(found: list[importing.Forecast], output: Format, lang: Lang) -> None:
    if output is Format.JSON:
        write_json([asdict(f) for f in found], lang.value)
    elif output is Format.CSV:
        write_csv([asdict(f) for f in found])
    else:
        print_forecast(found, Formatter(lang.value))


@contextmanager
def _made(path: Path) -> Iterator[Workspace]:
    """The workspace at `path`; one that was made here is gone again where nothing came into it."""
    there = path.exists()
    kept = False
    try:
        with Workspace.open(path) as store:
            try:
                yield store
            finally:
                kept = there or not store.imports().empty
    finally:
        if not kept and not there:
            path.unlink(missing_ok=True)


@contextmanager
def _there(path: Path) -> Iterator[Workspace | None]:
    """The workspace at `path`; None where there is no file."""
    if not path.is_file():
        yield None
        return
    with Workspace.open(path, create=False) as store:
        yield store


def _prepare(
    tables: importing.Tables, path: Path, wanted: corrections.Corrections, tell_how_far: Tell, *, accept_matches: bool
) -> tuple[list[importing.Draft], list[StagedLoad], list[importing.KeyCheck]]:
    """The drafts, what they stage to, and what their references do not match; nothing is written."""
    today = wanted.as_of or dt.date.today()
    with _there(path) as store:
        context = importing.context_of(store, today, wanted.currency)
        drafts = wanted.applied(importing.draft(tables, context, store), context)
        used = (raw.staging for raw, _ in tables)
        checks = watch.phase(COMPARING, lambda: importing.key_checks(drafts, store), *used, progress=tell_how_far)
        if accept_matches:
            drafts, checks = importing.accept_sure(drafts, store)
    corrections.refuse_open_questions(drafts)
    return drafts, importing.stage_all(drafts, progress=tell_how_far), checks


def show_mapping(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export file.")],
    workspace: WorkspaceOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Print the mapping `import` would use.

    It is JSON, to edit and give to `import --mapping`. Nothing is loaded.
    """
    path = chosen(workspace)
    with importing.read_tables([file]) as tables:
        if path.is_file():
            with Workspace.open(path, create=False) as store:
                drafts = importing.draft(tables, importing.context_of(store, dt.date.today()), store)
        else:
            drafts = importing.draft(tables, importing.context_of(None, dt.date.today()))
        documents = [corrections.document(d) for d in drafts]
    write_json(documents[0] if len(documents) == 1 else documents, lang.value)


def list_imports(
    workspace: WorkspaceOption = None, output: FormatOption = Format.TABLE, lang: LangOption = Lang.EN
) -> None:
    """List what is loaded.

    File, time, rows accepted and rejected. Undone imports are left out.
    """
    with opened(workspace) as store:
        log, done = store.imports(), history.of(store)
    rows = [{k: v for k, v in row.items() if k not in ("mapping", "active")} for row in records(log) if row["active"]]
    rows = [{**row, "entities": row["entities"] or [], **_became(done.get(row["import_id"]))} for row in rows]
    if output is Format.JSON:
        told = {i: list(one.figures) for i, one in done.items()}
        write_json([{**row, "restated": told.get(row["import_id"])} for row in rows])
    elif output is Format.CSV:
        keys = [*(c for c in log.columns if c not in ("mapping", "active")), *BECAME]
        write_csv([{**row, "entities": " ".join(row["entities"])} for row in rows], keys)
    else:
        words = Formatter(lang.value)
        write_table([_column(name, label, rows, words) for name, label in IMPORTS.items()])


BECAME = ("added", "changed", "unchanged")


def _became(done: Done | None) -> dict[str, int | None]:
    """What became of the records that an import names; null where the workspace kept nothing of it."""
    return {name: None if done is None else getattr(done, name) for name in BECAME}


def _column(name: str, label: Text, rows: list[dict[str, Any]], words: Formatter) -> Shown:
    values = [row[name] for row in rows]
    if name in ("accepted", "rejected", *BECAME):
        return Shown(
            header=words.say(label), values=[DASH if v is None else words.number(v) for v in values], right=True
        )
    if name == "entities":
        return Shown(header=words.say(label), values=[", ".join(v) or DASH for v in values])
    return Shown(
        header=words.say(label),
        values=["" if v is None else str(v)[:19] if name == "loaded_at" else str(v) for v in values],
    )


def list_rejected(
    import_id: Annotated[int, typer.Argument(metavar="IMPORT_ID", help="The import; `imports` lists them.")],
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """List the rejected rows of an import.

    Each with its reason and its values as uploaded.
    """
    with opened(workspace) as store:
        frame = store.rejected(import_id, lang.value)
    rows, names = records(frame), [str(c) for c in frame.columns]
    if output is Format.JSON:
        write_json(rows)
    elif output is Format.CSV:
        write_csv(rows, names)
    else:
        write_table([Shown(header=n, values=[DASH if row[n] is None else str(row[n]) for row in rows]) for n in names])


def undo_import(
    import_id: Annotated[int, typer.Argument(metavar="IMPORT_ID", help="The import; `imports` lists them.")],
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Take an import out again.

    The data are as if it had never been loaded.
    """
    with opened(workspace) as store:
        store.undo(import_id)
    if output is Format.JSON:
        write_json({"import_id": import_id, "undone": True})
    else:
        say(Text("Import {id} is undone.", "Импорт {id} отменён.").format(id=import_id)[lang.value])
