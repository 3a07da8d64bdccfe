"""Words of the command line as typed values."""

from __future__ import annotations

import datetime as dt

import pytest

from revops.cli.arguments import checked_range, conditions, currency, first_day, last_day, one_day
from revops.errors import BadParameter


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-15", "2026-03-15", "2026-03-15"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-2", "2024-02-01", "2024-02-29"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026q1", "2026-01-01", "2026-03-31"),
        ("2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_day_or_a_whole_period_may_bound_a_range(text: str, first: str, last: str) -> None:
    assert (first_day(text), last_day(text)) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13", "2026-02-30", "2026-Q5", "31.12.2026", "0000"])
def test_what_is_no_date_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadParameter) as caught:
        first_day(text)
    assert "--from" in str(caught.value)
    assert "2026-03-31" in str(caught.value)


def test_an_as_of_day_is_one_day() -> None:
    assert one_day(" 2026-03-31 ", "--as-of") == dt.date(2026, 3, 31)
    with pytest.raises(BadParameter, match="--as-of"):
        one_day("2026", "--as-of")


def test_a_range_holds_a_day() -> None:
    assert checked_range(dt.date(2026, 1, 1), dt.date(2026, 1, 2)).start == dt.date(2026, 1, 1)
    with pytest.raises(BadParameter, match="--from"):
        checked_range(dt.date(2026, 1, 2), dt.date(2026, 1, 2))


def test_conditions_on_one_dimension_add_up_and_values_are_taken_as_written() -> None:
    given = ["segment=SMB", "segment=Acme, Inc", "plan=a=b", "source="]
    assert conditions(given) == {"segment": ("SMB", "Acme, Inc"), "plan": ("a=b",), "source": ("",)}


@pytest.mark.parametrize("text", ["segment", "=SMB", ""])
def test_a_condition_needs_a_dimension_and_a_value(text: str) -> None:
    with pytest.raises(BadParameter, match="dimension=value"):
        conditions([text])


@pytest.mark.parametrize(("text", "code"), [("eur", "EUR"), (" USD ", "USD")])
def test_a_currency_is_its_code(text: str, code: str) -> None:
    assert currency(text) == code


@pytest.mark.parametrize("text", ["", "€", "EURO", "12A"])
def test_what_is_no_currency_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="--currency"):
        currency(text)
