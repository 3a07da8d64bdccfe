"""Delimited text (CSV, TSV, ...) into a staged table.

A clean file is read by DuckDB in strict mode, which either reads every row faithfully or refuses; whatever it
refuses (rows of uneven length, stray quotes, mixed line ends) is read row by row, and what does not fit is set aside.
"""

from __future__ import annotations

import codecs
import os
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from statistics import mean

import duckdb

from revops.errors import UnreadableFile
from revops.ingest.delimited_parts import (
    Ahead,
    another_table_below,
    leading_remarks,
    table_begins,
    without_remarks,
)
from revops.ingest.dialect import Dialect, Record, UnclosedQuote, detect_dialect, records, split_leniently
from revops.ingest.encoding import PlainText, as_plain_text
from revops.ingest.header import (
    FOOTER_WITHIN,
    Start,
    column_names,
    find_start,
    footer_length,
    names_another_table,
)
from revops.ingest.kinds import is_blank
from revops.ingest.limits import Aside, check_columns, no_rows, no_table
from revops.ingest.regions import table_below
from revops.ingest.staging import (
    RELATION,
    pack,
    packed_path,
    stage_packed,
    stage_rows,
    staging_connection,
    staging_folder,
)
from revops.ingest.tables import raw_table
from revops.ingest.types import Layout, RawTable, SetAside, SourceFile, literal, quoted
from revops.ingest.watch import meter
from revops.text import Text

SAMPLE_CHARACTERS = 400_000
SAMPLE_RECORDS = 1000
MOST_TABLES = 50  # of one text
SMALL = 8 << 20  # bytes of a text that may be looked through with care
LINES_AT_ONCE = 1000
WILDCARDS = frozenset("*?[")  # in a path, DuckDB would take them for several files


class _Truncated(Exception):
    """The text stops inside its last row, after `cells` cells."""

    def __init__(self, line: int, cells: int) -> None:
        self.line, self.cells = line, cells
        super().__init__(line)


@dataclass(slots=True)
class _Plan:
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


def read_delimited(file: SourceFile) -> list[RawTable]:
    """The tables of a delimited text file: one, or several below one another. Raises UnreadableFile.

    Another one begins where a header of its own follows a blank line, or a line of another width names columns. What
    looks like a header without rows is set aside with the rest of the text.
    """
    plain = as_plain_text(file.path)
    tables: list[RawTable] = []
    below: int | None = 1
    try:
        while (line := below) is not None:
            try:
                if len(tables) >= MOST_TABLES:
                    raise no_table(file.name)
                table, below = _read_table(file, plain, line - 1, len(tables) + 1)
                tables.append(table)
            except UnreadableFile as error:
                if not tables or error.code not in ("no_table", "no_rows"):
                    raise
                tables[-1] = _with_the_rest_aside(tables[-1], plain, line)
                break
    except BaseException:
        for table in tables:
            table.close()
        raise
    finally:
        plain.remove()
    return tables


def _read_table(file: SourceFile, plain: PlainText, before: int, number: int) -> tuple[RawTable, int | None]:
    """The table that begins after `before` lines, and the line on which another one begins below it."""
    plan = _plan(file, plain, before)
    plan.ends_mid_line = _ends_mid_line(plain.path)
    folder = staging_folder()
    connection = staging_connection(folder)
    try:
        count = _read_strictly(connection, plain.path, plan, folder)
        if count is None:
            meter().again()
            count = _read_row_by_row(connection, file, plain.path, plan, folder)
        if count == 0:
            raise no_rows(file.name, plan.header_line)
    except BaseException:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    dialect = plan.dialect
    table = raw_table(
        file,
        Layout(
            format="csv",
            encoding=plain.encoding.name,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            escape=dialect.escape or dialect.quote,
            header_line=plan.header_line,
            sheet=f"[{number}]" if number > 1 else None,
        ),
        (plan.columns, plan.original, plan.notes),
        connection,
        count,
        plan.aside,
        first_notes=_encoding_notes(plain),
        folder=folder,
    )
    return table, plan.below


def _with_the_rest_aside(table: RawTable, plain: PlainText, line: int) -> RawTable:
    """The table with all of the text from the line on set aside."""
    aside = Aside()
    aside.second_table(line)
    for number, text in enumerate(islice(_lines(plain.path), line - 1, None), line):
        if text.strip():
            aside.add(SetAside(line=number, kind="footer", text=text.rstrip("\r\n")))
    return replace(
        table,
        set_aside=tuple(sorted((*table.set_aside, *aside.kept), key=lambda a: a.line)),
        notes=(*table.notes, *aside.notes()),
    )


def _ends_mid_line(path: Path) -> bool:
    """The text's last line has no line end."""
    with path.open("rb") as text:
        text.seek(0, 2)
        text.seek(max(0, text.tell() - 1))
        return text.read(1) not in (b"\n", b"\r", b"")


def _lines(path: Path) -> Iterator[str]:
    told = meter()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        while some := list(islice(file, LINES_AT_ONCE)):
            told.at(os.lseek(file.fileno(), 0, os.SEEK_CUR))
            yield from some


def _records(lines: Iterator[str], dialect: Dialect, before: int, remarks: bool) -> Iterator[Record]:
    rows = records(lines, dialect, before)
    return without_remarks(rows) if remarks else rows


def _plan(file: SourceFile, plain: PlainText, before: int) -> _Plan:
    lines: list[str] = []
    size = 0
    complete = True
    for line in islice(_lines(plain.path), before, None):
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
    return _Plan(
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
        for record in islice(_records(iter(lines), dialect, before, remarks), SAMPLE_RECORDS):
            found.append(record)
    except UnclosedQuote as error:
        if complete or error.line == before + 1:
            raise _unclosed(file, error.line) from error
    return found if complete or len(found) >= SAMPLE_RECORDS else found[:-1]


def _unclosed(file: SourceFile, line: int) -> UnreadableFile:
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
    words = mean(len(c.split()) for c in cells)
    if start.width == 1:
        wider = sum(not is_blank(r[1:]) for r in told)
        if len(told) < 2 or words > 3 or wider * 10 > len(told) or (data and mean(len("".join(r)) for r in data) > 60):
            raise no_table(file.name)
        return
    table = [r for r in rows[start.first if start.header is None else start.header :] if not is_blank(r)]
    regular = sum(len(r) == start.width for r in table) / len(table)
    if regular < 0.75 and words >= 2.5 and start.width <= 4:
        raise no_table(file.name)


def _read_strictly(connection: duckdb.DuckDBPyConnection, path: Path, plan: _Plan, folder: Path) -> int | None:
    """Let DuckDB read the data, in one pass. None where it cannot do so faithfully."""
    dialect = plan.dialect
    if dialect.skip_space or dialect.escape or plan.start.width < 2 or WILDCARDS & set(str(path)):
        return None
    if plan.before:
        return None
    fields = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(plan.start.width))
    options = (
        f"columns={{{fields}}}, delim={literal(dialect.delimiter)}, quote={literal(dialect.quote)}, "
        f"escape={literal(dialect.escape or dialect.quote)}, skip={plan.first_line - 1}, "
        "header=false, auto_detect=false, strict_mode=true, null_padding=false, ignore_errors=false"
    )
    listed = ", ".join(f"nullif(c{i}, '') AS {quoted(c)}" for i, c in enumerate(plan.columns))
    sql = f"SELECT {listed} FROM read_csv({literal(str(path))}, {options})"
    try:
        pack(connection, sql, packed_path(folder))
        count = stage_packed(connection, packed_path(folder))
    except duckdb.InterruptException:
        raise  # a person stopped it
    except duckdb.Error:
        return None
    if not _starts_alike(connection, plan) or _holds_other_lines(connection, plan, count):
        return None
    small = path.stat().st_size <= SMALL
    if (small or _holds_other_names(connection, plan)) and another_table_below(path, dialect, plan.above):
        return None  # blank lines pass unnoticed by the engine
    return count


def _holds_other_names(connection: duckdb.DuckDBPyConnection, plan: _Plan) -> bool:
    """Whether a column of numbers or days has a word in it somewhere, as the header of another table puts there."""
    for i, name in enumerate(plan.columns):
        values = [r[i] for r in plan.sample if i < len(r) and r[i].strip()]
        if len(values) * 10 >= len(plan.sample) * 9 and not any(c.isalpha() for v in values for c in v):
            found = connection.execute(f"SELECT 1 FROM {RELATION} WHERE regexp_matches({quoted(name)}, '\\pL') LIMIT 1")
            return found.fetchone() is not None
    return True


def _starts_alike(connection: duckdb.DuckDBPyConnection, plan: _Plan) -> bool:
    """Whether the first rows are those that were seen while looking for the header."""
    width = plan.start.width
    seen = [[c or None for c in r] for r in plan.sample[:5] if not is_blank(r)]
    expected = [[*r, *[None] * width][:width] for r in seen]
    first = connection.execute(
        f"SELECT * EXCLUDE (_row) FROM {RELATION} WHERE _row <= {len(expected)} ORDER BY _row"
    ).fetchall()
    return [list(r) for r in first] == expected


def _holds_other_lines(connection: duckdb.DuckDBPyConnection, plan: _Plan, count: int) -> bool:
    """Whether some rows are empty, repeat the header, or are totals and remarks: what is set aside with its line."""
    names = [quoted(c) for c in plan.columns]
    other = "(" + " AND ".join(f"{n} IS NULL" for n in names) + ")"
    written = [(n, c) for n, c in zip(names, plan.header or [], strict=False) if c]
    if written:
        other += " OR (" + " AND ".join(f"{n} = {literal(c)}" for n, c in written) + ")"
    if connection.execute(f"SELECT 1 FROM {RELATION} WHERE {other} LIMIT 1").fetchone() is not None:
        return True
    tail = connection.execute(
        f"SELECT {', '.join(names)} FROM {RELATION} WHERE _row > {count - FOOTER_WITHIN} ORDER BY _row"
    ).fetchall()
    return footer_length(tail, plan.sample, plan.start.width) > 0


def _read_row_by_row(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, path: Path, plan: _Plan, folder: Path
) -> int:
    """Read the data in Python, padding short rows and setting aside what does not fit."""
    try:
        return stage_rows(connection, plan.columns, _data_rows(path, plan), folder)
    except UnclosedQuote as error:
        raise _unclosed(file, error.line) from error
    except _Truncated as error:
        raise UnreadableFile(
            Text(
                "“{name}” is cut off: line {line}, the last one, has {cells} of {width} cells and no line end.",
                "Файл «{name}» оборван: в последней строке {line} только {cells} ячеек из {width} и нет конца строки.",
            ).format(name=file.name, line=error.line, cells=error.cells, width=plan.start.width),
            fix=Text(
                "Download or export it again. If it is whole, end its last line and upload it.",
                "Скачайте или выгрузите его ещё раз. Если он полный, завершите последнюю строку переводом строки.",
            ),
            code="truncated",
        ) from error


def _data_rows(path: Path, plan: _Plan) -> Iterator[list[str]]:
    width, aside = plan.start.width, plan.aside
    held: deque[tuple[Record, list[str]]] = deque()
    after_blank = False
    lines = islice(_lines(path), plan.before, None)
    rows = Ahead(_records(lines, plan.dialect, plan.before, plan.remarks))
    for record in rows:
        if record.line < plan.first_line:
            continue
        if len(record.cells) == width and record.cells[0] and not record.problem and record.cells != plan.header:
            held.append((record, record.cells))  # nearly all rows
            after_blank = False
            if len(held) > FOOTER_WITHIN:
                yield held.popleft()[1]
            continue
        if is_blank(record.cells):
            if len(record.cells) > 1 or (record.cells and width == 1):
                aside.empty(record.line)
            elif record.text.strip():
                aside.add(SetAside(line=record.line, kind="preamble", text=record.text))
            after_blank = True
            if plan.header is not None and (block := rows.block()) and table_begins(block, plan.above):
                plan.below = aside.give_back(_with_title(held, block[0].line))
                break
            continue
        if plan.header is not None and record.cells == plan.header:
            aside.add(SetAside(line=record.line, kind="preamble", text=record.text))
            continue
        if _begins_another(record, plan, after_blank):
            plan.below = record.line
            break
        after_blank = False
        plan.short_rows += len(record.cells) < width
        cells, kind = _fitted(record, plan)
        if cells is None:
            aside.add(SetAside(line=record.line, kind=kind, text=record.text))
            continue
        held.append((record, cells))
        if len(held) > FOOTER_WITHIN:
            yield held.popleft()[1]
    if plan.below is None:
        _refuse_truncated(held, plan)
    last = footer_length([cells for _, cells in held], plan.sample, width)
    for record, _ in list(held)[len(held) - last :]:
        aside.add(SetAside(line=record.line, kind="footer", text=record.text))
    for _, cells in list(held)[: len(held) - last]:
        yield cells


def _with_title(held: deque[tuple[Record, list[str]]], line: int) -> int:
    """The line on which another table begins: that of its title, where a blank line sets one apart from the rows."""
    rows = [record for record, _ in held]
    for n in range(len(rows) - 1, -1, -1):
        if not rows[n].cells[0].strip() or not is_blank(rows[n].cells[1:]):
            break
        if n and rows[n].line > rows[n - 1].line + 1 + rows[n - 1].text.count("\n"):
            line = rows[n].line
            for _ in rows[n:]:
                held.pop()
            break
    return line


def _refuse_truncated(held: deque[tuple[Record, list[str]]], plan: _Plan) -> None:
    """Raise Truncated where the text stops inside its last row: no line end, fewer cells, every other row whole."""
    if not held or not plan.ends_mid_line or plan.short_rows != 1:
        return
    record, _ = held[-1]
    if len(record.cells) < plan.start.width and record.text.count(plan.dialect.delimiter) > 0:
        raise _Truncated(record.line, len(record.cells))


def _begins_another(record: Record, plan: _Plan, after_blank: bool) -> bool:
    if plan.header is None or len(record.cells) in (plan.start.width, len(plan.header)):
        return False
    return names_another_table(record.cells, plan.header, after_blank)


def _fitted(record: Record, plan: _Plan) -> tuple[list[str] | None, str]:
    """A row's cells as wide as the table, or None and why they do not fit."""
    cells, width = record.cells, plan.start.width
    if len(cells) > width and not is_blank(cells[width:]):
        lenient = split_leniently(record.text, plan.dialect) if plan.dialect.quote in record.text else cells
        if len(lenient) != width or "\n" in record.text:
            return None, "surplus"
        return lenient, ""
    if len(cells) < width and record.problem:
        return None, "unreadable"
    return cells[:width] + [""] * (width - len(cells)), ""


def _encoding_notes(plain: PlainText) -> list[Text]:
    notes = []
    name = plain.encoding.name
    if codecs.lookup(name).name != "utf-8":
        notes.append(Text("The text was re-coded from {name}.", "Текст перекодирован из {name}.").format(name=name))
    if plain.damaged:
        notes.append(
            Text(
                "{n} signs could not be decoded and are shown as �.",
                "Не удалось прочитать символов: {n}; они показаны как �.",
            ).format(n=plain.damaged)
        )
    if plain.nul_bytes:
        notes.append(Text("{n} zero bytes were left out.", "Пропущено нулевых байтов: {n}.").format(n=plain.nul_bytes))
    return notes
