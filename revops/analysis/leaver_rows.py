"""Who left and who stayed, each with the days before: what they asked of support, and when somebody last spoke to them.

Who left is told by what customer churn counts under the definitions in force, never anew. Each is looked at up to a
day of its own: those who left up to the day they did; those who stayed all up to one day, by which half of the others
had left, so that both are seen in about the same season and no one after the decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from revops.analysis.core import View
from revops.analysis.engagement import TYPES
from revops.metrics.core import Basis, Query
from revops.metrics.derived import ACCOUNT_STATES
from revops.metrics.evaluate import parts_of
from revops.metrics.facts.tickets import SATISFIED, scale
from revops.metrics.rows import listed
from revops.metrics.tables import looked_at, table

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

LEFT, STAYED = "left", "stayed"
TICKETS = ("tickets.account_id", "tickets.opened_at")
SOLVED, CSAT = "tickets.resolved_at", "tickets.csat"
ACTIVITIES = ("activities.type", "activities.occurred_at")
BY_ACCOUNT = "activities.account_id"
BY_DEAL = ("activities.opportunity_id", "opportunities.account_id")


def has_tickets(basis: Basis) -> bool:
    return basis.has(*TICKETS)


def has_contacts(basis: Basis) -> bool:
    return basis.has(*ACTIVITIES) and (basis.has(BY_ACCOUNT) or basis.has(*BY_DEAL))


def check(engine: Engine, view: View) -> None:
    """Raises NotComputable where customer churn cannot be told, or not under the view's filters."""
    engine.check(Query(metric="logo_churn", periods=(view.period,), as_of=view.as_of, where=view.where))


def gone(engine: Engine, view: View) -> ir.Table:
    """account_id, day: those whom customer churn counts as lost, on the day they left. It reads periods("self")."""
    metric = engine.metric("logo_churn")
    lost = metric.measures[0]
    part = next(p for p in parts_of([metric]) if lost in p.measures)
    rows = listed(part, None, tuple(engine.dimension(k) for k in sorted(view.where)), engine.basis).rows
    return rows.filter(rows[lost.key] != 0).select("account_id", "day")


def left(engine: Engine, view: View) -> ir.Table:
    """account_id, day (it left), since (its first day), mrr (on the day before), plan, reason: a row a departure."""
    states = ACCOUNT_STATES.table
    rows = gone(engine, view)
    ends = states.filter(states.kind == "churn")
    ends = ends.select(
        _of=ends.account_id, _day=ends.day, since=ends.first_day, mrr=ends.mrr_before, plan=ends.plan_before,
        reason=ends.reason.strip().nullif(""),
    )  # fmt: skip
    return rows.join(ends, [rows.account_id == ends["_of"], rows.day == ends["_day"]]).drop("_of", "_day")


def stayed(engine: Engine, view: View) -> ir.Table:
    """As `left`, of the customers of the range's first day who left on none of its days; day: half had left by it."""
    start, end = looked_at().start.as_scalar(), looked_at().end.as_scalar()
    departures = gone(engine, view)
    middle = departures.agg(middle=departures.day.delta(start, unit="day").cast("float64").median().floor())
    shifted = (start.cast("timestamp") + middle.middle.cast("int64").as_interval("D")).date()
    states = ACCOUNT_STATES.table
    states = states.filter(states.day < end).cross_join(middle.select(look=shifted))
    before, by_then = states.day < start, states.day < states.look
    each = states.group_by("account_id", day=states.look).agg(
        since=states.first_day.min(),
        mrr=states.mrr_after.last(where=by_then, order_by=states.day),
        plan=states.plan_after.last(where=before, order_by=states.day),
        was=(states.active_after.last(where=before, order_by=states.day) > 0).fill_null(False),
        went=((states.day >= start) & (states.kind == "churn")).fill_null(False).cast("int64").sum(),
    )
    kept = each.filter(each.was, each.went == 0, each.day.notnull())
    kept = engine.keep(kept, "accounts", view.where)
    return kept.select("account_id", "day", "since", "mrr", "plan", reason=ibis.null("string"))


def looked(engine: Engine, view: View, days: int) -> ir.Table:
    """Both, `who` of them, with what came before: see `told`."""
    columns = ["account_id", "day", "since", "mrr", "plan", "reason"]
    one = left(engine, view).select(*columns, who=ibis.literal(LEFT))
    other = stayed(engine, view).select(*columns, who=ibis.literal(STAYED))
    return told(one.union(other), days, engine.basis)


def told(looks: ir.Table, days: int, basis: Basis) -> ir.Table:
    """The looks (account_id, day, since, ...) with what the `days` before the day held, that day left aside.

    tenure: days as a customer. tickets, open (on that day), csat (median of the marks given), contacts; tickets_before,
    contacts_before: of as many days before those; since_contact: days since the last one, ever. Null where the data on
    tickets (on contacts) begin later, or end before those days; seen_before tells it of the days before those.
    satisfied: the least mark that is.
    """
    rows = looks.mutate(tenure=looks.day.delta(looks.since, unit="day"), begins=_earlier(looks.day, days))
    if has_tickets(basis):
        rows = _with_tickets(rows, days, basis)
    if has_contacts(basis):
        rows = _with_contacts(rows, days, basis)
    return rows


def _earlier(day: ir.DateValue, days: int) -> ir.DateValue:
    return (day.cast("timestamp") - ibis.interval(days=days)).date()


def _with_tickets(rows: ir.Table, days: int, basis: Basis) -> ir.Table:
    asked = table("tickets")
    asked = asked.filter(asked.account_id.notnull(), asked.opened_at.notnull())
    asked = asked.select(
        _of=asked.account_id,
        opened=asked.opened_at.date(),
        solved=asked.resolved_at.date(),
        mark=asked.csat.cast("float64"),
        marked=ibis.coalesce(asked.resolved_at, asked.opened_at).date(),
    )
    looks = rows.select("account_id", "day", "begins")
    met = looks.join(asked, looks.account_id == asked["_of"])
    met = met.filter(met.opened < met.day)
    inside = met.opened >= met.begins
    counted = met.group_by(_who=met.account_id, _when=met.day).agg(
        tickets_=inside.cast("int64").sum(),
        tickets_before_=(~inside & (met.opened >= _earlier(met.begins, days))).cast("int64").sum(),
        open_=(met.solved.isnull() | (met.solved >= met.day)).cast("int64").sum(),
        csat_=met.mark.median(where=(met.marked >= met.begins) & (met.marked < met.day)),
    )
    span = asked.agg(first_ticket=asked.opened.min(), last_ticket=asked.opened.max())
    rows = _matched(rows, counted).cross_join(span)
    seen = (rows.begins >= rows.first_ticket) & (rows.begins <= rows.last_ticket)
    before = seen & (_earlier(rows.begins, days) >= rows.first_ticket)
    rows = rows.mutate(
        tickets=_where(seen, rows.tickets_),
        tickets_before=_where(before, rows.tickets_before_),
        open=_where(seen if basis.has(SOLVED) else ibis.literal(False), rows.open_),
        csat=ibis.cases((seen, rows.csat_)),
    )
    return _with_scale(rows).drop("tickets_", "tickets_before_", "open_", "csat_", "first_ticket", "last_ticket")


def _with_scale(rows: ir.Table) -> ir.Table:
    top = scale()
    return rows.cross_join(top.select(satisfied=top.top * SATISFIED))


def _with_contacts(rows: ir.Table, days: int, basis: Basis) -> ir.Table:
    spoken = contacts(basis)
    looks = rows.select("account_id", "day", "begins")
    met = looks.join(spoken, looks.account_id == spoken["_of"])
    met = met.filter(met.spoke < met.day)
    inside = met.spoke >= met.begins
    counted = met.group_by(_who=met.account_id, _when=met.day).agg(
        contacts_=inside.cast("int64").sum(),
        contacts_before_=(~inside & (met.spoke >= _earlier(met.begins, days))).cast("int64").sum(),
        last_=met.spoke.max(),
    )
    span = spoken.agg(first_contact=spoken.spoke.min(), last_contact=spoken.spoke.max())
    rows = _matched(rows, counted).cross_join(span)
    seen = (rows.begins >= rows.first_contact) & (rows.begins <= rows.last_contact)
    before = seen & (_earlier(rows.begins, days) >= rows.first_contact)
    rows = rows.mutate(
        contacts=_where(seen, rows.contacts_),
        contacts_before=_where(before, rows.contacts_before_),
        since_contact=ibis.cases((seen, rows.day.delta(rows.last_, unit="day"))),
    )
    return rows.drop("contacts_", "contacts_before_", "last_", "first_contact", "last_contact")


def contacts(basis: Basis) -> ir.Table:
    """_of (the account), spoke (the day): calls, meetings and emails with a customer, or about a deal of it."""
    acts = table("activities")
    acts = acts.filter(acts.type.isin(list(TYPES)), acts.occurred_at.notnull())
    acts = acts.select("account_id", "opportunity_id", spoke=acts.occurred_at.date())
    if basis.has(*BY_DEAL):
        deals = table("opportunities")
        deals = deals.select(_deal=deals.opportunity_id, _own=deals.account_id)
        acts = acts.left_join(deals, acts.opportunity_id == deals["_deal"])
        acts = acts.mutate(account_id=ibis.coalesce(acts.account_id, acts["_own"]))
    return acts.filter(acts.account_id.notnull()).select(_of=acts.account_id, spoke=acts.spoke)


def _matched(rows: ir.Table, counted: ir.Table) -> ir.Table:
    met = rows.left_join(counted, [rows.account_id == counted["_who"], rows.day == counted["_when"]])
    return met.drop("_who", "_when")


def _where(seen: ir.BooleanValue, counted: ir.IntegerColumn) -> ir.IntegerValue:
    """How many, 0 where there were none; null where nobody can know."""
    return ibis.cases((seen, counted.fill_null(0)))
