"""A person's own SQL: one read-only SELECT over the shared model, bounded in time and rows.

DuckDB's own parser says what the text is; only kinds of nodes, tables and functions that are known to be harmless
pass. It then runs in a read-only transaction that is always rolled back.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from revops.errors import QueryRefused
from revops.model import ENTITIES
from revops.text import Text
from revops.workspace.schema import LOOKUPS

TABLES = frozenset({e.name for e in ENTITIES} | set(LOOKUPS))
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
QUERY_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
TABLE_REFS = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT"})
# Functions that outlive the limits (they fill memory in one call), or tell of the machine rather than of the data.
REFUSED = frozenset(
    "repeat lpad rpad bar format printf list_resize array_resize range generate_series getenv getvariable "
    "current_setting nextval currval setseed sleep_ms query query_table write_log error in_search_path "
    "current_database current_schema current_schemas current_catalog current_user user version txid_current "
    "stats set_config pg_sleep json_execute_serialized_sql json_serialize_sql json_deserialize_sql "
    "json_serialize_plan sql_auto_complete create_sort_key checkpoint force_checkpoint enable_logging "
    "enable_profiling disable_profiling add_parquet_key".split()
)
REFUSED_BEGINNINGS = (
    "duckdb_",
    "pragma_",
    "pg_",
    "read_",
    "parquet_",
    "sniff_",
    "glob",
    "storage_",
    "which_",
    "test_",
    "__",
)
Node = dict[str, Any]
LONGEST = 50_000  # characters


def run(
    cursor: duckdb.DuckDBPyConnection, sql: str, derived: Sequence[str], *, limit: int, timeout_ms: int
) -> pd.DataFrame:
    """The answer of a checked SELECT, at most `limit` rows; decimals as floats; attrs["cut"]: there were more."""
    _check(cursor, sql, derived)
    cursor.execute(f"SET max_execution_time = {int(timeout_ms)}")
    cursor.execute("BEGIN TRANSACTION READ ONLY")
    try:
        table = _fetched(cursor, sql, limit + 1)
    except duckdb.Error as error:
        raise _failed(error, timeout_ms) from error
    finally:
        cursor.interrupt()  # a cut answer leaves a running query behind
        cursor.close()
    frame: pd.DataFrame = table.slice(0, limit).to_pandas()
    frame.attrs["cut"] = table.num_rows > limit
    return frame


def derived_tables(cursor: duckdb.DuckDBPyConnection, sql: str, derived: Sequence[str]) -> list[str]:
    """The derived tables that a checked SELECT reads. Raises QueryRefused."""
    try:
        return sorted({t["table_name"] for t in _check(cursor, sql, derived) if t.get("schema_name") == "derived"})
    finally:
        cursor.close()


def _fetched(cursor: duckdb.DuckDBPyConnection, sql: str, rows: int) -> pa.Table:
    reader = cursor.sql(sql).to_arrow_reader(min(max(rows, 10_000), 100_000))
    batches, found = [], 0
    for batch in reader:
        batches.append(batch)
        found += batch.num_rows
        if found >= rows:
            break
    table = pa.Table.from_batches(batches, reader.schema).slice(0, rows)
    return table.cast(pa.schema([_plain(field) for field in table.schema]))


def _plain(field: pa.Field) -> pa.Field:
    return field.with_type(pa.float64()) if pa.types.is_decimal(field.type) else field


# --- the check -----------------------------------------------------------------------------------------------


def _check(cursor: duckdb.DuckDBPyConnection, sql: str, derived: Sequence[str]) -> list[Node]:
    """The tables of the model that the text reads. Raises QueryRefused where it is not one harmless SELECT."""
    tree = _parsed(cursor, sql)
    named: list[Node] = []
    for node, ctes in _walk(tree):
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in QUERY_NODES:
            raise _refused(Text("It would change data", "Запрос изменил бы данные"))
        if "from_table" in node:
            _check_ref(node["from_table"])
        for side in ("left", "right", "source"):
            if isinstance(node.get(side), dict) and kind in ("JOIN", "PIVOT"):
                _check_ref(node[side])
        if kind == "BASE_TABLE" and not _is_cte(node, ctes):
            _check_table(node, derived)
            named.append(node)
        if kind == "TABLE_FUNCTION":
            _check_table_function(node)
        elif "function_name" in node and not node.get("_of_table"):
            _check_function(str(node["function_name"]))
    return named


def _parsed(cursor: duckdb.DuckDBPyConnection, sql: str) -> Node:
    if len(sql) > LONGEST:
        raise _refused(Text("It is too long", "Запрос слишком длинный"))
    try:
        statements = cursor.extract_statements(sql)
    except duckdb.Error as error:
        raise _unreadable(error) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise _refused(Text("It is not one SELECT statement", "Это не один оператор SELECT"))
    row = cursor.execute(
        "SELECT json_serialize_sql(CAST($sql AS VARCHAR), skip_default := true, skip_empty := true, skip_null := true)",
        {"sql": sql},
    ).fetchone()
    try:
        tree: Node = json.loads(row[0]) if row else {"error": True}
    except RecursionError as error:
        raise _refused(Text("It is nested too deeply", "У запроса слишком глубокая вложенность")) from error
    if tree.get("error") or len(tree["statements"]) != 1:
        raise _refused(Text("It is not one SELECT statement", "Это не один оператор SELECT"))
    return dict(tree["statements"][0])


def _walk(tree: Node) -> Iterator[tuple[Node, frozenset[str]]]:
    """Every node of the tree with the names that WITH gives a meaning there. No recursion: a text may nest deeply."""
    waiting: list[tuple[Any, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        value, ctes = waiting.pop()
        if isinstance(value, list):
            waiting += [(one, ctes) for one in value]
        elif isinstance(value, dict):
            inner = ctes
            for name, query in _with(value):  # each WITH name is known to those after it; a recursive one to itself
                own = {name} if query.get("query_node", {}).get("type") == "RECURSIVE_CTE_NODE" else set()
                waiting.append((query, inner | own))
                inner = inner | {name}
            yield value, inner
            for key, child in value.items():
                if key == "function" and value.get("type") == "TABLE_FUNCTION":
                    waiting.append(({**child, "_of_table": True}, inner))
                elif key != "cte_map":
                    waiting.append((child, inner))


def _with(node: Node) -> list[tuple[str, Node]]:
    """The WITH names of a query node, in order, and their queries."""
    entries = node["cte_map"].get("map", []) if isinstance(node.get("cte_map"), dict) else []
    return [(str(entry["key"]).lower(), entry["value"]) for entry in entries]


def _check_ref(ref: Node) -> None:
    if ref.get("type") not in TABLE_REFS:
        raise _refused(Text("It reads something other than tables", "Запрос читает не таблицы"))


def _is_cte(node: Node, ctes: frozenset[str]) -> bool:
    path = node.get("qualified_name", {}).get("path", [])
    return len(path) == 1 and str(node.get("table_name", "")).lower() in ctes


def _check_table(node: Node, derived: Sequence[str]) -> None:
    path = [str(p).lower() for p in node.get("qualified_name", {}).get("path", [])]
    known = {("main", t) for t in TABLES} | {(t,) for t in TABLES} | {("derived", d.lower()) for d in derived}
    if tuple(path) in known and "at_clause" not in node:
        return
    names = sorted({*TABLES, *(f"derived.{d}" for d in derived)})
    shown = ".".join(path)
    near = difflib.get_close_matches(shown, names, n=3, cutoff=0.5)
    fix = (
        Text("Did you mean: {names}?", "Возможно, имелось в виду: {names}?")
        if near
        else Text("Tables: {names}.", "Таблицы: {names}.")
    )
    raise QueryRefused(
        Text("There is no table “{name}” to query.", "Таблицы «{name}» для запросов нет.").format(name=shown),
        fix=fix.format(names=", ".join(near or names)),
        code="unknown_table",
    )


def _check_table_function(node: Node) -> None:
    called = node.get("function", {})
    name = str(called.get("function_name", "")).lower()
    if name not in TABLE_FUNCTIONS:
        raise _refused(Text("It calls {name}()", "Запрос вызывает {name}()").format(name=name))


def _check_function(name: str) -> None:
    lowered = name.lower()
    if lowered in REFUSED or lowered.startswith(REFUSED_BEGINNINGS):
        raise _refused(Text("It calls {name}()", "Запрос вызывает {name}()").format(name=lowered))


# --- what a person is told ------------------------------------------------------------------------------------


def _refused(why: Text) -> QueryRefused:
    return QueryRefused(
        Text("This query is not allowed. {why}.", "Такой запрос не разрешён. {why}.").format(why=why),
        fix=Text(
            "Write one SELECT over the tables of the shared model.", "Напишите один SELECT по таблицам общей модели."
        ),
        code="not_allowed",
    )


def _unreadable(error: duckdb.Error) -> QueryRefused:
    return QueryRefused(
        Text("The SQL cannot be read: {why}", "SQL не читается: {why}").format(why=_first_lines(error)),
        code="sql_syntax",
    )


def _failed(error: duckdb.Error, timeout_ms: int) -> QueryRefused:
    said = str(error)
    if isinstance(error, duckdb.InterruptException) or "max_execution_time" in said or "timeout" in said.lower():
        return QueryRefused(
            Text("The query took longer than {n} s and was stopped.", "Запрос шёл дольше {n} с и остановлен.").format(
                n=f"{timeout_ms / 1000:g}"
            ),
            fix=Text("Narrow it: fewer rows, fewer joins.", "Сузьте его: меньше строк, меньше соединений."),
            code="sql_timeout",
        )
    return QueryRefused(
        Text("The query failed: {why}", "Запрос не выполнен: {why}").format(why=_first_lines(error)), code="sql_failed"
    )


def _first_lines(error: duckdb.Error) -> str:
    return " ".join(line.strip() for line in str(error).splitlines()[:3] if line.strip())
