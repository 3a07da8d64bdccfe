"""Columns that are read plainly say what they would say if every value were read with care."""

from __future__ import annotations

import duckdb
import pytest

from revops.ingest.plain import MOMENT, NUMBER, TEXT
from revops.ingest.types import literal
from revops.ingest.values import MISSING_SPELLINGS, number_sql, timestamp_sql, trimmed_sql

ODD = ["-0", "007", "1.", ".5", "1e5", "1_000", "1,000", "12.5%", "(5)", "+3", "0.1234567891", "9" * 16, "−5", "1 000"]
DAYS = [
    "2024-02-30",
    "2024-01-01",
    "0999-01-01",
    "2024-01-01T10:20:30",
    "2024-1-1",
    "2024-01-01 25:00:00",
    "0000-00-00",
]
TEXTS = [
    *MISSING_SPELLINGS,
    *(s.upper() for s in MISSING_SPELLINGS),
    " A1",
    "A1 ",
    "A1\u00a0",
    "\ufeffA1",
    "a\n1",
    "Ё1",
]


def matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({literal(text)}, {literal(pattern)})"


def answer(sql: str) -> object:
    row = duckdb.execute(f"SELECT {sql}").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("text", TEXTS)
def test_a_plain_text_needs_no_trimming_and_is_no_spelling_of_nothing(text: str) -> None:
    if answer(matches(text, TEXT)):
        assert answer(trimmed_sql(literal(text))) == text
        assert text.lower() not in MISSING_SPELLINGS


@pytest.mark.parametrize("text", ["D-00000000", "A-0", "Agent 0", "1", "Ромашка 7", "Very Long Name LLC"])
def test_ids_and_names_are_plain(text: str) -> None:
    assert answer(matches(text, TEXT))


@pytest.mark.parametrize("text", [*ODD, *DAYS, "5", "-12.50"])
def test_a_plain_number_is_the_number_that_care_reads(text: str) -> None:
    if answer(matches(text, NUMBER)):
        assert answer(f"TRY_CAST({literal(text)} AS DECIMAL(30, 9))") == answer(number_sql(literal(text)))


@pytest.mark.parametrize("text", [*ODD, *DAYS])
def test_a_plain_moment_is_the_moment_that_care_reads(text: str) -> None:
    if answer(matches(text, MOMENT)):
        assert answer(f"TRY_CAST({literal(text)} AS TIMESTAMP)") == answer(timestamp_sql(literal(text)))


def test_what_is_not_plain_is_known_as_such() -> None:
    assert not any(answer(matches(t, NUMBER)) for t in ("1_000", "1e5", "12.5%", "9" * 16))
    assert not any(answer(matches(t, MOMENT)) for t in ("0999-01-01", "2024-1-1"))
    assert not any(answer(matches(t, TEXT)) for t in (" A1", "n/a", "0000-00-00", "не заполнено"))
