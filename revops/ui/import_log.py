"""Everything that was loaded: file, hash, time, rows; rejected rows to download; undo."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from pandas.api.types import is_list_like

from revops.errors import RevOpsError
from revops.formats import DASH
from revops.importing import history
from revops.importing.history import Done
from revops.importing.returned import rejected_file
from revops.model import ENTITY
from revops.text import Text
from revops.ui import empty, import_forecast, import_grid
from revops.ui.import_grid import CELLS
from revops.ui.state import Session
from revops.ui.words import ROWS as ROW_COUNT
from revops.workspace import Workspace


def show(session: Session) -> None:
    """The import log of the open workspace; nothing where nothing was ever loaded."""
    if session.workspace is None:
        return
    log = session.workspace.imports()
    log = log[log["active"]].iloc[::-1]
    if log.empty:
        return
    done = history.of(session.workspace)
    st.subheader(session.say(Text("Loaded so far", "Уже загружено")), anchor=False)
    event = st.dataframe(
        _words(session, log, done),
        hide_index=True,
        key="import_log",
        on_select="rerun",
        selection_mode="single-row",
        height="content" if len(log) <= 12 else 460,
        column_config={
            c: st.column_config.TextColumn(alignment="right")
            for c in (session.say(t) for t in (ROWS, ACCEPTED, REJECTED, *BECAME.values()))
        },
    )
    chosen = event.selection.rows
    if not chosen:
        st.caption(
            session.say(
                Text(
                    "Select a line to see what it changed and its corrections, to download its rejected rows or to "
                    "undo it.",
                    "Выберите строку, чтобы увидеть, что она изменила, и исправления, скачать отклонённые строки или "
                    "отменить загрузку.",
                )
            )
        )
        return
    row = log.iloc[chosen[0]]
    with st.container(horizontal=True, key="bar_log"):
        if row["rejected"]:
            rejected_button(session, session.workspace, int(row["import_id"]), "log_rejected")
        if st.button(
            session.say(Text("Undo this import", "Отменить эту загрузку")), icon=":material/undo:", key="log_undo"
        ):
            _undo(session, session.workspace, int(row["import_id"]))
    if (told := done.get(int(row["import_id"]))) is not None:
        _became(session, told)
        import_forecast.changed(session, told.restated, "log_restated")
    import_grid.recorded(session, row["mapping"])


def _became(session: Session, told: Done) -> None:
    """Entity by entity, what became of the records that the import names."""
    say, number = session.say, session.formatter.number
    frame = pd.DataFrame(
        [
            {
                say(Text("Table", "Таблица")): ENTITY[one.entity].label[session.language],
                **{say(label): number(getattr(one, name)) for name, label in BECAME.items()},
                say(UNCHANGED): number(one.unchanged),
            }
            for one in told.filled
        ],
        dtype="str",
    )
    if not frame.empty:
        right = {say(t): st.column_config.TextColumn(alignment="right") for t in (*BECAME.values(), UNCHANGED)}
        st.dataframe(frame, hide_index=True, key="log_became", column_config=right)


BECAME = {"added": Text("New", "Новых"), "changed": Text("Changed", "Изменено")}
UNCHANGED = Text("Unchanged", "Без изменений")
ROWS, ACCEPTED, REJECTED = Text("Rows", "Строк"), Text("Accepted", "Принято"), Text("Rejected", "Отклонено")


def _words(session: Session, log: pd.DataFrame, done: Mapping[int, Done]) -> pd.DataFrame:
    say, number, date = session.say, session.formatter.number, session.formatter.date
    names = [
        f"{file} › {sheet}" if isinstance(sheet, str) else file
        for file, sheet in zip(log["file"], log["sheet"], strict=True)
    ]
    by_hand = {}
    if log["corrected"].any() or log["left_out"].any():
        counts = zip(log["corrected"], log["left_out"], strict=True)
        by_hand = {say(import_grid.BY_HAND): [_by_hand(session, int(cells), int(rows)) for cells, rows in counts]}
    became = {}
    if done:
        told = [done.get(int(i)) for i in log["import_id"]]
        became = {
            say(label): [DASH if one is None else number(getattr(one, name)) for one in told]
            for name, label in BECAME.items()
        }
    return pd.DataFrame(
        {
            say(Text("File", "Файл")): names,
            say(Text("Fills", "Заполняет")): [
                ", ".join(ENTITY[e].label[session.language] for e in entities) if is_list_like(entities) else DASH
                for entities in log["entities"]  # missing where a table fits nothing and is kept as raw rows
            ],
            say(ROWS): [number(n) for n in log["rows"]],
            say(ACCEPTED): [number(n) for n in log["accepted"]],
            say(REJECTED): [number(n) for n in log["rejected"]],
            **became,
            **by_hand,
            say(Text("Loaded", "Загружен")): [f"{date(t)} {t:%H:%M} UTC" for t in log["loaded_at"]],
            "SHA-256": list(log["sha256"]),
        },
        dtype="str",
    )


def _by_hand(session: Session, cells: int, rows: int) -> str:
    """ "12 cells; 2 rows left out"; a dash where nothing was."""
    plural, say = session.formatter.plural, session.say
    parts = [plural(cells, CELLS)] if cells else []
    if rows:
        parts.append(say(Text("{rows} left out", "убрано: {rows}"), rows=plural(rows, ROW_COUNT)))
    return "; ".join(parts) or DASH


def rejected_button(session: Session, workspace: Workspace, import_id: int, key: str) -> None:
    """Downloads the rejected rows as uploaded, with the reason of each; corrected, the file is dropped in again."""
    language = session.language
    st.download_button(
        session.say(Text("Download rejected rows", "Скачать отклонённые строки")),
        lambda: rejected_file(workspace, import_id, language).to_csv(index=False).encode("utf-8-sig"),
        file_name=f"rejected_{import_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


def _undo(session: Session, workspace: Workspace, import_id: int) -> None:
    try:
        workspace.undo(import_id)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.rerun()
