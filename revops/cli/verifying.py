"""A passport from the command line: whether its figures can be had again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revops.analysis import passports
from revops.analysis.passports import Difference
from revops.cli.options import FormatOption, Lang, LangOption, WorkspaceOption
from revops.cli.output import Format, plain, write_json, write_lines
from revops.cli.session import opened
from revops.errors import BadParameter
from revops.formats import DASH, Formatter
from revops.metrics.engine import Engine
from revops.text import Text

MOST = 20  # differences in words; JSON has them all


def verify(
    file: Annotated[Path, typer.Argument(metavar="PASSPORT.json", help="A passport written by `cell --passport`.")],
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Run a passport's figures again.

    Says “same”, or which value differs and what changed since. Exit code 0 where they are the same, 1 where not.
    """
    try:
        passport = passports.read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadParameter(
            Text("{f} cannot be read.", "Файл {f} не читается.").format(f=file.name), code="not_a_passport"
        ) from error
    with opened(workspace) as store:
        verdict = passports.verified(Engine(store), passport)
    if output is Format.JSON:
        write_json(plain(verdict, lang.value), lang.value)
    else:
        words = Formatter(lang.value)
        if verdict.same:
            write_lines([words.say(Text("same", "совпадает"))])
        else:
            lines = [words.say(Text("differs", "не совпадает")), *map(words.say, verdict.reasons)]
            lines += [_told(d, words) for d in verdict.differences[:MOST]]
            if len(verdict.differences) > MOST:
                more = Text("… and {n} more", "… и ещё {n}")
                lines.append(words.say(more, n=len(verdict.differences) - MOST))
            write_lines(lines)
    if not verdict.same:
        raise typer.Exit(1)


def _told(one: Difference, words: Formatter) -> str:
    was, now = (DASH if v is None else str(v) for v in (one.was, one.now))
    if not one.where:
        return words.say(Text("Rows of the answer: {a}, now {b}", "Строк в ответе: {a}, теперь {b}"), a=was, b=now)
    text = Text("Row {r}, {c}: {a}, now {b}", "Строка {r}, {c}: {a}, теперь {b}")
    return words.say(text, r=one.where, c=one.column, a=was, b=now)
