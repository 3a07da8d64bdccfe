"""A convincing header is proposed although some values are none of the field's, and what happens to them is said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from revops.ingest.parse import stage
from revops.ingest.profile import profile_table
from revops.ingest.suggest import suggest
from revops.ingest.types import Mapping, RawTable, TableProfile
from tests.hand_made import CONTEXT, table

ROWS = 240
PLAIN = {
    "Deal ID": [str(i) for i in range(ROWS)],
    "Deal Name": [f"Deal {i}" for i in range(ROWS)],
    "Deal Stage": ["Demo", "Closed Won"] * (ROWS // 2),
    "Create Date": ["2026-03-01"] * ROWS,
}


def deals(**other: list[str]) -> tuple[RawTable, TableProfile]:
    """240 deals; a column that is named is of these values, first come first, then of the last one."""
    columns = PLAIN | {h.replace("_", " "): (v + [v[-1]] * ROWS)[:ROWS] for h, v in other.items()}
    raw, _ = table("deals.csv", columns)
    return raw, profile_table(raw)


def amounts(odd: int) -> list[str]:
    return ["call me"] * odd + [str(100 + i) for i in range(ROWS - odd)]


def column_of(mapping: Mapping, field: str) -> str | None:
    mapped = mapping.entities[0].field(field)
    return mapped.column if mapped is not None else None


def said(mapping: Mapping) -> list[tuple[str, str | None]]:
    return [(q.code, q.column) for q in mapping.questions if q.code in ("unread_values", "unfit_column")]


SHARES = [  # values of 240 that are no amounts -> whether Amount is proposed, and what is said of it
    (0, True, []),
    (10, True, []),  # 4 %: slips, counted as lost when the rows are read
    (37, True, [("unread_values", "Amount")]),
    (110, True, [("unread_values", "Amount")]),
    (200, False, [("unfit_column", "Amount")]),
    (240, False, [("unfit_column", "Amount")]),
]


@pytest.mark.parametrize(("odd", "proposed", "questions"), SHARES)
def test_an_amount_with_odd_values(odd: int, proposed: bool, questions: list[tuple[str, str]]) -> None:
    mapping = suggest(*deals(Amount=amounts(odd)), CONTEXT)
    assert column_of(mapping, "amount") == ("Amount" if proposed else None)
    assert said(mapping) == questions
    assert not mapping.blocking


def test_the_share_is_said_and_the_odd_values_are_counted_as_lost() -> None:
    raw, profile = deals(Amount=amounts(37))
    mapping = suggest(raw, profile, CONTEXT)
    (question,) = (q for q in mapping.questions if q.code == "unread_values")
    assert question.text.en == (
        "“Amount”: 37 of 240 values (15 %) are no numbers (“call me”). Their rows are loaded without “Amount”."
    )
    assert question.text.ru == (
        "«Amount»: не числа — 37 из 240 значений (15 %): «call me». Эти строки загрузятся без поля «Сумма сделки»."
    )
    (found,) = (e for e in stage(raw, mapping, profile) if e.entity == "opportunities")
    assert (found.accepted_count, [(w.field, w.count) for w in found.warnings]) == (240, [("amount", 37)])
    read = raw.staging.execute(f"SELECT count(amount), min(amount) FROM {found.accepted}").fetchall()
    assert read == [(203, Decimal(100))]


def test_rows_whose_required_date_does_not_read_are_rejected_and_this_is_said() -> None:
    raw, profile = deals(Create_Date=["soon"] * 60 + ["2026-03-01"])
    mapping = suggest(raw, profile, CONTEXT)
    assert column_of(mapping, "created_at") == "Create Date"
    (question,) = (q for q in mapping.questions if q.code == "unread_values")
    assert question.text.en == "“Create Date”: 60 of 240 values (25 %) are no dates (“soon”). Their rows are rejected."
    (found,) = (e for e in stage(raw, mapping, profile) if e.entity == "opportunities")
    assert (found.accepted_count, found.rejected_count) == (180, 60)


CURRENCIES = [  # the column's values -> whether Currency is proposed, and what is said of it
    (["USD"], True, []),
    (["euros?", "USD"], True, [("unread_values", "Currency")]),
    (["euros?"] * 80 + ["USD"], True, [("unread_values", "Currency")]),
    (["euros?"] * 200 + ["USD"], False, [("unfit_column", "Currency")]),
    (["see contract", "ask Ann", "tbd!"], False, [("unfit_column", "Currency")]),
]


@pytest.mark.parametrize(("values", "proposed", "questions"), CURRENCIES)
def test_a_currency_with_odd_spellings(values: list[str], proposed: bool, questions: list[tuple[str, str]]) -> None:
    mapping = suggest(*deals(Amount=amounts(0), Currency=values), CONTEXT)
    assert column_of(mapping, "currency") == ("Currency" if proposed else None)
    assert said(mapping) == questions


def test_a_header_that_only_resembles_a_name_needs_values_that_read() -> None:
    mapping = suggest(*deals(Amount_of_trouble=amounts(37)), CONTEXT)
    assert column_of(mapping, "amount") is None
    assert said(mapping) == []


def test_of_two_columns_the_one_that_reads_is_taken() -> None:
    mapping = suggest(*deals(Amount=amounts(100), Deal_Amount=amounts(0)), CONTEXT)
    assert column_of(mapping, "amount") == "Deal Amount"
    assert said(mapping) == []


PARTLY = [  # values -> type, what most of them read as, how many do not
    (["1", "2", "3", "x", "y", "z"], "text", "integer", 3),
    (["1.5"] * 8 + ["x", "y", "z"], "text", "decimal", 3),
    (["2026-01-05"] * 8 + ["x", "y", "z"], "text", "date", 3),
    (["1", "2", "x", "y", "z"], "text", None, 0),
    (["1"] * 8 + ["x"], "integer", None, 1),
    (["A", "B"], "text", None, 0),
]


@pytest.mark.parametrize(("values", "kind", "mostly", "unreadable"), PARTLY)
def test_what_most_of_a_column_reads_as(values: list[str], kind: str, mostly: str | None, unreadable: int) -> None:
    raw, _ = table("t.csv", {"x": values})
    column = profile_table(raw).column("x")
    assert (column.type, column.mostly, column.unreadable) == (kind, mostly, unreadable)
