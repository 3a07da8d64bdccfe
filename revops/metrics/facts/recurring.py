"""Customers and recurring revenue: steps of MRR, states of accounts, first activations, subscriptions."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.derived import ACCOUNT_STATES, SUBSCRIPTION_MRR
from revops.metrics.facts.money import NO_RATE, unpriced
from revops.metrics.tables import MONEY, kept, source, table
from revops.text import Text

RECURRING = (
    ("subscriptions.started_at", "subscriptions.amount"),
    ("mrr_months.mrr",),
    ("invoices.period_start", "invoices.period_end", "invoices.amount"),
)
WON = ("opportunities.closed_at", "opportunities.status", "opportunities.account_id")

_RECURRING_LEFT_OUT = (
    LeftOut(
        reason=Text("subscriptions with no billing interval", "подписки без периода оплаты"),
        rows=lambda b: table("subscriptions").filter(_.interval.isnull()),
    ),
    LeftOut(
        reason=Text("drafts, never billed", "черновики, счёт не выставлялся"),
        rows=lambda b: table("subscriptions").filter(_.status == "draft"),
    ),
    LeftOut(
        reason=Text("on trial, not paid yet", "в пробном периоде, ещё не оплачены"),
        rows=lambda b: table("subscriptions").filter((_.status == "trialing") & _.trial_ends_at.isnull()),
    ),
    LeftOut(
        reason=Text("ended within the trial or before it began", "закончились в пробном периоде или до начала"),
        rows=lambda b: table("subscriptions").filter(
            ibis.greatest(_.started_at, ibis.coalesce(_.trial_ends_at, _.started_at)).date() >= _.ended_at.date()
        ),
    ),
    LeftOut(
        reason=NO_RATE,
        rows=lambda b: unpriced(table("subscriptions").mutate(day=_.started_at.date()), "amount", "day", b),
    ),
)


def _subscription_steps(basis: Basis) -> ir.Table:
    """+mrr the day a subscription starts to bill, -mrr the day it ends: their running sum is MRR."""
    subs = SUBSCRIPTION_MRR.table
    looked_at = kept(subs, basis, "account_id")
    began = subs.select(*looked_at, day=subs.start_day, mrr_step=subs.mrr)
    ended = subs.filter(subs.end_day.notnull())
    return began.union(ended.select(*looked_at, day=subs.end_day, mrr_step=(-subs.mrr).cast(MONEY)))


MRR_STEPS = Fact(
    key="mrr_steps",
    label=Text("subscriptions", "подписки"),
    entity="subscriptions",
    needs=(),
    any=RECURRING,
    rows=_subscription_steps,
    left_out=_RECURRING_LEFT_OUT,
)


def _state_steps(basis: Basis) -> ir.Table:
    """The change of each account's state, booked on its plan of that side: + the state after, - the state before."""
    states = ACCOUNT_STATES.table
    after = states.select(
        "account_id",
        "day",
        plan=states.plan_after,
        mrr_step=states.mrr_after,
        customer_step=(states.active_after > 0).cast("int64"),
    )
    before = states.select(
        "account_id",
        "day",
        plan=states.plan_before,
        mrr_step=(-states.mrr_before).cast(MONEY),
        customer_step=-((states.active_before > 0).cast("int64")),
    )
    return after.union(before)


CUSTOMER_STEPS = Fact(
    key="customer_steps",
    label=Text("customers", "клиенты"),
    entity="accounts",
    needs=(),
    any=RECURRING,
    rows=_state_steps,
    left_out=_RECURRING_LEFT_OUT,
)


def _movements(basis: Basis) -> ir.Table:
    states = ACCOUNT_STATES.table
    return states.mutate(plan=ibis.cases((states.active_before > 0, states.plan_before), else_=states.plan_after))


MOVEMENTS = Fact(
    key="movements",
    label=Text("changes of customers' MRR", "изменения MRR клиентов"),
    entity="movements",
    needs=(),
    any=RECURRING,
    rows=_movements,
    left_out=_RECURRING_LEFT_OUT,
)


def _new_customers(basis: Basis) -> ir.Table:
    """Accounts on the day of their first ever activation, and on the day of their first won new-business deal.

    by_deal: the row is of a deal. activated_on: when the account of the deal was first activated (null: never): from
    that day on it counts by its activation alone.
    """
    first_deals = _first_won_deals() if basis.has(*WON) else None
    if not any(basis.has(*group) for group in RECURRING):
        assert first_deals is not None
        return first_deals.mutate(by_deal=ibis.literal(True), activated_on=ibis.null("date"))
    subs = SUBSCRIPTION_MRR.table
    activations = subs.group_by("account_id").agg(
        day=subs.start_day.min(), plan=subs.plan.first(order_by=[subs.start_day, subs.plan])
    )
    rows = activations.mutate(by_deal=ibis.literal(False), activated_on=activations.day)
    if first_deals is None:
        return rows
    began = activations.select(_of=activations.account_id, activated_on=activations.day)
    deals = first_deals.left_join(began, first_deals.account_id == began["_of"]).drop("_of")
    return rows.union(deals.mutate(by_deal=ibis.literal(True)).select(rows.columns))


def _first_won_deals() -> ir.Table:
    deals = table("opportunities")
    won = deals.filter(
        (deals.status == "won")
        & deals.closed_at.notnull()
        & deals.account_id.notnull()
        & (deals.type.fill_null("new") == "new")
    )
    return won.group_by("account_id").agg(day=won.closed_at.date().min()).mutate(plan=ibis.null("string"))


NEW_CUSTOMERS = Fact(
    key="new_customers",
    label=Text(
        "customers by their first activation, else first won deal",
        "клиенты по первой активации, иначе первой выигранной сделке",
    ),
    entity="accounts",
    needs=(),
    any=(*RECURRING, WON),
    rows=_new_customers,
    left_out=(
        LeftOut(
            reason=Text("won deals that name no company", "выигранные сделки без компании"),
            rows=lambda b: table("opportunities").filter((_.status == "won") & _.account_id.isnull()),
        ),
    ),
)


def _started(basis: Basis) -> ir.Table:
    rows = source("subscriptions", basis, "started_at")
    return rows.filter(rows.started_at.notnull()).mutate(day=rows.started_at.date())


def _ended(basis: Basis) -> ir.Table:
    rows = source("subscriptions", basis, "started_at", "ended_at")
    return rows.filter(rows.started_at.notnull() & rows.ended_at.notnull()).mutate(day=rows.ended_at.date())


SUBSCRIPTIONS_STARTED = Fact(
    key="subscriptions_started",
    label=Text("subscriptions", "подписки"),
    entity="subscriptions",
    needs=("subscriptions.started_at",),
    rows=_started,
)
SUBSCRIPTIONS_ENDED = Fact(
    key="subscriptions_ended",
    label=Text("ended subscriptions", "завершённые подписки"),
    entity="subscriptions",
    needs=("subscriptions.started_at", "subscriptions.ended_at"),
    rows=_ended,
)
