"""Why a figure changed between two periods, by one dimension: each group's part, and the parts sum to the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import change, phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.driver_search import best, search
from revops.analysis.kpi_breakdown import dimension_for
from revops.analysis.series import ask
from revops.analysis.stats import is_signal
from revops.analysis.values import OTHER_KEY, name_of, records, show, show_difference
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.metrics.dimensions import names_of
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

SHOWN = 12
PART_LABELS = {
    "volume": Text("Volume", "Объём"),
    "mix": Text("Mix", "Структура"),
    "rate": Text("Rate", "Показатель групп"),
}
PART_HELP = {
    "volume": Text("More or fewer cases, at the overall average.", "Больше или меньше случаев, по общему среднему."),
    "mix": Text(
        "The group's weight in the whole changed, and it lies above or below the overall figure.",
        "Изменился вес группы, а её показатель выше или ниже общего.",
    ),
    "rate": Text("The group's own figure changed.", "Изменился показатель самой группы."),
}


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a group, largest part first (at most SHOWN, the rest summed up): group, before, after, weight, effect,
    share (of the whole change), and the parts of `change.PARTS` that this figure has.

    facts: metric, by, by_label, before, after, change, parts, signal, chosen (the dimension was found, not asked for).
    """
    metric = params["metric"]
    why = engine.why_not(metric)
    if why is not None:
        raise NotComputable(why)
    view, wanted = change.compared(view, engine)
    total = ask(engine, metric, view, wanted)
    if (nothing := change.unchanged(total)) is not None:
        return nothing
    if params["by"] is None:
        found = best(search(engine, metric, view, wanted, total))
        dimension = engine.dimension(found.by)
    else:
        dimension = dimension_for(engine, metric, params["by"])
        found = change.split(engine, metric, view, wanted, total, dimension.key)
    label, names = dimension.label, names_of(dimension)
    return Result(
        frame=_shown(found),
        columns=_columns(found, label, names),
        facts={
            "metric": metric,
            "by": found.by,
            "by_label": label,
            "names": names,
            "before": found.before,
            "after": found.after,
            "change": found.after - found.before,
            "parts": found.parts,
            "signal": is_signal(found.p),
            "p": found.p,
            "period": wanted.whole,
            "base_period": wanted.base,
            "as_of": view.as_of,
            "chosen": params["by"] is None,
        },
        sql=found.sql,
        metrics=(metric,),
        notes=total.notes,
    )


def _shown(found: change.Change) -> pd.DataFrame:
    frame = found.frame.assign(share=found.frame["effect"] / (found.after - found.before or float("nan")))
    frame = frame.sort_values("effect", key=lambda e: e.abs(), ascending=False, ignore_index=True)
    rest = frame[SHOWN - 1 :] if len(frame) > SHOWN else frame[:0]
    if rest.empty:
        return frame
    summed = rest[["weight", "effect", "share", *found.parts]].sum()
    return pd.concat([frame[: SHOWN - 1], pd.DataFrame([{"group": OTHER_KEY, **summed.to_dict()}])], ignore_index=True)


def _columns(found: change.Change, by: Text, names: Mapping[str, Text]) -> tuple[Column, ...]:
    unit = found.metric.unit
    parts = tuple(Column(key=p, label=PART_LABELS[p], unit=unit, signed=True, help=PART_HELP[p]) for p in found.parts)
    return (
        Column(key="group", label=by, names=names),
        Column(key="before", label=Text("Before", "Было"), unit=unit),
        Column(key="after", label=Text("After", "Стало"), unit=unit),
        Column(key="effect", label=Text("Part of the change", "Вклад в изменение"), unit=unit, signed=True),
        Column(key="share", label=Text("Share of the change", "Доля изменения"), relative=True),
        *parts,
        Column(key="weight", label=Text("Weight", "Вес"), unit=Unit.SHARE, hidden=True),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """ "Win rate fell 6.2 pp, to 24.1 %: South accounts for −5.0 pp of it (rate), ...; more than noise." """
    facts, frame = result.facts, result.frame
    metric = METRIC[facts["metric"]]
    moved = facts["change"]
    direction = Text("rose", "— рост") if moved > 0 else Text("fell", "— снижение")
    head = formatter.say(
        Text("{m} {d} by {c}, from {b} to {a}", "{m} {d} на {c}, с {b} до {a}"),
        m=metric.label[formatter.language],
        d=direction[formatter.language],
        c=show_difference(abs(moved), metric.unit, formatter, compact=True).lstrip("+−"),
        b=show(facts["before"], metric.unit, formatter, compact=True),
        a=show(facts["after"], metric.unit, formatter, compact=True),
    )
    along = [r for r in records(frame) if r["effect"] * moved > 0 and r["group"] != OTHER_KEY]
    if not along:
        return head + "."
    named = "; ".join(_part(r, facts, metric, formatter) for r in along[:2])
    tail = formatter.say(
        Text("; by {by}, most of it is {parts}", "; разрез «{by}», главный вклад: {parts}"),
        by=phrases.lower_first(facts["by_label"][formatter.language]),
        parts=named,
    )
    against = _noise(facts["signal"], formatter)
    return f"{head}{tail}{against}."


def _part(row: Mapping[str, Any], facts: Mapping[str, Any], metric: Any, formatter: Formatter) -> str:
    name = name_of(row["group"], facts["names"], formatter)
    size = show_difference(row["effect"], metric.unit, formatter, compact=True)
    parts = {p: row[p] for p in facts["parts"]}
    if not parts:
        return f"{name} {size}"
    leading = max(parts, key=lambda p: abs(parts[p]))
    return f"{name} {size} ({phrases.lower_first(PART_LABELS[leading][formatter.language])})"


def _noise(signal: bool | None, formatter: Formatter) -> str:
    if signal is None:
        return ""
    if signal:
        return formatter.say(
            Text("; the groups moved apart by more than noise", "; группы разошлись больше, чем на случайный разброс")
        )
    return formatter.say(
        Text(
            "; but groups that moved alike could differ this much by chance",
            "; но так разойтись одинаково меняющиеся группы могли и случайно",
        )
    )


DRIVERS = Analysis(
    key="drivers",
    title=Text("Why did it change", "Почему изменилось"),
    question=Text("Why did it change?", "Почему показатель изменился?"),
    definition=Text(
        "The change between the compared period and this one, split over the groups of a dimension. A share or a ratio "
        "moves because groups grew or shrank (mix) or because their own figure moved (rate); a sum also because there "
        "were more or fewer cases (volume). The parts sum to the change exactly. What is not a sum or a ratio (CLV) is "
        "split by the groups' Shapley values. Without a chosen dimension, the one along which the change is spread "
        "most unevenly is shown.",
        "Изменение между периодом сравнения и текущим, разложенное по группам разреза. Доля или отношение меняются, "
        "потому что выросли или уменьшились группы (структура) или изменился их собственный показатель; сумма — ещё и "
        "потому, что случаев стало больше или меньше (объём). Части в сумме точно равны изменению. Что не является "
        "суммой или отношением (CLV), разложено по векторам Шепли. Если разрез не выбран, показан тот, по которому "
        "изменение распределено неравномернее всего.",
    ),
    params=(
        Param(key="metric", label=Text("Metric", "Показатель"), kind=ParamKind.METRIC, default="win_rate"),
        Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.DIMENSION, optional=True),
    ),
    run=run,
    finding=finding,
    chart="drivers",
)
