"""The export page: what there is, and a download that imports again."""

from __future__ import annotations

from pathlib import Path

from revops import importing
from revops.exporting import Format
from revops.ui import export_page
from revops.workspace import Workspace, workspace_path
from tests.pages.conftest import OpenPage
from tests.round_trips import TODAY, changes


def test_every_entity_that_holds_something_can_be_chosen(open_page: OpenPage, half_mapped: Path) -> None:
    app = open_page("export", half_mapped)
    assert app.selectbox(key="export_what").options == ["All tables (ZIP)", "Opportunities"]
    assert app.dataframe[0].value.values.tolist() == [["Opportunities", "3", "19", "0"]]


def test_excel_is_asked_about_where_the_file_is_a_csv(open_page: OpenPage, half_mapped: Path) -> None:
    app = open_page("export", half_mapped)
    assert [c.key for c in app.checkbox] == ["export_for_excel"]
    app.button_group(key="export_format").set_value(Format.PARQUET).run()
    assert not app.exception
    assert len(app.checkbox) == 0


def test_what_is_downloaded_imports_again(half_mapped: Path, tmp_path: Path) -> None:
    with Workspace.open(workspace_path("default")) as workspace:
        for what, name in (("all", "all.zip"), ("opportunities", "deals.csv")):
            (tmp_path / name).write_bytes(export_page._content(workspace, what, Format.CSV, for_excel=True))
            with importing.read_tables([tmp_path / name]) as tables:
                drafts = importing.draft(tables, importing.context_of(workspace, TODAY), workspace)
                forecast = importing.dry_run(workspace, importing.stage_all(drafts))
            assert [f.unchanged for f in forecast] == [3]
            assert changes(forecast) == []
