"""Named segments in the filters: pick one, keep the present filters as one, forget one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from revops.analysis import segments
from revops.errors import RevOpsError
from revops.text import Text
from revops.ui import address
from revops.ui.markdown import plain
from revops.ui.state import Session

Kept = Mapping[str, segments.Where]
CHOSEN, NAME, PROBLEM = "segment_chosen", "segment_name", "segment_problem"


def control(session: Session, where: segments.Where) -> None:
    """The kept segments, and a name for the filters that are set. where: as the address has them."""
    assert session.workspace is not None
    kept = segments.segments(session.workspace)
    now = segments.name_of(kept, where)
    if kept:
        st.session_state[CHOSEN] = now
        st.selectbox(
            session.say(Text("Saved segment", "Сохранённый сегмент")),
            list(kept),
            index=None,
            key=CHOSEN,
            placeholder=session.say(Text("none", "не выбран")),
            on_change=_apply,
            args=(kept,),
        )
    if now is not None:
        label = Text("Forget “{n}”", "Удалить «{n}»")
        st.button(
            session.say(label, n=plain(now)), icon=":material/delete:", type="tertiary", key="segment_forget",
            on_click=segments.remove, args=(session.workspace, now),
        )  # fmt: skip
    elif where:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.text_input(
                session.say(Text("Save these filters as", "Сохранить эти фильтры как")),
                key=NAME,
                max_chars=segments.LONGEST,
                placeholder=session.say(Text("name of the segment", "название сегмента")),
                width=210,
            )
            st.button(session.say(Text("Save", "Сохранить")), key="segment_keep", on_click=_keep, args=(session, where))
    problem = st.session_state.pop(PROBLEM, None)
    if problem is not None:
        st.caption(f":material/error: {problem.message[session.language]}")


def _apply(kept: Kept) -> None:
    chosen = st.session_state[CHOSEN]
    address.put("where", address.encode_kept(kept[chosen]) if chosen else "")


def _keep(session: Session, where: segments.Where) -> None:
    assert session.workspace is not None
    try:
        segments.keep(session.workspace, st.session_state[NAME], where)
    except RevOpsError as error:
        st.session_state[PROBLEM] = error
