"""Which formats a column could be in, judged from a few hundred of its values: what the profile then verifies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from revops.ingest.numbers import currency_of, number_pattern, scale_pattern, without_currency
from revops.ingest.types import NumberFormat

_MARKS: Final = ((".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"))
_ENGLISH: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_RUSSIAN: Final = "янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек"
_MONTH: Final = rf"(?:{_ENGLISH}|{_RUSSIAN})[a-zа-я]*\.?"
_DAY_NAME: Final = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +)?"
_SHAPES: Final = (  # what a value looks like -> the patterns that could read it, likeliest first
    (r"\d{4}-\d{1,2}-\d{1,2}(?!\d)", ("%Y-%m-%d",)),
    (r"\d{4}/\d{1,2}/\d{1,2}(?!\d)", ("%Y/%m/%d",)),
    (r"\d{4}\.\d{1,2}\.\d{1,2}(?!\d)", ("%Y.%m.%d",)),
    (r"(?:19|20)\d{6}$", ("%Y%m%d",)),
    (r"\d{1,2}\.\d{1,2}\.\d{4}(?!\d)", ("%d.%m.%Y", "%m.%d.%Y")),
    (r"\d{1,2}\.\d{1,2}\.\d{2}(?![\d.])", ("%d.%m.%y",)),
    (r"\d{1,2}/\d{1,2}/\d{4}(?!\d)", ("%m/%d/%Y", "%d/%m/%Y")),
    (r"\d{1,2}/\d{1,2}/\d{2}(?!\d)", ("%m/%d/%y", "%d/%m/%y")),
    (r"\d{1,2}-\d{1,2}-\d{4}(?!\d)", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"\d{1,2}-\d{1,2}-\d{2}(?!\d)", ("%d-%m-%y", "%m-%d-%y")),
    (r"\d{4}-\d{1,2}$", ("%Y-%m",)),
    (r"\d{4}/\d{1,2}$", ("%Y/%m",)),
    (r"\d{1,2}\.\d{4}$", ("%m.%Y",)),
    (r"\d{1,2}/\d{4}$", ("%m/%Y",)),
    (rf"{_DAY_NAME}\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH}[ -]\d{{4}}(?!\d)", ("%d %b %Y",)),
    (rf"{_DAY_NAME}\d{{1,2}}[ -]{_MONTH}[ -]\d{{2}}(?!\d)", ("%d-%b-%y",)),
    (rf"{_DAY_NAME}{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}(?!\d)", ("%b %d, %Y",)),
    (rf"{_MONTH}[ -]\d{{4}}(?: г\.?)?$", ("%b %Y",)),
    (rf"{_MONTH}[ -]'?\d{{2}}$", ("%b-%y",)),
)
_COMPILED: Final = tuple((re.compile(shape, re.IGNORECASE), patterns) for shape, patterns in _SHAPES)
_CLOCK: Final = re.compile(r"[T ,](\d{1,2}:\d{2})(:\d{2})?([.,]\d+)?(?: *([AaPp])\.? *[Mm])?")
_DAYS_FIRST: Final = frozenset({"%d.%m.%Y", "%m.%d.%Y"})  # with dots the day comes first unless it cannot


_SCALED: Final = re.compile(rf"[0-9]{scale_pattern()}[ )-]*$")
_SERIAL: Final = re.compile(r"[3-5]\d{4}([.,]\d+)?")
_DATE_HEADER: Final = re.compile(
    r"(?i)(?:^|[\W_])(?:date|day|time|timestamp|when|created|closed|opened|started|ended|updated|modified|signed|due|at|on)"
    r"(?:$|[\W_])|дата|день|время|создан|закрыт|изменен|обновлен"
)


def are_excel_serials(header: str, values: Sequence[str]) -> bool:
    """Whether numbers are days as a workbook counts them (45000 is 15 March 2023), which lost their cell's format.

    All values are from 30000 to 59999 (1982 to 2064), and the header speaks of a date: numbers alone are numbers.
    """
    return bool(values) and bool(_DATE_HEADER.search(header)) and all(_SERIAL.fullmatch(v.strip()) for v in values)


def date_candidates(values: Sequence[str]) -> tuple[str, ...]:
    """strptime patterns of the day worth trying: half of the values have their shape."""
    found: Counter[tuple[str, ...]] = Counter()
    for value in values:
        text = value.strip()
        shape = next((patterns for shape, patterns in _COMPILED if shape.match(text)), None)
        if shape is not None:
            found[shape] += 1
    if not found:
        return ()
    best, count = found.most_common(1)[0]
    return best if count * 2 >= len(values) else ()


def settles_without_asking(patterns: Sequence[str]) -> bool:
    """Whether the first of several patterns that fit may be taken: nobody writes 05.01.2026 with the month first."""
    return set(patterns) <= _DAYS_FIRST


def clock_of(values: Sequence[str], pattern: str) -> str:
    """How the time of day is written: "%H:%M", "%H:%M:%S", "%I:%M %p", ... after a space or "T"; "" where it is not."""
    matches = [m for v in values if (m := _CLOCK.search(v))]
    if not matches:
        return ""
    half = any(m[4] for m in matches)
    seconds = any(m[2] for m in matches)
    fraction = any(m[3] for m in matches) and not half
    clock = "%I:%M" if half else "%H:%M"
    clock += (":%S" if seconds else "") + (".%f" if fraction else "") + (" %p" if half else "")
    joint = "T" if pattern == "%Y-%m-%d" and any(m[0].startswith("T") for m in matches) else " "
    return joint + clock


def number_candidates(values: Sequence[str], delimiter: str | None) -> tuple[NumberFormat, ...]:
    """Formats worth trying, likeliest first. () where the values are no numbers or name several currencies."""
    currencies = Counter(c for v in values if (c := currency_of(v.strip())))
    currency = currencies.most_common(1)[0][0] if currencies else None
    if len(currencies) > 1 and max(currencies.values()) < 0.95 * sum(currencies.values()):
        return ()
    bare = [without_currency(v) for v in values]
    percent = sum(v.endswith("%") for v in bare) * 2 > len(bare)
    scaled = not percent and any(_SCALED.search(v) for v in bare)
    written = set("".join(bare)) - set("0123456789")
    fitting: list[tuple[int, NumberFormat]] = []
    for decimal, thousands in _MARKS:
        group = " \u00a0\u202f\u2009\u2007" if thousands == " " else "'’" if thousands == "'" else thousands
        if (thousands and not written & set(group)) or (decimal == "," and not thousands and "," not in written):
            continue
        number = NumberFormat(decimal=decimal, thousands=thousands, percent=percent, currency=currency, scaled=scaled)
        shape = re.compile(number_pattern(number))
        count = sum(bool(shape.fullmatch(v)) for v in bare)
        if count * 2 >= len(bare):
            fitting.append((count, number))
    return tuple(number for _, number in sorted(fitting, key=lambda f: (-f[0], _preference(f[1], bare, delimiter))))


def _preference(number: NumberFormat, bare: Sequence[str], delimiter: str | None) -> int:
    """Between formats that read the same values: “1,200” is a thousand and two hundred, and “1.200” is one and a fifth,
    unless the file itself is separated by semicolons, as where the comma is the decimal mark."""
    grouped = all(re.fullmatch(r"[(−-]?[1-9]\d{0,2}([.,]\d{3})+[)]?", v) for v in bare if re.search(r"[.,]", v))
    if number.thousands == "," and grouped:
        return 0
    if number.thousands == "." and grouped and delimiter == ";" and len(bare) > 1:
        return 0
    return 1 + _MARKS.index((number.decimal, number.thousands))


def is_code(values: Sequence[str]) -> bool:
    """Digits that name rather than count: leading zeros, telephone numbers, longer than any amount."""
    codes = sum(bool(re.fullmatch(r"0\d+|\+\d{10,}|\d{19,}", v.strip())) for v in values)
    return codes > 0.01 * len(values)
