"""The command line around a load: matches hinted at and accepted, the load rehearsed, past figures that changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from revops.cli.app import program
from revops.workspace import Workspace

ACCOUNTS = "Account ID,Account Name,Industry\nNorthwind,Northwind,retail\nContoso,Contoso,energy\n"
DEALS = """Deal ID,Account ID,Deal Stage,Create Date,Close Date,Amount
1,North-wind,Closed Lost,2026-01-05,2026-01-20,100
2,Contoso,Closed Won,2026-01-06,2026-01-25,200
3,Contoso,Discovery,2026-03-06,,300
"""


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(program(), [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "accounts.csv", tmp_path / "deals.csv"]
    for path, content in zip(paths, (ACCOUNTS, DEALS), strict=True):
        path.write_text(content, encoding="utf-8")
    return paths


def test_names_that_match_nothing_are_hinted_at_and_loaded_as_they_are(tmp_path: Path, files: list[Path]) -> None:
    result = run("import", *files, "--workspace", tmp_path / "w.duckdb")
    assert "“North-wind” (1 row) ~ “Northwind”?" in result.stderr
    assert "--accept-matches" in result.stderr
    assert accounts_of_deals(tmp_path / "w.duckdb") == ["North-wind", "Contoso", "Contoso"]


def test_accepted_matches_are_loaded_as_the_known_names(tmp_path: Path, files: list[Path]) -> None:
    result = run("import", *files, "--accept-matches", "--workspace", tmp_path / "w.duckdb")
    assert "North-wind" not in result.stderr
    assert accounts_of_deals(tmp_path / "w.duckdb") == ["Northwind", "Contoso", "Contoso"]


def accounts_of_deals(path: Path) -> list[Any]:
    with Workspace.open(path, create=False) as workspace:
        return list(workspace.query_user("SELECT account_id FROM opportunities ORDER BY opportunity_id")["account_id"])


def test_a_dry_run_counts_and_makes_no_workspace(tmp_path: Path, files: list[Path]) -> None:
    path = tmp_path / "w.duckdb"
    rows = json.loads(run("import", *files, "--dry-run", "--workspace", path, "--format", "json").stdout)
    deals = next(r for r in rows if r["entity"] == "opportunities")
    assert (deals["insert"], deals["update"], deals["unchanged"], deals["reject"]) == (3, 0, 0, 0)
    assert not path.exists()


def test_past_figures_that_a_newer_export_changes_are_told(tmp_path: Path, files: list[Path]) -> None:
    path = tmp_path / "w.duckdb"
    first = json.loads(run("import", *files, "--workspace", path, "--format", "json").stdout)
    assert [row["restated"] for row in first] == [[], []]
    files[1].write_text(DEALS.replace("Closed Lost", "Closed Won"), encoding="utf-8")
    result = run("import", files[1], "--workspace", path, "--format", "json")
    (row,) = json.loads(result.stdout)
    changed = {r["metric"]: r for r in row["restated"]}
    assert changed["won_revenue"] == {
        "metric": "won_revenue",
        "month": "2026-01-01",
        "before": 200.0,
        "after": 300.0,
        "change": 100.0,
    }
    assert changed["win_rate"]["change"] == 0.5
    assert "Win rate: past months that changed: 1." in result.stderr


# --- rejected rows, corrected and loaded again ------------------------------------------------------------------------

MIXED = "Deal ID,Account Name,Deal Stage,Create Date,Close Date,Amount\n" + (
    "1,Ada,Closed Won,31.02.2025,2026-02-01,100\n2,Bo,,2026-01-06,,200\n,Cy,Discovery,2026-01-07,,300\n"
    + "".join(f"{i},Ada,Closed Won,2026-01-{i:02},2026-02-{i:02},{i}00\n" for i in range(10, 29))
)


def test_rejected_rows_of_every_kind_are_printed_corrected_and_imported_again(tmp_path: Path) -> None:
    deals, corrected, path = tmp_path / "deals.csv", tmp_path / "corrected.csv", tmp_path / "w.duckdb"
    deals.write_text(MIXED, encoding="utf-8")
    (first,) = json.loads(run("import", deals, "--workspace", path, "--format", "json").stdout)
    assert first["rejected"] == 3
    printed = run("rejected", first["import_id"], "--workspace", path, "--format", "csv").stdout
    assert "31.02.2025" in printed
    mended = printed.replace(",31.02.2025,", ",2025-02-28,").replace("2,Bo,,", "2,Bo,Discovery,")
    mended = mended.replace(",,Cy,", ",3,Cy,")
    corrected.write_text(mended, encoding="utf-8")
    (again,) = json.loads(run("import", corrected, "--workspace", path, "--format", "json").stdout)
    assert (again["mapping"], again["rejected"]) == ("returned", 0)
    assert {e["entity"]: e["added"] for e in again["entities"]}["opportunities"] == 3
    with Workspace.open(path, create=False) as workspace:
        found = workspace.query_user("SELECT count(*) AS n, min(created_at) AS day FROM opportunities")
    assert found["n"][0] == 22
    assert str(found["day"][0])[:10] == "2025-02-28"


def test_cells_corrected_in_a_mapping_file_are_loaded_and_told(tmp_path: Path) -> None:
    deals, mapping, path = tmp_path / "deals.csv", tmp_path / "mapping.json", tmp_path / "w.duckdb"
    deals.write_text(MIXED, encoding="utf-8")
    told = json.loads(run("mapping", deals).stdout)
    told["corrections"] = {
        "file": hashlib.sha256(deals.read_bytes()).hexdigest(),
        "cells": [{"row": 1, "column": "Create Date", "was": "31.02.2025", "now": "2025-02-28"}],
        "left_out": [2],
    }
    mapping.write_text(json.dumps(told), encoding="utf-8")
    (row,) = json.loads(run("import", deals, "--mapping", mapping, "--workspace", path, "--format", "json").stdout)
    assert row["rejected"] == 1
    assert any("Cells corrected by hand: 1; rows left out by hand: 1." in str(note) for note in row["notes"])
    (line,) = json.loads(run("imports", "--workspace", path, "--format", "json").stdout)
    assert (line["corrected"], line["left_out"]) == (1, 1)


def test_a_mapping_file_that_names_none_of_the_files_is_refused(tmp_path: Path) -> None:
    deals, mapping = tmp_path / "deals.csv", tmp_path / "mapping.json"
    deals.write_text(MIXED, encoding="utf-8")
    told = json.loads(run("mapping", deals).stdout)
    mapping.write_text(json.dumps([{**told, "file": "other.csv"}]), encoding="utf-8")
    result = CliRunner().invoke(
        program(), ["import", str(deals), "--mapping", str(mapping), "--workspace", str(tmp_path / "w.duckdb")]
    )
    assert result.exit_code != 0
    assert "names none of these files" in result.stderr
