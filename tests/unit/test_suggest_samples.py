"""The demo company's exports are mapped without a hand and load completely."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from revops.ingest.parse import stage
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.suggest import suggest_all
from revops.ingest.types import Context, Mapping, StagedLoad

EXPORTS = Path(__file__).resolve().parents[2] / "sample_data" / "exports"
EXPECTED = {
    "activities.csv": {"activities"},
    "crm_sdelki_ru.csv": {"opportunities", "accounts"},
    "fx_rates.csv": {"fx_rates"},
    "google_ads_campaigns.csv": {"spend"},
    "hubspot_companies.csv": {"accounts"},
    "hubspot_contacts.csv": {"leads"},
    "hubspot_deals.csv": {"opportunities", "stage_events"},
    "spend_ledger.csv": {"spend"},
    "stripe_subscriptions.csv": {"subscriptions"},
    "support_tickets.xlsx": {"tickets"},
    "targets.xlsx": {"targets"},
    "team.csv": {"people"},
}


@pytest.fixture(scope="module")
def loads() -> dict[str, StagedLoad]:
    tables = [(raw, profile_table(raw)) for name in EXPECTED for raw in read_file(EXPORTS / name)]
    mappings = suggest_all(tables, Context(today=dt.date(2026, 11, 2), currency="USD"))
    return {raw.file.name: stage(raw, m, p) for (raw, p), m in zip(tables, mappings, strict=True) if m.entities}


def source(mapping: Mapping, entity: str, field: str) -> str | None:
    one = mapping.entity(entity)
    assert one is not None
    found = one.field(field)
    return None if found is None else found.column or found.constant


@pytest.mark.parametrize("name", EXPECTED)
def test_every_export_fills_what_it_holds_and_rejects_nothing(loads: dict[str, StagedLoad], name: str) -> None:
    load = loads[name]
    assert {one.entity for one in load} == EXPECTED[name]
    for one in load:
        assert (one.rejected_count, one.duplicates, one.warnings) == (0, 0, ()), one.entity
    rows = [
        one for one in load if one.entity not in ("stage_events",) and load.mapping.entity(one.entity).role == "rows"
    ]  # type: ignore[union-attr]
    assert [one.accepted_count for one in rows] == [load.raw.row_count]


def test_stripe_customers_are_known_by_their_crm_id_and_spellings_are_canonical(loads: dict[str, StagedLoad]) -> None:
    load = loads["stripe_subscriptions.csv"]
    assert source(load.mapping, "subscriptions", "account_id") == "company_id (metadata)"
    (one,) = load
    found = load.raw.staging.execute(f"SELECT DISTINCT currency, interval FROM {one.accepted} ORDER BY 2").fetchall()
    assert found == [("USD", "month"), ("USD", "year")]
    assert load.raw.staging.execute(f"SELECT max(discount) FROM {one.accepted}").fetchall() == [(1,)]


def test_the_moscow_deals_are_read_in_their_own_formats(loads: dict[str, StagedLoad]) -> None:
    load = loads["crm_sdelki_ru.csv"]
    with (EXPORTS / "crm_sdelki_ru.csv").open(encoding="cp1251", newline="") as file:
        budgets = [r["Бюджет"] for r in csv.DictReader(file, delimiter=";")]
    total = sum(float(b.replace("\xa0", "").replace(" ", "").replace(",", ".")) for b in budgets if b)
    deals = next(one for one in load if one.entity == "opportunities")
    rows = load.raw.staging.execute(
        f"SELECT sum(amount), min(currency), min(created_at) FROM {deals.accepted}"
    ).fetchall()
    assert [(float(a), c, d) for a, c, d in rows] == [(total, "RUB", dt.datetime(2023, 11, 8))]


def test_tickets_have_their_dates(loads: dict[str, StagedLoad]) -> None:
    mapping = loads["support_tickets.xlsx"].mapping
    assert [source(mapping, "tickets", f) for f in ("opened_at", "first_response_at", "resolved_at")] == [
        "Opened",
        "First Response",
        "Resolved",
    ]
