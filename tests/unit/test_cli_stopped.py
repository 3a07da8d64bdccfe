"""Ctrl-C on the command line: one sentence, exit code 130, and nothing is left of the import, whatever it was doing."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from revops.workspace import Workspace
from tests.demo import ROOT
from tests.large import write_deals

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
ROWS = 250_000


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_deals(tmp_path_factory.mktemp("large") / "deals.csv", ROWS)


@pytest.fixture
def tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of the commands that the test runs."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("COLUMNS", "140")
    return folder


def on_a_terminal(arguments: list[str], interrupt_at: str = "") -> tuple[int, str]:
    """Runs the command with its stderr a terminal; Ctrl-C once that shows `interrupt_at`. Exit code and stderr."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "revops", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs) as running:
        os.close(theirs)
        said = b""
        while True:
            if select.select([ours], [], [], 60)[0]:
                try:
                    some = os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
                said += some
            if interrupt_at and interrupt_at.encode() in said:
                running.send_signal(signal.SIGINT)
                interrupt_at = ""
    os.close(ours)
    return running.returncode, said.decode()


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["Reading", "Checking rows", "Loading rows"])
def test_ctrl_c_leaves_the_workspace_as_it_was(deals: Path, tmp_path: Path, tmp: Path, phase: str) -> None:
    path = tmp_path / "a.duckdb"
    with Workspace.open(path) as workspace:
        before = workspace.fingerprint
    code, said = on_a_terminal(["import", str(deals), "-w", str(path)], interrupt_at=phase)
    assert code == 130
    assert said.rstrip().endswith("Cancelled; nothing was loaded.")
    assert "Traceback" not in said
    assert list(tmp.iterdir()) == []
    with Workspace.open(path) as workspace:
        assert (workspace.fingerprint, len(workspace.imports())) == (before, 0)


@pytest.mark.slow
def test_a_workspace_made_for_the_load_is_gone_again(deals: Path, tmp_path: Path, tmp: Path) -> None:
    path = tmp_path / "new.duckdb"
    code, said = on_a_terminal(["import", str(deals), "-w", str(path), "-l", "ru"], interrupt_at="Загрузка строк")
    assert (code, said.rstrip().endswith("Отменено, ничего не загружено.")) == (130, True)
    assert not path.exists()
    assert list(tmp.iterdir()) == []


@pytest.mark.slow
def test_a_terminal_shows_the_phases_with_file_and_rows(deals: Path, tmp_path: Path, tmp: Path) -> None:
    code, said = on_a_terminal(["import", str(deals), "-w", str(tmp_path / "a.duckdb")])
    assert code == 0
    for shown in ("Reading", "Checking rows", "Loading rows", "Saving"):
        assert shown in said, shown
    assert "deals.csv" in said
    assert "250,000 rows" in said


def test_a_pipe_gets_no_progress(tmp_path: Path, tmp: Path) -> None:
    few = write_deals(tmp_path / "few.csv", 50)
    command = [sys.executable, "-m", "revops", "import", str(few), "-w", str(tmp_path / "b.duckdb")]
    piped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Reading" not in piped.stderr
    assert "\x1b" not in piped.stderr + piped.stdout
    assert "few.csv" in piped.stdout
