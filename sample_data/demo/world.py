"""The calendar, the random numbers, the price list and the planted truths' dials of the demo company."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

SEED = "northwick-9"
START = datetime(2023, 11, 1)
END = datetime(2026, 11, 1)  # exclusive: the last day of the exports is 2026-10-31
REVOPS_START = datetime(2025, 11, 1)
COMPETITOR_RISE = datetime(2026, 4, 1)
STARTER_DECLINE = datetime(2025, 3, 1)

SEGMENTS = ("SMB", "Mid-Market", "Enterprise")
STAGES = ("Discovery", "Qualified", "Demo", "Proposal", "Negotiation", "Closed Won", "Closed Lost")

# plan -> (product, US dollars a seat a month)
PLANS: dict[str, tuple[str, int]] = {
    "Starter": ("Managed IT", 35),
    "Business": ("Managed IT", 55),
    "Enterprise": ("Managed IT", 68),
    "Cloud Core": ("Cloud", 39),
    "Cloud Scale": ("Cloud", 51),
    "Security Essentials": ("Security", 21),
    "Security Total": ("Security", 32),
}

SOURCE_WEIGHTS: dict[str, float] = {
    "Organic Search": 23,
    "Paid Search": 19,
    "Paid Social": 15,
    "Referrals": 9,
    "Direct Traffic": 9,
    "Outbound": 8,
    "Email Marketing": 5,
    "Partner": 4,
    "Events": 4,
    "Organic Social": 4,
}

# Month of the year -> demand against an average month (budgets close in December, August is quiet).
SEASON = dict(zip(range(1, 13), (1.06, 1.02, 1.10, 1.02, 1.00, 0.97, 0.85, 0.80, 1.14, 1.16, 1.08, 0.76), strict=True))


class Dice(random.Random):
    """Random draws from a stream named for its purpose, so that one module's draws never shift another's."""

    def __init__(self, purpose: str) -> None:
        super().__init__(f"{SEED}:{purpose}")

    def lognormal(self, median: float, sigma: float) -> float:
        """A positive number whose median is `median`."""
        return median * math.exp(self.gauss(0, sigma))

    def pick(self, weights: Mapping[str, float]) -> str:
        """One key, in proportion to its weight."""
        return self.choices(list(weights), weights=list(weights.values()))[0]

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def count(self, mean: float) -> int:
        """A Poisson count (Knuth's method; small means only)."""
        limit, product, n = math.exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            n += 1
        return n

    def office_hours(self, day: datetime) -> datetime:
        """A minute between 08:00 and 18:59 of the day, moved from the weekend to Monday."""
        day += timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
        return day.replace(hour=self.randint(8, 18), minute=self.randint(0, 59), second=0, microsecond=0)


def minute(moment: datetime) -> datetime:
    """The moment cut to a whole minute, as the exports show it."""
    return moment.replace(second=0, microsecond=0)


def months(first: datetime = START, end: datetime = END) -> list[datetime]:
    """The first day of each month in [first, end)."""
    found, at = [], datetime(first.year, first.month, 1)
    while at < end:
        found.append(at)
        at = next_month(at)
    return found


def next_month(at: datetime) -> datetime:
    return datetime(at.year + at.month // 12, at.month % 12 + 1, 1)


def progress(at: datetime) -> float:
    """How far through the three years a moment is: 0 at the start, 1 at the end, below 0 before it."""
    return (at - START) / (END - START)
