"""What is written down about an import besides its rows: file, mapping, sources, headers, rejected rows."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import duckdb

from revops.ingest import mapping_json
from revops.ingest.own_export import extra_name
from revops.ingest.types import EntityMapping, Mapping, StagedEntity, StagedLoad
from revops.ingest.watch import Meter
from revops.model import ENTITY
from revops.text import Text
from revops.workspace.handover import hand_over

SAID = Text("", "")


def earlier(cursor: duckdb.DuckDBPyConnection, staged: StagedLoad) -> tuple[int, str] | None:
    """The active import of the same file and sheet: its id and how it was read."""
    row = cursor.execute(
        "SELECT import_id, mapping_id FROM log.imports WHERE active AND sha256 = ? AND sheet IS NOT DISTINCT FROM ?",
        [staged.raw.file.sha256, staged.raw.layout.sheet],
    ).fetchone()
    return (int(row[0]), row[1]) if row else None


def write_import(
    cursor: duckdb.DuckDBPyConnection, staged: StagedLoad, reuse: int | None, loaded_at: dt.datetime
) -> int:
    row = cursor.execute("SELECT coalesce(max(import_id), 0) + 1 FROM log.imports").fetchone()
    assert row is not None
    import_id = int(row[0]) if reuse is None else reuse
    cursor.execute("DELETE FROM log.imports WHERE import_id = ?", [import_id])
    table = staged.raw
    cursor.execute(
        "INSERT INTO log.imports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, true)",
        [
            import_id, table.file.name, table.layout.sheet, table.file.sha256, loaded_at, table.row_count,
            sum(e.accepted_count for e in staged), sum(e.rejected_count for e in staged),
            mapping_json.to_json(staged.mapping), mapping_id_of(staged), staged.mapping.as_of, table.layout.header_line,
        ],
    )  # fmt: skip
    return import_id


def write_source(
    cursor: duckdb.DuckDBPyConnection,
    one: StagedEntity,
    mapping: EntityMapping,
    import_id: int,
    part: int,
    ranked: int,
) -> None:
    fields = [f.name for f in ENTITY[one.entity].fields if f.name in one.fields]
    cursor.execute(
        "INSERT INTO log.sources VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [import_id, part, one.entity, mapping.role, ranked, fields, one.accepted_count, one.rejected_count],
    )


def write_headers(cursor: duckdb.DuckDBPyConnection, whole: Mapping, mapping: EntityMapping, import_id: int) -> None:
    """Which header filled which field; headers kept in `extra` have no field."""
    pairs = [(f.field, f.column) for f in mapping.fields if f.column is not None]
    pairs += [(f"extra.{name}", name) for name in (extra_name(whole, header) for header in mapping.extra)]
    cursor.execute(
        "INSERT INTO log.headers SELECT ?, ?, unnest(CAST(? AS VARCHAR[])), unnest(CAST(? AS VARCHAR[]))",
        [import_id, mapping.entity, [field for field, _ in pairs], [header for _, header in pairs]],
    )


def write_rejected(
    cursor: duckdb.DuckDBPyConnection, staged: StagedLoad, one: StagedEntity, import_id: int, meter: Meter
) -> None:
    hand_over(
        cursor,
        staged,
        f"SELECT _row, field, code, value FROM {one.rejected}",
        f"INSERT INTO log.rejected SELECT {import_id}, '{one.entity}', _row, field, code, value FROM incoming",
        meter,
    )
    model = ENTITY[one.entity]
    for r in one.rejections:
        label = model.field(r.field).label if r.field in model else model.label
        said = Text("{label}: {reason}", "{label}: {reason}").format(label=label, reason=r.reason)
        cursor.execute(
            "INSERT INTO log.rejections VALUES (?, ?, ?, ?, ?, ?, ?)",
            [import_id, one.entity, r.field, r.code, said.en, said.ru, r.count],
        )


def entities_of(cursor: duckdb.DuckDBPyConnection, import_id: int) -> set[str]:
    return {e for (e,) in cursor.execute("SELECT entity FROM log.sources WHERE import_id = ?", [import_id]).fetchall()}


def mapping_id_of(staged: StagedLoad) -> str:
    """Equal where the file is read in the same way: layout and mapping, without the reasons for proposing it."""
    bare = _bare(staged.mapping)
    told = (mapping_json.to_json(bare), repr(staged.raw.layout), staged.raw.columns)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _bare(mapping: Mapping) -> Mapping:
    def entity(one: EntityMapping) -> EntityMapping:
        fields = tuple(replace(f, confidence=1.0, reason=SAID, assumed=False) for f in one.fields)
        return replace(one, fields=fields, confidence=1.0, reason=SAID)

    return replace(mapping, entities=tuple(entity(e) for e in mapping.entities), questions=())
