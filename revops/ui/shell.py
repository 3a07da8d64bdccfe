"""The frame around every page: language, workspace, navigation, filters. app.py runs it and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from revops.errors import RevOpsError
from revops.text import LANGUAGES, Language, Text, verbatim
from revops.ui import address, empty, filters, pages, state, style
from revops.ui.pages import PAGES
from revops.ui.state import Session
from revops.ui.words import LANGUAGE_NAMES, PRODUCT
from revops.workspace import workspace_path

ICON = Path(__file__).with_name("icon.svg")  # a named icon would be fetched from another host


def run() -> None:
    """Draws the frame and runs the page that the address names. A RevOpsError is shown; anything else is a bug."""
    language = state.chosen_language()
    st.set_page_config(page_title=PRODUCT[language], page_icon=str(ICON), layout="wide")
    page = st.navigation(_sections(language), position="hidden")
    address.carry("lang", "workspace", *filters.PARAMETERS)
    style.apply()
    try:
        session = state.open_session(language)
        if session.engine is not None:
            session = replace(session, view=filters.view(session))
    except RevOpsError as error:
        _sidebar(language, None)
        empty.problem(error, language)
        return
    state.keep(session)
    _sidebar(language, session)
    try:
        page.run()
    except RevOpsError as error:
        empty.problem(error, language)


def _sections(language: Language) -> dict[str, list[st.Page]]:
    found: dict[str, list[st.Page]] = {}
    for spec in PAGES:
        found.setdefault(spec.section[language], []).append(pages.streamlit_page(spec, language))
    return found


def _sidebar(language: Language, session: Session | None) -> None:
    with st.sidebar:
        st.markdown(f"#### :material/monitoring: {PRODUCT[language]}")
        _workspace(language, session)
        with st.container(key="nav"):
            section = None
            for spec in PAGES:
                if spec.section != section:
                    section = spec.section
                    st.caption(section[language])
                pages.link(spec.key, language)
        address.segmented(
            "Language · Язык",
            LANGUAGES,
            "lang",
            lambda code: LANGUAGE_NAMES[code],
            state.browser_language(),
            hide_label=True,
        )


def _workspace(language: Language, session: Session | None) -> None:
    """The workspace switcher; the name alone where there is only one."""
    names = state.choices()
    if len(names) > 1:
        address.select(
            Text("Workspace", "Рабочее пространство")[language],
            names,
            "workspace",
            lambda name: _name(name)[language],
            "",
        )
    elif session is not None:
        st.caption(filters.plain(session.name))


def _name(name: str) -> Text:
    path = workspace_path(name) if name else state.start_path()
    if path == workspace_path(state.DEMO):
        return Text("Demo company", "Демо-компания")
    if path == workspace_path(state.DEFAULT):
        return Text("My company", "Моя компания")
    return verbatim(path.stem)
