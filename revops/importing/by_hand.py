"""Rows with something wrong in them, to be corrected cell by cell before they are loaded; and the corrections undone.

A correction is part of the draft's mapping and belongs to this very file (see revops/ingest/corrections.py): it is
typed and checked with everything else, and recorded with the import as the value uploaded and the value now.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from revops.errors import MappingError
from revops.importing import edits
from revops.importing.drafts import Draft
from revops.importing.returned import REASON
from revops.ingest.corrections import corrections_of, relation_of
from revops.ingest.expression import headers_used
from revops.ingest.reading import header_error
from revops.ingest.rejects import REASONS
from revops.ingest.types import CellEdit, Corrections, EntityMapping, Rejection, StagedEntity, StagedLoad, quoted
from revops.model import ENTITY
from revops.text import Language, Text

MOST_ROWS: Final = 500  # of one group that are shown to be edited
Cell = tuple[int, str, str | None]  # row, column, what it shall say (None: nothing)


@dataclass(frozen=True, kw_only=True)
class Group:
    """The rows behind one rejection or warning.

    rows: indexed by the number of the data row in the file, in its order; the table's columns as text, as they are
    read now (a cell corrected before shows its correction; an empty one is None). MOST_ROWS at most.
    reasons: for each of the rows everything that is wrong with it. wrong: the columns behind the group. total: how
    many rows there are.
    """

    rows: pd.DataFrame
    reasons: tuple[Text, ...]
    wrong: tuple[str, ...]
    total: int


def group_of(draft: Draft, staged: StagedLoad, one: Rejection, limit: int | None = MOST_ROWS) -> Group:
    """The rows of one group of `staged`, which is the draft typed and checked. limit None: all of them."""
    entity = next(e for e in staged if e.entity == one.entity)
    connection = staged.raw.staging
    problems = problems_of(entity)
    found = connection.execute(
        f"SELECT DISTINCT _row FROM ({problems}) WHERE field = ? AND code = ? ORDER BY _row", [one.field, one.code]
    ).fetchall()
    numbers = [int(row) for (row,) in found][:limit]
    columns = ", ".join(quoted(c) for c in draft.raw.columns)
    rows = connection.execute(
        f"SELECT _row, {columns} FROM {relation_of(draft.raw, draft.mapping)} "
        "WHERE _row IN (SELECT unnest(CAST($rows AS BIGINT[]))) ORDER BY _row",
        {"rows": numbers},
    ).fetchall()
    frame = pd.DataFrame(
        [row[1:] for row in rows], columns=list(draft.raw.columns), index=[row[0] for row in rows], dtype="object"
    )
    return Group(
        rows=frame.where(frame.notna(), None),
        reasons=_reasons(staged, entity, problems, numbers),
        wrong=_wrong(draft, staged, entity, one, frame),
        total=len(found),
    )


def file_of(group: Group, language: Language) -> pd.DataFrame:
    """The group as a file to correct outside: the columns, and last the reason. Dropped in again, it is recognised."""
    frame = group.rows.copy()
    frame[REASON[language]] = [reason[language] for reason in group.reasons]
    return frame


def corrected(draft: Draft, cells: Iterable[Cell], left_out: Iterable[int] = ()) -> Draft:
    """The draft in which these cells say something else and these rows are left out, beside what was corrected before.

    A cell that says again what was uploaded is no correction any more. Raises MappingError for a row or column that
    the table has not.
    """
    before = corrections_of(draft.raw, draft.mapping) or Corrections(
        file=draft.raw.file.sha256, sheet=draft.raw.layout.sheet
    )
    wanted = list(cells)
    uploaded = _uploaded(draft, wanted)
    found = {(c.row, c.column): c for c in before.cells}
    for row, column, text in wanted:
        now = _cleaned(text)
        was = uploaded[row, column]
        found.pop((row, column), None)
        if now != was:
            found[row, column] = CellEdit(row=row, column=column, was=was, now=now)
    rows = set(before.left_out) | {int(row) for row in left_out}
    return _with(draft, found.values(), rows)


def undone(draft: Draft, cells: Collection[tuple[int, str]] = (), rows: Collection[int] = ()) -> Draft:
    """The draft without these corrections: cells (row, column) say what was uploaded, rows are loaded again."""
    before = draft.mapping.corrections
    if before is None:
        return draft
    kept = [c for c in before.cells if (c.row, c.column) not in cells]
    return _with(draft, kept, set(before.left_out) - set(rows))


def undone_all(draft: Draft) -> Draft:
    """The draft with nothing corrected by hand."""
    return _with(draft, (), ())


def counted(mapping: str) -> tuple[int, int]:
    """How many cells a mapping (JSON) of the import log corrects by hand, and how many rows it leaves out."""
    told = json.loads(mapping).get("corrections") or {}
    return len(told.get("cells", ())), len(told.get("left_out", ()))


# --- inside -----------------------------------------------------------------------------------------------------------


def problems_of(entity: StagedEntity) -> str:
    """Everything wrong with the entity's rows: what rejects them, and what is lost of them."""
    told = f"SELECT _row, field, code, value FROM {entity.rejected}"
    return f"{told} UNION ALL SELECT _row, field, code, value FROM {entity.lost}" if entity.lost else told


def _reasons(staged: StagedLoad, entity: StagedEntity, problems: str, numbers: Sequence[int]) -> tuple[Text, ...]:
    found = staged.raw.staging.execute(
        f"SELECT _row, field, code FROM ({problems}) WHERE _row IN (SELECT unnest(CAST($rows AS BIGINT[]))) "
        "GROUP BY ALL ORDER BY _row, field",
        {"rows": list(numbers)},
    ).fetchall()
    model = ENTITY[entity.entity]
    said: dict[int, list[Text]] = {}
    for row, field, code in found:
        label = model.field(field).label
        said.setdefault(row, []).append(Text("{l}: {r}", "{l}: {r}").format(l=label, r=REASONS[code]))
    return tuple(
        Text("; ".join(t.en for t in said[number]), "; ".join(t.ru for t in said[number])) for number in numbers
    )


def _wrong(
    draft: Draft, staged: StagedLoad, entity: StagedEntity, one: Rejection, frame: pd.DataFrame
) -> tuple[str, ...]:
    """The columns that fill the field; of columns made long, those that hold one of the values."""
    mapping = draft.mapping.entity(one.entity)
    mapped = mapping.field(one.field) if mapping is not None else None
    if mapped is not None and mapped.column is not None:
        return (mapped.column,)
    if mapped is not None and mapped.expression is not None:
        return headers_used(mapped.expression)
    if mapping is None or mapping.unpivot is None:
        return ()
    return _wrong_of_many(staged, entity, one, mapping, frame)


def _wrong_of_many(
    staged: StagedLoad, entity: StagedEntity, one: Rejection, mapping: EntityMapping, frame: pd.DataFrame
) -> tuple[str, ...]:
    assert mapping.unpivot is not None
    values = {
        value
        for (value,) in staged.raw.staging.execute(
            f"SELECT DISTINCT value FROM ({problems_of(entity)}) WHERE field = ? AND code = ?", [one.field, one.code]
        ).fetchall()
    }
    return tuple(
        c for c in mapping.unpivot.columns if any(isinstance(v, str) and v.strip() in values for v in frame[c])
    )


def _uploaded(draft: Draft, cells: Sequence[Cell]) -> dict[tuple[int, str], str | None]:
    """What the file says in these cells."""
    raw = draft.raw
    found: dict[tuple[int, str], str | None] = {}
    for column in dict.fromkeys(column for _, column, _ in cells):
        if column not in raw.columns:
            raise header_error(column, raw.columns)
        rows = [row for row, c, _ in cells if c == column]
        said = raw.staging.execute(
            f"SELECT _row, {quoted(column)} FROM {raw.relation} WHERE _row IN (SELECT unnest(CAST($rows AS BIGINT[])))",
            {"rows": rows},
        ).fetchall()
        found.update({(row, column): text for row, text in said})
        missing = set(rows) - {row for row, _ in said}
        if missing:
            raise MappingError(
                Text("The table has no row {row}.", "В таблице нет строки {row}.").format(row=min(missing))
            )
    return found


def _cleaned(text: str | None) -> str | None:
    """An empty cell is no text; a character that no table can hold is left out."""
    return (text or "").replace("\0", "") or None


def _with(draft: Draft, cells: Iterable[CellEdit], left_out: Iterable[int]) -> Draft:
    place = {c: i for i, c in enumerate(draft.raw.columns)}
    told = Corrections(
        file=draft.raw.file.sha256,
        sheet=draft.raw.layout.sheet,
        cells=tuple(sorted(cells, key=lambda c: (c.row, place.get(c.column, -1)))),
        left_out=tuple(sorted(left_out)),
    )
    kept = told if told.cells or told.left_out else None
    changed = replace(draft.mapping, corrections=kept)
    return draft.changed(edits.asked(changed, draft.mapping, draft.profile))
