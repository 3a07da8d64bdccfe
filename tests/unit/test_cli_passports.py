"""`cell --passport` writes what `verify` reads: 0 where the figures are the same, 1 where they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.oracle.company import TABLES
from tests.support import workspace_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with workspace_of(tmp_path / "company.duckdb", TABLES) as workspace:
        return workspace.path


def called(*words: object) -> int:
    """The command's exit code."""
    from revops.cli.app import program

    with pytest.raises(SystemExit) as left:
        program()([str(w) for w in words], prog_name="revops")
    return int(left.value.code or 0)


def test_the_same_figures_are_the_same(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = tmp_path / "paper.json"
    assert called("cell", "kpi_overview", "--passport", paper, "-w", path) == 0
    capsys.readouterr()
    assert called("verify", paper, "-w", path) == 0
    assert capsys.readouterr().out == "same\n"


def test_another_figure_is_named(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = tmp_path / "paper.json"
    assert called("cell", "kpi_trend", "-p", "metric=won_revenue", "--passport", paper, "-w", path) == 0
    told = json.loads(paper.read_text(encoding="utf-8"))
    told["values"][0]["value"] = 123456.5
    paper.write_text(json.dumps(told), encoding="utf-8")
    capsys.readouterr()
    assert called("verify", paper, "-w", path, "--lang", "ru") == 1
    said = capsys.readouterr().out
    assert said.startswith("не совпадает\n")
    assert "123456.5" in said
    assert called("verify", paper, "-w", path, "--format", "json") == 1
    assert json.loads(capsys.readouterr().out)["differences"][0]["column"] == "value"


def test_a_passport_to_read_is_markdown(path: Path, tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    assert called("cell", "kpi_breakdown", "-p", "by=segment", "--passport", paper, "-w", path) == 0
    page = paper.read_text(encoding="utf-8")
    assert page.startswith("# Breakdown\n")
    assert "## SQL as it ran" in page


def test_another_file_is_refused(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    assert called("verify", other, "-w", path) not in (0, 1)
    assert "passport" in capsys.readouterr().err
