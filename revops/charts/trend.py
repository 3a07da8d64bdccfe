"""Lines over periods: the comparison dashed and lighter, the running period hollow and dotted."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult, Column
from revops.analysis.stats import is_few
from revops.analysis.values import as_date, name_of, records, show
from revops.charts.marks import FEW_CASES, axis_title, channel, period_axis, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import DASH, Formatter
from revops.metrics.calendar import label as period_label
from revops.metrics.core import Grain, Period, Unit
from revops.text import Text

HEIGHT = 320
DIRECT = 4  # up to so many lines are named at their end, more in a legend
NOW, BASE = Text("now", "сейчас"), Text("before", "было")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The cell's frame with ready-made texts: period, name (of the group), tip_value, tip_base, tip_n, tip_period."""
    columns = {c.key: c for c in cell.result.columns}
    unit, grain = columns["value"].unit, columns["start"].grain or Grain.MONTH
    out: list[dict[str, Any]] = []
    for row in records(cell.result.frame):
        start, end = as_date(row["start"]), as_date(row["end"])
        label = period_label(Period(start, end, grain), formatter)
        running = formatter.say(Text(" (still running)", " (ещё идёт)")) if row["partial"] else ""
        out.append(
            {
                "group": row["group"],
                "name": _name(row["group"], columns["group"], formatter),
                "start": start.isoformat(),
                "period": label,
                "partial": bool(row["partial"]),
                "value": _float(row["value"]),
                "base": _float(row["base"]),
                "low": _float(row["low"]),
                "high": _float(row["high"]),
                "tip_period": label + running,
                "tip_value": show(row["value"], unit, formatter),
                "tip_base": show(row["base"], unit, formatter),
                "tip_n": show(row["n"], Unit.COUNT, formatter),
                "few": is_few(row["n"]),
                "tip_few": formatter.say(FEW_CASES) if is_few(row["n"]) else DASH,
            }
        )
    return pd.DataFrame(out)


def _name(group: Any, column: Column, formatter: Formatter) -> str:
    return "" if group == "" and column.hidden else name_of(group, column.names, formatter)


def _float(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """One line a group; with one group its comparison and, for a proportion, its 95 % band too."""
    columns = {c.key: c for c in cell.result.columns}
    unit, rows = columns["value"].unit, rows_of(cell, formatter)
    labels, names = list(dict.fromkeys(rows["period"])), list(dict.fromkeys(rows["name"]))
    single = len(names) == 1
    x = period_axis(labels)
    title = axis_title(columns["value"].label, unit, formatter)
    y = value_axis(alt.Y, "value", title, unit, formatter, scale=_scale(rows))
    colour = _colour(names, colours)
    layers: list[alt.Chart] = []
    if single and rows["low"].notna().any():
        band = alt.Chart(rows).mark_area(opacity=0.12, color=colours.series[0])
        layers.append(band.encode(x=x, y=_plain("low", title, unit, formatter, rows), y2=alt.Y2(field="high")))
    if single and rows["base"].notna().any():
        before = alt.Chart(rows).mark_line(strokeDash=[5, 4], strokeWidth=1.6, color=colours.muted)
        layers.append(before.encode(x=x, y=_plain("base", title, unit, formatter, rows)))
    told = rows[rows["value"].notna()]
    layers.append(alt.Chart(told[~told["partial"]]).mark_line(strokeWidth=2.6).encode(x=x, y=y, color=colour))
    if told["partial"].any():
        dotted = alt.Chart(_running(told)).mark_line(strokeWidth=2, strokeDash=[1, 4])
        layers.append(dotted.encode(x=x, y=y, color=colour))
    layers.append(_points(told, names, x, y, colours, cell, formatter))
    if not single and len(names) <= DIRECT:
        layers.append(_names(told, x, y, colour))
    if single and rows["base"].notna().any():
        layers.append(_word(rows[rows["base"].notna()].tail(1), "base", BASE, colours.muted, x, rows, formatter))
    return finished(layers, colours, height=HEIGHT, width=width)


def _scale(rows: pd.DataFrame) -> alt.Scale:
    """From zero, unless all values lie close together far from it."""
    values = pd.concat([rows["value"], rows["base"]]).dropna()
    return alt.Scale(zero=bool(values.empty or values.min() < 0.5 * values.max()), nice=True)


def _plain(field: str, title: str, unit: Unit | None, formatter: Formatter, rows: pd.DataFrame) -> Any:
    return value_axis(alt.Y, field, title, unit, formatter, scale=_scale(rows))


def _wheel(names: list[str], colours: Palette) -> alt.Scale:
    return alt.Scale(domain=names, range=[colours.series[i % len(colours.series)] for i in range(len(names))])


def _colour(names: list[str], colours: Palette, kind: Any = alt.Color, **more: Any) -> Any:
    legend = None if len(names) <= DIRECT else alt.Legend()
    return kind(field="name", type="nominal", scale=_wheel(names, colours), legend=legend, **more)


def _running(rows: pd.DataFrame) -> pd.DataFrame:
    """The running period and the one before it, of each line: what the dotted stretch joins."""
    return rows.groupby("name", sort=False).tail(2)


def _points(
    rows: pd.DataFrame,
    names: list[str],
    x: alt.X,
    y: Any,
    colours: Palette,
    cell: CellResult,
    formatter: Formatter,
) -> alt.Chart:
    """A point a period, hollow where it is still running, grey and hollow where cases are few; what a click picks."""
    columns = {c.key: c for c in cell.result.columns}
    fields = {"tip_period": formatter.say(columns["start"].label)}
    if rows["name"].nunique() > 1:
        fields["name"] = formatter.say(columns["group"].label)
    fields["tip_value"] = formatter.say(columns["value"].label)
    if rows["base"].notna().any():
        fields["tip_base"] = formatter.say(columns["base"].label)
    if not columns["n"].hidden:
        fields["tip_n"] = formatter.say(columns["n"].label)
    if rows["few"].any():
        fields["tip_few"] = formatter.say(Text("Few cases", "Мало случаев"))
    fill = _colour(names, colours, alt.Fill, condition={"test": "datum.partial || datum.few", "value": colours.paper})
    stroke = alt.Stroke(
        field="name",
        type="nominal",
        scale=_wheel(names, colours),
        legend=None,
        condition={"test": "datum.few", "value": colours.muted},
    )
    points = alt.Chart(rows).mark_point(size=64, strokeWidth=2, opacity=1)
    drawn: alt.Chart = points.encode(x=x, y=y, stroke=stroke, fill=fill, tooltip=tips(fields))
    return drawn.add_params(selection("start", "group"))


def _names(rows: pd.DataFrame, x: alt.X, y: Any, colour: alt.Color) -> alt.Chart:
    """Each line's name at its last point."""
    last = rows.groupby("name", sort=False).tail(1)
    text = alt.Chart(last).mark_text(align="left", dx=10, fontWeight=600)
    drawn: alt.Chart = text.encode(x=x, y=y, color=colour, text=alt.Text(field="name", type="nominal"))
    return drawn


def _word(
    rows: pd.DataFrame, field: str, word: Text, colour: str, x: alt.X, all_rows: pd.DataFrame, formatter: Formatter
) -> alt.Chart:
    text = alt.Chart(rows).mark_text(align="left", dx=10, color=colour)
    y = alt.Y(field=field, type="quantitative", scale=_scale(all_rows))
    drawn: alt.Chart = text.encode(x=x, y=y, text=channel("Text", alt.value(formatter.say(word))))
    return drawn
