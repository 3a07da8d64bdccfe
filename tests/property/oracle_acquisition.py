"""What customers cost, by the metrics contract, in plain Python.

A new customer is an account on the day of its first ever activation, else of its first won new-business deal.
Spend is that of marketing and sales. No line of spend: unknown, never 0. Spend that names no channel stays without.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from tests.property.oracle_dimensions import of_account, of_spend
from tests.property.oracle_money import converted, earlier, ratio, total
from tests.property.oracle_recurring import Books, Part, monthly_churn

Value = float | Decimal | int | None


@dataclass(frozen=True)
class Cost:
    """Spend and new customers of one dimension value (dimension None: all), in [start, end)."""

    books: Books
    start: dt.date
    end: dt.date
    dimension: str | None = None
    value: str = ""
    as_of: dt.date = dt.date.max

    def spent(self, *categories: str) -> Decimal | None:
        amounts = []
        for row in self.books.world["spend"]:
            counts = row["department"] in ("marketing", "sales") and self.start <= row["date"] < self.end
            if categories and row["category"] not in categories:
                continue
            if counts and (self.dimension is None or of_spend(row, self.dimension) == self.value):
                amounts.append(converted(self.books.world, row["amount"], row["currency"], row["date"]))
        known = [a for a in amounts if a is not None]
        return total(known) if known else None

    def new_customers(self) -> int:
        count = 0
        for account, (day, plan) in self.first_days().items():
            told = (
                plan if self.dimension == "plan" else of_account(self.books.world, account, self.dimension or "region")
            )
            count += self.start <= day < self.end and (self.dimension is None or told == self.value)
        return count

    def first_days(self) -> dict[str, tuple[dt.date, str]]:
        """account -> its first day as a customer, and its plan then, as it was known on the last day that counts."""
        found: dict[str, tuple[dt.date, str]] = {}
        for deal in self.books.world["opportunities"]:
            account = deal["account_id"]
            if account and deal["status"] == "won" and deal["closed_at"] and deal["type"] in (None, "new"):
                found[account] = min((deal["closed_at"].date(), ""), found.get(account, (dt.date.max, "")))
        for account in self.books.accounts:
            first = self.books.first_activation(account)
            if first and first[0] <= self.as_of:
                found[account] = first
        return found


def cac(c: Cost) -> Value:
    spent = c.spent()
    return None if spent is None else ratio(spent, c.new_customers())


def paid_cac(c: Cost) -> Value:
    """Of the spend, media alone."""
    spent = c.spent("media")
    return None if spent is None else ratio(spent, c.new_customers())


def cac_lagged(c: Cost) -> Value:
    """New customers set against what was spent on the same days three months before (nobody set another lag)."""
    spent = replace(c, start=earlier(c.start, 3), end=earlier(c.end, 3)).spent()
    return None if spent is None else ratio(spent, c.new_customers())


def magic_number(c: Cost) -> Value:
    """How much ARR rose in the three months up to the end / what was spent in the three months before these."""
    spent = replace(c, start=earlier(c.end, 6), end=earlier(c.end, 3)).spent()
    rose = part_of(c).mrr() - part_of(replace(c, end=earlier(c.end, 3))).mrr()
    return None if spent is None else ratio(12 * rose, spent)


def cac_payback(c: Cost) -> Value:
    """CAC / (MRR of an account that begins to pay in the period x gross margin), in months."""
    began = [m for m in part_of(c).new() if m.delta > 0]
    cost, paid = cac(c), total(m.delta for m in part_of(c).new())
    return None if cost is None or not paid else float(cost) * len(began) / float(paid)


def part_of(c: Cost) -> Part:
    return Part(c.books, c.start, c.end, c.dimension, c.value)


def ltv_cac(c: Cost) -> Value:
    """CLV / CAC, where both can be told."""
    part = part_of(c)
    (lost, began), spent, held = monthly_churn(part), c.spent(), part.at_end()
    if not (held and lost and spent and c.new_customers()):
        return None
    return float(total(s.mrr for _, s in held) * began * c.new_customers() / (len(held) * lost * spent))


def attributed(oracle: Callable[[Cost], Value]) -> Callable[[Cost], Value]:
    """Spend and customers that name no channel need not belong together."""
    return lambda c: None if c.dimension is not None and c.value == "" else oracle(c)


ORACLES: dict[str, Callable[[Cost], Value]] = {
    "spend": lambda c: c.spent(),
    "new_customers": lambda c: c.new_customers(),
    "cac": attributed(cac),
    "paid_cac": attributed(paid_cac),
    "cac_lagged": attributed(cac_lagged),
    "magic_number": attributed(magic_number),
    "cac_payback": attributed(cac_payback),
    "ltv_cac": attributed(ltv_cac),
}
