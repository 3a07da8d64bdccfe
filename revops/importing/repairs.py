"""What can be done about rows that would be rejected, or lose a value, as changes of the mapping.

The file stays as it was uploaded: a repair is part of how it is read, is shown with the mapping, and serves the next
export with the same headers too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from revops.errors import MappingError
from revops.importing import edits
from revops.importing.by_hand import problems_of
from revops.importing.drafts import Draft
from revops.importing.values import MOST_VALUES, mapped_field, spellings, with_field, with_values
from revops.ingest.check import check_field, mapped_formats
from revops.ingest.reading import ColumnFormat, read_date, read_number
from revops.ingest.types import FieldMapping, NumberFormat, StagedLoad, literal, quoted
from revops.model import ENTITY, Field, FieldType
from revops.text import Text

BY_HAND: Final = Text("repaired by hand", "исправлено вручную")
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


# --- rows that would be rejected --------------------------------------------------------------------------------------


def offending(staged: StagedLoad, entity: str, field: str, code: str) -> list[tuple[str, int]]:
    """The values behind a rejection or a warning with counts, commonest first (MOST_VALUES at most)."""
    problems = problems_of(next(e for e in staged if e.entity == entity))
    return staged.raw.staging.execute(
        f"SELECT value, count(*) FROM ({problems}) WHERE field = ? AND code = ? AND value IS NOT NULL "
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
    _, mapped = mapped_field(draft, entity, field)
    own = _format(draft, mapped)
    found = zip(values, _read(draft, ENTITY[entity].field(field), way, values), strict=True)
    pairs = {value: _written(read, own) for value, read in found if read is not None}
    return with_values(draft, entity, field, pairs) if pairs else draft


def read_as(draft: Draft, entity: str, field: str, values: Sequence[str], meaning: str) -> Draft:
    """The draft in which each of the values means `meaning`: a value of the field's list, an ISO date, a number
    with a point, a text; "" means nothing. Raises MappingError where it does not read as the field's type."""
    model = ENTITY[entity].field(field)
    _, mapped = mapped_field(draft, entity, field)
    if meaning and model.type in (*DATES, *NUMBERS):
        _constant(model, meaning)
        way = "%Y-%m-%d" if model.type in DATES else "1,234.56"
        (read,) = _read(draft, model, way, [meaning.strip()])
        if read is None:
            raise _unreadable(model, meaning, "2026-01-31" if model.type in DATES else "1234.56")
        meaning = _written(read, _format(draft, mapped))
    return with_values(draft, entity, field, dict.fromkeys(values, meaning))


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
    one, mapped = mapped_field(draft, entity, field)
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
    result = with_field(draft, one, changed)
    check_field(ENTITY[entity], changed, mapped_formats(draft.raw, draft.profile, result.mapping), result.mapping.as_of)
    return result


def without_rows(draft: Draft, entity: str, field: str, values: Sequence[str] = ()) -> Draft:
    """The draft that leaves out, knowingly, the rows that say nothing in the field, or one of these values."""
    one, mapped = mapped_field(draft, entity, field)
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


def _written(value: object, own: ColumnFormat) -> str:
    """A date or a number as the column writes its own."""
    if isinstance(value, dt.date):
        return value.strftime(own.date or "%Y-%m-%d")
    return f"{value:f}".replace(".", (own.number or NumberFormat()).decimal)


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
