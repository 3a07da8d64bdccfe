"""The funnel as bars: how many reached each step, who may still come, and the share that came over from the last."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import name_of, records, show
from revops.charts.marks import selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import DASH, Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

ROW = 46  # pixels a step
AXIS = 64  # and for the axis below
TIPS = {
    "tip_reached": Text("Reached", "Дошли"),
    "tip_share": Text("Of the previous step", "Из предыдущего шага"),
    "tip_first": Text("Of all entered", "Из всех вошедших"),
    "tip_days": Text("Median time", "Медианное время"),
    "tip_open": Text("Still here", "Ещё здесь"),
    "tip_lost": Text("Lost here", "Потеряны здесь"),
    "tip_astray": Text("Went on out of order", "Прошли дальше не по порядку"),
    "tip_inferred": Text("Without a date of their own", "Без своей даты"),
}


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The frame with ready-made texts; `until`: reached and those still open before it, who may yet come."""
    columns = {c.key: c for c in cell.result.columns}
    entered = cell.result.frame.groupby("group")["reached"].transform("max")
    out: list[dict[str, Any]] = []
    for row, first in zip(records(cell.result.frame), entered, strict=True):
        count = show(row["reached"], Unit.COUNT, formatter)
        share = show(row["share_of_previous"], Unit.SHARE, formatter)
        out.append(
            {
                "group": row["group"],
                "name": "" if columns["group"].hidden else name_of(row["group"], columns["group"].names, formatter),
                "step": row["step"],
                "step_name": name_of(row["step"], columns["step"].names, formatter),
                "reached": float(row["reached"]),
                "until": None if is_missing(row["could_reach"]) else float(row["could_reach"] * first),
                "share": None if is_missing(row["share_of_first"]) else float(row["share_of_first"]),
                "share_until": None if is_missing(row["could_reach"]) else float(row["could_reach"]),
                "label": count if share == DASH else f"{count} · {share}",
                "label_share": show(row["share_of_first"], Unit.SHARE, formatter),
                "tip_reached": count,
                "tip_share": share,
                "tip_first": show(row["share_of_first"], Unit.SHARE, formatter),
                "tip_days": show(row["median_days"], Unit.DAYS, formatter),
                "tip_open": show(row["open"], Unit.COUNT, formatter),
                "tip_lost": show(row["lost"], Unit.COUNT, formatter),
                "tip_astray": show(row["astray"], Unit.COUNT, formatter),
                "tip_inferred": show(row["inferred"], Unit.COUNT, formatter),
            }
        )
    return pd.DataFrame(out)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """One bar a step with its count and the share of the step before; groups side by side as shares of the entered."""
    rows = rows_of(cell, formatter)
    steps = list(dict.fromkeys(rows["step_name"]))
    y = alt.Y(
        field="step_name",
        type="nominal",
        sort=steps,
        axis=alt.Axis(title=None, grid=False, labelColor=colours.ink),
    )
    said = {k: formatter.say(t) for k, t in TIPS.items() if k != "tip_astray" or cell.params["order"] == "strict"}
    tooltip = tips({"step_name": formatter.say(Text("Step", "Шаг")), **said})
    groups = list(dict.fromkeys(rows["name"]))
    if len(groups) > 1:
        return _side_by_side(rows, groups, y, tooltip, cell, formatter, colours, width)
    title = formatter.say(Text("Records that reached the step", "Сколько записей дошло до шага"))
    x = value_axis(alt.X, "reached", title, Unit.COUNT, formatter)
    base = alt.Chart(rows)
    ahead = value_axis(alt.X, "until", title, Unit.COUNT, formatter)
    thick = {"band": 0.66}
    layers = [
        # who is still open before the step may yet reach it: the pale stretch beyond the bar
        base.mark_bar(color=colours.series[0], opacity=0.22, height=thick).encode(x=ahead, y=y),
        base.mark_bar(color=colours.series[0], cornerRadiusEnd=3, height=thick)
        .encode(x=x, y=y, tooltip=tooltip)
        .add_params(selection("step", "group")),
        base.mark_text(align="left", dx=8, color=colours.ink, fontWeight=600).encode(
            x=ahead, y=y, text=alt.Text(field="label", type="nominal")
        ),
    ]
    return finished(layers, colours, height=ROW * len(steps) + AXIS, width=width)


def _side_by_side(
    rows: pd.DataFrame,
    groups: list[str],
    y: alt.Y,
    tooltip: list[alt.Tooltip],
    cell: CellResult,
    formatter: Formatter,
    colours: Palette,
    width: Width,
) -> Spec:
    title = formatter.say(Text("Share of all that entered", "Доля от всех вошедших"))
    x = value_axis(alt.X, "share", title, Unit.SHARE, formatter)
    offset = alt.YOffset(field="name", type="nominal", sort=groups)
    colour = alt.Color(
        field="name",
        type="nominal",
        scale=alt.Scale(domain=groups, range=list(colours.series[: len(groups)])),
        legend=alt.Legend(symbolOpacity=1),
    )
    group = formatter.say(next(c.label for c in cell.result.columns if c.key == "group"))
    tooltip = [*tips({"name": group}), *tooltip]
    ahead = value_axis(alt.X, "share_until", title, Unit.SHARE, formatter)
    base = alt.Chart(rows)
    # who is still open before the step may yet reach it, as in the funnel of one group
    pale = base.mark_bar(opacity=0.22).encode(x=ahead, y=y, yOffset=offset, color=colour)
    bars = base.mark_bar(cornerRadiusEnd=2).encode(x=x, y=y, yOffset=offset, color=colour, tooltip=tooltip)
    words = base.mark_text(align="left", dx=6, fontSize=11, color=colours.muted).encode(
        x=ahead, y=y, yOffset=offset, text=alt.Text(field="label_share", type="nominal")
    )
    steps = rows["step"].nunique()
    layers = [pale, bars.add_params(selection("step", "group")), words]
    return finished(layers, colours, height=max(ROW, 18 * len(groups)) * steps + 2 * AXIS, width=width)
