"""Files into a workspace and out again, by the command line: what it does, says, refuses, and leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from revops.cli.app import program
from revops.workspace import Workspace
from tests.demo import ROOT

DEALS = """Deal ID,Account Name,Owner,Stage,Amount,Create Date,Close Date,Colour
d1,Ada,Olga,Closed Won,1000,2025-01-05,2025-02-01,red
d2,Bo,Olga,Closed Lost,500,2025-01-07,2025-03-01,red
d3,Cy,Pavel,Closed Won,200.50,2025-02-01,2025-02-20,blue
d4,Di,Pavel,Proposal,900,2025-03-01,,blue
d5,Eve,Pavel,Closed Won,100,not a date,2025-03-09,blue
"""
TEAM = "Sales Rep,Regional Office,Manager\nOlga,North,Max\nPavel,South,Max\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.duckdb"


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return written(tmp_path, "deals.csv", DEALS)


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return written(tmp_path, "team.csv", TEAM)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program(), [str(a) for a in arguments], catch_exceptions=False)


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def content(path: Path) -> tuple[str, dict[str, int], int]:
    """What a workspace holds: its fingerprint, its records, its imports."""
    with Workspace.open(path, create=False) as workspace:
        return workspace.fingerprint, workspace.counts(), len(workspace.imports())


# --- loading ------------------------------------------------------------------------------------------------------


def test_an_import_says_what_each_table_became(path: Path, deals: Path, team: Path) -> None:
    listed = {row["file"]: row for row in answer("import", deals, team, "--workspace", path)}
    assert list(listed) == ["team.csv", "deals.csv"]  # people first: deals refer to them
    loaded = {e["entity"]: e for e in listed["deals.csv"]["entities"]}["opportunities"]
    assert (loaded["accepted"], loaded["rejected"]) == (4, 1)
    (rejection,) = listed["deals.csv"]["rejections"]
    assert (rejection["field"], rejection["count"]) == ("created_at", 1)
    assert rejection["examples"] == [{"row": 5, "value": "not a date"}]
    assert listed["deals.csv"]["already_loaded"] is False
    assert "currency" in {q["code"] for q in listed["deals.csv"]["questions"]}


def test_metrics_follow_from_an_import_also_by_a_column_of_another_file(path: Path, deals: Path, team: Path) -> None:
    answer("import", deals, team, "--workspace", path)
    (rate,) = answer("metric", "win_rate", "--workspace", path)
    assert (rate["numerator"], rate["denominator"]) == (2, 3)
    for name in ("Regional Office", "regional_office", "team"):
        rows = answer("metric", "won_revenue", "--by", name, "--workspace", path)
        assert {r[name]: r["value"] for r in rows} == {"North": 1000, "South": 200.5}
    rows = answer("metric", "won_deals", "--by", "colour", "--workspace", path)
    assert {r["colour"]: r["value"] for r in rows} == {"red": 1, "blue": 1}


def test_the_same_file_twice_changes_nothing(path: Path, deals: Path) -> None:
    answer("import", deals, "--workspace", path)
    before = content(path)
    (again,) = answer("import", deals, "--workspace", path)
    assert again["already_loaded"] is True
    assert content(path) == before


def test_imports_are_listed_and_can_be_undone(path: Path, deals: Path, team: Path) -> None:
    answer("import", team, "--workspace", path)
    before = content(path)[1]
    (loaded,) = answer("import", deals, "--workspace", path)
    listed = answer("imports", "--workspace", path)
    assert [(i["import_id"], i["file"]) for i in listed] == [(1, "team.csv"), (loaded["import_id"], "deals.csv")]
    assert listed[1]["loaded_at"]
    assert listed[1]["rejected"] == 1
    assert run("undo", loaded["import_id"], "--workspace", path).exit_code == 0
    assert content(path)[1] == before
    assert [i["file"] for i in answer("imports", "--workspace", path)] == ["team.csv"]


def test_rejected_rows_can_be_seen_as_they_were_uploaded(path: Path, deals: Path) -> None:
    (loaded,) = answer("import", deals, "--workspace", path)
    (row,) = answer("rejected", loaded["import_id"], "--workspace", path)
    assert row["Deal ID"] == "d5"
    assert row["Create Date"] == "not a date"


def test_a_table_that_fits_nothing_is_kept_and_said(path: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "readings.csv", "sensor,humidity\na,1\nb,2\n")
    result = run("import", file, "--workspace", path, "--format", "json")
    assert result.exit_code == 0
    assert "readings.csv" in result.stderr
    (row,) = json.loads(result.stdout)
    assert row["entities"] == []
    with Workspace.open(path) as workspace:
        assert workspace.raw_rows(row["import_id"])["humidity"].tolist() == ["1", "2"]


# --- corrections --------------------------------------------------------------------------------------------------


def test_a_column_is_mapped_by_hand_and_the_choice_is_kept_for_the_next_export(path: Path, tmp_path: Path) -> None:
    first = written(tmp_path, "one.csv", DEALS)
    answer("import", first, "--map", "Colour=opportunities.source", "--workspace", path)
    rows = answer("sql", "SELECT DISTINCT source FROM opportunities ORDER BY 1", "--workspace", path)
    assert [r["source"] for r in rows] == ["blue", "red"]
    later = written(
        tmp_path,
        "two.csv",
        DEALS.replace("d4,Di,Pavel,Proposal,900,2025-03-01,,blue", "d4,Di,Pavel,Proposal,900,2025-03-01,,green"),
    )
    (again,) = answer("import", later, "--workspace", path)
    assert again["mapping"] == "kept"
    rows = answer("sql", "SELECT DISTINCT source FROM opportunities ORDER BY 1", "--workspace", path)
    assert [r["source"] for r in rows] == ["blue", "green", "red"]


def test_a_file_is_what_a_person_says_it_is(path: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "x.csv", "Name,Segment\nAda,large\nBo,small\n")
    (row,) = answer("import", file, "--as", "accounts", "--workspace", path)
    assert [e["entity"] for e in row["entities"]] == ["accounts"]
    assert answer("sql", "SELECT count(*) AS n FROM accounts", "--workspace", path) == [{"n": 2}]


def test_a_printed_mapping_can_be_edited_and_given_back(path: Path, deals: Path, tmp_path: Path) -> None:
    told = json.loads(run("mapping", deals, "--workspace", path).stdout)
    assert not path.exists()
    fields = {f["field"]: f for e in told["entities"] if e["entity"] == "opportunities" for f in e["fields"]}
    fields["created_at"]["column"] = "Close Date"
    edited = written(tmp_path, "mapping.json", json.dumps(told))
    (row,) = answer("import", deals, "--mapping", edited, "--workspace", path)
    assert row["mapping"] == "given"
    counts = {e["entity"]: (e["accepted"], e["rejected"]) for e in row["entities"]}
    assert counts["opportunities"] == (4, 1)  # d4 has no close date


AMBIGUOUS = "Deal ID,Account Name,Stage,Amount,Create Date,Close Date\nd1,Ada,Closed Won,10,03/04/2025,05/06/2025\n"


def test_an_ambiguous_date_is_asked_about_and_answered(path: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "deals.csv", AMBIGUOUS)
    refused = run("import", file, "--workspace", path)
    assert refused.exit_code == 2
    assert "deals.csv" in refused.stderr
    assert "--dates" in refused.stderr
    assert not path.exists()
    for order, closed in (("day-first", "2025-06-05"), ("month-first", "2025-05-06")):
        answer("import", file, "--dates", order, "--workspace", path)
        (row,) = answer("sql", "SELECT closed_at FROM opportunities", "--workspace", path)
        assert row["closed_at"] == closed


def test_a_snapshot_is_read_as_of_the_day_that_is_said(path: Path, tmp_path: Path) -> None:
    rows = "".join(f"c{i},{i},{20 + i}.5,{'Yes' if i % 3 == 0 else 'No'}\n" for i in range(1, 13))
    file = written(tmp_path, "customers.csv", "customerID,tenure,MonthlyCharges,Churn\n" + rows)
    answer("import", file, "--as-of", "2025-06-30", "--currency", "EUR", "--workspace", path)
    (share,) = answer("metric", "ended_share", "--workspace", path)
    assert (share["numerator"], share["denominator"]) == (4, 12)
    (row,) = answer(
        "sql", "SELECT max(ended_at) AS ended, any_value(currency) AS code FROM subscriptions", "--workspace", path
    )
    assert row == {"ended": "2025-06-30", "code": "EUR"}
    (again,) = answer("import", file, "--workspace", path)  # on another day: still the same snapshot
    assert again["already_loaded"] is True


# --- what is refused ----------------------------------------------------------------------------------------------


def truncated_workbook(deals: Path) -> bytes:
    """The first half of a real workbook."""
    book = deals.with_name("book.xlsx")
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>" * 100)
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    return book.read_bytes()[: book.stat().st_size // 2]


PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    + bytes(range(256))
)
PROSE = "Dear team,\n\nthe quarter went well. We should talk about the next one soon.\n\nYours, Olga\n"


@pytest.mark.parametrize(
    "name", ["empty.csv", "header.csv", "picture.csv", "book.xlsx", "letter.txt", "gone.csv", "folder"]
)
def test_a_hostile_file_is_one_sentence_and_leaves_the_workspace_alone(
    path: Path, deals: Path, team: Path, name: str
) -> None:
    answer("import", deals, "--workspace", path)
    before = content(path)
    folder = deals.parent / "hostile"
    folder.mkdir()
    hostile = folder / name
    match name:
        case "empty.csv":
            hostile.write_bytes(b"")
        case "header.csv":
            hostile.write_text("Deal ID,Amount,Close Date\n", encoding="utf-8")
        case "picture.csv":
            hostile.write_bytes(PNG)
        case "book.xlsx":
            hostile.write_bytes(truncated_workbook(deals))
        case "letter.txt":
            hostile.write_text(PROSE, encoding="utf-8")
        case "folder":
            hostile.mkdir()
    result = run("import", team, hostile, "--workspace", path, "--format", "json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert name in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert content(path) == before


def test_a_repeated_header_is_asked_about_and_kept_under_another_name(path: Path, tmp_path: Path) -> None:
    text = DEALS.replace("Colour", "Stage", 1)
    assert text.splitlines()[0].count("Stage") == 2
    file = written(tmp_path, "deals.csv", text)
    refused = run("import", file, "--workspace", path)
    assert refused.exit_code == 2
    assert "--repeated-in-order" in refused.stderr
    assert not path.exists()
    answer("import", file, "--repeated-in-order", "--workspace", path)
    assert answer("sql", "SELECT count(*) AS n FROM opportunities", "--workspace", path) == [{"n": 4}]
    rows = answer("metric", "won_deals", "--by", "Stage (2)", "--workspace", path)
    assert {r["Stage (2)"]: r["value"] for r in rows} == {"red": 1, "blue": 1}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--map", "Colou=opportunities.source"), "Colour"),
        (("--map", "Colour=opportunitys.source"), "opportunities"),
        (("--map", "Colour=opportunities.sourc"), "source"),
        (("--map", "Colour"), "entity.field"),
        (("--as", "deal"), "deal"),
        (("--as-of", "soon"), "soon"),
        (("--currency", "dollars"), "dollars"),
        (("--mapping", "nowhere.json"), "nowhere.json"),
        (("--mapping", "deals.csv"), "JSON"),
    ],
)
def test_a_wrong_correction_is_refused_before_anything_is_made(
    path: Path, deals: Path, arguments: tuple[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(deals.parent)
    result = run("import", deals, *arguments, "--workspace", path)
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not path.exists()


def test_the_program_runs_as_a_module_and_keeps_json_alone_on_stdout(path: Path, deals: Path) -> None:
    command = [sys.executable, "-m", "revops", "import", str(deals), "--workspace", str(path), "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["file"] == "deals.csv"
    assert "USD" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_flag_that_marks_trials_keeps_them_out_of_recurring_revenue(path: Path, tmp_path: Path) -> None:
    text = "subscription_id,account_id,start_date,end_date,mrr,is_trial\n"
    text += "s1,Ada,2025-01-05,,100,False\ns2,Bo,2025-01-09,,70,True\ns3,Cy,2025-01-20,2025-03-01,50,False\n"
    answer("import", written(tmp_path, "subscriptions.csv", text), "--workspace", path)
    (mrr,) = answer("metric", "mrr", "--from", "2025-02", "--to", "2025-02", "--workspace", path)
    assert mrr["value"] == 150
    cell = answer("cell", "kpi_trend", "-p", "metric=mrr", "--workspace", path)
    assert {"reason": "on trial, not paid yet", "rows": 1} in cell["passport"]["rows_left_out"]
