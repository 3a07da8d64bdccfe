"""Metrics as the definitions in force have them: other formulas of churn and lifetime value, and the words for them.

`in_force` gives the declared record itself where no rule touches it. Which tool has which formula, with its public
page: model/definition_presets.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import ibis
import ibis.expr.types as ir

from revops.metrics import facts, variants_revenue
from revops.metrics.core import Basis, Good, Measure, Metric, OverTime, Placed, Unit
from revops.metrics.retention import CUSTOMERS_END, MRR_END, change_of_state, margin
from revops.model.definitions import OURS, RULE, Definitions, Rule
from revops.text import Text

RECURRING_FACTS = frozenset({"mrr_steps", "customer_steps", "movements", "new_customers", "at_risk", "terms"})
SCOPES = {
    "logo": ("logo_churn",),
    "revenue": ("gross_revenue_churn", "net_revenue_churn"),
    "retention": ("nrr", "grr"),
    "ltv": ("clv", "ltv_cac"),
}
MONTHS_BEFORE = tuple(f"month_before_{k}" for k in range(1, 7))
IN_FORCE = Text("In force here: {rules}.", "Здесь действует: {rules}.")
Value = Callable[[ir.Table, Basis], ir.Value]


def touches(rule: Rule, metric: Metric) -> bool:
    """The metric's figures can depend on the rule."""
    if rule.scope == "mrr":
        return any(m.fact.key in RECURRING_FACTS for m in metric.measures)
    return metric.key in SCOPES[rule.scope] or (rule.scope == "logo" and metric.key in SCOPES["ltv"])


def rules_of(metric: Metric, definitions: Definitions) -> tuple[Rule, ...]:
    """The rules in force that are not the default and that touch the metric."""
    return tuple(r for r in definitions.differing(OURS) if touches(r, metric))


def in_force(metric: Metric, basis: Basis) -> Metric:
    """The metric under the definitions of the basis: its measures, formula and words."""
    definitions = basis.conventions.definitions
    return metric if definitions == OURS else _in_force(metric, definitions)


@lru_cache(maxsize=1024)
def _in_force(metric: Metric, definitions: Definitions) -> Metric:
    rules = rules_of(metric, definitions)
    if not rules:
        return metric
    build = _BUILDERS.get(metric.key)
    changed = build(metric, definitions) if build else metric
    said = [_said(rule, definitions) for rule in rules]
    listed = Text("; ".join(s.en for s in said), "; ".join(s.ru for s in said))
    sentence = IN_FORCE.format(rules=listed)
    return replace(
        changed,
        definition=Text(f"{metric.definition.en} {sentence.en}", f"{metric.definition.ru} {sentence.ru}"),
    )


def _said(rule: Rule, definitions: Definitions) -> Text:
    return Text("{rule}: {value}", "{rule}: {value}").format(
        rule=rule.label, value=rule.said(getattr(definitions, rule.key))
    )


# --- customer churn -----------------------------------------------------------------------------------------------


def _with_middle(rows: ir.Table) -> Mapping[str, ir.Value]:
    return {**change_of_state(rows), "customer_between": rows.active_after.max() > 0}


@cache
def _churned(who: str, window: str) -> Measure:
    """Who has churned. Sources: ChartMogul, Churn rate formulas; Baremetrics, Churn Update; Stripe, Calculating churn
    rate in Billing."""
    key = f"churned_{who}_{window}"
    if who == "events":
        return Measure(
            key=key, fact=facts.MOVEMENTS, value=lambda t: (t.kind == "churn").cast("int64").sum(), window=window
        )
    between = who == "with_joined"

    def gone(t: ir.Table) -> ir.Scalar:
        was = (t.customer_before | t.customer_between) if between else t.customer_before
        return (was & ~t.customer_after).sum()

    return Measure(
        key=key,
        fact=facts.MOVEMENTS,
        value=gone,
        per_account=_with_middle if between else change_of_state,
        additive=False,
        window=window,
    )


@cache
def _joined(window: str) -> Measure:
    """Activations: accounts that become customers, each time they do."""
    return Measure(
        key=f"joined_{window}",
        fact=facts.MOVEMENTS,
        value=lambda t: ((t.active_before == 0) & (t.active_after > 0)).cast("int64").sum(),
        window=window,
    )


@cache
def _at_start(window: str, column: str = "customer_step") -> Measure:
    return Measure(
        key=f"{column}_start_{window}",
        fact=facts.CUSTOMER_STEPS,
        value=lambda t: t[column].sum(),
        placed=Placed.BY_START,
        window=window,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """numerator / denominator over measures: sums over accounts, both, so that each account has its part of either."""

    measures: tuple[Measure, ...]
    numerator: Value
    denominator: Value


def churn_share(definitions: Definitions, window: str = "self") -> Share:
    """Customer churn by the rules in force."""
    return _churn_share(definitions.churned, definitions.churn_base, window)


@cache
def _churn_share(who: str, base: str, window: str) -> Share:
    """Customer churn by the rules `churned` and `churn_base`. Source of the joined in the base: Stripe, Calculating
    churn rate in Billing."""
    gone, start = _churned(who, window), _at_start(window)
    if base == "start":
        return Share(measures=(gone, start), numerator=lambda t, b: t[gone.key], denominator=lambda t, b: t[start.key])
    joined = _joined(window)
    return Share(
        measures=(gone, start, joined),
        numerator=lambda t, b: t[gone.key],
        denominator=lambda t, b: t[start.key] + t[joined.key],
    )


def _logo_churn(metric: Metric, definitions: Definitions) -> Metric:
    if (definitions.churned, definitions.churn_base) == (OURS.churned, OURS.churn_base):
        return metric
    share = churn_share(definitions)
    counted = definitions.churned == "start_cohort" or definitions.churn_base == "start_and_joined"
    over = RULE["churned"].said(definitions.churned), RULE["churn_base"].said(definitions.churn_base)
    return replace(
        metric,
        measures=share.measures,
        numerator=share.numerator,
        denominator=share.denominator,
        proportion=counted,
        formula=Text(f"{over[0].en} / {over[1].en}", f"{over[0].ru} / {over[1].ru}"),
    )


# --- lifetime value -----------------------------------------------------------------------------------------------


def ltv_margin(basis: Basis) -> float:
    """Gross margin as a share where the definitions apply one."""
    return margin(basis) if basis.conventions.definitions.ltv_margin == "apply" else 1.0


def ltv_shares(definitions: Definitions) -> tuple[Share, ...]:
    """The monthly churn that lifetime value is divided by: the average of these shares, those that are defined.

    Sources: ChartMogul, Chart: LTV (average of six); Baremetrics, Lifetime Value; ProfitWell, Lifetime Value.
    """
    match definitions.ltv_churn:
        case "average_6_months":
            return tuple(churn_share(definitions, window) for window in MONTHS_BEFORE)
        case "last_month":
            return (churn_share(definitions, "last_month"),)
        case "net_revenue_6_months":
            return (_net_share("trailing_6_months"),)
        case _:
            return (churn_share(definitions, "trailing_6_months"),)


@cache
def _net_share(window: str) -> Share:
    start = _at_start(window, "mrr_step")
    change = Measure(
        key=f"mrr_change_{window}",
        fact=facts.MOVEMENTS,
        value=lambda t: t.customer_before.ifelse(t.mrr_end - t.mrr_start, 0).sum(),
        per_account=change_of_state,
        additive=False,
        window=window,
    )
    return Share(measures=(change, start), numerator=lambda t, b: -t[change.key], denominator=lambda t, b: t[start.key])


def _average(shares: tuple[Share, ...], t: ir.Table, basis: Basis) -> ir.Value:
    """The average of the shares whose denominator is not zero; null where it is not above zero."""
    each = [s.numerator(t, basis).cast("float64") / s.denominator(t, basis).cast("float64").nullif(0.0) for s in shares]
    told = sum((e.notnull().cast("float64") for e in each), start=ibis.literal(0.0))
    rate = sum((e.fill_null(0.0) for e in each), start=ibis.literal(0.0)) / told.nullif(0.0)
    return ibis.cases((rate > 0, rate))


def _ltv(metric: Metric, definitions: Definitions) -> Metric:
    """ARPA x margin / churn, whichever churn; LTV to CAC goes on from there."""
    formula_rules = ("churned", "churn_base", "ltv_churn", "ltv_margin")
    if all(getattr(definitions, r) == getattr(OURS, r) for r in formula_rules):
        return metric
    shares = ltv_shares(definitions)
    own = (MRR_END, CUSTOMERS_END)
    extra = tuple(m for m in metric.measures if m.key in ("spend", "new_customers"))
    to_cac = metric.key == "ltv_cac"
    measures = {m.key: m for m in (*own, *(m for s in shares for m in s.measures), *extra)}

    def numerator(t: ir.Table, b: Basis) -> ir.Value:
        value = t.mrr_end.cast("float64") * ltv_margin(b)
        return value * t.new_customers.nullif(0) if to_cac else value

    def denominator(t: ir.Table, b: Basis) -> ir.Value:
        value = t.customers_end.cast("float64") * _average(shares, t, b)
        return value * t.spend if to_cac else value

    churn = RULE["ltv_churn"].said(definitions.ltv_churn)
    applied = definitions.ltv_margin == "apply"
    formula = Text(
        f"(MRR / active accounts) {'x gross margin ' if applied else ''}/ churn ({churn.en})",
        f"(MRR / активные клиенты) {'x валовая маржа ' if applied else ''}/ отток ({churn.ru})",
    )
    return replace(
        metric,
        measures=tuple(measures.values()),
        numerator=numerator,
        denominator=denominator,
        formula=metric.formula if to_cac else formula,
        note=metric.note if applied else None,
    )


_BUILDERS: dict[str, Callable[[Metric, Definitions], Metric]] = {
    "logo_churn": _logo_churn,
    **variants_revenue.BUILDERS,
    "clv": _ltv,
    "ltv_cac": _ltv,
}


def share_metrics(definitions: Definitions) -> tuple[Metric, ...]:
    """The parts of lifetime value as metrics, for a split by accounts: ARPA, then each share of `ltv_shares`."""
    return tuple(_as_metric(f"ltv_{n}", share) for n, share in enumerate((_ARPA, *ltv_shares(definitions))))


_ARPA = Share(
    measures=(MRR_END, CUSTOMERS_END), numerator=lambda t, b: t.mrr_end, denominator=lambda t, b: t.customers_end
)


@cache
def _as_metric(key: str, share: Share) -> Metric:
    nothing = Text(key, key)
    return Metric(
        key=key,
        label=nothing,
        definition=nothing,
        formula=nothing,
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.NEITHER,
        department="revenue",
        measures=share.measures,
        numerator=share.numerator,
        denominator=share.denominator,
    )
