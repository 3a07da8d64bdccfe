"""Rows into a file, batch by batch: what is held in memory does not grow with the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from revops.errors import BadParameter
from revops.exporting.columns import Column, csv_header, csv_line_sql, json_line_sql
from revops.exporting.formats import XLSX_COLUMNS, XLSX_ROWS, XLSX_TEXT, Format
from revops.ingest.types import quoted
from revops.model import Entity
from revops.text import Text

BATCH: Final = 50_000
_BOM: Final = "\ufeff"
_DIGITS: Final = 15  # that a number in a workbook keeps
_FIRST_DAY: Final = dt.date(1900, 3, 1)  # Excel counts a 29 February 1900
_OTHERS = Text("Choose CSV, Parquet or JSON lines.", "Выберите CSV, Parquet или JSON Lines.")


def write_lines(
    cursor: duckdb.DuckDBPyConnection, source: str, columns: list[Column], path: Path, line: str, header: str
) -> int:
    """A text file of a line a row. line: its SQL. header: what stands above. Returns how many rows there are."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header)
        for batch in _batches(cursor, f"SELECT {line} AS line FROM {source}"):
            lines = batch.column(0).to_pylist()
            count += len(lines)
            file.writelines(f"{one}\n" for one in lines)
    return count


def write_csv(
    cursor: duckdb.DuckDBPyConnection, source: str, columns: list[Column], path: Path, *, bom: bool, safe: bool
) -> int:
    header = (_BOM if bom else "") + csv_header(columns)
    return write_lines(cursor, source, columns, path, csv_line_sql(columns, safe=safe), header)


def write_jsonl(cursor: duckdb.DuckDBPyConnection, source: str, columns: list[Column], path: Path) -> int:
    return write_lines(cursor, source, columns, path, json_line_sql(columns), "")


def write_parquet(cursor: duckdb.DuckDBPyConnection, source: str, columns: list[Column], path: Path) -> int:
    count = 0
    answer = cursor.sql(_typed(columns, source)).to_arrow_reader(BATCH)
    with pq.ParquetWriter(path, answer.schema, compression="zstd") as writer:
        for batch in answer:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def write_xlsx(
    cursor: duckdb.DuckDBPyConnection, source: str, columns: list[Column], path: Path, entity: Entity
) -> int:
    """Raises BadParameter where the rows, the columns or a text do not fit a sheet; then no file is left."""
    ((rows,),) = cursor.execute(f"SELECT count(*) FROM {source}").fetchall()
    _check_sheet(entity, int(rows), len(columns))
    book = xlsxwriter.Workbook(
        str(path),
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )
    book.set_properties({"created": dt.datetime(2000, 1, 1)})  # the same data, the same file
    sheet = book.add_worksheet(entity.name[:31])
    sheet.freeze_panes(1, 0)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.header)
    row = 0
    try:
        for batch in _batches(cursor, _typed(columns, source)):
            for values in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                row += 1
                for place, value in enumerate(values):
                    if value is not None:
                        _write_cell(sheet, row, place, value, day, moment)
    finally:
        book.close()
    return row


def _write_cell(sheet: Any, row: int, place: int, value: Any, day: Any, moment: Any) -> None:
    match value:
        case bool():
            sheet.write_boolean(row, place, value)
        case int() | Decimal() if _fits_number(value):
            sheet.write_number(row, place, value)
        case dt.datetime() if value.date() >= _FIRST_DAY and not value.microsecond:
            sheet.write_datetime(row, place, value, moment)
        case dt.datetime():
            sheet.write_string(row, place, value.isoformat(sep=" "))
        case dt.date() if value >= _FIRST_DAY:
            sheet.write_datetime(row, place, value, day)
        case Decimal():
            sheet.write_string(row, place, format(value.normalize(), "f"))
        case _:
            text = str(value)
            if len(text.encode("utf-16-le")) // 2 > XLSX_TEXT:
                raise _too_long(row, len(text))
            sheet.write_string(row, place, text)


def _fits_number(value: int | Decimal) -> bool:
    """Whether a workbook's number says exactly this."""
    exact = Decimal(value)
    return abs(exact) < 10**_DIGITS and len(exact.normalize().as_tuple().digits) <= _DIGITS


def _check_sheet(entity: Entity, rows: int, columns: int) -> None:
    if rows >= XLSX_ROWS:
        message = Text(
            "{entity}: {rows} rows do not fit a sheet, which holds {most} besides the header.",
            "{entity}: {rows} строк не помещаются на лист Excel, где кроме заголовка их может быть {most}.",
        )
        raise BadParameter(
            message.format(entity=entity.label, rows=f"{rows:,}", most=f"{XLSX_ROWS - 1:,}"),
            fix=_OTHERS,
            code="too_many_rows",
        )
    if columns > XLSX_COLUMNS:
        message = Text(
            "{entity}: {n} columns do not fit a sheet, which holds {most}.",
            "{entity}: {n} колонок не помещаются на лист Excel, где их может быть {most}.",
        )
        raise BadParameter(
            message.format(entity=entity.label, n=columns, most=XLSX_COLUMNS), fix=_OTHERS, code="too_many_columns"
        )


def _too_long(row: int, length: int) -> BadParameter:
    message = Text(
        "A text of {n} characters (row {row}) does not fit a cell, which holds {most}.",
        "Текст длиной {n} знаков (строка {row}) не помещается в ячейку Excel: в ней может быть {most}.",
    )
    return BadParameter(message.format(n=length, row=row + 1, most=XLSX_TEXT), fix=_OTHERS, code="too_long_text")


def _typed(columns: list[Column], source: str) -> str:
    return f"SELECT {', '.join(f'{c.sql} AS {quoted(c.header)}' for c in columns)} FROM {source}"


def _batches(cursor: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pa.RecordBatch]:
    yield from cursor.sql(sql).to_arrow_reader(BATCH)


Writer = Callable[[duckdb.DuckDBPyConnection, str, list[Column], Path], int]


def writer_of(format_: Format, entity: Entity, *, bom: bool, safe: bool) -> Writer:
    """What writes rows of the entity in this format. Each returns how many rows it wrote."""
    match format_:
        case Format.CSV:
            return lambda cursor, source, columns, path: write_csv(cursor, source, columns, path, bom=bom, safe=safe)
        case Format.XLSX:
            return lambda cursor, source, columns, path: write_xlsx(cursor, source, columns, path, entity)
        case Format.PARQUET:
            return write_parquet
        case Format.JSONL:
            return write_jsonl
