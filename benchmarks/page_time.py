"""How long the server works when a filter changes, page by page, on the demo company.

Each run takes a view that nobody asked for before, so that no cell comes from a cache; `again` is the same view once
more. Script time only, in Streamlit's own test runner: no network, no browser.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from streamlit.testing.v1 import AppTest

from benchmarks.timing import Table, shown
from revops.demo import build_demo
from revops.ui import shell
from revops.ui.pages import PAGES, PageSpec

ROOT = Path(__file__).resolve().parent.parent
GOAL = 0.4
VIEWS = ("2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01")


def benchmark(folder: Path, runs: int) -> Table:
    """Medians over up to five views. folder: for the demo workspace's data folder."""
    os.environ["REVOPS_HOME"] = str(folder / "home")
    os.environ["REVOPS_WORKSPACE"] = "demo"
    build_demo()
    fresh: dict[str, list[float]] = {page.key: [] for page in PAGES}
    again: dict[str, list[float]] = {page.key: [] for page in PAGES}
    for number, start in enumerate(("2025-10-01", *VIEWS[: max(1, runs)])):
        app = _app(start)
        for page in PAGES:  # the overview comes first: an AppTest begins on the first page
            first, second = _timed(app, page), _timed(app, page)
            if number:  # imports and compiled statements are there from the first look on
                fresh[page.key].append(first)
                again[page.key].append(second)
    rows = []
    for page in PAGES:
        middle = median(fresh[page.key])
        rows.append((page.key, shown(middle), shown(median(again[page.key])), "yes" if middle < GOAL else "no"))
    heading = ("page", "new view", "again", f"under {GOAL * 1000:.0f} ms")
    return Table(title="Server time of a filter change", heading=heading, rows=tuple(rows))


def _app(start: str) -> AppTest:
    """A new session whose address asks for the days from `start` on."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in {"lang": "en", "period": "custom", "from": start, "to": "2026-09-30"}.items():
        app.query_params[name] = value
    return app


def _timed(app: AppTest, page: PageSpec) -> float:
    """Seconds that the script of one run of the page took. AssertionError where the page did not come.

    The script alone: around a session's first run the test runner searches all installed packages for components.
    """
    taken: list[float] = []

    def timed() -> None:
        begun = time.perf_counter()
        _draw()
        taken.append(time.perf_counter() - begun)

    _draw, shell.run = shell.run, timed
    try:
        (app.switch_page(page.path) if page.url else app).run()
    finally:
        shell.run = _draw
    assert not app.exception, app.exception[0].value
    assert app.title[0].value == page.title.en
    return taken[-1]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="revops-pages-") as place:
        print(benchmark(Path(place), len(VIEWS)))
