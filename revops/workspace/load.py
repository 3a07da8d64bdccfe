"""Writing one import, and taking it out again. Callers hold the transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from revops.errors import WorkspaceError
from revops.ingest import mapping_json
from revops.ingest.own_export import extra_name
from revops.ingest.types import EntityMapping, Mapping, Rejection, StagedEntity, StagedLoad, quoted
from revops.ingest.watch import Meter, meter
from revops.model import ENTITY
from revops.text import Text
from revops.workspace import channels, merge, raw, stages, summary
from revops.workspace.schema import references
from revops.workspace.settle import (
    Settling,
    arriving_sql,
    can_arrive_settled,
    moved_sql,
    old_columns,
    spelled_otherwise,
)

BATCH = 200_000
MANY = 50_000  # rows that are sooner settled on their way in than updated where they are
SAID = Text("", "")
LOADING = Text("Loading rows", "Загрузка строк")
SETTLING = Text("Linking records", "Связывание записей")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityReport:
    """What a load did to one entity. added, updated: records; rejected: rows; duplicates: repeated keys in the file."""

    entity: str
    accepted: int
    rejected: int
    duplicates: int
    added: int
    updated: int
    rejections: tuple[Rejection, ...]


@dataclass(slots=True)
class Late:
    """The largest entity of a load, where none of its records is there yet: its rows come in last and settled, once
    everything that they refer to is there. import_id: None until its import is written."""

    staged: StagedLoad
    one: StagedEntity
    import_id: int | None = None

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> Late | None:
        named = [e.entity for load in staged for e in load]
        events = "stage_events" in named or _any(cursor, "main.stage_events")
        able = [
            cls(load, e)
            for load in staged
            for e in load
            if e.accepted_count >= MANY
            and named.count(e.entity) == 1
            and can_arrive_settled(e.entity)
            and e.entity != "stage_events"  # what stages mean is read from them before
            and not (e.entity == "opportunities" and events)
        ]
        return max(able, key=lambda late: late.one.accepted_count, default=None)

    def counted_stages(self) -> list[stages.Counted]:
        """The stages of late deals."""
        told = (n if n in self.one.fields else f"NULL AS {n}" for n in ("pipeline", "stage", "status"))
        deals = f"(SELECT {', '.join(told)} FROM {self.one.accepted})"
        return self.staged.raw.staging.execute(f"{stages.COUNTED_SQL.format(deals=deals)} ORDER BY ALL").fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did. already_loaded: the same file with the same mapping was there, nothing changed.

    replaced: an earlier import of the file, read otherwise, was replaced (and keeps its id and its place in the order).
    """

    import_id: int
    file: str
    sheet: str | None
    rows: int
    already_loaded: bool
    replaced: bool
    entities: tuple[EntityReport, ...]
    notes: tuple[Text, ...]

    @property
    def accepted(self) -> int:
        return sum(e.accepted for e in self.entities)

    @property
    def rejected(self) -> int:
        return sum(e.rejected for e in self.entities)


def load(
    cursor: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], loaded_at: dt.datetime, told: Meter | None = None
) -> list[LoadReport]:
    """Writes the loads in order; a file that is there with the same mapping is left alone."""
    reports: list[LoadReport] = []
    told = told or meter()
    settling = Settling(cursor)
    late = Late.of(cursor, staged)
    for one in staged:
        earlier = _earlier(cursor, one)
        if earlier and earlier[1] == _mapping_id(one):
            reports.append(_report(one, earlier[0], already_loaded=True))
            continue
        if earlier:
            _take_out(cursor, earlier[0], settling)
        told.begin(LOADING, one.raw.name, one.raw.row_count)
        reports.append(_write(cursor, one, earlier[0] if earlier else None, loaded_at, settling, told, late))
    if settling.changed:
        told.begin(SETTLING)
        finish(cursor, settling, late)
    return reports


def undo(cursor: duckdb.DuckDBPyConnection, import_id: int) -> None:
    """Takes an import out; the log keeps its line. Raises WorkspaceError where there is no such import."""
    row = cursor.execute("SELECT active FROM log.imports WHERE import_id = ?", [import_id]).fetchone()
    if row is None or not row[0]:
        raise WorkspaceError(
            Text("There is no import {id} to undo.", "Нет импорта {id}, который можно отменить.").format(id=import_id),
            fix=Text("See the list of imports.", "Посмотрите список импортов."),
            code="no_import",
        )
    settling = Settling(cursor)
    _take_out(cursor, import_id, settling)
    cursor.execute("UPDATE log.imports SET active = false WHERE import_id = ?", [import_id])
    finish(cursor, settling)


def settle_again(cursor: duckdb.DuckDBPyConnection, entities: set[str]) -> None:
    """After a person decided about stages or channels."""
    settling = Settling(cursor)
    for name in sorted(entities):
        settling.unsettle(name, None)
    finish(cursor, settling)


def finish(cursor: duckdb.DuckDBPyConnection, settling: Settling, late: Late | None = None) -> None:
    """Settling, lookups and the summary, after rows of main changed; `late` rows come in settled."""
    late = late if late and late.import_id is not None else None
    told = meter()
    told.part(0.0, 0.05)
    settling.reach()
    told.part(0.05, 0.1)
    changed, remeant = stages.refresh(
        cursor, late.counted_stages() if late and late.one.entity == "opportunities" else None
    )
    if changed:
        settling.changed.add("stage_meanings")
    if remeant:
        settling.unsettle("opportunities", None)
    told.part(0.1, 0.5)
    if late:
        _bring_in(cursor, late, settling, told)
    settling.settle()
    if channels.refresh(cursor):
        settling.changed.add("channel_groups")
    told.part(0.5, 1.0)
    summary.refresh(cursor, settling.changed)


def _write(
    cursor: duckdb.DuckDBPyConnection,
    staged: StagedLoad,
    reuse: int | None,
    loaded_at: dt.datetime,
    settling: Settling,
    meter: Meter,
    late: Late | None = None,
) -> LoadReport:
    import_id = _log_import(cursor, staged, reuse, loaded_at)
    raw.store(cursor, staged.raw, import_id)
    done: dict[str, tuple[int, int]] = {}
    for part, (one, mapping) in enumerate(_parts(staged)):
        meter.begin(LOADING, staged.raw.name, one.accepted_count)
        ranked = merge.rank(mapping.role, import_id, part)
        _log_source(cursor, one, mapping, import_id, part, ranked)
        _log_headers(cursor, staged.mapping, mapping, import_id)
        alone = sum(e.entity == one.entity for e in staged) == 1
        if late and one is late.one and not _any(cursor, f"main.{one.entity}"):
            settling.touch(one.entity, None)
            late.import_id = import_id
            added, updated = one.accepted_count, 0
        elif alone and not _any(cursor, f"main.{one.entity}"):
            settling.touch(one.entity, None)
            _hand_over_rows(cursor, staged, one, import_id, f"main.{one.entity}", meter)
            _check_keys(cursor, one, f"main.{one.entity}")
            added, updated = one.accepted_count, 0
        else:
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE _incoming AS FROM main.{one.entity} LIMIT 0")
            _hand_over_rows(cursor, staged, one, import_id, "_incoming", meter)
            _check_keys(cursor, one, "_incoming")
            added, updated = merge.add(cursor, one.entity, import_id, ranked, alone=alone, settling=settling)
            cursor.execute("DROP TABLE _incoming")
        before = done.get(one.entity, (0, 0))
        done[one.entity] = (before[0] + added, before[1] + updated)
        _store_rejected(cursor, staged, one, import_id, meter)
    return _report(staged, import_id, replaced=reuse is not None, done=done)


def _parts(staged: StagedLoad) -> Iterator[tuple[StagedEntity, EntityMapping]]:
    """Each staged entity with its mapping: the n-th of a name belongs to the n-th mapping of that name."""
    waiting = list(staged.mapping.entities)
    for one in staged:
        mapping = next(m for m in waiting if m.entity == one.entity)
        waiting.remove(mapping)
        yield one, mapping


def _log_import(
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
            mapping_json.to_json(staged.mapping), _mapping_id(staged), staged.mapping.as_of, table.layout.header_line,
        ],
    )  # fmt: skip
    return import_id


def _hand_over(cursor: duckdb.DuckDBPyConnection, staged: StagedLoad, source: str, target: str, meter: Meter) -> None:
    """Rows of a query on the staging connection into a query here: `target` reads them as `incoming`."""
    for connection in (staged.raw.staging, cursor):
        connection.abort()  # a half-read answer of whoever used it before
    answer = staged.raw.staging.sql(source).to_arrow_reader(BATCH)
    cursor.register("incoming", pa.RecordBatchReader.from_batches(answer.schema, meter.counted(answer)))
    try:
        cursor.execute(target).fetchall()
    finally:
        cursor.unregister("incoming")


def _hand_over_rows(
    cursor: duckdb.DuckDBPyConnection, staged: StagedLoad, one: StagedEntity, import_id: int, table: str, meter: Meter
) -> None:
    fields = [f.name for f in ENTITY[one.entity].fields if f.name in one.fields]
    columns = ", ".join([*(quoted(f) for f in fields), "extra", "_row", "_key"])
    _hand_over(
        cursor,
        staged,
        f"SELECT {columns} FROM {one.accepted}",
        f"INSERT INTO {table} ({columns}, _import_id) SELECT {columns}, {import_id} FROM incoming",
        meter,
    )


def _bring_in(cursor: duckdb.DuckDBPyConnection, late: Late, settling: Settling, meter: Meter) -> None:
    """The late rows into main as they settle, and what they say into settled.<entity>.

    Where references have to be spelled otherwise, the rows come in as they are and are settled like any others.
    """
    one, model = late.one, ENTITY[late.one.entity]
    if _spells_otherwise(cursor, late, meter):
        assert late.import_id is not None
        _hand_over_rows(cursor, late.staged, one, late.import_id, f"main.{one.entity}", meter)
        _check_keys(cursor, one, f"main.{one.entity}")
        return
    columns = [*(quoted(f.name) for f in model.fields), "extra", "_row", "_key"]
    typed = [
        quoted(f.name) if f.name in one.fields else f"CAST(NULL AS {f.type.sql}) AS {f.name}" for f in model.fields
    ]
    source = f"SELECT {', '.join([*typed, 'extra', '_row', '_key'])} FROM {one.accepted}"
    meter.begin(LOADING, late.staged.raw.name, 2 * one.accepted_count)
    arriving = arriving_sql(cursor, one.entity)
    if one.entity == "opportunities":  # references alone move nothing here
        kept = f"SELECT _key, {old_columns(one.entity)} FROM ({arriving}) WHERE {moved_sql(one.entity)}"
        _hand_over(cursor, late.staged, source, f"INSERT INTO settled.{one.entity} {kept}", meter)
    listed = ", ".join(columns)
    settled = f"SELECT {listed}, {late.import_id} FROM ({arriving})"
    _hand_over(cursor, late.staged, source, f"INSERT INTO main.{one.entity} ({listed}, _import_id) {settled}", meter)
    _check_keys(cursor, one, f"main.{one.entity}")
    settling.arrived(one.entity)


def _spells_otherwise(cursor: duckdb.DuckDBPyConnection, late: Late, meter: Meter) -> bool:
    """Whether a late row names a record in another spelling than the record's own."""
    for field, parent in references(ENTITY[late.one.entity]).items():
        if field not in late.one.fields or not _any(cursor, f"main.{parent}"):
            continue
        said = f"SELECT DISTINCT {quoted(field)} AS said FROM {late.one.accepted} WHERE {quoted(field)} IS NOT NULL"
        _hand_over(cursor, late.staged, said, "CREATE OR REPLACE TEMP TABLE _said AS FROM incoming", meter)
        found = spelled_otherwise(cursor, parent)
        cursor.execute("DROP TABLE _said")
        if found:
            return True
    return False


def _check_keys(cursor: duckdb.DuckDBPyConnection, one: StagedEntity, table: str) -> None:
    if one.distinct_keys:
        counted = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
        if counted != (one.accepted_count,):
            raise ValueError(f"staged {one.entity}: {one.accepted_count} rows were promised, {counted} came")
        return
    counted = cursor.execute(f"SELECT count(*), count(DISTINCT _key) FROM {table}").fetchone()
    if counted is None or counted[0] != counted[1]:
        raise ValueError(f"staged {one.entity}: {counted} rows and distinct keys; each row needs a key of its own")


def _log_source(
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


def _log_headers(cursor: duckdb.DuckDBPyConnection, whole: Mapping, mapping: EntityMapping, import_id: int) -> None:
    """Which header filled which field; headers kept in `extra` have no field."""
    pairs = [(f.field, f.column) for f in mapping.fields if f.column is not None]
    pairs += [(f"extra.{name}", name) for name in (extra_name(whole, header) for header in mapping.extra)]
    cursor.execute(
        "INSERT INTO log.headers SELECT ?, ?, unnest(CAST(? AS VARCHAR[])), unnest(CAST(? AS VARCHAR[]))",
        [import_id, mapping.entity, [field for field, _ in pairs], [header for _, header in pairs]],
    )


def _store_rejected(
    cursor: duckdb.DuckDBPyConnection, staged: StagedLoad, one: StagedEntity, import_id: int, meter: Meter
) -> None:
    _hand_over(
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


def _take_out(cursor: duckdb.DuckDBPyConnection, import_id: int, settling: Settling) -> None:
    """Everything of an import but its line in the log."""
    names = _entities(cursor, import_id)
    for table in ("sources", "headers", "rejected", "rejections"):
        cursor.execute(f"DELETE FROM log.{table} WHERE import_id = ?", [import_id])
    for name in sorted(names):
        merge.remove(cursor, name, import_id, settling)
    raw.remove(cursor, import_id)


def _any(cursor: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return cursor.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None


def _entities(cursor: duckdb.DuckDBPyConnection, import_id: int) -> set[str]:
    return {e for (e,) in cursor.execute("SELECT entity FROM log.sources WHERE import_id = ?", [import_id]).fetchall()}


def _earlier(cursor: duckdb.DuckDBPyConnection, staged: StagedLoad) -> tuple[int, str] | None:
    """The active import of the same file and sheet: its id and how it was read."""
    row = cursor.execute(
        "SELECT import_id, mapping_id FROM log.imports WHERE active AND sha256 = ? AND sheet IS NOT DISTINCT FROM ?",
        [staged.raw.file.sha256, staged.raw.layout.sheet],
    ).fetchone()
    return (int(row[0]), row[1]) if row else None


def _mapping_id(staged: StagedLoad) -> str:
    """Equal where the file is read in the same way: layout and mapping, without the reasons for proposing it."""
    bare = _bare(staged.mapping)
    told = (mapping_json.to_json(bare), repr(staged.raw.layout), staged.raw.columns)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _bare(mapping: Mapping) -> Mapping:
    def entity(one: EntityMapping) -> EntityMapping:
        fields = tuple(replace(f, confidence=1.0, reason=SAID, assumed=False) for f in one.fields)
        return replace(one, fields=fields, confidence=1.0, reason=SAID)

    return replace(mapping, entities=tuple(entity(e) for e in mapping.entities), questions=())


def _report(
    staged: StagedLoad,
    import_id: int,
    *,
    already_loaded: bool = False,
    replaced: bool = False,
    done: dict[str, tuple[int, int]] | None = None,
) -> LoadReport:
    entities = []
    for one in staged:
        added, updated = (done or {}).get(one.entity, (0, 0))
        entities.append(
            EntityReport(
                entity=one.entity,
                accepted=one.accepted_count,
                rejected=one.rejected_count,
                duplicates=one.duplicates,
                added=added,
                updated=updated,
                rejections=one.rejections,
            )
        )
    return LoadReport(
        import_id=import_id,
        file=staged.raw.file.name,
        sheet=staged.raw.layout.sheet,
        rows=staged.raw.row_count,
        already_loaded=already_loaded,
        replaced=replaced,
        entities=tuple(entities),
        notes=staged.notes,
    )
