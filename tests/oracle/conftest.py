"""The hand-made company, loaded; and where the oracles' statements run (REVOPS_TEST_ENGINE: duckdb, spark)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import TABLES
from tests.oracle.selection import leave_out
from tests.support import workspace_of

if TYPE_CHECKING:
    from revops.metrics.engines.spark import SparkExecutor

ENGINE = os.environ.get("REVOPS_TEST_ENGINE", "duckdb")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if ENGINE == "spark":
        leave_out(items)


@pytest.fixture(scope="package", autouse=True)
def _engine_of_the_run() -> Iterator[None]:
    """Every Engine that an oracle makes, and no other test, runs on the engine of this run, over the same rows."""
    if ENGINE == "duckdb":
        yield
        return
    assert ENGINE == "spark", f"REVOPS_TEST_ENGINE is duckdb or spark, not {ENGINE}"
    from tests.spark import executor_over

    made: dict[tuple[Path, str], SparkExecutor] = {}

    def executor_of(workspace: Workspace) -> SparkExecutor:
        state = (workspace.path, workspace.fingerprint)
        if state not in made:
            made[state] = executor_over(workspace)
        return made[state]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("revops.metrics.engine.executor_of", executor_of)
        yield


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory, _engine_of_the_run: None) -> Engine:
    """The company of company.py in a real workspace."""
    folder: Path = tmp_path_factory.mktemp("company")
    return Engine(workspace_of(folder / "company.duckdb", TABLES))
