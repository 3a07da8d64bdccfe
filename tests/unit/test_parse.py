"""A table and its mapping become typed rows; what cannot be loaded says why."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from revops.errors import MappingError
from revops.ingest.parse import preview, stage
from revops.ingest.types import EntityMapping, FieldMapping, Mapping, Question, RawTable, StagedEntity, Unpivot
from revops.text import Text
from tests.hand_made import TODAY, table

KEY_PART = "\x1f"


def column(field: str, header: str, **more: Any) -> FieldMapping:
    return FieldMapping(field=field, column=header, **more)


def mapping(entity: str, *fields: FieldMapping, **more: Any) -> Mapping:
    as_of = more.pop("as_of", None)
    return Mapping(entities=(EntityMapping(entity=entity, fields=fields, **more),), as_of=as_of)


def rows(raw: RawTable, one: StagedEntity, *names: str) -> list[tuple[Any, ...]]:
    return raw.staging.execute(f"SELECT {', '.join(names)} FROM {one.accepted} ORDER BY _row, _key").fetchall()


def test_values_get_the_models_types_and_ids_and_texts_are_trimmed() -> None:
    raw, profile = table(
        "deals.csv",
        {"id": [" D-1 "], "stage": [" Demo "], "made": ["2026-03-01"], "sum": ["1234.5"], "due": ["05.04.2026"]},
        dates={"due": ("%d.%m.%Y",)},
    )
    said = mapping(
        "opportunities",
        column("opportunity_id", "id"),
        column("stage", "stage"),
        column("created_at", "made"),
        column("amount", "sum"),
        column("expected_close_at", "due"),
    )
    (one,) = stage(raw, said, profile)
    assert one.fields == ("opportunity_id", "stage", "amount", "created_at", "expected_close_at")
    assert rows(raw, one, "_row", "_key", *one.fields, "extra") == [
        (1, "d-1", "D-1", "Demo", Decimal("1234.5"), dt.datetime(2026, 3, 1), dt.date(2026, 4, 5), None)
    ]


DEALS = {
    "id": ["1", "2", "3", "4", None],
    "stage": ["Demo", "Demo", None, "Demo", "Demo"],
    "made": ["2026-03-01", "soon", "2026-03-01", "--", "2026-03-01"],
    "sum": ["10", "20", "30", "40", "50"],
}
DEAL_FIELDS = (
    column("opportunity_id", "id"),
    column("stage", "stage"),
    column("created_at", "made"),
    column("amount", "sum"),
)


def test_a_row_without_a_required_value_is_rejected_with_the_reason_and_examples() -> None:
    raw, profile = table("deals.csv", DEALS)
    (one,) = stage(raw, mapping("opportunities", *DEAL_FIELDS), profile)
    assert (one.accepted_count, one.rejected_count) == (1, 4)
    assert {(r.field, r.code): (r.count, r.examples) for r in one.rejections} == {
        ("created_at", "unreadable_date"): (1, ((2, "soon"),)),
        ("created_at", "missing_required"): (1, ((4, None),)),
        ("stage", "missing_required"): (1, ((3, None),)),
        ("opportunity_id", "missing_required"): (1, ((5, None),)),
    }
    problems = raw.staging.execute(f"SELECT * FROM {one.rejected} ORDER BY _row").fetchall()
    assert problems[0] == (2, "created_at", "unreadable_date", "soon")


def test_an_unreadable_optional_value_becomes_null_is_counted_and_kept_in_extra() -> None:
    raw, profile = table(
        "deals.csv", {**DEALS, "id": list("abcde"), "sum": ["10", "much", "1", "2", "3"], "made": ["2026-03-01"] * 5}
    )
    (one,) = stage(raw, mapping("opportunities", *DEAL_FIELDS), profile)
    assert rows(raw, one, "opportunity_id", "amount", "extra")[1] == ("b", None, '{"sum":"much"}')
    assert [(w.field, w.code, w.count, w.examples) for w in one.warnings] == [
        ("amount", "unreadable_number", 1, ((2, "much"),))
    ]


def test_the_last_row_of_a_key_wins_and_keys_compare_without_case() -> None:
    raw, profile = table("accounts.csv", {"id": ["A1", "b2", "a1 "], "name": ["Old", "Bee", "New"]})
    (one,) = stage(raw, mapping("accounts", column("account_id", "id"), column("name", "name")), profile)
    assert rows(raw, one, "_key", "name") == [("b2", "Bee"), ("a1", "New")]
    assert (one.accepted_count, one.duplicates) == (2, 1)


def test_an_entity_mentioned_is_one_record_a_key_and_rejects_nothing() -> None:
    raw, profile = table(
        "deals.csv", {"company": ["Acme", None, "acme", "Zed"], "site": ["acme.example", "x", None, None]}
    )
    said = mapping("accounts", column("account_id", "company"), column("domain", "site"), role="mention")
    (one,) = stage(raw, said, profile)
    assert rows(raw, one, "_key", "domain") == [("acme", "acme.example"), ("zed", None)]
    assert (one.accepted_count, one.rejected_count, one.duplicates) == (2, 0, 0)


def test_extra_holds_unmapped_values_and_spellings_that_a_vocabulary_replaced() -> None:
    raw, profile = table(
        "calls.csv",
        {
            "when": ["2026-03-01"] * 3,
            "kind": ["Phone call", "call", "Fax"],
            "mood": ["good", None, " so-so "],
            'a"b': ["1", "2", None],
        },
    )
    said = mapping("activities", column("occurred_at", "when"), column("type", "kind"), extra=("mood", 'a"b'))
    (one,) = stage(raw, said, profile)
    found = rows(raw, one, "type", "extra")
    assert [kind for kind, _ in found] == ["call", "call", None]
    assert [json.loads(extra) for _, extra in found] == [
        {"mood": "good", 'a"b': "1", "kind": "Phone call"},
        {'a"b': "2"},
        {"mood": "so-so", "kind": "Fax"},
    ]


def test_a_value_map_decides_over_the_vocabulary_and_new_spellings_are_still_recognised() -> None:
    raw, profile = table("calls.csv", {"when": ["2026-03-01"] * 2, "kind": ["Demo", "звонок"]})
    said = mapping("activities", column("occurred_at", "when"), column("type", "kind", value_map={"demo": "call"}))
    (one,) = stage(raw, said, profile)
    assert rows(raw, one, "type") == [("call",), ("call",)]


def test_wide_stage_columns_become_one_row_a_filled_cell() -> None:
    raw, profile = table(
        "deals.csv",
        {"id": ["1", "2"], "Entered Demo": ["2026-03-01", "2026-03-05"], "Entered Won": [None, "2026-04-01"]},
    )
    unpivot = Unpivot(
        columns={"Entered Demo": "Demo", "Entered Won": "Won"}, label_field="stage", value_field="entered_at"
    )
    (one,) = stage(raw, mapping("stage_events", column("opportunity_id", "id"), unpivot=unpivot), profile)
    assert rows(raw, one, "_row", "_key", "stage", "entered_at") == [
        (1, f"1{KEY_PART}demo{KEY_PART}2026-03-01 00:00:00", "Demo", dt.datetime(2026, 3, 1)),
        (2, f"2{KEY_PART}demo{KEY_PART}2026-03-05 00:00:00", "Demo", dt.datetime(2026, 3, 5)),
        (2, f"2{KEY_PART}won{KEY_PART}2026-04-01 00:00:00", "Won", dt.datetime(2026, 4, 1)),
    ]


def test_equal_spend_lines_are_all_kept_told_apart_by_their_order() -> None:
    raw, profile = table("spend.csv", {"day": ["2026-03-01"] * 2, "cost": ["5", "5"]})
    said = mapping("spend", column("date", "day"), column("amount", "cost"))
    (one,) = stage(raw, said, profile)
    assert rows(raw, one, "_key") == [(f"2026-03-01{KEY_PART}#1",), (f"2026-03-01{KEY_PART}#2",)]
    assert one.duplicates == 0


def test_a_key_is_made_from_named_columns_and_the_load_says_so() -> None:
    raw, profile = table("leads.csv", {"mail": ["A@x.example", "b@x.example"], "made": ["2026-03-01"] * 2})
    said = mapping("leads", column("email", "mail"), column("created_at", "made"), key_from=("mail", "made"))
    staged = stage(raw, said, profile)
    (one,) = staged
    assert rows(raw, one, "_key", "lead_id")[0] == (
        f"a@x.example{KEY_PART}2026-03-01{KEY_PART}#1",
        "A@x.example | 2026-03-01",
    )
    assert any("mail, made" in note.en for note in staged.notes)


def test_a_filter_leaves_out_rows_of_another_kind() -> None:
    raw, profile = table(
        "history.csv",
        {
            "deal": ["1", "1"],
            "field": ["Stage", "Amount"],
            "value": ["Demo", "100"],
            "at": ["2026-03-01", "2026-03-02"],
        },
    )
    said = mapping(
        "stage_events",
        column("opportunity_id", "deal"),
        column("stage", "value"),
        column("entered_at", "at"),
        where="\"field\" = 'Stage'",
    )
    (one,) = stage(raw, said, profile)
    assert rows(raw, one, "stage") == [("Demo",)]


def test_constants_and_expressions_fill_fields() -> None:
    raw, profile = table(
        "customers.csv", {"id": ["1", "2"], "fee": ["10", "20"], "tenure": ["2", "0"], "churn": ["Yes", "No"]}
    )
    said = mapping(
        "subscriptions",
        column("subscription_id", "id"),
        column("account_id", "id"),
        column("amount", "fee"),
        FieldMapping(field="interval", constant="Monthly"),
        FieldMapping(field="started_at", expression='as_of - months(number("tenure"))'),
        FieldMapping(field="ended_at", expression="case when \"churn\" in ('Yes') then as_of end"),
        as_of=TODAY,
    )
    (one,) = stage(raw, said, profile)
    assert rows(raw, one, "interval", "started_at", "ended_at") == [
        ("month", dt.datetime(2026, 9, 23), dt.datetime(2026, 11, 23)),
        ("month", dt.datetime(2026, 11, 23), None),
    ]


def test_an_open_question_refuses_the_load() -> None:
    raw, profile = table("deals.csv", DEALS)
    asked = Question(code="date_order", text=Text("Day or month first?", "День или месяц?"), blocking=True)
    said = Mapping(entities=mapping("opportunities", *DEAL_FIELDS).entities, questions=(asked,))
    with pytest.raises(MappingError, match="Day or month first"):
        stage(raw, said, profile)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ((column("opportunity_id", "idd"),), "Did you mean: id"),
        ((column("opportunty_id", "id"),), "opportunity_id"),
        (DEAL_FIELDS[:2], "Created"),
        ((*DEAL_FIELDS[:3], FieldMapping(field="amount", constant="a lot")), "a lot"),
        ((*DEAL_FIELDS[:3], FieldMapping(field="closed_at", expression='number("sum")')), "closed_at"),
        ((*DEAL_FIELDS[:3], FieldMapping(field="amount")), "no source"),
        ((*DEAL_FIELDS, FieldMapping(field="type", constant="gift")), "expansion"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_what_is_wrong(
    fields: tuple[FieldMapping, ...], named: str
) -> None:
    raw, profile = table("deals.csv", DEALS)
    with pytest.raises(MappingError) as refused:
        stage(raw, mapping("opportunities", *fields), profile)
    assert named in str(refused.value)


def test_the_preview_shows_typed_rows_and_problems() -> None:
    raw, profile = table("deals.csv", DEALS)
    accepted, rejected = preview(stage(raw, mapping("opportunities", *DEAL_FIELDS), profile), rows=2)["opportunities"]
    assert list(accepted["opportunity_id"]) == ["1"]
    assert str(accepted["created_at"].dtype).startswith("datetime64")
    assert list(rejected.columns) == ["_row", "field", "code", "value"]
    assert len(rejected) == 2
