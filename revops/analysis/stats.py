"""More than noise, or not: tests for shares of cases.

Sources: Wilson score interval; two-proportion z test with pooled variance, Fisher's exact test where an
expected count is below 5; Holm's correction where several groups are looked at together.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

LEVEL = 0.05


def wilson(cases: float, of: float) -> tuple[float, float] | None:
    """The 95 % interval of a share; None where there are no cases to share."""
    if pd.isna(of) or of <= 0:
        return None
    low, high = proportion_confint(cases, of, alpha=LEVEL, method="wilson")
    return float(low), float(high)


def p_value(cases_a: float, of_a: float, cases_b: float, of_b: float) -> float | None:
    """How likely two samples with one true share differ this much; None where either is empty."""
    if any(pd.isna(x) for x in (cases_a, of_a, cases_b, of_b)) or of_a <= 0 or of_b <= 0:
        return None
    pooled = (cases_a + cases_b) / (of_a + of_b)
    if pooled in (0.0, 1.0):
        return 1.0
    expected = min(of_a, of_b) * min(pooled, 1 - pooled)
    if expected < 5:
        table = [[round(cases_a), round(of_a - cases_a)], [round(cases_b), round(of_b - cases_b)]]
        return float(fisher_exact(table)[1])
    return float(proportions_ztest([cases_a, cases_b], [of_a, of_b])[1])


def against_the_rest(cases: Sequence[float], of: Sequence[float]) -> list[float | None]:
    """Each group's p-value against all other groups together, corrected by Holm for looking at all of them."""
    total_cases, total_of = sum(cases), sum(of)
    raw = [p_value(c, n, total_cases - c, total_of - n) for c, n in zip(cases, of, strict=True)]
    return holm(raw)


def holm(raw: Sequence[float | None]) -> list[float | None]:
    """p-values corrected for looking at all of them (Holm's step-down); None stays None.

    By hand: statsmodels' multipletests runs a full garbage collection, 200 ms of every page.
    """
    tested = sorted((p, i) for i, p in enumerate(raw) if p is not None)
    corrected = list(raw)
    highest = 0.0
    for rank, (p, i) in enumerate(tested):
        highest = max(highest, min(1.0, (len(tested) - rank) * p))
        corrected[i] = highest
    return corrected


def is_signal(p: float | None) -> bool | None:
    """True: more than noise; False: within noise; None: cannot be told."""
    return None if p is None or pd.isna(p) else p < LEVEL
