"""python -m benchmarks [--only import metrics pages] [--size N ...] [--metrics KEY ...] [--keep FOLDER] [--runs N]"""

from __future__ import annotations

import argparse
import importlib.util
import runpy
import sys
import tempfile
from pathlib import Path

from benchmarks import growth, imports
from benchmarks.rivals import SQL

PARTS = ("import", "metrics", "pages")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="which parts to run")
    parser.add_argument(
        "--size", type=int, nargs="+", default=[100_000], help="opportunities of the companies that metrics are told of"
    )
    parser.add_argument("--metrics", nargs="+", choices=tuple(SQL), default=tuple(SQL), help="which metrics")
    parser.add_argument("--keep", type=Path, help="where companies and what was measured are kept for the next time")
    parser.add_argument("--runs", type=int, help="default: three, or one from a million opportunities on")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if "import" in asked.only:
            print(imports.benchmark(Path(made), asked.runs or 3), flush=True)
        if "metrics" in asked.only:
            for table in growth.told(folder, asked.size, asked.runs, asked.metrics):
                print(table, flush=True)
    if "pages" in asked.only and importlib.util.find_spec("benchmarks.page_time"):
        sys.argv = ["benchmarks.page_time"]
        runpy.run_module("benchmarks.page_time", run_name="__main__")


if __name__ == "__main__":
    main()
