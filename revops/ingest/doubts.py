"""Columns whose header promises what some of their values do not keep: said with the share, never passed over."""

from __future__ import annotations

from collections.abc import Sequence

from revops.ingest.check import named_entity
from revops.ingest.expression import headers_used
from revops.ingest.headers import STRONG, currency_code, name_matches
from revops.ingest.types import ColumnProfile, EntityMapping, FieldMapping, Question, TableProfile
from revops.model import Entity, Field, FieldType
from revops.text import Text

_NUMERIC = (FieldType.DECIMAL, FieldType.INTEGER)
_DATED = (FieldType.DATE, FieldType.TIMESTAMP)
_KINDS = {  # what most values of a column of text read as -> what the others are not
    "integer": Text("no numbers", "не числа"),
    "decimal": Text("no numbers", "не числа"),
    "date": Text("no dates", "не даты"),
    "timestamp": Text("no dates", "не даты"),
}


def doubts(entities: Sequence[EntityMapping], profile: TableProfile) -> list[Question]:
    """Of columns in use, the values that will be lost or have their rows rejected; of columns left out although their
    header names a field, that their values are none. Nothing here blocks a load."""
    columns = {c.name: c for c in profile.columns}
    found: dict[tuple[str, str], Question] = {}
    for one in entities:
        model = named_entity(one.entity)
        for mapped in one.fields:
            for header in _headers(mapped):
                asked = _unread(model, mapped, columns[header]) if header in columns else None
                if asked is not None:
                    found.setdefault((header, "unread_values"), asked)
    used = {h for e in entities for f in e.fields for h in _headers(f)}
    used |= {h for e in entities if e.unpivot for h in e.unpivot.columns}
    for one in entities:
        if one.role == "rows" and one.unpivot is None:
            for column in profile.columns:
                if column.name not in used and (asked := _unfit(one, column)) is not None:
                    found.setdefault((column.name, "unfit_column"), asked)
    return list(found.values())


def _headers(mapped: FieldMapping) -> Sequence[str]:
    if mapped.column is not None:
        return (mapped.column,)
    return tuple(headers_used(mapped.expression)) if mapped.expression is not None else ()


def _unread(model: Entity, mapped: FieldMapping, column: ColumnProfile) -> Question | None:
    """What happens to the values that are none of the field's."""
    field = model.field(mapped.field)
    if field.name == "currency":
        return _odd_currencies(model, field, mapped, column)
    read = column.mostly in _KINDS and (mapped.column is None or field.type in (*_NUMERIC, *_DATED))
    if not read or all(v in mapped.value_map for v in column.unreadable_examples):
        return None
    then = (
        Text("Their rows are rejected.", "Эти строки будут отклонены.")
        if field.required
        else Text("Their rows are loaded without “{label}”.", "Эти строки загрузятся без поля «{label}».")
    )
    said = Text(
        "“{header}”: {n} of {of} values ({share} %) are {nothing} ({examples}). {then}",
        "«{header}»: {nothing} — {n} из {of} значений ({share} %): {examples}. {then}",
    )
    text = said.format(
        header=column.name,
        n=column.unreadable,
        of=column.rows - column.missing,
        share=_percent(1 - column.read_share),
        nothing=_KINDS[column.mostly or ""],
        examples=_listed(column.unreadable_examples),
        then=then.format(label=field.label),
    )
    return Question(code="unread_values", entity=model.name, field=field.name, column=column.name, text=text)


def _odd_currencies(model: Entity, field: Field, mapped: FieldMapping, column: ColumnProfile) -> Question | None:
    odd = [(v, n) for v, n in column.top if currency_code(v) is None and v not in mapped.value_map]
    if not odd:
        return None
    rows = sum(n for _, n in odd)
    text = Text(
        "“{header}”: {n} of {of} values ({share} %) name no currency ({examples}). They stay as written until you say "
        "which currency they mean.",
        "«{header}»: {n} из {of} значений ({share} %) не называют валюту: {examples}. Они останутся как есть, пока вы "
        "не укажете, какая это валюта.",
    ).format(
        header=column.name,
        n=rows,
        of=column.rows - column.missing,
        share=_percent(rows / max(column.rows - column.missing, 1)),
        examples=_listed([v for v, _ in odd]),
    )
    return Question(code="unread_values", entity=model.name, field=field.name, column=column.name, text=text)


def _unfit(one: EntityMapping, column: ColumnProfile) -> Question | None:
    """A column of text, left out, whose header is the name of a number, a date or a currency that nothing fills."""
    if column.type != "text" or column.mostly is not None:
        return None
    model = named_entity(one.entity)
    for (entity, name), match in name_matches(column.name).items():
        if entity != model.name or match.how != "exact" or match.score < STRONG:
            continue
        field, mapped = model.field(name), one.field(name)
        typed = field.type in (*_NUMERIC, *_DATED) or name == "currency"
        if typed and (mapped is None or mapped.assumed):
            text = Text(
                "“{header}” is a name of “{label}”, but its values are none ({examples}): it fills nothing and is kept "
                "as a column of your own.",
                "«{header}» — название поля «{label}», но значения не подходят ({examples}): колонка не заполняет "
                "ничего и сохранится как ваша собственная.",
            ).format(header=column.name, label=field.label, examples=_listed(column.examples))
            return Question(code="unfit_column", entity=model.name, field=name, column=column.name, text=text)
    return None


def _percent(share: float) -> int:
    return max(1, round(share * 100))


def _listed(values: Sequence[str]) -> Text:
    shown = [v if len(v) <= 30 else f"{v[:29]}…" for v in values[:3]]
    more = ", …" if len(values) > 3 else ""
    return Text(", ".join(f"“{v}”" for v in shown) + more, ", ".join(f"«{v}»" for v in shown) + more)
