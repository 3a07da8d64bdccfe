"""What a person should know of a staged load besides its figures: keys that were made, assumptions, values lost."""

from __future__ import annotations

from revops.ingest.check import named_entity
from revops.ingest.corrections import note_of
from revops.ingest.types import Mapping, RawTable, StagedEntity
from revops.text import Text


def notes_of(raw: RawTable, mapping: Mapping, staged: tuple[StagedEntity, ...]) -> list[Text]:
    """In both languages, in the order of the mapping's entities."""
    notes: list[Text] = []
    for one, result in zip(mapping.entities, staged, strict=True):
        model = named_entity(one.entity)
        key = model.key_field
        if key is not None and one.unpivot is None and one.field(key.name) is None:
            parts = ", ".join(one.key_from or [n for n in model.natural_key if one.field(n)])
            notes.append(
                Text(
                    "{entity}: there is no key column; a stable key is made from {parts}.",
                    "{entity}: колонки с ключом нет, постоянный ключ составлен из: {parts}.",
                ).format(entity=model.label, parts=parts)
            )
        for f in one.fields:
            if f.assumed:
                value = f.constant or f.expression or f.column
                notes.append(
                    Text("{label}: {value} (assumed).", "{label}: {value} (принято по умолчанию).").format(
                        label=model.field(f.field).label, value=value
                    )
                )
        for w in result.warnings:
            notes.append(
                Text("{label}: {reason} ({n}).", "{label}: {reason} ({n}).").format(
                    label=model.field(w.field).label, reason=w.reason, n=w.count
                )
            )
    by_hand = note_of(raw, mapping)
    if by_hand is not None:
        notes.append(by_hand)
    if mapping.as_of is not None:
        notes.append(
            Text(
                "The file has no dates of its own: it is read as of {day}.",
                "В файле нет своих дат: данные считаются верными на {day}.",
            ).format(day=mapping.as_of.isoformat())
        )
    return notes
