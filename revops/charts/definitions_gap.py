"""The gap between two conventions, rule by rule: bars to both sides of zero, the whole gap last."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.definitions_gap_words import WHOLE, WHOLE_GAP, rule_names
from revops.analysis.values import show_difference
from revops.charts.marks import selection, tips
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.text import Text

ROW = 46


def bars(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """One row a rule, then the gap: rule (key), name, amount, label (the name, below it the amount), accounts, kind."""
    facts = cell.result.facts
    unit = METRIC[facts["metric"]].unit

    def labelled(name: str, amount: float) -> str:
        return f"{name}\n{show_difference(amount, unit, formatter, compact=True)}"

    rows: list[dict[str, Any]] = [
        {
            "rule": step["rule"],
            "name": rule_names(step["rule"])[formatter.language],
            "amount": step["amount"],
            "label": labelled(rule_names(step["rule"])[formatter.language], step["amount"]),
            "tip": show_difference(step["amount"], unit, formatter),
            "accounts": formatter.number(step["accounts"]),
            "kind": "rule",
        }
        for step in facts["steps"]
    ]
    rows.append(
        {
            "rule": WHOLE_GAP,
            "name": formatter.say(WHOLE),
            "amount": facts["gap"],
            "label": labelled(formatter.say(WHOLE), facts["gap"]),
            "tip": show_difference(facts["gap"], unit, formatter),
            "accounts": formatter.number(facts["accounts"]),
            "kind": "whole",
        }
    )
    return pd.DataFrame(rows)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """A row a rule; its label says the amount, so that there is no scale and nothing beside the bars to be cut."""
    rows = bars(cell, formatter)
    low, high = min(0.0, rows["amount"].min()), max(0.0, rows["amount"].max())
    scale = alt.Scale(domain=[low, high if high > low else 1.0], nice=False)
    y = alt.Y(
        field="label",
        type="nominal",
        sort=rows["label"].tolist(),
        axis=alt.Axis(
            title=None,
            labelColor=colours.ink,
            labelExpr="split(datum.label, '\\n')",
            labelLimit=260,
            labelPadding=10,
            grid=False,
            ticks=False,
            domain=False,
        ),
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
    layers = [
        drawn.add_params(selection("rule")),
        zero.encode(x=alt.X(field="at", type="quantitative", scale=scale, axis=None)),
    ]
    return finished(layers, colours, height=max(ROW * len(rows), 2 * ROW), width=width)
