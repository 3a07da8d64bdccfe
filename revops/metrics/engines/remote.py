"""Any engine that Ibis knows: every table is a CTE of the statement, so that nothing is written where data are read.

PostgreSQL is asked in a read-only transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.errors import EngineError, cannot_run
from revops.metrics.engines.executor import counts_sql, frame_of, mentions, with_relations
from revops.metrics.engines.lower import flat_name

Table = Callable[[], str]  # a SELECT of the engine's dialect

# PostgreSQL's number of a type -> how its values are held; any other is text
_POSTGRES = {
    16: pa.bool_(), 20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 700: pa.float64(), 701: pa.float64(),
    1700: pa.float64(), 1082: pa.date32(), 1114: pa.timestamp("us"),
}  # fmt: skip


class RemoteExecutor:
    """Runs statements through an Ibis backend, one at a time. tables: name -> the SELECT that gives its rows.

    scrubbed: takes secrets out of what a driver says.
    """

    def __init__(
        self, backend: Any, dialect: Dialect, tables: Mapping[str, Table], scrubbed: Callable[[object], str] = str
    ) -> None:
        self.dialect = dialect
        self._backend = backend
        self._tables = tables
        self._derived: dict[str, str] = {}
        self._scrubbed = scrubbed
        self._lock = threading.RLock()

    def reads(self, text: str, derived: str) -> bool:
        return mentions(text, flat_name("derived", derived))

    def derive(self, name: str, text: str, inputs: Sequence[str]) -> None:
        self._derived[flat_name("derived", name)] = text

    def run(self, text: str, relations: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        given = self._given([text, *relations.values()])
        sql = with_relations(text, {self.dialect.quoted(n): body for n, body in {**given, **relations}.items()})
        with self._lock:
            try:
                return frame_of(self._fetched(sql)), sql
            except EngineError:
                raise
            except Exception as error:
                if type(error).__module__.split(".")[0] in ("builtins", "revops"):
                    raise
                raise cannot_run(self.dialect.name, self._scrubbed(error)) from None

    def counts(self) -> dict[str, int]:
        frame, _sql = self.run(counts_sql(), {})
        return {str(e): int(n) for e, n in zip(frame["entity"], frame["n"], strict=True)}

    def _given(self, texts: Sequence[str]) -> dict[str, str]:
        """The tables that the texts read, each after those that it reads itself."""
        found: dict[str, str] = {}

        def add(text: str, known: Mapping[str, Callable[[], str]]) -> None:
            for name, body in known.items():
                if name not in found and mentions(text, name):
                    written = body()
                    if name in self._derived:
                        add(written, known)
                    found[name] = written

        derived = {name: (lambda text=text: text) for name, text in self._derived.items()}
        for text in texts:
            add(text, {**self._tables, **derived})
        return found

    def _fetched(self, sql: str) -> pa.Table:
        if self.dialect.name == "postgres":
            return self._from_postgres(sql)
        return self._backend.sql(sql, dialect=self.dialect.name).to_pyarrow()

    def _from_postgres(self, sql: str) -> pa.Table:
        connection = self._backend.con
        connection.rollback()
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
            cursor.execute(sql)
            rows, described = cursor.fetchall(), cursor.description
        connection.rollback()
        kinds = [_POSTGRES.get(column.type_code, pa.string()) for column in described]
        arrays = [_array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
        return pa.Table.from_arrays(arrays, names=[column.name for column in described])


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_floating(kind):
        values = [None if v is None else float(v) for v in values]
    return pa.array(values, type=kind)
