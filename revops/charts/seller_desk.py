"""A seller's open deals: how long each stands in its stage, beside how long won deals did."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.seller_desk import MOST, WAITS
from revops.analysis.values import records, shown_cell
from revops.charts.marks import channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

ROW = 40  # pixels a deal
SIGNS = {"overdue": "!", "stale": "▲", "silent": "…", "no_amount": "?", "none": ""}


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The first MOST deals, with ready-made texts; equal names are told apart by invisible blanks."""
    columns = [c for c in cell.result.columns if not c.hidden]
    out: list[dict[str, Any]] = []
    names: dict[str, int] = {}
    for row in records(cell.result.frame.head(MOST)):
        name = str(row["name"])
        names[name] = names.get(name, 0) + 1
        said = {f"tip_{c.key}": shown_cell(c, row, formatter) for c in columns}
        out.append(
            {
                "deal": row["deal"],
                "label": name + "\u200b" * (names[name] - 1),
                "days": float(row["days"]),
                "usual": None if is_missing(row["usual"]) else float(row["usual"]),
                "waits": row["waits"],
                "kind": WAITS[str(row["waits"])][formatter.language],
                "text": " ".join(
                    (SIGNS[str(row["waits"])], f"{name} · {said['tip_stage']} · {said['tip_amount']}")
                ).strip(),
                **said,
            }
        )
    return pd.DataFrame(out)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    rows = rows_of(cell, formatter)
    labels = rows["label"].tolist()
    y = alt.Y(field="label", type="nominal", sort=labels, axis=None)
    top = max(float(rows["days"].max()), float(rows["usual"].max() or 0), 1.0)
    scale = alt.Scale(domain=[0, top * 1.04], nice=False)
    title = formatter.say(
        Text("Days in the stage; line: usual for won deals", "Дней на этапе; черта — обычно у выигранных")
    )
    x = value_axis(alt.X, "days", title, Unit.COUNT, formatter, scale=scale)
    found = [k for k in WAITS if k in set(rows["waits"])]
    tones = {
        "overdue": colours.bad,
        "stale": colours.series[3],
        "silent": colours.series[4],
        "no_amount": colours.muted,
        "none": colours.series[0],
    }
    names = {k: f"{SIGNS[k]} {WAITS[k][formatter.language]}".strip() for k in found}
    rows = rows.assign(kind=[names[k] for k in rows["waits"]])
    colour = alt.Color(
        field="kind",
        type="nominal",
        scale=alt.Scale(domain=[names[k] for k in found], range=[tones[k] for k in found]),
        legend=alt.Legend(columns=alt.ExprRef(expr="width < 560 ? 1 : 3"), labelLimit=320),
    )
    fields = {f"tip_{c.key}": c.label[formatter.language] for c in cell.result.columns if not c.hidden}
    base = alt.Chart(rows)
    # a deal's words stand above its bar: names are as long as they are
    bars = base.mark_bar(cornerRadiusEnd=2, height=10, yOffset=8).encode(x=x, y=y, color=colour, tooltip=tips(fields))
    usual = base.transform_filter("isValid(datum.usual)").mark_tick(color=colours.ink, thickness=2, size=18, yOffset=8)
    words = base.mark_text(align="left", dx=2, dy=-8, color=colours.ink)
    layers = [
        bars.add_params(selection("deal")),
        usual.encode(x=alt.X(field="usual", type="quantitative", scale=scale), y=y),
        words.encode(x=channel("X", alt.value(0)), y=y, text=alt.Text(field="text", type="nominal")),
    ]
    return finished(layers, colours, height=ROW * len(labels) + 70, width=width)
