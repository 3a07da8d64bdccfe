"""`python -m revops source ...`: what it adds, lists, refreshes, removes, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from revops.cli.app import program
from revops.sources import FileSource, Source
from revops.sources.records import to_json
from revops.workspace import Workspace

DEALS = """Deal ID,Account Name,Stage,Amount,Create Date,Close Date
d1,Ada,Closed Won,1000,2025-01-05,2025-02-01
d2,Bo,Closed Lost,500,2025-01-07,2025-03-01
"""
UNCLEAR = "Ref,Who,Step,Sum,Begun,Ended\nd1,Ada,Closed Won,1000,03/04/2025,05/06/2025\n"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REVOPS_WORKSPACE", str(tmp_path / "w.duckdb"))


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    path = tmp_path / "deals.csv"
    path.write_text(DEALS, encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program(), ["source", *map(str, arguments)], catch_exceptions=False)


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_source_is_added_and_imported_at_once(deals: Path) -> None:
    (done,) = answer("add", "CRM", deals, "--every", 15)
    assert (done["source"], done["rows"], done["changed"], done["error"]) == ("CRM", 2, True, None)
    (listed,) = answer("list")
    assert (listed["place"], listed["every"], listed["status"]) == (str(deals), 15, "new data")


def test_refresh_says_what_changed_and_what_is_gone(deals: Path) -> None:
    answer("add", "CRM", deals)
    assert answer("refresh")[0]["changed"] is False
    deals.write_text(DEALS.replace("1000", "1500").replace("d2,", "d9,"), encoding="utf-8")
    (done,) = answer("refresh", "CRM")
    assert (done["changed"], done["gone"]) == (True, 1)


def test_the_table_is_for_reading_in_either_language(deals: Path) -> None:
    answer("add", "CRM", deals)
    assert "No longer there" in run("refresh").stdout
    assert "Больше нет в источнике" in run("refresh", "--lang", "ru").stdout
    assert run("list", "--format", "csv").stdout.splitlines()[0].startswith("name,place,every")


def test_one_that_fails_does_not_stop_the_others(deals: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(DEALS.replace("d1", "e1"), encoding="utf-8")
    answer("add", "A", deals)
    answer("add", "B", other)
    deals.unlink()
    result = run("refresh", "--format", "json")
    assert result.exit_code == 2
    assert "A: " in result.stderr
    assert "no such file" in result.stderr
    assert [done["error"] is None for done in json.loads(result.stdout)] == [False, True]


def test_questions_are_answered_as_for_import_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(UNCLEAR, encoding="utf-8")
    said = ("--as", "opportunities", "-m", "Ref=opportunities.opportunity_id", "-m", "Who=opportunities.account_id",
            "-m", "Step=opportunities.stage", "-m", "Begun=opportunities.created_at",
            "-m", "Ended=opportunities.closed_at", "-m", "Sum=opportunities.amount",
            "--dates", "day-first")  # fmt: skip
    assert run("add", "X", path).exit_code == 2
    answer("add", "X", path, *said)
    path.write_text(UNCLEAR.replace("1000", "1500"), encoding="utf-8")
    (done,) = answer("refresh", "X")
    assert (done["changed"], done["updated"] >= 1) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("CRM", "postgresql://a:hunter2@h/d", "--table", "t"), "holds a password"),
        (("CRM", "postgresql://a:${PW}@h/d"), "a table or a query"),
        (("CRM", "postgresql://a:${NOT_SET_ANYWHERE}@h/d", "--table", "t"), "NOT_SET_ANYWHERE is not set"),
        (("../x", "/none.csv"), "name of a source"),
        (("CRM", "ftp://host/x"), "no place to import from"),
    ],
)
def test_what_cannot_be_a_source_is_one_sentence(arguments: tuple[str, ...], says: str) -> None:
    result = run("add", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "hunter2" not in result.output


def test_removing_forgets_the_source_and_keeps_the_data(deals: Path, tmp_path: Path) -> None:
    answer("add", "CRM", deals)
    assert run("remove", "CRM").exit_code == 0
    assert answer("list") == []
    assert run("remove", "CRM").exit_code == 2
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        assert workspace.counts()["opportunities"] == 2


def test_one_that_came_with_the_file_has_to_be_agreed_to(deals: Path, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        workspace.save_source("CRM", to_json(Source(name="CRM", place=FileSource(path=str(deals)))))
    assert answer("list")[0]["status"] == "not agreed to on this machine"
    result = run("refresh")
    assert result.exit_code == 2
    assert "source agree" in result.stderr
    assert run("agree", "CRM").exit_code == 0
    assert answer("refresh")[0]["changed"] is True
