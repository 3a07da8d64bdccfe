"""How the pipeline moves: coverage, velocity, slipped and ageing deals, quotas; median deal and ACV."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from revops.metrics import facts
from revops.metrics.core import Good, Measure, Metric, OverTime, Placed, Unit
from revops.metrics.facts.quotas import months_between
from revops.metrics.facts.targets import target_of
from revops.metrics.revenue import movement, source_note
from revops.metrics.sales import CYCLE, LOST, OPEN_COUNT, WON, WON_AMOUNT, WON_WITH_AMOUNT
from revops.metrics.tables import FOR_EVER
from revops.text import Text

MEDIAN_DEAL = Measure(
    key="median_won_amount",
    fact=facts.WON_AMOUNTS,
    value=lambda t: t.amount.cast("float64").median(),
    additive=False,
    zero_when_empty=False,
)
NEW_MRR = movement("new")
NEW_ACCOUNTS = Measure(
    key="new_paying_accounts", fact=facts.MOVEMENTS, value=lambda t: ((t.kind == "new") & (t.delta > 0)).sum()
)

# --- due in the period ------------------------------------------------------------------------------------------

WON_NAMES = (
    "won_revenue", "booked_revenue", "won", "bookings", "booking", "closed_won", "sales", "revenue", "won_amount",
    "сумма_выигранных_сделок", "продажи", "выручка", "план_продаж", "сумма_продаж",
)  # fmt: skip


def _still_open(t: ir.Table, day: ir.DateValue) -> ir.BooleanValue:
    """Created before that day and not closed before it."""
    return (t.created_on < day) & (t.closed_on.isnull() | (t.closed_on >= day))


def _now(t: ir.Table) -> ir.DateValue:
    """The day after the last that counts: as_of, or the period's last."""
    return ibis.least(t["_until"], (t["_as_of"].cast("timestamp") + ibis.interval(days=1)).date())


DUE_AMOUNT = Measure(
    key="open_due_amount",
    fact=facts.EXPECTED_AMOUNTS,
    value=lambda t: t.amount.sum(where=_still_open(t, _now(t))),
    additive=False,
    window="whole",
    as_of=True,
)
TARGET = Measure(
    key="won_target",
    fact=facts.TARGETS,
    value=lambda t: target_of(t, WON_NAMES),
    placed=Placed.BY_END,
    additive=False,
    window="whole",
    zero_when_empty=False,
)
DUE = Measure(
    key="deals_due",
    fact=facts.EXPECTED_DEALS,
    value=lambda t: ((t.created_on < t["_until"]) & (t.closed_on.isnull() | (t.closed_on >= t["_look"]))).sum(),
    additive=False,
)
SLIPPED = Measure(
    key="deals_slipped",
    fact=facts.EXPECTED_DEALS,
    value=lambda t: _still_open(t, t["_until"]).sum(),
    additive=False,
)

# --- stages -----------------------------------------------------------------------------------------------------


def _there(rows: ir.Table, look: ir.Table) -> ir.BooleanValue:
    """In the stage at the end of the days looked at."""
    return rows.left_on.fill_null(FOR_EVER) >= look["_until"]


IN_STAGE = Measure(
    key="deals_in_stages",
    fact=facts.STAGE_STAYS,
    value=lambda t: t.usual.notnull().sum(),
    placed=Placed.BY_END,
    held=_there,
    additive=False,
)
OVERDUE_IN_STAGE = Measure(
    key="deals_past_usual_stay",
    fact=facts.STAGE_STAYS,
    value=lambda t: (t["_until"].delta(t.day, unit="day") > t.usual).sum(),
    placed=Placed.BY_END,
    held=_there,
    additive=False,
)

# --- quotas -----------------------------------------------------------------------------------------------------


def _quota(t: ir.Table) -> ir.FloatingValue:
    """Each person's quota of a month, for the months of the period in which they were there."""
    start, end = ibis.greatest(t.day, t["_look"]), ibis.least(t.until.fill_null(t["_until"]), t["_until"])
    return (end > start).ifelse(t.quota * months_between(start, end), 0.0).sum()


QUOTA = Measure(
    key="quota", fact=facts.QUOTAS, value=_quota, placed=Placed.BY_END, additive=False, zero_when_empty=False
)
SOLD = Measure(key="sold_on_quota", fact=facts.SOLD_ON_QUOTA, value=lambda t: t.amount.sum())


METRICS: tuple[Metric, ...] = (
    Metric(
        key="lost_deals",
        label=Text("Deals lost", "Проигранные сделки"),
        definition=Text(
            "Opportunities lost in the period; why, by the dimension of loss reasons.",
            "Сделки, проигранные в периоде; почему — в разрезе причин отказа.",
        ),
        formula=Text("count of lost opportunities, by close date", "число проигранных сделок по дате закрытия"),
        unit=Unit.COUNT,
        over_time=OverTime.FLOW,
        good=Good.DOWN,
        department="sales",
        measures=(LOST,),
        numerator=lambda t, b: t.lost,
    ),
    Metric(
        key="median_won_deal",
        label=Text("Median won deal", "Медианная выигранная сделка"),
        definition=Text(
            "Half of the opportunities won in the period are larger than this; those with no amount are left out.",
            "Половина сделок, выигранных в периоде, больше этой суммы; сделки без суммы не учтены.",
        ),
        formula=Text("median amount of won opportunities", "медиана сумм выигранных сделок"),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(MEDIAN_DEAL, WON_WITH_AMOUNT),
        numerator=lambda t, b: t.median_won_amount,
    ),
    Metric(
        key="acv",
        label=Text("Annual contract value (ACV)", "Годовая стоимость контракта (ACV)"),
        definition=Text(
            "What a new customer's subscriptions bill for a year, on average over the accounts that began to pay in "
            "the period; one-off amounts do not count.",
            "Сколько подписки нового клиента приносят за год, в среднем по компаниям, начавшим платить в периоде; "
            "разовые суммы не учитываются.",
        ),
        formula=Text("12 x new MRR / accounts it came from", "12 x новый MRR / компании, от которых он пришёл"),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(NEW_MRR, NEW_ACCOUNTS),
        numerator=lambda t, b: t.new_mrr * 12,
        denominator=lambda t, b: t.new_paying_accounts,
        note=source_note,
    ),
    Metric(
        key="pipeline_coverage",
        label=Text("Pipeline coverage", "Покрытие плана воронкой"),
        definition=Text(
            "Amount of the open opportunities expected to close in the period for each unit of the target for won "
            "revenue that is not won yet. Not defined once the target is met, or where none covers the whole period.",
            "Сумма сделок в работе с ожидаемым закрытием в периоде на единицу плана по выигранным сделкам, ещё не "
            "выполненную. Не определено, когда план выполнен или не задан на весь период.",
        ),
        formula=Text(
            "open amount due in the period / (target - won)", "сумма в работе со сроком в периоде / (план - выиграно)"
        ),
        unit=Unit.TIMES,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(DUE_AMOUNT, TARGET, WON_AMOUNT),
        numerator=lambda t, b: t.open_due_amount,
        denominator=lambda t, b: ibis.greatest(t.won_target - t.won_amount.cast("float64"), 0.0),
        aliases=("coverage",),
    ),
    Metric(
        key="sales_velocity",
        label=Text("Sales velocity, a day", "Скорость продаж, в день"),
        definition=Text(
            "What the pipeline yields a day at the pace of the period: opportunities open at its end, times win rate, "
            "times average won deal, over the days of the sales cycle.",
            "Сколько воронка приносит в день при темпе периода: сделки в работе на его конец, умноженные на долю "
            "выигранных и среднюю выигранную сделку, делённые на цикл сделки в днях.",
        ),
        formula=Text(
            "open opportunities x win rate x average won deal / sales cycle in days",
            "сделки в работе x доля выигранных x средняя сделка / цикл сделки в днях",
        ),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(OPEN_COUNT, WON, LOST, WON_AMOUNT, WON_WITH_AMOUNT, CYCLE),
        numerator=lambda t, b: t.open_deals.cast("float64") * t.won * t.won_amount.cast("float64"),
        denominator=lambda t, b: (t.won + t.lost) * t.won_with_amount * t.cycle_days,
        aliases=("velocity",),
    ),
    Metric(
        key="slipped_deals",
        label=Text("Slipped deals", "Сорвавшиеся сроки сделок"),
        definition=Text(
            "Opportunities that were expected to close in the period and were still open at its end. Only the latest "
            "expected date is known: a deal whose date was moved on does not show.",
            "Сделки, которые должны были закрыться в периоде, но к его концу ещё в работе. Известна только последняя "
            "ожидаемая дата: сделка, чью дату перенесли, здесь не видна.",
        ),
        formula=Text("count, expected in the period and open at its end", "число: срок в периоде, на конец в работе"),
        unit=Unit.COUNT,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="sales",
        measures=(SLIPPED, DUE),
        numerator=lambda t, b: t.deals_slipped,
    ),
    Metric(
        key="slip_rate",
        label=Text("Share of deals that slip", "Доля сделок с сорванным сроком"),
        definition=Text(
            "Of the opportunities expected to close in the period and not closed before it, the share still open "
            "at its end.",
            "Какая доля сделок со сроком закрытия в периоде, не закрытых до него, к концу периода ещё в работе.",
        ),
        formula=Text("slipped / due in the period", "сорванные / со сроком в периоде"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="sales",
        measures=(SLIPPED, DUE),
        numerator=lambda t, b: t.deals_slipped,
        denominator=lambda t, b: t.deals_due,
        proportion=True,
    ),
    Metric(
        key="stage_ageing",
        label=Text("Deals ageing in their stage", "Доля сделок, застрявших на этапе"),
        definition=Text(
            "Of the opportunities open at the period's end, the share that has been in its stage longer than the "
            "median of won deals of the same pipeline in that stage. Stages that no won deal passed are not counted.",
            "Какая доля сделок в работе на конец периода находится на своём этапе дольше медианы выигранных сделок "
            "той же воронки. Этапы, через которые не прошла ни одна выигранная сделка, не учитываются.",
        ),
        formula=Text(
            "longer in the stage than the median of won deals / open in stages",
            "дольше медианы выигранных на этапе / в работе на этапах",
        ),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="sales",
        measures=(OVERDUE_IN_STAGE, IN_STAGE),
        numerator=lambda t, b: t.deals_past_usual_stay,
        denominator=lambda t, b: t.deals_in_stages,
        proportion=True,
    ),
    Metric(
        key="quota_attainment",
        label=Text("Quota attainment", "Выполнение личных планов"),
        definition=Text(
            "Amount won in the period by the people who carry a quota, as a share of their quotas for its days: quotas "
            "are spread evenly over their months, from a person's first day to the last.",
            "Сумма, выигранная за период сотрудниками с планом, как доля их планов за эти дни: план распределён "
            "равномерно по месяцам, от первого дня сотрудника до последнего.",
        ),
        formula=Text("won by people with a quota / their quotas", "выиграно сотрудниками с планом / их планы"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="sales",
        measures=(SOLD, QUOTA),
        numerator=lambda t, b: t.sold_on_quota,
        denominator=lambda t, b: t.quota,
    ),
)
