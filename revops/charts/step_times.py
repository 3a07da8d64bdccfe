"""How long a step takes: bars of days with the median and the 90 % mark; or the share that came over, by day."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import records, shown_cell
from revops.charts.marks import channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

HEIGHT = 320
DAYS = Text("Days from entering the step", "Дней от входа на шаг")


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """By the cell's `show`."""
    drawing = curve if cell.params["show"] == "curve" else histogram
    return finished(drawing(cell, formatter, colours), colours, height=HEIGHT, width=width)


def _texts(cell: CellResult, row: Any, formatter: Formatter) -> dict[str, str]:
    return {f"tip_{c.key}": shown_cell(c, row, formatter) for c in cell.result.columns}


def _fields(cell: CellResult, formatter: Formatter) -> dict[str, str]:
    return {f"tip_{c.key}": c.label[formatter.language] for c in cell.result.columns}


def histogram(cell: CellResult, formatter: Formatter, colours: Palette) -> list[alt.Chart]:
    """One bar a bin, its width the bin's; the last one holds what took longer still."""
    frame = cell.result.frame
    step = float(frame["last"].iloc[0] - frame["first"].iloc[0] + 1)
    top = float(frame["first"].iloc[-1]) + step
    rows = pd.DataFrame(
        [
            {
                "first": float(r["first"]),
                "last": float(r["last"]),
                "until": float(r["first"]) + step,
                "cases": float(r["cases"]),
                "ground": 0.0,
                **_texts(cell, r, formatter),
            }
            for r in records(frame)
        ]
    )
    scale = alt.Scale(domain=[0, top], nice=False)
    x = value_axis(alt.X, "first", formatter.say(DAYS), Unit.COUNT, formatter, scale=scale)
    label = next(c.label for c in cell.result.columns if c.key == "cases")[formatter.language]
    room = alt.Scale(domain=[0, max(float(rows["cases"].max()), 1.0) * 1.22], nice=False)  # for the words on top
    y = value_axis(alt.Y, "cases", label, Unit.COUNT, formatter, scale=room)
    bars = (
        alt.Chart(rows)
        .mark_bar(color=colours.series[0], binSpacing=2, cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(x=x, x2=alt.X2(field="until"), y=y, y2=alt.Y2(field="ground"), tooltip=tips(_fields(cell, formatter)))
    )
    facts = cell.result.facts
    marks = pd.DataFrame(
        [
            {"at": min(float(facts[k]), top), "text": formatter.say(t, d=formatter.duration_days(facts[k]))}
            for k, t in (
                (("median", Text("median {d}", "медиана {d}")), ("p90", Text("90 % within {d}", "90 % за {d}")))
            )
        ]
    )
    at = alt.X(field="at", type="quantitative", scale=scale)
    rules = alt.Chart(marks).mark_rule(color=colours.ink, strokeWidth=1.5, strokeDash=[5, 3]).encode(x=at)
    # each on a line of its own; beyond the middle the words stand on the left, where there is room
    words = []
    for place in marks.index:
        one = marks.loc[[place]]
        on_left = bool(one["at"].iloc[0] > top / 2)
        mark = alt.Chart(one).mark_text(
            align="right" if on_left else "left",
            dx=-6 if on_left else 6,
            dy=8 + 18 * int(place),
            fontWeight=600,
            color=colours.ink,
        )
        words.append(mark.encode(x=at, y=channel("Y", alt.value(0)), text=alt.Text(field="text", type="nominal")))
    return [bars.add_params(selection("first", "last")), rules, *words]


def curve(cell: CellResult, formatter: Formatter, colours: Palette) -> list[alt.Chart]:
    """The share that came over by each day with its 95 % band; the share in the end is written beside it."""
    rows = pd.DataFrame(
        [
            {
                **{k: None if is_missing(r[k]) else float(r[k]) for k in ("day", "share", "low", "high")},
                **_texts(cell, r, formatter),
            }
            for r in records(cell.result.frame)
        ]
    )
    longest = max(float(rows["day"].max()), 1.0)
    x = value_axis(
        alt.X,
        "day",
        formatter.say(DAYS),
        Unit.COUNT,
        formatter,
        scale=alt.Scale(domain=[0, longest * 1.16], nice=False),
    )
    scale = alt.Scale(domain=[0, 1])
    label = next(c.label for c in cell.result.columns if c.key == "share")[formatter.language]
    y = value_axis(alt.Y, "share", label, Unit.SHARE, formatter, scale=scale)
    base = alt.Chart(rows)
    low = alt.Y(field="low", type="quantitative", scale=scale)
    band = base.mark_area(interpolate="step-after", opacity=0.16, color=colours.series[0]).encode(
        x=x, y=low, y2=alt.Y2(field="high")
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2.6, color=colours.series[0]).encode(x=x, y=y)
    spots = base.mark_point(size=220, opacity=0).encode(x=x, y=y, tooltip=tips(_fields(cell, formatter)))
    last = rows.tail(1).assign(text=[formatter.percent(cell.result.facts["eventual"])])
    end = (
        alt.Chart(last)
        .mark_text(align="left", dx=8, fontWeight=600, color=colours.ink)
        .encode(x=x, y=y, text=alt.Text(field="text", type="nominal"))
    )
    return [band, line, end, spots]
