"""Temporary folders: one a process, gone with it; what a killed process leaves is swept by the next, nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from revops.ingest import scratch
from revops.ingest.read import read_file
from tests.demo import ROOT

READS = """
import sys
from revops.ingest.read import read_file
(table,) = read_file(sys.argv[1])
print(table.folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder, here and in every process started here."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "deals.csv"
    path.write_text("Deal,Amount\n1,10\n2,20\n", encoding="utf-8")
    return path


@contextmanager
def reader(export: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has read the file and holds it, and the folder of its rows."""
    with subprocess.Popen(
        [sys.executable, "-c", READS, str(export)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())


def test_the_next_process_sweeps_what_a_killed_one_left_and_nothing_of_a_living_one(base: Path, export: Path) -> None:
    with reader(export) as (living, kept):
        with reader(export) as (killed, left):
            assert kept.is_dir()
            assert left.is_dir()
            assert kept.parent != left.parent
            killed.send_signal(signal.SIGKILL)
        assert left.is_dir()  # nobody was there to remove it
        with reader(export) as (third, own):
            assert not left.parent.exists()
            assert kept.is_dir()
            third.communicate("")
        assert not own.parent.exists()
        living.communicate("")
    assert list(base.iterdir()) == []


def test_two_folders_of_one_process_lie_together(base: Path) -> None:
    one, other = scratch.folder("table"), scratch.folder("upload")
    assert one != other
    assert one.parent == other.parent == scratch.root()
    assert scratch.sweep() == []
    assert one.is_dir()
    assert other.is_dir()


def test_a_temporary_folder_that_was_cleaned_is_made_anew(base: Path, export: Path) -> None:
    shutil.rmtree(scratch.root())
    (table,) = read_file(export)
    assert table.row_count == 2
    table.close()


def test_a_folder_without_a_lock_is_nobodys_business(base: Path) -> None:
    foreign = base / f"{scratch.PREFIX}of-somebody"
    foreign.mkdir()
    assert scratch.sweep() == []
    assert foreign.is_dir()


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_sweeping_follows_no_link(base: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (base / f"{scratch.PREFIX}x").symlink_to(precious, target_is_directory=True)
    (base / f"{scratch.PREFIX}x{scratch.LOCK}").touch()
    scratch.sweep()
    assert (precious / "file").exists()
