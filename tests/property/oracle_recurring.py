"""Recurring revenue by the metrics contract, a day at a time: slow, plain, and without the product's code.

MRR of a subscription = amount x quantity x (1 - discount) / months in its interval, while its first day <= day < its
last. It begins when its trial ends; drafts, and trials whose end nobody knows, are never billed. What is canceled and
names no end ended when it was canceled. No interval or no exchange rate: billed, but its MRR is unknown and adds
nothing. An account is a customer on every day on which it has a subscription, whatever its price (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from tests.property.oracle_dimensions import of_account
from tests.property.oracle_money import DAY, SIXTH, converted, each_day, months_back, ratio, total
from tests.property.worlds import FIRST, LAST, Row, World

MONTHS = {"week": Decimal(12) / 52, "month": 1, "quarter": 3, "half-year": 6, "year": 12}
EVE = FIRST - 60 * DAY  # nothing has happened yet
AFTER = LAST + 400 * DAY


@dataclass(frozen=True)
class Billed:
    """A subscription while it is billed: from `start` up to `end` (that day no more). mrr None: unknown."""

    key: str
    account: str
    plan: str | None
    product: str | None
    start: dt.date
    end: dt.date
    mrr: Decimal | None
    reason: str | None

    @property
    def amount(self) -> Decimal:
        return self.mrr or Decimal(0)


@dataclass(frozen=True)
class State:
    """An account on a day: how many subscriptions, their MRR, and the plan of the largest that names one."""

    active: int
    mrr: Decimal
    plan: str


@dataclass(frozen=True)
class Movement:
    account: str
    day: dt.date
    kind: str
    delta: Decimal
    plan: str  # the account's before the change; where it was no customer, the one it starts with
    reason: str  # of the largest subscription that ended that day and names one


def billed(world: World, row: Row) -> Billed | None:
    if row["status"] == "draft" or (row["status"] == "trialing" and row["trial_ends_at"] is None):
        return None
    begins = max(row["started_at"], row["trial_ends_at"] or row["started_at"]).date()
    ended = row["ended_at"] or (row["cancelled_at"] if row["status"] == "canceled" else None)
    ends = ended.date() if ended else dt.date.max
    if ends <= begins:
        return None
    mrr = None
    if row["interval"] is not None:
        quantity = Decimal(1) if row["quantity"] is None else Decimal(row["quantity"])
        paid = 1 - Decimal(row["discount"] or 0)
        monthly = (Decimal(row["amount"]) * quantity * paid / MONTHS[row["interval"]]).quantize(SIXTH)
        mrr = converted(world, monthly, row["currency"], begins)
    return Billed(
        key=row["subscription_id"], account=row["account_id"], plan=row["plan"], product=row["product"],
        start=begins, end=ends, mrr=mrr, reason=row["cancel_reason"],
    )  # fmt: skip


class Books:
    """Every account on every day."""

    def __init__(self, world: World) -> None:
        self.world = world
        found = (billed(world, row) for row in world["subscriptions"])
        self.subscriptions = [s for s in found if s is not None]
        self.accounts = sorted({s.account for s in self.subscriptions})
        self._states: dict[tuple[str, dt.date], State] = {}

    def state(self, account: str, day: dt.date) -> State:
        if (account, day) not in self._states:
            held = [s for s in self.subscriptions if s.account == account and s.start <= day < s.end]
            named = sorted((-s.amount, s.plan) for s in held if s.plan is not None)
            self._states[account, day] = State(len(held), total(s.mrr for s in held), named[0][1] if named else "")
        return self._states[account, day]

    @cached_property
    def movements(self) -> list[Movement]:
        found = []
        for account in self.accounts:
            paid_before = False
            for day in each_day(EVE, AFTER):
                before, after = self.state(account, day - DAY), self.state(account, day)
                kind = _kind(before, after, paid_before)
                if kind is not None:
                    plan = before.plan if before.active else after.plan
                    found.append(Movement(account, day, kind, after.mrr - before.mrr, plan, self._reason(account, day)))
                paid_before = paid_before or after.mrr > 0
        return found

    def _reason(self, account: str, day: dt.date) -> str:
        ended = [s for s in self.subscriptions if s.account == account and s.end == day and s.reason is not None]
        ranked = sorted((-s.amount, s.reason or "") for s in ended)
        return ranked[0][1] if ranked else ""

    def first_activation(self, account: str) -> tuple[dt.date, str] | None:
        """The day and the plan of the account's first subscription (the first that names one)."""
        own = [s for s in self.subscriptions if s.account == account]
        named = sorted((s.start, s.plan) for s in own if s.plan is not None)
        return (min(s.start for s in own), named[0][1] if named else "") if own else None


def _kind(before: State, after: State, paid_before: bool) -> str | None:
    """Of a day on which the account's subscriptions changed. A customer at MRR 0 who never paid and pays now is new."""
    if before.active and not after.active:
        return "churn"
    if after.active and not before.active:
        return "reactivation" if paid_before else "new"
    if before.mrr == 0 and after.mrr > 0 and not paid_before:
        return "new"
    if after.mrr > before.mrr:
        return "expansion"
    return "contraction" if after.mrr < before.mrr else None


# --- the metrics ---------------------------------------------------------------------------------------------------

Value = float | Decimal | int | None
BY_SUBSCRIPTION = ("product", "plan")  # MRR by plan is taken from subscriptions; customers by their main plan


@dataclass(frozen=True)
class Part:
    """The rows of one dimension value (dimension None: all), in [start, end)."""

    books: Books
    start: dt.date
    end: dt.date
    dimension: str | None = None
    value: str = ""

    def _is(self, told: str) -> bool:
        return self.dimension is None or told == self.value

    def _account(self, account: str, plan: str) -> bool:
        if self.dimension == "plan":
            return plan == self.value
        return self.dimension is None or of_account(self.books.world, account, self.dimension) == self.value

    def mrr(self) -> Decimal:
        """MRR of the subscriptions active on the last day."""
        last = self.end - DAY
        held = [s for s in self.books.subscriptions if s.start <= last < s.end]
        if self.dimension in BY_SUBSCRIPTION:
            return total(s.mrr for s in held if self._is(getattr(s, self.dimension) or ""))
        return total(s.mrr for s in held if self._account(s.account, ""))

    def customers(self, day: dt.date) -> list[tuple[str, State]]:
        states = [(a, self.books.state(a, day)) for a in self.books.accounts]
        return [(a, s) for a, s in states if s.active and self._account(a, s.plan)]

    def at_start(self) -> list[tuple[str, State]]:
        return self.customers(self.start - DAY)

    def at_end(self) -> list[tuple[str, State]]:
        return self.customers(self.end - DAY)

    def later(self, account: str) -> State:
        """The account on the last day, whatever its plan is by then."""
        return self.books.state(account, self.end - DAY)

    def new(self) -> list[Movement]:
        inside = [m for m in self.books.movements if self.start <= m.day < self.end and m.kind == "new"]
        return [m for m in inside if self._account(m.account, m.plan)]

    def moved(self, *kinds: str) -> Decimal:
        inside = [m for m in self.books.movements if self.start <= m.day < self.end and m.kind in kinds]
        if self.dimension == "reason":
            return total(m.delta for m in inside if m.reason == self.value)
        return total(m.delta for m in inside if self._account(m.account, m.plan))


ALL_KINDS = ("new", "reactivation", "expansion", "contraction", "churn")


def quick_ratio(p: Part) -> Value:
    return ratio(p.moved("new", "reactivation", "expansion"), -p.moved("contraction", "churn"))


def arpa(p: Part) -> Value:
    return ratio(total(s.mrr for _, s in p.at_end()), len(p.at_end()))


def logo_churn(p: Part) -> Value:
    """Who joins and leaves within the period is in neither number."""
    return ratio(sum(p.later(a).active == 0 for a, _ in p.at_start()), len(p.at_start()))


def nrr(p: Part) -> Value:
    return ratio(total(p.later(a).mrr for a, _ in p.at_start()), total(s.mrr for _, s in p.at_start()))


def grr(p: Part) -> Value:
    kept = total(min(p.later(a).mrr, s.mrr) for a, s in p.at_start())
    return ratio(kept, total(s.mrr for _, s in p.at_start()))


def without(share: Callable[[Part], Value]) -> Callable[[Part], Value]:
    def rest(p: Part) -> Value:
        told = share(p)
        return None if told is None else 1 - told

    return rest


def acv(p: Part) -> Value:
    """Twelve months of what an account that begins to pay in the period brings, on average."""
    return ratio(12 * total(m.delta for m in p.new()), sum(m.delta > 0 for m in p.new()))


def monthly_churn(p: Part) -> tuple[int, int]:
    """Customers lost, and customers at the start, over the six complete months up to the period's end."""
    lost = began = 0
    end = p.end.replace(day=1)
    for back in range(6, 0, -1):
        month = Part(p.books, months_back(end, back), months_back(end, back - 1), p.dimension, p.value)
        began += len(month.at_start())
        lost += sum(month.later(a).active == 0 for a, _ in month.at_start())
    return lost, began


def clv(p: Part, margin: Decimal = Decimal(1)) -> Value:
    """ARPA x gross margin / customer churn rate."""
    lost, began = monthly_churn(p)
    held = p.at_end()
    return ratio(total(s.mrr for _, s in held) * margin * began, len(held) * lost)


def ended_share(p: Part) -> Value:
    """Of all subscriptions started by the last day, drafts and trials too, the share that has ended."""
    rows = [r for r in p.books.world["subscriptions"] if r["started_at"].date() < p.end]
    if p.dimension in BY_SUBSCRIPTION:
        rows = [r for r in rows if (r[p.dimension] or "") == p.value]
    elif p.dimension is not None:
        rows = [r for r in rows if of_account(p.books.world, r["account_id"], p.dimension) == p.value]
    return ratio(sum(r["ended_at"] is not None and r["ended_at"].date() < p.end for r in rows), len(rows))


def term_renewal(p: Part) -> Value:
    """Of the terms (three, six or twelve months of billing) that were over in the period, the share that was renewed.

    The contract runs on, or the account has another on the day. One that ends up to three days early ends with a term.
    """
    rows = {r["subscription_id"]: r for r in p.books.world["subscriptions"]}
    renewed = gone = 0
    for sub in p.books.subscriptions:
        months = {"quarter": 3, "half-year": 6, "year": 12}.get(rows[sub.key]["interval"] or "")
        own = getattr(sub, p.dimension) if p.dimension in BY_SUBSCRIPTION else None
        told = (own or "") == p.value if p.dimension in BY_SUBSCRIPTION else p._account(sub.account, "")
        if months is None or not told:
            continue
        for count in range(1, 20):
            day = later_month(sub.start, months * count)
            ends_with_it = DAY * 0 <= day - sub.end <= DAY * 3 if sub.end < dt.date.max else False
            if day < sub.end:
                renewed += p.start <= day < p.end
            elif ends_with_it and p.start <= sub.end < p.end:
                goes_on = p.books.state(sub.account, sub.end).active > 0
                renewed, gone = renewed + goes_on, gone + (not goes_on)
    return ratio(renewed, renewed + gone)


def later_month(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the month's last where it has no such day."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + 31 * DAY).replace(day=1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return min(last, first + (day.day - 1) * DAY)


ORACLES: dict[str, Callable[[Part], Value]] = {
    "mrr": lambda p: p.mrr(),
    "arr": lambda p: 12 * p.mrr(),
    "new_mrr": lambda p: p.moved("new"),
    "reactivation_mrr": lambda p: p.moved("reactivation"),
    "expansion_mrr": lambda p: p.moved("expansion"),
    "contraction_mrr": lambda p: -p.moved("contraction"),
    "churned_mrr": lambda p: -p.moved("churn"),
    "net_new_mrr": lambda p: p.moved(*ALL_KINDS),
    "quick_ratio": quick_ratio,
    "new_arr": lambda p: 12 * p.moved("new"),
    "acv": acv,
    "active_customers": lambda p: len(p.at_end()),
    "arpa": arpa,
    "logo_churn": logo_churn,
    "nrr": nrr,
    "grr": grr,
    "gross_revenue_churn": without(grr),
    "net_revenue_churn": without(nrr),
    "clv": clv,
    "ended_share": ended_share,
    "term_renewal": term_renewal,
}
