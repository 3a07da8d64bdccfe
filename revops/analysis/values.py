"""Figures and their differences in words: one place for cells, charts, tables, the CLI and reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, cast

import pandas as pd

from revops.analysis.core import Column, Result
from revops.analysis.stats import FEW
from revops.formats import DASH, Formatter, is_missing
from revops.metrics.calendar import label as period_label
from revops.metrics.calendar import step
from revops.metrics.core import Good, Grain, Period, Unit
from revops.text import LANGUAGES, Text

NOT_SET = Text("not set", "не указано")
OTHER = Text("all other", "все остальные")
OTHER_KEY = "\u2026"  # the key of the row that sums up the rest; no value of the data is a lone ellipsis

RELATIVE = frozenset({Unit.MONEY, Unit.COUNT})  # their differences are told in percent of the base


def show(value: Any, unit: Unit | None, formatter: Formatter, *, compact: bool = False) -> str:
    """A figure of that unit; an em dash where there is none."""
    if is_missing(value):
        return DASH
    match unit:
        case Unit.MONEY:
            return formatter.money(value, compact=compact)
        case Unit.SHARE:
            return formatter.percent(value)
        case Unit.TIMES:
            return formatter.number(value, 1) + ("×" if formatter.language == "ru" else "x")
        case Unit.MEAN:
            return formatter.number(value, 1)
        case Unit.COUNT:
            return formatter.compact(value) if compact else formatter.number(value)
        case Unit.HOURS:
            return formatter.duration_hours(value)
        case Unit.DAYS:
            return formatter.duration_days(value)
        case Unit.MONTHS:
            return formatter.duration_months(value)
        case None:
            return str(value)


def number_text(value: Any, digits: int) -> Text:
    """A plain number as each language writes it: 1,234.5 and 1 234,5."""
    en, ru = (Formatter(language).number(value, digits) for language in LANGUAGES)
    return Text(en, ru)


def show_difference(value: Any, unit: Unit | None, formatter: Formatter, *, compact: bool = False) -> str:
    """A difference of two figures, signed; of shares in percentage points."""
    if is_missing(value):
        return DASH
    if unit is Unit.SHARE:
        return formatter.points(value)
    text = show(abs(value), unit, formatter, compact=compact)
    if text == show(0, unit, formatter, compact=compact):
        return text
    return f"+{text}" if value > 0 else f"−{text}"


def relative_change(value: Any, base: Any) -> float | None:
    """value / base - 1; None where the base is missing, zero or negative: a percentage of it would mislead."""
    if is_missing(value) or is_missing(base) or float(base) <= 0:
        return None
    return float(value) / float(base) - 1


def show_change(value: Any, base: Any, unit: Unit, formatter: Formatter) -> str:
    """How far `value` is from `base`: +12.4% of money and counts, +3 of a few, +1.2 pp of shares, +3 days of times."""
    if is_missing(value) or is_missing(base):
        return DASH
    a_few = unit is Unit.COUNT and abs(float(base)) < FEW  # from 1 to 4 is “+3”: “+300%” would shout
    share = relative_change(value, base) if unit in RELATIVE and not a_few else None
    if share is None:
        return show_difference(float(value) - float(base), unit, formatter, compact=True)
    return signed_percent(share, formatter)


def signed_percent(share: Any, formatter: Formatter) -> str:
    """A change as a share of its base: +12.4%."""
    if is_missing(share):
        return DASH
    text = formatter.percent(abs(share))
    if round(float(share), 3) == 0:
        return text
    return ("+" if share > 0 else "−") + text


def verdict(value: Any, base: Any, good: Good) -> int:
    """1 good news, -1 bad news, 0 neither (no change, no comparison, or no direction is better)."""
    if is_missing(value) or is_missing(base) or good is Good.NEITHER or float(value) == float(base):
        return 0
    rose = float(value) > float(base)
    return 1 if rose is (good is Good.UP) else -1


def period_text(period: Period, formatter: Formatter, *, as_of: dt.date | None = None) -> str:
    """The period's label; a running one is told up to the last day that counts."""
    text = period_label(period, formatter)
    last = period.end - dt.timedelta(days=1)
    if as_of is not None and period.start <= as_of < last:
        return formatter.say(Text("{p} (to {d})", "{p} (по {d})"), p=text, d=formatter.date(as_of))
    return text


def name_of(value: Any, names: Mapping[str, Text], formatter: Formatter) -> str:
    """What to call a value of the data: its given name, "not set" for none, else itself."""
    if value in names:
        return names[value][formatter.language]
    if value == OTHER_KEY:
        return OTHER[formatter.language]
    if value is None or value == "" or is_missing(value):
        return NOT_SET[formatter.language]
    return str(value)


def join_words(words: Iterable[str], formatter: Formatter) -> str:
    """ "a", "a and b", "a, b and c"."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return ", ".join(found[:-1]) + formatter.say(Text(" and ", " и ")) + found[-1]


def as_date(value: Any) -> dt.date:
    """The day of a pandas or Python date."""
    stamp = pd.Timestamp(value)
    return dt.date(stamp.year, stamp.month, stamp.day)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows as dicts."""
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def shown_cell(column: Column, row: Mapping[str, Any], formatter: Formatter) -> str:
    """One value of the table as a person reads it."""
    value = row[column.key]
    if column.grain is not None:
        start = as_date(value)
        return period_label(Period(start, step(start, column.grain), Grain(column.grain)), formatter)
    if column.relative:
        return signed_percent(value, formatter)
    unit = Unit(row[column.unit_from]) if column.unit_from else column.unit
    if unit is not None:
        return show_difference(value, unit, formatter) if column.signed else show(value, unit, formatter)
    if isinstance(value, bool):
        return formatter.say(Text("yes", "да") if value else Text("no", "нет"))
    if isinstance(value, dt.date | pd.Timestamp) and not is_missing(value):
        return formatter.date(as_date(value))
    return name_of(value, column.names, formatter)


def shown(result: Result, formatter: Formatter) -> pd.DataFrame:
    """The table as a person reads it: the visible columns, headed by their labels, every value as text."""
    return shown_frame(result.frame, result.columns, formatter)


def shown_frame(frame: pd.DataFrame, columns: Iterable[Column], formatter: Formatter) -> pd.DataFrame:
    """A frame's visible columns, headed by their labels, every value as text."""
    rows = records(frame)
    visible = [c for c in columns if not c.hidden]
    return pd.DataFrame(
        {c.label[formatter.language]: [shown_cell(c, row, formatter) for row in rows] for c in visible}, dtype="str"
    )
