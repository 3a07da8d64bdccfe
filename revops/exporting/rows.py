"""Rows of any query as a file: CSV in which no text is a formula to a spreadsheet, or a workbook of text cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from revops.exporting.columns import Column
from revops.exporting.formats import Format
from revops.exporting.writers import writer_of
from revops.ingest.own_export import guarded
from revops.ingest.types import quoted
from revops.model import Entity, FieldType
from revops.text import Text

_ROWS = Entity(
    name="rows",
    label=Text("Rows", "Строки"),
    meaning=Text("The rows behind a figure.", "Строки, из которых сложился показатель."),
    fields=(),
)


def write_rows(
    cursor: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str], format_: Format, path: Path
) -> int:
    """Writes the columns of `source` (a relation of the cursor) to `path`; how many rows there are.

    Raises BadParameter where a workbook cannot hold them.
    """
    described = cursor.sql(f"SELECT * FROM {source}")
    kinds = dict(zip(described.columns, (str(t) for t in described.types), strict=True))
    named = [_column(c, kinds[c]) for c in columns]
    return writer_of(format_, _ROWS, bom=True, safe=True)(cursor, source, named, path)


def csv_of(frame: pd.DataFrame) -> bytes:
    """A frame as CSV for spreadsheets, numbers in full; no text of it, nor a header, is a formula."""
    told = frame.map(lambda value: guarded(value) if isinstance(value, str) else value)
    told.columns = pd.Index([guarded(str(c)) for c in frame.columns])
    return told.to_csv(index=False).encode("utf-8-sig")


def _column(name: str, kind: str) -> Column:
    """How the column is written: only text may look like a formula; a float that is no number is nothing."""
    sql = quoted(name)
    if kind in ("DOUBLE", "FLOAT"):
        exact = f"CASE WHEN isnan({sql}) THEN NULL ELSE CAST({sql} AS DECIMAL(24, 6)) END"
        return Column(header=name, sql=exact, type=FieldType.DECIMAL)
    if kind.startswith("DECIMAL"):
        return Column(header=name, sql=sql, type=FieldType.DECIMAL)
    types = {"DATE": FieldType.DATE, "BOOLEAN": FieldType.BOOLEAN}
    if kind.startswith("TIMESTAMP"):
        return Column(header=name, sql=sql, type=FieldType.TIMESTAMP)
    return Column(header=name, sql=sql, type=FieldType.INTEGER if "INT" in kind else types.get(kind, FieldType.TEXT))
