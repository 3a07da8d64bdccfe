"""The rows of a delimited text read one by one: short ones padded, what does not fit set aside with its line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import duckdb

from revops.errors import UnreadableFile
from revops.ingest.delimited_parts import Ahead, table_begins
from revops.ingest.delimited_plan import Plan, text_lines, text_records, unclosed_quote
from revops.ingest.dialect import Record, UnclosedQuote, split_leniently
from revops.ingest.header import FOOTER_WITHIN, footer_length, names_another_table
from revops.ingest.kinds import is_blank
from revops.ingest.staging import stage_rows
from revops.ingest.types import SetAside, SourceFile
from revops.text import Text


class _Truncated(Exception):
    """The text stops inside its last row, after `cells` cells."""

    def __init__(self, line: int, cells: int) -> None:
        self.line, self.cells = line, cells
        super().__init__(line)


def read_row_by_row(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, path: Path, plan: Plan, folder: Path
) -> int:
    """Read the data in Python, padding short rows and setting aside what does not fit."""
    try:
        return stage_rows(connection, plan.columns, _data_rows(path, plan), folder)
    except UnclosedQuote as error:
        raise unclosed_quote(file, error.line) from error
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


def _data_rows(path: Path, plan: Plan) -> Iterator[list[str]]:
    width, aside = plan.start.width, plan.aside
    held: deque[tuple[Record, list[str]]] = deque()
    after_blank = False
    lines = islice(text_lines(path), plan.before, None)
    rows = Ahead(text_records(lines, plan.dialect, plan.before, plan.remarks))
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


def _refuse_truncated(held: deque[tuple[Record, list[str]]], plan: Plan) -> None:
    """Raise Truncated where the text stops inside its last row: no line end, fewer cells, every other row whole."""
    if not held or not plan.ends_mid_line or plan.short_rows != 1:
        return
    record, _ = held[-1]
    if len(record.cells) < plan.start.width and record.text.count(plan.dialect.delimiter) > 0:
        raise _Truncated(record.line, len(record.cells))


def _begins_another(record: Record, plan: Plan, after_blank: bool) -> bool:
    if plan.header is None or len(record.cells) in (plan.start.width, len(plan.header)):
        return False
    return names_another_table(record.cells, plan.header, after_blank)


def _fitted(record: Record, plan: Plan) -> tuple[list[str] | None, str]:
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
