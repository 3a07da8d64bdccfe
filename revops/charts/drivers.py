"""From the figure before to the figure after: one bar a group, each standing on the one before it."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.drivers import PART_LABELS
from revops.analysis.values import name_of, period_text, records, show, show_difference
from revops.charts.marks import axis_title, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.text import Text

ROW = 34  # pixels a bar
AXIS = 64
MARGIN = 0.18  # of the range of the axis, beyond the bars: room for the labels


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The compared period, each group, this period: name, low and high (where the bar stands), kind, label, tip_*."""
    facts = cell.result.facts
    metric = METRIC[facts["metric"]]
    groups = records(cell.result.frame)
    stations = list(accumulate((r["effect"] for r in groups), initial=facts["before"]))
    ends = {
        "before": (facts["base_period"], facts["before"]),
        "after": (facts["period"], facts["after"]),
    }

    def end(key: str) -> dict[str, Any]:
        period, value = ends[key]
        shown = show(value, metric.unit, formatter, compact=True)
        name = period_text(period, formatter, as_of=facts["as_of"])
        # a thin bar of its own: the axis of a change need not begin at zero
        return {"group": None, "name": name, "low": value, "high": value, "kind": "total", "label": shown, "tip": shown}

    out = [end("before")]
    for row, low, high in zip(groups, stations, stations[1:], strict=False):
        parts = [
            f"{PART_LABELS[p][formatter.language]} {show_difference(row[p], metric.unit, formatter, compact=True)}"
            for p in facts["parts"]
        ]
        out.append(
            {
                "group": row["group"],
                "name": name_of(row["group"], facts["names"], formatter),
                "low": low,
                "high": high,
                "kind": "up" if row["effect"] >= 0 else "down",
                "label": show_difference(row["effect"], metric.unit, formatter, compact=True),
                "tip": show_difference(row["effect"], metric.unit, formatter),
                "tip_parts": ", ".join(parts),
                "tip_before": show(row["before"], metric.unit, formatter),
                "tip_after": show(row["after"], metric.unit, formatter),
            }
        )
    frame = pd.DataFrame([*out, end("after")])
    frame["edge"] = frame[["low", "high"]].max(axis=1)
    return frame.fillna({c: "" for c in frame.columns if c.startswith("tip_")})


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """Signs in the labels say what the colours say: good and bad news, not up and down."""
    rows = rows_of(cell, formatter)
    metric = METRIC[cell.result.facts["metric"]]
    y = alt.Y(
        field="name",
        type="nominal",
        sort=rows["name"].tolist(),
        axis=alt.Axis(title=None, grid=False, labelColor=colours.ink),
    )
    low, high = rows[["low", "high"]].min().min(), rows[["low", "high"]].max().max()
    room = (high - low or abs(high) or 1) * MARGIN
    scale = alt.Scale(domain=[low - room / 2, high + room], zero=False, nice=False)
    title = axis_title(metric.label, metric.unit, formatter)
    x = value_axis(alt.X, "low", title, metric.unit, formatter, scale=scale)
    rose, fell = (colours.good, colours.bad) if metric.good.value != "down" else (colours.bad, colours.good)
    kinds = alt.Scale(domain=["total", "up", "down"], range=[colours.ink, rose, fell])
    colour = alt.Color(field="kind", type="nominal", scale=kinds, legend=None)
    words = {
        "name": cell.result.facts["by_label"][formatter.language],
        "tip": formatter.say(Text("Part of the change", "Вклад в изменение")),
        "tip_parts": formatter.say(Text("Of it", "Из них")),
        "tip_before": formatter.say(Text("Before", "Было")),
        "tip_after": formatter.say(Text("After", "Стало")),
    }
    base = alt.Chart(rows)
    bars = base.transform_filter("datum.kind != 'total'").mark_bar(cornerRadius=2, height={"band": 0.62})
    ends = base.transform_filter("datum.kind == 'total'").mark_tick(thickness=4, height={"band": 0.8})
    text = base.mark_text(align="left", dx=8, color=colours.ink)
    across = alt.X(field="edge", type="quantitative", scale=scale)
    return finished(
        [
            bars.encode(x=x, x2=alt.X2(field="high"), y=y, color=colour, tooltip=tips(words)).add_params(
                selection("group")
            ),
            ends.encode(x=x, y=y, color=colour),
            text.encode(x=across, y=y, text=alt.Text(field="label", type="nominal")),
        ],
        colours,
        height=ROW * len(rows) + AXIS,
        width=width,
    )
