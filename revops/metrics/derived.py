"""Tables derived from the shared model and kept in the workspace: built when a load changed their inputs.

Recurring revenue is derived from change events: work grows with the number of changes, never with accounts x months.
Sources: metrics contract, "Recurring revenue" and "Money".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics import rules
from revops.metrics.core import Basis
from revops.metrics.tables import KEY, MONEY, table
from revops.metrics.target_spans import spans
from revops.workspace.derived import Keyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """rows: the table's content. inputs: the entities it is computed from. uses: other derived tables it reads.

    definitions: the rules of the definitions in force that its rows depend on, beside those of the tables it uses.
    keyed: what its rows for one key come from, where that is all they come from.
    """

    name: str
    rows: Callable[[Basis], ir.Table]
    schema: dict[str, str]
    inputs: tuple[str, ...]
    uses: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    keyed: Keyed | None = None

    @property
    def table(self) -> ir.Table:
        """The stored table, unbound, to build on."""
        return ibis.table(self.schema, name=self.name, database="derived")


# --- money ------------------------------------------------------------------------------------------------------


def _fx_steps(basis: Basis) -> ir.Table:
    """Each rate holds from its date to the day before the currency's next one."""
    rates = table("fx_rates")
    by_currency = ibis.window(group_by="code", order_by="from_day")
    return (
        rates.filter(rates.rate.notnull() & rates.date.notnull())
        .select(code=rates.currency.strip().upper(), from_day=rates.date, rate=rates.rate)
        .mutate(to_day=_.from_day.lead().over(by_currency))
    )


FX_STEPS = Derived(
    name="fx_steps",
    rows=_fx_steps,
    schema={"code": "string", "from_day": "date", "rate": "decimal(24, 6)", "to_day": "date"},
    inputs=("fx_rates",),
)


def in_workspace_currency(
    rows: ir.Table, amount: str, day: str, basis: Basis, *, currency: str = "currency"
) -> ir.Table:
    """`rows` with `amount` converted at the rate of its own `day` (latest on or before it).

    Null where there is no such rate: a gap to report, never 1. An amount that names no currency is in the
    workspace's own.
    """
    own = basis.conventions.currency
    code = rows[currency].strip().upper().fill_null(own)
    if not basis.has("fx_rates.rate"):
        return rows.mutate(**{amount: ibis.cases((code == own, rows[amount].cast(MONEY)))})
    steps = FX_STEPS.table
    priced = rows.mutate(_code=code).left_join(
        steps,
        [
            _._code == steps.code,
            _[day] >= steps.from_day,
            (_[day] < steps.to_day) | steps.to_day.isnull(),
        ],
    )
    rate = ibis.cases((priced._code == own, ibis.literal(1.0)), else_=priced.rate.cast("float64"))
    converted = (priced[amount].cast("float64") * rate).round(6).cast(MONEY)
    same = ibis.cases((priced._code == own, priced[amount].cast(MONEY)), else_=converted)
    return priced.mutate(**{amount: same}).drop("_code", "code", "from_day", "to_day", "rate")


# --- recurring revenue ------------------------------------------------------------------------------------------

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


_BUILDERS = {"subscriptions": _from_subscriptions, "mrr_months": _from_months, "invoices": _from_invoices}


def _subscription_mrr(basis: Basis) -> ir.Table:
    rows = _BUILDERS[recurring_source(basis) or "subscriptions"](basis)
    rows = rules.of_customers(rows, basis.conventions.definitions)
    lasting = rows.start_day.notnull() & (rows.end_day.isnull() | (rows.end_day > rows.start_day))
    return rows.filter(lasting).select(list(SUBSCRIPTION_MRR.schema))


SUBSCRIPTION_MRR = Derived(
    name="subscription_mrr",
    rows=_subscription_mrr,
    schema={
        "subscription_id": "string",
        "account_id": "string",
        "plan": "string",
        "product": "string",
        "start_day": "date",
        "end_day": "date",
        "mrr": MONEY,
        "reason": "string",
    },
    inputs=("subscriptions", "mrr_months", "invoices", "fx_rates"),
    uses=("fx_steps",),
    definitions=rules.OF_SUBSCRIPTIONS,
)


def _account_states(basis: Basis) -> ir.Table:
    """One row an account and day on which its subscriptions changed: its state before and after that day.

    active_*: how many subscriptions; plan_*: the plan with the most MRR. kind: the movement, null where MRR did not
    move (a change of plan at the same price nets out):
      new          MRR 0 before and never paid
      reactivation no subscription before, but it once paid (definitions: not longer ago than so many days, else new)
      expansion    MRR rose and the account was a customer
      contraction  MRR fell and the account still is one (also to 0: a 100 % discount keeps the customer)
      churn        no subscription left
    delta = mrr_after - mrr_before, so that end = start + the sum of all deltas, always.
    """
    subs = SUBSCRIPTION_MRR.table
    changes = subs.select("account_id", day=subs.start_day).union(
        subs.filter(subs.end_day.notnull()).select("account_id", day=subs.end_day), distinct=True
    )
    running = changes.left_join(
        subs,
        [
            changes.account_id == subs.account_id,
            changes.day >= subs.start_day,
            (changes.day < subs.end_day) | subs.end_day.isnull(),
        ],
    )
    after = running.group_by("account_id", "day").agg(
        mrr_after=_.mrr.sum().fill_null(0).cast(MONEY),
        active_after=_.subscription_id.count(),
        plan_after=_.plan.first(order_by=[ibis.desc(_.mrr.fill_null(0)), _.plan]),
    )
    ends = subs.filter(subs.end_day.notnull() & subs.reason.notnull())
    reasons = ends.group_by("account_id", day=ends.end_day).agg(
        reason=_.reason.first(order_by=[ibis.desc(_.mrr.fill_null(0)), _.reason])
    )
    order = ibis.window(group_by="account_id", order_by="day")
    earlier = ibis.cumulative_window(group_by="account_id", order_by="day")
    states = (
        after.left_join(reasons, ["account_id", "day"])
        .drop("account_id_right", "day_right")
        .mutate(
            mrr_before=_.mrr_after.lag().over(order).fill_null(0).cast(MONEY),
            active_before=_.active_after.lag().over(order).fill_null(0),
            plan_before=_.plan_after.lag().over(order),
            first_day=_.day.min().over(ibis.window(group_by="account_id")),
            peak=_.mrr_after.max().over(earlier),
            left=_.day.lag().over(order),
        )
        .mutate(paid_before=(_.peak.lag().over(order) > 0).fill_null(False))
    )
    kind = ibis.cases(
        ((states.active_after == 0) & (states.active_before > 0), "churn"),
        (
            (states.active_before == 0) & (states.active_after > 0),
            rules.came_back(states, basis.conventions.definitions),
        ),
        ((states.mrr_before == 0) & (states.mrr_after > 0) & ~states.paid_before, "new"),
        (states.mrr_after > states.mrr_before, "expansion"),
        (states.mrr_after < states.mrr_before, "contraction"),
    )
    return states.mutate(kind=kind, delta=(states.mrr_after - states.mrr_before).cast(MONEY)).select(
        list(ACCOUNT_STATES.schema)
    )


ACCOUNT_STATES = Derived(
    name="account_states",
    rows=_account_states,
    schema={
        "account_id": "string",
        "day": "date",
        "mrr_before": MONEY,
        "mrr_after": MONEY,
        "active_before": "int64",
        "active_after": "int64",
        "plan_before": "string",
        "plan_after": "string",
        "paid_before": "boolean",
        "first_day": "date",
        "kind": "string",
        "delta": MONEY,
        "reason": "string",
    },
    inputs=SUBSCRIPTION_MRR.inputs,
    uses=("subscription_mrr",),
    definitions=rules.OF_STATES,
    keyed=Keyed("subscription_mrr", "account_id"),
)


def _target_spans(basis: Basis) -> ir.Table:
    return spans(basis).select(list(TARGET_SPANS.schema))


TARGET_SPANS = Derived(
    name="target_spans",
    rows=_target_spans,
    schema={
        "metric": "string",
        "period": "string",
        "segment": "string",
        "extra": "string",
        KEY: "string",
        "asked": "string",
        "day": "date",
        "until": "date",
        "months": "int64",
        "value": "float64",
    },
    inputs=("targets",),
)

DERIVED: tuple[Derived, ...] = (FX_STEPS, SUBSCRIPTION_MRR, ACCOUNT_STATES, TARGET_SPANS)
DERIVED_BY_NAME: dict[str, Derived] = {d.name: d for d in DERIVED}
