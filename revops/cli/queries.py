"""A person's own SQL over the shared data model."""

from __future__ import annotations

from typing import Annotated

import typer

from revops.cli.options import FormatOption, Lang, LangOption, WorkspaceOption
from revops.cli.output import Format, Shown, records, say, write_csv, write_json, write_table
from revops.cli.session import opened
from revops.errors import BadParameter
from revops.formats import DASH
from revops.text import Text


def run_sql(
    select: Annotated[str, typer.Argument(metavar="SELECT", help="One read-only SELECT; one table an entity.")],
    limit: Annotated[int, typer.Option("--limit", help="The most rows to give.")] = 10_000,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Run one SELECT over the data.

    It sees one table an entity: accounts, opportunities, subscriptions, ... Nothing can be changed.
    """
    if limit < 1:
        raise BadParameter(Text("--limit must be 1 or more.", "--limit должен быть не меньше 1."))
    with opened(workspace) as store:
        frame = store.query_user(select, limit=limit)
    names = [str(c) for c in frame.columns]
    rows = records(frame)
    if frame.attrs.get("cut"):
        said = Text(
            "Only the first {n} rows are shown; raise --limit for more.",
            "Показаны первые строки: {n}; больше — --limit.",
        )
        say(said.format(n=limit)[lang.value])
    if output is Format.JSON:
        write_json(rows)
    elif output is Format.CSV:
        write_csv(rows, names)
    else:
        write_table([_shown(name, [row[name] for row in rows]) for name in names])


def _shown(name: str, values: list[object]) -> Shown:
    """Values as they are, exactly: a person who wrote the SQL chose their form."""
    numeric = any(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return Shown(header=name, values=[DASH if v is None else str(v) for v in values], right=numeric)
