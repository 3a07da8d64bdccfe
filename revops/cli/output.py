"""What a command prints: an aligned table to read, CSV with plain values, or JSON and nothing else.

Data goes to stdout; everything said about it (`say`) goes to stderr.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

import pandas as pd

from revops.formats import is_missing
from revops.text import Language, Text

Record = Mapping[str, Any]

WIDEST = 80  # characters of one value in a table; CSV and JSON are never cut


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One column of a table: its header, and each row's value as a person reads it. right: set flush right."""

    header: str
    values: Sequence[str]
    right: bool = False


def plain(value: Any, language: Language = "en") -> Any:
    """The value as JSON knows it: nothing is null, dates are ISO texts, decimals numbers, a Text its wording."""
    if isinstance(value, bool | str) and not isinstance(value, Enum):
        return value
    if is_missing(value):
        return None
    match value:
        case Text():
            return value[language]
        case Enum():
            return plain(value.value, language)
        case int():
            return value
        case float():
            return float(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
        case pd.Timestamp() | dt.datetime():
            return _moment(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return value.total_seconds()
        case pd.DataFrame():
            return records(value, language)
        case Mapping():
            return {str(plain(k, language)): plain(v, language) for k, v in value.items()}
        case AbstractSet():
            return sorted((plain(v, language) for v in value), key=str)
    if hasattr(value, "tolist"):  # a NumPy scalar or array, a pandas array
        return plain(value.tolist(), language)
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return [plain(v, language) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name), language) for name in value.__dataclass_fields__}
    return value.hex() if isinstance(value, bytes | bytearray) else str(value)


def _moment(value: dt.datetime) -> str:
    """A day where the time is midnight sharp and no zone is told, else day and time."""
    if value.tzinfo is None and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="auto")


def records(frame: pd.DataFrame, language: Language = "en") -> list[dict[str, Any]]:
    """The frame's rows as JSON-ready objects, in the frame's order."""
    names = [str(c) for c in frame.columns]
    columns = [frame.iloc[:, i].tolist() for i in range(len(names))]
    return [dict(zip(names, (plain(v, language) for v in row), strict=True)) for row in zip(*columns, strict=True)]


def write_json(value: Any, language: Language = "en") -> None:
    """One JSON document; what has no figure is null, never NaN."""
    _write(json.dumps(plain(value, language), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_csv(rows: Sequence[Record], columns: Sequence[str] | None = None, language: Language = "en") -> None:
    """A header and one line a record; nothing is an empty cell, lists and objects are JSON text."""
    names = list(columns) if columns is not None else list(dict.fromkeys(k for row in rows for k in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_value(plain(row.get(name), language)) for name in names] for row in rows)
    _write(out.getvalue())


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def write_table(columns: Sequence[Shown]) -> None:
    """Columns aligned by what the terminal shows; a rule under the headers."""
    lines = []
    cells = [[_printable(v) for v in (c.header, *c.values)] for c in columns]
    widths = [max(map(_width, column)) for column in cells]
    for row in zip(*cells, strict=True):
        parts = [_pad(v, w, c.right) for v, w, c in zip(row, widths, columns, strict=True)]
        lines.append("  ".join(parts).rstrip())
    lines.insert(1, "  ".join("─" * w for w in widths))
    _write("\n".join(lines) + "\n")


def write_lines(lines: Iterable[str]) -> None:
    """Text to read on stdout, a line each."""
    _write("".join(f"{_clean(line)}\n" for line in lines))


def say(text: str) -> None:
    """A message about what was done or is wrong: to stderr, never among the data."""
    sys.stderr.write(_clean(text) + "\n")
    sys.stderr.flush()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _clean(value: str) -> str:
    """Without control characters: a value out of a file never moves the cursor or rings the bell."""
    return "".join(" " if ch in "\t\r\n" else ch for ch in value if ch in "\t\r\n" or unicodedata.category(ch) != "Cc")


def _printable(value: str) -> str:
    text = _clean(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _width(text: str) -> int:
    """Terminal cells the text takes: East Asian wide characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
