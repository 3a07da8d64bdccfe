"""From a metric record to one expression: for each asked period (and dimension value) its parts and its value.

The expression does not depend on which periods or which values are asked for: those come in as small relations
(`periods_<window>`, `filter_<dimension>`) when it runs. So its SQL is compiled once and holds no data.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import ibis
import ibis.expr.types as ir

from revops.metrics.core import Basis, Measure, Metric, Placed
from revops.metrics.dimensions import Dimension, attach, columns_of
from revops.metrics.tables import kept_values, periods

BY = "dimension"


def expression(metric: Metric, by: Dimension | None, where: tuple[Dimension, ...], basis: Basis) -> ir.Table:
    """Columns: period_id, [dimension], value, numerator, denominator, one a measure; float64 but the first two."""
    groups = _same_rows(metric.measures)
    parts = [_aggregate(group, by, where, basis) for group in groups]
    keys = ["period_id", *([BY] if by else [])]
    whole = _spine(parts, by)
    for group, part in zip(groups, parts, strict=True):
        joined = whole.left_join(part, keys)
        whole = joined.select(*whole.columns, *(m.key for m in group))
    whole = whole.mutate(
        **{m.key: whole[m.key].fill_null(0) if m.zero_when_empty else whole[m.key] for m in metric.measures}
    )
    numerator = metric.numerator(whole, basis).cast("float64")
    if metric.denominator is None:
        whole = whole.mutate(numerator=numerator, denominator=ibis.null("float64"), value=numerator)
    else:
        denominator = metric.denominator(whole, basis).cast("float64")
        whole = whole.mutate(numerator=numerator, denominator=denominator, value=numerator / denominator.nullif(0.0))
    measured = [whole[m.key].cast("float64").name(m.key) for m in metric.measures]
    return whole.select(*keys, "value", "numerator", "denominator", *measured).order_by(keys)


def _same_rows(measures: tuple[Measure, ...]) -> list[list[Measure]]:
    """Measures that take the same rows of the same fact, together: their rows are read once."""
    groups: dict[tuple[object, ...], list[Measure]] = {}
    for m in measures:
        groups.setdefault((m.fact.key, m.placed, m.per_account, m.window), []).append(m)
    return list(groups.values())


def _spine(parts: list[ir.Table], by: Dimension | None) -> ir.Table:
    """Every asked period, with every value of the dimension that any part has: missing rows become visible."""
    asked = periods("self").select("period_id").distinct()
    if by is None:
        return asked
    values = reduce(lambda a, b: a.union(b), (p.select(BY) for p in parts)).distinct()
    return asked.cross_join(values)


def _aggregate(group: list[Measure], by: Dimension | None, where: tuple[Dimension, ...], basis: Basis) -> ir.Table:
    """Measures that share their rows, at their own grain: period_id, [dimension], one column a measure."""
    measure = group[0]
    relation = measure.fact.relation(basis)
    looked_at = [columns_of(d, relation, basis) for d in (*where, *([by] if by else []))]
    rows = measure.fact.rows(replace(basis, keep=frozenset().union(*looked_at)))
    rows = filtered(rows, relation, where, basis)
    if by is not None:
        rows = attach(rows, by, relation, basis, BY)
    keys = ["period_id", *([BY] if by else [])]
    if measure.per_account is not None:
        placed = _one_row_an_account(measure, _in_periods(rows, measure), by)
    elif all(m.additive for m in group):
        daily = rows.group_by(["day", *([BY] if by else [])]).agg(**{m.key: m.value(rows) for m in group})
        placed = _in_periods(daily, measure)
        return placed.group_by(keys).agg(**{m.key: placed[m.key].sum() for m in group})
    else:
        placed = _in_periods(rows, measure)
    return placed.group_by(keys).agg(**{m.key: m.value(placed) for m in group})


def _one_row_an_account(measure: Measure, placed: ir.Table, by: Dimension | None) -> ir.Table:
    """One row an account and look (the days within which its change is measured).

    The account counts under the dimension value that it had when it first changed within the period.
    """
    assert measure.per_account is not None
    reduced = dict(measure.per_account(placed))
    if by is not None:
        reduced[BY] = placed[BY].first(order_by=placed.day)
    return placed.group_by(["period_id", "_look", "account_id"]).agg(**reduced)


def _in_periods(rows: ir.Table, measure: Measure) -> ir.Table:
    """Rows joined to the periods that take them; `_look` is the start of the days looked at."""
    look = periods(measure.window)
    look = look.select("period_id", _look=look.start, _until=look.end)
    match measure.placed:
        case Placed.IN:
            rows = rows.filter(rows.day >= look._look.min().as_scalar(), rows.day < look._until.max().as_scalar())
            on = [rows.day >= look._look, rows.day < look._until]
        case Placed.BY_END:
            on = [rows.day < look._until]
        case Placed.BY_START:
            on = [rows.day < look._look]
    return rows.join(look, on)


def filtered(rows: ir.Table, relation: str, where: tuple[Dimension, ...], basis: Basis) -> ir.Table:
    """`rows` of a relation whose dimension values are among the kept ones."""
    for dimension in where:
        name = f"_kept_{filter_name(dimension)}"
        rows = attach(rows, dimension, relation, basis, name)
        rows = rows.filter(rows[name].isin(kept_values(filter_name(dimension)).value)).drop(name)
    return rows


def filter_name(dimension: Dimension) -> str:
    """A name for the dimension's filter relation that is a plain identifier, whatever the header."""
    return "".join(ch if ch.isalnum() and ch.isascii() else f"_{ord(ch):x}_" for ch in dimension.key)
