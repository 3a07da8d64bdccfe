"""ARR as it was, and as it may be: the interval as a band, the forecast dashed; its past error beside each month."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.backtest import LEVEL
from revops.analysis.core import CellResult
from revops.analysis.values import as_date, records, show
from revops.charts.marks import channel, period_axis, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter
from revops.metrics.calendar import label, step
from revops.metrics.core import Grain, Period, Unit
from revops.text import Text

HEIGHT = 340
KNOWN, COMING = Text("known", "факт"), Text("forecast", "прогноз")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The months that have a value, with ready-made texts; `start` names the month."""
    rows: list[dict[str, Any]] = []
    for row in records(cell.result.frame):
        if pd.isna(row["value"]):
            continue
        start = as_date(row["month"])
        told = row["kind"] == "forecast"
        low, high = (show(row[c], Unit.MONEY, formatter, compact=True) for c in ("low", "high"))
        rows.append(
            {
                "start": start.isoformat(),
                "period": label(Period(start, step(start, Grain.MONTH), Grain.MONTH), formatter),
                "kind": row["kind"],
                "value": float(row["value"]),
                "low": float(row["low"]) if told else None,
                "high": float(row["high"]) if told else None,
                "tip_kind": formatter.say(COMING if told else KNOWN),
                "tip": show(row["value"], Unit.MONEY, formatter, compact=True),
                "tip_interval": f"{low} – {high}" if told else show(None, None, formatter),
                "tip_error": show(row["mape"], Unit.SHARE, formatter),
                "tip_covered": show(row["covered"], Unit.SHARE, formatter),
            }
        )
    return pd.DataFrame(rows)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    columns = {c.key: c.label[formatter.language] for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    known, coming = rows[rows["kind"] == "known"], rows[rows["kind"] == "forecast"]
    x = period_axis(rows["period"].tolist())
    scale = alt.Scale(zero=True, nice=True)
    y = value_axis(alt.Y, "value", columns["value"], Unit.MONEY, formatter, scale=scale)
    fields = {"period": columns["month"], "tip_kind": columns["kind"], "tip": columns["value"]}
    main = colours.series[0]
    layers = [alt.Chart(known).mark_line(strokeWidth=2.6, color=main).encode(x=x, y=y)]
    if len(coming):
        fields |= {
            "tip_interval": formatter.say(Text("{p} interval", "Интервал {p}"), p=formatter.percent(LEVEL, 0)),
            "tip_error": columns["mape"],
            "tip_covered": columns["covered"],
        }
        joined = pd.concat([known.tail(1).assign(low=known["value"], high=known["value"]), coming], ignore_index=True)
        low = alt.Y(field="low", type="quantitative", scale=scale)
        last = coming.tail(1).assign(text=formatter.say(COMING))
        layers = [
            alt.Chart(joined).mark_area(opacity=0.16, color=main).encode(x=x, y=low, y2=alt.Y2(field="high")),
            *layers,
            alt.Chart(joined).mark_line(strokeWidth=2.2, strokeDash=[6, 4], color=main).encode(x=x, y=y),
            alt.Chart(last)
            .mark_text(align="right", dy=-14, dx=4, fontWeight=600, color=main)
            .encode(x=x, y=y, text=alt.Text(field="text", type="nominal")),
        ]
    hollow = alt.when(alt.datum.kind == "forecast").then(alt.value(colours.paper)).otherwise(alt.value(main))
    points = alt.Chart(rows).mark_point(size=50, strokeWidth=1.8, opacity=1, stroke=main)
    layers.append(
        points.encode(x=x, y=y, fill=channel("Fill", hollow), tooltip=tips(fields)).add_params(selection("start"))
    )
    return finished(layers, colours, height=HEIGHT, width=width)
