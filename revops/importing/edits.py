"""A person's corrections of a proposed mapping. Each gives a new Mapping with its questions asked anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from revops.ingest import edit
from revops.ingest.check import named_entity
from revops.ingest.date_order import day_first
from revops.ingest.questions import questions_for
from revops.ingest.reading import header_error
from revops.ingest.suggest import suggest_entity
from revops.ingest.types import Context, EntityMapping, FieldMapping, Mapping, RawTable, TableProfile
from revops.text import Text


def filled_as(
    raw: RawTable, profile: TableProfile, context: Context, entity: str, before: Mapping | None = None
) -> Mapping:
    """The best mapping of the table to this entity and no other; cells corrected in `before` stay corrected.

    Raises MappingError for an unknown entity.
    """
    found = suggest_entity(raw, profile, context, named_entity(entity).name)
    return replace(found, corrections=before.corrections if before is not None else None)


def with_column(
    mapping: Mapping, raw: RawTable, profile: TableProfile, context: Context, header: str, entity: str, field: str
) -> Mapping:
    """`header` fills `entity.field`, whatever was proposed for that field; an entity not yet mapped is added.

    Raises MappingError for an unknown entity, field or header.
    """
    column = find_header(header, raw)
    if column is None:
        raise header_error(header, raw.columns)
    return edit.with_column(mapping, raw, profile, entity, field, column=column)


def with_date_order(mapping: Mapping, profile: TableProfile, *, day_comes_first: bool) -> Mapping:
    """Every date column that reads both ways is read day first, or month first; its question is answered."""
    formats = {
        c.name: settled
        for c in profile.columns
        if c.ambiguous_date
        and (settled := next((f for f in c.date_formats if day_first(f) is day_comes_first), None)) is not None
    }

    def settle(one: EntityMapping) -> EntityMapping:
        fields = tuple(
            replace(f, date_format=formats[f.column]) if f.date_format and f.column in formats else f
            for f in one.fields
        )
        unpivot = one.unpivot
        if unpivot is not None and unpivot.date_format:
            first = next((formats[h] for h in unpivot.columns if h in formats), unpivot.date_format)
            unpivot = replace(unpivot, date_format=first)
        return replace(one, fields=fields, unpivot=unpivot)

    changed = replace(mapping, entities=tuple(settle(e) for e in mapping.entities))
    return asked(changed, mapping, profile, answered=frozenset(formats))


def repeated_in_order(mapping: Mapping, profile: TableProfile) -> Mapping:
    """Headers written more than once are told apart by their order; the question is answered."""
    return asked(replace(mapping, repeated_in_order=True), mapping, profile)


def as_of(mapping: Mapping, profile: TableProfile, day: dt.date) -> Mapping:
    """A snapshot without dates is read as of `day`; a mapping that uses no such day stays as it is."""
    if mapping.as_of is None:
        return mapping
    return asked(replace(mapping, as_of=day), mapping, profile)


def in_currency(mapping: Mapping, profile: TableProfile, code: str) -> Mapping:
    """Amounts that name no currency are in `code`."""

    def told(f: FieldMapping) -> FieldMapping:
        if f.field != "currency" or not f.assumed:
            return f
        return replace(
            f, constant=code, assumed=False, confidence=1.0, reason=Text("chosen by hand", "выбрано вручную")
        )

    entities = tuple(replace(e, fields=tuple(told(f) for f in e.fields)) for e in mapping.entities)
    changed = replace(mapping, entities=entities, currency=code if mapping.currency else None)
    return asked(changed, mapping, profile)


def for_any_file(mapping: Mapping) -> Mapping:
    """The mapping for other files with these headers: without what was corrected in the rows of this one."""
    return replace(mapping, corrections=None)


def asked(
    changed: Mapping, before: Mapping, profile: TableProfile, *, answered: frozenset[str] = frozenset()
) -> Mapping:
    """The changed mapping with the questions that are open now; date orders settled in `before` stay settled."""
    still_open = {q.column for q in before.questions if q.code == "date_order"}
    settled = {column for column in _dated(before) if column not in still_open} | answered
    questions = questions_for(changed.entities, profile, changed, answered=frozenset(settled))
    return replace(changed, questions=questions)


def _dated(mapping: Mapping) -> set[str]:
    """The columns that the mapping reads as dates."""
    found = {f.column for e in mapping.entities for f in e.fields if f.column and f.date_format}
    return found | {h for e in mapping.entities if e.unpivot for h in e.unpivot.columns}


def find_header(header: str, raw: RawTable) -> str | None:
    """The table's own spelling of a header, spaces and case aside; None where it has none, or several."""
    if header in raw.columns:
        return header
    same = [c for c in raw.columns if c.strip().casefold() == header.strip().casefold()]
    return same[0] if len(same) == 1 else None
