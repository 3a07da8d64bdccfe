"""More than noise, or not: checked against numbers from textbooks and by symmetry."""

from __future__ import annotations

import math

import pytest

from revops.analysis.stats import against_the_rest, is_signal, p_value, wilson


def test_the_wilson_interval_of_a_textbook() -> None:
    # 15 of 148, Newcombe (1998), table I: 0.0624 to 0.1605
    low, high = wilson(15, 148) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)


def test_no_cases_have_no_interval() -> None:
    assert wilson(0, 0) is None


def test_fishers_lady_tasting_tea() -> None:
    # 3 of 4 against 1 of 4: two-sided p = 34/70
    assert p_value(3, 4, 1, 4) == pytest.approx(34 / 70)


def test_two_large_samples_by_the_pooled_z_test() -> None:
    # 60 of 100 against 45 of 100: z = 0.15 / sqrt(0.525 * 0.475 * 2/100)
    z = 0.15 / math.sqrt(0.525 * 0.475 * 0.02)
    assert p_value(60, 100, 45, 100) == pytest.approx(math.erfc(z / math.sqrt(2)))


def test_all_or_none_on_both_sides_is_no_difference() -> None:
    assert p_value(0, 10, 0, 20) == 1.0
    assert p_value(10, 10, 20, 20) == 1.0


def test_an_empty_sample_cannot_be_told() -> None:
    assert p_value(0, 0, 5, 10) is None
    assert is_signal(None) is None


def test_looking_at_many_groups_asks_for_more() -> None:
    alone = p_value(15, 30, 30, 100)
    assert alone is not None
    assert alone < 0.05
    groups = [(15, 30), (10, 33), (10, 33), (10, 34)]
    corrected = against_the_rest([c for c, _ in groups], [n for _, n in groups])
    assert corrected[0] is not None
    assert corrected[0] > alone
    assert is_signal(corrected[0]) is False


def test_a_single_group_has_no_rest() -> None:
    assert against_the_rest([3], [10]) == [None]
