"""How each step's rate of the funnel moves: the funnel's own journeys, by the period in which they began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import pandas as pd

from revops.analysis import alike, funnel_rows, funnel_way, phrases
from revops.analysis.cohort_rows import period_number, period_start
from revops.analysis.core import Analysis, Param, ParamKind, Result, View
from revops.analysis.funnel import FUNNEL, MATURE, OUTSIDE, USED
from revops.analysis.funnel_trend_words import RATES, columns, finding, notes, step_names
from revops.analysis.journeys import counted, long, within
from revops.analysis.stats import holm, is_few, is_signal, p_value, wilson
from revops.analysis.values import records
from revops.metrics import calendar
from revops.metrics.core import Conventions, Period
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

COUNTS = ("entered", "came", "reached", "not_yet", "lost", "astray", "decided")
SHARES = (
    "share",
    "low",
    "high",
    "share_of_previous",
    "share_of_first",
    "share_of_decided",
    "at_most",
    "median_days",
)
MARKS = ("immature", "few", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """The cohorts of the range in two: the earlier ones, and the later ones with the middle one of an odd count.

    Each as far as it lies within the range.
    """

    first: Period
    second: Period

    @classmethod
    def of(cls, cohorts: Sequence[Period], within: Period) -> Halves:
        """Precondition: two cohorts at least."""
        middle = cohorts[len(cohorts) // 2].start
        start, end = max(cohorts[0].start, within.start), min(cohorts[-1].end, within.end)
        return cls(first=Period(start, middle), second=Period(middle, end))


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """A row a cohort (a period of the view's grain in which records entered) and step after the first.

    cohort: its first day. entered: in the cohort, within the view's period. came: what the rate is of, those that
    reached the step before (`rate` step) or all that entered (first). reached: of them, the step; share = reached /
    came with its Wilson interval, null where nobody came. not_yet: open in the step before (first: in any before);
    lost, astray likewise; came = reached + not_yet + lost + astray. decided = came - not_yet. at_most: the share if
    all not yet decided reach it. immature: that is more than MATURE above the share. running: the cohort's period is.

    facts: moves, a record a step: first, second (share of those decided, over the halves' cohorts old enough; None
    without such), first_n, second_n, p (Holm over the steps), signal; mover: of those with a signal the one whose
    share moved farthest, else None.
    """
    way, grain, conventions = funnel_way.way(engine, view, params), view.grain, engine.conventions

    def over(rows: ir.Table) -> ir.Table:
        by_entry = rows.mutate(group=period_number(rows.entry, grain, conventions))
        return counted(within(by_entry, len(way.keys), way.window), len(way.keys))

    wide, text = alike.told(engine, ("funnel_trend", way.window, grain), way.followed, view, over)
    entered, there = int(wide["reached_1"].sum()), way.there(engine)
    found = {
        period_start(int(str(number)), grain, conventions): records(steps)
        for number, steps in long(wide, way.keys).groupby("group", sort=True)
    }
    cohorts = _cohorts(view, conventions, found)
    first = params["rate"] == "first"
    rows = [row for c in cohorts for row in _rows(c, found.get(c.start), way.keys, view.as_of, first=first)]
    frame = pd.DataFrame(rows, columns=["cohort", "position", "step", *COUNTS, *SHARES, *MARKS])
    frame = frame.astype({**dict.fromkeys(COUNTS, "int64"), **dict.fromkeys(SHARES, "float64")})
    names = step_names(way, first=first)
    halves = Halves.of(cohorts, view.period) if len(cohorts) > 1 else None
    told = _moves(frame, halves, way.keys) if halves else []
    clear = [m for m in told if m["signal"]]
    return Result(
        frame=frame if entered else frame.iloc[0:0],
        columns=columns(grain, names, first=first, strict=params["order"] == "strict"),
        facts={
            "entered": entered,
            "cohorts": len(cohorts),
            "grain": grain,
            "moves": told,
            "mover": max(clear, key=lambda m: abs(m["second"] - m["first"])) if clear else None,
            "first_half": halves.first if halves else None,
            "second_half": halves.second if halves else None,
            "period": view.period,
            "as_of": view.as_of,
            "record": way.record,
            "pipeline": way.pipeline,
            "names": names,
        },
        sql=(text, *way.sql),
        notes=(*way.notes, *notes(frame, told, names, cohorts, view)) if entered else way.notes,
        rows_used=((USED[way.followed.relation], entered),),
        rows_left_out=((OUTSIDE, there - entered),) if there > entered else (),
        empty=None if entered else phrases.NO_VALUE,
    )


def _cohorts(view: View, conventions: Conventions, found: Mapping[dt.date, object]) -> tuple[Period, ...]:
    """Every period of the range that has begun, those in which nobody entered too: a gap is a gap."""
    begun = calendar.periods(view.period.start, view.period.end, view.grain, conventions)
    return tuple(p for p in begun if p.start <= view.as_of or p.start in found)


def _rows(
    cohort: Period, steps: Sequence[Mapping[str, Any]] | None, keys: Sequence[str], as_of: dt.date, *, first: bool
) -> list[dict[str, Any]]:
    """The cohort's rows of the frame, from its rows of journeys.long (None: nobody entered)."""
    nothing = dict.fromkeys(("reached", "open", "lost", "astray"), 0)
    ways = steps or [{"step": key, **nothing} for key in keys]
    entered, sums = int(ways[0]["reached"]), dict.fromkeys(("open", "lost", "astray"), 0)
    out = []
    for position, (before, here) in enumerate(pairwise(ways), start=2):
        sums = {k: int(before[k]) + (sum_ if first else 0) for k, sum_ in sums.items()}
        came, reached = entered if first else int(before["reached"]), int(here["reached"])
        decided = came - sums["open"]
        low, high = wilson(reached, came) or (None, None)
        at_most = (reached + sums["open"]) / came if came else None
        out.append(
            {
                "cohort": cohort.start,
                "position": position,
                "step": here["step"],
                "entered": entered,
                "came": came,
                "reached": reached,
                "not_yet": sums["open"],
                "lost": sums["lost"],
                "astray": sums["astray"],
                "decided": decided,
                "share": reached / came if came else None,
                "low": low,
                "high": high,
                "share_of_previous": here.get("share_of_previous"),
                "share_of_first": here.get("share_of_first"),
                "share_of_decided": reached / decided if decided else None,
                "at_most": at_most,
                "median_days": here.get("median_days"),
                "immature": bool(came) and sums["open"] / came > MATURE,
                "few": is_few(came),
                "running": calendar.is_partial(cohort, as_of),
            }
        )
    return out


def _moves(frame: pd.DataFrame, halves: Halves, keys: Sequence[str]) -> list[dict[str, Any]]:
    """By step: the share of those decided in either half, over its cohorts old enough, and whether it moved."""
    old = frame[~frame["immature"].astype(bool)]
    early = old["cohort"] < halves.second.start
    out: list[dict[str, Any]] = []
    for position, key in enumerate(keys[1:], start=2):
        of_step = old["position"] == position
        a, b = (old.loc[of_step & half, ["reached", "decided"]].sum() for half in (early, ~early))
        (first, first_n), (second, second_n) = ((int(s["reached"]), int(s["decided"])) for s in (a, b))
        out.append(
            {
                "step": key,
                "first": first / first_n if first_n else None,
                "first_n": first_n,
                "second": second / second_n if second_n else None,
                "second_n": second_n,
                "p": p_value(first, first_n, second, second_n),
            }
        )
    corrected = holm([m["p"] for m in out])
    return [{**m, "p": p, "signal": is_signal(p)} for m, p in zip(out, corrected, strict=True)]


FUNNEL_TREND = Analysis(
    key="funnel_trend",
    title=Text("How each step's rate moves", "Как меняется доля каждого шага"),
    question=Text(
        "Do those who came later come through each step as often?",
        "Пришедшие позже проходят каждый шаг так же часто?",
    ),
    definition=Text(
        "The funnel's records by the period in which they entered; of each period, the share of those that came to a "
        "step who reached the next one (or of all that entered who reached it), whenever that was. Who is still open "
        f"before the step is not yet decided, never lost: where that is more than {MATURE:.0%}, the rate may still "
        "rise, and the period is left out of the comparison of halves. That compares the earlier half of the periods "
        "with the later half by step: of those decided, how many reached it; two-proportion z test, Fisher's exact "
        "test where few are expected, Holm's correction for looking at all steps.",
        "Записи воронки по периоду входа: какая доля дошедших до шага прошла следующий (или какая доля всех вошедших "
        "до него дошла), когда бы это ни случилось. Кто ещё в работе до шага, не определился и потерянным не "
        f"считается: если таких больше {MATURE * 100:.0f} %, доля ещё может вырасти, и в сравнение половин период не "
        "входит. В нём ранняя половина периодов сравнивается с поздней по каждому шагу: сколько определившихся до "
        "него дошли; z-критерий для двух долей, при малых ожидаемых числах точный критерий Фишера, поправка Холма на "
        "число шагов.",
    ),
    params=(
        *(p for p in FUNNEL.params if p.key != "by"),
        Param(key="rate", label=Text("Rate", "Доля"), kind=ParamKind.CHOICE, default="step", choices=RATES),
    ),
    run=run,
    finding=finding,
    chart="funnel_trend",
    needs=FUNNEL.needs,
    behind=funnel_rows.records_behind,
)
