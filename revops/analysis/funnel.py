"""The funnel: how far records come, how long it takes, where they are lost and where they still are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import alike, funnel_notes, funnel_rows, funnel_way, phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.journeys import counted, long, within
from revops.analysis.values import period_text, records
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.metrics.dimensions import Dimension, names_of, open_paths
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

KINDS = {
    "pipeline": Text("Pipeline stages", "Этапы воронки сделок"),
    "lifecycle": Text("Lead to customer", "От лида до клиента"),
}
ORDERS = {
    "any": Text("in any order", "в любом порядке"),
    "strict": Text("in strict order", "строго по порядку"),
}
RECORDS = {
    "lead": Text("lead|leads", "лид|лида|лидов"),
    "deal": Text("deal|deals", "сделка|сделки|сделок"),
}
USED = {
    "leads": Text("leads that entered in the range", "лиды, вошедшие в диапазоне дат"),
    "opportunities": Text("deals that entered in the range", "сделки, вошедшие в диапазоне дат"),
}
OUTSIDE = Text("entered outside the range, or not kept by the filters", "вошли вне диапазона дат или не прошли фильтры")
MATURE = 0.05  # of the entered still open: above this the later shares are too young to compare
GROUPS = 4


def _columns(names: Mapping[str, Text], by: Dimension | None, strict: bool) -> tuple[Column, ...]:
    count, share, days = Unit.COUNT, Unit.SHARE, Unit.DAYS
    return (
        Column(
            key="group",
            label=by.label if by else Text("Group", "Группа"),
            names=names_of(by) if by else {},
            hidden=by is None,
        ),
        Column(key="step", label=Text("Step", "Шаг"), names=names),
        Column(key="reached", label=Text("Reached", "Дошли"), unit=count),
        Column(key="share_of_previous", label=Text("Of the previous step", "Из предыдущего шага"), unit=share),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=share),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=share),
        Column(
            key="share_of_decided",
            label=Text("Of those decided", "Из определившихся"),
            unit=share,
            help=Text("Without records still open in the previous step.", "Без тех, кто ещё на предыдущем шаге."),
        ),
        Column(key="share_of_first", label=Text("Of all entered", "Из всех вошедших"), unit=share),
        Column(
            key="could_reach",
            label=Text("At most, once all are decided", "Максимум, когда решится всё"),
            unit=share,
            help=Text("If every record still open came this far.", "Если сюда дойдут все, кто ещё в работе."),
        ),
        Column(
            key="immature",
            label=Text("Not old enough yet", "Ещё не весь срок"),
            help=Text(
                f"More than {MATURE:.0%} of the entered are still open before this step: its share may still rise.",
                f"Больше {MATURE * 100:.0f} % вошедших ещё в работе до этого шага: доля может вырасти.",
            ),
        ),
        Column(key="median_days", label=Text("Median time", "Медианное время"), unit=days),
        Column(key="p90_days", label=Text("90 % within", "90 % не дольше"), unit=days),
        Column(key="open", label=Text("Still here", "Ещё здесь"), unit=count),
        Column(key="lost", label=Text("Lost here", "Потеряны здесь"), unit=count),
        Column(
            key="astray",
            label=Text("Went on out of order", "Прошли дальше не по порядку"),
            unit=count,
            hidden=not strict,
            help=Text("Reached a later step, but not in this order.", "Дошли дальше, но не в этом порядке."),
        ),
        Column(
            key="lost_unknown", label=Text("Lost, step unknown", "Потеряны, шаг неизвестен"), unit=count, hidden=True
        ),
        Column(
            key="inferred",
            label=Text("Without a date of their own", "Без своей даты"),
            unit=count,
            help=Text(
                "Counted because they reached a later step or stand in this one; the data has no date for it.",
                "Учтены, потому что дошли дальше или стоят здесь; даты этого шага в данных нет.",
            ),
        ),
    )


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """The frame of journeys.long, the same steps for every group; entry falls within the view's period.

    immature: more than MATURE of the group's entered are still open before the step.
    """
    strict = params["order"] == "strict"
    way = funnel_way.way(engine, view, params)
    keys, followed, window = way.keys, way.followed, way.window
    notes = list(way.notes)
    by = engine.dimension(params["by"]) if params["by"] else None
    if by is not None and not open_paths(by, followed.relation, engine.basis):
        raise NotComputable(
            Text("The funnel cannot be split by “{d}”.", "Воронку нельзя разбить по «{d}».").format(d=by.label)
        )
    wide, text = alike.told(
        engine, ("funnel", window), followed, view, lambda rows: counted(within(rows, len(keys), window), len(keys)), by
    )
    entered, there = int(wide["reached_1"].sum()), way.there(engine)
    frame = long(wide.sort_values("reached_1", ascending=False).head(GROUPS) if by else wide, keys)
    frame["immature"] = (frame["could_reach"] - frame["share_of_first"] > MATURE).fillna(False)
    if window is not None:
        notes.extend(funnel_notes.young_note(frame, view, window))
    if by is not None and len(wide) > GROUPS:
        notes.append(funnel_notes.groups_note(len(wide), GROUPS))
    notes.extend(funnel_notes.unknown_note(frame))
    return Result(
        frame=frame,
        columns=_columns(way.names, by, strict),
        facts={
            **_facts(frame, way.goal),
            "astray": int(frame["astray"].sum()) if strict and not frame.empty else 0,
            "period": view.period,
            "as_of": view.as_of,
            "record": way.record,
            "pipeline": way.pipeline,
            "names": way.names,
            "by_label": by.label if by else None,
        },
        sql=(text, *way.sql),
        notes=tuple(notes),
        rows_used=((USED[followed.relation], entered),),
        rows_left_out=((OUTSIDE, there - entered),) if there > entered else (),
        empty=None if not frame.empty else phrases.NO_VALUE,
    )


def _facts(frame: pd.DataFrame, goal: int) -> dict[str, Any]:
    """Over all groups shown, up to the step `goal` (won): entered, finished (reached it), still open before it; the
    weakest step; whether the funnel is too young to judge."""
    if frame.empty:
        return {"entered": 0, "finished": 0, "open": 0, "immature": False, "leak": None, "goal": None}
    way = frame[frame["position"] <= goal]
    sums = way.groupby("position")[["reached", "open"]].sum()
    sums.loc[goal, "open"] = 0
    entered, still_open = int(sums["reached"].iloc[0]), int(sums["open"].sum())
    return {
        "entered": entered,
        "finished": int(sums["reached"].iloc[-1]),
        "open": still_open,
        "immature": entered > 0 and still_open / entered > MATURE,
        "leak": _leak(way),
        "goal": str(way.loc[way["position"] == goal, "step"].iloc[0]),
    }


def _leak(way: pd.DataFrame) -> dict[str, Any] | None:
    """The step with the lowest share of those decided, over all groups: what stands in front of it leaks most."""
    summed = way.groupby("position").agg({"step": "first", "reached": "sum", "open": "sum", "lost": "sum"})
    steps = records(summed.sort_index())
    found = [
        {
            "from": str(before["step"]),
            "to": str(step["step"]),
            "share": float(step["reached"]) / (before["reached"] - before["open"]),
            "of": int(before["reached"] - before["open"]),
            "lost": int(before["lost"]),
        }
        for before, step in pairwise(steps)
        if before["reached"] > before["open"]
    ]
    return min(found, key=lambda leak: leak["share"]) if found else None


def finding(result: Result, formatter: Formatter) -> str:
    """How many entered and came through, where most are lost, and how many are still under way."""
    facts = result.facts
    if not facts["entered"]:
        return phrases.cannot_tell(phrases.NO_VALUE[formatter.language], formatter)
    names: Mapping[str, Text] = facts["names"]
    last = names[facts["goal"]]
    head = formatter.say(
        Text(
            "Of {n} that entered in {p}, {w} ({s}) reached “{last}”",
            "Вошли за {p}: {n}; до шага «{last}» дошли {w} ({s})",
        ),
        n=formatter.plural(facts["entered"], RECORDS[facts["record"]]),
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        w=formatter.number(facts["finished"]),
        s=formatter.percent(facts["finished"] / facts["entered"]),
        last=last,
    )
    clauses = (_leak_clause(facts, names, formatter), _astray_clause(facts, formatter), _open_clause(facts, formatter))
    return head + "".join(clauses) + "."


def _astray_clause(facts: Mapping[str, Any], formatter: Formatter) -> str:
    if not facts["astray"]:
        return ""
    text = Text("; {n} went on out of order", "; не по порядку прошли дальше {n}")
    return formatter.say(text, n=formatter.number(facts["astray"]))


def _leak_clause(facts: Mapping[str, Any], names: Mapping[str, Text], formatter: Formatter) -> str:
    leak = facts["leak"]
    if leak is None:
        return ""
    return formatter.say(
        Text(
            "; the weakest step is {a} → {b}, where {s} of {n} decided got through",
            "; слабее всего переход {a} → {b}: из {n} определившихся прошли {s}",
        ),
        a=names[leak["from"]],
        b=names[leak["to"]],
        s=formatter.percent(leak["share"]),
        n=formatter.number(leak["of"]),
    )


def _open_clause(facts: Mapping[str, Any], formatter: Formatter) -> str:
    if not facts["open"]:
        return ""
    clause = formatter.say(Text("; still open: {n}", "; ещё в работе — {n}"), n=formatter.number(facts["open"]))
    if facts["immature"]:
        clause += formatter.say(Text(", so the final share may still rise", ", итоговая доля ещё может вырасти"))
    return clause


FUNNEL = Analysis(
    key="funnel",
    title=Text("Funnel", "Воронка"),
    question=Text("How far do they come, and where do we lose them?", "Докуда они доходят и где мы их теряем?"),
    definition=Text(
        "Records that entered within the range; later steps may be reached after it. In any order (the usual), "
        "reaching a later step counts as having passed the earlier ones. In strict order, a step counts only for a "
        "record that entered all steps before it too, each on or after the day of the one before; of a stage entered "
        "several times the first such time counts. A record still open is not yet decided, never lost; with a "
        "conversion window, who was not in time is lost.",
        "Записи, вошедшие в диапазоне дат; следующие шаги могут быть пройдены и позже. В любом порядке "
        "(обычно): кто дошёл до более позднего шага, прошёл и предыдущие. Строго по порядку: шаг засчитан, только если "
        "запись прошла и все предыдущие, каждый не раньше дня предыдущего; из нескольких входов на этап берётся первый "
        "подходящий. Запись в работе ещё не определилась и потерянной не считается; при окне конверсии не успевшие "
        "считаются потерянными.",
    ),
    params=(
        Param(key="kind", label=Text("Funnel", "Воронка"), kind=ParamKind.CHOICE, default="pipeline", choices=KINDS),
        Param(key="pipeline", label=Text("Pipeline", "Воронка сделок"), kind=ParamKind.CHOICE, optional=True),
        Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.DIMENSION, optional=True),
        Param(
            key="window",
            label=Text("Conversion window, days", "Окно конверсии, дней"),
            kind=ParamKind.NUMBER,
            optional=True,
        ),
        Param(key="order", label=Text("Order", "Порядок"), kind=ParamKind.CHOICE, default="any", choices=ORDERS),
    ),
    run=run,
    finding=finding,
    chart="funnel",
    needs=(("opportunities.created_at",), ("leads.created_at",)),
    behind=funnel_rows.records_behind,
)
