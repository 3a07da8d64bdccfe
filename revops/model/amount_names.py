"""What the name of a subscription's amount says about the amount: the time it pays for, and whether it is a total."""

from __future__ import annotations

from revops.model.core import fold


def implied_interval(header: str) -> str | None:
    """The interval that the name of an amount itself states: "MRR amount" -> month, "ARR" -> year; None if none.

    Such a name decides over a billing-frequency column: an annual contract with an `mrr` of 100 pays 100 a month.
    A header that states two intervals says nothing.
    """
    stated = {_INTERVAL_WORDS[word] for word in fold(header).split() if word in _INTERVAL_WORDS}
    return stated.pop() if len(stated) == 1 else None


_INTERVAL_WORDS = {
    "weekly": "week",
    "еженедельный": "week",
    "mrr": "month",
    "monthly": "month",
    "месячный": "month",
    "месячная": "month",
    "ежемесячный": "month",
    "ежемесячная": "month",
    "ежемесячно": "month",
    "quarterly": "quarter",
    "квартальный": "quarter",
    "квартальная": "quarter",
    "arr": "year",
    "acv": "year",
    "annual": "year",
    "annualized": "year",
    "yearly": "year",
    "годовой": "year",
    "годовая": "year",
    "ежегодный": "year",
    "ежегодная": "year",
}

# Each names a whole, not a unit.
_TOTAL_WORDS = frozenset({"mrr", "arr", "acv", "tcv", "total", "subtotal", "revenue"}) | {
    *("итого", "всего", "доход", "выручка"),
}


def names_a_total(header: str) -> bool:
    """Whether the name says that the amount already covers all units: "MRR", "Subtotal", "Contract value".

    A quantity (seats) beside such an amount must not multiply it.
    """
    folded = fold(header)
    return "contract value" in folded or not _TOTAL_WORDS.isdisjoint(folded.split())
