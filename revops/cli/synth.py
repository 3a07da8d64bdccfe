"""A workspace of any size, to try the product on as many rows as a company has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from revops.cli import progress
from revops.cli.options import Lang, LangOption, WorkspaceOption
from revops.cli.output import say, write_lines
from revops.cli.session import chosen
from revops.errors import WorkspaceError
from revops.formats import Formatter
from revops.synth import build, size_of, totals
from revops.text import Text

Count = Annotated[int | None, typer.Option(min=1, help="Default: in proportion to the opportunities.")]


def synth(
    opportunities: Annotated[int, typer.Option(min=1, help="How many opportunities.")] = 100_000,
    subscriptions: Count = None,
    accounts: Count = None,
    activities: Count = None,
    leads: Count = None,
    tickets: Count = None,
    stage_events: Annotated[bool, typer.Option("--stage-events", help="Also the stages that deals passed.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--totals", metavar="PATH", help="Write the known totals to this file, not here.")
    ] = None,
    workspace: WorkspaceOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Make a company of any size in a new workspace, with totals to check the product's figures against.

    Prints the totals as JSON: rows of each entity; won revenue, won deals, MRR, active customers, spend and leads by
    month, counted from the rows as they were made.
    """
    words = Formatter(lang.value)
    path = chosen(workspace)
    if path.exists():
        raise WorkspaceError(
            Text("{path} is there already.", "{path} уже существует.").format(path=path),
            fix=Text("Choose another name with --workspace.", "Выберите другое имя параметром --workspace."),
        )
    size = size_of(opportunities, seed=seed)
    size = replace(
        size,
        subscriptions=subscriptions or size.subscriptions,
        accounts=accounts or size.accounts,
        activities=activities or size.activities,
        leads=leads or size.leads,
        tickets=tickets or size.tickets,
        stage_events=stage_events,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with progress.cancellable(words), progress.line(words) as tell:
            build(path, size, progress=tell).close()
    except BaseException:
        for left in (path, path.with_name(path.name + ".wal")):
            left.unlink(missing_ok=True)
        raise
    told = json.dumps(totals(size), indent=1)
    if out is None:
        write_lines([told])
    else:
        out.write_text(told + "\n", encoding="utf-8")
    say(words.say(Text("{path}: {size}.", "{path}: {size}.").format(path=path, size=str(size))))
