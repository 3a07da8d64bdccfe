"""The mapping as a table that a person edits: a row a column of the file, and the fields it fills."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from revops.importing import Draft, edits
from revops.ingest.types import Context, EntityMapping, Mapping
from revops.model import ENTITIES, ENTITY
from revops.text import Language, Text

SEPARATOR = "."
READS_AS = {
    "empty": Text("empty", "пусто"),
    "integer": Text("whole number", "целое число"),
    "decimal": Text("number", "число"),
    "date": Text("date", "дата"),
    "timestamp": Text("date and time", "дата и время"),
    "boolean": Text("yes or no", "да или нет"),
    "text": Text("text", "текст"),
}
KEPT = Text("kept as a dimension of your own", "сохраняется как ваш собственный разрез")
SPREAD = Text("each such column becomes a row of “{entity}”", "каждая такая колонка станет строкой таблицы «{entity}»")
UNUSED = Text("not used", "не используется")


def targets() -> list[str]:
    """Every field of the model as "entity.field"."""
    return [f"{e.name}{SEPARATOR}{f.name}" for e in ENTITIES for f in e.fields]


def target_label(target: str, language: Language) -> str:
    """ "Deals · Amount"."""
    entity, _, field = target.partition(SEPARATOR)
    model = ENTITY[entity]
    return f"{model.label[language]} · {model.field(field).label[language]}"


def rows(draft: Draft, language: Language) -> pd.DataFrame:
    """One row a column: column, examples, reads_as (text), targets (list of "entity.field"), sure (0..100 or null:
    how sure the proposal is), why (text)."""
    out = []
    for column in draft.profile.columns:
        filled = [(e, f) for e in draft.mapping.entities for f in e.fields if f.column == column.name]
        spread = next((e for e in draft.mapping.entities if e.unpivot and column.name in e.unpivot.columns), None)
        missing = column.null_share
        reads = READS_AS[column.type][language] if column.type in READS_AS else column.type
        out.append(
            {
                "column": column.name,
                "examples": " · ".join(dict.fromkeys(column.examples[:3])),
                "reads_as": reads + (f" · {missing:.0%} ∅" if missing >= 0.005 else ""),
                "targets": [f"{e.entity}{SEPARATOR}{f.field}" for e, f in filled],
                "sure": round(100 * max(f.confidence for _, f in filled)) if filled else None,
                "why": _why(draft.mapping, column.name, [f.reason for _, f in filled], spread)[language],
            }
        )
    frame = pd.DataFrame(out, columns=["column", "examples", "reads_as", "targets", "sure", "why"])
    return frame.astype({"sure": "Int64"})


def _why(mapping: Mapping, header: str, reasons: list[Text], spread: EntityMapping | None) -> Text:
    if reasons:
        return Text("; ".join(dict.fromkeys(r.en for r in reasons)), "; ".join(dict.fromkeys(r.ru for r in reasons)))
    if spread is not None:
        return SPREAD.format(entity=ENTITY[spread.entity].label)
    return KEPT if any(header in e.extra for e in mapping.entities) else UNUSED


def with_targets(draft: Draft, context: Context, header: str, wanted: list[str]) -> Draft:
    """The draft with `header` filling exactly the wanted fields. Raises MappingError."""
    had = {f"{e.entity}{SEPARATOR}{f.field}" for e in draft.mapping.entities for f in e.fields if f.column == header}
    mapping = draft.mapping
    for target in sorted(had - set(wanted)):
        entity, _, field = target.partition(SEPARATOR)
        mapping = without_field(mapping, draft, entity, field)
    for target in wanted:
        if target not in had:
            entity, _, field = target.partition(SEPARATOR)
            mapping = edits.with_column(mapping, draft.raw, draft.profile, context, header, entity, field)
    return draft.changed(mapping)


def without_field(mapping: Mapping, draft: Draft, entity: str, field: str) -> Mapping:
    """Nothing fills the field any more; a column that now fills nothing is kept as a dimension, an entity of which
    nothing is left goes."""
    entities = []
    freed = next((f.column for e in mapping.entities if e.entity == entity for f in e.fields if f.field == field), None)
    for one in mapping.entities:
        if one.entity == entity:
            one = replace(one, fields=tuple(f for f in one.fields if f.field != field))
        if one.fields or one.unpivot:
            entities.append(one)
    if freed is not None and entities and all(f.column != freed for e in entities for f in e.fields):
        entities[0] = replace(entities[0], extra=(*entities[0].extra, freed))
    return edits.asked(replace(mapping, entities=tuple(entities)), mapping, draft.profile)


def with_constant(draft: Draft, entity: str, field: str, value: str) -> Draft:
    """Every record has this value in the field: a person said so."""
    from revops.ingest.types import FieldMapping

    said = FieldMapping(field=field, constant=value)
    entities = []
    for one in draft.mapping.entities:
        if one.entity == entity:
            by_name = {f.field: f for f in one.fields} | {field: said}
            ordered = tuple(by_name[f.name] for f in ENTITY[entity].fields if f.name in by_name)
            one = replace(one, fields=ordered)
        entities.append(one)
    changed = replace(draft.mapping, entities=tuple(entities))
    return draft.changed(edits.asked(changed, draft.mapping, draft.profile))
