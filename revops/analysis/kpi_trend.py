"""One KPI over time, beside the comparison; by a dimension where asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.series import Answer, ask, number, plan, queries
from revops.analysis.stats import is_signal, p_value
from revops.analysis.values import OTHER_KEY, show
from revops.formats import Formatter
from revops.metrics import METRIC, calendar
from revops.metrics.core import Metric, Period, Query, Unit
from revops.metrics.dimensions import Dimension, names_of
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine


def is_additive(metric: Metric) -> bool:
    """The metric's values over groups sum to its total."""
    return (
        metric.denominator is None
        and all(m.additive for m in metric.measures)
        and metric.unit
        in (
            Unit.MONEY,
            Unit.COUNT,
        )
    )


def biggest(answer: Answer, top: int) -> tuple[list[str], list[str]]:
    """The `top` groups by size over the whole range (n of a proportion, the denominator of a ratio, else the value),
    and the groups left over. Groups that have no figure come after those that have one, rows without a value of the
    dimension last."""
    rows = answer.of(answer.plan.whole)
    size = next((c for c in ("n", "denominator") if c in rows and rows[c].notna().any()), "value")
    order = rows.assign(
        _size=rows[size].astype("float64").abs().fillna(-1), _unset=rows["group"] == "", _blank=rows["value"].isna()
    )
    by = ["_unset", "_blank", "_size", "group"]
    names = order.sort_values(by, ascending=[True, True, False, True])["group"].tolist()
    return names[:top], names[top:]


def tidy(answer: Answer, as_of: Any, top: int) -> pd.DataFrame:
    """One row a group and period, with the aligned value of the comparison.

    Columns: group ("" without a breakdown; OTHER_KEY sums up the rest of an additive metric), start, end (the whole
    period's), partial, value, n, low, high, base_start, base.
    """
    plan_ = answer.plan
    kept, rest = biggest(answer, top) if answer.by else ([""], [])
    fold_rest = bool(rest) and is_additive(answer.metric)
    out: list[dict[str, Any]] = []
    for index, bucket in enumerate(plan_.buckets):
        base_bucket = plan_.base_buckets[index] if index < len(plan_.base_buckets) else None
        now = _by_group(answer, bucket)
        before = _by_group(answer, base_bucket)
        groups = [*kept, OTHER_KEY] if fold_rest else kept
        for group in groups:
            row, old = (
                (_sum_of(now, rest), _sum_of(before, rest))
                if group == OTHER_KEY
                else (
                    now.get(group),
                    before.get(group),
                )
            )
            out.append(
                {
                    "group": group,
                    "start": bucket.start,
                    "end": bucket.end,
                    "partial": calendar.is_partial(bucket, as_of),
                    "value": number(row),
                    "n": number(row, "n"),
                    "low": number(row, "low"),
                    "high": number(row, "high"),
                    "base_start": base_bucket.start if base_bucket else None,
                    "base": number(old),
                }
            )
    frame = pd.DataFrame(out)
    numbers = dict.fromkeys(("value", "n", "low", "high", "base"), "float64")
    return frame.astype(numbers) if not frame.empty else frame


def _by_group(answer: Answer, period: Period | None) -> dict[str, dict[str, Any]]:
    return {str(r["group"]): r for r in answer.rows(period)}


def _sum_of(rows: Mapping[str, dict[str, Any]], groups: list[str]) -> dict[str, Any] | None:
    values = [v for g in groups if (v := number(rows.get(g))) is not None]
    return {"value": sum(values)} if values else None


def _columns(metric: Metric, view: View, by: Dimension | None) -> tuple[Column, ...]:
    shares = metric.proportion
    return (
        Column(
            key="group",
            label=by.label if by else Text("Group", "Группа"),
            names=names_of(by) if by else {},
            hidden=by is None,
        ),
        Column(key="start", label=Text("Period", "Период"), grain=view.grain),
        Column(key="partial", label=Text("Still running", "Ещё идёт")),
        Column(key="value", label=metric.label, unit=metric.unit),
        Column(key="n", label=Text("Cases", "Случаев"), unit=Unit.COUNT, hidden=not shares),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE, hidden=not shares),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE, hidden=not shares),
        Column(key="base_start", label=Text("Compared period", "Период сравнения"), grain=view.grain, hidden=True),
        Column(key="base", label=Text("Compared with", "Было"), unit=metric.unit),
    )


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """The frame of `tidy`; facts: metric, value and base over the whole range, whether the change is a signal."""
    wanted = plan(view, engine.basis.conventions, buckets=True)
    by = params["by"]
    total = ask(engine, params["metric"], view, wanted)
    split = ask(engine, params["metric"], view, wanted, by) if by else total
    metric = total.metric
    frame = tidy(split, view.as_of, int(params["top"]))
    if wanted.base is None:
        frame = frame.drop(columns=["base", "base_start"], errors="ignore").assign(base=float("nan"), base_start=None)
    notes = list(total.notes)
    if by:
        notes.extend(_left_over(split, int(params["top"]), metric))
    return Result(
        frame=frame,
        columns=_columns(metric, view, _dimension(engine, metric.key, by)),
        facts=summary(total, view),
        sql=tuple(dict.fromkeys((split.sql, total.sql))),
        metrics=(metric.key,),
        notes=tuple(notes),
        empty=None if frame["value"].notna().any() else phrases.NO_VALUE,
    )


def summary(total: Answer, view: View) -> dict[str, Any]:
    """What the finding says of the whole range: value, base, signal, the highest and the last complete period."""
    now, before = total.one(total.plan.whole), total.one(total.plan.base)
    p = None
    if total.metric.proportion and now and before:
        p = p_value(now["numerator"], now["denominator"], before["numerator"], before["denominator"])
    course = [(b, number(total.one(b))) for b in total.plan.buckets if not calendar.is_partial(b, view.as_of)]
    known = [(b, v) for b, v in course if v is not None]
    return {
        "metric": total.metric.key,
        "value": number(now),
        "n": number(now, "n"),
        "base": number(before),
        "base_n": number(before, "n"),
        "signal": is_signal(p),
        "p": p,
        "period": total.plan.whole,
        "base_period": total.plan.base,
        "as_of": view.as_of,
        "highest": max(known, key=lambda x: x[1]) if known else None,
        "lowest": min(known, key=lambda x: x[1]) if known else None,
    }


def _dimension(engine: Engine, metric: str, by: str | None) -> Dimension | None:
    return next((d for d in engine.dimensions(metric) if d.key == by), None)


def _left_over(split: Answer, top: int, metric: Metric) -> list[Text]:
    rest = biggest(split, top)[1]
    if not rest:
        return []
    if is_additive(metric):
        return [
            Text(
                f"The {top} largest groups are shown; the other {len(rest)} are summed up.",
                f"Показаны {top} крупнейших групп, остальные ({len(rest)}) сложены вместе.",
            )
        ]
    return [
        Text(
            f"The {top} largest groups are shown; {len(rest)} smaller ones are not: their values cannot be added up.",
            f"Показаны {top} крупнейших групп; ещё {len(rest)} не показаны: такие значения нельзя складывать.",
        )
    ]


def asks(engine: Engine, view: View, params: Mapping[str, Any]) -> list[Query]:
    return queries([params["metric"]], view, plan(view, engine.basis.conventions, buckets=True))


def finding(result: Result, formatter: Formatter) -> str:
    """ "Win rate for Dec 2025 – Nov 2026: 24.1%, down 3.2 pp from 27.3%, more than noise; highest in Mar 2026 (…)." """
    facts = result.facts
    metric = METRIC[facts["metric"]]
    if facts["value"] is None:
        reason = phrases.NO_VALUE[formatter.language]
        return phrases.cannot_tell(f"{metric.label[formatter.language]} — {reason}", formatter)
    when = phrases.when(metric, facts["period"], facts["as_of"], formatter)
    head = f"{metric.label[formatter.language]} {when}: "
    head += show(facts["value"], metric.unit, formatter, compact=True)
    change = phrases.change_clause(facts["value"], facts["base"], metric.unit, formatter)
    noise = phrases.noise_clause(facts["signal"], formatter) if change else ""
    return phrases.sentence(head, change, noise)[:-1] + _extremes(facts, metric, formatter) + "."


def _extremes(facts: Mapping[str, Any], metric: Metric, formatter: Formatter) -> str:
    high, low = facts["highest"], facts["lowest"]
    if not high or high[1] == low[1]:
        return ""
    return formatter.say(
        Text(
            "; highest in {hp} ({hv}), lowest in {lp} ({lv})",
            "; максимум — {hp} ({hv}), минимум — {lp} ({lv})",
        ),
        hp=phrases.spelled(high[0], formatter),
        hv=show(high[1], metric.unit, formatter, compact=True),
        lp=phrases.spelled(low[0], formatter),
        lv=show(low[1], metric.unit, formatter, compact=True),
    )


KPI_TREND = Analysis(
    key="kpi_trend",
    title=Text("Trend", "Динамика"),
    question=Text("How has it moved over time?", "Как показатель менялся во времени?"),
    definition=Text(
        "The metric in every period of the range, beside the same of the comparison: the periods before it, or the "
        "same periods last year. A period still running is marked, and compared with as many days of the other.",
        "Показатель в каждом периоде диапазона рядом с периодом сравнения: предыдущим или тем же в прошлом году. "
        "Незавершённый период отмечен и сравнивается с тем же числом дней.",
    ),
    params=(
        Param(key="metric", label=Text("Metric", "Показатель"), kind=ParamKind.METRIC, default="win_rate"),
        Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.DIMENSION, optional=True),
        Param(key="top", label=Text("Groups shown", "Сколько групп"), kind=ParamKind.NUMBER, default=5),
    ),
    run=run,
    finding=finding,
    chart="trend",
    asks=asks,
)
