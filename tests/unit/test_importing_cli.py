"""The command line around a load: matches hinted at and accepted, the load rehearsed, past figures that changed."""

from __future__ import annotations

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
