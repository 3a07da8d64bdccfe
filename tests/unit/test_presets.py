"""Exports of known systems: each preset against its own hand-written file, and the rules that all of them share.

A preset is one TOML file; its example is `tests/fixtures/presets/NAME.csv` (and `NAME.ru.csv` for a Russian
interface) with what it must give beside it in JSON. Both are found here by themselves.
"""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from revops.errors import MappingError
from revops.ingest.evidence import TableView
from revops.ingest.parse import stage
from revops.ingest.preset import HeaderIndex, recognise, score
from revops.ingest.preset_build import wide_columns
from revops.ingest.presets import Wide, presets, read_preset
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.shapes import month_columns
from revops.ingest.suggest import suggest, suggest_entity
from revops.ingest.types import Context, EntityMapping, FieldMapping, Mapping, RawTable, TableProfile
from revops.model import ENTITY
from tests.hand_made import CONTEXT, TODAY, table

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "presets"
EXAMPLES = sorted(FIXTURES.glob("*.csv"))
BY_NAME = {p.name: p for p in presets()}


@cache
def read(path: Path) -> tuple[RawTable, TableProfile, Mapping]:
    (raw,) = read_file(path)
    profile = profile_table(raw)
    return raw, profile, suggest(raw, profile, CONTEXT)


def preset_of(path: Path) -> str:
    return path.name.split(".")[0]


def source(f: FieldMapping | None) -> str | None:
    """What fills a field: the header, =constant or ~expression."""
    if f is None:
        return None
    return f.column or (f"={f.constant}" if f.constant is not None else f"~{f.expression}")


def filled(one: EntityMapping | None) -> dict[str, str | None]:
    assert one is not None
    return {f.field: source(f) for f in one.fields}


def shown(value: object) -> str | None:
    """A typed value as the JSON beside the example writes it: numbers without trailing zeros, moments in ISO."""
    if value is None:
        return None
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def outcome(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the file gives, told as `wanted` tells it; of each entity's rows those that `wanted` names by number."""
    raw, profile, mapping = read(path)
    found: dict[str, Any] = {
        "questions": [[q.code, q.field, q.blocking] for q in mapping.questions],
        "entities": {},
    }
    if mapping.blocking:
        return found
    for one in stage(raw, mapping, profile):
        said = mapping.entity(one.entity)
        assert said is not None
        names = ", ".join(f'"{n}"' for n in one.fields)
        order = ", ".join(str(i + 2) for i in range(len(one.fields)))
        rows = raw.staging.execute(f"SELECT _row, {names} FROM {one.accepted} ORDER BY _row, {order}").fetchall()
        told = [dict(zip(("_row", *one.fields), map(shown, row), strict=True)) for row in rows]
        numbers = {r["_row"] for r in wanted["entities"].get(one.entity, {}).get("rows", ())}
        found["entities"][one.entity] = {
            "role": said.role,
            "accepted": one.accepted_count,
            "rejected": one.rejected_count,
            "repeated": one.duplicates,
            "unread": [[w.field, w.count] for w in one.warnings],
            "rows": [r for r in told if r["_row"] in numbers],
        }
    return found


# --- every preset and its example -------------------------------------------------------------------


def test_every_preset_has_an_example_and_every_example_a_preset() -> None:
    assert {preset_of(p) for p in EXAMPLES} == set(BY_NAME)
    assert {p.with_suffix(".json") for p in EXAMPLES} == set(FIXTURES.glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_is_recognised_by_its_own_preset_before_all_others(path: Path) -> None:
    raw, profile, _ = read(path)
    months = len(month_columns(profile))
    scores = {p.name: s for p in presets() if (s := score(p, raw.columns, "", months)) is not None}
    own = scores.pop(preset_of(path), None)  # by its headers alone: the file's name is not looked at
    if own is None:  # the name of a plain spreadsheet has to say what it is
        own = score(BY_NAME[preset_of(path)], raw.columns, path.stem, months)
    assert own is not None
    assert all(own > other for other in scores.values()), scores
    found = recognise(TableView(raw=raw, profile=profile, context=CONTEXT))
    assert found is not None
    assert found.name == preset_of(path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_loads_as_told_beside_it(path: Path) -> None:
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert outcome(path, wanted) == wanted


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_a_mapping_says_in_both_languages_what_was_recognised(path: Path) -> None:
    preset = BY_NAME[preset_of(path)]
    _, _, mapping = read(path)
    if not preset.fillings:
        assert preset.label.en in mapping.questions[0].text.en
        assert preset.label.ru in mapping.questions[0].text.ru
    for one in mapping.entities:
        assert one.reason.ru == f"распознано: {preset.label.ru}" or one.role == "mention"
        assert preset.label.en in one.reason.en or one.role == "mention"


@pytest.mark.parametrize("preset", presets(), ids=lambda p: p.name)
def test_a_preset_fills_what_a_record_needs(preset: Any) -> None:
    for filling in preset.fillings:
        model = ENTITY[filling.entity]
        able = {*filling.sources, "currency"}
        if filling.wide is not None:
            able |= {filling.wide.label, filling.wide.value}
        assert {f.name for f in model.required} <= able or filling.role == "mention", filling.entity
        assert not filling.leave & set(filling.sources)


def test_presets_travel_with_the_package() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["tool"]["setuptools"]["package-data"]["revops.ingest.presets"] == ["*.toml"]


# --- what is recognised -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("hubspot deals.csv", ["Deal ID", "Deal Name", "Company", "Deal Stage", "Amount", "Create Date", "Close Date"]),
        ("salesforce.csv", ["Opportunity Name", "Stage", "Close Date"]),
        ("amocrm сделки.csv", ["ID сделки", "Название сделки", "Этап сделки", "Бюджет", "Дата создания"]),
        ("stripe.csv", ["id", "Customer", "Status", "Created"]),
        ("google ads.csv", ["Campaign", "Cost", "Clicks"]),
        ("facebook.csv", ["Campaign name", "Spend", "Date"]),
        ("zendesk.csv", ["Id", "Status", "Created at", "Subject"]),
        ("pipedrive.csv", ["Title", "Stage", "Value", "Owner"]),
        ("notes.csv", ["a", "b"]),
    ],
)
def test_a_file_name_and_common_headers_are_not_enough(name: str, headers: list[str]) -> None:
    raw, profile = table(name, {h: ["1", "2"] for h in headers})
    assert recognise(TableView(raw=raw, profile=profile, context=CONTEXT)) is None


def test_headers_are_found_in_any_case_and_with_a_currency_behind_them() -> None:
    index = HeaderIndex(["AMOUNT SPENT (EUR)", "Расход, руб.", "Conversion rate"])
    assert index.all(("Amount spent",)) == ["AMOUNT SPENT (EUR)"]
    assert index.all(("расход",)) == ["Расход, руб."]
    assert index.all(("Conversion",)) == []
    assert index.all(("/^conv/",)) == ["Conversion rate"]


def test_the_longer_header_goes_before_the_one_without_its_currency() -> None:
    index = HeaderIndex(["Amount USD", "Amount"])
    assert index.all(("Amount",)) == ["Amount"]
    assert index.all(("Amount USD",)) == ["Amount USD"]


# --- a small preset, told here ----------------------------------------------------------------------

SMALL = """
system = "Acme CRM"
object = "deals"
label = { en = "Acme CRM deals export", ru = "выгрузка сделок Acme CRM" }
[recognise]
every = ["Deal code", "Phase"]
[[fill]]
entity = "opportunities"
[fill.fields]
opportunity_id = "Deal code"
stage = "Phase"
"""


def test_one_file_declares_a_preset() -> None:
    preset = read_preset("acme", SMALL)
    assert score(preset, ["Deal code", "Phase", "Other"]) is not None
    assert score(preset, ["Deal code", "Other"]) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('stage = "Phase"', 'stagee = "Phase"'), "stagee"),
        (('entity = "opportunities"', 'entity = "deals"'), "deals"),
        (('stage = "Phase"', "stage = { colum = 'Phase' }"), "colum"),
        (
            ('stage = "Phase"', "stage = { column = 'Phase', constant = 'Won' }"),
            "a column, a constant or an expression",
        ),
        (('stage = "Phase"', "stage = { expression = 'case when' }"), "SQL expression"),
        (('stage = "Phase"', "stage = { expression = '{phase}' }"), "phase"),
        (('every = ["Deal code", "Phase"]', ""), "names no header"),
        (('entity = "opportunities"', 'entity = "opportunities"\nrole = "row"'), "role"),
        (('system = "Acme CRM"', ""), "system"),
    ],
)
def test_a_preset_with_a_slip_is_refused_with_its_place(change: tuple[str, str], said: str) -> None:
    with pytest.raises(MappingError) as caught:
        read_preset("acme", SMALL.replace(*change))
    assert "acme" in caught.value.message.en
    assert said in caught.value.message.en


# --- what a preset leaves to the file ----------------------------------------------------------------


def hubspot(**more: list[str | None]) -> dict[str, list[str | None]]:
    return {
        "Record ID": ["1", "2", "3"],
        "Deal Name": ["One", "Two", "Three"],
        "Deal Stage": ["Demo", "Closed Won", "Demo"],
        "Pipeline": ["Sales"] * 3,
        "Deal owner": ["Ann", "Bob", "Ann"],
        "Close Date": ["2026-04-01", "2026-04-02", "2026-04-03"],
        **more,
    }


def test_absent_columns_are_not_mapped_and_a_missing_required_one_is_asked_for() -> None:
    mapping = suggest(*table("x.csv", hubspot()), CONTEXT)
    assert filled(mapping.entity("opportunities")) == {
        "opportunity_id": "Record ID",
        "name": "Deal Name",
        "pipeline": "Pipeline",
        "stage": "Deal Stage",
        "closed_at": "Close Date",
        "expected_close_at": "Close Date",
        "owner": "Deal owner",
    }
    assert [(q.code, q.field, q.blocking) for q in mapping.questions] == [("required_field", "created_at", True)]


def test_a_person_s_own_columns_are_still_read_by_their_names() -> None:
    own: dict[str, list[str | None]] = {"Create Date": ["2026-03-01"] * 3, "Campaign": ["A", "B", "A"]}
    mapping = suggest(*table("x.csv", hubspot(**own, Mood=["fine", "bad", "fine"])), CONTEXT)
    one = mapping.entity("opportunities")
    assert filled(one)["campaign"] == "Campaign"
    assert one is not None
    assert one.extra == ("Mood",)


def test_an_empty_column_gives_way_to_another_spelling_that_has_values() -> None:
    companies: dict[str, list[str | None]] = {
        "Associated Company IDs": [None, None, None],
        "Associated Company": ["Acme", "Zed", "Acme"],
        "Create Date": ["2026-03-01"] * 3,
    }
    mapping = suggest(*table("x.csv", hubspot(**companies)), CONTEXT)
    assert filled(mapping.entity("opportunities"))["account_id"] == "Associated Company"


def test_keys_that_are_known_go_before_the_system_s_own() -> None:
    columns: dict[str, list[str | None]] = {
        "id": ["sub_1", "sub_2"],
        "Customer ID": ["cus_1", "cus_2"],
        "Customer Name": ["Acme", "Zed"],
        "Plan": ["Basic", "Pro"],
        "Status": ["active", "active"],
        "Amount": ["10", "20"],
        "Currency": ["usd", "usd"],
        "Interval": ["month", "year"],
        "Created (UTC)": ["2026-01-01", "2026-02-01"],
        "Canceled At (UTC)": [None, None],
        "company_id (metadata)": ["9001", "9002"],
    }
    known = Context(today=TODAY, currency="EUR", known_keys={"accounts": frozenset({"9001", "9002"})})
    alone, beside = (suggest(*table("x.csv", columns), c) for c in (CONTEXT, known))
    assert filled(alone.entity("subscriptions"))["account_id"] == "Customer ID"
    assert filled(alone.entity("accounts")) == {"account_id": "Customer ID", "name": "Customer Name"}
    assert filled(beside.entity("subscriptions"))["account_id"] == "company_id (metadata)"
    assert beside.entity("accounts") is None  # every one of them is known already


AMO = [
    "ID",
    "Название сделки",
    "Этап сделки",
    "Дата создания сделки",
    "Кем создана сделка",
    "Теги",
    "Кем редактирована",
]


@pytest.mark.parametrize(
    ("sources", "taken"),
    [(["Источник", "Источник (2)"], "Источник (2)"), (["Источник"], "Источник"), ([], None)],
)
def test_a_preset_says_which_of_two_columns_of_one_name_counts(sources: list[str], taken: str | None) -> None:
    columns: dict[str, list[str | None]] = {h: ["a", "b"] for h in [*AMO, *sources]}
    columns["Дата создания сделки"] = ["2026-03-01", "2026-03-02"]
    mapping = suggest(*table("x.csv", columns), CONTEXT)
    assert filled(mapping.entity("opportunities")).get("source") == taken


def test_repeated_headers_are_asked_about_only_where_the_preset_does_not_know_them(tmp_path: Path) -> None:
    def blocked(*more: str) -> list[str]:
        path = tmp_path / f"{len(more)}{more[0]}.csv"
        rows = [
            [*AMO, *more],
            *([str(i), "x", "y", "2026-03-01", "z", "t", "u", *("10" for _ in more)] for i in (1, 2)),
        ]
        path.write_text("\n".join(";".join(r) for r in rows), encoding="utf-8")
        return [q.code for q in read(path)[2].blocking]

    assert blocked("Источник", "Источник") == []  # its order is known
    assert blocked("roistat", "roistat") == []  # it fills nothing
    assert blocked("utm_campaign", "utm_campaign") == ["repeated_header"]
    assert blocked("Бюджет", "Бюджет") == ["repeated_header"]


def test_a_date_that_a_system_spells_as_words_is_simply_absent(tmp_path: Path) -> None:
    raw, profile, mapping = read(FIXTURES / "amocrm_deals.ru.csv")
    closed = mapping.entities[0].field("closed_at")
    assert closed is not None
    assert closed.date_format == "%d.%m.%Y %H:%M:%S"  # as the other dates of the file are written
    (deals, _) = stage(raw, mapping, profile)
    assert deals.warnings == ()
    counted = raw.staging.execute(f"SELECT count(closed_at), count(*) FROM {deals.accepted}").fetchall()
    assert counted == [(2, 5)]


# --- columns made long -------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["{y}-{m:02}", "{en} {y}", "{ru} {y}", "{m:02}.{y}", "{en}-{yy}", "{ru}.{yy}"])
def test_months_are_read_however_a_sheet_heads_them(pattern: str) -> None:
    names = [("Jan", "янв"), ("Feb", "фев"), ("Mar", "мар")]
    months = [pattern.format(y=2026, yy=26, m=i, en=en, ru=ru) for i, (en, ru) in enumerate(names, start=1)]
    mapping = suggest(*table("x.csv", {"Клиент": ["А", "Б"], **{m: ["10", "20"] for m in months}}), CONTEXT)
    one = mapping.entity("mrr_months")
    assert one is not None
    assert one.unpivot is not None
    assert list(one.unpivot.columns.values()) == ["2026-01-01", "2026-02-01", "2026-03-01"]


def test_labels_come_out_of_headers_by_a_pattern_and_months_become_dates() -> None:
    _, profile = table("x.csv", {"Spent in Jan 2026": ["1"], "Spent in фев 2026": ["2"], "Note": ["x"]})
    pattern = re.compile("^Spent in (.+)$", re.IGNORECASE)
    assert wide_columns(Wide(label="date", value="amount", patterns=(pattern,)), profile) == {
        "Spent in Jan 2026": "2026-01-01",
        "Spent in фев 2026": "2026-02-01",
    }
    assert list(wide_columns(Wide(label="campaign", value="amount", patterns=(pattern,)), profile).values()) == [
        "Jan 2026",
        "фев 2026",
    ]


def test_categories_by_months_are_spending_only_where_something_says_so() -> None:
    months: dict[str, list[str | None]] = {f"2026-0{i}": ["10", "20"] for i in (1, 2, 3)}
    plain, named = (suggest(*table(n, {"Category": ["A", "B"], **months}), CONTEXT) for n in ("x.csv", "costs.csv"))
    assert plain.entity("spend") is None
    assert named.entity("spend") is not None
    assert named.blocking == ()


@pytest.mark.parametrize("name", ["budget.csv", "Spend plan 2026.csv", "расходы прогноз.csv"])
def test_what_is_called_a_plan_is_asked_about_even_where_it_is_also_called_spending(name: str) -> None:
    months: dict[str, list[str | None]] = {f"2026-0{i}": ["10", "20"] for i in (1, 2, 3)}
    mapping = suggest(*table(name, {"Expense category": ["A", "B"], **months}), CONTEXT)
    assert [(q.code, q.choices) for q in mapping.blocking] == [("spent_or_planned", ("spend", "targets"))]


def test_the_answer_leaves_one_meaning_and_no_question() -> None:
    months: dict[str, list[str | None]] = {f"2026-0{i}": ["10", "20"] for i in (1, 2, 3)}
    tables = table("budget.csv", {"Category": ["A", "B"], **months})
    for entity in ("spend", "targets"):
        mapping = suggest_entity(*tables, CONTEXT, entity)
        assert [e.entity for e in mapping.entities] == [entity]
        assert mapping.blocking == ()


@pytest.mark.parametrize("clicks", ["Kлики", "Клики"])
def test_a_header_is_known_with_the_latin_letter_that_a_system_writes(clicks: str) -> None:
    columns: dict[str, list[str | None]] = {
        "День": ["2026-05-01", "2026-05-13"], "Кампания": ["Бренд"] * 2, clicks: ["4", "5"], "Показы": ["40", "50"],
        "Расходы": ["1.50", "2.50"], "Код валюты": ["RUB"] * 2, "Тип кампании": ["Поисковая сеть"] * 2,
    }  # fmt: skip
    mapping = suggest(*table("x.csv", columns), CONTEXT)
    assert filled(mapping.entity("spend"))["amount"] == "Расходы"
    assert mapping.entities[0].reason.en == "recognised as a Google Ads campaign report"
