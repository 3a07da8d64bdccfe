"""The demo company out and in again: the same records and the same five headline figures, in every format."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from revops.exporting import Format, export_all
from revops.importing.restated import headlines
from revops.workspace import Workspace
from tests.round_trips import changes, come_back, decided, records


@pytest.fixture(scope="module")
def demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy of the demo; what comes back into it changes nothing, so that every format finds it the same."""
    copy = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    shutil.copyfile(next(demo_home.rglob("demo.duckdb")), copy)
    with Workspace.open(copy) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def said(demo: Workspace) -> tuple[Any, ...]:
    """Records, decisions and headline figures, before anything has come back."""
    return records(demo), decided(demo), headlines(demo)


# The other formats are told apart on every kind of record and value in tests/property/test_round_trips.py.
@pytest.mark.parametrize(
    "format_", [pytest.param(f, marks=() if f is Format.CSV else pytest.mark.extra) for f in Format]
)
def test_the_demo_comes_back_as_it_was(demo: Workspace, said: tuple[Any, ...], tmp_path: Path, format_: Format) -> None:
    safe = format_ is Format.CSV
    export_all(demo, format_, tmp_path / "all.zip", safe=safe, bom=safe)
    with Workspace.open(tmp_path / "empty.duckdb") as empty:
        forecast = come_back(demo, [tmp_path / "all.zip"], empty)
        assert changes(forecast) == []
        assert sum(f.unchanged for f in forecast) == sum(map(len, said[0].values()))
        for workspace in (demo, empty):
            assert (records(workspace), decided(workspace), headlines(workspace)) == said
