"""The notebook page: a cell kept on one page is found there, notes and queries are written, blocks move."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from revops.analysis.choice import Choice
from revops.notebook import shelf
from revops.notebook.model import CellBlock, NoteBlock, Notebook, SqlBlock
from revops.notebook.ready import READY_BY_KEY
from revops.ui.pages import PAGE
from revops.workspace import Workspace, workspace_path
from tests.pages.conftest import OpenPage, said

BOOK = Notebook(
    key="board",
    title="Board",
    blocks=(
        NoteBlock(key="n", text="## Our year"),
        CellBlock(key="c", analysis="kpi_trend", params={"metric": "won_deals"}, choice=Choice(period="this_year")),
        SqlBlock(key="s", sql="SELECT count(*) AS companies FROM accounts", title="Companies we know"),
        SqlBlock(key="bad", sql="DELETE FROM accounts"),
    ),
)


@pytest.fixture
def home(demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own with the demo company and a notebook in it."""
    own = tmp_path / "home"
    shutil.copytree(demo_home, own)
    monkeypatch.setenv("REVOPS_HOME", str(own))
    with Workspace.open(workspace_path("demo"), create=False) as workspace:
        shelf.keep(workspace, BOOK)
    return own


def kept(app: AppTest) -> list[Notebook]:
    with Workspace.open(workspace_path("demo"), create=False) as workspace:
        return list(shelf.notebooks(workspace).values())


def test_every_block_is_shown_and_a_refused_query_says_why(open_page: OpenPage, home: Path) -> None:
    app = open_page("notebook", home, "demo")
    assert not app.exception
    words = said(app)
    assert "## Our year" in words
    assert "Deals won for 2026" in words
    assert "Companies we know" in words
    assert app.dataframe[0].value["companies"].tolist() == [1000]
    assert any("SELECT" in w.value for w in app.warning), [w.value for w in app.warning]


def test_a_cell_of_a_page_is_kept_with_its_filters(open_page: OpenPage, home: Path) -> None:
    app = open_page("trends", home, "demo", period="last_quarter", metric="won_revenue")
    app.button(key="keep_trend").click().run()
    block = kept(app)[0].blocks[-1]
    assert isinstance(block, CellBlock)
    assert block.analysis == "kpi_trend"
    assert block.params == {"metric": "won_revenue"}
    assert block.choice.period == "last_quarter"
    app.switch_page(PAGE["notebook"].path).run()
    assert "Won revenue for" in said(app)


def test_blocks_move_are_copied_and_removed(open_page: OpenPage, home: Path) -> None:
    app = open_page("notebook", home, "demo")
    app.button(key="down_n").click().run()
    app.button(key="drop_bad").click().run()
    app.button(key="copy_s").click().run()
    keys = [b.key for b in kept(app)[0].blocks]
    assert keys[:3] == ["c", "n", "s"]
    assert len(keys) == 4
    assert not app.exception


def test_a_note_is_written(open_page: OpenPage, home: Path) -> None:
    app = open_page("notebook", home, "demo")
    app.button(key="edit_n").click().run()
    app.text_area[0].set_value("## Another year")
    next(b for b in app.button if b.label == "Save").click().run()
    assert "## Another year" in said(app)
    assert kept(app)[0].blocks[0] == NoteBlock(key="n", text="## Another year")


def test_the_parameters_of_a_kept_cell_change(open_page: OpenPage, home: Path) -> None:
    app = open_page("notebook", home, "demo")
    app.button(key="edit_c").click().run()
    box = next(s for s in app.selectbox if s.label == "Period" and s.value == "this_year")
    box.set_value("last_year")
    next(b for b in app.button if b.label == "Save").click().run()
    assert "Deals won for 2025" in said(app)


def test_a_notebook_is_begun_renamed_and_deleted(open_page: OpenPage, home: Path) -> None:
    app = open_page("notebook", home, "demo")
    app.text_input(key="new_title").set_value("Workshop")
    next(b for b in app.button if b.label == "Begin").click().run()
    assert {b.title for b in kept(app)} == {"Board", "Workshop"}
    workshop = next(b for b in kept(app) if b.title == "Workshop")
    app.text_input(key=f"rename_{workshop.key}").set_value("Workshop in May")
    next(b for b in app.button if b.label == "Rename").click().run()
    assert "Workshop in May" in {b.title for b in kept(app)}
    app.checkbox(key="sure_delete").check().run()
    app.button(key="delete_notebook").click().run()
    assert {b.title for b in kept(app)} == {"Board"}
    assert not app.exception


def test_looking_at_the_page_keeps_nothing(open_page: OpenPage, demo_home: Path) -> None:
    app = open_page("notebook", demo_home, "demo")
    assert not app.exception
    assert kept(app) == []


def test_a_ready_notebook_is_begun_in_the_language_of_the_page(open_page: OpenPage, home: Path) -> None:
    app = open_page("notebook", home, "demo", lang="ru")
    app.radio(key="new_from").set_value("revops")
    next(b for b in app.button if b.label == "Создать").click().run()
    assert not app.exception
    book = next(b for b in kept(app) if b.title == READY_BY_KEY["revops"].title.ru)
    assert isinstance(book.blocks[0], NoteBlock)
    assert book.blocks[0].text.startswith("## Передача между командами")
    assert "Время ответа на лид" in [m.label for m in app.metric]


def test_an_empty_notebook_offers_the_ready_ones(open_page: OpenPage, home: Path) -> None:
    app = open_page("notebook", home, "demo")
    app.text_input(key="new_title").set_value("Workshop")
    next(b for b in app.button if b.label == "Begin").click().run()
    app.button(key="begin_churn").click().run()
    assert READY_BY_KEY["churn"].title.en in {b.title for b in kept(app)}
    assert not app.exception
