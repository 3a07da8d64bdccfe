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
from revops.ingest.types import StagedLoad
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
    moment = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    return [_forecast(r, name) for r in write_loads(cursor, staged, moment) for name in _names(r)]


def _names(report: LoadReport) -> list[str]:
    return list(dict.fromkeys(e.entity for e in report.entities))


def _forecast(report: LoadReport, entity: str) -> Forecast:
    parts = [e for e in report.entities if e.entity == entity]
    return Forecast(
        file=report.file,
        sheet=report.sheet,
        entity=entity,
        insert=sum(e.added for e in parts),
        update=sum(e.changed for e in parts),
        unchanged=sum(e.unchanged for e in parts),
        reject=sum(e.rejected for e in parts),
        remove=sum(e.removed for e in parts),
    )
