"""Metrics by account: each account's part of their numerators and denominators, which sum to the metrics' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from revops.metrics.compiled import known_dimensions
from revops.metrics.core import Basis, Metric, Query
from revops.metrics.dimensions import Dimension, columns_of
from revops.metrics.engines.dialect import Dialect
from revops.metrics.evaluate import (
    BY,
    Part,
    column_of,
    filtered,
    in_periods,
    one_row_an_account,
    parts_of,
    whole,
)
from revops.metrics.figures import looks
from revops.metrics.rules import narrowed
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

ACCOUNT = "account_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A metric's parts. numerator, denominator: account -> its part, only those that have one; denominator None: the
    numerator is the value. top, bottom, value: of all; value None: undefined."""

    numerator: pd.Series
    denominator: pd.Series | None
    top: float
    bottom: float | None
    value: float | None


def ratios(engine: Engine, metrics: Sequence[Metric], query: Query) -> tuple[list[Ratio], str]:
    """Each metric's parts by account in the query's one period, and the statement that told them.

    Precondition: the metric can be told; its numerator and denominator are sums over accounts and depend on no margin.
    """
    where = tuple(sorted({engine.dimension(k).key for k in query.where}))
    basis = narrowed(engine.basis, ())  # the definitions are in the metrics and in the derived tables
    text, parts = _text(tuple(_unnamed(m) for m in metrics), basis, engine.dialect)
    windows = sorted({"self", *(m.window for part in parts for m in part.measures)})
    relations = {
        **{f"periods_{w}": engine.dialect.periods(looks(query, w, engine.conventions)) for w in windows},
        **engine.filters(query.where),
        **engine.asked(parts, query.as_of),
        **{p.name: _part_text(p, where, basis, engine.dialect) for p in engine.known(parts, query.as_of)},
    }
    frame, sql = engine.run(text, relations)
    return [_ratio(frame, metric, metrics) for metric in metrics], sql


def _unnamed(metric: Metric) -> Metric:
    """Without its words, so that formulas that are the same are compiled once."""
    nothing = Text("", "")
    return replace(metric, label=nothing, definition=nothing, formula=nothing)


def _ratio(frame: pd.DataFrame, metric: Metric, metrics: Sequence[Metric]) -> Ratio:
    def side(figure: str) -> pd.Series:
        column = frame[column_of(metric, figure, metrics)].astype("float64").fillna(0.0)
        told = pd.Series(column.to_numpy(), index=frame[BY].astype(str))
        return told[told != 0.0].sort_index()

    numerator = side("numerator")
    top = float(numerator.sum())
    if metric.denominator is None:
        return Ratio(numerator=numerator, denominator=None, top=top, bottom=None, value=top)
    denominator = side("denominator")
    bottom = float(denominator.sum())
    return Ratio(
        numerator=numerator, denominator=denominator, top=top, bottom=bottom, value=top / bottom if bottom else None
    )


# --- statements ---------------------------------------------------------------------------------------------------


def _keeping(basis: Basis, *columns: frozenset[str]) -> Basis:
    return replace(basis, keep=frozenset({ACCOUNT}).union(*columns))


@lru_cache(maxsize=256)
def _text(metrics: tuple[Metric, ...], basis: Basis, dialect: Dialect) -> tuple[str, tuple[Part, ...]]:
    parts = parts_of(metrics)
    return dialect.compile(whole(metrics, parts, True, basis)), parts


@lru_cache(maxsize=1024)
def _part_text(part: Part, where: tuple[str, ...], basis: Basis, dialect: Dialect) -> str:
    known = known_dimensions(basis)
    return dialect.compile(_rows(part, tuple(known[k] for k in where), basis))


def _rows(part: Part, where: tuple[Dimension, ...], basis: Basis) -> ir.Table:
    """The part's measures by account: period_id, dimension (the account, "" for none), one column a measure."""
    measure = part.measures[0]
    relation = measure.fact.relation(basis)
    rows = measure.fact.rows(_keeping(basis, *(columns_of(d, relation, basis) for d in where)))
    placed = in_periods(filtered(rows, relation, where, basis), measure)
    if measure.per_account is not None:
        placed = one_row_an_account(measure, placed, None)
    placed = placed.mutate(**{BY: placed[ACCOUNT].fill_null("")})
    return placed.group_by(["period_id", BY]).agg(**{m.key: m.value(placed) for m in part.measures})
