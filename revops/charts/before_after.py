"""Each figure's change as a share of what it was: filled where it is more than noise, hollow where not."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.before_after_measures import LABELS
from revops.analysis.core import CellResult
from revops.analysis.values import records, show, show_change
from revops.charts.breakdown import NOISE
from revops.charts.marks import channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import DASH, Formatter
from revops.metrics.core import Unit
from revops.text import Text

ROW, AXIS = 46, 60
VALUES = 130  # pixels that the values at the right may take
VERDICT = {
    1: Text("better", "лучше"),
    -1: Text("worse", "хуже"),
    0: Text("changed", "изменилось"),
}
CLEAR = Text("more than noise", "больше случайного разброса")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """A row a figure with ready-made texts; relative: change / before, kept within twice as much."""
    rows: list[dict[str, Any]] = []
    for row in records(cell.result.frame):
        unit = Unit(row["unit"])
        relative = 0.0 if not row["before"] else float(row["change"]) / abs(float(row["before"]))
        clear = row["signal"] is True
        before, after = (show(row[side], unit, formatter) for side in ("before", "after"))
        said = f" · {formatter.say(VERDICT[int(row['better'])])}" if clear else ""
        rows.append(
            {
                "measure": row["measure"],
                "name": LABELS[row["measure"]][formatter.language],
                "relative": min(relative, 2.0),
                "clear": clear,
                "good": int(row["better"]) > 0,
                "text": f"{before} → {after}{said}",
                "tip_before": before,
                "tip_after": after,
                "tip_change": show_change(row["after"], row["before"], unit, formatter),
                "tip_cases": " / ".join(show(row[n], Unit.COUNT, formatter) for n in ("n_before", "n_after")),
                "tip_p": _p(row["p"], formatter),
                "tip_signal": formatter.say(CLEAR if clear else NOISE),
            }
        )
    return pd.DataFrame(rows)


def _p(p: Any, formatter: Formatter) -> str:
    if pd.isna(p):
        return DASH
    return f"< {formatter.number(0.001, 3)}" if p < 0.001 else formatter.number(p, 3)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c.label[formatter.language] for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    y = alt.Y(field="name", type="nominal", sort=rows["name"].tolist(), axis=None)
    title = formatter.say(Text("Change, as a share of before", "Изменение, доля от значения до"))
    room = max(0.35, float(rows["relative"].abs().max()) * 1.1)
    scale = alt.Scale(domain=[-room, room], nice=False)
    x = value_axis(alt.X, "relative", title, Unit.SHARE, formatter, scale=scale)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=colours.muted, strokeWidth=1.2)
    better, clear = alt.datum.clear & alt.datum.good, alt.datum.clear
    good, bad = alt.value(colours.good), alt.value(colours.bad)
    stroke = alt.when(better).then(good).when(clear).then(bad).otherwise(alt.value(colours.muted))
    fill = alt.when(better).then(good).when(clear).then(bad).otherwise(alt.value(colours.paper))
    words = {
        "name": columns["measure"],
        "tip_before": columns["before"],
        "tip_after": columns["after"],
        "tip_change": columns["change"],
        "tip_cases": formatter.say(Text("Cases before / after", "Случаев до / после")),
        "tip_signal": formatter.say(Text("Noise or signal", "Случайность или закономерность")),
        "tip_p": columns["p"],
    }
    base = alt.Chart(rows).encode(y=y, tooltip=tips(words))
    bars = base.mark_bar(height=12, strokeWidth=1.6, cornerRadius=2, yOffset=9).encode(
        x=x, fill=channel("Fill", fill), stroke=channel("Stroke", stroke)
    )
    names = base.mark_text(
        align="left", dy=-9, color=colours.ink, fontWeight=600, limit=alt.ExprRef(expr=f"width - {VALUES}")
    ).encode(x=channel("X", alt.value(0)), text=alt.Text(field="name", type="nominal"))
    told = base.mark_text(align="right", dy=-9, color=colours.ink).encode(
        x=channel("X", alt.value(alt.ExprRef(expr="width"))), text=alt.Text(field="text", type="nominal")
    )
    line = zero.encode(x=alt.X(field="zero", type="quantitative"))
    layers = [line, bars.add_params(selection("measure")), names, told]
    said = formatter.say(
        Text("Hollow: {n}", "Контур: {n}"),
        n=formatter.say(NOISE),
    )
    return finished(layers, colours, height=ROW * len(rows) + AXIS, width=width, title=said)
