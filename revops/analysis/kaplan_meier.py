"""How long cases last when many have not ended yet: Kaplan and Meier's curve, its interval, and the log-rank test.

Sources: Kaplan and Meier (1958); Greenwood's variance; the interval on the log-log scale (Kalbfleisch and Prentice);
the log-rank test of Mantel; the restricted mean and its variance as in Klein and Moeschberger, "Survival Analysis".
Fitted by statsmodels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from revops.analysis.stats import NORMAL_95

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Cases grouped by how long they lasted: three arrays of one length.

    lasted: time until the end, or until now for a case that goes on. ended: whether it ended. cases: how many.
    """

    lasted: Numbers
    ended: NDArray[np.bool_]
    cases: Numbers

    @property
    def n(self) -> int:
        return int(self.cases.sum())

    @property
    def ends(self) -> int:
        return int(self.cases[self.ended].sum())


class Curve:
    """The share of cases that last longer than a time. Precondition: at least one case."""

    def __init__(self, durations: Durations) -> None:
        self.durations = durations
        d = durations
        self._fit = SurvfuncRight(d.lasted, d.ended.astype("int64"), freq_weights=d.cases) if d.ends else None

    @cached_property
    def longest(self) -> float:
        """How far the curve reaches: the longest time seen."""
        return float(self.durations.lasted.max())

    def at_risk(self, time: float) -> int:
        """Cases seen to last at least so long."""
        return int(self.durations.cases[self.durations.lasted >= time].sum())

    def left_by(self, time: float) -> int:
        """Cases that ended up to that time."""
        d = self.durations
        return int(d.cases[d.ended & (d.lasted <= time)].sum())

    def at(self, time: float) -> float:
        """The share that lasts longer than `time`; NaN beyond the longest time seen."""
        if time > self.longest:
            return float("nan")
        step = self._step(time)
        return 1.0 if step < 0 or self._fit is None else float(self._fit.surv_prob[step])

    def interval(self, time: float) -> tuple[float, float]:
        """The 95 % interval of `at`; NaN where the curve is at 1 or 0 or not known: there is no spread to tell."""
        share, step = self.at(time), self._step(time)
        if self._fit is None or step < 0 or not 0 < share < 1:
            return float("nan"), float("nan")
        spread = NORMAL_95 * float(self._greenwood[step]) / abs(np.log(share))
        return float(share ** np.exp(spread)), float(share ** np.exp(-spread))

    @cached_property
    def _greenwood(self) -> Numbers:
        """The standard error of the share at each end, in shares of itself (statsmodels' own does not fit weights)."""
        assert self._fit is not None
        risk, left = self._fit.n_risk, self._fit.n_events
        with np.errstate(divide="ignore"):
            spread: Numbers = np.sqrt(np.cumsum(left / (risk * (risk - left))))
        return spread

    def median(self) -> tuple[float | None, float | None, float | None]:
        """The time by which half have ended, and its 95 % interval: when the curve's own interval comes down to half.

        None for what the data do not reach.
        """
        if self._fit is None:
            return None, None, None
        steps = [(float(t), (self.at(t), *self.interval(t))) for t in self._fit.surv_times]

        def first(which: int) -> float | None:
            return next((time for time, bounds in steps if bounds[which] <= 0.5 + 1e-12), None)

        return first(0), first(1), first(2)

    def mean_until(self, horizon: float) -> tuple[float, float]:
        """The mean time within `horizon`, which is the area under the curve, and its standard error."""
        if self._fit is None:
            return horizon, 0.0
        times = np.concatenate([[0.0], self._fit.surv_times])
        shares = np.concatenate([[1.0], self._fit.surv_prob])
        ends = np.concatenate([times[1:], [np.inf]])
        widths = np.clip(np.minimum(ends, horizon) - np.minimum(times, horizon), 0, None)
        areas = shares * widths
        beyond = areas[::-1].cumsum()[::-1][1:]  # what lies after each end
        risk, left = self._fit.n_risk, self._fit.n_events
        counted = (self._fit.surv_times <= horizon) & (risk > left)
        terms = beyond[counted] ** 2 * left[counted] / (risk[counted] * (risk[counted] - left[counted]))
        return float(areas.sum()), float(np.sqrt(terms.sum()))

    def _step(self, time: float) -> int:
        """The last end up to that time; -1 before the first."""
        if self._fit is None:
            return -1
        return int(np.searchsorted(self._fit.surv_times, time, side="right")) - 1


def log_rank(groups: Mapping[str, Durations] | Sequence[Durations]) -> float | None:
    """p-value of: cases of all groups end at the same pace. None where fewer than two groups have cases, or none ended.

    By observed and expected ends at each time; a case weighs the same whatever its group's size.
    """
    told = [d for d in (groups.values() if isinstance(groups, Mapping) else groups) if d.n]
    if len(told) < 2 or not sum(d.ends for d in told):
        return None
    lasted, ended, names = [], [], []
    for name, d in enumerate(told):
        counts = d.cases.astype("int64")
        lasted.append(np.repeat(d.lasted, counts))
        ended.append(np.repeat(d.ended, counts))
        names.append(np.full(counts.sum(), name))
    _chi2, p = survdiff(np.concatenate(lasted), np.concatenate(ended).astype("int64"), np.concatenate(names))
    return float(p)
