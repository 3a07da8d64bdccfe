"""One block of a notebook: what it says, and the small buttons that move, copy, edit and remove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from revops.analysis import ANALYSIS
from revops.analysis.choice import CUSTOM, PERIODS, view_of
from revops.analysis.core import Cell, Compare, Param, ParamKind
from revops.analysis.kpi_overview import KPI_OVERVIEW
from revops.analysis.values import period_text
from revops.errors import RevOpsError
from revops.metrics import METRIC
from revops.metrics.core import Grain
from revops.notebook import shelf
from revops.notebook.model import Block, CellBlock, NoteBlock, Notebook, SqlBlock
from revops.notebook.run import ROWS, TIMEOUT_MS
from revops.text import Text
from revops.ui import cards, cells, empty, figures, sql_editor
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.words import COMPARES, GRAINS
from revops.workspace import Workspace

EDITING = "editing_block"
NOTE_HELP = Text(
    "Markdown: # a heading, **bold**, - a list.",
    "Markdown: # заголовок, **жирный**, - список.",
)
SAVE = Text("Save", "Сохранить")
UNTITLED = Text("SQL query", "SQL-запрос")
EMPTY_NOTE = Text("An empty note: press the pencil to write.", "Пустая заметка: нажмите карандаш, чтобы писать.")


def open_editor(key: str) -> None:
    st.session_state[EDITING] = key


def show(session: Session, book: Notebook, block: Block, *, first: bool, last: bool) -> None:
    """The block in its card, below its buttons."""
    with st.container(border=True, key=f"cell_{block.key}"):
        _buttons(session, book, block, first=first, last=last)
        match block:
            case NoteBlock():
                _note(session, book, block)
            case SqlBlock():
                _sql(session, book, block)
            case CellBlock():
                _cell(session, book, block)


# --- the buttons ---------------------------------------------------------------------------------------------------


def _buttons(session: Session, book: Notebook, block: Block, *, first: bool, last: bool) -> None:
    assert session.workspace is not None
    workspace = session.workspace
    actions: tuple[tuple[str, str, Text, bool, Callable[[], Notebook] | None], ...] = (
        ("up", ":material/arrow_upward:", Text("Move up", "Выше"), first, lambda: book.moving(block.key, -1)),
        ("down", ":material/arrow_downward:", Text("Move down", "Ниже"), last, lambda: book.moving(block.key, 1)),
        ("copy", ":material/content_copy:", Text("Duplicate", "Копия"), False, lambda: book.doubling(block.key)),
        ("edit", ":material/edit:", Text("Edit", "Изменить"), False, None),
        ("drop", ":material/delete:", Text("Remove", "Убрать"), False, lambda: book.without(block.key)),
    )
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", key=f"tools_{block.key}"):
        for name, icon, words, off, change in actions:
            if st.button(
                "",
                icon=icon,
                help=session.say(words),
                disabled=off,
                type="tertiary",
                key=f"{name}_{block.key}",
            ):
                if change is None:
                    st.session_state[EDITING] = None if st.session_state.get(EDITING) == block.key else block.key
                else:
                    shelf.keep(workspace, change())
                st.rerun()


def _save(workspace: Workspace | None, book: Notebook, block: Block) -> None:
    assert workspace is not None
    shelf.keep(workspace, book.changing(block))
    st.session_state[EDITING] = None
    st.rerun()


def _edited(block: Block) -> bool:
    return bool(st.session_state.get(EDITING) == block.key)


# --- notes ---------------------------------------------------------------------------------------------------------


def _note(session: Session, book: Notebook, block: NoteBlock) -> None:
    if not _edited(block):
        st.markdown(block.text or f"*{session.say(EMPTY_NOTE)}*")
        return
    with st.form(f"note_{block.key}", border=False):
        text = st.text_area(
            session.say(Text("Note", "Заметка")), value=block.text, height=220, help=session.say(NOTE_HELP)
        )
        if st.form_submit_button(session.say(SAVE), type="primary"):
            _save(session.workspace, book, replace(block, text=text))


# --- SQL -----------------------------------------------------------------------------------------------------------


def _sql(session: Session, book: Notebook, block: SqlBlock) -> None:
    if _edited(block) or not block.sql.strip():
        title = st.text_input(
            session.say(Text("What the table shows", "Что показывает таблица")),
            value=block.title,
            key=f"title_{block.key}",
        )
        asked = sql_editor.edit(session, block.sql, f"sql_{block.key}")
        if asked is not None and (asked != block.sql or title != block.title):
            _save(session.workspace, book, replace(block, sql=asked, title=" ".join(title.split())))
    else:
        with st.container(key=f"finding_{block.key}"):
            st.markdown(plain(block.title or session.say(UNTITLED)))
    if not block.sql.strip():
        return
    assert session.workspace is not None
    try:
        answer = _answer(session.key, block.sql, session.workspace)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.dataframe(answer, hide_index=True, key=f"answer_{block.key}")
    if answer.attrs.get("cut"):
        st.caption(session.say(Text("The first {n} rows.", "Первые {n} строк."), n=session.formatter.number(ROWS)))
    if not _edited(block):
        with st.expander("SQL"):
            st.code(block.sql, language="sql")


@st.cache_data(show_spinner=False, max_entries=64)
def _answer(key: tuple[str, str], sql: str, _workspace: Workspace) -> pd.DataFrame:
    return _workspace.query_user(sql, limit=ROWS, timeout_ms=TIMEOUT_MS)


# --- cells ---------------------------------------------------------------------------------------------------------


def _cell(session: Session, book: Notebook, block: CellBlock) -> None:
    assert session.engine is not None
    if _edited(block):
        _parameters(session, book, block)
    try:
        view = view_of(block.choice, session.engine)
        found = figures.result(session, Cell(analysis=block.analysis, params=block.params), view)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    period = period_text(view.period, session.formatter, as_of=view.as_of)
    with st.container(key=f"question_{block.key}"):
        st.markdown(plain(f"{found.analysis.question[session.language]} · {period}"))
    with st.container(key=f"finding_{block.key}"):
        st.markdown(plain(found.finding[session.language]))
    if block.analysis == KPI_OVERVIEW.key and found.result.empty is None:
        cards.grid(session, found, name=block.key)
    cells.body(session, found, block.key, keepable=False)


def _parameters(session: Session, book: Notebook, block: CellBlock) -> None:
    """The cell's own period, step, comparison and parameters."""
    choice = block.choice
    with st.form(f"parameters_{block.key}", border=False):
        with st.container(horizontal=True):
            periods = [p for p in PERIODS if p != CUSTOM or choice.period == CUSTOM]
            period = st.selectbox(
                session.say(Text("Period", "Период")),
                periods,
                index=periods.index(choice.period),
                format_func=lambda p: session.say(PERIODS[p]),
                width=220,
            )
            grain = st.selectbox(
                session.say(Text("Time step", "Шаг")),
                list(Grain),
                index=list(Grain).index(choice.grain),
                format_func=lambda g: session.say(GRAINS[g]),
                width=150,
            )
            compares = [c for c in Compare if c is not Compare.CUSTOM or choice.compare is Compare.CUSTOM]
            compare = st.selectbox(
                session.say(Text("Compare with", "Сравнить")),
                compares,
                index=compares.index(choice.compare),
                format_func=lambda c: session.say(COMPARES[c]),
                width=240,
            )
            params = {p.key: _parameter(session, p, block) for p in ANALYSIS[block.analysis].params}
        if st.form_submit_button(session.say(SAVE), type="primary"):
            kept = {k: v for k, v in params.items() if v not in (None, "")}
            changed = replace(
                choice, period=period or choice.period, grain=grain or choice.grain, compare=compare or choice.compare
            )
            _save(session.workspace, book, replace(block, params=kept, choice=changed))


def _parameter(session: Session, param: Param, block: CellBlock) -> Any:
    """The control that fits the parameter's kind; "" for the default of an optional one."""
    assert session.engine is not None
    value, label = block.params.get(param.key, param.default), session.say(param.label)
    match param.kind:
        case ParamKind.FLAG:
            return st.toggle(label, value=bool(value))
        case ParamKind.NUMBER:
            return st.number_input(label, value=value, width=140)
        case ParamKind.METRIC:
            names = {m.key: m.label for m in session.engine.metrics()}
            names.setdefault(str(value), METRIC[str(value)].label)
        case ParamKind.DIMENSION:
            names = {**param.choices, **{d.key: d.label for d in session.engine.all_dimensions()}}
        case ParamKind.CHOICE:
            names = dict(param.choices)
            if value is not None:
                names.setdefault(str(value), Text(str(value), str(value)))
    options = [*([""] if param.optional else []), *names]
    current = str(value) if value is not None else ""
    return st.selectbox(
        label,
        options,
        index=options.index(current) if current in options else 0,
        format_func=lambda k: session.say(names[k]) if k else "—",
        width=260,
    )
