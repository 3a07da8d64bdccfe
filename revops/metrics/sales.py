"""Sales: pipeline created, open pipeline, won deals, win rate, SQL to closed-won, sales cycle."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from revops.metrics import facts
from revops.metrics.core import Good, Measure, Metric, OverTime, Placed, Unit
from revops.text import Text

CREATED = Measure(key="created", fact=facts.CREATED_DEALS, value=lambda t: t.count())
CREATED_AMOUNT = Measure(key="created_amount", fact=facts.CREATED_AMOUNTS, value=lambda t: t.amount.sum())
WON = Measure(key="won", fact=facts.CLOSED_DEALS, value=lambda t: (t.status == "won").sum())
LOST = Measure(key="lost", fact=facts.CLOSED_DEALS, value=lambda t: (t.status == "lost").sum())
WON_AMOUNT = Measure(key="won_amount", fact=facts.WON_AMOUNTS, value=lambda t: t.amount.sum())
WON_WITH_AMOUNT = Measure(key="won_with_amount", fact=facts.WON_AMOUNTS, value=lambda t: t.amount.count())
CYCLE = Measure(
    key="cycle_days",
    fact=facts.WON_CYCLES,
    value=lambda t: t.cycle_days.median(),
    additive=False,
    zero_when_empty=False,
)
CYCLES = Measure(key="cycles", fact=facts.WON_CYCLES, value=lambda t: t.count())


def _known(t: ir.Table) -> ir.BooleanValue:
    """The outcome was known on the last day that counts; one without a date always is."""
    return (t.known_on <= t["_as_of"]).fill_null(True)


def _sqls(key: str, value: Callable[[ir.Table], ir.Scalar]) -> Measure:
    return Measure(key=key, fact=facts.SQLS, value=value, additive=False, as_of=True)


SQLS_WON = _sqls("sqls_won", lambda t: ((t.outcome == "won") & _known(t)).sum())
SQLS_LOST = _sqls("sqls_lost", lambda t: ((t.outcome == "lost") & _known(t)).sum())
SQLS_OPEN = _sqls("sqls_open", lambda t: ((t.outcome == "open") | ~_known(t)).sum())
OPEN_AMOUNT = Measure(
    key="open_amount", fact=facts.OPEN_DEALS, value=lambda t: (t.amount * t.sign).sum(), placed=Placed.BY_END
)
OPEN_COUNT = Measure(key="open_deals", fact=facts.OPEN_DEALS, value=lambda t: t.sign.sum(), placed=Placed.BY_END)
OPEN_WITH_AMOUNT = Measure(
    key="open_with_amount",
    fact=facts.OPEN_DEALS,
    value=lambda t: t.amount.notnull().ifelse(t.sign, 0).sum(),
    placed=Placed.BY_END,
)

METRICS: tuple[Metric, ...] = (
    Metric(
        key="sql2cw",
        label=Text("Conversion SQL to closed-won (SQL2CW)", "Конверсия SQL в выигранные сделки (SQL2CW)"),
        definition=Text(
            "Of the SQLs created in the period whose outcome is known, the share that was won. SQLs still open are "
            "counted beside it, never as lost. Without SQL dates, opportunities stand in for SQLs.",
            "Какая доля SQL, созданных в периоде и уже завершённых, выиграна. Те, что ещё в работе, показаны рядом и "
            "потерянными не считаются. Если дат SQL нет, вместо SQL берутся сделки.",
        ),
        formula=Text(
            "won / (won + lost), of SQLs created in the period",
            "выиграно / (выиграно + проиграно), по SQL, созданным в периоде",
        ),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(SQLS_WON, SQLS_LOST, SQLS_OPEN),
        numerator=lambda t, b: t.sqls_won,
        denominator=lambda t, b: t.sqls_won + t.sqls_lost,
        proportion=True,
        note=lambda b: (
            None
            if facts.has_sqls(b)
            else Text(
                "No SQL dates are mapped: opportunities stand in for SQLs.", "Дат SQL нет: вместо SQL взяты сделки."
            )
        ),
        aliases=("sql_to_closed_won", "conversion"),
    ),
    Metric(
        key="win_rate",
        label=Text("Win rate", "Доля выигранных сделок"),
        definition=Text(
            "Of the opportunities closed in the period, the share that was won.",
            "Какая доля сделок, закрытых в периоде, выиграна.",
        ),
        formula=Text("won / (won + lost), by close date", "выиграно / (выиграно + проиграно), по дате закрытия"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(WON, LOST),
        numerator=lambda t, b: t.won,
        denominator=lambda t, b: t.won + t.lost,
        proportion=True,
    ),
    Metric(
        key="won_revenue",
        label=Text("Won revenue", "Сумма выигранных сделок"),
        definition=Text(
            "Amount of the opportunities won in the period: booked, not recognised.",
            "Сумма сделок, выигранных в периоде: по договорам, а не по признанной выручке.",
        ),
        formula=Text("sum of amount of won opportunities, by close date", "сумма выигранных сделок по дате закрытия"),
        unit=Unit.MONEY,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="sales",
        measures=(WON_AMOUNT,),
        numerator=lambda t, b: t.won_amount,
        aliases=("booked_revenue",),
    ),
    Metric(
        key="won_deals",
        label=Text("Deals won", "Выигранные сделки"),
        definition=Text("Opportunities won in the period.", "Сделки, выигранные в периоде."),
        formula=Text("count of won opportunities, by close date", "число выигранных сделок по дате закрытия"),
        unit=Unit.COUNT,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="sales",
        measures=(WON,),
        numerator=lambda t, b: t.won,
    ),
    Metric(
        key="average_won_deal",
        label=Text("Average won deal", "Средняя выигранная сделка"),
        definition=Text(
            "Average amount of the opportunities won in the period; those with no amount are left out.",
            "Средняя сумма сделок, выигранных в периоде; сделки без суммы не учтены.",
        ),
        formula=Text("won amount / won opportunities with an amount", "сумма выигранных / число выигранных с суммой"),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(WON_AMOUNT, WON_WITH_AMOUNT),
        numerator=lambda t, b: t.won_amount,
        denominator=lambda t, b: t.won_with_amount,
    ),
    Metric(
        key="pipeline_created",
        label=Text("Pipeline created", "Созданная воронка сделок"),
        definition=Text(
            "Amount of the opportunities created in the period, whatever became of them.",
            "Сумма сделок, созданных в периоде, чем бы они ни закончились.",
        ),
        formula=Text("sum of amount, by creation date", "сумма сделок по дате создания"),
        unit=Unit.MONEY,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="sales",
        measures=(CREATED_AMOUNT,),
        numerator=lambda t, b: t.created_amount,
    ),
    Metric(
        key="deals_created",
        label=Text("Opportunities created", "Созданные сделки"),
        definition=Text("Opportunities created in the period.", "Сделки, созданные в периоде."),
        formula=Text("count, by creation date", "число сделок по дате создания"),
        unit=Unit.COUNT,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="sales",
        measures=(CREATED,),
        numerator=lambda t, b: t.created,
    ),
    Metric(
        key="open_pipeline",
        label=Text("Open pipeline", "Сделки в работе, сумма"),
        definition=Text(
            "Amount of the opportunities open at the period's end. Where none of them has one, it cannot be told.",
            "Сумма сделок, которые в конце периода в работе. Если ни у одной нет суммы, посчитать нельзя.",
        ),
        formula=Text(
            "sum of amount, created and not yet closed at the end", "сумма созданных и ещё не закрытых к концу периода"
        ),
        unit=Unit.MONEY,
        over_time=OverTime.STOCK,
        good=Good.UP,
        department="sales",
        measures=(OPEN_AMOUNT, OPEN_COUNT, OPEN_WITH_AMOUNT),
        numerator=lambda t, b: ibis.cases(((t.open_deals == 0) | (t.open_with_amount > 0), t.open_amount)),
    ),
    Metric(
        key="sales_cycle",
        label=Text("Sales cycle", "Цикл сделки"),
        definition=Text(
            "Median days from creation to close of the opportunities won in the period.",
            "Медиана дней от создания до закрытия для сделок, выигранных в периоде.",
        ),
        formula=Text("median(closed - created) of won opportunities", "медиана(закрыта - создана) по выигранным"),
        unit=Unit.DAYS,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="sales",
        measures=(CYCLE, CYCLES),
        numerator=lambda t, b: t.cycle_days,
    ),
)
