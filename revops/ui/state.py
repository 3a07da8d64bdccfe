"""What one run of a page works with: the language, the workspace that is open, its engine and the view."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import streamlit as st

from revops.analysis.core import View
from revops.errors import WorkspaceError
from revops.formats import Formatter
from revops.metrics.engine import Engine
from revops.text import LANGUAGES, Language, Text, language, verbatim
from revops.ui import address
from revops.workspace import Workspace, asked_path, workspace_names, workspace_path
from revops.workspace.connections import is_open

DEMO = "demo"
DEFAULT = "default"
CURRENT = "session"


@dataclass(frozen=True, kw_only=True)
class Session:
    """engine, fingerprint and view are None where nothing is loaded; workspace is None where there is no file yet."""

    language: Language
    dark: bool
    path: Path
    workspace: Workspace | None
    fingerprint: str | None
    engine: Engine | None
    view: View | None = None

    @property
    def formatter(self) -> Formatter:
        currency = self.engine.conventions.currency if self.engine else None
        return Formatter(self.language, currency)

    def say(self, text: Text, **values: object) -> str:
        return (text.format(**values) if values else text)[self.language]

    @property
    def name(self) -> str:
        """The workspace's name as a person knows it."""
        return name_of(self.path)[self.language]

    @property
    def key(self) -> tuple[str, str]:
        """What every cached figure of this workspace is keyed on."""
        return str(self.path), self.fingerprint or ""


def keep(session: Session) -> Session:
    """Makes it the session that pages and fragments of this run see."""
    st.session_state[CURRENT] = session
    return session


def current() -> Session:
    return cast(Session, st.session_state[CURRENT])


def chosen_language() -> Language:
    """The address's language, else the browser's, else English."""
    asked = address.value("lang")
    if asked in LANGUAGES:
        return asked
    return browser_language()


def browser_language() -> Language:
    return language(st.context.locale)


# --- workspaces -----------------------------------------------------------------------------------------------------


def start_path() -> Path:
    """The workspace the program was started with: REVOPS_WORKSPACE (a name or a file), else the default."""
    return asked_path(os.environ.get("REVOPS_WORKSPACE") or DEFAULT)


def choices() -> list[str]:
    """Names of workspaces to switch to; "" is the one the program was started with, whatever it was called."""
    try:
        start = start_path()
    except WorkspaceError:  # the page says what is wrong with that name; every other workspace can be opened
        start = None
    names = dict.fromkeys((DEMO, DEFAULT, *workspace_names()))
    return ["", *(n for n in names if workspace_path(n) != start)]


def choice_name(name: str) -> Text:
    """One of the `choices` as a person knows it."""
    try:
        return name_of(named_path(name))
    except WorkspaceError:
        return verbatim(os.environ.get("REVOPS_WORKSPACE", ""))


def named_path(name: str) -> Path:
    """The file of one of the `choices`."""
    return workspace_path(name) if name else start_path()


def chosen_path() -> Path:
    """The file of the workspace that the address names."""
    named = address.value("workspace")
    return named_path(named if named in choices() else "")


def name_of(path: Path) -> Text:
    """The workspace's name as a person knows it."""
    if path == workspace_path(DEMO):
        return Text("Demo company", "Демо-компания")
    if path == workspace_path(DEFAULT):
        return Text("My company", "Моя компания")
    return verbatim(path.stem)


def open_workspace(path: Path) -> Workspace | None:
    """The workspace at `path`; None where there is no file yet. Raises WorkspaceError."""
    return _opened(str(path)) if path.is_file() else None


def create_workspace(path: Path) -> Workspace:
    """The workspace at `path`, made where there is none. Raises WorkspaceError."""
    return _opened(str(path))


def take_back(path: Path) -> None:
    """A workspace that was made and came to hold nothing is gone again; nothing where somebody works with it."""
    workspace = open_workspace(path)
    if workspace is not None and workspace.imports().empty:
        _opened.clear(str(path))
        if not is_open(path.resolve()):
            path.unlink(missing_ok=True)


@st.cache_resource(show_spinner=False, max_entries=32, on_release=Workspace.close)
def _opened(path: str) -> Workspace:
    """One for the whole process: DuckDB lets a file be opened once, and every run takes a cursor of its own."""
    return Workspace.open(Path(path))


@st.cache_resource(show_spinner=False, max_entries=32)
def _engine(path: str, fingerprint: str) -> Engine:
    """An engine knows what is filled, so it lasts until the next load."""
    return Engine(_opened(path))


def open_session(language_: Language) -> Session:
    """The session without its view. Raises WorkspaceError."""
    path = chosen_path()
    workspace = open_workspace(path)
    fingerprint = workspace.fingerprint if workspace else None
    loaded = workspace is not None and workspace.as_of() is not None
    return Session(
        language=language_,
        dark=st.context.theme.type == "dark",
        path=path,
        workspace=workspace,
        fingerprint=fingerprint,
        engine=_engine(str(path), fingerprint or "") if loaded else None,
    )
