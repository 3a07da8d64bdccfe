"""python -m benchmarks [--quick] [--size N] [--only import metrics pages]"""

from __future__ import annotations

import argparse
import importlib.util
import runpy
import sys
import tempfile
from pathlib import Path

from benchmarks import imports, metrics
from benchmarks.company import size_of

PARTS = ("import", "metrics", "pages")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the company, one run each, no pages")
    parser.add_argument("--size", type=int, help="opportunities of the synthetic company (100,000; quick: 10,000)")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="which parts to run")
    asked = parser.parse_args()
    size = asked.size or (10_000 if asked.quick else 100_000)
    runs = 1 if asked.quick else 5
    parts = asked.only or (PARTS[:2] if asked.quick else PARTS)
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as folder:
        if "import" in parts:
            print(imports.benchmark(Path(folder), runs), flush=True)
        if "metrics" in parts:
            print(metrics.benchmark(Path(folder), size_of(size), months=24, runs=runs), flush=True)
    if "pages" in parts and importlib.util.find_spec("benchmarks.page_time"):
        sys.argv = ["benchmarks.page_time"]
        runpy.run_module("benchmarks.page_time", run_name="__main__")


if __name__ == "__main__":
    main()
