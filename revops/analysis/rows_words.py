"""The columns and words of the records behind a figure."""

from __future__ import annotations

from collections.abc import Sequence

from revops.analysis.core import Column
from revops.metrics.core import Metric, Unit
from revops.metrics.rows import LOOK
from revops.text import Text

DAY = Column(key="day", label=Text("Day", "День"))
LOOK_COLUMN = Column(key=LOOK, label=Text("Month looked at, from", "Месяц, с"))
WHY = Column(key="why", label=Text("Reason", "Причина"))
PLACE = (
    Column(key="file", label=Text("File", "Файл")),
    Column(key="row", label=Text("Data row", "Строка данных"), unit=Unit.COUNT),
)
IMPORT = Column(key="import_id", label=Text("Import", "Импорт"), unit=Unit.COUNT)

CONTRIBUTES = Text("Contributes", "Вклад")
_MRR = Text("MRR", "MRR")
MEASURES: dict[str, tuple[Text, Unit]] = {
    "created": (Text("created", "создана"), Unit.COUNT),
    "created_amount": (Text("amount", "сумма"), Unit.MONEY),
    "won": (Text("won", "выиграна"), Unit.COUNT),
    "lost": (Text("lost", "проиграна"), Unit.COUNT),
    "won_amount": (Text("amount", "сумма"), Unit.MONEY),
    "won_with_amount": (Text("counts", "учтена"), Unit.COUNT),
    "cycle_days": (Text("days", "дней"), Unit.DAYS),
    "cycles": (Text("counts", "учтена"), Unit.COUNT),
    "sqls_won": (Text("won", "выигран"), Unit.COUNT),
    "sqls_lost": (Text("lost", "проигран"), Unit.COUNT),
    "sqls_open": (Text("open", "в работе"), Unit.COUNT),
    "open_amount": (Text("amount", "сумма"), Unit.MONEY),
    "open_deals": (Text("open", "в работе"), Unit.COUNT),
    "open_with_amount": (Text("with an amount", "с суммой"), Unit.COUNT),
    "customers_start": (Text("customer", "клиент"), Unit.COUNT),
    "customers_end": (Text("customer", "клиент"), Unit.COUNT),
    "customers_start_6_months": (Text("customer", "клиент"), Unit.COUNT),
    "mrr_start": (_MRR, Unit.MONEY),
    "mrr_end": (_MRR, Unit.MONEY),
    "mrr": (_MRR, Unit.MONEY),
    "churned_customers": (Text("left", "ушёл"), Unit.COUNT),
    "churned_6_months": (Text("left", "ушёл"), Unit.COUNT),
    "mrr_lost": (Text("MRR lost", "потеряно MRR"), Unit.MONEY),
    "mrr_change": (Text("change of MRR", "изменение MRR"), Unit.MONEY),
    "new_mrr": (Text("new", "новый"), Unit.MONEY),
    "reactivation_mrr": (Text("reactivation", "реактивация"), Unit.MONEY),
    "expansion_mrr": (Text("expansion", "расширение"), Unit.MONEY),
    "contraction_mrr": (Text("contraction", "сокращение"), Unit.MONEY),
    "churned_mrr": (Text("churn", "отток"), Unit.MONEY),
    "net_new_mrr": (Text("change of MRR", "изменение MRR"), Unit.MONEY),
    "new_customers": (Text("customer", "клиент"), Unit.COUNT),
    "new_by_won_deal": (Text("by a won deal", "по выигранной сделке"), Unit.COUNT),
    "subscriptions_started": (Text("started", "начата"), Unit.COUNT),
    "subscriptions_ended": (Text("ended", "завершена"), Unit.COUNT),
    "spend": (Text("amount", "сумма"), Unit.MONEY),
    "media_spend": (Text("amount", "сумма"), Unit.MONEY),
    "spend_earlier": (Text("amount", "сумма"), Unit.MONEY),
    "spend_quarter_before": (Text("amount", "сумма"), Unit.MONEY),
    "mrr_change_quarter": (Text("change of MRR", "изменение MRR"), Unit.MONEY),
    "new_paying_accounts": (Text("customer", "клиент"), Unit.COUNT),
    "median_won_amount": (Text("amount", "сумма"), Unit.MONEY),
    "open_due_amount": (Text("amount due", "сумма к сроку"), Unit.MONEY),
    "won_target": (Text("target", "цель"), Unit.MONEY),
    "deals_slipped": (Text("slipped", "перенесена"), Unit.COUNT),
    "deals_due": (Text("due", "срок настал"), Unit.COUNT),
    "deals_past_usual_stay": (Text("past its usual stay", "дольше обычного"), Unit.COUNT),
    "deals_in_stages": (Text("in a stage", "на этапе"), Unit.COUNT),
    "sold_on_quota": (Text("sold", "продано"), Unit.MONEY),
    "quota": (Text("quota", "план"), Unit.MONEY),
    "tickets": (Text("counts", "учтено"), Unit.COUNT),
    "tickets_satisfied": (Text("satisfied", "доволен"), Unit.COUNT),
    "tickets_rated": (Text("rated", "с оценкой"), Unit.COUNT),
    "renewals_won": (Text("renewed", "продлена"), Unit.COUNT),
    "renewals_lost": (Text("lost", "потеряна"), Unit.COUNT),
    "at_risk": (Text("at risk", "под угрозой"), Unit.COUNT),
    "at_risk_urgent": (Text("urgent tickets", "срочные обращения"), Unit.COUNT),
    "at_risk_late": (Text("late payment", "просрочка оплаты"), Unit.COUNT),
    "at_risk_ending": (Text("ending soon", "скоро заканчивается"), Unit.COUNT),
    "answered_in_time": (Text("in time", "вовремя"), Unit.COUNT),
    "answered_too_late": (Text("too late", "с опозданием"), Unit.COUNT),
    "not_answered_yet": (Text("not answered yet", "ещё без ответа"), Unit.COUNT),
    "leads_answered": (Text("answered", "с ответом"), Unit.COUNT),
    "handed_to_sql_days": (Text("days", "дней"), Unit.DAYS),
    "handed_to_opportunity_days": (Text("days", "дней"), Unit.DAYS),
    **{
        key: (Text("hours", "часов"), Unit.HOURS)
        for key in (
            "response_hours",
            "response_hours_p90",
            "first_response_hours",
            "first_response_p90_hours",
            "resolution_time_hours",
            "resolution_time_p90_hours",
        )
    },
    **{
        key: (Text("counts", "учтено"), Unit.COUNT)
        for key in (
            "handed_to_sql_count",
            "handed_to_opportunity_count",
            "answered_tickets_count",
            "resolved_tickets_count",
        )
    },
    **{
        f"{step}_{end}": (words, Unit.COUNT)
        for step in ("created_to_mql", "mql_to_sql", "sql_to_opportunity")
        for end, words in (
            ("moved_on", Text("moved on", "перешёл дальше")),
            ("given_up", Text("given up", "отсеян")),
            ("waiting", Text("waiting", "ждёт")),
            ("never", Text("never moved on", "так и не перешёл")),
            ("old", Text("old enough", "срок прошёл")),
        )
    },
    "leads": (Text("counts", "учтён"), Unit.COUNT),
    "mqls": (Text("counts", "учтён"), Unit.COUNT),
    "sqls": (Text("counts", "учтён"), Unit.COUNT),
}


NOT_SUMMED = frozenset({"median_won_amount"})


def adds_up(key: str) -> bool:
    """The contributions to the measure may be added up: a sum or a count, no median."""
    return key in MEASURES and MEASURES[key][1] in (Unit.MONEY, Unit.COUNT) and key not in NOT_SUMMED


def measure_column(key: str, metric: Metric, measures: int) -> Column:
    """The column of what a record contributes to the measure."""
    fallback = (Text(key.replace("_", " "), key.replace("_", " ")), metric.unit if measures == 1 else Unit.COUNT)
    said, unit = MEASURES.get(key, fallback)
    if measures == 1:
        return Column(key=key, label=CONTRIBUTES, unit=unit)
    label = Text(f"{CONTRIBUTES.en}: {said.en}", f"{CONTRIBUTES.ru}: {said.ru}")
    return Column(key=key, label=label, unit=unit)


def narrowed(reason: Text, ignored: Sequence[Text]) -> Text:
    """The reason, with the filters that such rows cannot tell."""
    if not ignored:
        return reason
    return Text(
        f"{reason.en} (whatever their {', '.join(d.en for d in ignored)})",
        f"{reason.ru} (без учёта фильтра: {', '.join(d.ru for d in ignored)})",
    )


def of_fact(reason: Text, fact: Text) -> Text:
    """The reason, with the kind of rows that it is about."""
    return Text(f"{fact.en}: {reason.en}", f"{fact.ru}: {reason.ru}")


SCOPE = Text(
    "Left out of this period and these filters: by the date that would have placed the row; a row without that date "
    "counts in every period after it came to be, a subscription in every period it ran in.",
    "Не учтены в этом периоде и при этих фильтрах: по дате, которая отнесла бы строку к периоду; строка без такой даты "
    "считается в каждом периоде после её появления, подписка — в каждом, когда действовала.",
)
