"""The notebook: which one, what it holds, and the ways out of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from revops.errors import RevOpsError
from revops.notebook import shelf
from revops.notebook.begin import begin
from revops.notebook.model import NoteBlock, Notebook, SqlBlock, begun, file_name, new_key, titled, to_text
from revops.notebook.ready import READY, READY_BY_KEY, Ready
from revops.notebook.run import run_all
from revops.report.jupyter import jupyter
from revops.report.page import page as html_page
from revops.text import Text
from revops.ui import address, empty, figures, keep, notebook_blocks, state
from revops.ui.markdown import plain
from revops.ui.pages import PAGE
from revops.ui.state import Session
from revops.workspace import Workspace

NEEDS = Text(
    "A notebook keeps cells of any page beside your notes and SQL. Every figure follows the data.",
    "Блокнот хранит ячейки с любых страниц рядом с вашими заметками и SQL. Все цифры следуют за данными.",
)
NEW = Text("New notebook", "Новый блокнот")
TITLE = Text("Title", "Название")
ABREAST = 3
BEGIN = Text("Begin", "Создать")
BLANK = Text("An empty notebook", "Пустой блокнот")
OFFER = Text("Or begin with a ready one", "Или начните с готового")
NO_BLOCKS = Text(
    "Nothing is kept here yet. Open any page and press “Keep” under a chart, or add a note or a query below.",
    "Здесь пока пусто. Откройте любую страницу и нажмите «В блокнот» под графиком — или добавьте заметку или запрос.",
)


def page() -> None:
    session = state.current()
    st.title(PAGE["notebook"].title[session.language], anchor=False)
    if session.engine is None or session.workspace is None:
        empty.nothing_loaded(session, NEEDS)
        return
    address.carry("notebook", room="_notebook")
    books = shelf.notebooks(session.workspace)
    if not books:
        books = {keep.FIRST_KEY: keep.first(session)}  # kept once something is put in
    with st.container(horizontal=True, vertical_alignment="bottom", key="bar_notebook"):
        chosen = address.select(
            session.say(Text("Notebook", "Блокнот")),
            list(books),
            "notebook",
            lambda key: books[key].title,
            next(iter(books)),
        )
        book = books[chosen]
        _begin(session, session.workspace)
        _take_along(session, book)
        _manage(session, session.workspace, book)
    _body(session, session.workspace, book)


def _body(session: Session, workspace: Workspace, book: Notebook) -> None:
    if not book.blocks:
        st.info(session.say(NO_BLOCKS), icon=":material/bookmark_add:")
        _offer(session, workspace)
    for number, block in enumerate(book.blocks):
        notebook_blocks.show(session, book, block, first=number == 0, last=number == len(book.blocks) - 1)
    with st.container(horizontal=True, key="bar_add"):
        if st.button(session.say(Text("Note", "Заметка")), icon=":material/notes:", key="add_note"):
            _add(workspace, book, NoteBlock(key=new_key()))
        if st.button(session.say(Text("SQL query", "SQL-запрос")), icon=":material/database:", key="add_sql"):
            _add(workspace, book, SqlBlock(key=new_key()))


def _add(workspace: Workspace, book: Notebook, block: NoteBlock | SqlBlock) -> None:
    shelf.keep(workspace, book.adding(block))
    notebook_blocks.open_editor(block.key)
    st.rerun()


def _offer(session: Session, workspace: Workspace) -> None:
    """The ready notebooks, each with what it is for."""
    st.markdown(f"#### {session.say(OFFER)}")
    for first in range(0, len(READY), ABREAST):
        for one, column in zip(READY[first : first + ABREAST], st.columns(ABREAST, gap="small"), strict=False):
            with column.container(border=True, height="stretch", key=f"ready_{one.key}"):
                st.markdown(f"**{session.say(one.title)}**")
                st.caption(session.say(one.about))
                if st.button(session.say(BEGIN), key=f"begin_{one.key}"):
                    _guarded(session, partial(_fill, session, workspace, one))


def _fill(session: Session, workspace: Workspace, ready: Ready, title: str = "") -> None:
    """Begins it and opens it, under a title of the person's own where there is one."""
    assert session.engine is not None
    with st.spinner(session.say(Text("Asking the data…", "Спрашиваем данные…"))):
        book = begin(ready, session.engine, session.language, partial(figures.result, session))
    _open(workspace, replace(book, title=titled(title)) if title.strip() else book)


def _begin(session: Session, workspace: Workspace) -> None:
    with st.popover(session.say(NEW), icon=":material/add:"):
        with st.form("new_notebook", border=False):
            chosen = st.radio(
                session.say(Text("Begin with", "Начать с")),
                ["", *READY_BY_KEY],
                format_func=lambda key: session.say(READY_BY_KEY[key].title if key else BLANK),
                captions=["", *(session.say(one.about) for one in READY)],
                key="new_from",
            )
            title = st.text_input(session.say(TITLE), key="new_title")
            if st.form_submit_button(session.say(BEGIN), type="primary"):
                if chosen:
                    _guarded(session, lambda: _fill(session, workspace, READY_BY_KEY[chosen], title))
                else:
                    _guarded(session, lambda: _open(workspace, begun(title)))
        shared = st.file_uploader(
            session.say(Text("Or a notebook somebody shared", "Или блокнот, которым поделились")),
            type=["json"],
            key="shared_notebook",
        )
        if shared is not None and st.button(session.say(Text("Take it in", "Добавить")), key="take_in"):
            text = shared.getvalue().decode("utf-8", errors="replace")
            _guarded(session, lambda: _open(workspace, shelf.take_in(workspace, text)))


def _open(workspace: Workspace, book: Notebook) -> None:
    shelf.keep(workspace, book)
    address.put_next("notebook", book.key)
    st.rerun()


def _guarded(session: Session, work: Callable[[], None]) -> None:
    try:
        work()
    except RevOpsError as error:
        empty.problem(error, session.language)


def _take_along(session: Session, book: Notebook) -> None:
    """The ways out; each file is made when it is asked for."""
    name = file_name(book)
    with st.popover(session.say(Text("Take along", "Забрать с собой")), icon=":material/ios_share:"):
        st.download_button(
            session.say(Text("Page (HTML), works offline", "Страница (HTML), работает без сети")),
            lambda: _as_page(session, book),
            file_name=f"{name}.html",
            mime="text/html",
            icon=":material/web:",
            on_click="ignore",
            key="take_html",
        )
        st.download_button(
            session.say(Text("Jupyter notebook (.ipynb)", "Блокнот Jupyter (.ipynb)")),
            lambda: jupyter(book, session.language, workspace=session.path.name),
            file_name=f"{name}.ipynb",
            mime="application/x-ipynb+json",
            icon=":material/code_blocks:",
            on_click="ignore",
            key="take_ipynb",
        )
        st.download_button(
            session.say(Text("For a colleague (without data)", "Для коллеги (без данных)")),
            lambda: to_text(book),
            file_name=f"{name}.json",
            mime="application/json",
            icon=":material/group:",
            on_click="ignore",
            key="take_json",
        )


def _as_page(session: Session, book: Notebook) -> str:
    assert session.engine is not None
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    ran = run_all(book, session.engine)
    return html_page(book.title, ran, session.formatter, workspace=session.name, made_at=now)


def _manage(session: Session, workspace: Workspace, book: Notebook) -> None:
    with st.popover(session.say(Text("Manage", "Управление")), icon=":material/settings:"):
        with st.form("rename_notebook", border=False):
            title = st.text_input(session.say(TITLE), value=book.title, key=f"rename_{book.key}")
            if st.form_submit_button(session.say(Text("Rename", "Переименовать"))):
                _guarded(session, lambda: _rename(workspace, book, title))
        sure = st.checkbox(
            session.say(Text("Delete “{t}” for good", "Удалить «{t}» навсегда"), t=plain(book.title)), key="sure_delete"
        )
        if st.button(session.say(Text("Delete", "Удалить")), disabled=not sure, key="delete_notebook"):
            shelf.forget(workspace, book.key)
            address.put_next("notebook", "")
            st.rerun()


def _rename(workspace: Workspace, book: Notebook, title: str) -> None:
    _open(workspace, replace(book, title=titled(title)))
