"""Targets, and what they sum up to over the days of a period."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.derived import TARGET_SPANS
from revops.text import Text


def _asked_for(basis: Basis) -> ir.Table:
    """Targets for the whole company and for parts; for parts alone where a breakdown or filter looks at them."""
    rows = TARGET_SPANS.table.filter(_.day.notnull() & _.value.notnull())
    return rows.filter(rows.segment.notnull()) if basis.keep and "segment" in basis.keep else rows


TARGETS = Fact(
    key="targets",
    label=Text("targets", "цели"),
    entity="targets",
    needs=("targets.metric", "targets.period", "targets.value"),
    rows=_asked_for,
    left_out=(
        LeftOut(
            reason=Text("targets whose period is not understood", "цели с непонятным периодом"),
            rows=lambda b: TARGET_SPANS.table.filter(_.day.isnull()),
        ),
    ),
)
"""The entity alone has no day; these rows have the first one that each target holds for."""


def target_of(rows: ir.Table, names: tuple[str, ...]) -> ir.FloatingValue:
    """The target of the metric of these names for the days [_look, _until): sums of a flow.

    Months where they tell every day of it, else quarters, else years (a part of one in proportion to its days); the
    whole company's where it is given, else the sum of its parts. Null where no grain covers the days.
    """
    named = rows.asked.isin(names)
    overlap = ibis.least(rows.until, rows["_until"]).delta(ibis.greatest(rows.day, rows["_look"]), unit="day")
    overlap = ibis.greatest(overlap, 0)
    part = rows.value * overlap / rows.until.delta(rows.day, unit="day")
    days = rows["_until"].delta(rows["_look"], unit="day").max()
    found: list[ir.Value] = []
    for whole in (True, False):
        for months in (1, 3, 12):
            kept = named & (rows.months == months) & (rows.segment.isnull() if whole else rows.segment.notnull())
            kept = kept & (overlap > 0)
            parts = ibis.literal(1) if whole else rows.segment.nunique(where=kept)
            complete = overlap.sum(where=kept) >= days * parts
            found.append(ibis.cases((complete, part.sum(where=kept))))
    return ibis.coalesce(*found)
