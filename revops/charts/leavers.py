"""Those who left beside those who stayed, sign by sign with intervals; or the largest of those who left, by name."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.leaver_records import WHO
from revops.analysis.leaver_rows import LEFT, STAYED
from revops.analysis.stats import is_few
from revops.analysis.values import records, show, shown_cell
from revops.charts.marks import FEW_CASES, axis_labels, channel, selection, tips, value_axis
from revops.charts.theme import Palette, Spec, Width, finished
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.text import Text

NAMED = 20  # customers with a bar
ROW, BAR, AXIS = 74, 25, 60  # pixels
HEAD, AT = 0.2, {LEFT: 0.5, STAYED: 0.78}  # where a sign's name and its two marks lie in its row
CLEAR = Text("more than noise", "больше случайного")


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    drawing = signs if cell.params["show"] == "signs" else names
    return drawing(cell, formatter, colours, width)


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """Two rows a sign, of those who left and of those who stayed, with ready-made texts."""
    columns = {c.key: c for c in cell.result.columns}
    out: list[dict[str, Any]] = []
    for place, row in enumerate(records(cell.result.frame)):
        name = shown_cell(columns["sign"], row, formatter)
        for who, value, before, median in (
            (LEFT, "value", "", "median_left"),
            (STAYED, "stayed", "stayed_", "median_stayed"),
        ):
            few = is_few(row[f"{before}n"])
            said = formatter.say(
                Text("{c} of {n}", "{c} из {n}"),
                c=formatter.number(row[f"{before}cases"]),
                n=formatter.number(row[f"{before}n"]),
            )
            out.append(
                {
                    "sign": row["sign"],
                    "who": who,
                    "at": place + AT[who],
                    "head": place + HEAD,
                    "name": name,
                    "heading": f"{name} · {formatter.say(CLEAR)}" if row["signal"] is True else name,
                    "side": WHO[who][formatter.language],
                    "value": float(row[value]),
                    "low": float(row[f"{before}low"]),
                    "high": float(row[f"{before}high"]),
                    "clear": row["signal"] is True and not few,
                    "few": few,
                    "label": f"{formatter.percent(row[value])} ({said})",
                    "tip": formatter.percent(row[value]),
                    "tip_cases": said,
                    "tip_interval": " – ".join(formatter.percent(row[f"{before}{end}"]) for end in ("low", "high")),
                    "tip_median": shown_cell(columns[median], row, formatter),
                    "tip_few": formatter.say(FEW_CASES) if few else "",
                }
            )
    return pd.DataFrame(out)


def signs(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """The sign's name above its two marks, so that narrow screens have room; filled where more than noise."""
    rows = rows_of(cell, formatter)
    main = {LEFT: colours.series[1], STAYED: colours.series[0]}
    rows["colour"] = [colours.muted if few else main[w] for w, few in zip(rows["who"], rows["few"], strict=True)]
    rows["fill"] = [c if clear else colours.paper for c, clear in zip(rows["colour"], rows["clear"], strict=True)]
    count = len(cell.result.frame)
    lines = alt.Scale(domain=[0, count], nice=False, reverse=True)
    top = min(max(float(rows["high"].max()) * 1.45, 0.1), 1.45)
    scale = alt.Scale(domain=[0, top], nice=False)
    title = formatter.say(Text("Share of customers, 95 % interval", "Доля клиентов, интервал 95 %"))
    ticks = [v for v in (0, 0.25, 0.5, 0.75, 1) if v <= top] if top > 0.5 else alt.Undefined
    axis = alt.Axis(title=title, labelExpr=axis_labels(Unit.SHARE, formatter), tickCount=5, grid=True, values=ticks)
    x = alt.X(field="value", type="quantitative", axis=axis, scale=scale)
    y = alt.Y(field="at", type="quantitative", axis=None, scale=lines)
    words = {
        "name": Text("Sign", "Признак"),
        "side": Text("Who", "Кто"),
        "tip": Text("Share", "Доля"),
        "tip_cases": Text("Cases", "Случаев"),
        "tip_interval": Text("95 % interval", "Интервал 95 %"),
        "tip_median": Text("Median", "Медиана"),
        "tip_few": Text("Few cases", "Мало случаев"),
    }
    tooltip = tips({k: formatter.say(t) for k, t in words.items() if not set(rows[k]) <= {"", "—"}})
    sides = [WHO[w][formatter.language] for w in (LEFT, STAYED)]
    legend = alt.Color(
        field="side",
        type="nominal",
        scale=alt.Scale(domain=sides, range=[main[LEFT], main[STAYED]]),
        legend=alt.Legend(columns=2),
    )
    base = alt.Chart(rows)
    own = alt.Color(field="colour", type="nominal", scale=None)
    rule = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        x=_at("low", scale), x2=alt.X2(field="high"), y=y, color=own, tooltip=tooltip
    )
    dots = base.mark_point(size=110, strokeWidth=2, opacity=1).encode(
        x=x,
        y=y,
        fill=alt.Fill(field="fill", type="nominal", scale=None),
        stroke=alt.Stroke(field="colour", type="nominal", scale=None),
        tooltip=tooltip,
    )
    figures = base.mark_text(align="left", dx=9, color=colours.ink).encode(
        x=_at("high", scale), y=y, text=alt.Text(field="label", type="nominal")
    )
    key = base.mark_square(size=110, opacity=0).encode(x=x, y=y, color=legend)
    heads = base.transform_filter(f"datum.who == '{LEFT}'").mark_text(
        align="left", dx=2, color=colours.ink, fontWeight=600
    )
    heads = heads.encode(
        x=channel("X", alt.value(0)),
        y=alt.Y(field="head", type="quantitative", axis=None, scale=lines),
        text=alt.Text(field="heading", type="nominal"),
    )
    layers = [key, heads, rule, dots.add_params(selection("sign", "who")), figures]
    return finished(layers, colours, height=ROW * count + AXIS, width=width)


def _at(field: str, scale: alt.Scale) -> alt.X:
    return alt.X(field=field, type="quantitative", scale=scale)


def names(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    """A bar a customer by the ARR it took away, with the reason given (else the day)."""
    columns = {c.key: c for c in cell.result.columns}
    told = [
        k for k in ("day", "months", "plan", "reason", "tickets", "open", "contacts", "since_contact") if k in columns
    ]
    out: list[dict[str, Any]] = []
    for place, row in enumerate(records(cell.result.frame.head(NAMED))):
        why = shown_cell(columns["day"], row, formatter) if is_missing(row["reason"]) else str(row["reason"])
        out.append(
            {
                "account": row["account"],
                "name": row["name"],
                "place": place,
                "arr": float(row["arr"]),
                "label": " · ".join([str(row["name"]), show(row["arr"], Unit.MONEY, formatter, compact=True), why]),
                "tip_arr": shown_cell(columns["arr"], row, formatter),
                **{f"tip_{k}": shown_cell(columns[k], row, formatter) for k in told},
            }
        )
    rows = pd.DataFrame(out)
    label = {k: columns[k].label[formatter.language] for k in (*told, "arr", "name")}
    fields = {"name": label["name"], "tip_arr": label["arr"], **{f"tip_{k}": label[k] for k in told}}
    y = alt.Y(field="place", type="ordinal", axis=None)
    scale = alt.Scale(domain=[0, max(float(rows["arr"].max()), 1.0)], nice=False)
    x = value_axis(alt.X, "arr", label["arr"], Unit.MONEY, formatter, scale=scale)
    base = alt.Chart(rows)
    bars = base.mark_bar(color=colours.series[1], cornerRadiusEnd=3, height=6, yOffset=9).encode(
        x=x, y=y, tooltip=tips(fields)
    )
    heads = base.mark_text(align="left", dx=2, yOffset=-4, color=colours.ink).encode(
        x=channel("X", alt.value(0)), y=y, text=alt.Text(field="label", type="nominal"), tooltip=tips(fields)
    )
    shown, count = len(rows), cell.result.facts["customers"]
    said = formatter.say(Text("first {k} of {n}", "первые {k} из {n}"), k=shown, n=formatter.number(count))
    return finished(
        [bars.add_params(selection("account", "name")), heads],
        colours,
        height=36 * shown + AXIS,
        width=width,
        title=said if count > shown else None,
    )
