"""Saved sources: source add, list, refresh, agree, remove."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from revops import sources
from revops.cli import arguments, corrections
from revops.cli.app import EXIT_BAD_INPUT, Command
from revops.cli.loading import Dates
from revops.cli.options import FormatOption, Lang, LangOption, WorkspaceOption
from revops.cli.output import Format, Shown, say, write_csv, write_json, write_table
from revops.cli.session import chosen, opened
from revops.errors import RevOpsError
from revops.formats import DASH, Formatter
from revops.importing import context_of
from revops.ingest import parse_map_option
from revops.sources import Source
from revops.text import Text
from revops.workspace import Refreshed, Workspace

SOURCE = typer.Typer(
    help="Places that are imported again and again: files, folders, https and S3 addresses, databases.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The source's name; `source list` shows them.")]


@SOURCE.command("add", cls=Command)
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it; its imports have this name.")],
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE",
            help="A file, a folder, https://..., s3://bucket/key, or a database: 'postgresql://user:${PASSWORD}@host/db'."
            " Secrets are names of environment variables, never values.",
        ),
    ],
    table: Annotated[str | None, typer.Option("--table", help="Of a database: the table, or schema.table.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="Of a database: one SELECT instead of a table.")] = None,
    pattern: Annotated[str | None, typer.Option("--pattern", help="Of a folder: which files, as in *.csv.")] = None,
    authorization: Annotated[
        str | None, typer.Option("--authorization", help="Of an https address: the header, as in 'Bearer ${TOKEN}'.")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="Of S3. Default: us-east-1.")] = None,
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Of a store other than Amazon's.")] = None,
    every: Annotated[
        int | None, typer.Option("--every", metavar="MINUTES", help="Refresh so often while the app runs.")
    ] = None,
    as_entity: Annotated[str | None, typer.Option("--as", metavar="ENTITY", help="What it is, as in `import`.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", "-m", metavar="HEADER=ENTITY.FIELD", help="As in `import`; repeat it.")
    ] = None,
    mapping_file: Annotated[Path | None, typer.Option("--mapping", metavar="FILE", help="As in `import`.")] = None,
    dates: Annotated[Dates | None, typer.Option("--dates", help="As in `import`.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CODE", help="As in `import`.")] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Save a source and import from it once.

    The workspace is made where there is none. How its columns map is kept for every later refresh. The source is kept
    even where its first import fails.
    """
    found = sources.place_of(
        place, pattern=pattern, table=table, query=query, authorization=authorization, region=region, endpoint=endpoint
    )
    source = Source(name=name, place=found, every=every)
    wanted = corrections.Corrections(
        entity=as_entity,
        columns=tuple(parse_map_option(text) for text in columns or ()),
        mapping=mapping_file,
        day_first=None if dates is None else dates is Dates.DAY_FIRST,
        currency=arguments.currency(currency) if currency else None,
    )
    with Workspace.open(chosen(workspace)) as store:
        today = dt.datetime.now(dt.UTC).date()
        sources.save(store, source)
        done, _ = sources.refresh(
            store, source, edit=lambda drafts: wanted.applied(drafts, context_of(store, today, wanted.currency))
        )
    _print([done], output, Formatter(lang.value))


@SOURCE.command("list", cls=Command)
def list_sources(
    workspace: WorkspaceOption = None, output: FormatOption = Format.TABLE, lang: LangOption = Lang.EN
) -> None:
    """List the saved sources.

    Each with its place, its schedule, and its last refresh.
    """
    with opened(workspace) as store:
        known, last = sources.saved(store), store.last_refreshes()
    rows = [_described(one, last.get(one.name)) for one in known]
    if output is Format.JSON:
        write_json(rows, lang.value)
    elif output is Format.CSV:
        write_csv(rows, None if rows else ["name"], language=lang.value)
    else:
        words = Formatter(lang.value)
        labels = {
            "name": Text("Source", "Источник"),
            "place": Text("Place", "Откуда"),
            "every": Text("Every, min", "Каждые, мин"),
            "refreshed_at": Text("Last refresh (UTC)", "Обновлён (UTC)"),
            "status": Text("Status", "Состояние"),
        }
        write_table([Shown(header=words.say(t), values=[_cell(r[k], words) for r in rows]) for k, t in labels.items()])


def _described(source: Source, last: Refreshed | None) -> dict[str, Any]:
    return {
        "name": source.name,
        "place": source.place.shown,
        "every": source.every,
        "agreed": sources.trusted(source),
        "refreshed_at": last.started_at.replace(microsecond=0) if last else None,
        "rows": last.rows if last else None,
        "gone": last.gone if last else None,
        "status": sources.status(source, last),
    }


def _cell(value: Any, words: Formatter) -> str:
    return DASH if value is None else words.say(value) if isinstance(value, Text) else str(value)


@SOURCE.command("refresh", cls=Command)
def refresh_sources(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Which; none: all of them.")] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Import what sources hold now.

    Changed records are updated by key; an unchanged source loads nothing. One that fails does not stop the others.
    """
    words = Formatter(lang.value)
    done, failed = [], False
    with opened(workspace) as store:
        for source in [sources.find(store, n) for n in names] if names else sources.saved(store):
            try:
                done.append(sources.refresh(store, source)[0])
            except RevOpsError as error:
                failed = True
                say(f"{source.name}: {error.sentence()[lang.value]}")
                done.append(store.last_refreshes()[source.name])
    _print(done, output, words)
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@SOURCE.command("agree", cls=Command)
def agree(name: NameArgument, workspace: WorkspaceOption = None, lang: LangOption = Lang.EN) -> None:
    """Agree to read from a source that came with a workspace file."""
    with opened(workspace) as store:
        source = sources.find(store, name)
        sources.trust(source)
    said = Text("“{name}” may be read from {place}.", "«{name}» можно читать из {place}.")
    say(said.format(name=name, place=source.place.shown)[lang.value])


@SOURCE.command("remove", cls=Command)
def remove(name: NameArgument, workspace: WorkspaceOption = None, lang: LangOption = Lang.EN) -> None:
    """Forget a source. What was imported from it stays."""
    with opened(workspace) as store:
        sources.find(store, name)
        store.remove_source(name)
    said = Text(
        "The source “{name}” is removed; its data stay.", "Источник «{name}» удалён, загруженные данные остались."
    )
    say(said.format(name=name)[lang.value])


def _print(done: list[Refreshed], output: Format, words: Formatter) -> None:
    language = words.language
    if output is Format.JSON:
        write_json(done, language)
        return
    keys = ("source", "started_at", "rows", "added", "updated", "rejected", "gone", "changed", "error")
    if output is Format.CSV:
        write_csv([{k: getattr(one, k) for k in keys} for one in done], keys, language=language)
        return
    labels = {
        "rows": Text("Rows", "Строк"),
        "added": Text("New", "Новых"),
        "updated": Text("Changed", "Изменено"),
        "rejected": Text("Rejected", "Отклонено"),
        "gone": Text("No longer there", "Больше нет в источнике"),
    }
    columns = [Shown(header=words.say(Text("Source", "Источник")), values=[one.source for one in done])]
    columns += [
        Shown(
            header=words.say(label),
            values=[DASH if one.error else words.number(getattr(one, key)) for one in done],
            right=True,
        )
        for key, label in labels.items()
    ]
    write_table(columns)
