"""Rows of a database as a Parquet file: types from the values, one order; and what each engine is asked."""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revops import sources
from revops.sources import Source, SourceError, SqlSource, database, typed
from revops.sources.statement import check_select, table_parts

UTC = dt.UTC
MOSCOW = dt.timezone(dt.timedelta(hours=3))


def written(tmp_path: Path, rows: Sequence[Sequence[Any]], name: str = "t", **how: Any) -> Path:
    """The rows, a chunk each, in a file."""
    columns = [f"c{i + 1}" for i in range(len(rows[0]))]
    options = {"ordered": True, "most": None, **how}
    typed.write(columns, ([row] for row in rows), tmp_path / name, **options)
    return tmp_path / name


def asked(sql: str) -> duckdb.DuckDBPyRelation:
    """Over a connection of its own, which lives as long as the answer."""
    return duckdb.connect().sql(sql)


def column(tmp_path: Path, *values: Any) -> tuple[str, list[Any]]:
    """Type and values of a column in which these came, one chunk each and then all in one: both are the same."""
    one_by_one = written(tmp_path, [(v,) for v in values])
    at_once = tmp_path / "at once"
    typed.write(["c1"], [[(v,) for v in values]], at_once, ordered=True, most=None)
    assert one_by_one.read_bytes() == at_once.read_bytes()
    found = asked(f"SELECT c1 FROM read_parquet('{one_by_one}')")
    return str(found.types[0]), [row[0] for row in found.fetchall()]


@pytest.mark.parametrize(
    ("values", "kind", "arrive"),
    [
        ((None, True, False), "BOOLEAN", None),
        ((1, None, -9_000_000_000), "BIGINT", None),
        ((1 << 70, 1), "DECIMAL(22,0)", [Decimal(1 << 70), Decimal(1)]),
        ((Decimal("100.5"), Decimal("1.125"), 2), "DECIMAL(6,3)", [Decimal("100.500"), Decimal("1.125"), Decimal(2)]),
        ((Decimal("0.05"), Decimal("1E+3"), Decimal("NaN")), "DECIMAL(6,2)", [Decimal("0.05"), Decimal(1000), None]),
        ((Decimal("1" * 50), None), "VARCHAR", ["1" * 50, None]),
        ((0.1, 3, None, float("nan")), "DOUBLE", [0.1, 3.0, None, None]),
        ((0.5, (1 << 53) + 1), "VARCHAR", ["0.5", str((1 << 53) + 1)]),
        ((dt.date(2026, 1, 5), None), "DATE", None),
        ((dt.datetime(2026, 1, 5, 10), dt.datetime(2026, 1, 5, 0, 0, 0, 5)), "TIMESTAMP", None),
        (("", None, "ООО «Ёлка» 🌼", "a\x1fb\n"), "VARCHAR", None),
        ((dt.time(9, 30),), "TIME", None),
        ((b"\x01\xff", None), "VARCHAR", ["01ff", None]),
        (({"b": 1, "a": "я"}, [1, None]), "VARCHAR", ['{"a": "я", "b": 1}', "[1, null]"]),
        (("7", 7, 7.0, 7.5), "VARCHAR", ["7", "7", "7", "7.5"]),
        ((None, None), "VARCHAR", None),
    ],
)  # fmt: skip
def test_a_column_has_the_type_of_its_values(
    tmp_path: Path, values: tuple[Any, ...], kind: str, arrive: list[Any] | None
) -> None:
    assert column(tmp_path, *values) == (kind, list(values) if arrive is None else arrive)


def test_a_moment_with_a_zone_is_told_in_utc(tmp_path: Path) -> None:
    path = written(tmp_path, [(dt.datetime(2026, 1, 5, 10, tzinfo=MOSCOW),), (dt.datetime(2026, 1, 5, 7, tzinfo=UTC),)])
    found = asked(f"SELECT DISTINCT typeof(c1), epoch(c1) FROM read_parquet('{path}')").fetchall()
    assert found == [("TIMESTAMP WITH TIME ZONE", dt.datetime(2026, 1, 5, 7, tzinfo=UTC).timestamp())]


def test_the_same_rows_are_the_same_bytes_in_whatever_order_they_come(tmp_path: Path) -> None:
    rows = [(i, f"n{i % 7}", None if i % 3 else Decimal(i) / 4) for i in range(5000)]
    first = tmp_path / "a"
    typed.write(["id", "name", "amount"], [rows[:10], rows[10:]], first, ordered=False, most=None)
    other = tmp_path / "b"
    typed.write(["id", "name", "amount"], [rows[::-1]], other, ordered=False, most=None)
    assert first.read_bytes() == other.read_bytes()


def test_an_order_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, [("b",), ("a",), ("c",)], ordered=True)
    assert asked(f"SELECT c1 FROM read_parquet('{path}')").fetchall() == [("b",), ("a",), ("c",)]


def test_it_stops_after_the_rows_that_were_wanted(tmp_path: Path) -> None:
    def endless() -> Any:
        while True:
            yield [(1,), (2,), (3,)]

    assert typed.write(["n"], endless(), tmp_path / "t", ordered=True, most=5) == 5


def test_a_repeated_header_is_told_apart(tmp_path: Path) -> None:
    typed.write(["id", "ID", "id"], [[(1, 2, 3)]], tmp_path / "t", ordered=True, most=None)
    assert asked(f"SELECT * FROM read_parquet('{tmp_path / 't'}')").columns == ["id", "ID (2)", "id (3)"]


def test_an_empty_table_is_a_file_without_rows(tmp_path: Path) -> None:
    assert typed.write(["id", "name"], [], tmp_path / "t", ordered=False, most=None) == 0
    assert asked(f"SELECT * FROM read_parquet('{tmp_path / 't'}')").columns == ["id", "name"]


def test_sqlite_keeps_what_each_value_is(tmp_path: Path) -> None:
    base = tmp_path / "crm.db"
    with sqlite3.connect(base) as db:
        db.execute("CREATE TABLE deals (id, name TEXT, amount REAL, seats INTEGER, odd)")
        db.executemany("INSERT INTO deals VALUES (?, ?, ?, ?, ?)", [(1, "", 10.5, 3, "x"), (2, None, 1000, None, 2.0)])
    db.close()
    database.export(SqlSource(url=f"sqlite:///{base}", table="deals"), tmp_path / "t", {}.get)
    found = asked(f"SELECT * FROM read_parquet('{tmp_path / 't'}')")
    assert [str(t) for t in found.types] == ["BIGINT", "VARCHAR", "DOUBLE", "BIGINT", "VARCHAR"]
    assert found.fetchall() == [(1, "", 10.5, 3, "x"), (2, None, 1000.0, None, "2")]


class TestWhatEachEngineIsAsked:
    """For SQL Server, of which no server is at hand, this is how far the proof goes."""

    @pytest.mark.parametrize(
        ("scheme", "table", "sql"),
        [
            ("mssql", "Deals", "SELECT * FROM [Deals]"),
            ("mssql", "crm.dbo.Deals", "SELECT * FROM [crm].[dbo].[Deals]"),
            ("mssql", 'dbo."a]b"', "SELECT * FROM [dbo].[a]]b]"),
            ("mysql", "crm.deals", "SELECT * FROM `crm`.`deals`"),
            ("mysql", "a`b", "SELECT * FROM `a``b`"),
            ("postgresql", "public.Deals", 'SELECT * FROM "public"."Deals"'),
            ("sqlite", "my deals", 'SELECT * FROM "my deals"'),
        ],
    )
    def test_a_table_is_quoted_as_the_engine_quotes(self, scheme: str, table: str, sql: str) -> None:
        from sqlalchemy.engine.url import make_url

        engine = make_url(f"{database.DIALECTS[scheme].driver}://").get_dialect()()
        assert database.select_all(table_parts(table), engine) == sql

    @pytest.mark.parametrize(
        ("query", "ordered"),
        [
            ("SELECT TOP 10 [Deal ID], [Сумма] FROM [dbo].[Deals] WITH (NOLOCK) ORDER BY [Deal ID] DESC", True),
            ("WITH x AS (SELECT 1 AS n) SELECT n FROM x CROSS APPLY (SELECT 2 AS m) y", False),
            ("SELECT CONVERT(varchar(10), [at], 120), ISNULL(a, 0), GETDATE() FROM t", False),
        ],
    )
    def test_a_select_of_sql_server_is_read(self, query: str, ordered: bool) -> None:
        assert check_select(query, database.DIALECTS["sqlserver"].sql) is ordered

    @pytest.mark.parametrize(
        "query", ["EXEC sp_who", "SELECT 1; DROP TABLE t", "SELECT * INTO b FROM a", "UPDATE t SET a = 1", "DBCC HELP"]
    )
    def test_anything_else_of_sql_server_is_not(self, query: str) -> None:
        with pytest.raises(SourceError):
            check_select(query, database.DIALECTS["sqlserver"].sql)

    @pytest.mark.parametrize(
        ("scheme", "module", "package"),
        [
            ("postgresql", "psycopg", "psycopg[binary]"), ("postgres", "psycopg", "psycopg[binary]"),
            ("mysql", "pymysql", "pymysql"), ("mariadb", "pymysql", "pymysql"),
            ("mssql", "pymssql", "pymssql"), ("sqlserver", "pymssql", "pymssql"),
            ("sqlite", "sqlalchemy.exc", "sqlalchemy"),
        ],
    )  # fmt: skip
    def test_a_driver_that_is_missing_is_asked_for_by_the_command_that_installs_it(
        self, monkeypatch: pytest.MonkeyPatch, scheme: str, module: str, package: str
    ) -> None:
        monkeypatch.setitem(sys.modules, module, None)
        place = SqlSource(url=f"{scheme}://a@127.0.0.1:1/d", table="d")
        with pytest.raises(SourceError) as caught:
            sources.look(Source(name="x", place=place))
        assert caught.value.code == "driver_missing"
        assert f"the package {package}." in caught.value.sentence().en
        for said in (caught.value.sentence().en, caught.value.sentence().ru):
            assert "pip install 'sqlalchemy>=2.1'" in said
            assert "pip install '.[sources]'" in said
        assert package == "sqlalchemy" or f"'{package}'" in caught.value.sentence().en
