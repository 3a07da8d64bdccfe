"""A process killed in the middle of loading leaves the file in the state before or after, never between."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from revops.workspace import Workspace
from tests.unit.workspace_tables import everything, staged, table

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from pathlib import Path
from revops.workspace import Workspace
from tests.unit.workspace_tables import staged
load = staged("b.csv", rows={"accounts": [{"account_id": "A0", "name": "x"}]})
load.raw.staging.execute("DELETE FROM accepted_accounts")
load.raw.staging.execute(
    "INSERT INTO accepted_accounts SELECT i, 'a' || i, 'A' || i, 'new ' || i, NULL FROM range(100000) t(i)")
with Workspace.open(Path(sys.argv[1])) as ws:
    print("loading", flush=True)
    ws.load(load)
    print("loaded", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("delay", [0.05, 0.3, None])
def test_a_killed_load_is_whole_or_absent(tmp_path: Path, delay: float | None) -> None:
    path = tmp_path / "a.duckdb"
    with Workspace.open(path) as ws:
        ws.load(
            staged("a.csv", rows={"accounts": [{"account_id": "A0", "name": "old"}, {"account_id": "Z", "name": "z"}]})
        )
        before = everything(ws)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as loader:
        assert loader.stdout is not None
        assert loader.stdout.readline() == "loading\n"
        if delay is None:
            assert loader.stdout.readline() == "loaded\n"
        else:
            time.sleep(delay)
        loader.send_signal(signal.SIGKILL)
    with Workspace.open(path) as ws:
        if ws.imports().shape[0] == 1:
            assert delay is not None
            assert everything(ws) == before
        else:
            assert ws.counts()["accounts"] == 100_001
            assert table(ws, "SELECT name FROM accounts WHERE account_id IN ('A0', 'Z') ORDER BY 1") == [
                ("new 0",),
                ("z",),
            ]
            ws.undo(2)
            assert everything(ws) == before
