"""Rows of a database to a Parquet file whose columns have the types that the values have.

Nothing has to be guessed from texts afterwards: a decimal stays a decimal, a date a date, and NULL is not the empty
text. The types come from the values and not from the driver's word, as SQLite has none and drivers differ. The same
rows give the same bytes, so an unchanged table is known by its hash. Memory does not grow with the rows.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from revops.ingest import scratch
from revops.ingest.types import literal, quoted

MEMORY: Final = "150MB"  # of the sort; what needs more goes to disk
GROUP: Final = 100_000  # rows
WIDEST: Final = 38  # digits of a DECIMAL
_EXACT: Final = 1 << 53  # whole numbers up to here survive beside fractions


def write(
    columns: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]], target: Path, *, ordered: bool, most: int | None
) -> int:
    """Writes the rows; returns how many there are. A repeated column name gets “ (2)”.

    ordered: they come in an order that somebody asked for; otherwise they are put in one that depends on their values
    alone. most: rows to stop after.
    """
    seen = [_Column(f"c{i}") for i in range(len(columns))]
    with tempfile.TemporaryDirectory(prefix="sort-", dir=scratch.root()) as folder:
        texts = Path(folder) / "texts.parquet"
        count = _as_texts(seen, _first(chunks, most), texts)
        order = "n" if ordered or not seen else ", ".join(c.key for c in seen)
        shown = ", ".join(f"{c.sql} AS {quoted(n)}" for c, n in zip(seen, _distinct(columns), strict=True))
        sorter = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": folder, "threads": 1})
        try:
            sorter.execute(
                f"COPY (SELECT {shown} FROM read_parquet({literal(str(texts))}) ORDER BY {order}) "
                f"TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP})"
            )
        finally:
            sorter.close()
    return count


def _first(chunks: Iterable[Sequence[Sequence[Any]]], most: int | None) -> Iterator[Sequence[Sequence[Any]]]:
    left = most
    for chunk in chunks:
        rows = chunk if left is None else chunk[:left]
        yield rows
        if left is not None:
            left -= len(rows)
            if left <= 0:
                return


def _as_texts(seen: Sequence[_Column], chunks: Iterable[Sequence[Sequence[Any]]], path: Path) -> int:
    """Every value as text, and its place `n`, to a file; the columns learn what they hold. Returns the rows."""
    schema = pa.schema([*((c.key, pa.string()) for c in seen), ("n", pa.int64())])
    count = 0
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        for rows in chunks:
            arrays = [column.texts([row[i] for row in rows]) for i, column in enumerate(seen)]
            numbers = pa.array(range(count, count + len(rows)), pa.int64())
            writer.write_table(pa.Table.from_arrays([*arrays, numbers], schema=schema))
            count += len(rows)
    return count


def _distinct(columns: Sequence[str]) -> list[str]:
    """Unique headers, as a query that joins tables may repeat one."""
    seen: dict[str, int] = {}
    found = []
    for name in columns:
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        found.append(name if seen[name.lower()] == 1 else f"{name} ({seen[name.lower()]})")
    return found


# --- a column ---------------------------------------------------------------------------------------------------------

_KINDS: Final[dict[type, str]] = {
    bool: "boolean", int: "integer", Decimal: "decimal", float: "fraction", dt.date: "day", dt.time: "time",
}  # fmt: skip


@dataclass
class _Column:
    """What its values turned out to be. whole, scale: digits before and after the point, at most; key: its name in
    the file of texts."""

    key: str
    kinds: set[str] = field(default_factory=set)
    whole: int = 1
    scale: int = 0
    largest: int = 0

    def texts(self, values: Sequence[Any]) -> pa.Array:
        """The values as an export would write them: ISO dates, moments in UTC, a point for decimals; None: NULL."""
        found = {type(v) for v in values} - {NoneType}
        if len(found) == 1:
            quick = self._at_once(next(iter(found)), values)
            if quick is not None:
                return quick
        return pa.array([self._one(value) for value in values], pa.string())

    def _at_once(self, kind: type, values: Sequence[Any]) -> pa.Array | None:
        """Values of one type, written as `_text` writes each; None: they have to be looked at one by one."""
        if kind is str:
            self.kinds.add("text")
            return pa.array(values, pa.string())
        if kind is dt.date:
            self.kinds.add("day")
            return pa.array(values, pa.date32()).cast(pa.string())
        if kind is bool:
            self.kinds.add("boolean")
            return pa.array(values, pa.bool_()).cast(pa.string())
        if kind is int and max(abs(v) for v in values if v is not None) < 1 << 63:
            found = pa.array(values, pa.int64())
            self.kinds.add("integer")
            self.largest = max(self.largest, *(abs(v) for v in pc.min_max(found).as_py().values()))
            return found.cast(pa.string())
        if kind is dt.datetime and len({v.tzinfo is None for v in values if v is not None}) == 1:
            naive = next(v for v in values if v is not None).tzinfo is None
            self.kinds.add("moment" if naive else "moment in UTC")
            return pa.array(values, pa.timestamp("us", None if naive else "UTC")).cast(pa.string())
        return None

    def _one(self, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, (Decimal, float)) and value != value:
            return None
        self.kinds.add(self._kind(value))
        return _text(value)

    def _kind(self, value: Any) -> str:
        if isinstance(value, dt.datetime):
            return "moment" if value.tzinfo is None else "moment in UTC"
        kind = _KINDS.get(type(value), "text")
        if kind == "integer":
            self.largest = max(self.largest, abs(value))
        elif kind == "decimal":
            if not value.is_finite():
                return "text"
            exponent = int(value.as_tuple().exponent)
            self.whole = max(self.whole, value.adjusted() + 1)
            self.scale = max(self.scale, -exponent)
        elif kind == "time" and value.tzinfo is not None:
            return "text"
        return kind

    @property
    def sql(self) -> str:
        """The column with its type."""
        return f"CAST({self.key} AS {self._type()})"

    def _type(self) -> str:
        match sorted(self.kinds):
            case ["boolean"]:
                return "BOOLEAN"
            case ["integer"] if self.largest < 1 << 63:
                return "BIGINT"
            case ["integer"] | ["decimal"] | ["decimal", "integer"]:
                digits = max(self.whole, len(str(self.largest))) + self.scale
                return f"DECIMAL({digits}, {self.scale})" if digits <= WIDEST else "VARCHAR"
            case ["fraction"]:
                return "DOUBLE"
            case ["fraction", "integer"] if self.largest <= _EXACT:
                return "DOUBLE"
            case ["day"]:
                return "DATE"
            case ["moment"] | ["day", "moment"]:
                return "TIMESTAMP"
            case ["moment in UTC"]:
                return "TIMESTAMPTZ"
            case ["time"]:
                return "TIME"
        return "VARCHAR"


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value).removesuffix(".0")
        case dt.datetime():
            moment = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
            return moment.isoformat(sep=" ", timespec="microseconds") + ("Z" if value.tzinfo else "")
        case dt.date() | dt.time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
    return str(value)
