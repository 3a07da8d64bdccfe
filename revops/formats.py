"""Numbers, money, dates and periods in words, for one language. The only place that formats.

Nothing (None, NaN, NaT) is an em dash. Russian follows the glossary: 1 234 567,8 with no-break spaces,
23.11.2026, "ноя 2026", "1,2 млн ₽".
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import (
    NumberPattern,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
    parse_pattern,
)

from revops.text import Language, Text

DASH = "—"
NBSP = "\u00a0"
MINUS = "\u2212"  # wide as the plus, so that signed figures line up
_MONTHS_RU = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")


_LOCALES: dict[Language, Locale] = {"en": Locale.parse("en_US"), "ru": Locale.parse("ru_RU")}


@cache
def _pattern(text: str) -> NumberPattern:
    return parse_pattern(text)


def is_missing(value: object) -> bool:
    """None, NaN, NaT and infinities: values that have no figure."""
    if value is None:
        return True
    if isinstance(value, Decimal):
        return not value.is_finite()
    if isinstance(value, float):
        return not math.isfinite(value)
    return type(value).__name__ in ("NaTType", "NAType")


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def _unsigned_zero(value: Any, digits: int) -> Any:
    """A value that would read as -0 is 0."""
    return 0 if round(float(value), digits) == 0 else value


@dataclass(frozen=True, slots=True)
class Formatter:
    """How figures read in `language`, money in `currency` (ISO code or None: plain numbers)."""

    language: Language
    currency: str | None = None

    @property
    def locale(self) -> Locale:
        return _LOCALES[self.language]

    def say(self, text: Text, **values: object) -> str:
        """The text in this language, with its values filled in."""
        return text.format(**values)[self.language] if values else text[self.language]

    def number(self, value: Any, digits: int = 0) -> str:
        if is_missing(value):
            return DASH
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return _minus(format_decimal(_unsigned_zero(value, digits), format=_pattern(pattern), locale=self.locale))

    def compact(self, value: Any, digits: int = 1) -> str:
        """1.2M, 1,2 млн; below 10,000 the whole number."""
        if is_missing(value):
            return DASH
        if abs(value) < 10_000:
            return self.number(value)
        text = format_compact_decimal(value, format_type="short", locale=self.locale, fraction_digits=digits)
        return _minus(self._padded(text, digits))

    def _padded(self, text: str, digits: int) -> str:
        """Always as many decimals: 7.0M beside 4.4M."""
        point = "," if self.language == "ru" else "."
        return text if point in text or not digits else re.sub(r"\d(?=\D*$)", rf"\g<0>{point}{'0' * digits}", text)

    def money(self, value: Any, *, compact: bool = False, digits: int = 0) -> str:
        """Money in the workspace currency; compact for cards and axes."""
        if is_missing(value):
            return DASH
        if self.currency is None:
            return self.compact(value) if compact else self.number(value, digits)
        if compact and abs(value) >= 10_000:
            figure, symbol = self.compact(abs(value)), self.currency_symbol
            sign = MINUS if value < 0 else ""
            return f"{sign}{figure}{NBSP}{symbol}" if self.language == "ru" else f"{sign}{symbol}{figure}"
        decimals = "." + "0" * digits if digits else ""
        pattern = f"#,##0{decimals}\u00a0¤" if self.language == "ru" else f"¤#,##0{decimals}"
        value = _unsigned_zero(value, digits)
        told = format_currency(
            value, self.currency, format=_pattern(pattern), locale=self.locale, currency_digits=False
        )
        return _minus(told)

    @property
    def currency_symbol(self) -> str:
        return get_currency_symbol(self.currency, locale=self.locale) if self.currency else ""

    def percent(self, value: Any, digits: int = 1) -> str:
        """A share (0.253) as 25.3 %."""
        if is_missing(value):
            return DASH
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + ("\u00a0%" if self.language == "ru" else "%")
        return _minus(format_percent(_unsigned_zero(value, digits + 2), format=_pattern(pattern), locale=self.locale))

    def points(self, value: Any, digits: int = 1) -> str:
        """A difference of two shares, in percentage points, signed."""
        if is_missing(value):
            return DASH
        unit = "п.п." if self.language == "ru" else "pp"
        return f"{self.signed_number(float(value) * 100, digits)}{NBSP}{unit}"

    def signed_number(self, value: Any, digits: int = 0) -> str:
        if is_missing(value):
            return DASH
        text = self.number(abs(value), digits)
        if round(float(value), digits) == 0:
            return text
        return f"+{text}" if value > 0 else f"{MINUS}{text}"

    def duration_days(self, value: Any) -> str:
        """34 days; below ten with a decimal where there is one to tell: 0.6 days, 2 days."""
        if is_missing(value):
            return DASH
        tenths = round(abs(float(value)), 1)
        digits = 1 if tenths < 10 and tenths != round(tenths) else 0
        return self._lasting(self.number(value, digits), Text("day|days", "дн."))

    def duration_hours(self, value: Any, digits: int = 1) -> str:
        if is_missing(value):
            return DASH
        return self._lasting(self.number(value, digits), Text("hour|hours", "ч"))

    def duration_months(self, value: Any, digits: int = 1) -> str:
        if is_missing(value):
            return DASH
        return self._lasting(self.number(value, digits), Text("month|months", "мес."))

    def _lasting(self, number: str, unit: Text) -> str:
        """The number with its unit; in English one day, else days, 1.0 days among them."""
        one, _, many = unit[self.language].partition("|")
        return f"{number}{NBSP}{one if number.lstrip(MINUS) == '1' or not many else many}"

    def date(self, value: dt.date | dt.datetime | None) -> str:
        """23.11.2026 / Nov 23, 2026."""
        if is_missing(value):
            return DASH
        assert value is not None
        return format_date(value, "dd.MM.yyyy" if self.language == "ru" else "MMM d, yyyy", locale=self.locale)

    def month(self, value: dt.date) -> str:
        """ноя 2026 / Nov 2026."""
        if self.language == "ru":
            return f"{_MONTHS_RU[value.month - 1]} {value.year}"
        return format_date(value, "MMM yyyy", locale=self.locale)

    def plural(self, count: int, forms: Text) -> str:
        """The count with its noun. `forms`: en "deal|deals", ru "сделка|сделки|сделок"."""
        options = forms[self.language].split("|")
        category = self.locale.plural_form(count)
        index = {"one": 0, "few": 1, "many": 2}.get(category, len(options) - 1)
        return f"{self.number(count)} {options[min(index, len(options) - 1)]}"
