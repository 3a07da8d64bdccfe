"""How a delimited text is written and where its table starts, told by its first rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import fmean

from revops.errors import UnreadableFile
from revops.ingest.delimited_parts import leading_remarks, without_remarks
from revops.ingest.dialect import Dialect, Record, UnclosedQuote, detect_dialect, records
from revops.ingest.encoding import PlainText
from revops.ingest.header import Start, column_names, find_start
from revops.ingest.kinds import is_blank
from revops.ingest.limits import Aside, check_columns, no_rows, no_table
from revops.ingest.regions import table_below
from revops.ingest.types import SetAside, SourceFile
from revops.ingest.watch import meter
from revops.text import Text

SAMPLE_CHARACTERS = 400_000
SAMPLE_RECORDS = 1000
LINES_AT_ONCE = 1000


@dataclass(slots=True)
class Plan:
    """What the first rows told: how the text is written and where its table starts."""

    dialect: Dialect
    start: Start
    columns: tuple[str, ...]
    original: tuple[str, ...]
    first_line: int  # line on which the first row of data starts
    header_line: int
    header: list[str] | None
    aside: Aside
    sample: list[list[str]]
    notes: list[Text] = field(default_factory=list)
    short_rows: int = 0  # rows of data with fewer cells than the table
    ends_mid_line: bool = False
    before: int = 0  # lines of the text in front of what was looked at
    remarks: bool = False  # lines that begin with "#" are none of the table
    below: int | None = None  # line on which another table begins

    @property
    def above(self) -> list[list[str]]:
        """The header and the first rows, to tell another table from them."""
        return [self.header or [], *self.sample[:200]]


def plan_of(file: SourceFile, plain: PlainText, before: int) -> Plan:
    """How the text is read after `before` lines. Raises UnreadableFile where no table begins there."""
    lines: list[str] = []
    size = 0
    complete = True
    for line in islice(text_lines(plain.path), before, None):
        lines.append(line)
        size += len(line)
        if size > SAMPLE_CHARACTERS:
            complete = False
            break
    aside = Aside()
    remarks = leading_remarks(lines)
    for i, line in enumerate(lines[:remarks]):
        if line.strip():
            aside.add(SetAside(line=before + i + 1, kind="preamble", text=line.rstrip("\r\n")))
    before, lines = before + remarks, lines[remarks:]
    dialect = detect_dialect(lines)
    found = _first_records(file, lines, dialect, complete, before, remarks > 0)
    if not found or all(is_blank(r.cells) for r in found):
        raise no_table(file.name)
    rows = [r.cells for r in found]
    declared = rows[0] and "".join(rows[0]).lower().startswith("sep") and lines[0].startswith("sep=")
    offset = 1 if declared else 0
    if all(is_blank(r) for r in rows[offset:]):
        raise no_table(file.name)
    if (end := table_below(rows[offset:])) is not None:
        found, rows, complete = found[: offset + end], rows[: offset + end], True
    start = find_start(rows[offset:]).shifted(offset)
    check_columns(file.name, start.width)
    _refuse_prose(file, rows, start)
    repeated = range(start.first if start.header is None else start.header + 1, start.first)
    for i in [*range(start.top), *repeated]:
        if not is_blank(found[i].cells):
            aside.add(SetAside(line=found[i].line, kind="preamble", text=found[i].text))
    header = None if start.header is None else rows[start.header]
    header_line = 0 if start.header is None else found[start.header].line
    columns, original, notes = column_names(start.names(rows), start.width)
    if start.first >= len(found):
        if complete:
            raise no_rows(file.name, header_line)
        raise no_table(file.name)
    return Plan(
        dialect,
        start,
        columns,
        original,
        found[start.first].line,
        header_line,
        header,
        aside,
        rows[start.first :],
        notes,
        before=before,
        remarks=remarks > 0,
    )


def _first_records(
    file: SourceFile, lines: list[str], dialect: Dialect, complete: bool, before: int, remarks: bool
) -> list[Record]:
    found: list[Record] = []
    try:
        for record in islice(text_records(iter(lines), dialect, before, remarks), SAMPLE_RECORDS):
            found.append(record)
    except UnclosedQuote as error:
        if complete or error.line == before + 1:
            raise unclosed_quote(file, error.line) from error
    return found if complete or len(found) >= SAMPLE_RECORDS else found[:-1]


def unclosed_quote(file: SourceFile, line: int) -> UnreadableFile:
    return UnreadableFile(
        Text(
            "“{name}”: a quote that opens on line {line} is never closed and swallows the rest of the file.",
            "«{name}»: кавычка, открытая в строке {line}, не закрыта и поглощает остаток файла.",
        ).format(name=file.name, line=line),
        fix=Text(
            "Close or remove the quote on that line, or export the file again.",
            "Закройте или удалите кавычку в этой строке либо выгрузите файл ещё раз.",
        ),
    )


def _refuse_prose(file: SourceFile, rows: list[list[str]], start: Start) -> None:
    """Raise UnreadableFile for running text: long wordy lines that fall into no columns."""
    told = [r for r in rows if not is_blank(r)]
    data = [r for r in rows[start.first :] if not is_blank(r)]
    cells = [c for r in told for c in r if c.strip()]
    words = fmean(len(c.split()) for c in cells)
    if start.width == 1:
        wider = sum(not is_blank(r[1:]) for r in told)
        if len(told) < 2 or words > 3 or wider * 10 > len(told) or (data and fmean(len("".join(r)) for r in data) > 60):
            raise no_table(file.name)
        return
    table = [r for r in rows[start.first if start.header is None else start.header :] if not is_blank(r)]
    regular = sum(len(r) == start.width for r in table) / len(table)
    if regular < 0.75 and words >= 2.5 and start.width <= 4:
        raise no_table(file.name)


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a text with their line ends, told to the meter in bytes."""
    told = meter()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        while some := list(islice(file, LINES_AT_ONCE)):
            told.at(os.lseek(file.fileno(), 0, os.SEEK_CUR))
            yield from some


def text_records(lines: Iterator[str], dialect: Dialect, before: int, remarks: bool) -> Iterator[Record]:
    rows = records(lines, dialect, before)
    return without_remarks(rows) if remarks else rows
