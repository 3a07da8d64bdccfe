"""Computed fields: a small SQL expression over the headers of a table, checked and compiled to DuckDB SQL.

Operands: headers in double quotes ("Monthly Charges"; their trimmed text, empty is null), `as_of` (a date), numbers
and 'texts'. Functions: number(x), integer(x), date(x), timestamp(x) read a text as the column writes it;
months(n), days(n), hours(n), minutes(n), seconds(n) are spans of time; concat, coalesce, nullif, lower, upper,
trim, least, greatest; case/when, comparisons, in, between, is null, and/or/not, + - * / and ||.

Only what is listed here passes: the text is parsed and rebuilt node by node, never run as written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from revops.ingest.expression_nodes import Compiler, Typed, refused
from revops.ingest.reading import ColumnFormat
from revops.text import Text

MAX_LENGTH = 4000


def compile_expression(text: str, *, columns: Mapping[str, ColumnFormat], as_of: dt.date | None) -> str:
    """DuckDB SQL for an expression, over the raw text columns named in `columns`.

    A value that cannot be read gives null, never an error while it runs. Raises MappingError that names the part
    that is not allowed, the unknown header, or the two kinds that do not go together.
    """
    return _compiled(text, columns, as_of).sql


def expression_kind(text: str, *, columns: Mapping[str, ColumnFormat], as_of: dt.date | None) -> str:
    """What the expression yields: text, number, date, timestamp, interval, boolean or null. Raises MappingError."""
    return _compiled(text, columns, as_of).kind


def headers_used(text: str) -> tuple[str, ...]:
    """The headers that an expression names, in order of first use. Raises MappingError where it does not parse."""
    found: dict[str, None] = {}
    for column in _parsed(text).find_all(exp.Column):
        if column.this.args.get("quoted"):
            found.setdefault(column.name)
    return tuple(found)


def _compiled(text: str, columns: Mapping[str, ColumnFormat], as_of: dt.date | None) -> Typed:
    return Compiler(text, columns, as_of).visit(_parsed(text), 0)


def _parsed(text: str) -> exp.Expr:
    if len(text) > MAX_LENGTH:
        raise refused(text[:40] + "…", Text("it is too long", "оно слишком длинное"))
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        reason = Text("it is not a complete SQL expression", "это не законченное SQL-выражение")
        raise refused(text, reason) from error
    if len(statements) != 1 or statements[0] is None:
        raise refused(text, Text("one expression is expected", "нужно ровно одно выражение"))
    return statements[0]
