"""The statements of metrics, compiled once a process: SQL text of a dialect, no data."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

import ibis.expr.types as ir

from revops.metrics import metric as metric_of
from revops.metrics.core import Basis
from revops.metrics.derived import DERIVED_BY_NAME
from revops.metrics.dimensions import DIMENSIONS, Dimension, attach, extra_dimensions
from revops.metrics.engines.dialect import Dialect
from revops.metrics.evaluate import Part, part_rows, parts_of, whole
from revops.metrics.rules import narrowed
from revops.metrics.tables import table
from revops.metrics.variants import in_force

MOST_TOLD = 512
_TOLD: dict[tuple[Hashable, ...], str] = {}


@lru_cache(maxsize=64)
def known_dimensions(basis: Basis) -> dict[str, Dimension]:
    """Dimension key -> dimension: the model's, then a person's own columns."""
    return {d.key: d for d in (*DIMENSIONS, *extra_dimensions(basis.filled))}


@lru_cache(maxsize=1024)
def metrics_sql(keys: tuple[str, ...], by: str | None, basis: Basis, dialect: Dialect) -> tuple[str, tuple[Part, ...]]:
    """The statement over the parts of the metrics, and these parts."""
    metrics = [in_force(metric_of(key), basis) for key in keys]
    parts = parts_of(metrics)
    return dialect.compile(whole(metrics, parts, by is not None, basis)), parts


def part_sql(part: Part, by: str | None, where: tuple[str, ...], basis: Basis, dialect: Dialect) -> str:
    return _part_sql(part, by, where, narrowed(basis, ()), dialect)


@lru_cache(maxsize=4096)
def _part_sql(part: Part, by: str | None, where: tuple[str, ...], basis: Basis, dialect: Dialect) -> str:
    known = known_dimensions(basis)
    return dialect.compile(part_rows(part, known[by] if by else None, tuple(known[k] for k in where), basis))


def derived_sql(name: str, basis: Basis, dialect: Dialect) -> str:
    return _derived_sql(name, narrowed(basis, DERIVED_BY_NAME[name].definitions), dialect)


@lru_cache(maxsize=512)
def _derived_sql(name: str, basis: Basis, dialect: Dialect) -> str:
    return dialect.compile(DERIVED_BY_NAME[name].rows(basis))


@lru_cache(maxsize=512)
def value_counts_sql(key: str, relation: str, basis: Basis, dialect: Dialect) -> str:
    """SQL that counts a dimension's values over a relation that is an entity."""
    dimension = known_dimensions(basis)[key]
    valued = attach(table(relation), dimension, relation, basis, "value")
    return dialect.compile(valued.group_by("value").agg(rows=valued.count()))


def told_sql(known: tuple[Hashable, ...], build: Callable[[], ir.Table], dialect: Dialect) -> str:
    """The text of what `build` makes, compiled once for what is `known` to decide it."""
    key = (*known, dialect)
    text = _TOLD.get(key)
    if text is None:
        text = dialect.compile(build())
        if len(_TOLD) >= MOST_TOLD:
            _TOLD.clear()
        _TOLD[key] = text
    return text
