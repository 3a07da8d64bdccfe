"""A made-up company in a new workspace, by way of the importer's own hand-over: typed rows, keyed, none rejected."""

from __future__ import annotations

from pathlib import Path

from revops.ingest.types import (
    EntityMapping,
    FieldMapping,
    Layout,
    Mapping,
    RawTable,
    SourceFile,
    StagedEntity,
    StagedLoad,
    quoted,
)
from revops.ingest.watch import Tell
from revops.model import ENTITY
from revops.synth.company import TABLES, Size, made
from revops.workspace import Workspace


def build(path: Path, size: Size, *, progress: Tell | None = None) -> Workspace:
    """A new workspace at `path` that holds the company; the caller closes it. Nothing is at `path` before.

    progress: as Workspace.load_many takes it.
    """
    workspace = Workspace.open(path)
    loads = [one for entity in TABLES if (one := staged(entity, size)) is not None]
    try:
        workspace.load_many(loads, progress=progress)
    finally:
        for one in loads:
            one.raw.close()
    return workspace


def staged(entity: str, size: Size) -> StagedLoad | None:
    """The rows of an entity as the importer hands them over; they are made as they are read. None: there are none."""
    staging = made(size, (entity,))
    (rows,) = staging.execute(f"SELECT count(*) FROM made_{entity}").fetchone() or (0,)
    if not rows:
        staging.close()
        return None
    described = {row[0] for row in staging.execute(f"DESCRIBE made_{entity}").fetchall()}
    fields = tuple(f.name for f in ENTITY[entity].fields if f.name in described)
    typed = ", ".join(f"CAST({quoted(f)} AS {ENTITY[entity].field(f).type.sql}) AS {quoted(f)}" for f in fields)
    texts = ", ".join(f"CAST({quoted(f)} AS VARCHAR) AS {quoted(f)}" for f in fields)
    key_field = ENTITY[entity].key_field
    key = f"lower({key_field.name})" if key_field else "'line ' || (n + 1)"
    staging.execute(f"CREATE VIEW raw AS SELECT n + 1 AS _row, {texts} FROM made_{entity}")
    staging.execute(
        f"CREATE VIEW accepted AS SELECT n + 1 AS _row, {key} AS _key, {typed}, NULL::VARCHAR AS extra "
        f"FROM made_{entity}"
    )
    staging.execute("CREATE TABLE rejected (_row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR)")
    raw = RawTable(
        file=SourceFile(
            name=f"{entity}.csv", path=Path(f"{entity}.csv"), sha256=f"{entity} {size.seed} {rows}", size=rows
        ),
        layout=Layout(format="csv"),
        columns=fields,
        original_headers=fields,
        row_count=rows,
        staging=staging,
    )
    mapping = EntityMapping(entity=entity, fields=tuple(FieldMapping(field=f, column=f) for f in fields))
    part = StagedEntity(
        entity=entity,
        accepted="accepted",
        rejected="rejected",
        fields=fields,
        accepted_count=rows,
        rejected_count=0,
        duplicates=0,
        rejections=(),
    )
    return StagedLoad(raw=raw, mapping=Mapping(entities=(mapping,)), entities=(part,))
