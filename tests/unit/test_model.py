"""The shared data model is what it is said to be, and its names tell one field from another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from revops.errors import UnknownName
from revops.model import (
    ENTITIES,
    ENTITY,
    VOCABULARIES,
    Entity,
    Field,
    FieldType,
    Vocabulary,
    entity,
    fold,
    implied_interval,
    names_a_total,
    vocabulary,
)
from revops.text import Text

DESCRIPTION = Path(__file__).resolve().parents[3] / "shared" / "data_model.md"
FIELDS = [pytest.param(e, f, id=f"{e.name}.{f.name}") for e in ENTITIES for f in e.fields]
LATIN_IN_RUSSIAN = {"MRR", "CSAT", "Email", "MQL", "SQL"}

each_entity = pytest.mark.parametrize("table", ENTITIES, ids=lambda e: e.name)
each_field = pytest.mark.parametrize(("table", "column"), FIELDS)
each_vocabulary = pytest.mark.parametrize("words", VOCABULARIES, ids=lambda v: v.name)


def spellings(column: Field) -> list[str]:
    """Every folded name that points to a field."""
    return [fold(s) for s in (column.name, column.label.en, column.label.ru, *column.synonyms)]


def assert_bilingual(words: Text) -> None:
    assert words.en.strip()
    assert not re.search("[а-яё]", words.en, re.IGNORECASE)
    assert re.search("[а-яё]", words.ru, re.IGNORECASE) or words.ru in LATIN_IN_RUSSIAN


# --- the description -------------------------------------------------------------------------------


def described() -> dict[str, list[tuple[str, bool, bool, set[str]]]]:
    """Entity -> its (field, is key, is required, vocabulary), read from the table of the description."""
    if not DESCRIPTION.exists():
        pytest.skip("../shared/data_model.md is not there")
    tables = {}
    for line in DESCRIPTION.read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| (\w+) \| (.+) \|$", line)
        if row is None or row[1] == "entity":
            continue
        text = re.sub(r"\([^)]*\b(?:sheet|units)\b[^)]*\)", "", row[2])
        tables[row[1]] = [
            (name, "*" in marks, "!" in marks, {v.strip() for v in values.split(",") if v.strip()})
            for name, marks, values in re.findall(r"(\w+)([*!]*)(?:\(([^)]*)\))?", text)
        ]
    return tables


def test_the_description_is_read() -> None:
    tables = described()
    assert len(tables) == 13
    assert tables["stage_events"] == [
        ("opportunity_id", False, True, set()),
        ("stage", False, True, set()),
        ("entered_at", False, True, set()),
        ("left_at", False, False, set()),
    ]


def test_entities_and_fields_are_those_described_in_their_order() -> None:
    declared = {
        e.name: [
            (f.name, f.key, f.required, {t.key for t in f.vocabulary.terms})
            if f.vocabulary and (e.name, f.name) != ("subscriptions", "status")
            else (f.name, f.key, f.required, set())
            for f in e.fields
        ]
        for e in ENTITIES
    }
    assert declared == described()
    assert list(declared) == list(described())


def test_stage_meanings_and_channels_are_those_described() -> None:
    assert [t.key for t in vocabulary("stage_meaning").terms] == (
        ["lead", "mql", "sql", "discovery", "proposal", "negotiation", "won", "lost", "other"]
    )
    assert [t.key for t in vocabulary("channel").terms] == (
        [
            "paid_search",
            "paid_social",
            "organic",
            "referral",
            "outbound",
            "partner",
            "event",
            "direct",
            "email",
            "other",
        ]
    )


# --- fields ----------------------------------------------------------------------------------------


@each_field
def test_the_type_follows_from_the_name(table: Entity, column: Field) -> None:
    if column.name.endswith("_id") or column.name == "person":
        assert column.type is FieldType.ID
    elif column.name == "expected_close_at":
        assert column.type is FieldType.DATE
    elif column.name.endswith("_at"):
        assert column.type is FieldType.TIMESTAMP
    elif column.name in {"date", "month", "period_start", "period_end"}:
        assert column.type is FieldType.DATE
    elif column.name in {"amount", "mrr", "refunded_amount", "quota_amount"}:
        assert (column.type, column.unit) == (FieldType.DECIMAL, "money")
    elif column.name in {"owner", "manager"}:
        assert (column.type, column.references) == (FieldType.TEXT, "people")
    elif column.name in {"discount", "talk_ratio"}:
        assert (column.type, column.unit) == (FieldType.DECIMAL, "share")
    else:
        assert column.type not in {FieldType.ID, FieldType.TIMESTAMP, FieldType.DATE}
    assert (column.type is FieldType.VOCABULARY) == (column.vocabulary is not None)


@each_field
def test_every_label_and_meaning_is_in_both_languages(table: Entity, column: Field) -> None:
    assert_bilingual(column.label)
    assert_bilingual(column.meaning)
    assert column.meaning.en.endswith(".")
    assert column.meaning.ru.endswith(".")


@each_field
def test_every_field_is_known_in_english_and_in_russian(table: Entity, column: Field) -> None:
    assert any(re.search("[a-z]", s) for s in column.synonyms)
    assert any(re.search("[а-яё]", s) for s in column.synonyms)
    assert all(s == s.lower() and fold(s) for s in column.synonyms)


@each_field
def test_a_reference_names_an_entity_with_a_key(table: Entity, column: Field) -> None:
    if column.references is not None:
        assert entity(column.references).key_field is not None
    elif column.name.endswith("_id"):
        assert column.key


# --- entities --------------------------------------------------------------------------------------


@each_entity
def test_no_spelling_points_to_two_fields_of_one_entity(table: Entity) -> None:
    first: dict[str, str] = {}
    clashes = [
        f"{spelling}: {first[spelling]}, {column.name}"
        for column in table.fields
        for spelling in dict.fromkeys(spellings(column))
        if first.setdefault(spelling, column.name) != column.name
    ]
    assert clashes == []


@each_entity
def test_an_entity_is_named_in_both_languages(table: Entity) -> None:
    assert_bilingual(table.label)
    assert_bilingual(table.meaning)
    assert all(s == s.lower() and fold(s) for s in table.synonyms)
    assert any(re.search("[а-яё]", s) for s in table.synonyms)


@each_entity
def test_the_keys_and_event_dates_are_fields(table: Entity) -> None:
    assert table.key_field is not None or table.natural_key
    assert all(name in table for name in (*table.natural_key, *table.event_dates))
    assert all(table.field(n).type in {FieldType.DATE, FieldType.TIMESTAMP} for n in table.event_dates)


def test_what_lies_in_the_future_does_not_say_how_far_the_data_reaches() -> None:
    dated = {(e.name, name) for e in ENTITIES for name in e.event_dates}
    ahead = {("opportunities", "expected_close_at"), ("subscriptions", "trial_ends_at"), ("fx_rates", "date")}
    assert dated.isdisjoint(ahead)
    assert ENTITY["targets"].event_dates == ()
    assert ENTITY["people"].event_dates == ()


def test_spend_lines_that_look_alike_are_all_kept() -> None:
    assert entity("spend").natural_key == ("date", "department", "channel", "campaign", "category", "currency")
    assert entity("spend").keyed_by_row
    assert entity("activities").keyed_by_row
    assert not entity("stage_events").keyed_by_row
    assert not entity("fx_rates").keyed_by_row


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="opportunities"):
        entity("oportunities")
    with pytest.raises(UnknownName, match="channel"):
        vocabulary("chanel")
    with pytest.raises(UnknownName, match="stage"):
        entity("opportunities").field("stge")


# --- headers as systems write them -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "header", "column"),
    [
        ("opportunities", "Record ID", "opportunity_id"),
        ("opportunities", "StageName", "stage"),
        ("opportunities", "CloseDate", "closed_at"),
        ("opportunities", "Deal - Expected close date", "expected_close_at"),
        ("opportunities", "Closed Lost Reason", "loss_reason"),
        ("opportunities", "Бюджет", "amount"),
        ("opportunities", "Дата создания сделки", "created_at"),
        ("opportunities", "Этап сделки", "stage"),
        ("opportunities", "sales_agent", "owner"),
        ("opportunities", "Associated Company IDs (Primary)", "account_id"),
        ("leads", "Became a Marketing Qualified Lead Date", "mql_at"),
        ("leads", "Original Traffic Source", "source"),
        ("accounts", "Country/Region", "country"),
        ("accounts", "Number of Employees", "employees"),
        ("stage_events", "To Stage", "stage"),
        ("stage_events", "Last Modified", "entered_at"),
        ("subscriptions", "MonthlyCharges", "amount"),
        ("subscriptions", "Canceled At (UTC)", "cancelled_at"),
        ("subscriptions", "Ended At (UTC)", "ended_at"),
        ("subscriptions", "Trial End (UTC)", "trial_ends_at"),
        ("subscriptions", "plan tier", "plan"),
        ("invoices", "Amount Refunded", "refunded_amount"),
        ("spend", "Amount spent (USD)", "amount"),
        ("spend", "Start Date (in UTC)", "date"),
        ("spend", "Расход (руб.)", "amount"),
        ("tickets", "Satisfaction Score", "csat"),
        ("tickets", "property_first_agent_reply_date", "first_response_at"),
        ("people", "regional_office", "team"),
    ],
)
def test_a_real_header_is_known(table: str, header: str, column: str) -> None:
    assert [f.name for f in entity(table).fields if fold(header) in spellings(f)] == [column]


# --- vocabularies ------------------------------------------------------------------------------------


@each_vocabulary
def test_a_vocabulary_knows_each_of_its_own_spellings(words: Vocabulary) -> None:
    for term in words.terms:
        for spelling in (term.key, term.label.en, term.label.ru, *term.synonyms):
            assert words.match(spelling) == term.key, spelling
            assert words.match(f" {spelling.upper()} ") == term.key, spelling


@each_vocabulary
def test_a_vocabulary_is_named_in_both_languages(words: Vocabulary) -> None:
    assert_bilingual(words.label)
    for term in words.terms:
        assert_bilingual(term.label)
    assert len({t.key for t in words.terms}) == len(words.terms)


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("opportunity_status", "Closed Won", "won"),
        ("opportunity_status", "Закрыто и не реализовано", "lost"),
        ("opportunity_type", "existingbusiness", "expansion"),
        ("interval", "Month-to-month", "month"),
        ("interval", "ежегодно", "year"),
        ("subscription_status", "past_due", "past_due"),
        ("subscription_status", "cancelled", "canceled"),
        ("activity_type", "INCOMING_EMAIL", "email"),
        ("direction", "Входящий", "in"),
        ("stage_meaning", "Qualified To Buy", "sql"),
        ("stage_meaning", "Принимают решение", "negotiation"),
        ("stage_meaning", "Успешно реализовано", "won"),
        ("channel", "google / cpc", "paid_search"),
        ("channel", "Яндекс.Директ", "paid_search"),
        ("channel", "Trade Show", "event"),
        ("channel", "Organic Search", "organic"),
        ("channel", "no such channel", None),
        ("interval", "", None),
    ],
)
def test_a_value_is_understood(name: str, value: str, key: str | None) -> None:
    assert vocabulary(name).match(value) == key


@pytest.mark.parametrize(
    ("header", "interval"),
    [
        ("mrr_amount", "month"),
        ("MonthlyCharges", "month"),
        ("ARR", "year"),
        ("Годовая стоимость", "year"),
        ("Amount", None),
        ("monthly or annual fee", None),
    ],
)
def test_an_amount_may_state_its_own_interval(header: str, interval: str | None) -> None:
    assert implied_interval(header) == interval


@pytest.mark.parametrize(
    ("header", "total"),
    [
        ("mrr_amount", True),
        ("Contract value", True),
        ("Subtotal", True),
        ("Unit price", False),
        ("MonthlyCharges", False),
    ],
)
def test_an_amount_may_state_that_it_covers_all_units(header: str, total: bool) -> None:
    assert names_a_total(header) is total


YES_NO_HEADERS = {"closed", "won", "paid", "lost", "cancelled", "canceled", "resolved", "solved"} | {
    *("закрыто", "закрыт", "закрыта", "решено", "решен", "оплачено", "оплачен", "отменена", "отмена", "выполнено"),
}


@each_field
def test_a_date_is_not_named_like_a_yes_or_no(table: Entity, column: Field) -> None:
    """A column headed "Closed", "Won" or "Paid" mostly holds yes and no: alone they must not point to a date."""
    if column.type in {FieldType.DATE, FieldType.TIMESTAMP}:
        assert YES_NO_HEADERS.isdisjoint(spellings(column))
