"""What is computed once for everyone who asks: one thread makes it, the others wait; an error is kept by nobody."""

from __future__ import annotations

import threading

import pytest

from revops.ui.kept import Kept


def test_it_is_made_once() -> None:
    kept: Kept[list[int]] = Kept(2)
    first = kept.get("a", lambda: [1])
    assert kept.get("a", lambda: [2]) is first
    assert "a" in kept


def test_the_latest_are_kept() -> None:
    kept: Kept[int] = Kept(2)
    kept.get("a", lambda: 1)
    kept.get("b", lambda: 2)
    kept.get("a", lambda: 0)  # asked for again: b is now the oldest
    kept.get("c", lambda: 3)
    assert "a" in kept
    assert "b" not in kept
    assert kept.get("b", lambda: 4) == 4


def test_what_was_begun_ahead_is_waited_for_and_made_once() -> None:
    kept: Kept[int] = Kept(2)
    begun, go, made = threading.Event(), threading.Event(), []

    def make() -> int:
        begun.set()
        assert go.wait(10)
        made.append(1)
        return 7

    kept.begin("a", make)
    kept.begin("a", make)
    assert begun.wait(10)
    assert made == []
    go.set()
    assert kept.get("a", lambda: 8) == 7
    assert made == [1]


def test_an_error_reaches_whoever_waits_and_the_next_one_tries_again() -> None:
    kept: Kept[int] = Kept(2)

    def fails() -> int:
        raise ValueError("no rows")

    with pytest.raises(ValueError, match="no rows"):
        kept.get("a", fails)
    assert "a" not in kept
    assert kept.get("a", lambda: 3) == 3
