"""The workspace: one DuckDB file a client, with its data, import log, decisions and settings."""

from __future__ import annotations

from revops.workspace.home import asked_path, data_home, workspace_names, workspace_path
from revops.workspace.load import EntityReport, LoadReport
from revops.workspace.settings import Settings
from revops.workspace.sources import Refreshed
from revops.workspace.store import Workspace

__all__ = [
    "EntityReport",
    "LoadReport",
    "Refreshed",
    "Settings",
    "Workspace",
    "asked_path",
    "data_home",
    "workspace_names",
    "workspace_path",
]
