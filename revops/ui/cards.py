"""Key figures as cards: value, change against the comparison, the course, and the definition as help."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from revops.analysis import picked
from revops.analysis.core import CellResult
from revops.analysis.stats import is_few
from revops.analysis.values import records, show, show_change
from revops.formats import is_missing
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.text import Text
from revops.ui import rows as rows_panel
from revops.ui import state
from revops.ui.markdown import plain
from revops.ui.state import Session

WAS = Text("was {v}", "было {v}")
ONLY = Text("only {n} cases: says little", "случаев всего {n}: мало о чём говорит")
Arrow = Literal["up", "down", "off"]
_COLOURS: dict[int, Literal["green", "red", "gray"]] = {1: "green", -1: "red", 0: "gray"}


def grid(session: Session, found: CellResult, keys: tuple[str, ...], *, name: str = "cards") -> None:
    """A card for each of the metrics that can be told, in that order. found: a kpi_overview that ran."""
    rows = {r["metric"]: r for r in records(found.result.frame)}
    with st.grid(5, min_column_width=146, key=f"grid_{name}"):
        for key in keys:
            row = rows.get(key)
            if row is not None and not is_missing(row["value"]):
                card(session, row)
    behind(found, tuple(k for k in keys if k in rows and not is_missing(rows[k]["value"])), name)


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


def card(session: Session, row: dict[str, Any]) -> None:
    """One key figure. row: of kpi_overview's frame."""
    metric, formatter = METRIC[row["metric"]], session.formatter
    unit = Unit(row["unit"])
    compared = not is_missing(row["base"])
    course = [float("nan") if is_missing(v) else float(v) for v in row["series"]]
    has_course = sum(1 for v in course if v == v) > 1
    few = is_few(row["n"])
    st.metric(
        plain(metric.label[session.language]),
        show(row["value"], unit, formatter, compact=True),
        delta=show_change(row["value"], row["base"], unit, formatter) if compared else None,
        delta_color="gray" if few else _COLOURS[int(row["verdict"])],
        delta_arrow=_arrow(row),
        delta_description=_described(session, row, unit) if compared or few else None,
        help=plain(metric.definition[session.language]),
        chart_data=pd.Series(course) if has_course else None,
        chart_type="area",
        border=True,
        height="stretch",
    )


def _described(session: Session, row: dict[str, Any], unit: Unit) -> str:
    """What it was; of a share of few cases, of how many."""
    words = []
    if not is_missing(row["base"]):
        words.append(session.say(WAS, v=show(row["base"], unit, session.formatter, compact=True)))
    if is_few(row["n"]):
        words.append(session.say(ONLY, n=session.formatter.number(row["n"])))
    return " · ".join(words)


def _arrow(row: dict[str, Any]) -> Arrow:
    if is_missing(row["base"]) or row["value"] == row["base"]:
        return "off"
    return "up" if row["value"] > row["base"] else "down"


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


def most_moved(found: CellResult) -> str | None:
    """The metric whose news is worst beyond noise, else the one that moved most; None without a comparison."""
    rows = [r for r in records(found.result.frame) if not is_missing(r["base"]) and not is_missing(r["value"])]
    moved = [r for r in rows if float(r["base"]) != 0 and float(r["value"]) != float(r["base"])]
    if not moved:
        return None
    worse = [r for r in moved if int(r["verdict"]) < 0 and r["signal"] is not False]
    return str(max(worse or moved, key=lambda r: abs(float(r["value"]) / float(r["base"]) - 1))["metric"])
