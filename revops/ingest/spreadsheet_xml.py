"""Workbooks in one XML document (“XML Spreadsheet 2003”), which older systems save under a name that ends in .xls."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from revops.errors import UnreadableFile
from revops.ingest.content import not_a_table
from revops.ingest.grids import Rows, as_text, sheet_tables
from revops.ingest.types import RawTable, SourceFile
from revops.ingest.workbook_bounds import MOST_CELLS, too_large
from revops.text import Text

_CHUNK: Final = 1 << 20
_MOST_COLUMNS: Final = 16_384
_MOST_ROWS: Final = 1 << 20
_NS: Final = "urn:schemas-microsoft-com:office:spreadsheet"


class _Refused(Exception):
    """The document declares a type or entities, as no workbook does."""


class _Sheets:
    """What the parser's events have told: sheets with their rows, ragged."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self.sheets: list[tuple[str, Rows]] = []
        self._rows: Rows = []
        self._row: list[str | None] | None = None
        self._text: list[str] | None = None
        self._kind = ""
        self._across = 0
        self._width = 0

    def start(self, name: str, marks: dict[str, str]) -> None:
        match name:
            case "Worksheet":
                self._rows, self._width = [], 0
                self.sheets.append((marks.get(f"{_NS} Name", f"[{len(self.sheets) + 1}]"), self._rows))
            case "Row":
                at = _number(marks.get(f"{_NS} Index"), len(self._rows) + 1)
                self._check(at, self._width)
                self._rows.extend([] for _ in range(at - 1 - len(self._rows)))
                self._row = []
            case "Cell" if self._row is not None:
                at = _number(marks.get(f"{_NS} Index"), len(self._row) + 1)
                self._across = _number(marks.get(f"{_NS} MergeAcross"), 0)
                self._check(len(self._rows) + 1, max(at, len(self._row)) + self._across)
                self._row.extend([None] * (at - 1 - len(self._row)))
                self._row.append(None)
            case "Data" if self._row:
                self._kind, self._text = marks.get(f"{_NS} Type", "String"), []

    def text(self, part: str) -> None:
        if self._text is not None:
            self._text.append(part)

    def end(self, name: str) -> None:
        match name:
            case "Data" if self._text is not None and self._row:
                self._row[-1] = _value("".join(self._text), self._kind)
                self._text = None
            case "Cell" if self._row is not None:
                self._row.extend([None] * self._across)
                self._across = 0
            case "Row" if self._row is not None:
                self._width = max(self._width, len(self._row))
                self._rows.append(self._row)
                self._row = None

    def _check(self, rows: int, columns: int) -> None:
        if columns > _MOST_COLUMNS or rows > _MOST_ROWS or rows * max(columns, self._width) > MOST_CELLS:
            raise too_large(self._file, rows * max(columns, self._width))


def read_spreadsheet_xml(file: SourceFile) -> list[RawTable]:
    """The tables of every sheet. Raises UnreadableFile where there is none and where the document is not whole.

    A document that declares entities is refused: nothing is expanded and nothing outside it is looked at.
    """
    tables: list[RawTable] = []
    empty: UnreadableFile | None = None
    try:
        for name, rows in _parsed(file).sheets:
            width = max(map(len, rows), default=0)
            found, told = sheet_tables(file, "xml", name, [row + [None] * (width - len(row)) for row in rows])
            tables += found
            empty = told or empty
    except BaseException:
        for table in tables:
            table.close()
        raise
    if not tables:
        raise empty or not_a_table(file.name, Text("a workbook without one", "книга без таблицы"))
    return tables


def _parsed(file: SourceFile) -> _Sheets:
    told = _Sheets(file)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, marks: told.start(_own(name), marks)
    parser.EndElementHandler = lambda name: told.end(_own(name))
    parser.CharacterDataHandler = told.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        with file.path.open("rb") as document:
            parser.Parse(document.read(_CHUNK).lstrip(), False)  # a blank line may stand in front
            while chunk := document.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except (expat.ExpatError, _Refused, ValueError, LookupError) as error:
        raise UnreadableFile(
            Text(
                "“{name}” is damaged: it is a workbook in XML that breaks off or is written wrongly.",
                "Файл «{name}» повреждён: это книга в XML, которая обрывается или записана с ошибкой.",
            ).format(name=file.name),
            fix=Text("Download or export it again.", "Скачайте или выгрузите его ещё раз."),
            code="damaged",
        ) from error
    return told


def _refuse(*_: object) -> None:
    raise _Refused


def _own(name: str) -> str:
    """The element's name where it is of a workbook; formatted text inside a cell has names of HTML."""
    space, _, own = name.rpartition(" ")
    return own if space == _NS else ""


def _number(text: str | None, usual: int) -> int:
    return max(int(text), usual) if text is not None and text.isdigit() and len(text) < 9 else usual


def _value(text: str, kind: str) -> str | None:
    match kind:
        case "Boolean":
            return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text) or None
        case "String":
            return text.replace("\x00", "") or None
    return as_text(text.strip())
