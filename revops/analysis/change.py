"""How a metric's change between two periods is shared among the groups of a dimension; parts sum to the change.

Shared by drivers (one dimension) and driver_search (all of them). The arithmetic is in decompose.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from revops.analysis import decompose
from revops.analysis.core import Compare, Result, View
from revops.analysis.decompose import Numbers, adds_up
from revops.analysis.series import Answer, Plan, ask, comparison, number, plan
from revops.analysis.stats import equal_change, equal_growth
from revops.analysis.values import OTHER_KEY
from revops.errors import NotComputable
from revops.metrics.core import Metric, OverTime, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

# a sum -> the average whose numerator it is, over the cases that average counts
AVERAGE_OF: Mapping[str, str] = {"won_revenue": "average_won_deal", "mrr": "arpa", "arr": "arpa"}
PARTS = ("volume", "mix", "rate")


@dataclass(frozen=True, kw_only=True)
class Change:
    """frame: one row a group: group, before, after (the group's own figures, NaN where it has none), weight (its share
    of the cases, 0..1), effect, and of PARTS those that `parts` names; effect is their sum.

    The effects sum to after - before. p: how likely groups that truly moved alike differ this much (proportions and
    counts; None elsewhere). sql: what ran.
    """

    metric: Metric
    by: str
    before: float
    after: float
    frame: pd.DataFrame
    parts: tuple[str, ...]
    p: float | None
    sql: tuple[str, ...]

    @property
    def unevenness(self) -> float:
        """See decompose.unevenness."""
        return decompose.unevenness(self.frame["effect"].to_numpy(), self.frame["weight"].to_numpy())


@dataclass(frozen=True, kw_only=True)
class Sides:
    """A metric's figures in both periods, a place a group: figures of MetricResult by column, NaN where there is none.

    whole_before, whole_after: the same without a breakdown, as one row each.
    """

    metric: Metric
    groups: tuple[str, ...]
    before: Mapping[str, Numbers]
    after: Mapping[str, Numbers]
    whole_before: Mapping[str, Any]
    whole_after: Mapping[str, Any]

    def of(self, column: str) -> tuple[Numbers, Numbers]:
        """The column in both periods, 0 where there is none."""
        before, after = (np.where(np.isnan(side[column]), 0.0, side[column]) for side in (self.before, self.after))
        return before, after

    def adds_up(self, *columns: str) -> bool:
        """Over both periods, the groups' values sum to the whole's."""
        return all(
            adds_up(numbers, number(dict(whole), c) or 0.0)
            for c in columns
            for numbers, whole in zip(self.of(c), (self.whole_before, self.whole_after), strict=True)
        )


def compared(view: View, engine: Engine) -> tuple[View, Plan]:
    """The view and its two periods; without a comparison, the previous period is meant."""
    if comparison(view, engine.basis.conventions) is None:
        view = replace(view, compare=Compare.PREVIOUS)
    return view, plan(view, engine.basis.conventions)


def unchanged(total: Answer) -> Result | None:
    """Why there is no change to split: a period without a value, or two equal values. None: there is one."""
    values = [number(total.one(period)) for period in (total.plan.base, total.plan.whole)]
    if None in values:
        reason = Text(
            "{m} has no value in one of the two periods; choose a period that the data cover, and one before it.",
            "{m}: в одном из двух периодов нет значения; выберите период, который есть в данных, и период до него.",
        ).format(m=total.metric.label)
    elif values[0] == values[1]:
        reason = Text("the figure did not change.", "показатель не изменился.")
    else:
        return None
    return Result(
        frame=pd.DataFrame(), columns=(), sql=(total.sql,), metrics=(total.metric.key,), notes=total.notes, empty=reason
    )


def split(engine: Engine, metric: str, view: View, wanted: Plan, total: Answer, by: str) -> Change:
    """The change by the groups of one dimension. Raises NotComputable where the figure has no parts that add up."""
    answer = ask(engine, metric, view, wanted, by)
    sides = _sides(answer, total, wanted)
    told: tuple[pd.DataFrame, tuple[str, ...]] | None
    if answer.metric.denominator is None and sides.adds_up("value"):
        told = _by_average(engine, view, wanted, by, sides) or _as_sum(sides)
    elif answer.metric.denominator is not None and sides.adds_up("numerator", "denominator"):
        told = _as_ratio(sides)
    else:
        sides = _folded(sides)
        told = _by_shapley(engine, sides)
    frame, parts = told
    start, end = number(dict(sides.whole_before)), number(dict(sides.whole_after))
    assert start is not None
    assert end is not None
    return Change(
        metric=answer.metric,
        by=by,
        before=start,
        after=end,
        frame=frame.assign(before=sides.before["value"], after=sides.after["value"]),
        parts=parts,
        p=_alike(sides),
        sql=tuple(dict.fromkeys((answer.sql, total.sql))),
    )


def _sides(answer: Answer, total: Answer, wanted: Plan) -> Sides:
    """Both periods over the same groups, in the same order."""
    first, second = total.one(wanted.base), total.one(wanted.whole)
    assert first is not None
    assert second is not None
    rows = [{r["group"]: r for r in answer.rows(period)} for period in (wanted.base, wanted.whole)]
    groups = tuple(sorted({*rows[0], *rows[1]}))
    columns = ("value", "numerator", "denominator", *(m.key for m in answer.metric.measures))
    before, after = (
        {c: np.array([_figure(told.get(g), c) for g in groups], dtype="float64") for c in columns} for told in rows
    )
    return Sides(
        metric=answer.metric, groups=groups, before=before, after=after, whole_before=first, whole_after=second
    )


def _figure(row: dict[str, Any] | None, column: str) -> float:
    found = number(row, column)
    return float("nan") if found is None else found


def _frame(sides: Sides, weight: Numbers, **parts: Numbers) -> pd.DataFrame:
    shares = np.abs(weight) / np.abs(weight).sum() if np.abs(weight).sum() > 0 else np.zeros(len(weight))
    effect = np.sum(list(parts.values()), axis=0)
    told = {k: v for k, v in parts.items() if k in PARTS}
    return pd.DataFrame({"group": list(sides.groups), "weight": shares, "effect": effect, **told})


def _as_sum(sides: Sides) -> tuple[pd.DataFrame, tuple[str, ...]]:
    before, after = sides.of("value")
    return _frame(sides, (before + after) / 2, change=decompose.of_sum(before, after)), ()


def _by_average(
    engine: Engine, view: View, wanted: Plan, by: str, sides: Sides
) -> tuple[pd.DataFrame, tuple[str, ...]] | None:
    """Volume, mix and rate, where the sum is an average times its cases; None where it is not, by this dimension."""
    average = AVERAGE_OF.get(sides.metric.key)
    if average is None or engine.why_not(average) or by not in {d.key for d in engine.dimensions(average)}:
        return None
    answer = ask(engine, average, view, wanted, by)
    per_case = _sides(answer, ask(engine, average, view, wanted), wanted)
    if per_case.groups != sides.groups:
        return None
    (amount_before, amount_after), (before, after) = per_case.of("numerator"), sides.of("value")
    scale = before.sum() / amount_before.sum() if amount_before.sum() else 0.0  # ARR is twelve times MRR
    if not (np.allclose(amount_before * scale, before) and np.allclose(amount_after * scale, after)):
        return None
    count_before, count_after = per_case.of("denominator")
    volume, mix, rate = decompose.of_sum_by_count(before, after, count_before, count_after)
    return _frame(sides, (count_before + count_after) / 2, volume=volume, mix=mix, rate=rate), PARTS


def _as_ratio(sides: Sides) -> tuple[pd.DataFrame, tuple[str, ...]]:
    (top_before, top_after), (bottom_before, bottom_after) = sides.of("numerator"), sides.of("denominator")
    mix, rate = decompose.of_ratio(top_before, bottom_before, top_after, bottom_after)
    shares = bottom_before / bottom_before.sum() + bottom_after / bottom_after.sum()
    return _frame(sides, shares / 2, mix=mix, rate=rate), ("mix", "rate")


def _folded(sides: Sides) -> Sides:
    """The largest groups, and all others as one: a Shapley split looks at every set of groups."""
    most = decompose.MOST_PLAYERS
    if len(sides.groups) <= most:
        return sides
    measures = [m.key for m in sides.metric.measures]
    size = sum(_part_of(np.abs(before) + np.abs(after)) for before, after in map(sides.of, measures))
    largest = np.argsort(-np.asarray(size), kind="stable")[: most - 1]
    rest = np.setdiff1d(np.arange(len(sides.groups)), largest)

    def fold(side: Mapping[str, Numbers]) -> dict[str, Numbers]:
        return {k: np.append(v[largest], np.nansum(v[rest]) if k in measures else np.nan) for k, v in side.items()}

    groups = (*(sides.groups[i] for i in largest), OTHER_KEY)
    return replace(sides, groups=groups, before=fold(sides.before), after=fold(sides.after))


def _part_of(size: Numbers) -> Numbers:
    """Each one's share of all; 0 where there is nothing."""
    whole = size.sum()
    return size / whole if whole else np.zeros(len(size))


def _by_shapley(engine: Engine, sides: Sides) -> tuple[pd.DataFrame, tuple[str, ...]]:
    measures = [m.key for m in sides.metric.measures]
    if not sides.adds_up(*measures):
        raise NotComputable(
            Text(
                "“{m}” has no parts that add up over groups (a median, or cases that count in several groups).",
                "«{m}» не складывается из частей по группам (медиана или случаи, которые входят в несколько групп).",
            ).format(m=sides.metric.label),
            fix=Text("Split an average, a share or a sum instead.", "Разложите среднее, долю или сумму."),
        )
    before, after = (np.column_stack(side) for side in zip(*map(sides.of, measures), strict=True))
    parts = decompose.shapley(lambda states: figures(engine, sides.metric, measures, states), before, after)
    both = before + after
    weight = (both / np.where(both.sum(axis=0) == 0, 1.0, both.sum(axis=0))).mean(axis=1)
    return _frame(sides, weight, change=parts), ()


def figures(engine: Engine, metric: Metric, measures: Sequence[str], states: Numbers) -> Numbers:
    """The metric for each row of measures' values. Raises NotComputable where one has none (a zero denominator)."""
    table = ibis.table({"state": "int64", **dict.fromkeys(measures, "float64")}, name="states")
    value = metric.numerator(table, engine.basis).cast("float64")
    if metric.denominator is not None:
        value = value / metric.denominator(table, engine.basis).cast("float64").nullif(0.0)
    kinds = {name: str(kind) for name, kind in table.schema().items()}
    rows = [(i, *(float(v) for v in row)) for i, row in enumerate(states)]
    frame, _sql = engine.run(
        engine.dialect.compile(table.select("state", value=value).order_by("state")),
        {"states": engine.dialect.rows(kinds, rows)},
    )
    if frame["value"].isna().any():
        raise NotComputable(
            Text(
                "“{m}” cannot be split here: without some of the groups it has no value.",
                "«{m}» здесь не разложить: без некоторых групп у показателя нет значения.",
            ).format(m=metric.label),
            fix=Text("Choose another dimension.", "Выберите другой разрез."),
        )
    told: Numbers = frame["value"].to_numpy(dtype="float64")
    return told


def _alike(sides: Sides) -> float | None:
    """How likely groups that moved alike differ this much; None for a metric that does not count cases of a period."""
    if sides.metric.proportion:
        (hits_before, hits_after), (of_before, of_after) = sides.of("numerator"), sides.of("denominator")
        return equal_change(
            [*zip(hits_before, of_before - hits_before, hits_after, of_after - hits_after, strict=True)]
        )
    if sides.metric.unit is Unit.COUNT and sides.metric.over_time is OverTime.FLOW:
        return equal_growth(*(side.tolist() for side in sides.of("value")))
    return None
