"""What a careful analyst would map, on tables small enough to judge by eye."""

from __future__ import annotations

import dataclasses

import pytest

from revops.ingest.suggest import suggest, suggest_all
from revops.ingest.types import Context, EntityMapping, FieldMapping, Mapping
from tests.hand_made import CONTEXT, TODAY, table


def source(f: FieldMapping | None) -> str | None:
    """What fills a field: the header, =constant or ~expression."""
    if f is None:
        return None
    return f.column or (f"={f.constant}" if f.constant is not None else f"~{f.expression}")


def filled(one: EntityMapping | None) -> dict[str, str | None]:
    assert one is not None
    return {f.field: source(f) for f in one.fields}


def entities(mapping: Mapping) -> list[tuple[str, str]]:
    return [(e.entity, e.role) for e in mapping.entities]


def asked(mapping: Mapping) -> list[tuple[str, str | None, bool]]:
    return [(q.code, q.field, q.blocking) for q in mapping.questions]


DEALS = {
    "Deal ID": ["1", "2", "3"],
    "Deal Name": ["One", "Two", "Three"],
    "Company": ["Acme", "Zed", "Acme"],
    "Deal Stage": ["Demo", "Closed Won", "Demo"],
    "Amount (USD)": ["10", "20", "30"],
    "Create Date": ["2026-03-01", "2026-03-02", "2026-03-03"],
    "Close Date": ["2026-04-01", "2026-04-02", "2026-04-03"],
    "Mood": ["fine", "bad", "fine"],
}


def test_a_deals_export_fills_opportunities_and_mentions_accounts() -> None:
    mapping = suggest(*table("deals.csv", DEALS), CONTEXT)
    assert entities(mapping) == [("opportunities", "rows"), ("accounts", "mention")]
    assert filled(mapping.entity("opportunities")) == {
        "opportunity_id": "Deal ID",
        "name": "Deal Name",
        "account_id": "Company",
        "stage": "Deal Stage",
        "amount": "Amount (USD)",
        "currency": "=USD",
        "created_at": "Create Date",
        "closed_at": "Close Date",
        "expected_close_at": "Close Date",
    }
    assert mapping.entities[0].extra == ("Mood",)
    assert filled(mapping.entity("accounts")) == {"account_id": "Company", "name": "Company"}
    assert asked(mapping) == []


def test_every_part_says_why_in_both_languages() -> None:
    mapping = suggest(*table("deals.csv", DEALS), CONTEXT)
    for one in mapping.entities:
        assert one.reason.en
        assert one.reason.ru
        for f in one.fields:
            assert 0 < f.confidence <= 1
            assert f.reason.en
            assert f.reason.ru


def test_russian_headers_and_accounts_by_name() -> None:
    columns = {
        "ID сделки": ["1", "2"],
        "Название сделки": ["А", "Б"],
        "Компания": ["Ромашка", "Лютик"],
        "Этап сделки": ["Переговоры", "Успешно реализовано"],
        "Бюджет": ["100", "200"],
        "Дата создания": ["2026-03-01", "2026-03-02"],
        "Ответственный": ["Иванова", "Петров"],
    }
    mapping = suggest(*table("сделки.csv", columns), CONTEXT)
    assert filled(mapping.entity("opportunities")) == {
        "opportunity_id": "ID сделки",
        "name": "Название сделки",
        "account_id": "Компания",
        "stage": "Этап сделки",
        "amount": "Бюджет",
        "currency": "=EUR",
        "created_at": "Дата создания",
        "owner": "Ответственный",
    }
    assert asked(mapping) == [("currency", "currency", False)]


def test_a_deals_sheet_without_its_created_date_is_asked_for_it() -> None:
    mapping = suggest(*table("deals.csv", {h: v for h, v in DEALS.items() if h != "Create Date"}), CONTEXT)
    assert entities(mapping)[0] == ("opportunities", "rows")
    assert ("required_field", "created_at", True) in asked(mapping)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("products.csv", {"product": ["A", "B"], "series": ["x", "y"], "sales_price": ["5", "6"]}),
        (
            "churn_events.csv",
            {
                "churn_event_id": ["1", "2"],
                "account_id": ["a", "a"],
                "churn_date": ["2026-01-01"] * 2,
                "reason_code": ["price", "x"],
                "refund_amount_usd": ["0.5", "0"],
            },
        ),
        (
            "feature_usage.csv",
            {
                "usage_id": ["1", "2"],
                "subscription_id": ["a", "b"],
                "usage_date": ["2026-01-01"] * 2,
                "feature_name": ["f", "g"],
                "usage_count": ["5", "6"],
                "usage_duration_secs": ["9", "8"],
            },
        ),
        (
            "plans.csv",
            {
                "id": ["p1", "p2"],
                "amount": ["10", "20"],
                "currency": ["usd", "usd"],
                "interval": ["month", "year"],
                "created": ["2026-01-01"] * 2,
            },
        ),
        ("notes.csv", {"a": ["x"], "b": ["y"]}),
    ],
)
def test_a_table_of_something_else_is_not_forced_to_fit(name: str, columns: dict[str, list[str | None]]) -> None:
    mapping = suggest(*table(name, columns), CONTEXT)
    assert mapping.entities == ()
    assert asked(mapping) == [("no_entity", None, False)]


SUBSCRIPTIONS = {
    "subscription_id": ["s1", "s2"],
    "account_id": ["a", "b"],
    "start_date": ["2026-01-01", "2026-02-01"],
    "seats": ["5", "10"],
    "billing_frequency": ["annual", "monthly"],
}


def test_an_mrr_is_a_monthly_total_whatever_the_billing_frequency_and_the_seats() -> None:
    columns = {**SUBSCRIPTIONS, "mrr_amount": ["50", "100"], "arr_amount": ["600", "1200"]}
    one = suggest(*table("subscriptions.csv", columns), CONTEXT).entity("subscriptions")
    found = filled(one)
    assert (found["amount"], found["interval"]) == ("mrr_amount", "=month")
    assert "quantity" not in found
    assert one is not None
    assert set(one.extra) == {"seats", "billing_frequency", "arr_amount"}


def test_a_yearly_amount_alone_is_for_a_year() -> None:
    columns = {**SUBSCRIPTIONS, "arr_amount": ["600", "1200"]}
    found = filled(suggest(*table("subscriptions.csv", columns), CONTEXT).entity("subscriptions"))
    assert (found["amount"], found["interval"], found.get("quantity")) == ("arr_amount", "=year", None)


def test_a_plain_price_is_multiplied_by_seats_and_read_by_the_interval_column() -> None:
    columns = {**SUBSCRIPTIONS, "price": ["10", "20"]}
    one = suggest(*table("subscriptions.csv", columns), CONTEXT).entity("subscriptions")
    found = filled(one)
    assert (found["amount"], found["interval"], found["quantity"]) == ("price", "billing_frequency", "seats")
    assert one is not None
    interval = one.field("interval")
    assert interval is not None
    assert interval.value_map == {"annual": "year", "monthly": "month"}


def test_a_price_without_any_interval_is_taken_as_monthly_and_said_so() -> None:
    columns = {**SUBSCRIPTIONS, "price": ["10", "20"]}
    del columns["billing_frequency"]
    mapping = suggest(*table("subscriptions.csv", columns), CONTEXT)
    assert filled(mapping.entity("subscriptions"))["interval"] == "=month"
    assert ("interval", "interval", False) in asked(mapping)


def test_a_snapshot_without_dates_becomes_accounts_and_subscriptions_as_of_today() -> None:
    columns = {
        "customerID": ["c1", "c2", "c3"],
        "Contract": ["One year", "Month-to-month", "Two year"],
        "tenure": ["1", "34", "2"],
        "MonthlyCharges": ["29.85", "56.95", "53.85"],
        "Churn": ["No", "No", "Yes"],
    }
    mapping = suggest(*table("customers.csv", columns), CONTEXT)
    assert entities(mapping) == [("accounts", "rows"), ("subscriptions", "rows")]
    assert filled(mapping.entity("subscriptions")) == {
        "subscription_id": "customerID",
        "account_id": "customerID",
        "amount": "MonthlyCharges",
        "currency": "=EUR",
        "interval": "=month",
        "started_at": '~as_of - months(number("tenure"))',
        "ended_at": "~case when \"Churn\" in ('Yes') then as_of end",
    }
    assert mapping.as_of == TODAY
    assert ("as_of", "started_at", False) in asked(mapping)
    assert mapping.blocking == ()
    assert "Contract" in mapping.entities[0].extra


def test_stage_columns_become_stage_events_cleaned_of_the_pipelines_name() -> None:
    columns = {
        **{h: DEALS[h] for h in ("Deal ID", "Deal Stage", "Create Date", "Close Date")},
        'Date entered "Demo (Sales Pipeline)"': ["2026-03-01", "2026-03-02", None],
        'Date entered "Closed Won (Sales Pipeline)"': [None, "2026-03-02", None],
    }
    mapping = suggest(*table("deals.csv", columns), CONTEXT)
    assert entities(mapping) == [("opportunities", "rows"), ("stage_events", "rows")]
    events = mapping.entity("stage_events")
    assert events is not None
    assert events.unpivot is not None
    assert list(events.unpivot.columns.values()) == ["Demo", "Closed Won"]
    assert filled(mapping.entity("opportunities"))["closed_at"] == "Close Date"


def test_a_history_of_stage_changes_fills_deals_and_stage_events() -> None:
    columns = {
        "Opportunity ID": ["1", "1", "2"],
        "From Stage": [None, "Demo", None],
        "To Stage": ["Demo", "Won", "Demo"],
        "Last Modified": ["2026-03-01", "2026-03-05", "2026-03-02"],
        "Stage": ["Won", "Won", "Demo"],
        "Created Date": ["2026-03-01", "2026-03-01", "2026-03-02"],
    }
    mapping = suggest(*table("history.csv", columns), CONTEXT)
    assert entities(mapping) == [("opportunities", "rows"), ("stage_events", "rows")]
    assert filled(mapping.entity("opportunities"))["stage"] == "Stage"
    assert filled(mapping.entity("stage_events")) == {
        "opportunity_id": "Opportunity ID",
        "stage": "To Stage",
        "entered_at": "Last Modified",
    }


def test_a_customers_by_months_sheet_is_made_long() -> None:
    columns = {"Customer": ["Acme", "Zed"], "Jan 2026": ["10", "20"], "Feb 2026": ["10", None], "Mar 2026": ["15", "5"]}
    one = suggest(*table("mrr.csv", columns), CONTEXT).entity("mrr_months")
    assert one is not None
    assert one.unpivot is not None
    assert dict(one.unpivot.columns) == {"Jan 2026": "2026-01-01", "Feb 2026": "2026-02-01", "Mar 2026": "2026-03-01"}


AD_REPORT = {
    "Campaign": ["Brand", "Other"],
    "Campaign type": ["Search", "Display"],
    "Currency code": ["USD", "USD"],
    "Clicks": ["5", "6"],
    "Impr.": ["50", "60"],
    "Cost": ["1.5", "2.5"],
}


def test_an_advertising_report_without_dates_asks_for_the_date() -> None:
    mapping = suggest(*table("Campaign report.csv", AD_REPORT, title=["Campaign report", "All time"]), CONTEXT)
    found = filled(mapping.entity("spend"))
    assert (found["amount"], found["channel"], found["currency"]) == ("Cost", "Campaign type", "Currency code")
    assert (found["department"], found["category"]) == ("=marketing", "=media")
    assert asked(mapping) == [("required_field", "date", True)]


def test_a_title_that_names_one_month_dates_the_report() -> None:
    title = ["Campaign report", "March 1, 2026 - March 31, 2026"]
    mapping = suggest(*table("Campaign report.csv", AD_REPORT, title=title), CONTEXT)
    assert filled(mapping.entity("spend"))["date"] == "=2026-03-01"
    assert mapping.blocking == ()
    assert asked(mapping) == [("as_of", "date", False)]


def test_minutes_to_the_first_response_become_its_moment() -> None:
    columns = {
        "ticket_id": ["1", "2"],
        "account_id": ["a", "b"],
        "submitted_at": ["2026-03-01", "2026-03-02"],
        "first_response_time_minutes": ["74", "5"],
    }
    found = filled(suggest(*table("support_tickets.csv", columns), CONTEXT).entity("tickets"))
    expected = '~timestamp("submitted_at") + minutes(number("first_response_time_minutes"))'
    assert found["first_response_at"] == expected


def test_flags_of_won_and_closed_make_the_status() -> None:
    columns = {**DEALS, "Is Won": ["true", "false", "false"], "Is Closed": ["true", "true", "false"]}
    found = filled(suggest(*table("deals.csv", columns), CONTEXT).entity("opportunities"))
    status = "case when \"Is Won\" in ('true') then 'won' when \"Is Closed\" in ('true') then 'lost' else 'open' end"
    assert found["status"] == f"~{status}"


def test_the_column_whose_values_are_known_accounts_refers_to_them() -> None:
    columns = {
        "id": ["sub_1", "sub_2"],
        "Customer ID": ["cus_x", "cus_y"],
        "company_id (metadata)": ["101", "102"],
        "Amount": ["10", "20"],
        "Interval": ["month", "year"],
        "Start Date": ["2026-01-01", "2026-02-01"],
    }
    known = dataclasses.replace(CONTEXT, known_keys={"accounts": frozenset({"101", "102", "103"})})
    assert filled(suggest(*table("stripe.csv", columns), known).entity("subscriptions"))["account_id"] == (
        "company_id (metadata)"
    )
    assert (
        filled(suggest(*table("stripe.csv", columns), CONTEXT).entity("subscriptions"))["account_id"] == "Customer ID"
    )


def test_files_uploaded_together_know_each_others_keys() -> None:
    accounts = table("accounts.csv", {"account_id": ["101", "102"], "name": ["Acme", "Zed"], "industry": ["IT", "Law"]})
    deals = table("deals.csv", {**DEALS, "Company": ["x", "y", "z"], "ref": ["101", "102", "101"]})
    first, second = suggest_all([accounts, deals], CONTEXT)
    assert entities(first) == [("accounts", "rows")]
    assert entities(second) == [("opportunities", "rows"), ("accounts", "mention")]
    known = suggest_all([accounts, table("deals.csv", {**DEALS, "Company": ["101", "102", "101"]})], CONTEXT)[1]
    assert entities(known) == [("opportunities", "rows")]  # every account is known: none has to be mentioned


def test_dates_that_read_both_ways_are_asked_about() -> None:
    both = ("%d/%m/%Y", "%m/%d/%Y")
    columns = {**DEALS, "Create Date": ["01/02/2026"] * 3, "Close Date": ["03/04/2026"] * 3}
    mapping = suggest(*table("deals.csv", columns, dates={"Create Date": both, "Close Date": both}), CONTEXT)
    assert [(q.column, q.choices, q.blocking) for q in mapping.questions] == [
        ("Create Date", both, True),
        ("Close Date", both, True),
    ]


def test_another_date_column_of_the_file_settles_the_order() -> None:
    both = ("%d/%m/%Y", "%m/%d/%Y")
    columns = {**DEALS, "Create Date": ["01/02/2026"] * 3, "Close Date": ["03/25/2026"] * 3}
    dates = {"Create Date": both, "Close Date": ("%m/%d/%Y",)}
    mapping = suggest(*table("deals.csv", columns, dates=dates), CONTEXT)
    one = mapping.entity("opportunities")
    assert one is not None
    created = one.field("created_at")
    assert created is not None
    assert created.date_format == "%m/%d/%Y"
    assert mapping.questions == ()


def test_a_column_of_dates_is_no_amount_and_one_of_words_no_currency() -> None:
    columns = {**DEALS, "Amount (USD)": ["2026-01-01"] * 3, "Currency": ["a lot", "little", "none"]}
    found = filled(suggest(*table("deals.csv", columns), CONTEXT).entity("opportunities"))
    assert "amount" not in found
    assert "currency" not in found


def test_the_workspaces_currency_is_assumed_and_asked_without_blocking() -> None:
    columns = {("Amount" if h == "Amount (USD)" else h): v for h, v in DEALS.items()}
    mapping = suggest(*table("deals.csv", columns), Context(today=TODAY, currency="GBP"))
    one = mapping.entity("opportunities")
    assert one is not None
    currency = one.field("currency")
    assert currency is not None
    assert (currency.constant, currency.assumed, mapping.currency) == ("GBP", True, "GBP")
    assert asked(mapping) == [("currency", "currency", False)]


def test_people_leads_and_rates_by_their_own_columns() -> None:
    people = suggest(
        *table(
            "sales_teams.csv",
            {"sales_agent": ["Ann", "Bob"], "manager": ["Eve", "Eve"], "regional_office": ["East", "West"]},
        ),
        CONTEXT,
    )
    assert filled(people.entity("people")) == {
        "person": "sales_agent",
        "team": "regional_office",
        "manager": "manager",
    }
    leads = suggest(
        *table(
            "contacts.csv",
            {
                "Email": ["a@x.example", "b@x.example"],
                "Create Date": ["2026-01-01"] * 2,
                "Lead Source": ["Web", "Event"],
            },
        ),
        CONTEXT,
    )
    one = leads.entity("leads")
    assert one is not None
    assert one.key_from == ("Email", "Create Date")
    rates = suggest(
        *table("fx.csv", {"Date": ["2026-01-01"] * 2, "Currency": ["RUB", "EUR"], "Rate": ["0.01", "1.1"]}), CONTEXT
    )
    assert entities(rates) == [("fx_rates", "rows")]
