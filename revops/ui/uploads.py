"""Files on their way into a workspace: written to disk at once, read, mapped, and waiting for a person's word.

The session keeps paths, hashes and drafts, never bytes. A draft's rows live in its own in-memory staging database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft, Origin, context_of, draft
from revops.importing.restated import Restated
from revops.ingest import mapping_json
from revops.ingest.parse import stage
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.types import Context, RawTable, StagedLoad, TableProfile
from revops.ui.state import Session
from revops.workspace import LoadReport

Found = TypeVar("Found")
DESK = "import_desk"
CHUNK = 1 << 22


@dataclass
class Desk:
    """What lies on the import desk of one session. files: hash -> path. broken: file name -> what is wrong with it."""

    workspace: Path
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="revops-upload-")))
    files: dict[str, Path] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)  # hashes not read yet
    tables: list[tuple[RawTable, TableProfile]] = field(default_factory=list)
    drafts: dict[str, Draft] = field(default_factory=dict)
    staged: dict[str, tuple[str, StagedLoad | RevOpsError]] = field(default_factory=dict)
    broken: dict[str, RevOpsError] = field(default_factory=dict)
    reports: list[LoadReport] = field(default_factory=list)
    gained: list[str] = field(default_factory=list)  # metrics that the last load made tellable
    restated: list[Restated] = field(default_factory=list)  # past figures that the last load changed
    about_all: dict[str, tuple[str, Any]] = field(default_factory=dict)  # found out about all drafts together
    batch: str = "files"  # key of the uploader: a new one empties it, so that its bytes are let go

    def context(self, session: Session) -> Context:
        return context_of(session.workspace, today())

    def clear(self) -> None:
        """Everything off the desk, files and staging databases included."""
        for raw, _ in self.tables:
            raw.close()
        for known in (self.files, self.waiting, self.tables, self.drafts, self.staged, self.broken, self.about_all):
            known.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = Path(tempfile.mkdtemp(prefix="revops-upload-"))


def today() -> dt.date:
    """The day of the import: where a snapshot's as-of date starts from, shown and open to change."""
    return dt.datetime.now(dt.UTC).date()


def desk(session: Session) -> Desk:
    """This session's desk; another workspace starts with an empty one."""
    found = cast("Desk | None", st.session_state.get(DESK))
    if found is None or found.workspace != session.path:
        if found is not None:
            found.clear()
        found = Desk(workspace=session.path)
        st.session_state[DESK] = found
    return found


def receive(on: Desk) -> None:
    """Callback of the uploader: its files go to disk, and the uploader is emptied."""
    uploaded = cast("list[Any]", st.session_state.get(on.batch) or [])
    for file in uploaded:
        put(on, file.name, file)
    if uploaded:
        on.reports, on.gained, on.restated = [], [], []
        on.batch = f"files_{len(on.files)}_{on.waiting[-1][:8] if on.waiting else 'same'}"


def put(on: Desk, name: str, source: BinaryIO) -> None:
    """Writes one file to the desk. The same bytes twice are one file."""
    hashed = hashlib.sha256()
    holding = on.folder / "incoming"
    source.seek(0)
    with holding.open("wb") as target:
        while chunk := source.read(CHUNK):
            hashed.update(chunk)
            target.write(chunk)
    key = hashed.hexdigest()
    if key in on.files:
        holding.unlink()
        return
    place = on.folder / key[:12]
    place.mkdir()
    on.files[key] = holding.rename(place / (Path(name.replace("\\", "/")).name or "file"))
    on.waiting.append(key)


def read_waiting(on: Desk, session: Session) -> None:
    """Reads what was received since; a file that cannot be read keeps its sentence, and the others go on."""
    for key in on.waiting:
        path = on.files[key]
        try:
            for raw in read_file(path):
                on.tables.append((raw, profile_table(raw)))
        except RevOpsError as error:
            on.broken[path.name] = error
    on.waiting.clear()
    propose(on, session)


def propose(on: Desk, session: Session) -> None:
    """A mapping for every table that no person has changed: files uploaded together know each other's keys."""
    proposed = draft(on.tables, on.context(session), session.workspace)
    for one in proposed:
        before = on.drafts.get(draft_id(one))
        if before is None or before.origin is not Origin.GIVEN:
            on.drafts[draft_id(one)] = one


def draft_id(one: Draft) -> str:
    return f"{one.raw.file.sha256[:12]}_{one.raw.layout.sheet or ''}"


def staged(on: Desk, one: Draft) -> StagedLoad | RevOpsError:
    """The draft typed and checked, computed anew only where its mapping changed; or what stands in the way."""
    key, mapping = draft_id(one), mapping_json.to_json(one.mapping)
    before = on.staged.get(key)
    if before is not None and before[0] == mapping:
        return before[1]
    try:
        found: StagedLoad | RevOpsError = stage(one.raw, one.mapping, one.profile)
    except RevOpsError as error:
        found = error
    on.staged[key] = (mapping, found)
    return found


def computed(on: Desk, session: Session, name: str, work: Callable[[], Found]) -> Found:
    """What `work` finds out about all drafts together, anew only where a mapping or the workspace changed."""
    told = [session.fingerprint or ""]
    told += [part for key, one in on.drafts.items() for part in (key, mapping_json.to_json(one.mapping))]
    state = hashlib.sha256("\0".join(told).encode()).hexdigest()
    before = on.about_all.get(name)
    if before is None or before[0] != state:
        before = on.about_all[name] = state, work()
    return cast(Found, before[1])


def drop(on: Desk, keys: Iterable[str]) -> None:
    """Takes tables off the desk again."""
    for key in list(keys):
        gone = on.drafts.pop(key)
        on.staged.pop(key, None)
        on.tables = [(raw, profile) for raw, profile in on.tables if raw is not gone.raw]
        gone.raw.close()
        upload = gone.raw.file.path  # an archive's, for the tables in it
        if all(raw.file.path != upload for raw, _ in on.tables):
            on.files = {key: path for key, path in on.files.items() if path != upload}
