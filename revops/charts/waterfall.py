"""Bars that stand on each other, from one amount to another; signs in the labels say what the colours say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.values import show, show_difference
from revops.charts.marks import selection, tips
from revops.charts.theme import Palette
from revops.formats import Formatter
from revops.metrics.core import Unit

LETTER = 6.6  # pixels a letter takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A total, which stands on the ground, or a move up or down from where the step before it ended."""

    key: str
    name: str
    amount: float
    total: bool = False


def stacked_up(steps: Sequence[Step], formatter: Formatter) -> pd.DataFrame:
    """One row a step: part, name, low and high (where the bar stands), after (the running sum), kind, label, tip, next
    (the name of the step it is joined to).
    """
    rows: list[dict[str, Any]] = []
    running = 0.0
    for step in steps:
        before = 0.0 if step.total else running
        running = step.amount if step.total else running + step.amount
        said = show if step.total else show_difference
        rows.append(
            {
                "part": step.key,
                "name": step.name,
                "low": min(before, running),
                "high": max(before, running),
                "after": running,
                "kind": "total" if step.total else "up" if step.amount >= 0 else "down",
                "label": said(step.amount, Unit.MONEY, formatter, compact=True),
                "tip": said(step.amount, Unit.MONEY, formatter),
            }
        )
    frame = pd.DataFrame(rows)
    frame["next"] = frame["name"].shift(-1)
    return frame


def standing(rows: pd.DataFrame, words: Mapping[str, str], colours: Palette) -> list[alt.Chart]:
    """The layers of the waterfall. rows: of `stacked_up`, and whatever columns the tooltip's `words` name."""
    names = rows["name"].tolist()
    longest = max(len(word) for name in (*names, *rows["label"]) for word in str(name).split(" "))
    narrow = f"width < {len(names) * (LETTER * longest + 6):.0f}"  # names and amounts lean where they would touch
    fits = f"length(datum.label) * {LETTER} < width / {len(names)}"
    x = alt.X(
        field="name",
        type="nominal",
        sort=names,
        axis=alt.Axis(
            title=None,
            grid=False,
            labelColor=colours.ink,
            labelExpr=f"{narrow} || {fits} ? datum.label : split(datum.label, ' ')",  # else a word a line
            labelAngle=alt.ExprRef(expr=f"{narrow} ? -50 : 0"),
            labelAlign=alt.ExprRef(expr=f"{narrow} ? 'right' : 'center'"),
        ),
    )
    y = alt.Y(field="low", type="quantitative", axis=None)  # the labels say the amounts
    kinds = alt.Scale(domain=["total", "up", "down"], range=[colours.muted, colours.good, colours.bad])
    colour = alt.Color(field="kind", type="nominal", scale=kinds, legend=None)
    base = alt.Chart(rows)
    bars = base.mark_bar(cornerRadius=2, width={"band": 0.62}).encode(
        x=x, y=y, y2=alt.Y2(field="high"), color=colour, tooltip=tips(words)
    )
    joints = alt.Chart(rows.dropna(subset=["next"])).mark_rule(color=colours.muted, strokeWidth=1, opacity=0.7)
    above = alt.Y(field="high", type="quantitative", axis=None)
    return [
        joints.encode(x=x, x2=alt.X2(field="next"), y=alt.Y(field="after", type="quantitative", axis=None)),
        bars.add_params(selection("part")),
        base.mark_text(
            angle=alt.ExprRef(expr=f"{narrow} ? 310 : 0"),
            align=alt.ExprRef(expr=f"{narrow} ? 'left' : 'center'"),
            dx=alt.ExprRef(expr=f"{narrow} ? 6 : 0"),
            dy=alt.ExprRef(expr=f"{narrow} ? -3 : -9"),
            fontWeight=600,
            color=colours.ink,
        ).encode(x=x, y=above, text=alt.Text(field="label", type="nominal")),
    ]
