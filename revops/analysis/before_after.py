"""Before and after a day: did response, hand-offs, cycle and win rate change by more than noise?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from revops.analysis import phrases
from revops.analysis.before_after_measures import (
    LABELS,
    MEASURED,
    OF,
    Measured,
    by_filter,
    different,
    of_median,
    samples_of,
)
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.coverage import covers, first_day
from revops.analysis.stats import holm, is_signal, p_value, wilson
from revops.analysis.values import join_words, period_text, records, show, verdict
from revops.errors import BadParameter, NotComputable
from revops.formats import Formatter, is_missing
from revops.metrics import METRIC, calendar
from revops.metrics.core import MetricResult, Period, Query, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

FEWEST = 5  # cases on each side below which nothing is tested
COLUMNS = (
    "measure", "unit", "before", "after", "change", "low_before", "high_before", "low_after", "high_after",
    "n_before", "n_after", "p", "signal", "better",
)  # fmt: skip


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a measure that both stretches can tell: COLUMNS. before, after: the metric over as many months (or days)
    before the day, and from it to as_of; change: after - before; low_*, high_*: its 95 % interval; n_*: cases; p: of
    “nothing changed”, corrected for looking at all of them (Holm), null with fewer than FEWEST cases on a side; signal:
    more than noise; better: 1 the change is good news, -1 bad, 0 neither.

    since: the day (ISO), None: the first day of the period. facts: since, before, after (periods), as_of, untold.
    Raises BadParameter for a text that is no day of the data.
    """
    since = _since(params["since"], view)
    before, after = _stretches(engine, view, since)
    asked, covered = _measured(engine), _covered(engine, before)
    answers = _answers(engine, view, covered, (before, after))
    told, sql = samples_of(engine, view, [m for m in covered if m.key in answers], (before, after))
    rows = [row for m in covered if m.key in answers and (row := _row(m, answers[m.key], told.get(m.key))) is not None]
    sql = [*(a.sql for a in answers.values()), *sql]
    untold = [m.key for m in asked if m.key not in answers]
    for row, p in zip(rows, holm([r["p"] for r in rows]), strict=True):
        row |= {"p": p, "signal": is_signal(p)}
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return Result(
        frame=frame,
        columns=_columns(),
        facts={"since": since, "before": before, "after": after, "as_of": view.as_of, "untold": untold},
        sql=tuple(dict.fromkeys(sql)),
        metrics=tuple(dict.fromkeys(OF[str(m)].metric for m in frame["measure"])),
        notes=_notes(before, after, untold),
        empty=None if rows else Text("the data do not reach back as far before that day.", "данных до этой даты мало."),
    )


def _since(asked: str | None, view: View) -> dt.date:
    if asked is None:
        return view.period.start
    try:
        day = dt.date.fromisoformat(asked)
    except ValueError as error:
        raise BadParameter(
            Text("“{v}” is no day such as 2025-11-01.", "«{v}» — не дата вида 2025-11-01.").format(v=asked)
        ) from error
    if day > view.as_of:
        raise BadParameter(Text("That day is after the data end.", "Эта дата позже последней даты данных."))
    return day


def _stretches(engine: Engine, view: View, since: dt.date) -> tuple[Period, Period]:
    """As long before the day as after it, and from it to as_of."""
    after = Period(since, view.as_of + calendar.DAY)
    return calendar.previous(after, engine.conventions), after


def _measured(engine: Engine) -> list[Measured]:
    """Those whose fields are filled."""
    return [m for m in MEASURED if not engine.missing(m.metric) and _has(engine, m)]


def _covered(engine: Engine, before: Period) -> list[Measured]:
    """Those whose data reach back far enough."""
    return [m for m in _measured(engine) if covers(first_day(engine, METRIC[m.metric]), before)]


def _has(engine: Engine, measured: Measured) -> bool:
    return measured.where is None or engine.basis.has("opportunities.type")


def _answers(
    engine: Engine, view: View, measured: Sequence[Measured], periods: tuple[Period, Period]
) -> dict[str, MetricResult]:
    """The metric over both periods, by the measure's key; none where the rows do not carry a filter."""
    found: dict[str, MetricResult] = {}
    for _filters, group in by_filter(measured):
        queries = [_query(m, view, periods) for m in group]
        for m, answer in zip(group, engine.evaluate_together(queries), strict=True):
            if not isinstance(answer, NotComputable):
                found[m.key] = answer
    return found


def _query(measured: Measured, view: View, periods: tuple[Period, Period]) -> Query:
    where = {**view.where, **(measured.where or {})}
    return Query(metric=measured.metric, periods=periods, as_of=view.as_of, where=where)


def asks(engine: Engine, view: View, params: Mapping[str, Any]) -> list[Query]:
    """As `run` asks; nothing for a day that is none."""
    try:
        before, after = _stretches(engine, view, _since(params["since"], view))
    except BadParameter:
        return []
    return [_query(m, view, (before, after)) for m in _covered(engine, before)]


def _row(
    measured: Measured, answer: MetricResult, samples: tuple[np.ndarray, np.ndarray] | None
) -> dict[str, Any] | None:
    """samples: of a median, the single values before and after. None: one of the periods has no value."""
    metric = METRIC[measured.metric]
    told = sorted(answer.rows, key=lambda r: r["period_id"])
    if len(told) < 2 or any(is_missing(r["value"]) for r in told):
        return None
    values = [float(r["value"]) for r in told]
    if samples is None:
        cases = [(float(r["numerator"]), float(r["denominator"])) for r in told]
        intervals = [wilson(c, n) for c, n in cases]
        counts = [round(n) for _, n in cases]
        p = p_value(*cases[0], *cases[1])
    else:
        intervals = [of_median(s) for s in samples]
        counts = [len(s) for s in samples]
        p = different(*samples)
    enough = min(counts) >= FEWEST
    (low_before, high_before), (low_after, high_after) = (i or (None, None) for i in intervals)
    return {
        "measure": measured.key,
        "unit": metric.unit.value,
        "before": values[0],
        "after": values[1],
        "change": values[1] - values[0],
        "low_before": low_before,
        "high_before": high_before,
        "low_after": low_after,
        "high_after": high_after,
        "n_before": counts[0],
        "n_after": counts[1],
        "p": p if enough else None,
        "better": verdict(values[1], values[0], metric.good),
    }


# --- in words -------------------------------------------------------------------------------------------------------


def _notes(before: Period, after: Period, untold: list[str]) -> tuple[Text, ...]:
    notes = [
        Text(
            "More than noise: such a difference would come up by chance in fewer than 1 of 20 comparisons (shares: "
            "z or Fisher's test, medians: Mann-Whitney; Holm's correction). It says that it changed, not why.",
            "Больше случайного разброса: такая разница возникла бы случайно реже чем в 1 из 20 сравнений (доли: "
            "z-тест или тест Фишера, медианы: Манн — Уитни; поправка Холма). Что изменилось — видно, почему — нет.",
        )
    ]
    if (after.end - after.start).days not in (365, 366):
        notes.append(
            Text(
                "The two stretches are not the same months of the year: a season may be in the difference.",
                "Это разные месяцы года: в разнице может быть сезонность.",
            )
        )
    if untold:
        names = Text(", ".join(LABELS[k].en for k in untold), ", ".join(LABELS[k].ru for k in untold))
        notes.append(
            Text(
                "Not told before that day, or not under these filters: {n}.",
                "Нет данных до этой даты или при этих фильтрах: {n}.",
            ).format(n=names)
        )
    return tuple(notes)


def _columns() -> tuple[Column, ...]:
    def valued(key: str, en: str, ru: str, *, signed: bool = False) -> Column:
        return Column(key=key, label=Text(en, ru), unit_from="unit", signed=signed)

    return (
        Column(key="measure", label=Text("Figure", "Показатель"), names=LABELS),
        Column(key="unit", label=Text("Unit", "Единица"), hidden=True),
        valued("before", "Before", "До"),
        valued("after", "After", "После"),
        valued("change", "Change", "Изменение", signed=True),
        valued("low_before", "Before, 95 % from", "До, 95 % от"),
        valued("high_before", "Before, 95 % to", "До, 95 % до"),
        valued("low_after", "After, 95 % from", "После, 95 % от"),
        valued("high_after", "After, 95 % to", "После, 95 % до"),
        Column(key="n_before", label=Text("Cases before", "Случаев до"), unit=Unit.COUNT),
        Column(key="n_after", label=Text("Cases after", "Случаев после"), unit=Unit.COUNT),
        Column(key="p", label=Text("p-value", "p-значение"), hidden=True),
        Column(key="signal", label=Text("More than noise", "Больше случайного разброса")),
        Column(key="better", label=Text("Direction", "Направление"), hidden=True),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """What became better and what worse by more than noise, and what did not."""
    facts_, rows = result.facts, records(result.frame)

    def told(row: Mapping[str, Any]) -> str:
        unit = Unit(row["unit"])
        text = Text("{m} {a} → {b}", "{m} {a} → {b}")
        return formatter.say(
            text,
            m=phrases.lower_first(LABELS[row["measure"]][formatter.language]),
            a=show(row["before"], unit, formatter),
            b=show(row["after"], unit, formatter),
        )

    clear = [r for r in rows if r["signal"] is True]
    better, worse = ([told(r) for r in clear if r["better"] == side] for side in (1, -1))
    head = formatter.say(
        Text("Since {d}, compared with {p}", "С {d} по сравнению с периодом {p}"),
        d=formatter.date(facts_["since"]),
        p=period_text(facts_["before"], formatter),
    )
    if not clear:
        none = formatter.say(Text("nothing changed by more than noise", "изменений больше случайного разброса нет"))
        return phrases.sentence(f"{head}, {none}" if formatter.language == "en" else f"{head}: {none}")
    parts = []
    if better:
        parts.append(formatter.say(Text("better: {x}", "лучше — {x}"), x=join_words(better, formatter)))
    if worse:
        parts.append(formatter.say(Text("worse: {x}", "хуже — {x}"), x=join_words(worse, formatter)))
    rest = len(rows) - len(clear)
    if rest:
        parts.append(formatter.say(Text("within noise: {n}", "в пределах случайного разброса — {n}"), n=rest))
    return phrases.sentence(f"{head}: " + "; ".join(parts))


BEFORE_AFTER = Analysis(
    key="before_after",
    title=Text("Before and after", "До и после"),
    question=Text(
        "What changed since that day, and is it more than noise?", "Что изменилось с этой даты и не случайно ли это?"
    ),
    definition=Text(
        "Response to leads, hand-offs, sales cycle, win and renewal rate from the chosen day to the end of the "
        "data, beside as long a stretch before it. Each counts by its own date (deals by the day they closed). Shares "
        "carry a Wilson interval, medians one by ranks; differences are tested, corrected for looking at all.",
        "Ответ на лиды, передачи, цикл сделки, доля выигранных и продлений с выбранной даты до конца данных "
        "рядом с таким же отрезком до неё. Каждый показатель считается по своей дате (сделки — по дате закрытия). У "
        "долей интервал Уилсона, у медиан — по рангам; разница проверена с поправкой на число сравнений.",
    ),
    params=(Param(key="since", label=Text("Since", "С даты"), kind=ParamKind.CHOICE, optional=True),),
    run=run,
    finding=finding,
    chart="before_after",
    asks=asks,
    needs=(
        ("leads.created_at", "leads.first_response_at"),
        ("leads.mql_at", "leads.sql_at"),
        ("opportunities.closed_at", "opportunities.status"),
    ),
)
