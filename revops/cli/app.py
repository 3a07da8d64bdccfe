"""The program: its commands, and the one way in which they fail.

Whatever a person can mend ends with exit code 2 and one sentence on stderr; a usage error too. Anything else is a bug
and shows its traceback.
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

from revops.cli.output import say
from revops.errors import RevOpsError
from revops.text import Text, language

EXIT_BAD_INPUT = 2
EXIT_CANCELLED = 130  # as a shell counts Ctrl-C
CANCELLED = Text("Cancelled; nothing was loaded.", "Отменено, ничего не загружено.")


class Command(TyperCommand):
    """A command whose errors are sentences."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RevOpsError as error:
            lang = ctx.params.get("lang")
            say(error.sentence()[language(str(lang.value) if lang else None)])
            raise typer.Exit(EXIT_BAD_INPUT) from None


COMMANDS = {
    "demo": "loading:demo",
    "import": "loading:import_files",
    "mapping": "loading:show_mapping",
    "imports": "loading:list_imports",
    "rejected": "loading:list_rejected",
    "undo": "loading:undo_import",
    "metrics": "asking:list_metrics",
    "metric": "asking:compute_metric",
    "cells": "cells:list_cells",
    "cell": "cells:run_one_cell",
    "verify": "verifying:verify",
    "sql": "queries:run_sql",
    "stages": "decisions:stages",
    "channels": "decisions:channels",
    "definitions": "definitions:DEFINITIONS",
    "export": "exporting:export_data",
    "source": "sources:SOURCE",
    "connect": "connecting:connect",
    "synth": "synth:synth",
}


def program(only: str | None = None) -> typer.Typer:
    """The program with all its commands, or with the one that is going to run: the others' modules are not loaded."""
    built = typer.Typer(
        name="revops",
        help="Revenue analytics on your own exports: load them, ask metrics and analyses, read the SQL behind.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    built.callback()(_group)
    for name, place in COMMANDS.items():
        if only in (None, name):
            module, function = place.split(":")
            found = getattr(import_module(f"revops.cli.{module}"), function)
            if isinstance(found, typer.Typer):
                built.add_typer(found, name=name)
            else:
                built.command(name, cls=Command)(found)
    return built


def _group() -> None:
    """Revenue analytics on your own exports: load them, ask metrics and analyses, read the SQL behind."""


def main() -> None:
    """Run the command line; leaves the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # files name things in any script; a terminal's code page may not
    asked = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        program(asked if asked in COMMANDS else None)(prog_name="revops")
    except KeyboardInterrupt:  # before the command itself began
        say(CANCELLED[language(os.environ.get("REVOPS_LANG"))])
        sys.exit(EXIT_CANCELLED)
