"""Metrics by month and segment: the product beside hand-written DuckDB SQL and pandas that give the same answer.

One metric at a time; pandas holds the columns that its rival names and no others.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from benchmarks.company import AS_OF
from benchmarks.rivals import MONTH_ALONE, PANDAS, SQL
from benchmarks.timing import Table, medians, ratio, shown, timed
from revops.metrics import compiled, prepared
from revops.metrics.calendar import DAY, add_months, periods
from revops.metrics.core import Grain, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace

END = AS_OF + DAY
OF_SQL, OF_PANDAS = 1.3, 10.0  # goals: at most so many times SQL, compiling included; so many times faster than pandas
TOLERANCE = 1e-9  # of the value, or of 1


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of the processor that a metric took."""

    metric: str
    first: float
    compiled: float
    warm: float
    sql: float
    pandas: float

    @property
    def missed(self) -> tuple[str, ...]:
        """The goals that it misses."""
        slow = {"SQL": self.compiled > OF_SQL * self.sql, "pandas": self.warm * OF_PANDAS > self.pandas}
        return tuple(name for name, is_missed in slow.items() if is_missed)


@dataclass
class Contest:
    """One workspace and the months asked for. frames: entity -> the columns that are held, and the frame."""

    workspace: Workspace
    first: dt.date
    frames: dict[str, tuple[tuple[str, ...], pd.DataFrame]] = field(default_factory=dict)

    def ours(self, key: str) -> pd.DataFrame:
        engine = Engine(self.workspace)
        asked = periods(self.first, END, Grain.MONTH, engine.conventions)
        by = None if key in MONTH_ALONE else "segment"
        frame = engine.evaluate(Query(metric=key, periods=asked, as_of=AS_OF, by=by, where={})).frame
        return frame.rename(columns={"start": "period", "dimension": "segment"})

    def sql(self, key: str) -> pd.DataFrame:
        before = add_months(self.first, -5)
        return self._asked(SQL[key].format(first=self.first, end=END, five_before=before, as_of=AS_OF))

    def pandas(self, key: str) -> pd.DataFrame:
        """Over frames that are held already."""
        held = {entity: frame for entity, (_, frame) in self.frames.items()}
        return PANDAS[key].run(held, pd.date_range(self.first, AS_OF, freq="MS"))

    def read(self, key: str) -> None:
        """Holds the columns that the metric's rival reads, and no others."""
        asked = PANDAS[key].reads
        self.frames = {e: held for e, held in self.frames.items() if asked.get(e) == held[0]}
        for entity, columns in asked.items():
            if entity not in self.frames:
                self.frames[entity] = (columns, self._asked(f"SELECT {', '.join(columns)} FROM main.{entity}"))

    def _asked(self, sql: str) -> pd.DataFrame:
        cursor = self.workspace.cursor()
        try:
            return cursor.execute(sql).df()
        finally:
            cursor.close()


def measured(workspace: Workspace, months: int, runs: int, keys: Sequence[str] = tuple(SQL)) -> Iterator[Timing]:
    """Each metric in turn. Raises ValueError where the three do not agree."""
    contest = Contest(workspace, add_months(END, -months))
    for key in keys:
        yield _measured(contest, key, runs)


def table(timings: Sequence[Timing], size: str, months: int, runs: int) -> Table:
    missed = {goal: [t.metric for t in timings if goal in t.missed] for goal in ("SQL", "pandas")}
    return Table(
        f"Metrics by month and segment, {months} months: {size}",
        ("metric", "first", "compiled", "warm", "SQL", "pandas", "compiled / SQL", "pandas / warm", "misses"),
        tuple(
            (
                t.metric + ("*" if t.metric in MONTH_ALONE else ""),
                *map(shown, (t.first, t.compiled, t.warm, t.sql, t.pandas)),
                _apart(t.compiled, t.sql),
                ratio(t.pandas, t.warm),
                ", ".join(t.missed) or "-",
            )
            for t in timings
        ),
        (
            f"Goals: at most {OF_SQL} times SQL with compiling, at least {OF_PANDAS:.0f} times faster than pandas. "
            f"Of {len(timings)} metrics {len(missed['SQL'])} miss the first, {len(missed['pandas'])} the second.",
            "first: with compiling the expression and building derived tables; the first to need one pays for it.",
            "compiled: as in a new process, the derived tables there; warm: asked before.",
            "pandas: over frames in memory, reading them is not counted. * by month alone: it has no segments.",
            f"Processor time of all threads, medians of {runs} runs in turn; all three checked equal to {TOLERANCE}.",
        ),
    )


def _measured(contest: Contest, key: str, runs: int) -> Timing:
    _forget_compiled()
    first, ours = timed(partial(contest.ours, key), time.process_time)
    took_sql, theirs = timed(partial(contest.sql, key), time.process_time)
    check_equal(f"{key}, SQL", ours, theirs)
    contest.read(key)
    took_pandas, theirs = timed(partial(contest.pandas, key), time.process_time)
    check_equal(f"{key}, pandas", ours, theirs)

    def anew() -> pd.DataFrame:
        _forget_compiled()
        return contest.ours(key)

    own = [anew, partial(contest.ours, key)]
    rivals = [partial(contest.sql, key), partial(contest.pandas, key)]
    if runs == 1:  # the rivals' run that was checked is the one: a second takes minutes where the company is large
        told = Timing(key, first, *medians(own, runs, time.process_time), took_sql, took_pandas)
    else:
        told = Timing(key, first, *medians([*own, *rivals], runs, time.process_time))
    seconds = (told.first, told.compiled, told.warm, told.sql, told.pandas)
    print(key, *map(shown, seconds), *told.missed, sep="  ", file=sys.stderr, flush=True)  # it may take a while
    return told


def _apart(ours: float, theirs: float) -> str:
    """Two places where it is below one."""
    return ratio(ours, theirs) if ours > theirs else f"{ours / theirs:.2f}x"


def _forget_compiled() -> None:
    for one in (*vars(compiled).values(), prepared.prepared):
        if hasattr(one, "cache_clear"):
            one.cache_clear()


def check_equal(what: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Every group of the rival has our value; groups it does not have are empty or nothing with us.

    Raises ValueError with the first groups that differ.
    """
    keys = [k for k in ("period", "segment") if k in ours and k in theirs]
    left, right = (
        f.assign(period=pd.to_datetime(f["period"])).set_index(keys)["value"].astype(float) for f in (ours, theirs)
    )
    if right.dropna().empty:
        raise ValueError(f"{what}: the rival found nothing to compare")
    if not right.index.is_unique:
        raise ValueError(f"{what}: the rival tells a group twice")
    matched = left.reindex(right.index)
    tolerance = TOLERANCE * right.abs().clip(lower=1)
    wrong = ((matched - right).abs() > tolerance) | (matched.isna() != right.isna())
    more = left.drop(right.index, errors="ignore").fillna(0)
    if wrong.any() or (more != 0).any():
        differing = pd.DataFrame({"ours": matched, "theirs": right})[wrong]
        raise ValueError(
            f"{what}: not the same answer in {len(differing)} groups of {len(right)}\n{differing.head()}\n"
            f"only ours:\n{more[more != 0].head()}"
        )
