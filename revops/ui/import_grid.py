"""The rows behind a problem as an editable grid, and what was corrected by hand so far, with the way back."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft, by_hand
from revops.importing.by_hand import MOST_ROWS, Cell, Group
from revops.ingest import mapping_json
from revops.ingest.corrections import corrections_of
from revops.ingest.types import Corrections, Rejection, StagedLoad
from revops.model import ENTITY
from revops.text import Language, Text
from revops.ui import empty, uploads
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id
from revops.ui.words import ROWS

MOST_SHOWN = 10  # rows of the grid without scrolling
WRONG = "⚠ "  # before the name of the column that a group is about
BY_HAND = Text("Corrected by hand", "Исправлено вручную")
CELLS = Text("cell|cells", "ячейка|ячейки|ячеек")
ROW, WHY = Text("Row", "Строка"), Text("What is wrong", "Что не так")


def show(session: Session, on: Desk, one: Draft, staged: StagedLoad, problem: Rejection) -> None:
    """The rows of one group with the wrong column first; edited cells and deleted rows are taken all at once."""
    group = by_hand.group_of(one, staged, problem)
    if group.total > len(group.rows):
        _more(session, on, one, staged, problem, group)
    edited = _editor(session, one, problem, group)
    cells, left_out = _changes(group, edited)
    say = session.say
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_grid_{_key(one, problem)}"):
        if st.button(
            say(Text("Apply the corrections", "Применить исправления")),
            type="primary",
            icon=":material/edit_note:",
            disabled=not cells and not left_out,
            key=f"grid_apply_{_key(one, problem)}",
        ):
            _apply(session, on, one, cells, left_out)
        st.caption(_pending(session, cells, left_out), width="stretch")


def corrections(session: Session, on: Desk, one: Draft) -> None:
    """What was corrected by hand in this table: cell by cell as uploaded and now; nothing where nothing was."""
    told = corrections_of(one.raw, one.mapping)
    if told is None:
        return
    say = session.say
    key = draft_id(one)
    with st.container(border=True, key=f"by_hand_{key}"):
        st.markdown(f"**{say(BY_HAND)}** — {plain(_counted(session, told))}")
        event = st.dataframe(
            _list(session, told),
            hide_index=True,
            key=f"by_hand_list_{key}_{_state(one)}",
            on_select="rerun",
            selection_mode="multi-row",
            height="content" if len(told.cells) + len(told.left_out) <= 8 else 320,
        )
        chosen = list(event.selection.rows)
        with st.container(horizontal=True, vertical_alignment="center", key=f"bar_by_hand_{key}"):
            undo = st.button(
                say(Text("Undo the selected", "Отменить выбранные")),
                icon=":material/undo:",
                disabled=not chosen,
                key=f"by_hand_undo_{key}",
            )
            everything = st.button(
                say(Text("Undo all of them", "Отменить все")), type="tertiary", key=f"by_hand_undo_all_{key}"
            )
        st.caption(
            say(
                Text(
                    "The file stays as it was uploaded. The corrections belong to this file alone and are recorded "
                    "with its import; dropped in again, it is read with them.",
                    "Файл остаётся таким, каким его загрузили. Исправления относятся только к этому файлу и "
                    "записываются вместе с импортом; при повторной загрузке файл читается с ними.",
                )
            )
        )
    if undo:
        uploads.repair(on, _without(one, told, chosen))
        st.rerun()
    if everything:
        uploads.repair(on, by_hand.undone_all(one))
        st.rerun()


def recorded(session: Session, mapping: str) -> None:
    """What an import (its mapping as JSON) corrected by hand; nothing where nothing was."""
    told = mapping_json.from_json(mapping).corrections
    if told is None:
        return
    st.markdown(f"**{session.say(BY_HAND)}** — {plain(_counted(session, told))}")
    st.dataframe(_list(session, told), hide_index=True, key="by_hand_recorded")


# --- the grid ---------------------------------------------------------------------------------------------------------


def _editor(session: Session, one: Draft, problem: Rejection, group: Group) -> pd.DataFrame:
    say = session.say
    why = "_why"
    while why in group.rows:
        why = "_" + why
    frame = group.rows.copy()
    frame.insert(0, why, [reason[session.language] for reason in group.reasons])
    first = [c for c in group.wrong if c in frame]
    order = [*first, why, *(c for c in group.rows if c not in first)]
    frame = frame[order]
    frame.index.name = say(ROW)
    column = st.column_config.TextColumn
    label = ENTITY[problem.entity].field(problem.field).label[session.language]
    about = f"{label}: {problem.reason[session.language]}"
    config: dict[str, Any] = {
        c: column(f"{WRONG}{c}" if c in first else c, help=about if c in first else None) for c in one.raw.columns
    }
    config[why] = column(say(WHY), width=300, disabled=True)
    edited: pd.DataFrame = st.data_editor(
        frame,
        num_rows="delete",
        disabled=["_index", why],
        column_config=config,
        placeholder="",
        height="content" if len(frame) <= MOST_SHOWN else 420,
        key=f"grid_{_key(one, problem)}_{_state(one)}",
    )
    return edited


def _changes(group: Group, edited: pd.DataFrame) -> tuple[list[Cell], list[int]]:
    """What the person changed: cells with their new text (None: emptied), and the numbers of deleted rows."""
    kept = set(edited.index)
    left_out = [int(row) for row in group.rows.index if row not in kept]
    cells: list[Cell] = []
    for row in group.rows.index:
        if row not in kept:
            continue
        for column in group.rows.columns:
            before, now = _text(group.rows.at[row, column]), _text(edited.at[row, column])
            if before != now:
                cells.append((int(row), str(column), now))
    return cells, left_out


def _text(value: object) -> str | None:
    """A cell's text; None where it is empty."""
    return value if isinstance(value, str) and value else None


def _pending(session: Session, cells: list[Cell], left_out: list[int]) -> str:
    if not cells and not left_out:
        return session.say(
            Text(
                "Edit cells in place or paste from a spreadsheet. Select rows to delete them: they will not be loaded.",
                "Правьте ячейки прямо здесь или вставьте из таблицы. Выделенные и удалённые строки не загрузятся.",
            )
        )
    parts = []
    if cells:
        parts.append(session.say(Text("edited: {n}", "исправлено: {n}"), n=session.formatter.plural(len(cells), CELLS)))
    if left_out:
        parts.append(
            session.say(Text("left out: {n}", "не загружать: {n}"), n=session.formatter.plural(len(left_out), ROWS))
        )
    return plain("; ".join(parts))


def _apply(session: Session, on: Desk, one: Draft, cells: list[Cell], left_out: list[int]) -> None:
    try:
        uploads.repair(on, by_hand.corrected(one, cells, left_out))
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.rerun()


def _more(session: Session, on: Desk, one: Draft, staged: StagedLoad, problem: Rejection, group: Group) -> None:
    """More rows than anybody edits here: all of them as a file, to correct outside."""
    say, number = session.say, session.formatter.number
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_more_{_key(one, problem)}"):
        st.markdown(
            plain(
                say(
                    Text(
                        "The first {shown} of {total} rows. To correct them all: download them, correct the file, "
                        "and drop it in beside this one.",
                        "Первые {shown} из {total} строк. Чтобы исправить все: скачайте их, исправьте файл и "
                        "перетащите его сюда же.",
                    ),
                    shown=number(MOST_ROWS),
                    total=number(group.total),
                )
            ),
            width="stretch",
        )
        st.download_button(
            say(Text("Download these rows", "Скачать эти строки")),
            partial(_file, on, one, staged, problem, session.language),
            file_name="to_correct.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"grid_file_{_key(one, problem)}",
            on_click="ignore",
        )


def _file(on: Desk, one: Draft, staged: StagedLoad, problem: Rejection, language: Language) -> bytes:
    """All rows of the group as CSV, made when somebody asks for it."""
    with on.lock:
        found = by_hand.file_of(by_hand.group_of(one, staged, problem, None), language)
    return found.to_csv(index=False).encode("utf-8-sig")


# --- what was done ----------------------------------------------------------------------------------------------------


def _list(session: Session, told: Corrections) -> pd.DataFrame:
    say = session.say
    lines = [(str(c.row), c.column, c.was or "", c.now or "") for c in told.cells]
    gone = say(Text("the row is left out", "строка не загружается"))
    lines += [(str(row), "", "", gone) for row in told.left_out]
    titles = (ROW, Text("Column", "Колонка"), Text("As uploaded", "В файле"), Text("Now", "Стало"))
    return pd.DataFrame(lines, columns=[say(t) for t in titles], dtype="str")


def _without(one: Draft, told: Corrections, chosen: list[int]) -> Draft:
    cells = {(c.row, c.column) for i, c in enumerate(told.cells) if i in chosen}
    rows = {row for i, row in enumerate(told.left_out, start=len(told.cells)) if i in chosen}
    return by_hand.undone(one, cells, rows)


def _counted(session: Session, told: Corrections) -> str:
    parts = []
    if told.cells:
        parts.append(session.formatter.plural(len(told.cells), CELLS))
    if told.left_out:
        gone = Text("left out: {n}", "не загружается: {n}")
        parts.append(session.say(gone, n=session.formatter.plural(len(told.left_out), ROWS)))
    return "; ".join(parts)


def _key(one: Draft, problem: Rejection) -> str:
    return f"{draft_id(one)}_{problem.entity}_{problem.field}_{problem.code}"


def _state(one: Draft) -> str:
    """Another key for every other reading of the table: an editor forgets its edits once they are taken."""
    return hashlib.sha256(mapping_json.to_json(one.mapping).encode()).hexdigest()[:8]
