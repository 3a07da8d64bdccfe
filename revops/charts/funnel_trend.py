"""The rate of each step by when records entered: a small panel a step, one below the other, in one drawing.

The panels are bands of one vertical axis, so that a click on any point is read (a page reads one drawing's). Each has
its own scale, written at its lines.
"""

from __future__ import annotations

import json
import math
from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import as_date, name_of, records, shown_cell
from revops.charts.marks import FEW_CASES, channel, period_axis, selection, tips
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.text import Text

BAND, ROOM = 100, 62  # units of the axis from panel to panel, and those that its lines take
PIXELS = 112  # a panel's height, its name included
UNITS = ((0.2, 0.1), (0.08, 0.05), (0.02, 0.02), (0.0, 0.01))  # shares above so much: scales in steps of so much
MANY_COHORTS = 40  # points of more are small
TOLD = ("cohort", "step", "share", "came", "reached", "not_yet", "at_most", "share_of_decided", "median_days")
YOUNG = Text("not old enough yet: may still rise", "ещё не весь срок: доля может вырасти")
RUNNING = Text("still running", "период ещё идёт")


def rows_of(cell: CellResult, formatter: Formatter) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The frame with the height of each figure on the one axis and ready-made texts; and a record a panel.

    old: the height where the cohort is old enough, so that the full line breaks where it is not.
    """
    frame = cell.result.frame
    columns = {c.key: c for c in cell.result.columns}
    steps = list(dict.fromkeys(frame.loc[frame["share"].notna(), "step"]))
    panels = [
        {"step": key, "ground": (len(steps) - 1 - k) * BAND, **_scale(frame[frame["step"] == key])}
        for k, key in enumerate(steps)
    ]
    by_step = {p["step"]: p for p in panels}
    out: list[dict[str, Any]] = []
    for row in records(frame[frame["step"].isin(steps)]):
        panel = by_step[row["step"]]
        heights = {k: _height(row[k], panel) for k in ("share", "low", "high", "at_most")}
        why = [t for told, t in ((row["immature"], YOUNG), (row["running"], RUNNING), (row["few"], FEW_CASES)) if told]
        out.append(
            {
                "cohort": as_date(row["cohort"]).isoformat(),
                "step": row["step"],
                "period": shown_cell(columns["cohort"], row, formatter),
                **heights,
                "old": None if row["immature"] else heights["share"],
                "immature": bool(row["immature"]),
                "few": bool(row["few"]),
                **{f"tip_{k}": shown_cell(columns[k], row, formatter) for k in TOLD},
                "tip_between": f"{shown_cell(columns['low'], row, formatter)} – "
                f"{shown_cell(columns['high'], row, formatter)}",
                "tip_why": "; ".join(formatter.say(t) for t in why) or "—",
            }
        )
    return pd.DataFrame(out), panels


def _scale(rows: pd.DataFrame) -> dict[str, float]:
    """From and to, around the shares; two steps apart at least, so that noise is not blown up.

    What young cohorts may come to has no say: it would press the rates that are known together.
    """
    low, high = float(rows["share"].min()), float(rows["share"].max())
    unit = next(step for above, step in UNITS if high >= above)
    bottom, top = math.floor(low / unit + 1e-9), math.ceil(high / unit - 1e-9)
    if top - bottom < 2:
        bottom = max(0, top - 2)
        top = bottom + 2
    return {"from": bottom * unit, "to": top * unit}


def _height(share: Any, panel: dict[str, Any]) -> float | None:
    """Where a share stands on the axis; what leaves the panel ends at its edge."""
    if is_missing(share):
        return None
    ground, bottom, top = (float(panel[k]) for k in ("ground", "from", "to"))
    return ground + ROOM * min(max((float(share) - bottom) / (top - bottom), 0.0), 1.0)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """A panel a step: the line with its 95 % band, young cohorts hollow and dotted, few cases grey."""
    rows, panels = rows_of(cell, formatter)
    labels = list(dict.fromkeys(rows["period"]))
    x = period_axis(labels)
    scale = alt.Scale(domain=[-8, len(panels) * BAND], nice=False)
    y = alt.Y(field="share", type="quantitative", scale=scale, axis=_axis(panels, formatter))
    by_step = alt.Detail(field="step", type="nominal")
    base, colour = alt.Chart(rows), colours.series[0]

    def height(name: str) -> alt.Y:
        return alt.Y(field=name, type="quantitative", scale=scale, axis=_axis(panels, formatter))

    young = alt.Chart(rows[rows["immature"]])
    layers = [
        base.mark_area(opacity=0.12, color=colour).encode(
            x=x, y=height("low"), y2=alt.Y2(field="high"), detail=by_step
        ),
        young.mark_rule(color=colour, opacity=0.35, strokeWidth=5).encode(x=x, y=y, y2=alt.Y2(field="at_most")),
        base.mark_line(strokeWidth=1.6, strokeDash=[1, 4], color=colour).encode(x=x, y=y, detail=by_step),
        base.mark_line(strokeWidth=2.6, color=colour).encode(x=x, y=height("old"), detail=by_step),
        _points(base, x, y, cell, formatter, colours, small=len(labels) > MANY_COHORTS),
        _names(cell, panels, scale, formatter, colours),
    ]
    return finished(layers, colours, height=PIXELS * len(panels) + 40, width=width)


def _axis(panels: list[dict[str, Any]], formatter: Formatter) -> alt.Axis:
    """The panels' lines with the shares that they stand for."""
    words = {}
    for p in panels:
        words[str(p["ground"])] = formatter.percent(p["from"], 0)
        words[str(p["ground"] + ROOM)] = formatter.percent(p["to"], 0)
    said = f"{json.dumps(words, ensure_ascii=False)}[toString(datum.value)]"
    return alt.Axis(title=None, values=[int(k) for k in words], labelExpr=said, grid=True)


def _points(
    base: alt.Chart, x: alt.X, y: alt.Y, cell: CellResult, formatter: Formatter, colours: Palette, *, small: bool
) -> alt.Chart:
    """A point a cohort and step, hollow where it is not old enough, grey and hollow where cases are few."""
    columns = {c.key: c for c in cell.result.columns}
    fields = {f"tip_{k}": formatter.say(columns[k].label) for k in TOLD}
    fields["tip_between"] = formatter.say(Text("95 % interval", "Интервал 95 %"))
    fields["tip_why"] = formatter.say(Text("To know", "Важно"))
    hollow = alt.when("datum.immature || datum.few").then(alt.value(colours.paper))
    grey = alt.when("datum.few").then(alt.value(colours.muted))
    points = base.mark_point(size=26 if small else 56, strokeWidth=2, opacity=1)
    drawn: alt.Chart = points.encode(
        x=x,
        y=y,
        fill=channel("Fill", hollow.otherwise(alt.value(colours.series[0]))),
        stroke=channel("Stroke", grey.otherwise(alt.value(colours.series[0]))),
        tooltip=tips(fields),
    )
    return drawn.add_params(selection("cohort", "step"))


def _names(
    cell: CellResult, panels: list[dict[str, Any]], scale: alt.Scale, formatter: Formatter, colours: Palette
) -> alt.Chart:
    """Each panel's step, with its rate in the two halves of the range; a mark where they differ beyond noise."""
    moves = {m["step"]: m for m in cell.result.facts["moves"]}
    rows = pd.DataFrame(
        [
            {
                "above": p["ground"] + ROOM + 10,
                "text": name_of(p["step"], cell.result.facts["names"], formatter)
                + _change(moves.get(p["step"]), formatter),
            }
            for p in panels
        ]
    )
    text = alt.Chart(rows).mark_text(align="left", baseline="bottom", fontWeight=600, color=colours.ink)
    drawn: alt.Chart = text.encode(
        x=channel("X", alt.value(0)),
        y=alt.Y(field="above", type="quantitative", scale=scale),
        text=alt.Text(field="text", type="nominal"),
    )
    return drawn


def _change(move: Any, formatter: Formatter) -> str:
    """ ":  66.7% → 40.0% ▼"; "" where either half has no cohort old enough."""
    if move is None or move["first"] is None or move["second"] is None:
        return ""
    mark = (" ▲" if move["second"] > move["first"] else " ▼") if move["signal"] else ""
    return f":  {formatter.percent(move['first'])} → {formatter.percent(move['second'])}{mark}"
