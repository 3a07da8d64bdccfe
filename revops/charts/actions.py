"""Who has what to do: a bar an owner, what waits stacked by kind; the length is what it counts for."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.actions import KINDS
from revops.analysis.core import CellResult
from revops.analysis.values import name_of, records, show
from revops.charts.marks import selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.text import Text

MOST = 12  # owners shown
ROW, AXIS = 30, 96


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """A row an owner and kind, the owner with the most first: counts, and ready-made texts."""
    frame = cell.result.frame.assign(owner=cell.result.frame["owner"].fillna(""))
    summed = frame.groupby(["owner", "kind"], sort=False).agg(
        counts=("counts", "sum"), amount=("amount", "sum"), records=("record", "count")
    )
    whole = list(frame.groupby("owner")["counts"].sum().sort_values(ascending=False, kind="stable").index)
    rows: list[dict[str, Any]] = [
        {
            "owner": owner,
            "name": name_of(owner, {}, formatter),
            "kind": kind,
            "kind_name": KINDS[kind][formatter.language],
            "counts": float(row["counts"]),
            "order": list(KINDS).index(kind),
            "tip": show(row["counts"], Unit.MONEY, formatter, compact=True),
            "tip_amount": show(row["amount"] or None, Unit.MONEY, formatter, compact=True),
            "tip_records": show(row["records"], Unit.COUNT, formatter),
        }
        for row in records(summed.reset_index())
        for owner, kind in [(str(row["owner"]), str(row["kind"]))]
        if owner in whole[:MOST]
    ]
    rank = {owner: n for n, owner in enumerate(whole)}
    rows.sort(key=lambda r: (rank[r["owner"]], r["order"]))
    return pd.DataFrame(rows)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    rows = rows_of(cell, formatter)
    names = list(dict.fromkeys(rows["name"]))
    kinds = [KINDS[k][formatter.language] for k in KINDS]
    columns = {c.key: c for c in cell.result.columns}
    y = alt.Y(
        field="name",
        type="nominal",
        sort=names,
        axis=alt.Axis(title=None, grid=False, labelColor=colours.ink, labelLimit=150),
    )
    title = formatter.say(Text("What it counts for", "Вес действий"))
    x = value_axis(alt.X, "counts", title, Unit.MONEY, formatter, stack="zero")
    scale = alt.Scale(domain=kinds, range=[colours.series[i] for i in (3, 0, 5, 1)])
    legend = alt.Legend(columns=2)
    words = {
        "name": columns["owner"].label[formatter.language],
        "kind_name": columns["kind"].label[formatter.language],
        "tip_records": formatter.say(Text("Actions", "Действий")),
        "tip_amount": columns["amount"].label[formatter.language],
        "tip": columns["counts"].label[formatter.language],
    }
    bars = (
        alt.Chart(rows)
        .mark_bar(height={"band": 0.66}, stroke=colours.paper, strokeWidth=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color(field="kind_name", type="nominal", scale=scale, legend=legend),
            order=alt.Order(field="order", type="quantitative"),
            tooltip=tips(words),
        )
        .add_params(selection("owner", "kind"))
    )
    left = cell.result.frame["owner"].fillna("").nunique() - len(names)
    said = formatter.say(Text("and {n} more owners", "и ещё ответственных: {n}"), n=left) if left > 0 else None
    return finished([bars], colours, height=ROW * len(names) + AXIS, width=width, title=said)
