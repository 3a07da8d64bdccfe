"""Dragging over the periods of a trend looks at those periods alone, on the whole page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from revops.analysis.choice import CUSTOM
from revops.analysis.core import CellResult
from revops.analysis.values import as_date
from revops.charts import SELECTION, trend
from revops.metrics.calendar import DAY
from revops.ui import address
from revops.ui.state import Session

BRUSH = "brushed"  # the name under which a page reads what was dragged over


def can_be_brushed(found: CellResult) -> bool:
    """A trend over more than one period."""
    return found.analysis.chart == "trend" and found.result.frame["start"].nunique() > 1


def brushable(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The drawing, in which periods can be dragged over where marks can be clicked."""
    params = list(spec["params"])
    clicked = next(p for p in params if p.get("name") == SELECTION)
    dragged = {**clicked, "name": BRUSH, "select": {"type": "interval", "encodings": ["x"]}}
    return {**spec, "params": [*params, dragged]}


def key_of(key: str, found: CellResult) -> str:
    """The chart's key: another one for another period, so that what was dragged over is not dragged over again."""
    return f"{key}_{found.view.period.start:%Y%m%d}_{found.view.period.end:%Y%m%d}"


def follow(session: Session, found: CellResult, dragged: Mapping[str, Any] | None) -> None:
    """The page's period becomes the one from the first to the last period that was dragged over."""
    labels = set((dragged or {}).get("period", ()))
    if not labels:
        return
    drawn = trend.rows_of(found, session.formatter)
    chosen = found.result.frame[drawn["period"].isin(labels).to_numpy()]
    if chosen.empty:
        return
    first, last = as_date(chosen["start"].min()), as_date(chosen["end"].max()) - DAY
    for name, value in (("period", CUSTOM), ("from", first.isoformat()), ("to", last.isoformat())):
        address.put_next(name, value)
    st.rerun()
