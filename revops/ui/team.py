"""What the pages of the teams share: their key figures on top, then one figure in depth."""

from __future__ import annotations

import streamlit as st

from revops.analysis.core import Cell
from revops.analysis.kpi_overview import OF_DEPARTMENT
from revops.metrics import METRIC
from revops.text import Text
from revops.ui import address, cards, cells, choose, figures
from revops.ui.markdown import plain
from revops.ui.state import Session

FIGURE = Text("Figure", "Показатель")


def key_figures(session: Session, department: str) -> frozenset[str]:
    """The department's cards, what they say in a sentence, and what is missing. Gives the metrics that can be told."""
    overview = Cell(analysis="kpi_overview", params={"department": department})
    found = figures.result(session, overview)
    with st.container(key=f"finding_{department}"):
        st.markdown(plain(found.finding[session.language]))
    keys = OF_DEPARTMENT[department]
    cards.grid(session, found, keys, name=department)
    cells.foot(overview, department)
    return frozenset(k for k in keys if k not in found.result.facts["missing"])


def in_depth(session: Session, metrics: tuple[str, ...], told: frozenset[str], name: str) -> None:
    """One of the metrics over time and by a dimension; the first that can be told to begin with."""
    options = [m for m in metrics if m in told]
    if not options:
        return
    address.carry("metric", "split", room=f"_{name}")
    with st.container(horizontal=True, key=f"bar_{name}", vertical_alignment="bottom"):
        with st.container(width=330):
            metric = address.select(
                session.say(FIGURE), options, "metric", lambda k: METRIC[k].label[session.language], options[0]
            )
        by = choose.dimension(session, metric, "split")
    params = {"metric": metric} | ({"by": by} if by else {})
    cells.show(Cell(analysis="kpi_trend", params=params), f"{name}_trend")
    if by or choose.dimensions(session, metric):
        cells.show(Cell(analysis="kpi_breakdown", params=params), f"{name}_breakdown")


def missing(session: Session, department: str) -> None:
    """What the department's figures still need."""
    overview = Cell(analysis="kpi_overview", params={"department": department})
    cards.missing(session, figures.result(session, overview), OF_DEPARTMENT[department])
