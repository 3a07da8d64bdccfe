"""The nodes that an expression may hold, each rebuilt as DuckDB SQL with the kind of value it yields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from revops.errors import MappingError
from revops.ingest.reading import (
    ColumnFormat,
    header_error,
    present,
    read_date,
    read_integer,
    read_number,
    read_timestamp,
)
from revops.ingest.types import literal, quoted
from revops.text import Text

MAX_DEPTH = 40
_ISO = ColumnFormat()


@dataclass(frozen=True, slots=True)
class Typed:
    """A piece of SQL and what it yields: text, number, date, timestamp, interval, boolean or null."""

    sql: str
    kind: str
    format: ColumnFormat = _ISO
    header: str | None = None


def refused(part: str, why: Text) -> MappingError:
    message = Text(
        "The expression cannot be used: “{part}” — {why}.", "Выражение нельзя использовать: «{part}» — {why}."
    )
    fix = Text(
        "Headers go in double quotes; functions are number, integer, date, timestamp, months, days, hours, minutes, "
        "seconds, concat, coalesce, nullif, lower, upper, trim, least, greatest and case.",
        "Заголовки пишутся в двойных кавычках; функции: number, integer, date, timestamp, months, days, hours, "
        "minutes, seconds, concat, coalesce, nullif, lower, upper, trim, least, greatest и case.",
    )
    return MappingError(message.format(part=part, why=why), fix=fix)


class Compiler:
    """One pass over the parsed tree. Each handler returns the SQL it rebuilt and its kind."""

    def __init__(self, text: str, columns: Mapping[str, ColumnFormat], as_of: dt.date | None) -> None:
        self.text, self.columns, self.as_of = text, columns, as_of

    def visit(self, node: Any, depth: int) -> Typed:
        if depth > MAX_DEPTH:
            raise refused(self.text[:60], Text("it is nested too deeply", "слишком глубокая вложенность"))
        handler = _HANDLERS.get(type(node))
        if handler is None:
            name = node.sql(dialect="duckdb") if isinstance(node, exp.Expression) else str(node)
            raise refused(name, Text("this is not allowed here", "здесь так нельзя"))
        return handler(self, node, depth + 1)

    # operands

    def column(self, node: exp.Column, depth: int) -> Typed:
        name = node.name
        if node.args.get("table") is not None:
            raise refused(node.sql(dialect="duckdb"), Text("name the header alone", "укажите только заголовок"))
        if not node.this.args.get("quoted"):
            if name.lower() != "as_of":
                why = Text("headers go in double quotes", "заголовки пишутся в двойных кавычках")
                raise refused(name, why)
            if self.as_of is None:
                why = Text("the mapping has no as-of date", "в сопоставлении не задана дата, на которую верны данные")
                raise refused(name, why)
            return Typed(f"DATE '{self.as_of.isoformat()}'", "date")
        if name not in self.columns:
            raise header_error(name, self.columns)
        return Typed(present(quoted(name)), "text", self.columns[name], name)

    def literal(self, node: exp.Literal, depth: int) -> Typed:
        if node.is_string:
            return Typed(literal(node.this), "text")
        try:
            float(node.this)
        except ValueError:
            raise refused(node.this, Text("this is not a number", "это не число")) from None
        return Typed(node.this, "number")

    def boolean(self, node: exp.Boolean, depth: int) -> Typed:
        return Typed("TRUE" if node.this else "FALSE", "boolean")

    def null(self, node: exp.Null, depth: int) -> Typed:
        return Typed("NULL", "null")

    def paren(self, node: exp.Paren, depth: int) -> Typed:
        inner = self.visit(node.this, depth)
        return Typed(f"({inner.sql})", inner.kind, inner.format)

    # functions

    def function(self, node: exp.Anonymous, depth: int) -> Typed:
        name = str(node.this).lower()
        arguments = [self.visit(a, depth) for a in node.expressions]
        if name in _READERS:
            return self.read(name, arguments)
        if name in _SPANS:
            return self.span(name, arguments)
        raise refused(f"{name}()", Text("there is no such function", "такой функции нет"))

    def known_reader(self, node: exp.Expr, depth: int) -> Typed:
        name = "date" if isinstance(node, exp.Date) else "timestamp"
        arguments = [v for v in node.args.values() if v]
        if len(arguments) != 1 or not isinstance(arguments[0], exp.Expression):
            raise self.one_argument(name)
        return self.read(name, [self.visit(arguments[0], depth)])

    def read(self, name: str, arguments: list[Typed]) -> Typed:
        if len(arguments) != 1:
            raise self.one_argument(name)
        value = arguments[0]
        builder, kind = _READERS[name]
        if value.kind == kind and name != "integer":
            return value
        if value.kind in ("date", "timestamp") and kind in ("date", "timestamp"):
            return Typed(f"CAST({value.sql} AS {kind.upper()})", kind)
        if value.kind == "number" and kind == "number":
            return Typed(f"TRY_CAST(round({value.sql}) AS BIGINT)", kind)
        if value.kind not in ("text", "null"):
            raise refused(f"{name}({value.kind})", Text("it reads a text", "эта функция читает текст"))
        return Typed(builder(value.sql, value.format), kind)

    def span(self, name: str, arguments: list[Typed]) -> Typed:
        if len(arguments) != 1:
            raise self.one_argument(name)
        value = arguments[0]
        if value.kind not in ("number", "null"):
            why = Text("it takes a number: write number(…)", "нужно число: напишите number(…)")
            raise refused(f"{name}(…)", why)
        number = f"TRY_CAST({value.sql} AS DOUBLE)"
        if name == "months":  # further than 10,000 years is no date: null
            return Typed(
                f"to_months(CASE WHEN abs({number}) < 120000 THEN CAST(round({number}) AS INTEGER) END)", "interval"
            )
        seconds = f"({number} * {_SPANS[name]})"
        micros = f"CASE WHEN abs({seconds}) < 1e11 THEN CAST(round({seconds} * 1e6) AS BIGINT) END"
        return Typed(f"to_microseconds({micros})", "interval")

    def one_argument(self, name: str) -> MappingError:
        return refused(f"{name}()", Text("it takes one argument", "нужен один аргумент"))

    def text_function(self, node: exp.Expr, depth: int) -> Typed:
        extra = [k for k, v in node.args.items() if v and k != "this"]
        value = self.visit(node.this, depth)
        name = type(node).__name__.lower()
        if extra or value.kind not in ("text", "null"):
            raise refused(node.sql(dialect="duckdb"), Text("it takes one text", "нужен один текст"))
        return Typed(f"{name}({value.sql})", "text", value.format, value.header)

    def concat(self, node: exp.Concat, depth: int) -> Typed:
        parts = [self.visit(p, depth) for p in node.expressions]
        return Typed("concat(" + ", ".join(p.sql for p in parts) + ")", "text")

    def pipe(self, node: exp.DPipe, depth: int) -> Typed:
        left, right = self.visit(node.this, depth), self.visit(node.expression, depth)
        return Typed(f"(CAST({left.sql} AS VARCHAR) || CAST({right.sql} AS VARCHAR))", "text")

    def first_of(self, node: exp.Expr, depth: int) -> Typed:
        values = [self.visit(v, depth) for v in (node.this, *node.expressions)]
        name = type(node).__name__.lower()
        return Typed(f"{name}(" + ", ".join(v.sql for v in values) + ")", self.common(node, values), values[0].format)

    def nullif(self, node: exp.Nullif, depth: int) -> Typed:
        left, right = self.visit(node.this, depth), self.visit(node.expression, depth)
        self.common(node, [left, right])
        return Typed(f"nullif({left.sql}, {right.sql})", left.kind, left.format)

    def case(self, node: exp.Case, depth: int) -> Typed:
        subject = self.visit(node.this, depth) if node.this is not None else None
        whens, results = [], []
        for branch in node.args["ifs"]:
            test, value = self.visit(branch.this, depth), self.visit(branch.args["true"], depth)
            if subject is None:
                self.need_boolean(branch.this, test)
            else:
                self.common(branch.this, [subject, test])
            whens.append(f"WHEN {test.sql} THEN {value.sql}")
            results.append(value)
        tail = ""
        if node.args.get("default") is not None:
            default = self.visit(node.args["default"], depth)
            results.append(default)
            tail = f" ELSE {default.sql}"
        head = f"CASE {subject.sql} " if subject is not None else "CASE "
        return Typed(f"{head}{' '.join(whens)}{tail} END", self.common(node, results))

    # operators

    def arithmetic(self, node: exp.Binary, depth: int) -> Typed:
        left, right = self.visit(node.this, depth), self.visit(node.expression, depth)
        sign = _ARITHMETIC[type(node)]
        kinds = (left.kind, right.kind)
        if set(kinds) <= {"number", "null"}:
            if sign in "+-":
                return Typed(f"({left.sql} {sign} {right.sql})", "number")
            divisor = f"nullif(CAST({right.sql} AS DOUBLE), 0)" if sign == "/" else f"CAST({right.sql} AS DOUBLE)"
            return Typed(f"(CAST({left.sql} AS DOUBLE) {sign} {divisor})", "number")
        if sign in "+-" and left.kind in ("date", "timestamp") and right.kind == "interval":
            return Typed(f"({left.sql} {sign} {right.sql})", "timestamp")
        if sign in "+-" and kinds == ("interval", "interval"):
            return Typed(f"({left.sql} {sign} {right.sql})", "interval")
        why = Text("read texts with number(…) or date(…) first", "сначала прочитайте текст через number(…) или date(…)")
        raise refused(node.sql(dialect="duckdb"), why)

    def negative(self, node: exp.Neg, depth: int) -> Typed:
        value = self.visit(node.this, depth)
        if value.kind != "number":
            raise refused(node.sql(dialect="duckdb"), Text("only a number has a minus", "минус бывает только у числа"))
        return Typed(f"(-{value.sql})", "number")

    def comparison(self, node: exp.Binary, depth: int) -> Typed:
        left, right = self.visit(node.this, depth), self.visit(node.expression, depth)
        self.common(node, [left, right])
        return Typed(f"({left.sql} {_COMPARISONS[type(node)]} {right.sql})", "boolean")

    def within(self, node: exp.In, depth: int) -> Typed:
        if not node.expressions:
            raise refused(node.sql(dialect="duckdb"), Text("list the values", "перечислите значения"))
        value, options = self.visit(node.this, depth), [self.visit(o, depth) for o in node.expressions]
        self.common(node, [value, *options])
        return Typed(f"({value.sql} IN (" + ", ".join(o.sql for o in options) + "))", "boolean")

    def between(self, node: exp.Between, depth: int) -> Typed:
        value, low, high = (self.visit(node.args[k], depth) for k in ("this", "low", "high"))
        self.common(node, [value, low, high])
        return Typed(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", "boolean")

    def is_null(self, node: exp.Is, depth: int) -> Typed:
        if not isinstance(node.expression, exp.Null):
            raise refused(node.sql(dialect="duckdb"), Text("only “is null” is known", "понятно только «is null»"))
        return Typed(f"({self.visit(node.this, depth).sql} IS NULL)", "boolean")

    def logic(self, node: exp.Binary, depth: int) -> Typed:
        left, right = self.visit(node.this, depth), self.visit(node.expression, depth)
        self.need_boolean(node.this, left)
        self.need_boolean(node.expression, right)
        return Typed(f"({left.sql} {'AND' if isinstance(node, exp.And) else 'OR'} {right.sql})", "boolean")

    def negation(self, node: exp.Not, depth: int) -> Typed:
        value = self.visit(node.this, depth)
        self.need_boolean(node.this, value)
        return Typed(f"(NOT {value.sql})", "boolean")

    # checks

    def common(self, node: exp.Expr, values: list[Typed]) -> str:
        """The kind that all values share; a date beside a timestamp is a timestamp."""
        kinds = {v.kind for v in values} - {"null"}
        if kinds <= {"date", "timestamp"} and len(kinds) == 2:
            return "timestamp"
        if len(kinds) > 1:
            mixed = ", ".join(sorted(kinds))
            why = Text("these do not go together: {kinds}", "это нельзя сочетать: {kinds}").format(kinds=mixed)
            raise refused(node.sql(dialect="duckdb"), why)
        return kinds.pop() if kinds else "null"

    def need_boolean(self, node: exp.Expr, value: Typed) -> None:
        if value.kind not in ("boolean", "null"):
            raise refused(node.sql(dialect="duckdb"), Text("a condition is expected", "здесь нужно условие"))


_READERS: dict[str, tuple[Callable[[str, ColumnFormat], str], str]] = {
    "number": (read_number, "number"),
    "integer": (read_integer, "number"),
    "date": (read_date, "date"),
    "timestamp": (read_timestamp, "timestamp"),
}
_SPANS = {"months": 0, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_ARITHMETIC: dict[type, str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_COMPARISONS: dict[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_HANDLERS: dict[type, Callable[[Compiler, Any, int], Typed]] = {
    exp.Column: Compiler.column,
    exp.Literal: Compiler.literal,
    exp.Boolean: Compiler.boolean,
    exp.Null: Compiler.null,
    exp.Paren: Compiler.paren,
    exp.Anonymous: Compiler.function,
    exp.Date: Compiler.known_reader,
    exp.Timestamp: Compiler.known_reader,
    exp.Lower: Compiler.text_function,
    exp.Upper: Compiler.text_function,
    exp.Trim: Compiler.text_function,
    exp.Concat: Compiler.concat,
    exp.DPipe: Compiler.pipe,
    exp.Coalesce: Compiler.first_of,
    exp.Least: Compiler.first_of,
    exp.Greatest: Compiler.first_of,
    exp.Nullif: Compiler.nullif,
    exp.Case: Compiler.case,
    **dict.fromkeys(_ARITHMETIC, Compiler.arithmetic),
    exp.Neg: Compiler.negative,
    **dict.fromkeys(_COMPARISONS, Compiler.comparison),
    exp.In: Compiler.within,
    exp.Between: Compiler.between,
    exp.Is: Compiler.is_null,
    exp.And: Compiler.logic,
    exp.Or: Compiler.logic,
    exp.Not: Compiler.negation,
}
