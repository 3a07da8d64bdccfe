"""Columns of small tables -> what the profile says of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revops.ingest.numbers import SPACES
from revops.ingest.profile import profile_table
from revops.ingest.staging import stage_rows, staging_connection
from revops.ingest.types import ColumnProfile, Layout, NumberFormat, RawTable, SourceFile
from revops.ingest.values import (
    MISSING_SPELLINGS,
    boolean_sql,
    date_sql,
    missing_sql,
    number_sql,
    timestamp_sql,
    trimmed_sql,
)


def table(columns: dict[str, list[str | None]], delimiter: str = ",") -> RawTable:
    rows = list(zip(*columns.values(), strict=True))
    connection = staging_connection()
    stage_rows(connection, list(columns), rows)
    return RawTable(
        file=SourceFile(name="t.csv", path=Path("t.csv"), sha256="0" * 64, size=1),
        layout=Layout(format="csv", delimiter=delimiter),
        columns=tuple(columns),
        original_headers=tuple(columns),
        row_count=len(rows),
        staging=connection,
    )


def profile(*values: str | None, delimiter: str = ",") -> ColumnProfile:
    return profile_table(table({"x": list(values)}, delimiter)).column("x")


TYPES: list[tuple[list[str | None], str]] = [
    (["1", "2", "3"], "integer"),
    (["0", "1", "0"], "integer"),
    (["-5", "+7", "−8"], "integer"),
    (["1.5", "2"], "decimal"),
    (["5.00", "6.00"], "decimal"),
    (["1e3", "2.5e-1"], "decimal"),
    (["yes", "no", None], "boolean"),
    (["TRUE", "False"], "boolean"),
    (["Да", "нет"], "boolean"),
    (["Yes", "No", "No phone service"], "text"),
    (["F", "F"], "text"),
    (["2026-01-05", "2026-02-06"], "date"),
    (["2026-01-05 00:00:00", "2026-02-06 00:00:00"], "date"),
    (["2026-01-05 10:20", "2026-02-06 00:00"], "timestamp"),
    (["20260105", "20260206"], "date"),
    (["20260105", "20261399"], "integer"),
    (["2026-01", "2026-02"], "date"),
    (["10:20", "11:30"], "text"),
    (["007", "008", "123"], "text"),
    (["+79991234567", "+79997654321"], "text"),
    (["12345678901234567890", "12345678901234567891"], "text"),
    (["$5", "€6", "$7", "€8"], "text"),
    (["Anna", "Boris"], "text"),
    (["A-1", "A-2"], "text"),
    ([None, "--", "n/a", " "], "empty"),
]


@pytest.mark.parametrize(("values", "expected"), TYPES)
def test_types(values: list[str | None], expected: str) -> None:
    assert profile(*values).type == expected


DATES: list[tuple[list[str], tuple[str, ...], str]] = [
    (["2026-01-05", "2026-02-16"], ("%Y-%m-%d",), "2026-01-05"),
    (["2026-01-05T10:20:00Z", "2026-02-16T11:00:00Z"], ("%Y-%m-%dT%H:%M:%S",), "2026-01-05 10:20:00"),
    (["2026-01-05T10:20:00.123+03:00"], ("%Y-%m-%dT%H:%M:%S.%f",), "2026-01-05 10:20:00.123000"),
    (["05.01.2026", "06.02.2026"], ("%d.%m.%Y",), "2026-01-05"),
    (["05.01.2026 10:20", "16.02.2026 11:30"], ("%d.%m.%Y %H:%M",), "2026-01-05 10:20:00"),
    (["05.01.26", "16.02.26"], ("%d.%m.%y",), "2026-01-05"),
    (["1/5/2026", "2/16/2026"], ("%m/%d/%Y",), "2026-01-05"),
    (["5/1/2026", "16/2/2026"], ("%d/%m/%Y",), "2026-01-05"),
    (["5/1/2026", "6/2/2026"], ("%m/%d/%Y", "%d/%m/%Y"), "2026-05-01"),
    (["1/5/26", "2/16/26"], ("%m/%d/%y",), "2026-01-05"),
    (["1/5/2026 3:05 PM", "2/16/2026 9:10 AM"], ("%m/%d/%Y %I:%M %p",), "2026-01-05 15:05:00"),
    (["2026/01/05", "2026/02/16"], ("%Y/%m/%d",), "2026-01-05"),
    (["Jan 5, 2026", "February 16, 2026"], ("%b %d, %Y",), "2026-01-05"),
    (["5 Jan 2026", "16 Feb 2026"], ("%d %b %Y",), "2026-01-05"),
    (["5 января 2026 г.", "16 мая 2026 г."], ("%d %b %Y",), "2026-01-05"),
    (["05-Jan-26", "16-Feb-26"], ("%d-%b-%y",), "2026-01-05"),
    (["01.2026", "02.2026"], ("%m.%Y",), "2026-01-01"),
    (["Jan 2026", "Feb 2026"], ("%b %Y",), "2026-01-01"),
    (["янв. 2026", "февр. 2026"], ("%b %Y",), "2026-01-01"),
    (["5 января 2026", "16 мая 2026"], ("%d %b %Y",), "2026-01-05"),
    (["5 янв. 2026", "16 сент. 2026"], ("%d %b %Y",), "2026-01-05"),
]


@pytest.mark.parametrize(("values", "patterns", "low"), DATES)
def test_date_formats(values: list[str], patterns: tuple[str, ...], low: str) -> None:
    found = profile(*values)
    assert found.date_formats == patterns
    assert found.ambiguous_date is (len(patterns) > 1)
    assert found.low == low


NUMBERS: list[tuple[list[str], NumberFormat, str, str]] = [
    (["1234567.5", "2"], NumberFormat(), "2", "1234567.5"),
    (["1,234.5", "12,345"], NumberFormat(thousands=","), "1234.5", "12345"),
    (["1,200", "3,400"], NumberFormat(thousands=","), "1200", "3400"),
    (["1.234,5", "12.345,0"], NumberFormat(decimal=",", thousands="."), "1234.5", "12345"),
    (["1,5", "2,25"], NumberFormat(decimal=","), "1.5", "2.25"),
    (["1 234 567,50", "2"], NumberFormat(decimal=",", thousands=" "), "2", "1234567.5"),
    (["1\u00a0234", "5\u202f678"], NumberFormat(decimal=",", thousands=" "), "1234", "5678"),
    (["$1,200", "($300)"], NumberFormat(thousands=",", currency="USD"), "-300", "1200"),
    (["1 200 ₽", "300 руб."], NumberFormat(decimal=",", thousands=" ", currency="RUB"), "300", "1200"),
    (["5 EUR", "6 EUR"], NumberFormat(currency="EUR"), "5", "6"),
    (["12.5%", "3 %", "0"], NumberFormat(percent=True), "0", "0.125"),
    (["1'200.5", "3'400"], NumberFormat(thousands="'"), "1200.5", "3400"),
    (["1.2k", "950", "-3M"], NumberFormat(scaled=True), "-3000000", "1200"),
    (["$1.5M", "($300k)", "$2bn"], NumberFormat(currency="USD", scaled=True), "-300000", "2000000000"),
    (["5 тыс. руб.", "1,5 млн ₽"], NumberFormat(decimal=",", currency="RUB", scaled=True), "5000", "1500000"),
    (["USD 5", "6 USD", "7- USD", "USD (8)"], NumberFormat(currency="USD"), "-8", "6"),
]


@pytest.mark.parametrize(("values", "number", "low", "high"), NUMBERS)
def test_number_formats(values: list[str], number: NumberFormat, low: str, high: str) -> None:
    found = profile(*values)
    assert (found.number, found.low, found.high) == (number, low, high)
    assert found.unreadable == 0


def test_minutes_and_tonnes_are_no_millions_and_thousands() -> None:
    assert profile("5m", "10m").type == "text"
    assert profile("5 т", "10 т").type == "text"
    assert profile("5kg", "10kg").type == "text"


@pytest.mark.parametrize("header", ["Close Date", "created_at", "Дата закрытия", "Closed on"])
def test_days_counted_as_a_workbook_counts_them(header: str) -> None:
    found = profile_table(table({header: ["45000", "46082", None]})).column(header)
    assert (found.type, found.date_formats, found.low, found.high) == ("date", ("excel",), "2023-03-15", "2026-03-01")
    moments = profile_table(table({header: ["45000.5", "46082"]})).column(header)
    assert (moments.type, moments.low) == ("timestamp", "2023-03-15 12:00:00")


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Amount", ["45000", "46082"]),
        ("Candidates", ["45000", "46082"]),
        ("Close Date", ["45000", "70000"]),
        ("Close Date", ["45", "46"]),
        ("Updates", ["45000", "46082"]),
    ],
)
def test_numbers_alone_are_no_days(header: str, values: list[str | None]) -> None:
    assert profile_table(table({header: values})).column(header).type == "integer"


def test_dots_group_thousands_where_semicolons_separate_the_file() -> None:
    assert profile("1.200", "3.400", delimiter=";").high == "3400"
    assert profile("1.200", "3.400", delimiter=",").high == "3.4"
    assert profile("0.125", "0.250", delimiter=";").high == "0.25"


def test_missing_values_are_counted_and_their_spellings_listed() -> None:
    found = profile("1", None, " --", "N/A", "n/a", "нет данных", "2", " ")
    assert (found.rows, found.missing, found.distinct) == (8, 6, 2)
    assert found.missing_spellings == ("--", "N/A", "n/a", "нет данных")
    assert found.type == "integer"


def test_na_may_be_a_region() -> None:
    assert profile("EMEA", "NA", "APAC").missing == 0


def test_a_few_unreadable_values_do_not_hide_the_type() -> None:
    found = profile(*[f"2026-01-{d:02d}" for d in range(1, 31)], "soon")
    assert (found.type, found.unreadable, found.unreadable_examples) == ("date", 1, ("soon",))
    assert profile("2026-01-01", "soon").type == "text"


def test_commonest_values_come_first_and_examples_in_the_order_of_the_file() -> None:
    found = profile("b", "a", "c", "a", "b", "a")
    assert found.top == (("a", 3), ("b", 2), ("c", 1))
    assert found.examples == ("b", "a", "c")
    assert not found.unique
    assert profile("a", "b").unique


def test_long_tables_are_judged_by_a_part_of_their_rows() -> None:
    raw = table({"x": [str(i) for i in range(10_000)], "y": ["a"] * 10_000})
    found = profile_table(raw, sample_rows=1000)
    assert found.rows == 10_000
    assert found.sampled is not None
    assert 800 < found.sampled < 1200
    assert [c.rows for c in found.columns] == [found.sampled, found.sampled]
    assert profile_table(raw).sampled is None


def value(sql: str) -> Any:
    row = duckdb.connect().execute(f"SELECT {sql}").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("1,23", NumberFormat(thousands=","), None),
        ("12,34,567", NumberFormat(thousands=","), "1234567"),
        ("12%", NumberFormat(), None),
        ("5", NumberFormat(percent=True), None),
        ("€5", NumberFormat(currency="USD"), None),
        ("$5", NumberFormat(currency="CAD"), "5"),
        ("-$5", NumberFormat(), "-5"),
        ("$-5", NumberFormat(), "-5"),
        ("1200-", NumberFormat(), "-1200"),
        ("1-2", NumberFormat(), None),
        ("1.2k", NumberFormat(), None),
        ("1.2k", NumberFormat(scaled=True), "1200"),
        ("1 200,5 тыс.", NumberFormat(decimal=",", thousands=" ", scaled=True), "1200500"),
        ("3 млрд", NumberFormat(scaled=True), "3000000000"),
        ("5k-", NumberFormat(scaled=True), "-5000"),
        ("12", NumberFormat(scaled=True), "12"),
        ("k", NumberFormat(scaled=True), None),
        ("5kk", NumberFormat(scaled=True), None),
        ("(5%)", NumberFormat(percent=True), "-0.05"),
        ("0.1", NumberFormat(), "0.1"),
        ("", NumberFormat(), None),
        ("'); DROP TABLE x; --", NumberFormat(), None),
    ],
)
def test_numbers_are_read_exactly_or_not_at_all(text: str, number: NumberFormat, expected: str | None) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    assert value(number_sql(quoted, number)) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("2026-02-30", None, None),
        ("26-03-01", None, None),
        ("2026-03-01 23:30:00-05:00", None, dt.datetime(2026, 3, 1, 23, 30)),
        ("05.01.2026, 10:20", "%d.%m.%Y", dt.datetime(2026, 1, 5, 10, 20)),
        ("5.1.26", "%d.%m.%Y", None),
        ("13/01/2026", "%m/%d/%Y", None),
        ("Thu, 05 Jan 2026 10:00:00 +0300", "%a, %d %b %Y %H:%M:%S %z", dt.datetime(2026, 1, 5, 10)),
        ("2026031", "%Y%m%d", None),
    ],
)
def test_moments_are_read_by_their_pattern_or_not_at_all(
    text: str, pattern: str | None, expected: dt.datetime | None
) -> None:
    assert value(timestamp_sql(f"'{text}'", pattern)) == expected
    assert value(date_sql(f"'{text}'", pattern)) == (expected and expected.date())


def test_yes_no_and_nothing() -> None:
    assert [value(boolean_sql(f"'{v}'")) for v in ("Да", " no ", "1", "maybe", "")] == [True, False, True, None, None]
    assert [value(missing_sql(v)) for v in ("NULL", "''", "' -- '", "'Н/Д'", "'0'")] == [True, True, True, True, False]


def test_missing_and_trimmed_are_what_the_plain_words_say() -> None:
    """The cheap ways agree with the plain ones for every spelling, in any case, between any spaces, and for others."""
    spelled = [s for m in MISSING_SPELLINGS for s in (m, m.upper(), m.title())]
    others = ["0", "Nobody", "-5", "нетто", "Надя", "\\", "x y", "é", "ß", "\u3000", "«Н»", "“n/a”", "n/a x"]
    texts = [f"{before}{s}{after}" for s in [*spelled, *others] for before, after in product(["", *SPACES], repeat=2)]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (v VARCHAR)")
    connection.executemany("INSERT INTO t SELECT unnest(?)", [[[*texts, None]]])
    found = connection.execute(f"SELECT v, {missing_sql('v')}, {trimmed_sql('v')} FROM t").fetchall()
    assert len(found) == len(texts) + 1
    for text, missing, trimmed in found:
        plain = None if text is None else text.strip(SPACES)
        assert trimmed == plain
        assert missing is (plain is None or plain.lower() in MISSING_SPELLINGS), repr(text)
