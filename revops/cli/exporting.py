"""What a workspace holds, out as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revops.cli.options import Lang, LangOption, WorkspaceOption
from revops.cli.output import say, write_lines
from revops.cli.session import opened
from revops.errors import BadParameter
from revops.exporting import Exported, Format, export, export_all
from revops.formats import Formatter
from revops.model import ENTITY, entity
from revops.text import Text

ALL = "all"
RECORDS = Text("record|records", "запись|записи|записей")


def export_data(
    what: Annotated[
        str, typer.Argument(metavar="ENTITY|all", help="accounts, opportunities, ...; all: a ZIP with a manifest.")
    ] = ALL,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How the tables are written.")] = Format.CSV,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="PATH", help="The file to write. Default: named after the workspace, here."
        ),
    ] = None,
    bom: Annotated[bool, typer.Option("--bom", help="Begin CSV with the mark by which Excel knows UTF-8.")] = False,
    safe: Annotated[
        bool,
        typer.Option(
            "--safe-for-excel",
            help="An apostrophe before texts of a CSV that Excel would run as formulas; undone on import.",
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file where it is there already.")] = False,
    workspace: WorkspaceOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Write an entity, or all of them, to a file.

    Every field and your own columns, amounts to the last digit. The file can be imported again and changes nothing.
    Prints where it is.
    """
    if what != ALL:
        entity(what)
    if (bom or safe) and format_ is not Format.CSV:
        raise BadParameter(
            Text("--bom and --safe-for-excel are for CSV.", "--bom и --safe-for-excel — только для CSV."),
            fix=Text("Leave them out, or choose --format csv.", "Уберите их или выберите --format csv."),
        )
    with opened(workspace) as store:
        extension = "zip" if what == ALL else format_.value
        path = out or Path(f"{store.name}-{'export' if what == ALL else what}.{extension}")
        _check_free(path, overwrite=overwrite)
        done = (
            export_all(store, format_, path, bom=bom, safe=safe)
            if what == ALL
            else [export(store, what, format_, path, bom=bom, safe=safe)]
        )
    for one in done:
        say(_told(one, Formatter(lang.value)))
    write_lines([str(path)])


def _told(one: Exported, words: Formatter) -> str:
    text = Text("{entity}: {records}", "{entity}: {records}")
    return words.say(text, entity=ENTITY[one.entity].label, records=words.plural(one.rows, RECORDS))


def _check_free(path: Path, *, overwrite: bool) -> None:
    if path.is_dir():
        raise BadParameter(
            Text("“{path}” is a folder.", "«{path}» — папка.").format(path=path),
            fix=Text("Name a file in it.", "Укажите файл в ней."),
        )
    if path.exists() and not overwrite:
        raise BadParameter(
            Text("“{path}” is there already.", "Файл «{path}» уже есть.").format(path=path),
            fix=Text(
                "Name another with --out, or add --overwrite.", "Укажите другой в --out или добавьте --overwrite."
            ),
            code="file_exists",
        )
