"""What is made of a table on its way to the workspace, on the table's staging connection and in its folder."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from revops.ingest.staging import pack
from revops.ingest.types import literal, quoted

_PREFIX: Final = "staged_"
_numbers = itertools.count(1)  # no file name comes back: what DuckDB remembers of a file holds


@dataclass(frozen=True)
class Kept:
    """Named relations on `connection`. folder: for large ones; None: everything stays in memory."""

    connection: duckdb.DuckDBPyConnection
    folder: Path | None

    def rows(self, name: str, sql: str) -> str:
        """A relation that is computed once and read often, however large. Returns its name, as all of these do."""
        if self.folder is None:
            return self.table(name, sql)
        path = self.folder / f"{_PREFIX}{next(_numbers)}.parquet"
        pack(self.connection, sql, path)
        return self.view(name, f"SELECT * FROM read_parquet({literal(str(path))})")

    def table(self, name: str, sql: str) -> str:
        """A small relation, computed once."""
        self.connection.execute(f"CREATE TEMP TABLE {_PREFIX}{name} AS {sql}")
        return _PREFIX + name

    def view(self, name: str, sql: str) -> str:
        """A relation that costs little to compute each time."""
        self.connection.execute(f"CREATE TEMP VIEW {_PREFIX}{name} AS {sql}")
        return _PREFIX + name

    def number(self, sql: str) -> int:
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def count(self, relation: str) -> int:
        return self.number(f"SELECT count(*) FROM {relation}")

    def forget(self) -> None:
        """Everything kept so far is gone."""
        for kind in ("view", "table"):
            names = self.connection.execute(
                f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE temporary AND starts_with({kind}_name, '{_PREFIX}')"
            ).fetchall()
            for (name,) in names:
                self.connection.execute(f"DROP {kind} temp.{quoted(name)}")
        for path in self.folder.glob(f"{_PREFIX}*.parquet") if self.folder is not None else ():
            path.unlink()
