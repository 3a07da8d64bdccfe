"""The facts that metrics count: rows that each happened on a day. One record a fact; nothing is aggregated here."""

from revops.metrics.facts.deals import (
    CLOSED_DEALS,
    CLOSED_RENEWALS,
    CREATED_AMOUNTS,
    CREATED_DEALS,
    OPEN_DEALS,
    WON_AMOUNTS,
    WON_CYCLES,
)
from revops.metrics.facts.expected import EXPECTED_AMOUNTS, EXPECTED_DEALS, STAGE_STAYS
from revops.metrics.facts.lead_steps import (
    HANDED_TO_OPPORTUNITY,
    HANDED_TO_SQL,
    LEADS_TO_MQL,
    MQLS_TO_SQL,
    RESPONSES,
    SQLS_TO_OPPORTUNITY,
)
from revops.metrics.facts.leads import LEADS, MQLS, SQL_LEADS, SQLS, has_sqls
from revops.metrics.facts.quotas import QUOTAS, SOLD_ON_QUOTA
from revops.metrics.facts.recurring import (
    CUSTOMER_STEPS,
    MOVEMENTS,
    MRR_STEPS,
    NEW_CUSTOMERS,
    RECURRING,
    SUBSCRIPTIONS_ENDED,
    SUBSCRIPTIONS_STARTED,
)
from revops.metrics.facts.risk import AT_RISK
from revops.metrics.facts.spend import MEDIA_SPEND, SPEND
from revops.metrics.facts.targets import TARGETS
from revops.metrics.facts.terms import TERMS
from revops.metrics.facts.tickets import ANSWERED_TICKETS, RATED_TICKETS, RESOLVED_TICKETS, TICKETS

__all__ = [
    "ANSWERED_TICKETS",
    "AT_RISK",
    "CLOSED_DEALS",
    "CLOSED_RENEWALS",
    "CREATED_AMOUNTS",
    "CREATED_DEALS",
    "CUSTOMER_STEPS",
    "EXPECTED_AMOUNTS",
    "EXPECTED_DEALS",
    "HANDED_TO_OPPORTUNITY",
    "HANDED_TO_SQL",
    "LEADS",
    "LEADS_TO_MQL",
    "MEDIA_SPEND",
    "MOVEMENTS",
    "MQLS",
    "MQLS_TO_SQL",
    "MRR_STEPS",
    "NEW_CUSTOMERS",
    "OPEN_DEALS",
    "QUOTAS",
    "RATED_TICKETS",
    "RECURRING",
    "RESOLVED_TICKETS",
    "RESPONSES",
    "SOLD_ON_QUOTA",
    "SPEND",
    "SQLS",
    "SQLS_TO_OPPORTUNITY",
    "SQL_LEADS",
    "STAGE_STAYS",
    "SUBSCRIPTIONS_ENDED",
    "SUBSCRIPTIONS_STARTED",
    "TARGETS",
    "TERMS",
    "TICKETS",
    "WON_AMOUNTS",
    "WON_CYCLES",
    "has_sqls",
]
