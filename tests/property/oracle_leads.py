"""How leads move on, by the metrics contract, in plain Python.

A lead belongs to the day of the earlier stage. It moved on when it reached the later one, or one later still. It did
not when it was disqualified, or when 90 days have gone by; a younger one that still waits is not counted yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tests.property.oracle_money import ratio
from tests.property.oracle_sales import Deals, Value, middle
from tests.property.worlds import Row

PATIENCE, GOAL = 90, 24  # days; hours
LATER = {"mql_at": ("mql_at", "sql_at", "deal_at"), "sql_at": ("sql_at", "deal_at"), "deal_at": ("deal_at",)}


@dataclass(frozen=True)
class Leads(Deals):
    """The leads of one dimension value, as they were known at the end of as_of."""

    def deal_at(self, lead: Row) -> dt.datetime | None:
        """When the deal was created that the lead names, else the first that names the lead: of those known by then."""
        deals = [d for d in self.world["opportunities"] if self.by(d["created_at"])]
        named = [d["created_at"] for d in deals if d["opportunity_id"] == lead["opportunity_id"]]
        pointing = [d["created_at"] for d in deals if d["lead_id"] == lead["lead_id"]]
        return min(named or pointing, default=None)

    def at(self, lead: Row, stage: str) -> dt.datetime | None:
        return self.deal_at(lead) if stage == "deal_at" else lead[stage]

    def by(self, moment: dt.datetime | None) -> bool:
        return moment is not None and moment.date() <= self.as_of

    def step(self, start: str, stage: str) -> list[tuple[bool, bool, bool]]:
        """Of each lead of the period: moved on, given up by name, old."""
        found = []
        for lead in (x for x in self.of("leads") if self.inside(x[start])):
            moved = any(self.by(self.at(lead, s)) for s in LATER[stage])
            old = (self.as_of - lead[start].date()).days >= PATIENCE
            found.append((moved, self.by(lead["disqualified_at"]), old))
        return found

    def moved_on(self, start: str, stage: str) -> Value:
        steps = self.step(start, stage)
        moved = sum(m for m, _, _ in steps)
        return ratio(moved, moved + sum(not m and (gone or old) for m, gone, old in steps))

    def never(self, start: str, stage: str) -> Value:
        aged = [moved for moved, _, old in self.step(start, stage) if old]
        return ratio(aged.count(False), len(aged))

    def took(self, start: str, stage: str) -> Value:
        """Median days of the leads that reached the later stage in the period; backwards is a mistake."""
        both = [(x[start], self.at(x, stage)) for x in self.of("leads") if x[start] and self.inside(self.at(x, stage))]
        days = [(end - begin).total_seconds() / 86400 for begin, end in both if end is not None]
        return middle([d for d in days if d >= 0])

    def waited(self) -> list[tuple[Row, float | None]]:
        """Each lead of the period, and the hours to its first answer, else to the first outbound activity on it."""
        found = []
        for lead in (x for x in self.of("leads") if self.inside(x["created_at"])):
            calls = [
                a["occurred_at"]
                for a in self.world["activities"]
                if (a["direction"], a["lead_id"]) == ("out", lead["lead_id"]) and a["occurred_at"] >= lead["created_at"]
            ]
            told = lead["first_response_at"] if self.by(lead["first_response_at"]) else None
            answer = told or min(calls, default=None)
            hours = None if answer is None else (answer - lead["created_at"]).total_seconds() / 3600
            if hours is None or hours >= 0:  # else a mistake
                found.append((lead, hours if self.by(answer) else None))
        return found

    def answered(self) -> list[float]:
        return sorted(hours for _, hours in self.waited() if hours is not None)

    def within_sla(self) -> Value:
        """Without an answer a lead counts as late once its hours are over."""
        midnight = dt.datetime.combine(self.as_of + dt.timedelta(days=1), dt.time())
        in_time = late = 0
        for lead, hours in self.waited():
            waits = (midnight - lead["created_at"]).total_seconds() / 3600
            in_time += hours is not None and hours <= GOAL
            late += hours > GOAL if hours is not None else waits > GOAL
        return ratio(in_time, in_time + late)


def percentile(values: list[float], share: float) -> Value:
    """Of sorted values, between the two nearest by their distance."""
    if not values:
        return None
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


ORACLES: dict[str, Callable[[Leads], Value]] = {
    "lead_to_mql": lambda x: x.moved_on("created_at", "mql_at"),
    "mql_to_sql": lambda x: x.moved_on("mql_at", "sql_at"),
    "sql_to_opportunity": lambda x: x.moved_on("sql_at", "deal_at"),
    "mql_never_sql": lambda x: x.never("mql_at", "sql_at"),
    "sql_never_opportunity": lambda x: x.never("sql_at", "deal_at"),
    "mql_to_sql_days": lambda x: x.took("mql_at", "sql_at"),
    "sql_to_opportunity_days": lambda x: x.took("sql_at", "deal_at"),
    "lead_response": lambda x: middle(x.answered()),
    "lead_response_p90": lambda x: percentile(x.answered(), 0.9),
    "lead_response_sla": lambda x: x.within_sla(),
}
