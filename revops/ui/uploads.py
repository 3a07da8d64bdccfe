"""Files on their way into a workspace: written to disk at once, read, mapped, and waiting for a person's word.

The session keeps paths, hashes and drafts, never bytes. A draft's rows live in its own in-memory staging database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import threading
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft, Origin, context_of, draft, read_profiled, stage_all
from revops.importing.restated import Restated
from revops.importing.returned import returned_beside
from revops.ingest import mapping_json, scratch, watch
from revops.ingest.types import Context, RawTable, StagedLoad, TableProfile
from revops.ingest.watch import Tell
from revops.text import Text
from revops.ui.state import Session, take_back
from revops.workspace import LoadReport

Found = TypeVar("Found")
DESK = "import_desk"
READING_STOPPED = Text(
    "Cancelled: the files are off the desk, and the workspace is as it was.",
    "Отменено: файлы убраны, рабочее пространство не изменилось.",
)
LOAD_STOPPED = Text(
    "Cancelled; nothing was loaded. The files are still here, mapped as before.",
    "Отменено, ничего не загружено. Файлы остались здесь, сопоставление тоже.",
)
LOAD_BROKEN_OFF = Text(
    "The load was broken off by another click; nothing was loaded. The files are still here: load them again.",
    "Загрузка прервана другим действием, ничего не загружено. Файлы остались здесь — загрузите их снова.",
)
CHUNK = 1 << 22


@dataclass
class Desk:
    """What lies on the import desk of one session. files: hash -> path. broken: file name -> what is wrong with it."""

    workspace: Path
    folder: Path = field(default_factory=lambda: scratch.folder("upload"))
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
    repairs: dict[str, list[tuple[Draft, Draft]]] = field(default_factory=dict)  # before and after each, to undo
    stage_choices: dict[tuple[str, str], str] = field(default_factory=dict)  # (pipeline, stage) -> what it means
    channel_choices: dict[str, str] = field(default_factory=dict)  # source -> its channel
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)  # of the run that works with the desk
    batch: str = "files"  # key of the uploader: a new one empties it, so that its bytes are let go

    taking: list[Path] = field(default_factory=list)  # files that are being read and looked at
    load_asked: bool = False  # the coming run loads what lies here
    broken_off: bool = False  # the load has begun and not come to its end
    made: bool = False  # the workspace was made for this load
    busy: threading.Lock = field(default_factory=threading.Lock)  # held while files are read, looked at or loaded
    said: Text | None = None  # what became of work that did not come to its end

    def __post_init__(self) -> None:
        """A session that is dropped takes its files with it."""
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def context(self, session: Session) -> Context:
        return context_of(session.workspace, today())

    def clear(self) -> None:
        """Everything off the desk, files and staging databases included."""
        for raw, _ in self.tables:
            raw.close()
        for known in (self.files, self.waiting, self.tables, self.drafts, self.staged, self.broken, self.about_all):
            known.clear()
        for said in (self.repairs, self.stage_choices, self.channel_choices):
            said.clear()
        self.taking.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = scratch.folder("upload")
        self.__post_init__()


def wait(on: Desk) -> None:
    """Until the run that was broken off has ended: Streamlit begins the next one beside it."""
    with on.busy:
        pass


def today() -> dt.date:
    """The day of the import: where a snapshot's as-of date starts from, shown and open to change."""
    return dt.datetime.now(dt.UTC).date()


def desk(session: Session) -> Desk:
    """This session's desk; another workspace starts with an empty one."""
    found = cast("Desk | None", st.session_state.get(DESK))
    if found is None or found.workspace != session.path:
        if found is not None:
            with found.lock:
                found.clear()
        found = Desk(workspace=session.path)
        st.session_state[DESK] = found
    wait(found)
    return found


def receive(on: Desk) -> None:
    """Callback of the uploader: its files go to disk, and the uploader is emptied."""
    wait(on)
    uploaded = cast("list[Any]", st.session_state.get(on.batch) or [])
    if not uploaded:
        return
    with on.lock:
        for file in uploaded:
            put(on, file.name, file)
        on.reports, on.gained, on.restated, on.said = [], [], [], None
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


def read_waiting(on: Desk, session: Session, progress: Tell | None = None) -> None:
    """Reads what was received since; a file that cannot be read keeps its sentence, and the others go on.

    Broken off, it goes on with the next run, from the file that it was at.
    """
    for key in list(on.waiting):
        path = on.files[key]
        on.taking.append(path)
        try:
            on.tables += read_profiled(path, progress=progress)
        except RevOpsError as error:
            on.broken[path.name] = error
        on.waiting.remove(key)
    propose(on, session)


def stop_taking(on: Desk) -> None:
    """Callback of Cancel while files are read: those of this batch are off the desk again."""
    wait(on)
    paths = {*on.taking, *(on.files[key] for key in on.waiting)}
    drop(on, [key for key, one in on.drafts.items() if one.raw.file.path in paths])
    for raw, _ in (t for t in on.tables if t[0].file.path in paths):
        raw.close()
    on.tables = [t for t in on.tables if t[0].file.path not in paths]
    on.files = {key: path for key, path in on.files.items() if path not in paths}
    for path in paths:
        shutil.rmtree(path.parent, ignore_errors=True)
        on.broken.pop(path.name, None)
    on.waiting.clear()
    on.taking.clear()
    on.about_all.clear()
    on.said = READING_STOPPED


def ask_load(on: Desk) -> None:
    """Callback of Load."""
    on.load_asked, on.said, on.reports = True, None, []


def stop_load(on: Desk) -> None:
    """Callback of Cancel while the load runs: once it has ended, it was rolled back unless it had been saved."""
    wait(on)
    if on.broken_off:
        on.said, on.broken_off = LOAD_STOPPED, False
        if on.made:
            take_back(on.workspace)


def propose(on: Desk, session: Session) -> None:
    """A mapping for every table that no person has changed: files uploaded together know each other's keys."""
    proposed = draft(on.tables, on.context(session), session.workspace)
    changed = [one for one in on.drafts.values() if one.origin is Origin.GIVEN]
    for one in proposed:
        if one.origin is Origin.RETURNED:  # of a table on the desk: as a person maps that one now
            again = returned_beside(replace(one, origin=Origin.PROPOSED), changed)
            one = again if again.origin is Origin.RETURNED else one
        before = on.drafts.get(draft_id(one))
        if before is None or before.origin is not Origin.GIVEN:
            on.drafts[draft_id(one)] = one


def draft_id(one: Draft) -> str:
    return f"{one.raw.file.sha256[:12]}_{one.raw.layout.sheet or ''}"


def repair(on: Desk, changed: Draft) -> None:
    """Takes a repaired draft in place of what it was made of; `undo_repair` brings that back."""
    key = draft_id(changed)
    on.repairs.setdefault(key, []).append((on.drafts[key], changed))
    on.drafts[key] = changed


def can_undo(on: Desk, one: Draft) -> bool:
    """Whether the last thing that happened to the draft was a repair."""
    done = on.repairs.get(draft_id(one), [])
    return bool(done) and on.drafts[draft_id(one)] is done[-1][1]


def undo_repair(on: Desk, one: Draft) -> None:
    """The draft as it was before its last repair."""
    before, _ = on.repairs[draft_id(one)].pop()
    on.drafts[draft_id(one)] = before


def staged(on: Desk, one: Draft, progress: Tell | None = None) -> StagedLoad | RevOpsError:
    """The draft typed and checked, computed anew only where its mapping changed; or what stands in the way."""
    key, mapping = draft_id(one), mapping_json.to_json(one.mapping)
    before = on.staged.get(key)
    if before is not None and before[0] == mapping:
        return before[1]
    found: StagedLoad | RevOpsError
    try:
        found = stage_all([one], progress=progress)[0]
    except RevOpsError as error:
        found = error
    on.staged[key] = (mapping, found)
    return found


def computed(
    on: Desk, session: Session, name: str, work: Callable[[], Found], phase: Text, progress: Tell | None = None
) -> Found:
    """What `work` finds out about all drafts together, anew only where a mapping or the workspace changed.

    phase: what it is called while `progress` is told.
    """
    told = [session.fingerprint or ""]
    told += [part for key, one in on.drafts.items() for part in (key, mapping_json.to_json(one.mapping))]
    state = hashlib.sha256("\0".join(told).encode()).hexdigest()
    before = on.about_all.get(name)
    if before is None or before[0] != state:
        used = (one.raw.staging for one in on.drafts.values())
        before = on.about_all[name] = state, watch.phase(phase, work, *used, progress=progress)
    return cast(Found, before[1])


def drop(on: Desk, keys: Iterable[str]) -> None:
    """Takes tables off the desk again."""
    for key in list(keys):
        gone = on.drafts.pop(key)
        on.staged.pop(key, None)
        on.repairs.pop(key, None)
        on.tables = [(raw, profile) for raw, profile in on.tables if raw is not gone.raw]
        gone.raw.close()
        upload = gone.raw.file.path  # an archive's, for the tables in it
        if all(raw.file.path != upload for raw, _ in on.tables):
            on.files = {key: path for key, path in on.files.items() if path != upload}
