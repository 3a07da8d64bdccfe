"""Metrics, analyses and SQL from the command line, over the company that is small enough to check by eye."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from revops.cli.app import program
from revops.workspace import Workspace
from tests.oracle.company import TABLES
from tests.support import workspace_of


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "company.duckdb"
    workspace_of(path, TABLES).close()
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program(), [str(a) for a in arguments], catch_exceptions=False)


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


# --- metrics ------------------------------------------------------------------------------------------------------


def test_every_metric_is_listed_with_what_it_needs(company: Path) -> None:
    listed = {m["key"]: m for m in answer("metrics", "--workspace", company)}
    assert listed["win_rate"]["computable"] is True
    assert listed["win_rate"]["unit"] == "share"
    assert "segment" in listed["win_rate"]["dimensions"]


def test_a_metric_that_cannot_be_told_says_which_field_would_unlock_it(tmp_path: Path) -> None:
    path = tmp_path / "accounts.duckdb"
    workspace_of(path, {"accounts": TABLES["accounts"]}).close()
    listed = {m["key"]: m for m in answer("metrics", "--workspace", path)}
    assert listed["win_rate"]["computable"] is False
    assert "opportunities.closed_at" in listed["win_rate"]["missing"]
    refused = run("metric", "win_rate", "--workspace", path)
    assert refused.exit_code == 2
    assert "opportunities.closed_at" in refused.stderr


def test_mrr_by_month_is_the_company_s(company: Path) -> None:
    rows = answer("metric", "mrr", "--grain", "month", "--as-of", "2025-06-30", "--workspace", company)
    assert [(r["start"], r["end"], r["value"]) for r in rows] == [
        ("2025-01-01", "2025-02-01", 200),
        ("2025-02-01", "2025-03-01", 260),
        ("2025-03-01", "2025-04-01", 400),
        ("2025-04-01", "2025-05-01", 255),
        ("2025-05-01", "2025-06-01", 255),
        ("2025-06-01", "2025-07-01", 355),
    ]


def test_without_a_grain_a_metric_is_one_row_over_all_the_data(company: Path) -> None:
    (row,) = answer("metric", "won_deals", "--workspace", company)
    months = answer("metric", "won_deals", "--grain", "month", "--workspace", company)
    assert row["value"] == sum(m["value"] for m in months) > 0


def test_a_range_is_bounded_by_days_that_count(company: Path) -> None:
    (quarter,) = answer("metric", "mrr", "--from", "2025-01", "--to", "2025-Q1", "--workspace", company)
    assert (quarter["start"], quarter["end"], quarter["value"]) == ("2025-01-01", "2025-04-01", 400)


def test_a_breakdown_holds_the_value_under_the_name_that_was_asked_for(company: Path) -> None:
    rows = answer("metric", "mrr", "--by", "Segment", "--as-of", "2025-06-30", "--workspace", company)
    assert {r["Segment"]: r["value"] for r in rows} == {"enterprise": 250, "small": 105}


def test_a_filter_keeps_the_rows_that_are_asked_for(company: Path) -> None:
    (row,) = answer(
        "metric", "mrr", "--where", "segment=small", "--as-of", "2025-06-30", "--workspace", company
    )  # Cy 60, Di 45, Eve 0
    assert row["value"] == 105


def test_what_is_undefined_is_null_in_json_and_a_dash_in_a_table(company: Path) -> None:
    asked = ("metric", "win_rate", "--from", "2020", "--to", "2020", "--workspace", company)
    (row,) = answer(*asked)
    assert row["value"] is None
    assert "—" in run(*asked).stdout


def test_a_table_is_told_in_the_language(company: Path) -> None:
    english = run("metric", "mrr", "--from", "2025-03", "--to", "2025-03", "--workspace", company).stdout
    russian = run(
        "metric", "mrr", "--from", "2025-03", "--to", "2025-03", "--workspace", company, "--lang", "ru"
    ).stdout
    assert "Mar 2025" in english
    assert "$400" in english
    assert "мар 2025" in russian
    assert "400\u00a0$" in russian


def test_csv_has_plain_values(company: Path) -> None:
    result = run("metric", "mrr", "--grain", "quarter", "--workspace", company, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [float(r["value"]) for r in rows] == [400, 355]
    assert rows[0]["start"] == "2025-01-01"


# --- analyses -----------------------------------------------------------------------------------------------------


def test_every_listed_cell_runs(company: Path) -> None:
    listed = answer("cells", "--workspace", company)
    assert {c["key"] for c in listed} >= {"kpi_trend", "funnel", "arr_bridge"}
    untold = {c["key"] for c in listed if not c["computable"]}  # its files have neither stage history nor activities
    assert untold == {"stage_matrix", "engagement", "engagement_wins"}
    for cell in listed:
        assert cell["computable"] is (cell["why_not"] is None)
        if not cell["computable"]:
            continue
        ran = answer("cell", cell["key"], "--workspace", company)
        assert ran["key"] == cell["key"]
        assert ran["finding"]


def test_a_cell_carries_its_rows_and_its_passport(company: Path) -> None:
    cell = answer(
        "cell", "kpi_trend", "-p", "metric=mrr", "--from", "2025-01", "--to", "2025-05", "--workspace", company
    )
    assert cell["params"]["metric"] == "mrr"
    assert [r["value"] for r in cell["rows"]] == [200, 260, 400, 255, 255]
    passport = cell["passport"]
    assert {"definition", "formula", "sql", "rows_used", "rows_left_out", "sources", "as_of"} <= set(passport)
    assert passport["as_of"] == "2025-06-20"
    assert [s["file"] for s in passport["sources"]] == [f"{entity}.csv" for entity in TABLES]
    assert any("SELECT" in text for text in passport["sql"])


def test_a_cell_in_russian(company: Path) -> None:
    cell = answer("cell", "arr_bridge", "--workspace", company, "--lang", "ru")
    assert "ARR" in cell["finding"]
    assert any("а" <= ch <= "я" for ch in cell["finding"])


# --- SQL ----------------------------------------------------------------------------------------------------------


def test_sql_sees_one_table_an_entity(company: Path) -> None:
    rows = answer(
        "sql", "SELECT segment, count(*) AS n FROM accounts GROUP BY ALL ORDER BY ALL", "--workspace", company
    )
    assert rows == [{"segment": "enterprise", "n": 3}, {"segment": "small", "n": 5}]


def test_sql_gives_decimals_as_numbers_dates_as_text_and_nothing_as_null(company: Path) -> None:
    asked = "SELECT sum(amount) AS a, min(started_at) AS d, max(ended_at) FILTER (false) AS e FROM subscriptions"
    (row,) = answer("sql", asked, "--workspace", company)
    assert row == {"a": 2884, "d": "2025-01-01", "e": None}


def test_rows_beyond_the_limit_are_said_to_be_missing(company: Path) -> None:
    result = run("sql", "SELECT * FROM accounts", "--limit", 2, "--workspace", company, "--format", "json")
    assert len(json.loads(result.stdout)) == 2
    assert "first 2 rows" in result.stderr


# --- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("metric", "win_rat"), "win_rate"),
        (("metric", "win_rate", "--by", "segmnt"), "segment"),
        (("metric", "win_rate", "--where", "segmnt=a"), "segment"),
        (("metric", "win_rate", "--where", "segment"), "dimension=value"),
        (("metric", "win_rate", "--from", "soon"), "soon"),
        (("metric", "win_rate", "--from", "2025-03", "--to", "2025-01"), "holds no day"),
        (("metric", "win_rate", "--as-of", "2025-02-30"), "2025-02-30"),
        (("metric", "spend", "--by", "segment"), "Segment"),
        (("cell", "arr_brige"), "arr_bridge"),
        (("cell", "kpi_trend", "-p", "metrc=mrr"), "metric"),
        (("cell", "kpi_trend", "-p", "metric=mrrr"), "mrr"),
        (("cell", "kpi_trend", "-p", "metric"), "parameter=value"),
        (("sql", "DROP TABLE accounts"), "not allowed"),
        (("sql", "SELECT nothing FROM accounts"), "nothing"),
        (("sql", "SELECT * FROM read_csv('x.csv')"), "not allowed"),
        (("sql", "SELECT 1", "--limit", "0"), "--limit"),
        (("undo", "99"), "99"),
        (("rejected", "99"), "99"),
    ],
)
def test_bad_input_is_one_sentence_on_stderr_and_exit_2(company: Path, arguments: tuple[str, ...], says: str) -> None:
    for told in ("json", "table"):
        result = run(*arguments, "--workspace", company, "--format", told)
        assert result.exit_code == 2
        assert says in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
        assert result.stdout == ""


@pytest.mark.parametrize(
    "command", [("metrics",), ("metric", "win_rate"), ("cells",), ("imports",), ("sql", "SELECT 1")]
)
def test_a_missing_workspace_is_not_made_by_asking(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "nobody.duckdb"
    result = run(*command, "--workspace", path)
    assert result.exit_code == 2
    assert "nobody.duckdb" in result.stderr
    assert not path.exists()


def test_a_file_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database", encoding="utf-8")
    result = run("metrics", "--workspace", path)
    assert result.exit_code == 2
    assert "notes" in result.stderr


def test_an_empty_workspace_says_that_nothing_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    Workspace.open(path).close()
    result = run("metric", "win_rate", "--workspace", path)
    assert result.exit_code == 2
    assert answer("imports", "--workspace", path) == []


def test_unknown_options_and_commands_are_usage_errors(company: Path) -> None:
    assert run("metrics", "--workspace", company, "--bogus").exit_code == 2
    assert run("metrcs").exit_code == 2
    assert run("metric", "win_rate", "--grain", "day", "--workspace", company).exit_code == 2


def test_the_workspace_may_come_from_the_environment(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVOPS_WORKSPACE", str(company))
    assert answer("sql", "SELECT count(*) AS n FROM accounts") == [{"n": 8}]


def test_a_bare_name_is_a_workspace_of_the_data_folder(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, folder = tmp_path / "home", tmp_path / "folder"
    (home / "workspaces").mkdir(parents=True)
    folder.mkdir()
    monkeypatch.setenv("REVOPS_HOME", str(home))
    monkeypatch.chdir(folder)
    shutil.copy(company, home / "workspaces" / "acme.duckdb")
    counted = [{"n": 8}]
    assert answer("sql", "SELECT count(*) AS n FROM accounts", "--workspace", "acme") == counted
    monkeypatch.setenv("REVOPS_WORKSPACE", "acme")
    assert answer("sql", "SELECT count(*) AS n FROM accounts") == counted
    assert list(folder.iterdir()) == []


def test_the_errors_speak_the_asked_language(company: Path) -> None:
    result = run("metric", "nope", "--workspace", company, "--lang", "ru")
    assert result.exit_code == 2
    assert "метрика" in result.stderr
