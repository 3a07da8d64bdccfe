"""Cells that ran and their drawings, kept for everyone who asks the same of the same data.

The keys are the workspace's path and fingerprint, the cell and the view: never a frame.
"""

from __future__ import annotations

from concurrent.futures import wait
from typing import Any

import pyarrow as pa
import streamlit as st
from streamlit.dataframe_util import convert_arrow_table_to_arrow_bytes

from revops.analysis.core import Cell, CellResult, View
from revops.analysis.run import run_cell
from revops.analysis.together import ask_ahead, asks
from revops.charts import spec
from revops.formats import Formatter
from revops.ui.kept import Kept, begin
from revops.ui.state import Session

Key = tuple[object, ...]


def view_key(view: View) -> Key:
    where = tuple(sorted((k, tuple(v)) for k, v in view.where.items()))
    grain = view.period.grain
    return (
        view.period.start,
        view.period.end,
        grain and grain.value,
        view.as_of,
        view.grain.value,
        view.compare.value,
        view.against and (view.against.start, view.against.end),
        where,
    )


def cell_key(cell: Cell) -> Key:
    return (cell.analysis, tuple(sorted((k, v) for k, v in cell.params.items())))


def result(session: Session, cell: Cell, view: View | None = None) -> CellResult:
    """The cell over the session's view (or `view`). Raises what run_cell raises."""
    looked_at = view or session.view
    engine = session.engine
    assert engine is not None
    assert looked_at is not None
    return _results().get(_key(session, cell, looked_at), lambda: run_cell(engine, cell, looked_at))


def ahead(session: Session, *cells: Cell) -> None:
    """Begins with cells that the page is about to show, side by side, those that nobody asked for before.

    What they ask alike is asked at once. A page need not name all of its cells: the others are run as they come.
    """
    engine, view, kept = session.engine, session.view, _results()
    assert engine is not None
    assert view is not None
    fresh = [cell for cell in cells if _key(session, cell, view) not in kept]
    if len(fresh) < 2:
        return
    asking = begin(lambda: ask_ahead(engine, fresh, view))

    def run(cell: Cell) -> CellResult:
        if asks(cell):
            wait([asking])  # where it failed, the cell asks again and says why
        return run_cell(engine, cell, view)

    # those that wait come last: meanwhile the others have the second processor
    for cell in sorted(fresh, key=asks):
        kept.begin(_key(session, cell, view), lambda cell=cell: run(cell))  # type: ignore[misc]


def drawing(session: Session, cell: Cell, found: CellResult) -> dict[str, Any] | None:
    """The cell's chart as a Vega-Lite specification, None where it has no chart."""
    key = (*_key(session, cell, found.view), session.language, session.dark)
    return _drawings().get(key, lambda: _drawn(found, session.formatter, session.dark))


def _key(session: Session, cell: Cell, view: View) -> Key:
    return (session.key, cell_key(cell), view_key(view))


# one of each for the process, until Streamlit clears its cache


@st.cache_resource(show_spinner=False)
def _results() -> Kept[CellResult]:
    return Kept(512)


@st.cache_resource(show_spinner=False)
def _drawings() -> Kept[dict[str, Any] | None]:
    return Kept(512)


def _drawn(found: CellResult, formatter: Formatter, dark: bool) -> dict[str, Any] | None:
    drawn = spec(found, formatter, dark=dark)
    return None if drawn is None else {**drawn, "datasets": {k: _packed(v) for k, v in drawn["datasets"].items()}}


def _packed(rows: list[dict[str, Any]]) -> bytes:
    """The rows as Streamlit sends them; made once a drawing, where it would make a frame of them at every run."""
    return convert_arrow_table_to_arrow_bytes(pa.Table.from_pylist(rows))
