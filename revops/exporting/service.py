"""One entity as a file, or all of them as an archive with a manifest."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from revops import __version__
from revops.exporting.columns import columns_of
from revops.exporting.formats import Format
from revops.exporting.writers import writer_of
from revops.ingest.own_export import MANIFEST
from revops.model import ENTITIES, Entity, entity
from revops.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One table of an export. columns: headers in their order; rows: records, 0 where only the header was written."""

    entity: str
    file: str
    rows: int
    columns: tuple[str, ...]


def export(
    workspace: Workspace, entity_: str, format_: Format, path: Path, *, bom: bool = False, safe: bool = False
) -> Exported:
    """Writes every record of the entity to `path`, whole or not at all; a file that is there is replaced.

    bom: begin CSV with a byte order mark, by which Excel knows UTF-8. safe: let a spreadsheet take no text of a CSV
    for a formula (see `revops.ingest.own_export`; XLSX never does). Memory does not grow with the table. Raises
    UnknownName for an entity that does not exist, BadParameter where XLSX cannot hold the table.
    """
    model = entity(entity_)
    with _snapshot(workspace) as cursor, _in_place_of(path) as target:
        return _write(cursor, model, format_, target, path.name, bom=bom, safe=safe)


def export_all(
    workspace: Workspace, format_: Format, path: Path, *, bom: bool = False, safe: bool = False
) -> list[Exported]:
    """Writes every entity that has records into a ZIP at `path`, all of one moment, and a manifest beside them.

    The manifest says what the tables are and what a person decided (settings, stages, channels). Raises as `export`.
    """
    done: list[Exported] = []
    digests: dict[str, str] = {}
    with (
        _snapshot(workspace) as cursor,
        _in_place_of(path) as target,
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        for model in ENTITIES:
            if not cursor.execute(f"SELECT 1 FROM main.{model.name} LIMIT 1").fetchall():
                continue
            name = f"{model.name}.{format_.value}"
            table = Path(folder) / name
            done.append(_write(cursor, model, format_, table, name, bom=bom, safe=safe))
            digests[name] = _sha256(table)
            archive.write(table, name)
            table.unlink()
        archive.writestr(
            MANIFEST, json.dumps(_manifest(workspace, format_, done, digests), indent=2, ensure_ascii=False)
        )
    return done


def _write(
    cursor: duckdb.DuckDBPyConnection, model: Entity, format_: Format, target: Path, name: str, *, bom: bool, safe: bool
) -> Exported:
    columns, source = columns_of(cursor, model)
    rows = writer_of(format_, model, bom=bom, safe=safe)(cursor, source, columns, target)
    return Exported(entity=model.name, file=name, rows=rows, columns=tuple(c.header for c in columns))


def _manifest(workspace: Workspace, format_: Format, done: list[Exported], digests: dict[str, str]) -> dict[str, Any]:
    as_of = workspace.as_of()
    return {
        "revops_export": 1,
        "version": __version__,
        "workspace": workspace.name,
        "exported_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "as_of": as_of.isoformat() if as_of else None,
        "fingerprint": workspace.fingerprint,
        "format": format_.value,
        "tables": [{**asdict(one), "sha256": digests[one.file]} for one in done],
        "settings": asdict(workspace.settings),
        "stages": workspace.stages().to_dict("records"),
        "channels": workspace.channels().to_dict("records"),
    }


@contextmanager
def _snapshot(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor that sees the data of one moment, whatever is loaded meanwhile."""
    cursor = workspace.cursor()
    try:
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        yield cursor
    finally:
        cursor.close()


@contextmanager
def _in_place_of(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield target
        target.replace(path)
    finally:
        target.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
