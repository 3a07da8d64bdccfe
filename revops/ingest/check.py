"""A mapping is checked against the model and the table before anything is computed from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC

from revops.errors import MappingError, UnknownName
from revops.ingest.date_order import settled_format
from revops.ingest.expression import expression_kind
from revops.ingest.reading import ColumnFormat, header_error
from revops.ingest.types import EntityMapping, FieldMapping, Mapping, RawTable, TableProfile
from revops.model import Entity, Field, FieldType, entity
from revops.text import Text

FITS: dict[FieldType, tuple[str, ...]] = {
    FieldType.ID: ("text", "number", "date", "null"),
    FieldType.TEXT: ("text", "number", "date", "timestamp", "boolean", "null"),
    FieldType.VOCABULARY: ("text", "null"),
    FieldType.DECIMAL: ("number", "text", "null"),
    FieldType.INTEGER: ("number", "text", "null"),
    FieldType.BOOLEAN: ("boolean", "text", "null"),
    FieldType.DATE: ("date", "timestamp", "text", "null"),
    FieldType.TIMESTAMP: ("date", "timestamp", "text", "null"),
}


def named_entity(name: str) -> Entity:
    """The entity of that name. Raises MappingError, which suggests the nearest."""
    try:
        return entity(name)
    except UnknownName as error:
        raise MappingError(error.message, fix=error.fix) from error


def named_field(model: Entity, name: str) -> Field:
    """The field of that name. Raises MappingError, which suggests the nearest."""
    try:
        return model.field(name)
    except UnknownName as error:
        raise MappingError(error.message, fix=error.fix) from error


def column_formats(raw: RawTable, profile: TableProfile | None) -> dict[str, ColumnFormat]:
    """How each column writes numbers and dates, as the profile found it (nothing known without one)."""
    formats = dict.fromkeys(raw.columns, ColumnFormat())
    if profile is None:
        return formats
    for column in profile.columns:
        formats[column.name] = ColumnFormat(number=column.number, date=settled_format(profile, column))
    return formats


def mapped_formats(raw: RawTable, profile: TableProfile | None, mapping: Mapping) -> dict[str, ColumnFormat]:
    """`column_formats`, with the formats that the mapping itself has settled put first."""
    formats = column_formats(raw, profile)
    for one in mapping.entities:
        for f in one.fields:
            if f.column in formats:
                formats[f.column] = formats[f.column].settled(f.date_format, f.number)
        if one.unpivot is not None:
            for header in one.unpivot.columns:
                if header in formats:
                    formats[header] = formats[header].settled(one.unpivot.date_format, one.unpivot.number)
    return formats


def check_mapping(mapping: Mapping, raw: RawTable, formats: MappingABC[str, ColumnFormat]) -> None:
    """Every entity, field, header and expression exists and fits. Raises MappingError for the first that does not."""
    seen: set[str] = set()
    for one in mapping.entities:
        model = named_entity(one.entity)
        if one.entity in seen:
            message = Text("“{name}” is mapped twice.", "«{name}» сопоставлено дважды.").format(name=model.label)
            raise MappingError(message, fix=Text("Keep one of the two.", "Оставьте одно из двух."))
        seen.add(one.entity)
        for header in (*one.key_from, *one.extra, *(one.unpivot.columns if one.unpivot else ())):
            if header not in formats:
                raise header_error(header, raw.columns)
        for f in one.fields:
            check_field(model, f, formats, mapping.as_of)
        if one.where is not None:
            _check_where(one, formats, mapping.as_of)
        _check_required(model, one)


def check_field(
    model: Entity, mapped: FieldMapping, formats: MappingABC[str, ColumnFormat], as_of: dt.date | None
) -> None:
    """One field: it exists, has exactly one source, and the source exists and can fill it. Raises MappingError."""
    field = named_field(model, mapped.field)
    ways = [w for w in (mapped.column, mapped.constant, mapped.expression) if w is not None]
    where = f"{model.name}.{field.name}"
    if len(ways) != 1:
        message = Text("{where} has no source, or several.", "У {where} нет источника, или их несколько.")
        fix = Text("Give a column, a constant or an expression.", "Укажите колонку, постоянное значение или выражение.")
        raise MappingError(message.format(where=where), fix=fix)
    if mapped.column is not None and mapped.column not in formats:
        raise header_error(mapped.column, formats)
    if mapped.expression is not None:
        kind = expression_kind(mapped.expression, columns=formats, as_of=as_of)
        if kind not in FITS[field.type]:
            message = Text(
                "The expression for {where} yields a {kind}, and {label} is a {type}.",
                "Выражение для {where} даёт {kind}, а поле «{label}» — {type}.",
            )
            raise MappingError(message.format(where=where, kind=kind, label=field.label, type=field.type.value))


def _check_where(one: EntityMapping, formats: MappingABC[str, ColumnFormat], as_of: dt.date | None) -> None:
    assert one.where is not None
    if expression_kind(one.where, columns=formats, as_of=as_of) != "boolean":
        message = Text(
            "The filter of {name} is not a condition: {where}", "Отбор строк для {name} — не условие: {where}"
        )
        raise MappingError(message.format(name=one.entity, where=one.where))


def missing_required(model: Entity, one: EntityMapping) -> tuple[Field, ...]:
    """The required fields that nothing fills. A key is made where `key_from` or the natural key has enough parts;
    `currency` falls back on the workspace's."""
    filled = {f.field for f in one.fields}
    if one.unpivot is not None:
        filled |= {one.unpivot.label_field, one.unpivot.value_field}
    left = [f for f in model.required if f.name not in filled and f.name != "currency"]
    key = model.key_field
    if key is not None and key in left and can_make_key(model, one, filled):
        left.remove(key)
    return tuple(left)


def can_make_key(model: Entity, one: EntityMapping, filled: set[str]) -> bool:
    """Whether records can be told apart without a key column: named columns, or two parts of the natural key."""
    return bool(one.key_from) or len(filled & set(model.natural_key)) >= min(2, len(model.natural_key) or 99)


def _check_required(model: Entity, one: EntityMapping) -> None:
    left = missing_required(model, one)
    if left:
        message = Text(
            "{entity} cannot be loaded: nothing fills {fields}.",
            "«{entity}» загрузить нельзя: ничем не заполнено {fields}.",
        )
        names = Text(", ".join(f.label.en for f in left), ", ".join(f"«{f.label.ru}»" for f in left))
        fix = Text(
            "Choose a column or a constant for it, or leave {entity} out.",
            "Выберите колонку или постоянное значение либо уберите «{entity}».",
        ).format(entity=model.label)
        raise MappingError(message.format(entity=model.label, fields=names), fix=fix)
