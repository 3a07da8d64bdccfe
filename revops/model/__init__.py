"""The shared data model: every entity, field and vocabulary, declared once.

Mapping, loading, documentation and the shape of the workspace are all derived from these records.
"""

from __future__ import annotations

from revops.errors import unknown
from revops.model.amount_names import implied_interval, names_a_total
from revops.model.core import Entity, Field, FieldType, Term, Vocabulary, fold
from revops.model.customers import ACCOUNTS
from revops.model.finance import FX_RATES, INVOICES
from revops.model.funnel_vocabularies import CHANNEL, STAGE_MEANING
from revops.model.marketing import LEADS, SPEND
from revops.model.recurring import MRR_MONTHS, SUBSCRIPTIONS
from revops.model.sales import OPPORTUNITIES, STAGE_EVENTS
from revops.model.service import TICKETS
from revops.model.team import ACTIVITIES, PEOPLE, TARGETS
from revops.model.vocabularies import (
    ACTIVITY_TYPE,
    DEPARTMENT,
    DIRECTION,
    INTERVAL,
    OPPORTUNITY_STATUS,
    OPPORTUNITY_TYPE,
    SPEND_CATEGORY,
    SUBSCRIPTION_STATUS,
    VOCABULARIES,
    VOCABULARY,
    vocabulary,
)
from revops.text import Text

ENTITIES: tuple[Entity, ...] = (
    ACCOUNTS,
    LEADS,
    OPPORTUNITIES,
    STAGE_EVENTS,
    SUBSCRIPTIONS,
    MRR_MONTHS,
    INVOICES,
    SPEND,
    ACTIVITIES,
    TICKETS,
    TARGETS,
    PEOPLE,
    FX_RATES,
)
ENTITY: dict[str, Entity] = {e.name: e for e in ENTITIES}


def entity(name: str) -> Entity:
    """The entity of that name. Raises UnknownName, which suggests the nearest."""
    try:
        return ENTITY[name]
    except KeyError:
        raise unknown(Text("entity", "таблица модели"), name, ENTITY) from None


__all__ = [
    "ACCOUNTS",
    "ACTIVITIES",
    "ACTIVITY_TYPE",
    "CHANNEL",
    "DEPARTMENT",
    "DIRECTION",
    "ENTITIES",
    "ENTITY",
    "FX_RATES",
    "INTERVAL",
    "INVOICES",
    "LEADS",
    "MRR_MONTHS",
    "OPPORTUNITIES",
    "OPPORTUNITY_STATUS",
    "OPPORTUNITY_TYPE",
    "PEOPLE",
    "SPEND",
    "SPEND_CATEGORY",
    "STAGE_EVENTS",
    "STAGE_MEANING",
    "SUBSCRIPTIONS",
    "SUBSCRIPTION_STATUS",
    "TARGETS",
    "TICKETS",
    "VOCABULARIES",
    "VOCABULARY",
    "Entity",
    "Field",
    "FieldType",
    "Term",
    "Vocabulary",
    "entity",
    "fold",
    "implied_interval",
    "names_a_total",
    "vocabulary",
]
