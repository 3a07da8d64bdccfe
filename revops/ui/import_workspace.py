"""Which workspace files go into: the name of the open one, a new one, and the demo."""

from __future__ import annotations

import streamlit as st

from revops.errors import RevOpsError
from revops.text import Text
from revops.ui import address, empty, state
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.workspace import workspace_path


def bar(session: Session) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="bar_workspace"):
        st.markdown(plain(session.say(Text("Into: ", "Куда: "))) + f"**{plain(session.name)}**", width="content")
        _new(session)
        if session.path != workspace_path(state.DEMO):
            empty.demo_button(session, "import_demo")
    if session.path == workspace_path(state.DEMO) and session.engine is not None:
        st.info(
            session.say(
                Text(
                    "This is the demo company: your own files would be mixed with it. Make a new workspace for them.",
                    "Это демо-компания: ваши файлы смешаются с её данными. Создайте для них новое пространство.",
                )
            ),
            icon=":material/info:",
        )


def _new(session: Session) -> None:
    label = session.say(Text("New workspace", "Новое пространство"))
    with st.popover(label, icon=":material/add:", key="new_workspace"), st.form("new_workspace_form", border=False):
        name = st.text_input(
            session.say(Text("Name", "Название")),
            placeholder=session.say(Text("a client or company", "клиент или компания")),
            key="new_workspace_name",
        )
        if st.form_submit_button(session.say(Text("Create", "Создать")), type="primary"):
            _create(session, name.strip())


def _create(session: Session, name: str) -> None:
    try:
        state.create_workspace(workspace_path(name))
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    address.put_next("workspace", name)
    st.rerun()
