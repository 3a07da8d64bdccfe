"""The change of a figure between two periods, split over groups into parts that sum to it exactly.

Three ways, by what the figure is made of. All are symmetric in time: swapping the periods turns every sign.

- A sum (won revenue) with a count (deals won): volume is the change of a group's count at the overall average amount,
  mix the same count's distance from that average, rate the change of the group's own average at its middle count.
- A ratio (win rate) whose parts add up over groups: mix is the change of a group's weight in the denominator times how
  far its rate lies from the overall one, rate the change of its own rate at its middle weight.
- Anything else (CLV is a product of ratios): each group's Shapley value, the mean over all orders in which the groups
  could move from the one period to the other.

Sources: Marshall and Edgeworth's middle weights; Kitagawa (1955), "Components of a Difference Between Two Rates";
Shapley (1953). No residual is left in any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

MOST_PLAYERS = 11  # groups of a Shapley split: 2 ** 11 looks at the figure
CLOSE = 1e-9
LEADERS = 3


def adds_up(parts: Numbers, total: float) -> bool:
    """The groups' values sum to the total (a sum of shares or medians does not)."""
    return bool(np.isclose(parts.sum(), total, rtol=CLOSE, atol=CLOSE))


def of_sum(before: Numbers, after: Numbers) -> Numbers:
    """A group's part of a sum's change: its own change. Shapes (groups,)."""
    return after - before


def of_sum_by_count(
    before: Numbers, after: Numbers, count_before: Numbers, count_after: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """(volume, mix, rate) of each group, which sum to its own change. Shapes (groups,).

    A group without cases in one period has no average there: it takes the one it has, so all of its change is volume
    and mix; with cases in neither its change is rate.
    """
    middle = _between(_overall(before, count_before), _overall(after, count_after))
    own_before, own_after = _rates(before, count_before, after, count_after)
    moved = count_after - count_before
    volume = moved * middle
    rate = (count_before + count_after) / 2 * (own_after - own_before)
    rate = np.where((count_before == 0) & (count_after == 0), after - before, rate)
    return volume, (after - before) - volume - rate, rate


def of_ratio(
    numerator_before: Numbers, denominator_before: Numbers, numerator_after: Numbers, denominator_after: Numbers
) -> tuple[Numbers, Numbers]:
    """(mix, rate) of each group; over all groups they sum to the change of sum(numerator) / sum(denominator).

    Shapes (groups,). Precondition: both denominators sum to more than nothing. A group without a denominator in one
    period has no rate there: its part is mix; with none in either (spend that won nobody) its part is rate.
    """
    whole_before, whole_after = denominator_before.sum(), denominator_after.sum()
    weight_before, weight_after = denominator_before / whole_before, denominator_after / whole_after
    overall = (numerator_before.sum() / whole_before + numerator_after.sum() / whole_after) / 2
    moved = numerator_after / whole_after - numerator_before / whole_before
    effect = moved - overall * (weight_after - weight_before)
    own_before, own_after = _rates(numerator_before, denominator_before, numerator_after, denominator_after)
    rate = (weight_before + weight_after) / 2 * (own_after - own_before)
    rate = np.where((denominator_before == 0) & (denominator_after == 0), effect, rate)
    return effect - rate, rate


def shapley(figure: Callable[[Numbers], Numbers], before: Numbers, after: Numbers) -> Numbers:
    """Each row's part of figure(after.sum(0)) - figure(before.sum(0)). before, after: shapes (groups, measures).

    figure: (states, measures) -> (states,), asked once with every state there is: groups that moved already stand at
    `after`, the others at `before`. Raises ValueError with more than MOST_PLAYERS groups.
    """
    players = len(before)
    if players > MOST_PLAYERS:
        raise ValueError(f"{players} groups; fold all but {MOST_PLAYERS - 1} into one first")
    states = np.arange(2**players)
    moved = (states[:, None] >> np.arange(players)) & 1
    told = figure(moved @ after + (1 - moved) @ before)
    size = moved.sum(axis=1)
    weights = np.array([factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)])
    parts = np.empty(players)
    for player in range(players):
        without = states[moved[:, player] == 0]
        parts[player] = (weights[size[without]] * (told[without | 1 << player] - told[without])).sum()
    return parts


def unevenness(parts: Numbers, weights: Numbers) -> float:
    """How much of the change the LEADERS groups that stand out most carry beyond their weight, as a share of it.

    0 when every group moved alike; near 1 when one small group moved all of it; more where groups moved against each
    other. NaN where nothing changed in all. Few leaders: many small groups always differ a little, by chance.
    """
    change = parts.sum()
    if np.isclose(change, 0.0, atol=1e-12):
        return float("nan")
    shares = weights / weights.sum() if weights.sum() > 0 else np.full(len(parts), 1 / max(len(parts), 1))
    excess = np.sort(np.abs(parts - shares * change))[::-1]
    return float(excess[:LEADERS].sum() / (2 * abs(change)))


def _overall(amounts: Numbers, counts: Numbers) -> float:
    whole = counts.sum()
    return float(amounts.sum() / whole) if whole > 0 else float("nan")


def _between(before: float, after: float) -> float:
    """The middle of two figures; the only one where the other is not known; 0 where neither is."""
    known = [v for v in (before, after) if not np.isnan(v)]
    return sum(known) / len(known) if known else 0.0


def _rates(
    top_before: Numbers, bottom_before: Numbers, top_after: Numbers, bottom_after: Numbers
) -> tuple[Numbers, Numbers]:
    """Each group's rate in both periods; where one has none, the other's stands for it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        before = np.where(bottom_before != 0, top_before / bottom_before, np.nan)
        after = np.where(bottom_after != 0, top_after / bottom_after, np.nan)
    before, after = np.where(np.isnan(before), after, before), np.where(np.isnan(after), before, after)
    return np.nan_to_num(before), np.nan_to_num(after)
