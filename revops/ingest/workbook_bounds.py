"""What a workbook would take to open, counted before anything opens it: readers lay a sheet out as a full rectangle."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Final
from xml.parsers import expat

from revops.errors import UnreadableFile
from revops.ingest.archives import MOST_RATIO, RATIO_FROM, bomb
from revops.ingest.types import SourceFile
from revops.text import Text

MOST_CELLS: Final = 25_000_000  # of one sheet, from its first to its last used cell
MOST_UNPACKED: Final = 2 << 30
_CHUNK: Final = 4 << 20
_CELL: Final = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_ROW: Final = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d{1,7})"')
_TABLE_NS: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_OFFICE_NS: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


def check_bounds(file: SourceFile, content: str) -> None:
    """Raise UnreadableFile for a workbook that unpacks, or lays out, to more than any export holds.

    Every part is unpacked once here, so one that is damaged shows it before the reader sees it (zipfile.BadZipFile).
    """
    if content == "xls":  # its rows and columns are few by the format
        return
    with zipfile.ZipFile(file.path) as archive:
        left = MOST_UNPACKED
        for part in archive.infolist():
            if part.is_dir() or not part.filename.endswith((".xml", ".rels", ".bin")):
                continue
            with archive.open(part) as packed:
                chunks = _counted(packed, part, file, left)
                if content == "xlsx" and part.filename.startswith("xl/worksheets/"):
                    cells = _cells_of_sheet(chunks)
                elif content == "ods" and part.filename == "content.xml":
                    cells = _cells_of_document(chunks)
                else:
                    cells = sum(0 for _ in chunks)
            left -= part.file_size
            if cells > MOST_CELLS:
                raise too_large(file, cells)


def _counted(packed: IO[bytes], part: zipfile.ZipInfo, file: SourceFile, left: int) -> Iterator[bytes]:
    size = 0
    while chunk := packed.read(_CHUNK):
        size += len(chunk)
        if size > left or (size > RATIO_FROM and size > MOST_RATIO * max(part.compress_size, 1)):
            raise bomb(file.name)
        yield chunk


def _cells_of_sheet(chunks: Iterator[bytes]) -> int:
    """Rows times columns of the rectangle around the cells of a sheet's XML."""
    columns: set[bytes] = set()
    low, high, before = 1 << 30, 0, b""
    for chunk in chunks:
        text = before + chunk
        columns.update(column for column, _ in _CELL.findall(text))
        rows = [int(n) for n in _ROW.findall(text)]
        if rows:
            low, high = min(low, *rows), max(high, *rows)
        before = text[-200:]
    places = [_place(c) for c in columns]
    return (max(places) - min(places) + 1) * (high - low + 1) if places and high else 0


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place


def _cells_of_document(chunks: Iterator[bytes]) -> int:
    """Rows times columns of the largest sheet in an OpenDocument text, repeated rows and cells counted as often."""
    largest = rows = columns = row = told = repeated = pending = 0
    has_value = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal rows, columns, row, told, repeated, has_value
        if name == f"{_TABLE_NS} table":
            rows = columns = 0
        elif name == f"{_TABLE_NS} table-row":
            row, told, has_value = 0, 0, False
            repeated = _number(attributes.get(f"{_TABLE_NS} number-rows-repeated"))
        elif name in (f"{_TABLE_NS} table-cell", f"{_TABLE_NS} covered-table-cell"):
            row += _number(attributes.get(f"{_TABLE_NS} number-columns-repeated"))
            if f"{_OFFICE_NS} value-type" in attributes:
                told, has_value = row, True

    def end(name: str) -> None:
        nonlocal largest, rows, columns, pending
        if name == f"{_TABLE_NS} table-row":
            pending += repeated
            if has_value:
                rows, pending = rows + pending, 0
                columns = max(columns, told)
                largest = max(largest, rows * columns)
        elif name == f"{_TABLE_NS} table":
            pending = 0

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return largest


def _number(value: str | None) -> int:
    return int(value) if value and value.isdigit() and len(value) < 12 else 1


def too_large(file: SourceFile, cells: int) -> UnreadableFile:
    """One sheet lays out to more cells than any export has."""
    return UnreadableFile(
        Text(
            "“{name}” has a sheet whose used cells span {n} cells; at most {most} can be read.",
            "В «{name}» есть лист, заполненная часть которого — {n} ячеек; можно прочитать не больше {most}.",
        ).format(name=file.name, n=f"{cells:,}".replace(",", " "), most=f"{MOST_CELLS:,}".replace(",", " ")),
        fix=Text(
            "Delete stray values far from the table, or save the table as CSV.",
            "Удалите случайные значения вдали от таблицы или сохраните таблицу как CSV.",
        ),
        code="bomb",
    )
