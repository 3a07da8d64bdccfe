"""What a load would do, before it is done: the load itself, rehearsed in a transaction that is never committed.

So the counts are exact whatever the files and the workspace hold, and nothing is left behind.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from revops.ingest import scratch
from revops.ingest.types import StagedLoad, quoted
from revops.model import ENTITY
from revops.workspace import LoadReport, Workspace
from revops.workspace.load import load as write_loads


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What one file would do to one entity.

    insert: records that are not there yet (one that two of the files hold counts in the first). update: records that
    are there, or come with an earlier of the files, and would say something else. unchanged: records that are there
    and would say the same. reject: rows of the file. remove: records that would go, because this very file is loaded
    now and is read otherwise.
    """

    file: str
    sheet: str | None
    entity: str
    insert: int
    update: int
    unchanged: int
    reject: int
    remove: int = 0


def dry_run(workspace: Workspace | None, staged: Sequence[StagedLoad]) -> list[Forecast]:
    """One line a file and entity, in the order of the load. workspace None: there is no workspace yet.

    Takes as long as the load; other writers wait meanwhile. Raises WorkspaceError as the load would.
    """
    if workspace is not None:
        return workspace.rehearse(lambda cursor: _rehearsed(cursor, staged))
    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-", dir=scratch.root()) as folder,
        Workspace.open(Path(folder) / "rehearsal.duckdb") as empty,
    ):
        return empty.rehearse(lambda cursor: _rehearsed(cursor, staged))


def _rehearsed(cursor: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> list[Forecast]:
    entities = sorted({e.entity for one in staged for e in one})
    for entity in entities:
        cursor.execute(f"CREATE TEMP TABLE _before_{entity} AS SELECT {_said(entity)}, _key FROM main.{entity}")
    moment = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    reports = write_loads(cursor, staged, moment)
    seen: dict[str, list[int]] = {}
    gone = {entity: _gone(cursor, entity) for entity in entities}
    forecasts = []
    for report, one in zip(reports, staged, strict=True):
        for entity in dict.fromkeys(e.entity for e in one):
            forecasts.append(_forecast(cursor, report, one, entity, seen.setdefault(entity, []), gone))
    return forecasts


def _forecast(
    cursor: duckdb.DuckDBPyConnection,
    report: LoadReport,
    one: StagedLoad,
    entity: str,
    earlier: list[int],
    gone: dict[str, int],
) -> Forecast:
    """The records of one import: compared with what was there, and with what earlier files of this load brought."""
    others = ", ".join(map(str, earlier)) or "NULL"
    same = " AND ".join(f"b.{quoted(f.name)} IS NOT DISTINCT FROM m.{quoted(f.name)}" for f in ENTITY[entity].fields)
    same += f" AND (b.extra IS NOT DISTINCT FROM m.extra OR {_own('b.extra')} = {_own('m.extra')})"
    found = cursor.execute(
        "SELECT count(*) FILTER (b._key IS NULL AND e._key IS NULL), "
        f"count(*) FILTER (b._key IS NOT NULL AND {same}), count(*) "
        f"FROM (SELECT DISTINCT _key FROM versions.{entity} WHERE _import_id = {report.import_id}) k "
        f"JOIN main.{entity} m USING (_key) LEFT JOIN _before_{entity} b USING (_key) "
        f"LEFT JOIN (SELECT DISTINCT _key FROM versions.{entity} WHERE _import_id IN ({others})) e USING (_key)"
    ).fetchone()
    assert found is not None
    insert, unchanged, records = (int(n) for n in found)
    earlier.append(report.import_id)
    return Forecast(
        file=report.file,
        sheet=report.sheet,
        entity=entity,
        insert=insert,
        update=records - insert - unchanged,
        unchanged=unchanged,
        reject=sum(e.rejected_count for e in one if e.entity == entity),
        remove=gone.pop(entity, 0) if report.replaced else 0,
    )


def _gone(cursor: duckdb.DuckDBPyConnection, entity: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM _before_{entity} ANTI JOIN main.{entity} USING (_key)").fetchone()
    return int(row[0]) if row else 0


def _own(extra: str) -> str:
    """A record's own columns, in no order: that of the file that named them last says nothing."""
    return f"""list_sort(map_entries(from_json({extra}, '"MAP(VARCHAR, VARCHAR)"')))"""


def _names(entity: str) -> list[str]:
    return [*(quoted(f.name) for f in ENTITY[entity].fields), "extra"]


def _said(entity: str) -> str:
    """What a record says: its fields and its own columns, not which import said it."""
    return ", ".join(_names(entity))
