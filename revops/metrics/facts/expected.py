"""Deals on the day they are expected to close, and how long deals stay in a stage."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.derived import in_workspace_currency
from revops.metrics.facts.money import NO_RATE, unpriced
from revops.metrics.tables import last_day, source, table
from revops.text import Text


def closed_on(rows: ir.Table) -> ir.Value:
    """The day a deal was won or lost; null while it is open."""
    return ibis.cases((rows.status.isin(["won", "lost"]), rows.closed_at.date()))


def _expected(basis: Basis) -> ir.Table:
    """Deals on the day they are expected to close, with created_on and closed_on."""
    rows = source("opportunities", basis, "expected_close_at", "created_at", "closed_at", "status")
    known = rows.filter(rows.expected_close_at.notnull() & rows.created_at.notnull() & ~_undated(rows))
    return known.mutate(day=known.expected_close_at, created_on=known.created_at.date(), closed_on=closed_on(known))


def _undated(rows: ir.Table) -> ir.BooleanValue:
    return (rows.status.isin(["won", "lost"]) & rows.closed_at.isnull()).fill_null(False)


def _expected_amounts(basis: Basis) -> ir.Table:
    """The same with the amount at the rate of the day the deal was created."""
    rows = source(
        "opportunities", basis, "expected_close_at", "created_at", "closed_at", "status", "amount", "currency"
    )
    known = rows.filter(rows.expected_close_at.notnull() & rows.created_at.notnull() & ~_undated(rows))
    priced = in_workspace_currency(known.mutate(created_on=known.created_at.date()), "amount", "created_on", basis)
    return priced.mutate(day=priced.expected_close_at, closed_on=closed_on(priced))


_NO_EXPECTED = LeftOut(
    reason=Text("no expected close date", "нет ожидаемой даты закрытия"),
    rows=lambda b: table("opportunities").filter(_.expected_close_at.isnull()),
)

EXPECTED_DEALS = Fact(
    key="expected_deals",
    label=Text("opportunities by expected close date", "сделки по ожидаемой дате закрытия"),
    entity="opportunities",
    needs=("opportunities.expected_close_at", "opportunities.created_at", "opportunities.status"),
    rows=_expected,
    left_out=(_NO_EXPECTED,),
)
EXPECTED_AMOUNTS = Fact(
    key="expected_amounts",
    label=Text("opportunities by expected close date", "сделки по ожидаемой дате закрытия"),
    entity="opportunities",
    needs=(
        "opportunities.expected_close_at",
        "opportunities.created_at",
        "opportunities.status",
        "opportunities.amount",
    ),
    rows=_expected_amounts,
    left_out=(
        _NO_EXPECTED,
        LeftOut(reason=Text("no amount", "нет суммы"), rows=lambda b: table("opportunities").filter(_.amount.isnull())),
        LeftOut(
            reason=NO_RATE,
            rows=lambda b: unpriced(table("opportunities").mutate(day=_.created_at.date()), "amount", "day", b),
        ),
    ),
)


# --- stages -----------------------------------------------------------------------------------------------------


def _earlier(one: ir.Value, other: ir.Value) -> ir.Value:
    """The earlier of two moments; where one is not known, the other."""
    return ibis.least(ibis.coalesce(one, other), ibis.coalesce(other, one))


def _stays(basis: Basis) -> ir.Table:
    """A row a deal and stage it was in: day (entered), left_on (null: still there), stayed (days, once left).

    A deal is in one stage at a time, and in none once it is closed; one that was closed nobody knows when, in none.
    """
    deals = source("opportunities", basis, "opportunity_id", "pipeline", "status", "closed_at")
    deals = deals.filter(~_undated(deals))
    events = table("stage_events").filter(_.entered_at.notnull())
    events = events.mutate(_stage=events.stage.strip().lower())
    order = ibis.window(group_by="opportunity_id", order_by=["entered_at", _.left_at.asc(nulls_first=False), "_stage"])
    events = events.mutate(_next=events.entered_at.lead().over(order))
    events = events.select(
        "_stage",
        _of=events.opportunity_id,
        _entered=events.entered_at,
        _left=_earlier(events.left_at, events["_next"]),
    )
    rows = deals.join(events, deals.opportunity_id == events["_of"]).drop("_of")
    over = rows.status.isin(["won", "lost"]).fill_null(False)
    left = ibis.cases((over, _earlier(rows["_left"], rows.closed_at)), else_=rows["_left"])
    rows = rows.mutate(_left=left, _way=rows.pipeline.fill_null(""))
    rows = rows.filter(~(over & (rows["_entered"] >= rows.closed_at)).fill_null(False))
    stayed = (rows["_left"].epoch_seconds() - rows["_entered"].epoch_seconds()) / 86400
    return rows.mutate(day=rows["_entered"].date(), left_on=rows["_left"].date(), stayed=stayed)


def _stays_beside_usual(basis: Basis, *, then: bool = False) -> ir.Table:
    """`usual`: the median days that won deals of the pipeline stayed in that stage; null where none did.

    then: deals that were won later than asked().as_of tell nothing yet.
    """
    rows = _stays(basis)
    won = rows.filter((rows.status == "won") & (rows.stayed >= 0))
    if then:
        won = won.filter(won.closed_at.date() <= last_day())
    usual = won.group_by(_u_way=won["_way"], _u_stage=won["_stage"]).agg(usual=won.stayed.median())
    joined = rows.left_join(usual, [rows["_way"] == usual["_u_way"], rows["_stage"] == usual["_u_stage"]])
    return joined.drop("_u_way", "_u_stage", "_way", "_stage", "_entered", "_left")


STAGE_STAYS = Fact(
    key="stage_stays",
    label=Text("stays of opportunities in stages", "пребывание сделок на этапах"),
    entity="opportunities",
    needs=(
        "stage_events.entered_at",
        "stage_events.stage",
        "stage_events.opportunity_id",
        "opportunities.closed_at",
        "opportunities.status",
    ),
    rows=_stays_beside_usual,
    then=lambda b: _stays_beside_usual(b, then=True),
    left_out=(
        LeftOut(
            reason=Text("open, but with no stage history", "в работе, но без истории этапов"),
            rows=lambda b: table("opportunities").filter(
                (_.status == "open") & _.opportunity_id.notin(table("stage_events").opportunity_id)
            ),
        ),
    ),
)
