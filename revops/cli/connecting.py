"""A workspace over the tables of another engine: `connect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revops.cli.options import Lang, LangOption, WorkspaceOption
from revops.cli.output import say
from revops.cli.session import chosen
from revops.errors import BadParameter
from revops.formats import DASH
from revops.metrics.engines.connecting import connect as connect_to
from revops.text import Text
from revops.workspace import Workspace


def connect(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="The engine's address: 'postgresql://user:${PASSWORD}@host/db', snowflake://, bigquery://, trino://, "
            "clickhouse://, databricks://, spark://host:port. Secrets are names of environment variables.",
        ),
    ],
    mapping: Annotated[
        Path, typer.Option("--map", metavar="FILE", help="Which tables and columns fill the shared model (JSON).")
    ],
    workspace: WorkspaceOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Read a workspace's tables where they are.

    Nothing is copied and nothing is written there: the mapping is compiled to a SELECT an entity, and every figure is
    computed by the engine. The workspace is made where there is none; one that holds imported data is refused. Run it
    again after the tables changed: filled fields, the last day and the stages are looked at anew.
    """
    if not mapping.is_file():
        raise BadParameter(Text("There is no file {path}.", "Файла нет: {path}.").format(path=mapping))
    with Workspace.open(chosen(workspace)) as store:
        found = connect_to(store, url, mapping.read_text(encoding="utf-8"))
    told = Text(
        "Connected to {url}: {n} tables of the model, data up to {day}.",
        "Подключено: {url}. Таблиц модели: {n}, данные по {day}.",
    )
    said = told.format(url=url, n=len(found.filled), day=found.as_of or DASH)
    say(said[lang.value])
