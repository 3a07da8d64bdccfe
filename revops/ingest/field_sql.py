"""One mapped field as SQL: how its text is taken from the table, and how it becomes a value of the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass

from revops.errors import MappingError
from revops.ingest.expression import compile_expression, expression_kind
from revops.ingest.own_export import EXACT
from revops.ingest.plain import PlainColumns
from revops.ingest.reading import (
    ColumnFormat,
    present,
    read_boolean,
    read_date,
    read_integer,
    read_number,
    read_timestamp,
)
from revops.ingest.types import FieldMapping, RawTable, literal, quoted
from revops.model import Field, FieldType
from revops.text import Text

CELL = "_cell"  # stands for the header of an unpivoted value
UNREADABLE = {
    FieldType.DATE: "unreadable_date",
    FieldType.TIMESTAMP: "unreadable_date",
    FieldType.DECIMAL: "unreadable_number",
    FieldType.INTEGER: "unreadable_number",
    FieldType.BOOLEAN: "unreadable_boolean",
    FieldType.VOCABULARY: "unknown_value",
    FieldType.ID: "unreadable_text",
    FieldType.TEXT: "unreadable_text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """How a field is computed in two steps.

    source: SQL over the raw columns: the trimmed text (a spelling of nothing is NULL), or an expression's value.
    value: SQL over the column `name` of that first step, giving the model's type.
    header: the column behind it, where there is one; only then can a value be unreadable.
    keeps_spelling: the canonical value replaces what the file says, which then goes to `extra`.
    direct: SQL over the raw columns for the value itself, where the column's shape is known; `value` names it then
    and `source` may.
    cheap: the value costs so little that computing it again is cheaper than keeping it.
    """

    field: Field
    source: str
    value: str
    name: str
    header: str | None = None
    keeps_spelling: bool = False
    direct: str | None = None
    cheap: bool = False


def plan_column(
    field: Field,
    plain: PlainColumns,
    header: str,
    name: str,
    fmt: ColumnFormat,
    value_map: MappingABC[str, str],
) -> FieldPlan:
    """A field filled from a column of the table. A spelling that is mapped to "" says nothing, like an empty cell."""
    direct = None if value_map else plain.direct(header, field.type, fmt)
    if direct is not None:
        value = f'"v_{name}"'
        fits = f"TRY_CAST({value} AS {field.type.sql})"
        unread = f"CASE WHEN {fits} IS NULL THEN {present(quoted(header))} END"
        return FieldPlan(
            field=field, source=unread, value=value, name=name, header=header, direct=direct.sql, cheap=direct.plain
        )
    source = plain.present(header)
    nothing = [spelling for spelling, value in value_map.items() if value == ""]
    if nothing:
        spellings = ", ".join(literal(s.strip().lower()) for s in nothing)
        source = f"(CASE WHEN lower({source}) NOT IN ({spellings}) THEN {source} END)"
    known = {spelling: value for spelling, value in value_map.items() if value != ""}
    exact = plain.own == EXACT
    if field.vocabulary is not None and not exact:
        known = {**_recognised(field, plain.raw, source), **known}
    return FieldPlan(
        field=field,
        source=source,
        value=_typed(field, f'"{name}"', fmt, known),
        name=name,
        header=header,
        keeps_spelling=not exact
        and (field.vocabulary is not None or (bool(known) and field.type in (FieldType.ID, FieldType.TEXT))),
        cheap=field.type in (FieldType.ID, FieldType.TEXT, FieldType.VOCABULARY),
    )


def plan_cell(field: Field, text: str, name: str, fmt: ColumnFormat) -> FieldPlan:
    """A field filled from the label or the cell of an unpivoted column: `text` is the SQL that yields it."""
    return FieldPlan(
        field=field, source=present(text), value=_typed(field, f'"{name}"', fmt, {}), name=name, header=CELL
    )


def plan_constant(field: Field, mapped: FieldMapping, raw: RawTable, name: str) -> FieldPlan:
    """A field that has one value in every row. Raises MappingError where it does not read as the field's type."""
    assert mapped.constant is not None
    text = literal(mapped.constant)
    known = {}
    if field.vocabulary is not None and (key := field.vocabulary.match(mapped.constant)) is not None:
        known = {mapped.constant: key}
    value = _typed(field, text, ColumnFormat(), known)
    row = raw.staging.execute(f"SELECT {value}").fetchone()
    if row is None or row[0] is None:
        message = Text(
            "“{value}” cannot be used for {label}: it is not a {type}.",
            "«{value}» не подходит для поля «{label}»: это не {type}.",
        )
        fix = None
        if field.vocabulary is not None:
            fix = Text("Known: {names}.", "Возможные значения: {names}.").format(
                names=", ".join(t.key for t in field.vocabulary.terms)
            )
        raise MappingError(message.format(value=mapped.constant, label=field.label, type=field.type.value), fix=fix)
    return FieldPlan(field=field, source="NULL", value=value, name=name, cheap=True)


def plan_expression(
    field: Field,
    mapped: FieldMapping,
    formats: MappingABC[str, ColumnFormat],
    as_of: dt.date | None,
    name: str,
) -> FieldPlan:
    """A field that is computed. A result out of range or of an unknown spelling is NULL."""
    assert mapped.expression is not None
    sql = compile_expression(mapped.expression, columns=formats, as_of=as_of)
    kind = expression_kind(mapped.expression, columns=formats, as_of=as_of)
    if kind == "text":
        value = _typed(field, f'"{name}"', ColumnFormat(), dict(mapped.value_map))
    else:
        value = f'TRY_CAST("{name}" AS {field.type.sql})'
    return FieldPlan(field=field, source=sql, value=value, name=name)


def _typed(field: Field, text: str, fmt: ColumnFormat, value_map: MappingABC[str, str]) -> str:
    """SQL that turns a trimmed text into the field's type; NULL where it does not read."""
    if field.type is FieldType.VOCABULARY:
        assert field.vocabulary is not None
        return _cases(text, {**{t.key: t.key for t in field.vocabulary.terms}, **value_map}, "NULL")
    if field.type is FieldType.BOOLEAN:
        told = {k: v for k, v in value_map.items() if v in ("true", "false")}
        read = read_boolean(text, fmt)
        return f"coalesce({_boolean_cases(text, told)}, {read})" if told else read
    if value_map:
        text = _cases(text, value_map, text)
    match field.type:
        case FieldType.DATE:
            return read_date(text, fmt)
        case FieldType.TIMESTAMP:
            return read_timestamp(text, fmt)
        case FieldType.DECIMAL:
            return read_number(text, fmt)
        case FieldType.INTEGER:
            return read_integer(text, fmt)
        case _:
            return f"upper({text})" if field.name == "currency" else f"CAST({text} AS VARCHAR)"


def _cases(text: str, value_map: MappingABC[str, str], otherwise: str) -> str:
    if not value_map:
        return otherwise
    whens = {spelling.strip().lower(): canonical for spelling, canonical in value_map.items()}
    listed = " ".join(f"WHEN {literal(s)} THEN {literal(c)}" for s, c in sorted(whens.items()))
    return f"CASE lower({text}) {listed} ELSE {otherwise} END"


def _boolean_cases(text: str, value_map: MappingABC[str, str]) -> str:
    whens = {spelling.strip().lower(): canonical for spelling, canonical in value_map.items()}
    listed = " ".join(f"WHEN {literal(s)} THEN {c.upper()}" for s, c in sorted(whens.items()))
    return f"CASE lower({text}) {listed} END"


def _recognised(field: Field, raw: RawTable, source: str, most: int = 500) -> dict[str, str]:
    """Spellings of this table that the vocabulary knows, so that a saved mapping reads a value it has not met."""
    assert field.vocabulary is not None
    found = raw.staging.execute(
        f"SELECT DISTINCT v FROM (SELECT {source} AS v FROM {raw.relation}) WHERE v IS NOT NULL LIMIT {most}"
    ).fetchall()
    matched = {spelling: field.vocabulary.match(spelling) for (spelling,) in found}
    return {spelling: key for spelling, key in matched.items() if key is not None}
