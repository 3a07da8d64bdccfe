"""Which workspace a command works on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from revops.errors import WorkspaceError
from revops.text import Text
from revops.workspace import Workspace, asked_path, workspace_path

DEMO = "demo"
DEFAULT = "default"


def chosen(option: str | None) -> Path:
    """The file that --workspace names, else REVOPS_WORKSPACE, else the default one (see `asked_path`)."""
    return asked_path(option or os.environ.get("REVOPS_WORKSPACE") or DEFAULT)


@contextmanager
def opened(option: str | None) -> Iterator[Workspace]:
    """The chosen workspace, open for the command. Raises WorkspaceError where it does not exist."""
    path = chosen(option)
    if not path.is_file():
        raise _missing(path)
    with Workspace.open(path) as workspace:
        yield workspace


def _missing(path: Path) -> WorkspaceError:
    if path == workspace_path(DEMO):
        fix = Text("Build it with `python -m revops demo`.", "Создайте его командой `python -m revops demo`.")
    else:
        fix = Text(
            "Import a file into it first, or choose another with --workspace.",
            "Сначала загрузите в него файл или выберите другое параметром --workspace.",
        )
    return WorkspaceError(
        Text("There is no workspace at {path}.", "Рабочего пространства нет: {path}.").format(path=path),
        fix=fix,
        code="no_workspace",
    )
