"""A workspace whose tables stay in another engine: where they are, and what is known about them.

Nothing of their rows is kept here: only the address (secrets by name), the mapping, which fields are filled, the last
day, and the stages and channels that were found, so that a person can decide about them as about loaded ones.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import duckdb

from revops.errors import WorkspaceError
from revops.text import Text

KEY = "connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """url: with ${NAME} for secrets. mapping: JSON text. looked_at: when the facts below were asked (UTC).

    as_of: the last day on which something happened, ISO; filled: entity -> its fields with a value. stages: as
    stages.COUNTED_SQL gives them; sources: the values that channels are made of.
    """

    url: str
    mapping: str
    looked_at: str = ""
    as_of: str | None = None
    filled: Mapping[str, Sequence[str]]
    stages: Sequence[tuple[str, str, int, int, int]] = ()
    sources: Sequence[str] = ()

    @property
    def day(self) -> dt.date | None:
        return dt.date.fromisoformat(self.as_of) if self.as_of else None


def read(cursor: duckdb.DuckDBPyConnection) -> Connection | None:
    """The workspace's connection; None: its tables are in its own file."""
    row = cursor.execute("SELECT value FROM log.state WHERE key = ?", [KEY]).fetchone()
    return Connection(**json.loads(row[0])) if row else None


def write(cursor: duckdb.DuckDBPyConnection, connection: Connection) -> None:
    """Keeps the connection in place of any before. Raises WorkspaceError where rows are loaded."""
    if cursor.execute("SELECT 1 FROM log.imports WHERE active LIMIT 1").fetchone():
        raise WorkspaceError(
            Text("The workspace already holds imported data.", "В рабочем пространстве уже есть загруженные данные."),
            fix=Text(
                "Connect a new one: name it with --workspace.", "Подключите новое: назовите его параметром --workspace."
            ),
            code="workspace_not_empty",
        )
    cursor.execute("DELETE FROM log.state WHERE key = ?", [KEY])
    cursor.execute("INSERT INTO log.state VALUES (?, ?)", [KEY, json.dumps(asdict(connection), ensure_ascii=False)])
    cursor.execute("DELETE FROM log.filled")
    for entity, names in connection.filled.items():
        cursor.execute("INSERT INTO log.filled SELECT ?, unnest(CAST(? AS VARCHAR[]))", [entity, list(names)])


def takes_no_files() -> WorkspaceError:
    """Why nothing is imported here: rows loaded into this workspace would be read by nobody."""
    return WorkspaceError(
        Text(
            "This workspace reads its tables from another engine; files cannot be loaded into it.",
            "Таблицы этого рабочего пространства — в другой СУБД, файлы в него не загружаются.",
        ),
        fix=Text("Load them into another workspace.", "Загрузите их в другое рабочее пространство."),
        code="workspace_connected",
    )


def refuse_load(cursor: duckdb.DuckDBPyConnection) -> None:
    """Raises WorkspaceError where the tables are in another engine."""
    if read(cursor) is not None:
        raise takes_no_files()
