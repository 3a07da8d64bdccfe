"""What may be asked of a database: one table, or one SELECT that changes and locks nothing."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

from revops.sources.errors import SourceError
from revops.text import Text

_CHANGING = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)
_PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


def check_select(query: str, dialect: str) -> bool:
    """Whether the query says in which order its rows come. Raises SourceError where it is not one plain SELECT.

    dialect: as sqlglot calls it.
    """
    if dialect == "mysql" and re.search(r"/\*M?!", query):
        raise _refused(Text("It has a comment that MySQL runs", "В нём есть комментарий, который MySQL выполняет"))
    try:
        statements = [s for s in sqlglot.parse(query, dialect=dialect) if s is not None]
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise _refused(Text("It cannot be read as SQL", "Он не читается как SQL")) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise _refused(Text("It is not one SELECT", "Это не один SELECT"))
    if any(isinstance(node, _CHANGING) for node in statements[0].walk()):
        raise _refused(Text("It would change or lock data", "Он изменил бы или заблокировал данные"))
    return statements[0].args.get("order") is not None


def table_parts(table: str) -> tuple[str, ...]:
    """schema.table -> its names, unquoted. Raises SourceError where it is no name."""
    parts: list[str] = []
    rest = table.strip()
    while rest:
        found = _PART.match(rest)
        if found is None:
            raise _no_name(table)
        parts.append(found[1].replace('""', '"') if found[1] is not None else found[2].strip())
        rest = rest[found.end() :]
        if rest and not rest.startswith("."):
            raise _no_name(table)
        rest = rest[1:] if rest else rest
    if not 1 <= len(parts) <= 3 or not all(parts):
        raise _no_name(table)
    return tuple(parts)


def _no_name(table: str) -> SourceError:
    return SourceError(
        Text("“{table}” is no name of a table.", "«{table}» — не имя таблицы.").format(table=table),
        fix=Text("Write table or schema.table.", "Укажите таблица или схема.таблица."),
        code="source_table",
    )


def _refused(why: Text) -> SourceError:
    return SourceError(
        Text("This query is not allowed. {why}.", "Такой запрос не разрешён. {why}.").format(why=why),
        fix=Text("Write one SELECT.", "Напишите один SELECT."),
        code="source_query",
    )
