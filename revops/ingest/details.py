"""How one field is filled once its column is known: formats, value maps, units, computed fields, assumed values."""

from __future__ import annotations

from collections.abc import Iterable

from revops.ingest.date_order import settled_format
from revops.ingest.evidence import Evidence, TableView, reason
from revops.ingest.headers import currency_code, header_currency
from revops.ingest.types import ColumnProfile, FieldMapping, literal, quoted
from revops.model import Entity, Field, FieldType, fold, implied_interval
from revops.text import Text

TRUE_WORDS = ("true", "yes", "y", "1", "t", "да", "истина", "1.0", "won", "churned")
_MINUTES = {
    "minutes": "minutes",
    "mins": "minutes",
    "min": "minutes",
    "минут": "minutes",
    "мин": "minutes",
    "минуты": "minutes",
}
_HOURS = {"hours": "hours", "hrs": "hours", "h": "hours", "часов": "hours", "ч": "hours", "часы": "hours"}
_SECONDS = {"seconds": "seconds", "secs": "seconds", "sec": "seconds", "секунд": "seconds", "сек": "seconds"}
_DAYS = {"days": "days", "дней": "days", "дн": "days"}
_UNITS = {**_MINUTES, **_HOURS, **_SECONDS, **_DAYS}
_PERCENT_WORDS = {"percent", "pct", "percentage", "процент"}


def from_column(
    view: TableView, target: Field, column: ColumnProfile, found: Evidence | None, why: Text | None = None
) -> FieldMapping:
    """The field filled from the column, read in the column's own formats and spellings."""
    text = why or (reason(target, column, found) if found else Text("chosen by hand", "выбрано вручную"))
    scaled = _scaled(target, column)
    if scaled is not None:
        confidence = round(found.score, 2) if found else 1.0
        return FieldMapping(field=target.name, expression=scaled, confidence=confidence, reason=text)
    dated = target.type in (FieldType.DATE, FieldType.TIMESTAMP)
    numeric = target.type in (FieldType.DECIMAL, FieldType.INTEGER)
    return FieldMapping(
        field=target.name,
        column=column.name,
        date_format=settled_format(view.profile, column) if dated else None,
        number=column.number if numeric else None,
        value_map=value_map(view, target, column),
        confidence=round(found.score, 2) if found else 1.0,
        reason=text,
    )


def value_map(view: TableView, target: Field, column: ColumnProfile) -> dict[str, str]:
    """Spelling in the file -> canonical value, for vocabularies and currencies; spellings nobody knows become
    "other" where the vocabulary has it, and are left out where it has not."""
    if target.name == "currency":
        return {v: code for v in view.spellings(column.name) if (code := currency_code(v)) is not None and code != v}
    if target.vocabulary is None:
        return {}
    fallback = "other" if any(t.key == "other" for t in target.vocabulary.terms) else None
    pairs = ((v, target.vocabulary.match(v) or fallback) for v in view.spellings(column.name))
    return {spelling: key for spelling, key in pairs if key is not None}


def _scaled(target: Field, column: ColumnProfile) -> str | None:
    """An expression where the column counts in another unit than the field: minutes, percents, millionths."""
    words = fold(column.name).split()
    number = f"number({quoted(column.name)})"
    if target.type is not FieldType.DECIMAL:
        return None
    if target.unit == "seconds":
        factor = {"minutes": 60, "hours": 3600, "days": 86400}.get(unit_word(words) or "")
        return f"{number} * {factor}" if factor else None
    if target.unit == "share" and not (column.number and column.number.percent):
        says_percent = "%" in column.name or bool(_PERCENT_WORDS & set(words))
        return f"{number} / 100" if says_percent or _above_one(column) else None
    if target.unit == "money" and "micros" in words:
        return f"{number} / 1000000"
    return None


def _above_one(column: ColumnProfile) -> bool:
    try:
        return column.high is not None and float(column.high) > 1
    except ValueError:
        return False


def unit_word(words: Iterable[str]) -> str | None:
    """The unit of time that a header names: seconds, minutes, hours or days."""
    return next((_UNITS[w] for w in words if w in _UNITS), None)


def after(start: FieldMapping, column: ColumnProfile, target: str, why: Text) -> FieldMapping | None:
    """A moment that the file gives as a length of time after another: opened + minutes to the first response."""
    unit = unit_word(fold(column.name).split())
    if unit is None or start.column is None:
        return None
    expression = f"timestamp({quoted(start.column)}) + {unit}(number({quoted(column.name)}))"
    return FieldMapping(field=target, expression=expression, confidence=0.85, reason=why)


def span_column(columns: Iterable[ColumnProfile], phrases: Iterable[str], free: set[str]) -> ColumnProfile | None:
    """A numeric column whose name holds one of the phrases and a unit of time."""
    for column in columns:
        name = fold(column.name)
        numeric = column.name in free and column.type in ("integer", "decimal")
        if numeric and any(p in name for p in phrases) and unit_word(name.split()) is not None:
            return column
    return None


def yes_condition(view: TableView, column: ColumnProfile) -> str:
    """The condition that a yes/no column says yes, in the spellings that the column has."""
    words = [v for v in view.spellings(column.name, 10) if v.strip().lower() in TRUE_WORDS]
    return f"{quoted(column.name)} in ({', '.join(literal(w) for w in words)})" if words else "false"


def currency_of(amounts: Iterable[ColumnProfile]) -> tuple[str, Text] | None:
    """The currency that amounts name in their values or headers, with the reason; None where none does."""
    for column in amounts:
        if column.number is not None and column.number.currency:
            why = Text("the values of “{header}” name it", "она указана в значениях «{header}»")
            return column.number.currency, why.format(header=column.name)
        if (code := header_currency(column.name)) is not None:
            why = Text("the header “{header}” names it", "она указана в заголовке «{header}»")
            return code, why.format(header=column.name)
    return None


def stated_interval(header: str) -> str | None:
    """The interval that an amount's own name states (MRR, monthly, annual)."""
    return implied_interval(header)


def amount_follows(header: str | None, fields: dict[str, FieldMapping]) -> list[FieldMapping]:
    """What a subscription's amount says about its interval: stated by the header, else assumed to be a month."""
    interval = stated_interval(header) if header else None
    if interval is not None:
        why = Text("“{header}” states it", "это сказано в названии «{header}»").format(header=header)
        return [constant("interval", interval, why)]
    if "interval" in fields:
        return []
    why = Text("assumed: no column says what period the price is for", "принято: период цены в файле не указан")
    return [constant("interval", "month", why, assumed=True)]


def constant(field: str, value: str, why: Text, *, assumed: bool = False, confidence: float = 0.9) -> FieldMapping:
    return FieldMapping(
        field=field, constant=value, confidence=0.5 if assumed else confidence, reason=why, assumed=assumed
    )


def money_fields(entity: Entity) -> tuple[str, ...]:
    return tuple(f.name for f in entity.fields if f.unit == "money")
