"""Rows of large facts placed in the periods that take them: by their days, so that work grows with the rows alone.

A period is met as its days, an equality, where `evaluate` compares each row with each period's bounds: that sorts all
rows. And what is a sum is summed a day first, so that no row is met at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from revops.metrics.core import Basis, Measure, Placed
from revops.metrics.evaluate import (
    BY,
    EARLIER,
    by_edges,
    look_of,
    one_row_an_account,
    placed_rows,
    summed_by_day,
)
from revops.metrics.tables import asked

_OF_ALL = (ops.Sum, ops.Count, ops.CountStar)


def placed_by_day(group: Sequence[Measure], rows: ir.Table, by: bool) -> ir.Table:
    """As `placed_rows`, the same figures."""
    measure = group[0]
    if summed_by_day(group) or measure.placed is not Placed.IN:
        return placed_rows(group, rows, by)
    look = look_of(measure)
    if measure.per_account is not None:
        placed = _accounts(measure, rows, by, look)
    elif are_sums(group, rows):
        return _summed(group, rows, by, look)
    else:
        placed = _met(rows, look)
    return placed.group_by(["period_id", *([BY] if by else [])]).agg(**{m.key: m.value(placed) for m in group})


def _met(rows: ir.Table, look: ir.Table) -> ir.Table:
    each = _days(look)
    return rows.join(each, rows.day == each["_day"]).drop("_day")


def _days(look: ir.Table) -> ir.Table:
    """`_day`: each day of each look. No bounds are compared beside: the engine finds these days' rows by itself."""
    bounds = [one.cast("timestamp") for one in (look._look, look._until)]
    return look.mutate(_day=ibis.range(*bounds, ibis.interval(days=1)).unnest().cast("date"))


def are_sums(group: Sequence[Measure], rows: ir.Table) -> bool:
    """Every measure is a sum over rows, whichever days are looked at."""
    day = ibis.null("date")
    seen = rows.mutate(_look=day, _until=day, _as_of=day)
    for one in (m.value(seen).op() for m in group):
        if not isinstance(one, _OF_ALL) or any(
            f.name in ("_look", "_until") for f in one.find(ops.Field, filter=ops.Value)
        ):
            return False
    return True


def sums_as_of(group: Sequence[Measure], basis: Basis) -> bool:
    """The measures of a part are sums over days once the last day that counts is known."""
    measure = group[0]
    if not measure.as_of or measure.per_account is not None or measure.placed is not Placed.IN:
        return False
    return are_sums(group, measure.fact.rows(basis))


def _summed(group: Sequence[Measure], rows: ir.Table, by: bool, look: ir.Table) -> ir.Table:
    keys = [BY] if by else []
    taken = _days(look).select("_day").distinct()
    rows = rows.semi_join(taken, rows.day == taken["_day"])
    if group[0].as_of:
        rows = rows.mutate(_as_of=asked().as_of.as_scalar())
    days = rows.group_by(["day", *keys]).agg(**{m.key: m.value(rows) for m in group})
    placed = days.join(look, [days.day >= look._look, days.day < look._until])
    return placed.group_by(["period_id", *keys]).agg(**{m.key: placed[m.key].sum() for m in group})


def _accounts(measure: Measure, rows: ir.Table, by: bool, look: ir.Table) -> ir.Table:
    """One row an account and look. Days at which several periods look are looked through once."""
    days, each = (look, "period_id") if measure.window == "self" else (look.drop("period_id").distinct(), "_until")
    placed = _met(rows, days)
    edges = by_edges(measure, placed, by, each) if EARLIER in rows.columns else None
    changed = one_row_an_account(measure, placed, by, each=each) if edges is None else edges
    if each == "period_id":
        return changed
    return changed.join(look.select("period_id", "_look", "_until"), ["_look", "_until"])
