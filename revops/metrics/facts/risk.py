"""Why a customer may be about to leave, and from when until when each reason held."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics import defaults
from revops.metrics.core import Basis, Fact
from revops.metrics.derived import ACCOUNT_STATES, recurring_source
from revops.metrics.facts.recurring import RECURRING
from revops.metrics.tables import table
from revops.text import Text

URGENT_WORDS = (
    "urgent|critical|highest|emergency|blocker|immediate|^p ?[01]([^0-9]|$)|sev(erity)? ?-?[01]([^0-9]|$)|"
    "срочн|критич|неотложн|блокирующ|наивысш"
)
TICKETS = ("tickets.account_id", "tickets.opened_at", "tickets.priority")
INVOICES = ("invoices.account_id", "invoices.issued_at", "invoices.paid_at")
RENEWALS = ("opportunities.account_id", "opportunities.type", "opportunities.created_at", "opportunities.status")
URGENT, LATE, ENDING = "urgent", "late", "ending"


def signals(basis: Basis) -> dict[str, Text]:
    """The reasons that the data can tell -> in words."""
    conventions = basis.conventions
    found: dict[str, Text] = {}
    if basis.has(*TICKETS):
        found[URGENT] = Text("an urgent ticket is open", "открыто срочное обращение")
    if basis.has(*INVOICES):
        days = defaults.payment_days(conventions)
        found[LATE] = Text(f"an invoice is unpaid for over {days} days", f"счёт не оплачен больше {days} дн.")
    if recurring_source(basis) == "subscriptions" and basis.has("subscriptions.ended_at"):
        days = defaults.renewal_notice_days(conventions)
        found[ENDING] = Text(
            f"the last subscription ends within {days} days and no renewal deal is open or won",
            f"последняя подписка закончится в ближайшие {days} дн., а сделки о продлении нет",
        )
    return found


def _urgent() -> ir.Table:
    rows = table("tickets")
    rows = rows.filter(rows.account_id.notnull() & rows.opened_at.notnull())
    rows = rows.filter(rows.priority.strip().lower().re_search(URGENT_WORDS))
    return rows.select(_who=rows.account_id, since=rows.opened_at.date(), until=rows.resolved_at.date())


def _late(days: int) -> ir.Table:
    rows = table("invoices")
    rows = rows.filter(rows.account_id.notnull() & rows.issued_at.notnull())
    since = (rows.issued_at.date().cast("timestamp") + ibis.interval(days=days + 1)).date()
    return rows.select(_who=rows.account_id, since=since, until=rows.paid_at.date())


def _ending(days: int, basis: Basis) -> ir.Table:
    """The days before an account's last subscription ends, from when it was cancelled where that is known.

    Not where a renewal deal that was not lost began within twice as many days before the end.
    """
    states = ACCOUNT_STATES.table
    ends = states.filter((states.active_after == 0) & (states.active_before > 0))
    ends = ends.select(_who=ends.account_id, until=ends.day)
    subs = table("subscriptions").filter(_.cancelled_at.notnull() & _.ended_at.notnull())
    told = subs.group_by(_of=subs.account_id, _end=subs.ended_at.date()).agg(_told=subs.cancelled_at.date().max())
    ends = ends.left_join(told, [ends["_who"] == told["_of"], ends.until == told["_end"]]).drop("_of", "_end")
    noticed = (ends.until.cast("timestamp") - ibis.interval(days=days)).date()
    talked = (ends.until.cast("timestamp") - ibis.interval(days=2 * days)).date()
    ends = ends.mutate(since=ibis.greatest(noticed, ibis.coalesce(ends["_told"], noticed)), _from=talked)
    if basis.has(*RENEWALS):
        deals = table("opportunities")
        renewals = deals.filter((deals.type == "renewal") & (deals.status != "lost") & deals.account_id.notnull())
        renewals = renewals.select(_by=renewals.account_id, _made=renewals.created_at.date())
        ends = ends.anti_join(
            renewals,
            [ends["_who"] == renewals["_by"], renewals["_made"] < ends.until, renewals["_made"] >= ends["_from"]],
        )
    return ends.select("_who", "since", "until")


def _at_risk(basis: Basis) -> ir.Table:
    """A row a customer, reason and stretch of time in which it held and the account was a customer."""
    known = signals(basis)
    conventions = basis.conventions
    builders: dict[str, Callable[[], ir.Table]] = {
        URGENT: _urgent,
        LATE: lambda: _late(defaults.payment_days(conventions)),
        ENDING: lambda: _ending(defaults.renewal_notice_days(conventions), basis),
    }
    parts = [builders[key]().mutate(reason_at_risk=ibis.literal(key)) for key in known] or [
        _urgent().mutate(reason_at_risk=ibis.literal(URGENT))
    ]
    reasons = ibis.union(*parts) if len(parts) > 1 else parts[0]
    states = ACCOUNT_STATES.table
    order = ibis.window(group_by="account_id", order_by="day")
    active = states.mutate(_next=states.day.lead().over(order)).filter(_.active_after > 0)
    active = active.select("account_id", plan=active.plan_after, _began=active.day, _over=active["_next"])
    far = ibis.literal("9999-12-31").cast("date")
    met = reasons.join(
        active,
        [
            reasons["_who"] == active.account_id,
            reasons.since < active["_over"].fill_null(far),
            active["_began"] < reasons.until.fill_null(far),
        ],
    )
    met = met.mutate(
        day=ibis.greatest(met.since, met["_began"]),
        last=ibis.least(met.until.fill_null(far), met["_over"].fill_null(far)),
    )
    return met.filter(met.day < met["last"]).select("account_id", "plan", "day", "last", "reason_at_risk")


AT_RISK = Fact(
    key="at_risk",
    label=Text("customers with a sign of leaving", "клиенты с признаком ухода"),
    entity="accounts",
    needs=(),
    any=(
        (*RECURRING[0], "subscriptions.ended_at"),
        *((*group, *TICKETS) for group in RECURRING),
        *((*group, *INVOICES) for group in RECURRING),
    ),
    rows=_at_risk,
)
