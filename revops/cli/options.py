"""The options that commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from revops.cli.output import Format


class Lang(StrEnum):
    EN = "en"
    RU = "ru"


WorkspaceOption = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="NAME|PATH",
        help="A workspace of the data folder by its name (demo, acme), or a file: with a slash, or .duckdb at the end. "
        "Default: REVOPS_WORKSPACE, else the workspace named default.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print; JSON is machine-readable.")]
LangOption = Annotated[Lang, typer.Option("--lang", "-l", envvar="REVOPS_LANG", help="The language of texts.")]

FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="DAY", help="First day: 2026-03-01, or 2026-03, 2026-Q1, 2026."),
]
ToOption = Annotated[
    str | None,
    typer.Option("--to", metavar="DAY", help="Last day, itself included: 2026-03-31, or 2026-03, 2026-Q1, 2026."),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DAY", help="The last day that counts. Default: the latest event in the data."),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="DIM=VALUE", help="Keep these rows only; repeat it for more values or dimensions."),
]
FilesArgument = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Export files: CSV, Excel, JSON, HTML, Parquet, or a ZIP of them."),
]
