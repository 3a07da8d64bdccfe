"""Workbooks as people lay them out -> the tables in them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from revops.errors import UnreadableFile
from revops.ingest.read import read_file
from revops.ingest.types import RawTable

Cells = dict[str, list[list[Any]]]


def workbook(path: Path, sheets: Cells, *, top: int = 0, left: int = 0, **options: Any) -> Path:
    """A workbook with these rows on each sheet, `top` rows down and `left` columns in."""
    book = xlsxwriter.Workbook(str(path), options)
    day, moment = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "dd.mm.yyyy hh:mm:ss"))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows, start=top):
            for c, value in enumerate(row, start=left):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(r, c, value, moment)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(r, c, value, day)
                elif value is not None:
                    sheet.write(r, c, value)
    book.close()
    return path


def grid(table: RawTable) -> list[list[str | None]]:
    return [list(table.columns), *(list(r) for r in table.sample(1000))]


DEALS: list[list[Any]] = [["id", "owner", "amount"], [1, "Ann", 10.5], [2, "Bob", 20]]
READ = [["id", "owner", "amount"], ["1", "Ann", "10.5"], ["2", "Bob", "20"]]


def test_values_are_written_plainly(tmp_path: Path) -> None:
    rows = [
        ["id", "when", "value", "flag"],
        [8, dt.date(2026, 3, 1), 0.1 + 0.2, True],
        [12345678901, dt.datetime(2026, 3, 1, 10, 20), 41800000.009999998, False],
        ["x9", "text", 1e15, None],
    ]
    [table] = read_file(workbook(tmp_path / "t.xlsx", {"Deals": rows}))
    assert grid(table) == [
        ["id", "when", "value", "flag"],
        ["8", "2026-03-01", "0.3", "TRUE"],
        ["12345678901", "2026-03-01 10:20:00", "41800000.01", "FALSE"],
        ["x9", "text", "1000000000000000", None],
    ]


def test_each_sheet_with_a_table_is_one(tmp_path: Path) -> None:
    prose = [["This workbook was exported on Monday."], ["Ask Ann about it."]]
    tables = read_file(workbook(tmp_path / "t.xlsx", {"Read me": prose, "Deals": DEALS, "Лиды": DEALS, "Empty": []}))
    assert [t.name for t in tables] == ["t.xlsx › Deals", "t.xlsx › Лиды"]
    assert [grid(t) for t in tables] == [READ, READ]
    assert all("“Read me”, “Empty”" in t.notes[-1].en for t in tables)


def test_blank_rows_and_columns_around_are_no_part_of_it(tmp_path: Path) -> None:
    [table] = read_file(workbook(tmp_path / "t.xlsx", {"Deals": DEALS}, top=3, left=2))
    assert grid(table) == READ
    assert table.layout.header_line == 4


def test_titles_above_and_totals_below_are_set_aside_with_their_rows(tmp_path: Path) -> None:
    rows = [["Pipeline report"], ["As of", "1 March"], [], *DEALS, [], ["Total", None, 30.5]]
    [table] = read_file(workbook(tmp_path / "t.xlsx", {"Deals": rows}, top=1))
    assert grid(table) == READ
    assert [(a.line, a.kind) for a in table.set_aside] == [(2, "preamble"), (3, "preamble"), (9, "footer")]
    assert table.layout.header_line == 5


def test_a_merged_title_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.merge_range("A1:C1", "All deals of the year")
    for r, row in enumerate(DEALS, start=1):
        sheet.write_row(r, 0, row)
    book.close()
    assert grid(read_file(path)[0]) == READ


def test_a_cell_beyond_the_header_is_a_column_too(tmp_path: Path) -> None:
    rows = [["id", "owner"], [1, "Ann"], [2, "Bob", None, "call back"]]
    [table] = read_file(workbook(tmp_path / "t.xlsx", {"Deals": rows}))
    assert table.columns == ("id", "owner", "column 3", "column 4")
    assert table.sample()[1] == ("2", "Bob", None, "call back")


def test_days_counted_from_1904_are_the_same_days(tmp_path: Path) -> None:
    rows = [["id", "day"], [1, dt.date(2026, 3, 1)], [2, dt.date(2026, 3, 2)]]
    [table] = read_file(workbook(tmp_path / "t.xlsx", {"Deals": rows}, date_1904=True))
    assert [r[1] for r in table.sample()] == ["2026-03-01", "2026-03-02"]


def test_what_the_file_is_comes_from_its_content(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"Deals": DEALS}).rename(tmp_path / "deals.csv")
    assert grid(read_file(path)[0]) == READ


def test_a_sheet_of_a_thousand_rows_keeps_them_all_in_order(tmp_path: Path) -> None:
    rows = [["id", "name"], *([i, f"x{i}"] for i in range(3000))]
    [table] = read_file(workbook(tmp_path / "t.xlsx", {"Deals": rows}))
    assert [r[0] for r in table.sample(5000)] == [str(i) for i in range(3000)]


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"Read me": [["Only words here."], ["And here."]]}, "none of its sheets"),
        ({"Empty": []}, "none of its sheets"),
        ({"Deals": [["Title"], ["id", "owner", "amount"]]}, "none of its sheets"),
    ],
)
def test_a_workbook_without_a_table_says_so(tmp_path: Path, sheets: Cells, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        read_file(workbook(tmp_path / "t.xlsx", sheets))


def test_a_workbook_that_was_cut_off_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"Deals": DEALS})
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(UnreadableFile, match="damaged"):
        read_file(path)


# --- several tables on one sheet ---

QUOTAS: list[list[Any]] = [["rep", "month", "quota"], ["Ann", "2026-01", 100], ["Bob", "2026-01", 90]]
READ_QUOTAS = [["rep", "month", "quota"], ["Ann", "2026-01", "100"], ["Bob", "2026-01", "90"]]
PEOPLE: list[list[Any]] = [
    ["name", "role", "team", "city"],
    ["Ann", "AE", "North", "Perm"],
    ["Bob", "AE", "South", "Ufa"],
]


def beside(*tables: list[list[Any]], gap: int = 1) -> list[list[Any]]:
    height = max(len(t) for t in tables)
    rows: list[list[Any]] = [[] for _ in range(height)]
    for table in tables:
        for i, row in enumerate(rows):
            cells = table[i] if i < len(table) else []
            row += [*cells, *[None] * (len(table[0]) + gap - len(cells))]
    return rows


TOGETHER: dict[str, tuple[list[list[Any]], list[list[list[str | None]]]]] = {
    "below, of the same width": ([*DEALS, [], *QUOTAS], [READ, READ_QUOTAS]),
    "below, with a title": ([["Deals"], *DEALS, [], [], ["Quotas"], *QUOTAS], [READ, READ_QUOTAS]),
    "below, after totals": ([*DEALS, ["Total", None, 30.5], [], *QUOTAS], [READ, READ_QUOTAS]),
    "a list of text below": ([*DEALS, [], *PEOPLE], [READ, PEOPLE]),
    "a list of text above": ([*PEOPLE, [], *DEALS], [PEOPLE, READ]),
    "beside, of other lengths": (beside([*DEALS, [3, "Cy", 30]], QUOTAS), [[*READ, ["3", "Cy", "30"]], READ_QUOTAS]),
    "beside, under the same names": (beside(DEALS, DEALS), [READ, READ]),
    "beside and below": (
        [*beside(DEALS, [*QUOTAS, ["Cy", "2026-01", 80]]), [], *PEOPLE],
        [READ, [*READ_QUOTAS, ["Cy", "2026-01", "80"]], PEOPLE],
    ),
}


@pytest.mark.parametrize("case", TOGETHER)
def test_several_tables_on_one_sheet_are_told_apart(tmp_path: Path, case: str) -> None:
    rows, expected = TOGETHER[case]
    tables = read_file(workbook(tmp_path / "t.xlsx", {"All": rows}, top=1, left=1))
    assert [grid(t) for t in tables] == expected
    assert [t.layout.sheet for t in tables] == ["All", "All [2]", "All [3]"][: len(expected)]


ONE: dict[str, list[list[Any]]] = {
    "rows after a gap": [*DEALS, [], [3, "Cy", 30], [4, "Di", 40]],
    "the same header again": [*DEALS, [], DEALS[0], [3, "Cy", 30], [4, "Di", 40]],
    "text after a gap": [["name", "city"], ["Ann", "Bonn"], [], ["Bob", "Perm"], ["Cy", "Ufa"]],
    "a remark of two cells": [*DEALS, [], ["Source", "CRM"], ["Made by", "Ann"]],
    "filters above": [["Filter", "Open deals"], ["Owner", "All"], [], *DEALS],
    "an empty column inside": [[*r[:2], None, *r[2:], "x"] for r in DEALS],
}


@pytest.mark.parametrize("case", ONE)
def test_one_table_stays_one(tmp_path: Path, case: str) -> None:
    assert len(read_file(workbook(tmp_path / "t.xlsx", {"All": ONE[case]}))) == 1


def test_lines_of_a_second_table_are_those_of_the_sheet(tmp_path: Path) -> None:
    rows = [*DEALS, [], ["Quotas"], *QUOTAS, ["Total", None, 190]]
    _, quotas = read_file(workbook(tmp_path / "t.xlsx", {"All": rows}))
    assert quotas.layout.header_line == 6
    assert [(a.line, a.kind) for a in quotas.set_aside] == [(5, "preamble"), (9, "footer")]


# --- headers of several rows ---

GROUPED: dict[str, tuple[list[list[Any]], list[str]]] = {
    "groups over columns": (
        [["", "Q1 2025", None, "Q2 2025", None], ["Owner", "Amount", "Deals", "Amount", "Deals"]],
        ["Owner", "Q1 2025 / Amount", "Q1 2025 / Deals", "Q2 2025 / Amount", "Q2 2025 / Deals"],
    ),
    "the first column named above": (
        [["Owner", "Q1 2025", None, "Q2 2025", None], [None, "Amount", "Deals", "Amount", "Deals"]],
        ["Owner", "Q1 2025 / Amount", "Q1 2025 / Deals", "Q2 2025 / Amount", "Q2 2025 / Deals"],
    ),
    "three rows": (
        [
            ["", "2025", None, None, None],
            ["", "Q1", None, "Q2", None],
            ["Owner", "Amount", "Deals", "Amount", "Deals"],
        ],
        ["Owner", "Q1 / Amount", "Q1 / Deals", "Q2 / Amount", "Q2 / Deals"],
    ),
    "three rows of groups": (
        [
            ["", "Plan", None, None, None, "Fact", None, None, None],
            ["", "Q1", None, "Q2", None, "Q1", None, "Q2", None],
            ["Owner", *["Amount", "Deals"] * 4],
        ],
        [
            "Owner", *(f"{a} / {q} / {n}" for a in ("Plan", "Fact") for q in ("Q1", "Q2") for n in ("Amount", "Deals")),
        ],
    ),
    "a line of remarks above": (
        [["As of", "1 March"], ["Owner", "Amount", "Deals", "Sum", "Number"]],
        ["Owner", "Amount", "Deals", "Sum", "Number"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GROUPED)
def test_names_of_groups_are_joined_with_those_below(tmp_path: Path, case: str) -> None:
    header, names = GROUPED[case]
    width = len(header[-1])
    rows = [*header, ["Ann", *range(10, 9 + width)], ["Bob", *range(20, 19 + width)]]
    [table] = read_file(workbook(tmp_path / "t.xlsx", {"Report": rows}))
    assert list(table.columns) == names
    assert table.row_count == 2
    assert table.layout.header_line == len(header)
