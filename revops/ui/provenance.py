"""The line that says where a page's figures come from and how far they reach."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from revops.text import Text
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.words import FILES


@st.cache_data(show_spinner=False, max_entries=64)
def _active(key: tuple[str, str], _session: Session) -> pd.DataFrame:
    assert _session.workspace is not None
    imports = _session.workspace.imports()
    return imports[imports["active"]][["file", "loaded_at"]]


def line(session: Session) -> None:
    """ "Data as of Oct 31, 2026 · 12 files, last loaded on Nov 23, 2026"."""
    assert session.engine is not None
    active, formatter = _active(session.key, session), session.formatter
    if active.empty:
        return
    st.caption(
        plain(
            session.say(
                Text(
                    "Data as of {day} · {files}, last loaded on {loaded}",
                    "Данные на {day} · {files}, последняя загрузка {loaded}",
                ),
                day=formatter.date(session.engine.as_of),
                files=formatter.plural(active["file"].nunique(), FILES),
                loaded=formatter.date(active["loaded_at"].max()),
            )
        )
    )
