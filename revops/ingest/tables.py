"""What every format's reader ends with: rows and names -> a RawTable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from revops.ingest.limits import Aside, no_rows
from revops.ingest.staging import RELATION, stage_rows, staging_connection
from revops.ingest.types import Layout, RawTable, SourceFile
from revops.text import Text

Names = tuple[tuple[str, ...], tuple[str, ...], list[Text]]  # as `column_names` gives them


def raw_table(
    file: SourceFile,
    layout: Layout,
    names: Names,
    connection: duckdb.DuckDBPyConnection,
    count: int,
    aside: Aside | None = None,
    *,
    first_notes: Sequence[Text] = (),
    folder: Path | None = None,
) -> RawTable:
    """The table whose `count` rows are staged on `connection`. Notes: the first, the names' own, those of aside."""
    columns, original, notes = names
    aside = aside or Aside()
    return RawTable(
        file=file,
        layout=layout,
        columns=columns,
        original_headers=original,
        row_count=count,
        staging=connection,
        relation=RELATION,
        set_aside=aside.sorted(),
        notes=(*first_notes, *notes, *aside.notes()),
        folder=folder,
    )


def staged_table(
    file: SourceFile,
    layout: Layout,
    names: Names,
    rows: Iterable[Sequence[str | None]],
    aside: Aside,
    top_line: int,
) -> RawTable:
    """The table with its rows staged in memory. rows: each as wide as the names. top_line: of the table, for the error.

    Raises UnreadableFile where there are no rows.
    """
    connection = staging_connection()
    try:
        count = stage_rows(connection, names[0], rows)
        if count == 0:
            raise no_rows(f"{file.name} › {layout.sheet}" if layout.sheet else file.name, top_line)
    except BaseException:
        connection.close()
        raise
    return raw_table(file, layout, names, connection, count, aside)
