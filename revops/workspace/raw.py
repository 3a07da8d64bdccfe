"""Uploads as they were, kept as packed files (Parquet) in pieces inside the workspace: a tenth of the text's size."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from revops.ingest import scratch
from revops.ingest.staging import pack, packed_path, stage_packed, staging_connection
from revops.ingest.types import RawTable, quoted

PIECE: Final = 1 << 22  # bytes


def store(cursor: duckdb.DuckDBPyConnection, raw: RawTable, import_id: int) -> None:
    """Keeps every row of the upload."""
    with _packed(raw) as path, path.open("rb") as file:
        for piece, content in enumerate(iter(lambda: file.read(PIECE), b"")):
            cursor.execute("INSERT INTO raw.pieces VALUES (?, ?, ?)", [import_id, piece, content])


def remove(cursor: duckdb.DuckDBPyConnection, import_id: int) -> None:
    cursor.execute("DELETE FROM raw.pieces WHERE import_id = ?", [import_id])


@contextmanager
def opened(cursor: duckdb.DuckDBPyConnection, import_id: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the upload's rows as `raw`: _row, then the file's columns as text."""
    with tempfile.TemporaryDirectory(prefix="raw-", dir=scratch.root()) as folder:
        path = packed_path(Path(folder))
        pieces = cursor.execute("SELECT bytes FROM raw.pieces WHERE import_id = ? ORDER BY piece", [import_id])
        with path.open("wb") as file:
            while row := pieces.fetchone():
                file.write(row[0])
        with staging_connection() as connection:
            stage_packed(connection, path)
            yield connection


@contextmanager
def _packed(raw: RawTable) -> Iterator[Path]:
    """The table's packed file; one is made of a table that lives in memory."""
    if raw.folder is not None and packed_path(raw.folder).exists():
        yield packed_path(raw.folder)
        return
    last = raw.staging.execute(f"SELECT count(*) = coalesce(max(_row), 0) FROM {raw.relation}").fetchone()
    if last != (True,):
        raise ValueError(f"{raw.name}: rows are not numbered 1, 2, 3 ...")  # a packed file numbers them by their order
    with tempfile.TemporaryDirectory(prefix="raw-", dir=scratch.root()) as folder:
        columns = ", ".join(quoted(c) for c in raw.columns)
        pack(raw.staging, f"SELECT {columns} FROM {raw.relation} ORDER BY _row", packed_path(Path(folder)))
        yield packed_path(Path(folder))
