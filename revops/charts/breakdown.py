"""Groups beside each other: shares as dots with their interval, everything else as bars."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.stats import is_few
from revops.analysis.values import name_of, records, show, show_change
from revops.charts.marks import FEW_CASES, axis_title, channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

LIMIT = 20
ROW = 34  # pixels a group
WORD = 0.1  # the room of a bar's word, as a share of the axis
AXIS = 64  # and for the axis below
SIGNAL = Text("differs from the rest", "отличается от остальных")
NOISE = Text("within noise", "в пределах случайного разброса")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """At most LIMIT groups with ready-made texts: name, label (the value), tip_*; `clear` says beyond noise."""
    columns = {c.key: c for c in cell.result.columns}
    unit = columns["value"].unit or Unit.COUNT
    out: list[dict[str, Any]] = []
    for row in records(cell.result.frame.head(LIMIT)):
        signal, base = row.get("signal"), row.get("base")
        known = columns["cases"].unit if "cases" in columns else Unit.COUNT
        out.append(
            {
                "group": row["group"],
                "name": name_of(row["group"], columns["group"].names, formatter),
                "value": float(row["value"]),
                "base": _float(base),
                "low": _float(row["low"]),
                "high": _float(row["high"]),
                "clear": signal is True or "signal" not in row,
                "few": _is_few(row, cell),
                "label": show(row["value"], unit, formatter, compact=True),
                "tip_cases": _cases(row, known, formatter),
                "tip_interval": f"{show(row['low'], unit, formatter)} – {show(row['high'], unit, formatter)}",
                "tip_base": show(base, unit, formatter),
                "tip_change": "" if is_missing(base) else show_change(row["value"], base, unit, formatter),
                "tip_signal": formatter.say(SIGNAL if signal is True else NOISE) if signal is not None else "",
                "tip_few": formatter.say(FEW_CASES) if _is_few(row, cell) else "",
            }
        )
    width = max((abs(v) for r in out for v in (r["value"], r["base"]) if v is not None), default=0.0)
    return pd.DataFrame([{**r, "word_at": _beside(r["value"], r["base"], width)} for r in out])


def _float(value: Any) -> float | None:
    return None if is_missing(value) else float(value)


def _is_few(row: dict[str, Any], cell: CellResult) -> bool:
    """A share of too few cases."""
    unit = next((c.unit for c in cell.result.columns if c.key == "n"), None)
    return unit is Unit.COUNT and is_few(row.get("n"))


def _cases(row: dict[str, Any], unit: Unit | None, formatter: Formatter) -> str:
    if is_missing(row.get("cases")) or is_missing(row.get("n")):
        return ""
    text = Text("{c} of {n}", "{c} из {n}")
    return formatter.say(text, c=show(row["cases"], unit, formatter), n=show(row["n"], unit, formatter))


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """A dot and interval (or a bar) a group, in the frame's order; the overall value as a thin line."""
    columns = {c.key: c for c in cell.result.columns}
    unit, rows = columns["value"].unit, rows_of(cell, formatter)
    y = alt.Y(
        field="name",
        type="nominal",
        sort=rows["name"].tolist(),
        axis=alt.Axis(title=None, grid=False, labelColor=colours.ink),
    )
    x = value_axis(
        alt.X, "value", axis_title(columns["value"].label, unit, formatter), unit, formatter, scale=alt.Scale(zero=True)
    )
    tooltip = tips(_tips(cell, rows, formatter))
    intervals = rows["low"].notna().any()
    layers = _dots(rows, x, y, tooltip, colours) if intervals else _bars(rows, x, y, tooltip, colours)
    total = cell.result.facts.get("value")
    if total is not None and intervals:
        layers.insert(0, _total(float(total), colours))
    told = _told(len(rows), len(cell.result.frame), bool(not intervals and rows["base"].notna().any()), formatter)
    return finished(layers, colours, height=ROW * len(rows) + AXIS, width=width, title=told)


def _told(shown: int, groups: int, ticks: bool, formatter: Formatter) -> str | None:
    """What the chart cannot show by itself: groups left out, and what the ticks stand for."""
    said = []
    if groups > shown:
        said.append(formatter.say(Text("first {k} of {n}", "первые {k} из {n}"), k=shown, n=groups))
    if ticks:
        said.append(formatter.say(Text("tick: the value compared with", "черта: значение для сравнения")))
    return " · ".join(said) or None


def _tips(cell: CellResult, rows: pd.DataFrame, formatter: Formatter) -> dict[str, str]:
    columns = {c.key: c for c in cell.result.columns}
    titles = {
        "name": columns["group"].label,
        "label": columns["value"].label,
        "tip_cases": Text("Cases", "Случаев"),
        "tip_interval": Text("95 % interval", "Интервал 95 %"),
        "tip_base": Text("Compared with", "Было"),
        "tip_change": Text("Change", "Изменение"),
        "tip_signal": Text("Noise or signal", "Случайность или закономерность"),
        "tip_few": Text("Few cases", "Мало случаев"),
    }
    empty = {"—", "", "— – —"}
    return {k: formatter.say(t) for k, t in titles.items() if not set(rows[k]) <= empty}


def _dots(rows: pd.DataFrame, x: Any, y: alt.Y, tooltip: list[alt.Tooltip], colours: Palette) -> list[alt.Chart]:
    """Filled where the group differs from the rest by more than noise, hollow where not; grey where cases are few."""
    main = colours.series[0]
    base = alt.Chart(rows)
    colour = alt.when(alt.datum.few).then(alt.value(colours.muted)).otherwise(alt.value(main))
    ink = alt.when(alt.datum.few).then(alt.value(colours.muted)).otherwise(alt.value(colours.ink))
    fill = alt.when(alt.datum.clear & ~alt.datum.few).then(alt.value(main)).otherwise(alt.value(colours.paper))
    interval = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        y=y, x=_as(x, "low"), x2=alt.X2(field="high"), color=channel("Color", colour), tooltip=tooltip
    )
    dots = base.mark_point(size=110, strokeWidth=2, opacity=1).encode(
        x=x, y=y, fill=channel("Fill", fill), stroke=channel("Stroke", colour), tooltip=tooltip
    )
    words = base.mark_text(align="left", dx=10).encode(
        y=y, x=_as(x, "high"), text=alt.Text(field="label", type="nominal"), color=channel("Color", ink)
    )
    return [interval, dots.add_params(selection("group")), words]


def _bars(rows: pd.DataFrame, x: Any, y: alt.Y, tooltip: list[alt.Tooltip], colours: Palette) -> list[alt.Chart]:
    base = alt.Chart(rows)
    bars = base.mark_bar(color=colours.series[0], cornerRadiusEnd=3, height={"band": 0.62}).encode(
        x=x, y=y, tooltip=tooltip
    )
    layers = [bars.add_params(selection("group"))]
    if rows["base"].notna().any():
        tick = base.mark_tick(color=colours.ink, thickness=2, height={"band": 0.8})
        layers.append(tick.encode(x=_as(x, "base"), y=y, tooltip=tooltip))
    words = base.mark_text(align="left", dx=8, color=colours.ink)
    layers.append(words.encode(x=_as(x, "word_at"), y=y, text=alt.Text(field="label", type="nominal")))
    return layers


def _beside(value: float, base: float | None, width: float) -> float:
    """Where the word of a bar begins: behind the tick where that stands in the word's room."""
    return base if base is not None and value < base < value + WORD * width else value


def _total(value: float, colours: Palette) -> alt.Chart:
    line = alt.Chart(pd.DataFrame({"total": [value]})).mark_rule(color=colours.muted, strokeDash=[4, 4])
    drawn: alt.Chart = line.encode(x=alt.X(field="total", type="quantitative"))
    return drawn


def _as(x: Any, field: str) -> Any:
    """The same axis over another column."""
    other = x.copy()
    other.field = field
    return other
