"""One CRM export from upload to loaded rows, step by step, beside reading it and nothing else."""

from __future__ import annotations

import csv
import datetime as dt
import random
import statistics
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks.timing import Table, median, shown, timed
from revops.ingest.parse import stage
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.suggest import suggest
from revops.ingest.types import Context
from revops.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "real_data" / "maven_crm" / "sales_pipeline.csv"
ROWS = 8800
GOALS = {"upload to suggested mapping": 2.0, "stage and load": 3.0}  # seconds
STEPS = ("read", "profile", "suggest", "stage", "load")


def benchmark(folder: Path, runs: int) -> Table:
    """Each step's median, the two spans that a person waits for, and the plain ways to read the file."""
    path = REAL if REAL.is_file() else _made(folder / "sales_pipeline.csv")
    measured = [_steps(path, folder / f"import_{n}.duckdb") for n in range(runs)]
    took = {step: statistics.median(m[step] for m in measured) for step in STEPS}
    waited = {
        "upload to suggested mapping": took["read"] + took["profile"] + took["suggest"],
        "stage and load": took["stage"] + took["load"],
    }
    plain = {
        "DuckDB read_csv into a table": median(lambda: _duckdb(path), runs),
        "pandas.read_csv": median(lambda: pd.read_csv(path), runs),
    }
    rows = [
        *((step, shown(seconds), "") for step, seconds in took.items()),
        *((name, shown(seconds), f"goal {GOALS[name]:.0f} s") for name, seconds in waited.items()),
        *((name, shown(seconds), "") for name, seconds in plain.items()),
    ]
    origin = "a real export" if path == REAL else "a made-up export"
    return Table(
        f"Import of {origin}: {path.name}, {ROWS:,} rows x 8 columns",
        ("step", "median", ""),
        tuple(rows),
        (f"Medians of {runs} runs, each into a new workspace. The plain ways check, keep and log nothing.",),
    )


def _steps(path: Path, target: Path) -> dict[str, float]:
    """Seconds each step of one import took. Raises ValueError where rows are lost, or most are rejected."""
    context = Context(today=dt.date(2026, 1, 1))
    took: dict[str, float] = {}
    with Workspace.open(target) as workspace:
        took["read"], (raw,) = timed(lambda: read_file(path))
        took["profile"], profile = timed(lambda: profile_table(raw))
        took["suggest"], mapping = timed(lambda: suggest(raw, profile, context))
        took["stage"], staged = timed(lambda: stage(raw, mapping, profile))
        took["load"], report = timed(lambda: workspace.load(staged))
        raw.close()
        deals = next(e for e in report.entities if e.entity == "opportunities")
        if deals.accepted + deals.rejected != ROWS or deals.accepted < 0.9 * ROWS:
            raise ValueError(f"of {ROWS} deals {deals.accepted} were accepted and {deals.rejected} rejected")
    return took


def _duckdb(path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE deals AS SELECT * FROM read_csv(?)", [str(path)])


def _made(path: Path) -> Path:
    """A pipeline export of the same shape, the same on every run."""
    chance = random.Random(20260101)
    first = dt.date(2016, 10, 20)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow("opportunity_id sales_agent product account deal_stage engage_date close_date close_value".split())
        for number in range(ROWS):
            stage_ = chance.choices(["Won", "Lost", "Engaging", "Prospecting"], [48, 28, 18, 6])[0]
            engaged = first + dt.timedelta(days=chance.randrange(430))
            closed = engaged + dt.timedelta(days=chance.randrange(1, 138))
            out.writerow(
                [
                    f"{number:04d}{chance.randrange(16**4):04X}",
                    f"Agent {chance.randrange(35)}",
                    f"Product {chance.randrange(7)}",
                    f"Company {chance.randrange(85)}" if chance.random() < 0.84 else "",
                    stage_,
                    engaged if stage_ != "Prospecting" else "",
                    closed if stage_ in ("Won", "Lost") else "",
                    {"Won": chance.randrange(50, 30000), "Lost": 0}.get(stage_, ""),
                ]
            )
    return path
