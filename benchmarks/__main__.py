"""python -m benchmarks [--quick] [--size N] [--only import metrics pages]"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import imports, metrics
from benchmarks.company import size_of
from benchmarks.timing import Table

PARTS = ("import", "metrics", "pages")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the company, one run each")
    parser.add_argument("--size", type=int, help="opportunities of the synthetic company (100,000; quick: 10,000)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="which parts to run")
    asked = parser.parse_args()
    size = asked.size or (10_000 if asked.quick else 100_000)
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as folder:
        for table in tables(Path(folder), size, 1 if asked.quick else 5, asked.only):
            print(table, flush=True)


def tables(folder: Path, size: int, runs: int, parts: tuple[str, ...]) -> Iterator[Table]:
    if "import" in parts:
        yield imports.benchmark(folder, runs)
    if "metrics" in parts:
        yield metrics.benchmark(folder, size_of(size), months=24, runs=runs)
    if "pages" in parts and importlib.util.find_spec("benchmarks.page_time"):
        yield importlib.import_module("benchmarks.page_time").benchmark(folder, runs)


if __name__ == "__main__":
    main()
