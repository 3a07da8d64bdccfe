"""The import: files dropped, understood, corrected, loaded, listed, undone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from revops.errors import MappingError
from revops.exporting import Format, export_all
from revops.importing import Origin, context_of, draft, read_tables
from revops.ui import import_mapping
from revops.workspace import Settings, Workspace, workspace_path
from revops.workspace.external import Connection
from tests.pages.conftest import OpenPage, said
from tests.unit.workspace_tables import staged

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


def table(app: AppTest, key: str) -> Any:
    """The table or editor whose key begins so."""
    return next(d for d in app.dataframe if key in d.proto.id)


def problems_of(app: AppTest) -> pd.DataFrame:
    """The table of the rows to reject, grouped by reason."""
    return with_column(app, "Reason")


def with_column(app: AppTest, name: str) -> pd.DataFrame:
    """The table that has this column."""
    return next(d.value for d in app.dataframe if name in d.value)


def look_at(app: AppTest, view: str) -> None:
    """Opens one of the views of the table on the desk."""
    next(c for c in app.segmented_control if c.key and c.key.startswith("view_")).select(view).run()
    assert not app.exception


def edit(app: AppTest, key: str, row: int, column: str, value: object) -> None:
    """A person's edit of one cell of an editor."""
    identity = table(app, key).proto.id
    app.session_state[identity[identity.index(key) :]] = {
        "edited_rows": {row: {column: value}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert not app.exception


def test_a_file_is_read_mapped_and_shown_before_anything_is_loaded(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    assert "4 rows · 6 columns · CSV" in said(app)
    assert "Records ready: Opportunities — 3. Rows to reject: 1." in said(app)
    mapping = table(app, "mapping_").value.set_index("column")
    assert list(mapping.loc["Create Date", "targets"]) == ["opportunities.created_at"]
    assert list(mapping.loc["Shoe size", "targets"]) == []
    assert "Loaded so far" not in [s.value for s in app.subheader]


def test_the_rows_to_reject_are_grouped_by_reason(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    look_at(app, "problems")
    problems = problems_of(app)
    assert problems["Field"].tolist() == ["Created on"]
    assert problems["Examples (row: value)"].tolist() == ["4: not a date"]


def test_loading_reports_what_came_of_it_and_fills_the_pages(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    app.button(key="load_files").click().run()
    assert not app.exception
    assert "Loaded 1 file, 4 rows." in said(app)
    assert "Win rate" in said(app)
    log = table(app, "import_log").value
    assert log[["File", "Rows", "Accepted", "Rejected"]].iloc[0].tolist() == ["deals.csv", "4", "3", "1"]
    assert [d.label for d in app.get("download_button")] == ["Download rejected rows"]


def test_the_same_file_again_says_that_nothing_is_new(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    app.button(key="load_files").click().run()
    drop(app, ("deals.csv", DEALS))
    assert "this very file is loaded already" in said(app)
    app.button(key="load_files").click().run()
    assert "Nothing new" in said(app)
    assert len(table(app, "import_log").value) == 1


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
    mapping = table(app, "mapping_").value.set_index("column")
    assert list(mapping.loc["Zzz", "targets"]) == ["opportunities.stage"]


def test_a_mapping_is_changed_in_its_table(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    before = table(app, "mapping_").value
    row = before["column"].tolist().index("Shoe size")
    identity = table(app, "mapping_").proto.id  # ends with the widget's key
    key = identity[identity.index("mapping_") :]
    app.session_state[key] = {
        "edited_rows": {row: {"targets": ["opportunities.product"]}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert not app.exception
    after: pd.DataFrame = table(app, "mapping_").value
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
    log = table(app, "import_log").value
    assert dict(zip(log["File"], log["Fills"], strict=True)) == {"deals.csv": "Opportunities", "catalogue.csv": "—"}


# --- before the load --------------------------------------------------------------------------------------------------

ACCOUNTS = "Account ID,Account Name,Industry\nNorthwind,Northwind,retail\nContoso,Contoso,energy\n"
NAMED = """Deal ID,Account ID,Deal Stage,Create Date,Close Date,Amount
1,North-wind,Discovery,2026-01-05,,100
2,Contoso,Closed Won,2026-01-06,2026-02-01,200
3,Umbrella,Closed Won,2026-01-06,2026-02-01,300
"""


def test_names_that_match_nothing_are_shown_and_accepted(page: AppTest) -> None:
    app = drop(page, ("accounts.csv", ACCOUNTS), ("deals.csv", NAMED))
    keys = table(app, "keys_").value
    assert keys[["In the file", "Known name", "Accept"]].to_numpy().tolist() == [["North-wind", "Northwind", True]]
    app.button(key="accept_0").click().run()
    assert not app.exception
    assert "No known name is near" in said(app)
    assert not [b for b in app.button if b.key == "accept_0"]


def test_what_the_load_would_do_is_what_it_does(page: AppTest) -> None:
    old = DEALS + "5,Discovery,2026-03-05,,500,45\n"  # so that February is over
    app = drop(page, ("deals.csv", old))
    forecast = with_column(app, "Stay the same").set_index("Table").loc["Opportunities"]
    assert forecast[["New", "Change", "Stay the same", "Rejected rows"]].tolist() == ["4", "0", "0", "1"]
    app.button(key="load_files").click().run()
    drop(app, ("deals.csv", old.replace("Closed Lost", "Closed Won")))
    forecast = with_column(app, "Stay the same").set_index("Table").loc["Opportunities"]
    assert forecast[["New", "Change", "Stay the same", "Rejected rows"]].tolist() == ["0", "1", "3", "1"]
    app.button(key="load_files").click().run()
    assert "Past figures that changed" in said(app)
    changed = with_column(app, "Before").set_index("Metric")
    assert changed.loc["Win rate", ["Before", "Now"]].tolist() == ["50.0%", "100.0%"]


def test_rows_to_reject_are_repaired(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS.replace("not a date", "")))
    look_at(app, "problems")
    column = next(s for s in app.selectbox if s.key and s.key.startswith("repair_column_"))
    column.select("Close Date").run()
    next(b for b in app.button if b.key and b.key.startswith("repair_apply_")).click().run()
    assert not app.exception
    assert "Records ready: Opportunities — 4." in said(app)
    assert "mapping changed by you" in said(app)


def test_rows_are_left_out_knowingly(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    look_at(app, "problems")
    next(c for c in app.segmented_control if c.key and c.key.startswith("repair_kind_")).select("drop").run()
    next(b for b in app.button if b.key and b.key.startswith("repair_apply_")).click().run()
    assert "Every row can be loaded" in said(app)


def test_values_of_a_closed_list_are_read_as_a_person_says(page: AppTest) -> None:
    rows = "1,Ada,2026-01-01,10,monthly\n2,Bo,2026-01-01,12,springly\n"
    content = "Subscription ID,Customer,Start Date,Amount,Billing Interval\n" + rows
    app = drop(page, ("subscriptions.csv", content))
    look_at(app, "values")
    key = next(d.proto.id for d in app.dataframe if "values_" in d.proto.id and "interval" in d.proto.id)
    before = table(app, key).value
    row = before["In the file"].tolist().index("springly")
    edit(app, key[key.index("values_") :], row, "Read as", "year")
    after = next(d.value for d in app.dataframe if "values_" in d.proto.id and "interval" in d.proto.id)
    assert after.set_index("In the file")["Read as"].to_dict() == {"monthly": "month", "springly": "year"}


def test_rejected_rows_come_back_corrected(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    app.button(key="load_files").click().run()
    header = DEALS.splitlines()[0] + ",Why this row was rejected\n"
    drop(app, ("corrected.csv", header + "4,Closed Won,2026-01-08,2026-02-03,400,44,no date\n"))
    assert "rejected rows that come back" in said(app)
    app.button(key="load_files").click().run()
    assert not app.exception
    assert "1 records (1 new, 0 changed, 0 unchanged)" in said(app)


def test_what_stages_mean_is_decided_after_the_load(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS.replace("Discovery", "Zzz")))
    app.button(key="load_files").click().run()
    stages = table(app, "decide_meaning").value
    row = stages["stage"].tolist().index("Zzz")
    assert (stages["meaning"].iloc[row], stages["deals"].iloc[row]) == ("other", "1")
    key = table(app, "decide_meaning").proto.id
    edit(app, key[key.index("decide_meaning") :], row, "meaning", "proposal")
    app.button(key="save_stages").click().run()
    assert not app.exception
    stages = table(app, "decide_meaning").value
    assert stages.set_index("stage").loc["Zzz", "meaning"] == "proposal"


def test_a_mapping_goes_out_as_json_and_comes_in_again(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(DEALS, encoding="utf-8")
    with read_tables([path]) as tables:
        (one,) = draft(tables, context_of(None, dt.date(2026, 3, 1)))
        edited = import_mapping.document(one).replace('"Amount"', '"Shoe size"')
        changed = import_mapping.from_document(one, edited.encode())
        amount = next(f for e in changed.mapping.entities for f in e.fields if f.field == "amount")
        assert (amount.column, changed.origin) == ("Shoe size", Origin.GIVEN)
        with pytest.raises(MappingError, match="holds no mapping"):
            import_mapping.from_document(one, b"[1]")
        with pytest.raises(MappingError):
            import_mapping.from_document(one, edited.replace("Shoe size", "No such column").encode())


def test_what_the_files_will_make_computable_is_told_before_they_are_loaded(page: AppTest) -> None:
    app = drop(page, ("deals.csv", DEALS))
    text = said(app)
    assert "After the load, " in text
    assert " KPIs can be computed" in text
    assert "Not yet: Customer acquisition cost (CAC), Annual recurring revenue (ARR)" in text


def test_a_workspace_over_another_engine_takes_no_files_and_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "there.duckdb") as workspace:
        workspace.connect(Connection(url="postgresql://crm", mapping="{}", filled={}))
    app = open_page("import", tmp_path, workspace=str(tmp_path / "there.duckdb"))
    assert not app.exception
    assert not app.get("file_uploader")
    assert "reads its tables from another engine" in said(app) + str([e.value for e in app.error])


def test_an_exported_archive_brings_its_decisions_into_an_empty_workspace(page: AppTest, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "source.duckdb") as source:
        source.load(staged(rows={"accounts": [{"account_id": "A1", "name": "Ada", "source": "Ads"}]}))
        source.set_channels(source.channels().assign(channel="paid_search"))
        source.settings = Settings(currency="RUB", fiscal_year_start=4)
        export_all(source, Format.CSV, tmp_path / "all.zip")
    page.file_uploader[0].set_value([("all.zip", (tmp_path / "all.zip").read_bytes(), "application/zip")]).run()
    page.button(key="load_files").click().run()
    assert not page.exception
    with Workspace.open(workspace_path("default")) as loaded:
        assert (loaded.settings.currency, loaded.settings.fiscal_year_start) == ("RUB", 4)
        assert loaded.channels().to_dict("records") == [{"value": "Ads", "channel": "paid_search"}]
