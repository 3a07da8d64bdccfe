"""How each step's rate moves, in words: the columns, what to know of young cohorts, and the step that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Column, Result, View
from revops.analysis.funnel_way import Way
from revops.analysis.stats import FEW
from revops.analysis.values import period_text
from revops.formats import Formatter
from revops.metrics import calendar
from revops.metrics.core import Grain, Period, Unit
from revops.text import Text

RATES = {
    "step": Text("of the step before", "от предыдущего шага"),
    "first": Text("of all entered", "от всех вошедших"),
}
BY_ENTRY = {
    Grain.WEEK: Text("By week of entry", "По неделе входа"),
    Grain.MONTH: Text("By month of entry", "По месяцу входа"),
    Grain.QUARTER: Text("By quarter of entry", "По кварталу входа"),
    Grain.YEAR: Text("By year of entry", "По году входа"),
}
ONE_COHORT = Text(
    "there is one cohort only. Choose a longer range, or a shorter time step.",
    "когорта всего одна. Выберите больший диапазон дат или меньший шаг времени.",
)
ALL_YOUNG = Text(
    "in no step are cohorts of both halves old enough: many are still open. Choose a longer range, or a conversion "
    "window.",
    "ни на одном шаге нет достаточно зрелых когорт в обеих половинах: многие ещё в работе. Выберите больший диапазон "
    "дат или окно конверсии.",
)


def step_names(way: Way, *, first: bool) -> dict[str, Text]:
    """What to call the rate of each step after the first: “Demo → Proposal”."""
    starts = [way.keys[0]] * len(way.keys) if first else way.keys
    pairs = zip(starts, way.keys[1:], strict=False)
    return {z: Text("{a} → {z}", "{a} → {z}").format(a=way.names[a], z=way.names[z]) for a, z in pairs}


def columns(grain: Grain, names: Mapping[str, Text], *, first: bool, strict: bool) -> tuple[Column, ...]:
    count, share = Unit.COUNT, Unit.SHARE
    came = Text("Entered", "Вошли, записей") if first else Text("Reached the step before", "Дошли до предыдущего шага")
    return (
        Column(key="cohort", label=Text("Entered in", "Вошли"), grain=grain),
        Column(key="step", label=Text("Step", "Шаг"), names=names),
        Column(key="entered", label=Text("Entered", "Вошли, записей"), unit=count),
        Column(key="came", label=came, unit=count, hidden=first),
        Column(key="reached", label=Text("Reached it", "Дошли до него"), unit=count),
        Column(key="share", label=RATE[first], unit=share),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=share),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=share),
        Column(key="share_of_previous", label=RATE[False], unit=share, hidden=not first),
        Column(key="share_of_first", label=RATE[True], unit=share, hidden=first),
        Column(
            key="not_yet",
            label=Text("Not yet", "Ещё нет"),
            unit=count,
            help=Text("Still open before the step.", "Ещё в работе до этого шага."),
        ),
        Column(key="lost", label=Text("Lost before it", "Потеряны до него"), unit=count),
        Column(
            key="astray",
            label=Text("Went on out of order", "Прошли дальше не по порядку"),
            unit=count,
            hidden=not strict,
        ),
        Column(key="decided", label=Text("Decided", "Определились"), unit=count),
        Column(key="share_of_decided", label=Text("Of those decided", "Из определившихся"), unit=share),
        Column(
            key="at_most",
            label=Text("At most, once all are decided", "Максимум, когда решится всё"),
            unit=share,
            help=Text("If all not yet decided come this far.", "Если сюда дойдут все, кто ещё в работе."),
        ),
        Column(key="median_days", label=Text("Median time of the step", "Медианное время шага"), unit=Unit.DAYS),
        Column(key="immature", label=Text("Not old enough yet", "Ещё не весь срок")),
        Column(key="few", label=Text("Few cases", "Мало случаев")),
        Column(key="running", label=Text("Period still running", "Период ещё идёт")),
    )


RATE = {
    False: Text("Of the previous step", "Из предыдущего шага"),
    True: Text("Of all entered", "Из всех вошедших"),
}


def notes(
    frame: pd.DataFrame,
    moves: Sequence[Mapping[str, Any]],
    names: Mapping[str, Text],
    cohorts: Sequence[Period],
    view: View,
) -> list[Text]:
    """What the marks of the drawing mean, where there are such; cohorts that the range cuts."""
    out: list[Text] = []
    if frame["immature"].any():
        out.append(
            Text(
                "Hollow: not old enough yet. More than 5 % of these are still open before the step, so the rate may "
                "rise, at most to the end of the pale stroke (which the panel's edge may cut); it is left out where "
                "halves are compared. What to expect of the open: “How long a step takes”.",
                "Пустые точки: ещё не весь срок. Больше 5 % из них ещё в работе до этого шага, поэтому доля может "
                "вырасти, самое большее — до конца бледной черты (её может обрезать край графика); в сравнение "
                "половин она не входит. Чего ждать от тех, кто в работе: «Сколько занимает шаг».",
            )
        )
    if frame["few"].any():
        grey = Text(
            "Grey: a share of fewer than {n} cases. One case more or less changes it a lot.",
            "Серым — доля меньше чем от {n} случаев: один случай заметно её меняет.",
        )
        out.append(grey.format(n=FEW))
    if any(m["first"] is not None and m["second"] is not None for m in moves):
        out.append(
            Text(
                "Beside each step: its rate of those decided in the earlier half of the range → in the later one; "
                "▲ ▼ where that is more than noise.",
                "Рядом с шагом — доля определившихся в ранней половине диапазона → в поздней; ▲ ▼ — больше случайного "
                "разброса.",
            )
        )
    untold = [m["step"] for m in moves if m["p"] is None and frame.loc[frame["step"] == m["step"], "came"].any()]
    if untold:
        steps = Text(*(", ".join(names[k][language] for k in untold) for language in ("en", "ru")))
        out.append(
            Text(
                "Halves not compared, as in one of them nobody came so far, or no period is old enough: {s}. A "
                "conversion window decides who was not in time.",
                "Половины не сравнить, в одной из них сюда никто не дошёл или нет достаточно зрелых периодов: {s}. "
                "С окном конверсии не успевшие считаются потерянными.",
            ).format(s=steps)
        )
    if cohorts and (cohorts[0].start < view.period.start or cohorts[-1].end > view.period.end):
        out.append(
            Text(
                "The first or last period is cut by the range: only who entered within the range counts.",
                "Первый или последний период обрезан диапазоном дат: учтены только вошедшие в диапазоне.",
            )
        )
    if cohorts and calendar.is_partial(cohorts[-1], view.as_of):
        out.append(
            Text("The last period is still running: more may enter.", "Последний период ещё идёт: войдут и другие.")
        )
    return out


def finding(result: Result, formatter: Formatter) -> str:
    """The step whose rate moved farthest beyond noise between the halves of the range; that none did; or why not."""
    facts, language = result.facts, formatter.language
    if not facts["entered"]:
        return phrases.cannot_tell(phrases.NO_VALUE[language], formatter)
    if facts["cohorts"] < 2:
        return phrases.cannot_tell(ONE_COHORT[language], formatter)
    tested = [m for m in facts["moves"] if m["p"] is not None]
    if not tested:
        return phrases.cannot_tell(ALL_YOUNG[language], formatter)
    mover, clear = facts["mover"], sum(bool(m["signal"]) for m in tested)
    move = mover or max(tested, key=lambda m: abs(m["second"] - m["first"]))
    said = {
        "by": BY_ENTRY[facts["grain"]][language],
        "step": facts["names"][move["step"]],
        "one": period_text(facts["first_half"], formatter),
        "two": period_text(facts["second_half"], formatter, as_of=facts["as_of"]),
        "a": formatter.percent(move["first"]),
        "b": formatter.percent(move["second"]),
        "na": formatter.number(move["first_n"]),
        "nb": formatter.number(move["second_n"]),
        "d": phrases.plain_change(move["second"], move["first"], Unit.SHARE, formatter),
        "k": formatter.number(clear),
        "n": formatter.number(len(tested)),
    }
    if mover is None:
        return phrases.one_stop(formatter.say(WITHIN, **said))
    return phrases.one_stop(formatter.say(ROSE if move["second"] > move["first"] else FELL, **said))


ROSE = Text(
    "{by}, {step} moved most: {b} of {nb} decided in {two}, up {d} from {a} of {na} in {one}, more than noise; steps "
    "that moved more than noise: {k} of {n}.",
    "{by} сильнее всего изменился переход {step}: за {two} — {b} из {nb} определившихся, выше на {d}: за {one} было "
    "{a} из {na}, это больше случайного разброса; больше разброса изменились шаги: {k} из {n}.",
)
FELL = Text(
    "{by}, {step} moved most: {b} of {nb} decided in {two}, down {d} from {a} of {na} in {one}, more than noise; steps "
    "that moved more than noise: {k} of {n}.",
    "{by} сильнее всего изменился переход {step}: за {two} — {b} из {nb} определившихся, ниже на {d}: за {one} было "
    "{a} из {na}, это больше случайного разброса; больше разброса изменились шаги: {k} из {n}.",
)
WITHIN = Text(
    "{by}, no step's rate moved more than noise between {one} and {two}; farthest moved {step}: from {a} of {na} "
    "decided to {b} of {nb} (steps compared: {n}).",
    "{by} ни один шаг не изменился больше случайного разброса между {one} и {two}; дальше всех сдвинулся переход "
    "{step}: было {a} из {na} определившихся, стало {b} из {nb} (сравнено шагов: {n}).",
)
