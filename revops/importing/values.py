"""How a file spells the values that have a fixed meaning, with counts, and what each spelling is read as.

A status, an interval, a department (a closed list), yes or no, a currency: what a spelling means is part of the
mapping and serves the next export too. What a stage or a source means is the workspace's, whatever file it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from babel import Locale

from revops.errors import MappingError
from revops.importing import edits
from revops.importing.drafts import Draft
from revops.ingest.check import mapped_formats
from revops.ingest.corrections import relation_of
from revops.ingest.expression import compile_expression, expression_kind
from revops.ingest.headers import currency_code
from revops.ingest.reading import ColumnFormat, present, read_boolean
from revops.ingest.types import EntityMapping, FieldMapping, StagedLoad, quoted
from revops.model import CHANNEL, ENTITY, STAGE_MEANING, Field, FieldType
from revops.text import Text
from revops.workspace import Workspace
from revops.workspace.channels import SOURCES
from revops.workspace.stages import propose_meaning

MOST_VALUES: Final = 500  # distinct spellings of one column that are listed, commonest first
YES_NO: Final = {"true": Text("yes", "да"), "false": Text("no", "нет")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One value of a column. meaning: what it is read as, "" for a spelling that says nothing, None: not known."""

    value: str
    rows: int
    meaning: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A stage (with its pipeline, "" where there is none) or a source of the files, and what it means.

    decided: somebody has said so; otherwise it is proposed by its name.
    """

    value: str
    rows: int
    meaning: str
    pipeline: str = ""
    decided: bool = False


# --- what the mapping holds -------------------------------------------------------------------------------------------


def listed_fields(draft: Draft) -> list[tuple[EntityMapping, FieldMapping, Field]]:
    """The fields whose values have a fixed meaning and that a column or a text expression fills, in their order."""
    found = []
    formats = mapped_formats(draft.raw, draft.profile, draft.mapping)
    for one in draft.mapping.entities:
        for mapped in one.fields:
            field = ENTITY[one.entity].field(mapped.field)
            if choices(field) and (mapped.column is not None or _is_text(draft, mapped, formats)):
                found.append((one, mapped, field))
    return found


def choices(field: Field) -> dict[str, Text]:
    """What a spelling of the field can be read as; nothing for a field whose values are free."""
    if field.vocabulary is not None:
        return {t.key: t.label for t in field.vocabulary.terms}
    if field.type is FieldType.BOOLEAN:
        return dict(YES_NO)
    return currencies() if field.name == "currency" else {}


def currencies() -> dict[str, Text]:
    """ISO code -> "USD, US dollar"."""
    en, ru = Locale("en").currencies, Locale("ru").currencies
    return {code: Text(f"{code}, {en[code]}", f"{code}, {ru.get(code, en[code])}") for code in sorted(en)}


def spellings(draft: Draft, mapped: FieldMapping, field: Field) -> list[Spelling]:
    """How the column spells its values (MOST_VALUES at most), with what each is read as: unknown ones first, then
    commonest first."""
    told = {s.strip().lower(): canonical for s, canonical in mapped.value_map.items()}
    read = read_boolean("v", ColumnFormat()) if field.type is FieldType.BOOLEAN else "NULL"
    rows = draft.raw.staging.execute(
        f"SELECT v, count(*), any_value({read}) FROM (SELECT {_source(draft, mapped)} AS v "
        f"FROM {relation_of(draft.raw, draft.mapping)}) "
        f"WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {MOST_VALUES}"
    ).fetchall()
    found = []
    for value, count, truth in rows:
        known = _known(field, value, truth, by_name=mapped.column is not None)
        found.append(Spelling(value=value, rows=count, meaning=told.get(value.lower(), known)))
    return sorted(found, key=lambda s: s.meaning is not None)


def with_values(draft: Draft, entity: str, field: str, pairs: Mapping[str, str]) -> Draft:
    """The draft in which what fills the field reads each spelling as the value beside it ("": nothing)."""
    one, mapped = mapped_field(draft, entity, field)
    folded = {s.strip().lower() for s in pairs}
    kept = {s: c for s, c in mapped.value_map.items() if s.strip().lower() not in folded}
    return with_field(draft, one, replace(mapped, value_map={**kept, **pairs}))


def mapped_field(draft: Draft, entity: str, field: str) -> tuple[EntityMapping, FieldMapping]:
    """How the draft fills the field. Raises MappingError where it does not."""
    one = draft.mapping.entity(entity)
    mapped = one.field(field) if one is not None else None
    if one is None or mapped is None:
        raise MappingError(
            Text("Nothing fills {entity}.{field}.", "Поле {entity}.{field} ничем не заполнено.").format(
                entity=entity, field=field
            )
        )
    return one, mapped


def with_field(draft: Draft, one: EntityMapping, changed: FieldMapping) -> Draft:
    """The draft that fills this field of the entity so."""
    fields = tuple(changed if f.field == changed.field else f for f in one.fields)
    entities = tuple(replace(e, fields=fields) if e is one else e for e in draft.mapping.entities)
    mapping = replace(draft.mapping, entities=entities)
    return draft.changed(edits.asked(mapping, draft.mapping, draft.profile))


def _known(field: Field, value: str, truth: bool | None, *, by_name: bool) -> str | None:
    """What the value means without anybody's saying so; by_name: other spellings than the canonical one count."""
    if field.type is FieldType.BOOLEAN:
        return None if truth is None else str(truth).lower()
    if field.vocabulary is not None:
        found = field.vocabulary.match(value)
        return found if by_name or found == value.lower() else None
    code = currency_code(value)
    return code if code in currencies() and code == value.upper() else None


def _is_text(draft: Draft, mapped: FieldMapping, formats: Mapping[str, ColumnFormat]) -> bool:
    if mapped.expression is None:
        return False
    return expression_kind(mapped.expression, columns=formats, as_of=draft.mapping.as_of) == "text"


def _source(draft: Draft, mapped: FieldMapping) -> str:
    if mapped.column is not None:
        return present(quoted(mapped.column))
    assert mapped.expression is not None
    formats = mapped_formats(draft.raw, draft.profile, draft.mapping)
    return compile_expression(mapped.expression, columns=formats, as_of=draft.mapping.as_of)


# --- what the workspace holds -----------------------------------------------------------------------------------------


def stages_of(staged: Sequence[StagedLoad], workspace: Workspace | None) -> list[Meant]:
    """The stages of the deals about to be loaded, commonest first: as decided in the workspace, else as proposed."""
    decided = (
        {} if workspace is None else _decided(workspace, "SELECT pipeline, stage, meaning FROM main.stage_meanings")
    )
    counted: dict[tuple[str, str], list[int]] = {}
    for load in staged:
        for one in load:
            if one.entity != "opportunities" or "stage" not in one.fields:
                continue
            pipeline = "coalesce(pipeline, '')" if "pipeline" in one.fields else "''"
            status = "status" if "status" in one.fields else "NULL"
            for p, s, *counts in load.raw.staging.execute(
                f"SELECT {pipeline}, stage, count(*), count(*) FILTER ({status} = 'won'), "
                f"count(*) FILTER ({status} = 'lost') FROM {one.accepted} WHERE stage IS NOT NULL GROUP BY ALL"
            ).fetchall():
                total = counted.setdefault((p, s), [0, 0, 0])
                counted[p, s] = [a + b for a, b in zip(total, counts, strict=True)]
    found = [
        Meant(
            value=s,
            pipeline=p,
            rows=n,
            meaning=decided.get((p, s)) or propose_meaning(s, won, lost, n),
            decided=(p, s) in decided,
        )
        for (p, s), (n, won, lost) in counted.items()
    ]
    return sorted(found, key=lambda m: (m.pipeline, -m.rows, m.value))


def sources_of(staged: Sequence[StagedLoad], workspace: Workspace | None) -> list[Meant]:
    """The sources and channels that the rows about to be loaded name, those in no channel first."""
    decided = {} if workspace is None else _decided(workspace, "SELECT '', value, channel FROM main.channel_groups")
    counted: dict[str, int] = {}
    for load in staged:
        for one in load:
            for entity, field in SOURCES:
                if one.entity == entity and field in one.fields:
                    for value, n in load.raw.staging.execute(
                        f"SELECT {quoted(field)}, count(*) FROM {one.accepted} WHERE {quoted(field)} IS NOT NULL "
                        "GROUP BY ALL"
                    ).fetchall():
                        counted[value] = counted.get(value, 0) + n
    found = [
        Meant(
            value=value,
            rows=n,
            meaning=decided.get(("", value)) or CHANNEL.match(value) or "other",
            decided=("", value) in decided,
        )
        for value, n in counted.items()
    ]
    return sorted(found, key=lambda m: (m.meaning != "other", -m.rows, m.value))


def decide(workspace: Workspace, stages: Mapping[tuple[str, str], str], channels: Mapping[str, str]) -> None:
    """Keeps what stages (by pipeline and name) and sources mean, for the data that are loaded and all that follow.

    Raises UnknownName on a meaning or channel that there is not.
    """
    there = workspace.stages()
    found = [p in stages for p in zip(there["pipeline"], there["stage"], strict=True)]
    if any(found):
        chosen = there[found].copy()
        chosen["meaning"] = [stages[p, s] for p, s in zip(chosen["pipeline"], chosen["stage"], strict=True)]
        workspace.set_stages(chosen)
    known = workspace.channels()
    named = known[known["value"].isin(list(channels))].copy()
    if not named.empty:
        named["channel"] = [channels[value] for value in named["value"]]
        workspace.set_channels(named)


def meanings() -> dict[str, Text]:
    """What a stage can mean."""
    return {t.key: t.label for t in STAGE_MEANING.terms}


def channel_names() -> dict[str, Text]:
    """The channels that a source can belong to."""
    return {t.key: t.label for t in CHANNEL.terms}


def _decided(workspace: Workspace, sql: str) -> dict[tuple[str, str], str]:
    cursor = workspace.cursor()
    try:
        return {(a, b): meaning for a, b, meaning in cursor.execute(sql).fetchall()}
    finally:
        cursor.close()
