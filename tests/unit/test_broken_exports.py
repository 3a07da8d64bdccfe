"""Exports that must not be loaded as they are: each gets a sentence that says what is wrong and what to do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from revops.errors import MappingError, UnreadableFile
from revops.importing import edits, import_files
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.suggest import suggest
from revops.ingest.types import Context
from revops.workspace import Workspace

DEALS = "Deal ID,Stage,Stage,Amount,Created\n1,Won,x,10,2025-01-02\n2,Lost,y,20,2025-01-30\n"
TODAY = dt.date(2025, 7, 1)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "deals.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_repeated_header_is_asked_about_and_changes_nothing(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        before = workspace.fingerprint
        with pytest.raises(MappingError, match=r"More than one column is headed “Stage”"):
            import_files(workspace, [written(tmp_path, DEALS)], today=TODAY)
        assert workspace.fingerprint == before
        assert workspace.imports().empty


def test_repeated_headers_load_once_somebody_says_that_order_tells_them_apart(tmp_path: Path) -> None:
    [raw] = read_file(written(tmp_path, DEALS))
    profile = profile_table(raw)
    mapping = suggest(raw, profile, Context(today=TODAY))
    assert [q.code for q in mapping.blocking] == ["repeated_header"]
    assert edits.repeated_in_order(mapping, profile).blocking == ()


@pytest.mark.parametrize("cut", ["3,Won", "3,Won,30"])
def test_a_file_cut_off_inside_its_last_row_is_refused(tmp_path: Path, cut: str) -> None:
    text = "Deal ID,Stage,Amount,Created\n1,Won,10,2025-01-02\n2,Lost,20,2025-01-30\n" + cut
    with pytest.raises(UnreadableFile, match=r"is cut off: line 4, the last one, has \d of 4 cells") as refused:
        read_file(written(tmp_path, text))
    assert refused.value.code == "truncated"


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2,3\n4,5,6",  # whole, only without a last line end
        "a,b,c\n1,2\n4,5",  # rows are short anyway
        "a,b,c\n1,2,3\n4,5\n",  # short, but the line was ended
    ],
)
def test_a_whole_file_without_a_last_line_end_is_read(tmp_path: Path, text: str) -> None:
    [raw] = read_file(written(tmp_path, text))
    assert raw.row_count == 2


def test_a_name_with_wildcards_is_that_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "deals1.csv").write_text("Deal ID,Stage\n1,Won\n2,Lost\n", encoding="utf-8")
    meant = tmp_path / "deals[1].csv"
    meant.write_text("Deal ID,Stage\n1,Won\n2,Open\n3,Open\n", encoding="utf-8")
    [raw] = read_file(meant)
    assert [row[1] for row in raw.sample()] == ["Won", "Open", "Open"]
