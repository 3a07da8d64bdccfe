"""Cells that ran and their drawings, kept for everyone who asks the same of the same data.

The keys are the workspace's path and fingerprint, the cell and the view: never a frame.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import streamlit as st
from streamlit.dataframe_util import convert_arrow_table_to_arrow_bytes

from revops.analysis.core import Cell, CellResult, View
from revops.analysis.run import run_cell
from revops.charts import spec
from revops.formats import Formatter
from revops.metrics.engine import Engine
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
    assert session.engine is not None
    assert looked_at is not None
    return _result(session.key, cell_key(cell), view_key(looked_at), session.engine, cell, looked_at)


@st.cache_resource(show_spinner=False, max_entries=512)
def _result(
    workspace: tuple[str, str], cell_: Key, view_: Key, _engine: Engine, _cell: Cell, _view: View
) -> CellResult:
    """Shared and never changed by anyone: a resource, so that nothing is copied."""
    return run_cell(_engine, _cell, _view)


def drawing(session: Session, cell: Cell, found: CellResult) -> dict[str, Any] | None:
    """The cell's chart as a Vega-Lite specification, None where it has no chart."""
    return _drawing(
        session.key, cell_key(cell), view_key(found.view), session.language, session.dark, found, session.formatter
    )


@st.cache_resource(show_spinner=False, max_entries=512)
def _drawing(
    workspace: tuple[str, str],
    cell_: Key,
    view_: Key,
    language: str,
    dark: bool,
    _found: CellResult,
    _formatter: Formatter,
) -> dict[str, Any] | None:
    drawn = spec(_found, _formatter, dark=dark)
    return None if drawn is None else {**drawn, "datasets": {k: _packed(v) for k, v in drawn["datasets"].items()}}


def _packed(rows: list[dict[str, Any]]) -> bytes:
    """The rows as Streamlit sends them; made once a drawing, where it would make a frame of them at every run."""
    return convert_arrow_table_to_arrow_bytes(pa.Table.from_pylist(rows))
