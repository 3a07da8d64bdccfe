"""Revenue churn and retention as the definitions in force have them.

Two ways: account by account, the period's start against its end; or all movements of the period, summed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import ibis.expr.types as ir

from revops.metrics import facts
from revops.metrics.core import Measure, Metric
from revops.metrics.retention import MRR_START, change_of_state
from revops.metrics.revenue import movement
from revops.model.definitions import Definitions
from revops.text import Text

_movement = cache(movement)
_LOST = ("contraction", "churn")


def _with_return(rows: ir.Table) -> Mapping[str, ir.Value]:
    returned = (rows.kind == "reactivation").ifelse(rows.delta, 0).sum()
    return {**change_of_state(rows), "mrr_returned": returned}


def _gross_churn(metric: Metric, definitions: Definitions) -> Metric:
    """Sources: ChartMogul, Metric: MRR Churn Rate; Baremetrics, User and Revenue Churn."""
    if definitions.revenue_churn == "accounts":
        return metric
    return replace(
        metric,
        measures=(_movement("contraction"), _movement("churn"), MRR_START),
        numerator=lambda t, b: t.contraction_mrr + t.churned_mrr,
        denominator=lambda t, b: t.mrr_start,
        formula=Text("(contraction + churn) / MRR at the start", "(сокращение + отток) / MRR на начало"),
    )


_CHANGE_AND_RETURN = Measure(
    key="mrr_change_and_return",
    fact=facts.MOVEMENTS,
    value=lambda t: t.customer_before.ifelse(t.mrr_end - t.mrr_start, t.mrr_returned).sum(),
    per_account=_with_return,
    additive=False,
)


def _net_churn(metric: Metric, definitions: Definitions) -> Metric:
    """Source: ChartMogul, Chart: Net MRR Churn Rate."""
    returning = definitions.net_churn == "reactivation"
    if definitions.revenue_churn == "movements":
        kinds = ("contraction", "churn", "expansion", *(("reactivation",) if returning else ()))
        return replace(
            metric,
            measures=(*(_movement(k) for k in kinds), MRR_START),
            numerator=lambda t, b: (
                t.contraction_mrr + t.churned_mrr - t.expansion_mrr - (t.reactivation_mrr if returning else 0)
            ),
            denominator=lambda t, b: t.mrr_start,
            formula=Text(
                "(contraction + churn - expansion - reactivation) / MRR at the start"
                if returning
                else "(contraction + churn - expansion) / MRR at the start",
                "(сокращение + отток - расширение - реактивация) / MRR на начало"
                if returning
                else "(сокращение + отток - расширение) / MRR на начало",
            ),
        )
    if not returning:
        return metric
    return replace(
        metric,
        measures=(_CHANGE_AND_RETURN, MRR_START),
        numerator=lambda t, b: -t.mrr_change_and_return,
        denominator=lambda t, b: t.mrr_start,
        formula=Text("1 - NRR - reactivation / MRR at the start", "1 - NRR - реактивация / MRR на начало"),
    )


def _retention(metric: Metric, definitions: Definitions) -> Metric:
    """Source: Baremetrics, Net Revenue Retention (100 % less net churn); GRR: the same without expansion."""
    if definitions.retention == "accounts":
        return metric
    net = metric.key == "nrr"
    return replace(
        metric,
        measures=(*(_movement(k) for k in (*_LOST, *(("expansion",) if net else ()))), MRR_START),
        numerator=lambda t, b: t.mrr_start - t.contraction_mrr - t.churned_mrr + (t.expansion_mrr if net else 0),
        denominator=lambda t, b: t.mrr_start,
        formula=Text(
            f"1 - (contraction + churn{' - expansion' if net else ''}) / MRR at the start",
            f"1 - (сокращение + отток{' - расширение' if net else ''}) / MRR на начало",
        ),
    )


BUILDERS: dict[str, Callable[[Metric, Definitions], Metric]] = {
    "gross_revenue_churn": _gross_churn,
    "net_revenue_churn": _net_churn,
    "nrr": _retention,
    "grr": _retention,
}
