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


def overview_of(department: str) -> Cell:
    """What the department's cards tell."""
    return Cell(analysis="kpi_overview", params={"department": department})


def key_figures(session: Session, department: str) -> frozenset[str]:
    """The department's cards, what they say in a sentence, and what is missing. Gives the metrics that can be told."""
    overview = overview_of(department)
    found = figures.result(session, overview)
    with st.container(key=f"finding_{department}"):
        st.markdown(plain(found.finding[session.language]))
    keys = OF_DEPARTMENT[department]
    cards.grid(session, found, keys, name=department)
    cells.foot(overview, department)
    return frozenset(k for k in keys if k not in found.result.facts["missing"])


def depth_of(session: Session, metrics: tuple[str, ...]) -> tuple[Cell, ...]:
    """What `in_depth` is about to show, as the address has it; before it is known which metrics can be told."""
    assert session.engine is not None
    options = [m for m in metrics if session.engine.why_not(m) is None]
    if not options:
        return ()
    asked = address.value("metric")
    return _depth(session, asked if asked in options else options[0], address.value("split") or None)


def _depth(session: Session, metric: str, by: str | None) -> tuple[Cell, ...]:
    params = {"metric": metric} | ({"by": by} if by else {})
    trend, breakdown = Cell(analysis="kpi_trend", params=params), Cell(analysis="kpi_breakdown", params=params)
    return (trend, breakdown) if by or choose.dimensions(session, metric) else (trend,)


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
    for cell, part in zip(_depth(session, metric, by), ("trend", "breakdown"), strict=False):
        cells.show(cell, f"{name}_{part}")


def missing(session: Session, department: str) -> None:
    """What the department's figures still need."""
    cards.missing(session, figures.result(session, overview_of(department)), OF_DEPARTMENT[department])
