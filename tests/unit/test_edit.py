"""Editing a mapping: rows to look at, one change at a time, questions asked anew."""

from __future__ import annotations

import pytest

from revops.errors import MappingError
from revops.ingest.edit import (
    as_rows,
    only_entity,
    parse_map_option,
    with_column,
    with_date_format,
    with_kept,
    without_entity,
)
from revops.ingest.parse import stage
from revops.ingest.suggest import suggest
from revops.ingest.types import FieldMapping, Mapping, RawTable, TableProfile
from tests.hand_made import CONTEXT, table

BOTH = ("%d/%m/%Y", "%m/%d/%Y")
DEALS = {
    "Deal ID": ["1", "2"],
    "Company": ["Acme", "Zed"],
    "Deal Stage": ["Demo", "Won"],
    "Amount": ["10", "20"],
    "Close Date": ["2026-04-01", "2026-04-02"],
    "Begun": ["2026-03-01", "2026-03-02"],
}


@pytest.fixture
def deals() -> tuple[RawTable, TableProfile, Mapping]:
    raw, profile = table("deals.csv", DEALS)
    return raw, profile, suggest(raw, profile, CONTEXT)


def chosen(mapping: Mapping, entity: str, field: str) -> FieldMapping | None:
    one = mapping.entity(entity)
    assert one is not None
    return one.field(field)


def test_there_is_one_row_a_column_and_one_a_constant(deals: tuple[RawTable, TableProfile, Mapping]) -> None:
    raw, profile, mapping = deals
    shown = {(r.kind, r.source): r.target for r in as_rows(mapping, raw, profile)}
    assert shown == {
        ("column", "Deal ID"): "opportunities.opportunity_id",
        ("column", "Company"): "opportunities.account_id, accounts.account_id, accounts.name",
        ("column", "Deal Stage"): "opportunities.stage",
        ("column", "Amount"): "opportunities.amount",
        ("column", "Close Date"): "opportunities.closed_at, opportunities.expected_close_at",
        ("column", "Begun"): "keep as extra",
        ("constant", "EUR"): "opportunities.currency",
    }


def test_a_chosen_column_answers_the_question_and_is_read_in_its_own_format(
    deals: tuple[RawTable, TableProfile, Mapping],
) -> None:
    raw, profile, mapping = deals
    assert [q.field for q in mapping.blocking] == ["created_at"]
    edited = with_column(mapping, raw, profile, "opportunities", "created_at", column="Begun")
    assert edited.blocking == ()
    created = chosen(edited, "opportunities", "created_at")
    assert created is not None
    assert created.date_format == "%Y-%m-%d"
    assert "Begun" not in edited.entities[0].extra
    assert [one.accepted_count for one in stage(raw, edited, profile)] == [2, 2]
    assert mapping.blocking  # the mapping before is unchanged


def test_a_field_left_empty_gives_its_column_back_and_asks_where_it_is_required(
    deals: tuple[RawTable, TableProfile, Mapping],
) -> None:
    raw, profile, mapping = deals
    edited = with_column(mapping, raw, profile, "opportunities", "stage")
    assert chosen(edited, "opportunities", "stage") is None
    assert "Deal Stage" in edited.entities[0].extra
    assert {q.field for q in edited.blocking} == {"created_at", "stage"}


def test_constants_and_expressions_can_be_chosen(deals: tuple[RawTable, TableProfile, Mapping]) -> None:
    raw, profile, mapping = deals
    edited = with_column(mapping, raw, profile, "opportunities", "currency", constant="USD")
    assert [q.code for q in edited.questions] == ["required_field"]  # no currency is assumed any more
    edited = with_column(
        edited, raw, profile, "opportunities", "created_at", expression='date("Close Date") - days(30)'
    )
    assert edited.blocking == ()


@pytest.mark.parametrize(
    ("entity", "field", "way", "named"),
    [
        ("oportunities", "stage", {"column": "Deal Stage"}, "opportunities"),
        ("opportunities", "stge", {"column": "Deal Stage"}, "stage"),
        ("opportunities", "stage", {"column": "Deal Stag"}, "Deal Stage"),
        ("opportunities", "stage", {"column": "Deal Stage", "constant": "x"}, "one source"),
        ("opportunities", "created_at", {"expression": 'number("Amount")'}, "created_at"),
        ("opportunities", "created_at", {"expression": 'date("Amuont")'}, "Amount"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused_with_the_nearest(
    deals: tuple[RawTable, TableProfile, Mapping], entity: str, field: str, way: dict[str, str], named: str
) -> None:
    raw, profile, mapping = deals
    with pytest.raises(MappingError) as refused:
        with_column(mapping, raw, profile, entity, field, **way)
    assert named in str(refused.value)


def test_a_settled_date_order_is_not_asked_again() -> None:
    columns = {**DEALS, "Create Date": ["01/02/2026", "03/04/2026"]}
    raw, profile = table("deals.csv", columns, dates={"Create Date": BOTH})
    mapping = suggest(raw, profile, CONTEXT)
    assert [(q.code, q.column) for q in mapping.blocking] == [("date_order", "Create Date")]
    edited = with_date_format(mapping, raw, profile, "Create Date", "%m/%d/%Y")
    assert edited.blocking == ()
    again = with_column(edited, raw, profile, "opportunities", "amount")
    assert again.blocking == ()
    created = chosen(again, "opportunities", "created_at")
    assert created is not None
    assert created.date_format == "%m/%d/%Y"


def test_a_newly_mapped_ambiguous_date_is_asked_about() -> None:
    columns = {**DEALS, "Begun": ["01/02/2026", "03/04/2026"]}
    raw, profile = table("deals.csv", columns, dates={"Begun": BOTH})
    edited = with_column(suggest(raw, profile, CONTEXT), raw, profile, "opportunities", "created_at", column="Begun")
    assert [(q.code, q.column) for q in edited.blocking] == [("date_order", "Begun")]


def test_columns_are_kept_or_ignored(deals: tuple[RawTable, TableProfile, Mapping]) -> None:
    raw, profile, mapping = deals
    ignored = with_kept(mapping, raw, profile, "Begun", keep=False)
    assert ignored.entities[0].extra == ()
    assert with_column(ignored, raw, profile, "opportunities", "amount").entities[0].extra == ("Amount",)
    assert with_kept(ignored, raw, profile, "Begun", keep=True).entities[0].extra == ("Begun",)


def test_one_entity_can_be_asked_for(deals: tuple[RawTable, TableProfile, Mapping]) -> None:
    raw, profile, mapping = deals
    assert [e.entity for e in only_entity(mapping, raw, profile, "opportunities").entities] == ["opportunities"]
    accounts = only_entity(mapping, raw, profile, "accounts")
    assert [(e.entity, e.role) for e in accounts.entities] == [("accounts", "rows")]
    assert chosen(accounts, "accounts", "account_id") is not None
    with pytest.raises(MappingError, match="opportunities"):
        only_entity(mapping, raw, profile, "opportunity")


def test_an_entity_can_be_left_out(deals: tuple[RawTable, TableProfile, Mapping]) -> None:
    _, profile, mapping = deals
    assert [e.entity for e in without_entity(mapping, profile, "accounts").entities] == ["opportunities"]


def test_a_map_option_is_header_equals_entity_dot_field() -> None:
    assert parse_map_option("A=b Date=opportunities.closed_at") == ("A=b Date", "opportunities", "closed_at")
    for wrong in (
        "Close Date",
        "Close Date=closed_at",
        "=opportunities.closed_at",
        "x=deals.closed_at",
        "x=opportunities.won",
    ):
        with pytest.raises(MappingError):
            parse_map_option(wrong)
