"""How long the server works when a filter changes, page by page, on the demo company.

Each run takes a view that nobody asked for before, so that no cell comes from a cache; `again` is the same view once
more. Script time only, in Streamlit's own test runner: no network, no browser.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.timing import Table, shown
from revops.demo import build_demo
from revops.ui.pages import PAGES

ROOT = Path(__file__).resolve().parent.parent
GOAL = 0.4
VIEWS = ("2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01")


def benchmark(folder: Path, runs: int) -> Table:
    """Medians over up to five views. folder: for the demo workspace's data folder."""
    os.environ["REVOPS_HOME"] = str(folder / "home")
    os.environ["REVOPS_WORKSPACE"] = "demo"
    build_demo()
    rows = []
    for page in PAGES:
        fresh, again = [], []
        _run(page.path, "2025-10-01")  # imports and compiled statements are there from the first look on
        for start in VIEWS[: max(1, runs)]:
            app = _app(start)
            fresh.append(_timed(app, page.path))
            again.append(_timed(app, page.path))
        middle = sorted(fresh)[len(fresh) // 2]
        rows.append((page.key, shown(middle), shown(sorted(again)[len(again) // 2]), "yes" if middle < GOAL else "no"))
    heading = ("page", "new view", "again", f"under {GOAL * 1000:.0f} ms")
    return Table(title="Server time of a filter change", heading=heading, rows=tuple(rows))


def _app(start: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in {"period": "custom", "from": start, "to": "2026-09-30"}.items():
        app.query_params[name] = value
    return app


def _run(path: str, start: str) -> None:
    _timed(_app(start), path)


def _timed(app: AppTest, path: str) -> float:
    begun = time.perf_counter()
    app.switch_page(path).run()
    assert not app.exception, app.exception[0].value
    return time.perf_counter() - begun


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="revops-pages-") as place:
        print(benchmark(Path(place), len(VIEWS)))
