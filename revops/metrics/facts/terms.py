"""Contracts with a term: subscriptions billed by the quarter, half year or year, and which of their terms are over.

No field names a term: it is taken to be the billing interval, counted from the first billed day.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.derived import ACCOUNT_STATES, SUBSCRIPTION_MRR
from revops.metrics.tables import kept, table
from revops.text import Text

MONTHS_OF_TERM = {"quarter": 3, "half-year": 6, "year": 12}
EARLY = 3  # days: a contract that ends so shortly before its term is over has ended with it ("until 31 December")


def _terms(basis: Basis) -> ir.Table:
    """A row a billed subscription with a term, on its first day: `term` (months), `ends` (the day it ends, or null).

    at_term: it ends with a term. goes_on: the account has another subscription on that day.
    """
    subs = SUBSCRIPTION_MRR.table
    billed = table("subscriptions").select(_of="subscription_id", _interval="interval")
    rows = subs.select(*kept(subs, basis, "account_id", "subscription_id"), day=subs.start_day, ends=subs.end_day)
    rows = rows.join(billed, rows.subscription_id == billed["_of"]).drop("_of")
    rows = rows.mutate(term=rows["_interval"].cases(*MONTHS_OF_TERM.items()).cast("int64")).drop("_interval")
    rows = rows.filter(rows.term.notnull())
    after = ACCOUNT_STATES.table.select(_who="account_id", _on="day", _active="active_after")
    rows = rows.left_join(after, [rows.account_id == after["_who"], rows.ends == after["_on"]]).drop("_who", "_on")
    late = (rows.ends.cast("timestamp") + ibis.interval(days=EARLY + 1)).date()
    at_term = (over(rows, late) > over(rows, rows.ends)).fill_null(False)
    return rows.mutate(at_term=at_term, goes_on=(rows["_active"] > 0).fill_null(False)).drop("_active")


def over(rows: ir.Table, day: ir.DateValue) -> ir.IntegerValue:
    """How many terms of each contract are over before that day; the 31st is a shorter month's last day."""
    start = rows.day
    months = (day.year() - start.year()) * 12 + (day.month() - start.month())
    whole = months - (day.day() > start.day()).ifelse(0, 1)
    return (ibis.greatest(whole, 0) / rows.term).floor().cast("int64")


TERMS = Fact(
    key="terms",
    label=Text("contracts with a term", "договоры со сроком"),
    entity="subscriptions",
    needs=("subscriptions.started_at", "subscriptions.amount", "subscriptions.interval"),
    rows=_terms,
    left_out=(
        LeftOut(
            reason=Text("billed monthly or weekly: no term", "оплата помесячно или понедельно: срока нет"),
            rows=lambda b: table("subscriptions").filter(_.interval.notin(list(MONTHS_OF_TERM))),
        ),
        LeftOut(
            reason=Text("subscriptions with no billing interval", "подписки без периода оплаты"),
            rows=lambda b: table("subscriptions").filter(_.interval.isnull()),
        ),
    ),
)
