"""Delimited text (CSV, TSV, ...) into a staged table.

A clean file is read by DuckDB in strict mode, which either reads every row faithfully or refuses; whatever it
refuses (rows of uneven length, stray quotes, mixed line ends) is read row by row, and what does not fit is set aside.
"""

from __future__ import annotations

import codecs
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from statistics import mean

import duckdb

from revops.errors import UnreadableFile
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
from revops.ingest.staging import (
    RELATION,
    pack,
    packed_path,
    stage_packed,
    stage_rows,
    staging_connection,
    staging_folder,
)
from revops.ingest.types import Layout, RawTable, SetAside, SourceFile, literal, quoted
from revops.text import Text

SAMPLE_CHARACTERS = 400_000
SAMPLE_RECORDS = 1000
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


def read_delimited(file: SourceFile) -> RawTable:
    """The one table of a delimited text file. Raises UnreadableFile."""
    plain = as_plain_text(file.path)
    try:
        plan = _plan(file, plain)
        plan.ends_mid_line = _ends_mid_line(plain.path)
        folder = staging_folder()
        connection = staging_connection(folder)
        try:
            count = _read_strictly(connection, plain.path, plan, folder)
            if count is None:
                count = _read_row_by_row(connection, file, plain.path, plan, folder)
            if count == 0:
                raise no_rows(file.name, plan.header_line)
        except BaseException:
            connection.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise
    finally:
        plain.remove()
    dialect = plan.dialect
    return RawTable(
        file=file,
        layout=Layout(
            format="csv",
            encoding=plain.encoding.name,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            escape=dialect.escape or dialect.quote,
            header_line=plan.header_line,
        ),
        columns=plan.columns,
        original_headers=plan.original,
        row_count=count,
        staging=connection,
        relation=RELATION,
        set_aside=plan.aside.sorted(),
        notes=(*_encoding_notes(plain), *plan.notes, *plan.aside.notes()),
        folder=folder,
    )


def _ends_mid_line(path: Path) -> bool:
    """The text's last line has no line end."""
    with path.open("rb") as text:
        text.seek(0, 2)
        text.seek(max(0, text.tell() - 1))
        return text.read(1) not in (b"\n", b"\r", b"")


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from file


def _plan(file: SourceFile, plain: PlainText) -> _Plan:
    lines: list[str] = []
    size = 0
    complete = True
    for line in _lines(plain.path):
        lines.append(line)
        size += len(line)
        if size > SAMPLE_CHARACTERS:
            complete = False
            break
    dialect = detect_dialect(lines)
    found = _first_records(file, lines, dialect, complete)
    if not found or all(is_blank(r.cells) for r in found):
        raise no_table(file.name)
    rows = [r.cells for r in found]
    declared = rows[0] and "".join(rows[0]).lower().startswith("sep") and lines[0].startswith("sep=")
    offset = 1 if declared else 0
    if all(is_blank(r) for r in rows[offset:]):
        raise no_table(file.name)
    start = find_start(rows[offset:]).shifted(offset)
    check_columns(file.name, start.width)
    _refuse_prose(file, rows, start)
    aside = Aside()
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
    )


def _first_records(file: SourceFile, lines: list[str], dialect: Dialect, complete: bool) -> list[Record]:
    found: list[Record] = []
    try:
        for record in islice(records(iter(lines), dialect), SAMPLE_RECORDS):
            found.append(record)
    except UnclosedQuote as error:
        if complete or error.line == 1:
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
    return None if not _starts_alike(connection, plan) or _holds_other_lines(connection, plan, count) else count


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
    rows = records(_lines(path), plan.dialect)
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
            after_blank = True
            continue
        if plan.header is not None and record.cells == plan.header:
            aside.add(SetAside(line=record.line, kind="preamble", text=record.text))
            continue
        if _begins_another(record, plan, after_blank):
            aside.second_table(record.line)
            for below in chain([record], rows):
                aside.add(SetAside(line=below.line, kind="footer", text=below.text))
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
    _refuse_truncated(held, plan)
    last = footer_length([cells for _, cells in held], plan.sample, width)
    for record, _ in list(held)[len(held) - last :]:
        aside.add(SetAside(line=record.line, kind="footer", text=record.text))
    for _, cells in list(held)[: len(held) - last]:
        yield cells


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
