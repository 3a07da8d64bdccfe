"""Every metric and derived table can be said in every engine's SQL, whole and broken down. Nothing runs here."""

from __future__ import annotations

import datetime as dt
import re

import duckdb
import ibis
import ibis.expr.types as ir
import pytest
import sqlglot

from revops.analysis.quality import CHECKS, _counts
from revops.metrics import METRICS
from revops.metrics.core import Basis, Conventions
from revops.metrics.derived import DERIVED, SUBSCRIPTION_MRR
from revops.metrics.dimensions import DIMENSIONS, Dimension, attach, extra_dimensions, open_paths
from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.lower import lowered
from revops.metrics.evaluate import Part, part_rows, parts_of, whole
from revops.metrics.tables import table
from revops.model import ENTITIES

NAMES = ("postgres", "snowflake", "bigquery", "trino", "clickhouse", "databricks", "pyspark")
FILLED = frozenset({f"{e.name}.{f.name}" for e in ENTITIES for f in e.fields} | {"accounts.extra.Contract"})
BASIS = Basis(conventions=Conventions(), filled=FILLED)
CONTRACT = extra_dimensions(FILLED)[0]
PARTS = parts_of(METRICS)


@pytest.fixture(scope="module")
def rows_whole() -> list[ir.Table]:
    """The rows of each of PARTS, not broken down: the same expression for every engine."""
    return [part_rows(part, None, (), BASIS) for part in PARTS]


@pytest.fixture(scope="module")
def told_whole() -> ir.Table:
    """What tells every metric's value, not broken down."""
    return whole(METRICS, PARTS, False, BASIS)


def some_dimension(part: Part, number: int) -> Dimension:
    """A dimension that the part's rows carry; another one for another part."""
    relation = part.measures[0].fact.relation(BASIS)
    known = [d for d in DIMENSIONS if open_paths(d, relation, BASIS)]
    return known[number % len(known)]


def read(sql: str, dialect: Dialect) -> sqlglot.exp.Expr:
    """The text as the engine's own grammar reads it; a sentence that is none fails here."""
    return sqlglot.parse_one(sql, read=dialect.grammar)


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_compiles_whole(name: str, rows_whole: list[ir.Table], told_whole: ir.Table) -> None:
    dialect = Dialect(name)
    for rows in rows_whole:
        assert dialect.compile(rows)
    for fact in {p.measures[0].fact.key: p.measures[0].fact for p in PARTS}.values():
        assert fact.then is None or read(dialect.compile(fact.then(BASIS)), dialect)
    told = read(dialect.compile(told_whole), dialect)
    assert {f"{m.key}__value" for m in METRICS} <= set(told.named_selects)


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_compiles_by_a_dimension_under_a_filter(name: str) -> None:
    dialect = Dialect(name)
    for number, part in enumerate(PARTS):
        if (number + NAMES.index(name)) % 7:
            continue  # compiling takes its time: each part by a dimension in one of the engines, in turn
        by = some_dimension(part, number)
        told = read(dialect.compile(part_rows(part, by, (some_dimension(part, number + 1),), BASIS)), dialect)
        assert {m.key for m in part.measures} <= set(told.named_selects)


@pytest.mark.parametrize("name", NAMES)
def test_derived_tables_compile_and_are_named_flat(name: str) -> None:
    dialect = Dialect(name)
    for derived in DERIVED:
        tree = read(dialect.compile(derived.rows(BASIS)), dialect)
        assert {t.db for t in tree.find_all(sqlglot.exp.Table)} == {""}, derived.name
    for source in ("mrr_months", "invoices"):  # where there are no subscriptions
        told = frozenset(f for f in FILLED if f.startswith((f"{source}.", "fx_rates.")))
        basis = Basis(conventions=Conventions(), filled=told)
        assert read(dialect.compile(SUBSCRIPTION_MRR.rows(basis)), dialect), source
    own = attach(table("accounts"), CONTRACT, "accounts", BASIS, "value")  # a column of a person's own, out of JSON
    assert "Contract" in dialect.compile(own.select("value"))


@pytest.mark.parametrize("name", ["pyspark", "databricks"])
def test_the_checks_of_data_quality_are_translated(name: str) -> None:
    dialect = Dialect(name)
    for entity in dict.fromkeys(c.entity for c in CHECKS):
        checks = [c for c in CHECKS if c.entity == entity]
        tree = read(dialect.translated(_counts(entity, checks)), dialect)
        assert tree.named_selects == ["check", "bad", "of"]


def test_small_relations_give_their_rows_in_any_dialect() -> None:
    kinds = {"n": "int64", "day": "date", "text": "string", "x": "float64"}
    rows = [(1, dt.date(2025, 1, 31), "o'clock", 0.1), (2, None, None, None)]
    for name in NAMES:
        sql = Dialect(name).rows(kinds, rows)
        assert read(sql, Dialect(name)).named_selects == list(kinds), name
        assert read(Dialect(name).rows(kinds, []), Dialect(name)).named_selects == list(kinds), name
    duck = Dialect("duckdb")
    assert duckdb.connect().execute(duck.rows(kinds, rows)).fetchall() == rows
    assert duckdb.connect().execute(duck.rows(kinds, [])).fetchall() == []
    assert duck.periods([(0, dt.date(2025, 1, 1), dt.date(2025, 2, 1))]).startswith("SELECT unnest")


def answers(expr: ibis.Table, rows: str) -> list[tuple[object, ...]]:
    """What DuckDB gives for the expression over `rows` (a VALUES list of table t), in the order of the first column."""
    duck = duckdb.connect()
    columns = ", ".join(f"{n} {k}" for n, k in COLUMNS.items())
    duck.execute(f"CREATE TABLE t ({columns}); INSERT INTO t VALUES {rows}")
    return duck.execute(str(ibis.to_sql(expr, dialect="duckdb"))).fetchall()


COLUMNS = {"g": "VARCHAR", "v": "VARCHAR", "n": "BIGINT", "m": "VARCHAR", "x": "DOUBLE"}
T = ibis.table({"g": "string", "v": "string", "n": "int64", "m": "string", "x": "float64"}, name="t")


def test_what_an_order_asks_for_is_what_the_key_gives() -> None:
    """first and last by an order, in DuckDB's words and lowered to a least or greatest key: the same values."""
    rows = """('a', 'p', 2, 'y', 1), ('a', NULL, 9, 'a', 1), ('a', 'q', 2, 'x', 1), ('a', 'r', 1, 'z', 0),
              ('b', 's', NULL, 'k', 1), ('b', 't', 4, 'l', 1), ('b', 'u', 4, 'j', 1)"""
    asked = (
        T.group_by("g")
        .agg(
            first=T.v.first(order_by=[ibis.desc(T.n), T.m]),
            last=T.v.last(order_by=[T.n, T.m]),
            least=T.v.first(order_by=[T.n, T.m], where=T.x > 0),
        )
        .order_by("g")
    )
    portable = lowered(asked, "clickhouse")
    assert " ORDER BY " in str(ibis.to_sql(asked, dialect="duckdb"))
    assert answers(portable, rows) == answers(asked, rows) == [("a", "q", "p", "q"), ("b", "u", "s", "u")]


def test_a_median_from_sorted_values_is_the_median() -> None:
    rows = ", ".join(
        f"('{g}', NULL, NULL, NULL, {x})"
        for g, x in [("a", 3), ("a", 1), ("a", 8), ("b", 4), ("b", 2), ("b", "NULL"), ("c", "NULL")]
    )
    asked = T.group_by("g").agg(median=T.x.median(), p90=T.x.quantile(0.9)).order_by("g")
    portable = lowered(asked, "trino")
    assert "MEDIAN(" not in str(ibis.to_sql(portable, dialect="duckdb")).upper()
    assert answers(portable, rows) == [("a", 3, pytest.approx(7)), ("b", 3, pytest.approx(3.8)), ("c", None, None)]


def test_every_group_is_named_where_an_engine_cannot_tell_them() -> None:
    sql = Dialect("postgres").translated("SELECT a, b, count(*) AS n FROM main.leads GROUP BY ALL")
    assert sql == "SELECT a, b, COUNT(*) AS n FROM leads GROUP BY 1, 2"


def test_the_text_of_duckdb_is_ibis_s_but_for_the_order_of_what_is_left_out() -> None:
    for derived in DERIVED:
        own = str(ibis.to_sql(derived.rows(BASIS), dialect="duckdb"))
        told = Dialect("duckdb").compile(derived.rows(BASIS))
        assert sorted(re.findall(r"\w+", told)) == sorted(re.findall(r"\w+", own))
        assert told == own or "EXCLUDE" in own
