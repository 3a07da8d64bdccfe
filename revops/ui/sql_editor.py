"""The editor of a statement: colours, and completion of the shared model's tables and columns."""

from __future__ import annotations

from typing import Any

import streamlit as st
from code_editor import code_editor

from revops.model import ENTITIES
from revops.text import Text
from revops.ui.state import Session

RUN = Text("Run", "Выполнить")
HINT = Text("Ctrl+Enter runs the statement.", "Ctrl+Enter выполняет запрос.")


@st.cache_data(show_spinner=False)
def completions(language: str) -> list[dict[str, Any]]:
    """Every table and column of the shared model, with what it means."""
    found: list[dict[str, Any]] = []
    for entity in ENTITIES:
        label = entity.label.ru if language == "ru" else entity.label.en
        found.append({"caption": entity.name, "value": entity.name, "meta": label, "name": entity.name, "score": 900})
        for field in entity.fields:
            words = f"{entity.name}: {field.label.ru if language == 'ru' else field.label.en}"
            found.append({"caption": field.name, "value": field.name, "meta": words, "name": field.name, "score": 500})
    return found


def edit(session: Session, sql: str, key: str) -> str | None:
    """The statement where a person asked to run it, else None."""
    answer = code_editor(
        sql,
        lang="sql",
        height=[6, 24],
        theme="dark" if session.dark else "light",
        shortcuts="vscode",
        completions=completions(session.language),
        replace_completer=True,
        allow_reset=True,
        response_mode="default",
        options={"wrap": True, "showLineNumbers": True, "fontSize": 15, "enableLiveAutocompletion": True},
        buttons=[
            {
                "name": session.say(RUN),
                "feather": "Play",
                "primary": True,
                "hasText": True,
                "showWithIcon": True,
                "alwaysOn": True,
                "commands": ["submit"],
                "style": {"bottom": "0.44rem", "right": "0.4rem"},
            }
        ],
        key=key,
    )
    st.caption(session.say(HINT))
    return str(answer["text"]) if answer.get("type") == "submit" else None
