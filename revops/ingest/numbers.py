"""Numbers as people and systems write them, read in SQL: marks, groups, currencies, percent, accounting negatives."""

from __future__ import annotations

import re
from typing import Final

from revops.ingest.types import NumberFormat, literal

# How amounts name their currency; the first that is found counts, so longer spellings come first.
CURRENCY_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "USD": ("US$", "USD", "$"),
    "CAD": ("CA$", "C$", "CAD"),
    "AUD": ("AU$", "A$", "AUD"),
    "BRL": ("R$", "BRL"),
    "EUR": ("EUR", "€", "евро"),
    "GBP": ("GBP", "£"),
    "RUB": ("RUB", "RUR", "₽", "рублей", "рубля", "рубль", "руб.", "руб", "р."),
    "UAH": ("UAH", "₴", "грн.", "грн"),
    "KZT": ("KZT", "₸", "тенге", "тг.", "тг"),
    "BYN": ("BYN", "Br"),
    "JPY": ("JPY", "¥", "￥"),
    "CNY": ("CNY", "RMB", "元"),
    "INR": ("INR", "₹", "Rs."),
    "CHF": ("CHF", "Fr."),
    "PLN": ("PLN", "zł"),
    "CZK": ("CZK", "Kč"),
    "SEK": ("SEK",),
    "NOK": ("NOK",),
    "DKK": ("DKK",),
    "TRY": ("TRY", "₺"),
    "ILS": ("ILS", "₪"),
    "KRW": ("KRW", "₩"),
    "AED": ("AED",),
    "SGD": ("SGD", "S$"),
    "HKD": ("HKD", "HK$"),
    "NZD": ("NZD", "NZ$"),
    "MXN": ("MXN", "MX$"),
    "ZAR": ("ZAR",),
}
# Shortened thousands and more. “m” alone is no million (it is also minutes and metres), nor “т” a thousand (tonnes).
SCALES: Final[dict[int, tuple[str, ...]]] = {
    1_000: ("k", "K", "К", "к", "тыс.", "тыс", "Тыс.", "Тыс"),
    1_000_000: ("M", "MM", "mn", "mln", "Mn", "Mln", "млн.", "млн", "Млн.", "Млн"),
    1_000_000_000: ("B", "bn", "Bn", "bln", "млрд.", "млрд", "Млрд.", "Млрд"),
}
SPACES: Final = " \t\n\r\u00a0\u202f\u2009\u2007\ufeff"  # what pads values; the no-break ones also group digits
NUMBER_TYPE: Final = "DECIMAL(30,9)"
_END: Final = "([ \u00a0\u202f]?[)-]?)$"  # what may close a negative amount
_GROUPS: Final = {" ": "[ \u00a0\u202f\u2009\u2007]", "'": "['’]", ",": ",", ".": "[.]", "": ""}


SPACE_CODES: Final = ", ".join(str(ord(c)) for c in SPACES)
_NAME: Final = re.compile(r'\w+|"[^"]*"')


def trimmed_sql(column_sql: str) -> str:
    """The text without spaces of any kind at its ends.

    A column's values are trimmed only where a space stands at an end: looking is five times cheaper than trimming.
    """
    trimmed = f"trim({column_sql}, {literal(SPACES)})"
    if not _NAME.fullmatch(column_sql):
        return trimmed
    ends = f"ascii({column_sql}) IN ({SPACE_CODES}) OR ascii(right({column_sql}, 1)) IN ({SPACE_CODES})"
    return f"(CASE WHEN {ends} THEN {trimmed} ELSE {column_sql} END)"


def currency_pattern(currency: str | None = None) -> str:
    """A regular expression (RE2) for the spellings of a currency; of any currency where none is named.

    A dollar sign alone stands for the dollar that is named: “$5” reads in a column of CAD.
    """
    if currency is None:
        spellings = [s for known in CURRENCY_SPELLINGS.values() for s in known]
    else:
        spellings = [*CURRENCY_SPELLINGS.get(currency, ()), currency]
        if any(s.endswith("$") for s in spellings):
            spellings.append("$")
    ordered = sorted(set(spellings), key=lambda s: (-len(s), s))
    return "(?:" + "|".join(re.escape(s).replace("\\ ", " ") for s in ordered) + ")"


def number_pattern(number: NumberFormat) -> str:
    """A regular expression (RE2) that a number in this format matches in full, without its currency."""
    group = _GROUPS[number.thousands]
    whole = "[0-9]+"
    if group:
        size = "{2,3}" if number.thousands == "," else "{3}"  # 12,34,567 is how India groups
        whole = f"(?:[1-9][0-9]{{0,2}}(?:{group}[0-9]{size})*{group}[0-9]{{3}}|[0-9]+)"
    mark = "[.]" if number.decimal == "." else ","
    body = f"(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?"
    tail = "[ \u00a0\u202f]?%" if number.percent else f"(?:{scale_pattern()})?" if number.scaled else ""
    space = "[ \u00a0\u202f]?"
    signed = f"[+−–-]?{space}{body}{tail}"
    with_tail = f"{signed}|[(]{space}{body}{tail}{space}[)]|{body}{tail}-"
    return f"(?:{with_tail}|0+(?:{mark}0*)?)" if number.percent else f"(?:{with_tail})"


def scale_pattern(scale: int | None = None) -> str:
    """A regular expression (RE2) for a scale behind a number; for any scale where none is named."""
    spellings = sorted((s for n, known in SCALES.items() if scale in (n, None) for s in known), key=lambda s: -len(s))
    return "[ \u00a0\u202f]?(?:" + "|".join(s.replace(".", "[.]") for s in spellings) + ")"


def number_sql(column_sql: str, number: NumberFormat | None = None) -> str:
    """SQL of type DECIMAL(30,9): the number that the text writes in this format; NULL where it writes none.

    Groups must have their right size: “1,23” is no number where the comma groups thousands. Signs and codes of
    `number.currency` may stand beside it; without a named currency those of any (what they name is not converted).
    With `percent`, “12.5%” is 0.125 and a number without the sign is unreadable, save for zero; without it a
    percent sign is unreadable. “(1,200)”, “1200-” and “−1200” are negative. With `scaled`, “1.2k” is 1200.
    """
    number = number or NumberFormat()
    bare = written = trimmed_sql(without_currency_sql(trimmed_sql(column_sql), number.currency))
    if number.scaled:
        written = f"regexp_replace({bare}, {literal(scale_pattern() + _END)}, '\\1')"
    digits = f"regexp_replace({written}, '^[^0-9.,]+|[^0-9.,]+$', '', 'g')"
    if number.thousands:
        digits = f"regexp_replace({digits}, {literal(_GROUPS[number.thousands])}, '', 'g')"
    if number.decimal != ".":
        digits = f"replace({digits}, ',', '.')"
    signed = f"CASE WHEN regexp_matches({bare}, '^[(−–-]|-$') THEN '-' ELSE '' END || {digits}"
    value = f"TRY_CAST({signed} AS {NUMBER_TYPE})"
    if number.percent:
        value = f"TRY_CAST(TRY_CAST({signed} AS DOUBLE) / 100 AS {NUMBER_TYPE})"
    if number.scaled:
        times = " ".join(
            f"WHEN regexp_matches({bare}, {literal('[0-9.,]' + scale_pattern(n) + _END)}) THEN {n}" for n in SCALES
        )
        value = f"TRY_CAST({value} * (CASE {times} ELSE 1 END) AS {NUMBER_TYPE})"
    return f"(CASE WHEN regexp_full_match({bare}, {literal(number_pattern(number))}) THEN {value} END)"


def without_currency_sql(text_sql: str, currency: str | None = None) -> str:
    """The text without one sign or code of a currency at its start or end, also behind a minus or a bracket."""
    sign, space = currency_pattern(currency), "[ \u00a0\u202f]?"
    leading = f"^([(+−–-]?){space}{sign}{space}"
    trailing = f"{space}{sign}({space}[)-]?)$"
    return (
        f"regexp_replace(regexp_replace({text_sql}, {literal(leading)}, '\\1', 'i'), {literal(trailing)}, '\\1', 'i')"
    )


def currency_of(text: str) -> str | None:
    """The ISO code of the currency that a sign or code at an end of the text names; None where there is none."""
    match = _BESIDE.match(text) or _BEHIND.search(text)
    return _CODES[match[1].lower()] if match else None


def without_currency(text: str) -> str:
    """As without_currency_sql, for any currency, in Python."""
    return _BEHIND.sub(r"\2", _AHEAD.sub(r"\1", text.strip(SPACES), count=1), count=1).strip(SPACES)


_CODES: Final = {s.lower(): code for code, known in reversed(CURRENCY_SPELLINGS.items()) for s in known}
_SPACE: Final = "[ \u00a0\u202f]?"
_ANY: Final = currency_pattern()[3:-1]
_BESIDE: Final = re.compile(rf"^[(+−–-]?{_SPACE}({_ANY})", re.IGNORECASE)
_AHEAD: Final = re.compile(rf"^([(+−–-]?){_SPACE}(?:{_ANY}){_SPACE}", re.IGNORECASE)
_BEHIND: Final = re.compile(rf"{_SPACE}({_ANY})({_SPACE}[)-]?)$", re.IGNORECASE)
