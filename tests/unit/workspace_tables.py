"""Hand-made staged loads: what parsing hands to a workspace, written as small tables in the test."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from revops.ingest.types import (
    EntityMapping,
    FieldMapping,
    Layout,
    Mapping,
    RawTable,
    Rejection,
    SourceFile,
    StagedEntity,
    StagedLoad,
    quoted,
)
from revops.model import ENTITY
from revops.text import Text
from revops.workspace import Workspace

Row = MappingABC[str, Any]


def staged(
    file: str = "deals.csv",
    *,
    rows: MappingABC[str, Sequence[Row]],
    mentions: Sequence[str] = (),
    fields: MappingABC[str, Sequence[str]] | None = None,
    extra: Sequence[str] = (),
    rejected: Sequence[tuple[int, str, str, str | None]] = (),
    raw: Sequence[Sequence[str | None]] = (("1",),),
    columns: Sequence[str] = ("c",),
    as_of: dt.date | None = None,
    reading: str = "",
    content: str | None = None,
    sheet: str | None = None,
) -> StagedLoad:
    """entity -> rows (field -> value; "extra" -> dict). The mapped fields are those of the rows, or `fields`.

    mentions: entities named by the way. reading: another way to map the same file. content: stands for its bytes.
    """
    connection = duckdb.connect()
    names = ", ".join(f"{quoted(c)} VARCHAR" for c in columns)
    connection.execute(f"CREATE TABLE raw (_row BIGINT, {names})")
    for number, line in enumerate(raw, start=1):
        connection.execute(f"INSERT INTO raw VALUES ({', '.join('?' * (len(line) + 1))})", [number, *line])
    entities, mappings = [], []
    for name, records in rows.items():
        mapped = tuple((fields or {}).get(name) or dict.fromkeys(f for r in records for f in r if f != "extra"))
        entities.append(_entity(connection, name, mapped, records, rejected if not entities else ()))
        mappings.append(
            EntityMapping(
                entity=name,
                fields=tuple(FieldMapping(field=f, column=f.replace("_", " ").title()) for f in mapped),
                role="mention" if name in mentions else "rows",
                extra=tuple(extra),
                where=reading or None,
            )
        )
    digest = hashlib.sha256((content or file).encode()).hexdigest()
    table = RawTable(
        file=SourceFile(name=file, path=Path(file), sha256=digest, size=1),
        layout=Layout(format="csv", sheet=sheet),
        columns=tuple(columns),
        original_headers=tuple(columns),
        row_count=len(raw),
        staging=connection,
    )
    return StagedLoad(raw=table, mapping=Mapping(entities=tuple(mappings), as_of=as_of), entities=tuple(entities))


def _entity(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    mapped: tuple[str, ...],
    records: Sequence[Row],
    rejected: Sequence[tuple[int, str, str, str | None]],
) -> StagedEntity:
    model = ENTITY[name]
    types = "".join(f", {quoted(f)} {model.field(f).type.sql}" for f in mapped)
    connection.execute(f"CREATE TABLE accepted_{name} (_row BIGINT, _key VARCHAR{types}, extra VARCHAR)")
    connection.execute(f"CREATE TABLE rejected_{name} (_row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR)")
    for number, record in enumerate(records, start=1):
        own = json.dumps(record["extra"], ensure_ascii=False) if record.get("extra") else None
        values = [number, key(name, record), *(record.get(f) for f in mapped), own]
        connection.execute(f"INSERT INTO accepted_{name} VALUES ({', '.join('?' * len(values))})", values)
    for problem in rejected:
        connection.execute(f"INSERT INTO rejected_{name} VALUES (?, ?, ?, ?)", list(problem))
    kinds = dict.fromkeys((field, code) for _, field, code, _ in rejected)
    return StagedEntity(
        entity=name,
        accepted=f"accepted_{name}",
        rejected=f"rejected_{name}",
        fields=mapped,
        accepted_count=len(records),
        rejected_count=len({p[0] for p in rejected}),
        duplicates=0,
        rejections=tuple(
            Rejection(entity=name, field=f, code=c, reason=Text(f"{f} is bad", f"{f} плохо"), count=1, examples=())
            for f, c in kinds
        ),
    )


def key(name: str, record: Row) -> str:
    """The folded stable key, as parsing makes it."""
    model = ENTITY[name]
    parts = [model.key_field.name] if model.key_field else list(model.natural_key)
    return chr(31).join(str(record.get(p) or "").strip().lower() for p in parts)


def table(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    cursor = workspace.cursor()
    try:
        return cursor.execute(sql).fetchall()
    finally:
        cursor.close()


def everything(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """All rows that analyses can read, and what is known about them."""
    names = [*ENTITY, "stage_meanings", "channel_groups"]
    found = {n: sorted(table(workspace, f"SELECT * FROM {n}"), key=repr) for n in names}
    return {
        **found,
        "filled": sorted((e, sorted(f)) for e, f in workspace.filled().items()),
        "as_of": [(workspace.as_of(),)],
    }


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
