"""Months, quarters and years as headers: a customers-by-months sheet has numbers and dates for names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import xlsxwriter

from revops.ingest.periods import consecutive_periods, month_of, months_of
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.shapes import month_columns
from revops.ingest.types import RawTable

JANUARY, FEBRUARY, MARCH = (dt.date(2026, m, 1) for m in (1, 2, 3))

# A header of three months in each of the ways that people and systems write them.
SPELLINGS = {
    "month and year with a point": "01.2026;02.2026;03.2026",
    "without the leading zero": "1.2026;2.2026;3.2026",
    "year and month": "2026-01;2026-02;2026-03",
    "digits alone": "202601;202602;202603",
    "Russian, two digits": "янв 26;фев 26;мар 26",
    "Russian, in full": "Январь 2026;Февраль 2026;Март 2026",
    "Russian, with the word year": "январь 2026 г.;февраль 2026 г.;март 2026 г.",
    "as Excel shows them": "Jan-26;Feb-26;Mar-26",
    "as pandas writes them": "2026-01-01 00:00:00;2026-02-01 00:00:00;2026-03-01 00:00:00",
    "last days": "31.01.2026;28.02.2026;31.03.2026",
    "American days": "1/1/2026;2/1/2026;3/1/2026",
    "British days": "01/01/2026;01/02/2026;01/03/2026",
}


def read(tmp_path: Path, text: str) -> RawTable:
    path = tmp_path / "mrr.csv"
    path.write_text(text, encoding="utf-8")
    [table] = read_file(path)
    return table


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_header_of_months_is_a_header(tmp_path: Path, spelling: str) -> None:
    header = SPELLINGS[spelling]
    table = read(tmp_path, f"Customer;{header}\nAcme;100;100;120\nGlobex;50;0;0\n")
    assert table.columns == ("Customer", *header.split(";"))
    assert table.layout.header_line == 1
    assert table.sample() == [("Acme", "100", "100", "120"), ("Globex", "50", "0", "0")]
    assert list(month_columns(profile_table(table)).values()) == ["2026-01-01", "2026-02-01", "2026-03-01"]


@pytest.mark.parametrize("header", ["Q1 2026,Q2 2026,Q3 2026", "2024,2025,2026", "01.2026,04.2026,07.2026",
                                    "I кв. 2026,II кв. 2026,III кв. 2026"])  # fmt: skip
def test_quarters_and_years_are_headers(tmp_path: Path, header: str) -> None:
    table = read(tmp_path, f"Customer,{header}\nAcme,100,100,120\nGlobex,50,0,0\n")
    assert table.columns == ("Customer", *header.split(","))
    assert table.row_count == 2


def test_a_title_and_a_total_stand_around_the_months(tmp_path: Path) -> None:
    table = read(tmp_path, "MRR by customer\n\nCustomer,Total,01.2026,02.2026\nAcme,200,100,100\nTotal,200,100,100\n")
    assert table.columns == ("Customer", "Total", "01.2026", "02.2026")
    assert table.sample() == [("Acme", "200", "100", "100")]
    assert [(a.line, a.kind) for a in table.set_aside] == [(1, "preamble"), (5, "footer")]


@pytest.mark.parametrize("number_format", ["mmm yy", "mm.yyyy", "yyyy-mm-dd"])
def test_real_dates_in_the_header_cells_of_a_workbook(tmp_path: Path, number_format: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "mrr.xlsx") as book:
        shown = book.add_format({"num_format": number_format})
        sheet = book.add_worksheet("MRR")
        sheet.write(0, 0, "Клиент")
        for i, month in enumerate((JANUARY, FEBRUARY, MARCH), 1):
            sheet.write_datetime(0, i, dt.datetime(month.year, month.month, 1), shown)
        sheet.write_row(1, 0, ["Ромашка", 100, 100, 120])
        sheet.write_row(2, 0, ["Василёк", 50, 0, 0])
    [table] = read_file(tmp_path / "mrr.xlsx")
    assert table.columns == ("Клиент", "2026-01-01", "2026-02-01", "2026-03-01")
    assert table.sample() == [("Ромашка", "100", "100", "120"), ("Василёк", "50", "0", "0")]
    assert len(month_columns(profile_table(table))) == 3


def test_numbers_for_months_in_a_workbook(tmp_path: Path) -> None:
    """01.2026 typed into a cell becomes the number 1.2026."""
    with xlsxwriter.Workbook(tmp_path / "mrr.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Customer", 1.2026, 2.2026, 3.2026])
        sheet.write_row(1, 0, ["Acme", 100, 100, 120])
        sheet.write_row(2, 0, ["Globex", 50, 0, 0])
    [table] = read_file(tmp_path / "mrr.xlsx")
    assert table.columns == ("Customer", "1.2026", "2.2026", "3.2026")
    assert table.row_count == 2


@pytest.mark.parametrize(
    "row",
    [
        "A1,2026-01-05,2026-02-05,100\nA2,2026-02-01,2026-03-01,50\n",  # starts and ends
        "A1,01.2026,02.2026,100\nA2,02.2026,03.2026,50\n",
    ],
)
def test_a_row_of_dates_is_no_header(tmp_path: Path, row: str) -> None:
    table = read(tmp_path, row)
    assert table.layout.header_line == 0
    assert table.row_count == 2


def test_months_that_headers_name() -> None:
    assert month_of("янв.26") == month_of("Jan 2026") == month_of("2026/01") == month_of("MRR 01.2026") == JANUARY
    assert [month_of(t) for t in ("Amount", "13.2026", "2026-00", "1.5", "Mayor 2026", "12345678")] == [None] * 6


def test_days_with_slashes_are_read_the_way_that_makes_each_another_month() -> None:
    assert list(months_of(["1/1/2026", "2/1/2026", "3/1/2026"]).values()) == [JANUARY, FEBRUARY, MARCH]
    assert list(months_of(["1/1/2026", "1/2/2026", "1/3/2026"]).values()) == [JANUARY, FEBRUARY, MARCH]
    assert months_of(["1/1/2026", "31/31/2026"]) == {}


def test_periods_must_follow_one_another() -> None:
    assert consecutive_periods(["Customer", "01.2026", "02.2026"]) == (1, 2)
    assert consecutive_periods(["02.2026", "Customer", "01.2026"]) == (0, 2)
    assert consecutive_periods(["x", "2024", "2025", "2026"]) == (1, 2, 3)
    assert consecutive_periods(["x", "01.2026", "05.2026", "06.2026"]) == ()
    assert consecutive_periods(["x", "01.2026", "y"]) == ()
