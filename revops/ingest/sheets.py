"""Workbooks (XLSX, XLSB, XLS, ODS): every table on every sheet, each cell as text."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from xml.parsers.expat import ExpatError

import fastexcel

from revops.errors import UnreadableFile
from revops.ingest.content import locked
from revops.ingest.header import FOOTER_WITHIN, Start, column_names, find_start, footer_length
from revops.ingest.kinds import is_blank
from revops.ingest.limits import Aside, check_columns, no_rows
from revops.ingest.own_tables import holds_text, own_sheet
from revops.ingest.regions import Region, regions
from revops.ingest.tables import staged_table
from revops.ingest.types import Layout, RawTable, SetAside, SourceFile
from revops.ingest.workbook_bounds import check_bounds
from revops.model import Entity
from revops.text import Text

_MOMENT = re.compile(r"^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?$")
_NOISY = re.compile(r"^-?(?=[\d.]{17,}$)\d{1,14}\.\d+$")  # more digits than the fifteen that Excel keeps
_LONG = re.compile(r"^-?\d+\.\d{1,6}$")
_HEAD = "xl/workbook.xml"
_LOOKED_AT = 1000
_FORMATS = {"xlsx": (".xlsx", ".xlsm"), "xlsb": (".xlsb",), "xls": (".xls",), "ods": (".ods",)}

Rows = list[list[str | None]]


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
            found = 0
            columns = _columns(workbook, sheet, file)
            model = own_sheet(columns)
            if model is not None:
                tables.append(_stage_own(file, sheet, content, columns, model))
                continue
            for region in regions(_rows(columns)):
                start = _table_start(region.rows)
                if start is None:
                    continue
                name = f"{sheet} [{found + 1}]" if found else sheet
                check_columns(f"{file.name} › {name}", start.width)
                if start.first >= len(region.rows):
                    empty = no_rows(f"{file.name} › {name}", (start.header or 0) + region.top + 1)
                    continue
                tables.append(_stage(file, name, content, region, start))
                found += 1
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
    columns = [[_as_text(v) for v in column] for column in told]
    while columns and is_blank(columns[0]):
        columns.pop(0)
    while columns and is_blank(columns[-1]):
        columns.pop()
    return [list(row) for row in zip(*columns, strict=True)]


def _as_text(value: str | None) -> str | None:
    """ISO days without an empty time of day, numbers without float noise, TRUE and FALSE."""
    if not value:
        return None
    moment = _MOMENT.match(value)
    if moment:
        day, clock, fraction = moment.groups()
        if fraction and int(fraction):
            return f"{day} {clock}.{fraction.rstrip('0')}"
        if day in ("1899-12-31", "1899-12-30"):  # a time of day alone
            return clock
        return day if clock == "00:00:00" else f"{day} {clock}"
    if value in ("true", "false"):
        return value.upper()
    return _fifteen_digits(value) if _NOISY.match(value) else value


def _own_text(value: str | None) -> str | None:
    """As `_as_text`; a number of six decimals at most was written as text because it has more than fifteen digits."""
    return value if value and _LONG.match(value) else _as_text(value)


def _fifteen_digits(value: str) -> str:
    rounded = Decimal(f"{float(value):.14e}")
    return format(rounded.normalize(), "f")


def _table_start(rows: Rows) -> Start | None:
    """Where the sheet's table starts; None for a sheet of prose, a single column or nothing at all."""
    looked = rows[:_LOOKED_AT]
    if not looked or all(is_blank(r) for r in looked):
        return None
    used = sum(any(r[i] and r[i].strip() for r in rows) for i in range(len(rows[0])))  # type: ignore[union-attr]
    tabular = sum(sum(bool(c and c.strip()) for c in r) >= 2 for r in rows)
    if used < 2 or tabular < 2:
        return None
    start = find_start(looked)
    used_width = max(
        (i + 1 for r in rows[start.first :] for i in range(start.width, len(r)) if not is_blank(r[i : i + 1])),
        default=0,
    )
    return replace(start, width=max(start.width, used_width))  # a cell beyond the header is a column too


def _stage(file: SourceFile, name: str, content: str, region: Region, start: Start) -> RawTable:
    aside, rows, offset = Aside(), region.rows, region.top + 1
    for i in range(start.top):
        if not is_blank(rows[i]):
            aside.add(SetAside(line=i + offset, kind="preamble", text=_joined(rows[i])))
    header_line = 0 if start.header is None else start.header + offset
    return staged_table(
        file,
        Layout(format=content, header_line=header_line, sheet=name),
        column_names(start.names(rows), start.width),
        _data(rows, start, offset, aside),
        aside,
        start.top + offset,
    )


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


def _data(rows: Rows, start: Start, offset: int, aside: Aside) -> Iterator[list[str | None]]:
    width, end = start.width, len(rows)
    header = None if start.header is None else rows[start.header]
    tail = rows[max(start.first, end - FOOTER_WITHIN) :]
    last = footer_length([r[:width] for r in tail], [r[:width] for r in rows[start.first : _LOOKED_AT]], width)
    for i in range(end - last, end):
        if not is_blank(rows[i]):
            aside.add(SetAside(line=i + offset, kind="footer", text=_joined(rows[i])))
    for i in range(start.first, end - last):
        row = rows[i]
        if is_blank(row):
            aside.empty(i + offset)
        elif row == header:
            aside.add(SetAside(line=i + offset, kind="preamble", text=_joined(row)))
        else:
            yield [*row[:width], *[None] * (width - len(row))]


def _joined(row: list[str | None]) -> str:
    return "\t".join(c or "" for c in row).strip()
