"""What waits for somebody on the last day that counts: late leads, slipped and stale deals, customers at risk.

Each is one statement: a row a record, with what is at stake and since when it is due.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from revops.analysis.core import View
from revops.errors import NotComputable
from revops.metrics import defaults
from revops.metrics.core import Basis
from revops.metrics.derived import SUBSCRIPTION_MRR, in_workspace_currency
from revops.metrics.facts.expected import STAGE_STAYS
from revops.metrics.facts.lead_steps import OUTBOUND, RESPONSES
from revops.metrics.facts.recurring import RECURRING
from revops.metrics.facts.risk import AT_RISK, INVOICES, TICKETS
from revops.metrics.tables import looked_at, table

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

LEAD, SLIPPED, STALE, RISK = "late_lead", "slipped_deal", "stale_deal", "at_risk"
PATIENCE = 2  # a deal is stale after so many times the median stay of won deals in its stage
MOST = 1000  # records of a kind that are listed; how many there are is told
DEAL = ("opportunities.created_at", "opportunities.status")
NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    LEAD: (("leads.created_at", "leads.first_response_at"), ("leads.created_at", *OUTBOUND)),
    SLIPPED: ((*DEAL, "opportunities.expected_close_at"),),
    STALE: (tuple(STAGE_STAYS.needs),),
    RISK: (
        (*RECURRING[0], "subscriptions.ended_at"),
        *((*group, *asked) for group in RECURRING for asked in (TICKETS, INVOICES)),
    ),
}
COLUMNS = ("record", "name", "account", "owner", "since", "amount", "waited", "usual", "told", "total")


def can_tell(kind: str, basis: Basis) -> bool:
    return any(basis.has(*group) for group in NEEDS[kind])


def listed(engine: Engine, view: View, kind: str) -> tuple[pd.DataFrame, str] | None:
    """At most MOST records of the kind, the largest amount first; None where the filters cannot be told of it.

    Columns: COLUMNS. waited: days since it is due (leads: since they came); usual: days won deals stay in the stage;
    told: the stage, or the reasons of a risk joined by "+"; total: how many records there are.
    """
    rows: Callable[[Basis], ir.Table] = {LEAD: _leads, SLIPPED: _slipped, STALE: _stale, RISK: _at_risk}[kind]
    relation = {LEAD: "leads", RISK: "accounts"}.get(kind, "opportunities")

    def build() -> ir.Table:
        kept = engine.keep(rows(engine.basis), relation, view.where)
        named = _named(kept, engine.basis)
        found = named.select(
            record=named.record,
            name=named.title,
            account=ibis.coalesce(named.account_name, named.account_id),
            owner=ibis.coalesce(named.owner_of, named.account_owner) if kind == RISK else named.owner_of,
            since=named.since,
            amount=named.at_stake.cast("float64"),
            waited=named.waited.cast("float64"),
            usual=named.usual.cast("float64"),
            told=named.told,
        )
        counted = found.mutate(total=found.count().over(ibis.window()))
        order = [ibis.desc(counted.amount.fill_null(0.0)), ibis.desc(counted.since), counted.record, counted.told]
        return counted.order_by(order).limit(MOST)

    try:
        return engine.told(("actions", kind), build, period=view.period, as_of=view.as_of, where=view.where)
    except NotComputable:
        return None


def worth_of_a_lead(engine: Engine, view: View) -> tuple[float | None, str]:
    """What the leads of the year up to as_of have brought on average: won amounts of deals that came of a lead, by the
    day they closed, over the leads that came. None where no link, amount or lead tells it."""
    basis = engine.basis
    linked = basis.has("leads.opportunity_id") or basis.has("opportunities.lead_id")
    if not linked or not basis.has("opportunities.amount", "opportunities.closed_at", "leads.created_at"):
        return None, ""
    frame, sql = engine.told(
        ("actions", "worth"), lambda: _worth(basis), period=view.period, as_of=view.as_of, where={}
    )
    row = frame.iloc[0]
    if not row["leads"] or pd.isna(row["won"]):
        return None, sql
    return float(row["won"]) / float(row["leads"]), sql


def _worth(basis: Basis) -> ir.Table:
    looked = looked_at()
    until = looked.as_of.as_scalar()
    since = (until.cast("timestamp") - ibis.interval(years=1)).date()
    leads = table("leads")
    came = leads.filter(leads.created_at.date() > since, leads.created_at.date() <= until)
    deals = table("opportunities")
    named = leads.filter(leads.opportunity_id.notnull()).opportunity_id
    won = deals.filter(
        deals.status == "won",
        deals.closed_at.date() > since,
        deals.closed_at.date() <= until,
        deals.lead_id.notnull() | deals.opportunity_id.isin(named),
    ).mutate(day=deals.closed_at.date())
    priced = in_workspace_currency(won, "amount", "day", basis)
    counted = came.agg(leads=came.count())
    return counted.cross_join(priced.agg(won=priced.amount.sum().cast("float64"))).select("leads", "won")


# --- one kind each: record, title, account_id, owner_of, since, at_stake, waited, usual, told -------------------------


def _named(rows: ir.Table, basis: Basis) -> ir.Table:
    """With the account's name and owner."""
    others = table("accounts").select(_of=_.account_id, account_name=_.name, account_owner=_.owner)
    return rows.left_join(others, rows.account_id == others["_of"]).drop("_of")


def _leads(basis: Basis) -> ir.Table:
    """Leads nobody answered within the SLA that are not disqualified and have not moved on; the amount is not known."""
    as_of = looked_at().as_of.as_scalar()
    rows = RESPONSES.rows(basis)
    over = as_of.cast("timestamp").epoch_seconds() + 86400
    waiting = (over - rows.created_at.epoch_seconds()) / 3600
    unanswered = rows.filter(
        rows.day <= as_of,
        rows.waited.isnull() | (rows.answered_on > as_of),
        waiting > rows.goal,
        as_of.delta(rows.day, unit="day") <= defaults.handoff_days(basis.conventions),
        rows.disqualified_at.isnull() | (rows.disqualified_at.date() > as_of),
        rows.sql_at.isnull() | (rows.sql_at.date() > as_of),
        rows.opportunity_id.isnull(),
    )
    due = unanswered.created_at + ibis.interval(hours=round(defaults.response_sla_hours(basis.conventions)))
    return unanswered.mutate(
        record=unanswered.lead_id,
        title=ibis.coalesce(unanswered.email, unanswered.lead_id),
        owner_of=unanswered.owner,
        since=due.date(),
        at_stake=ibis.null("float64"),
        waited=(over - unanswered.created_at.epoch_seconds()) / 86400,
        usual=ibis.null("float64"),
        told=ibis.literal(""),
    )


def _open(rows: ir.Table, basis: Basis) -> ir.Table:
    """Deals open at as_of, the amount at the rate of the day they were created."""
    as_of = looked_at().as_of.as_scalar()
    rows = rows.filter(rows.status == "open", rows.created_at.date() <= as_of)
    return in_workspace_currency(rows.mutate(_made=rows.created_at.date()), "amount", "_made", basis).drop("_made")


def _slipped(basis: Basis) -> ir.Table:
    as_of = looked_at().as_of.as_scalar()
    rows = _open(table("opportunities"), basis)
    late = rows.filter(rows.expected_close_at < as_of)
    return late.mutate(
        record=late.opportunity_id,
        title=ibis.coalesce(late["name"], late.opportunity_id),
        owner_of=late.owner,
        since=late.expected_close_at,
        at_stake=late.amount.cast("float64"),
        waited=as_of.delta(late.expected_close_at, unit="day"),
        usual=ibis.null("float64"),
        told=ibis.literal(""),
    )


def _stale(basis: Basis) -> ir.Table:
    as_of = looked_at().as_of.as_scalar()
    stays = STAGE_STAYS.rows(basis)
    stays = stays.filter(stays.left_on.isnull(), stays.usual.notnull(), stays.day <= as_of)
    rows = _open(stays.rename(entered="day"), basis)
    stayed = as_of.delta(rows.entered, unit="day")
    stuck = rows.mutate(stayed_now=stayed).filter(stayed > PATIENCE * rows.usual)
    due = (stuck.entered.cast("timestamp").epoch_seconds() + PATIENCE * stuck.usual * 86400).cast("int64")
    return stuck.mutate(
        record=stuck.opportunity_id,
        title=ibis.coalesce(stuck["name"], stuck.opportunity_id),
        owner_of=stuck.owner,
        since=due.as_timestamp("s").date(),
        at_stake=stuck.amount.cast("float64"),
        waited=stuck.stayed_now,
        told=stuck.stage,
    )


def _at_risk(basis: Basis) -> ir.Table:
    """Customers with a sign of leaving that holds at as_of; the amount is their ARR then."""
    as_of = looked_at().as_of.as_scalar()
    rows = AT_RISK.rows(basis)
    signs = rows.filter(rows.day <= as_of, rows.last > as_of)
    known = signs.group_by("account_id").agg(
        since=signs.day.min(),
        plan=signs.plan.max(),
        told=signs.reason_at_risk.collect(distinct=True).sort().join("+"),
    )
    subs = SUBSCRIPTION_MRR.table
    paid = subs.filter(subs.start_day <= as_of, subs.end_day.isnull() | (subs.end_day > as_of))
    paid = paid.group_by(_payer=paid.account_id).agg(at_stake=12 * paid.mrr.sum().cast("float64"))
    known = known.left_join(paid, known.account_id == paid["_payer"]).drop("_payer")
    return known.mutate(
        record=known.account_id,
        title=ibis.null("string"),
        owner_of=ibis.null("string"),
        waited=as_of.delta(known.since, unit="day"),
        usual=ibis.null("float64"),
    )
