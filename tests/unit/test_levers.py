"""Levers: parts that sum to the change, whatever moved; what one alone would have to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.analysis.levers import Lever, Levers, alone, effects, improved
from revops.metrics.core import Unit
from revops.text import Text


def product(values: Levers) -> float:
    return values["a"] * values["b"] / values["c"]


def lever(key: str, better: int = 1) -> Lever:
    return Lever(key=key, label=Text(key, key), unit=Unit.COUNT, metric="win_rate", better=better)


def test_two_levers_share_what_they_make_together() -> None:
    parts = effects(product, {"a": 2.0, "b": 3.0, "c": 1.0}, {"a": 4.0, "b": 5.0, "c": 1.0})
    assert parts == {"a": 2 * (3 + 5) / 2, "b": 2 * (2 + 4) / 2, "c": 0.0}  # 8 + 6 = 20 - 6


def test_the_only_one_that_moved_has_all_of_it() -> None:
    assert effects(product, {"a": 2.0, "b": 3.0, "c": 1.0}, {"a": 2.0, "b": 3.0, "c": 2.0}) == {
        "a": 0.0, "b": 0.0, "c": -3.0,
    }  # fmt: skip


positive = st.floats(0.1, 1e6)
levers = st.fixed_dictionaries({"a": positive, "b": positive, "c": positive})


@given(levers, levers)
def test_parts_sum_to_the_change_and_turn_with_time(before: dict[str, float], after: dict[str, float]) -> None:
    parts = effects(product, before, after)
    size = max(product(before), product(after), *map(abs, parts.values()))
    assert sum(parts.values()) == pytest.approx(product(after) - product(before), abs=1e-9 * size)
    back = effects(product, after, before)
    for key, part in parts.items():
        assert back[key] == pytest.approx(-part, abs=1e-9 * size)


def test_better_is_less_where_less_is_better() -> None:
    now = {"a": 2.0, "b": 3.0, "c": 1.0}
    assert improved(product, lever("a"), now) == pytest.approx(0.6)
    assert improved(product, lever("c", -1), now) == pytest.approx(6 / 0.9 - 6)


def test_what_one_alone_would_have_to_be() -> None:
    now = {"a": 2.0, "b": 3.0, "c": 1.0}
    assert alone(product, lever("a"), now, 12.0, 100.0) == pytest.approx(4.0)
    assert alone(product, lever("a"), now, 12.0, 3.0) is None
    assert alone(product, lever("a"), now, 0.0, 3.0) == 0.0
