"""Parts of a change, worked out on paper; and that they always sum to it, whatever the figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.analysis import decompose

# Win rate 50 of 100 -> 40 of 100.  North 40/60 = 2/3 both times, but 60 -> 30 deals; South 10/40 -> 20/70.
NORTH_SOUTH = [np.array(v, dtype=float) for v in ((40, 10), (60, 40), (20, 20), (30, 70))]


def test_a_ratio_moves_by_mix_where_only_the_weights_moved() -> None:
    mix, rate = decompose.of_ratio(*NORTH_SOUTH)
    # overall (0.5 + 0.4) / 2 = 0.45; North: weight 0.6 -> 0.3, rate 2/3 both times
    assert mix[0] == pytest.approx(-0.3 * (2 / 3 - 0.45))
    assert rate[0] == pytest.approx(0.0)
    # South: weight 0.4 -> 0.7, rate 0.25 -> 2/7
    assert rate[1] == pytest.approx(0.55 * (2 / 7 - 0.25))
    assert mix[1] == pytest.approx(0.3 * ((0.25 + 2 / 7) / 2 - 0.45))
    assert mix.sum() + rate.sum() == pytest.approx(-0.1)


def test_spend_that_won_nobody_is_not_lost() -> None:
    # CAC 100 / 10 -> 160 / 10: all of the 60 more went to events, which won nobody
    mix, rate = decompose.of_ratio(
        np.array([100.0, 0.0]), np.array([10.0, 0.0]), np.array([100.0, 60.0]), np.array([10.0, 0.0])
    )
    assert (mix + rate).tolist() == pytest.approx([0.0, 6.0])
    assert rate[1] == pytest.approx(6.0)


def test_a_sum_splits_into_volume_mix_and_rate() -> None:
    # won revenue: small deals 10 x 10 -> 10 x 10, large 5 x 40 -> 10 x 40; overall average 20 -> 25, middle 22.5
    volume, mix, rate = decompose.of_sum_by_count(
        np.array([100.0, 200.0]), np.array([100.0, 400.0]), np.array([10.0, 5.0]), np.array([10.0, 10.0])
    )
    assert volume.tolist() == pytest.approx([0.0, 5 * 22.5])
    assert mix.tolist() == pytest.approx([0.0, 5 * (40 - 22.5)])
    assert rate.tolist() == pytest.approx([0.0, 0.0])


def test_a_dearer_deal_is_rate() -> None:
    _volume, mix, rate = decompose.of_sum_by_count(*(np.array([v]) for v in (100.0, 150.0, 10.0, 10.0)))
    assert (rate[0], mix[0]) == pytest.approx((50.0, 0.0))


def test_a_product_splits_by_shapley() -> None:
    # figure = a x b of the totals; group 1 moves a from 2 to 4, group 2 moves b from 3 to 5: 6 -> 20
    before, after = np.array([[2.0, 0.0], [0.0, 3.0]]), np.array([[4.0, 0.0], [0.0, 5.0]])
    parts = decompose.shapley(lambda m: m[:, 0] * m[:, 1], before, after)
    assert parts.tolist() == pytest.approx([(6 + 10) / 2, (4 + 8) / 2])  # in either order, then their mean


def test_more_groups_than_can_be_ordered_are_refused() -> None:
    many = np.ones((decompose.MOST_PLAYERS + 1, 1))
    with pytest.raises(ValueError, match="fold"):
        decompose.shapley(lambda m: m[:, 0], many, many)


def test_unevenness_is_zero_when_all_moved_alike_and_grows_with_concentration() -> None:
    weights = np.array([0.2, 0.8])
    assert decompose.unevenness(np.array([-2.0, -8.0]), weights) == pytest.approx(0.0)
    assert decompose.unevenness(np.array([-10.0, 0.0]), weights) == pytest.approx(0.8)
    assert np.isnan(decompose.unevenness(np.array([1.0, -1.0]), weights))


counts = st.integers(0, 500)
amounts = st.floats(0, 1e6, allow_nan=False, width=32)


@given(st.lists(st.tuples(amounts, counts, amounts, counts), min_size=1, max_size=12))
def test_parts_of_a_sum_are_the_change_of_each_group(rows: list[tuple[float, int, float, int]]) -> None:
    before, count_before, after, count_after = (np.array(c, dtype=float) for c in zip(*rows, strict=True))
    volume, mix, rate = decompose.of_sum_by_count(before, after, count_before, count_after)
    assert np.allclose(volume + mix + rate, after - before, atol=1e-6)
    back = decompose.of_sum_by_count(after, before, count_after, count_before)
    assert np.allclose(volume, -back[0], atol=1e-5)
    assert np.allclose(rate, -back[2], atol=1e-5)


@given(st.lists(st.tuples(counts, counts, counts, counts), min_size=1, max_size=12))
def test_parts_of_a_ratio_sum_to_its_change(rows: list[tuple[int, int, int, int]]) -> None:
    n0, d0, n1, d1 = (np.array(c, dtype=float) for c in zip(*rows, strict=True))
    if d0.sum() == 0 or d1.sum() == 0:
        return
    mix, rate = decompose.of_ratio(n0, d0, n1, d1)
    assert (mix + rate).sum() == pytest.approx(n1.sum() / d1.sum() - n0.sum() / d0.sum(), abs=1e-9)


@given(st.lists(st.tuples(*[st.floats(1, 100)] * 4), min_size=1, max_size=6))
def test_shapley_parts_sum_to_the_change(rows: list[tuple[float, float, float, float]]) -> None:
    table = np.array(rows)
    parts = decompose.shapley(lambda m: m[:, 0] / m[:, 1], table[:, :2], table[:, 2:])
    before, after = table[:, :2].sum(axis=0), table[:, 2:].sum(axis=0)
    assert parts.sum() == pytest.approx(after[0] / after[1] - before[0] / before[1], abs=1e-9)
