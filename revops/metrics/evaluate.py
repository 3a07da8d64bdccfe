"""From metric records to one statement: for each asked period (and dimension value) their parts and their values.

Two steps. A part aggregates the rows that several measures share, at their own grain: period_id, [dimension], one
column a measure. The whole joins parts to the asked periods and computes the metrics; it reads the parts as unbound
tables, so each part is compiled once for all metrics that use it.

Neither depends on which periods or which values are asked for: those come in as small relations
(`periods_<window>`, `filter_<dimension>`) when the statement runs. So its SQL is compiled once and holds no data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from revops.metrics.core import Basis, Fact, Measure, Metric, Placed
from revops.metrics.dimensions import Dimension, attach, columns_of
from revops.metrics.tables import asked, kept_values, periods

BY = "dimension"
EARLIER, LATER = "_earlier", "_later"


@dataclass(frozen=True, slots=True)
class Part:
    """Measures that take the same rows of the same fact: these rows are read once. name: of its CTE."""

    name: str
    measures: tuple[Measure, ...]


def parts_of(metrics: Sequence[Metric]) -> tuple[Part, ...]:
    """The parts that tell all measures of the metrics; a measure that several metrics share is computed once."""
    groups: dict[tuple[object, ...], dict[str, Measure]] = {}
    for metric in metrics:
        for m in metric.measures:
            groups.setdefault(_rows_of(m), {}).setdefault(m.key, m)
    return tuple(Part(f"part_{n}", tuple(group.values())) for n, group in enumerate(groups.values(), start=1))


def as_known(part: Part) -> Part:
    """The part over its fact's rows as they were known on the evening of asked().as_of (see Fact.then)."""
    fact = part.measures[0].fact
    if fact.then is None:
        return part
    known = replace(fact, rows=fact.then)
    return replace(part, measures=tuple(replace(m, fact=known) for m in part.measures))


def bundled(metrics: Sequence[Metric], count: int) -> list[list[Metric]]:
    """The metrics in up to `count` bundles of like size that share no part, so that each part is still read once.

    Metrics stay together where a part tells both, be it through a third one.
    """
    clusters: list[tuple[list[Metric], set[tuple[object, ...]]]] = []
    for metric in metrics:
        used = {_rows_of(m) for m in metric.measures}
        near = [c for c in clusters if c[1] & used]
        clusters = [c for c in clusters if not c[1] & used]
        clusters.append(([m for c in near for m in c[0]] + [metric], used.union(*(c[1] for c in near))))
    bundles: list[tuple[list[Metric], set[tuple[object, ...]]]] = [([], set()) for _ in range(count)]
    for together, used in sorted(clusters, key=lambda c: -len(c[1])):
        smallest = min(bundles, key=lambda b: len(b[1]))
        smallest[0].extend(together)
        smallest[1].update(used)
    order = {metric.key: n for n, metric in enumerate(metrics)}
    return [sorted(b, key=lambda m: order[m.key]) for b, _ in bundles if b]


def _rows_of(m: Measure) -> tuple[object, ...]:
    """Equal for measures that take the same rows of the same fact."""
    return (m.fact.key, m.placed, m.held, m.per_account, m.window, m.as_of)


def whole(metrics: Sequence[Metric], parts: Sequence[Part], by: bool, basis: Basis) -> ir.Table:
    """The metrics over their parts, which are read as unbound tables of their names.

    Columns: period_id, [dimension], value, numerator, denominator, one a measure; float64 but the first two. Of
    several metrics the three are named by `column_of`.
    """
    keys = ["period_id", *([BY] if by else [])]
    tables = [_unbound(part, by, basis) for part in parts]
    rows = _spine(tables, by)
    for part, told in zip(parts, tables, strict=True):
        joined = rows.left_join(told, keys)
        rows = joined.select(*rows.columns, *(m.key for m in part.measures))
    measures = {m.key: m for metric in metrics for m in metric.measures}.values()
    rows = rows.mutate(**{m.key: rows[m.key].fill_null(0) for m in measures if m.zero_when_empty})
    figures: dict[str, ir.Value] = {}
    for metric in metrics:
        numerator = metric.numerator(rows, basis).cast("float64")
        denominator = value = None
        if metric.denominator is not None:
            denominator = metric.denominator(rows, basis).cast("float64")
            value = numerator / denominator.nullif(0.0)
        if by and metric.attributed:
            value = ibis.cases((rows[BY] != "", numerator if value is None else value))
        figures[column_of(metric, "value", metrics)] = numerator if value is None else value
        figures[column_of(metric, "numerator", metrics)] = numerator
        figures[column_of(metric, "denominator", metrics)] = (
            ibis.null("float64") if denominator is None else denominator
        )
    measured = [rows[m.key].cast("float64").name(m.key) for m in measures]
    return rows.select(*keys, *(v.name(k) for k, v in figures.items()), *measured).order_by(keys)


def column_of(metric: Metric, figure: str, metrics: Sequence[Metric]) -> str:
    """The column of `whole` that holds a metric's value, numerator or denominator."""
    return figure if len(metrics) == 1 else f"{metric.key}__{figure}"


def _unbound(part: Part, by: bool, basis: Basis) -> ir.Table:
    told = dict(part_rows(part, None, (), basis).schema().items())
    period = {"period_id": told.pop("period_id")}
    return ibis.table({**period, **({BY: "string"} if by else {}), **told}, name=part.name)


def _spine(parts: Sequence[ir.Table], by: bool) -> ir.Table:
    """Every asked period, with every value of the dimension that any part has: missing rows become visible."""
    asked = periods("self").select("period_id").distinct()
    if not by:
        return asked
    values = reduce(lambda a, b: a.union(b), (p.select(BY) for p in parts)).distinct()
    return asked.cross_join(values)


def part_rows(part: Part, by: Dimension | None, where: tuple[Dimension, ...], basis: Basis) -> ir.Table:
    """The part's measures at their own grain: period_id, [dimension], one column a measure."""
    group = part.measures
    fact = group[0].fact
    relation = fact.relation(basis)
    rows = filtered(fact_rows(fact, (*where, *([by] if by else [])), basis), relation, where, basis)
    if by is not None:
        rows = attach(rows, by, relation, basis, BY)
    if summed_by_day(group):
        rows = rows.group_by(["day", *([BY] if by else [])]).agg(**{m.key: m.value(rows) for m in group})
    return placed_rows(group, rows, by is not None)


def fact_rows(fact: Fact, dimensions: Sequence[Dimension], basis: Basis) -> ir.Table:
    """The fact's rows with the columns that its measures need and at which the dimensions look."""
    relation = fact.relation(basis)
    looked_at = [columns_of(d, relation, basis) for d in dimensions]
    return fact.rows(replace(basis, keep=frozenset().union(*looked_at)))


def summed_by_day(group: Sequence[Measure]) -> bool:
    """The measures of a part are sums over days: of a day no more than these sums need be known."""
    return group[0].per_account is None and not group[0].as_of and all(m.additive for m in group)


def placed_rows(group: Sequence[Measure], rows: ir.Table, by: bool) -> ir.Table:
    """Measures of the same rows by the periods that take them: period_id, [dimension], one column a measure.

    rows: day, [dimension] and a column a measure, where these are summed by day; else the fact's rows.
    """
    measure = group[0]
    keys = ["period_id", *([BY] if by else [])]
    if summed_by_day(group):
        return placed_sums(group, rows, by)
    by_account = measure.per_account is not None
    placed = _accounts_in_periods(measure, rows, by) if by_account else in_periods(rows, measure)
    return placed.group_by(keys).agg(**{m.key: m.value(placed) for m in group})


def placed_sums(group: Sequence[Measure], days: ir.Table, by: bool) -> ir.Table:
    """Sums a day (and dimension value) by the periods that take them: period_id, [dimension], one column a measure."""
    keys = ["period_id", *([BY] if by else [])]
    placed = _joined(days, group[0]).select(*keys, *(m.key for m in group))
    return placed.group_by(keys).agg(**{m.key: placed[m.key].sum() for m in group})


def _accounts_in_periods(measure: Measure, rows: ir.Table, by: bool) -> ir.Table:
    """One row an account and look. Days at which several periods look are looked through once."""
    look = look_of(measure)
    days, each = (look, "period_id") if measure.window == "self" else (look.drop("period_id").distinct(), "_until")
    if measure.placed is Placed.IN:
        rows = rows.filter(rows.day >= days._look.min().as_scalar(), rows.day < days._until.max().as_scalar())
    placed = rows.join(days, _takes(rows, days, measure))
    edges = by_edges(measure, placed, by, each) if EARLIER in rows.columns else None
    changed = one_row_an_account(measure, placed, by, each=each) if edges is None else edges
    if each == "period_id":
        return changed
    return changed.join(look.select("period_id", "_look", "_until"), ["_look", "_until"])


def by_edges(measure: Measure, placed: ir.Table, by: bool, each: str) -> ir.Table | None:
    """As `one_row_an_account`, from the first and the last change of each account in the look alone.

    Which these are is told by EARLIER and LATER, the days of the account's changes before and after the row's. Most
    accounts change once in a look: that row is the account's, with nothing to group. None: `per_account` asks for more
    than what is first and last by day.
    """
    assert measure.per_account is not None
    marked = placed.mutate(
        _first=(placed[EARLIER] < placed._look).fill_null(True), _last=(placed[LATER] >= placed._until).fill_null(True)
    )
    keys = [each, "_look", "account_id"]
    told = []
    for rows, single in ((marked.filter(marked._first & marked._last), True), (marked, False)):
        if not single:
            rows = rows.filter(rows._first != rows._last)
        reduced = {**measure.per_account(rows), **({BY: rows[BY].first(order_by=rows.day)} if by else {})}
        figures = {name: _of_edges(value, rows, single=single) for name, value in reduced.items()}
        if any(value is None for value in figures.values()):
            return None
        if single:
            told.append(rows.select(*keys, "day", **figures))
        else:
            found = rows.group_by(keys).agg(day=rows.day.max(), **figures)
            told.append(found.select(*keys, "day", *figures))
    return told[0].union(told[1])


def _of_edges(value: ir.Value, rows: ir.Table, *, single: bool) -> ir.Value | None:
    """`value` where rows hold an account's first and last change alone (single: in one row); None: it takes more."""
    if any(not _at_edge(r, rows) for r in value.op().find(ops.Reduction, filter=ops.Value)):
        return None

    def rule(node: ops.Node, fields: Mapping[str, Any] | None) -> ops.Node:
        new: Any = node.__recreate__(fields) if fields else node
        if not isinstance(new, ops.First | ops.Last):
            return new
        return new.arg if single else ops.Max(new.arg, where=rows["_first" if isinstance(new, ops.First) else "_last"])

    changed: ir.Value = value.op().replace(rule).to_expr()
    return changed


def _at_edge(node: Any, rows: ir.Table) -> bool:
    by_day = isinstance(node, ops.First | ops.Last) and node.where is None and not node.include_null
    return by_day and [key.arg for key in node.order_by] == [rows.day.op()] and node.order_by[0].ascending


def one_row_an_account(
    measure: Measure, placed: ir.Table, by: Dimension | bool | None, *, each: str = "period_id"
) -> ir.Table:
    """One row an account and look (the days within which its change is measured); `day`: of its last change.

    by: whether the rows have a dimension. each: what a look belongs to.

    The account counts under the dimension value that it had when it first changed within the period.
    """
    assert measure.per_account is not None
    reduced = {**measure.per_account(placed), "day": placed.day.max()}
    if by:
        reduced[BY] = placed[BY].first(order_by=placed.day)
    return placed.group_by([each, "_look", "account_id"]).agg(**reduced)


def in_periods(rows: ir.Table, measure: Measure) -> ir.Table:
    """Rows joined to the periods that take them; rows that no period can take are left out first."""
    if measure.placed is Placed.IN:
        look = look_of(measure)
        rows = rows.filter(rows.day >= look._look.min().as_scalar(), rows.day < look._until.max().as_scalar())
    return _joined(rows, measure)


def _joined(rows: ir.Table, measure: Measure) -> ir.Table:
    """Rows (or days) joined to the periods that take them; `_look` is the start of the days looked at."""
    look = look_of(measure)
    return rows.join(look, _takes(rows, look, measure))


def _takes(rows: ir.Table, look: ir.Table, measure: Measure) -> list[ir.BooleanValue]:
    match measure.placed:
        case Placed.IN:
            return [rows.day >= look._look, rows.day < look._until]
        case Placed.BY_END:
            return [rows.day < look._until, *([measure.held(rows, look)] if measure.held else [])]
        case Placed.BY_START:
            return [rows.day < look._look]


def look_of(measure: Measure) -> ir.Table:
    """What the measure looks at for each period: period_id, _look, _until (exclusive), and _as_of where it asks."""
    look = periods(measure.window)
    known = {"_as_of": asked().as_of.as_scalar()} if measure.as_of else {}
    return look.select("period_id", _look=look.start, _until=look.end, **known)


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
