"""Calls, meetings and emails: how many a month, how many were answered, who talked, and how long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Result, View
from revops.analysis.engagement_rows import activities_behind
from revops.analysis.values import as_date, period_text, records, show
from revops.formats import Formatter
from revops.metrics.calendar import step
from revops.metrics.core import Grain, Unit
from revops.metrics.tables import looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

TYPES = {
    "email": Text("emails", "письма"),
    "call": Text("calls", "звонки"),
    "meeting": Text("meetings", "встречи"),
}
# an outcome that says the other side was reached; what begins with a denial does not
ANSWERED = "repl|connect|answer|reached|responded|completed|held|attended|ответ|дозвон|состоял|провед"
DENIED = r"^(no|not|un|didn|не|нет|без)(\b|[ -]|answer|reach|состоял|дозвон|ответ)"
NEEDS = (("activities.type", "activities.occurred_at"),)
COLUMNS = (
    "start", "end", "type", "activities", "outbound", "told", "answered", "response", "talk_ratio", "minutes", "score",
)  # fmt: skip


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a month and type of TYPES: COLUMNS. outbound: of them; told: outbound ones whose outcome is known;
    answered: of these; response: answered / told; talk_ratio, minutes, score: medians of those that have one.

    facts: whole (type -> the same figures over the range), period, as_of. Other types of activity are left out.
    """
    frame, sql = engine.told(
        ("engagement",),
        lambda: _rows(engine, view),
        period=view.period,
        as_of=view.as_of,
        where=view.where,
    )
    frame = frame.assign(response=frame["answered"] / frame["told"].where(frame["told"] > 0))
    by_month = frame[frame["scope"] == "month"].reset_index(drop=True)
    by_month = by_month.assign(start=[as_date(m) for m in by_month["month"]])
    by_month["end"] = [step(d, Grain.MONTH) for d in by_month["start"]]
    whole = {str(r["type"]): r for r in records(frame[frame["scope"] == "whole"])}
    return Result(
        frame=by_month[list(COLUMNS)],
        columns=_columns(by_month),
        facts={"whole": whole, "period": view.period, "as_of": view.as_of},
        sql=(sql,),
        notes=_notes(engine, by_month),
        rows_used=tuple((TYPES[t], int(whole[t]["activities"])) for t in TYPES if t in whole),
        empty=None if len(by_month) else Text("no activity in the period.", "в периоде нет активностей."),
    )


def counted(engine: Engine, view: View) -> ir.Table:
    """The activities of the view, of TYPES: with month; out, known (of these: the outcome), reached (answered); spoke
    (it took place); ratio, took (minutes), quality."""
    looked = looked_at()
    rows = engine.keep(table("activities"), "activities", view.where)
    rows = rows.filter(
        rows.type.isin(list(TYPES)),
        rows.occurred_at.date() >= looked.start.as_scalar(),
        rows.occurred_at.date() < looked.end.as_scalar(),
    )
    said = rows.outcome.strip().lower()
    out = (rows.direction == "out").fill_null(False)
    known = out & rows.outcome.notnull()
    spoke = (said.re_search(ANSWERED) & ~said.re_search(DENIED)).fill_null(False)
    return rows.mutate(
        month=rows.occurred_at.truncate("M").date(),
        out=out,
        known=known,
        reached=known & spoke,
        spoke=rows.outcome.isnull() | spoke,
        ratio=rows.talk_ratio.cast("float64"),
        took=(rows.duration_seconds.cast("float64") / 60).nullif(0.0),
        quality=rows.score.cast("float64"),
    )


def _rows(engine: Engine, view: View) -> ir.Table:
    valued = counted(engine, view)

    def summed(part: ir.Table, scope: str, keys: list[str]) -> ir.Table:
        found = part.group_by(keys).agg(
            activities=part.count(),
            outbound=part.out.sum(),
            told=part.known.sum(),
            answered=part.reached.sum(),
            talk_ratio=part.ratio.median(where=part.spoke),
            minutes=part.took.median(where=part.spoke),
            score=part.quality.median(),
        )
        month = found.month if "month" in keys else ibis.null("date")
        return found.select(
            scope=ibis.literal(scope),
            month=month,
            type=found.type,
            **{c: found[c] for c in ("activities", "outbound", "told", "answered", "talk_ratio", "minutes", "score")},
        )

    told = summed(valued, "month", ["month", "type"]).union(summed(valued, "whole", ["type"]))
    return told.order_by("scope", "month", "type")


def _notes(engine: Engine, frame: pd.DataFrame) -> tuple[Text, ...]:
    if frame.empty:
        return ()
    notes = [
        Text(
            "Answered: outbound ones whose outcome says that the other side was reached. Talk ratio and minutes are "
            "medians of conversations that took place.",
            "С ответом: исходящие, по результату которых собеседник ответил. Доля речи и минуты — медианы состоявшихся "
            "разговоров.",
        )
    ]
    absent = {
        "activities.outcome": Text("outcome", "результат"),
        "activities.talk_ratio": Text("talk ratio", "доля речи"),
        "activities.duration_seconds": Text("duration", "длительность"),
        "activities.score": Text("score", "оценка"),
    }
    missing = [label for field, label in absent.items() if not engine.basis.has(field)]
    if missing:
        names = Text(", ".join(m.en for m in missing), ", ".join(m.ru for m in missing))
        notes.append(Text("The activities do not name: {n}.", "В активностях нет полей: {n}.").format(n=names))
    return tuple(notes)


def _columns(frame: pd.DataFrame) -> tuple[Column, ...]:
    def nothing(key: str) -> bool:
        return bool(frame[key].isna().all())

    return (
        Column(key="start", label=Text("Month", "Месяц"), grain=Grain.MONTH),
        Column(key="end", label=Text("To", "По"), hidden=True),
        Column(key="type", label=Text("Type", "Тип"), names=TYPES),
        Column(key="activities", label=Text("Activities", "Активностей"), unit=Unit.COUNT),
        Column(key="outbound", label=Text("Outbound", "Исходящих"), unit=Unit.COUNT),
        Column(key="told", label=Text("Outcome known", "Результат известен"), unit=Unit.COUNT),
        Column(key="answered", label=Text("Answered", "С ответом"), unit=Unit.COUNT),
        Column(key="response", label=Text("Response", "Доля с ответом"), unit=Unit.SHARE),
        Column(
            key="talk_ratio",
            label=Text("Talk ratio, median", "Доля речи, медиана"),
            unit=Unit.SHARE,
            hidden=nothing("talk_ratio"),
        ),
        Column(
            key="minutes",
            label=Text("Minutes, median", "Минут, медиана"),
            unit=Unit.COUNT,
            hidden=nothing("minutes"),
        ),
        Column(key="score", label=Text("Score, median", "Оценка, медиана"), unit=Unit.COUNT, hidden=nothing("score")),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """How many of each in the range, how many answered, who talked in calls."""
    facts = result.facts
    whole = facts["whole"]
    counts = [
        formatter.say(
            Text("{n} {t}{r}", "{t} — {n}{r}"),
            n=formatter.number(whole[key]["activities"]),
            t=label,
            r=""
            if pd.isna(whole[key]["response"])
            else formatter.say(
                Text(" ({s} answered)", " (с ответом {s})"), s=show(whole[key]["response"], Unit.SHARE, formatter)
            ),
        )
        for key, label in TYPES.items()
        if key in whole
    ]
    talk = ""
    if "call" in whole and not pd.isna(whole["call"]["talk_ratio"]):
        talk = formatter.say(
            Text(
                "; in calls our side talks {s} of the time (median)",
                "; в звонках наша сторона говорит {s} времени (медиана)",
            ),
            s=show(whole["call"]["talk_ratio"], Unit.SHARE, formatter),
        )
    period = period_text(facts["period"], formatter, as_of=facts["as_of"])
    return phrases.sentence(f"{period}: " + ", ".join(counts) + talk)


ENGAGEMENT = Analysis(
    key="engagement",
    title=Text("Calls, meetings, emails", "Звонки, встречи, письма"),
    question=Text(
        "How much do we talk to people, and do they answer?", "Сколько мы общаемся с людьми и отвечают ли нам?"
    ),
    definition=Text(
        "Calls, meetings and emails by the month in which they took place. Response: of outbound ones with a known "
        "outcome, the share whose outcome says that the other side was reached (connected, replied, completed).",
        "Звонки, встречи и письма по месяцу, когда они состоялись. Доля с ответом: среди исходящих с известным "
        "результатом те, по которым собеседник ответил (соединение, ответ на письмо, состоявшаяся встреча).",
    ),
    params=(),
    run=run,
    finding=finding,
    chart="engagement",
    needs=NEEDS,
    behind=activities_behind,
)
