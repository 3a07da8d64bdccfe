"""Which dimension tells most about a change: along which it is spread most unevenly, and whether by more than noise."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pandas as pd

from revops.analysis import change, phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.series import Answer, Plan, ask
from revops.analysis.stats import LEVEL, holm, is_signal
from revops.analysis.values import name_of, records, show_difference
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.metrics.dimensions import names_of
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

OUTCOMES = frozenset({"stage", "loss_reason", "reason"})  # they say how a case ended, not what led there
MOST_KEPT = 32  # searches that an engine remembers
MOST_GROUPS = 50  # a dimension with more (a company's name) tells each case apart, and explains nothing


def search(engine: Engine, metric: str, view: View, wanted: Plan, total: Answer) -> list[change.Change]:
    """The change by every dimension that can tell it, most telling first.

    First those whose groups differ by more than noise, or where that cannot be tested; among them by unevenness.
    OUTCOMES and dimensions with one group or more than MOST_GROUPS are left out. Raises NotComputable where none is
    left.
    """
    kept = _FOUND.setdefault(engine, {})
    key = (metric, repr(view), wanted)
    found = kept.get(key)
    if found is None:
        found = _search(engine, metric, view, wanted, total)
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = found
    return found


# What an engine found: it sees one state of the data, and the cells of a page ask the same.
_FOUND: WeakKeyDictionary[Engine, dict[Hashable, list[change.Change]]] = WeakKeyDictionary()


def _search(engine: Engine, metric: str, view: View, wanted: Plan, total: Answer) -> list[change.Change]:
    found: list[change.Change] = []
    why: NotComputable | None = None

    def one_by(key: str) -> change.Change | NotComputable:
        try:
            return change.split(engine, metric, view, wanted, total, key)
        except NotComputable as error:
            return error

    asked = [d.key for d in engine.dimensions(metric) if d.key not in OUTCOMES]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for one in pool.map(one_by, asked):
            if isinstance(one, NotComputable):
                why = one
            elif 2 <= len(one.frame) <= MOST_GROUPS:
                found.append(one)
    if not found:
        raise why or NotComputable(
            Text(
                "No dimension can split “{m}” into 2 to {n} groups.",
                "Ни один разрез не делит «{m}» на 2–{n} групп.",
            ).format(m=METRIC[metric].label, n=MOST_GROUPS),
            fix=Text(
                "Map a column such as segment, source or owner.",
                "Сопоставьте колонку: сегмент, источник или ответственного.",
            ),
        )
    corrected = holm([c.p for c in found])
    order = sorted(
        zip(found, corrected, strict=True),
        key=lambda pair: (pair[1] is not None and pair[1] >= LEVEL, -pair[0].unevenness, pair[0].by),
    )
    return [one for one, _p in order]


def best(found: Sequence[change.Change]) -> change.Change:
    return found[0]


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a dimension, most telling first: dimension (key), groups, unevenness, top (the group with the largest
    part), effect (its part), share (of the change), p (Holm-corrected, NaN where there is no test), signal."""
    metric = params["metric"]
    why = engine.why_not(metric)
    if why is not None:
        raise NotComputable(why)
    view, wanted = change.compared(view, engine)
    total = ask(engine, metric, view, wanted)
    if (nothing := change.unchanged(total)) is not None:
        return nothing
    found = search(engine, metric, view, wanted, total)
    corrected = holm([c.p for c in found])
    rows = []
    for one, p in zip(found, corrected, strict=True):
        top = max(records(one.frame), key=lambda r: abs(r["effect"]))
        moved = one.after - one.before
        rows.append(
            {
                "dimension": one.by,
                "groups": len(one.frame),
                "unevenness": one.unevenness,
                "top": top["group"],
                "effect": float(top["effect"]),
                "share": float(top["effect"]) / moved if moved else None,
                "p": p,
                "signal": is_signal(p),
            }
        )
    frame = pd.DataFrame(rows).astype({"unevenness": "float64", "share": "float64", "p": "float64", "signal": "object"})
    return Result(
        frame=frame,
        columns=_columns(engine, found),
        facts={
            "metric": metric,
            "labels": {c.by: engine.dimension(c.by).label for c in found},
            "change": moved,
            "names": _names(engine, found),
        },
        sql=tuple(dict.fromkeys(s for c in found for s in c.sql)),
        metrics=(metric,),
        notes=total.notes,
    )


def _columns(engine: Engine, found: Sequence[change.Change]) -> tuple[Column, ...]:
    unit = found[0].metric.unit
    labels = {c.by: engine.dimension(c.by).label for c in found}
    return (
        Column(key="dimension", label=Text("Dimension", "Разрез"), names=labels),
        Column(key="groups", label=Text("Groups", "Групп"), unit=Unit.COUNT),
        Column(
            key="unevenness",
            label=Text("Unevenness", "Неравномерность"),
            unit=Unit.SHARE,
            help=Text(
                "How much of the change three groups carry beyond their weight. 0 %: every group moved alike; 100 %: "
                "one small group moved all of it; more: groups moved against each other.",
                "Какую часть изменения дают три группы сверх своего веса. 0 %: все менялись одинаково; 100 %: всё дала "
                "одна малая группа; больше: группы менялись в разные стороны.",
            ),
        ),
        Column(key="top", label=Text("Largest part", "Главный вклад"), names=_names(engine, found)),
        Column(key="effect", label=Text("Its part", "Его размер"), unit=unit, signed=True),
        Column(key="share", label=Text("Share of the change", "Доля изменения"), relative=True),
        Column(
            key="signal",
            label=Text("More than noise", "Больше случайного"),
            help=Text(
                "Whether the groups moved apart by more than chance explains, at 95 %, corrected for looking at all "
                "dimensions; empty where there is no test for this metric.",
                "Разошлись ли группы больше, чем объясняет случай: 95 %, с поправкой на число разрезов; пусто, если "
                "для показателя нет проверки.",
            ),
        ),
        Column(key="p", label=Text("p", "p"), hidden=True),
    )


def _names(engine: Engine, found: Sequence[change.Change]) -> dict[str, Text]:
    """What to call the values of all the dimensions."""
    return {value: text for c in found for value, text in names_of(engine.dimension(c.by)).items()}


def finding(result: Result, formatter: Formatter) -> str:
    """Which dimension tells most, and its largest group."""
    top = records(result.frame)[0]
    metric = METRIC[result.facts["metric"]]
    label = phrases.lower_first(result.facts["labels"][top["dimension"]][formatter.language])
    text = Text(
        "Of {n} ways to split the change of {m}, {by} tells most: {g} alone is {e}",
        "Из {n} разрезов изменения «{m}» больше всего объясняет «{by}»: {g} — {e}",
    )
    if top["signal"] is False:
        text = Text(
            "None of {n} ways to split the change of {m} shows groups that moved apart by more than noise; the most "
            "uneven is {by}: {g} alone is {e}",
            "Ни в одном из {n} разрезов изменения «{m}» группы не разошлись больше случайного; неравномернее всего "
            "«{by}»: {g} — {e}",
        )
    return (
        formatter.say(
            text,
            n=len(result.frame),
            m=metric.label[formatter.language],
            by=label,
            g=name_of(top["top"], result.facts["names"], formatter),
            e=show_difference(top["effect"], metric.unit, formatter, compact=True),
        )
        + "."
    )


DRIVER_SEARCH = Analysis(
    key="driver_search",
    title=Text("What explains the change", "Что объясняет изменение"),
    question=Text("Where should one look first?", "Куда смотреть в первую очередь?"),
    definition=Text(
        "The change split by every dimension in turn; first come those along which it is spread most unevenly, by more "
        "than noise where that can be tested.",
        "Изменение, разложенное по каждому разрезу по очереди; первыми стоят те, где оно распределено неравномернее "
        "всего, причём больше случайного там, где это можно проверить.",
    ),
    params=(Param(key="metric", label=Text("Metric", "Показатель"), kind=ParamKind.METRIC, default="win_rate"),),
    run=run,
    finding=finding,
    chart="table",
)
