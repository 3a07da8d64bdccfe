"""What several cells of a page ask alike, asked at once: each figure over all the periods that any of them looks at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from revops.analysis import analysis as analysis_of
from revops.analysis.core import Cell, View
from revops.analysis.params import resolve
from revops.metrics.core import Query

if TYPE_CHECKING:
    from revops.metrics.engine import Engine


def asks(cell: Cell) -> bool:
    """The cell says beforehand which figures it will ask for."""
    return analysis_of(cell.analysis).asks is not None


def ask_ahead(engine: Engine, cells: Iterable[Cell], view: View) -> None:
    """Asks for the figures that the cells will ask for, by a statement a processor; the engine then knows them.

    What cannot be told is left to the cell, which says why.
    """
    wanted = [query for cell in cells for query in _queries(engine, cell, view) if not engine.knows(query)]
    for alike in _alike(wanted):
        periods = tuple(dict.fromkeys(period for query in alike for period in query.periods))
        metrics = dict.fromkeys(query.metric for query in alike)
        first = alike[0]
        engine.evaluate_together(
            [
                Query(metric=metric, periods=periods, as_of=first.as_of, where=first.where, intervals=first.intervals)
                for metric in metrics
            ]
        )


def _queries(engine: Engine, cell: Cell, view: View) -> Sequence[Query]:
    analysis = analysis_of(cell.analysis)
    if analysis.asks is None:
        return ()
    params = resolve(analysis, cell.params, lambda name: engine.dimension(name).key)
    return analysis.asks(engine, view, params)


def _alike(queries: Iterable[Query]) -> list[list[Query]]:
    """Queries that differ in their metric and periods alone, together."""
    found: dict[object, list[Query]] = {}
    for query in queries:
        where = tuple(sorted((name, tuple(values)) for name, values in query.where.items()))
        found.setdefault((query.as_of, where, query.intervals), []).append(query)
    return list(found.values())
