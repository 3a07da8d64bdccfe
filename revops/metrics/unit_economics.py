"""What growth costs and when it pays back: variants of CAC, payback, magic number, new ARR."""

from __future__ import annotations

from revops.metrics import defaults, facts
from revops.metrics.acquisition import SPENT
from revops.metrics.core import Good, Measure, Metric, OverTime, Unit
from revops.metrics.pipeline import NEW_ACCOUNTS, NEW_MRR
from revops.metrics.retention import NEW_CUSTOMERS, margin, margin_note
from revops.metrics.revenue import source_note
from revops.text import Text

MEDIA = Measure(key="media_spend", fact=facts.MEDIA_SPEND, value=lambda t: t.amount.sum(), zero_when_empty=False)
SPENT_EARLIER = Measure(
    key="spend_earlier", fact=facts.SPEND, value=lambda t: t.amount.sum(), window="lagged", zero_when_empty=False
)
SPENT_QUARTER_BEFORE = Measure(
    key="spend_quarter_before",
    fact=facts.SPEND,
    value=lambda t: t.amount.sum(),
    window="quarter_before",
    zero_when_empty=False,
)
MRR_CHANGE = Measure(
    key="mrr_change_quarter", fact=facts.MRR_STEPS, value=lambda t: t.mrr_step.sum(), window="trailing_quarter"
)

METRICS: tuple[Metric, ...] = (
    Metric(
        key="paid_cac",
        label=Text("Paid CAC (media only)", "Рекламный CAC (только медиа)"),
        definition=Text(
            "What advertising alone, without people and tools, costs for each new customer of the period.",
            "Сколько одна реклама, без людей и инструментов, стоит на одного нового клиента периода.",
        ),
        formula=Text("spend on media / new customers", "расходы на рекламу / новые клиенты"),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="marketing",
        attributed=True,
        measures=(MEDIA, NEW_CUSTOMERS),
        numerator=lambda t, b: t.media_spend,
        denominator=lambda t, b: t.new_customers,
    ),
    Metric(
        key="cac_lagged",
        label=Text("CAC with lagged spend", "CAC со сдвигом расходов"),
        definition=Text(
            "CAC where a period's new customers are set against the spend of some months earlier, when they were won.",
            "CAC, в котором новые клиенты периода сопоставлены с расходами, сделанными на несколько месяцев раньше, "
            "когда их привлекали.",
        ),
        formula=Text(
            "sales and marketing spend of the same days some months earlier / new customers",
            "расходы на маркетинг и продажи за те же дни несколькими месяцами раньше / новые клиенты",
        ),
        unit=Unit.MONEY,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="marketing",
        attributed=True,
        measures=(SPENT_EARLIER, NEW_CUSTOMERS),
        numerator=lambda t, b: t.spend_earlier,
        denominator=lambda t, b: t.new_customers,
        note=defaults.lag_note,
    ),
    Metric(
        key="cac_payback",
        label=Text("CAC payback", "Срок окупаемости CAC"),
        definition=Text(
            "Months until the gross margin on a new account's MRR has paid back what a new customer cost.",
            "За сколько месяцев валовая маржа с MRR новой компании возвращает стоимость привлечения клиента.",
        ),
        formula=Text(
            "CAC / (new MRR / accounts it came from x gross margin)",
            "CAC / (новый MRR / компании, от которых он пришёл, x валовая маржа)",
        ),
        unit=Unit.MONTHS,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="revenue",
        attributed=True,
        measures=(SPENT, NEW_CUSTOMERS, NEW_MRR, NEW_ACCOUNTS),
        numerator=lambda t, b: t.spend.cast("float64") * t.new_paying_accounts,
        denominator=lambda t, b: t.new_mrr.cast("float64") * t.new_customers * margin(b),
        note=margin_note,
        aliases=("payback",),
    ),
    Metric(
        key="magic_number",
        label=Text("Magic number", "Магическое число (magic number)"),
        definition=Text(
            "How much ARR rose over the three months up to the period's end for each unit of sales and marketing spend "
            "of the three months before.",
            "На сколько вырос ARR за три месяца до конца периода на единицу расходов на маркетинг и продажи за три "
            "месяца перед ними.",
        ),
        formula=Text(
            "change of ARR over a quarter / spend of the quarter before",
            "изменение ARR за квартал / расходы прошлого квартала",
        ),
        unit=Unit.TIMES,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="revenue",
        attributed=True,
        measures=(MRR_CHANGE, SPENT_QUARTER_BEFORE),
        numerator=lambda t, b: t.mrr_change_quarter * 12,
        denominator=lambda t, b: t.spend_quarter_before,
        note=source_note,
    ),
    Metric(
        key="new_arr",
        label=Text("New ARR", "Новый ARR"),
        definition=Text(
            "Twelve times the MRR of accounts that never paid before and began to in the period.",
            "Двенадцать MRR компаний, которые раньше не платили и начали в периоде.",
        ),
        formula=Text("12 x new MRR", "12 x новый MRR"),
        unit=Unit.MONEY,
        over_time=OverTime.FLOW,
        good=Good.UP,
        department="revenue",
        measures=(NEW_MRR,),
        numerator=lambda t, b: t.new_mrr * 12,
        note=source_note,
    ),
)
