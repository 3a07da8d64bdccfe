"""Customers kept and lost: active customers, churn (logo, gross, net), NRR, GRR, ARPA, CLV."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from revops.metrics import facts
from revops.metrics.core import Basis, Good, Measure, Metric, OverTime, Placed, Unit
from revops.metrics.revenue import source_note
from revops.text import Text


def change_of_state(rows: ir.Table) -> Mapping[str, ir.Value]:
    """An account's state when the period begins and when it ends, from its changes within the period."""
    return {
        "customer_before": rows.active_before.first(order_by=rows.day) > 0,
        "customer_after": rows.active_after.last(order_by=rows.day) > 0,
        "mrr_start": rows.mrr_before.first(order_by=rows.day),
        "mrr_end": rows.mrr_after.last(order_by=rows.day),
    }


def _stock(key: str, column: str, placed: Placed, window: str = "self") -> Measure:
    return Measure(key=key, fact=facts.CUSTOMER_STEPS, value=lambda t: t[column].sum(), placed=placed, window=window)


def _lost(key: str, value, window: str = "self") -> Measure:  # type: ignore[no-untyped-def]
    return Measure(
        key=key, fact=facts.MOVEMENTS, value=value, per_account=change_of_state, additive=False, window=window
    )


CUSTOMERS_START = _stock("customers_start", "customer_step", Placed.BY_START)
CUSTOMERS_END = _stock("customers_end", "customer_step", Placed.BY_END)
MRR_START = _stock("mrr_start", "mrr_step", Placed.BY_START)
MRR_END = _stock("mrr_end", "mrr_step", Placed.BY_END)
CHURNED = _lost("churned_customers", lambda t: (t.customer_before & ~t.customer_after).sum())
GROSS_LOSS = _lost("mrr_lost", lambda t: t.customer_before.ifelse(ibis.greatest(t.mrr_start - t.mrr_end, 0), 0).sum())
NET_CHANGE = _lost("mrr_change", lambda t: t.customer_before.ifelse(t.mrr_end - t.mrr_start, 0).sum())
CHURNED_6M = _lost(
    "churned_6_months", lambda t: (t.customer_before & ~t.customer_after).sum(), window="trailing_6_months"
)
CUSTOMERS_START_6M = _stock("customers_start_6_months", "customer_step", Placed.BY_START, "trailing_6_months")


def _by_deal(t: ir.Table) -> ir.BooleanValue:
    """By its first won deal, as it was not activated yet on the last day that counts."""
    return t.by_deal & (t.activated_on.isnull() | (t.activated_on > t["_as_of"]))


NEW_CUSTOMERS = Measure(
    key="new_customers", fact=facts.NEW_CUSTOMERS, value=lambda t: (~t.by_deal | _by_deal(t)).sum(), as_of=True
)
NEW_BY_DEAL = Measure(key="new_by_won_deal", fact=facts.NEW_CUSTOMERS, value=lambda t: _by_deal(t).sum(), as_of=True)
STARTED = Measure(
    key="subscriptions_started", fact=facts.SUBSCRIPTIONS_STARTED, value=lambda t: t.count(), placed=Placed.BY_END
)
ENDED = Measure(
    key="subscriptions_ended", fact=facts.SUBSCRIPTIONS_ENDED, value=lambda t: t.count(), placed=Placed.BY_END
)


def margin(basis: Basis) -> float:
    """Gross margin as a share; 1.0 where the workspace sets none."""
    own = basis.conventions.gross_margin
    return 1.0 if own is None else own


def margin_note(basis: Basis) -> Text | None:
    if basis.conventions.gross_margin is not None:
        return None
    return Text(
        "Gross margin is not set: 100 % is used, so the value is an upper bound.",
        "Валовая маржа не задана: взято 100 %, поэтому значение завышено.",
    )


METRICS: tuple[Metric, ...] = (
    Metric(
        key="clv",
        label=Text("Customer lifetime value (CLV)", "Пожизненная ценность клиента (CLV)"),
        definition=Text(
            "What a customer brings over its lifetime: ARPA x gross margin / monthly customer churn rate of the "
            "trailing six complete months. Not defined where nobody churned.",
            "Сколько приносит клиент за всё время: ARPA x валовая маржа / месячный отток клиентов за шесть последних "
            "полных месяцев. Если никто не ушёл, не определена.",
        ),
        formula=Text(
            "(MRR / active accounts) x gross margin / (churned / active at the start, trailing six months)",
            "(MRR / активные клиенты) x валовая маржа / (ушедшие / активные на начало, за шесть месяцев)",
        ),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="revenue",
        measures=(MRR_END, CUSTOMERS_END, CHURNED_6M, CUSTOMERS_START_6M),
        numerator=lambda t, b: t.mrr_end.cast("float64") * margin(b) * t.customers_start_6_months,
        denominator=lambda t, b: t.customers_end * t.churned_6_months,
        note=margin_note,
        aliases=("ltv",),
    ),
    Metric(
        key="logo_churn",
        label=Text("Customer churn", "Отток клиентов"),
        definition=Text(
            "Of the customers active at the period's start, the share not active at its end. Those who join and leave "
            "within the period are in neither.",
            "Какая доля клиентов, активных на начало периода, к его концу ушла. Те, кто пришёл и ушёл внутри периода, "
            "не учитываются.",
        ),
        formula=Text(
            "active at the start and not at the end / active at the start",
            "активны на начало и не активны на конец / активны на начало",
        ),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="success",
        measures=(CHURNED, CUSTOMERS_START),
        numerator=lambda t, b: t.churned_customers,
        denominator=lambda t, b: t.customers_start,
        proportion=True,
        note=source_note,
        aliases=("churn", "customer_churn"),
    ),
    Metric(
        key="gross_revenue_churn",
        label=Text("Gross revenue churn", "Валовый отток выручки"),
        definition=Text(
            "The share of the MRR at the period's start that its customers no longer pay at the end.",
            "Какую долю MRR на начало периода эти клиенты к концу больше не платят.",
        ),
        formula=Text("1 - GRR", "1 - GRR"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="success",
        measures=(GROSS_LOSS, MRR_START),
        numerator=lambda t, b: t.mrr_lost,
        denominator=lambda t, b: t.mrr_start,
        note=source_note,
        aliases=("revenue_churn", "gross_churn"),
    ),
    Metric(
        key="net_revenue_churn",
        label=Text("Net revenue churn", "Чистый отток выручки"),
        definition=Text(
            "Gross revenue churn less the expansion of the same customers; below zero where they pay more than before.",
            "Валовый отток выручки за вычетом расширения тех же клиентов; ниже нуля, если они платят больше прежнего.",
        ),
        formula=Text("1 - NRR", "1 - NRR"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="success",
        measures=(NET_CHANGE, MRR_START),
        numerator=lambda t, b: -t.mrr_change,
        denominator=lambda t, b: t.mrr_start,
        note=source_note,
        aliases=("net_churn",),
    ),
    Metric(
        key="nrr",
        label=Text("Net revenue retention (NRR)", "Чистое удержание выручки (NRR)"),
        definition=Text(
            "MRR at the period's end of the customers active at its start, as a share of their MRR at the start.",
            "MRR на конец периода тех клиентов, что были активны на начало, как доля их MRR на начало.",
        ),
        formula=Text(
            "MRR at the end from customers active at the start / MRR at the start",
            "MRR на конец от активных на начало / MRR на начало",
        ),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="success",
        measures=(NET_CHANGE, MRR_START),
        numerator=lambda t, b: t.mrr_start + t.mrr_change,
        denominator=lambda t, b: t.mrr_start,
        note=source_note,
    ),
    Metric(
        key="grr",
        label=Text("Gross revenue retention (GRR)", "Валовое удержание выручки (GRR)"),
        definition=Text(
            "The share of the MRR at the period's start that is still paid at its end, counting no expansion.",
            "Какая доля MRR на начало периода платится и в конце, без учёта расширения.",
        ),
        formula=Text(
            "sum(min(end, start)) over customers active at the start / MRR at the start",
            "сумма(min(конец, начало)) по активным на начало / MRR на начало",
        ),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="success",
        measures=(GROSS_LOSS, MRR_START),
        numerator=lambda t, b: t.mrr_start - t.mrr_lost,
        denominator=lambda t, b: t.mrr_start,
        note=source_note,
    ),
    Metric(
        key="active_customers",
        label=Text("Active customers", "Активные клиенты"),
        definition=Text(
            "Accounts with an active subscription at the period's end.",
            "Компании с активной подпиской на конец периода.",
        ),
        formula=Text("count of accounts active at the end", "число активных компаний на конец периода"),
        unit=Unit.COUNT,
        over_time=OverTime.STOCK,
        good=Good.UP,
        department="success",
        measures=(CUSTOMERS_END,),
        numerator=lambda t, b: t.customers_end,
        note=source_note,
    ),
    Metric(
        key="arpa",
        label=Text("Average revenue per account (ARPA)", "Средний доход на клиента (ARPA)"),
        definition=Text(
            "MRR at the period's end for each active account.", "MRR на конец периода на одного активного клиента."
        ),
        formula=Text("MRR / active accounts", "MRR / активные клиенты"),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="revenue",
        measures=(MRR_END, CUSTOMERS_END),
        numerator=lambda t, b: t.mrr_end,
        denominator=lambda t, b: t.customers_end,
        note=source_note,
    ),
    Metric(
        key="ended_share",
        label=Text("Ended subscriptions", "Доля завершённых подписок"),
        definition=Text(
            "Of all subscriptions started up to the period's end, the share that has ended. What a snapshot "
            "without dates can tell of churn.",
            "Какая доля всех подписок, начатых к концу периода, уже завершена. Это всё, что снимок без дат может "
            "сказать об оттоке.",
        ),
        formula=Text("ended / started, up to the period's end", "завершённые / начатые, к концу периода"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="success",
        measures=(ENDED, STARTED),
        numerator=lambda t, b: t.subscriptions_ended,
        denominator=lambda t, b: t.subscriptions_started,
        proportion=True,
    ),
)
