"""Where statements run: DuckDB in the workspace's file, or another engine through Ibis. Decision 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revops.metrics.engines.executor import DuckExecutor, Executor

if TYPE_CHECKING:
    from revops.workspace import Workspace


def executor_of(workspace: Workspace) -> Executor:
    """Where the workspace's tables are."""
    connection = workspace.connection
    if connection is None:
        return DuckExecutor(workspace)
    from revops.metrics.engines.connecting import executor_for

    return executor_for(workspace, connection)
