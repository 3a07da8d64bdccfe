"""The facts that metrics count: rows that each happened on a day. One record a fact; nothing is aggregated here."""

from revops.metrics.facts.deals import (
    CLOSED_DEALS,
    CREATED_AMOUNTS,
    CREATED_DEALS,
    OPEN_DEALS,
    WON_AMOUNTS,
    WON_CYCLES,
)
from revops.metrics.facts.leads import LEADS, MQLS, SQL_LEADS, SQLS, has_sqls
from revops.metrics.facts.recurring import (
    CUSTOMER_STEPS,
    MOVEMENTS,
    MRR_STEPS,
    NEW_CUSTOMERS,
    RECURRING,
    SUBSCRIPTIONS_ENDED,
    SUBSCRIPTIONS_STARTED,
)
from revops.metrics.facts.spend import SPEND

__all__ = [
    "CLOSED_DEALS",
    "CREATED_AMOUNTS",
    "CREATED_DEALS",
    "CUSTOMER_STEPS",
    "LEADS",
    "MOVEMENTS",
    "MQLS",
    "MRR_STEPS",
    "NEW_CUSTOMERS",
    "OPEN_DEALS",
    "RECURRING",
    "SPEND",
    "SQLS",
    "SQL_LEADS",
    "SUBSCRIPTIONS_ENDED",
    "SUBSCRIPTIONS_STARTED",
    "WON_AMOUNTS",
    "WON_CYCLES",
    "has_sqls",
]
