"""Rejected rows as a file to correct, and that file recognised when it comes back.

The file has the columns as uploaded (a cell that was corrected by hand, and still was rejected, says what it was
corrected to) and, last, why each row was rejected. Dropped in again, it is read by the mapping of the import that it
came from, or of the file beside it that it came from; the column with the reason is ignored. What the command
`rejected` prints as CSV comes back in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from revops.importing import edits
from revops.importing.drafts import Draft, Origin
from revops.ingest import mapping_json
from revops.ingest.types import CellEdit, Mapping, RawTable
from revops.text import Language, Text
from revops.workspace import Workspace

REASON: Final = Text("Why this row was rejected", "Почему строка отклонена")
_COMMAND: Final = frozenset({"_row", "_row (2)", "_entity", "_reason"})  # "_row (2)": "_row" as a file's own header
_HEADERS: Final = frozenset({REASON.en, REASON.ru}) | _COMMAND


def rejected_file(workspace: Workspace, import_id: int, language: Language = "en") -> pd.DataFrame:
    """One row a rejected row of the file, in its order: the columns as uploaded, as text, then the reasons.

    Raises WorkspaceError where there is no such import.
    """
    found = workspace.rejected(import_id, language)
    columns = [c for c in found.columns if c not in _HEADERS]
    reasons = found.groupby("_row")["_reason"].agg(lambda said: "; ".join(dict.fromkeys(said)))
    rows = found.drop_duplicates("_row").set_index("_row")[columns].astype("object")
    for cell in _corrected_cells(workspace, import_id):
        if cell.row in rows.index:
            rows.loc[cell.row, cell.column] = cell.now
    rows[REASON[language]] = reasons
    return rows.sort_index().reset_index(drop=True)


def mapping_of_returned(raw: RawTable, workspace: Workspace) -> Mapping | None:
    """The mapping of the latest import with these columns, where the table holds rows rejected from it; else None."""
    own = set(raw.columns) - _HEADERS
    if len(own) == len(raw.columns):
        return None
    log = workspace.imports()
    active = log[log["active"]].iloc[::-1]
    for import_id, mapping in zip(active["import_id"], active["mapping"], strict=True):
        columns = set(workspace.raw_rows(int(import_id), []).columns) - {"_row"} - _HEADERS
        if columns == own:
            return mapping_json.from_json(mapping)
    return None


def returned_beside(one: Draft, others: Iterable[Draft]) -> Draft:
    """The draft, mapped like the one of the others whose rows it brings back; as it is where there is none."""
    own = set(one.raw.columns) - _HEADERS
    if len(own) == len(one.raw.columns) or one.origin not in (Origin.PROPOSED, Origin.KEPT):
        return one
    source = next((o for o in others if set(o.raw.columns) == own and o.mapping.entities), None)
    if source is None:
        return one
    return replace(one, mapping=edits.for_any_file(source.mapping), origin=Origin.RETURNED)


def _corrected_cells(workspace: Workspace, import_id: int) -> Sequence[CellEdit]:
    log = workspace.imports().set_index("import_id")
    told = mapping_json.from_json(str(log.loc[import_id, "mapping"])).corrections
    return told.cells if told is not None else ()
