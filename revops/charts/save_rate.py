"""What a target takes by group: of what was lost, what may go and what has to be kept; a tick for who is at risk."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import name_of, records, show, shown_cell
from revops.charts.marks import channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

LIMIT = 20
ROW, AXIS = 48, 116  # pixels; AXIS: the axis, the legend and the title
MAY, KEEP, RISK = "allowed", "save", "at_risk"
PARTS = {
    MAY: Text("may go at the target", "при цели могут уйти"),
    KEEP: Text("to be kept", "нужно удержать"),
}
TIPS = ("value", "n", "lost", "allowed", "save", "share", "at_risk")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """Two rows a group, of what may go and of what has to be kept, with ready-made texts."""
    columns = {c.key: c for c in cell.result.columns}
    counted = cell.result.facts["measure"] == "logo"
    unit = Unit.COUNT if counted else Unit.MONEY
    out: list[dict[str, Any]] = []
    for place, row in enumerate(records(cell.result.frame.head(LIMIT))):
        name = name_of(row["group"], columns["group"].names, formatter)
        risk = row["at_risk"] if counted and not is_missing(row["at_risk"]) else None
        text = Text("{n}: keep {k} of {l} · churn {r}", "{n}: удержать {k} из {l} · отток {r}")
        if not row["save"]:
            text = Text("{n}: target met · churn {r}", "{n}: цель достигнута · отток {r}")
        heading = formatter.say(
            text,
            n=name,
            k=show(row["save"], unit, formatter, compact=True),
            l=show(row["lost"], unit, formatter, compact=True),
            r=formatter.percent(row["value"]),
        )
        may = min(float(row["lost"]), float(row["allowed"]))
        for part, begin, end in ((MAY, 0.0, may), (KEEP, may, float(row["lost"]))):
            out.append(
                {
                    "group": row["group"],
                    "place": place,
                    "name": name,
                    "part": part,
                    "side": PARTS[part][formatter.language],
                    "begin": begin,
                    "end": end,
                    "risk": None if risk is None else float(risk),
                    "heading": heading,
                    **{f"tip_{k}": shown_cell(columns[k], row, formatter) for k in TIPS},
                }
            )
    return pd.DataFrame(out)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    unit = columns["lost"].unit
    shown, count = int(rows["place"].nunique()), len(cell.result.frame)
    top = max(float(rows["end"].max()), float(rows["risk"].fillna(0).max() if rows["risk"].notna().any() else 0), 1.0)
    scale = alt.Scale(domain=[0, top * 1.02], nice=False)
    x = value_axis(alt.X, "begin", columns["lost"].label[formatter.language], unit, formatter, scale=scale)
    y = alt.Y(field="place", type="ordinal", axis=None)
    sides = [text[formatter.language] for text in PARTS.values()]
    colour = alt.Color(
        field="side",
        type="nominal",
        scale=alt.Scale(domain=sides, range=[colours.series[0], colours.series[1]]),
        legend=alt.Legend(columns=2),
    )
    fields = {"name": formatter.say(Text("Group", "Группа"))}
    fields |= {f"tip_{k}": columns[k].label[formatter.language] for k in TIPS if not set(rows[f"tip_{k}"]) <= {"—"}}
    base = alt.Chart(rows)
    bars = base.mark_bar(height=11, yOffset=9).encode(
        x=x, x2=alt.X2(field="end"), y=y, color=colour, tooltip=tips(fields)
    )
    once = base.transform_filter(f"datum.part == '{MAY}'")
    heads = once.mark_text(align="left", dx=2, dy=-9, color=colours.ink).encode(
        x=channel("X", alt.value(0)), y=y, text=alt.Text(field="heading", type="nominal"), tooltip=tips(fields)
    )
    layers = [bars.add_params(selection("group")), heads]
    told = []
    if rows["risk"].notna().any():
        ticks = once.mark_tick(color=colours.ink, thickness=3, size=17, yOffset=9, opacity=1)
        layers.append(ticks.encode(x=alt.X(field="risk", type="quantitative", scale=scale), y=y, tooltip=tips(fields)))
        told.append(formatter.say(Text("tick: customers at risk today", "черта: клиенты в зоне риска сегодня")))
    if count > shown:
        told.append(formatter.say(Text("first {k} of {n}", "первые {k} из {n}"), k=shown, n=count))
    return finished(layers, colours, height=ROW * shown + AXIS, width=width, title=" · ".join(told) or None)
