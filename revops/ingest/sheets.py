"""Workbooks (XLSX, XLSB, XLS, ODS): every table on every sheet, each cell as text."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from xml.parsers.expat import ExpatError

import fastexcel

from revops.errors import UnreadableFile
from revops.ingest.content import locked
from revops.ingest.grids import Rows, as_text, sheet_tables
from revops.ingest.kinds import is_blank
from revops.ingest.limits import Aside
from revops.ingest.own_tables import holds_text, own_sheet
from revops.ingest.tables import staged_table
from revops.ingest.types import Layout, RawTable, SourceFile
from revops.ingest.workbook_bounds import check_bounds
from revops.model import Entity
from revops.text import Text

_LONG = re.compile(r"^-?\d+\.\d{1,6}$")
_HEAD = "xl/workbook.xml"
_FORMATS = {"xlsx": (".xlsx", ".xlsm"), "xlsb": (".xlsb",), "xls": (".xls",), "ods": (".ods",)}


def read_workbook(file: SourceFile, content: str = "xlsx") -> list[RawTable]:
    """The tables of every sheet, in the order of the sheets. content: "xlsx" | "xlsb" | "xls" | "ods".

    The first table of a sheet bears the sheet's name, another one “Sheet [2]”. Raises UnreadableFile where there is
    no table at all.
    """
    with _damage_told(file):
        check_bounds(file, content)
        workbook = fastexcel.read_excel(_openable(file, content))
    tables: list[RawTable] = []
    skipped: list[str] = []
    empty: UnreadableFile | None = None
    try:
        for sheet in workbook.sheet_names:
            columns = _columns(workbook, sheet, file)
            model = own_sheet(columns)
            if model is not None:
                tables.append(_stage_own(file, sheet, content, columns, model))
                continue
            found, told = sheet_tables(file, content, sheet, _rows(columns))
            tables += found
            empty = told or empty
            if not found:
                skipped.append(sheet)
    except BaseException:
        for table in tables:
            table.close()
        raise
    if not tables:
        raise empty or _no_sheet(file)
    if not skipped:
        return tables
    note = Text("Sheets without a table were skipped: {names}.", "Пропущены листы без таблицы: {names}.")
    return [_with_note(t, note.format(names=", ".join(f"“{n}”" for n in skipped))) for t in tables]


@contextmanager
def _damage_told(file: SourceFile) -> Iterator[None]:
    """What the reader says of a broken or locked workbook, as UnreadableFile."""
    try:
        yield
    except UnreadableFile:
        raise
    except fastexcel.FastExcelError as error:
        raise locked(file.name) if "assword" in str(error) else _damaged(file) from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ValueError, EOFError, OSError, ExpatError) as error:
        raise _damaged(file) from error
    except (NotImplementedError, RuntimeError, zlib.error) as error:  # an unknown packing, a password, broken packing
        raise _damaged(file) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the reader's own, which is no Exception
            raise
        raise _damaged(file) from error


def _with_note(table: RawTable, note: Text) -> RawTable:
    return replace(table, notes=(*table.notes, note))


def _damaged(file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        Text(
            "“{name}” is damaged: the workbook's parts cannot be read.",
            "Файл «{name}» повреждён: части книги не читаются.",
        ).format(name=file.name),
        fix=Text("Download or export it again.", "Скачайте или выгрузите его ещё раз."),
        code="damaged",
    )


def _no_sheet(file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        Text(
            "“{name}” holds no table: none of its sheets has a header with rows of values under it.",
            "В книге «{name}» нет таблицы: ни на одном листе нет заголовка со строками значений под ним.",
        ).format(name=file.name),
        fix=Text(
            "Upload a workbook with one row for each record.", "Загрузите книгу, где каждая запись — отдельная строка."
        ),
        code="no_table",
    )


def _openable(file: SourceFile, content: str) -> str | bytes:
    """The workbook for the reader, which goes by a file's name: as bytes where the name says something else.

    One that counts days from 1904 goes without the extensions of its head: an element there of the same name as the
    one that says so would make the reader forget it.
    """
    if content == "xlsx" and (copy := _without_extensions(file)) is not None:
        return copy
    return str(file.path) if file.path.suffix.lower() in _FORMATS[content] else file.path.read_bytes()


def _without_extensions(file: SourceFile) -> bytes | None:
    with zipfile.ZipFile(file.path) as archive:
        head = archive.read(_HEAD)
        if not re.search(rb'date1904="(?:1|true)"', head) or head.count(b"workbookPr") < 2:
            return None
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as rewritten:
            for part in archive.namelist():
                content = archive.read(part)
                if part == _HEAD:
                    content = re.sub(rb"<extLst>.*</extLst>", b"", content, flags=re.DOTALL)
                rewritten.writestr(part, content)
    return copy.getvalue()


def _columns(workbook: fastexcel.ExcelReader, name: str, file: SourceFile) -> Rows:
    """The cells of a sheet, column by column, from its first row to its last used one, as the reader gives them."""
    with _damage_told(file):
        batch = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_arrow()
        return [column.to_pylist() for column in batch.columns]


def _rows(told: Rows) -> Rows:
    """The rows of a sheet without blank columns at its sides. told: its columns."""
    columns = [[as_text(v) for v in column] for column in told]
    while columns and is_blank(columns[0]):
        columns.pop(0)
    while columns and is_blank(columns[-1]):
        columns.pop()
    return [list(row) for row in zip(*columns, strict=True)]


def _own_text(value: str | None) -> str | None:
    """As `as_text`; a number of six decimals at most was written as text because it has more than fifteen digits."""
    return value if value and _LONG.match(value) else as_text(value)


def _stage_own(file: SourceFile, name: str, content: str, columns: Rows, model: Entity) -> RawTable:
    """The table of an export of this product's own: its texts are not looked into."""
    header = [str(column[0]) for column in columns]
    told = [
        column[1:] if holds_text(model, column[0]) else [_own_text(v) for v in islice(column, 1, None)]
        for column in columns
    ]
    rows = (list(row) for row in zip(*told, strict=True))
    layout = Layout(format=content, header_line=1, sheet=name)
    return replace(staged_table(file, layout, (tuple(header), tuple(header), []), rows, Aside(), 1), exact=True)
