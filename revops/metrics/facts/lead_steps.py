"""How leads move on: from one stage to the next, and to their first answer."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics import defaults
from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.tables import by_then, source, table
from revops.text import Text

DEAL_LINKS = (
    ("leads.opportunity_id", "opportunities.created_at"),
    ("opportunities.lead_id", "opportunities.created_at"),
)
OUTBOUND = ("activities.lead_id", "activities.occurred_at", "activities.direction")


def hours(earlier: ir.Value, later: ir.Value) -> ir.Value:
    return (later.epoch_seconds() - earlier.epoch_seconds()) / 3600


def _leads(basis: Basis, then: bool) -> ir.Table:
    """Leads with `deal_at`, when the deal was created that they name, else the first that names them.

    then: as they were known on the evening of asked().as_of.
    """
    leads = source("leads", basis, "lead_id", "created_at", "mql_at", "sql_at", "disqualified_at", "opportunity_id")
    deals = table("opportunities").select("opportunity_id", "lead_id", "created_at")
    if then:
        leads, deals = by_then(leads, "mql_at", "sql_at", "disqualified_at"), by_then(deals, "created_at")
    named = deals.select(_deal=deals.opportunity_id, _named=deals.created_at)
    rows = leads.left_join(named, leads.opportunity_id == named["_deal"]).drop("_deal")
    pointing = deals.filter(deals.lead_id.notnull())
    pointing = pointing.group_by(_lead=pointing.lead_id).agg(_pointing=pointing.created_at.min())
    rows = rows.left_join(pointing, rows.lead_id == pointing["_lead"]).drop("_lead")
    return rows.mutate(deal_at=ibis.coalesce(rows["_named"], rows["_pointing"])).drop("_named", "_pointing")


# stage -> the moments that tell that a lead reached it, its own first: a later stage has passed the earlier ones
_REACHED = {
    "mql": ("mql_at", "sql_at", "deal_at"),
    "sql": ("sql_at", "deal_at"),
    "opportunity": ("deal_at",),
}


def _step(start: str, to: str, *, then: bool = False) -> Callable[[Basis], ir.Table]:
    """Leads on the day of the earlier stage, and when they moved on (crossed_on) or were given up (gone_on).

    patience: after how many days one that did neither counts as not moving on.
    """

    def rows(basis: Basis) -> ir.Table:
        leads = _leads(basis, then)
        moments = [leads[name] for name in _REACHED[to]]
        crossed = ibis.coalesce(*moments) if len(moments) > 1 else moments[0]
        return leads.filter(leads[start].notnull()).mutate(
            day=leads[start].date(),
            crossed_on=crossed.date(),
            gone_on=leads.disqualified_at.date(),
            patience=ibis.literal(defaults.handoff_days(basis.conventions), "int64"),
        )

    return rows


def _handed(start: str, end: str, *, then: bool = False) -> Callable[[Basis], ir.Table]:
    """Leads on the day they moved on, with the days since the earlier stage; those with both dates."""

    def rows(basis: Basis) -> ir.Table:
        leads = _leads(basis, then)
        both = leads.filter(leads[start].notnull() & leads[end].notnull())
        return both.mutate(day=both[end].date(), days=hours(both[start], both[end]) / 24)

    return rows


def _step_fact(start: str, to: str, needs: tuple[str, ...], label: Text) -> Fact:
    links = DEAL_LINKS if to == "opportunity" else ()
    return Fact(
        key=f"{start.removesuffix('_at')}_to_{to}",
        label=label,
        entity="leads",
        needs=needs,
        any=links,
        rows=_step(start, to),
        then=_step(start, to, then=True),
    )


def _handoff_fact(start: str, end: str, to: str, needs: tuple[str, ...], label: Text) -> Fact:
    links = DEAL_LINKS if to == "opportunity" else ()
    rows, known = _handed(start, end), _handed(start, end, then=True)
    return Fact(
        key=f"handed_to_{to}",
        label=label,
        entity="leads",
        needs=needs,
        any=links,
        rows=lambda b: rows(b).filter(_.days >= 0),
        then=lambda b: known(b).filter(_.days >= 0),
        left_out=(
            LeftOut(
                reason=Text("the later stage is dated before the earlier", "более поздний этап датирован раньше"),
                rows=lambda b: rows(b).filter(_.days < 0),
            ),
        ),
    )


LEADS_TO_MQL = _step_fact(
    "created_at", "mql", ("leads.created_at", "leads.mql_at"), Text("leads by creation date", "лиды по дате создания")
)
MQLS_TO_SQL = _step_fact(
    "mql_at", "sql", ("leads.mql_at", "leads.sql_at"), Text("MQLs by qualification date", "MQL по дате квалификации")
)
SQLS_TO_OPPORTUNITY = _step_fact(
    "sql_at", "opportunity", ("leads.sql_at",), Text("SQLs by qualification date", "SQL по дате квалификации")
)
HANDED_TO_SQL = _handoff_fact(
    "mql_at",
    "sql_at",
    "sql",
    ("leads.mql_at", "leads.sql_at"),
    Text("MQLs by the day they became SQLs", "MQL по дню, когда они стали SQL"),
)
HANDED_TO_OPPORTUNITY = _handoff_fact(
    "sql_at",
    "deal_at",
    "opportunity",
    ("leads.sql_at",),
    Text("SQLs by the day their deal was created", "SQL по дню создания сделки"),
)


# --- the first answer -------------------------------------------------------------------------------------------


def _first_outbound(leads: ir.Table) -> ir.Table:
    """lead, first outbound activity on it that is not older than the lead."""
    acts = table("activities")
    acts = acts.filter((acts.direction == "out") & acts.lead_id.notnull() & acts.occurred_at.notnull())
    acts = acts.select(_about=acts.lead_id, _at=acts.occurred_at)
    own = leads.select(_lead=leads.lead_id, _since=leads.created_at)
    met = acts.join(own, acts["_about"] == own["_lead"])
    met = met.filter(met["_at"] >= met["_since"])
    return met.group_by(_answered=met["_lead"]).agg(_first=met["_at"].min())


def _answers(basis: Basis, *, then: bool = False) -> ir.Table:
    """Leads on the day they were created; answered_on, waited: hours to the first answer, null while there is none.

    goal: the hours within which they are to be answered. then: as they were known on the evening of asked().as_of.
    """
    leads = source("leads", basis, "lead_id", "created_at", "first_response_at")
    leads = leads.filter(leads.created_at.notnull())
    if then:
        leads = by_then(leads, "first_response_at")
    answered: ir.Value = leads.first_response_at
    if basis.has(*OUTBOUND):
        first = _first_outbound(leads)
        leads = leads.left_join(first, leads.lead_id == first["_answered"]).drop("_answered")
        answered = ibis.coalesce(leads.first_response_at, leads["_first"])
    rows = leads.mutate(
        day=leads.created_at.date(),
        answered_on=answered.date(),
        waited=hours(leads.created_at, answered),
        goal=ibis.literal(defaults.response_sla_hours(basis.conventions), "float64"),
    )
    return rows.drop("_first") if basis.has(*OUTBOUND) else rows


RESPONSES = Fact(
    key="responses",
    label=Text("leads by creation date, with their first answer", "лиды по дате создания, с первым ответом"),
    entity="leads",
    needs=("leads.created_at",),
    any=(("leads.first_response_at",), OUTBOUND),
    rows=lambda b: _answers(b).filter(_.waited.isnull() | (_.waited >= 0)),
    then=lambda b: _answers(b, then=True).filter(_.waited.isnull() | (_.waited >= 0)),
    left_out=(
        LeftOut(
            reason=Text("answered before it was created", "ответ раньше создания"),
            rows=lambda b: _answers(b).filter(_.waited < 0),
        ),
    ),
)
