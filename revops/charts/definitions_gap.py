"""The gap between two conventions, rule by rule: bars to both sides of zero, the whole gap last."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.definitions_gap import rule_names
from revops.analysis.values import show_difference
from revops.charts.marks import tips
from revops.charts.theme import Palette, Width, finished
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.text import Text

ROW = 38
WHOLE = Text("The whole gap", "Вся разница")


def bars(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """One row a rule, then the gap: name, amount, label (signed, in the metric's unit), accounts, kind."""
    facts = cell.result.facts
    unit = METRIC[facts["metric"]].unit
    rows: list[dict[str, Any]] = [
        {
            "name": rule_names(step["rule"])[formatter.language],
            "amount": step["amount"],
            "label": show_difference(step["amount"], unit, formatter, compact=True),
            "tip": show_difference(step["amount"], unit, formatter),
            "accounts": formatter.number(step["accounts"]),
            "kind": "rule",
        }
        for step in facts["steps"]
    ]
    rows.append(
        {
            "name": formatter.say(WHOLE),
            "amount": facts["gap"],
            "label": show_difference(facts["gap"], unit, formatter, compact=True),
            "tip": show_difference(facts["gap"], unit, formatter),
            "accounts": formatter.number(facts["accounts"]),
            "kind": "whole",
        }
    )
    return pd.DataFrame(rows)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> alt.LayerChart:
    """A row a rule; the labels say the amounts, so there is no scale of numbers."""
    rows = bars(cell, formatter)
    low, high = min(0.0, rows["amount"].min()), max(0.0, rows["amount"].max())
    room = 0.4 * ((high - low) or 1.0)  # for the labels beyond the bars
    scale = alt.Scale(domain=[low - (room if low < 0 else 0), high + (room if high > 0 else 0)], nice=False)
    y = alt.Y(
        field="name",
        type="nominal",
        sort=rows["name"].tolist(),
        axis=alt.Axis(title=None, labelColor=colours.ink, labelLimit=210, grid=False, ticks=False, domain=False),
    )
    x = alt.X(field="amount", type="quantitative", scale=scale, axis=None)
    colour = alt.Color(
        field="kind",
        type="nominal",
        scale=alt.Scale(domain=["rule", "whole"], range=[colours.series[0], colours.muted]),
        legend=None,
    )
    words = {
        "name": formatter.say(Text("Rule", "Правило")),
        "tip": formatter.say(Text("Adds to the gap", "Вклад в разницу")),
        "accounts": formatter.say(Text("Accounts", "Компаний")),
    }
    base = alt.Chart(rows)
    drawn = base.mark_bar(cornerRadius=2, height={"band": 0.62}).encode(x=x, y=y, color=colour, tooltip=tips(words))
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=colours.muted, strokeWidth=1)
    layers = [drawn, zero.encode(x=alt.X(field="at", type="quantitative", scale=scale, axis=None))]
    right = alt.Chart(rows[rows["amount"] >= 0]).mark_text(align="left", dx=6, fontWeight=600, color=colours.ink)
    left = alt.Chart(rows[rows["amount"] < 0]).mark_text(align="right", dx=-6, fontWeight=600, color=colours.ink)
    layers += [one.encode(x=x, y=y, text=alt.Text(field="label", type="nominal")) for one in (right, left)]
    return finished(layers, colours, height=max(ROW * len(rows), 2 * ROW), width=width)
