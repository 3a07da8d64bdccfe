"""Stages by where deals go next, as a heat map: the darker, the larger the share; ways back in another colour."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.stage_matrix import LOST, STILL
from revops.analysis.values import name_of, records, shown_cell
from revops.charts.marks import channel, selection, tips
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter

ROW = 46  # pixels
ROOM = 560  # pixels of width below which the cells hold whole percents alone
TIPS = ("stage", "next", "kind", "cases", "n", "share", "median_days")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The frame with names and ready-made texts."""
    columns = {c.key: c for c in cell.result.columns}
    out: list[dict[str, Any]] = []
    for row in records(cell.result.frame):
        said = {k: shown_cell(columns[k], row, formatter) for k in TIPS}
        sign = "← " if row["kind"] == "back" else "↷ " if row["kind"] == "skipped" else ""
        out.append(
            {
                "stage": row["stage"],
                "next": row["next"],
                "from_name": said["stage"],
                "to_name": said["next"],
                "share": float(row["share"]),
                "back": row["kind"] == "back",
                "figure": sign + formatter.percent(row["share"], 0),
                "cases": said["cases"],
                **{f"tip_{k}": text for k, text in said.items()},
            }
        )
    return pd.DataFrame(out)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    names = columns["stage"].names
    steps = list(cell.result.facts["steps"])
    found = [*rows["stage"], *rows["next"]]
    aside = [k for k in dict.fromkeys(found) if k not in (*steps, LOST, STILL)]
    order = [name_of(k, names, formatter) for k in (*steps, *aside, LOST, STILL)]
    narrow = f"width < {ROOM}"
    top = alt.Axis(
        title=None,
        orient="top",
        grid=False,
        labelColor=colours.ink,
        labelAngle=alt.ExprRef(expr=f"{narrow} ? -45 : 0"),
        labelAlign=alt.ExprRef(expr=f"{narrow} ? 'left' : 'center'"),
        labelOverlap=False,
    )
    x = alt.X(field="to_name", type="nominal", sort=order, axis=top)
    y = alt.Y(
        field="from_name", type="nominal", sort=order, axis=alt.Axis(title=None, grid=False, labelColor=colours.ink)
    )
    base = alt.Chart(rows).encode(x=x, y=y)
    fields = {f"tip_{k}": columns[k].label[formatter.language] for k in TIPS}
    ahead = alt.Scale(domain=[0, 1], range=[colours.grid, colours.series[0]], interpolate="rgb")
    returned = alt.Scale(domain=[0, 1], range=[colours.grid, colours.series[1]], interpolate="rgb")

    def cells(data: alt.Chart, scale: alt.Scale) -> alt.Chart:
        shade = alt.Color(field="share", type="quantitative", scale=scale, legend=None)
        marked: alt.Chart = data.mark_rect(cornerRadius=3, stroke=colours.paper, strokeWidth=2)
        return marked.encode(color=shade, tooltip=tips(fields))

    ink = alt.condition("datum.share > 0.5", alt.value(colours.paper), alt.value(colours.ink))
    roomy = alt.ExprRef(expr=f"{narrow} ? 0 : 1")
    share = base.mark_text(
        fontSize=alt.ExprRef(expr=f"{narrow} ? 10 : 14"), fontWeight=600, dy=alt.ExprRef(expr=f"{narrow} ? 0 : -7")
    ).encode(text=alt.Text(field="figure", type="nominal"), color=channel("Color", ink))
    count = base.mark_text(fontSize=12, dy=10, opacity=roomy).encode(
        text=alt.Text(field="cases", type="nominal"), color=channel("Color", ink)
    )
    layers = [
        cells(base.transform_filter("!datum.back"), ahead).add_params(selection("stage", "next")),
        cells(base.transform_filter("datum.back"), returned),
        share,
        count,
    ]
    chart = finished(layers, colours, height=ROW * rows["from_name"].nunique() + 40, width=width)
    chart["resolve"] = {"scale": {"color": "independent"}}
    return chart
