"""Parquet files: typed columns as the text that people would write, like the cells of a workbook."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import duckdb

from revops.errors import UnreadableFile
from revops.ingest import scratch
from revops.ingest.header import column_names
from revops.ingest.limits import check_columns, no_rows, no_table
from revops.ingest.staging import pack, packed_path, stage_packed, staging_connection, staging_folder
from revops.ingest.tables import raw_table
from revops.ingest.types import Layout, RawTable, SourceFile, literal, quoted
from revops.text import Text

_GLOB: Final = frozenset("*?[]{}")
_DEEPEST: Final = 8


def read_parquet(file: SourceFile) -> RawTable:
    """The one table. Days and moments become ISO, a midnight its day; moments with a zone are told in UTC; whole
    numbers kept as fractions lose their “.0”; an object becomes columns “owner.name”, a list JSON text.

    Raises UnreadableFile where the file is damaged or has no rows.
    """
    if not _GLOB & set(str(file.path)):
        return _read(file, file.path)
    with tempfile.TemporaryDirectory(dir=scratch.root()) as folder:  # a name that would stand for several files
        return _read(file, Path(shutil.copyfile(file.path, Path(folder) / "table.parquet")))


def _read(file: SourceFile, path: Path) -> RawTable:
    folder = staging_folder()
    connection = staging_connection(folder)
    try:
        source = f"read_parquet({literal(str(path))}, hive_partitioning=false)"
        relation = connection.sql(f"SELECT * FROM {source}")
        told = list(_leaves(list(zip(relation.columns, relation.types, strict=True))))
        check_columns(file.name, len(told))
        if not told:
            raise no_table(file.name)
        names = column_names([name for name, _, _ in told], len(told))
        listed = ", ".join(
            f"nullif({_text(value, kind)}, '') AS {quoted(c)}"
            for (_, value, kind), c in zip(told, names[0], strict=True)
        )
        pack(connection, f"SELECT {listed} FROM {source}", packed_path(folder))
        count = stage_packed(connection, packed_path(folder))
        if count == 0:
            raise no_rows(file.name, 1)
    except BaseException as error:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, duckdb.Error):
            raise _damaged(file) from error
        raise
    return raw_table(file, Layout(format="parquet", header_line=0), names, connection, count, folder=folder)


def _leaves(
    columns: list[tuple[str, Any]], before: str = "", within: str | None = None, depth: int = 0
) -> Iterator[tuple[str, str, Any]]:
    """Header, SQL and type of each column, objects taken apart."""
    for name, kind in columns:
        value = quoted(name) if within is None else f"struct_extract({within}, {literal(name)})"
        if kind.id == "struct" and depth < _DEEPEST:
            yield from _leaves(list(kind.children), f"{before}{name}.", value, depth + 1)
        else:
            yield f"{before}{name}", value, kind


def _text(value: str, kind: Any) -> str:
    match kind.id:
        case "varchar":
            return value
        case "boolean":
            return f"upper(CAST({value} AS VARCHAR))"
        case "float" | "double":
            return f"regexp_replace(CAST({value} AS VARCHAR), '\\.0$', '')"
        case "timestamp with time zone":
            return _moment(f"make_timestamp(epoch_us({value}))")
        case "timestamp" | "timestamp_s" | "timestamp_ms" | "timestamp_ns":
            return _moment(value)
        case "list" | "array" | "map" | "struct":
            return f"CAST(to_json({value}) AS VARCHAR)"
    return f"CAST({value} AS VARCHAR)"


def _moment(value: str) -> str:
    return f"regexp_replace(CAST({value} AS VARCHAR), ' 00:00:00$', '')"


def _damaged(file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        Text(
            "“{name}” is damaged: its columns cannot be read.",
            "Файл «{name}» повреждён: его колонки не читаются.",
        ).format(name=file.name),
        fix=Text("Download or export it again.", "Скачайте или выгрузите его ещё раз."),
        code="damaged",
    )
