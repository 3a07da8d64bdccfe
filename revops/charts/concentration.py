"""ARR by customer: the largest as bars with the share that they and all larger ones hold, or the curve over all."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.concentration import NAMED, TOPS
from revops.analysis.core import CellResult
from revops.analysis.values import records, show
from revops.charts.marks import selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.text import Text

ROW, AXIS, HEIGHT = 25, 50, 340
EQUAL = Text("dashed: if all were equal", "пунктир: если бы все были равны")


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    drawing = curve if cell.params["show"] == "curve" else largest
    return drawing(cell, formatter, colours, width)


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The frame's rows with ready-made texts."""
    rows: list[dict[str, Any]] = [
        {
            "account": row["account"],
            "name": row["name"],
            "rank": int(row["rank"]),
            "arr": float(row["arr"]),
            "cumulative": float(row["cumulative"]),
            "of_customers": float(row["of_customers"]),
            "label": " · ".join(
                (
                    show(row["arr"], Unit.MONEY, formatter, compact=True),
                    show(row["cumulative"], Unit.SHARE, formatter),
                )
            ),
            "tip": show(row["arr"], Unit.MONEY, formatter),
            "tip_rank": show(row["rank"], Unit.COUNT, formatter),
            "tip_share": show(row["share"], Unit.SHARE, formatter),
            "tip_cumulative": show(row["cumulative"], Unit.SHARE, formatter),
            "tip_customers": show(row["of_customers"], Unit.SHARE, formatter),
        }
        for row in records(cell.result.frame)
    ]
    return pd.DataFrame(rows)


def _tips(cell: CellResult, formatter: Formatter, *names: str) -> list[alt.Tooltip]:
    columns = {c.key: c.label[formatter.language] for c in cell.result.columns}
    titles = {
        "name": columns["name"],
        "tip_rank": columns["rank"],
        "tip": columns["arr"],
        "tip_share": columns["share"],
        "tip_cumulative": columns["cumulative"],
        "tip_customers": columns["of_customers"],
    }
    return tips({n: titles[n] for n in names})


def largest(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """A bar a customer; beside it its ARR and, in percent, what it and all larger ones hold together."""
    rows = rows_of(cell, formatter)
    rows = rows[rows["rank"] <= NAMED]
    axis = alt.Axis(title=None, grid=False, labelColor=colours.ink, labelLimit=190)
    y = alt.Y(field="rank", type="ordinal", axis=None)
    named = alt.Y(field="name", type="nominal", sort=rows["name"].tolist(), axis=axis)
    unique = rows["name"].is_unique
    x = value_axis(alt.X, "arr", cell.result.columns[2].label[formatter.language], Unit.MONEY, formatter)
    base = alt.Chart(rows).encode(y=named if unique else y)
    bars = base.mark_bar(color=colours.series[0], cornerRadiusEnd=3, height={"band": 0.66}).encode(
        x=x, tooltip=_tips(cell, formatter, "name", "tip_rank", "tip", "tip_share", "tip_cumulative")
    )
    words = base.mark_text(align="left", dx=7, color=colours.ink).encode(
        x=x, text=alt.Text(field="label", type="nominal")
    )
    said = formatter.say(
        Text("ARR · share of ARR held together with all larger ones", "ARR · доля ARR вместе с более крупными")
    )
    return finished(
        [bars.add_params(selection("account", "name")), words],
        colours,
        height=ROW * len(rows) + AXIS,
        width=width,
        title=said,
    )


def curve(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """The share of ARR over the share of customers, the largest first; the straight line is all alike."""
    rows = rows_of(cell, formatter)
    columns = {c.key: c.label[formatter.language] for c in cell.result.columns}
    whole = alt.Scale(domain=[0, 1], nice=False)
    y_title = formatter.say(Text("Share of ARR", "Доля ARR"))
    x = value_axis(alt.X, "of_customers", columns["of_customers"], Unit.SHARE, formatter, scale=whole)
    y = value_axis(alt.Y, "cumulative", y_title, Unit.SHARE, formatter, scale=whole)
    origin = pd.DataFrame({"of_customers": [0.0], "cumulative": [0.0]})
    path = pd.concat([origin, rows[["of_customers", "cumulative"]]], ignore_index=True)
    even = pd.DataFrame({"of_customers": [0.0, 1.0], "cumulative": [0.0, 1.0]})
    said = pd.DataFrame({"of_customers": [1.0], "cumulative": [0.04], "text": [formatter.say(EQUAL)]})
    tops = rows[rows["rank"].isin(TOPS)].assign(
        text=[
            formatter.say(Text("top {n}: {s}", "топ-{n}: {s}"), n=r["rank"], s=r["tip_cumulative"])
            for r in records(rows[rows["rank"].isin(TOPS)])
        ]
    )
    line = alt.Chart(path).mark_area(
        color=colours.series[0], opacity=0.14, line={"color": colours.series[0], "strokeWidth": 2.6}
    )
    layers = [
        line.encode(x=x, y=y),
        alt.Chart(even).mark_line(color=colours.muted, strokeDash=[5, 4], strokeWidth=1.4).encode(x=x, y=y),
        alt.Chart(said)
        .mark_text(align="right", dx=-6, color=colours.muted)
        .encode(x=x, y=y, text=alt.Text(field="text", type="nominal")),
        alt.Chart(rows)
        .mark_point(size=70, opacity=0, filled=True)
        .encode(x=x, y=y, tooltip=_tips(cell, formatter, "name", "tip_rank", "tip_customers", "tip_cumulative", "tip"))
        .add_params(selection("account", "name")),
        alt.Chart(tops)
        .mark_point(size=70, filled=True, opacity=1, color=colours.series[0])
        .encode(x=x, y=y, tooltip=_tips(cell, formatter, "name", "tip_rank", "tip_customers", "tip_cumulative", "tip")),
        alt.Chart(tops)
        .mark_text(align="left", dx=9, dy=6, color=colours.ink)
        .encode(x=x, y=y, text=alt.Text(field="text", type="nominal")),
    ]
    return finished(layers, colours, height=HEIGHT, width=width)
