"""Columns that are read plainly say what they would say if every value were read with care."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest

from revops.ingest.plain import Direct, PlainColumns, plain_moment, plain_number
from revops.ingest.reading import ColumnFormat, present, read_date, read_number, read_timestamp
from revops.ingest.types import Layout, NumberFormat, RawTable, SourceFile, literal
from revops.ingest.values import MISSING_SPELLINGS
from revops.model import FieldType

ODD = ["-0", "007", "1.", ".5", "1e5", "1_000", "1,000", "12.5%", "(5)", "+3", "0.1234567891", "9" * 16, "−5", "1 000"]
GROUPED = ["1 234,50", "1\u00a0234", "1.234,5", "1,234.5", "12,34,567.5", "0 123", "1 23", "1'234.5", "-1 234 567,25"]
NUMBERS = [*ODD, *GROUPED, "5", "-12.50", "-12,5", "9" * 12 + ".999999", "$5", "--", "", " 5 "]
FORMATS = [
    NumberFormat(),
    NumberFormat(decimal=","),
    NumberFormat(thousands=","),
    NumberFormat(thousands="'"),
    NumberFormat(decimal=",", thousands=" "),
    NumberFormat(decimal=",", thousands="."),
    NumberFormat(currency="USD", thousands=","),
]
DAYS = [
    "2024-02-30", "2024-01-01", "0999-01-01", "2024-01-01T10:20:30", "2024-1-1", "2024-01-01 25:00:00", "0000-00-00",
    "05.01.2026", "5.1.2026", "05.01.2026 10:20", "05.01.2026 10:20:33", "05.01.2026 25:00", "31.02.2026", "05.01.26",
    "05.01.0026", "01/31/2026", "31/01/2026 9:05 PM", "05.01.2026T10:20", "05.01.2026, 10:20", "2026/01/31", "--", "",
]  # fmt: skip
PATTERNS = [None, "%d.%m.%Y", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y"]
TEXTS = [
    *MISSING_SPELLINGS, *(s.upper() for s in MISSING_SPELLINGS),
    " A1", "A1 ", "A1\u00a0", "\ufeffA1", "a\n1", "Ё1", "Negotiation", "Ромашка",
]  # fmt: skip


CONNECTION = duckdb.connect()


def table(values: Sequence[str | None]) -> RawTable:
    """The one table that there is: each takes the place of the one before."""
    connection = CONNECTION
    connection.execute(
        "CREATE OR REPLACE TABLE raw AS SELECT generate_subscripts($v, 1) AS _row, unnest($v) AS v", {"v": list(values)}
    )
    return RawTable(
        file=SourceFile(name="t.csv", path=None, sha256="", size=0),  # type: ignore[arg-type]
        layout=Layout(format="csv", header_line=1),
        columns=("v",),
        original_headers=("v",),
        row_count=len(values),
        staging=connection,
        relation="raw",
    )


def answers(raw: RawTable, sql: str) -> list[object]:
    return [v for (v,) in raw.staging.execute(f"SELECT {sql} FROM raw ORDER BY _row").fetchall()]


def directly(raw: RawTable, type_: FieldType, fmt: ColumnFormat) -> Direct:
    direct = PlainColumns(raw).direct("v", type_, fmt)
    assert direct is not None
    return direct


@pytest.mark.parametrize("times", [1, 10])  # few values that come often are looked at once each
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_says_itself_needs_no_trimming_and_is_no_spelling_of_nothing(text: str, times: int) -> None:
    raw = table([text, "A1"] * times)
    assert PlainColumns(raw).says_its_text("v") == (answers(raw, present("v")) == [text, "A1"] * times)


@pytest.mark.parametrize("times", [1, 10])
def test_empty_cells_say_what_they_say(times: int) -> None:
    assert PlainColumns(table([None, "A1"] * times)).says_its_text("v")


@pytest.mark.parametrize("text", ["--", "A1 "])
def test_one_late_value_among_many_equal_ones_is_seen(text: str) -> None:
    assert not PlainColumns(table(["A1"] * 30_000 + [text])).says_its_text("v")


@pytest.mark.parametrize(("day", "plain"), [("2024-02-01", True), ("--", True), (None, True), ("05.01.2026", False)])
def test_days_that_come_often_are_plain_where_each_of_them_is(day: str | None, plain: bool) -> None:
    assert directly(table(["2024-01-01"] * 30_000 + [day]), FieldType.DATE, ColumnFormat()).plain is plain


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_a_column_of_any_numbers_reads_as_care_reads_it(fmt: NumberFormat) -> None:
    raw = table([*NUMBERS, None])
    format_ = ColumnFormat(number=fmt)
    direct = directly(raw, FieldType.DECIMAL, format_)
    assert not direct.plain
    assert answers(raw, direct.sql) == answers(raw, read_number("v", format_))


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_plain_numbers_are_the_numbers_that_care_reads(fmt: NumberFormat) -> None:
    shape, sql = plain_number("v", fmt)
    raw = table(NUMBERS)
    plain = f"CASE WHEN regexp_full_match(v, {literal(shape)}) THEN "
    read = answers(raw, plain + sql + " END")
    assert any(read)
    assert read == answers(raw, plain + read_number("v", ColumnFormat(number=fmt)) + " END")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_plain_moments_are_the_moments_that_care_reads(pattern: str | None) -> None:
    shape, sql = plain_moment("v", pattern)
    raw = table(DAYS)
    plain = f"CASE WHEN regexp_full_match(v, {literal(shape)}) THEN "
    careful = read_timestamp("v", ColumnFormat(date=pattern))
    assert answers(raw, plain + sql + " END") == answers(raw, plain + careful + " END")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_column_of_any_moments_reads_as_care_reads_it(pattern: str | None) -> None:
    raw = table([None, *DAYS])
    fmt = ColumnFormat(date=pattern)
    assert answers(raw, directly(raw, FieldType.TIMESTAMP, fmt).sql) == answers(raw, read_timestamp("v", fmt))
    assert answers(raw, directly(raw, FieldType.DATE, fmt).sql) == answers(raw, read_date("v", fmt))


@pytest.mark.parametrize("number", ["1234.5", "-7", "999999999999.999999"])
def test_what_systems_write_is_plain(number: str) -> None:
    assert directly(table([number, None]), FieldType.DECIMAL, ColumnFormat()).plain


@pytest.mark.parametrize(("day", "pattern"), [("2026-01-05 10:20:00", None), ("05.01.2026 10:20", "%d.%m.%Y %H:%M")])
def test_days_in_figures_are_plain(day: str, pattern: str | None) -> None:
    assert directly(table([day, "--"]), FieldType.TIMESTAMP, ColumnFormat(date=pattern)).plain


def test_percent_names_of_months_and_workbook_days_are_read_with_care() -> None:
    assert plain_number("v", NumberFormat(percent=True)) == ("", "")
    assert plain_moment("v", "%d %b %Y") == plain_moment("v", "excel") == plain_moment("v", "%d.%m.%y") == ("", "")


def test_what_is_not_plain_is_known_as_such() -> None:
    shape, _ = plain_number("v", NumberFormat())
    days, _ = plain_moment("v", None)
    for text, pattern in [(t, shape) for t in ("1_000", "1e5", "12.5%", "9" * 16)] + [("0999-01-01", days)]:
        with duckdb.connect() as connection:
            answer = connection.sql(f"SELECT regexp_full_match({literal(text)}, {literal(pattern)})").fetchall()
        assert answer == [(False,)]
