"""More than noise, or not: tests for shares of cases.

Sources: Wilson score interval; two-proportion z test with pooled variance, Fisher's exact test where an
expected count is below 5; Holm's correction where several groups are looked at together; Breslow and Day's test of
equal odds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

LEVEL = 0.05
FEW = 10  # a share of fewer cases is shown greyed: one case more or less moves it by ten points
NORMAL_95 = 1.959963984540054  # half the width of a 95 % interval, in standard errors


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


def equal_change(groups: Sequence[tuple[float, float, float, float]]) -> float | None:
    """p-value of: the odds changed alike in every group (Breslow and Day's test). None with fewer than two groups.

    groups: hits and misses before, hits and misses after. Groups without cases in either period tell nothing.
    """
    told = [np.array([[a, b], [c, d]]) for a, b, c, d in groups if a + b > 0 and c + d > 0]
    hits, misses = sum(t[:, 0].sum() for t in told), sum(t[:, 1].sum() for t in told)
    if len(told) < 2 or not hits or not misses:
        return None
    return float(StratifiedTable(told, shift_zeros=True).test_equal_odds().pvalue)


def equal_growth(before: Sequence[float], after: Sequence[float]) -> float | None:
    """p-value of: the counts grew alike in every group (chi-square over groups and periods); None with too few.

    Counts of things that happen on their own, one by one.
    """
    table = np.array([before, after])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return None
    return float(chi2_contingency(table).pvalue)


def is_few(n: object) -> bool:
    """A share of so few cases says little; a figure that names no cases is not judged."""
    return n is not None and not pd.isna(n) and 0 < float(n) < FEW  # type: ignore[call-overload,arg-type]


def is_signal(p: float | None) -> bool | None:
    """True: more than noise; False: within noise; None: cannot be told."""
    return None if p is None or pd.isna(p) else p < LEVEL
