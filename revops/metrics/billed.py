"""What accounts are billed again and again, and from when until when: of subscriptions, a months sheet or invoices.

Source: metrics contract, "Recurring revenue".
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from revops.metrics import rules
from revops.metrics.core import Basis
from revops.metrics.currency import in_workspace_currency
from revops.metrics.tables import MONEY, table

MONTHS_IN_INTERVAL = {"week": 12 / 52, "month": 1, "quarter": 3, "half-year": 6, "year": 12}
NOT_BILLED = ("draft",)
ENDED = ("canceled", "expired")


def _from_subscriptions(basis: Basis) -> ir.Table:
    """Each subscription while it is billed: from its start (after its trial) to its end.

    A subscription that is cancelled or expired and names no end ended when it was cancelled. The definitions in force
    may say otherwise of discounts, of when it ended, and of one that is past due, unpaid or paused (rules.py).
    """
    rows = table("subscriptions")
    definitions = basis.conventions.definitions
    months = rows.interval.cases(*MONTHS_IN_INTERVAL.items())
    ended = ibis.coalesce(rows.ended_at, ibis.cases((rows.status.isin(ENDED), rows.cancelled_at)))
    monthly = (
        rows.amount.cast("float64")
        * rows.quantity.cast("float64").fill_null(1.0)
        * rules.discount_factor(rows, definitions)
        / months
    )
    in_open_trial = (rows.status == "trialing").fill_null(False) & rows.trial_ends_at.isnull()
    billed = rows.filter(~rows.status.isin(NOT_BILLED).fill_null(False) & ~in_open_trial & rows.account_id.notnull())
    priced = in_workspace_currency(
        billed.select(
            "subscription_id",
            "account_id",
            "plan",
            "product",
            "currency",
            "status",
            "interval",
            start_day=ibis.greatest(rows.started_at, ibis.coalesce(rows.trial_ends_at, rows.started_at)).date(),
            end_day=rules.service_end(rows, ended, definitions).date(),
            mrr=monthly.round(6).cast(MONEY),
            reason=rows.cancel_reason,
        ),
        "mrr",
        "start_day",
        basis,
    )
    return rules.lapsed(priced, basis)


def _converted_once(rows: ir.Table, basis: Basis) -> ir.Table:
    """`rows` (start_day, end_day, mrr, currency ...) with `mrr` in the workspace currency; currency stays.

    An amount that an account goes on paying, period after period, is one amount: it keeps the rate of the first day on
    which there is one, so that a rate that moves is no movement of MRR.
    """
    if not basis.has("fx_rates.rate"):
        return in_workspace_currency(rows, "mrr", "start_day", basis)
    rows = rows.mutate(_own=rows.mrr, _coin=rows.currency.strip().upper())
    same = ["account_id", "_coin", "_own"]
    before = rows.end_day.lag().over(ibis.window(group_by=same, order_by="start_day"))
    rows = rows.mutate(_anew=(rows.start_day > before).fill_null(False).cast("int64"))
    rows = rows.mutate(_run=rows["_anew"].sum().over(ibis.cumulative_window(group_by=same, order_by="start_day")))
    rows = in_workspace_currency(rows, "mrr", "start_day", basis)
    run = ibis.window(group_by=[*same, "_run"])
    rows = rows.mutate(_priced=ibis.cases((rows.mrr.notnull(), rows.start_day)).min().over(run))
    rate_of = ibis.cases((rows.start_day == rows["_priced"], rows.mrr)).max().over(run)
    kept = rows.mutate(mrr=ibis.cases((rows.mrr.notnull(), rate_of)))
    return kept.drop("_own", "_coin", "_anew", "_run", "_priced")


def _from_months(basis: Basis) -> ir.Table:
    """A customers-by-months sheet: each month of an account is active from its first day to the next month's."""
    rows = table("mrr_months")
    month = rows.month.truncate("M")
    return _converted_once(
        rows.filter(rows.account_id.notnull() & (rows.mrr != 0)).select(
            "account_id",
            "plan",
            "currency",
            subscription_id=rows.account_id,
            product=ibis.null("string"),
            start_day=month,
            end_day=(month.cast("timestamp") + ibis.interval(months=1)).date(),
            mrr=rows.mrr.cast(MONEY),
            reason=ibis.null("string"),
        ),
        basis,
    )


def _from_invoices(basis: Basis) -> ir.Table:
    """Recurring invoices with a service period: their amount spread over its months."""
    rows = table("invoices")
    days = rows.period_end.cast("timestamp").epoch_seconds() - rows.period_start.cast("timestamp").epoch_seconds()
    months = ibis.greatest((days / 86400 / 30.4375).round(0), 1)
    return _converted_once(
        rows.filter(
            rows.account_id.notnull()
            & rows.is_recurring.fill_null(True)
            & (rows.period_end > rows.period_start)
            & rows.refunded_amount.fill_null(0).cast("float64").__lt__(rows.amount.cast("float64"))
        ).select(
            "account_id",
            "product",
            "currency",
            subscription_id=rows.invoice_id,
            plan=rows.product,
            start_day=rows.period_start,
            end_day=rows.period_end,
            mrr=((rows.amount - rows.refunded_amount.fill_null(0)).cast("float64") / months).round(6).cast(MONEY),
            reason=ibis.null("string"),
        ),
        basis,
    )


def recurring_source(basis: Basis) -> str | None:
    """Which entity tells recurring revenue here: subscriptions, else the months sheet, else invoices, or None."""
    if basis.has("subscriptions.started_at", "subscriptions.amount"):
        return "subscriptions"
    if basis.has("mrr_months.mrr"):
        return "mrr_months"
    if basis.has("invoices.period_start", "invoices.period_end", "invoices.amount"):
        return "invoices"
    return None


BUILDERS = {"subscriptions": _from_subscriptions, "mrr_months": _from_months, "invoices": _from_invoices}
