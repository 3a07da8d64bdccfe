"""Cells corrected and rows left out by hand: how they belong to a file, and how its rows are read with them.

The rows as uploaded stay what they were, on disk and in the workspace; a corrected cell is read in place of the
uploaded one, by the same mapping and the same checks. Corrections are part of the mapping, so they are in the import
log with the value as uploaded and the value now, and the same file loaded again is read in the same way.

Rows are known by their number, so corrections belong to one very file: the one with their hash and sheet. For any
other file, the next export with the same headers included, they mean nothing and are not applied.
"""

from __future__ import annotations

from revops.errors import MappingError
from revops.ingest.types import Corrections, Mapping, RawTable, literal, quoted
from revops.text import Text


def corrections_of(raw: RawTable, mapping: Mapping) -> Corrections | None:
    """The mapping's corrections of this very table; None where it has none, or another file's."""
    told = mapping.corrections
    if told is None or (told.file, told.sheet) != (raw.file.sha256, raw.layout.sheet):
        return None
    return told if told.cells or told.left_out else None


def relation_of(raw: RawTable, mapping: Mapping) -> str:
    """SQL to select from: `_row` and the columns as the mapping reads them, with its corrections of this table."""
    told = corrections_of(raw, mapping)
    if told is None:
        return raw.relation
    columns = list(dict.fromkeys(c.column for c in told.cells))
    read = ", ".join(
        f"CASE WHEN _hand._told{columns.index(c)} THEN _hand._now{columns.index(c)} ELSE _raw.{quoted(c)} END "
        f"AS {quoted(c)}"
        if c in columns
        else f"_raw.{quoted(c)}"
        for c in raw.columns
    )
    source = f"{raw.relation} AS _raw"
    if columns:
        source += f" LEFT JOIN {_values(told, columns)} ON _hand._row = _raw._row"
    where = ""
    if told.left_out:
        where = f" WHERE _raw._row NOT IN ({', '.join(str(int(row)) for row in told.left_out)})"
    return f"(SELECT _raw._row, {read} FROM {source}{where})"


def _values(told: Corrections, columns: list[str]) -> str:
    """One line a corrected row: its number, and for each of the columns whether it is corrected, and to what."""
    by_row: dict[int, dict[str, str | None]] = {}
    for cell in told.cells:
        by_row.setdefault(cell.row, {})[cell.column] = cell.now
    lines = []
    for row, cells in by_row.items():
        pairs = (f"{c in cells}, {_text(cells.get(c))}" for c in columns)
        lines.append(f"({int(row)}, {', '.join(pairs)})")
    names = ", ".join(f"_told{i}, _now{i}" for i in range(len(columns)))
    return f"(VALUES {', '.join(lines)}) AS _hand(_row, {names})"


def _text(value: str | None) -> str:
    return f"CAST({'NULL' if value is None else literal(value)} AS VARCHAR)"


def check_corrections(raw: RawTable, mapping: Mapping) -> None:
    """Each corrected cell says what it said when it was corrected. Raises MappingError for the first that does not."""
    told = corrections_of(raw, mapping)
    if told is None:
        return
    uploaded: dict[str, dict[int, str | None]] = {}
    for cell in told.cells:
        if cell.column not in raw.columns:
            raise _misplaced(cell.row, cell.column)
        if cell.column not in uploaded:
            uploaded[cell.column] = _uploaded(raw, cell.column, [c.row for c in told.cells if c.column == cell.column])
        found = uploaded[cell.column]
        if cell.row not in found or found[cell.row] != cell.was:
            raise _misplaced(cell.row, cell.column)


def _uploaded(raw: RawTable, column: str, rows: list[int]) -> dict[int, str | None]:
    found = raw.staging.execute(
        f"SELECT _row, {quoted(column)} FROM {raw.relation} WHERE _row IN (SELECT unnest(CAST($rows AS BIGINT[])))",
        {"rows": rows},
    ).fetchall()
    return dict(found)


def _misplaced(row: int, column: str) -> MappingError:
    return MappingError(
        Text(
            "The correction of row {row}, column “{column}”, does not fit what the file says there.",
            "Исправление в строке {row}, колонка «{column}», не подходит к тому, что записано в файле.",
        ).format(row=row, column=column),
        fix=Text("Undo the corrections made by hand.", "Отмените исправления, сделанные вручную."),
        code="misplaced_correction",
    )


def told_by_hand(cells: int, rows: int) -> Text | None:
    """ "Corrected by hand: 12 cells; left out by hand: 2 rows" in words; None where nothing was done by hand."""
    parts = []
    if cells:
        parts.append(Text("cells corrected by hand: {n}", "исправлено ячеек вручную: {n}").format(n=cells))
    if rows:
        parts.append(Text("rows left out by hand: {n}", "убрано строк вручную: {n}").format(n=rows))
    if not parts:
        return None
    return Text("; ".join(p.en for p in parts), "; ".join(p.ru for p in parts))


def note_of(raw: RawTable, mapping: Mapping) -> Text | None:
    """What is said of the corrections with a load; also that they are another file's and were not applied."""
    told = corrections_of(raw, mapping)
    if told is not None:
        said = told_by_hand(len(told.cells), len(told.left_out))
        return None if said is None else Text(_sentence(said.en), _sentence(said.ru))
    if mapping.corrections is not None:
        return Text(
            "The mapping holds corrections of cells of another file; they are not applied.",
            "В сопоставлении есть исправления ячеек другого файла; они не применены.",
        )
    return None


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:] + "."
