"""Journeys through ordered steps, and what a funnel counts of them, as one statement.

A journeys table has one row a record: `entry` (date), `own_1` .. `own_k` (the date the record entered that step by
its own evidence, or null), `reached` (1 .. k, the furthest step known), `state` ("open", "lost", "astray"; what it is
of a record at the last step does not matter), `unknown` (lost, and nothing tells where), `lost_day` (when it was lost,
where that is known), `group`. Where it has a column ALIKE, a row is as many records as that tells (alike.py).

In any order (the usual funnel), reaching a later step counts as having passed the earlier ones. In strict order
(`in_order`), a step counts only when the record entered every step before it as well, one after the other; who went on
in another way is "astray" in the last step it reached in order.
Definitions: metrics contract, "Funnels".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis.stats import wilson
from revops.analysis.values import records
from revops.metrics.tables import looked_at

FAR = dt.date(9999, 12, 31)
ALIKE = "_alike"


def within(journeys: ir.Table, steps: int, window: int | None) -> ir.Table:
    """The journeys as they stood when the conversion window closed: what came later does not count.

    A record whose window has closed is decided: it is "lost" (not in time) unless it had reached the last step.
    """
    if window is None:
        return journeys
    last = journeys.entry + ibis.interval(days=window)
    in_time = {
        f"own_{k}": ibis.cases((journeys[f"own_{k}"] <= last, journeys[f"own_{k}"])) for k in range(1, steps + 1)
    }
    closed = last <= looked_at().as_of.as_scalar()
    cut = journeys.mutate(**in_time)
    return cut.mutate(
        reached=closed.ifelse(furthest(cut, steps), cut.reached),
        state=(closed & (cut.state != "astray")).ifelse("lost", cut.state),
    )


def in_order(journeys: ir.Table, steps: int) -> ir.Table:
    """The journeys by strict order: a step is reached when its own date is not before that of the step before it, and
    that one was reached so too. The first step is reached on entry. Two steps on one day are in order.

    `reached` of the journeys given: the furthest in any order; who came further so than in order is "astray".
    """
    dates: dict[str, ir.Value] = {"own_1": journeys.entry}
    before: ir.DateValue = journeys.entry
    for k in range(2, steps + 1):
        before = ibis.cases((journeys[f"own_{k}"] >= before, journeys[f"own_{k}"]))
        dates[f"own_{k}"] = before
    strict = journeys.mutate(**dates, _any=journeys.reached)
    strict = strict.mutate(reached=furthest(strict, steps))
    astray = strict["_any"] > strict.reached
    return strict.mutate(state=astray.ifelse("astray", strict.state)).drop("_any")


def furthest(rows: ir.Table, steps: int) -> ir.IntegerValue:
    """The last step that a record entered by its own evidence; the first where there is none."""
    found: ir.IntegerValue = ibis.literal(1, "int64")
    for k in range(2, steps + 1):
        found = rows[f"own_{k}"].notnull().ifelse(ibis.literal(k, "int64"), found)
    return found


def counted(journeys: ir.Table, steps: int) -> ir.Table:
    """One row a group, wide: reached_k, open_k, lost_k, astray_k, unknown_k, inferred_k, median_k, p90_k of every k.

    Reaching a later step counts as having passed the earlier ones, at the latest when the later one was entered.
    Days are whole days between the previous step and this one, of the records with a date of their own for both.
    """
    passed: dict[str, ir.Value] = {}
    following: ir.DateValue = ibis.literal(FAR)
    for k in range(steps, 0, -1):
        own = journeys.entry if k == 1 else journeys[f"own_{k}"]
        following = ibis.least(own.fill_null(ibis.literal(FAR)), following)
        passed[f"at_{k}"] = following
    rows = journeys.mutate(**passed)
    figures: dict[str, ir.Value] = {}
    times: dict[int, tuple[ir.BooleanValue, ir.FloatingValue]] = {}
    for k in range(1, steps + 1):
        here, own = rows.reached == k, rows[f"own_{k}"]
        figures[f"reached_{k}"] = how_many(rows, rows.reached >= k)
        figures[f"open_{k}"] = how_many(rows, here & (rows.state == "open"))
        figures[f"lost_{k}"] = how_many(rows, here & (rows.state == "lost"))
        figures[f"astray_{k}"] = how_many(rows, here & (rows.state == "astray"))
        figures[f"unknown_{k}"] = how_many(rows, here & rows.unknown & (rows.state == "lost"))
        figures[f"inferred_{k}"] = how_many(rows, (rows.reached >= k) & own.isnull())
        if k > 1:
            before = rows[f"at_{k - 1}"]
            dated_before = rows.entry if k == 2 else rows[f"own_{k - 1}"]
            timed = dated_before.notnull() & (before < ibis.literal(FAR)) & (rows.reached >= k) & own.notnull()
            times[k] = timed, rows[f"at_{k}"].delta(before, unit="day").cast("float64")
    if ALIKE in rows.columns:
        sums = rows.group_by("group").agg(**figures)
        told = _quantiles(rows, times)
        return sums.left_join(told, "group").select(*sums.columns, *(c for c in told.columns if c != "group"))
    for k, (timed, days) in times.items():
        figures[f"median_{k}"] = days.median(where=timed)
        figures[f"p90_{k}"] = days.quantile(0.9, where=timed)
    return rows.group_by("group").agg(**figures)


def how_many(rows: ir.Table, which: ir.BooleanValue) -> ir.IntegerScalar:
    """The records for which it holds."""
    return which.ifelse(rows[ALIKE], 0).sum() if ALIKE in rows.columns else which.sum()


def _quantiles(rows: ir.Table, times: Mapping[int, tuple[ir.BooleanValue, ir.FloatingValue]]) -> ir.Table:
    """group, median_k, p90_k of rows that are several records each: from how many took so many days."""
    taken = [
        rows.filter(timed).select("group", rows[ALIKE], step=ibis.literal(k, "int64"), days=days)
        for k, (timed, days) in times.items()
    ]
    counts = ibis.union(*taken) if len(taken) > 1 else taken[0]
    counts = counts.group_by("group", "step", "days").agg(n=counts[ALIKE].sum().cast("int64"))
    whole = ibis.window(group_by=["group", "step"])
    counts = counts.mutate(
        upto=counts.n.sum().over(ibis.cumulative_window(group_by=["group", "step"], order_by="days")),
        last=counts.n.sum().over(whole) - 1,
    )
    shares = {"median": 0.5, "p90": 0.9}
    places = {name: counts.last.cast("float64") * share for name, share in shares.items()}
    ends = {}
    for name, place in places.items():
        ends[f"{name}_at"] = place.max()
        ends[f"{name}_low"] = counts.days.min(where=counts.upto > place.floor())
        ends[f"{name}_high"] = counts.days.min(where=counts.upto > place.ceil())
    steps = counts.group_by("group", "step").agg(**ends)
    between = {
        n: steps[f"{n}_low"] + (steps[f"{n}_high"] - steps[f"{n}_low"]) * (steps[f"{n}_at"] - steps[f"{n}_at"].floor())
        for n in shares
    }
    steps = steps.mutate(**between)
    return steps.group_by("group").agg(
        **{f"{n}_{k}": steps[n].max(where=steps.step == k) for k in times for n in shares}
    )


NUMBERS = (
    "reached",
    "share_of_previous",
    "low",
    "high",
    "share_of_decided",
    "share_of_first",
    "could_reach",
    "median_days",
    "p90_days",
    "open",
    "lost",
    "astray",
    "lost_unknown",
    "inferred",
)


def long(wide: pd.DataFrame, steps: Sequence[str]) -> pd.DataFrame:
    """One row a group and step, groups with most records first.

    share_of_previous: reached / reached the step before (low, high: Wilson 95 %). share_of_decided: the same without
    those still open in the step before. share_of_first: reached / entered. could_reach: share of first if every
    record still open in an earlier step came this far. open, lost: how many stand or were lost in this step; of the
    last step none. astray: of strict order, who went on from it out of order.
    lost_unknown: of the lost, those of which nothing tells where. inferred: of the reached, those
    with no date of their own for the step. Days are null where no record has both dates.
    """
    order = wide.sort_values(["reached_1", "group"], ascending=[False, True])
    rows = [row for record in records(order) for row in _steps_of(record, steps)]
    frame = pd.DataFrame(rows, columns=["group", "position", "step", *NUMBERS])
    return frame.astype(dict.fromkeys(NUMBERS, "float64"))


def _steps_of(record: Mapping[Any, Any], steps: Sequence[str]) -> list[dict[str, Any]]:
    first = record["reached_1"]
    rows: list[dict[str, Any]] = []
    still_open = 0
    for k, step in enumerate(steps, start=1):
        reached, previous = record[f"reached_{k}"], record[f"reached_{k - 1}"] if k > 1 else None
        bounds = wilson(reached, previous) if previous else None
        decided = previous - record[f"open_{k - 1}"] if previous else 0
        last = k == len(steps)
        rows.append(
            {
                "group": record["group"],
                "position": k,
                "step": step,
                "reached": reached,
                "share_of_previous": reached / previous if previous else None,
                "low": bounds[0] if bounds else None,
                "high": bounds[1] if bounds else None,
                "share_of_decided": reached / decided if decided > 0 else None,
                "share_of_first": reached / first if first else None,
                "could_reach": (reached + still_open) / first if first else None,
                "median_days": record.get(f"median_{k}"),
                "p90_days": record.get(f"p90_{k}"),
                "open": None if last else record[f"open_{k}"],
                "lost": None if last else record[f"lost_{k}"],
                "astray": None if last else record[f"astray_{k}"],
                "lost_unknown": None if last else record[f"unknown_{k}"],
                "inferred": record[f"inferred_{k}"],
            }
        )
        still_open += record[f"open_{k}"]
    return rows
