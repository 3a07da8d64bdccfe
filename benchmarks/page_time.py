"""How long the server works when a filter changes, page by page, on the demo company; and what pages can switch to.

Each run takes a view that nobody asked for before, so that no cell comes from a cache; `again` is the same view once
more. What is switched to is drawn where the page's other cells are there already. Script time only, in Streamlit's own
test runner: no network, no browser. On a machine that does other work too, the processor time of all threads says more
than the clock: it is told beside it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from streamlit.testing.v1 import AppTest

from benchmarks.timing import Table, shown
from revops.demo import build_demo
from revops.ui import shell
from revops.ui.pages import PAGE, PAGES, PageSpec

Taken = tuple[float, float]  # seconds by the clock, and of the processor, all threads
ROOT = Path(__file__).resolve().parent.parent
GOAL = 0.25
SWITCHED_GOAL = 0.5
# what a page shows besides once it is switched to: the page, and what its address then says
SWITCHED: dict[str, tuple[str, dict[str, str]]] = {
    "churn: how long they stay": ("churn", {"look": "stay"}),
    "churn: cohorts": ("churn", {"look": "cohorts"}),
    "churn: before they left": ("churn", {"look": "left"}),
    "churn: what a target takes": ("churn", {"look": "target"}),
    "funnel: from stage to stage": ("funnel", {"look": "moves"}),
    "funnel: step times": ("funnel", {"look": "time"}),
    "funnel: what a goal takes": ("funnel", {"look": "goal"}),
    "funnel: in order": ("funnel", {"order": "strict"}),
    "funnel: lifecycle": ("funnel", {"funnel": "lifecycle"}),
    "revenue: plans": ("revenue", {"look": "plans"}),
    "revenue: concentration": ("revenue", {"look": "concentration"}),
    "revenue: forecast": ("revenue", {"look": "forecast"}),
    "acquisition: every attribution": ("acquisition", {"look": "credit"}),
    "alignment: before and after": ("alignment", {"look": "since"}),
    "alignment: what stays blank": ("alignment", {"look": "blank"}),
    "pipeline: lost deals": ("pipeline", {"look": "lost"}),
    "pipeline: seller's desk": ("pipeline", {"look": "seller"}),
    "pipeline: one figure": ("pipeline", {"look": "figure"}),
    "trends: ARR by segment": ("trends", {"metric": "arr", "split": "segment"}),
    "drivers: ARR": ("drivers", {"metric": "arr"}),
}
VIEWS = ("2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01")


def benchmark(folder: Path, runs: int) -> Table:
    """Medians over up to five views. folder: for the demo workspace's data folder."""
    os.environ["REVOPS_HOME"] = str(folder / "home")
    os.environ["REVOPS_WORKSPACE"] = "demo"
    build_demo()
    looks: dict[str, tuple[PageSpec, dict[str, str]]] = {page.key: (page, {}) for page in PAGES}
    looks |= {name: (PAGE[key], asked) for name, (key, asked) in SWITCHED.items()}
    fresh: dict[str, list[Taken]] = {name: [] for name in looks}
    again: dict[str, list[Taken]] = {name: [] for name in looks}
    for number, start in enumerate(("2025-10-01", *VIEWS[: max(1, runs)])):
        for name, (page, asked) in looks.items():
            # an AppTest begins on the overview; a session of its own for each, so that no look is in another's address
            app = _app(start, asked)
            if page.url:
                _timed(app, PAGE["overview"])
            first, second = _timed(app, page), _timed(app, page)
            if number:  # imports and compiled statements are there from the first look on
                fresh[name].append(first)
                again[name].append(second)
    rows = []
    for name in looks:
        goal = SWITCHED_GOAL if name in SWITCHED else GOAL
        clock, processor = (median(taken[i] for taken in fresh[name]) for i in (0, 1))
        met = "yes" if clock < goal else "no"
        rows.append((name, shown(clock), shown(processor), shown(median(t for t, _ in again[name])), met))
    heading = ("page", "new view", "processor", "again", "goal met")
    goals = f"goal: {GOAL * 1000:.0f} ms by the clock, {SWITCHED_GOAL * 1000:.0f} ms for what is switched to"
    return Table(title="Server time of a filter change", heading=heading, rows=tuple(rows), notes=(goals,))


def _app(start: str, asked: Mapping[str, str]) -> AppTest:
    """A new session whose address asks for the days from `start` on, and for what else is asked."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in {"lang": "en", "period": "custom", "from": start, "to": "2026-09-30", **asked}.items():
        app.query_params[name] = value
    return app


def _timed(app: AppTest, page: PageSpec) -> Taken:
    """What the script of one run of the page took. AssertionError where the page did not come.

    The script alone: around a session's first run the test runner searches all installed packages for components.
    """
    taken: list[Taken] = []

    def timed() -> None:
        begun = time.perf_counter(), time.process_time()
        _draw()
        taken.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))

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
