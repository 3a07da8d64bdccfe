"""Tables derived from the shared model and kept in the workspace: built when a load changed their inputs.

Recurring revenue is derived from change events: work grows with the number of changes, never with accounts x months.
Sources: metrics contract, "Recurring revenue" and "Money".
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics import rules
from revops.metrics.billed import BUILDERS, recurring_source
from revops.metrics.core import Basis
from revops.metrics.currency import FX_STEPS, Derived, in_workspace_currency
from revops.metrics.tables import KEY, MONEY, table
from revops.metrics.target_spans import spans
from revops.workspace.derived import Keyed

__all__ = [
    "ACCOUNT_STATES",
    "DERIVED",
    "DERIVED_BY_NAME",
    "FX_STEPS",
    "LEAD_DEALS",
    "PIPELINES",
    "STAGE_DAYS",
    "SUBSCRIPTION_MRR",
    "TARGET_SPANS",
    "TENURES",
    "Derived",
    "in_workspace_currency",
    "recurring_source",
]


def _subscription_mrr(basis: Basis) -> ir.Table:
    rows = BUILDERS[recurring_source(basis) or "subscriptions"](basis)
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
    keyed=Keyed("derived.subscription_mrr", "account_id"),
)


def _tenures(basis: Basis) -> ir.Table:
    """One row an account that ever was a customer: the day it came, when it first left (null: it never did), and the
    plan it came with. What was not known yet on an earlier day is what lies after that day.
    """
    states = ACCOUNT_STATES.table
    came = states.mutate(born=states.day.min(where=states.active_after > 0).over(ibis.window(group_by="account_id")))
    came = came.filter(came.born.notnull(), came.day >= came.born)
    return came.group_by("account_id", "born").agg(
        gone=came.day.min(where=came.active_after == 0), plan=came.plan_after.max(where=came.day == came.born)
    )


TENURES = Derived(
    name="tenures",
    rows=_tenures,
    schema={"account_id": "string", "born": "date", "gone": "date", "plan": "string"},
    inputs=SUBSCRIPTION_MRR.inputs,
    uses=("account_states",),
    keyed=Keyed("derived.account_states", "account_id"),
)


def _stage_days(basis: Basis) -> ir.Table:
    """One row a deal and stage (folded) that it ever entered: the first day. As known on an earlier day it is the same,
    or not yet."""
    events = table("stage_events")
    events = events.filter(events.opportunity_id.notnull() & events.entered_at.notnull())
    return events.group_by("opportunity_id", stage=events.stage.strip().lower()).agg(
        first_day=events.entered_at.date().min()
    )


STAGE_DAYS = Derived(
    name="stage_days",
    rows=_stage_days,
    schema={"opportunity_id": "string", "stage": "string", "first_day": "date"},
    inputs=("stage_events",),
    keyed=Keyed("stage_events", "opportunity_id", ("opportunity_id", "stage", "entered_at")),
)


def _pipelines(basis: Basis) -> ir.Table:
    """One row a pipeline ("" for deals that name none): its deals, and how many of them have a stage history."""
    deals = table("opportunities").select("opportunity_id", "pipeline")
    dated = STAGE_DAYS.table.select(_of=STAGE_DAYS.table.opportunity_id).distinct()
    rows = deals.left_join(dated, deals.opportunity_id == dated["_of"])
    return rows.group_by(pipeline=rows.pipeline.fill_null("")).agg(deals=rows.count(), with_history=rows["_of"].count())


PIPELINES = Derived(
    name="pipelines",
    rows=_pipelines,
    schema={"pipeline": "string", "deals": "int64", "with_history": "int64"},
    inputs=("opportunities", "stage_events"),
    uses=("stage_days",),
)


def _lead_deals(basis: Basis) -> ir.Table:
    """One row a lead: the first deal of its account created on the lead's day or later, of several created at one
    moment that of the first id. As known on an earlier day it is the same, or not there yet.

    Leads and deals are laid on one line an account and looked through once: pairs of all of them would grow with the
    square of how many an account has.
    """
    leads, deals = table("leads"), table("opportunities")
    came = leads.filter(leads.account_id.notnull() & leads.created_at.notnull()).select(
        _account="account_id", _at=leads.created_at.truncate("D"), _made=ibis.null("timestamp"), lead_id="lead_id"
    )
    theirs = deals.filter(deals.account_id.notnull() & deals.created_at.notnull())
    made = theirs.select(_account="account_id", _at="created_at", _made="created_at", lead_id=ibis.null("string"))
    line = came.union(made)
    from_here = ibis.window(  # of one moment leads come first: they have no deal of their own
        group_by="_account", order_by=["_at", line["_made"].asc(nulls_first=True)], preceding=0, following=None
    )
    told = line.select("lead_id", "_account", _next=line["_made"].min().over(from_here))
    told = told.filter(told.lead_id.notnull() & told["_next"].notnull())
    named = theirs.select(_deal="opportunity_id", _of="account_id", _on="created_at")
    pairs = told.join(named, [told["_account"] == named["_of"], told["_next"] == named["_on"]])
    return pairs.group_by("lead_id").agg(opportunity_id=pairs["_deal"].min())


LEAD_DEALS = Derived(
    name="lead_deals",
    rows=_lead_deals,
    schema={"lead_id": "string", "opportunity_id": "string"},
    inputs=("leads", "opportunities"),
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

DERIVED: tuple[Derived, ...] = (
    FX_STEPS, SUBSCRIPTION_MRR, ACCOUNT_STATES, TENURES, STAGE_DAYS, PIPELINES, LEAD_DEALS, TARGET_SPANS,
)  # fmt: skip
DERIVED_BY_NAME: dict[str, Derived] = {d.name: d for d in DERIVED}
