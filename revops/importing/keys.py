"""What references between tables do not match, before anything is loaded, and the nearest known spelling of each.

A column that names records of another entity (a deal's account, an owner) is compared with the keys of that entity
that are loaded, or that lie beside it among the files. A name that is no reference (a product) is compared with a
list of such names among the files, whether that list fills a table of the model or not. An accepted spelling becomes
part of the mapping, as the column's value map.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from rapidfuzz import fuzz, process

from revops.importing.drafts import Draft
from revops.ingest.reading import present
from revops.ingest.types import EntityMapping, FieldMapping, quoted
from revops.model import ENTITY, FieldType, fold
from revops.text import Text, verbatim
from revops.workspace import Workspace

ACCEPT = 0.9  # a spelling this near is accepted where a person accepts all; below it, one by one
SHOW = 0.75  # nothing further away is a candidate
MOST_KEYS = 50_000  # known keys that spellings are compared with; exact matches have no such bound
MOST_SHOWN = 200  # unmatched spellings that candidates are looked for, commonest first
MOST_LISTED = 5_000  # rows of a table that can be a list of names
_KEYED = frozenset({FieldType.ID, FieldType.TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A spelling that matches nothing. nearest: the known spelling nearest to it, None where none is near.

    score: 0..1, 1 where only case, spaces and punctuation differ. alone: no other known spelling is as near.
    """

    value: str
    rows: int
    nearest: str | None = None
    score: float = 0.0
    alone: bool = True

    @property
    def sure(self) -> bool:
        return self.nearest is not None and self.alone and self.score >= ACCEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """One column of one draft against what it names.

    among: what it was compared with. rows and values: those that name something; unmatched_rows, unmatched_values:
    those of them that match nothing; unmatched: the commonest of these (MOST_SHOWN at most) with their candidates.
    """

    draft: Draft
    entity: str
    field: str
    column: str
    among: Text
    rows: int
    values: int
    unmatched_rows: int
    unmatched_values: int
    unmatched: tuple[Unmatched, ...]

    @property
    def proposals(self) -> tuple[Unmatched, ...]:
        """The spellings with a candidate."""
        return tuple(u for u in self.unmatched if u.nearest is not None)


@dataclass(frozen=True, slots=True)
class _Known:
    """Spellings to compare with. among: what they are, for a person."""

    among: Text
    spellings: tuple[str, ...]


def key_checks(drafts: Sequence[Draft], workspace: Workspace | None) -> list[KeyCheck]:
    """One check for each column that names records, where there is something to compare it with and it does not
    match in full; in the order of the drafts. Nothing is written."""
    checks = []
    known: dict[str, _Known | None] = {}
    for draft in drafts:
        for one, mapped in _naming(draft):
            target = ENTITY[one.entity].field(mapped.field).references
            if target is not None and target not in known:
                known[target] = _keys_of(target, drafts, workspace)
            among = known[target] if target is not None else _listed(draft, mapped, drafts)
            check = _checked(draft, one.entity, mapped, among) if among is not None else None
            if check is not None and (target != one.entity or check.proposals):
                checks.append(check)  # a manager outside the team's own list is no mistake, a misspelt one is
    return checks


def accept(draft: Draft, column: str, pairs: Mapping[str, str]) -> Draft:
    """The draft in which each spelling (a key of `pairs`) of the column is read as the known one.

    Every name that the column fills reads so: a deal's account and the account that the deal mentions stay one.
    """

    def told(mapped: FieldMapping, entity: str) -> FieldMapping:
        if mapped.column != column or ENTITY[entity].field(mapped.field).type not in _KEYED:
            return mapped
        return replace(mapped, value_map={**mapped.value_map, **pairs})

    entities = tuple(
        replace(e, fields=tuple(told(f, e.entity) for f in e.fields)) for e in draft.mapping.entities
    )  # the questions stay: spellings of names settle none
    return draft.changed(replace(draft.mapping, entities=entities))


def accept_sure(drafts: Sequence[Draft], workspace: Workspace | None) -> tuple[list[Draft], list[KeyCheck]]:
    """The drafts with every proposal accepted whose score is at least ACCEPT, and what remains unmatched."""
    drafts = list(drafts)
    for check in key_checks(drafts, workspace):
        pairs = {u.value: u.nearest for u in check.proposals if u.sure and u.nearest is not None}
        if pairs:
            place = next(i for i, d in enumerate(drafts) if d.raw is check.draft.raw)
            drafts[place] = accept(drafts[place], check.column, pairs)
    return drafts, key_checks(drafts, workspace)


# --- what is compared -------------------------------------------------------------------------------------------------


def _naming(draft: Draft) -> Iterator[tuple[EntityMapping, FieldMapping]]:
    """The fields of the table's own rows that name something: references, and names that are nobody's key."""
    for one in draft.mapping.entities:
        model = ENTITY[one.entity]
        for mapped in one.fields:
            field = model.field(mapped.field)
            own = field.key or field.name in model.natural_key or field.name == "name"
            names = field.references is not None or (field.type is FieldType.TEXT and not own)
            if one.role == "rows" and mapped.column is not None and names:
                yield one, mapped


def _keys_of(entity: str, drafts: Sequence[Draft], workspace: Workspace | None) -> _Known | None:
    """The keys of an entity: loaded from files of its own rows, and in the drafts that fill it so.

    A mention by the way proves nothing: every deal mentions the account that it names.
    """
    key = ENTITY[entity].key_field
    if key is None:
        return None
    found: dict[str, None] = {}
    for draft in drafts:
        one = draft.mapping.entity(entity)
        if one is None or one.role != "rows":
            continue
        mapped = one.field(key.name)
        column = mapped.column if mapped else one.key_from[0] if len(one.key_from) == 1 else None
        if column is not None:
            found |= dict.fromkeys(_values(draft, column))
    if workspace is not None:
        cursor = workspace.cursor()
        try:
            rows = cursor.execute(
                f"SELECT DISTINCT trim({quoted(key.name)}) FROM versions.{entity} "
                f"WHERE _import_id IN (SELECT import_id FROM log.sources WHERE entity = ? AND role = 'rows') "
                f"AND (_rank >> 48) = 1 AND {quoted(key.name)} IS NOT NULL",
                [entity],
            ).fetchall()
        finally:
            cursor.close()
        found |= dict.fromkeys(str(value) for (value,) in rows)
    return _Known(ENTITY[entity].label, tuple(found)) if found else None


def _listed(draft: Draft, mapped: FieldMapping, drafts: Sequence[Draft]) -> _Known | None:
    """A list of names among the other files that holds most of the column's values: a column without repeats."""
    assert mapped.column is not None
    profile = draft.profile.column(mapped.column)
    if profile.type != "text" or profile.distinct > MOST_LISTED:
        return None
    named = {value.casefold() for value in _values(draft, mapped.column)}
    best: tuple[int, _Known] | None = None
    for other in drafts:
        if other.raw is draft.raw or other.raw.row_count > MOST_LISTED:
            continue
        for column in other.profile.columns:
            if not column.unique or column.type != "text":
                continue
            listed = _values(other, column.name)
            shared = len(named & {value.casefold() for value in listed})
            if shared >= max(2, len(named) / 2) and (best is None or shared > best[0]):
                best = shared, _Known(verbatim(f"{other.raw.name} · {column.name}"), tuple(listed))
    return best[1] if best else None


def _values(draft: Draft, column: str) -> list[str]:
    """The distinct values of a column, trimmed, without spellings of nothing."""
    return [
        value
        for (value,) in draft.raw.staging.execute(
            f"SELECT DISTINCT {present(quoted(column))} AS v FROM {draft.raw.relation} WHERE v IS NOT NULL ORDER BY v"
        ).fetchall()
    ]


def _checked(draft: Draft, entity: str, mapped: FieldMapping, known: _Known) -> KeyCheck | None:
    """The column against the known spellings; None where it matches in full. Case does not matter to a match."""
    assert mapped.column is not None
    connection = draft.raw.staging
    keys = [key.lower() for key in known.spellings] + [s.strip().lower() for s in mapped.value_map]
    connection.register("_known_keys", pa.table({"key": pa.array(dict.fromkeys(keys), pa.string())}))
    named = (
        f"SELECT v, count(*) AS n FROM (SELECT {present(quoted(mapped.column))} AS v FROM {draft.raw.relation}) "
        "WHERE v IS NOT NULL GROUP BY v"
    )
    missing = f"SELECT v, n FROM ({named}) ANTI JOIN _known_keys ON lower(v) = key"
    try:
        rows, values = connection.execute(f"SELECT coalesce(sum(n), 0), count(*) FROM ({named})").fetchone() or (0, 0)
        lost_rows, lost_values = connection.execute(
            f"SELECT coalesce(sum(n), 0), count(*) FROM ({missing})"
        ).fetchone() or (0, 0)
        shown = connection.execute(f"{missing} ORDER BY n DESC, v LIMIT {MOST_SHOWN}").fetchall()
    finally:
        connection.unregister("_known_keys")
    if not lost_values:
        return None
    near = _Near(known.spellings[:MOST_KEYS])
    return KeyCheck(
        draft=draft,
        entity=entity,
        field=mapped.field,
        column=mapped.column,
        among=known.among,
        rows=int(rows),
        values=int(values),
        unmatched_rows=int(lost_rows),
        unmatched_values=int(lost_values),
        unmatched=tuple(near.found(value, int(count)) for value, count in shown),
    )


# --- nearness ---------------------------------------------------------------------------------------------------------


class _Near:
    """Finds the known spelling nearest to another: equal but for case, spaces and punctuation, else by letters."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = list(dict.fromkeys(known))
        self.folded = [fold(k) for k in self.known]
        self.bare: dict[str, list[str]] = {}
        for key in self.known:
            self.bare.setdefault(_bare(key), []).append(key)

    def found(self, value: str, rows: int) -> Unmatched:
        same = self.bare.get(_bare(value), []) if _bare(value) else []
        if same:
            return Unmatched(value=value, rows=rows, nearest=same[0], score=1.0, alone=len(same) == 1)
        hits = process.extract(fold(value), self.folded, scorer=fuzz.ratio, score_cutoff=100 * SHOW, limit=5)
        near = [(score / 100, self.known[place]) for _, score, place in hits]
        near = [(score, key) for score, key in near if _digits(key) == _digits(value)]
        if not near:
            return Unmatched(value=value, rows=rows)
        best = near[0][0]
        alone = sum(score == best for score, _ in near) == 1
        return Unmatched(value=value, rows=rows, nearest=near[0][1], score=best, alone=alone)


def _bare(value: str) -> str:
    """Letters and digits alone, without case."""
    return "".join(c for c in value.casefold() if c.isalnum())


def _digits(value: str) -> str:
    """Names that differ in a digit are different: ACC-1001 is never a spelling of ACC-1002."""
    return "".join(c for c in value if c.isdigit())
