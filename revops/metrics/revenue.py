"""Recurring revenue: MRR, ARR and their movements. Definitions: metrics contract, "Recurring revenue"."""

from __future__ import annotations

from revops.metrics import facts
from revops.metrics.core import Basis, Good, Measure, Metric, OverTime, Placed, Unit
from revops.metrics.derived import recurring_source
from revops.text import Text

MRR_END = Measure(key="mrr", fact=facts.MRR_STEPS, value=lambda t: t.mrr_step.sum(), placed=Placed.BY_END)

MOVEMENT_KINDS: tuple[tuple[str, Text, Text, Good], ...] = (
    ("new", Text("New MRR", "Новый MRR"), Text("of accounts that never paid before", "от новых клиентов"), Good.UP),
    (
        "reactivation",
        Text("Reactivation MRR", "Реактивация MRR"),
        Text("of accounts that come back after leaving", "от клиентов, вернувшихся после ухода"),
        Good.UP,
    ),
    (
        "expansion",
        Text("Expansion MRR", "Расширение MRR"),
        Text("added by customers who pay more", "прирост у тех, кто стал платить больше"),
        Good.UP,
    ),
    (
        "contraction",
        Text("Contraction MRR", "Сокращение MRR"),
        Text("lost with customers who pay less but stay", "потери у тех, кто платит меньше, но остался"),
        Good.DOWN,
    ),
    (
        "churn",
        Text("Churned MRR", "Отток MRR"),
        Text("lost with customers who left", "потери с ушедшими клиентами"),
        Good.DOWN,
    ),
)
KEY_OF_KIND = {
    "new": "new_mrr",
    "reactivation": "reactivation_mrr",
    "expansion": "expansion_mrr",
    "contraction": "contraction_mrr",
    "churn": "churned_mrr",
}


def movement(kind: str) -> Measure:
    """MRR moved by that kind of change in the period, as a positive amount."""
    sign = -1 if kind in ("contraction", "churn") else 1
    return Measure(
        key=KEY_OF_KIND[kind],
        fact=facts.MOVEMENTS,
        value=lambda t: (t.kind == kind).ifelse(t.delta * sign, 0).sum(),
    )


NET_NEW = Measure(key="net_new_mrr", fact=facts.MOVEMENTS, value=lambda t: t.delta.sum())


def source_note(basis: Basis) -> Text | None:
    """Says where recurring revenue comes from when not from subscriptions."""
    match recurring_source(basis):
        case "mrr_months":
            said = Text("From the customers-by-months sheet.", "По таблице клиентов по месяцам.")
        case "invoices":
            said = Text(
                "From recurring invoices, spread over their service period.",
                "По повторяющимся счетам, распределённым по периоду обслуживания.",
            )
        case _:
            return None
    if not basis.has("fx_rates.rate", f"{recurring_source(basis)}.currency"):
        return said
    return Text(
        f"{said.en} An amount in another currency that goes on unchanged keeps the rate at which it began.",
        f"{said.ru} Сумма в другой валюте, которая не меняется, остаётся по курсу своего начала.",
    )


def _movement_metric(kind: str, label: Text, meaning: Text, good: Good) -> Metric:
    measure = movement(kind)
    return Metric(
        key=measure.key,
        label=label,
        definition=Text(f"MRR {meaning.en} in the period.", f"MRR за период: {meaning.ru}."),
        formula=Text(f"sum of {kind} movements", f"сумма движений «{label.ru}»"),
        unit=Unit.MONEY,
        over_time=OverTime.FLOW,
        good=good,
        department="revenue",
        measures=(measure,),
        numerator=lambda t, b: t[measure.key],
        note=source_note,
    )


METRICS: tuple[Metric, ...] = (
    Metric(
        key="arr",
        label=Text("Annual recurring revenue (ARR)", "Годовой повторяющийся доход (ARR)"),
        definition=Text("Twelve times the MRR at the period's end.", "Двенадцать MRR на конец периода."),
        formula=Text("12 x MRR at the period's end", "12 x MRR на конец периода"),
        unit=Unit.MONEY,
        over_time=OverTime.STOCK,
        good=Good.UP,
        department="revenue",
        measures=(MRR_END,),
        numerator=lambda t, b: t.mrr * 12,
        note=source_note,
    ),
    Metric(
        key="mrr",
        label=Text("Monthly recurring revenue (MRR)", "Ежемесячный повторяющийся доход (MRR)"),
        definition=Text(
            "What the subscriptions active at the period's end bill for a month: amount x quantity, less discount, "
            "divided by the months in the billing interval; trials and drafts do not count.",
            "Сколько за месяц приносят подписки, активные на конец периода: цена x количество за вычетом скидки, "
            "делённая на число месяцев в периоде оплаты; пробные периоды и черновики не учитываются.",
        ),
        formula=Text(
            "sum(amount x quantity x (1 - discount) / months in the interval)",
            "сумма(цена x количество x (1 - скидка) / месяцев в периоде оплаты)",
        ),
        unit=Unit.MONEY,
        over_time=OverTime.STOCK,
        good=Good.UP,
        department="revenue",
        measures=(MRR_END,),
        numerator=lambda t, b: t.mrr,
        note=source_note,
    ),
    *(_movement_metric(*kind) for kind in MOVEMENT_KINDS),
    Metric(
        key="net_new_mrr",
        label=Text("Net new MRR", "Чистый прирост MRR"),
        definition=Text(
            "New, reactivation and expansion less contraction and churn: how much MRR changed in the period.",
            "Новый доход, реактивация и расширение минус сокращение и отток: на сколько изменился MRR за период.",
        ),
        formula=Text(
            "new + reactivation + expansion - contraction - churn",
            "новый + реактивация + расширение - сокращение - отток",
        ),
        unit=Unit.MONEY,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="revenue",
        measures=(NET_NEW,),
        numerator=lambda t, b: t.net_new_mrr,
        note=source_note,
    ),
    Metric(
        key="quick_ratio",
        label=Text("Quick ratio", "Коэффициент быстрой ликвидности SaaS (quick ratio)"),
        definition=Text(
            "How many units of MRR were won for each unit lost.", "Сколько MRR получено на единицу потерянного."
        ),
        formula=Text(
            "(new + reactivation + expansion) / (contraction + churn)",
            "(новый + реактивация + расширение) / (сокращение + отток)",
        ),
        unit=Unit.TIMES,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="revenue",
        measures=tuple(movement(kind) for kind in KEY_OF_KIND),
        numerator=lambda t, b: t.new_mrr + t.reactivation_mrr + t.expansion_mrr,
        denominator=lambda t, b: t.contraction_mrr + t.churned_mrr,
        note=source_note,
    ),
)
