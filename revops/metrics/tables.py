"""The shared model as unbound Ibis tables: what every metric expression is written over.

Unbound means: no engine yet. The same expression compiles to DuckDB's SQL or binds to another Ibis backend.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import ibis
import ibis.expr.types as ir

from revops.metrics.core import Basis
from revops.model import ENTITY, FieldType

_IBIS = {
    FieldType.ID: "string",
    FieldType.TEXT: "string",
    FieldType.VOCABULARY: "string",
    FieldType.DECIMAL: "decimal(24, 6)",
    FieldType.INTEGER: "int64",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamp",
}

MONEY = "decimal(24, 6)"
FOR_EVER = dt.date(9999, 12, 31)  # the last day of what has none
KEY = "_key"  # what identifies a record of any entity; a fact's rows carry it where `basis.keep` names it


@cache
def table(entity: str) -> ir.Table:
    """An entity: the model's fields, `extra` (JSON text: the columns that no field took), and KEY."""
    fields = {f.name: _IBIS[f.type] for f in ENTITY[entity].fields}
    return ibis.table({**fields, "extra": "string", KEY: "string"}, name=entity)


def source(entity: str, basis: Basis, *needed: str) -> ir.Table:
    """The entity with the columns that a fact needs itself and those that `basis.keep` asks for."""
    rows = table(entity)
    return rows if basis.keep is None else rows.select(kept(rows, basis, *needed))


def kept(rows: ir.Table, basis: Basis, *needed: str) -> list[str]:
    """The columns of `rows` that a fact needs itself and those that `basis.keep` asks for; None: all."""
    return [c for c in rows.columns if basis.keep is None or c in needed or c in basis.keep]


@cache
def periods(window: str) -> ir.Table:
    """The days that each asked period looks at: period_id, start, end (exclusive). Filled in when a query runs."""
    return ibis.table({"period_id": "int64", "start": "date", "end": "date"}, name=f"periods_{window}")


def looked_at() -> ir.Table:
    """One row: the days a person looks at, start and end (exclusive), and as_of. Filled in when a query runs."""
    return ibis.table({"start": "date", "end": "date", "as_of": "date"}, name="looked_at")


@cache
def asked() -> ir.Table:
    """One row: as_of, the last day that counts for a query of metrics. Filled in when a query runs."""
    return ibis.table({"as_of": "date"}, name="asked")


def last_day() -> ir.DateScalar:
    """asked().as_of for a fact's rows. The greatest of the one: what a measure sees as _as_of is another expression."""
    return asked().as_of.max().as_scalar()


def by_then(rows: ir.Table, *moments: str) -> ir.Table:
    """The rows as they were known on the evening of asked().as_of: later moments were not known yet."""
    return rows.mutate(**{name: ibis.cases((rows[name].cast("date") <= last_day(), rows[name])) for name in moments})


@cache
def kept_values(dimension: str) -> ir.Table:
    """The values a filter keeps: value ("" for rows without one). Filled in when a query runs."""
    return ibis.table({"value": "string"}, name=f"filter_{dimension}")


stage_meanings = ibis.table(
    {"pipeline": "string", "stage": "string", "position": "int64", "meaning": "string"}, name="stage_meanings"
)
channel_groups = ibis.table({"value": "string", "channel": "string"}, name="channel_groups")
