"""Dates as people and systems write them, read in SQL.

A pattern is one of DuckDB's strptime patterns. It fixes the order of day, month and year; how precisely the time
of day is written may differ from value to value (“05.01.2026”, “05.01.2026 10:20”, “05.01.2026 10:20:33.5”).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from revops.ingest.numbers import trimmed_sql
from revops.ingest.types import literal

ISO: Final = "%Y-%m-%d"
EXCEL: Final = "excel"  # the "pattern" of days counted as a workbook counts them, from 1899-12-30
_CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S.%f")
_MONTHS: Final = (
    ("янв", "jan"), ("фев", "feb"), ("мар", "mar"), ("апр", "apr"), ("ма[йя]", "may"), ("июн", "jun"),
    ("июл", "jul"), ("авг", "aug"), ("сен", "sep"), ("окт", "oct"), ("ноя", "nov"), ("дек", "dec"),
)  # fmt: skip
_ISO_VALUE: Final = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:(?:T| +)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: *(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_ZONE: Final = r"(:[0-9]{2}(?:[.,][0-9]+)?(?: *[AaPp][Mm])?) *(?:Z|UTC|GMT|(?:GMT|UTC)?[+-][0-9]{2}(?::?[0-9]{2})?)$"
_HALF_DAY: Final = r"([0-9]) *([AaPp])\.? *[Mm]\.?$"


def date_sql(column_sql: str, date_format: str | Sequence[str] | None = None) -> str:
    """SQL of type DATE: the day that the text writes; NULL where it writes none. See timestamp_sql."""
    return f"CAST({timestamp_sql(column_sql, date_format)} AS DATE)"


def timestamp_sql(column_sql: str, date_format: str | Sequence[str] | None = None) -> str:
    """SQL of type TIMESTAMP: the moment that the text writes; NULL where it writes none or no such day exists.

    date_format: None reads ISO (2026-03-01, 2026-03-01T10:20:00.123Z); of several patterns the first counts, for
    a column mixes no orders of day and month; "excel" reads days as a workbook counts them (45000.5). A value without
    a time of day is midnight, a month alone its first day. A zone or an offset beside the time is not applied: the
    clock is kept as written, because that is the calendar the export was made in. In UTC a deal closed on the evening
    of the 31st would fall into the next month, and away from the columns of the same export that tell no offset.
    Month names may be English or Russian, short or full.
    Years before 1000 are unreadable: they are two-digit years read by the wrong pattern, or a system's "no date".
    """
    if date_format is not None and not isinstance(date_format, str):
        date_format = next(iter(date_format), None)
    if date_format == EXCEL:
        return _serial_sql(column_sql)
    pattern, _ = split_pattern(date_format or ISO)
    if pattern == ISO:
        return _iso_sql(column_sql)
    text = _tidied(column_sql, "%b" in pattern)
    pattern = tidied_pattern(pattern)
    patterns = [pattern, *(f"{pattern} {clock}" for clock in _CLOCKS)]
    listed = "[" + ", ".join(literal(p) for p in patterns) + "]"
    read = f"try_strptime({text}, {listed})"
    shape = value_shape(pattern)
    return f"(CASE WHEN regexp_matches({text}, {literal(shape)}) AND year({read}) >= 1000 THEN {read} END)"


def split_pattern(date_format: str) -> tuple[str, str]:
    """The part of a pattern that writes the day, with names of months and days as "%b", and the part of the clock."""
    tidy = date_format.replace("%B", "%b").replace("%-", "%").replace("%A", "%a").replace("%e", "%d")
    at = min((i for sign in ("%H", "%I") if (i := tidy.find(sign)) >= 0), default=len(tidy))
    return tidy[:at].rstrip("T ,"), tidy[at:]


def tidied_pattern(pattern: str) -> str:
    """A pattern of the day as it applies to a tidied text: no commas, no names of days, spaces around month names."""
    pattern = pattern.replace(",", " ").replace("%a", "")
    if "%b" in pattern:
        pattern = pattern.replace("-", " ").replace(".", " ").replace("/", " ")
    return " ".join(pattern.split())


def value_shape(pattern: str) -> str:
    """A regular expression for the digits that a pattern asks for, where strptime is lax ("2026031" is no day)."""
    parts = {"%Y": "[0-9]{4}", "%y": "[0-9]{2}", "%m": "[0-9]{1,2}", "%d": "[0-9]{1,2}", "%b": "[a-z]{3}"}
    if pattern == "%Y%m%d":
        return "^[0-9]{8}([ T]|$)"
    shape = pattern.replace(".", "[.]").replace(" ", " +")
    for sign, digits in parts.items():
        shape = shape.replace(sign, digits)
    return f"^{shape}( |$)"


def _serial_sql(column_sql: str) -> str:
    """Days since 1899-12-30, the time of day as their fraction, to the second."""
    text = f"replace({trimmed_sql(column_sql)}, ',', '.')"
    moment = f"TIMESTAMP '1899-12-30' + to_seconds(round(TRY_CAST({text} AS DOUBLE) * 86400))"
    return f"(CASE WHEN regexp_full_match({text}, '[1-9][0-9]{{3,4}}([.][0-9]+)?') THEN {moment} END)"


def _iso_sql(column_sql: str) -> str:
    text = trimmed_sql(column_sql)
    plain = f"replace(regexp_replace({text}, {literal(_ZONE)}, '\\1'), ',', '.')"
    read = f"TRY_CAST({plain} AS TIMESTAMP)"
    return f"(CASE WHEN regexp_full_match({text}, {literal(_ISO_VALUE)}) AND year({read}) >= 1000 THEN {read} END)"


def _tidied(column_sql: str, month_names: bool) -> str:
    """The text without zone and commas, half days as " PM"; month names as three English letters."""
    text = f"replace({trimmed_sql(column_sql)}, ',', ' ')"
    text = f"regexp_replace(regexp_replace({text}, {literal(_ZONE)}, '\\1'), {literal(_HALF_DAY)}, '\\1 \\2M')"
    if not month_names:
        return f"regexp_replace({text}, '^([0-9./-]+)T([0-9])', '\\1 \\2')"
    text = f"lower({text})"
    russian = f"regexp_replace({text}, ' *г\\.?( |$)', ' ')"
    for stem, english in _MONTHS:
        russian = f"regexp_replace({russian}, '{stem}[а-я]*\\.?', '{english}')"
    text = f"CASE WHEN regexp_matches({text}, '[а-я]') THEN {russian} ELSE {text} END"
    text = f"regexp_replace({text}, '^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\\.? +', '')"
    text = f"regexp_replace({text}, '([0-9])(?:st|nd|rd|th)\\b', '\\1')"
    text = f"regexp_replace({text}, '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?', '\\1')"
    text = f"regexp_replace({text}, '([0-9a-z])[-/]([0-9a-z])', '\\1 \\2', 'g')"
    return f"trim(regexp_replace({text}, ' +', ' ', 'g'))"
