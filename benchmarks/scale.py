"""The product as data grow: every metric, the cells of pages, company by company.

python -m benchmarks.scale [--sizes N ...] [--keep FOLDER] [--only pages every] [--pages funnel]
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.company import AS_OF, size_of
from benchmarks.straight import straight
from benchmarks.timing import Table, shown, timed
from revops.analysis import ahead
from revops.analysis.core import Cell, Compare, View
from revops.analysis.run import run_cell
from revops.errors import NotComputable
from revops.importing.ahead import prepare_figures
from revops.metrics.calendar import DAY, periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace

END = AS_OF + DAY
STARTS = (dt.date(2024, 1, 1), dt.date(2024, 4, 1), dt.date(2024, 7, 1))  # the first view pays for derived tables
SLOW = 1.0
PAGES: dict[str, tuple[Cell, ...]] = {
    "overview": (
        Cell(analysis="kpi_overview"), Cell(analysis="arr_bridge"),
        Cell(analysis="kpi_trend", params={"metric": "win_rate"}),
    ),
    "trends": (Cell(analysis="kpi_trend", params={"metric": "mrr"}),),
    "funnel": (Cell(analysis="funnel"),),
    "funnel from lead to customer": (Cell(analysis="funnel", params={"kind": "lifecycle"}),),
    "how each step's rate moves": (Cell(analysis="funnel_trend"),),
    "how long a step takes": (Cell(analysis="step_times"),),
    "churn": (Cell(analysis="churn_breakdown"), Cell(analysis="survival")),
    "why it changed": (
        Cell(analysis="drivers", params={"metric": "win_rate"}),
        Cell(analysis="driver_search", params={"metric": "win_rate"}),
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000], help="opportunities")
    parser.add_argument("--keep", type=Path, help="where companies are kept for the next run")
    parser.add_argument("--only", nargs="+", choices=("pages", "every"), default=("pages", "every"))
    parser.add_argument("--pages", nargs="+", choices=tuple(PAGES), default=tuple(PAGES), help="which pages")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="revops-scale-") as folder:
        for count in asked.sizes:
            path = (asked.keep or Path(folder)) / f"{count}.duckdb"
            if path.exists():
                workspace = Workspace.open(path)
            else:
                took, workspace = timed(partial(straight, path, size_of(count)))
                written = f"{shown(took)}, {path.stat().st_size / 1e6:,.0f} MB"
                print(f"{size_of(count)}: written straight, not imported, in {written}\n", flush=True)
            with workspace:
                size = str(size_of(count))
                prepare = partial(prepare_figures, workspace, seconds=3600.0, also=ahead.journeys)
                took, tables = timed(prepare, time.process_time)
                print(f"{tables} tables prepared, as at the end of a load, in {shown(took)}\n", flush=True)
                if "pages" in asked.only:
                    print(pages(workspace, size, asked.pages), flush=True)
                if "every" in asked.only:
                    print(every_metric(workspace, size), flush=True)


def pages(workspace: Workspace, size: str, names: Sequence[str]) -> Table:
    """Processor time of all cells of a page: the first view, then the median of views that nobody asked for before."""
    rows = []
    for label, where in (("", {}), (", one segment", {"segment": ("Enterprise",)})):
        for page in names:
            cells = PAGES[page]
            cpu, wall = zip(*(_page(workspace, cells, start, where) for start in STARTS), strict=True)
            later = sum(cpu[1:]) / len(cpu[1:])
            print(page + label, *map(shown, cpu), file=sys.stderr, flush=True)
            rows.append((page + label, shown(cpu[0]), shown(later), shown(min(wall[1:])), _fast(later)))
    return Table(
        f"Cells of a page: {size}",
        ("page", "first view", "a new view", "its wall time", f"under {SLOW:.0f} s"),
        tuple(rows),
        ("Processor time of all threads. first view: with building derived tables. Drawing is not in it.",),
    )


def _page(
    workspace: Workspace, cells: tuple[Cell, ...], start: dt.date, where: dict[str, tuple[str, ...]]
) -> tuple[float, float]:
    view = View(period=Period(start, END), grain=Grain.MONTH, compare=Compare.PREVIOUS, as_of=AS_OF, where=where)
    engine = Engine(workspace)
    begun = time.perf_counter()
    cpu, _ = timed(lambda: [run_cell(engine, cell, view) for cell in cells], time.process_time)
    return cpu, time.perf_counter() - begun


def every_metric(workspace: Workspace, size: str) -> Table:
    """Each metric that the data can tell, by month and segment where it can be: that it runs, and for how long."""
    rows = []
    engine = Engine(workspace)
    asked = periods(dt.date(2023, 1, 1), END, Grain.MONTH, engine.conventions)
    for metric in engine.metrics():
        by = "segment"
        try:
            engine.check(Query(metric=metric.key, periods=asked, as_of=AS_OF, by=by, where={}))
        except NotComputable:
            by = None
        query = Query(metric=metric.key, periods=asked, as_of=AS_OF, by=by, where={})
        first, result = timed(lambda query=query: Engine(workspace).evaluate(query), time.process_time)
        again, _ = timed(lambda query=query: Engine(workspace).evaluate(query), time.process_time)
        told = int(result.frame["value"].notna().sum())
        rows.append((metric.key, by or "", f"{told:,}", shown(first), shown(again), _fast(again)))
    return Table(
        f"Every metric over 24 months: {size}",
        ("metric", "by", "values", "first", "again", f"under {SLOW:.0f} s"),
        tuple(rows),
    )


def _fast(seconds: float) -> str:
    return "yes" if seconds < SLOW else "no"


if __name__ == "__main__":
    main()
