"""Curves of who is still here, a step a month, with their 95 % bands; pale where few were seen so long."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import name_of, records, show
from revops.charts.marks import selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.text import Text

HEIGHT = 340
DIRECT = 4  # up to so many curves are named at their end, more in a legend


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The frame with names and ready-made texts."""
    out: list[dict[str, Any]] = []
    alone = cell.result.facts["by"] is None
    for row in records(cell.result.frame):
        low, high = (show(row[c], Unit.SHARE, formatter) for c in ("low", "high"))
        out.append(
            {
                "group": row["group"],
                "name": "" if alone else name_of(row["group"], cell.result.facts["names"], formatter),
                "month": row["month"],
                "survival": float(row["survival"]),
                "low": None if pd.isna(row["low"]) else float(row["low"]),
                "high": None if pd.isna(row["high"]) else float(row["high"]),
                "few": bool(row["few"]),
                "tip": show(row["survival"], Unit.SHARE, formatter),
                "tip_interval": f"{low} – {high}",
                "tip_risk": show(row["at_risk"], Unit.COUNT, formatter),
                "tip_left": show(row["left"], Unit.COUNT, formatter),
            }
        )
    return pd.DataFrame(out)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    names = list(dict.fromkeys(rows["name"]))
    scale = alt.Scale(domain=names, range=[colours.series[i % len(colours.series)] for i in range(len(names))])
    legend = None if len(names) <= DIRECT else alt.Legend()
    colour = alt.Color(field="name", type="nominal", scale=scale, legend=legend)
    title = columns["month"].label[formatter.language]
    months = alt.Axis(title=title, grid=False, tickMinStep=1, values=list(range(0, int(rows["month"].max()) + 1, 3)))
    x = alt.X(field="month", type="quantitative", axis=months, scale=alt.Scale(nice=False))
    y = value_axis(
        alt.Y,
        "survival",
        columns["survival"].label[formatter.language],
        Unit.SHARE,
        formatter,
        scale=alt.Scale(domain=[0, 1]),
    )
    low = alt.Y(field="low", type="quantitative", scale=alt.Scale(domain=[0, 1]))
    fields = {
        "month": title,
        "tip": columns["survival"].label[formatter.language],
        "tip_interval": formatter.say(Text("95 % interval", "Интервал 95 %")),
        "tip_risk": columns["at_risk"].label[formatter.language],
        "tip_left": columns["left"].label[formatter.language],
    }
    if len(names) > 1:
        fields = {"name": cell.result.facts["by_label"][formatter.language], **fields}
    base = alt.Chart(rows)
    firm = base.transform_filter("!datum.few")
    band = firm.mark_area(interpolate="step-after", opacity=0.12 if len(names) <= 2 else 0.06).encode(
        x=x, y=low, y2=alt.Y2(field="high"), color=colour
    )
    pale = base.mark_line(interpolate="step-after", strokeWidth=2, opacity=0.28).encode(x=x, y=y, color=colour)
    line = firm.mark_line(interpolate="step-after", strokeWidth=2.6).encode(x=x, y=y, color=colour)
    points = base.mark_point(size=90, opacity=0, filled=True).encode(x=x, y=y, color=colour, tooltip=tips(fields))
    layers = [band, pale, line, points.add_params(selection("group", "month"))]
    if 1 < len(names) <= DIRECT:
        last = rows[~rows["few"]].groupby("name", sort=False).tail(1)
        text = alt.Chart(last).mark_text(align="left", dx=10, fontWeight=600)
        layers.append(text.encode(x=x, y=y, color=colour, text=alt.Text(field="name", type="nominal")))
    return finished(layers, colours, height=HEIGHT, width=width)
