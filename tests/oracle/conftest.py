"""The hand-made company, loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from revops.metrics.engine import Engine
from tests.oracle.company import TABLES
from tests.support import workspace_of


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The company of company.py in a real workspace."""
    folder: Path = tmp_path_factory.mktemp("company")
    return Engine(workspace_of(folder / "company.duckdb", TABLES))
