"""Journeys of leads through the whole life: lead, MQL, SQL, opportunity, won, renewed, expanded (the bow-tie)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from revops.analysis.alike import Journeys
from revops.analysis.core import View
from revops.analysis.journeys import furthest, in_order
from revops.errors import NotComputable
from revops.metrics.core import Basis
from revops.metrics.derived import ACCOUNT_STATES, LEAD_DEALS, recurring_source
from revops.metrics.tables import looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

STEPS: dict[str, Text] = {
    "lead": Text("Lead", "Лид"),
    "mql": Text("MQL", "MQL"),
    "sql": Text("SQL", "SQL"),
    "opportunity": Text("Opportunity", "Сделка"),
    "won": Text("Won", "Выиграна"),
    "renewed": Text("Renewed", "Продление"),
    "expanded": Text("Expanded", "Расширение"),
}
NO_LINK = Text(
    "Leads cannot be followed into deals: map the lead's opportunity, the deal's lead, or the account of both.",
    "Лиды нельзя проследить до сделок: сопоставьте сделку у лида, лид у сделки или компанию у обоих.",
)
BY_ACCOUNT = Text(
    "Leads name no deal, so a lead is followed to the first deal of its account created after it.",
    "У лидов не указана сделка, поэтому лид прослежен до первой сделки его компании, созданной после него.",
)
AFTER_SALE = Text(
    "Who expanded counts as having renewed, also where no renewal deal is recorded: see “Without a date of their own”.",
    "Клиент с расширением считается продлённым, даже если сделки продления нет: см. «Без своей даты».",
)


def linked_by(basis: Basis) -> str | None:
    """How leads lead to deals here: "lead" (one names the other), "account", or None."""
    if basis.has("leads.opportunity_id") or basis.has("opportunities.lead_id"):
        return "lead"
    if basis.has("leads.account_id", "opportunities.account_id"):
        return "account"
    return None


def steps_of(basis: Basis) -> tuple[str, ...]:
    """The steps that the data can tell, in order. Raises NotComputable where there is no lead and no deal."""
    steps: list[str] = []
    if basis.has("leads.created_at"):
        steps += ["lead", *(k for k in ("mql", "sql") if basis.has(f"leads.{k}_at"))]
    if basis.has("opportunities.created_at") and (not steps or linked_by(basis)):
        steps += ["opportunity", "won"]
        if basis.has("opportunities.account_id", "opportunities.type"):
            steps.append("renewed")
        if basis.has("opportunities.account_id") and (basis.has("opportunities.type") or recurring_source(basis)):
            steps.append("expanded")
    if len(steps) < 2:
        raise NotComputable(
            Text("There is no way from lead to customer to follow.", "Путь от лида до клиента не прослеживается."),
            fix=Text(
                "Map leads.created_at with leads.mql_at or leads.sql_at, or import a deals export.",
                "Сопоставьте дату создания лида и даты MQL или SQL либо загрузите выгрузку сделок.",
            ),
        )
    return tuple(steps)


def journeys(engine: Engine, steps: tuple[str, ...], view: View, *, strict: bool = False) -> ir.Table:
    """One row a lead (a new-business deal where there are no leads) that came within the view's period.

    A lead is lost where it was disqualified without a deal, or all its deals are lost (lost_day: when, where that is
    known); a customer is lost where it left. What happened after as_of is not known yet.
    """
    looked = looked_at()
    as_of = looked.as_of.as_scalar()
    rows = _leads(engine, view, as_of) if steps[0] == "lead" else _deals_alone(engine, view, as_of)
    if "renewed" in steps or "expanded" in steps:
        rows = _with_after_sale(rows, engine.basis, as_of)
    for step in STEPS:
        if f"{step}_day" in rows.columns:
            day = rows[f"{step}_day"]
            rows = rows.mutate(**{f"{step}_day": ibis.cases((day <= as_of, day))})
    rows = rows.mutate(**{f"own_{k}": rows[f"{step}_day"] for k, step in enumerate(steps, start=1)})
    rows = rows.mutate(entry=rows.own_1, reached=furthest(rows, len(steps)))
    won = steps.index("won") + 1 if "won" in steps else len(steps) + 1
    churned = rows.left if "left" in rows.columns else ibis.literal(False)
    lost = (rows.reached >= won).ifelse(churned, rows.dropped)
    rows = rows.mutate(state=lost.fill_null(False).ifelse("lost", "open"), unknown=ibis.literal(False))
    rows = rows.filter((rows.entry >= looked.start.as_scalar()) & (rows.entry < looked.end.as_scalar()))
    return in_order(rows, len(steps)) if strict else rows


def followed(engine: Engine, steps: tuple[str, ...], *, strict: bool = False) -> Journeys:
    """The journeys from lead to customer, for alike.told."""
    return Journeys(
        key=("lifecycle", steps, strict),
        relation="leads" if steps[0] == "lead" else "opportunities",
        steps=len(steps),
        rows=lambda v: journeys(engine, steps, v, strict=strict),
    )


def _leads(engine: Engine, view: View, as_of: ir.DateValue) -> ir.Table:
    """Leads with lead_day, mql_day, sql_day and, where they lead to deals, opportunity_day, won_day, dropped."""
    leads = engine.keep(_came(table("leads")), "leads", view.where)
    disqualified = (leads.disqualified_at.date() <= as_of).fill_null(False)
    leads = leads.mutate(
        lead_day=leads.created_at.date(),
        mql_day=leads.mql_at.date(),
        sql_day=leads.sql_at.date(),
        disqualified=disqualified,
    )
    links = links_of(engine.basis)
    if links is None:
        return leads.mutate(dropped=leads.disqualified, lost_day=leads.disqualified_at.date())
    outcome = _outcomes(links, as_of, one_each=linked_by(engine.basis) == "account")
    rows = leads.left_join(outcome, leads.lead_id == outcome["_lead"]).drop("_lead")
    return rows.mutate(
        dropped=rows.opportunity_day.isnull().ifelse(rows.disqualified, rows.all_lost.fill_null(False)),
        lost_day=rows.opportunity_day.isnull().ifelse(rows.disqualified_at.date(), rows.last_lost_day),
        customer=ibis.coalesce(rows.customer, rows.account_id),
    )


def _came(leads: ir.Table) -> ir.Table:
    """The leads that came within the days looked at, before anything is joined to them: the others are not told of."""
    looked = looked_at()
    day = leads.created_at.date()
    return leads.filter((day >= looked.start.as_scalar()) & (day < looked.end.as_scalar()))


def links_of(basis: Basis) -> ir.Table | None:
    """Pairs lead_id, opportunity_id; None where nothing joins them."""
    leads, deals = table("leads"), table("opportunities")
    match linked_by(basis):
        case "lead":
            named = leads.filter(leads.opportunity_id.notnull()).select("lead_id", "opportunity_id")
            pointing = deals.filter(deals.lead_id.notnull()).select("lead_id", "opportunity_id")
            return named.union(pointing, distinct=True)
        case "account":
            return LEAD_DEALS.table
    return None


def _outcomes(links: ir.Table, as_of: ir.DateValue, *, one_each: bool) -> ir.Table:
    """What became of each lead's deals by as_of: first created, first won, all lost, the account that bought.

    one_each: no lead has more than one.
    """
    deals = table("opportunities")
    deals = deals.select("account_id", "status", "created_at", "closed_at", _deal=deals.opportunity_id)
    pairs = links.inner_join(deals, links.opportunity_id == deals["_deal"])
    pairs = pairs.filter(pairs.created_at.date() <= as_of)
    closed = (pairs.closed_at.date() <= as_of).fill_null(True)
    won, lost = (pairs.status == "won") & closed, (pairs.status == "lost") & closed
    pairs = pairs.mutate(_won=won.fill_null(False), _lost=lost.fill_null(False))
    won_day = ibis.coalesce(pairs.closed_at, pairs.created_at).date()
    if one_each:
        return pairs.select(
            _lead=pairs.lead_id,
            opportunity_day=pairs.created_at.date(),
            won_day=ibis.cases((pairs["_won"], won_day)),
            all_lost=pairs["_lost"],
            last_lost_day=pairs.closed_at.date(),
            customer=ibis.cases((pairs["_won"], pairs.account_id)),
        )
    return pairs.group_by(_lead=pairs.lead_id).agg(
        opportunity_day=pairs.created_at.date().min(),
        won_day=won_day.min(where=pairs["_won"]),
        all_lost=pairs["_lost"].all(),
        last_lost_day=pairs.closed_at.date().max(),
        customer=pairs.account_id.first(where=pairs["_won"], order_by=pairs.closed_at),
    )


def _deals_alone(engine: Engine, view: View, as_of: ir.DateValue) -> ir.Table:
    """New-business deals with opportunity_day, won_day, dropped, customer: the funnel where there are no leads."""
    deals = engine.keep(table("opportunities"), "opportunities", view.where)
    deals = deals.filter(deals.type.fill_null("new") == "new")
    closed = (deals.closed_at.date() <= as_of).fill_null(True)
    won, lost = (
        ((deals.status == "won") & closed).fill_null(False),
        ((deals.status == "lost") & closed).fill_null(False),
    )
    return deals.mutate(
        opportunity_day=deals.created_at.date(),
        won_day=ibis.cases((won, ibis.coalesce(deals.closed_at, deals.created_at).date())),
        dropped=lost,
        lost_day=deals.closed_at.date(),
        customer=deals.account_id,
    )


def _with_after_sale(rows: ir.Table, basis: Basis, as_of: ir.DateValue) -> ir.Table:
    """`rows` with renewed_day, expanded_day (first after the win) and `left` (the account had left by as_of)."""
    deals = table("opportunities")
    won = deals.filter((deals.status == "won") & deals.closed_at.notnull() & deals.account_id.notnull())
    moments = won.filter(won.type.isin(["renewal", "expansion"])).select(
        _account=won.account_id, _kind=won.type, _day=won.closed_at.date()
    )
    if recurring_source(basis):
        states = ACCOUNT_STATES.table.filter(ACCOUNT_STATES.table.kind.isin(["expansion", "churn", "reactivation"]))
        moments = moments.union(states.select(_account=states.account_id, _kind=states.kind, _day=states.day))
    after = rows.filter(rows.won_day.notnull()).select(_record=_key(rows), _customer=rows.customer, _since=rows.won_day)
    pairs = after.inner_join(moments, [after["_customer"] == moments["_account"], moments["_day"] > after["_since"]])
    pairs = pairs.filter(pairs["_day"] <= as_of)
    ending = pairs.mutate(_turn=pairs["_kind"].isin(["churn", "reactivation"]))
    found = ending.group_by("_record").agg(
        renewed_day=ending["_day"].min(where=ending["_kind"] == "renewal"),
        expanded_day=ending["_day"].min(where=ending["_kind"] == "expansion"),
        left=(ending["_kind"].last(where=ending["_turn"], order_by=ending["_day"]) == "churn").fill_null(False),
    )
    joined = rows.mutate(_own=_key(rows)).left_join(found, ibis._["_own"] == found["_record"]).drop("_own", "_record")
    return joined.mutate(left=joined.left.fill_null(False))


def _key(rows: ir.Table) -> ir.StringValue:
    return rows.lead_id if "lead_day" in rows.columns else rows.opportunity_id
