"""Every kind of cell is kept in a notebook, is the same there, is told anew after new data, and is taken along."""

from __future__ import annotations

import ast
import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from markupsafe import escape

from revops.analysis import ANALYSES, ANALYSIS, Cell, picked, rows
from revops.analysis.choice import Choice, view_of
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.api import Company
from revops.charts import SELECTION, spec
from revops.formats import Formatter
from revops.importing import import_files
from revops.metrics.engine import Engine
from revops.notebook import shelf
from revops.notebook.model import CellBlock, Notebook
from revops.notebook.run import run_block
from revops.report.jupyter import jupyter
from revops.report.page import page
from revops.workspace import Workspace, workspace_path
from tests.pages.conftest import OpenPage, said

# as pages ask them beside every analysis with its defaults
ASKED = (
    Cell(analysis="before_after", params={"since": "2025-11-01"}),
    Cell(analysis="pipeline_waterfall", params={"due": "period", "measure": "deals"}),
    Cell(analysis="arr_bridge", params={"show": "periods"}),
    Cell(analysis="concentration", params={"show": "curve"}),
    Cell(analysis="cohorts", params={"measure": "revenue", "cohort": "quarter"}),
    Cell(analysis="leavers", params={"show": "signs"}),
    Cell(analysis="save_rate", params={"measure": "gross", "by": "segment", "target": 5}),
    Cell(analysis="survival", params={"by": "segment"}),
    Cell(analysis="step_times", params={"kind": "lifecycle"}),
    Cell(analysis="actions", params={"kind": "slipped_deal"}),
    Cell(analysis="velocity", params={"win_rate": 36.5, "cycle": 38}),
    Cell(analysis="scenario", params={"churn": 0.9, "target": 12_000_000}),
)
CELLS = {f"{c.analysis} {json.dumps(dict(c.params))}" if c.params else c.analysis: c
         for c in (*(Cell(analysis=a.key) for a in ANALYSES), *ASKED)}  # fmt: skip
CHOICE = Choice(period="this_year")
MARKS_NOT_PICKED = {  # their rows are shown, of the whole cell
    "backwards": "its figures are asked, not counted",
    "scenario": "its months are to come",
}
NEWER = (
    "Deal ID,Pipeline,Deal Stage,Amount,Create Date,Close Date,Deal owner\n"
    "new-1,Sales Pipeline,Closed Won,5000,2026-11-01,2026-11-02,Ann\n"
    "new-2,Sales Pipeline,Discovery,700,2026-11-02,2026-12-20,Ann\n"
)


@pytest.fixture(scope="module")
def company(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The demo company's workspace, the tests' own."""
    path = tmp_path_factory.mktemp("kept") / "demo.duckdb"
    shutil.copyfile(demo_home / "workspaces" / "demo.duckdb", path)
    with Workspace.open(path, create=False) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def api(company: Workspace) -> Company:
    return Company(company, "en")


@pytest.fixture(scope="module")
def engine(api: Company) -> Engine:
    return api.engine


Show = Callable[[str], CellResult]


@pytest.fixture(scope="module")
def shown_on_a_page(engine: Engine) -> Show:
    """A cell as a page shows it, run once."""
    return cache(lambda name: run_cell(engine, CELLS[name], view_of(CHOICE, engine)))


def alike(value: Any) -> Any:
    """A drawing with its figures to nine digits: sums over rows in another order differ in the last ones."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, Mapping):
        return {k: alike(v) for k, v in value.items()}
    return [alike(v) for v in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", CELLS)
def test_a_kept_cell_is_the_page_s_and_is_taken_along(
    company: Workspace, api: Company, shown_on_a_page: Show, name: str
) -> None:
    cell = CELLS[name]
    formatter = Formatter("en", "USD")
    shown = shown_on_a_page(name)
    block = CellBlock(key="c", analysis=cell.analysis, params=dict(cell.params), choice=CHOICE)
    shelf.keep(company, Notebook(key=name, title="Board", blocks=(block,)))
    book = shelf.notebooks(company)[name]

    ran = run_block(book.blocks[0], api.engine)
    assert ran.problem is None
    assert ran.cell is not None
    pd.testing.assert_frame_equal(ran.cell.result.frame, shown.result.frame, rtol=1e-9)
    assert ran.cell.finding == shown.finding
    assert alike(spec(ran.cell, formatter)) == alike(spec(shown, formatter))

    text = page(book.title, [ran], formatter, workspace="demo", made_at=dt.datetime(2026, 11, 3))
    assert str(escape(shown.finding.en)) in text
    written = nbformat.reads(jupyter(book, "en", workspace="demo"), as_version=4)
    source = compile(ast.parse(written.cells[-1].source, mode="eval"), "cell", "eval")
    told = eval(source, {"company": api})
    assert told.finding == shown.finding.en


def test_every_cell_is_told_anew_after_new_data(
    company: Workspace, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copied = tmp_path_factory.mktemp("newer") / "demo.duckdb"
    shutil.copyfile(company.path, copied)
    newer = copied.with_name("deals.csv")
    newer.write_text(NEWER, encoding="utf-8")
    with Workspace.open(copied, create=False) as workspace:
        import_files(workspace, [newer], today=dt.date(2026, 11, 2))
        later = Engine(workspace)
        assert later.as_of > engine.as_of
        for name, cell in CELLS.items():
            now = run_block(CellBlock(key="c", analysis=cell.analysis, params=cell.params, choice=CHOICE), later)
            assert now.problem is None, (name, now.problem)
            assert now.cell is not None
            assert now.cell.view.as_of == later.as_of
            spec(now.cell, Formatter("ru", "USD"))
        waterfall = run_block(CellBlock(key="c", analysis="pipeline_waterfall", choice=CHOICE), later).cell
        assert waterfall is not None
        assert waterfall.result.facts["closes"]


# --- each mark opens its rows


def marks(drawn: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a click on each mark that can be picked gives."""
    params = [*drawn.get("params", ()), *(p for layer in drawn.get("layer", ()) for p in layer.get("params", ()))]
    fields = next((p["select"]["fields"] for p in params if p["name"] == SELECTION), None)
    if fields is None:
        return []
    data = [row for rows_ in drawn["datasets"].values() for row in rows_ if all(f in row for f in fields)]
    return [{f: row[f] for f in fields} for row in data]


def opened(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None) -> rows.Rows:
    """The first page of rows, as the page opens it."""
    if found.analysis.behind is not None:
        return found.analysis.behind(engine, found, pick, 3)
    figure = picked.figure(engine, found, picked.metrics_of(found)[0], pick)
    return rows.behind(engine, figure, rows.parts(engine, figure.metric)[0], limit=3)


@pytest.mark.parametrize("name", CELLS)
def test_each_mark_opens_its_rows(engine: Engine, shown_on_a_page: Show, name: str) -> None:
    cell, found = CELLS[name], shown_on_a_page(name)
    drawn = spec(found, Formatter("en", "USD"))
    picks = marks(drawn) if drawn is not None else []
    assert bool(picks) == (drawn is not None and cell.analysis not in MARKS_NOT_PICKED)
    if found.analysis.behind is None and not picked.metrics_of(found):
        assert not picks, "a mark that can be clicked and opens nothing"
        return
    whole = opened(engine, found, None)
    assert whole.total > 0
    assert [c.key for c in whole.columns] == list(whole.frame.columns)
    assert whole.frame["file"].notna().any()
    for pick in [picks[0], picks[-1]] if picks else []:
        told = opened(engine, found, pick)
        assert told.total <= whole.total or found.analysis.behind is None
        assert list(told.frame.columns) == [c.key for c in told.columns]


# --- on the page


def test_a_notebook_of_every_cell_is_shown(
    open_page: OpenPage, demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    monkeypatch.setenv("REVOPS_HOME", str(home))
    blocks = tuple(
        CellBlock(key=f"b{n}", analysis=c.analysis, params=dict(c.params), choice=CHOICE)
        for n, c in enumerate(CELLS.values())
    )
    with Workspace.open(workspace_path("demo"), create=False) as workspace:
        shelf.keep(workspace, Notebook(key="all", title="All", blocks=blocks))
    app = open_page("notebook", home, "demo")
    assert not app.exception
    assert not app.error
    assert not app.warning
    words = said(app)
    for cell in CELLS.values():
        assert ANALYSIS[cell.analysis].question.en in words, cell
