"""What a round trip is compared by: every record of every entity, apart from where it came from."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from revops import importing
from revops.importing import Forecast
from revops.ingest.types import StagedLoad, quoted
from revops.model import ENTITIES
from revops.workspace import Workspace
from tests.unit.workspace_tables import table

TODAY = dt.date(2026, 11, 23)
MORNING = dt.datetime(2026, 11, 23, 9)

Records = dict[str, dict[str, tuple[Any, ...]]]


def records(workspace: Workspace) -> Records:
    """entity -> key -> its fields and its own columns (in no order)."""
    found: Records = {}
    for entity in ENTITIES:
        names = ", ".join(quoted(f.name) for f in entity.fields)
        rows = table(workspace, f"SELECT {names}, extra, _key FROM {entity.name}")
        found[entity.name] = {key: (*values, json.loads(own) if own else {}) for *values, own, key in rows}
    return found


def decided(workspace: Workspace) -> tuple[Any, ...]:
    """What analyses read besides the records."""
    own = {e: fields for e, fields in workspace.filled().items() if fields}
    return own, workspace.as_of(), workspace.stages().to_dict("records"), workspace.channels().to_dict("records")


def come_back(workspace: Workspace, files: Sequence[Path], empty: Workspace) -> list[Forecast]:
    """The files as they come back: what they would do to `workspace`; loaded there, and into `empty`.

    AssertionError where something is asked, rejected, warned of, or not read word for word.
    """
    with importing.read_tables(files) as tables:
        for target in (empty, workspace):
            drafts = importing.draft(tables, importing.context_of(target, TODAY), target)
            for one in drafts:
                assert (one.mapping.own, one.mapping.questions) == ("exact", ())
            staged = importing.stage_all(drafts)
            _nothing_lost(staged)
            forecast = importing.dry_run(target, staged) if target is workspace else []
            importing.load(target, staged, loaded_at=MORNING)
    return forecast


def _nothing_lost(staged: Sequence[StagedLoad]) -> None:
    for entity in (e for one in staged for e in one):
        told = (entity.entity, entity.duplicates, entity.rejections, entity.warnings)
        assert told == (entity.entity, 0, (), ())


def changes(forecast: Sequence[Forecast]) -> list[Forecast]:
    """The lines that would do something."""
    return [f for f in forecast if f.insert or f.update or f.reject or f.remove]
