"""A person's SQL may read the shared model, and do nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from revops.errors import QueryRefused
from revops.workspace import Workspace
from tests.unit.workspace_tables import moment, staged, table


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open(tmp_path_factory.mktemp("sandbox") / "acme.duckdb") as workspace:
        deals = [
            {
                "opportunity_id": str(i),
                "account_id": f"A{i % 2}",
                "stage": "Won",
                "amount": i,
                "created_at": moment("2024-01-01"),
            }
            for i in range(1, 5)
        ]
        workspace.load(staged(rows={"opportunities": deals, "accounts": [{"account_id": "A0"}, {"account_id": "A1"}]}))
        workspace.derived("wins", "SELECT count(*) AS n FROM opportunities", ["opportunities"])
        yield workspace


ALLOWED = {
    "SELECT count(*) FROM opportunities": [[4]],
    "select sum(amount) from main.opportunities;": [[10.0]],
    "FROM accounts SELECT account_id ORDER BY 1": [["A0"], ["A1"]],
    "WITH big AS (FROM opportunities WHERE amount > 2), n AS (SELECT count(*) c FROM big) SELECT c FROM n": [[2]],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT max(n) FROM t": [[3]],
    "SELECT 1 UNION ALL SELECT 2 ORDER BY 1": [[1], [2]],
    "SELECT range FROM range(2)": [[0], [1]],
    "SELECT * FROM generate_series(1, 2)": [[1], [2]],
    "SELECT unnest([1, 2])": [[1], [2]],
    "VALUES (7)": [[7]],
    "SELECT (SELECT max(amount) FROM opportunities)": [[4.0]],
    "SELECT a.account_id FROM accounts a SEMI JOIN (FROM opportunities WHERE amount = 4) USING (account_id)": [["A0"]],
    "SELECT account_id, row_number() OVER (ORDER BY account_id DESC) FROM accounts ORDER BY 2": [["A1", 1], ["A0", 2]],
    "SELECT meaning FROM stage_meanings": [["won"]],
    "SELECT n FROM derived.wins": [[4]],
    "SELECT json_extract_string('{\"a\": \"b\"}', '$.a')": [["b"]],
    "FROM (SELECT account_id a, amount FROM opportunities) PIVOT (sum(amount) FOR a IN ('A0', 'A1'))": [[6.0, 4.0]],
    "SELECT strftime(created_at, '%Y') FROM opportunities LIMIT 1": [["2024"]],
    "SELECT 'DROP TABLE accounts; -- read_csv'": [["DROP TABLE accounts; -- read_csv"]],
}  # fmt: skip


@pytest.mark.parametrize("sql", ALLOWED)
def test_what_reads_the_model_is_answered(ws: Workspace, sql: str) -> None:
    assert ws.query_user(sql).to_numpy().tolist() == ALLOWED[sql]


REFUSED = [
    # changes
    "INSERT INTO accounts (account_id) VALUES ('x')", "UPDATE accounts SET name = 'x'", "DELETE FROM accounts",
    "DROP TABLE accounts", "CREATE TABLE x AS SELECT 1", "CREATE TEMP VIEW v AS SELECT 1", "TRUNCATE accounts",
    "ALTER TABLE accounts ADD COLUMN x INT", "CREATE MACRO f(x) AS x", "CHECKPOINT", "VACUUM",
    "WITH x AS (INSERT INTO accounts (account_id) VALUES ('x') RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM accounts RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE accounts SET name = 'x' RETURNING *) SELECT * FROM x",
    "SELECT * FROM (WITH x AS (DELETE FROM accounts RETURNING *) SELECT * FROM x)",
    "WITH x AS (COPY accounts TO 'y.csv') SELECT 1",
    # several statements, transactions, settings
    "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE accounts", "", ";", "-- nothing", "COMMIT", "ROLLBACK", "BEGIN",
    "SET threads = 1", "RESET threads", "PRAGMA database_list", "SET VARIABLE x = 1", "USE log",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE p AS SELECT 1", "EXECUTE p", "CALL duckdb_tables()",
    # files and other databases
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM 'a.parquet'",
    "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/*')", "SELECT * FROM read_json_auto('x')",
    "COPY accounts TO 'x.csv'", "EXPORT DATABASE 'x'", "ATTACH ':memory:' AS m", "INSTALL httpfs", "LOAD httpfs",
    "SELECT * FROM parquet_scan('x')", "SELECT * FROM sniff_csv('x')",
    # private tables and the machine
    "SELECT * FROM log.imports", "SELECT * FROM versions.accounts", "SELECT * FROM raw.import_1",
    "SELECT * FROM settled.accounts",
    "SELECT * FROM acme.log.imports", "SELECT * FROM system.main.duckdb_tables", "SELECT * FROM acme.main.accounts",
    "SELECT * FROM (SELECT 1) a, log.state", "SELECT (SELECT max(value) FROM log.state)",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM log.state)", "SELECT * FROM accounts JOIN log.state ON true",
    "SELECT 1 UNION SELECT 2 FROM log.state", "WITH x AS (SELECT * FROM log.state) SELECT * FROM x",
    "WITH state AS (SELECT 1) SELECT * FROM log.state", "SELECT * FROM (PIVOT log.state ON key USING count(*))",
    "SELECT * FROM log.state PIVOT (count(*) FOR key IN ('a'))", "FROM log.state", "TABLE log.state",
    "SELECT 1 ORDER BY (SELECT max(value) FROM log.state)", "SELECT 1 LIMIT (SELECT count(*) FROM log.state)",
    "SELECT sum(1) FILTER (WHERE EXISTS (FROM log.state)) FROM accounts", "VALUES ((SELECT max(value) FROM log.state))",
    "SELECT * FROM range((SELECT count(*) FROM log.state))",
    "SELECT list_transform([1], lambda x: (SELECT max(value) FROM log.state))",
    "SELECT * FROM information_schema.tables", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_tables()",
    "SELECT * FROM pragma_database_list()", "SELECT * FROM pg_catalog.pg_tables", "SELECT * FROM sqlite_master",
    "DESCRIBE accounts", "SELECT * FROM (DESCRIBE accounts)", "SHOW TABLES", "SUMMARIZE accounts", "SHOW ALL TABLES",
    "SELECT getenv('HOME')", "SELECT current_setting('temp_directory')", "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('log.state')", "SELECT getvariable('x')", "SELECT json_execute_serialized_sql('x')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM log.state'))",
    "SELECT * FROM derived.secret", "SELECT * FROM summary((SELECT 1))", "SELECT * FROM accounts AT (VERSION => 1)",
    # memory in one call
    "SELECT repeat('x', 2000000000)", "SELECT lpad('x', 2000000000, 'y')", "SELECT rpad('x', 2000000000, 'y')",
    "SELECT 'a' WHERE length(repeat('x', 2000000000)) > 0", "SELECT main.repeat('x', 2000000000)",
    "SELECT 'x'.repeat(2000000000)",
    "SELECT format('{:>2000000000}', 'x')", "SELECT printf('%2000000000d', 1)", "SELECT bar(1, 0, 1, 2000000000)",
    "SELECT range(2000000000)", "SELECT REPEAT('x', 2000000000)", 'SELECT "repeat"(\'x\', 2000000000)',
    "SELECT * FROM repeat('x', 2000000000)", "SELECT nextval('s')",
    # not SQL
    "SELEC 1", "SELECT * FROM", "SELECT no_such_column FROM accounts", "SELECT nonsense(1)", "SELECT 1 + 'a'",
]  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED)
def test_everything_else_is_refused_and_changes_nothing(ws: Workspace, sql: str) -> None:
    before = _state(ws)
    with pytest.raises(QueryRefused) as caught:
        ws.query_user(sql, timeout_ms=2000)
    assert caught.value.message.ru != caught.value.message.en
    assert _state(ws) == before


def _state(ws: Workspace) -> list[object]:
    tables = table(ws, "SELECT schema_name, table_name, estimated_size, column_count FROM duckdb_tables() ORDER BY ALL")
    databases = table(ws, "SELECT database_name FROM duckdb_databases() ORDER BY ALL")
    return [tables, databases, table(ws, "SELECT * FROM accounts ORDER BY ALL")]


def test_a_misspelt_table_is_answered_with_the_nearest(ws: Workspace) -> None:
    with pytest.raises(QueryRefused, match=r"no table “oportunities”.*Did you mean: opportunities"):
        ws.query_user("SELECT * FROM oportunities")


def test_rows_over_the_limit_are_cut_and_said_to_be(ws: Workspace) -> None:
    cut = ws.query_user("SELECT * FROM range(1000000) t(n) ORDER BY n", limit=3)
    assert (cut.n.tolist(), cut.attrs["cut"]) == ([0, 1, 2], True)
    whole = ws.query_user("SELECT * FROM range(3) t(n)", limit=3)
    assert (len(whole), whole.attrs["cut"]) == (3, False)
    assert ws.query_user("SELECT account_id FROM accounts WHERE false").empty


def test_a_query_over_the_time_limit_is_stopped(ws: Workspace) -> None:
    start = time.monotonic()
    with pytest.raises(QueryRefused, match=r"longer than 0\.3 s"):
        ws.query_user(
            "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3", timeout_ms=300
        )
    assert time.monotonic() - start < 15
    assert ws.query_user("SELECT 1").shape == (1, 1)


def test_a_long_chain_of_conditions_is_answered_and_a_bottomless_one_refused(ws: Workspace) -> None:
    chain = " OR ".join(f"amount = {n}" for n in range(600))
    assert ws.query_user(f"SELECT count(*) FROM opportunities WHERE {chain}").iloc[0, 0] == 4
    with pytest.raises(QueryRefused):
        ws.query_user("SELECT " + "-(" * 8_000 + "1" + ")" * 8_000)
    with pytest.raises(QueryRefused, match="too long"):
        ws.query_user("SELECT '" + "x" * 100_000 + "'")
    sums = "SELECT 1" + " + 1" * 200
    assert ws.query_user(sums).iloc[0, 0] == 201


def test_amounts_come_as_numbers_and_dates_as_dates(ws: Workspace) -> None:
    frame = ws.query_user("SELECT amount, created_at FROM opportunities")
    assert frame.amount.dtype == "float64"
    assert pd.api.types.is_datetime64_any_dtype(frame.created_at)


def test_derived_tables_are_brought_up_to_date_before_they_are_read(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "a.duckdb") as ws:
        ws.derived("one", "SELECT count(*) AS n FROM accounts", ["accounts"])
        ws.derived("two", "SELECT n * 2 AS n FROM derived.one", [])
        ws.load(staged(rows={"accounts": [{"account_id": "A"}]}))
        assert ws.query_user("SELECT n FROM derived.two").n.tolist() == [2]
