"""Requests to support, by the metrics contract, in plain Python: hours of the clock, nights and weekends too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tests.property.oracle_dimensions import of_account
from tests.property.oracle_leads import percentile
from tests.property.oracle_money import DAY, each_day, ratio
from tests.property.oracle_recurring import Books, Part
from tests.property.oracle_sales import Value, middle
from tests.property.worlds import Row

SCALES = (1, 5, 10, 100)
URGENT = ("Urgent", "P1", "критичный")
PAYMENT, NOTICE = 30, 90  # days


def done(moment: dt.datetime | dt.date | None, day: dt.date) -> bool:
    """By the evening of the day."""
    return moment is not None and (moment.date() if isinstance(moment, dt.datetime) else moment) <= day


@dataclass(frozen=True)
class Service:
    books: Books
    start: dt.date
    end: dt.date
    dimension: str | None = None
    value: str = ""
    as_of: dt.date = dt.date.max

    def tickets(self, placed: Callable[[Row], dt.datetime | None]) -> list[Row]:
        found = []
        for ticket in self.books.world["tickets"]:
            day = placed(ticket)
            if day is not None and self.start <= day.date() < self.end and self._is(ticket):
                found.append(ticket)
        return found

    def _is(self, ticket: Row) -> bool:
        if self.dimension is None:
            return True
        own = ("priority", "category")
        told = ticket[self.dimension] or "" if self.dimension in own else of_account(
            self.books.world, ticket["account_id"], self.dimension
        )  # fmt: skip
        return told == self.value

    def hours(self, end: str, placed: str) -> list[float]:
        """From opening to that end, where both are known by as_of and in order."""
        rows = [t for t in self.tickets(lambda t: t[placed]) if done(t[end], self.as_of)]
        return sorted(h for h in ((t[end] - t["opened_at"]).total_seconds() / 3600 for t in rows) if h >= 0)

    def satisfied(self) -> Value:
        """80 % of the scale or more: the smallest scale that holds the highest mark given by as_of."""
        given = [t for t in self.books.world["tickets"] if done(t["resolved_at"] or t["opened_at"], self.as_of)]
        marks = [t["csat"] for t in given if t["csat"] is not None]
        top = min(s for s in SCALES if s >= max(marks))
        rated = [t for t in self.tickets(lambda t: t["resolved_at"] or t["opened_at"]) if t["csat"] is not None]
        return ratio(sum(t["csat"] >= 0.8 * top for t in rated), len(rated))

    def at_risk(self) -> int:
        """Customers of the last day with an urgent ticket open, an invoice late, or the end near and no renewal."""
        held = Part(self.books, self.start, self.end, self.dimension, self.value).at_end()
        return sum(any(self.signs(account, self.end - DAY)) for account, _ in held)

    def signs(self, account: str, day: dt.date) -> list[bool]:
        """Of the day's evening."""
        world = self.books.world
        tickets = [t for t in world["tickets"] if t["account_id"] == account and t["priority"] in URGENT]
        invoices = [i for i in world["invoices"] if i["account_id"] == account]
        return [
            any(t["opened_at"].date() <= day and not done(t["resolved_at"], day) for t in tickets),
            any((day - i["issued_at"]).days > PAYMENT and not done(i["paid_at"], day) for i in invoices),
            self.ends_soon(account, day),
        ]

    def ends_soon(self, account: str, day: dt.date) -> bool:
        """On a day within the notice it stops being one: known since it was cancelled, where that is written down."""
        for end in each_day(day + DAY, day + (NOTICE + 1) * DAY):
            if self.books.state(account, end - DAY).active and not self.books.state(account, end).active:
                rows = [s for s in self.books.world["subscriptions"] if s["account_id"] == account]
                own = [s for s in rows if s["ended_at"] and s["ended_at"].date() == end and s["cancelled_at"]]
                told = max((s["cancelled_at"].date() for s in own), default=day)
                if told <= day and not self.works_on_renewal(account, end):
                    return True
        return False

    def works_on_renewal(self, account: str, end: dt.date) -> bool:
        """A renewal, not lost, that began within twice the notice before the end."""
        deals = [d for d in self.books.world["opportunities"] if d["account_id"] == account and d["type"] == "renewal"]
        began = [d["created_at"].date() for d in deals if d["status"] != "lost"]
        return any(end - 2 * NOTICE * DAY <= b < end for b in began)

    def customers(self) -> int:
        return len(Part(self.books, self.start, self.end, self.dimension, self.value).at_end())


ORACLES: dict[str, Callable[[Service], Value]] = {
    "tickets": lambda s: len(s.tickets(lambda t: t["opened_at"])),
    "tickets_per_account": lambda s: ratio(len(s.tickets(lambda t: t["opened_at"])), s.customers()),
    "first_response": lambda s: middle(s.hours("first_response_at", "opened_at")),
    "first_response_p90": lambda s: percentile(s.hours("first_response_at", "opened_at"), 0.9),
    "resolution_time": lambda s: middle(s.hours("resolved_at", "resolved_at")),
    "resolution_time_p90": lambda s: percentile(s.hours("resolved_at", "resolved_at"), 0.9),
    "csat": lambda s: s.satisfied(),
    "at_risk_accounts": lambda s: s.at_risk(),
}
