"""Plans at the start against plans at the end, as a matrix: who stayed is framed."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.plan_migration import CAME, LEFT
from revops.analysis.values import name_of, records, show
from revops.charts.marks import channel, selection, tips
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.text import Text

ROW, AXIS = 44, 90
MOST = 10  # plans of each side
ROOM = 420  # pixels of width below which money in the cells is told by tooltips alone


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """A row a pair of plans with ready-made texts; part: its share of the plan's customers (came: of all who came)."""
    columns = {c.key: c for c in cell.result.columns}
    money = cell.params["measure"] == "mrr"
    frame = cell.result.frame
    came = float(frame.loc[frame["before"] == CAME, "customers"].sum()) or 1.0
    rows: list[dict[str, Any]] = []
    for row in records(frame):
        amount = row["mrr_before"] if row["after"] == LEFT else row["mrr_after"]
        count = show(row["customers"], Unit.COUNT, formatter)
        rows.append(
            {
                "before": row["before"],
                "after": row["after"],
                "before_name": name_of(row["before"], columns["before"].names, formatter),
                "after_name": name_of(row["after"], columns["after"].names, formatter),
                "part": float(row["customers"]) / came if row["before"] == CAME else float(row["share"]),
                "stays": row["before"] == row["after"],
                "label": show(amount, Unit.MONEY, formatter, compact=True) if money else count,
                "tip": count,
                "tip_share": show(row["share"], Unit.SHARE, formatter),
                "tip_before": show(row["mrr_before"], Unit.MONEY, formatter, compact=True),
                "tip_after": show(row["mrr_after"], Unit.MONEY, formatter, compact=True),
            }
        )
    return pd.DataFrame(rows)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    order = [
        p for p in dict.fromkeys((*cell.result.frame["before"], *cell.result.frame["after"])) if p not in (CAME, LEFT)
    ]
    shown = order[:MOST]
    names = columns["before"].names
    plans = [name_of(p, names, formatter) for p in shown]
    down, across = [*plans, name_of(CAME, names, formatter)], [*plans, name_of(LEFT, names, formatter)]
    rows = rows[rows["before_name"].isin(down) & rows["after_name"].isin(across)]
    across, down = (
        [n for n in across if n in set(rows["after_name"])],
        [n for n in down if n in set(rows["before_name"])],
    )
    heads = alt.Axis(
        title=columns["after"].label[formatter.language],
        orient="top",
        labelAngle=alt.ExprRef(expr=f"width < {ROOM} ? -55 : 0"),
        labelAlign=alt.ExprRef(expr=f"width < {ROOM} ? 'left' : 'center'"),
        labelOverlap=False,
        grid=False,
        labelColor=colours.ink,
        labelLimit=90,
    )
    x = alt.X(field="after_name", type="nominal", sort=across, axis=heads)
    sides = alt.Axis(
        title=columns["before"].label[formatter.language], grid=False, labelColor=colours.ink, labelLimit=110
    )
    y = alt.Y(field="before_name", type="nominal", sort=down, axis=sides)
    scale = alt.Scale(domain=[0, 1], range=[colours.grid, colours.series[0]])
    words = {
        "before_name": columns["before"].label[formatter.language],
        "after_name": columns["after"].label[formatter.language],
        "tip": columns["customers"].label[formatter.language],
        "tip_share": columns["share"].label[formatter.language],
        "tip_before": columns["mrr_before"].label[formatter.language],
        "tip_after": columns["mrr_after"].label[formatter.language],
    }
    base = alt.Chart(rows).encode(x=x, y=y, tooltip=tips(words))
    edge = alt.condition("datum.stays", alt.value(colours.ink), alt.value(colours.paper))
    cells = base.mark_rect(cornerRadius=3, strokeWidth=1.6).encode(
        color=alt.Color(field="part", type="quantitative", scale=scale, legend=None), stroke=channel("Stroke", edge)
    )
    ink = alt.condition("datum.part > 0.5", alt.value(colours.paper), alt.value(colours.ink))
    fits = alt.ExprRef(expr=f"width < {ROOM} ? 0 : 1") if cell.params["measure"] == "mrr" else 1
    figures = base.mark_text(fontSize=13, opacity=fits).encode(
        text=alt.Text(field="label", type="nominal"), color=channel("Color", ink)
    )
    said = formatter.say(Text("Framed: stayed. Shade: share of the row", "В рамке: остались. Оттенок: доля строки"))
    left = len(order) - len(shown)
    if left > 0:
        said += formatter.say(Text(" · smaller plans in the table: {n}", " · мелких тарифов в таблице: {n}"), n=left)
    return finished(
        [cells.add_params(selection("before", "after")), figures],
        colours,
        height=ROW * max(len(down), 2) + AXIS - 40,
        width=width,
        title=said,
    )
