"""The rows of a sheet -> its tables: one, or several below one another and side by side. What a cell says as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from revops.errors import UnreadableFile
from revops.ingest.header import FOOTER_WITHIN, Start, column_names, find_start, footer_length
from revops.ingest.kinds import is_blank
from revops.ingest.limits import Aside, check_columns, no_rows
from revops.ingest.regions import Region, Row, regions
from revops.ingest.tables import staged_table
from revops.ingest.types import Layout, RawTable, SetAside, SourceFile

_MOMENT = re.compile(r"^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?$")
_NOISY = re.compile(r"^-?(?=[\d.]{17,}$)\d{1,14}\.\d+$")  # more digits than the fifteen that Excel keeps
_LOOKED_AT = 1000

Rows = list[list[str | None]]


def sheet_tables(
    file: SourceFile, content: str, sheet: str | None, rows: Rows
) -> tuple[list[RawTable], UnreadableFile | None]:
    """The tables of a sheet, and what to say if one has a header without rows. rows: all of one width.

    The first bears the sheet's name, another one “Sheet [2]”.
    """
    tables: list[RawTable] = []
    empty = None
    try:
        for region in regions(rows):
            start = _table_start(region.rows)
            if start is None:
                continue
            name = f"{sheet or ''} [{len(tables) + 1}]".strip() if tables else sheet
            where = f"{file.name} › {name}" if name else file.name
            check_columns(where, start.width)
            if start.first >= len(region.rows):
                empty = no_rows(where, (start.header or 0) + region.top + 1)
                continue
            tables.append(_stage(file, name, content, region, start))
    except BaseException:
        for table in tables:
            table.close()
        raise
    return tables, empty


def as_text(value: str | None) -> str | None:
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


def _table_start(rows: Sequence[Row]) -> Start | None:
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


def _stage(file: SourceFile, name: str | None, content: str, region: Region, start: Start) -> RawTable:
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


def _data(rows: Sequence[Row], start: Start, offset: int, aside: Aside) -> Iterator[list[str | None]]:
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


def _joined(row: Row) -> str:
    return "\t".join(c or "" for c in row).strip()
