"""Metrics against rivals over companies of several sizes, and how the time of each grows with the rows."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path

from benchmarks import metrics
from benchmarks.company import detailed
from benchmarks.metrics import Timing
from benchmarks.straight import straight
from benchmarks.timing import Table, shown, timed
from revops.workspace import Workspace

MONTHS = 24
MANY = 1_000_000  # opportunities from which on one run is enough
Timings = Mapping[str, Timing]


def told(folder: Path, sizes: Sequence[int], runs: int | None, keys: Sequence[str]) -> Iterator[Table]:
    """A table a size, then that of the growth. folder: where companies and figures are kept for the next time."""
    for size in sizes:
        with _company(folder, size) as workspace:
            many = runs or (1 if size >= MANY else 3)
            new = []
            for timing in metrics.measured(workspace, MONTHS, many, keys):
                new.append(timing)
                keep(folder, size, timing)
        yield metrics.table(new, str(detailed(size)), MONTHS, many)
        print(f"Peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB\n", flush=True)
    known = {size: found for size in sorted(_sizes(folder)) if (found := kept(folder, size))}
    if len(known) > 1:
        yield growth(known)


def growth(known: Mapping[int, Timings]) -> Table:
    """known: opportunities -> metric -> what it took."""
    sizes = sorted(known)
    shared = [key for key in known[sizes[-1]] if all(key in known[s] for s in sizes)]
    rows = []
    for key in shared:
        timings = [known[size][key] for size in sizes]
        steepest = max(_steepest(sizes, [t.warm for t in timings]), _steepest(sizes, [t.compiled for t in timings]))
        times = [shown(t.warm) for t in timings] + [shown(t.compiled) for t in timings]
        rows.append((key, *times, f"{steepest:.2f}", "no" if steepest > 1 else "yes"))
    worse = sum(row[-1] == "no" for row in rows)
    return Table(
        "How metrics grow with the rows",
        (
            "metric",
            *(f"warm {_short(s)}" for s in sizes),
            *(f"compiled {_short(s)}" for s in sizes),
            "steepest",
            "linear",
        ),
        tuple(rows),
        (
            f"Goal: no worse than linear. Of {len(rows)} metrics {worse} miss it.",
            "steepest: the largest growth of the time from one size to the next, as a share of the growth of the rows.",
        ),
    )


def _steepest(sizes: Sequence[int], times: Sequence[float]) -> float:
    pairs = zip(sizes, sizes[1:], times, times[1:], strict=False)
    return max((later / earlier) / (large / small) for small, large, earlier, later in pairs)


def _short(size: int) -> str:
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1000}k"


# --- kept -------------------------------------------------------------------------------------------------------


def _company(folder: Path, size: int) -> Workspace:
    path = folder / f"{size}.duckdb"
    if path.exists():
        return Workspace.open(path)
    took, workspace = timed(partial(straight, path, detailed(size)))
    print(f"{size:,} opportunities written in {shown(took)}, {path.stat().st_size / 1e6:,.0f} MB", file=sys.stderr)
    return workspace


def _figures(folder: Path, size: int) -> Path:
    return folder / f"metrics-{size}.json"


def _sizes(folder: Path) -> list[int]:
    return [int(path.stem.partition("-")[2]) for path in folder.glob("metrics-*.json")]


def kept(folder: Path, size: int) -> dict[str, Timing]:
    """Metric -> what it took when it was last measured at that size."""
    path = _figures(folder, size)
    rows = json.loads(path.read_text()) if path.exists() else []
    return {row[0]: Timing(*row) for row in rows}


def keep(folder: Path, size: int, timing: Timing) -> None:
    found = kept(folder, size) | {timing.metric: timing}
    _figures(folder, size).write_text(json.dumps([astuple(t) for t in found.values()], indent=0) + "\n")
