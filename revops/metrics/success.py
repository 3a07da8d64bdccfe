"""How customers are served and kept: tickets, satisfaction, renewals, accounts at risk."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from revops.metrics import facts
from revops.metrics.core import Basis, Fact, Good, Measure, Metric, OverTime, Placed, Unit
from revops.metrics.facts.risk import ENDING, LATE, URGENT, signals
from revops.metrics.facts.terms import over
from revops.metrics.retention import CUSTOMERS_END
from revops.metrics.tables import FOR_EVER
from revops.text import Text

TICKETS_OPENED = Measure(key="tickets", fact=facts.TICKETS, value=lambda t: t.count())
RATED = Measure(key="tickets_rated", fact=facts.RATED_TICKETS, value=lambda t: t.count())
SATISFIED = Measure(key="tickets_satisfied", fact=facts.RATED_TICKETS, value=lambda t: t.satisfied.sum())
RENEWED = Measure(key="renewals_won", fact=facts.CLOSED_RENEWALS, value=lambda t: (t.status == "won").sum())

NOT_RENEWED = Measure(key="renewals_lost", fact=facts.CLOSED_RENEWALS, value=lambda t: (t.status == "lost").sum())


def _prolonged(t: ir.Table) -> ir.IntegerScalar:
    """Terms over in the period after which the contract ran on, or ended while the account went on with another."""
    until, since = (ibis.least(t[edge], t.ends.fill_null(t[edge])) for edge in ("_until", "_look"))
    return (over(t, until) - over(t, since)).sum() + (_ended_at_term(t) & t.goes_on).sum()


def _ended_at_term(t: ir.Table) -> ir.BooleanValue:
    return (t.at_term & (t.ends >= t["_look"]) & (t.ends < t["_until"])).fill_null(False)


def _not_ended_before(rows: ir.Table, look: ir.Table) -> ir.BooleanValue:
    return rows.ends.fill_null(FOR_EVER) >= look["_look"]


def _terms(key: str, value: Callable[[ir.Table], ir.Scalar]) -> Measure:
    return Measure(key=key, fact=facts.TERMS, value=value, placed=Placed.BY_END, held=_not_ended_before, additive=False)


PROLONGED = _terms("terms_renewed", _prolonged)
NOT_PROLONGED = _terms("terms_not_renewed", lambda t: (_ended_at_term(t) & ~t.goes_on).sum())


def _still_holds(rows: ir.Table, look: ir.Table) -> ir.BooleanValue:
    return rows["last"] >= look["_until"]


def _at_risk(reason: str | None) -> Measure:
    return Measure(
        key="at_risk" if reason is None else f"at_risk_{reason}",
        fact=facts.AT_RISK,
        value=lambda t: t.account_id.nunique(where=None if reason is None else t.reason_at_risk == reason),
        placed=Placed.BY_END,
        held=_still_holds,
        additive=False,
    )


AT_RISK, AT_RISK_BY = _at_risk(None), tuple(_at_risk(r) for r in (URGENT, LATE, ENDING))


def _risk_note(basis: Basis) -> Text | None:
    found = tuple(signals(basis).values())
    if not found:
        return None
    return Text(
        "Signs that the data can tell: " + "; ".join(s.en for s in found) + ".",
        "Признаки, которые видны в данных: " + "; ".join(s.ru for s in found) + ".",
    )


def _time(key: str, label: Text, definition: Text, formula: Text, fact: Fact, column: str, share: float) -> Metric:
    measure = Measure(
        key=f"{key}_hours",
        fact=fact,
        value=lambda t: t[column].median() if share == 0.5 else t[column].quantile(share),
        additive=False,
        zero_when_empty=False,
    )
    count = Measure(key=f"{fact.key}_count", fact=fact, value=lambda t: t.count())
    return Metric(
        key=key,
        label=label,
        definition=definition,
        formula=formula,
        unit=Unit.HOURS,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="success",
        measures=(measure, count),
        numerator=lambda t, b: t[measure.key],
    )


def _times(key: str, label: Text, what: Text, formula: Text, fact: Fact, column: str) -> tuple[Metric, Metric]:
    """The median and the 90th percentile."""
    whiches = (
        ("", 0.5, Text("", ""), Text("Median", "Медиана")),
        ("_p90", 0.9, Text(", 90th percentile", ", 90-й процентиль"), Text("90th percentile", "90-й процентиль")),
    )
    first, second = (
        _time(
            f"{key}{end}",
            Text(label.en + more.en, label.ru + more.ru),
            Text(f"{which.en} of the hours {what.en}", f"{which.ru} часов {what.ru}"),
            formula,
            fact,
            column,
            share,
        )
        for end, share, more, which in whiches
    )
    return first, second


METRICS: tuple[Metric, ...] = (
    Metric(
        key="tickets",
        label=Text("Tickets opened", "Новые обращения"),
        definition=Text("Requests to support that came in in the period.", "Обращения, поступившие в периоде."),
        formula=Text("count, by the day they came in", "число по дате поступления"),
        unit=Unit.COUNT,
        over_time=OverTime.FLOW,
        good=Good.NEITHER,
        department="success",
        measures=(TICKETS_OPENED,),
        numerator=lambda t, b: t.tickets,
    ),
    Metric(
        key="tickets_per_account",
        label=Text("Tickets per account", "Обращения на клиента"),
        definition=Text(
            "Requests to support of the period for each customer active at its end.",
            "Обращения за период на одного клиента, активного на его конец.",
        ),
        formula=Text("tickets opened / active customers", "новые обращения / активные клиенты"),
        unit=Unit.MEAN,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="success",
        measures=(TICKETS_OPENED, CUSTOMERS_END),
        numerator=lambda t, b: t.tickets,
        denominator=lambda t, b: t.customers_end,
    ),
    *_times(
        "first_response",
        Text("First response to tickets", "Первый ответ на обращение"),
        Text(
            "from a ticket's opening to the first answer, of the tickets opened in the period and answered.",
            "от поступления обращения до первого ответа, по обращениям периода, на которые ответили.",
        ),
        Text("first response - opened, in hours", "первый ответ - поступление, в часах"),
        facts.ANSWERED_TICKETS,
        "waited",
    ),
    *_times(
        "resolution_time",
        Text("Time to resolve tickets", "Время решения обращений"),
        Text(
            "from a ticket's opening to its solution, of the tickets solved in the period.",
            "от поступления обращения до решения, по обращениям, решённым в периоде.",
        ),
        Text("resolved - opened, in hours", "решение - поступление, в часах"),
        facts.RESOLVED_TICKETS,
        "lasted",
    ),
    Metric(
        key="csat",
        label=Text("Customer satisfaction (CSAT)", "Удовлетворённость клиентов (CSAT)"),
        definition=Text(
            "Of the tickets rated, the share with a mark of 80 % of the scale or more: 4 and 5 of 5. The scale is the "
            "smallest of 1, 5, 10 and 100 that holds the highest mark in the data.",
            "Какая доля обращений с оценкой получила не меньше 80 % шкалы: 4 и 5 из 5. Шкала — наименьшая из 1, 5, 10 "
            "и 100, в которую помещается самая высокая оценка в данных.",
        ),
        formula=Text("marks of 80 % of the scale or more / marks", "оценки от 80 % шкалы / все оценки"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="success",
        measures=(SATISFIED, RATED),
        numerator=lambda t, b: t.tickets_satisfied,
        denominator=lambda t, b: t.tickets_rated,
        proportion=True,
    ),
    Metric(
        key="renewal_rate",
        label=Text("Renewal rate", "Доля продлений"),
        definition=Text(
            "Of the renewal opportunities closed in the period, the share that was won. Contracts that renew by "
            "themselves, without an opportunity, do not count: for these see retention.",
            "Какая доля сделок по продлению, закрытых в периоде, выиграна. Контракты, которые продлеваются сами, без "
            "сделки, не учитываются: о них говорит удержание.",
        ),
        formula=Text(
            "renewals won / (won + lost), by close date", "продлено / (продлено + потеряно), по дате закрытия"
        ),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="success",
        measures=(RENEWED, NOT_RENEWED),
        numerator=lambda t, b: t.renewals_won,
        denominator=lambda t, b: t.renewals_won + t.renewals_lost,
        proportion=True,
    ),
    Metric(
        key="term_renewal",
        label=Text("Renewal at the end of the term", "Продление по окончании срока"),
        definition=Text(
            "Of the contract terms that were over in the period, the share after which the customer stayed: the "
            "contract ran on, or another one was there on the day it ended. A term is what is billed at once: a "
            "quarter, half a year or a year. Who pays by the month has none; who leaves within a term was not up for "
            "renewal.",
            "Какая доля сроков договоров, истёкших в периоде, закончилась продлением: договор действует дальше или в "
            "день его окончания есть другой. Срок — то, что оплачивается сразу: квартал, полгода или год. У оплаты "
            "помесячно срока нет; кто ушёл посреди срока, продлевать ещё не должен был.",
        ),
        formula=Text("terms renewed / terms over in the period", "продлено сроков / истекло сроков в периоде"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="success",
        measures=(PROLONGED, NOT_PROLONGED),
        numerator=lambda t, b: t.terms_renewed,
        denominator=lambda t, b: t.terms_renewed + t.terms_not_renewed,
        proportion=True,
        source="RevOps practice: renewals of those up for renewal; term = billing interval",
    ),
    Metric(
        key="at_risk_accounts",
        label=Text("Accounts at risk", "Клиенты в зоне риска"),
        definition=Text(
            "Customers at the period's end that show a sign of leaving: an urgent ticket is open, an invoice is late, "
            "or the last subscription ends soon and nobody works on renewing it. One with several signs counts once.",
            "Клиенты на конец периода с признаком ухода: открыто срочное обращение, просрочен счёт, или последняя "
            "подписка скоро закончится, а о продлении сделки нет. Клиент с несколькими признаками считается один раз.",
        ),
        formula=Text("count of active accounts with a sign", "число активных компаний с признаком"),
        unit=Unit.COUNT,
        over_time=OverTime.STOCK,
        good=Good.DOWN,
        department="success",
        measures=(AT_RISK, *AT_RISK_BY),
        numerator=lambda t, b: t.at_risk,
        note=_risk_note,
    ),
)
