"""MRR movements counted from the Stripe export, by account and day: an independent count for tests to meet."""

from __future__ import annotations

import pandas as pd

KINDS = ("new", "reactivation", "expansion", "contraction", "churn")


def movements(subs: pd.DataFrame) -> pd.DataFrame:
    """One row an account and day on which its MRR changed: company, day, kind, amount (US dollars, above zero).

    The state before the day is compared with the state after it, so a plan changed on one day nets out. Takes
    `Files.subscriptions`; a trial counts from its end.
    """
    rows: list[tuple[int, pd.Timestamp, str, float]] = []
    paid = subs.assign(begin=subs["trial"].fillna(subs["start"]))
    paid = paid[paid["end"].isna() | (paid["end"] > paid["begin"])]
    for company, held in paid.groupby("company"):
        days = sorted(set(held["begin"]) | set(held["end"].dropna()))
        before, ever = 0.0, False
        for day in days:
            active = held[(held["begin"] <= day) & (held["end"].isna() | (held["end"] > day))]
            after = round(float(active["mrr"].sum()), 6)
            if after != before:
                rows.append((int(str(company)), day, _kind(before, after, ever), abs(after - before)))
            before, ever = after, ever or after > 0
    return pd.DataFrame(rows, columns=["company", "day", "kind", "amount"])


def _kind(before: float, after: float, ever: bool) -> str:
    if before == 0:
        return "reactivation" if ever else "new"
    if after == 0:
        return "churn"
    return "expansion" if after > before else "contraction"


def by_month(moved: pd.DataFrame, first: str, last: str) -> dict[str, dict[str, float]]:
    """Month (2025-01) -> kind -> US dollars to the cent, for the days from `first` to `last`, both included."""
    inside = moved[(moved["day"] >= first) & (moved["day"] <= last)]
    sums = inside.groupby([inside["day"].dt.strftime("%Y-%m"), "kind"])["amount"].sum().unstack().fillna(0.0)
    return {str(month): {kind: round(float(row.get(kind, 0.0)), 2) for kind in KINDS} for month, row in sums.iterrows()}
