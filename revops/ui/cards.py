"""Key figures as cards: value, change against the comparison, the course, and the definition as help."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from revops.analysis.core import CellResult
from revops.analysis.values import records, show, show_change
from revops.formats import is_missing
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.text import Text
from revops.ui.filters import plain
from revops.ui.state import Session

WAS = Text("was {v}", "было {v}")
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


def card(session: Session, row: dict[str, Any]) -> None:
    """One key figure. row: of kpi_overview's frame."""
    metric, formatter = METRIC[row["metric"]], session.formatter
    unit = Unit(row["unit"])
    compared = not is_missing(row["base"])
    course = [float("nan") if is_missing(v) else float(v) for v in row["series"]]
    has_course = sum(1 for v in course if v == v) > 1
    st.metric(
        plain(metric.label[session.language]),
        show(row["value"], unit, formatter, compact=True),
        delta=show_change(row["value"], row["base"], unit, formatter) if compared else None,
        delta_color=_COLOURS[int(row["verdict"])],
        delta_arrow=_arrow(row),
        delta_description=session.say(WAS, v=show(row["base"], unit, formatter, compact=True)) if compared else None,
        help=plain(metric.definition[session.language]),
        chart_data=pd.Series(course) if has_course else None,
        chart_type="area",
        border=True,
        height="stretch",
    )


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
