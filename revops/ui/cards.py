"""Key figures as cards: value, change against the comparison, the course, and the definition as help."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import streamlit as st

from revops.analysis import picked
from revops.analysis.core import CellResult
from revops.analysis.key_figures import KeyFigure, key_figures
from revops.metrics import METRIC
from revops.text import Text
from revops.ui import rows as rows_panel
from revops.ui import state
from revops.ui.markdown import plain
from revops.ui.state import Session

_COLOURS: dict[int, Literal["green", "red", "gray"]] = {1: "green", -1: "red", 0: "gray"}
_ARROWS: dict[int, Literal["up", "down", "off"]] = {1: "up", -1: "down", 0: "off"}


def grid(session: Session, found: CellResult, keys: tuple[str, ...] | None = None, *, name: str = "cards") -> None:
    """A card for each of the metrics that can be told, in that order. found: a kpi_overview that ran. None: all."""
    figures = key_figures(found.result, session.formatter)
    told = tuple(key for key in (figures if keys is None else keys) if key in figures)
    with st.grid(5, min_column_width=146, key=f"grid_{name}"):
        for key in told:
            card(figures[key])
    behind(found, told, name)


@st.fragment
def behind(found: CellResult, keys: tuple[str, ...], name: str) -> None:
    """The rows behind one of the cards, in place, once one is asked for. found: the kpi_overview."""
    session = state.current()
    if not keys or session.engine is None:
        return
    with st.container(key=f"behind_{name}"):
        chosen = st.pills(
            session.say(Text("Rows behind a figure", "Строки показателя")),
            keys,
            format_func=lambda k: _short(METRIC[k].label[session.language]),
            key=f"behind_pill_{name}",
        )
    if chosen is not None:
        with st.container(border=True, key=f"behind_rows_{name}"):
            rows_panel.of(session, picked.figure(session.engine, found, chosen), f"card_{name}")


def _short(label: str) -> str:
    """The abbreviation that a label names, else the label: "CAC"."""
    head, opened, rest = label.partition("(")
    inside = rest.partition(")")[0]
    return inside if opened and inside.isupper() else head.strip() if opened else label


def card(figure: KeyFigure) -> None:
    course = [float("nan") if v is None else v for v in figure.course]
    has_course = sum(1 for v in course if v == v) > 1
    st.metric(
        plain(figure.label),
        figure.value,
        delta=figure.change or None,
        delta_color=_COLOURS[figure.news],
        delta_arrow=_ARROWS[figure.moved],
        delta_description=figure.was or None,
        help=plain(figure.definition),
        chart_data=pd.Series(course) if has_course else None,
        chart_type="area",
        border=True,
        height="stretch",
    )


def missing(session: Session, found: CellResult, keys: tuple[str, ...]) -> None:
    """What could not be told, and what to map for it."""
    reasons = found.result.facts.get("missing", {})
    lines = [
        f"**{plain(METRIC[k].label[session.language])}** — {plain(reasons[k][session.language])}"
        for k in keys
        if k in reasons
    ]
    if lines:
        with st.container(border=True, key="missing"):
            st.markdown(
                f"**{session.say(Text('More becomes visible with more columns', 'С новыми колонками видно больше'))}**"
            )
            st.caption("  \n".join(lines))
