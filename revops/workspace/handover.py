"""Rows of a staged load, from its own connection into a query here, a whole row group at a time.

A workspace writes a whole row group to disk as it comes and leaves it alone ever after. Incomplete ones stay in
memory, and are all written anew when the file is saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import duckdb
import pyarrow as pa

from revops.ingest.types import StagedEntity, StagedLoad, quoted
from revops.ingest.watch import Meter
from revops.model import ENTITY

GROUP: Final = 122_880  # rows of a row group, as the engine makes them


def hand_over(cursor: duckdb.DuckDBPyConnection, staged: StagedLoad, source: str, target: str, meter: Meter) -> None:
    """Rows of a query on the staging connection into a query here: `target` reads them as `incoming`."""
    for connection in (staged.raw.staging, cursor):
        connection.abort()  # a half-read answer of whoever used it before
    answer = staged.raw.staging.sql(source).to_arrow_reader(GROUP)
    groups = in_groups(meter.counted(answer))
    cursor.register("incoming", pa.RecordBatchReader.from_batches(answer.schema, groups))
    try:
        cursor.execute(target).fetchall()
    finally:
        cursor.unregister("incoming")


def in_groups(batches: Iterable[pa.RecordBatch], size: int = GROUP) -> Iterator[pa.RecordBatch]:
    """The same rows in the same order, `size` of them at a time; the last batch may have fewer."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        start = 0
        while count + batch.num_rows - start >= size:
            taken = size - count
            held.append(batch.slice(start, taken))
            yield from _as_one(held)
            held, count, start = [], 0, start + taken
        if start < batch.num_rows:
            held.append(batch.slice(start))
            count += batch.num_rows - start
    yield from _as_one(held)


def _as_one(held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One batch, or several where a column's text is too long for one."""
    if len(held) == 1:
        yield held[0]
    elif held:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()


def hand_over_rows(
    cursor: duckdb.DuckDBPyConnection, staged: StagedLoad, one: StagedEntity, import_id: int, table: str, meter: Meter
) -> None:
    """The accepted rows of an entity into a table with the columns of main, as they are."""
    fields = [f.name for f in ENTITY[one.entity].fields if f.name in one.fields]
    columns = ", ".join([*(quoted(f) for f in fields), "extra", "_row", "_key"])
    hand_over(
        cursor,
        staged,
        f"SELECT {columns} FROM {one.accepted}",
        f"INSERT INTO {table} ({columns}, _import_id) SELECT {columns}, {import_id} FROM incoming",
        meter,
    )


def check_keys(cursor: duckdb.DuckDBPyConnection, one: StagedEntity, table: str) -> None:
    if one.distinct_keys:
        counted = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
        if counted != (one.accepted_count,):
            raise ValueError(f"staged {one.entity}: {one.accepted_count} rows were promised, {counted} came")
        return
    counted = cursor.execute(f"SELECT count(*), count(DISTINCT _key) FROM {table}").fetchone()
    if counted is None or counted[0] != counted[1]:
        raise ValueError(f"staged {one.entity}: {counted} rows and distinct keys; each row needs a key of its own")
