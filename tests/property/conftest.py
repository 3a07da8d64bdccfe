"""Properties over random companies take minutes: `make test-extra` runs them, `make test-slow` ten times as many."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHORT = {"test_import_hostile.py", "test_read_fuzz.py"}  # files nobody meant to write: these run at every make test


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and item.path.name not in SHORT:
            item.add_marker(pytest.mark.extra)
