"""A mapping as a file: downloaded to keep or to edit, and taken from one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import streamlit as st

from revops.errors import MappingError, RevOpsError
from revops.importing import Draft, edits
from revops.ingest import mapping_json
from revops.ingest.parse import stage
from revops.text import Text
from revops.ui import empty
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id


def bar(session: Session, on: Desk, one: Draft) -> None:
    """Both ways, side by side."""
    key = draft_id(one)
    with st.container(horizontal=True, key=f"bar_mapping_{key}"):
        st.download_button(
            session.say(Text("Download the mapping", "Скачать сопоставление")),
            document(one).encode(),
            file_name=f"{Path(one.raw.file.name).stem}.mapping.json",
            mime="application/json",
            icon=":material/download:",
            key=f"mapping_out_{key}",
            on_click="ignore",
        )
        label = session.say(Text("Use a mapping from a file", "Взять сопоставление из файла"))
        with st.popover(label, icon=":material/upload_file:", key=f"mapping_in_{key}"):
            file = st.file_uploader(
                session.say(Text("Mapping (JSON)", "Сопоставление (JSON)")), type=["json"], key=f"mapping_file_{key}"
            )
            taken = st.button(
                session.say(Text("Use it", "Применить")), key=f"mapping_take_{key}", disabled=file is None
            )
    if not taken or file is None:
        return
    try:
        on.drafts[key] = from_document(one, file.getvalue())
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.rerun()


def document(one: Draft) -> str:
    """The mapping as the command `mapping` prints it: JSON, with the file and sheet that it is for."""
    told: dict[str, Any] = json.loads(mapping_json.to_json(one.mapping))
    return json.dumps({"file": one.raw.file.name, "sheet": one.raw.layout.sheet, **told}, ensure_ascii=False, indent=2)


def from_document(one: Draft, content: bytes) -> Draft:
    """The draft with the mapping that a document holds. Raises MappingError where it is none, or does not fit."""
    try:
        told = json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise _no_mapping() from error
    if isinstance(told, list):
        told = _of_table(told, one)
    if not isinstance(told, dict) or "entities" not in told:
        raise _no_mapping()
    try:
        mapping = mapping_json.from_json(json.dumps(cast("dict[str, Any]", told)))
    except MappingError as error:
        raise _damaged(error) from error
    changed = one.changed(edits.asked(mapping, mapping, one.profile))
    if not changed.mapping.blocking:
        stage(changed.raw, changed.mapping, changed.profile)  # a header that the table has not is said at once
    return changed


def _of_table(told: list[Any], one: Draft) -> Any:
    """Out of the mappings of several tables the one for this table; the only one, whatever table it is for."""
    own = (one.raw.file.name, one.raw.layout.sheet)
    named = [t for t in told if isinstance(t, dict) and (t.get("file"), t.get("sheet")) == own]
    return next(iter(named or (told if len(told) == 1 else ())), None)


def _damaged(error: MappingError) -> MappingError:
    return MappingError(
        Text("The mapping in this file is damaged. {why}", "Сопоставление в файле повреждено. {why}").format(
            why=error.message
        ),
        fix=Text("Take one that was downloaded here.", "Возьмите файл, скачанный здесь."),
    )


def _no_mapping() -> MappingError:
    return MappingError(
        Text("The file holds no mapping.", "В файле нет сопоставления."),
        fix=Text("Take one that was downloaded here.", "Возьмите файл, скачанный здесь."),
    )
