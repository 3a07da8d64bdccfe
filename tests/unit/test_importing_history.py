"""What each load did is kept beside the import log, as long as its import is."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from typer.testing import CliRunner

from revops.cli.app import program
from revops.importing import history, import_files
from revops.importing.restated import headlines, restated
from revops.workspace import Workspace

HEADER = "Deal ID,Deal Stage,Create Date,Close Date,Amount\n"
ONE = "1,Closed Won,2026-01-05,2026-01-20,100\n"
TWO = "2,Closed Lost,2026-01-06,2026-01-25,50\n"
THREE = "3,Discovery,2026-02-10,,10\n"
TODAY = dt.date(2026, 3, 11)


def put(workspace: Workspace, folder: Path, *rows: str) -> None:
    path = folder / "deals.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    before = headlines(workspace)
    history.keep(workspace, import_files(workspace, [path], today=TODAY), restated(workspace, before))


def test_records_by_what_became_of_them_and_the_figures_that_changed(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        put(workspace, tmp_path, ONE, TWO)
        put(workspace, tmp_path, ONE.replace(",100", ",130"), TWO, THREE)
        first, second = (history.of(workspace)[n] for n in (1, 2))
    assert (first.added, first.changed, first.unchanged, first.restated) == (2, 0, 0, ())
    assert (second.added, second.changed, second.unchanged) == (1, 1, 1)
    [opportunities] = second.filled
    assert opportunities.entity == "opportunities"
    # nothing but what happened by 25 January was known: no month was whole, so none is restated
    assert second.restated == ()


def test_a_month_that_was_whole_is_restated(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        put(workspace, tmp_path, ONE, TWO, THREE)
        put(workspace, tmp_path, ONE.replace(",100", ",130"), TWO, THREE)
        told = {(r.metric, r.month): (r.before, r.after) for r in history.of(workspace)[2].restated}
    assert told["won_revenue", dt.date(2026, 1, 1)] == (100, 130)
    assert ("win_rate", dt.date(2026, 1, 1)) not in told


def test_the_same_file_again_did_nothing(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        put(workspace, tmp_path, ONE)
        put(workspace, tmp_path, ONE)
        assert list(history.of(workspace)) == [1]
        assert history.of(workspace)[1].added == 1


def test_keeping_it_changes_no_figure(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        path = tmp_path / "deals.csv"
        path.write_text(HEADER + ONE, encoding="utf-8")
        reports = import_files(workspace, [path], today=TODAY)
        before = workspace.fingerprint
        history.keep(workspace, reports)
        assert workspace.fingerprint == before


def test_the_command_line_lists_it(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with Workspace.open(path) as workspace:
        put(workspace, tmp_path, ONE, TWO, THREE)
        put(workspace, tmp_path, ONE.replace(",100", ",130"), TWO, THREE)
    asked = CliRunner().invoke(program(), ["imports", "--workspace", str(path), "--format", "json"])
    _first, second = json.loads(asked.stdout)
    assert (second["added"], second["changed"], second["unchanged"]) == (0, 1, 2)
    told = [r for r in second["restated"] if r["metric"] == "won_revenue"]
    assert told == [{"metric": "won_revenue", "month": "2026-01-01", "before": 100, "after": 130, "change": 30}]
