"""Axes, tooltips and the click selection, written out (never shorthand strings) and in the formatter's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from revops.analysis.stats import FEW
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.text import Text

FEW_CASES = Text("fewer than {n} cases: says little", "меньше {n} случаев: мало о чём говорит").format(n=FEW)
SELECTION = "picked"  # the name under which a page reads what was clicked
MANY = (("1e9", Text("B", " млрд")), ("1e6", Text("M", " млн")), ("1e3", Text("K", " тыс.")))


def selection(*fields: str) -> alt.Parameter:
    """A click picks marks by these fields: a page filters or drills down by their values."""
    return alt.selection_point(name=SELECTION, fields=list(fields), on="click", empty=False)


def channel(name: str, told: Mapping[str, Any]) -> Any:
    """What `alt.when`, `alt.condition` or `alt.value` told, as the channel's own object: "Fill", "X".

    Altair holds a mapping against Vega-Lite's whole schema each time, ten milliseconds; an object it takes as it is.
    """
    return getattr(alt, f"{name}Value" if "value" in told else name)(**told)


def axis_labels(unit: Unit | None, formatter: Formatter) -> str:
    """A Vega expression that writes axis values as the formatter would: 1.2M, 1,2 млн ₽, 25 %."""
    russian = formatter.language == "ru"

    def localised(expression: str) -> str:
        # Vega formats in English: decimal points become commas, minus signs stay
        return f"replace({expression}, '.', ',')" if russian else expression

    def scaled(divisor: str) -> str:
        return localised(f"format(datum.value / {divisor}, '~r')")

    if unit is Unit.SHARE:
        return localised("format(datum.value * 100, '.2~f')") + (" + '\u00a0%'" if russian else " + '%'")
    if unit in (Unit.MONEY, Unit.COUNT):
        figure = localised("format(datum.value, '~r')")
        for divisor, words in reversed(MANY):
            suffix = words[formatter.language].replace(" ", "\u00a0")
            figure = f"abs(datum.value) >= {divisor} ? {scaled(divisor)} + '{suffix}' : ({figure})"
        if unit is Unit.MONEY and formatter.currency:
            symbol = formatter.currency_symbol
            return f"({figure}) + '\u00a0{symbol}'" if russian else f"'{symbol}' + ({figure})"
        return figure
    return localised("format(datum.value, '~r')") + ("+ '×'" if unit is Unit.TIMES and russian else "")


def value_axis(
    channel: type[alt.X] | type[alt.Y], field: str, title: str, unit: Unit | None, formatter: Formatter, **more: Any
) -> Any:
    """A quantitative axis with few, formatted labels, counts whole. more: passed on to the channel (scale, stack)."""
    whole: dict[str, Any] = {"tickMinStep": 1} if unit is Unit.COUNT else {}
    axis = alt.Axis(title=title, labelExpr=axis_labels(unit, formatter), tickCount=5, grid=True, **whole)
    return channel(field=field, type="quantitative", axis=axis, **more)


def period_axis(labels: Sequence[str], field: str = "period") -> alt.X:
    """Periods in order, as few labels as fit, upright."""
    axis = alt.Axis(title=None, labelAngle=0, labelOverlap="parity", labelSeparation=6, grid=False)
    return alt.X(field=field, type="ordinal", sort=list(labels), axis=axis)


def tips(fields: Mapping[str, str]) -> list[alt.Tooltip]:
    """Column of ready-made texts -> its title."""
    return [alt.Tooltip(field=column, type="nominal", title=title) for column, title in fields.items()]


def axis_title(label: Text, unit: Unit | None, formatter: Formatter) -> str:
    """The label with its unit where the axis does not show one."""
    words = {
        Unit.HOURS: Text("hours", "часов"),
        Unit.DAYS: Text("days", "дней"),
        Unit.MONTHS: Text("months", "месяцев"),
        Unit.TIMES: Text("times", "раз"),
    }
    text = label[formatter.language]
    return f"{text}, {words[unit][formatter.language]}" if unit in words else text
