"""The adoption guide: the first half hour, which page answers what, a workshop, the first quarters."""

from pathlib import Path

import streamlit as st

from revops.ui import empty, pages, state

FILES = {"en": "guide.md", "ru": "guide.ru.md"}
DOCS = Path(__file__).resolve().parents[2] / "docs"

session = state.current()
st.title(pages.PAGE["guide"].title[session.language], anchor=False)
text = (DOCS / FILES[session.language]).read_text(encoding="utf-8")
with st.container(key="guide"):
    st.markdown(text.partition("\n")[2])
if session.engine is None:
    empty.demo_button(session, "empty_demo")
