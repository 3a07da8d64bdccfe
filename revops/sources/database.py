"""A table or a query of a database, streamed to a Parquet file. Nothing is ever written there.

PostgreSQL, MySQL, SQLite and SQL Server through SQLAlchemy; the drivers are an extra of the product, asked for by name
where one is missing.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from revops.sources import typed
from revops.sources.errors import SourceError
from revops.sources.records import SqlSource
from revops.sources.secrets import Filled, Lookup, fill
from revops.sources.statement import check_select, table_parts
from revops.text import Text

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy import Dialect as SqlEngine

CHUNK = 10_000  # rows
SECONDS = 15  # to connect


@dataclass(frozen=True)
class Dialect:
    """driver: how SQLAlchemy calls it. package: what to install for it; None: Python has it. sql: sqlglot's name.

    connect: options of every connection, whatever the address says. most: the statement after which a SELECT ends at
    {n} rows, where the driver would fetch the rest all the same.
    """

    driver: str
    package: str | None
    sql: str
    connect: tuple[tuple[str, Any], ...] = ()
    most: str | None = None


_POSTGRES = Dialect("postgresql+psycopg", "psycopg[binary]", "postgres", (("connect_timeout", SECONDS),))
_MYSQL = Dialect(
    "mysql+pymysql",
    "pymysql",
    "mysql",
    (("connect_timeout", SECONDS), ("local_infile", False)),  # a server must not ask for files of this machine
    most="SET SESSION sql_select_limit = {n}",
)
_MSSQL = Dialect("mssql+pymssql", "pymssql", "tsql", (("login_timeout", SECONDS),), most="SET ROWCOUNT {n}")
DIALECTS = {
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "mssql": _MSSQL,
    "sqlserver": _MSSQL,
    "sqlite": Dialect("sqlite", None, "sqlite"),
}


def export(place: SqlSource, target: Path, lookup: Lookup, *, most: int | None = None) -> int:
    """Writes the rows to a Parquet file, typed, in an order that depends on them alone; returns how many there are.

    So rows that did not change give the same file. A query's own ORDER BY is kept. most: rows to stop after.
    Raises SourceError, without secrets.
    """
    with _connected(place, lookup) as (connection, dialect):
        ordered, sql = _statement(place, connection, dialect)
        if most is not None and dialect.most is not None:
            connection.exec_driver_sql(dialect.most.format(n=int(most)))
        size = CHUNK if most is None else min(CHUNK, most + 1)  # one more: the end is seen, nothing is left unread
        options = {"stream_results": True, "max_row_buffer": size, "no_parameters": True}
        result = connection.execution_options(**options).exec_driver_sql(sql)
        names = list(map(str, result.keys()))
        return typed.write(names, result.partitions(size), target, ordered=ordered, most=most)


def tables(place: SqlSource, lookup: Lookup) -> list[str]:
    """The tables and views that the address lets one see, by name. Raises SourceError."""
    with _connected(place, lookup) as (connection, _):
        return _tables(connection)


# --- the connection ---------------------------------------------------------------------------------------------------


@contextmanager
def _connected(place: SqlSource, lookup: Lookup) -> Iterator[tuple[Connection, Dialect]]:
    """A connection in a transaction that is never committed, read only where the engine knows such."""
    try:
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        raise _missing("sqlalchemy") from None
    filled = fill(place.url, lookup)
    engine, dialect = _engine(filled, place)
    reached = False
    try:
        with _open(engine, place) as connection:
            reached = True
            yield _read_only(connection, dialect), dialect
    except SQLAlchemyError as error:
        raise _failed(error, place, filled, reached=reached) from None  # the driver's words may repeat the address
    except (OSError, UnicodeError, sqlite3.Error) as error:
        raise _unreachable(place, filled.scrubbed(error)) from None
    finally:
        engine.dispose()


def _open(engine: Engine, place: SqlSource) -> Connection:
    try:
        return engine.connect()
    except TypeError:  # a driver that is given an option it does not have
        raise _no_address(place) from None


def _engine(filled: Filled, place: SqlSource) -> tuple[Engine, Dialect]:
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import ArgumentError
    from sqlalchemy.pool import NullPool

    try:
        url = make_url(filled.text)
    except (ArgumentError, ValueError):
        raise _no_address(place) from None
    dialect = DIALECTS.get(url.drivername.partition("+")[0].lower())
    if dialect is None:
        raise _no_address(place)
    if dialect.sql == "sqlite":
        return create_engine("sqlite://", creator=lambda: _sqlite(url), poolclass=NullPool), dialect
    try:
        engine = create_engine(
            url.set(drivername=dialect.driver),
            poolclass=NullPool,
            connect_args=_options(dialect),
            hide_parameters=True,
        )
    except ImportError:
        raise _missing(str(dialect.package)) from None
    except ArgumentError:
        raise _no_address(place) from None
    return engine, dialect


def _options(dialect: Dialect) -> dict[str, Any]:
    """What every connection is opened with."""
    if dialect is not _MYSQL:
        return dict(dialect.connect)
    from pymysql import converters  # type: ignore[import-untyped]
    from pymysql.constants import FIELD_TYPE  # type: ignore[import-untyped]

    def dated(text: str) -> Any:  # 0000-00-00 is MySQL's word for no day
        return None if text.startswith("0000-00-00") else converters.convert_datetime(text)

    read: dict[int, Callable[[Any], Any]] = {
        FIELD_TYPE.BIT: int.from_bytes,
        FIELD_TYPE.DATE: lambda text: None if text == "0000-00-00" else converters.convert_date(text),
        FIELD_TYPE.DATETIME: dated,
        FIELD_TYPE.TIMESTAMP: dated,
    }
    return {**dict(dialect.connect), "conv": {**converters.conversions, **read}}


def _sqlite(url: URL) -> sqlite3.Connection:
    """The file opened for reading only; it is never made where there is none."""
    path = Path(url.database or "").expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _read_only(connection: Connection, dialect: Dialect) -> Connection:
    if dialect is _POSTGRES:
        return connection.execution_options(postgresql_readonly=True)
    if dialect is _MYSQL:
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")  # in which a TIMESTAMP is told
        connection.rollback()  # what follows begins a transaction of that kind
    return connection


def _statement(place: SqlSource, connection: Connection, dialect: Dialect) -> tuple[bool, str]:
    """Whether the rows come in an order that somebody asked for, and the SELECT."""
    from sqlalchemy import inspect

    if place.query is not None:
        query = place.query.strip().rstrip(";")
        return check_select(query, dialect.sql), query
    names = table_parts(place.table or "")
    schema = names[-2] if len(names) > 1 else None
    if len(names) < 3 and not inspect(connection).has_table(names[-1], schema):
        raise _no_table(str(place.table), _tables(connection, schema))
    return False, select_all(names, connection.dialect)


def select_all(names: Sequence[str], engine: SqlEngine) -> str:
    """A SELECT of the whole table, its names quoted as the engine does it. names: schema and table, or table alone."""
    return f"SELECT * FROM {'.'.join(engine.identifier_preparer.quote_identifier(n) for n in names)}"


def _tables(connection: Connection, schema: str | None = None) -> list[str]:
    from sqlalchemy import inspect

    inspector = inspect(connection)
    return sorted({*inspector.get_table_names(schema), *inspector.get_view_names(schema)})


# --- what a person is told --------------------------------------------------------------------------------------------


def _failed(error: Exception, place: SqlSource, filled: Filled, *, reached: bool) -> SourceError:
    """A driver's complaint as a sentence, without secrets. reached: the connection had been made."""
    said = filled.scrubbed(getattr(error, "orig", None) or error)
    lowered = said.lower()
    if any(word in lowered for word in _REFUSED):
        return SourceError(
            Text("The database refuses the user or the password.", "База не принимает пользователя или пароль."),
            fix=Text(
                "Check both, and that the user may read there. The database says: {why}",
                "Проверьте их и права пользователя. Ответ базы: {why}",
            ).format(why=said),
            code="source_refused",
        )
    if reached and not getattr(error, "connection_invalidated", False):
        return SourceError(
            Text("The database cannot run this: {why}", "База не может это выполнить: {why}").format(why=said),
            fix=Text("Check the names of tables and columns.", "Проверьте имена таблиц и колонок."),
            code="source_query",
        )
    return _unreachable(place, said)


_REFUSED = (
    "password authentication failed", "no password supplied", "access denied", "login failed", "permission denied",
    "no pg_hba.conf entry", "role \"", "authentication failed",
)  # fmt: skip


def _no_table(table: str, known: Sequence[str]) -> SourceError:
    folded = {name.lower(): name for name in known}
    near = [folded[n] for n in difflib.get_close_matches(table.lower(), folded, n=3, cutoff=0.5)]
    fix = (
        Text("Did you mean: {names}?", "Возможно, имелось в виду: {names}?").format(names=", ".join(near))
        if near
        else Text("Check its name, schema and letter case.", "Проверьте имя, схему и регистр букв.")
    )
    return SourceError(
        Text("The database has no table “{table}”.", "В базе нет таблицы «{table}».").format(table=table),
        fix=fix,
        code="source_table",
    )


def _unreachable(place: SqlSource, why: str) -> SourceError:
    return SourceError(
        Text("{place} cannot be reached: {why}", "{place} недоступен: {why}").format(place=place.url, why=why),
        fix=Text(
            "Check host, port and database, and that the server runs.",
            "Проверьте хост, порт и базу и что сервер запущен.",
        ),
        code="source_unreachable",
    )


def _no_address(place: SqlSource) -> SourceError:
    return SourceError(
        Text("{place} is no address of a database.", "{place} — не адрес базы данных.").format(place=place.url),
        fix=Text(
            "Write postgresql://user:${PASSWORD}@host:5432/database; or mysql://, sqlite:///, mssql://.",
            "Укажите postgresql://user:${PASSWORD}@host:5432/database; или mysql://, sqlite:///, mssql://.",
        ),
        code="source_place",
    )


def _missing(package: str) -> SourceError:
    return SourceError(
        Text("Reading this database needs the package {p}.", "Для этой базы нужен пакет {p}.").format(p=package),
        fix=Text(
            "Install it: pip install {p}, or the product's extra: pip install '.[sources]'.",
            "Установите: pip install {p} или дополнение продукта: pip install '.[sources]'.",
        ).format(p="'sqlalchemy>=2.1'" + (f" '{package}'" if package != "sqlalchemy" else "")),
        code="driver_missing",
    )
