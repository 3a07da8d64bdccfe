"""The import page's repairs: cells edited in a grid, values and meanings chosen, rows left out, all of it undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import OpenPage, said
from tests.pages.test_import_page import drop, edit, look_at, table

HEADER = "Deal ID,Account Name,Deal Stage,Create Date,Close Date,Amount,Original Source\n"
SOURCES = ("google ads", "zzz-partner")
GOOD = "".join(f"{i},Ada,Closed Won,2026-01-{i:02},2026-02-{i:02},{i}00,{SOURCES[i % 2]}\n" for i in range(10, 29))
DEALS = HEADER + (
    "1,Ada,Closed Won,31.02.2025,2026-02-01,100,google ads\n"
    "2,Bo,Discovery,2026-01-06,,call me,zzz-partner\n"
    "3,Cy,Zebra,soon,,300,google ads\n" + GOOD
)
READY = "Records ready: Opportunities — {ready}; Accounts — 3. Rows to reject: {rejected}."


@pytest.fixture
def page(open_page: OpenPage, tmp_path: Path) -> AppTest:
    """The import page with a table of deals on it, its problems in view."""
    app = drop(open_page("import", tmp_path), ("deals.csv", DEALS))
    look_at(app, "problems")
    return app


def keyed(found: Any, start: str) -> Any:
    """The widget whose key begins so."""
    return next(w for w in found if w.key and w.key.startswith(start))


def choose_repair(app: AppTest, repair: str) -> None:
    keyed(app.segmented_control, "repair_kind_").select(repair).run()
    assert not app.exception


def click(app: AppTest, start: str) -> None:
    keyed(app.button, start).click().run()
    assert not app.exception


def change_grid(app: AppTest, edited: dict[int, dict[str, str]], deleted: list[int]) -> None:
    """A person's edits of the grid: place of the row -> column -> text; places of deleted rows."""
    identity = table(app, "grid_").proto.id
    app.session_state[identity[identity.index("grid_") :]] = {
        "edited_rows": edited,
        "added_rows": [],
        "deleted_rows": deleted,
    }
    app.run()
    assert not app.exception


def test_a_group_is_named_with_its_reason_and_count_and_its_values(page: AppTest) -> None:
    groups = keyed(page.selectbox, "repair_group_")
    assert groups.options == [
        "Created on: this does not read as a date — 2 rows to reject",
        "Amount: this does not read as a number — 1 row without it",
    ]
    assert "“31.02.2025”, “soon”" in said(page)


def test_cells_are_edited_in_a_grid_and_checked_at_once(page: AppTest) -> None:
    assert READY.format(ready=20, rejected=2) in said(page)
    choose_repair(page, "grid")
    shown = table(page, "grid_").value
    assert list(shown.columns[:2]) == ["Create Date", "_why"]
    assert shown.index.tolist() == [1, 3]
    assert keyed(page.button, "grid_apply_").disabled
    change_grid(page, {0: {"Create Date": "2025-02-28"}, 1: {"Create Date": "never"}}, [])
    click(page, "grid_apply_")
    assert READY.format(ready=21, rejected=1) in said(page)
    corrected = table(page, "by_hand_list_").value
    assert corrected.values.tolist() == [
        ["1", "Create Date", "31.02.2025", "2025-02-28"],
        ["3", "Create Date", "soon", "never"],
    ]
    assert table(page, "grid_").value["Create Date"].tolist() == ["never"]


def test_rows_deleted_in_the_grid_are_left_out_and_come_back_when_undone(page: AppTest) -> None:
    choose_repair(page, "grid")
    change_grid(page, {0: {"Create Date": "2025-02-28"}}, [1])
    click(page, "grid_apply_")
    assert "Records ready: Opportunities — 21; Accounts — 2." in said(page)
    assert "left out: 1 row" in said(page)
    click(page, "by_hand_undo_all_")
    assert READY.format(ready=20, rejected=2) in said(page)
    assert "Corrected by hand" not in said(page)


def test_the_last_repair_is_undone(page: AppTest) -> None:
    choose_repair(page, "drop")
    click(page, "repair_apply_")
    assert "Rows to reject" not in said(page)
    click(page, "undo_repair_")
    assert READY.format(ready=20, rejected=2) in said(page)
    assert not [b for b in page.button if b.key and b.key.startswith("undo_repair_")]


def test_values_that_would_be_lost_are_given_a_number(page: AppTest) -> None:
    keyed(page.selectbox, "repair_group_").select_index(1).run()
    choose_repair(page, "map")
    keyed(page.text_input, "repair_meaning_").set_value("250").run()
    click(page, "repair_apply_")
    assert "Values that cannot be read" not in said(page)


def test_what_cannot_be_meant_is_refused_with_an_example(page: AppTest) -> None:
    keyed(page.selectbox, "repair_group_").select_index(1).run()
    choose_repair(page, "map")
    keyed(page.text_input, "repair_meaning_").set_value("a lot").run()
    click(page, "repair_apply_")
    assert "“a lot” cannot be used for Amount." in said(page)
    assert "Write it like this: 1234.56." in said(page)


def test_the_import_log_says_what_was_corrected_by_hand(page: AppTest) -> None:
    choose_repair(page, "grid")
    change_grid(page, {0: {"Create Date": "2025-02-28"}}, [1])
    click(page, "grid_apply_")
    click(page, "load_files")
    log = table(page, "import_log").value
    assert log["Corrected by hand"].tolist() == ["1 cell; 1 row left out"]
    drop(page, ("deals.csv", DEALS))
    assert "this very file is loaded already" in said(page)
    assert "Records ready: Opportunities — 21; Accounts — 2." in said(page)
    click(page, "load_files")
    assert "Nothing new" in said(page)


def test_stages_and_channels_are_decided_before_the_load(page: AppTest) -> None:
    look_at(page, "values")
    stages, channels = table(page, "stage_means_").value, table(page, "channel_of_").value
    assert channels["In the file"].iloc[0] == "zzz-partner"
    assert channels[["Rows", "Channel"]].iloc[0].tolist() == ["10", "other"]
    for key, frame, value, column, meaning in (
        ("channel_of_", channels, "zzz-partner", "Channel", "referral"),
        ("stage_means_", stages, "Discovery", "Means", "proposal"),
    ):
        identity = table(page, key).proto.id
        edit(page, identity[identity.index(key) :], frame["In the file"].tolist().index(value), column, meaning)
    click(page, "load_files")
    assert "Loaded 1 file" in said(page)
    assert table(page, "decide_meaning").value.set_index("stage")["meaning"]["Discovery"] == "proposal"
    assert table(page, "decide_channel").value.set_index("value")["channel"]["zzz-partner"] == "referral"


def test_which_channel_a_source_belongs_to_is_decided_after_the_load(page: AppTest) -> None:
    click(page, "load_files")
    channels = table(page, "decide_channel").value
    assert channels.set_index("value")[["rows", "channel"]].loc["zzz-partner"].tolist() == ["10", "other"]
    identity = table(page, "decide_channel").proto.id
    place = channels["value"].tolist().index("zzz-partner")
    edit(page, identity[identity.index("decide_channel") :], place, "channel", "partner")
    click(page, "save_channels")
    assert table(page, "decide_channel").value.set_index("value")["channel"]["zzz-partner"] == "partner"
    drop(page, ("next.csv", DEALS + "99,Zoe,Discovery,2026-01-30,,9,zzz-partner\n"))
    look_at(page, "values")
    assert table(page, "channel_of_").value.set_index("In the file")["Channel"]["zzz-partner"] == "partner"


def test_rows_corrected_outside_are_read_as_their_file_is_mapped_on_the_desk(page: AppTest) -> None:
    choose_repair(page, "drop")
    click(page, "repair_apply_")
    header = HEADER.strip() + ",Why this row was rejected\n"
    drop(page, ("to_correct.csv", header + "1,Ada,Closed Won,2025-02-28,2026-02-01,100,google ads,no date\n"))
    page.selectbox(key="desk_table").select_index(1).run()
    assert "rejected rows that come back" in said(page)
    click(page, "load_files")
    assert "Loaded 2 files" in said(page)
