"""One click keeps a cell, as it is looked at now, in the notebook that was changed last."""

from __future__ import annotations

import streamlit as st

from revops.analysis.core import Cell
from revops.notebook import shelf
from revops.notebook.model import CellBlock, Notebook, new_key
from revops.text import Text
from revops.ui import filters
from revops.ui.markdown import plain
from revops.ui.state import Session

KEEP = Text("Keep", "В блокнот")
HELP = Text("Keeps this in your notebook", "Сохранит это в вашем блокноте")
KEPT = Text("Kept in “{t}”", "Сохранено в «{t}»")
FIRST = Text("My notebook", "Мой блокнот")
FIRST_KEY = "first"


def button(session: Session, cell: Cell, name: str) -> None:
    """name: as of the cell on its page."""
    if st.button(
        session.say(KEEP), icon=":material/bookmark_add:", type="tertiary", help=session.say(HELP), key=f"keep_{name}"
    ):
        title = keep(session, cell)
        st.toast(plain(session.say(KEPT, t=title)), icon=":material/bookmark_added:")


def first(session: Session) -> Notebook:
    """The notebook of who has none yet; not kept by itself."""
    return Notebook(key=FIRST_KEY, title=session.say(FIRST))


def keep(session: Session, cell: Cell) -> str:
    """Adds the cell with the page's filters; gives the notebook's title."""
    assert session.engine is not None
    assert session.workspace is not None
    books = shelf.notebooks(session.workspace)
    book = next(iter(books.values())) if books else first(session)
    block = CellBlock(
        key=new_key(), analysis=cell.analysis, params=dict(cell.params), choice=filters.choice(session.engine)
    )
    shelf.keep(session.workspace, book.adding(block))
    return book.title
