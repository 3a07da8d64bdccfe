"""The page of sources: a source added, tested, refreshed and removed; secrets looked up in two places."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from revops import sources
from revops.sources import FileSource, Source
from revops.sources.records import to_json
from revops.ui import scheduling
from revops.ui.pages import PAGE
from revops.workspace import Workspace, workspace_path
from tests.pages.conftest import OpenPage, said

HEADER = "Deal ID,Account Name,Stage,Amount,Create Date,Close Date\n"
D1 = "d1,Ada,Closed Won,1000,2025-01-05,2025-02-01\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    path = tmp_path / "deals.csv"
    path.write_text(HEADER + D1, encoding="utf-8")
    return path


def filled_in(app: AppTest, name: str, **fields: str) -> AppTest:
    app.text_input(key="source_sql_name").input(name)
    for key, value in fields.items():
        app.text_input(key=f"source_sql_{key}").input(value)
    return app


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE deals (deal_id, account_name, stage, amount REAL, create_date, close_date)")
        db.execute("INSERT INTO deals VALUES (?, ?, ?, ?, ?, ?)", D1.strip().split(","))
    db.close()
    return path


def test_a_database_is_tested_and_then_imported(open_page: OpenPage, home: Path, base: Path) -> None:
    app = open_page("sources", home)
    filled_in(app, "CRM", url=f"sqlite:///{base}", table="deals")
    press(app, "Test connection")
    assert "It can be read. Columns: 6" in app.success[0].value
    assert not workspace_path("default").exists(), "a test loads nothing"
    press(app, "Save and import")
    assert "1 row" in said(app)
    with Workspace.open(workspace_path("default")) as workspace:
        assert workspace.counts()["opportunities"] == 1


def test_a_mistake_in_the_form_is_said(open_page: OpenPage, home: Path) -> None:
    app = open_page("sources", home)
    filled_in(app, "CRM", url="postgresql://a:hunter2@h/d", table="t")
    press(app, "Test connection")
    assert "password or key itself" in app.warning[0].value
    assert "hunter2" not in said(app)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_saved_source_is_refreshed_and_removed(open_page: OpenPage, home: Path, deals: Path, language: str) -> None:
    with Workspace.open(workspace_path("default")) as workspace:
        sources.save(workspace, Source(name="CRM", place=FileSource(path=str(deals))))
    app = open_page("sources", home, lang=language)
    assert not app.exception
    app.button(key="refresh_CRM").click().run()
    assert ("Refreshed" if language == "en" else "Обновлён") in said(app)
    deals.unlink()
    app.button(key="refresh_CRM").click().run()
    assert any(("no such file" if language == "en" else "такого файла нет") in w.value for w in app.warning)
    app.button(key="remove_CRM").click().run()
    with Workspace.open(workspace_path("default")) as workspace:
        assert workspace.sources() == {}


def test_one_that_came_with_the_workspace_asks_first(open_page: OpenPage, home: Path, deals: Path) -> None:
    with Workspace.open(workspace_path("default")) as workspace:
        workspace.save_source("CRM", to_json(Source(name="CRM", place=FileSource(path=str(deals)), every=5)))
    app = open_page("sources", home)
    assert "before you agree" in app.warning[0].value
    app.button(key="agree_CRM").click().run()
    with Workspace.open(workspace_path("default")) as workspace:
        assert workspace.last_refreshes()["CRM"].changed
    sources.scheduler().stop()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_its_table_can_be_laid_on_the_import_desk(open_page: OpenPage, home: Path, deals: Path, language: str) -> None:
    with Workspace.open(workspace_path("default")) as workspace:
        sources.save(workspace, Source(name="CRM", place=FileSource(path=str(deals))))
    app = open_page("sources", home, lang=language)
    app.button(key="map_CRM").click().run()
    assert not app.exception
    assert app.title[0].value == PAGE["import"].title[language]  # type: ignore[index]
    assert any(b.key == "load_files" for b in app.button)


def test_a_secret_comes_from_the_environment_or_else_from_streamlit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "secrets", {"CRM_PASSWORD": "kept by Streamlit", "group": {"inner": 1}})
    assert scheduling.lookup("CRM_PASSWORD") == "kept by Streamlit"
    assert scheduling.lookup("group") is None
    assert scheduling.lookup("NOBODY_HAS_IT") is None
    monkeypatch.setenv("CRM_PASSWORD", "set outside")
    assert scheduling.lookup("CRM_PASSWORD") == "set outside"
