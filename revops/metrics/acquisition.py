"""What customers cost: leads, MQLs, SQLs, spend, new customers, CAC, LTV:CAC."""

from __future__ import annotations

from revops.metrics import facts
from revops.metrics.core import Good, Measure, Metric, OverTime, Unit
from revops.metrics.retention import (
    CHURNED_6M,
    CUSTOMERS_END,
    CUSTOMERS_START_6M,
    MRR_END,
    NEW_BY_DEAL,
    NEW_CUSTOMERS,
    margin,
    margin_note,
)
from revops.text import Text

SPENT = Measure(key="spend", fact=facts.SPEND, value=lambda t: t.amount.sum(), zero_when_empty=False)


def _count(fact, label: Text, definition: Text) -> Metric:  # type: ignore[no-untyped-def]
    key = {"leads": "leads", "mqls": "mqls", "sql_leads": "sqls"}[fact.key]
    measure = Measure(key=key, fact=fact, value=lambda t: t.count())
    return Metric(
        key=key,
        label=label,
        definition=definition,
        formula=Text("count, by the day it happened", "число, по дню события"),
        unit=Unit.COUNT,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="marketing",
        measures=(measure,),
        numerator=lambda t, b: t[key],
    )


METRICS: tuple[Metric, ...] = (
    Metric(
        key="cac",
        label=Text("Customer acquisition cost (CAC)", "Стоимость привлечения клиента (CAC)"),
        definition=Text(
            "Sales and marketing spend of the period for each new customer of the period. A new customer is an "
            "account's first ever activation, else its first won new-business deal. By channel: the spend of the "
            "channel for each customer attributed to it; what names no channel has no value of its own.",
            "Расходы на маркетинг и продажи за период на одного нового клиента этого периода. Новый клиент: первая "
            "активация компании, иначе её первая выигранная сделка по новому бизнесу. По каналам: расходы канала на "
            "клиентов этого канала; для расходов и клиентов без канала значения нет.",
        ),
        formula=Text("sales and marketing spend / new customers", "расходы на маркетинг и продажи / новые клиенты"),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="marketing",
        attributed=True,
        measures=(SPENT, NEW_CUSTOMERS),
        numerator=lambda t, b: t.spend,
        denominator=lambda t, b: t.new_customers,
    ),
    Metric(
        key="new_customers",
        label=Text("New customers", "Новые клиенты"),
        definition=Text(
            "Accounts whose first ever activation (else first won new-business deal) is in the period.",
            "Компании, чья первая активация (иначе первая выигранная сделка по новому бизнесу) приходится на период.",
        ),
        formula=Text("count of accounts, by their first activation", "число компаний по первой активации"),
        unit=Unit.COUNT,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="revenue",
        measures=(NEW_CUSTOMERS, NEW_BY_DEAL),
        numerator=lambda t, b: t.new_customers,
    ),
    Metric(
        key="spend",
        label=Text("Sales and marketing spend", "Расходы на маркетинг и продажи"),
        definition=Text(
            "What marketing and sales cost in the period: media, people, tools.",
            "Сколько маркетинг и продажи стоили за период: реклама, люди, инструменты.",
        ),
        formula=Text("sum of spend of marketing and sales, by date", "сумма расходов маркетинга и продаж по дате"),
        unit=Unit.MONEY,
        over_time=OverTime.FLOW,
        good=Good.NEITHER,
        department="marketing",
        measures=(SPENT,),
        numerator=lambda t, b: t.spend,
    ),
    Metric(
        key="ltv_cac",
        label=Text("LTV to CAC", "LTV к CAC"),
        definition=Text(
            "Customer lifetime value for each unit of acquisition cost.",
            "Пожизненная ценность клиента на единицу стоимости его привлечения.",
        ),
        formula=Text("CLV / CAC", "CLV / CAC"),
        unit=Unit.TIMES,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="revenue",
        attributed=True,
        measures=(MRR_END, CUSTOMERS_END, CHURNED_6M, CUSTOMERS_START_6M, SPENT, NEW_CUSTOMERS),
        numerator=lambda t, b: (
            t.mrr_end.cast("float64") * margin(b) * t.customers_start_6_months * t.new_customers.nullif(0)
        ),
        denominator=lambda t, b: t.customers_end.cast("float64") * t.churned_6_months * t.spend,
        note=margin_note,
    ),
    _count(
        facts.LEADS,
        Text("Leads", "Лиды"),
        Text("Leads created in the period.", "Лиды, созданные в периоде."),
    ),
    _count(
        facts.MQLS,
        Text("MQLs", "MQL"),
        Text("Leads that became marketing qualified in the period.", "Лиды, квалифицированные маркетингом в периоде."),
    ),
    _count(
        facts.SQL_LEADS,
        Text("SQLs", "SQL"),
        Text("Leads that became sales qualified in the period.", "Лиды, квалифицированные продажами в периоде."),
    ),
)
