"""JSON as systems export it: a list of records, a list inside an object, or a record a line. Values are text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from revops.errors import UnreadableFile
from revops.ingest.encoding import as_plain_text
from revops.ingest.header import column_names
from revops.ingest.kinds import kind
from revops.ingest.limits import Aside, check_columns, no_rows, no_table
from revops.ingest.tables import staged_table
from revops.ingest.types import Layout, RawTable, SetAside, SourceFile
from revops.text import Text

MOST_BYTES: Final = 300 << 20  # of a JSON document that is one value; lines are read one by one
MOST_LINE: Final = 32 << 20
_DEEPEST: Final = 8  # objects in objects that become columns; below it they stay JSON
_LISTS_WITHIN: Final = 3  # levels of objects in which the list of records is looked for


class _Number(str):
    """A number as the file writes it: 12.50 stays 12.50, and no digit of a long key is lost."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Records:
    """Records with the line (or place in the list) each is from. sheet: the key of their list, where there are more."""

    rows: list[tuple[int, Any]]
    format: str
    sheet: str | None = None


def read_json(file: SourceFile) -> list[RawTable]:
    """A table for each list of records. An object inside a record becomes columns “owner.name”, a list JSON text.

    Raises UnreadableFile where there is no such list, and where the text is no JSON or is cut off.
    """
    plain = as_plain_text(file.path)
    try:
        if _is_lines(plain.path, file.name):
            return [_table_of_lines(file, plain.path)]
        found = _lists(file, plain.path)
    except RecursionError as error:
        raise _broken(file, 1) from error
    finally:
        plain.remove()
    tables: list[RawTable] = []
    try:
        for records in found:
            tables.append(_stage(file, records, Aside()))
    except BaseException:
        for table in tables:
            table.close()
        raise
    return tables


def parse(text: str) -> Any:
    """JSON with every number as its own text. Raises json.JSONDecodeError."""
    return json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number)


def _is_lines(path: Path, name: str) -> bool:
    """Whether each line is a record of its own."""
    with path.open(encoding="utf-8-sig", errors="replace") as text:
        told = list(islice((line for line in iter(lambda: text.readline(MOST_LINE), "") if line.strip()), 2))
    if not told or (len(told) == 1 and not name.lower().endswith((".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"))):
        return False
    try:
        return all(isinstance(parse(line), dict) for line in told[:1]) and told[-1].lstrip().startswith("{")
    except json.JSONDecodeError:
        return False


def _table_of_lines(file: SourceFile, path: Path) -> RawTable:
    aside = Aside()
    rows: list[tuple[int, Any]] = []
    broken: tuple[int, str] | None = None
    with path.open(encoding="utf-8-sig", errors="replace") as text:
        for number, line in enumerate(iter(lambda: text.readline(MOST_LINE), ""), 1):
            if not line.strip():
                continue
            if broken is not None:
                aside.add(SetAside(line=broken[0], kind="unreadable", text=broken[1]))
                broken = None
            try:
                rows.append((number, parse(line)))
            except json.JSONDecodeError:
                broken = number, line.strip()
    if broken is not None:  # the last line
        raise _broken(file, broken[0])
    return _stage(file, _Records(rows, "jsonl"), aside)


def _lists(file: SourceFile, path: Path) -> list[_Records]:
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(
            Text(
                "“{name}” is one JSON value of more than {most} MB.", "«{name}» — одно значение JSON больше {most} МБ."
            ).format(name=file.name, most=MOST_BYTES >> 20),
            fix=Text(
                "Export it as JSON lines (one record a line), CSV or Parquet.",
                "Выгрузите в JSON Lines (одна запись на строку), CSV или Parquet.",
            ),
        )
    try:
        value = parse(path.read_text(encoding="utf-8-sig", errors="replace"))
    except json.JSONDecodeError as error:
        raise _broken(file, error.lineno) from error
    found = list(_record_lists(value, (), _LISTS_WITHIN))
    if not found:
        raise no_table(file.name)
    named = len(found) > 1
    return [_Records(list(enumerate(rows, 1)), "json", ".".join(keys) if named else None) for keys, rows in found]


def _record_lists(value: Any, keys: tuple[str, ...], within: int) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Lists of objects, or of rows under a row of names, with the keys that lead to them."""
    if isinstance(value, list):
        objects = sum(isinstance(v, dict) for v in value)
        if objects * 2 > len(value):
            yield keys, value
        elif len(value) > 1 and all(isinstance(v, list) for v in value):
            if _names(value[0]):
                yield keys, [dict(zip(value[0], row, strict=False)) for row in value[1:]]
            elif len(value[0]) > 1 and {len(row) for row in value} == {len(value[0])}:  # rows without names
                yield keys, [{_numbered(i): v for i, v in enumerate(row, 1)} for row in value]
    elif isinstance(value, dict) and within:
        for key, inner in value.items():
            yield from _record_lists(inner, (*keys, key), within - 1)


def _names(row: list[Any]) -> bool:
    written = all(isinstance(v, str) and not isinstance(v, _Number) and kind(v) == "text" for v in row)
    return len(row) > 1 and written and len(set(row)) == len(row)


def _numbered(place: int) -> str:
    return f"column {place}"


def _stage(file: SourceFile, records: _Records, aside: Aside) -> RawTable:
    where = f"{file.name} › {records.sheet}" if records.sheet else file.name
    flat: list[dict[str, str | None]] = []
    known: dict[str, None] = {}
    for number, record in records.rows:
        if not isinstance(record, dict):
            aside.add(SetAside(line=number, kind="unreadable", text=text_of(record) or "null"))
            continue
        row = dict(flattened(record))
        if not any(row.values()):
            aside.empty(number)
            continue
        known.update(dict.fromkeys(row))
        flat.append(row)
        check_columns(where, len(known))
    header = list(known)
    if not flat:
        raise no_rows(where, 1)
    return staged_table(
        file,
        Layout(format=records.format, encoding="utf-8", sheet=records.sheet, header_line=0),
        column_names([_clean(h) for h in header], len(header)),
        ([row.get(h) for h in header] for row in flat),
        aside,
        1,
    )


def flattened(record: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterable[tuple[str, str | None]]:
    """Columns and texts of one record; NULL for null and for empty text."""
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and value and depth < _DEEPEST:
            yield from flattened(value, f"{name}.", depth + 1)
        else:
            yield name, text_of(value)


def text_of(value: Any) -> str | None:
    """A value as text: numbers as written, TRUE and FALSE, lists and objects as JSON; NULL for nothing."""
    if value is None or value == {} or value == []:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _clean(str(value) if isinstance(value, str) else _written(value)) or None


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _clean(text: str) -> str:
    """Without zero bytes; half a sign outside the common ones cannot be stored and is shown as ?."""
    return text.replace("\x00", "").encode("utf-8", errors="replace").decode("utf-8")


def _broken(file: SourceFile, line: int) -> UnreadableFile:
    return UnreadableFile(
        Text(
            "“{name}” is not whole JSON: it breaks off or is written wrongly in line {line}.",
            "«{name}» — неполный JSON: он обрывается или записан с ошибкой в строке {line}.",
        ).format(name=file.name, line=line),
        fix=Text("Download or export it again.", "Скачайте или выгрузите его ещё раз."),
        code="truncated",
    )
