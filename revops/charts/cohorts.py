"""Retention as a heat map: a row a cohort, a column an age, the average on top; what is not over yet stays blank."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import as_date, records, show
from revops.charts.marks import channel, selection, tips
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.calendar import label, step
from revops.metrics.core import Period, Unit
from revops.text import Text

ROW = 26  # pixels
ROOM = 520  # pixels of width below which the cells hold no figures: their tooltips do
AVERAGE = Text("On average", "В среднем")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """A row a cell that has a value: its row's name, age, share, and ready-made texts; the average's cohort is ""."""
    grain = cell.result.facts["grain"]
    out: list[dict[str, Any]] = []
    for row in cell.result.facts["average"]:
        out.append(
            {
                "cohort": "",
                "name": formatter.say(AVERAGE),
                "age": row["age"],
                "share": row["retention"],
                "few": False,
                "figure": _figure(row["retention"], formatter),
                "tip": show(row["retention"], Unit.SHARE, formatter),
                "tip_size": show(row["size"], Unit.COUNT, formatter),
            }
        )
    for row in records(cell.result.frame):
        if pd.isna(row["retention"]):
            continue
        start = as_date(row["cohort"])
        period = label(Period(start, step(start, grain), grain), formatter)
        size = show(row["size"], Unit.COUNT, formatter)
        out.append(
            {
                "cohort": start.isoformat(),
                "name": f"{period} · {size}",
                "age": row["age"],
                "share": float(row["retention"]),
                "few": bool(row["few"]),
                "figure": _figure(row["retention"], formatter),
                "tip": show(row["retention"], Unit.SHARE, formatter),
                "tip_size": size,
            }
        )
    return pd.DataFrame(out, columns=["cohort", "name", "age", "share", "few", "figure", "tip", "tip_size"])


def _figure(share: Any, formatter: Formatter) -> str:
    """Whole percents, to fit a cell."""
    return formatter.number(float(share) * 100)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c for c in cell.result.columns}
    language = formatter.language
    rows = rows_of(cell, formatter)
    names = list(dict.fromkeys(rows["name"]))
    top = max(1.0, float(rows["share"].max())) if len(rows) else 1.0
    ages = alt.Axis(title=columns["age"].label[language], orient="top", labelAngle=0, grid=False, labelOverlap="parity")
    x = alt.X(field="age", type="ordinal", axis=ages, sort=list(range(cell.result.facts["ages"] + 1)))
    y = alt.Y(field="name", type="nominal", sort=names, axis=alt.Axis(title=None, grid=False, labelPadding=10))
    scale = alt.Scale(domain=[0, top], range=[colours.grid, colours.series[0]])
    fields = {
        "name": columns["cohort"].label[language],
        "age": columns["age"].label[language],
        "tip": columns["retention"].label[language],
        "tip_size": columns["size"].label[language],
    }
    pale = alt.condition("datum.few", alt.value(0.45), alt.value(1))
    base = alt.Chart(rows).encode(x=x, y=y)
    cells = base.mark_rect(cornerRadius=2, stroke=colours.paper, strokeWidth=1.5).encode(
        color=alt.Color(field="share", type="quantitative", scale=scale, legend=None),
        opacity=channel("Opacity", pale),
        tooltip=tips(fields),
    )
    ink = alt.condition(f"datum.share > {top * 0.55} && !datum.few", alt.value(colours.paper), alt.value(colours.ink))
    fits = alt.ExprRef(expr=f"width < {ROOM} ? 0 : 1")
    figures = base.mark_text(fontSize=12, opacity=fits).encode(
        text=alt.Text(field="figure", type="nominal"), color=channel("Color", ink), tooltip=tips(fields)
    )
    layers = [cells.add_params(selection("cohort", "age")), figures]
    return finished(layers, colours, height=ROW * max(len(names), 2) + 40, width=width)
