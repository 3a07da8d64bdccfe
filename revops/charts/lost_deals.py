"""Lost deals by last stage and reason, as a heat map; each stage with how many died there and after how long."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import name_of, records, show, shown_cell
from revops.charts.marks import channel, selection, tips
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit

ROW = 40  # pixels
LINE = 14
ROOM = 620  # pixels of width below which there is room for less
TIPS = ("stage", "reason", "deals", "share", "amount", "median_days")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The frame with names and ready-made texts; a stage's name has a second line with its totals."""
    columns = {c.key: c for c in cell.result.columns}
    facts = cell.result.facts
    unit = Unit.MONEY if facts["measure"] == "amount" else Unit.COUNT
    out: list[dict[str, Any]] = []
    for row in records(cell.result.frame):
        value = row[facts["measure"]]
        out.append(
            {
                "stage": row["stage"],
                "reason": row["reason"],
                "stage_name": _stage(cell, str(row["stage"]), formatter),
                "reason_name": name_of(row["reason"], columns["reason"].names, formatter),
                "value": 0.0 if is_missing(value) else float(value),
                "figure": show(value, unit, formatter, compact=True),
                **{f"tip_{k}": shown_cell(columns[k], row, formatter) for k in TIPS},
            }
        )
    return pd.DataFrame(out)


def _stage(cell: CellResult, stage: str, formatter: Formatter) -> str:
    total = cell.result.facts["stages"][stage]
    money = cell.result.facts["measure"] == "amount"
    value = show(total["amount" if money else "deals"], Unit.MONEY if money else Unit.COUNT, formatter, compact=True)
    words = [value, *([] if is_missing(total["median_days"]) else [formatter.duration_days(total["median_days"])])]
    return f"{name_of(stage, cell.result.facts['names'], formatter)}\n{' · '.join(words)}"


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    stages = [_stage(cell, k, formatter) for k in cell.result.facts["order"]]
    common = rows.groupby("reason_name")["tip_deals"].size().index  # every reason there is
    totals = cell.result.facts["reasons"]
    by_name = {name_of(k, columns["reason"].names, formatter): (k == "\u2026", -n) for k, n in totals.items()}
    reasons = sorted(common, key=lambda name: by_name[name])
    narrow = f"width < {ROOM}"
    x = alt.X(
        field="stage_name",
        type="nominal",
        sort=stages,
        axis=alt.Axis(
            title=None,
            orient="top",
            grid=False,
            labelColor=colours.ink,
            labelExpr=f"{narrow} ? split(datum.label, '\\n')[0] : split(datum.label, '\\n')",
            labelLineHeight=LINE,
            labelPadding=8 + LINE,  # lines go down from here
            labelAngle=alt.ExprRef(expr=f"{narrow} ? -45 : 0"),
            labelAlign=alt.ExprRef(expr=f"{narrow} ? 'left' : 'center'"),
            labelOverlap=False,
        ),
    )
    y = alt.Y(
        field="reason_name", type="nominal", sort=reasons, axis=alt.Axis(title=None, grid=False, labelColor=colours.ink)
    )
    top = max(float(rows["value"].max()), 1.0)
    base = alt.Chart(rows).encode(x=x, y=y)
    scale = alt.Scale(domain=[0, top], range=[colours.grid, colours.series[0]], interpolate="rgb")
    fields = {f"tip_{k}": columns[k].label[formatter.language] for k in TIPS}
    shade = alt.Color(field="value", type="quantitative", scale=scale, legend=None)
    cells = base.mark_rect(cornerRadius=3, stroke=colours.paper, strokeWidth=2).encode(
        color=shade, tooltip=tips(fields)
    )
    ink = alt.condition(f"datum.value > {top * 0.55}", alt.value(colours.paper), alt.value(colours.ink))
    size = alt.ExprRef(expr=f"{narrow} ? 11 : 14")
    wide = cell.result.facts["measure"] == "amount"  # money does not fit a narrow cell: its tooltip says it
    room = alt.ExprRef(expr=f"{narrow} ? 0 : 1") if wide else 1
    figures = base.mark_text(fontSize=size, fontWeight=600, opacity=room).encode(
        text=alt.Text(field="figure", type="nominal"), color=channel("Color", ink)
    )
    layers = [cells.add_params(selection("stage", "reason")), figures]
    return finished(layers, colours, height=ROW * len(reasons) + 60, width=width)
