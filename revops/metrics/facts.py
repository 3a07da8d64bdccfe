"""The facts that metrics count: rows that each happened on a day. One record a fact; nothing is aggregated here."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.derived import ACCOUNT_STATES, SUBSCRIPTION_MRR, in_workspace_currency
from revops.metrics.tables import MONEY, source, table
from revops.text import Text

NO_RATE = Text("no exchange rate on or before the day", "нет курса валюты на эту дату или раньше")


def _unpriced(rows: ir.Table, amount: str, day: str, basis: Basis) -> ir.Table:
    """Rows whose amount has no exchange rate."""
    named = rows.filter(rows[amount].notnull()).mutate(_given=rows[amount])
    return in_workspace_currency(named, amount, day, basis).filter(_[amount].isnull())


_DEAL = ("status", "created_at", "closed_at", "amount", "currency")

# --- sales ------------------------------------------------------------------------------------------------------


def _created(basis: Basis) -> ir.Table:
    rows = source("opportunities", basis, *_DEAL)
    return in_workspace_currency(
        rows.filter(rows.created_at.notnull()).mutate(day=rows.created_at.date()), "amount", "day", basis
    )


def _closed(basis: Basis) -> ir.Table:
    """Won and lost deals on the day they closed; the amount at that day's rate; cycle_days: created -> closed."""
    rows = source("opportunities", basis, *_DEAL)
    closed = rows.filter(rows.status.isin(["won", "lost"]) & rows.closed_at.notnull())
    seconds = closed.closed_at.epoch_seconds() - closed.created_at.epoch_seconds()
    return in_workspace_currency(
        closed.mutate(day=closed.closed_at.date(), cycle_days=seconds / 86400), "amount", "day", basis
    )


def _closed_undated(basis: Basis) -> ir.Table:
    rows = table("opportunities")
    return rows.filter(rows.status.isin(["won", "lost"]) & rows.closed_at.isnull())


def _open_steps(basis: Basis) -> ir.Table:
    """+1 the day a deal is created, -1 the day it closes: their running sum is what is open. In amounts at creation."""
    created = _created(basis)
    opened = created.mutate(sign=ibis.literal(1, "int64"))
    gone = created.filter(created.status.isin(["won", "lost"]) & created.closed_at.notnull())
    gone = gone.mutate(day=ibis.greatest(gone.closed_at, gone.created_at).date(), sign=ibis.literal(-1, "int64"))
    return opened.union(gone.select(opened.columns))


CREATED_DEALS = Fact(
    key="created_deals",
    label=Text("opportunities created", "созданные сделки"),
    entity="opportunities",
    needs=("opportunities.created_at",),
    rows=_created,
)
CREATED_AMOUNTS = Fact(
    key="created_amounts",
    label=Text("opportunities created", "созданные сделки"),
    entity="opportunities",
    needs=("opportunities.created_at", "opportunities.amount"),
    rows=_created,
    left_out=(
        LeftOut(
            reason=NO_RATE,
            rows=lambda b: _unpriced(table("opportunities").mutate(day=_.created_at.date()), "amount", "day", b),
        ),
        LeftOut(
            reason=Text("no amount", "нет суммы"),
            rows=lambda b: table("opportunities").filter(_.amount.isnull()),
        ),
    ),
)
CLOSED_DEALS = Fact(
    key="closed_deals",
    label=Text("closed opportunities", "закрытые сделки"),
    entity="opportunities",
    needs=("opportunities.closed_at", "opportunities.status"),
    rows=_closed,
    left_out=(
        LeftOut(
            reason=Text("still open", "ещё в работе"),
            rows=lambda b: table("opportunities").filter(_.status == "open"),
        ),
        LeftOut(reason=Text("closed, but with no close date", "закрыты, но без даты закрытия"), rows=_closed_undated),
    ),
)
WON_AMOUNTS = Fact(
    key="won_amounts",
    label=Text("won opportunities", "выигранные сделки"),
    entity="opportunities",
    needs=("opportunities.closed_at", "opportunities.status", "opportunities.amount"),
    rows=lambda b: _closed(b).filter(_.status == "won"),
    left_out=(
        LeftOut(
            reason=Text("won, but with no close date", "выиграны, но без даты закрытия"),
            rows=lambda b: _closed_undated(b).filter(_.status == "won"),
        ),
        LeftOut(
            reason=Text("won, but with no amount", "выиграны, но без суммы"),
            rows=lambda b: table("opportunities").filter((_.status == "won") & _.amount.isnull()),
        ),
        LeftOut(
            reason=NO_RATE,
            rows=lambda b: _unpriced(
                table("opportunities").filter(_.status == "won").mutate(day=_.closed_at.date()), "amount", "day", b
            ),
        ),
    ),
)
WON_CYCLES = Fact(
    key="won_cycles",
    label=Text("won opportunities", "выигранные сделки"),
    entity="opportunities",
    needs=("opportunities.closed_at", "opportunities.created_at", "opportunities.status"),
    rows=lambda b: _closed(b).filter((_.status == "won") & (_.cycle_days >= 0)),
    left_out=(
        LeftOut(
            reason=Text("closed before it was created", "закрыта раньше, чем создана"),
            rows=lambda b: _closed(b).filter((_.status == "won") & (_.cycle_days < 0)),
        ),
    ),
)
OPEN_DEALS = Fact(
    key="open_deals",
    label=Text("open opportunities", "сделки в работе"),
    entity="opportunities",
    needs=("opportunities.created_at", "opportunities.status", "opportunities.amount"),
    rows=_open_steps,
    left_out=(
        LeftOut(
            reason=Text("open, but with no amount", "в работе, но без суммы"),
            rows=lambda b: table("opportunities").filter((_.status == "open") & _.amount.isnull()),
        ),
        LeftOut(reason=Text("closed, but with no close date", "закрыты, но без даты закрытия"), rows=_closed_undated),
    ),
)

# --- leads ------------------------------------------------------------------------------------------------------


def has_sqls(basis: Basis) -> bool:
    """The data says when leads became SQLs and which deal came of them; else deals stand in for SQLs."""
    return basis.has("leads.sql_at") and (basis.has("leads.opportunity_id") or basis.has("opportunities.lead_id"))


def _sqls(basis: Basis) -> ir.Table:
    """SQLs on the day they became one, with the `outcome` (won, lost, open) of the deal they led to.

    A lead without a deal is lost where it was disqualified, else still open.
    """
    leads = source("leads", basis, "lead_id", "sql_at", "disqualified_at", "opportunity_id")
    deals = table("opportunities")
    rows = leads.filter(leads.sql_at.notnull()).mutate(day=leads.sql_at.date())
    named = deals.select(_deal=deals.opportunity_id, _named=deals.status)
    rows = rows.left_join(named, rows.opportunity_id == named._deal).drop("_deal")
    pointing = deals.filter(deals.lead_id.notnull())
    pointing = pointing.group_by(_lead=pointing.lead_id).agg(
        _pointing=pointing.status.first(order_by=[pointing.created_at, pointing.opportunity_id])
    )
    rows = rows.left_join(pointing, rows.lead_id == pointing._lead).drop("_lead")
    disqualified = ibis.cases((rows.disqualified_at.notnull(), "lost"), else_="open")
    return rows.mutate(outcome=ibis.coalesce(rows._named, rows._pointing, disqualified)).drop("_named", "_pointing")


def _sqls_or_deals(basis: Basis) -> ir.Table:
    if has_sqls(basis):
        return _sqls(basis)
    rows = source("opportunities", basis, "created_at", "status")
    kept = rows.filter(rows.created_at.notnull())
    return kept.mutate(day=kept.created_at.date(), outcome=kept.status)


SQLS = Fact(
    key="sqls",
    label=Text("SQLs, else opportunities, by the day they were created", "SQL, иначе сделки, по дате создания"),
    entity="opportunities",
    entity_for=lambda b: "leads" if has_sqls(b) else "opportunities",
    needs=("opportunities.created_at", "opportunities.status"),
    rows=_sqls_or_deals,
)


def _lead_fact(field: str, key: str, label: Text) -> Fact:
    def rows(basis: Basis) -> ir.Table:
        leads = source("leads", basis, field)
        return leads.filter(leads[field].notnull()).mutate(day=leads[field].date())

    return Fact(key=key, label=label, entity="leads", needs=(f"leads.{field}",), rows=rows)


LEADS = _lead_fact("created_at", "leads", Text("leads", "лиды"))
MQLS = _lead_fact("mql_at", "mqls", Text("MQLs", "MQL"))
SQL_LEADS = _lead_fact("sql_at", "sql_leads", Text("SQLs", "SQL"))

# --- spend ------------------------------------------------------------------------------------------------------


def _spend(basis: Basis) -> ir.Table:
    rows = source("spend", basis, "date", "amount", "currency", "department")
    return in_workspace_currency(rows.filter(rows.date.notnull()).mutate(day=rows.date), "amount", "day", basis)


SALES_AND_MARKETING = ["marketing", "sales"]
SPEND = Fact(
    key="spend",
    label=Text("sales and marketing spend lines", "строки расходов на маркетинг и продажи"),
    entity="spend",
    needs=("spend.amount", "spend.date"),
    rows=lambda b: _spend(b).filter(_.department.isin(SALES_AND_MARKETING)),
    left_out=(
        LeftOut(
            reason=Text("spend of other departments", "расходы других отделов"),
            rows=lambda b: table("spend").filter(_.department.notin(SALES_AND_MARKETING)),
        ),
        LeftOut(
            reason=Text("spend that names no department", "расходы без указания отдела"),
            rows=lambda b: table("spend").filter(_.department.isnull()),
        ),
        LeftOut(
            reason=NO_RATE,
            rows=lambda b: _unpriced(table("spend").mutate(day=_.date), "amount", "day", b),
        ),
    ),
)

# --- customers and recurring revenue ----------------------------------------------------------------------------

RECURRING = (
    ("subscriptions.started_at", "subscriptions.amount"),
    ("mrr_months.mrr",),
    ("invoices.period_start", "invoices.period_end", "invoices.amount"),
)
WON = ("opportunities.closed_at", "opportunities.status", "opportunities.account_id")

_RECURRING_LEFT_OUT = (
    LeftOut(
        reason=Text("subscriptions with no billing interval", "подписки без периода оплаты"),
        rows=lambda b: table("subscriptions").filter(_.interval.isnull()),
    ),
    LeftOut(
        reason=Text("drafts, never billed", "черновики, счёт не выставлялся"),
        rows=lambda b: table("subscriptions").filter(_.status == "draft"),
    ),
    LeftOut(
        reason=Text("on trial, not paid yet", "в пробном периоде, ещё не оплачены"),
        rows=lambda b: table("subscriptions").filter((_.status == "trialing") & _.trial_ends_at.isnull()),
    ),
    LeftOut(
        reason=Text("ended within the trial or before it began", "закончились в пробном периоде или до начала"),
        rows=lambda b: table("subscriptions").filter(
            ibis.greatest(_.started_at, ibis.coalesce(_.trial_ends_at, _.started_at)).date() >= _.ended_at.date()
        ),
    ),
    LeftOut(
        reason=NO_RATE,
        rows=lambda b: _unpriced(table("subscriptions").mutate(day=_.started_at.date()), "amount", "day", b),
    ),
)


def _subscription_steps(basis: Basis) -> ir.Table:
    """+mrr the day a subscription starts to bill, -mrr the day it ends: their running sum is MRR."""
    subs = SUBSCRIPTION_MRR.table
    began = subs.mutate(day=subs.start_day, mrr_step=subs.mrr)
    ended = subs.filter(subs.end_day.notnull()).mutate(day=subs.end_day, mrr_step=(-subs.mrr).cast(MONEY))
    return began.union(ended)


MRR_STEPS = Fact(
    key="mrr_steps",
    label=Text("subscriptions", "подписки"),
    entity="subscriptions",
    needs=(),
    any=RECURRING,
    rows=_subscription_steps,
    left_out=_RECURRING_LEFT_OUT,
)


def _state_steps(basis: Basis) -> ir.Table:
    """The change of each account's state, booked on its plan of that side: + the state after, - the state before."""
    states = ACCOUNT_STATES.table
    after = states.mutate(
        plan=states.plan_after, mrr_step=states.mrr_after, customer_step=(states.active_after > 0).cast("int64")
    )
    before = states.mutate(
        plan=states.plan_before,
        mrr_step=(-states.mrr_before).cast(MONEY),
        customer_step=-((states.active_before > 0).cast("int64")),
    )
    return after.union(before)


CUSTOMER_STEPS = Fact(
    key="customer_steps",
    label=Text("customers", "клиенты"),
    entity="accounts",
    needs=(),
    any=RECURRING,
    rows=_state_steps,
    left_out=_RECURRING_LEFT_OUT,
)


def _movements(basis: Basis) -> ir.Table:
    states = ACCOUNT_STATES.table
    return states.mutate(plan=ibis.cases((states.active_before > 0, states.plan_before), else_=states.plan_after))


MOVEMENTS = Fact(
    key="movements",
    label=Text("changes of customers' MRR", "изменения MRR клиентов"),
    entity="movements",
    needs=(),
    any=RECURRING,
    rows=_movements,
    left_out=_RECURRING_LEFT_OUT,
)


def _new_customers(basis: Basis) -> ir.Table:
    """Accounts on the day of their first ever activation, else of their first won new-business deal."""
    parts: list[ir.Table] = []
    if any(basis.has(*group) for group in RECURRING):
        subs = SUBSCRIPTION_MRR.table
        parts.append(subs.select("account_id", "plan", day=subs.start_day, activation=ibis.literal(1, "int64")))
    if basis.has(*WON):
        deals = table("opportunities")
        won = deals.filter(
            (deals.status == "won")
            & deals.closed_at.notnull()
            & deals.account_id.notnull()
            & (deals.type.fill_null("new") == "new")
        )
        parts.append(
            won.select(
                "account_id",
                plan=ibis.null("string"),
                day=won.closed_at.date(),
                activation=ibis.literal(0, "int64"),
            )
        )
    rows = parts[0].union(parts[1]) if len(parts) == 2 else parts[0]
    order = [ibis.desc(rows.activation), rows.day, rows.plan]
    return rows.group_by("account_id").agg(
        day=rows.day.first(order_by=order), plan=rows.plan.first(order_by=order), by_deal=(rows.activation.max() == 0)
    )


NEW_CUSTOMERS = Fact(
    key="new_customers",
    label=Text(
        "customers by their first activation, else first won deal",
        "клиенты по первой активации, иначе первой выигранной сделке",
    ),
    entity="accounts",
    needs=(),
    any=(*RECURRING, WON),
    rows=_new_customers,
    left_out=(
        LeftOut(
            reason=Text("won deals that name no company", "выигранные сделки без компании"),
            rows=lambda b: table("opportunities").filter((_.status == "won") & _.account_id.isnull()),
        ),
    ),
)


def _started(basis: Basis) -> ir.Table:
    rows = source("subscriptions", basis, "started_at")
    return rows.filter(rows.started_at.notnull()).mutate(day=rows.started_at.date())


def _ended(basis: Basis) -> ir.Table:
    rows = source("subscriptions", basis, "started_at", "ended_at")
    return rows.filter(rows.started_at.notnull() & rows.ended_at.notnull()).mutate(day=rows.ended_at.date())


SUBSCRIPTIONS_STARTED = Fact(
    key="subscriptions_started",
    label=Text("subscriptions", "подписки"),
    entity="subscriptions",
    needs=("subscriptions.started_at",),
    rows=_started,
)
SUBSCRIPTIONS_ENDED = Fact(
    key="subscriptions_ended",
    label=Text("ended subscriptions", "завершённые подписки"),
    entity="subscriptions",
    needs=("subscriptions.started_at", "subscriptions.ended_at"),
    rows=_ended,
)
