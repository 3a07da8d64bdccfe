"""Conventions that nobody set: the value used instead, and the sentence that says it is a default."""

from __future__ import annotations

from revops.metrics.core import Basis, Conventions
from revops.text import Text

RESPONSE_SLA_HOURS = 24.0
CAC_LAG_MONTHS = 3
HANDOFF_DAYS = 90
RENEWAL_NOTICE_DAYS = 90
PAYMENT_DAYS = 30


def response_sla_hours(conventions: Conventions) -> float:
    """Within how many hours a lead is to be answered."""
    own = conventions.response_sla_hours
    return RESPONSE_SLA_HOURS if own is None else own


def cac_lag_months(conventions: Conventions) -> int:
    """How many months earlier the spend was that brought a period's new customers."""
    own = conventions.cac_lag_months
    return CAC_LAG_MONTHS if own is None else own


def handoff_days(conventions: Conventions) -> int:
    """After how many days a lead that has not moved on counts as not moving on."""
    own = conventions.handoff_days
    return HANDOFF_DAYS if own is None else own


def renewal_notice_days(conventions: Conventions) -> int:
    """How many days before its end a contract without a renewal is at risk."""
    own = conventions.renewal_notice_days
    return RENEWAL_NOTICE_DAYS if own is None else own


def payment_days(conventions: Conventions) -> int:
    """After how many days an unpaid invoice is late."""
    own = conventions.payment_days
    return PAYMENT_DAYS if own is None else own


def sla_note(basis: Basis) -> Text | None:
    if basis.conventions.response_sla_hours is not None:
        return None
    return Text(
        f"No response time is set as the goal: {RESPONSE_SLA_HOURS:.0f} hours are used.",
        f"Норматив ответа (SLA) не задан: взято {RESPONSE_SLA_HOURS:.0f} ч.",
    )


def lag_note(basis: Basis) -> Text | None:
    if basis.conventions.cac_lag_months is not None:
        return None
    return Text(
        f"No lag is set: the spend of {CAC_LAG_MONTHS} months earlier is used.",
        f"Сдвиг не задан: взяты расходы на {CAC_LAG_MONTHS} месяца раньше.",
    )


def handoff_note(basis: Basis) -> Text:
    """Said always: it decides what is counted as not moving on."""
    days = handoff_days(basis.conventions)
    said = Text("", "") if basis.conventions.handoff_days is not None else Text(" (the default)", " (по умолчанию)")
    return Text(
        f"Not moving on: disqualified, or no step within {days} days{said.en}; younger ones are not counted yet.",
        f"Не прошли: отклонены или нет шага за {days} дн.{said.ru}; более свежие пока не учитываются.",
    )
