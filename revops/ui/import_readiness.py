"""Before anything is loaded: which figures the files on the desk will make computable, and what would unlock most."""

from __future__ import annotations

import streamlit as st

from revops.analysis.readiness import Kind, Readiness, readiness_before_load
from revops.analysis.readiness_cell import unlock_sentence
from revops.ingest.watch import Tell
from revops.text import Text
from revops.ui import uploads
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk

HEAD = Text("After the load, {c} of {t} KPIs can be computed", "После загрузки считаются {c} из {t} показателей")
NOT_YET = Text("Not yet: {m}", "Пока нет: {m}")
WEIGHING = Text("What can be computed", "Что можно посчитать")
MOST = 12  # names of figures that are listed


def known(session: Session, on: Desk, progress: Tell | None = None) -> Readiness:
    """What the files on the desk allow; worked out anew only where the desk or the workspace changed."""
    drafts = list(on.drafts.values())
    return uploads.computed(
        on, session, "readiness", lambda: readiness_before_load(drafts, session.workspace), WEIGHING, progress=progress
    )


def show(session: Session, on: Desk) -> None:
    """One sentence, and the names of the figures that stay out of reach."""
    found = known(session, on)
    kpis = [item for item in found.items if item.kind is Kind.METRIC]
    absent = [item.label[session.language] for item in kpis if item.missing]
    with st.container(border=True, key="readiness_before"):
        st.markdown(f"**{plain(_sentence(session, found, len(kpis) - len(absent), len(kpis)))}**")
        if absent:
            end = "…" if len(absent) > MOST else "."
            st.caption(plain(session.say(NOT_YET, m=", ".join(absent[:MOST]) + end)))


def _sentence(session: Session, found: Readiness, computable: int, total: int) -> str:
    head = session.say(HEAD, c=computable, t=total)
    best = found.best
    if best is None:
        return head + "."
    unlocked = unlock_sentence(list(best.fields), list(best.metrics), list(best.cells), session.formatter)
    return f"{head}. {unlocked}."
