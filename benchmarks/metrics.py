"""Metrics by month and segment: the product beside hand-written DuckDB SQL and pandas that give the same answer."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks import rivals_pandas, rivals_pandas_more, rivals_sql_more
from benchmarks.company import AS_OF, Size, workspace_of
from benchmarks.timing import Table, medians, ratio, shown, timed
from revops.metrics import compiled, prepared
from revops.metrics.calendar import DAY, add_months, periods
from revops.metrics.core import Grain, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace

END = AS_OF + DAY
FRAMES = {
    "accounts": "account_id, segment",
    "opportunities": "account_id, type, status, amount, created_at, closed_at",
    "subscriptions": "account_id, amount, quantity, interval, started_at, ended_at",
    "spend": "date, amount, department",
    "leads": "account_id, created_at, mql_at, sql_at",
    "tickets": "account_id, opened_at, resolved_at",
}


@dataclass(frozen=True)
class Contest:
    """One workspace, its tables as frames, and the months asked for."""

    workspace: Workspace
    frames: rivals_pandas.Frames
    first: dt.date

    def ours(self, key: str) -> pd.DataFrame:
        by = None if key in rivals_sql_more.WITHOUT_SEGMENT else "segment"
        engine = Engine(self.workspace)
        asked = periods(self.first, END, Grain.MONTH, engine.conventions)
        frame = engine.evaluate(Query(metric=key, periods=asked, as_of=AS_OF, by=by, where={})).frame
        return frame.rename(columns={"start": "period", "dimension": "segment"})

    def sql(self, key: str) -> pd.DataFrame:
        text = rivals_sql_more.ALL[key].format(first=self.first, end=END, five_before=add_months(self.first, -5))
        cursor = self.workspace.cursor()
        try:
            return cursor.execute(text).df()
        finally:
            cursor.close()

    def pandas(self, key: str) -> pd.DataFrame:
        months = pd.date_range(self.first, AS_OF, freq="MS")
        return rivals_pandas_more.ALL[key](self.frames, months)


def benchmark(folder: Path, size: Size, months: int, runs: int) -> Table:
    """Times every metric that has rivals. Raises ValueError where the three do not agree."""
    build, workspace = timed(partial(workspace_of, folder / "company.duckdb", size))
    with workspace:
        told = compared(workspace, str(size), months, runs)
    return replace(told, notes=(*told.notes, f"Loading the company took {shown(build)}."))


def compared(
    workspace: Workspace, size: str, months: int, runs: int, keys: Sequence[str] = tuple(rivals_sql_more.ALL)
) -> Table:
    """The same over a workspace that is there. keys: which metrics."""
    contest = Contest(workspace, _frames(workspace), add_months(END, -months))
    return Table(
        f"Metrics by month and segment, {months} months: {size}",
        ("metric", "first", "compiled", "warm", "SQL", "pandas", "compiled / SQL", "pandas / warm"),
        tuple(_row(contest, key, runs) for key in keys),
        (
            "first: with compiling the expression and building derived tables; the first to need one pays for it.",
            "compiled: as in a new process, the derived tables there; warm: asked before, for other days.",
            f"Processor time of all threads, medians of {runs} runs in turn; all three checked equal.",
        ),
    )


def _row(contest: Contest, key: str, runs: int) -> tuple[str, ...]:
    _forget_compiled()
    first, ours = timed(partial(contest.ours, key), time.process_time)
    checked = []
    for name, way in (("SQL", contest.sql), ("pandas", contest.pandas)):
        took, theirs = timed(partial(way, key), time.process_time)
        _check_equal(f"{key}, {name}", ours, theirs)
        checked.append(took)

    def anew() -> pd.DataFrame:
        _forget_compiled()
        return contest.ours(key)

    own = [anew, partial(contest.ours, key)]
    rivals = [partial(contest.sql, key), partial(contest.pandas, key)]
    if runs == 1:  # the rivals' run that was checked is the one: a second takes minutes where the company is large
        compiled, warm = medians(own, runs, time.process_time)
        sql, pandas = checked
    else:
        compiled, warm, sql, pandas = medians([*own, *rivals], runs, time.process_time)
    row = (key, *map(shown, (first, compiled, warm, sql, pandas)), ratio(compiled, sql), ratio(pandas, warm))
    print(*row, sep="  ", file=sys.stderr, flush=True)  # a large company takes a while
    return row


def _frames(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The columns that rivals read."""
    cursor = workspace.cursor()
    try:
        return {name: cursor.execute(f"SELECT {columns} FROM main.{name}").df() for name, columns in FRAMES.items()}
    finally:
        cursor.close()


def _forget_compiled() -> None:
    for one in (*vars(compiled).values(), prepared.prepared):
        if hasattr(one, "cache_clear"):
            one.cache_clear()


def _check_equal(what: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Every group of the rival has our value; groups it does not have are empty or nothing with us."""
    keys = [k for k in ("period", "segment") if k in ours and k in theirs]
    left, right = (
        f.assign(period=pd.to_datetime(f["period"])).set_index(keys)["value"].astype(float) for f in (ours, theirs)
    )
    if right.dropna().empty:
        raise ValueError(f"{what}: the rival found nothing to compare")
    matched = left.reindex(right.index)
    tolerance = 1e-6 * right.abs().clip(lower=1)
    wrong = ((matched - right).abs() > tolerance) | (matched.isna() != right.isna())
    more = left.drop(right.index).fillna(0)
    if wrong.any() or (more != 0).any():
        shown_ = pd.DataFrame({"ours": matched, "theirs": right})[wrong].head()
        raise ValueError(f"{what}: not the same answer\n{shown_}\nonly ours:\n{more[more != 0].head()}")
