"""Rows into the table `raw` of a fresh in-memory database: text only, in the file's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import duckdb
import pyarrow as pa

from revops.ingest.types import quoted

RELATION: Final = "raw"
_BATCH: Final = 10_000


def staging_connection() -> duckdb.DuckDBPyConnection:
    """A new in-memory database that never fetches extensions."""
    return duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )


def stage_rows(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], rows: Iterable[Sequence[str | None]]
) -> int:
    """Write rows (each as wide as `columns`) to `raw`, numbered from 1; empty text becomes NULL. Returns how many."""
    listed = ", ".join(f"{quoted(c)} VARCHAR" for c in columns)
    connection.execute(f"CREATE OR REPLACE TABLE {RELATION} (_row BIGINT, {listed})")
    source, count = iter(rows), 0
    names = [f"c{i}" for i in range(len(columns))]
    while batch := list(islice(source, _BATCH)):
        arrays = [pa.array([v or None for v in column], pa.string()) for column in zip(*batch, strict=True)]
        numbers = pa.array(range(count + 1, count + len(batch) + 1), pa.int64())
        table = pa.Table.from_arrays([numbers, *arrays], names=["_row", *names])
        connection.register("_batch", table)
        connection.execute(f"INSERT INTO {RELATION} SELECT * FROM _batch")
        connection.unregister("_batch")
        count += len(batch)
    return count
