"""What prepared tables hold (prepared.py): a fact's rows, or sums of them by day, with the values of dimensions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from revops.metrics import METRICS
from revops.metrics.by_day import are_sums, sums_as_of
from revops.metrics.core import Basis, Fact, Measure
from revops.metrics.dimensions import Dimension, as_channel, attach_all, open_paths
from revops.metrics.evaluate import EARLIER, LATER, Part, fact_rows, filter_name, parts_of, summed_by_day
from revops.metrics.facts import MOVEMENTS
from revops.metrics.variants import in_force


def column_of(dimension: Dimension) -> str:
    """The column that holds the dimension's values."""
    return f"by_{filter_name(dimension)}"


def _told(fact: Fact, dimensions: Sequence[Dimension], basis: Basis) -> ir.Table:
    """The fact's rows with a column a dimension."""
    rows = fact_rows(fact, dimensions, basis)
    return attach_all(rows, {column_of(d): d for d in dimensions}, fact.relation(basis), basis)


@lru_cache(maxsize=8)
def _declared(basis: Basis) -> tuple[Part, ...]:
    """The parts of all metrics there are, whether these data tell them or not."""
    return parts_of([in_force(metric, basis) for metric in METRICS])


def kept_together(part: Part, basis: Basis, last: dt.date | None, *, summed: bool) -> tuple[Measure, ...]:
    """The part's measures and those that are kept in the same table, so that one serves all.

    Of sums, all of the fact; as of a day, those told from the same rows; of rows, all that rows are read for.
    """
    fact = part.measures[0].fact
    parts = [one for one in _declared(basis) if one.measures[0].fact.key == fact.key]
    if last is not None:
        alike = [one for one in parts if set(part.measures) <= set(one.measures) and sums_as_of(one.measures, basis)]
        return alike[0].measures if alike else part.measures
    if summed:
        found = [m for one in parts for m in one.measures if summed_by_day([m])]
    else:
        found = [m for one in parts if not summed_by_day(one.measures) for m in one.measures]
    return tuple({m.key: m for m in (*found, *part.measures)}.values())


def roll_up(measures: Sequence[Measure], basis: Basis) -> bool:
    """Each is a sum or a count: what it is by some dimensions is the sum of what it is by more."""
    return are_sums(measures, measures[0].fact.rows(basis))


def sums_by(
    fact: Fact, measures: Sequence[Measure], dimensions: Sequence[Dimension], basis: Basis, last: dt.date | None
) -> ir.Table:
    """A row a day and set of values: the measures. last: as of that day.

    Channels are told of the sums, not of each row: so several rows may have the same day and values.
    """
    relation = fact.relation(basis)
    groups = [d for d in dimensions if d.grouped]
    sources = {d.key: _ungrouped(d, dimensions, relation, basis) for d in groups}
    told = {d.key: d for d in (*sources.values(), *(d for d in dimensions if not d.grouped))}
    rows = _told(fact, list(told.values()), basis)
    if last:
        rows = rows.mutate(_as_of=ibis.literal(last))
    sums = rows.group_by(["day", *map(column_of, told.values())]).agg(**{m.key: m.value(rows) for m in measures})
    for one in groups:
        sums = as_channel(sums.mutate(**{column_of(one): sums[column_of(sources[one.key])]}), column_of(one))
    return sums.select("day", *map(column_of, dimensions), *(m.key for m in measures))


def _ungrouped(grouped: Dimension, beside: Sequence[Dimension], relation: str, basis: Basis) -> Dimension:
    """What tells a channel: the dimension beside it that has the same values ungrouped, else one of its own."""
    paths = open_paths(grouped, relation, basis)
    same = (d for d in beside if not d.grouped and open_paths(d, relation, basis) == paths)
    return next(same, replace(grouped, grouped=False))


def rows_by(fact: Fact, measures: Sequence[Measure], dimensions: Sequence[Dimension], basis: Basis) -> ir.Table:
    """The columns of the fact's rows that the measures take, in the order of days; of changes of accounts also the days
    of the ones before and after."""
    rows = _told(fact, dimensions, basis)
    taken = {"day", *_taken(measures, rows), *map(column_of, dimensions)}
    if fact.key == MOVEMENTS.key:
        order = ibis.window(group_by="account_id", order_by="day")
        rows = rows.mutate(**{EARLIER: rows.day.lag().over(order), LATER: rows.day.lead().over(order)})
        taken |= {"account_id", EARLIER, LATER}
    return rows.select([c for c in rows.columns if c in taken]).order_by("day")


def _taken(measures: Sequence[Measure], rows: ir.Table) -> set[str]:
    """The names of the columns of `rows` that the measures are told from."""
    day = ibis.null("date")
    seen = rows.mutate(_look=day, _until=day, _as_of=day)
    values: list[ir.Value] = []
    for m in measures:
        values += m.per_account(seen).values() if m.per_account else [m.value(seen)]
        values += [m.held(seen, seen)] if m.held else []
    return {f.name for v in values for f in v.op().find(ops.Field, filter=ops.Value)}
