"""Rows with something wrong, corrected cell by cell before the load; recorded with it, and undone."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from revops.errors import MappingError
from revops.importing import Draft, Origin, by_hand, context_of, draft, keep_mapping, load, read_tables, stage_all
from revops.importing.returned import rejected_file
from revops.ingest import mapping_json
from revops.ingest.types import Rejection, StagedEntity, StagedLoad
from revops.workspace import Workspace
from tests.unit.test_importing_repairs import DAY, one_draft

HEADER = "Deal ID,Account Name,Deal Stage,Create Date,Close Date,Amount\n"
GOOD = "".join(f"{i},Ada,Closed Won,2026-01-{i:02},2026-02-{i:02},{i}00\n" for i in range(10, 29))
DEALS = HEADER + (
    "1,Ada,Closed Won,31.02.2025,2026-02-01,100\n"
    "2,Bo,Discovery,2026-01-06,,call me\n"
    "3,Cy,Discovery,soon,,ask Tom\n"
    "4,,Closed Lost,2026-01-08,2026-02-03,\n" + GOOD
)


def staged_of(one: Draft) -> StagedLoad:
    (found,) = stage_all([one])
    return found


def deals(one: Draft) -> StagedEntity:
    return next(e for e in staged_of(one) if e.entity == "opportunities")


def problem(one: Draft, field: str) -> tuple[StagedLoad, Rejection]:
    staged = staged_of(one)
    found = [r for e in staged for r in (*e.rejections, *e.warnings) if r.field == field]
    return staged, found[0]


def loaded(one: Draft, column: str) -> dict[str, str | None]:
    """Deal -> what would be loaded of it."""
    rows = one.raw.staging.execute(
        f"SELECT opportunity_id, CAST({column} AS VARCHAR) FROM {deals(one).accepted}"
    ).fetchall()
    return dict(rows)


def test_a_group_shows_its_rows_as_uploaded_the_wrong_column_and_all_that_is_wrong(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        group = by_hand.group_of(one, *problem(one, "created_at"))
        assert list(group.rows.index) == [1, 3]
        assert list(group.rows.columns) == HEADER.strip().split(",")
        assert group.rows["Create Date"].tolist() == ["31.02.2025", "soon"]
        assert group.wrong == ("Create Date",)
        assert group.total == 2
        assert [r.en for r in group.reasons] == [
            "Created on: this does not read as a date",
            "Amount: this does not read as a number; Created on: this does not read as a date",
        ]


def test_values_that_would_be_lost_are_a_group_too(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        group = by_hand.group_of(one, *problem(one, "amount"))
        assert group.rows["Amount"].tolist() == ["call me", "ask Tom"]
        assert group.wrong == ("Amount",)


def test_more_rows_than_anybody_edits_are_counted_and_go_to_a_file(tmp_path: Path) -> None:
    many = HEADER + "".join(f"{i},Ada,Closed Won,x{i},2026-02-01,100\n" for i in range(600)) + GOOD * 400
    with one_draft(tmp_path, many) as one:
        one = one.changed(_with_created(one))
        staged, found = problem(one, "created_at")
        shown = by_hand.group_of(one, staged, found)
        assert (len(shown.rows), shown.total) == (by_hand.MOST_ROWS, 600)
        file = by_hand.file_of(by_hand.group_of(one, staged, found, None), "en")
        assert len(file) == 600
        assert list(file.columns) == [*HEADER.strip().split(","), "Why this row was rejected"]


def _with_created(one: Draft):  # type: ignore[no-untyped-def]
    from revops.importing import edits

    return edits.with_column(
        one.mapping, one.raw, one.profile, context_of(None, DAY), "Create Date", "opportunities", "created_at"
    )


def test_corrected_cells_are_typed_and_checked_like_all_others(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        assert deals(one).rejected_count == 2
        better = by_hand.corrected(one, [(1, "Create Date", "2025-02-28"), (3, "Create Date", "never")])
        assert [(r.code, r.examples) for r in deals(better).rejections] == [("unreadable_date", ((3, "never"),))]
        assert loaded(better, "created_at")["1"] == "2025-02-28 00:00:00"
        done = by_hand.corrected(better, [(3, "Create Date", "2026-01-07"), (2, "Amount", "250"), (3, "Amount", None)])
        assert (deals(done).rejections, deals(done).warnings) == ((), ())
        assert (loaded(done, "amount")["2"], loaded(done, "amount")["3"]) == ("250.000000", None)
        assert len(loaded(done, "amount")) == len(loaded(one, "amount")) + 2


def test_a_correction_reads_as_the_column_writes_its_values(tmp_path: Path) -> None:
    """The cell is read by the mapping of its column, whatever a person might have meant."""
    german = HEADER.replace(",", ";") + "".join(
        f"{i};Ada;Closed Won;2026-01-05;2026-02-01;1.0{i},50\n" for i in range(10, 40)
    )
    with one_draft(tmp_path, german + "1;Ada;Closed Won;2026-01-05;2026-02-01;call me\n") as one:
        better = by_hand.corrected(one, [(31, "Amount", "2.000,25")])
        assert loaded(better, "amount")["1"] == "2000.250000"


def test_rows_left_out_are_neither_loaded_nor_rejected(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        fewer = by_hand.corrected(one, (), [1, 2])
        assert deals(fewer).rejected_count == 1
        assert {"1", "2"}.isdisjoint(loaded(fewer, "amount"))
        assert any("rows left out by hand: 2" in note.en.lower() for note in staged_of(fewer).notes)


def test_a_cell_that_says_again_what_was_uploaded_is_no_correction(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        better = by_hand.corrected(one, [(2, "Amount", "250")])
        assert by_hand.corrected(better, [(2, "Amount", "call me")]).mapping.corrections is None


def test_corrections_are_undone_one_by_one_and_all_at_once(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        done = by_hand.corrected(one, [(1, "Create Date", "2025-02-28"), (2, "Amount", "250")], [3])
        some = by_hand.undone(done, {(1, "Create Date")}, {3})
        assert [(c.row, c.was, c.now) for c in some.mapping.corrections.cells] == [(2, "call me", "250")]  # type: ignore[union-attr]
        assert deals(some).rejected_count == 2
        assert by_hand.undone_all(done).mapping == one.mapping


def test_a_row_or_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        with pytest.raises(MappingError, match="no row 999"):
            by_hand.corrected(one, [(999, "Amount", "1")])
        with pytest.raises(MappingError, match="Amuont"):
            by_hand.corrected(one, [(1, "Amuont", "1")])


@pytest.mark.parametrize("text", ["it's", 'a "b"', "1;2", "-- x", "{}", "ё\n2", "Ω'); DROP TABLE raw; --"])
def test_any_text_can_be_put_into_a_cell(tmp_path: Path, text: str) -> None:
    with one_draft(tmp_path, DEALS) as one:
        better = by_hand.corrected(one, [(2, "Account Name", text)])
        again = one.changed(mapping_json.from_json(mapping_json.to_json(better.mapping)))
        assert again.mapping == better.mapping
        assert loaded(again, "account_id")["2"] == text.strip()


# --- with the workspace -----------------------------------------------------------------------------------------------


def test_the_import_keeps_raw_rows_as_uploaded_and_records_what_was_corrected(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace, one_draft(tmp_path, DEALS, workspace) as one:
        done = by_hand.corrected(one, [(1, "Create Date", "2025-02-28"), (2, "Amount", "250")], [3])
        (report,) = load(workspace, stage_all([done]))
        assert report.rejected == 0
        assert any("Cells corrected by hand: 2; rows left out by hand: 1." in n.en for n in report.notes)
        raw = workspace.raw_rows(report.import_id, [1, 2, 3])
        assert (raw["Create Date"][0], raw["Amount"][1], raw["Create Date"][2]) == ("31.02.2025", "call me", "soon")
        log = workspace.imports().iloc[0]
        assert (log["corrected"], log["left_out"]) == (2, 1)
        told = json.loads(log["mapping"])["corrections"]
        assert told["cells"] == [
            {"row": 1, "column": "Create Date", "was": "31.02.2025", "now": "2025-02-28"},
            {"row": 2, "column": "Amount", "was": "call me", "now": "250"},
        ]
        assert told["left_out"] == [3]


def test_the_same_file_again_is_read_with_its_corrections_and_changes_nothing(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            done = by_hand.corrected(one, [(2, "Amount", "250")], [3])
            load(workspace, stage_all([done]))
            keep_mapping(workspace, done)
        before = workspace.fingerprint
        with one_draft(tmp_path, DEALS, workspace, name="copy") as again:
            assert (again.origin, again.mapping.corrections) == (Origin.AS_BEFORE, done.mapping.corrections)
            (report,) = load(workspace, stage_all([again]))
        assert report.already_loaded
        assert workspace.fingerprint == before


def test_undoing_the_corrections_of_a_loaded_file_loads_what_it_says(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            load(workspace, stage_all([by_hand.corrected(one, [(2, "Amount", "250")])]))
        with one_draft(tmp_path, DEALS, workspace) as again:
            (report,) = load(workspace, stage_all([by_hand.undone_all(again)]))
        assert report.replaced
        rows = workspace.query_user("SELECT amount FROM opportunities WHERE opportunity_id = '2'")
        assert rows["amount"].isna().all()


def test_the_next_export_with_these_headers_takes_the_mapping_without_the_corrections(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            done = by_hand.corrected(one, [(2, "Amount", "250")], [5])
            load(workspace, stage_all([done]))
            keep_mapping(workspace, done)
        with one_draft(tmp_path, DEALS + "99,Zoe,Discovery,2026-01-30,,990\n", workspace, name="next") as new:
            assert (new.origin, new.mapping.corrections) == (Origin.KEPT, None)
            assert loaded(new, "amount")["2"] is None


def test_corrections_of_another_file_are_not_applied_and_that_is_said(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        told = mapping_json.to_json(by_hand.corrected(one, [(2, "Amount", "250")]).mapping)
    with one_draft(tmp_path, DEALS + "99,Zoe,Discovery,2026-01-30,,990\n", name="next") as new:
        given = new.changed(mapping_json.from_json(told))
        assert loaded(given, "amount")["2"] is None
        assert any("another file" in note.en for note in staged_of(given).notes)


def test_a_correction_that_does_not_fit_the_file_is_refused_with_its_place(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        told = mapping_json.to_json(by_hand.corrected(one, [(2, "Amount", "250")]).mapping)
        wrong = one.changed(mapping_json.from_json(told.replace('"was": "call me"', '"was": "call him"')))
        with pytest.raises(MappingError, match="row 2, column “Amount”"):
            stage_all([wrong])


def test_a_corrected_row_that_is_rejected_all_the_same_comes_back_as_corrected(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace, one_draft(tmp_path, DEALS, workspace) as one:
        done = by_hand.corrected(one, [(3, "Create Date", "later"), (3, "Amount", "300")])
        (report,) = load(workspace, stage_all([done]))
        back = rejected_file(workspace, report.import_id).set_index("Deal ID")
        assert (back["Create Date"]["3"], back["Amount"]["3"]) == ("later", "300")
        assert back["Create Date"]["1"] == "31.02.2025"


def test_rows_to_correct_come_back_beside_their_file_before_anything_is_loaded(tmp_path: Path) -> None:
    whole, part = tmp_path / "deals.csv", tmp_path / "to_correct.csv"
    whole.write_text(DEALS, encoding="utf-8")
    with one_draft(tmp_path, DEALS) as one:
        staged, found = problem(one, "created_at")
        file = by_hand.file_of(by_hand.group_of(one, staged, found, None), "ru")
    file["Create Date"] = ["2025-02-28", "2026-01-07"]
    pd.DataFrame(file).to_csv(part, index=False)
    with Workspace.open(tmp_path / "w.duckdb") as workspace, read_tables([whole, part]) as tables:
        drafts = draft(tables, context_of(workspace, DAY), workspace)
        assert [d.origin for d in drafts] == [Origin.PROPOSED, Origin.RETURNED]
        reports = load(workspace, stage_all(drafts))
        assert [r.rejected for r in reports] == [2, 0]
        count = workspace.query_user("SELECT count(*) AS n FROM opportunities")
        assert count["n"][0] == 4 + len(GOOD.splitlines())


def test_wide_columns_are_corrected_where_the_wrong_value_is(tmp_path: Path) -> None:
    """Each cell of a wide table is a record: the columns that hold the value are the wrong ones."""
    events = HEADER.strip() + ',"Date entered ""Demo (Sales Pipeline)""","Date entered ""Offer (Sales Pipeline)"""\n'
    lines = [line + ",2026-01-10,2026-01-11" for line in GOOD.splitlines()]
    lines[0] = lines[0].replace("2026-01-11", "soon")
    with one_draft(tmp_path, events + "\n".join(lines) + "\n") as one:
        wide = next((e for e in one.mapping.entities if e.unpivot is not None), None)
        assert wide is not None, "the table's history is made long"
        staged = staged_of(one)
        found = next(r for e in staged if e.entity == wide.entity for r in e.rejections)
        group = by_hand.group_of(one, staged, found)
        assert [c for c in group.wrong if "Offer" in c] == list(group.wrong)
        better = by_hand.corrected(one, [(1, group.wrong[0], "2026-01-12")])
        assert all(not e.rejections for e in staged_of(better))
