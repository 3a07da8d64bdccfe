"""python -m benchmarks.large_import [--rows 5000000] [--small 1000] [--keep FOLDER] [--shape plain|european]

A deals export of millions of rows from file to workspace, phase by phase, beside DuckDB's own CREATE TABLE AS over the
same file with typed columns; then a small file on top of it, and the undo of both. Each runs in a process of its own,
so that its peak memory is its own. Two shapes of file: plain (ISO days, 1234.50, UTF-8) and european (31.12.2024,
1234,50, semicolons, Windows-1251, Russian stages), which DuckDB reads as UTF-8, for it reads no other encoding unaided.
DuckDB's own load runs before and after ours; the mean counts. Seconds of processor time tell what other work on the
machine hides.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.timing import Table, ratio, shown
from revops.ingest.parse import stage
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.suggest import suggest
from revops.ingest.types import Context
from revops.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
GOAL_RATIO = 2.0
GOAL_MEMORY = 1500  # MB
STEPS = ("read", "profile", "suggest", "stage", "load")

# Chance is a hash of the row's number: the same file on every machine.
_CHANCE = "CREATE MACRO pick(n, salt, size) AS (hash(n * 1009 + salt) % size)::BIGINT"
_DEALS = """
SELECT 'D-' || lpad(n::VARCHAR, 8, '0') AS "Opportunity ID", 'A-' || pick(n, 1, 40000) AS "Account ID",
    'Agent ' || pick(n, 2, 60) AS "Owner",
    ['Prospecting', 'Demo', 'Proposal', 'Negotiation', 'Closed Won', 'Closed Lost'][1 + pick(n, 3, 6)] AS "Stage",
    (500 + pick(n, 4, 9950000) / 100.0)::DECIMAL(12, 2) AS "Amount",
    DATE '2021-01-01' + pick(n, 5, 1400)::INT AS "Created Date",
    DATE '2021-01-01' + (pick(n, 5, 1400) + pick(n, 6, 180))::INT AS "Close Date",
    ['Google Ads', 'Referral', 'Outbound', 'Organic', 'Webinar'][1 + pick(n, 7, 5)] AS "Lead Source"
FROM range({first}, {last}) t(n) ORDER BY n
"""
_EUROPEAN = """
SELECT "Opportunity ID" AS "ID сделки", "Account ID" AS "ID клиента", "Owner" AS "Ответственный",
    ['Новая', 'Демонстрация', 'КП отправлено', 'Переговоры', 'Успешно реализовано', 'Закрыто и не реализовано'][
        list_position(['Prospecting', 'Demo', 'Proposal', 'Negotiation', 'Closed Won', 'Closed Lost'], "Stage")
    ] AS "Этап",
    replace("Amount"::VARCHAR, '.', ',') AS "Сумма",
    strftime("Created Date", '%d.%m.%Y') AS "Дата создания",
    strftime("Close Date", '%d.%m.%Y') AS "Дата закрытия", "Lead Source" AS "Источник"
FROM ({deals}) ORDER BY ALL
"""
_COLUMNS = {
    "Opportunity ID": "VARCHAR", "Account ID": "VARCHAR", "Owner": "VARCHAR", "Stage": "VARCHAR",
    "Amount": "DECIMAL(24, 6)", "Created Date": "DATE", "Close Date": "DATE", "Lead Source": "VARCHAR",
}  # fmt: skip
SHAPES = {"plain": "", "european": ", delim=';', decimal_separator=',', dateformat='%d.%m.%Y'"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_import", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--small", type=int, default=1000, help="rows of the file that is loaded on top")
    parser.add_argument("--keep", type=Path, help="make the files in this folder and leave them there")
    parser.add_argument("--shape", choices=SHAPES, action="append", help="of the file; both where none is named")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)  # in the process of its own: which work, on what
    asked = parser.parse_args()
    if asked.run:
        start = time.process_time()
        done = _WORK[asked.run[0]](Path(asked.run[1]))
        print(json.dumps({**done, "cpu": time.process_time() - start, "memory": _peak_memory()}))
        return
    for shape in asked.shape or SHAPES:
        if asked.keep:
            (asked.keep / shape).mkdir(parents=True, exist_ok=True)
            print(benchmark(asked.keep / shape, asked.rows, asked.small))
        else:
            with tempfile.TemporaryDirectory(prefix="revops-bench-") as folder:
                (Path(folder) / shape).mkdir()
                print(benchmark(Path(folder) / shape, asked.rows, asked.small))


def benchmark(folder: Path, rows: int, small: int) -> Table:
    """Ours by phase, DuckDB's own load, the small file on top, the two undone. The folder is named for the shape."""
    _make(folder / "deals.csv", 0, rows)
    _make(folder / "update.csv", rows - small // 2, rows + small - small // 2)
    for left in folder.glob("*.duckdb*"):
        left.unlink()
    before = _in_own_process("duckdb", folder)
    ours = _in_own_process("ours", folder)
    after = _in_own_process("duckdb", folder)
    theirs = {name: (before[name] + after[name]) / 2 for name in ("load", "cpu", "memory")}
    again = _in_own_process("update", folder)
    undone = _in_own_process("undo", folder)
    total = sum(ours[step] for step in STEPS)
    loading, worked = ours["stage"] + ours["load"], ours["stage_cpu"] + ours["load_cpu"]
    goal = f"goal {GOAL_RATIO:.0f}x"
    lines = [
        ("DuckDB: CREATE TABLE AS, typed", shown(theirs["load"]), _mb(theirs["memory"]), ""),
        ("DuckDB: processor", shown(theirs["cpu"]), "", ""),
        *((f"ours: {step}", shown(ours[step]), "", f"{shown(ours[step + '_cpu'])} processor") for step in STEPS),
        ("ours: stage and load", shown(loading), "", f"{ratio(loading, theirs['load'])} ({goal})"),
        ("ours: stage and load, processor", shown(worked), "", ratio(worked, theirs["cpu"])),
        ("ours: all", shown(total), _mb(ours["memory"]), f"{ratio(total, theirs['load'])}, goal {_mb(GOAL_MEMORY)}"),
        ("ours: all, processor", shown(ours["cpu"]), "", ratio(ours["cpu"], theirs["cpu"])),
        *(
            (f"{small:,} rows on top: {step}", shown(again[step]), _mb(again["memory"]) if step == "load" else "", "")
            for step in ("stage", "load")
        ),
        ("undo of the small file", shown(undone["small"]), "", ""),
        ("undo of the large file", shown(undone["large"]), _mb(undone["memory"]), ""),
    ]
    sizes = [f"{name} {(folder / name).stat().st_size / 1e6:,.0f} MB" for name in ("deals.csv", "plain.duckdb")]
    return Table(
        f"Import of {rows:,} deals x {len(_COLUMNS)} columns, {folder.name}",
        ("step", "time", "peak memory", ""),
        tuple(lines),
        (f"Files: {', '.join(sizes)}, workspace {ours['size']:,.0f} MB.",),
    )


def _make(path: Path, first: int, last: int) -> None:
    if path.exists():
        return
    deals = _DEALS.format(first=first, last=last)
    with duckdb.connect() as connection:
        connection.execute(_CHANCE)
        if path.parent.name == "plain":
            connection.execute(f"COPY ({deals}) TO '{path}' (HEADER)")
            return
        utf8 = _as_utf8(path)
        connection.execute(f"COPY ({_EUROPEAN.format(deals=deals)}) TO '{utf8}' (HEADER, DELIMITER ';', QUOTE '\"')")
    with utf8.open(encoding="utf-8", newline="") as source, path.open("w", encoding="cp1251", newline="") as target:
        while text := source.read(1 << 20):
            target.write(text)


def _as_utf8(path: Path) -> Path:
    return path if path.parent.name == "plain" else path.with_suffix(".utf8.csv")


def _in_own_process(work: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.large_import", "--run", work, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _duckdb(folder: Path) -> dict[str, float]:
    """Into a file, with the rows on disk at the end."""
    columns = ", ".join(f"'{name}': '{type_}'" for name, type_ in _COLUMNS.items())
    options = f"header=true, columns={{{columns}}}{SHAPES[folder.name]}"
    source = f"read_csv('{_as_utf8(folder / 'deals.csv')}', {options})"
    (folder / "plain.duckdb").unlink(missing_ok=True)
    took: dict[str, float] = {}
    with Clock(took, "load"):
        connection = duckdb.connect(str(folder / "plain.duckdb"))
        connection.execute(f"CREATE TABLE deals AS SELECT * FROM {source}")
        connection.close()
    return took


def _ours(folder: Path) -> dict[str, float]:
    took = _import(folder / "deals.csv", folder / "workspace.duckdb")
    return {**took, "size": (folder / "workspace.duckdb").stat().st_size / 1e6}


def _update(folder: Path) -> dict[str, float]:
    return _import(folder / "update.csv", folder / "workspace.duckdb")


def _undo(folder: Path) -> dict[str, float]:
    took: dict[str, float] = {}
    with Workspace.open(folder / "workspace.duckdb") as workspace:
        for name, import_id in (("small", 2), ("large", 1)):
            with Clock(took, name):
                workspace.undo(import_id)
        if any(workspace.counts().values()):
            raise ValueError(f"left after undo: {workspace.counts()}")
    return took


def _import(path: Path, target: Path) -> dict[str, float]:
    """Seconds each step took, the workspace closed (its rows on disk) at the end of the last."""
    context = Context(today=dt.date(2026, 1, 1))
    took: dict[str, float] = {}
    workspace = Workspace.open(target)
    with Clock(took, "read"):
        (raw,) = read_file(path)
    with Clock(took, "profile"):
        profile = profile_table(raw)
    with Clock(took, "suggest"):
        mapping = suggest(raw, profile, context)
    with Clock(took, "stage"):
        staged = stage(raw, mapping, profile)
    with Clock(took, "load"):
        report = workspace.load(staged)
        workspace.close()
    raw.close()
    deals = next(e for e in report.entities if e.entity == "opportunities")
    if deals.accepted != raw.row_count:
        raise ValueError(f"of {raw.row_count} deals {deals.accepted} were accepted")
    return took


class Clock:
    """Seconds spent inside, kept in `took` under `name`; those of the processor under `name`_cpu."""

    def __init__(self, took: dict[str, float], name: str) -> None:
        self.took, self.name = took, name

    def __enter__(self) -> None:
        self.start, self.worked = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.took[self.name] = time.perf_counter() - self.start
        self.took[f"{self.name}_cpu"] = time.process_time() - self.worked


def _peak_memory() -> float:
    """MB of memory that this process held at most."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1000


def _mb(memory: float) -> str:
    return f"{memory:,.0f} MB"


_WORK: dict[str, Callable[[Path], dict[str, float]]] = {
    "duckdb": _duckdb,
    "ours": _ours,
    "update": _update,
    "undo": _undo,
}

if __name__ == "__main__":
    main()
