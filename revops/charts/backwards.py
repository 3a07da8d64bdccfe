"""What a goal takes: a bar a step with its interval, and a tick where the range itself stands."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import records, shown_cell
from revops.charts.marks import channel, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

ROW = 50  # pixels a step
TIPS = ("step", "needed", "low", "high", "rate", "n", "came", "open", "days")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The steps that can be told, with ready-made texts."""
    columns = {c.key: c for c in cell.result.columns}
    out: list[dict[str, Any]] = []
    for row in records(cell.result.frame):
        if is_missing(row["needed"]):
            continue
        said = {f"tip_{k}": shown_cell(columns[k], row, formatter) for k in TIPS}
        spread = not (is_missing(row["low"]) or is_missing(row["high"]))
        between = f" ({said['tip_low']}–{said['tip_high']})" if spread else ""
        out.append(
            {
                "step": row["step"],
                "name": said["tip_step"],
                "needed": float(row["needed"]),
                "low": float(row["low"]) if spread else None,
                "high": float(row["high"]) if spread else None,
                "far": float(row["high"]) if spread else float(row["needed"]),
                "came": float(row["came"]),
                "label": f"{said['tip_needed']}{between}",
                **said,
            }
        )
    return pd.DataFrame(out)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """The figure and its interval stand above each bar, so that the longest bar has room."""
    columns = {c.key: c for c in cell.result.columns}
    rows = rows_of(cell, formatter)
    names = rows["name"].tolist()
    y = alt.Y(field="name", type="nominal", sort=names, axis=alt.Axis(title=None, grid=False, labelColor=colours.ink))
    top = max(float(rows[["far", "came"]].max().max()), 1.0)
    scale = alt.Scale(domain=[0, top * 1.02], nice=False)
    title = formatter.say(
        Text(
            "Records needed (with 95 % interval); tick: came in the range",
            "Нужно записей (интервал 95 %); черта — пришли за период",
        )
    )
    x = value_axis(alt.X, "needed", title, Unit.COUNT, formatter, scale=scale)
    fields = {f"tip_{k}": columns[k].label[formatter.language] for k in TIPS}
    base = alt.Chart(rows)

    def at(field: str) -> alt.X:
        return alt.X(field=field, type="quantitative", scale=scale)

    thick = {"band": 0.34}
    bars = base.mark_bar(color=colours.series[0], cornerRadiusEnd=3, height=thick, yOffset=8).encode(
        x=x, y=y, tooltip=tips(fields)
    )
    spread = base.transform_filter("isValid(datum.low)")
    ranges = spread.mark_rule(color=colours.ink, strokeWidth=2, yOffset=8).encode(
        x=at("low"), x2=alt.X2(field="high"), y=y
    )
    ticks = base.mark_tick(color=colours.series[1], thickness=3, size=26, yOffset=8).encode(
        x=at("came"), y=y, tooltip=tips(fields)
    )
    words = base.mark_text(align="left", dx=4, dy=-12, color=colours.ink, fontWeight=600).encode(
        x=channel("X", alt.value(0)), y=y, text=alt.Text(field="label", type="nominal")
    )
    return finished([bars, ranges, ticks, words], colours, height=ROW * len(names) + 64, width=width)
