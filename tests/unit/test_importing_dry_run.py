"""What a load would do is what it then does, and saying so leaves nothing behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from revops.importing import Forecast, context_of, draft, dry_run, load, read_tables, stage_all
from revops.workspace import LoadReport, Workspace

DAY = dt.date(2026, 3, 1)
OLD = """Deal ID,Account Name,Deal Stage,Create Date,Amount
1,Ada,Discovery,2026-01-05,100
2,Bo,Closed Won,2026-01-06,200
3,Cy,Closed Lost,2026-01-07,300
"""
NEW = """Deal ID,Account Name,Deal Stage,Create Date,Amount
1,Ada,Closed Won,2026-01-05,150
2,Bo,Closed Won,2026-01-06,200
4,Di,Discovery,2026-02-01,400
5,Eve,Discovery,not a date,500
"""


def written(folder: Path, **files: str) -> list[Path]:
    paths = []
    for name, content in files.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(content, encoding="utf-8")
    return paths


def rehearsed_then_loaded(workspace: Workspace, paths: Sequence[Path]) -> tuple[list[Forecast], list[LoadReport]]:
    with read_tables(paths) as tables:
        staged = stage_all(draft(tables, context_of(workspace, DAY), workspace))
        before = everything(workspace)
        forecasts = dry_run(workspace, staged)
        assert everything(workspace) == before
        return forecasts, load(workspace, staged)


def everything(workspace: Workspace) -> tuple[str, dict[str, int], int, list[str]]:
    """Fingerprint, counts, imports, and every relation of the file."""
    cursor = workspace.cursor()
    names = cursor.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL"
    ).fetchall()
    cursor.close()
    return workspace.fingerprint, workspace.counts(), len(workspace.imports()), [n for (n,) in names]


def of(forecasts: Sequence[Forecast], entity: str) -> Forecast:
    return next(f for f in forecasts if f.entity == entity)


def counts(one: Forecast) -> tuple[int, int, int, int]:
    return one.insert, one.update, one.unchanged, one.reject


def test_into_nothing_everything_readable_is_inserted(tmp_path: Path) -> None:
    with read_tables(written(tmp_path, new=NEW)) as tables:
        forecasts = dry_run(None, stage_all(draft(tables, context_of(None, DAY))))
    assert counts(of(forecasts, "opportunities")) == (3, 0, 0, 1)


def test_a_newer_export_inserts_updates_leaves_alone_and_rejects(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        rehearsed_then_loaded(workspace, written(tmp_path, old=OLD))
        forecasts, (report,) = rehearsed_then_loaded(workspace, written(tmp_path, new=NEW))
        assert counts(of(forecasts, "opportunities")) == (1, 1, 1, 1)
        for done in report.entities:
            said = of(forecasts, done.entity)
            assert counts(said) == (done.added, done.changed, done.unchanged, done.rejected)


def test_records_that_two_files_of_one_load_hold_are_inserted_once(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        forecasts, reports = rehearsed_then_loaded(workspace, written(tmp_path, old=OLD, new=NEW))
        deals = [f for f in forecasts if f.entity == "opportunities"]
        assert [(f.file, f.insert, f.update) for f in deals] == [("old.csv", 3, 0), ("new.csv", 1, 2)]
        assert sum(f.insert for f in deals) == workspace.counts()["opportunities"]
        done = [e for r in reports for e in r.entities if e.entity == "opportunities"]
        assert [(e.added, e.changed) for e in done] == [(3, 0), (1, 2)]


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        rehearsed_then_loaded(workspace, written(tmp_path, old=OLD))
        forecasts, (report,) = rehearsed_then_loaded(workspace, written(tmp_path, old=OLD))
        assert counts(of(forecasts, "opportunities")) == (0, 0, 3, 0)
        assert report.already_loaded


def test_rehearsing_does_not_keep_the_load_from_following(tmp_path: Path) -> None:
    """Others see the workspace as it was while and after it is rehearsed."""
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with read_tables(written(tmp_path, old=OLD)) as tables:
            staged = stage_all(draft(tables, context_of(workspace, DAY), workspace))
            assert dry_run(workspace, staged) == dry_run(workspace, staged)
        assert workspace.counts()["opportunities"] == 0
