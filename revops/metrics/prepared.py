"""What metrics take from a large entity, kept in the workspace: so that no page reads all of its rows again.

For a fact and the dimensions that a query looks at, one derived table: of measures that sum over days, their sums by
day and dimension value; of the others (medians, changes of accounts) the fact's rows with the dimensions' values, in
the order of days, so that a period reads its own. What depends on the last day that counts is summed by day too, as of
the data's last day, which is mostly the one asked for. A table is built when it is first needed, or `ahead`, at the end
of a load. It holds for every period and every kept value, and is built anew after its inputs changed. Small entities
are read as they are.

Dimensions of few values go together (wide.py): a fact is summed once by a set of them, and its rows are kept once with
all of them. What is asked by some of these is rolled up from that, without reading the entity.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from revops.metrics.by_day import placed_by_day, sums_as_of
from revops.metrics.compiled import known_dimensions
from revops.metrics.core import Basis, Fact, Measure
from revops.metrics.derived import DERIVED_BY_NAME
from revops.metrics.dimensions import Dimension
from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.executor import DuckExecutor
from revops.metrics.evaluate import (
    BY,
    EARLIER,
    LATER,
    Part,
    filter_name,
    parts_of,
    placed_sums,
    summed_by_day,
)
from revops.metrics.facts import MOVEMENTS
from revops.metrics.prepared_rows import column_of, kept_together, roll_up, rows_by, sums_by
from revops.metrics.tables import kept_values, looked_at
from revops.metrics.wide import MOST_SETS, NOTHING, Wide, base_of, choose, chosen

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MANY = 20_000  # records of an entity from which on its facts are prepared
LARGE = 2_000_000  # from which on by many dimensions too: of fewer a filter's first look is as quick without
MOST_DIMENSIONS = 4  # at once, of those that no wide table carries; with more, a day has as many sums as rows
PREFIXES = ("days_", "rows_")
WIDE = "wide_"
READ_AS_IT_IS = 250_000  # sums: to read so many costs less than to keep those of some dimensions beside them


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A part over a derived table. text: the part's SQL. name, build, inputs: the table, as Workspace.derived has it.

    needs: the derived tables that `build` reads. of: the prepared table that it is rolled up from, which must hold
    first. entities: what all of it comes from.
    """

    text: str
    name: str
    build: str
    inputs: tuple[str, ...]
    needs: tuple[str, ...]
    of: Prepared | None = None

    @property
    def entities(self) -> frozenset[str]:
        above = self.of.entities if self.of is not None else frozenset()
        return above.union(self.inputs, *(DERIVED_BY_NAME[n].inputs for n in self.needs))


@lru_cache(maxsize=4096)
def prepared(
    part: Part,
    by: str | None,
    where: tuple[str, ...],
    basis: Basis,
    dialect: Dialect,
    last: dt.date | None,
    wide: Wide = NOTHING,
) -> Prepared:
    """The part over its prepared table. last: the data's last day where that is the last one to count; None: any."""
    known = known_dimensions(basis)
    keys = tuple(sorted({*where, *([by] if by else [])}))
    last = last if sums_as_of(part.measures, basis) else None
    summed = summed_by_day(part.measures) or last is not None
    stored = _stored(part, keys, summed, basis, dialect, last, wide)
    rows = _over(stored.rows, part.measures, by, where, known, summed)
    return replace(stored.table, text=dialect.compile(rows))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A prepared table and its rows, unbound."""

    table: Prepared
    rows: ir.Table


@lru_cache(maxsize=4096)
def _stored(
    part: Part,
    keys: tuple[str, ...],
    summed: bool,
    basis: Basis,
    dialect: Dialect,
    last: dt.date | None,
    wide: Wide,
) -> _Stored:
    """The table that tells the part by the dimensions: of these alone, or carrying more.

    What is asked by none has a table of its own: to look through the rows for that costs a tenth of what it costs to
    look up what they point to.
    """
    fact, measures = part.measures[0].fact, kept_together(part, basis, last, summed=summed)
    number = wide.holding(keys) if keys and summed and roll_up(measures, basis) else None
    if number is not None:
        above = _wide_sums(fact, measures, wide.sets[number], basis, dialect, last)
        if keys == wide.sets[number] or wide.rows[number] <= READ_AS_IT_IS:
            return above
        return _rolled_up(above, keys, measures, known_dimensions(basis), dialect)
    carried = wide.few if keys and not summed and set(keys) <= set(wide.few) else keys
    dimensions = [known_dimensions(basis)[key] for key in carried]
    if summed:
        rows = sums_by(fact, measures, dimensions, basis, last).order_by("day")
    else:
        rows = rows_by(fact, measures, dimensions, basis)
    return _table(PREFIXES[0] if summed else PREFIXES[1], fact, rows, dialect)


@lru_cache(maxsize=1024)
def _wide_sums(
    fact: Fact,
    measures: tuple[Measure, ...],
    keys: tuple[str, ...],
    basis: Basis,
    dialect: Dialect,
    last: dt.date | None,
) -> _Stored:
    """Of one name for every day, setting and definition: another one's takes its place."""
    rows = sums_by(fact, measures, [known_dimensions(basis)[key] for key in keys], basis, last)
    told = repr((fact.key, keys, [m.key for m in measures], last is not None))
    return _table(WIDE, fact, rows, dialect, told)


def _rolled_up(
    above: _Stored, keys: tuple[str, ...], measures: Sequence[Measure], known: Mapping[str, Dimension], dialect: Dialect
) -> _Stored:
    """The sums by some of the dimensions, from those by more."""
    rows = above.rows
    columns = ["day", *(column_of(known[key]) for key in keys)]
    sums = {m.key: rows[m.key].sum().cast(rows[m.key].type()) for m in measures}
    found = _table(PREFIXES[0], measures[0].fact, rows.group_by(columns).agg(**sums).order_by("day"), dialect)
    return _Stored(replace(found.table, of=above.table), found.rows)


def _table(prefix: str, fact: Fact, rows: ir.Table, dialect: Dialect, told: str | None = None) -> _Stored:
    """told: what its name depends on; None: the text."""
    build = dialect.compile(rows)
    name = f"{prefix}{fact.key}_{hashlib.sha256((told or build).encode()).hexdigest()[:10]}"
    stored = ibis.table(rows.schema(), name=name, database="derived")
    inputs, needs = read(rows)
    return _Stored(Prepared(text="", name=name, build=build, inputs=inputs, needs=needs), stored)


def over(engine: Engine, part: Part, by: str | None, where: tuple[str, ...], as_of: dt.date) -> str | None:
    """The part's SQL over its prepared table, which is built where it is not there or no longer holds.

    None: it is to be read from the entities, since they are small, too much is looked at at once, or a load is being
    written and the table would have to wait for it.
    """
    found = _found(engine, part, by, where, as_of)
    if found is None:
        return None
    return found.text if stands(engine, found) else None


def _found(engine: Engine, part: Part, by: str | None, where: tuple[str, ...], as_of: dt.date) -> Prepared | None:
    wide = chosen(engine, part.measures[0].fact.relation(engine.basis))
    asked = {*where, *([by] if by else [])}
    if len(asked) > MOST_DIMENSIONS and wide.holding(asked) is None and not asked <= set(wide.few):
        return None
    last = as_of if as_of == engine.as_of else None
    return prepared(part, by, where, engine.basis, engine.dialect, last, wide)


def first_day(engine: Engine, fact: Fact) -> str | None:
    """SQL of the first day of the fact's rows, `fact` and `first_day`, kept as a table of its own; None: as `over`."""
    if not isinstance(engine.executor, DuckExecutor):
        return None
    found = _first_day(fact, engine.basis, engine.dialect)
    return found.text if stands(engine, found) else None


def ahead(engine: Engine) -> list[Callable[[], object]]:
    """What to run so that the tables of all metrics without breakdown and filter stand: one step a table.

    [] where the data are small, or in another engine. First comes what decides which tables these are.
    """
    if not _prepares(engine):
        return []
    facts = {part.measures[0].fact.key: part.measures[0].fact for part in _all_parts(engine)}
    relations = {fact.relation(engine.basis) for fact in facts.values()}
    least = max(MANY, LARGE)
    large = sorted(r for r in relations if engine.records.get(base_of(r, engine.basis), 0) >= least)
    choices = [partial(choose, engine, relation) for relation in large]
    days = [partial(first_day, engine, fact) for fact in facts.values()]
    return [*choices, *(partial(_told_of, engine, part) for part in _all_parts(engine)), *days]


def ahead_of_others(engine: Engine) -> list[Callable[[], object]]:
    """What to run, after `ahead`, so that the tables stand that filters and breakdowns are told from."""
    if not _prepares(engine):
        return []
    return [partial(_told_by_others, engine, part, n) for n in range(MOST_SETS) for part in _all_parts(engine)]


def _prepares(engine: Engine) -> bool:
    return isinstance(engine.executor, DuckExecutor) and max(engine.records.values(), default=0) >= MANY


def _all_parts(engine: Engine) -> list[Part]:
    """The parts of all metrics, and where rows are read for some measures alone those of the others, told by sums."""
    parts = parts_of([engine.metric(m.key) for m in engine.metrics()])
    mixed = [part for part in parts if not summed_by_day(part.measures)]
    sums = [replace(part, measures=tuple(m for m in part.measures if summed_by_day([m]))) for part in mixed]
    return [*parts, *(part for part in sums if part.measures)]


def _told_of(engine: Engine, part: Part) -> None:
    over(engine, part, None, (), engine.as_of)


def _told_by_others(engine: Engine, part: Part, number: int) -> None:
    """Sees to it that the part's sums by the set of that number stand, where there is one; of rows there is one set."""
    wide = chosen(engine, part.measures[0].fact.relation(engine.basis))
    if number < len(wide.sets):
        last = engine.as_of if sums_as_of(part.measures, engine.basis) else None
        summed = summed_by_day(part.measures) or last is not None
        stands(engine, _stored(part, wide.sets[number], summed, engine.basis, engine.dialect, last, wide).table)


@lru_cache(maxsize=512)
def _first_day(fact: Fact, basis: Basis, dialect: Dialect) -> Prepared:
    rows = fact.rows(replace(basis, keep=frozenset()))
    told = rows.agg(fact=ibis.literal(fact.key), first_day=rows.day.min())
    build = dialect.compile(told)
    name = f"{PREFIXES[0]}of_{fact.key}_{hashlib.sha256(build.encode()).hexdigest()[:10]}"
    inputs, needs = read(told)
    return Prepared(text=f'SELECT * FROM "derived"."{name}"', name=name, build=build, inputs=inputs, needs=needs)


def read(rows: ir.Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tables that the expression reads, as Prepared has its inputs and needs; `looked_at` comes in when it runs."""
    found = list(rows.op().find(ops.UnboundTable))
    asked = (looked_at().get_name(),)
    return (
        tuple(sorted({t.name for t in found if t.namespace.database != "derived" and t.name not in asked})),
        tuple(sorted({t.name for t in found if t.name in DERIVED_BY_NAME})),
    )


def stands(engine: Engine, found: Prepared) -> bool:
    """The table is there and holds, built now where it had to be; False: read the entities."""
    if found.of is not None and not stands(engine, found.of):
        return False
    counts = engine.records
    if max((counts.get(name, 0) for name in found.entities), default=0) < MANY:
        return False
    for name in found.needs:
        engine.refresh(name)
    return engine.workspace.prepare(found.name, found.build, found.inputs)


def _of_account(dimension: Dimension) -> bool:
    """All changes of an account have the same value."""
    return all(path.startswith("accounts.") for path in dimension.paths.get(MOVEMENTS.entity, ()))


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
        rows = rows.filter(rows[column_of(known[key])].isin(kept_values(filter_name(known[key])).value))
    if by is not None:
        rows = rows.mutate(**{BY: rows[column_of(known[by])]})
    if not summed:
        return placed_by_day(group, rows, by is not None)
    days = rows.group_by(["day", *([BY] if by else [])])
    return placed_sums(group, days.agg(**{m.key: rows[m.key].sum() for m in group}), by is not None)
