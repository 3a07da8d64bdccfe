"""What can be done about rows that would be rejected, and about values of a closed list, as changes of the mapping.

The file stays as it was uploaded: a repair is part of how it is read, is shown with the mapping, and serves the next
export with the same headers too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from revops.errors import MappingError
from revops.importing import edits
from revops.importing.drafts import Draft
from revops.ingest.check import check_field, mapped_formats
from revops.ingest.reading import ColumnFormat, present, read_date, read_number
from revops.ingest.types import EntityMapping, FieldMapping, NumberFormat, StagedLoad, literal, quoted
from revops.model import ENTITY, Field, FieldType
from revops.text import Text

BY_HAND: Final = Text("repaired by hand", "исправлено вручную")
MOST_VALUES: Final = 500  # distinct spellings of one column that are listed, commonest first
DATES: Final = (FieldType.DATE, FieldType.TIMESTAMP)
NUMBERS: Final = (FieldType.DECIMAL, FieldType.INTEGER)
PATTERNS: Final = {
    "%Y-%m-%d": "2026-01-31",
    "%d.%m.%Y": "31.01.2026",
    "%d/%m/%Y": "31/01/2026",
    "%m/%d/%Y": "01/31/2026",
    "%d-%m-%Y": "31-01-2026",
    "%m-%d-%Y": "01-31-2026",
    "%Y/%m/%d": "2026/01/31",
    "%Y%m%d": "20260131",
    "%d.%m.%y": "31.01.26",
    "%m/%d/%y": "01/31/26",
    "%d/%m/%y": "31/01/26",
    "%d %b %Y": "31 Jan 2026",
    "%b %d, %Y": "Jan 31, 2026",
    "%B %d, %Y": "January 31, 2026",
    "%Y-%m": "2026-01",
}
WRITTEN: Final = {
    "1,234.56": NumberFormat(decimal=".", thousands=","),
    "1.234,56": NumberFormat(decimal=",", thousands="."),
    "1 234,56": NumberFormat(decimal=",", thousands=" "),
    "1 234.56": NumberFormat(decimal=".", thousands=" "),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One value of a column that has a closed list. meaning: its canonical value, "" for a spelling that says
    nothing, None where it is not known."""

    value: str
    rows: int
    meaning: str | None


# --- values of closed lists -------------------------------------------------------------------------------------------


def listed_fields(draft: Draft) -> list[tuple[EntityMapping, FieldMapping, Field]]:
    """The fields with a closed list that a column fills, in the mapping's order."""
    found = []
    for one in draft.mapping.entities:
        for mapped in one.fields:
            field = ENTITY[one.entity].field(mapped.field)
            if field.vocabulary is not None and mapped.column is not None:
                found.append((one, mapped, field))
    return found


def spellings(draft: Draft, mapped: FieldMapping, field: Field) -> list[Spelling]:
    """How the column spells its values, commonest first (MOST_VALUES at most), with what each is read as."""
    assert mapped.column is not None
    assert field.vocabulary is not None
    told = {s.strip().lower(): canonical for s, canonical in mapped.value_map.items()}
    rows = draft.raw.staging.execute(
        f"SELECT v, count(*) FROM (SELECT {present(quoted(mapped.column))} AS v FROM {draft.raw.relation}) "
        f"WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {MOST_VALUES}"
    ).fetchall()
    return [Spelling(value=v, rows=n, meaning=told.get(v.lower(), field.vocabulary.match(v))) for v, n in rows]


def with_values(draft: Draft, entity: str, field: str, pairs: Mapping[str, str]) -> Draft:
    """The draft in which the column that fills the field reads each spelling as the value beside it ("": nothing)."""
    one, mapped = _mapped(draft, entity, field)
    folded = {s.strip().lower() for s in pairs}
    kept = {s: c for s, c in mapped.value_map.items() if s.strip().lower() not in folded}
    return _with(draft, one, replace(mapped, value_map={**kept, **pairs}))


# --- rows that would be rejected --------------------------------------------------------------------------------------


def offending(staged: StagedLoad, entity: str, field: str, code: str) -> list[tuple[str, int]]:
    """The values behind a rejection with counts, commonest first (MOST_VALUES at most); none where values lack."""
    relation = next(e.rejected for e in staged if e.entity == entity)
    return staged.raw.staging.execute(
        f"SELECT value, count(*) FROM {relation} WHERE field = ? AND code = ? AND value IS NOT NULL "
        f"GROUP BY value ORDER BY count(*) DESC, value LIMIT {MOST_VALUES}",
        [field, code],
    ).fetchall()


def ways_to_read(draft: Draft, field: Field, values: Sequence[str]) -> dict[str, int]:
    """Ways of writing a date or a number by which at least one of the values reads: way -> how many, best first."""
    found = {}
    for way in PATTERNS if field.type in DATES else WRITTEN if field.type in NUMBERS else ():
        count = sum(v is not None for v in _read(draft, field, way, values))
        if count:
            found[way] = count
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def read_also(draft: Draft, entity: str, field: str, way: str, values: Sequence[str]) -> Draft:
    """The draft in which those of the values that are written `way` are read so, beside the column's own way."""
    _, mapped = _mapped(draft, entity, field)
    assert mapped.column is not None
    model = ENTITY[entity].field(field)
    own = _format(draft, mapped)
    pairs = {}
    for value, read in zip(values, _read(draft, model, way, values), strict=True):
        if read is None:
            continue
        if isinstance(read, dt.date):
            pairs[value] = read.strftime(own.date or "%Y-%m-%d")
        else:
            pairs[value] = str(read).replace(".", (own.number or NumberFormat()).decimal)
    return with_values(draft, entity, field, pairs) if pairs else draft


def filled(
    draft: Draft,
    entity: str,
    field: str,
    *,
    column: str | None = None,
    constant: str | None = None,
    as_of: dt.date | None = None,
) -> Draft:
    """The draft in which the field, where it is empty, takes another column's value, a constant or the as-of day.

    Raises MappingError where the constant does not read as the field's type, and where the field's own column writes
    dates or numbers in a way that was chosen against its looks.
    """
    one, mapped = _mapped(draft, entity, field)
    model = ENTITY[entity].field(field)
    if as_of is not None:
        instead = "as_of"
    elif column is not None:
        instead = _reader(model, quoted(column))
    else:
        instead = _constant(model, constant or "")
    expression = f"coalesce({_own(draft, mapped, model)}, {instead})"
    changed = FieldMapping(
        field=field, expression=expression, value_map=_recognised(draft, mapped, model, column), reason=BY_HAND
    )
    if as_of is not None:
        draft = replace(draft, mapping=replace(draft.mapping, as_of=as_of))
    result = _with(draft, one, changed)
    check_field(ENTITY[entity], changed, mapped_formats(draft.raw, draft.profile, result.mapping), result.mapping.as_of)
    return result


def without_rows(draft: Draft, entity: str, field: str, values: Sequence[str] = ()) -> Draft:
    """The draft that leaves out, knowingly, the rows that say nothing in the field, or one of these values."""
    one, mapped = _mapped(draft, entity, field)
    source = quoted(mapped.column) if mapped.column is not None else f"({mapped.expression})"
    kept = f"{source} is not null"
    if values:
        listed = ", ".join(literal(v) for v in values)
        kept = f"({source} is null or not {source} in ({listed}))"
    where = f"({one.where}) and {kept}" if one.where else kept
    entities = tuple(replace(e, where=where) if e is one else e for e in draft.mapping.entities)
    changed = replace(draft.mapping, entities=entities)
    return draft.changed(edits.asked(changed, draft.mapping, draft.profile))


# --- inside -----------------------------------------------------------------------------------------------------------


def _mapped(draft: Draft, entity: str, field: str) -> tuple[EntityMapping, FieldMapping]:
    one = draft.mapping.entity(entity)
    mapped = one.field(field) if one is not None else None
    if one is None or mapped is None:
        raise MappingError(
            Text("Nothing fills {entity}.{field}.", "Поле {entity}.{field} ничем не заполнено.").format(
                entity=entity, field=field
            )
        )
    return one, mapped


def _with(draft: Draft, one: EntityMapping, changed: FieldMapping) -> Draft:
    fields = tuple(changed if f.field == changed.field else f for f in one.fields)
    entities = tuple(replace(e, fields=fields) if e is one else e for e in draft.mapping.entities)
    mapping = replace(draft.mapping, entities=entities)
    return draft.changed(edits.asked(mapping, draft.mapping, draft.profile))


def _format(draft: Draft, mapped: FieldMapping) -> ColumnFormat:
    assert mapped.column is not None
    formats = mapped_formats(draft.raw, draft.profile, draft.mapping)
    return formats[mapped.column].settled(mapped.date_format, mapped.number)


def _read(draft: Draft, field: Field, way: str, values: Sequence[str]) -> list[object]:
    """Each value read in that way: a date, a number, or None."""
    if field.type in DATES:
        sql = read_date("v", ColumnFormat(date=way))
    else:
        sql = read_number("v", ColumnFormat(number=WRITTEN[way]))
    rows = draft.raw.staging.execute(
        f"SELECT {sql} FROM (SELECT unnest($values) AS v, generate_subscripts($values, 1) AS place) ORDER BY place",
        {"values": list(values)},
    ).fetchall()
    return [value for (value,) in rows]


def _reader(field: Field, source: str) -> str:
    """An expression's piece that reads a text as the field's type."""
    reader = {
        FieldType.DATE: "date",
        FieldType.TIMESTAMP: "timestamp",
        FieldType.DECIMAL: "number",
        FieldType.INTEGER: "integer",
    }.get(field.type)
    return f"{reader}({source})" if reader else source


def _own(draft: Draft, mapped: FieldMapping, field: Field) -> str:
    if mapped.expression is not None:
        return mapped.expression
    if mapped.column is None:
        return literal(mapped.constant or "")
    bare = replace(mapped, date_format=None, number=None)
    entities = tuple(
        replace(e, fields=tuple(bare if f is mapped else f for f in e.fields)) for e in draft.mapping.entities
    )
    alone = mapped_formats(draft.raw, draft.profile, replace(draft.mapping, entities=entities))[mapped.column]
    if field.type in (*DATES, *NUMBERS) and alone != _format(draft, mapped):
        raise MappingError(
            Text(
                "“{column}” is read in a way that was chosen by hand, so nothing can be put in its place.",
                "«{column}» читается так, как выбрано вручную, поэтому подставить ничего нельзя.",
            ).format(column=mapped.column),
            fix=Text("Fill the cells in the file.", "Заполните ячейки в файле."),
        )
    return _reader(field, quoted(mapped.column))


def _constant(field: Field, text: str) -> str:
    if field.type in (*DATES, *NUMBERS):
        reader = _reader(field, literal(text.strip()))
        if field.type in DATES:
            try:
                dt.date.fromisoformat(text.strip()[:10])
            except ValueError as error:
                raise _unreadable(field, text, "2026-01-31") from error
        else:
            try:
                float(text)
            except ValueError as error:
                raise _unreadable(field, text, "1234.56") from error
        return reader
    if field.vocabulary is not None:
        key = field.vocabulary.match(text)
        if key is None:
            raise _unreadable(field, text, ", ".join(t.key for t in field.vocabulary.terms))
        return literal(key)
    return literal(text)


def _unreadable(field: Field, text: str, example: str) -> MappingError:
    return MappingError(
        Text("“{value}” cannot be used for {label}.", "«{value}» не подходит для поля «{label}».").format(
            value=text, label=field.label
        ),
        fix=Text("Write it like this: {example}.", "Запишите так: {example}.").format(example=example),
    )


def _recognised(draft: Draft, mapped: FieldMapping, field: Field, other: str | None) -> dict[str, str]:
    """For a closed list: what every spelling of the columns means, since an expression recognises none by itself."""
    if field.vocabulary is None:
        return dict(mapped.value_map)
    found = dict(mapped.value_map)
    for column in (mapped.column, other):
        if column is not None:
            for spelling in spellings(draft, replace(mapped, column=column), field):
                if spelling.meaning is not None:
                    found.setdefault(spelling.value, spelling.meaning)
    return found
