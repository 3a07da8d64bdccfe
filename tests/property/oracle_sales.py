"""Opportunities by the metrics contract, in plain Python.

A deal is placed by the day it was created, or by the day it closed where it is won or lost. Won or lost, but without
a close date: nobody knows when, so it is in no figure by close date, and not open either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from tests.property.oracle_dimensions import of_row
from tests.property.oracle_money import converted, ratio, total
from tests.property.worlds import Row, World

Value = float | Decimal | int | None


@dataclass(frozen=True)
class Deals:
    """The deals (and SQLs) of one dimension value (dimension None: all), in [start, end)."""

    world: World
    start: dt.date
    end: dt.date
    dimension: str | None = None
    value: str = ""
    as_of: dt.date = dt.date.max

    def of(self, entity: str) -> list[Row]:
        rows = self.world[entity]
        return [r for r in rows if self.dimension is None or of_row(self.world, r, self.dimension) == self.value]

    def inside(self, moment: dt.datetime | None) -> bool:
        return moment is not None and self.start <= moment.date() < self.end

    def created(self) -> list[Row]:
        return [d for d in self.of("opportunities") if self.inside(d["created_at"])]

    def closed(self, *outcomes: str) -> list[Row]:
        return [d for d in self.of("opportunities") if d["status"] in outcomes and self.inside(d["closed_at"])]

    def amounts(self, deals: list[Row], placed: str) -> list[Decimal]:
        """The known amounts, at the rate of the day that places the deal."""
        found = (converted(self.world, d["amount"], d["currency"], d[placed].date()) for d in deals)
        return [a for a in found if a is not None]

    def open(self) -> list[Row]:
        """Created by the last day, and not closed by it."""
        found = []
        for deal in self.of("opportunities"):
            undated = deal["status"] != "open" and deal["closed_at"] is None
            closes = dt.date.max if deal["closed_at"] is None else deal["closed_at"].date()
            if deal["created_at"].date() < self.end <= closes and not undated:
                found.append(deal)
        return found


def open_pipeline(d: Deals) -> Value:
    """Where deals are open and none of them has an amount, it cannot be told."""
    amounts = d.amounts(d.open(), "created_at")
    return None if d.open() and not amounts else total(amounts)


def middle(values: list[Decimal] | list[float]) -> Value:
    return median(values) if values else None


def sales_cycle(d: Deals) -> Value:
    """Median days from creation to close of won deals; closed before it was created is a mistake, not a cycle."""
    took = [(w["closed_at"] - w["created_at"]).total_seconds() / 86400 for w in d.closed("won")]
    took = [days for days in took if days >= 0]
    return middle(took)


def outcome(world: World, lead: Row, as_of: dt.date) -> str:
    """Of an SQL: that of the deal it names, else of the first deal that names it; else lost where disqualified.

    A deal that was created after as_of is none yet. What was decided after as_of is still open; what was decided nobody
    knows when, counts as decided.
    """

    def by_then(told: str, moment: dt.datetime | None) -> str:
        return "open" if moment is not None and moment.date() > as_of else told

    known = [d for d in world["opportunities"] if d["created_at"].date() <= as_of]
    for deal in known:
        if lead["opportunity_id"] == deal["opportunity_id"]:
            return by_then(deal["status"], deal["closed_at"])
    pointing = [d for d in known if d["lead_id"] == lead["lead_id"]]
    if pointing:
        first = min(pointing, key=lambda d: (d["created_at"], d["opportunity_id"]))
        return by_then(first["status"], first["closed_at"])
    return by_then("lost", lead["disqualified_at"]) if lead["disqualified_at"] else "open"


def sql2cw(d: Deals) -> Value:
    """Of the SQLs created in the period whose outcome is known, the share won."""
    outcomes = [outcome(d.world, lead, d.as_of) for lead in d.of("leads") if d.inside(lead["sql_at"])]
    return ratio(outcomes.count("won"), outcomes.count("won") + outcomes.count("lost"))


def renewals(d: Deals, *outcomes: str) -> int:
    return sum(deal["type"] == "renewal" for deal in d.closed(*outcomes))


def average_won_deal(d: Deals) -> Value:
    amounts = d.amounts(d.closed("won"), "closed_at")
    return ratio(total(amounts), len(amounts))


ORACLES: dict[str, Callable[[Deals], Value]] = {
    "win_rate": lambda d: ratio(len(d.closed("won")), len(d.closed("won", "lost"))),
    "won_deals": lambda d: len(d.closed("won")),
    "won_revenue": lambda d: total(d.amounts(d.closed("won"), "closed_at")),
    "average_won_deal": average_won_deal,
    "pipeline_created": lambda d: total(d.amounts(d.created(), "created_at")),
    "lost_deals": lambda d: len(d.closed("lost")),
    "median_won_deal": lambda d: middle(d.amounts(d.closed("won"), "closed_at")),
    "renewal_rate": lambda d: ratio(renewals(d, "won"), renewals(d, "won", "lost")),
    "deals_created": lambda d: len(d.created()),
    "open_pipeline": open_pipeline,
    "sales_cycle": sales_cycle,
    "sql2cw": sql2cw,
    "leads": lambda d: sum(d.inside(lead["created_at"]) for lead in d.of("leads")),
    "mqls": lambda d: sum(d.inside(lead["mql_at"]) for lead in d.of("leads")),
    "sqls": lambda d: sum(d.inside(lead["sql_at"]) for lead in d.of("leads")),
}
