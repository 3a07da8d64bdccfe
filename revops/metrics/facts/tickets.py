"""Requests to support on the day they came in, were solved, were rated."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.facts.lead_steps import hours
from revops.metrics.tables import by_then, last_day, source, table
from revops.text import Text

SCALES = (1, 5, 10, 100)
SATISFIED = 0.8  # of the scale


def _opened(basis: Basis) -> ir.Table:
    rows = source("tickets", basis, "opened_at", "first_response_at")
    rows = rows.filter(rows.opened_at.notnull())
    return rows.mutate(day=rows.opened_at.date())


def _answered(basis: Basis, *, then: bool = False) -> ir.Table:
    """then: with the answers given by the evening of asked().as_of."""
    rows = by_then(_opened(basis), "first_response_at") if then else _opened(basis)
    return rows.filter(rows.first_response_at.notnull()).mutate(waited=hours(rows.opened_at, rows.first_response_at))


def _resolved(basis: Basis) -> ir.Table:
    rows = source("tickets", basis, "opened_at", "resolved_at")
    rows = rows.filter(rows.opened_at.notnull() & rows.resolved_at.notnull())
    return rows.mutate(day=rows.resolved_at.date(), lasted=hours(rows.opened_at, rows.resolved_at))


def scale(*, then: bool = False) -> ir.Table:
    """One row: `top`, the smallest scale that holds the highest mark given (then: by asked().as_of); or null."""
    rows = table("tickets")
    if then:
        rows = rows.filter(_mark_given(rows) <= last_day())
    highest = rows.agg(highest=rows.csat.max())
    mark = highest.highest.cast("float64")
    return highest.select(top=ibis.cases(*((mark <= top, ibis.literal(float(top))) for top in SCALES)))


def _mark_given(rows: ir.Table) -> ir.DateValue:
    return ibis.coalesce(rows.resolved_at, rows.opened_at).date()


def _rated(basis: Basis, *, then: bool = False) -> ir.Table:
    """Tickets with a mark on the day they were solved, else came in; satisfied: 80 % of the scale or more."""
    rows = source("tickets", basis, "opened_at", "resolved_at", "csat")
    rows = rows.filter(rows.csat.notnull() & rows.opened_at.notnull())
    enough = scale(then=then).top.as_scalar() * SATISFIED
    return rows.mutate(day=_mark_given(rows), satisfied=rows.csat.cast("float64") >= enough)


_BACKWARDS = Text("the end is dated before the beginning", "конец датирован раньше начала")

TICKETS = Fact(
    key="tickets",
    label=Text("tickets by the day they came in", "обращения по дате поступления"),
    entity="tickets",
    needs=("tickets.opened_at",),
    rows=_opened,
)
ANSWERED_TICKETS = Fact(
    key="answered_tickets",
    label=Text("answered tickets by the day they came in", "обращения с ответом по дате поступления"),
    entity="tickets",
    needs=("tickets.opened_at", "tickets.first_response_at"),
    rows=lambda b: _answered(b).filter(_.waited >= 0),
    then=lambda b: _answered(b, then=True).filter(_.waited >= 0),
    left_out=(
        LeftOut(
            reason=Text("not answered yet", "ещё без ответа"),
            rows=lambda b: table("tickets").filter(_.first_response_at.isnull()),
        ),
        LeftOut(reason=_BACKWARDS, rows=lambda b: _answered(b).filter(_.waited < 0)),
    ),
)
RESOLVED_TICKETS = Fact(
    key="resolved_tickets",
    label=Text("solved tickets by the day they were solved", "решённые обращения по дате решения"),
    entity="tickets",
    needs=("tickets.opened_at", "tickets.resolved_at"),
    rows=lambda b: _resolved(b).filter(_.lasted >= 0),
    left_out=(
        LeftOut(
            reason=Text("not solved yet", "ещё не решены"),
            rows=lambda b: table("tickets").filter(_.resolved_at.isnull()),
        ),
        LeftOut(reason=_BACKWARDS, rows=lambda b: _resolved(b).filter(_.lasted < 0)),
    ),
)
RATED_TICKETS = Fact(
    key="rated_tickets",
    label=Text("rated tickets by the day they were solved", "обращения с оценкой по дате решения"),
    entity="tickets",
    needs=("tickets.opened_at", "tickets.csat"),
    rows=lambda b: _rated(b).filter(_.satisfied.notnull()),
    then=lambda b: _rated(b, then=True).filter(_.satisfied.notnull()),
    left_out=(
        LeftOut(
            reason=Text("no mark was given", "оценки нет"), rows=lambda b: table("tickets").filter(_.csat.isnull())
        ),
        LeftOut(
            reason=Text("marks above 100: no scale is known", "оценки выше 100: шкала неизвестна"),
            rows=lambda b: _rated(b).filter(_.satisfied.isnull()),
        ),
    ),
)
