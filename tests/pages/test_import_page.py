"""The import: files dropped, understood, corrected, loaded, listed, undone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import OpenPage, said

DEALS = """Deal ID,Deal Stage,Create Date,Close Date,Amount,Shoe size
1,Discovery,2026-01-05,,100,41
2,Closed Won,2026-01-06,2026-02-01,200,42
3,Closed Lost,2026-01-07,2026-02-02,300,43
4,Closed Won,not a date,2026-02-03,400,44
"""
EMPTY = ""


@pytest.fixture
def page(open_page: OpenPage, tmp_path: Path) -> AppTest:
    return open_page("import", tmp_path)


def drop(app: AppTest, *files: tuple[str, str]) -> AppTest:
    """Drops the files on the uploader, as (name, content)."""
    app.file_uploader[0].set_value([(name, text.encode(), "text/csv") for name, text in files]).run()
    assert not app.exception
    return app


def test_a_file_is_read_mapped_and_shown_before_anything_is_loaded(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    assert "4 rows · 6 columns · CSV" in said(app)
    assert "Records ready: Opportunities — 3. Rows to reject: 1." in said(app)
    mapping = app.dataframe[0].value.set_index("column")
    assert list(mapping.loc["Create Date", "targets"]) == ["opportunities.created_at"]
    assert list(mapping.loc["Shoe size", "targets"]) == []
    assert "Loaded so far" not in [s.value for s in app.subheader]


def test_the_rows_to_reject_are_grouped_by_reason(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    view = next(c for c in app.segmented_control if c.key and c.key.startswith("view_"))
    view.select("problems").run()
    problems = app.dataframe[0].value
    assert problems["Field"].tolist() == ["Created on"]
    assert problems["Examples (row: value)"].tolist() == ["4: not a date"]


def test_loading_reports_what_came_of_it_and_fills_the_pages(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    app.button(key="load_files").click().run()
    assert not app.exception
    assert "Loaded 1 file, 4 rows." in said(app)
    assert "Win rate" in said(app)
    log = app.dataframe[0].value
    assert log[["File", "Rows", "Accepted", "Rejected"]].iloc[0].tolist() == ["deals.csv", "4", "3", "1"]
    assert [d.label for d in app.get("download_button")] == ["Download rejected rows"]


def test_the_same_file_again_says_that_nothing_is_new(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    app.button(key="load_files").click().run()
    drop(app, ("deals.csv", DEALS))
    assert "this very file is loaded already" in said(app)
    app.button(key="load_files").click().run()
    assert "Nothing new" in said(app)
    assert len(app.dataframe[0].value) == 1


def test_a_bad_file_says_so_and_the_others_go_on(page: AppTest) -> None:
    app = drop(page, ("empty.csv", EMPTY), ("deals.csv", DEALS))
    assert "empty.csv" in app.warning[0].value
    assert "Records ready" in said(app)


def test_a_required_field_without_a_column_blocks_until_it_is_answered(page: AppTest) -> None:
    """The stage column has a name and values that nobody could guess."""
    app = drop(
        page, ("deals.csv", DEALS.replace("Deal Stage", "Zzz").replace("Closed ", "q").replace("Discovery", "q7"))
    )
    assert app.button(key="load_files").disabled
    column = next(s for s in app.selectbox if s.key and s.key.startswith("column_") and "stage" in s.key)
    column.select("Zzz").run()
    assert not app.exception
    assert not app.button(key="load_files").disabled
    mapping = app.dataframe[0].value.set_index("column")
    assert list(mapping.loc["Zzz", "targets"]) == ["opportunities.stage"]


def test_a_mapping_is_changed_in_its_table(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    before = app.dataframe[0].value
    row = before["column"].tolist().index("Shoe size")
    identity = app.dataframe[0].proto.id  # ends with the widget's key
    key = identity[identity.index("mapping_") :]
    app.session_state[key] = {
        "edited_rows": {row: {"targets": ["opportunities.product"]}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert not app.exception
    after: pd.DataFrame = app.dataframe[0].value
    assert list(after["targets"].iloc[row]) == ["opportunities.product"]
    assert after["why"].iloc[row] != before["why"].iloc[row]


def test_a_new_workspace_is_made_and_opened(page: AppTest) -> None:
    page.text_input(key="new_workspace_name").input("Client A")
    page.button[[b.label for b in page.button].index("Create")].click().run()
    assert not page.exception
    assert "Client A" in said(page)
    assert page.query_params["workspace"] == "Client A"


def test_a_bad_name_for_a_workspace_is_said(page: AppTest) -> None:
    page.text_input(key="new_workspace_name").input("../x")
    page.button[[b.label for b in page.button].index("Create")].click().run()
    assert "cannot be the name" in page.warning[0].value


def test_a_table_that_fits_nothing_is_kept_and_listed_beside_the_others(page: AppTest) -> None:
    catalogue = "product,series,colour\nGTX Pro,GTX,red\nMG Special,MG,blue\n"
    app = drop(page, ("deals.csv", DEALS), ("catalogue.csv", catalogue))
    app.button(key="load_files").click().run()
    assert not app.exception
    log = app.dataframe[0].value
    assert dict(zip(log["File"], log["Fills"], strict=True)) == {"deals.csv": "Opportunities", "catalogue.csv": "—"}
