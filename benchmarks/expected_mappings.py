"""What a careful analyst would put into the required fields of the real exports, read from their headers by hand.

File -> "entity.field" -> its column. ASKED: the file does not say it, so a question is right and a proposal is not.
MADE: computed (an unpivoted or derived value). A file with {} is of no entity of the model: nothing may be proposed.
"""

from __future__ import annotations

from typing import Final

ASKED: Final = "?"
MADE: Final = "="
_DEALS: Final = {
    "opportunities.opportunity_id": "Record ID",
    "opportunities.stage": "Deal Stage",
    "opportunities.created_at": "Create Date",
    "stage_events.opportunity_id": "Record ID",
    "stage_events.stage": MADE,
    "stage_events.entered_at": MADE,
}
_OPPORTUNITIES: Final = {
    "opportunities.opportunity_id": "id",
    "opportunities.stage": "stage_name",
    "opportunities.created_at": "created_date",
    "accounts.account_id": "account_id",
}

EXPECTED: Final[dict[str, dict[str, str]]] = {
    "cdnow/cdnow_customers_summary.csv": {"accounts.account_id": "ID"},
    "fivetran_seeds/hubspot/company_data.csv": {"accounts.account_id": "id"},
    "fivetran_seeds/hubspot/contact_data.csv": {
        "leads.lead_id": "id",
        "leads.created_at": "property_createdate | property_created_at",  # the same values
    },
    "fivetran_seeds/hubspot/deal_data.csv": {
        "opportunities.opportunity_id": "deal_id",
        "opportunities.stage": "deal_pipeline_stage_id",
        "opportunities.created_at": "property_createdate",
    },
    "fivetran_seeds/hubspot/deal_stage_data.csv": {
        "stage_events.opportunity_id": "deal_id",
        "stage_events.stage": "value",
        "stage_events.entered_at": "date_entered",
    },
    "fivetran_seeds/hubspot/engagement_call_data.csv": {"activities.occurred_at": "property_hs_timestamp"},
    "fivetran_seeds/hubspot/owner_data.csv": {"people.person": "owner_id"},
    "fivetran_seeds/hubspot/ticket_data.csv": {"tickets.ticket_id": "id", "tickets.opened_at": "property_createdate"},
    "fivetran_seeds/salesforce/sf_account_data.csv": {"accounts.account_id": "id"},
    "fivetran_seeds/salesforce/sf_lead_data.csv": {"leads.lead_id": "id", "leads.created_at": "created_date"},
    "fivetran_seeds/salesforce/sf_opportunity_data.csv": _OPPORTUNITIES,
    "fivetran_seeds/salesforce/sf_opportunity_history_data.csv": _OPPORTUNITIES,
    "fivetran_seeds/salesforce/sf_task_data.csv": {"activities.occurred_at": "activity_date"},
    "fivetran_seeds/salesforce/sf_user_data.csv": {"people.person": "id"},  # what owner_id of the others names
    "fivetran_seeds/stripe/customer_data.csv": {"accounts.account_id": "id"},
    "fivetran_seeds/stripe/invoice_data.csv": {
        "invoices.invoice_id": "invoice_id",
        "invoices.account_id": "customer_id",
        "invoices.issued_at": ASKED,
        "invoices.amount": "amount | total | amount_due",
        "accounts.account_id": "customer_id",
    },
    "fivetran_seeds/stripe/plan_data.csv": {},
    "fivetran_seeds/stripe/price_data.csv": {},
    "fivetran_seeds/stripe/subscription_data.csv": {
        "subscriptions.subscription_id": "id",
        "subscriptions.account_id": "customer_id",
        "subscriptions.amount": ASKED,  # it is in the price of its items, another table
        "subscriptions.started_at": "start_date",
        "accounts.account_id": "customer_id",
    },
    "fivetran_seeds/stripe/subscription_item_data.csv": {},
    "google_ads/Campaign report (londonclean01).csv": {"spend.date": ASKED, "spend.amount": "Cost"},  # “All time”
    "maven_crm/accounts.csv": {"accounts.account_id": "account"},
    "maven_crm/products.csv": {},
    "maven_crm/sales_pipeline.csv": {
        "opportunities.opportunity_id": "opportunity_id",
        "opportunities.stage": "deal_stage",
        "opportunities.created_at": "engage_date",
        "accounts.account_id": "account",
    },
    "maven_crm/sales_teams.csv": {"people.person": "sales_agent"},
    "ravenstack/ravenstack_accounts.csv": {"accounts.account_id": "account_id"},
    "ravenstack/ravenstack_churn_events.csv": {},
    "ravenstack/ravenstack_feature_usage.csv": {},
    "ravenstack/ravenstack_subscriptions.csv": {
        "subscriptions.subscription_id": "subscription_id",
        "subscriptions.account_id": "account_id",
        "subscriptions.amount": "mrr_amount",
        "subscriptions.started_at": "start_date",
        "accounts.account_id": "account_id",
    },
    "ravenstack/ravenstack_support_tickets.csv": {
        "tickets.ticket_id": "ticket_id",
        "tickets.opened_at": "submitted_at",
    },
    "recurly/subscription_history_data.csv": {
        "subscriptions.subscription_id": "id",
        "subscriptions.account_id": "account_id",
        "subscriptions.amount": "unit_amount | subtotal",
        "subscriptions.started_at": "activated_at",
        "accounts.account_id": "account_id",
    },
    "retention/day_case.json": {},
    "russian/amocrm_export_header_76cols.txt": {},  # a header without rows: refused
    "russian/voyz-crm_deals-example.csv": {
        "opportunities.opportunity_id": "Номер сделки",
        "opportunities.stage": "Stage ID",
        "opportunities.created_at": ASKED,
    },
    "stage_history/sample_hubspot_deals.csv": _DEALS,
    "stage_history/sample_salesforce_history.csv": {
        "opportunities.opportunity_id": "Opportunity ID",
        "opportunities.stage": "Stage",
        "opportunities.created_at": "Created Date",
        "stage_events.opportunity_id": "Opportunity ID",
        "stage_events.stage": "To Stage",
        "stage_events.entered_at": "Last Modified",
    },
    "stage_history/test1_hubspot_clean.csv": _DEALS,
    "stage_history/test5_tiny.csv": _DEALS,
    "telco/Telco-Customer-Churn.csv": {
        "accounts.account_id": "customerID",
        "subscriptions.subscription_id": "customerID",
        "subscriptions.account_id": "customerID",
        "subscriptions.amount": "MonthlyCharges",
        "subscriptions.started_at": MADE,
    },
}
