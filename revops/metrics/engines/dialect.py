"""How an engine's SQL is written: expressions compiled, our own DuckDB statements translated, small relations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ibis
import ibis.config
import ibis.expr.types as ir
import sqlglot
from ibis.backends.sql import compilers
from sqlglot import exp

from revops.metrics.engines.lower import flat_name, lowered

Row = Sequence[Any]


_NAMES = re.compile(r'(?<=EXCLUDE \()\s*"(?:[^"]|"")*"(?:,\s*"(?:[^"]|"")*")+\s*(?=\))')


def _settled(text: str) -> str:
    """The text with left-out columns in the order of their names: Ibis tells them in another one in each process, and
    a derived table holds only while its text is the same."""
    return _NAMES.sub(lambda m: ", ".join(sorted(re.findall(r'"(?:[^"]|"")*"', m.group()))), text)


class Given(str):
    """SQL of a small relation of asked values. shape: the same with parameters ($start) for them; given: these."""

    shape: str
    given: Mapping[str, Any]

    def __new__(cls, sql: str, shape: str, given: Mapping[str, Any]) -> Given:
        told = super().__new__(cls, sql)
        told.shape, told.given = shape, given
        return told


LISTED = frozenset({"pyspark", "databricks"})  # a list of rows is one small table; a UNION is a task for each row

# Ibis's name of a type -> SQL's, where they differ
_SQL_TYPE = {"int64": "BIGINT", "string": "TEXT", "float64": "DOUBLE"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """name: Ibis's name of the engine's SQL (duckdb, pyspark, snowflake, bigquery, trino, clickhouse, ...)."""

    name: str

    def compile(self, expr: ir.Table) -> str:
        """The unbound expression as this engine's SQL. Tables of the derived schema are named flat: see lower.py."""
        if self.name == "duckdb":
            return _settled(str(ibis.to_sql(expr, dialect="duckdb")))
        _options()
        return str(ibis.to_sql(lowered(expr, self.name), dialect=self.name))

    def translated(self, sql: str) -> str:
        """Our own statement in DuckDB's SQL, as this engine's."""
        return sql if self.name == "duckdb" else _translated(sql, self.name)

    def quoted(self, name: str) -> str:
        return exp.to_identifier(name, quoted=True).sql(dialect=self.grammar)

    @property
    def grammar(self) -> Any:
        """The dialect's grammar, as Ibis extends that of sqlglot."""
        return getattr(compilers, self.name).compiler.dialect

    def rows(self, columns: Mapping[str, str], rows: Sequence[Row]) -> str:
        """A SELECT that gives the rows; columns: name -> Ibis type. None is NULL."""
        if self.name == "duckdb" and rows:
            return _typed(columns, rows)
        if not rows:
            nothing = [_value(None, t).as_(n, quoted=True) for n, t in columns.items()]
            return exp.select(*nothing).where(exp.false()).sql(dialect=self.grammar)
        if self.name in LISTED:
            listed = [
                exp.Tuple(expressions=[_value(v, t) for v, t in zip(r, columns.values(), strict=True)]) for r in rows
            ]
            names: Any = [exp.to_identifier(n, quoted=True) for n in columns]
            given = exp.values(listed, alias="given", columns=names)
            return exp.select(*(exp.column(n.copy()) for n in names)).from_(given).sql(dialect=self.grammar)
        told = [
            exp.select(*(_value(v, t).as_(n, quoted=True) for v, (n, t) in zip(row, columns.items(), strict=True)))
            for row in rows
        ]
        return " UNION ALL ".join(one.sql(dialect=self.grammar) for one in told)

    # --- small relations that come in when a statement runs

    def periods(self, rows: Sequence[tuple[int, dt.date, dt.date]]) -> str:
        """period_id, start, end. Precondition: there is a row.

        DuckDB plans lists side by side in a fraction of the time that it takes for as many rows.
        """
        if self.name != "duckdb":
            return self.rows({"period_id": "int64", "start": "date", "end": "date"}, rows)
        ids, starts, ends = zip(*rows, strict=True)
        told = {"ids": str(list(ids)), "starts": _listed(starts), "ends": _listed(ends)}
        return Given(
            f"SELECT unnest({told['ids']}) AS period_id, unnest('{told['starts']}'::DATE[]) AS \"start\", "
            f"unnest('{told['ends']}'::DATE[]) AS \"end\"",
            'SELECT unnest($ids::VARCHAR::INTEGER[]) AS period_id, unnest($starts::VARCHAR::DATE[]) AS "start", '
            'unnest($ends::VARCHAR::DATE[]) AS "end"',
            told,
        )

    def values(self, values: Sequence[str]) -> str:
        """One text column, value; one row of NULL where there is none."""
        if self.name != "duckdb":
            return self.rows({"value": "string"}, [(v,) for v in values or (None,)])
        listed = ", ".join("('" + v.replace("'", "''") + "')" for v in values) or "(NULL)"
        return Given(
            f'SELECT * FROM (VALUES {listed}) AS v("value")',
            'SELECT unnest($values::VARCHAR[]) AS "value"',
            {"values": list(values) or [None]},
        )

    def days(self, days: Mapping[str, dt.date]) -> str:
        """One row with the days under their names."""
        if self.name != "duckdb":
            return self.rows(dict.fromkeys(days, "date"), [tuple(days.values())])
        return Given(
            "SELECT " + ", ".join(f"DATE '{day}' AS \"{name}\"" for name, day in days.items()),
            "SELECT " + ", ".join(f'${name}::VARCHAR::DATE AS "{name}"' for name in days),
            {name: str(day) for name, day in days.items()},
        )


def _listed(days: Sequence[dt.date]) -> str:
    return "[" + ", ".join(day.isoformat() for day in days) + "]"


def _typed(columns: Mapping[str, str], rows: Sequence[Row]) -> str:
    """One list of texts, each column given its type: thousands of rows are written and planned at once."""
    names = [exp.to_identifier(name, quoted=True).sql(dialect="duckdb") for name in columns]
    types = [_type(kind).sql(dialect="duckdb") for kind in columns.values()]
    told = ", ".join(f"CAST({n} AS {t}) AS {n}" for n, t in zip(names, types, strict=True))
    listed = ", ".join(f"({', '.join(map(_text, row))})" for row in rows)
    return f"SELECT {told} FROM (VALUES {listed}) AS given({', '.join(names)})"


def _text(value: Any) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def _value(value: Any, kind: str) -> Any:
    if isinstance(value, dt.date):
        value = str(value)
    return exp.cast(exp.convert(value), _type(kind))


def _type(kind: str) -> Any:
    return exp.DataType.build(_SQL_TYPE.get(kind) or kind.upper(), dialect="duckdb")


def _options() -> None:
    """Spark's compiler reads options that Ibis sets only where Spark is installed; its text needs no Spark."""
    if ibis.options.pyspark is None:
        ibis.options.pyspark = _SparkOptions()


class _SparkOptions(ibis.config.Config):  # type: ignore[misc]
    treat_nan_as_null: bool = False


@lru_cache(maxsize=512)
def _translated(sql: str, dialect: str) -> str:
    tree = sqlglot.parse_one(sql, read="duckdb").transform(_flat_table)
    if dialect in ("pyspark", "databricks"):
        tree = tree.transform(_exact_percentile)
    if dialect in ("postgres", "trino"):
        tree = tree.transform(_named_groups)
    return str(tree.sql(dialect=Dialect(dialect).grammar))


def _exact_percentile(node: Any) -> Any:
    """Spark's percentile(x, share) is DuckDB's quantile_cont: exact, between neighbours."""
    if isinstance(node, exp.PercentileCont):
        return exp.Anonymous(this="percentile", expressions=[node.this, node.expression])
    return node


def _named_groups(node: Any) -> Any:
    """GROUP BY ALL, told by the places of what is not aggregated."""
    if isinstance(node, exp.Select) and (node.args.get("group") or exp.Group()).args.get("all"):
        places = [i for i, one in enumerate(node.expressions, start=1) if not one.find(exp.AggFunc)]
        node.set("group", exp.Group(expressions=[exp.convert(i) for i in places]) if places else None)
    return node


def _flat_table(node: Any) -> Any:
    if isinstance(node, exp.Table) and node.db:
        flat: Any = exp.to_table(flat_name(node.db, node.name))
        if node.alias:
            flat = exp.alias_(flat, node.alias, table=True)
        for join in node.args.get("joins") or ():
            flat.append("joins", join)
        return flat
    return node
