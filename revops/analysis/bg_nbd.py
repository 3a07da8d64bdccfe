"""The BG/NBD model of buyers who may come again: how often they buy, and whether they have left for good.

While a customer is one, purchases come at random at a rate of their own (gamma: r, alpha); after each purchase they
leave for good with a chance of their own (beta: a, b). Nobody says that they leave: it is read from the silence.

Source: Fader, Hardie, Lee, “Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model”, Marketing
Science 24(2), 2005; the equations' numbers are those of the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Numbers = np.ndarray[Any, np.dtype[np.float64]]
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 5.0, 0.8, 2.5), (2.0, 10.0, 0.3, 3.0))
UNSEEN = 1e-4  # a mean chance of leaving below this cannot be told from none
EDGE = 1e4  # a parameter beyond this has run away: the data do not hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyers:
    """Customers alike, a position each. times: purchases after the first one; recency: time from the first to the last
    (0 where there was one alone); age: time from the first to today; customers: how many are so. One unit of time."""

    times: Numbers
    recency: Numbers
    age: Numbers
    customers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """r, alpha: the rates at which customers buy; a, b: the chances that they leave after a purchase (a = 0: nobody
    does, and what is left is the negative binomial model)."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, of: Buyers) -> Numbers:
        """The chance that each is still a customer; 1 of one who never came again: the model ends a customer's life
        at a purchase after the first."""
        odds = self.a / (self.b + np.maximum(of.times, 1) - 1)
        silence = ((self.alpha + of.age) / (self.alpha + of.recency)) ** (self.r + of.times)
        return np.where(of.times > 0, 1 / (1 + odds * silence), 1.0)

    def expected(self, of: Buyers, ahead: float) -> Numbers:
        """Purchases to be expected of each within `ahead` from today (equation 10)."""
        x, grown = of.times, self.alpha + of.age
        if self.a == 0:
            return ahead * (self.r + x) / grown
        rest = (grown / (grown + ahead)) ** (self.r + x)
        series = hyp2f1(self.r + x, self.b + x, self.a + self.b + x - 1, ahead / (grown + ahead))
        found: Numbers = (self.a + self.b + x - 1) / (self.a - 1) * (1 - rest * series) * self.alive(of)
        return found


def log_likelihood(model: Model, of: Buyers) -> float:
    """Of the model over all the customers (equation 6, in the form that does not overflow)."""
    x = of.times
    shared = gammaln(model.r + x) - gammaln(model.r) + model.r * np.log(model.alpha)
    shared = shared + betaln(model.a, model.b + x) - betaln(model.a, model.b)
    still = -(model.r + x) * np.log(model.alpha + of.age)
    gone = np.log(model.a) - np.log(model.b + np.maximum(x, 1) - 1) - (model.r + x) * np.log(model.alpha + of.recency)
    each = shared + np.where(x > 0, np.logaddexp(still, gone), still)
    return float(np.sum(of.customers * each))


def fitted(of: Buyers) -> Model | None:
    """The model that makes these customers likeliest; None where none stands out (a parameter runs away)."""

    def badness(logs: Sequence[float]) -> float:
        r, alpha, a, b = np.exp(np.clip(logs, -12, 12))
        told = log_likelihood(Model(r=r, alpha=alpha, a=a, b=b), of) / float(np.sum(of.customers))
        return -told if np.isfinite(told) else 1e12

    for start in STARTS:
        found = minimize(
            badness, np.log(start), method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-7, "fatol": 1e-11}
        )
        r, alpha, a, b = (float(v) for v in np.exp(np.clip(found.x, -12, 12)))
        if not found.success or not all(1 / EDGE < v < EDGE for v in (r, alpha)):
            continue
        if a / (a + b) < UNSEEN:
            return Model(r=r, alpha=alpha, a=0.0, b=1.0)
        if all(1 / EDGE < v < EDGE for v in (a, b)) and a != 1:
            return Model(r=r, alpha=alpha, a=a, b=b)
    return None
