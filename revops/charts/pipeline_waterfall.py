"""The open pipeline from start to end, a bar a part from top to bottom: room for names and figures on any screen."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.pipeline_waterfall import MEASURES, PARTS
from revops.analysis.values import records, show, show_difference
from revops.charts.marks import selection, tips
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

ROW = 34  # pixels a part
ENDS = ("start", "end")


def steps(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The parts that can be told and moved something, with `low`, `high` (where the bar lies), `after`, kind."""
    amount = cell.params["measure"] == "amount"
    key, unit = ("amount", Unit.MONEY) if amount else ("moved", Unit.COUNT)
    rows: list[dict[str, Any]] = []
    running = 0.0
    for row in records(cell.result.frame):
        part, total = str(row["part"]), row["part"] in ENDS
        if is_missing(row[key]) or (not total and not row["deals"]):
            continue
        moved = float(row[key])
        before = 0.0 if total else running
        running = moved if total else running + moved
        rows.append(
            {
                "part": part,
                "name": PARTS[part][formatter.language],
                "low": min(before, running),
                "high": max(before, running),
                "after": running,
                "kind": "total" if total else "won" if part == "won" else "in" if moved >= 0 else "out",
                "label": show(moved, unit, formatter, compact=True)
                if total
                else show_difference(moved, unit, formatter, compact=True),
                "tip": show(moved, unit, formatter) if total else show_difference(moved, unit, formatter),
                "tip_deals": show(row["deals"], Unit.COUNT, formatter),
            }
        )
    frame = pd.DataFrame(rows)
    frame["next"] = frame["name"].shift(-1)
    return frame


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """Bars that hang on each other: what came in, what was won, what else went out; signs in the labels say it too."""
    rows = steps(cell, formatter)
    names = rows["name"].tolist()
    y = alt.Y(field="name", type="nominal", sort=names, axis=alt.Axis(title=None, grid=False, labelColor=colours.ink))
    scale = alt.Scale(domain=[0, float(rows["high"].max()) * 1.18 or 1.0], nice=False)  # room for the last label
    x = alt.X(field="low", type="quantitative", axis=None, scale=scale)
    tones = [colours.muted, colours.series[2], colours.good, colours.bad]
    kinds = alt.Scale(domain=["total", "in", "won", "out"], range=tones)
    words = {
        "name": formatter.say(Text("Part", "Часть")),
        "tip": MEASURES[cell.params["measure"]][formatter.language],
        "tip_deals": formatter.say(Text("Deals", "Сделок")),
    }
    base = alt.Chart(rows)
    bars = base.mark_bar(cornerRadius=2, height={"band": 0.62}).encode(
        x=x,
        x2=alt.X2(field="high"),
        y=y,
        color=alt.Color(field="kind", type="nominal", scale=kinds, legend=None),
        tooltip=tips(words),
    )
    joints = (
        alt.Chart(rows.dropna(subset=["next"]))
        .mark_rule(color=colours.muted, strokeWidth=1, opacity=0.7)
        .encode(x=alt.X(field="after", type="quantitative", axis=None, scale=scale), y=y, y2=alt.Y2(field="next"))
    )
    labels = base.mark_text(align="left", dx=7, fontWeight=600, color=colours.ink).encode(
        x=alt.X(field="high", type="quantitative", axis=None, scale=scale),
        y=y,
        text=alt.Text(field="label", type="nominal"),
    )
    layers = [joints, bars.add_params(selection("part")), labels]
    return finished(layers, colours, height=ROW * len(names) + 20, width=width)
