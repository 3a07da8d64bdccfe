"""Tables typed by hand for the tests of the import: columns with their values, and what a profile would say of them."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from revops.ingest.types import (
    ColumnProfile,
    Context,
    Layout,
    NumberFormat,
    RawTable,
    SetAside,
    SourceFile,
    TableProfile,
    quoted,
)

TODAY = dt.date(2026, 11, 23)
CONTEXT = Context(today=TODAY, currency="EUR")
DAY = "%Y-%m-%d"


def table(
    name: str,
    columns: Mapping[str, Sequence[str | None]],
    *,
    dates: Mapping[str, tuple[str, ...]] | None = None,
    numbers: Mapping[str, NumberFormat] | None = None,
    title: Sequence[str] = (),
) -> tuple[RawTable, TableProfile]:
    """A table and its profile. dates: the patterns that read a column (more than one: day or month first is open);
    columns whose values all look like 2026-03-01 are dates without being named. numbers: formats other than 1234.5.
    """
    staging = duckdb.connect()
    headers = tuple(columns)
    staging.execute("CREATE TABLE raw (_row BIGINT, " + ", ".join(f"{quoted(h)} VARCHAR" for h in headers) + ")")
    rows = list(zip(*columns.values(), strict=True))
    for i, row in enumerate(rows, start=1):
        staging.execute(f"INSERT INTO raw VALUES ({', '.join('?' * (len(row) + 1))})", [i, *row])
    raw = RawTable(
        file=SourceFile(name=name, path=Path(name), sha256="0" * 64, size=1),
        layout=Layout(format="csv"),
        columns=headers,
        original_headers=headers,
        row_count=len(rows),
        staging=staging,
        set_aside=tuple(SetAside(line=i, kind="preamble", text=t) for i, t in enumerate(title, start=1)),
    )
    said = {h: _column(h, columns[h], (dates or {}).get(h, ()), (numbers or {}).get(h)) for h in headers}
    return raw, TableProfile(rows=len(rows), columns=tuple(said.values()))


def _column(
    name: str, values: Sequence[str | None], dates: tuple[str, ...], number: NumberFormat | None
) -> ColumnProfile:
    filled = [v.strip() for v in values if v is not None and v.strip() not in ("", "--")]
    kind, low, high = _kind(filled, dates, number)
    if kind in ("date", "timestamp") and not dates:
        dates = (DAY,)
    return ColumnProfile(
        name=name,
        type=kind,
        rows=len(values),
        missing=len(values) - len(filled),
        distinct=len(set(filled)),
        examples=tuple(dict.fromkeys(filled))[:3],
        top=tuple(Counter(filled).most_common(10)),
        date_formats=dates,
        ambiguous_date=len(dates) > 1,
        number=number or (NumberFormat() if kind in ("integer", "decimal") else None),
        low=low,
        high=high,
    )


def _kind(filled: list[str], dates: tuple[str, ...], number: NumberFormat | None) -> tuple[str, str | None, str | None]:
    def every(pattern: str) -> bool:
        return all(re.fullmatch(pattern, v) for v in filled)

    if not filled:
        return "empty", None, None
    if dates or every(r"\d{4}-\d\d-\d\d"):
        return "date", None, None
    if every(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"):
        return "timestamp", None, None
    if {v.lower() for v in filled} <= {"true", "false", "yes", "no"}:
        return "boolean", None, None
    if number is not None:
        return "decimal", None, None
    if every(r"-?\d+"):
        return "integer", str(min(map(int, filled))), str(max(map(int, filled)))
    if every(r"-?\d+\.\d+|-?\d+"):
        return "decimal", str(min(map(float, filled))), str(max(map(float, filled)))
    return "text", None, None
