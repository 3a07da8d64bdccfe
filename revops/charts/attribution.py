"""A line a channel from its lowest to its highest cost over all combinations, a dot each; the band is all together."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.attribution import BETTER, DEPENDS, MODELS, WORSE, shown_range
from revops.analysis.core import CellResult
from revops.analysis.values import name_of, records, show
from revops.charts.marks import channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.text import Text

ROW, AXIS = 48, 110
RANGE = 190  # pixels that the range at the right may take
COST = {
    BETTER: Text("cheaper", "дешевле"),
    WORSE: Text("dearer", "дороже"),
    DEPENDS: Text("it depends", "по-разному"),
}
TIPS = ("tip_lag", "tip", "tip_spend", "tip_customers", "tip_overall", "tip_ltv")
SHAPES = ("circle", "square", "triangle-up", "diamond")


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c for c in cell.result.columns}
    told = {c["channel"]: c for c in cell.result.facts["channels"]}
    order = sorted(told, key=lambda c: (told[c]["low"] is None, told[c]["low"] or 0.0))
    names = [name_of(c, columns["channel"].names, formatter) for c in order]
    dots = _dots(cell, formatter)
    lines = pd.DataFrame(
        [
            {
                "name": name_of(c, columns["channel"].names, formatter),
                "low": told[c]["low"],
                "high": told[c]["high"] or dots.loc[dots["channel"] == c, "cac"].max(),
                "text": f"{shown_range(told[c], formatter)} · {COST[told[c]['cost']][formatter.language]}",
            }
            for c in order
        ]
    )
    y = alt.Y(field="name", type="nominal", sort=names, axis=None)
    x = value_axis(
        alt.X, "cac", columns["cac"].label[formatter.language], Unit.MONEY, formatter, scale=alt.Scale(zero=True)
    )
    low = alt.X(field="low", type="quantitative")
    models = [m[formatter.language] for k, m in MODELS.items() if k in set(cell.result.frame["model"])]
    colour = alt.Scale(domain=models, range=[colours.series[i] for i in (0, 1, 2, 3)][: len(models)])
    shape = alt.Scale(domain=models, range=list(SHAPES)[: len(models)])
    legend = alt.Legend(columns=2, labelLimit=140)
    layers = [
        *([_band(cell, colours)] if cell.result.facts["overall"] else []),
        alt.Chart(lines)
        .mark_rule(strokeWidth=4, opacity=0.3, color=colours.muted)
        .encode(y=y, x=low, x2=alt.X2(field="high")),
        alt.Chart(dots)
        .mark_point(size=62, filled=True, opacity=0.85)
        .encode(
            y=y,
            x=x,
            color=alt.Color(field="model_name", type="nominal", scale=colour, legend=legend),
            shape=alt.Shape(field="model_name", type="nominal", scale=shape, legend=legend),
            tooltip=tips(_titles(cell, formatter)),
        )
        .add_params(selection("channel", "model", "lag")),
        alt.Chart(lines)
        .mark_text(align="left", dy=-15, color=colours.ink, fontWeight=600, limit=alt.ExprRef(expr=f"width - {RANGE}"))
        .encode(y=y, x=channel("X", alt.value(0)), text=alt.Text(field="name", type="nominal")),
        alt.Chart(lines)
        .mark_text(align="right", dy=-15, color=colours.ink)
        .encode(y=y, x=channel("X", alt.value(alt.ExprRef(expr="width"))), text=alt.Text(field="text", type="nominal")),
    ]
    said = formatter.say(Text("Band: all channels together", "Полоса: все каналы вместе"))
    return finished(layers, colours, height=ROW * len(names) + AXIS, width=width, title=said)


def _dots(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    columns = {c.key: c for c in cell.result.columns}
    rows: list[dict[str, Any]] = [
        {
            "channel": row["channel"],
            "name": name_of(row["channel"], columns["channel"].names, formatter),
            "model": row["model"],
            "lag": int(row["lag"]),
            "model_name": MODELS[row["model"]][formatter.language],
            "cac": float(row["cac"]),
            "tip_lag": show(row["lag"], Unit.COUNT, formatter),
            "tip": show(row["cac"], Unit.MONEY, formatter),
            "tip_spend": show(row["spend"], Unit.MONEY, formatter, compact=True),
            "tip_customers": formatter.number(row["customers"], 1),
            "tip_overall": show(row["overall"], Unit.MONEY, formatter),
            "tip_ltv": show(row["ltv_cac"], Unit.TIMES, formatter),
        }
        for row in records(cell.result.frame)
        if not pd.isna(row["cac"])
    ]
    return pd.DataFrame(rows, columns=["channel", "name", "model", "lag", "model_name", "cac", *TIPS])


def _titles(cell: CellResult, formatter: Formatter) -> dict[str, str]:
    columns = {c.key: c.label[formatter.language] for c in cell.result.columns}
    return {
        "name": columns["channel"],
        "model_name": columns["model"],
        "tip_lag": columns["lag"],
        "tip": columns["cac"],
        "tip_overall": columns["overall"],
        "tip_spend": columns["spend"],
        "tip_customers": columns["customers"],
        "tip_ltv": columns["ltv_cac"],
    }


def _band(cell: CellResult, colours: Palette) -> alt.Chart:
    low, high = cell.result.facts["overall"]
    band = alt.Chart(pd.DataFrame({"low": [low], "high": [high]})).mark_rect(color=colours.muted, opacity=0.18)
    drawn: alt.Chart = band.encode(x=alt.X(field="low", type="quantitative"), x2=alt.X2(field="high"))
    return drawn
