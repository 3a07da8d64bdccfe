"""The rows behind a figure: for each part of a metric its records, and what each of them contributes.

A contribution is the measure itself, asked of one record alone: contributions of sums and counts add up to the
figure, those of a median are the values it is the median of. A state (MRR at the period's end) is told by records,
not by the steps that led to it: a subscription that began and ended before is not behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from revops.metrics.compiled import known_dimensions
from revops.metrics.core import Basis, Fact, LeftOut, Placed
from revops.metrics.dimensions import Dimension, attach, columns_of, open_paths
from revops.metrics.engines.dialect import Dialect
from revops.metrics.evaluate import BY, Part, filtered, in_periods, one_row_an_account
from revops.metrics.tables import KEY, kept_values, looked_at
from revops.model import ENTITY, FieldType
from revops.text import Text

IDENTITY = (KEY, "subscription_id", "account_id")
GROUP = "_group"  # the filter relation that holds the groups asked for: filter__group
LOOK = "look"
WINDOW_OF = {
    Placed.BY_END: Text("at the period's end", "на конец периода"),
    Placed.BY_START: Text("at the period's start", "на начало периода"),
}
WINDOW = {
    "whole": Text("whole period", "за весь период"),
    "trailing_6_months": Text("trailing six months", "за шесть последних месяцев"),
    "trailing_quarter": Text("trailing quarter", "за последний квартал"),
    "quarter_before": Text("the quarter before", "за предыдущий квартал"),
    "last_month": Text("last month", "за последний месяц"),
    "lagged": Text("the same days earlier", "за те же дни раньше"),
    **{f"month_before_{k}": Text(f"{k} months earlier", f"на {k} мес. раньше") for k in range(1, 7)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A part's rows as an unbound expression.

    rows: day (that placed the record; of a state: since when), [look: first day of the month looked at, where the
    part looks at several], the columns of `identity`, and one column a measure: what the record contributes. Records
    that contribute nothing are not among them.
    """

    rows: ir.Table
    identity: tuple[str, ...]
    looks: bool


def listed(part: Part, by: Dimension | None, where: tuple[Dimension, ...], basis: Basis) -> Listed:
    """The records behind the part's measures, of the groups in filter__group where `by` is given."""
    measure = part.measures[0]
    relation = measure.fact.relation(basis)
    looked = [columns_of(d, relation, basis) for d in (*where, *([by] if by else []))]
    rows = measure.fact.rows(replace(basis, keep=frozenset(IDENTITY).union(*looked)))
    rows = filtered(rows, relation, where, basis)
    if by is not None:
        rows = attach(rows, by, relation, basis, BY)
    placed = in_periods(rows, measure)
    if measure.per_account is not None:
        placed = one_row_an_account(measure, placed, by)
    if by is not None:
        placed = placed.filter(placed[BY].isin(kept_values(GROUP).value))
    placed = placed.mutate(**{LOOK: placed._look})
    identity = tuple(c for c in IDENTITY if c in placed.columns)
    netted = measure.placed is not Placed.IN and bool(identity)
    keys = list(identity)
    if not netted:
        placed = placed.mutate(_n=ibis.row_number())
        keys = ["_n", "day", *keys]
    told = {m.key: m.value(placed) for m in part.measures}
    if netted:
        told["day"] = placed.day.max()
    one = _counted(placed.group_by([*keys, LOOK]).agg(**told), [m.key for m in part.measures])
    looks = measure.window != "self"
    return Listed(
        rows=one.select("day", *([LOOK] if looks else []), *identity, *(m.key for m in part.measures)),
        identity=identity,
        looks=looks,
    )


def _counted(rows: ir.Table, measures: list[str]) -> ir.Table:
    counts = [(rows[m] != 0).fill_null(False) for m in measures]
    kept = counts[0]
    for one in counts[1:]:
        kept = kept | one
    return rows.filter(kept)


def label_of(part: Part) -> Text:
    """What one row is, and where the part looks: "customers, at the period's end"."""
    measure = part.measures[0]
    words = [measure.fact.label]
    if measure.placed in WINDOW_OF:
        words.append(WINDOW_OF[measure.placed])
    if measure.window in WINDOW:
        words.append(WINDOW[measure.window])
    return Text(", ".join(w.en for w in words), ", ".join(w.ru for w in words))


@lru_cache(maxsize=1024)
def listed_sql(
    part: Part, by: str | None, where: tuple[str, ...], basis: Basis, dialect: Dialect
) -> tuple[str, tuple[str, ...], bool]:
    """SQL of `listed`, its identity columns, and whether it has `look`."""
    known = known_dimensions(basis)
    found = listed(part, known[by] if by else None, tuple(known[k] for k in where), basis)
    return dialect.compile(found.rows), found.identity, found.looks


# --- left out -----------------------------------------------------------------------------------------------------

# entity -> the field that says when a record came to be, and the one that says when it ended
LIVED: dict[str, tuple[str, str | None]] = {
    "opportunities": ("created_at", None),
    "leads": ("created_at", None),
    "subscriptions": ("started_at", "ended_at"),
    "mrr_months": ("month", None),
    "invoices": ("issued_at", None),
    "spend": ("date", None),
    "activities": ("occurred_at", None),
    "tickets": ("opened_at", None),
    "accounts": ("created_at", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """Rows left out, as an unbound expression of KEY and day. ignored: filters that these rows cannot tell."""

    entity: str
    rows: ir.Table
    ignored: tuple[str, ...]


def unused(fact: Fact, placed: Placed, left: LeftOut, where: tuple[Dimension, ...], basis: Basis) -> Unused | None:
    """The rows left out of the days in `looked_at` and of the filters; None where no entity holds them.

    A row belongs to the period by the date that would have placed it; one without that date by when it came to be:
    any period may lack it from then on. Subscriptions belong to every period that they ran in.
    """
    rows = left.rows(basis)
    entity = _entity_of(rows)
    if entity is None:
        return None
    usable = tuple(d for d in where if open_paths(d, entity, basis))
    rows = filtered(rows, entity, usable, basis)
    days = looked_at()
    start, end = days.start.max().as_scalar(), days.end.max().as_scalar()
    lived, ended = LIVED.get(entity, (None, None))
    came = rows[lived].cast("date") if lived else ibis.null("date")
    day = rows.day if "day" in rows.columns else _placing(fact, entity, rows, came)
    if ended is not None:
        inside = (came < end) & (rows[ended].isnull() | (rows[ended].cast("date") >= start))
    elif placed is Placed.IN:
        inside = ibis.cases((day.notnull(), (day >= start) & (day < end)), else_=came < end)
    else:
        inside = ibis.coalesce(day, came) < end
    rows = rows.mutate(_day=ibis.coalesce(day, came)).filter(inside.fill_null(True))
    return Unused(
        entity=entity,
        rows=rows.select(KEY, day=rows["_day"]),
        ignored=tuple(d.key for d in where if d not in usable),
    )


def _entity_of(rows: ir.Table) -> str | None:
    """The entity whose records the rows are: the one that has all of its columns among theirs."""
    for node in rows.op().find(ops.UnboundTable):
        if node.name in ENTITY and set(node.schema.names) <= set(rows.columns):
            return str(node.name)
    return None


def _placing(fact: Fact, entity: str, rows: ir.Table, came: ir.Value) -> ir.Value:
    """The day that the fact places the entity's rows by: the first date among what it needs."""
    for need in fact.needs:
        owner, _, name = need.partition(".")
        if owner == entity and ENTITY[entity].field(name).type in (FieldType.DATE, FieldType.TIMESTAMP):
            return rows[name].cast("date")
    return came


@lru_cache(maxsize=1024)
def unused_sql(
    fact: Fact, placed: Placed, left: LeftOut, where: tuple[str, ...], basis: Basis, dialect: Dialect
) -> tuple[str, str, tuple[str, ...]] | None:
    """SQL of `unused`, the entity, and the filters it ignores."""
    known = known_dimensions(basis)
    found = unused(fact, placed, left, tuple(known[k] for k in where), basis)
    return None if found is None else (dialect.compile(found.rows), found.entity, found.ignored)
