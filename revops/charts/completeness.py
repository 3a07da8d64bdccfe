"""What is left blank: the emptiest fields that figures need as bars, and by team as a map of shares."""

from __future__ import annotations

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.quality_completeness import FIELD_LABELS, gaps
from revops.analysis.values import name_of, records
from revops.charts.marks import channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.core import Unit

FIELDS = 12  # the emptiest
COLUMNS = ["name", "team", "whose", "share", "label", "tip", "field", "place"]
ROW = 30  # pixels
AXIS = 56
ROOM = 420  # pixels of width below which the cells hold no figures: their tooltips do


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The emptiest FIELDS with ready-made texts, a row each (and each team): name, field, team, whose, share,
    label, tip; a click names field and team."""
    found = gaps(cell.result.frame)
    if "team" not in found:
        found = found.assign(team="")
    emptiest = found.groupby("field", sort=False)["share"].min().sort_values(kind="stable").index[:FIELDS].tolist()
    rows = [
        {
            "name": FIELD_LABELS[row["field"]][formatter.language],
            "team": row["team"],
            "whose": name_of(row["team"], {}, formatter),
            "share": float(row["share"]),
            "label": formatter.percent(row["share"], 0),
            "tip": f"{formatter.number(row['filled'])} / {formatter.number(row['rows'])}",
            "field": row["field"],
            "place": emptiest.index(row["field"]),
        }
        for row in records(found)
        if row["field"] in emptiest
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["place", "team"], kind="stable")


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    labels = {c.key: c.label[formatter.language] for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    names = list(dict.fromkeys(rows["name"]))
    y = alt.Y(field="name", type="nominal", sort=names, axis=alt.Axis(title=None, grid=False, labelColor=colours.ink))
    by_team = cell.result.facts["by"] == "team"
    told = tips(
        {"name": labels["field"], **({"whose": labels["team"]} if by_team else {}), "label": labels["share"],
         "tip": f"{labels['filled']} / {labels['rows']}"}
    )  # fmt: skip
    base = alt.Chart(rows)
    layers = _map(base, y, told, colours) if by_team else _bars(base, y, told, labels["share"], formatter, colours)
    return finished(layers, colours, height=ROW * len(names) + AXIS, width=width)


def _bars(
    base: alt.Chart, y: alt.Y, told: list[alt.Tooltip], title: str, formatter: Formatter, colours: Palette
) -> list[alt.Chart]:
    x = value_axis(alt.X, "share", title, Unit.SHARE, formatter, scale=alt.Scale(domain=[0, 1]))
    bars = base.mark_bar(color=colours.series[0], cornerRadiusEnd=3, height={"band": 0.62})
    words = base.mark_text(align="left", dx=8, color=colours.ink)
    return [
        bars.encode(x=x, y=y, tooltip=told).add_params(selection("field")),
        words.encode(x=x, y=y, text=alt.Text(field="label", type="nominal")),
    ]


def _map(base: alt.Chart, y: alt.Y, told: list[alt.Tooltip], colours: Palette) -> list[alt.Chart]:
    axis = alt.Axis(title=None, orient="top", labelAngle=0, grid=False, labelLimit=130, labelOverlap="parity")
    x = alt.X(field="whose", type="nominal", axis=axis)
    shade = alt.Scale(domain=[0, 1], range=[colours.grid, colours.series[0]])
    cells = base.mark_rect(cornerRadius=2, stroke=colours.paper, strokeWidth=1.5).encode(
        x=x, y=y, color=alt.Color(field="share", type="quantitative", scale=shade, legend=None), tooltip=told
    )
    ink = alt.condition("datum.share > 0.55", alt.value(colours.paper), alt.value(colours.ink))
    fits = alt.ExprRef(expr=f"width < {ROOM} ? 0 : 1")
    words = base.mark_text(fontSize=12, opacity=fits).encode(
        x=x, y=y, text=alt.Text(field="label", type="nominal"), color=channel("Color", ink), tooltip=told
    )
    return [cells.add_params(selection("field", "team")), words]
