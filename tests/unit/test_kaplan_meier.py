"""The curve on the remission times that every textbook prints, and on figures one can count."""

from __future__ import annotations

import math

import numpy as np
import pytest

from revops.analysis.kaplan_meier import Curve, Durations, log_rank


def durations(text: str) -> Durations:
    """ "6 6 6+ 7": times, those that go on marked +."""
    found: dict[tuple[float, bool], int] = {}
    for word in text.split():
        key = (float(word.rstrip("+")), not word.endswith("+"))
        found[key] = found.get(key, 0) + 1
    return Durations(
        lasted=np.array([t for t, _ in found]),
        ended=np.array([e for _, e in found]),
        cases=np.array(list(found.values()), dtype=float),
    )


# Freireich and others (1963): weeks of remission under 6-mercaptopurine and under placebo
TREATED = durations("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+")
PLACEBO = durations("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23")


@pytest.mark.parametrize(
    ("week", "share", "low", "high"),
    [(6, 0.857, 0.620, 0.952), (10, 0.753, 0.503, 0.889), (16, 0.627, 0.368, 0.805), (23, 0.448, 0.188, 0.680)],
)
def test_the_curve_of_the_textbook(week: int, share: float, low: float, high: float) -> None:
    curve = Curve(TREATED)
    assert curve.at(week) == pytest.approx(share, abs=5e-4)
    assert curve.interval(week) == pytest.approx((low, high), abs=1e-3)


def test_medians_of_the_textbook() -> None:
    assert Curve(TREATED).median() == (23, 13, None)
    assert Curve(PLACEBO).median() == (8, 4, 11)


def test_log_rank_of_the_textbook() -> None:
    # chi-square 16.79 with one degree of freedom
    assert log_rank([TREATED, PLACEBO]) == pytest.approx(4.17e-5, rel=0.01)


def test_what_the_data_do_not_reach_is_not_told() -> None:
    curve = Curve(durations("2 5+ 5+ 5+"))
    assert curve.at(5) == 0.75
    assert math.isnan(curve.at(6))
    assert curve.median()[0] is None
    assert Curve(durations("3+ 4+")).median() == (None, None, None)
    assert Curve(durations("3+ 4+")).at(4) == 1.0


def test_cases_at_risk_and_gone() -> None:
    curve = Curve(TREATED)
    assert (curve.at_risk(6), curve.at_risk(7), curve.left_by(7)) == (21, 17, 4)


def test_the_mean_until_a_horizon_is_the_area_under_the_curve() -> None:
    # 4 cases; one ends at 2, one at 3: 2 whole, then 3/4 for one unit, then 1/2 for two more
    mean, spread = Curve(durations("2 3 5+ 5+")).mean_until(5)
    assert mean == pytest.approx(2 + 0.75 + 2 * 0.5)
    # without censoring before the horizon it is the plain mean, and its error the plain standard error
    lasted = np.array([2, 3, 5, 5])
    assert mean == pytest.approx(lasted.mean())
    assert spread == pytest.approx(lasted.std() / 2)


def test_groups_that_cannot_be_told_apart() -> None:
    assert log_rank([TREATED]) is None
    assert log_rank([durations("1+ 2+"), durations("3+")]) is None
    assert log_rank([TREATED, TREATED]) == pytest.approx(1.0)
