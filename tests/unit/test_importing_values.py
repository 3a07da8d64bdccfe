"""What a file's spellings are read as: listed with counts before the load, decided by a person, kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from revops.errors import MappingError, UnknownName
from revops.importing import Draft, by_hand, context_of, edits, keep_mapping, load, stage_all
from revops.importing.repairs import offending, read_as
from revops.importing.values import (
    channel_names,
    choices,
    decide,
    listed_fields,
    meanings,
    sources_of,
    spellings,
    stages_of,
    with_values,
)
from revops.model import ENTITIES, FieldType
from revops.workspace import Workspace
from tests.unit.test_importing_repairs import DAY, one_draft

HEADER = "Deal ID,Account Name,Deal Stage,Create Date,Close Date,Amount,Currency,Original Source\n"
STAGES = ("Closed Won", "Discovery", "Zebra")
SOURCES = ("google ads", "zzz-partner", "webinar")
DEALS = HEADER + "".join(
    f"{i},Ada,{STAGES[i % 3]},2026-01-{i:02},2026-02-{i:02},{i}00,{'y.e.' if i == 12 else 'EUR'},{SOURCES[i % 3]}\n"
    for i in range(10, 28)
)


def listed(one: Draft, name: str) -> dict[str, tuple[int, str | None]]:
    """Spelling -> rows and meaning, in the order that they are shown."""
    mapped, field = next((m, f) for _, m, f in listed_fields(one) if f.name == name)
    return {s.value: (s.rows, s.meaning) for s in spellings(one, mapped, field)}


def filled_by(one: Draft, header: str, entity: str, field: str) -> Draft:
    """The draft in which a person has said that the column fills the field."""
    context = context_of(None, DAY)
    return one.changed(edits.with_column(one.mapping, one.raw, one.profile, context, header, entity, field))


def loaded(one: Draft, column: str) -> dict[str, str | None]:
    staged = next(e for e in stage_all([one])[0] if e.entity == "opportunities")
    rows = one.raw.staging.execute(f"SELECT opportunity_id, CAST({column} AS VARCHAR) FROM {staged.accepted}")
    return dict(rows.fetchall())


@pytest.mark.parametrize(
    ("entity", "field"),
    [(e.name, f.name) for e in ENTITIES for f in e.fields if f.vocabulary or f.type is FieldType.BOOLEAN],
)
def test_every_field_with_a_closed_list_offers_its_values(entity: str, field: str) -> None:
    found = next(e for e in ENTITIES if e.name == entity).field(field)
    offered = choices(found)
    assert len(offered) >= 2
    assert all(text.en and text.ru for text in offered.values())


def test_currencies_are_listed_with_the_unknown_ones_first_and_mapped(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as proposed:
        one = filled_by(proposed, "Currency", "opportunities", "currency")
        assert listed(one, "currency") == {"y.e.": (1, None), "EUR": (17, "EUR")}
        assert list(listed(one, "currency")) == ["y.e.", "EUR"]
        told = with_values(one, "opportunities", "currency", {"y.e.": "USD"})
        assert loaded(told, "currency")["12"] == "USD"
        empty = with_values(one, "opportunities", "currency", {"y.e.": ""})
        assert loaded(empty, "currency")["12"] is None


def test_yes_and_no_are_listed_and_mapped(tmp_path: Path) -> None:
    content = "Invoice ID,Customer,Invoice Date,Total,Is recurring\n" + "".join(
        f"{i},Ada,2026-01-05,100,{'perhaps' if i == 3 else 'yes'}\n" for i in range(1, 20)
    )
    with one_draft(tmp_path, content, name="invoices") as proposed:
        one = filled_by(proposed, "Is recurring", "invoices", "is_recurring")
        assert listed(one, "is_recurring") == {"perhaps": (1, None), "yes": (18, "true")}
        told = with_values(one, "invoices", "is_recurring", {"perhaps": "false"})
        assert listed(told, "is_recurring")["perhaps"] == (1, "false")
        accepted = next(e for e in stage_all([told])[0] if e.entity == "invoices").accepted
        rows = one.raw.staging.execute(f"SELECT is_recurring, count(*) FROM {accepted} GROUP BY 1 ORDER BY 1")
        assert rows.fetchall() == [(False, 1), (True, 18)]


def test_a_cell_corrected_by_hand_counts_as_what_it_says_now(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as proposed:
        one = filled_by(proposed, "Currency", "opportunities", "currency")
        better = by_hand.corrected(one, [(3, "Currency", "EUR")])
        assert listed(better, "currency") == {"EUR": (18, "EUR")}


def test_unreadable_numbers_are_given_a_number_or_nothing(tmp_path: Path) -> None:
    content = "".join(DEALS.splitlines(keepends=True))
    content += "90,Ada,Discovery,2026-01-05,,call me,EUR,webinar\n"
    with one_draft(tmp_path, content) as one:
        values = [v for v, _ in offending(stage_all([one])[0], "opportunities", "amount", "unreadable_number")]
        assert values == ["call me"]
        assert loaded(read_as(one, "opportunities", "amount", values, "1234.5"), "amount")["90"] == "1234.500000"
        nothing = read_as(one, "opportunities", "amount", values, "")
        assert next(e for e in stage_all([nothing])[0] if e.entity == "opportunities").warnings == ()
        with pytest.raises(MappingError, match="much"):
            read_as(one, "opportunities", "amount", values, "much")


def test_a_number_given_by_a_person_is_written_as_the_column_writes_its_own(tmp_path: Path) -> None:
    german = "Deal ID;Account Name;Deal Stage;Create Date;Close Date;Amount\n" + "".join(
        f"{i};Ada;Closed Won;05.01.2026;17.02.2026;1.0{i},50\n" for i in range(10, 40)
    )
    with one_draft(tmp_path, german + "1;Ada;Closed Won;05.01.2026;17.02.2026;call me\n") as one:
        told = read_as(one, "opportunities", "amount", ["call me"], "1200.75")
        assert loaded(told, "amount")["1"] == "1200.750000"


# --- stages and sources -----------------------------------------------------------------------------------------------


def test_stages_and_sources_are_told_with_counts_before_the_load(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        staged = stage_all([one])
        assert {(m.value, m.rows, m.meaning) for m in stages_of(staged, None)} == {
            ("Closed Won", 6, "won"),
            ("Discovery", 6, "discovery"),
            ("Zebra", 6, "other"),
        }
        found = sources_of(staged, None)
        assert (found[0].value, found[0].meaning) == ("zzz-partner", "other")
        assert {m.value: m.meaning for m in found}["google ads"] == "paid_search"


def test_what_a_person_decides_about_stages_and_sources_holds_for_the_next_file(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            load(workspace, stage_all([one]))
            keep_mapping(workspace, one)
        decide(workspace, {("", "Zebra"): "negotiation"}, {"zzz-partner": "referral"})
        stages = workspace.stages().set_index("stage")["meaning"]
        assert (stages["Zebra"], stages["Closed Won"]) == ("negotiation", "won")
        assert workspace.channels().set_index("value")["channel"]["zzz-partner"] == "referral"
        with one_draft(tmp_path, DEALS + "99,Zoe,Zebra,2026-01-30,,9,EUR,zzz-partner\n", workspace, name="n") as new:
            staged = stage_all([new])
            assert {m.value: m.meaning for m in stages_of(staged, workspace)}["Zebra"] == "negotiation"
            assert {m.value: m.meaning for m in sources_of(staged, workspace)}["zzz-partner"] == "referral"


def test_a_channel_that_there_is_not_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            load(workspace, stage_all([one]))
        with pytest.raises(UnknownName, match="referal"):
            decide(workspace, {}, {"zzz-partner": "referal"})
        assert workspace.channels().set_index("value")["channel"]["zzz-partner"] == "other"


def test_every_meaning_and_channel_has_a_name_in_both_languages() -> None:
    for text in (*meanings().values(), *channel_names().values()):
        assert text.en
        assert text.ru
