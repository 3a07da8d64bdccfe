"""HTML tables, which many systems save under a name that ends in .xls: each table is read like a sheet.

Only the marks of tables are looked at; nothing is fetched, run or followed. Text is that of the cells, white space
as a browser shows it.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from revops.errors import UnreadableFile
from revops.ingest.content import web_page
from revops.ingest.encoding import detect_encoding
from revops.ingest.grids import Rows, sheet_tables
from revops.ingest.types import RawTable, SourceFile
from revops.text import Text

MOST_BYTES: Final = 150 << 20
MOST_CELLS: Final = 5_000_000  # of one file, those that merged cells stand for included
MOST_TABLES: Final = 50
_MOST_SPAN: Final = 1000
_MOST_DEEP: Final = 50  # tables in tables
_TAG: Final = re.compile(r"""<(/?)([a-zA-Z][\w:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*+)>""")
_PLAIN: Final = re.compile(r"<t[dhDH]((?:\s[^<>]*)?)>([^<]*)</t[dhDH]>")  # a cell of text alone, as nearly all are
_MARK: Final = re.compile(r"<(?=[a-zA-Z!]|/[a-zA-Z])")
_SPAN: Final = re.compile(r"""\b(col|row)span\s*=\s*["']?\s*(\d{1,5})""", re.IGNORECASE)
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_UNSEEN: Final = {mark: re.compile(f"</{mark}[^>]*>?", re.IGNORECASE) for mark in ("script", "style", "template")}
_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr"})


@dataclass(slots=True)
class _Table:
    """A table being read. hanging: column -> rows that a cell above still covers."""

    rows: list[list[str | None]] = field(default_factory=list)
    row: list[str | None] | None = None
    cell: list[str] | None = None
    span: tuple[int, int] = (1, 1)
    hanging: dict[int, int] = field(default_factory=dict)
    cells: int = 0

    def open_row(self) -> None:
        self.close_row()
        self.row = []

    def open_cell(self, marks: str) -> None:
        self.close_cell()
        if self.row is None:
            self.row = []
        self.span = (1, 1)
        if "span" in marks.lower():
            spans = {kind.lower(): int(n) for kind, n in _SPAN.findall(marks)}
            self.span = (min(max(spans.get("col", 1), 1), _MOST_SPAN), min(max(spans.get("row", 1), 1), 65_534))
        self.cell = []

    def close_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        self._fill_hanging(self.row)
        text = "".join(self.cell)
        text = " ".join((html.unescape(text) if "&" in text else text).replace("\x00", "").split())
        across, down = self.span
        if down > 1:
            self.hanging.update(dict.fromkeys(range(len(self.row), len(self.row) + across), down))
        self.row += [text or None, *[None] * (across - 1)]
        self.cells += across
        self.cell = None

    def close_row(self) -> None:
        self.close_cell()
        if self.row is None:
            return
        self._fill_hanging(self.row)
        self.hanging = {column: left - 1 for column, left in self.hanging.items() if left > 1}
        self.rows.append(self.row)
        self.row = None

    def _fill_hanging(self, row: list[str | None]) -> None:
        """Places that a cell of a row above covers stay empty, as those of merged cells in a workbook do."""
        while len(row) in self.hanging:
            row.append(None)
            self.cells += 1


def read_html(file: SourceFile) -> list[RawTable]:
    """The tables of a page. Raises UnreadableFile where it has none, as a page that asks for a password has not."""
    if file.size > MOST_BYTES:
        raise _too_large(file.name)
    tables: list[RawTable] = []
    empty: UnreadableFile | None = None
    number = 0
    try:
        for rows in _grids(file):
            number += 1
            found, told = sheet_tables(file, "html", f"[{number}]" if number > 1 else None, rows)
            number -= not found
            tables += found
            empty = told or empty
    except BaseException:
        for table in tables:
            table.close()
        raise
    if not tables:
        raise empty or web_page(file.name)
    return tables


def _grids(file: SourceFile) -> Iterator[Rows]:
    """The rows of every table that has two rows and two columns or more, each of one width."""
    cells = 0
    for n, table in enumerate(_tables(_text(file), file.name)):
        width = max(map(len, table.rows), default=0)
        cells += width * len(table.rows)
        if cells > MOST_CELLS or n >= MOST_TABLES:
            raise _too_large(file.name)
        if width >= 2 and len(table.rows) >= 2:
            yield [row + [None] * (width - len(row)) for row in table.rows]


def _text(file: SourceFile) -> str:
    """The page. What it says of its encoding counts where its bytes are not UTF-8."""
    encoding = detect_encoding(file.path)
    content = file.path.read_bytes()
    declared = _CHARSET.search(content[:4096])
    if not encoding.bom and encoding.name not in ("utf-8", "utf-16-le", "utf-16-be") and declared:
        try:
            codec = codecs.lookup(declared[1].decode("ascii"))
            if codec.name not in ("utf-8", "utf-16", "utf-32") and codec._is_text_encoding:
                return content.decode(codec.name, errors="replace")
        except LookupError:
            pass  # no encoding has that name: the letters have said which it is
    return content[encoding.bom :].decode(encoding.name, errors="replace")


def _tables(text: str, name: str) -> Iterator[_Table]:
    """The tables in the order of their ends. One within a cell of another is a table of its own."""
    stack: list[_Table] = []
    at = 0
    while True:
        mark_at = _MARK.search(text, at)
        tag = end = mark_at.start() if mark_at else len(text)
        if stack and stack[-1].cell is not None and end > at:
            stack[-1].cell.append(text[at:end])
        if mark_at is None:
            break
        if stack and (plain := _PLAIN.match(text, tag)) is not None:
            stack[-1].open_cell(plain[1])
            stack[-1].cell = [plain[2]]
            stack[-1].close_cell()
            at = plain.end()
            if stack[-1].cells > MOST_CELLS:
                raise _too_large(name)
            continue
        if text.startswith("<!", tag):
            at = _after(text, tag, "-->" if text.startswith("<!--", tag) else ">")
            continue
        match = _TAG.match(text, tag)
        if match is None:  # a sign like any other
            if stack and stack[-1].cell is not None:
                stack[-1].cell.append("<")
            at = tag + 1
            continue
        at = match.end()
        closing, mark, marks = bool(match[1]), match[2].lower(), match[3]
        if mark in _UNSEEN and not closing:
            end_mark = _UNSEEN[mark].search(text, at)
            at = end_mark.end() if end_mark else len(text)
            continue
        table = stack[-1] if stack else None
        if mark == "table" and not closing:
            if len(stack) >= _MOST_DEEP:
                raise _too_large(name)
            stack.append(_Table())
        elif table is None:
            continue
        elif mark == "table":
            yield _ended(stack.pop())
        else:
            _take(table, mark, marks, closing)
            if table.cells > MOST_CELLS:
                raise _too_large(name)
    while stack:
        yield _ended(stack.pop())


def _ended(table: _Table) -> _Table:
    table.close_row()
    return table


def _take(table: _Table, mark: str, marks: str, closing: bool) -> None:
    if mark == "tr":
        table.close_row() if closing else table.open_row()
    elif mark in ("td", "th"):
        table.close_cell() if closing else table.open_cell(marks)
    elif mark in _BREAKS and table.cell is not None:
        table.cell.append(" ")


def _after(text: str, start: int, sign: str) -> int:
    """The place after the sign; the text's end where it does not come."""
    found = text.find(sign, start)
    return len(text) if found < 0 else found + len(sign)


def _too_large(name: str) -> UnreadableFile:
    return UnreadableFile(
        Text("“{name}” is too large a page to be read.", "«{name}» — слишком большая страница.").format(name=name),
        fix=Text(
            "Save the table as XLSX or CSV and upload that.", "Сохраните таблицу как XLSX или CSV и загрузите её."
        ),
        code="bomb",
    )
