"""What ARR comes to if the months go on as they were, and if they do not: the levers of recurring revenue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import levers, phrases
from revops.analysis.arr_bridge import amounts
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.levers import Lever, Levers
from revops.analysis.lifetimes import NEEDS
from revops.analysis.values import records, show, show_difference
from revops.errors import BadParameter, NotComputable
from revops.formats import Formatter, is_missing
from revops.metrics import calendar
from revops.metrics.core import Grain, Period, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MOST = 60  # months ahead
FEWEST = 3  # complete months that rates rest on
LEVERS: dict[str, Lever] = {
    one.key: one
    for one in (
        Lever(
            key="new", label=Text("New and returning MRR a month", "Новый и вернувшийся MRR в месяц"),
            unit=Unit.MONEY, metric="new_mrr",
        ),
        Lever(
            key="expansion", label=Text("Expansion a month", "Расширение в месяц"), unit=Unit.SHARE,
            metric="expansion_mrr",
        ),
        Lever(
            key="contraction", label=Text("Contraction a month", "Сокращение в месяц"), unit=Unit.SHARE,
            metric="contraction_mrr", better=-1,
        ),
        Lever(
            key="churn", label=Text("Churned MRR a month", "Отток MRR в месяц"), unit=Unit.SHARE,
            metric="churned_mrr", better=-1,
        ),
    )
}  # fmt: skip
CEILING = {"expansion": 1.0, "contraction": 1.0, "churn": 1.0}  # of what a month may add or take


def path(values: Levers, start: float, months: int) -> list[float]:
    """MRR at the ends of so many months from `start`, each month the same rates of what it began with."""
    kept = 1 + values["expansion"] - values["contraction"] - values["churn"]
    found = [start]
    for _ in range(months):
        found.append(max(found[-1] * kept + values["new"], 0.0))
    return found[1:]


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a lever: lever, unit, now (mean of the complete months of the range: money, or a share of the MRR that a
    month began with), better (ARR gained at the horizon if this one alone were 10 % better), asked (what it is to be;
    null: as now), asked_effect (its part of the difference; they sum to it), needed (what it alone would have to be
    for the target; null without a target, or where it cannot).

    facts: start (ARR), last (day), months, counted (months the rates rest on), as_now, asked (ARR at the horizon;
    asked null without a scenario), target, path: a dict a month with month (its first day), known, as_now, asked (ARR).
    Raises BadParameter (a lever or target out of range), NotComputable (ARR not told, or too few complete months).
    """
    why = engine.why_not("new_mrr")
    if why is not None:
        raise NotComputable(Text("ARR can't be told yet.", "ARR пока нельзя посчитать."), fix=why)
    months = _months(params)
    asked, target = _asked(params), _target(params)
    periods = _complete(engine, view)
    told, sql, notes = amounts(engine, view, periods)
    now = _rates([told[p] for p in periods])
    start = told[periods[-1]]["end"]
    then = {**now, **asked} if asked else None
    figure = partial(_arr, start=start, months=months)
    would = levers.effects(figure, now, then) if then else {}
    frame = pd.DataFrame(
        {
            "lever": list(LEVERS),
            "unit": [one.unit.value for one in LEVERS.values()],
            "now": [now[k] for k in LEVERS],
            "better": [levers.improved(figure, one, now) for one in LEVERS.values()],
            "asked": [asked.get(k) for k in LEVERS],
            "asked_effect": [would.get(k) if k in asked else None for k in LEVERS],
            "needed": [None if target is None else _needed(figure, one, now, target) for one in LEVERS.values()],
        }
    ).astype(dict.fromkeys(("now", "better", "asked", "asked_effect", "needed"), "float64"))
    return Result(
        frame=frame,
        columns=_columns(asked=bool(asked), target=target is not None),
        facts={
            "start": 12 * start,
            "last": periods[-1].end - calendar.DAY,
            "months": months,
            "counted": len(periods),
            "as_now": figure(now),
            "asked": figure(then) if then else None,
            "target": target,
            "path": _path(periods, [told[p]["end"] for p in periods], now, then, months),
            "period": Period(periods[0].start, periods[-1].end),
        },
        sql=sql,
        metrics=("arr", *(one.metric for one in LEVERS.values()), "reactivation_mrr"),
        notes=(*notes, _note(len(periods))),
        empty=None if start or now["new"] else phrases.NO_VALUE,
    )


def _arr(values: Levers, *, start: float, months: int) -> float:
    return 12 * path(values, start, months)[-1]


def _months(params: Mapping[str, Any]) -> int:
    months = int(params["months"])
    if not 1 <= months <= MOST:
        raise BadParameter(Text(f"Months ahead: from 1 to {MOST}.", f"Месяцев вперёд: от 1 до {MOST}."))
    return months


def _asked(params: Mapping[str, Any]) -> dict[str, float]:
    """What the levers are to be, percents as shares."""
    found: dict[str, float] = {}
    for key, lever in LEVERS.items():
        if params[key] is None:
            continue
        value = float(params[key]) / (100 if lever.unit is Unit.SHARE else 1)
        if value < 0 or value > CEILING.get(key, value):
            raise levers.cannot_be(lever, params[key])
        found[key] = value
    return found


def _target(params: Mapping[str, Any]) -> float | None:
    if params["target"] is None:
        return None
    if params["target"] <= 0:
        raise BadParameter(Text("The target must be above zero.", "Цель должна быть больше нуля."))
    return float(params["target"])


def _complete(engine: Engine, view: View) -> tuple[Period, ...]:
    """The complete months of the range. Raises NotComputable where they are fewer than FEWEST."""
    end = min(view.period.end, calendar.floor(view.as_of + calendar.DAY, Grain.MONTH, engine.conventions))
    start = view.period.start
    if start < end:
        found = tuple(p for p in calendar.periods(start, end, Grain.MONTH, engine.conventions) if p.end <= end)
        found = tuple(p for p in found if p.start >= start)
        if len(found) >= FEWEST:
            return found
    raise NotComputable(
        Text(
            "A month's rates can't be told from fewer than {n} complete months.",
            "Доли за месяц нельзя посчитать меньше чем по {n} полным месяцам.",
        ).format(n=FEWEST),
        fix=Text("Choose a longer period.", "Выберите период длиннее."),
    )


def _rates(months: list[Mapping[str, float]]) -> dict[str, float]:
    """What a month brings: new and returning MRR as a mean, the rest as shares of what the months began with."""
    began = sum(m["start"] for m in months)

    def share(part: str) -> float:
        return sum(m[part] for m in months) / began if began else 0.0

    new = sum(m["new"] + m["reactivation"] for m in months) / len(months)
    return {"new": new, **{part: share(part) for part in ("expansion", "contraction", "churn")}}


def _needed(figure: levers.Figure, lever: Lever, now: Levers, target: float) -> float | None:
    most = CEILING.get(lever.key, max(now["new"], target) * 10)
    return levers.alone(figure, lever, now, target, most)


def _path(
    periods: tuple[Period, ...], known: list[float], now: Levers, then: Levers | None, months: int
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"month": p.start, "known": 12 * v, "as_now": None, "asked": None} for p, v in zip(periods, known, strict=True)
    ]
    rows[-1] |= {"as_now": 12 * known[-1], "asked": 12 * known[-1] if then else None}
    as_now, asked = path(now, known[-1], months), path(then, known[-1], months) if then else None
    for ahead in range(months):
        month: dt.date = calendar.add_months(periods[-1].start, ahead + 1)
        told = {"as_now": 12 * as_now[ahead], "asked": 12 * asked[ahead] if asked else None}
        rows.append({"month": month, "known": None, **told})
    return rows


def _note(counted: int) -> Text:
    return Text(
        f"A scenario, not a forecast: every coming month is the mean of the {counted} complete months of the range. "
        "How far off that may be, the forecast tells.",
        f"Это сценарий, а не прогноз: каждый следующий месяц — среднее {counted} полных месяцев периода. Насколько это "
        "может быть неточно, говорит прогноз.",
    )


def _columns(*, asked: bool, target: bool) -> tuple[Column, ...]:
    money = Unit.MONEY
    return (
        Column(key="lever", label=Text("Lever", "Рычаг"), names={k: one.label for k, one in LEVERS.items()}),
        Column(key="unit", label=Text("Unit", "Единица"), hidden=True),
        Column(key="now", label=Text("As in the range", "Как за период"), unit_from="unit"),
        Column(
            key="better", label=Text("10 % better adds, ARR", "Лучше на 10 % добавит, ARR"), unit=money, signed=True
        ),
        Column(key="asked", label=Text("If it were", "Если бы было"), unit_from="unit", hidden=not asked),
        Column(
            key="asked_effect", label=Text("Would move ARR by", "Сдвинет ARR на"), unit=money, signed=True,
            hidden=not asked,
        ),
        Column(
            key="needed", label=Text("Alone, for the target", "Для цели, если только он"), unit_from="unit",
            hidden=not target,
        ),
    )  # fmt: skip


def finding(result: Result, formatter: Formatter) -> str:
    """ "If the months go on as in the range, ARR is $9.1M at the end of Oct 2027 ..." """
    facts = result.facts
    rows = records(result.frame)

    def money(value: float) -> str:
        return show(value, Unit.MONEY, formatter, compact=True)

    text = formatter.say(
        Text(
            "If the coming months are as the {n} of the range, ARR goes from {a} to {b} in {m} months",
            "Если следующие месяцы будут такими же, как {n} за период, ARR пройдёт путь от {a} до {b} за {m} мес.",
        ),
        n=facts["counted"],
        a=money(facts["start"]),
        b=money(facts["as_now"]),
        m=facts["months"],
    )
    best = max(rows, key=lambda r: r["better"])
    if facts["asked"] is not None:
        text += formatter.say(
            Text("; with {w} to {v} ({c})", "; а если {w} — до {v} ({c})"),
            w=levers.wished(rows, LEVERS, formatter),
            v=money(facts["asked"]),
            c=show_difference(facts["asked"] - facts["as_now"], Unit.MONEY, formatter, compact=True),
        )
    elif best["better"] > 0:
        text += formatter.say(
            Text("; 10 % better, {l} adds most: {v}", "; лучше на 10 % больше всего добавит «{l}»: {v}"),
            l=phrases.lower_first(LEVERS[best["lever"]].label[formatter.language]),
            v=show_difference(best["better"], Unit.MONEY, formatter, compact=True),
        )
    return text + _for_target(facts, rows, formatter) + "."


def _for_target(facts: Mapping[str, Any], rows: list[dict[str, Any]], formatter: Formatter) -> str:
    """What one lever alone would have to be for the target, where it has one."""
    if facts["target"] is None:
        return ""
    goal = show(facts["target"], Unit.MONEY, formatter, compact=True)
    if facts["as_now"] >= facts["target"]:
        return formatter.say(Text("; the target of {g} is met", "; цель {g} достигается"), g=goal)
    ways = [
        formatter.say(
            Text("{l} of {v} instead of {n}", "{l} {v} вместо {n}"),
            l=phrases.lower_first(LEVERS[r["lever"]].label[formatter.language]),
            v=show(r["needed"], Unit(r["unit"]), formatter),
            n=show(r["now"], Unit(r["unit"]), formatter),
        )
        for r in rows
        if not is_missing(r["needed"])
    ]
    if not ways:
        return formatter.say(
            Text("; no lever alone brings it to {g}", "; ни один рычаг в одиночку не доведёт до {g}"), g=goal
        )
    return formatter.say(
        Text("; for {g} it takes one of: {w}", "; для {g} нужно одно из: {w}"), g=goal, w="; ".join(ways)
    )


SCENARIO = Analysis(
    key="scenario",
    title=Text("Scenario of ARR", "Сценарий ARR"),
    question=Text("What if more came, or less left?", "Что, если придёт больше или уйдёт меньше?"),
    definition=Text(
        "MRR at a month's end = MRR at its start x (1 + expansion - contraction - churn) + new and returning MRR; ARR "
        "is 12 times that. Rates are those of the complete months of the range together: MRR moved / the sum of MRR "
        "the months began with; new and returning MRR is their mean. What is asked for replaces a lever in every "
        "coming month. A lever's part of the difference is Shapley's: the mean over all orders in which they could "
        "move.",
        "MRR на конец месяца = MRR на начало x (1 + расширение - сокращение - отток) + новый и вернувшийся MRR; ARR — "
        "в 12 раз больше. Доли — по всем полным месяцам периода вместе: движение MRR / сумма MRR на начало месяцев; "
        "новый и вернувшийся MRR — среднее. Заданное значение заменяет рычаг во всех следующих месяцах. Вклад рычага — "
        "по Шепли: среднее по всем порядкам, в каких они могли сдвинуться.",
    ),
    params=(
        Param(key="months", label=Text("Months ahead", "Месяцев вперёд"), kind=ParamKind.NUMBER, default=12),
        Param(
            key="new", label=Text("New MRR a month", "Новый MRR в месяц"), kind=ParamKind.NUMBER,
            optional=True,
        ),
        Param(
            key="expansion", label=Text("Expansion, % a month", "Расширение, % в месяц"),
            kind=ParamKind.NUMBER, optional=True,
        ),
        Param(
            key="contraction", label=Text("Contraction, % a month", "Сокращение, % в месяц"),
            kind=ParamKind.NUMBER, optional=True,
        ),
        Param(
            key="churn", label=Text("Churn, % a month", "Отток, % в месяц"), kind=ParamKind.NUMBER,
            optional=True,
        ),
        Param(key="target", label=Text("Target ARR", "Цель по ARR"), kind=ParamKind.NUMBER, optional=True),
    ),
    run=run,
    finding=finding,
    chart="scenario",
    needs=NEEDS,
)  # fmt: skip
