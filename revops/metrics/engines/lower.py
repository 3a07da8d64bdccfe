"""Expressions that some engines have no words for, said in words that they have.

Metrics and analyses are written once, in what Ibis offers. Where a dialect lacks an operation, it is replaced here by
an equal one before the expression is compiled; DuckDB's text never changes.

- first and last by an order: the value at the least (greatest) key, the key being a struct of the order's columns,
  each behind whether it is null.
- median and quantile where only approximate ones exist: the elements beside the place of the sorted values.
- a text under a key of JSON text: the engine's own function.
- tables of a schema of the workspace ("derived.account_states"): one flat name ("derived_account_states"), which the
  executor fills as a CTE or a temporary view.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

ORDERED = frozenset({"pyspark", "databricks", "clickhouse", "postgres"})  # have no order inside first() and last()
NO_EXACT_QUANTILE = frozenset({"bigquery", "trino"})
CONSTANT_SHARE = frozenset({"pyspark", "databricks"})  # a quantile's condition must not reach its share
JSON_BY_PATH = frozenset({"pyspark", "databricks"})


def lowered(expr: ir.Expr, dialect: str) -> ir.Expr:
    """`expr` in operations that the dialect (Ibis's name of it) can compile; equal in its rows."""

    def rule(node: ops.Node, fields: Mapping[str, Any] | None) -> ops.Node:
        new = node.__recreate__(fields) if fields else node
        if isinstance(new, ops.UnboundTable):
            return _flat(new)
        if isinstance(new, ops.First | ops.Last) and new.order_by and dialect in ORDERED:
            return _by_key(new)
        if isinstance(new, ops.Median | ops.Quantile) and dialect in NO_EXACT_QUANTILE:
            return _from_sorted(new)
        if isinstance(new, ops.Median | ops.Quantile) and new.where is not None and dialect in CONSTANT_SHARE:
            kept = new.where.to_expr().ifelse(new.arg.to_expr(), ibis.null(new.arg.dtype))
            return new.copy(arg=kept.op(), where=None)
        if isinstance(new, ops.Cast) and dialect == "postgres" and new.arg.dtype.is_boolean() and new.to.is_numeric():
            return _counted(new)  # it casts a boolean to a four-byte integer and to nothing else
        if isinstance(new, ops.UnwrapJSONString) and isinstance(new.arg, ops.JSONGetItem):
            return _json_text(new, dialect)
        return new

    return expr.op().replace(rule).to_expr()


def flat_name(schema: str, name: str) -> str:
    """The name under which an engine without the workspace's schemas knows a table: those of `main` bare."""
    return name if schema in ("", "main") else f"{schema}_{name}"


def _flat(table: ops.UnboundTable) -> ops.Node:
    schema = table.namespace.database
    if not schema:
        return table
    return ops.UnboundTable(name=flat_name(schema, table.name), schema=table.schema)


def _by_key(node: ops.First | ops.Last) -> ops.Node:
    parts: list[ir.Value] = []
    for key in node.order_by:
        value = key.arg.to_expr()
        parts.append(value.notnull() if key.nulls_first else value.isnull())
        known = value.fill_null(_anything(value.type()))  # a struct that holds a null is null itself to PostgreSQL
        parts.append(known if key.ascending else _descending(known))
    order = ibis.struct({f"k{i}": part for i, part in enumerate(parts)})
    kept = _kept(node, told=not node.include_null)
    arg = node.arg.to_expr()
    picked = arg.argmin(order, where=kept) if isinstance(node, ops.First) else arg.argmax(order, where=kept)
    return picked.op()


def _anything(kind: dt.DataType) -> ir.Value:
    """Some value of the type: which one does not matter behind the flag that says it is null."""
    if kind.is_temporal():
        return ibis.literal("1970-01-01").cast(kind)
    return ibis.literal("" if kind.is_string() else 0).cast(kind)


def _descending(value: ir.Value) -> ir.Value:
    if isinstance(value, ir.NumericValue):
        return -value
    if isinstance(value, ir.DateValue | ir.TimestampValue):
        return -value.cast("timestamp").epoch_seconds()
    raise NotImplementedError(f"first() and last() by a falling {value.type()} have no portable form")


def _counted(node: ops.Cast) -> ops.Node:
    truth = node.arg.to_expr()
    return ibis.cases((truth, 1), (~truth, 0)).cast(node.to).op() if not node.to.is_int32() else node


def _kept(node: Any, *, told: bool) -> ir.BooleanValue | None:
    """The rows the aggregate takes: its own condition and, where `told`, those with a value."""
    conditions = [node.where.to_expr()] if node.where is not None else []
    if told:
        conditions.append(node.arg.to_expr().notnull())
    return ibis.and_(*conditions) if conditions else None


def _from_sorted(node: ops.Median | ops.Quantile) -> ops.Node:
    """The continuous quantile: at place (n - 1) * q of the sorted values, between its two neighbours."""
    kept = _kept(node, told=True)
    value = node.arg.to_expr().cast("float64")
    share = 0.5 if isinstance(node, ops.Median) else node.quantile.to_expr()
    place = (value.count(where=kept) - 1) * share
    ordered = value.collect(where=kept, order_by=value)
    low = ordered[ibis.greatest(place.floor(), 0).cast("int64")]
    high = ordered[ibis.greatest(place.ceil(), 0).cast("int64")]
    return (low + (high - low) * (place - place.floor())).op()


def _function(name: str, *parameters: str) -> Callable[..., ir.StringValue]:
    """A function of the engine's own that takes and gives text."""

    def declared(*_values: str) -> str:
        raise NotImplementedError

    texts = [inspect.Parameter(p, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=str) for p in parameters]
    declared.__signature__ = inspect.Signature(texts, return_annotation=str)  # type: ignore[attr-defined]
    declared.__annotations__ = dict.fromkeys((*parameters, "return"), str)
    made: Callable[..., ir.StringValue] = ibis.udf.scalar.builtin(declared, name=name)
    return made


_get_json_object = _function("get_json_object", "text", "path")  # Spark
_json_extract_string = _function("JSONExtractString", "text", "key")  # ClickHouse; "" where there is none


def _json_text(node: ops.UnwrapJSONString, dialect: str) -> ops.Node:
    item: Any = node.arg
    text, key = item.arg, item.index
    if not isinstance(text, ops.Cast) or not isinstance(key, ops.Literal):
        return node
    functions: dict[str, Callable[[ir.Value, str], ir.Value]] = {
        **dict.fromkeys(JSON_BY_PATH, lambda t, k: _get_json_object(t, "$['" + k.replace("'", "\\'") + "']")),
        "clickhouse": lambda t, k: _json_extract_string(t, k).nullif(""),
    }
    if dialect not in functions:
        return node
    return functions[dialect](text.arg.to_expr(), str(key.value)).op()
