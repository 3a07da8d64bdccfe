"""The frame around every page: language, workspace, navigation, filters. app.py runs it and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from revops.errors import RevOpsError
from revops.text import LANGUAGES, Language, Text
from revops.ui import address, empty, filters, pages, scheduling, state, style
from revops.ui.pages import PAGES
from revops.ui.words import LANGUAGE_NAMES, PRODUCT

ICON = Path(__file__).with_name("icon.svg")  # a named icon would be fetched from another host


def run() -> None:
    """Draws the frame and runs the page that the address names. What goes wrong is told in words."""
    language = state.chosen_language()
    st.set_page_config(page_title=PRODUCT[language], page_icon=str(ICON), layout="wide")
    cold = PagesManager.uses_pages_directory
    page = st.navigation(_sections(language), position="hidden")
    if cold and page.url_path and state.CURRENT not in st.session_state:
        _reload()
    address.carry("lang", "workspace", *filters.PARAMETERS)
    style.apply(language)
    try:
        session = state.open_session(language)
        if session.engine is not None:
            session = replace(session, view=filters.view(session))
    except Exception as error:  # noqa: BLE001  (told, with its report)
        _sidebar(language)
        _stopped(error, language)
        return
    state.keep(session)
    _sidebar(language)
    scheduling.follow(session)
    try:
        page.run()
    except Exception as error:  # noqa: BLE001  (told; the script's own stops and reruns are no Exceptions)
        _stopped(error, language)


def _stopped(error: Exception, language: Language) -> None:
    """Why there is no page."""
    if isinstance(error, RevOpsError):
        empty.problem(error, language)
    else:
        empty.bug(error, language)


def _reload() -> None:
    """Asks the browser for the address once more.

    In the very first session of a server Streamlit looks for pages in pages/ before it has heard of st.navigation,
    and lays a "Page not found" box over a page that is there.
    """
    st.html("<script>window.location.reload()</script>", unsafe_allow_javascript=True)
    st.stop()


def _sections(language: Language) -> dict[str, list[st.Page]]:
    found: dict[str, list[st.Page]] = {}
    for spec in PAGES:
        found.setdefault(spec.section[language], []).append(pages.streamlit_page(spec, language))
    return found


def _sidebar(language: Language) -> None:
    with st.sidebar:
        st.markdown(f"#### :material/monitoring: {PRODUCT[language]}")
        _workspace(language)
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


def _workspace(language: Language) -> None:
    """The workspace switcher."""
    address.select(
        Text("Workspace", "Рабочее пространство")[language],
        state.choices(),
        "workspace",
        lambda name: state.choice_name(name)[language],
        "",
    )
