"""Rows as text on a fresh in-memory database, in the file's order: as table `raw`, or as a Parquet file behind a view.

A delimited file goes to Parquet whatever its size: it is packed, read column by column, numbered by its order, and
memory does not grow with it. What is made of it (typed rows) is kept beside it, and all of it goes with the table.
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from revops.ingest import scratch
from revops.ingest.types import literal, quoted
from revops.ingest.watch import meter

RELATION: Final = "raw"
_HELD: Final = "raw_held"
MEMORY: Final = "600MB"  # of one staging database; what needs more goes to its folder
# Texts of which a group has more than a few thousand are written one after another: no dictionary of them is tried.
PARQUET: Final = "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 5000"
_BATCH: Final = 10_000
_SMALL: Final = 20_000  # rows of a file that are held in memory beside their Parquet file
_AT_ONCE: Final = 100_000  # rows of a Parquet file's group that are written from Python


def staging_connection(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A new in-memory database that never fetches extensions. folder: see `staging_folder`; it goes with it."""
    connection = duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )
    # A long IN would be joined with a table of its values: for every row, ahead of any CASE that asks for it seldom.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    if folder is not None:
        weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
        connection.execute(f"SET temp_directory = {literal(str(folder / 'spill'))}")
        connection.execute(f"SET memory_limit = '{MEMORY}'")
    meter().follow(connection)
    return connection


def staging_folder() -> Path:
    """A new folder for a table's rows."""
    return scratch.folder("table")


def packed_path(folder: Path) -> Path:
    """The file in which a table with a folder keeps its rows as text."""
    return folder / "raw.parquet"


def pack(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    """The query's rows, in their order, into a Parquet file."""
    connection.execute(f"COPY ({sql}) TO {literal(str(path))} ({PARQUET})")


def unpacked_sql(path: Path) -> str:
    """A query of a file of raw rows: `_row` (from 1), then its columns."""
    return f"SELECT file_row_number + 1 AS _row, * EXCLUDE (file_row_number) FROM {_reading(path)}"


def _reading(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, file_row_number = true)"


def stage_packed(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """`raw` of a file of raw rows: a view of it, or of a small one its rows in memory, which are looked at sooner.

    Returns how many rows it has.
    """
    ((count,),) = connection.execute(f"SELECT count(*) FROM {literal(str(path))}").fetchall()
    source = unpacked_sql(path)
    if count <= _SMALL:
        connection.execute(f"CREATE OR REPLACE TABLE {_HELD} AS {source}")
        source = f"FROM {_HELD}"
    connection.execute(f"CREATE OR REPLACE VIEW {RELATION} AS {source}")
    return int(count)


def stage_rows(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    folder: Path | None = None,
) -> int:
    """Write rows (each as wide as `columns`) to `raw`, numbered from 1; empty text becomes NULL. Returns how many."""
    if folder is not None:
        schema = pa.schema([(c, pa.string()) for c in columns])
        with pq.ParquetWriter(packed_path(folder), schema, compression="zstd", compression_level=1) as writer:
            for arrays in _columns_of(rows, _AT_ONCE):
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        return stage_packed(connection, packed_path(folder))
    listed = ", ".join(f"{quoted(c)} VARCHAR" for c in columns)
    connection.execute(f"CREATE OR REPLACE TABLE {RELATION} (_row BIGINT, {listed})")
    count = 0
    names = [f"c{i}" for i in range(len(columns))]
    for arrays in _columns_of(rows, _BATCH):
        size = len(arrays[0])
        numbers = pa.array(range(count + 1, count + size + 1), pa.int64())
        connection.register("_batch", pa.Table.from_arrays([numbers, *arrays], names=["_row", *names]))
        connection.execute(f"INSERT INTO {RELATION} SELECT * FROM _batch")
        connection.unregister("_batch")
        count += size
    return count


def _columns_of(rows: Iterable[Sequence[str | None]], size: int) -> Iterator[list[pa.Array]]:
    source = iter(rows)
    while batch := list(islice(source, size)):
        meter().check()
        yield [pa.array([v or None for v in column], pa.string()) for column in zip(*batch, strict=True)]
