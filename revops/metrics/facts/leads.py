"""Leads on the day they became one, an MQL, an SQL; and what became of SQLs."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from revops.metrics.core import Basis, Fact
from revops.metrics.tables import last_day, source, table
from revops.text import Text


def has_sqls(basis: Basis) -> bool:
    """The data says when leads became SQLs and which deal came of them; else deals stand in for SQLs."""
    return basis.has("leads.sql_at") and (basis.has("leads.opportunity_id") or basis.has("opportunities.lead_id"))


def _sqls(basis: Basis, *, then: bool = False) -> ir.Table:
    """SQLs on the day they became one, with the `outcome` (won, lost, open) of the deal they led to, and on which day
    it was known (null: nobody says).

    A lead without a deal is lost where it was disqualified, else still open. then: deals that were created later than
    asked().as_of, and what became of the others after it, were not known.
    """
    leads = source("leads", basis, "lead_id", "sql_at", "disqualified_at", "opportunity_id")
    deals = table("opportunities")
    if then:
        deals = deals.filter(deals.created_at.date() <= last_day())
    rows = leads.filter(leads.sql_at.notnull()).mutate(day=leads.sql_at.date())
    named = deals.select(_deal=deals.opportunity_id, _named=deals.status, _named_on=deals.closed_at)
    rows = rows.left_join(named, rows.opportunity_id == named._deal).drop("_deal")
    pointing = deals.filter(deals.lead_id.notnull())
    earliest = ibis.window(group_by="lead_id", order_by=["created_at", "opportunity_id"])
    pointing = pointing.mutate(_nth=ibis.row_number().over(earliest))
    pointing = pointing.filter((pointing._nth == 0) & pointing.status.notnull()).select(
        _lead=pointing.lead_id, _pointing=pointing.status, _pointing_on=pointing.closed_at
    )
    rows = rows.left_join(pointing, rows.lead_id == pointing._lead).drop("_lead")
    disqualified = ibis.cases((rows.disqualified_at.notnull(), "lost"), else_="open")
    known = ibis.cases(
        (rows._named.notnull(), rows._named_on),
        (rows._pointing.notnull(), rows._pointing_on),
        else_=rows.disqualified_at,
    )
    told = rows.mutate(outcome=ibis.coalesce(rows._named, rows._pointing, disqualified), known_on=known.date())
    return told.drop("_named", "_named_on", "_pointing", "_pointing_on")


def _sqls_or_deals(basis: Basis, *, then: bool = False) -> ir.Table:
    if has_sqls(basis):
        return _sqls(basis, then=then)
    rows = source("opportunities", basis, "created_at", "closed_at", "status")
    kept = rows.filter(rows.created_at.notnull())
    return kept.mutate(day=kept.created_at.date(), outcome=kept.status, known_on=kept.closed_at.date())


SQLS = Fact(
    key="sqls",
    label=Text("SQLs, else opportunities, by the day they were created", "SQL, иначе сделки, по дате создания"),
    entity="opportunities",
    entity_for=lambda b: "leads" if has_sqls(b) else "opportunities",
    needs=("opportunities.created_at", "opportunities.status"),
    rows=_sqls_or_deals,
    then=lambda b: _sqls_or_deals(b, then=True),
)


def _lead_fact(field: str, key: str, label: Text) -> Fact:
    def rows(basis: Basis) -> ir.Table:
        leads = source("leads", basis, field)
        return leads.filter(leads[field].notnull()).mutate(day=leads[field].date())

    return Fact(key=key, label=label, entity="leads", needs=(f"leads.{field}",), rows=rows)


LEADS = _lead_fact("created_at", "leads", Text("leads", "лиды"))
MQLS = _lead_fact("mql_at", "mqls", Text("MQLs", "MQL"))
SQL_LEADS = _lead_fact("sql_at", "sql_leads", Text("SQLs", "SQL"))
