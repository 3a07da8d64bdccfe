"""What an engine answered lately: cells of a page that ask the same, or some of its periods, are answered at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from revops.metrics.core import MetricResult, Query

MOST = 128  # figures whose answers are kept
SEVERAL = 3  # answers of one figure: cells of a page ask it over different periods
LONGEST = 2000  # rows of an answer that is kept


class Remembered:
    """Answers by what was asked, the latest of MOST. Of one engine, so of one workspace; `state` tells its data."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[MetricResult, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, query: Query, state: str) -> MetricResult | None:
        """What was answered to the query, or to one that asks for these periods and more; None: it is to be asked."""
        key = _key(query, state)
        with self._lock:
            found = self._kept.get(key, ())
        same = next((one for one in found if one.query.periods == query.periods), None)
        if same is not None or query.by is not None:  # by a dimension, periods decide which of its values are told
            return same
        wider = next((one for one in found if set(query.periods) <= set(one.query.periods)), None)
        return None if wider is None else _part(wider, query)

    def keep(self, result: MetricResult, state: str) -> None:
        if len(result.columns["start"]) > LONGEST:
            return
        key = _key(result.query, state)
        with self._lock:
            others = [one for one in self._kept.get(key, ()) if not _covers(result.query, one.query)]
            self._kept[key] = (result, *others)[:SEVERAL]
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


def _covers(query: Query, other: Query) -> bool:
    """What was answered to the query tells the other one too."""
    if query.by is not None:
        return query.periods == other.periods
    return set(other.periods) <= set(query.periods)


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
