"""The demo company out and in again: the same records and the same five headline figures, in every format."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from revops.exporting import Format, export_all
from revops.importing.restated import headlines
from revops.workspace import Workspace
from tests.round_trips import changes, come_back, decided, records


@pytest.mark.parametrize("format_", list(Format))
def test_the_demo_comes_back_as_it_was(demo_home: Path, tmp_path: Path, format_: Format) -> None:
    copy = tmp_path / "demo.duckdb"
    shutil.copyfile(next(demo_home.rglob("demo.duckdb")), copy)
    with Workspace.open(copy) as demo, Workspace.open(tmp_path / "empty.duckdb") as empty:
        before, known, figures = records(demo), decided(demo), headlines(demo)
        safe = format_ is Format.CSV
        export_all(demo, format_, tmp_path / "all.zip", safe=safe, bom=safe)
        forecast = come_back(demo, [tmp_path / "all.zip"], empty)
        assert changes(forecast) == []
        assert sum(f.unchanged for f in forecast) == sum(map(len, before.values()))
        for workspace in (demo, empty):
            assert records(workspace) == before
            assert decided(workspace) == known
            assert headlines(workspace) == figures
