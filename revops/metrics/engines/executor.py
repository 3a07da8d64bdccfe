"""What runs a statement: the interface, and DuckDB's, which is the workspace's own.

An executor knows tables under the names that its dialect's text has for them, runs a text with small relations put in
front as CTEs, and keeps derived tables. Every one gives frames of the same types: those that DuckDB gives.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import pandas as pd
import pyarrow as pa

from revops.metrics.derived import DERIVED_BY_NAME
from revops.metrics.engines.dialect import Dialect, Given
from revops.model import ENTITIES

if TYPE_CHECKING:
    from revops.workspace import Workspace


class Executor(Protocol):
    """Where the statements of an Engine run. Safe to use from several threads."""

    @property
    def dialect(self) -> Dialect: ...

    def reads(self, text: str, derived: str) -> bool:
        """Whether the text may read the derived table."""

    def derive(self, name: str, text: str, inputs: Sequence[str]) -> None:
        """Sees to it that the derived table holds what the text gives over the data as they are."""

    def run(self, text: str, relations: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        """The rows of the text, which may read the relations (name -> SQL); and the statement that ran."""

    def counts(self) -> dict[str, int]:
        """Records of each entity."""


class DuckExecutor:
    """DuckDB, embedded: a cursor of the workspace's one locked-down connection."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.dialect = Dialect("duckdb")

    def reads(self, text: str, derived: str) -> bool:
        return f'"{derived}"' in text or f"derived.{derived}" in text

    def derive(self, name: str, text: str, inputs: Sequence[str]) -> None:
        self.workspace.derived(name, text, inputs, DERIVED_BY_NAME[name].keyed)

    def run(self, text: str, relations: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        sql = with_relations(text, {f'"{name}"': body for name, body in relations.items()})
        shape, given = _asked(text, relations)
        cursor = self.workspace.cursor()
        try:
            if not given:
                return cursor.execute(sql).df(), sql
            return cursor.execute(_PARSED.statement(shape), given).df(), sql
        finally:
            cursor.close()

    def counts(self) -> dict[str, int]:
        return self.workspace.counts()


def _asked(text: str, relations: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The statement with parameters where the relations have asked values, and these values by parameter."""
    shapes: dict[str, str] = {}
    given: dict[str, Any] = {}
    for name, body in relations.items():
        if isinstance(body, Given):
            shapes[f'"{name}"'] = body.shape.replace("$", f"${name}_")
            given |= {f"{name}_{key}": value for key, value in body.given.items()}
        else:
            shapes[f'"{name}"'] = body
    return with_relations(text, shapes), given


class _Parsed:
    """Statements as parsed, by their text, the latest of them: DuckDB parses for a quarter of a statement's time.

    Asked values are parameters, so a text here holds none of them and serves every view and workspace.
    """

    MOST = 1_500_000  # characters of text kept; parsed, they take about seventeen times as much memory

    def __init__(self) -> None:
        self._kept: OrderedDict[str, duckdb.Statement] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def statement(self, text: str) -> duckdb.Statement:
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
        (statement,) = duckdb.extract_statements(text)
        with self._lock:
            if text not in self._kept:
                self._kept[text] = statement
                self._size += len(text)
            while self._size > self.MOST and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[0])
        return statement


_PARSED = _Parsed()


def with_relations(text: str, relations: Mapping[str, str]) -> str:
    """The text over CTEs. relations: quoted name -> SQL; a relation may read those before it."""
    if not relations:
        return text
    ctes = ",\n  ".join(f"{name} AS ({body})" for name, body in relations.items())
    return f"WITH {ctes}\nSELECT * FROM (\n{text}\n) AS asked"


def counts_sql() -> str:
    """entity, n: the records of each."""
    return " UNION ALL ".join(f"SELECT '{e.name}' AS entity, count(*) AS n FROM {e.name}" for e in ENTITIES)


def mentions(text: str, name: str) -> bool:
    """The name stands in the text as a word of its own."""
    return name in text and re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text) is not None


def frame_of(table: pa.Table) -> pd.DataFrame:
    """The rows with the types that DuckDB gives them: decimals as float, dates as datetime64."""
    with duckdb.connect() as connection:
        frame: pd.DataFrame = connection.from_arrow(table).df()
        return frame
