"""Real exports are mapped without a hand, and their published counts come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from revops.ingest.parse import stage
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.suggest import suggest_all
from revops.ingest.types import Mapping, RawTable, StagedEntity, StagedLoad, TableProfile
from tests.hand_made import CONTEXT

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_data"
pytestmark = pytest.mark.real


def mapped(*names: str) -> list[tuple[RawTable, TableProfile, Mapping]]:
    paths = [REAL / name for name in names]
    for path in paths:
        if not path.exists():
            pytest.skip(f"not here: {path.name}")
    tables = [(raw, profile_table(raw)) for path in paths for raw in read_file(path)]
    return [(raw, profile, m) for (raw, profile), m in zip(tables, suggest_all(tables, CONTEXT), strict=True)]


def entities(mapping: Mapping) -> list[str]:
    return [e.entity for e in mapping.entities]


def loaded(raw: RawTable, profile: TableProfile, mapping: Mapping) -> dict[str, StagedEntity]:
    staged: StagedLoad = stage(raw, mapping, profile)
    return {one.entity: one for one in staged}


def query(raw: RawTable, sql: str) -> list[tuple[object, ...]]:
    return raw.staging.execute(sql).fetchall()


def test_maven_four_files_of_one_crm() -> None:
    files = mapped(*(f"maven_crm/{n}.csv" for n in ("accounts", "products", "sales_pipeline", "sales_teams")))
    assert [entities(m) for _, _, m in files] == [["accounts"], [], ["opportunities"], ["people"]]
    assert [q.code for q in files[1][2].questions] == ["no_entity"]
    raw, profile, mapping = files[2]
    deals = loaded(raw, profile, mapping)["opportunities"]
    assert (deals.accepted_count, deals.rejected_count) == (8300, 500)
    assert [(r.field, r.code, r.count) for r in deals.rejections] == [("created_at", "missing_required", 500)]
    won = query(raw, f"SELECT count(*), sum(amount) FROM {deals.accepted} WHERE stage = 'Won'")
    assert won == [(4238, 10005534)]
    people = files[3][2].entity("people")
    assert people is not None
    assert {f.field: f.column for f in people.fields} == {
        "person": "sales_agent",
        "team": "regional_office",
        "manager": "manager",
    }


def test_telco_snapshot_becomes_accounts_and_subscriptions() -> None:
    ((raw, profile, mapping),) = mapped("telco/Telco-Customer-Churn.csv")
    assert entities(mapping) == ["accounts", "subscriptions"]
    one = loaded(raw, profile, mapping)["subscriptions"]
    found = query(raw, f"SELECT count(*), count(ended_at), round(avg(amount), 2), min(interval) FROM {one.accepted}")
    assert found == [(7043, 1869, 64.76, "month")]


def test_ravenstack_monthly_mrr_and_tables_that_fit_nothing() -> None:
    names = ("accounts", "churn_events", "feature_usage", "subscriptions", "support_tickets")
    files = mapped(*(f"ravenstack/ravenstack_{n}.csv" for n in names))
    assert [entities(m) for _, _, m in files] == [["accounts"], [], [], ["subscriptions"], ["tickets"]]
    raw, profile, mapping = files[3]
    one = loaded(raw, profile, mapping)["subscriptions"]
    by_hand = query(raw, f"SELECT sum(CAST(mrr_amount AS DECIMAL)), count(end_date) FROM {raw.relation}")
    assert query(raw, f"SELECT sum(amount), count(ended_at) FROM {one.accepted}") == by_hand
    assert "quantity" not in one.fields
    assert query(raw, f"SELECT DISTINCT interval FROM {one.accepted}") == [("month",)]
    raw, profile, mapping = files[4]
    tickets = loaded(raw, profile, mapping)["tickets"]
    minutes = f"SELECT sum(date_diff('minute', opened_at, first_response_at)) FROM {tickets.accepted}"
    assert query(raw, minutes) == query(
        raw, f"SELECT sum(CAST(first_response_time_minutes AS INT)) FROM {raw.relation}"
    )


def test_both_stage_histories_tell_the_same_company() -> None:
    wide, long = mapped("stage_history/sample_hubspot_deals.csv"), mapped("stage_history/sample_salesforce_history.csv")
    for ((raw, profile, mapping),) in (wide, long):
        assert entities(mapping) == ["opportunities", "stage_events"]
        found = loaded(raw, profile, mapping)
        deals = found["opportunities"]
        assert deals.accepted_count == 1600
        stages = dict(query(raw, f"SELECT stage, count(*) FROM {deals.accepted} GROUP BY stage"))  # type: ignore[arg-type]
        assert (stages["Closed Won"], stages["Closed Lost"]) == (175, 1384)
        entered = query(
            raw, f"SELECT stage, count(DISTINCT opportunity_id) FROM {found['stage_events'].accepted} GROUP BY stage"
        )
        assert dict(entered)["Closed Won"] == 175  # type: ignore[call-overload]


def test_reports_without_a_needed_date_ask_for_it() -> None:
    ((_, _, ads),) = mapped("google_ads/Campaign report (londonclean01).csv")
    assert [(q.code, q.entity, q.field) for q in ads.blocking] == [("required_field", "spend", "date")]
    ((_, _, deals),) = mapped("russian/voyz-crm_deals-example.csv")
    assert [(q.code, q.entity, q.field) for q in deals.blocking] == [("required_field", "opportunities", "created_at")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hubspot/company_data", ["accounts"]),
        ("hubspot/contact_data", ["leads"]),
        ("hubspot/deal_data", ["opportunities"]),
        ("hubspot/deal_stage_data", ["stage_events"]),
        ("hubspot/engagement_call_data", ["activities"]),
        ("hubspot/owner_data", ["people"]),
        ("hubspot/ticket_data", ["tickets"]),
        ("salesforce/sf_account_data", ["accounts"]),
        ("salesforce/sf_lead_data", ["leads"]),
        ("salesforce/sf_opportunity_data", ["opportunities", "accounts"]),
        ("salesforce/sf_task_data", ["activities"]),
        ("salesforce/sf_user_data", ["people"]),
        ("stripe/customer_data", ["accounts"]),
        ("stripe/invoice_data", ["invoices", "accounts"]),
        ("stripe/plan_data", []),
        ("stripe/price_data", []),
        ("stripe/subscription_data", ["subscriptions", "accounts"]),
        ("stripe/subscription_item_data", []),
    ],
)
def test_tables_as_loaders_deliver_them(name: str, expected: list[str]) -> None:
    ((_, _, mapping),) = mapped(f"fivetran_seeds/{name}.csv")
    assert entities(mapping) == expected
