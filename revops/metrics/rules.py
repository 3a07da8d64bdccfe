"""What the definitions in force make of subscriptions: their MRR, the days on which they count, who is a customer.

Each rule and the tools that have it so: model/definitions.py, model/definition_presets.py. With the default
definitions nothing here adds a step to the tables of derived.py.

A file tells the status of a subscription as it stands on the day of its export and not since when. So a past due or
unpaid subscription is taken to be so from the account's oldest unpaid invoice, else from its last renewal; a paused
one from its last renewal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from revops.metrics.core import Basis
from revops.metrics.tables import MONEY, table
from revops.model.definitions import MRR_RULES, OURS, RULES, Definitions

OF_STATES = ("reactivation_days",)
OF_SUBSCRIPTIONS = tuple(rule for rule in MRR_RULES if rule not in OF_STATES)
MONTHS_BETWEEN_BILLS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def narrowed(basis: Basis, rules: Collection[str]) -> Basis:
    """The basis with the definitions in force for those rules alone: what depends on no other is compiled once."""
    whole = basis.conventions
    if whole.definitions == OURS:
        return basis
    kept = {r.key: getattr(whole.definitions, r.key) for r in RULES if r.key in rules}
    definitions = replace(OURS, **kept)
    until = whole.data_until if needs_as_of(definitions) else None
    return replace(basis, conventions=replace(whole, definitions=definitions, data_until=until))


def discount_factor(rows: ir.Table, definitions: Definitions) -> ir.FloatingValue:
    """What of the price is paid."""
    if definitions.discounts == "ignore":
        return ibis.literal(1.0)
    return 1 - rows.discount.cast("float64").fill_null(0.0)


def service_end(rows: ir.Table, ended: ir.TimestampValue, definitions: Definitions) -> ir.TimestampValue:
    """When a subscription stops counting: `ended`, or an earlier cancellation where the rule says so."""
    if definitions.churn_day == "service_end":
        return ended
    either = [ibis.coalesce(rows.cancelled_at, ended), ibis.coalesce(ended, rows.cancelled_at)]
    return ibis.least(*either)


def needs_as_of(definitions: Definitions) -> bool:
    """Some rule asks what has become of a status by the last day of the data."""
    return (
        definitions.past_due_days is not None or definitions.unpaid_days is not None or definitions.paused != "counts"
    )


def lapsed(rows: ir.Table, basis: Basis) -> ir.Table:
    """Rows (status, interval, account_id, start_day, end_day, ...) of which rules end some; less status and interval.

    A past due or unpaid one ends the given days after it became so, if that is by the last day of the data. A paused
    one ends with its last renewal, or goes on from there with MRR 0 (a row of its own).
    """
    rules = basis.conventions.definitions
    until = basis.conventions.data_until
    if not needs_as_of(rules) or until is None:
        return rows.drop("status", "interval")
    rows = rows.mutate(_renewed=_last_renewal(rows, until))
    rows = _with_oldest_unpaid(rows, basis)
    stops = []
    for status, days in (("past_due", rules.past_due_days), ("unpaid", rules.unpaid_days)):
        if days is not None:
            stop = (rows._since.cast("timestamp") + ibis.interval(days=days)).date()
            stops.append(((rows.status == status) & (stop <= ibis.literal(until)), stop))
    if rules.paused != "counts":
        stops.append((rows.status == "paused", rows._renewed))
    rows = rows.mutate(_stop=ibis.cases(*stops, else_=ibis.null("date")))
    if rules.paused == "zero":
        held = rows.filter((rows.status == "paused") & rows._stop.notnull())
        held = held.mutate(start_day=held._stop, mrr=ibis.literal(0).cast(MONEY), _stop=ibis.null("date"))
        first = rows.mutate(
            reason=ibis.cases(((rows.status == "paused") & rows._stop.notnull(), None), else_=rows.reason)
        )
        rows = first.union(held.select(first.columns))
    ended = ibis.least(ibis.coalesce(rows._stop, rows.end_day), ibis.coalesce(rows.end_day, rows._stop))
    return rows.mutate(end_day=ended).drop("status", "interval", "_renewed", "_since", "_stop")


def _last_renewal(rows: ir.Table, until: dt.date) -> ir.DateValue:
    """The last day by `until` on which the subscription was billed again; its start where it never was."""
    start = rows.start_day
    months = rows.interval.cases(*MONTHS_BETWEEN_BILLS.items(), else_=1)
    passed = (ibis.literal(until.year) - start.year()) * 12 + (ibis.literal(until.month) - start.month())
    whole = (passed / months).floor().cast("int64") * months
    reached = _plus_months(start, whole)
    renewal = ibis.cases((reached <= ibis.literal(until), reached), else_=_plus_months(start, whole - months))
    weeks = (ibis.literal(until).delta(start, unit="day") / 7).floor().cast("int64") * 7
    weekly = (start.cast("timestamp") + weeks.as_interval("D")).date()
    return ibis.cases(
        (start > ibis.literal(until), start),
        (rows.interval == "week", weekly),
        else_=ibis.greatest(renewal, start),
    )


def _plus_months(day: ir.DateValue, months: ir.IntegerValue) -> ir.DateValue:
    return (day.cast("timestamp") + months.as_interval("M")).date()


def _with_oldest_unpaid(rows: ir.Table, basis: Basis) -> ir.Table:
    """`_since`: the day of the account's oldest unpaid invoice since the subscription began, else its last renewal."""
    if not basis.has("invoices.account_id", "invoices.issued_at", "invoices.paid_at"):
        return rows.mutate(_since=rows._renewed)
    invoices = table("invoices")
    owed = invoices.filter(invoices.paid_at.isnull() & invoices.issued_at.notnull() & invoices.account_id.notnull())
    oldest = owed.group_by(_owes=owed.account_id).agg(_owed=owed.issued_at.min().date())
    rows = rows.left_join(oldest, rows.account_id == oldest._owes).drop("_owes")
    owed_since = ibis.cases((rows._owed >= rows.start_day, rows._owed))
    return rows.mutate(_since=ibis.coalesce(owed_since, rows._renewed)).drop("_owed")


def of_customers(rows: ir.Table, definitions: Definitions) -> ir.Table:
    """Subscriptions with MRR (null: unknown) that make their account a customer, from the day they do.

    The rest are those with MRR 0: all of them, or those of accounts that had not paid yet.
    """
    if definitions.zero_mrr == "customer":
        return rows
    paying = (rows.mrr != 0) | rows.mrr.isnull()
    if definitions.zero_mrr == "churn":
        return rows.filter(paying)
    rows = rows.mutate(
        _paid=ibis.cases((paying, rows.start_day)).min().over(ibis.window(group_by="account_id")), _pays=paying
    )
    start = ibis.cases((rows._pays, rows.start_day), else_=ibis.greatest(rows.start_day, rows._paid))
    return rows.filter(rows._paid.notnull()).mutate(start_day=start).drop("_paid", "_pays")


def came_back(states: ir.Table, definitions: Definitions) -> ir.StringValue:
    """The movement of an account that comes back: reactivation, or new where it was away for longer than the rule says.

    states: `left`, the day of its state before, beside `day` and paid_before.
    """
    back = states.paid_before
    if definitions.reactivation_days is not None:
        back = back & (states.day.delta(states.left, unit="day") <= definitions.reactivation_days).fill_null(False)
    return back.ifelse("reactivation", "new")
