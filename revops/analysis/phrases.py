"""Clauses that findings are made of: a comparison, a verdict on noise, a period, in natural English and Russian."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from revops.analysis.values import period_text, show, show_change
from revops.formats import Formatter, is_missing
from revops.metrics.calendar import label
from revops.metrics.core import Metric, OverTime, Period, Unit
from revops.text import Text

HIGHER = Text("up {d} from {b}", "выше на {d}: было {b}")
LOWER = Text("down {d} from {b}", "ниже на {d}: было {b}")
SAME = Text("the same as before ({b})", "без изменений ({b})")


def plain_change(value: float, base: float, unit: Unit, formatter: Formatter) -> str:
    """The size of a change without its sign: "12.4%", "3.2 pp"."""
    return show_change(value, base, unit, formatter).lstrip("+−")


def change_clause(value: Any, base: Any, unit: Unit, formatter: Formatter) -> str:
    """ "up 12.4% from $1.2M"; "" where there is nothing to compare."""
    if is_missing(value) or is_missing(base):
        return ""
    shown = show(base, unit, formatter, compact=True)
    size = plain_change(value, base, unit, formatter)
    if not any(ch in "123456789" for ch in size):
        return formatter.say(SAME, b=shown)
    return formatter.say(HIGHER if value > base else LOWER, d=size, b=shown)


def noise_clause(signal: bool | None, formatter: Formatter) -> str:
    """Whether a difference of shares is more than noise; "" where it cannot be told."""
    if signal is None:
        return ""
    if signal:
        return formatter.say(Text("more than noise", "это больше случайного разброса"))
    return formatter.say(Text("within noise", "это в пределах случайного разброса"))


def when(metric: Metric, period: Period, as_of: dt.date, formatter: Formatter) -> str:
    """A flow happens over a period, a stock stands at the last day of it that counts."""
    if metric.over_time is OverTime.STOCK:
        last = min(period.end - dt.timedelta(days=1), as_of)
        return formatter.say(Text("on {d}", "на {d}"), d=formatter.date(last))
    return formatter.say(Text("for {p}", "за {p}"), p=period_text(period, formatter, as_of=as_of))


def cannot_tell(reason: str, formatter: Formatter) -> str:
    """The finding where there is no figure."""
    return formatter.say(Text("Can't tell: {r}", "Нельзя сказать: {r}"), r=lower_first(reason))


def lower_first(sentence: str) -> str:
    """The sentence as the second half of another; abbreviations keep their capitals."""
    if len(sentence) > 1 and sentence[1].islower():
        return sentence[0].lower() + sentence[1:]
    return sentence


def sentence(*clauses: str) -> str:
    """Clauses joined by commas into one sentence with a capital and a full stop; empty ones are left out."""
    text = ", ".join(c for c in clauses if c)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def spelled(period: Period, formatter: Formatter) -> str:
    """The period's label inside a sentence."""
    return label(period, formatter)


def one_stop(text: str) -> str:
    """An abbreviation at the end of a sentence lends it its full stop: “1,2 п.п.” and not “1,2 п.п..”."""
    return re.sub(r"(?<!\.)\.\.(?=\s|$)", ".", text)


NO_VALUE = Text(
    "there are no rows to count in the chosen period.",
    "в выбранном периоде нет строк, которые можно посчитать.",
)
