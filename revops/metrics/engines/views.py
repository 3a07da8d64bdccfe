"""A mapping of another engine's tables, compiled to one SELECT an entity. Nothing is copied and nothing is written.

The mapping is JSON: the entities of a file's mapping (see ingest/mapping_json.py), each with the `table` it reads:

    {"version": 1, "entities": [
      {"entity": "opportunities", "table": "crm.deals", "where": "deleted_at IS NULL",
       "fields": [{"field": "opportunity_id", "column": "id"},
                  {"field": "amount", "expression": "cents / 100"},
                  {"field": "currency", "constant": "EUR"},
                  {"field": "status", "column": "state", "value_map": {"Closed Won": "won", "Closed Lost": "lost"}}]}]}

Columns are typed already, so expressions are plain SQL over them, written as DuckDB writes it and translated. Several
tables may fill one entity. `parquet:/folder/deals` in place of a table reads Parquet files where the engine is Spark.
"""

from __future__ import annotations

import json
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from revops.errors import MappingError
from revops.ingest import mapping_json
from revops.ingest.types import EntityMapping, FieldMapping
from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.given import columns_of
from revops.model import ENTITY, Field
from revops.text import Text

PARQUET = "parquet:"
# What an expression may not hold: it reads one row of one table, and does nothing else.
_REFUSED = (exp.Query, exp.Command, exp.DDL, exp.DML, exp.AggFunc, exp.Window, exp.Star, exp.Placeholder)
# What a file's mapping may say and a typed table's may not.
_OF_FILES = ("date_format", "number")


def selects(mapping: str, dialect: Dialect) -> dict[str, str]:
    """Entity -> the SELECT that gives its columns, `_import_id`, `_row` and `_key` among them.

    Only entities that the mapping fills. Raises MappingError that names the field or table.
    """
    found: dict[str, list[str]] = {}
    for entity, table in _read(mapping):
        found.setdefault(entity.entity, []).append(_select(entity, table, dialect))
    return {name: " UNION ALL ".join(parts) for name, parts in found.items()}


def mapped(mapping: str) -> dict[str, frozenset[str]]:
    """Entity -> the fields that the mapping fills."""
    found: dict[str, frozenset[str]] = {}
    for entity, _table in _read(mapping):
        found[entity.entity] = found.get(entity.entity, frozenset()) | {f.field for f in entity.fields}
    return found


def _read(mapping: str) -> list[tuple[EntityMapping, str]]:
    """The entities with their tables, checked against the model."""
    tables, document = [], _document(mapping)
    by_hand = {"en": "chosen by hand", "ru": "выбрано вручную"}
    for one in document.get("entities", ()):
        tables.append(str(one.pop("table", "") or ""))
        one.setdefault("reason", by_hand)
        for field in one.get("fields", ()):
            field.setdefault("reason", by_hand)
    read = mapping_json.from_json(json.dumps({"version": mapping_json.VERSION, **document}))
    if not read.entities:
        raise _wrong("entities", Text("it names no entity", "в нём нет ни одной сущности"))
    for entity, table in zip(read.entities, tables, strict=True):
        _check(entity, table)
    return list(zip(read.entities, tables, strict=True))


def _document(mapping: str) -> dict[str, Any]:
    try:
        document = json.loads(mapping)
    except ValueError as error:
        raise _wrong("JSON", Text(str(error), str(error))) from error
    if not isinstance(document, dict) or not all(isinstance(e, dict) for e in document.get("entities", ())):
        raise _wrong("JSON", Text("an object with “entities” is expected", "нужен объект с «entities»"))
    return document


def _check(entity: EntityMapping, table: str) -> None:
    if entity.entity not in ENTITY:
        raise _wrong(entity.entity, Text("there is no such entity", "такой сущности нет"))
    model = ENTITY[entity.entity]
    known = {f.name for f in model.fields}
    if not table:
        raise _wrong(entity.entity, Text("it names no table", "не указана таблица"))
    if entity.unpivot or entity.key_from or entity.extra or entity.role != "rows":
        why = Text("only “fields” and “where” can be mapped here", "здесь можно задать только «fields» и «where»")
        raise _wrong(entity.entity, why)
    for field in entity.fields:
        name = f"{entity.entity}.{field.field}"
        if field.field not in known:
            raise _wrong(name, Text("there is no such field", "такого поля нет"))
        if sum(x is not None for x in (field.column, field.constant, field.expression)) != 1:
            why = Text("name one of column, constant, expression", "укажите одно: column, constant или expression")
            raise _wrong(name, why)
        if any(getattr(field, told) is not None for told in _OF_FILES):
            why = Text(
                "formats are for files: the table's columns are typed",
                "форматы — для файлов: колонки таблицы уже с типами",
            )
            raise _wrong(name, why)
    missing = [f.name for f in model.fields if f.required and f.name not in {m.field for m in entity.fields}]
    if missing:
        raise _wrong(f"{entity.entity}.{missing[0]}", Text("it is required", "это поле обязательно"))


def _select(entity: EntityMapping, table: str, dialect: Dialect) -> str:
    model = ENTITY[entity.entity]
    values: dict[str, Any] = {f.field: _value(model.field(f.field), f) for f in entity.fields}
    key = model.key_field
    values["_import_id"] = exp.convert(1)
    if key is not None and key.name in values:
        values["_key"] = exp.Lower(this=exp.Trim(this=_cast(values[key.name].copy(), "TEXT")))
    columns = [
        _cast(values.get(name) or exp.null(), _sql_type(kind)).as_(name, quoted=True)
        for name, kind in columns_of(entity.entity).items()
    ]
    query = exp.select(*columns).from_(_table(table))
    if entity.where:
        query = query.where(_expression(entity.where, f"{entity.entity}.where"))
    return str(query.sql(dialect=dialect.grammar))


def _value(field: Field, how: FieldMapping) -> Any:
    if how.constant is not None:
        return exp.convert(how.constant)
    if how.column is not None:
        value: Any = exp.column(how.column, quoted=True)
    else:
        value = exp.paren(_expression(how.expression or "", field.name))
    if not how.value_map:
        return value
    folded = exp.Lower(this=exp.Trim(this=_cast(value, "TEXT")))
    case = exp.Case()
    for spelling, canonical in sorted(how.value_map.items()):
        case = case.when(folded.copy().eq(exp.convert(spelling.strip().lower())), exp.convert(canonical))
    return case.else_(folded.copy())


def _expression(text: str, where: str) -> Any:
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError as error:
        raise _wrong(where, Text(f"“{text}” is no SQL expression", f"«{text}» — не SQL-выражение")) from error
    found = tree.find(*_REFUSED)
    if found is not None or not isinstance(tree, exp.Condition | exp.Paren | exp.Case):
        raise _wrong(where, Text(f"“{text}” is not a value of one row", f"«{text}» — не значение одной строки"))
    return tree


def _table(name: str) -> Any:
    if name.startswith(PARQUET):
        path = exp.to_identifier(name.removeprefix(PARQUET), quoted=True)
        return exp.Table(this=path, db=exp.to_identifier("parquet"))
    parts = [exp.to_identifier(part, quoted=True) for part in name.split(".")]
    if len(parts) > 3 or not all(p.this for p in parts):
        raise _wrong(name, Text("a table is called schema.table", "таблица называется schema.table"))
    if len(parts) == 1 and name in ENTITY:
        why = Text("write it with its schema, as in public.{n}", "укажите со схемой, например public.{n}").format(
            n=name
        )
        raise _wrong(name, why)
    names = dict(zip(("this", "db", "catalog"), reversed(parts), strict=False))
    return exp.Table(**names)


def _cast(value: Any, kind: str) -> Any:
    return exp.cast(value, exp.DataType.build(kind, dialect="duckdb"))


def _sql_type(kind: str) -> str:
    return {"int64": "BIGINT", "string": "TEXT", "float64": "DOUBLE"}.get(kind, kind.upper())


def _wrong(part: str, why: Text) -> MappingError:
    message = Text("The mapping cannot be used: {part}: {why}.", "Сопоставление нельзя использовать: {part}: {why}.")
    return MappingError(message.format(part=part, why=why))
