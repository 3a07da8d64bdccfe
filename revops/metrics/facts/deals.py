"""Opportunities: created, closed, won, open."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.derived import in_workspace_currency
from revops.metrics.facts.money import NO_RATE, unpriced
from revops.metrics.tables import source, table
from revops.text import Text

_DEAL = ("status", "type", "created_at", "closed_at", "amount", "currency")


def _created_alone(basis: Basis) -> ir.Table:
    rows = source("opportunities", basis, *_DEAL)
    return rows.filter(rows.created_at.notnull()).mutate(day=rows.created_at.date())


def _created(basis: Basis) -> ir.Table:
    """Deals on the day they were created, the amount at that day's rate."""
    return in_workspace_currency(_created_alone(basis), "amount", "day", basis)


def _closed(basis: Basis) -> ir.Table:
    """Won and lost deals on the day they closed; cycle_days: created -> closed."""
    rows = source("opportunities", basis, *_DEAL)
    closed = rows.filter(rows.status.isin(["won", "lost"]) & rows.closed_at.notnull())
    seconds = closed.closed_at.epoch_seconds() - closed.created_at.epoch_seconds()
    return closed.mutate(day=closed.closed_at.date(), cycle_days=seconds / 86400)


def _won_amounts(basis: Basis) -> ir.Table:
    """Won deals; the amount at the rate of the day they closed."""
    closed = _closed(basis)
    return in_workspace_currency(closed.filter(closed.status == "won"), "amount", "day", basis)


def _closed_undated(basis: Basis) -> ir.Table:
    rows = table("opportunities")
    return rows.filter(rows.status.isin(["won", "lost"]) & rows.closed_at.isnull())


def _open_steps(basis: Basis) -> ir.Table:
    """+1 the day a deal is created, -1 the day it closes: their running sum is what is open. In amounts at creation.

    A won or lost deal without a close date closed nobody knows when: it never counts as open.
    """
    rows = _created(basis)
    created = rows.filter(rows.closed_at.notnull() | rows.status.notin(["won", "lost"]))
    opened = created.mutate(sign=ibis.literal(1, "int64"))
    gone = created.filter(created.status.isin(["won", "lost"]))
    gone = gone.mutate(day=ibis.greatest(gone.closed_at, gone.created_at).date(), sign=ibis.literal(-1, "int64"))
    return opened.union(gone.select(opened.columns))


CREATED_DEALS = Fact(
    key="created_deals",
    label=Text("opportunities created", "созданные сделки"),
    entity="opportunities",
    needs=("opportunities.created_at",),
    rows=_created_alone,
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
            rows=lambda b: unpriced(table("opportunities").mutate(day=_.created_at.date()), "amount", "day", b),
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
CLOSED_RENEWALS = Fact(
    key="closed_renewals",
    label=Text("closed renewal opportunities", "закрытые сделки по продлению"),
    entity="opportunities",
    needs=("opportunities.closed_at", "opportunities.status", "opportunities.type"),
    rows=lambda b: _closed(b).filter(_.type == "renewal"),
    left_out=(
        LeftOut(
            reason=Text("opportunities that name no type", "сделки без указания типа"),
            rows=lambda b: table("opportunities").filter(_.type.isnull()),
        ),
    ),
)
WON_AMOUNTS = Fact(
    key="won_amounts",
    label=Text("won opportunities", "выигранные сделки"),
    entity="opportunities",
    needs=("opportunities.closed_at", "opportunities.status", "opportunities.amount"),
    rows=_won_amounts,
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
            rows=lambda b: unpriced(
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
