"""What a card of a key figure says, on a page, in a notebook and in a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from revops.analysis.core import Result
from revops.analysis.stats import is_few
from revops.analysis.values import records, show, show_change
from revops.formats import Formatter, is_missing
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.text import Text

WAS = Text("was {v}", "было {v}")
ONLY = Text("only {n} cases: says little", "случаев всего {n}: мало о чём говорит")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """A metric in words. change: "" without a comparison; was: what it is compared with, and of how few cases it is.

    moved: 1 up, -1 down, 0 not to be seen in the figure as shown. news: 1 good, -1 bad, 0 neither, or of too few cases.
    course: its value by step of the range, None where there is none.
    """

    metric: str
    label: str
    definition: str
    value: str
    change: str
    was: str
    moved: int
    news: int
    course: tuple[float | None, ...]


def key_figures(result: Result, formatter: Formatter) -> dict[str, KeyFigure]:
    """Metric -> figure, of a kpi_overview that ran: those that have a value, in its order."""
    rows = [row for row in records(result.frame) if not is_missing(row["value"])]
    return {row["metric"]: _figure(row, formatter) for row in rows}


def _figure(row: Mapping[str, Any], formatter: Formatter) -> KeyFigure:
    metric, unit = METRIC[row["metric"]], Unit(row["unit"])
    value, base, few = row["value"], row["base"], is_few(row["n"])
    words = []
    change, moved = "", 0
    if not is_missing(base):
        change = show_change(value, base, unit, formatter)
        if change != show_change(base, base, unit, formatter):
            moved = 1 if value > base else -1
        words.append(formatter.say(WAS, v=show(base, unit, formatter, compact=True)))
    if few:
        words.append(formatter.say(ONLY, n=formatter.number(row["n"])))
    return KeyFigure(
        metric=metric.key,
        label=metric.label[formatter.language],
        definition=metric.definition[formatter.language],
        value=show(value, unit, formatter, compact=True),
        change=change,
        was=" · ".join(words),
        moved=moved,
        news=int(row["verdict"]) if moved and not few else 0,
        course=tuple(None if is_missing(v) else float(v) for v in row["series"]),
    )


def most_moved(result: Result) -> str | None:
    """The metric whose news is worst beyond noise, else the one that moved most; None without a comparison."""
    rows = [r for r in records(result.frame) if not is_missing(r["base"]) and not is_missing(r["value"])]
    moved = [r for r in rows if float(r["base"]) != 0 and float(r["value"]) != float(r["base"])]
    if not moved:
        return None
    worse = [r for r in moved if int(r["verdict"]) < 0 and r["signal"] is not False]
    return str(max(worse or moved, key=lambda r: abs(float(r["value"]) / float(r["base"]) - 1))["metric"])
