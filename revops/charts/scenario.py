"""ARR as it was, as it goes on, and as it would be as asked; the target as a line across."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import as_date, records, show
from revops.charts.marks import period_axis, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.calendar import label, step
from revops.metrics.core import Grain, Period, Unit
from revops.text import Text

HEIGHT = 340
LINES = {
    "known": Text("known", "факт"),
    "as_now": Text("as in the range", "как за период"),
    "asked": Text("as asked", "как задано"),
}
ARR = Text("ARR", "ARR")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """One row a month and line: period, line, name, value, tip, and text at the end of a line."""
    rows: list[dict[str, Any]] = []
    for month in cell.result.facts["path"]:
        start = as_date(month["month"])
        period = label(Period(start, step(start, Grain.MONTH), Grain.MONTH), formatter)
        for line, name in LINES.items():
            if not is_missing(month[line]):
                tip = show(month[line], Unit.MONEY, formatter, compact=True)
                told = {"period": period, "line": line, "name": formatter.say(name), "value": float(month[line])}
                rows.append({**told, "tip": tip, "text": ""})
    last = {row["line"]: row for row in rows}
    for line, row in last.items():
        if line != "known":
            row["text"] = f"{row['name']}: {row['tip']}"
    return pd.DataFrame(rows)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    rows, target = rows_of(cell, formatter), cell.result.facts["target"]
    labels = list(dict.fromkeys(rows["period"]))
    scale = alt.Scale(zero=True, nice=True)
    x = period_axis(labels)
    y = value_axis(alt.Y, "value", formatter.say(ARR), Unit.MONEY, formatter, scale=scale)
    words = {
        "period": formatter.say(Text("Month", "Месяц")),
        "name": formatter.say(Text("Line", "Линия")),
        "tip": formatter.say(ARR),
    }
    tones = {"known": colours.series[0], "as_now": colours.series[0], "asked": colours.series[1]}
    layers: list[alt.Chart] = []
    for line, tone in tones.items():
        of_line = alt.Chart(rows[rows["line"] == line])
        dash = [1, 0] if line == "known" else [6, 4]
        layers.append(of_line.mark_line(strokeWidth=2.6, strokeDash=dash, color=tone).encode(x=x, y=y))
        layers.append(
            of_line.mark_point(size=50, filled=line == "known", fill=tone if line == "known" else colours.paper,
                               stroke=tone, strokeWidth=1.8, opacity=1).encode(x=x, y=y, tooltip=tips(words))
        )  # fmt: skip
    ends = rows[rows["text"] != ""]
    higher = max(records(ends), key=lambda row: row["value"])["line"]
    for line, tone in tones.items():
        dy = -14 if line == higher else 40
        layers.append(
            alt.Chart(ends[ends["line"] == line])
            .mark_text(align="right", dx=6, dy=dy, fontWeight=600, color=tone)
            .encode(x=x, y=y, text=alt.Text(field="text", type="nominal"))
        )
    if target is not None:
        name = formatter.say(Text("target {g}", "цель {g}"), g=show(target, Unit.MONEY, formatter, compact=True))
        goal = pd.DataFrame([{"value": float(target), "period": labels[0], "text": name}])
        at = alt.Y(field="value", type="quantitative", scale=scale)
        layers.append(alt.Chart(goal).mark_rule(color=colours.ink, strokeDash=[2, 3]).encode(y=at))
        layers.append(
            alt.Chart(goal)
            .mark_text(align="left", dy=-8, color=colours.ink)
            .encode(x=x, y=at, text=alt.Text(field="text", type="nominal"))
        )
    return finished([layer for layer in layers if len(layer.data)], colours, height=HEIGHT, width=width)
