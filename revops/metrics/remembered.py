"""What an engine answered lately: cells of a page that ask the same, or some of its periods, are answered at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from revops.metrics.core import MetricResult, Query

MOST = 128  # answers
LONGEST = 2000  # rows of an answer that is kept


class Remembered:
    """Answers by what was asked, the latest MOST. Of one engine, so of one workspace; `state` tells its data."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, MetricResult] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, query: Query, state: str) -> MetricResult | None:
        """What was answered to the query, or to one that asks for these periods and more; None: it is to be asked."""
        key = _key(query, state)
        with self._lock:
            found = self._kept.get(key)
        if found is None or found.query.periods == query.periods:
            return found
        some = query.by is None and set(query.periods) <= set(found.query.periods)
        return _part(found, query) if some else None  # by a dimension, periods decide which of its values are told

    def keep(self, result: MetricResult, state: str) -> None:
        if len(result.columns["start"]) > LONGEST:
            return
        with self._lock:
            self._kept[_key(result.query, state)] = result
            self._kept.move_to_end(_key(result.query, state))
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


def _key(query: Query, state: str) -> Hashable:
    where = tuple(sorted((k, tuple(v)) for k, v in query.where.items()))
    return (state, query.metric, query.by, query.as_of, where, query.intervals)


def _part(found: MetricResult, query: Query) -> MetricResult:
    """The rows of the query's periods, in its order."""
    place = {period: index for index, period in enumerate(found.query.periods)}
    rows: dict[int, list[int]] = {}
    for row, index in enumerate(found.columns["period_id"].tolist()):
        rows.setdefault(index, []).append(row)
    wanted = [rows.get(place[period], []) for period in query.periods]
    taken = [row for own in wanted for row in own]
    columns: dict[str, Any] = {
        k: [v[row] for row in taken] if isinstance(v, list) else v[taken] for k, v in found.columns.items()
    }
    for at, index in enumerate(index for index, own in enumerate(wanted) for _ in own):
        columns["period_id"][at] = index
    return replace(found, query=query, columns=columns)
