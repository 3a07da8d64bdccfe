"""Shapes of tables that are recognised by their headers together: a column a stage, a column a month."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable

from revops.ingest.periods import MONTHS, month_of, months_of
from revops.ingest.types import ColumnProfile, TableProfile
from revops.model import fold

__all__ = ["churned_column", "month_columns", "month_of", "period_of_title", "stage_columns", "tenure_column"]

_ENTERED = re.compile(
    r"^\s*(?:property_)?(?:hs_)?(?:v2_)?"
    r"(?:date[ _]entered|entered|entered on|дата входа(?: на этап| в этап)?|вход на этап)"
    r"[\s_:—-]+(?P<stage>.+?)\s*$",
    re.IGNORECASE,
)
_QUOTES = "\"'“”«»„‟ "
_PIPELINE = re.compile(r"\s*\((?P<pipeline>[^()]*)\)\s*$")
_NO_STAGE = {"stage at", "stage", "on", "date", "at", "этап"}


def stage_columns(profile: TableProfile) -> dict[str, str]:
    """Header -> stage for columns that hold when a deal entered a stage; {} where fewer than two do.

    The stage is cleaned of quotes and of a pipeline's name behind it that all share or that says "pipeline".
    """
    found: dict[str, tuple[str, str | None]] = {}
    for column in profile.columns:
        match = _ENTERED.match(column.name)
        if match is None or column.type not in ("date", "timestamp", "empty"):
            continue
        stage = match["stage"].strip(_QUOTES)
        pipeline = _PIPELINE.search(stage)
        if fold(stage) not in _NO_STAGE:
            found[column.name] = (stage, pipeline["pipeline"] if pipeline else None)
    shared = Counter(p for _, p in found.values() if p)
    labels = {
        header: _PIPELINE.sub("", stage).strip(_QUOTES) if p and (shared[p] > 1 or _says_pipeline(p)) else stage
        for header, (stage, p) in found.items()
    }
    return {h: s for h, s in labels.items() if s} if len(labels) >= 2 else {}


def _says_pipeline(text: str) -> bool:
    return bool({"pipeline", "воронка"} & set(fold(text).split()))


_GENITIVE = {
    "января": 1, "февраля": 2, "марта": 3, "апреля": 4, "мая": 5, "июня": 6, "июля": 7, "августа": 8, "сентября": 9,
    "октября": 10, "ноября": 11, "декабря": 12,
}  # fmt: skip


def month_columns(profile: TableProfile) -> dict[str, str]:
    """Header -> ISO first day of the month, for numeric columns named by months; {} where fewer than three are."""
    numeric = [column.name for column in profile.columns if column.type in ("integer", "decimal", "empty")]
    found = {header: month.isoformat() for header, month in months_of(numeric).items()}
    return found if len(found) >= 3 and len(set(found.values())) == len(found) else {}


def period_of_title(lines: Iterable[str]) -> dt.date | None:
    """The one day or one month that the title lines above a table name, as a date; None where none or several."""
    text = " ".join(lines).lower()
    days: set[dt.date] = set()
    for y, m, d in re.findall(r"\b(\d{4})-(\d{2})-(\d{2})\b", text):
        days.add(_day(int(y), int(m), int(d)))
    for d, m, y in re.findall(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", text):
        days.add(_day(int(y), int(m), int(d)))
    for name, d, y in re.findall(r"\b([a-z]+)\.? (\d{1,2}),? (\d{4})\b", text):
        if name in MONTHS:
            days.add(_day(int(y), MONTHS[name], int(d)))
    for d, name, y in re.findall(r"\b(\d{1,2}) ([a-zа-я]+)\.? (\d{4})\b", text):
        number = MONTHS.get(name) or _GENITIVE.get(name)
        if number:
            days.add(_day(int(y), number, int(d)))
    days.discard(dt.date.min)
    if not days:
        named = re.findall(r"\b([a-zа-я]+) (\d{4})\b", text)
        days = {_day(int(y), MONTHS[n], 1) for n, y in named if n in MONTHS} - {dt.date.min}
    if len({(d.year, d.month) for d in days}) != 1:
        return None
    return min(days)


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return dt.date.min


_TENURE = frozenset(
    (
        "tenure", "tenure month", "tenure months", "tenure in months", "customer tenure", "months", "months active",
        "months as customer", "account age months", "срок", "срок жизни", "срок жизни мес", "срок месяцев", "стаж",
        "месяцев с нами", "количество месяцев",
    )
)  # fmt: skip
_CHURNED = frozenset(
    (
        "churn", "churned", "churn flag", "is churned", "has churned", "churn value", "churn label", "exited", "left",
        "attrition", "attrition flag", "отток", "ушел", "ушла",
    )
)  # fmt: skip


def tenure_column(columns: Iterable[ColumnProfile]) -> ColumnProfile | None:
    """The column that says for how many months a customer has been one."""
    return next((c for c in columns if fold(c.name) in _TENURE and c.type in ("integer", "decimal")), None)


def churned_column(columns: Iterable[ColumnProfile]) -> ColumnProfile | None:
    """The yes/no column that says whether a customer has left."""
    return next((c for c in columns if fold(c.name) in _CHURNED and 1 <= c.distinct <= 3), None)
