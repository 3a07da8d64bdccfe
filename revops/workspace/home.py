"""Where workspaces are kept on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

from revops.errors import WorkspaceError
from revops.text import Text

SUFFIX = ".duckdb"


def data_home() -> Path:
    """The data folder: REVOPS_HOME, else the platform's folder for a person's data. It may not exist yet."""
    given = os.environ.get("REVOPS_HOME")
    return Path(given).expanduser() if given else platformdirs.user_data_path("revops", appauthor=False)


def workspace_path(name: str) -> Path:
    """The file of the workspace `name`. Raises WorkspaceError where the name could leave the folder."""
    if not re.fullmatch(r"\w(?:[\w .()-]{0,78}[\w)])?", name):
        raise WorkspaceError(
            Text(
                "“{name}” cannot be the name of a workspace.", "«{name}» не может быть именем рабочего пространства."
            ).format(name=name),
            fix=Text(
                "Use up to 80 letters, digits, spaces, dots, hyphens; begin with a letter or digit.",
                "До 80 букв, цифр, пробелов, точек и дефисов; начните с буквы или цифры.",
            ),
            code="workspace_name",
        )
    return data_home() / "workspaces" / f"{name}{SUFFIX}"


def asked_path(asked: str) -> Path:
    """The file that a person asks for by --workspace or REVOPS_WORKSPACE: a name is that of a workspace of the data
    folder ("demo", "acme"); what has a slash or ends with .duckdb is a path. Raises WorkspaceError as `workspace_path`.
    """
    separators = {"/", os.sep, os.altsep or "/"}
    if asked.lower().endswith(SUFFIX) or any(s in asked for s in separators):
        return Path(asked).expanduser().resolve()
    return workspace_path(asked)


def workspace_names() -> list[str]:
    """The workspaces of this machine, by name."""
    return sorted(p.name.removesuffix(SUFFIX) for p in (data_home() / "workspaces").glob(f"*{SUFFIX}"))
