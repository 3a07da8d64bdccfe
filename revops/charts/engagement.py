"""Calls, meetings and emails a month, stacked; their answers in the tooltip."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.engagement import TYPES
from revops.analysis.values import as_date, records, show
from revops.charts.marks import period_axis, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.calendar import label
from revops.metrics.core import Grain, Period, Unit

HEIGHT = 300


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The frame with ready-made texts."""
    rows: list[dict[str, Any]] = [
        {
            "start": as_date(row["start"]).isoformat(),
            "period": label(Period(as_date(row["start"]), as_date(row["end"]), Grain.MONTH), formatter),
            "type": row["type"],
            "name": TYPES[row["type"]][formatter.language],
            "activities": int(row["activities"]),
            "order": list(TYPES).index(row["type"]),
            "tip": show(row["activities"], Unit.COUNT, formatter),
            "tip_response": show(row["response"], Unit.SHARE, formatter),
            "tip_talk": show(row["talk_ratio"], Unit.SHARE, formatter),
        }
        for row in records(cell.result.frame)
    ]
    return pd.DataFrame(rows)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c.label[formatter.language] for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    names = [t[formatter.language] for t in TYPES.values()]
    x = period_axis(list(dict.fromkeys(rows["period"])))
    y = value_axis(alt.Y, "activities", columns["activities"], Unit.COUNT, formatter, stack="zero")
    scale = alt.Scale(domain=names, range=[colours.series[i] for i in (5, 0, 1)])
    words = {
        "period": columns["start"],
        "name": columns["type"],
        "tip": columns["activities"],
        "tip_response": columns["response"],
        "tip_talk": columns["talk_ratio"],
    }
    bars = (
        alt.Chart(rows)
        .mark_bar(width={"band": 0.7}, stroke=colours.paper, strokeWidth=0.8)
        .encode(
            x=x,
            y=y,
            color=alt.Color(field="name", type="nominal", scale=scale, legend=alt.Legend(columns=3)),
            order=alt.Order(field="order", type="quantitative"),
            tooltip=tips(words),
        )
    )
    return finished([bars.add_params(selection("start", "type"))], colours, height=HEIGHT, width=width)
