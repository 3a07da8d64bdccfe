"""The columns of an entity's export, in their order: its fields, `record_key`, a person's own columns."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass

import duckdb

from revops.ingest.own_export import RECORD_KEY, guarded_sql, own_headers, record_key_sql
from revops.ingest.types import literal, quoted
from revops.model import Entity, FieldType

NUMBERS = (FieldType.DECIMAL, FieldType.INTEGER)
MOMENTS = (FieldType.DATE, FieldType.TIMESTAMP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """sql: its value over main.<entity>, beside `_own` (the values of own columns). type: None for `record_key`."""

    header: str
    sql: str
    type: FieldType


def columns_of(cursor: duckdb.DuckDBPyConnection, entity: Entity) -> tuple[list[Column], str]:
    """The columns, and SQL for the rows that they are read from. Private columns are not among them."""
    columns = [Column(header=f.name, sql=quoted(f.name), type=f.type) for f in entity.fields]
    columns.append(Column(header=RECORD_KEY, sql=record_key_sql(entity), type=FieldType.TEXT))
    keys = _own_columns(cursor, entity)
    for place, header in enumerate(own_headers(keys).values(), start=1):
        columns.append(Column(header=header, sql=f"_own[{place}]", type=FieldType.TEXT))
    pointers = ", ".join(literal("/" + k.replace("~", "~0").replace("/", "~1")) for k in keys)
    own = f", json_extract_string(extra, [{pointers}]) AS _own" if keys else ""
    return columns, f"(SELECT *{own} FROM main.{entity.name})"


def _own_columns(cursor: duckdb.DuckDBPyConnection, entity: Entity) -> list[str]:
    """The keys of `extra`, in the order in which they first appear."""
    found = cursor.execute(
        "SELECT key FROM (SELECT row, unnest(keys) AS key, unnest(range(len(keys))) AS place FROM ("
        f"SELECT rowid AS row, json_keys(extra) AS keys FROM main.{entity.name} WHERE extra IS NOT NULL)) "
        "GROUP BY key ORDER BY min(row), min(place), key"
    ).fetchall()
    return [key for (key,) in found]


def value_sql(column: Column) -> str:
    """The value as text: numbers without zeros behind them; NULL for nothing."""
    if column.type is FieldType.DECIMAL:
        return f"rtrim(rtrim(CAST({column.sql} AS VARCHAR), '0'), '.')"
    return f"CAST({column.sql} AS VARCHAR)"


def csv_line_sql(columns: list[Column], *, safe: bool) -> str:
    """SQL for the line that a row takes in CSV."""
    return "concat_ws(',', " + ", ".join(_csv_cell(c, safe=safe) for c in columns) + ")"


def _csv_cell(column: Column, *, safe: bool) -> str:
    value = value_sql(column)
    if column.type in (*NUMBERS, *MOMENTS, FieldType.BOOLEAN):
        return f"coalesce({value}, '')"
    return f"coalesce({_quoted_cell(guarded_sql(value, safe=safe))}, '')"


def _quoted_cell(text: str) -> str:
    needed = f"""regexp_matches({text}, '[",\\r\\n]')"""
    return f"""(CASE WHEN {needed} THEN '"' || replace({text}, '"', '""') || '"' ELSE {text} END)"""


def csv_header(columns: list[Column]) -> str:
    """The first line of a CSV file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([c.header for c in columns])
    return line.getvalue()


def json_line_sql(columns: list[Column]) -> str:
    """SQL for the JSON object that a row takes."""
    parts = []
    for place, c in enumerate(columns):
        value = value_sql(c)
        if c.type is FieldType.TIMESTAMP:
            value = f"replace({value}, ' ', 'T')"
        if c.type not in (*NUMBERS, FieldType.BOOLEAN):
            value = f"CAST(to_json({value}) AS VARCHAR)"
        name = f"{',' if place else '{'}{json.dumps(c.header, ensure_ascii=False)}:"
        parts.append(f"{literal(name)}, coalesce({value}, 'null')")
    return f"concat({', '.join(parts)}, '}}')"
