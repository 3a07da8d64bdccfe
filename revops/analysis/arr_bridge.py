"""From the ARR at the start to the ARR at the end: new, reactivation, expansion, contraction, churn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.series import number
from revops.analysis.values import number_text, period_text, records, relative_change, signed_percent
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import calendar
from revops.metrics.core import Period, Query, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

# part -> (metric that measures it, sign in the bridge)
MOVEMENTS: dict[str, tuple[str, int]] = {
    "new": ("new_mrr", 1),
    "reactivation": ("reactivation_mrr", 1),
    "expansion": ("expansion_mrr", 1),
    "contraction": ("contraction_mrr", -1),
    "churn": ("churned_mrr", -1),
}
PARTS: dict[str, Text] = {
    "start": Text("Start", "На начало"),
    "new": Text("New", "Новый доход"),
    "reactivation": Text("Reactivation", "Реактивация"),
    "expansion": Text("Expansion", "Расширение"),
    "contraction": Text("Contraction", "Сокращение"),
    "churn": Text("Churn", "Отток"),
    "end": Text("End", "На конец"),
}
MEASURES = {"arr": Text("ARR", "ARR"), "mrr": Text("MRR", "MRR")}
CENT = 0.005


def bridge(amounts: Mapping[str, float]) -> tuple[list[tuple[str, float]], float]:
    """Signed parts in order from `amounts` (start, end, and each movement as a positive amount), and the gap.

    gap: end - (start + all movements); 0 to the cent where the identity closes.
    """
    parts = [("start", amounts["start"])]
    parts += [(part, sign * amounts[part]) for part, (_, sign) in MOVEMENTS.items()]
    parts.append(("end", amounts["end"]))
    gap = amounts["end"] - sum(amount for _, amount in parts[:-1])
    return parts, gap


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """Rows of `scope` "whole" (the bridge over the range) and "bucket" (one bridge a period of the grain).

    Columns: scope, start, end (of the period), partial, part (start, new, ..., end), amount (signed, workspace
    currency; ARR: 12 x MRR). facts: closes (to the cent, whole and every period), gap (the largest, in MRR).
    """
    why = engine.why_not("new_mrr")
    if why is not None:
        raise NotComputable(Text("ARR can't be told yet.", "ARR пока нельзя посчитать."), fix=why)
    buckets = tuple(
        p
        for p in calendar.periods(view.period.start, view.period.end, view.grain, engine.basis.conventions)
        if p.start <= view.as_of
    )
    scopes = (("whole", view.period), *(("bucket", b) for b in buckets))
    times = 12 if params["measure"] == "arr" else 1
    values, sql, notes = amounts(engine, view, tuple(dict.fromkeys(p for _, p in scopes)))
    rows: list[dict[str, Any]] = []
    worst = 0.0
    for scope, period in scopes:
        parts, gap = bridge(values[period])
        worst = max(worst, abs(gap), key=abs)
        rows += [
            {
                "scope": scope,
                "start": period.start,
                "end": period.end,
                "partial": calendar.is_partial(period, view.as_of),
                "part": part,
                "amount": round(amount * times, 6),
            }
            for part, amount in parts
        ]
    closes = worst < CENT
    frame = pd.DataFrame(rows)
    if not closes:
        notes = (*notes, _open_note(worst))
    return Result(
        frame=frame,
        columns=_columns(view, params["measure"]),
        facts={
            "closes": closes,
            "gap": worst,
            "measure": params["measure"],
            "period": view.period,
            "as_of": view.as_of,
            "whole": dict(zip(frame["part"][:7], frame["amount"][:7], strict=True)),
        },
        sql=sql,
        metrics=("arr" if times == 12 else "mrr", *(m for m, _ in MOVEMENTS.values())),
        notes=notes,
        empty=None if frame["amount"].abs().sum() else phrases.NO_VALUE,
    )


def amounts(
    engine: Engine, view: View, periods: tuple[Period, ...]
) -> tuple[dict[Period, dict[str, float]], tuple[str, ...], tuple[Text, ...]]:
    """MRR of every part for every period: the state from the MRR metric, the movements from the quick ratio's parts."""
    before = {p: Period(p.start - dt.timedelta(days=1), p.start) for p in periods}
    asked = tuple(dict.fromkeys((*periods, *before.values())))
    state = engine.evaluate(Query(metric="mrr", periods=asked, as_of=view.as_of, where=view.where))
    mrr = {asked[int(r["period_id"])]: number(r) or 0.0 for r in records(state.frame)}
    values = {p: {"start": mrr[before[p]], "end": mrr[p]} for p in periods}
    moved = engine.evaluate(Query(metric="quick_ratio", periods=periods, as_of=view.as_of, where=view.where))
    for r in records(moved.frame):
        for part, (measure, _sign) in MOVEMENTS.items():
            values[periods[int(r["period_id"])]][part] = number(r, measure) or 0.0
    return values, (state.sql, moved.sql), state.notes


def _open_note(gap: float) -> Text:
    return Text(
        "The bridge does not close: {gap} of MRR are in no movement. Please check the subscriptions loaded.",
        "Мост не сходится: {gap} MRR не относится ни к одному движению. Проверьте загруженные подписки.",
    ).format(gap=number_text(gap, 2))


def _columns(view: View, measure: str) -> tuple[Column, ...]:
    return (
        Column(
            key="scope",
            label=Text("Over", "Охват"),
            names={"whole": Text("the whole range", "весь диапазон"), "bucket": Text("a period", "период")},
        ),
        Column(key="start", label=Text("From", "С")),
        Column(key="end", label=Text("To", "По"), hidden=True),
        Column(key="partial", label=Text("Still running", "Ещё идёт")),
        Column(key="part", label=Text("Part", "Часть"), names=PARTS),
        Column(key="amount", label=MEASURES[measure], unit=Unit.MONEY),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """Where it stood and stands, and what most of the gain and of the loss was."""
    facts, whole = result.facts, result.facts["whole"]
    if result.empty is not None:
        return phrases.cannot_tell(result.empty[formatter.language], formatter)
    if not facts["closes"]:
        return phrases.cannot_tell(_open_note(facts["gap"])[formatter.language], formatter)
    share = relative_change(whole["end"], whole["start"])
    gained = {k: whole[k] for k in ("new", "reactivation", "expansion")}
    lost = {k: -whole[k] for k in ("contraction", "churn")}
    return formatter.say(
        Text(
            "{m} went from {a} to {b}{s} in {p}: {g} gained ({gt} mostly), {l} lost ({lt} mostly).",
            "{m} за {p}: {a} → {b}{s}; пришло {g} (больше всего — {gt}), ушло {l} (больше всего — {lt}).",
        ),
        m=MEASURES[facts["measure"]],
        a=formatter.money(whole["start"], compact=True),
        b=formatter.money(whole["end"], compact=True),
        s=f" ({signed_percent(share, formatter)})" if share is not None else "",
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        g=formatter.money(sum(gained.values()), compact=True),
        gt=_main(gained, formatter),
        l=formatter.money(sum(lost.values()), compact=True),
        lt=_main(lost, formatter),
    )


def _main(amounts: Mapping[str, float], formatter: Formatter) -> str:
    part = max(amounts, key=lambda k: amounts[k])
    return phrases.lower_first(PARTS[part][formatter.language])


ARR_BRIDGE = Analysis(
    key="arr_bridge",
    title=Text("ARR bridge", "Движение ARR"),
    question=Text("What made ARR grow or shrink?", "За счёт чего ARR вырос или сократился?"),
    definition=Text(
        "End = start + new + reactivation + expansion - contraction - churn, over the range and in every period of it; "
        "it closes to the cent. ARR is twelve times MRR.",
        "Конец = начало + новый доход + реактивация + расширение - сокращение - отток: за весь диапазон и в каждом "
        "его периоде, сходится до копейки. ARR — двенадцать MRR.",
    ),
    params=(
        Param(key="measure", label=Text("Of", "Чего"), kind=ParamKind.CHOICE, default="arr", choices=MEASURES),
        Param(
            key="show",
            label=Text("Show", "Показать"),
            kind=ParamKind.CHOICE,
            default="range",
            choices={
                "range": Text("over the range", "за весь диапазон"),
                "periods": Text("by period", "по периодам"),
            },
        ),
    ),
    run=run,
    finding=finding,
    chart="bridge",
    needs=(
        ("subscriptions.started_at", "subscriptions.amount"),
        ("mrr_months.mrr",),
        ("invoices.period_start", "invoices.period_end", "invoices.amount"),
    ),
)
