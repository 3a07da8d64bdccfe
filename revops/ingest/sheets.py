"""Excel workbooks: every sheet that holds a table, each cell as text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from xml.etree import ElementTree

import fastexcel

from revops.errors import UnreadableFile
from revops.ingest.header import FOOTER_WITHIN, Start, column_names, find_start, footer_length, is_blank
from revops.ingest.limits import Aside, check_columns, no_rows
from revops.ingest.staging import RELATION, stage_rows, staging_connection
from revops.ingest.types import Layout, RawTable, SetAside, SourceFile
from revops.text import Text

_MOMENT = re.compile(r"^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?$")
_NOISY = re.compile(r"^-?(?=[\d.]{17,}$)\d{1,14}\.\d+$")  # more digits than the fifteen that Excel keeps
_HEAD = "xl/workbook.xml"
_LOOKED_AT = 1000


def read_workbook(file: SourceFile) -> list[RawTable]:
    """A table for each sheet that holds one, in the order of the sheets. Raises UnreadableFile where none does."""
    try:
        workbook = fastexcel.read_excel(_openable(file))
    except (fastexcel.FastExcelError, zipfile.BadZipFile, KeyError) as error:
        raise _damaged(file) from error
    tables: list[RawTable] = []
    skipped: list[str] = []
    empty: UnreadableFile | None = None
    starts = _first_rows(file)
    try:
        for name in workbook.sheet_names:
            rows = _rows(workbook, name, file)
            start = _table_start(rows)
            if start is None:
                skipped.append(name)
                continue
            check_columns(file.name, start.width)
            offset = starts.get(name, 1)
            if start.first >= len(rows):
                empty = no_rows(f"{file.name} › {name}", (start.header or 0) + offset)
                skipped.append(name)
                continue
            tables.append(_stage(file, name, rows, start, offset))
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


def _with_note(table: RawTable, note: Text) -> RawTable:
    return RawTable(**{**table.__dict__, "notes": (*table.notes, note)})


def _damaged(file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        Text(
            "“{name}” is damaged: Excel's parts in it cannot be read.",
            "Файл «{name}» повреждён: части книги Excel не читаются.",
        ).format(name=file.name),
        fix=Text("Download or export it again.", "Скачайте или выгрузите его ещё раз."),
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
    )


def _openable(file: SourceFile) -> str | bytes:
    """The workbook for the reader. One that counts days from 1904 goes without the extensions of its head:
    an element there of the same name as the one that says so would make the reader forget it."""
    with zipfile.ZipFile(file.path) as archive:
        head = archive.read(_HEAD)
        if not re.search(rb'date1904="(?:1|true)"', head) or head.count(b"workbookPr") < 2:
            return str(file.path)
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as rewritten:
            for part in archive.namelist():
                content = archive.read(part)
                if part == _HEAD:
                    content = re.sub(rb"<extLst>.*</extLst>", b"", content, flags=re.DOTALL)
                rewritten.writestr(part, content)
    return copy.getvalue()


def _rows(workbook: fastexcel.ExcelReader, name: str, file: SourceFile) -> list[list[str | None]]:
    """The used cells of a sheet, without blank columns at its left."""
    try:
        batch = workbook.load_sheet(name, header_row=None, dtypes="string").to_arrow()
    except fastexcel.FastExcelError as error:
        raise _damaged(file) from error
    columns = [[_as_text(v) for v in column.to_pylist()] for column in batch.columns]
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


def _fifteen_digits(value: str) -> str:
    rounded = Decimal(f"{float(value):.14e}")
    return format(rounded.normalize(), "f")


def _table_start(rows: list[list[str | None]]) -> Start | None:
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
    return Start(start.header, start.first, max(start.width, used_width))  # a cell beyond the header is a column too


def _stage(file: SourceFile, name: str, rows: list[list[str | None]], start: Start, offset: int) -> RawTable:
    aside = Aside()
    header = None if start.header is None else rows[start.header]
    columns, original, notes = column_names(header, start.width)
    top = start.first if start.header is None else start.header
    for i in range(top):
        if not is_blank(rows[i]):
            aside.add(SetAside(line=i + offset, kind="preamble", text=_joined(rows[i])))
    connection = staging_connection()
    try:
        count = stage_rows(connection, columns, _data(rows, start, offset, aside))
        if count == 0:
            raise no_rows(f"{file.name} › {name}", top + offset)
    except BaseException:
        connection.close()
        raise
    header_line = 0 if start.header is None else start.header + offset
    return RawTable(
        file=file,
        layout=Layout(format="xlsx", header_line=header_line, sheet=name),
        columns=columns,
        original_headers=original,
        row_count=count,
        staging=connection,
        relation=RELATION,
        set_aside=aside.sorted(),
        notes=(*notes, *aside.notes()),
    )


def _data(rows: list[list[str | None]], start: Start, offset: int, aside: Aside) -> Iterator[list[str | None]]:
    width, end = start.width, len(rows)
    tail = rows[max(start.first, end - FOOTER_WITHIN) :]
    last = footer_length([r[:width] for r in tail], [r[:width] for r in rows[start.first : _LOOKED_AT]], width)
    for i in range(end - last, end):
        if not is_blank(rows[i]):
            aside.add(SetAside(line=i + offset, kind="footer", text=_joined(rows[i])))
    for i in range(start.first, end - last):
        row = rows[i]
        if is_blank(row):
            aside.empty(i + offset)
        else:
            yield [*row[:width], *[None] * (width - len(row))]


def _joined(row: list[str | None]) -> str:
    return "\t".join(c or "" for c in row).strip()


_NS = {
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "r": "http://schemas.openxmlformats.org/package/2006/relationships",
}
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _first_rows(file: SourceFile) -> dict[str, int]:
    """Sheet -> number of the row in which its first value stands: the reader starts there without saying where."""
    found: dict[str, int] = {}
    with zipfile.ZipFile(file.path) as archive:
        try:
            workbook = ElementTree.fromstring(archive.read(_HEAD))
            relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        except (KeyError, ElementTree.ParseError) as error:
            raise _damaged(file) from error
        targets = {r.get("Id"): r.get("Target", "") for r in relations.findall("r:Relationship", _NS)}
        for sheet in workbook.findall("m:sheets/m:sheet", _NS):
            target = targets.get(sheet.get(_REL_ID), "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            if part not in archive.namelist():
                continue
            with archive.open(part) as xml:
                head = xml.read(200_000).decode("utf-8", errors="replace")
            match = re.search(r'<c r="[A-Z]+(\d+)"[^>/]*>\s*<(?:f|v|is)\b', head)
            if match:
                found[sheet.get("name", "")] = int(match[1])
    return found
