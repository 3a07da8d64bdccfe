"""Sales velocity by its four levers: which of them moved it, and what it would be with others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import levers, phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.levers import Lever, Levers
from revops.analysis.series import ask, number, plan
from revops.analysis.stats import is_few
from revops.analysis.values import join_words, period_text, records, show, show_difference
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

METRIC = "sales_velocity"
LEVERS: dict[str, Lever] = {
    one.key: one
    for one in (
        Lever(key="open", label=Text("Open deals", "Сделки в работе"), unit=Unit.COUNT, metric="open_pipeline"),
        Lever(key="win_rate", label=Text("Win rate", "Доля выигранных"), unit=Unit.SHARE, metric="win_rate"),
        Lever(
            key="average",
            label=Text("Average won deal", "Средняя выигранная сделка"),
            unit=Unit.MONEY,
            metric="average_won_deal",
        ),
        Lever(
            key="cycle", label=Text("Sales cycle", "Цикл сделки"), unit=Unit.DAYS, metric="sales_cycle", better=-1
        ),
    )
}  # fmt: skip
MEASURES = ("open_deals", "won", "lost", "won_amount", "won_with_amount", "cycle_days")


def a_day(values: Levers) -> float:
    """Open deals x win rate x average won deal / days of the cycle."""
    return values["open"] * values["win_rate"] * values["average"] / values["cycle"]


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a lever: lever, unit, before, now, change, effect (its part of the change of velocity, money a day; they
    sum to it), asked (what it is to be; null: as now), asked_effect (its part of the difference that makes).

    before, change, effect: null without a comparison, or where velocity cannot be told of it. facts: now, before,
    asked (velocities, money a day; null where not told), won, period, base_period, as_of; metric_of, period_of: what a
    picked mark means.
    """
    why = engine.why_not(METRIC)
    if why is not None:
        raise NotComputable(
            Text("Sales velocity can't be told yet.", "Скорость продаж пока нельзя посчитать."), fix=why
        )
    wanted = plan(view, engine.conventions)
    answer = ask(engine, METRIC, view, wanted)
    found = answer.one(wanted.whole)
    now, before = _levers(found), _levers(answer.one(wanted.base))
    asked = _asked(params)
    then = {**now, **asked} if now and asked else None
    parts = levers.effects(a_day, before, now) if now and before else {}
    would = levers.effects(a_day, now, then) if now and then else {}
    frame = pd.DataFrame(
        {
            "lever": list(LEVERS),
            "unit": [one.unit.value for one in LEVERS.values()],
            "before": [before and before[k] for k in LEVERS],
            "now": [now and now[k] for k in LEVERS],
            "change": [now[k] - before[k] if now and before else None for k in LEVERS],
            "effect": [parts.get(k) for k in LEVERS],
            "asked": [asked.get(k) for k in LEVERS],
            "asked_effect": [would.get(k) if k in asked else None for k in LEVERS],
        }
    ).astype(dict.fromkeys(("before", "now", "change", "effect", "asked", "asked_effect"), "float64"))
    won = int(number(found, "won") or 0)
    return Result(
        frame=frame,
        columns=_columns(compared=bool(parts), asked=bool(asked)),
        facts={
            "now": a_day(now) if now else None,
            "before": a_day(before) if before else None,
            "asked": a_day(then) if then else None,
            "won": won,
            "period": wanted.whole,
            "base_period": wanted.base,
            "as_of": view.as_of,
            "metric_of": {key: one.metric for key, one in LEVERS.items()},
            "period_of": {"before": wanted.base} if before else {},
        },
        sql=(answer.sql,),
        metrics=(METRIC,),
        notes=(*answer.notes, *_notes(won)),
        empty=None if now else _lacking(found),
    )


def _levers(row: dict[str, Any] | None) -> dict[str, float] | None:
    """The levers of a row of the metric; None where one of them is not there, so that there is no velocity."""
    if row is None:
        return None
    told = {
        k: number(row, k) or 0.0 for k in ("open_deals", "won", "lost", "won_amount", "won_with_amount", "cycle_days")
    }
    if not (told["won"] and told["won_with_amount"] and told["cycle_days"]):
        return None
    return {
        "open": told["open_deals"],
        "win_rate": told["won"] / (told["won"] + told["lost"]),
        "average": told["won_amount"] / told["won_with_amount"],
        "cycle": told["cycle_days"],
    }


def _asked(params: Mapping[str, Any]) -> dict[str, float]:
    """What the levers are to be, a win rate as a share. Raises BadParameter where one cannot be that."""
    asked = {k: float(params[k]) for k in LEVERS if params[k] is not None}
    for key, value in asked.items():
        if value < 0 or (key == "cycle" and value == 0) or (key == "win_rate" and value > 100):
            raise levers.cannot_be(LEVERS[key], value)
    return {k: v / 100 if k == "win_rate" else v for k, v in asked.items()}


def _lacking(row: dict[str, Any] | None) -> Text:
    if row is None or not number(row, "won"):
        return Text("no deal was won in the range.", "за период не выиграно ни одной сделки.")
    if not number(row, "won_with_amount"):
        return Text("no won deal of the range has an amount.", "ни у одной выигранной за период сделки нет суммы.")
    return Text("the deals won in the range took no whole day.", "выигранные за период сделки не заняли и дня.")


def _notes(won: int) -> tuple[Text, ...]:
    notes = [
        Text(
            "10 % more open deals, win rate or average deal is 10 % more a day; a cycle 10 % shorter is 11 % more.",
            "На 10 % больше сделок, доля выигранных или средняя сделка — на 10 % больше в день; цикл короче на 10 % — "
            "на 11 % больше.",
        )
    ]
    if is_few(won):
        notes.append(
            Text(
                f"Only {won} deals were won in the range: one more or less moves every lever.",
                f"За период выиграно сделок всего {won}: одной больше или меньше, и сдвинутся все рычаги.",
            )
        )
    return tuple(notes)


def _columns(*, compared: bool, asked: bool) -> tuple[Column, ...]:
    money = Unit.MONEY
    return (
        Column(key="lever", label=Text("Lever", "Рычаг"), names={k: one.label for k, one in LEVERS.items()}),
        Column(key="unit", label=Text("Unit", "Единица"), hidden=True),
        Column(key="before", label=Text("Before", "Было"), unit_from="unit", hidden=not compared),
        Column(key="now", label=Text("Now", "Сейчас"), unit_from="unit"),
        Column(key="change", label=Text("Change", "Изменение"), unit_from="unit", signed=True, hidden=not compared),
        Column(
            key="effect", label=Text("Moved it by, a day", "Вклад, в день"), unit=money, signed=True,
            hidden=not compared,
        ),
        Column(key="asked", label=Text("If it were", "Если бы было"), unit_from="unit", hidden=not asked),
        Column(
            key="asked_effect", label=Text("Would move it by, a day", "Сдвинет на, в день"), unit=money, signed=True,
            hidden=not asked,
        ),
    )  # fmt: skip


def finding(result: Result, formatter: Formatter) -> str:
    """ "Sales velocity is $19.0K a day, +$5.7K: ..." """
    facts = result.facts

    def money(value: float) -> str:
        return show(value, Unit.MONEY, formatter, compact=True)

    text = formatter.say(
        Text("Sales velocity for {p}: {v} a day", "Скорость продаж за {p}: {v} в день"),
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        v=money(facts["now"]),
    )
    if facts["before"] is not None:
        moved = facts["now"] - facts["before"]
        text += formatter.say(
            Text(", {c} from {b}: {l}", ", {c} к {b}: {l}"),
            c=show_difference(moved, Unit.MONEY, formatter, compact=True),
            b=money(facts["before"]),
            l=_told(result, "effect", formatter),
        )
    if facts["asked"] is not None:
        text += formatter.say(
            Text("; with {a} it would be {v} ({c})", "; а если {a} — {v} ({c})"),
            a=levers.wished(records(result.frame), LEVERS, formatter),
            v=money(facts["asked"]),
            c=show_difference(facts["asked"] - facts["now"], Unit.MONEY, formatter, compact=True),
        )
    return text + "."


def _told(result: Result, column: str, formatter: Formatter) -> str:
    """ "win rate +$2.1K, sales cycle +$1.9K and ...", the largest first."""
    parts = sorted((r for r in records(result.frame) if r[column]), key=lambda r: -abs(r[column]))
    words = [
        f"{phrases.lower_first(LEVERS[r['lever']].label[formatter.language])} "
        f"{show_difference(r[column], Unit.MONEY, formatter, compact=True)}"
        for r in parts
    ]
    return join_words(words, formatter)


VELOCITY = Analysis(
    key="velocity",
    title=Text("Levers of sales velocity", "Рычаги скорости продаж"),
    question=Text("What makes sales faster or slower, and what if?", "Что ускоряет и замедляет продажи и что, если?"),
    definition=Text(
        "Sales velocity a day = open deals at the range's end x win rate x average won deal / sales cycle in days (its "
        "median). A lever's part of the change is the mean, over all orders in which the four could have moved, of "
        "what its move adds (Shapley); the parts sum to the change. What is asked for replaces a lever, the others "
        "stay as they are.",
        "Скорость продаж в день = сделки в работе на конец периода x доля выигранных x средняя выигранная сделка / "
        "цикл сделки в днях (медиана). Вклад рычага — среднее, по всем порядкам, в каких могли сдвинуться четыре "
        "рычага, от того, что добавляет его сдвиг (Шепли); сумма вкладов равна изменению. Заданное значение заменяет "
        "рычаг, остальные не меняются.",
    ),
    params=tuple(
        Param(key=key, label=label, kind=ParamKind.NUMBER, optional=True)
        for key, label in (
            ("open", Text("Open deals", "Сделок в работе")),
            ("win_rate", Text("Win rate, %", "Доля выигранных, %")),
            ("average", Text("Average won deal", "Средняя сделка")),
            ("cycle", Text("Sales cycle, days", "Цикл сделки, дней")),
        )
    ),
    run=run,
    finding=finding,
    chart="velocity",
    needs=(("opportunities.status", "opportunities.amount", "opportunities.created_at", "opportunities.closed_at"),),
)
