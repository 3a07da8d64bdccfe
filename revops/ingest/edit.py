"""A mapping as rows of a table that a person edits, and each edit as a new mapping.

Every edit checks what it names (with the nearest known name in the error) and asks anew what is still open.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from revops.errors import MappingError
from revops.ingest.check import (
    can_make_key,
    check_field,
    mapped_formats,
    named_entity,
    named_field,
)
from revops.ingest.details import amount_follows, from_column
from revops.ingest.evidence import TableView
from revops.ingest.questions import questions_for
from revops.ingest.reading import header_error
from revops.ingest.suggest import suggest_entity
from revops.ingest.types import Context, EntityMapping, FieldMapping, Mapping, Question, RawTable, TableProfile
from revops.model import Entity
from revops.text import Text

KEEP, IGNORE = "keep as extra", "ignore"
_BY_HAND = Text("chosen by hand", "выбрано вручную")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One line of the mapping's table: a column of the file, or a value that no column holds.

    kind: "column" | "constant" | "expression". source: the header, the constant or the expression.
    targets: "entity.field", in the mapping's order; () for a column that fills nothing, which is then kept as
    extra (`kept`) or ignored. samples: up to three values as written. confidence: None where nothing is filled.
    """

    kind: str
    source: str
    targets: tuple[str, ...] = ()
    kept: bool = False
    samples: tuple[str, ...] = ()
    confidence: float | None = None
    reason: Text = Text("", "")
    assumed: bool = False

    @property
    def target(self) -> str:
        """The targets in one text: "opportunities.closed_at", "keep as extra" or "ignore"."""
        return ", ".join(self.targets) or (KEEP if self.kept else IGNORE)


def as_rows(mapping: Mapping, raw: RawTable, profile: TableProfile) -> list[MappingRow]:
    """One row a column of the file, in its order, then one row a constant or an expression."""
    by_column: dict[str, list[tuple[str, FieldMapping]]] = {}
    computed: list[MappingRow] = []
    unpivoted: dict[str, tuple[str, str]] = {}
    kept = {h for e in mapping.entities for h in e.extra}
    for one in mapping.entities:
        for f in one.fields:
            target = f"{one.entity}.{f.field}"
            if f.column is not None:
                by_column.setdefault(f.column, []).append((target, f))
            else:
                computed.append(_computed_row(target, f))
        for header, label in one.unpivot.columns.items() if one.unpivot else ():
            assert one.unpivot is not None
            unpivoted[header] = (f"{one.entity}.{one.unpivot.value_field}", label)
    rows = []
    for column in profile.columns:
        samples = tuple(column.examples[:3])
        if column.name in by_column:
            fills = by_column[column.name]
            best = max((f for _, f in fills), key=lambda f: f.confidence)
            rows.append(
                MappingRow(
                    kind="column",
                    source=column.name,
                    targets=tuple(t for t, _ in fills),
                    samples=samples,
                    confidence=best.confidence,
                    reason=fills[0][1].reason,
                    assumed=any(f.assumed for _, f in fills),
                )
            )
        elif column.name in unpivoted:
            target, label = unpivoted[column.name]
            why = Text("each value is one record of “{label}”", "каждое значение — запись «{label}»").format(
                label=label
            )
            rows.append(
                MappingRow(
                    kind="column", source=column.name, targets=(target,), samples=samples, confidence=0.95, reason=why
                )
            )
        else:
            rows.append(MappingRow(kind="column", source=column.name, kept=column.name in kept, samples=samples))
    return rows + computed


def _computed_row(target: str, f: FieldMapping) -> MappingRow:
    return MappingRow(
        kind="constant" if f.constant is not None else "expression",
        source=f.constant if f.constant is not None else f.expression or "",
        targets=(target,),
        confidence=f.confidence,
        reason=f.reason,
        assumed=f.assumed,
    )


def with_column(
    mapping: Mapping,
    raw: RawTable,
    profile: TableProfile,
    entity: str,
    field: str,
    *,
    column: str | None = None,
    constant: str | None = None,
    expression: str | None = None,
) -> Mapping:
    """The mapping with one field filled by hand; with none of the three given, the field is left empty.

    An entity that was not mapped is added. A column taken out of use is kept as extra. Raises MappingError for
    unknown names (with the nearest), for an expression that is not allowed, and for more than one source.
    """
    model = named_entity(entity)
    target = named_field(model, field)
    given = [w for w in (column, constant, expression) if w is not None]
    if len(given) > 1:
        raise MappingError(
            Text(
                "A field has one source: a column, a constant or an expression.",
                "У поля один источник: колонка, постоянное значение или выражение.",
            )
        )
    if column is not None and column not in raw.columns:
        raise header_error(column, raw.columns)
    one = mapping.entity(entity) or EntityMapping(entity=entity, fields=())
    fields = {f.field: f for f in one.fields if f.field != field}
    if given:
        fields[field] = _chosen(raw, profile, model, field, column, constant, expression)
        check_field(model, fields[field], mapped_formats(raw, profile, mapping), mapping.as_of)
        if entity == "subscriptions" and field == "amount":
            for follows in amount_follows(column, fields):
                fields[follows.field] = follows
    one = replace(one, fields=_in_order(model, fields))
    one = replace(one, key_from=_still_needed(model, one, target.key))
    return _rebuilt(mapping, raw, profile, one)


def _chosen(
    raw: RawTable,
    profile: TableProfile,
    model: Entity,
    field: str,
    column: str | None,
    constant: str | None,
    expression: str | None,
) -> FieldMapping:
    if column is None:
        return FieldMapping(field=field, constant=constant, expression=expression)
    view = TableView(raw=raw, profile=profile, context=_NOTHING_KNOWN)
    return from_column(view, model.field(field), profile.column(column), None, _BY_HAND)


def _in_order(model: Entity, fields: dict[str, FieldMapping]) -> tuple[FieldMapping, ...]:
    return tuple(fields[f.name] for f in model.fields if f.name in fields)


def _still_needed(model: Entity, one: EntityMapping, key_edited: bool) -> tuple[str, ...]:
    """Columns that make a key are for entities whose key column is not mapped."""
    key = model.key_field
    if key is None or one.field(key.name) is not None:
        return ()
    if one.key_from or not key_edited or not can_make_key(model, one, {f.field for f in one.fields}):
        return one.key_from
    parts = [f.column for f in one.fields if f.field in model.natural_key and f.column is not None]
    return tuple(dict.fromkeys(parts))


def with_key_from(
    mapping: Mapping, raw: RawTable, profile: TableProfile, entity: str, columns: tuple[str, ...]
) -> Mapping:
    """The mapping with the entity's key made from these columns. Raises MappingError for unknown names."""
    named_entity(entity)
    one = mapping.entity(entity)
    if one is None:
        raise MappingError(Text("“{name}” is not mapped.", "«{name}» не сопоставлено.").format(name=entity))
    for header in columns:
        if header not in raw.columns:
            raise header_error(header, raw.columns)
    return _rebuilt(mapping, raw, profile, replace(one, key_from=columns))


def with_date_format(mapping: Mapping, raw: RawTable, profile: TableProfile, column: str, date_format: str) -> Mapping:
    """The answer to a "date_order" question: every field of the column reads its dates by this format."""
    if column not in raw.columns:
        raise header_error(column, raw.columns)
    entities = []
    for one in mapping.entities:
        fields = tuple(
            replace(f, date_format=date_format, reason=_BY_HAND) if f.column == column and f.date_format else f
            for f in one.fields
        )
        unpivot = one.unpivot
        if unpivot is not None and column in unpivot.columns:
            unpivot = replace(unpivot, date_format=date_format)
        entities.append(replace(one, fields=fields, unpivot=unpivot))
    answered = _answered(mapping, profile) | {column}
    if any(e.unpivot and column in e.unpivot.columns for e in entities):
        answered |= {h for e in entities if e.unpivot for h in e.unpivot.columns}
    return _asked_again(replace(mapping, entities=tuple(entities)), profile, answered)


def with_kept(mapping: Mapping, raw: RawTable, profile: TableProfile, column: str, *, keep: bool) -> Mapping:
    """The mapping with an unmapped column kept as extra of the main entity, or ignored."""
    if column not in raw.columns:
        raise header_error(column, raw.columns)
    entities = [replace(e, extra=tuple(h for h in e.extra if h != column)) for e in mapping.entities]
    if keep and entities:
        wanted = {*entities[0].extra, column}
        entities[0] = replace(entities[0], extra=tuple(h for h in raw.columns if h in wanted))
    return _asked_again(replace(mapping, entities=tuple(entities)), profile, _answered(mapping, profile))


def parse_map_option(text: str) -> tuple[str, str, str]:
    """'Close Date=opportunities.closed_at' as (header, entity, field). Raises MappingError where it is not so."""
    header, equals, target = text.rpartition("=")
    entity, dot, field = target.strip().partition(".")
    if not (equals and dot and header.strip() and entity and field):
        message = Text("“{text}” is not a column's mapping.", "«{text}» — не сопоставление колонки.").format(text=text)
        fix = Text(
            'Write it as "Header=entity.field", e.g. "Close Date=opportunities.closed_at".',
            'Запишите так: "Заголовок=таблица.поле", например "Close Date=opportunities.closed_at".',
        )
        raise MappingError(message, fix=fix)
    named_field(named_entity(entity), field)
    return header.strip(), entity, field


def only_entity(
    mapping: Mapping, raw: RawTable, profile: TableProfile, entity: str, context: Context | None = None
) -> Mapping:
    """The mapping of this one entity: what was proposed for it, else the best that its names and values allow."""
    named_entity(entity)
    one = mapping.entity(entity)
    if one is None or one.role == "mention":
        known = context or replace(_NOTHING_KNOWN, currency=mapping.currency or _NOTHING_KNOWN.currency)
        return suggest_entity(raw, profile, known, entity)
    used = {f.column for f in one.fields if f.column} | set(one.unpivot.columns if one.unpivot else ())
    kept = tuple(h for h in raw.columns if h not in used)
    return _asked_again(replace(mapping, entities=(replace(one, extra=kept),)), profile, _answered(mapping, profile))


def without_entity(mapping: Mapping, profile: TableProfile, entity: str) -> Mapping:
    """The mapping without this entity; the columns it kept go to the entity that is now first."""
    dropped = mapping.entity(entity)
    left = [e for e in mapping.entities if e.entity != entity]
    if dropped is not None and left:
        used = {f.column for e in left for f in e.fields}
        extra = dict.fromkeys([*left[0].extra, *(h for h in dropped.extra if h not in used)])
        left[0] = replace(left[0], extra=tuple(extra))
    return _asked_again(replace(mapping, entities=tuple(left)), profile, _answered(mapping, profile))


def _rebuilt(mapping: Mapping, raw: RawTable, profile: TableProfile, one: EntityMapping) -> Mapping:
    entities = [one if e.entity == one.entity else e for e in mapping.entities]
    if mapping.entity(one.entity) is None:
        entities.append(one)
    before = _used(mapping.entities)
    ignored = {h for h in raw.columns if h not in before and all(h not in e.extra for e in mapping.entities)}
    if not mapping.entities:
        ignored = set()
    used = _used(entities)
    extra = tuple(h for h in raw.columns if h not in used and h not in ignored)
    entities = [replace(e, extra=extra if i == 0 else ()) for i, e in enumerate(entities)]
    return _asked_again(replace(mapping, entities=tuple(entities)), profile, _answered(mapping, profile))


def _used(entities: tuple[EntityMapping, ...] | list[EntityMapping]) -> set[str]:
    used = {f.column for e in entities for f in e.fields if f.column}
    return used | {h for e in entities if e.unpivot for h in e.unpivot.columns}


def _answered(mapping: Mapping, profile: TableProfile) -> set[str]:
    """Ambiguous date columns in use that nobody asks about any more: their order has been settled."""
    open_now = {q.column for q in mapping.questions if q.code == "date_order"}
    used = _used(mapping.entities)
    return {c.name for c in profile.columns if c.name in used and c.name not in open_now}


def _asked_again(mapping: Mapping, profile: TableProfile, answered: set[str]) -> Mapping:
    needs_day = any("as_of" in (f.expression or "") for e in mapping.entities for f in e.fields)
    mapping = replace(mapping, as_of=mapping.as_of if needs_day else None)
    found: tuple[Question, ...] = questions_for(mapping.entities, profile, mapping, answered=frozenset(answered))
    return replace(mapping, questions=found)


_NOTHING_KNOWN = Context(today=dt.date(2000, 1, 1))
