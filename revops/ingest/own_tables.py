"""Reading the product's own exports strictly: the first row is the header, every other one a record, whatever it says.

The ways to find a table in somebody's file would take an account called “Total” for a footer, and a text that looks
like a moment or a long number for a cell that a workbook wrote so. An export of ours leaves nothing to find.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb

from revops.ingest.limits import no_rows
from revops.ingest.own_export import entity_of
from revops.ingest.staging import pack, packed_path, stage_packed, stage_rows, staging_connection, staging_folder
from revops.ingest.tables import raw_table
from revops.ingest.types import Layout, RawTable, SourceFile, literal, quoted
from revops.model import Entity, FieldType

_HEAD = 1 << 20  # bytes that a header takes at most
_WILDCARDS = frozenset("*?[")


def read_own_text(file: SourceFile) -> RawTable | None:
    """The table of a CSV file that the product wrote; None where it did not, or where it is not whole any more.

    Raises UnreadableFile where it holds no rows.
    """
    header = _header(file.path)
    if header is None or entity_of(header) is None or len({h.casefold() for h in header}) < len(header):
        return None
    folder = staging_folder()
    connection = staging_connection(folder)
    try:
        count = _read(connection, file.path, header, folder)
        if count == 0:
            raise no_rows(file.name, 1)
    except BaseException:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if count is None:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
        return None
    layout = Layout(format="csv", encoding="utf-8", delimiter=",", quote='"', escape='"', header_line=1)
    table = raw_table(file, layout, (tuple(header), tuple(header), []), connection, count, folder=folder)
    return replace(table, exact=True)


def _header(path: Path) -> list[str] | None:
    with path.open("rb") as file:
        line = file.readline(_HEAD)
    try:
        rows = list(csv.reader([line.decode("utf-8-sig")], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return rows[0] if len(rows) == 1 else None


def _read(connection: duckdb.DuckDBPyConnection, path: Path, header: list[str], folder: Path) -> int | None:
    """How many rows were staged; None where the text breaks the rules."""
    fields = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
    options = (
        f"columns={{{fields}}}, delim=',', quote='\"', escape='\"', skip=1, header=false, auto_detect=false, "
        "strict_mode=true, null_padding=false, ignore_errors=false"
    )
    listed = ", ".join(f"nullif(c{i}, '') AS {quoted(c)}" for i, c in enumerate(header))
    if not _WILDCARDS & set(str(path)):
        try:
            pack(connection, f"SELECT {listed} FROM read_csv({literal(str(path))}, {options})", packed_path(folder))
            return stage_packed(connection, packed_path(folder))
        except duckdb.InterruptException:
            raise  # a person stopped it
        except duckdb.Error:
            pass  # line ends of two kinds, a very long text: read row by row
    try:
        return stage_rows(connection, header, _rows(path, len(header)), folder)
    except (UnicodeDecodeError, csv.Error):
        return None


def _rows(path: Path, width: int) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in islice(csv.reader(file, strict=True), 1, None):
            if len(row) != width:
                raise csv.Error(f"a row of {len(row)} cells")
            yield row


def own_sheet(columns: Sequence[Sequence[str | None]]) -> Entity | None:
    """The entity whose export fills a sheet, by the first cell of each column; None where none does."""
    header = [column[0] if column else None for column in columns]
    return entity_of(header) if None not in header and len(set(header)) == len(header) else None


def holds_text(model: Entity, header: str | None) -> bool:
    """Whether a column of an export of this entity holds texts, which are taken word for word."""
    texts = (FieldType.ID, FieldType.TEXT, FieldType.VOCABULARY)
    return header is None or header not in model or model.field(header).type in texts
