"""The gap between two values of a metric, split by accounts so that it closes: arithmetic, no data.

Of a ratio, with N and D the sums of the accounts' parts n and d before and after (N0, D0, N1, D1), an account's part of
the gap is (n1 - n0) (1/D0 + 1/D1) / 2 - (d1 - d0) (N0 + N1) / (2 D0 D1): these sum to N1/D1 - N0/D0 without residual.
A product's gap is split among its factors by their average over all orders in which they change (Shapley).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from revops.metrics.by_account import Ratio

VALUE, ARPA, CHURN, MARGIN = "value", "arpa", "churn", "margin"
FORMULA = ""  # the account of a part that belongs to none


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """Lifetime value: margin x arpa / the average of the shares that are defined."""

    margin: float
    arpa: Ratio
    shares: tuple[Ratio, ...]

    @property
    def defined(self) -> tuple[Ratio, ...]:
        return tuple(s for s in self.shares if s.value is not None)

    @property
    def rate(self) -> float | None:
        told = [s.value for s in self.defined if s.value is not None]
        rate = sum(told) / len(told) if told else None
        return rate if rate is not None and rate > 0 else None

    @property
    def value(self) -> float | None:
        if self.rate is None or self.arpa.value is None:
            return None
        return self.margin * self.arpa.value / self.rate


Told = Ratio | Lifetime


def change(before: pd.Series | None, after: pd.Series | None) -> pd.Series:
    """after - before by account; an account that one side lacks has 0 there."""
    empty = pd.Series(dtype="float64")
    return (empty if after is None else after).sub(empty if before is None else before, fill_value=0.0)


def of_ratio(before: Ratio, after: Ratio) -> pd.Series:
    """Each account's part of after.value - before.value. Precondition: both are defined."""
    tops = change(before.numerator, after.numerator)
    if before.denominator is None or after.denominator is None:
        return tops
    assert before.bottom
    assert after.bottom
    weight = (1 / before.bottom + 1 / after.bottom) / 2
    drag = (before.top + after.top) / (2 * before.bottom * after.bottom)
    return (tops * weight).sub(change(before.denominator, after.denominator) * drag, fill_value=0.0)


def of_average(before: Sequence[Ratio], after: Sequence[Ratio]) -> pd.Series:
    """Each account's part of the change of the average of defined ratios."""
    if len(before) == len(after):
        return _sum([of_ratio(b, a) for b, a in zip(before, after, strict=True)]) / len(before)
    return change(_weights(before), _weights(after))


def _weights(shares: Sequence[Ratio]) -> pd.Series:
    """The average itself by account: what each adds to the numerators."""
    return _sum([s.numerator / s.bottom for s in shares if s.bottom]) / len(shares)


def _sum(parts: Sequence[pd.Series]) -> pd.Series:
    total = pd.Series(dtype="float64")
    for part in parts:
        total = total.add(part, fill_value=0.0)
    return total


def split(before: Told, after: Told) -> pd.DataFrame:
    """account, part (value; of lifetime value arpa, churn, margin), numerator and denominator before and after (NaN
    where a part has no single one), amount: what the account adds to after.value - before.value.

    Rows that add nothing are left out. Precondition: both values are defined.
    """
    if isinstance(before, Ratio) and isinstance(after, Ratio):
        return _rows(VALUE, of_ratio(before, after), before, after)
    assert isinstance(before, Lifetime)
    assert isinstance(after, Lifetime)
    assert before.rate
    assert after.rate
    margins = (before.margin, after.margin)
    arpas = (before.arpa.value or 0.0, after.arpa.value or 0.0)
    lives = (1 / before.rate, 1 / after.rate)
    rates = of_average(before.defined, after.defined)
    parts = [
        _rows(ARPA, of_ratio(before.arpa, after.arpa) * _weight(margins, lives), before.arpa, after.arpa),
        _rows(CHURN, -rates / (before.rate * after.rate) * _weight(margins, arpas)),
        _rows(MARGIN, pd.Series({FORMULA: margins[1] - margins[0]}) * _weight(arpas, lives)),
    ]
    return pd.concat([p for p in parts if not p.empty] or [parts[0]], ignore_index=True)


def _weight(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How much a unit of a factor's change weighs beside two other factors, over all orders of change."""
    return (one[0] * other[0] + one[1] * other[1]) / 3 + (one[0] * other[1] + one[1] * other[0]) / 6


def _rows(part: str, amounts: pd.Series, before: Ratio | None = None, after: Ratio | None = None) -> pd.DataFrame:
    amounts = amounts[amounts != 0.0]

    def side(one: pd.Series | None) -> pd.Series:
        told = pd.Series(float("nan"), index=amounts.index) if one is None else one.reindex(amounts.index).fillna(0.0)
        return told.astype("float64")

    single = before is not None and after is not None
    return pd.DataFrame(
        {
            "account": amounts.index.astype(str),
            "part": part,
            "numerator_before": side(before.numerator if before and single else None).to_numpy(),
            "numerator_after": side(after.numerator if after and single else None).to_numpy(),
            "denominator_before": side(before.denominator if before and single else None).to_numpy(),
            "denominator_after": side(after.denominator if after and single else None).to_numpy(),
            "amount": amounts.to_numpy(dtype="float64"),
        }
    )
