"""The top of a page: its title, the filters, the line of what is applied."""

from __future__ import annotations

import streamlit as st

from revops.text import Text
from revops.ui import empty, filters, state
from revops.ui.pages import PAGE
from revops.ui.state import Session


def opened(key: str, needs: Text) -> Session | None:
    """Draws the title and the filters; None where nothing is loaded, and then says what the page needs."""
    session = state.current()
    st.title(PAGE[key].title[session.language], anchor=False)
    if session.engine is None:
        empty.nothing_loaded(session, needs)
        return None
    filters.bar(session)
    return session
