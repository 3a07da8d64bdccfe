"""What the simulation passes from one step to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .team import Person
from .world import PLANS


@dataclass
class Company:
    id: str
    name: str
    domain: str
    industry: str
    country: str
    region: str
    employees: int
    segment: str
    source: str
    created: datetime
    owner: str = ""


@dataclass
class Contact:
    id: str
    first: str
    last: str
    created: datetime
    source: str
    campaign: str
    owner: str
    mql: datetime | None = None
    sql: datetime | None = None
    outreach: datetime | None = None
    disqualified: datetime | None = None
    reason: str = ""
    company: Company | None = None
    deal_id: str = ""


@dataclass
class Deal:
    id: str
    name: str
    stage: str
    type: str
    amount: float | None
    created: datetime
    closed: datetime  # expected while open
    owner: Person
    company: Company
    source: str
    campaign: str
    product: str
    reason: str = ""
    entered: dict[str, datetime] = field(default_factory=dict)
    contact: Contact | None = None

    @property
    def is_open(self) -> bool:
        return not self.stage.startswith("Closed")


@dataclass
class Subscription:
    id: str
    customer: str
    company: Company
    email: str
    plan: str
    seats: int
    yearly: bool
    discount: int  # percent
    started: datetime
    trial_end: datetime | None = None
    cancelled: datetime | None = None
    ended: datetime | None = None
    reason: str = ""
    status: str = "active"

    def monthly(self) -> float:
        """MRR in US dollars, as charged."""
        return self.price() * self.seats * (1 - self.discount / 100) / (12 if self.yearly else 1)

    def price(self) -> int:
        """US dollars a seat an interval; a year costs ten months."""
        return PLANS[self.plan][1] * (10 if self.yearly else 1)


@dataclass
class Change:
    """A growth of an account's MRR, which sales may have had a deal for."""

    company: Company
    at: datetime
    delta: float
    product: str
