"""What is compared before and after a day; the single values behind its medians, and how surely those differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy.stats import binom, mannwhitneyu

from revops.analysis.core import View
from revops.metrics import METRIC, facts
from revops.metrics.core import Fact, Period
from revops.metrics.tables import looked_at
from revops.metrics.tables import periods as asked_periods
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of the comparison. fact, column: whose median the metric is; None: a share. where: an added filter."""

    key: str
    metric: str
    fact: Fact | None = None
    column: str = ""
    where: Mapping[str, tuple[str, ...]] | None = None
    label: Text | None = None


NEW = {"type": ("new",)}
MEASURED = (
    Measured(key="lead_response", metric="lead_response", fact=facts.RESPONSES, column="waited"),
    Measured(key="lead_response_sla", metric="lead_response_sla"),
    Measured(key="mql_to_sql_days", metric="mql_to_sql_days", fact=facts.HANDED_TO_SQL, column="days"),
    Measured(
        key="sql_to_opportunity_days", metric="sql_to_opportunity_days", fact=facts.HANDED_TO_OPPORTUNITY, column="days"
    ),
    Measured(key="sales_cycle", metric="sales_cycle", fact=facts.WON_CYCLES, column="cycle_days"),
    Measured(
        key="sales_cycle_new",
        metric="sales_cycle",
        fact=facts.WON_CYCLES,
        column="cycle_days",
        where=NEW,
        label=Text("Sales cycle, new business", "Цикл сделки, новый бизнес"),
    ),
    Measured(key="win_rate", metric="win_rate"),
    Measured(
        key="win_rate_new",
        metric="win_rate",
        where=NEW,
        label=Text("Win rate, new business", "Доля выигранных сделок, новый бизнес"),
    ),
    Measured(key="renewal_rate", metric="renewal_rate"),
)
OF = {m.key: m for m in MEASURED}
LABELS = {m.key: m.label or METRIC[m.metric].label for m in MEASURED}


def by_filter(measured: Sequence[Measured]) -> list[tuple[Mapping[str, tuple[str, ...]], list[Measured]]]:
    """The measures by what they add to the filters: those of one group are asked together."""
    plain = [m for m in measured if m.where is None]
    return [(filters, group) for filters, group in (({}, plain), (NEW, [m for m in measured if m.where])) if group]


def samples_of(
    engine: Engine, view: View, measured: Sequence[Measured], periods: tuple[Period, Period]
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], list[str]]:
    """The single values behind each median in both periods, sorted; and the SQL, which counts equal ones."""
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    sql: list[str] = []
    for filters, group in _by_relations([m for m in measured if m.fact is not None], view):
        frame, ran = engine.told(
            ("before_after", *(m.key for m in group)),
            lambda group=group: _values(engine, group, view),  # type: ignore[misc]
            period=periods[1],
            as_of=view.as_of,
            where={**view.where, **filters},
            periods=periods,
        )
        sql.append(ran)
        keys, sides = frame["measure"].to_numpy(), frame["period_id"].to_numpy()
        values, cases = frame["told"].to_numpy(dtype="float64"), frame["cases"].to_numpy(dtype="int64")
        for m in group:
            own = [(keys == m.key) & (sides == side) for side in (0, 1)]
            before, after = (np.sort(np.repeat(values[rows], cases[rows])) for rows in own)
            found[m.key] = (before, after)
    return found, sql


def _by_relations(
    measured: Sequence[Measured], view: View
) -> list[tuple[Mapping[str, tuple[str, ...]], Sequence[Measured]]]:
    """The measures one statement can tell, with all that they add to the filters: all of them, unless the page filters
    by the same dimension, whose kept values would then be two."""
    if any(name in view.where for m in measured for name in m.where or {}):
        return list(by_filter(measured))
    added = {name: values for m in measured for name, values in (m.where or {}).items()}
    return [(added, measured)] if measured else []


def _values(engine: Engine, measured: Sequence[Measured], view: View) -> ir.Table:
    """measure, period_id, told (a value), cases (how many have it)."""

    def of(one: Measured) -> ir.Table:
        fact = one.fact
        assert fact is not None
        rows = engine.keep(fact.rows(engine.basis), fact.relation(engine.basis), {**view.where, **(one.where or {})})
        if fact is facts.RESPONSES:
            rows = rows.filter(rows.answered_on <= looked_at().as_of.as_scalar())
        rows = rows.filter(rows[one.column].notnull()).select("day", told=rows[one.column].cast("float64").round(3))
        look = asked_periods("self")
        placed = rows.join(look, [rows.day >= look.start, rows.day < look.end])
        counted = placed.group_by(["period_id", "told"]).agg(cases=placed.count())
        return counted.select("period_id", "told", "cases", measure=ibis.literal(one.key))

    return ibis.union(*map(of, measured)) if len(measured) > 1 else of(measured[0])


def different(before: np.ndarray, after: np.ndarray) -> float | None:
    """p-value of: a value after is as likely above one before as below it (Mann-Whitney); None where one is empty."""
    if not len(before) or not len(after):
        return None
    return float(mannwhitneyu(before, after, alternative="two-sided", method="asymptotic").pvalue)


def of_median(values: np.ndarray) -> tuple[float, float] | None:
    """The 95 % interval of the median of sorted values, by their ranks; None with fewer than six."""
    n = len(values)
    if n < 6:
        return None
    rank = int(binom.ppf(0.025, n, 0.5))
    return float(values[max(rank - 1, 0)]), float(values[min(n - rank, n - 1)])
