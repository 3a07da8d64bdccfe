"""How good a forecast has been: made again at past months from what was known then, beside simpler ones. Pure.

Sources: rolling origin (Tashman 2000); MASE (Hyndman and Koehler 2006); structural time series (Harvey 1989), as
statsmodels fits them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

WINDOW = 36  # months that a forecast looks back
LEAST = 24  # months that the first one needs
ORIGINS = 24  # past months, the latest, at which it is made again
EVERY = 6  # months after which its parameters are estimated anew in the back-test
CASES = 6  # a horizon with fewer past forecasts is not judged
LEVEL = 0.8  # of the interval
YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """One value a month ahead, from the first: mean, and the interval that holds it with LEVEL probability."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


# what was known, how many months ahead, whether parameters are to be estimated anew -> the forecast
Forecaster = Callable[[np.ndarray, int, bool], Forecast]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of the forecasts so many months ahead. mape: mean absolute error as a share of what came; naive: of the forecast
    that nothing changes; line: that it changes as in the last year. mase: the error in units of the mean change from
    month to month that was known then. covered: share of cases within the interval."""

    horizon: int
    cases: int
    mape: float
    naive: float
    line: float
    mase: float
    covered: float


def shortest(horizon: int) -> int:
    """How many months of history it takes to judge forecasts so many months ahead."""
    return LEAST + horizon + CASES - 1


def scores(values: Sequence[float], horizon: int, forecaster: Forecaster) -> list[Score]:
    """A score a horizon 1, 2, ... that has CASES past forecasts at least; [] where none has. Values are positive."""
    known = np.asarray(values, dtype="float64")
    cases: list[list[tuple[float, ...]]] = [[] for _ in range(horizon)]
    first = max(LEAST, len(known) - ORIGINS - horizon + 1)
    for number, origin in enumerate(range(first, len(known))):
        past = known[max(0, origin - WINDOW) : origin]
        made = forecaster(past, horizon, number % EVERY == 0)
        step = float(np.abs(np.diff(past)).mean())
        slope = (past[-1] - past[-1 - YEAR]) / YEAR
        for ahead in range(1, min(horizon, len(known) - origin) + 1):
            came = known[origin + ahead - 1]
            error = abs(made.mean[ahead - 1] - came)
            within = made.low[ahead - 1] <= came <= made.high[ahead - 1]
            still, line = abs(past[-1] - came), abs(past[-1] + slope * ahead - came)
            scaled = error / step if step > 0 else np.nan
            cases[ahead - 1].append((error / came, still / came, line / came, scaled, float(within)))
    found = []
    for ahead, told in enumerate(cases, start=1):
        if len(told) < CASES:
            break
        mape, naive, line, mase, covered = (float(v) for v in np.asarray(told).mean(axis=0))
        found.append(
            Score(horizon=ahead, cases=len(told), mape=mape, naive=naive, line=line, mase=mase, covered=covered)
        )
    return found


def trusted(found: Sequence[Score]) -> int:
    """Up to how many months ahead the forecast has been better than that nothing changes, from the first month on."""
    for score in found:
        if score.mape >= score.naive:
            return score.horizon - 1
    return len(found)


def drifting() -> Forecaster:
    """A random walk with drift of the square root, fitted by statsmodels: growth between a straight line (the amounts
    themselves) and a constant percentage (their logarithms)."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    estimated: list[np.ndarray] = []

    def forecast(past: np.ndarray, horizon: int, anew: bool) -> Forecast:
        roots = np.sqrt(past)
        unit = float(np.diff(roots).std()) or 1.0
        model = UnobservedComponents((roots - roots[0]) / unit, level="rwdrift")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the search ends early: the back-test judges what it found
            if anew or not estimated:
                estimated[:] = [model.fit(disp=0, maxiter=50).params]
            ahead = model.filter(estimated[0]).get_forecast(horizon)
            interval = np.asarray(ahead.conf_int(alpha=1 - LEVEL))

        def amounts(found: np.ndarray) -> np.ndarray:
            return np.asarray(np.maximum(found * unit + roots[0], 0.0) ** 2)

        return Forecast(
            mean=amounts(np.asarray(ahead.predicted_mean)),
            low=amounts(interval[:, 0]),
            high=amounts(interval[:, 1]),
        )

    return forecast
