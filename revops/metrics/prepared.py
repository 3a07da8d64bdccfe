"""What metrics take from a large entity, kept in the workspace: so that no page reads all of its rows again.

For a fact and the dimensions that a query looks at, one derived table: of measures that sum over days, their sums by
day and dimension value; of the others (medians, changes of accounts) the fact's rows with the dimensions' values, in
the order of days, so that a period reads its own. What depends on the last day that counts is summed by day too, as of
the data's last day, which is mostly the one asked for. A table is built when it is first needed, or `ahead`, at the end
of a load. It holds for every period and every kept value, and is built anew after its inputs changed. Small entities
are read as they are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from revops.metrics import METRICS
from revops.metrics.by_day import placed_by_day, sums_as_of
from revops.metrics.compiled import known_dimensions
from revops.metrics.core import Basis, Fact, Measure
from revops.metrics.derived import DERIVED_BY_NAME
from revops.metrics.dimensions import Dimension, attach
from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.executor import DuckExecutor
from revops.metrics.evaluate import (
    BY,
    EARLIER,
    LATER,
    Part,
    fact_rows,
    filter_name,
    parts_of,
    placed_sums,
    summed_by_day,
)
from revops.metrics.facts import MOVEMENTS
from revops.metrics.tables import kept_values, looked_at
from revops.metrics.variants import in_force

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MANY = 20_000  # records of an entity from which on its facts are prepared
MOST_DIMENSIONS = 4  # at once; with more, a day has as many sums as rows
PREFIXES = ("days_", "rows_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A part over a derived table. text: the part's SQL. name, build, inputs: the table, as Workspace.derived has it.

    needs: the derived tables that `build` reads. entities: what all of it comes from.
    """

    text: str
    name: str
    build: str
    inputs: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def entities(self) -> frozenset[str]:
        return frozenset(self.inputs).union(*(DERIVED_BY_NAME[n].inputs for n in self.needs))


@lru_cache(maxsize=4096)
def prepared(
    part: Part, by: str | None, where: tuple[str, ...], basis: Basis, dialect: Dialect, last: dt.date | None
) -> Prepared:
    """The part over its prepared table. last: the data's last day where that is the last one to count; None: any."""
    known = known_dimensions(basis)
    dimensions = tuple(known[key] for key in sorted({*where, *([by] if by else [])}))
    fact = part.measures[0].fact
    last = last if sums_as_of(part.measures, basis) else None
    summed = summed_by_day(part.measures) or last is not None
    rows = _sums(fact, part.measures, dimensions, basis, last) if summed else _rows(fact, dimensions, basis)
    build = dialect.compile(rows)
    kind = PREFIXES[0] if summed else PREFIXES[1]
    name = f"{kind}{fact.key}_{hashlib.sha256(build.encode()).hexdigest()[:10]}"
    stored = ibis.table(rows.schema(), name=name, database="derived")
    return Prepared(
        text=dialect.compile(_over(stored, part.measures, by, where, known, summed)),
        name=name,
        build=build,
        **read(rows),
    )


def over(engine: Engine, part: Part, by: str | None, where: tuple[str, ...], as_of: dt.date) -> str | None:
    """The part's SQL over its prepared table, which is built where it is not there or no longer holds.

    None: it is to be read from the entities, since they are small, too much is looked at at once, or a load is being
    written and the table would have to wait for it.
    """
    if len({by, *where} - {None}) > MOST_DIMENSIONS:
        return None
    last = as_of if as_of == engine.as_of else None
    found = prepared(part, by, where, engine.basis, engine.dialect, last)
    return found.text if stands(engine, found) else None


def first_day(engine: Engine, fact: Fact) -> str | None:
    """SQL of the first day of the fact's rows, `fact` and `first_day`, kept as a table of its own; None: as `over`."""
    if not isinstance(engine.executor, DuckExecutor):
        return None
    found = _first_day(fact, engine.basis, engine.dialect)
    return found.text if stands(engine, found) else None


def ahead(engine: Engine) -> list[Callable[[], object]]:
    """What to run so that the tables of all metrics without breakdown and filter stand: one step a table.

    [] where the data are small, or in another engine.
    """
    if not isinstance(engine.executor, DuckExecutor) or max(engine.records.values(), default=0) < MANY:
        return []
    parts = parts_of([engine.metric(m.key) for m in engine.metrics()])
    found = [prepared(part, None, (), engine.basis, engine.dialect, engine.as_of) for part in parts]
    facts = {part.measures[0].fact.key: part.measures[0].fact for part in parts}
    found += [_first_day(fact, engine.basis, engine.dialect) for fact in facts.values()]
    return [partial(stands, engine, one) for one in {one.name: one for one in found}.values()]


@lru_cache(maxsize=512)
def _first_day(fact: Fact, basis: Basis, dialect: Dialect) -> Prepared:
    rows = fact.rows(replace(basis, keep=frozenset()))
    told = rows.agg(fact=ibis.literal(fact.key), first_day=rows.day.min())
    build = dialect.compile(told)
    name = f"{PREFIXES[0]}of_{fact.key}_{hashlib.sha256(build.encode()).hexdigest()[:10]}"
    return Prepared(text=f'SELECT * FROM "derived"."{name}"', name=name, build=build, **read(told))


def read(rows: ir.Table) -> dict[str, tuple[str, ...]]:
    """The tables that the expression reads, as Prepared has them; `looked_at` comes in when it runs."""
    found = list(rows.op().find(ops.UnboundTable))
    asked = (looked_at().get_name(),)
    return {
        "inputs": tuple(sorted({t.name for t in found if t.namespace.database != "derived" and t.name not in asked})),
        "needs": tuple(sorted({t.name for t in found if t.name in DERIVED_BY_NAME})),
    }


def stands(engine: Engine, found: Prepared) -> bool:
    """The table is there and holds, built now where it had to be; False: read the entities."""
    counts = engine.records
    if max((counts.get(name, 0) for name in found.entities), default=0) < MANY:
        return False
    for name in found.needs:
        engine.refresh(name)
    return engine.workspace.prepare(found.name, found.build, found.inputs)


def _of_account(dimension: Dimension) -> bool:
    """All changes of an account have the same value."""
    return all(path.startswith("accounts.") for path in dimension.paths.get(MOVEMENTS.entity, ()))


def _column(dimension: Dimension) -> str:
    return f"by_{filter_name(dimension)}"


def _told(fact: Fact, dimensions: Sequence[Dimension], basis: Basis) -> ir.Table:
    """The fact's rows with a column a dimension."""
    rows = fact_rows(fact, dimensions, basis)
    for dimension in dimensions:
        rows = attach(rows, dimension, fact.relation(basis), basis, _column(dimension))
    return rows


def _sums(
    fact: Fact, asked: Sequence[Measure], dimensions: Sequence[Dimension], basis: Basis, last: dt.date | None
) -> ir.Table:
    """A row a day and set of values: every measure of the fact that sums over days, so that one table serves all.

    last: those asked for alone, as of that day.
    """
    declared = [m for metric in METRICS for m in in_force(metric, basis).measures]
    summed = {m.key: m for m in declared if m.fact.key == fact.key and summed_by_day([m])}
    summed = {m.key: m for m in asked} if last else {**summed, **{m.key: m for m in asked}}
    rows = _told(fact, dimensions, basis)
    if last:
        rows = rows.mutate(_as_of=ibis.literal(last))
    sums = rows.group_by(["day", *(_column(d) for d in dimensions)]).agg(
        **{k: m.value(rows) for k, m in summed.items()}
    )
    return sums.order_by("day")


def _rows(fact: Fact, dimensions: Sequence[Dimension], basis: Basis) -> ir.Table:
    """The fact's rows in the order of days; of changes of accounts also the days of the ones before and after."""
    rows = _told(fact, dimensions, basis)
    if fact.key == MOVEMENTS.key:
        order = ibis.window(group_by="account_id", order_by="day")
        rows = rows.mutate(**{EARLIER: rows.day.lag().over(order), LATER: rows.day.lead().over(order)})
    return rows.order_by("day")


def _over(
    stored: ir.Table,
    group: Sequence[Measure],
    by: str | None,
    where: Sequence[str],
    known: dict[str, Dimension],
    summed: bool,
) -> ir.Table:
    rows = stored
    if EARLIER in rows.columns and not all(_of_account(known[key]) for key in where):
        rows = rows.drop(EARLIER, LATER)  # a filter that keeps some changes of an account has others before and after
    for key in where:
        rows = rows.filter(rows[_column(known[key])].isin(kept_values(filter_name(known[key])).value))
    if by is not None:
        rows = rows.mutate(**{BY: rows[_column(known[by])]})
    if not summed:
        return placed_by_day(group, rows, by is not None)
    days = rows.group_by(["day", *([BY] if by else [])])
    return placed_sums(group, days.agg(**{m.key: rows[m.key].sum() for m in group}), by is not None)
