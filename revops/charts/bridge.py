"""ARR from start to end: a waterfall over the range, or the movements of every period stacked."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.arr_bridge import MEASURES, PARTS
from revops.analysis.core import CellResult
from revops.analysis.values import as_date, records, show_difference
from revops.charts.marks import period_axis, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.charts.waterfall import Step, stacked_up, standing
from revops.formats import Formatter
from revops.metrics.calendar import label as period_label
from revops.metrics.core import Period, Unit
from revops.text import Text

HEIGHT = 360
ENDS = ("start", "end")
MOVED = tuple(part for part in PARTS if part not in ENDS)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """By the cell's `show`: the waterfall, or stacked movements a period."""
    drawing = movements if cell.params["show"] == "periods" else waterfall
    return finished(drawing(cell, formatter, colours), colours, height=HEIGHT, width=width)


def steps(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The range's parts with `low`, `high` (where the bar stands), `after` (the running sum), kind."""
    whole = cell.result.frame[cell.result.frame["scope"] == "whole"]
    parts = [
        Step(
            key=str(row["part"]), name=PARTS[row["part"]][formatter.language], amount=float(row["amount"]),
            total=row["part"] in ENDS,
        )
        for row in records(whole)
    ]  # fmt: skip
    return stacked_up(parts, formatter)


def waterfall(cell: CellResult, formatter: Formatter, colours: Palette) -> list[alt.Chart]:
    title = MEASURES[cell.params["measure"]][formatter.language]
    words = {"name": formatter.say(Text("Part", "Часть")), "tip": title}
    return standing(steps(cell, formatter), words, colours)


def stacked(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """One row a period and movement: period, name, amount (losses negative), tip."""
    buckets = cell.result.frame[cell.result.frame["scope"] == "bucket"]
    rows: list[dict[str, Any]] = []
    for row in records(buckets[buckets["part"].isin(MOVED)]):
        period = Period(as_date(row["start"]), as_date(row["end"]), cell.view.grain)
        rows.append(
            {
                "part": row["part"],
                "name": PARTS[row["part"]][formatter.language],
                "start": period.start.isoformat(),
                "period": period_label(period, formatter),
                "amount": float(row["amount"]),
                "order": MOVED.index(row["part"]),
                "tip": show_difference(row["amount"], Unit.MONEY, formatter),
            }
        )
    return pd.DataFrame(rows)


def movements(cell: CellResult, formatter: Formatter, colours: Palette) -> list[alt.Chart]:
    """Gains above zero, losses below; the net as a dot."""
    rows = stacked(cell, formatter)
    labels = list(dict.fromkeys(rows["period"]))
    names = [PARTS[p][formatter.language] for p in MOVED]
    tones = [colours.series[i] for i in (0, 5, 2, 3, 1)]
    title = MEASURES[cell.params["measure"]][formatter.language]
    x = period_axis(labels)
    y = value_axis(alt.Y, "amount", title, Unit.MONEY, formatter, stack="zero")
    colour = alt.Color(
        field="name", type="nominal", scale=alt.Scale(domain=names, range=tones), legend=alt.Legend(columns=5)
    )
    words = {
        "period": formatter.say(Text("Period", "Период")),
        "name": formatter.say(Text("Part", "Часть")),
        "tip": title,
    }
    bars = (
        alt.Chart(rows)
        .mark_bar(width={"band": 0.7})
        .encode(x=x, y=y, color=colour, order=alt.Order(field="order", type="quantitative"), tooltip=tips(words))
    )
    net = rows.groupby("period", sort=False)["amount"].sum().reset_index()
    net["tip"] = [show_difference(v, Unit.MONEY, formatter) for v in net["amount"]]
    dots = alt.Chart(net).mark_point(size=60, filled=True, color=colours.ink, opacity=1)
    of_net = {"period": words["period"], "tip": formatter.say(Text("Net", "Итого"))}
    return [
        bars.add_params(selection("start", "part")),
        dots.encode(x=x, y=alt.Y(field="amount", type="quantitative"), tooltip=tips(of_net)),
    ]
