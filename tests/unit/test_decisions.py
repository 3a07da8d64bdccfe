"""What stages and sources mean, by the command line; and what an archive's manifest brings back."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from revops.cli.app import program
from revops.errors import UnreadableFile
from revops.exporting import Format, export_all
from revops.importing.decisions import decisions_of
from revops.ingest.own_export import MANIFEST
from revops.workspace import Settings, Workspace
from tests.unit.workspace_tables import staged

DEALS: list[dict[str, Any]] = [
    {"opportunity_id": f"D{i}", "pipeline": p, "stage": s, "source": "Ads", "created_at": "2026-01-02"}
    for i, (p, s) in enumerate([("New", "Demo"), ("New", "Talks"), ("New", "Won"), ("Renewal", "Talks")])
]
PROPOSED = [
    ("New", "Demo", 1, "discovery"),
    ("New", "Talks", 2, "other"),
    ("New", "Won", 3, "won"),
    ("Renewal", "Talks", 1, "other"),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("loaded") / "w.duckdb"
    with Workspace.open(path) as workspace:
        workspace.load(staged("crm.csv", rows={"opportunities": DEALS}))
    return path


@pytest.fixture
def path(loaded: Path, tmp_path: Path) -> Path:
    """A workspace of the deals, for the test alone."""
    return Path(shutil.copy(loaded, tmp_path / "w.duckdb"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program(), [str(a) for a in arguments], catch_exceptions=False)


def answer(command: str, path: Path, *arguments: object) -> list[tuple[Any, ...]]:
    result = run(command, "--workspace", path, "--format", "json", *arguments)
    assert result.exit_code == 0, result.stderr
    return [tuple(row.values()) for row in json.loads(result.stdout)]


# --- by the command line ----------------------------------------------------------------------------------------------


def test_stages_are_listed_with_what_they_mean(path: Path) -> None:
    assert answer("stages", path) == PROPOSED
    assert answer("stages", path, "--pipeline", "Renewal") == PROPOSED[3:]


def test_a_decided_meaning_stays(path: Path) -> None:
    both = answer("stages", path, "--set", "talks = negotiation")
    assert [(p, s, m) for p, s, _, m in both if s == "Talks"] == [
        ("New", "Talks", "negotiation"),
        ("Renewal", "Talks", "negotiation"),
    ]
    one = answer("stages", path, "--pipeline", "Renewal", "--set", "Talks=lost")
    assert one == [("Renewal", "Talks", 1, "lost")]
    assert [(p, m) for p, s, _, m in answer("stages", path) if s == "Talks"] == [
        ("New", "negotiation"),
        ("Renewal", "lost"),
    ]


def test_stages_are_put_in_order(path: Path) -> None:
    found = answer("stages", path, "--pipeline", "New", "--order", "Talks")
    assert [(s, n) for _, s, n, _ in found] == [("Talks", 1), ("Demo", 2), ("Won", 3)]


def test_channels_are_listed_and_decided(path: Path) -> None:
    assert answer("channels", path) == [("Ads", "other")]
    assert answer("channels", path, "--set", "ads=Paid search") == [("Ads", "paid_search")]
    assert answer("channels", path) == [("Ads", "paid_search")]


REFUSED = [
    (("stages", "--set", "Talks"), "says no name and value"),
    (("stages", "--set", "Talks=negotiations"), "Did you mean: negotiation"),
    (("stages", "--set", "Tals=won"), "Did you mean: Talks"),
    (("stages", "--order", "Nope"), "no stage “Nope”"),
    (("stages", "--pipeline", "Renewals"), "Did you mean: Renewal"),
    (("channels", "--set", "Ads=paid"), "no channel “paid”"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_there_is_not_is_refused_and_nothing_changes(path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments, "--workspace", path)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert answer("stages", path) == PROPOSED


# --- by an archive ----------------------------------------------------------------------------------------------------


def decide(path: Path) -> None:
    """Decisions of every kind."""
    with Workspace.open(path) as workspace:
        stages, channels = workspace.stages(), workspace.channels()
        talks = stages[(stages["stage"] == "Talks") & (stages["pipeline"] == "New")]
        workspace.set_stages(talks.assign(meaning="negotiation"))
        workspace.set_channels(channels.assign(channel="paid_search"))
        workspace.settings = Settings(currency="EUR", fiscal_year_start=4, gross_margin=0.8)


@pytest.fixture(scope="module")
def archive(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deals with decisions of every kind, exported."""
    folder = tmp_path_factory.mktemp("archive")
    source = Path(shutil.copy(loaded, folder / "w.duckdb"))
    decide(source)
    with Workspace.open(source) as workspace:
        export_all(workspace, Format.CSV, folder / "all.zip")
    return folder / "all.zip"


def decided(path: Path) -> tuple[Settings, list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    with Workspace.open(path) as workspace:
        stages, channels = workspace.stages(), workspace.channels()
        rows = [list(frame.itertuples(index=False, name=None)) for frame in (stages, channels)]
        return workspace.settings, rows[0], rows[1]


def test_an_empty_workspace_takes_the_decisions_of_an_archive(path: Path, archive: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.duckdb"
    result = run("import", archive, "--workspace", new)
    assert result.exit_code == 0, result.stderr
    said = "Taken over from the archive: currency, fiscal_year_start, gross_margin, 1 stage, 1 channel."
    assert said in result.stderr
    decide(path)
    assert decided(new) == decided(path)


def test_only_what_was_decided_is_kept_as_a_decision(archive: Path, tmp_path: Path) -> None:
    run("import", archive, "--workspace", tmp_path / "new.duckdb")
    with Workspace.open(tmp_path / "new.duckdb") as workspace:
        cursor = workspace.cursor()
        assert cursor.execute("SELECT pipeline, stage, meaning FROM log.stage_choices").fetchall() == [
            ("New", "Talks", "negotiation")
        ]
        cursor.close()


def test_a_workspace_in_use_is_told_and_keeps_its_own(archive: Path, tmp_path: Path) -> None:
    used = tmp_path / "used.duckdb"
    with Workspace.open(used) as workspace:
        workspace.load(staged("other.csv", rows={"accounts": [{"account_id": "A1", "name": "Ada"}]}))
        workspace.settings = Settings(currency="GBP")
    result = run("import", archive, "--workspace", used)
    assert (
        "the workspace stays as it is: currency, fiscal_year_start, gross_margin, 1 stage, 1 channel" in result.stderr
    )
    assert (decided(used)[0], decided(used)[2]) == (Settings(currency="GBP"), [("Ads", "other")])
    again = run("import", archive, "--workspace", used, "--decisions", "take")
    assert "Taken over from the archive" in again.stderr
    assert (decided(used)[0].currency, decided(used)[2]) == ("EUR", [("Ads", "paid_search")])


def test_settings_of_a_person_are_not_overwritten_in_silence(archive: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.duckdb"
    with Workspace.open(mine) as workspace:
        workspace.settings = Settings(currency="RUB")
    assert "--decisions take" in run("import", archive, "--workspace", mine).stderr
    assert decided(mine)[0] == Settings(currency="RUB")


def test_they_may_be_left(archive: Path, tmp_path: Path) -> None:
    result = run("import", archive, "--workspace", tmp_path / "new.duckdb", "--decisions", "leave")
    assert (result.exit_code, "archive" in result.stderr) == (0, False)
    assert decided(tmp_path / "new.duckdb")[0] == Settings()


def test_a_damaged_manifest_is_said_and_a_plain_archive_brings_nothing(tmp_path: Path) -> None:
    for name, inside, text in (("plain.zip", "a.csv", "a,b\n1,2\n"), ("odd.zip", MANIFEST, '{"settings": 3}')):
        with zipfile.ZipFile(tmp_path / name, "w") as file:
            file.writestr(inside, text)
    assert decisions_of([tmp_path / "plain.zip", tmp_path / "none.zip"]) is None
    with pytest.raises(UnreadableFile, match=MANIFEST):
        decisions_of([tmp_path / "odd.zip"])
