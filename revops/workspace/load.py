"""Writing one import, and taking it out again. Callers hold the transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb

from revops.errors import WorkspaceError
from revops.ingest.types import EntityMapping, StagedEntity, StagedLoad
from revops.ingest.watch import Meter, meter
from revops.text import Text
from revops.workspace import channels, import_log, late, merge, raw, stages, summary
from revops.workspace.before import Before, Counts
from revops.workspace.handover import check_keys, hand_over_rows
from revops.workspace.late import LOADING, Late
from revops.workspace.reports import EntityReport, LoadReport, report
from revops.workspace.settle import Settling

__all__ = ["EntityReport", "LoadReport", "finish", "load", "settle_again", "undo"]

SETTLING = Text("Linking records", "Связывание записей")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A staged load and the import that it is now. there: it was loaded already; replaced: an earlier reading was."""

    staged: StagedLoad
    import_id: int
    there: bool
    replaced: bool


def load(
    cursor: duckdb.DuckDBPyConnection,
    staged: Sequence[StagedLoad],
    loaded_at: dt.datetime,
    told: Meter | None = None,
    before: Before | None = None,
) -> list[LoadReport]:
    """Writes the loads in order; a file that is there with the same mapping is left alone.

    before: what records said that somebody took out for the sake of this load.
    """
    told = told or meter()
    before = before or Before(cursor)
    settling = Settling(cursor, before)
    last = Late.of(cursor, staged)
    loaded: list[_Loaded] = []
    for one in staged:
        earlier = import_log.earlier(cursor, one)
        if earlier and earlier[1] == import_log.mapping_id_of(one):
            loaded.append(_Loaded(one, earlier[0], there=True, replaced=False))
            continue
        if earlier:
            _take_out(cursor, earlier[0], settling)
        told.begin(LOADING, one.raw.name, sum(e.accepted_count for e in one))
        import_id = _write(cursor, one, earlier[0] if earlier else None, loaded_at, settling, told, last)
        loaded.append(_Loaded(one, import_id, there=False, replaced=earlier is not None))
    if settling.changed:
        if last is None or last.import_id is None:
            told.begin(SETTLING)
        finish(cursor, settling, last)
    return _reports(loaded, before)


def _reports(loaded: Sequence[_Loaded], before: Before) -> list[LoadReport]:
    reports = []
    removed: dict[str, int] = {}
    for one in loaded:
        counts: dict[str, Counts] = {}
        for entity in dict.fromkeys(e.entity for e in one.staged):
            filling = [other.import_id for other in loaded if any(e.entity == entity for e in other.staged)]
            gone = 0
            if one.replaced and entity not in removed:
                gone = removed[entity] = before.gone(entity)
            counts[entity] = replace(before.count(entity, one.import_id, filling), removed=gone)
        reports.append(report(one.staged, one.import_id, counts, already_loaded=one.there, replaced=one.replaced))
    before.forget()
    return reports


def undo(cursor: duckdb.DuckDBPyConnection, import_id: int, before: Before | None = None) -> None:
    """Takes an import out; the log keeps its line. before: keeps what its records said.

    Raises WorkspaceError where there is no such import.
    """
    row = cursor.execute("SELECT active FROM log.imports WHERE import_id = ?", [import_id]).fetchone()
    if row is None or not row[0]:
        raise WorkspaceError(
            Text("There is no import {id} to undo.", "Нет импорта {id}, который можно отменить.").format(id=import_id),
            fix=Text("See the list of imports.", "Посмотрите список импортов."),
            code="no_import",
        )
    settling = Settling(cursor, before)
    _take_out(cursor, import_id, settling)
    cursor.execute("UPDATE log.imports SET active = false WHERE import_id = ?", [import_id])
    finish(cursor, settling)


def settle_again(cursor: duckdb.DuckDBPyConnection, entities: set[str]) -> None:
    """After a person decided about stages or channels."""
    settling = Settling(cursor)
    for name in sorted(entities):
        settling.unsettle(name, None)
    finish(cursor, settling)


def finish(cursor: duckdb.DuckDBPyConnection, settling: Settling, last: Late | None = None) -> None:
    """Settling, lookups and the summary, after rows of main changed; the `last` rows come in settled.

    With late rows the phase before, loading, goes on until they are in.
    """
    last = last if last and last.import_id is not None else None
    told = meter()
    if last is None:
        told.part(0.0, 0.1)
    settling.reach()
    changed, remeant = stages.refresh(
        cursor, last.counted_stages() if last and last.one.entity == "opportunities" else None
    )
    if changed:
        settling.changed.add("stage_meanings")
    if remeant:
        settling.unsettle("opportunities", None)
    if last:
        late.bring_in(cursor, last, settling, told)
        told.begin(SETTLING)
    told.part(0.1, 0.5)
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
    last: Late | None = None,
) -> int:
    """Returns the import's id."""
    import_id = import_log.write_import(cursor, staged, reuse, loaded_at)
    if settling.before is not None:
        settling.before.brings(import_id)
    meter.part(0.0, 0.2)
    raw.store(cursor, staged.raw, import_id)
    meter.part(0.2, 0.2)  # from here on, rows are counted
    for part, (one, mapping) in enumerate(_parts(staged)):
        ranked = merge.rank(mapping.role, import_id, part)
        import_log.write_source(cursor, one, mapping, import_id, part, ranked)
        import_log.write_headers(cursor, staged.mapping, mapping, import_id)
        alone = sum(e.entity == one.entity for e in staged) == 1
        if last and one is last.one and not _any(cursor, f"main.{one.entity}"):
            settling.touch(one.entity, None)
            last.import_id = import_id
        elif alone and not _any(cursor, f"main.{one.entity}"):
            settling.touch(one.entity, None)
            hand_over_rows(cursor, staged, one, import_id, f"main.{one.entity}", meter)
            check_keys(cursor, one, f"main.{one.entity}")
        else:
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE _incoming AS FROM main.{one.entity} LIMIT 0")
            hand_over_rows(cursor, staged, one, import_id, "_incoming", meter)
            check_keys(cursor, one, "_incoming")
            merge.add(cursor, one.entity, ranked, alone=alone, settling=settling)
            cursor.execute("DROP TABLE _incoming")
        import_log.write_rejected(cursor, staged, one, import_id, meter)
    return import_id


def _parts(staged: StagedLoad) -> Iterator[tuple[StagedEntity, EntityMapping]]:
    """Each staged entity with its mapping: the n-th of a name belongs to the n-th mapping of that name."""
    waiting = list(staged.mapping.entities)
    for one in staged:
        mapping = next(m for m in waiting if m.entity == one.entity)
        waiting.remove(mapping)
        yield one, mapping


def _take_out(cursor: duckdb.DuckDBPyConnection, import_id: int, settling: Settling) -> None:
    """Everything of an import but its line in the log."""
    names = import_log.entities_of(cursor, import_id)
    for table in ("sources", "headers", "rejected", "rejections"):
        cursor.execute(f"DELETE FROM log.{table} WHERE import_id = ?", [import_id])
    for name in sorted(names):
        merge.remove(cursor, name, import_id, settling)
    raw.remove(cursor, import_id)


def _any(cursor: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return cursor.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None
