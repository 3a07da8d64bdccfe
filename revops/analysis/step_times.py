"""How long a step of the funnel takes, and what to expect of those still open in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from revops.analysis import alike, behind, funnel_lifecycle, funnel_pipeline, phrases
from revops.analysis.alike import Journeys
from revops.analysis.core import Analysis, CellResult, Column, Param, ParamKind, Result, View
from revops.analysis.funnel import KINDS, RECORDS
from revops.analysis.journeys import ALIKE, FAR
from revops.analysis.kaplan_meier import Curve, Durations, Numbers
from revops.analysis.rows import Rows
from revops.analysis.stage_matrix import chosen, phrases_of_others
from revops.analysis.values import period_text
from revops.errors import BadParameter, unknown
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.metrics.tables import KEY, looked_at
from revops.text import Text, verbatim

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

GOALS = {
    "next": Text("to the next step", "до следующего шага"),
    "won": Text("to the win", "до победы"),
}
SHOWS = {
    "times": Text("how long it took", "сколько времени заняло"),
    "curve": Text("share that came over, by day", "доля перешедших по дням"),
}
OUTCOMES = {
    "over": Text("came over", "перешли"),
    "lost": Text("lost", "потеряны"),
    "open": Text("not yet", "ещё нет"),
}
BINS = 14  # bars of the histogram, about
FEW_AT_RISK = 10  # the curve is told as far as so many have been seen
UNDATED = Text("in the step, but on no known date", "на шаге, но дата неизвестна")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is followed: kind, the steps' keys and names; the step's place (from 1), the goal's, the win's (last)."""

    kind: str
    keys: tuple[str, ...]
    names: Mapping[str, Text]
    place: int
    goal: int
    last: int
    record: str
    pipeline: funnel_pipeline.Pipeline | None = None
    sql: tuple[str, ...] = ()


def steps_of(engine: Engine, params: Mapping[str, Any]) -> Steps:
    """The step asked for, else the first; its goal. Raises BadParameter (no such step), NotComputable."""
    pipeline: funnel_pipeline.Pipeline | None = None
    told_by: tuple[str, ...] = ()
    if params["kind"] == "lifecycle":
        keys = funnel_lifecycle.steps_of(engine.basis)
        names: dict[str, Text] = {k: funnel_lifecycle.STEPS[k] for k in keys}
        end = keys.index("won") + 1 if "won" in keys else len(keys)
    else:
        pipeline, told_by = chosen(engine, params["pipeline"])
        keys, names, end = pipeline.keys, {k: verbatim(k) for k in pipeline.keys}, len(pipeline.keys)
    starts = keys[: end - 1]
    if not starts:
        raise BadParameter(Text("The funnel has a single step.", "В воронке всего один шаг."))
    wanted = params["step"] or starts[0]
    if wanted not in starts:
        error = unknown(Text("step", "шаг"), wanted, starts)
        raise BadParameter(error.message, fix=error.fix)
    place = keys.index(wanted) + 1
    return Steps(
        kind=params["kind"],
        keys=keys,
        names=names,
        place=place,
        goal=end if params["goal"] == "won" else place + 1,
        last=end,
        record="lead" if keys[0] == "lead" else "deal",
        pipeline=pipeline,
        sql=told_by,
    )


def _followed(engine: Engine, steps: Steps, view: View) -> Journeys:
    if steps.pipeline is None:
        return funnel_lifecycle.followed(engine, steps.keys)
    return funnel_pipeline.followed(engine, steps.pipeline, view)


def _cases(rows: ir.Table, steps: Steps) -> ir.Table:
    """Of journeys those that reached the step, a row each, with their columns KEY or ALIKE.

    day: entered the step (null: on no known date). outcome: "over" (reached the goal), "lost", "open". days: until it
    came over or was lost; of the open: so far. seen: from entering to as_of, whatever became of it.
    """
    far = ibis.literal(FAR)
    day = rows.entry if steps.place == 1 else rows[f"own_{steps.place}"]
    then: ir.DateValue = far
    for k in range(len(steps.keys), steps.goal - 1, -1):  # who was seen later has come over by then
        then = ibis.least(rows[f"own_{k}"].fill_null(far), then)
    as_of = looked_at().as_of.as_scalar()
    rows = rows.filter(rows.reached >= steps.place)
    over, lost = rows.reached >= steps.goal, rows.state == "lost"
    outcome = over.ifelse("over", lost.ifelse("lost", "open"))
    ended = ibis.cases((over, then.nullif(far)), (lost, ibis.coalesce(rows.lost_day, as_of)), else_=as_of)
    own = ALIKE if ALIKE in rows.columns else KEY
    return rows.select(
        own, day=day, outcome=outcome, days=ended.delta(day, unit="day"), seen=as_of.delta(day, unit="day")
    )


def _counted(cases: ir.Table) -> ir.Table:
    """outcome, days (null: not dated, or it ended before it entered the step), seen: how many records."""
    told = cases.mutate(days=ibis.cases((cases.days >= 0, cases.days)))
    return told.group_by("outcome", "days", "seen").agg(n=told[ALIKE].sum() if ALIKE in told.columns else told.count())


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """Of the records that entered in the view's period and reached the step (see the funnel):

    `show` times: a row a bin of days from the step to the goal, of those that came over. Columns: first, last (day,
    both in the bin), cases, share (of those that came over). `show` curve: a row a day on which the share changes:
    day, share (that came over within so many days, of all that entered the step), low, high (95 %), at_risk.

    The share is 1 - Kaplan and Meier's survival, where the open are censored at their age and the lost stay at risk
    for as long as they could have been seen (Fine and Gray's estimate where every censoring time is known): the lost
    never count as coming over. facts: median, p90 (days of those that came over), over, lost, open, undated; eventual
    (the share that comes over within the longest time well seen) with its interval; expected (of the open, how many
    will: each by its age) with the same interval carried over.
    """
    steps = steps_of(engine, params)
    key = ("step_times", steps.place, steps.goal)
    found, sql = alike.told(
        engine, key, _followed(engine, steps, view), view, lambda rows: _counted(_cases(rows, steps))
    )
    dated = found[found["days"].notna()]
    counts = {k: int(dated.loc[dated["outcome"] == k, "n"].sum()) for k in OUTCOMES}
    undated = int(found["n"].sum()) - sum(counts.values())
    took = dated[dated["outcome"] == "over"].sort_values("days")
    times = np.repeat(took["days"].to_numpy("float64"), took["n"].to_numpy("int64"))
    outlook = Outlook.of(dated)
    curve = params["show"] == "curve"
    frame = outlook.frame() if curve else _bins(times)
    return Result(
        frame=frame,
        columns=_curve_columns() if curve else _bin_columns(),
        facts={
            **counts,
            "undated": undated,
            "median": float(np.median(times)) if len(times) else None,
            "p90": float(np.quantile(times, 0.9)) if len(times) else None,
            **outlook.facts(),
            "starts": steps.keys[: steps.last - 1],
            "kind": steps.kind,
            "step": steps.keys[steps.place - 1],
            "to": steps.keys[steps.goal - 1],
            "names": steps.names,
            "record": steps.record,
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=(sql, *steps.sql),
        notes=_notes(steps, params, outlook, counts),
        rows_used=tuple((OUTCOMES[k], n) for k, n in counts.items()),
        rows_left_out=((UNDATED, undated),) if undated else (),
        empty=phrases.NO_VALUE if frame.empty else None,
    )


def _bins(times: Numbers) -> pd.DataFrame:
    """The days in bins of one width: 1, 2, 5, 7, 14, 30 ... days; a tail beyond is in the last."""
    if not len(times):
        return pd.DataFrame({"first": [], "last": [], "cases": [], "share": []})
    widths = (1, 2, 3, 5, 7, 10, 14, 30, 60, 90, 180, 365)
    reach = float(np.quantile(times, 0.99)) + 1
    width = next((w for w in widths if reach / w <= BINS), 365)
    last = min(math.ceil(reach / width), BINS) - 1
    place = np.minimum(times // width, last).astype("int64")
    rows = [
        {
            "first": k * width,
            "last": (k + 1) * width - 1 if k < last else max(int(times.max()), (k + 1) * width - 1),
            "cases": int((place == k).sum()),
            "share": float((place == k).mean()),
        }
        for k in range(last + 1)
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Shares that came over and were lost by age, and the ages of the open."""

    over: Curve | None
    lost: Curve | None
    ages: Numbers  # of the open, one each
    horizon: float

    @classmethod
    def of(cls, dated: pd.DataFrame) -> Outlook:
        """From counts by outcome, days and seen. Who ended in the other way stays at risk for as long as it is seen."""
        if dated.empty:
            return cls(over=None, lost=None, ages=np.array([]), horizon=0.0)
        days, seen_for = dated["days"].to_numpy("float64"), dated["seen"].to_numpy("float64")
        cases, outcome = dated["n"].to_numpy("float64"), dated["outcome"].to_numpy()

        def curve(end: str) -> Curve:
            ended = outcome == end
            return Curve(Durations(lasted=np.where(ended, days, seen_for), ended=ended, cases=cases))

        over, lost = curve("over"), curve("lost")
        still = outcome == "open"
        ages = np.repeat(days[still], cases[still].astype("int64"))
        ended = sorted({float(d) for d in days[outcome == "over"]})
        seen = [d for d in ended if over.at_risk(d) >= FEW_AT_RISK]
        return cls(over=over, lost=lost, ages=ages, horizon=seen[-1] if seen else 0.0)

    def share(self, day: float) -> float:
        """That came over within so many days, of all that entered."""
        return 0.0 if self.over is None else 1 - self.over.at(min(day, self.over.longest))

    def interval(self, day: float) -> tuple[float, float]:
        """The 95 % interval of `share`; NaN where it is 0 or 1."""
        if self.over is None:
            return float("nan"), float("nan")
        low, high = self.over.interval(day)
        return 1 - high, 1 - low

    def frame(self) -> pd.DataFrame:
        columns = ["day", "share", "low", "high", "at_risk"]
        if self.over is None or not self.over.durations.ends:
            return pd.DataFrame(columns=columns)
        d = self.over.durations
        days = [0.0, *sorted({float(x) for x in d.lasted[d.ended] if x <= self.horizon and x > 0})]
        rows = [(x, self.share(x), *self.interval(x), self.over.at_risk(x)) for x in days]
        return pd.DataFrame(rows, columns=columns)

    def facts(self) -> dict[str, Any]:
        eventual, (low, high) = self.share(self.horizon), self.interval(self.horizon)
        out: dict[str, Any] = {
            "horizon": self.horizon,
            "eventual": eventual,
            "eventual_low": low,
            "eventual_high": high,
        }
        for name, end in (("expected", eventual), ("expected_low", low), ("expected_high", high)):
            out[name] = None if is_missing(end) or not len(self.ages) else self.expected(end)
        return out

    def expected(self, end: float) -> float:
        """How many of the open will come over, where `end` of all do: each by its age.

        Of those that entered, share(a) came over by age a, and end - share(a) come later: they are among those still
        open at that age, who are neither over nor lost.
        """
        at = {float(a): (self.share(float(a)), self.gone(float(a))) for a in np.unique(self.ages)}
        total = 0.0
        for age in self.ages:
            share, gone = at[float(age)]
            open_then = 1 - share - gone
            total += min(max((end - share) / open_then, 0.0), 1.0) if open_then > 1e-9 else 0.0
        return total

    def gone(self, day: float) -> float:
        """The share that was lost within so many days."""
        return 0.0 if self.lost is None else 1 - self.lost.at(min(day, self.lost.longest))


# --- words ----------------------------------------------------------------------------------------------------------


def _bin_columns() -> tuple[Column, ...]:
    return (
        Column(key="first", label=Text("From, days", "От, дней"), unit=Unit.COUNT),
        Column(key="last", label=Text("To, days", "До, дней"), unit=Unit.COUNT),
        Column(key="cases", label=Text("Came over", "Перешли"), unit=Unit.COUNT),
        Column(key="share", label=Text("Of those that came over", "Из перешедших"), unit=Unit.SHARE),
    )


def _curve_columns() -> tuple[Column, ...]:
    return (
        Column(key="day", label=Text("Days", "Дней"), unit=Unit.COUNT),
        Column(key="share", label=Text("Came over within", "Перешли не позже"), unit=Unit.SHARE),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE),
        Column(key="at_risk", label=Text("Seen so long, or over later", "Наблюдались столько"), unit=Unit.COUNT),
    )


def _notes(steps: Steps, params: Mapping[str, Any], outlook: Outlook, counts: Mapping[str, int]) -> tuple[Text, ...]:
    notes: list[Text] = []
    if steps.pipeline is not None and params["pipeline"] is None and steps.pipeline.others:
        notes.append(phrases_of_others(steps.pipeline))
    if counts["open"] and outlook.horizon:
        days = int(outlook.horizon)
        notes.append(
            Text(
                f"What to expect is told as far as the data reach: up to {days} days, the longest that at least "
                f"{FEW_AT_RISK} records were seen for. The interval is that of the share; chance of the single record "
                "comes on top.",
                f"Ожидание посчитано до {days} дней: столько наблюдались хотя бы {FEW_AT_RISK} записей. Интервал — "
                "для доли; случайность отдельной записи добавляется сверху.",
            )
        )
    return tuple(notes)


def finding(result: Result, formatter: Formatter) -> str:
    """How long it took, and what to expect of those still open."""
    facts = result.facts
    total = sum(facts[k] for k in OUTCOMES)
    if not total or facts["median"] is None:
        return phrases.cannot_tell(phrases.NO_VALUE[formatter.language], formatter)
    a, z = (facts["names"][facts[k]][formatter.language] for k in ("step", "to"))
    text = formatter.say(
        Text(
            "{n} that entered in {p} reached “{a}”; {k} came to “{z}”, half within {m}, 90 % within {q}",
            "Вошли за {p} и дошли до «{a}»: {n}; до «{z}» дошли {k}: половина за {m}, 90 % за {q}",
        ),
        n=formatter.plural(total, RECORDS[facts["record"]]),
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        a=a,
        z=z,
        k=formatter.number(facts["over"]),
        m=formatter.duration_days(facts["median"]),
        q=formatter.duration_days(facts["p90"]),
    )
    return text + _expectation(facts, formatter) + "."


def _expectation(facts: Mapping[str, Any], formatter: Formatter) -> str:
    if not facts["open"]:
        return formatter.say(Text("; all are decided", "; все определились"))
    if facts["expected"] is None:
        return formatter.say(Text("; not yet: {n}", "; ещё нет — {n}"), n=formatter.number(facts["open"]))
    between = ""
    if facts["expected_low"] is not None and facts["expected_high"] is not None:
        low, high = (formatter.number(facts[f"expected_{end}"]) for end in ("low", "high"))
        between = f" ({low}–{high})" if low != high else ""
    return formatter.say(
        Text(
            "; of the {n} not decided yet about {e}{i} can be expected to, which makes {s} of all in the end",
            "; из {n} ещё не определившихся можно ждать около {e}{i}, в итоге это {s} всех",
        ),
        n=formatter.number(facts["open"]),
        e=formatter.number(facts["expected"]),
        i=between,
        s=formatter.percent(facts["eventual"]),
    )


# --- the records behind -----------------------------------------------------------------------------------------------


def records_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The records that took as many days as the picked bar says; without a pick all, the open and lost among them."""
    steps = steps_of(engine, found.params)
    relations = behind.looked_at(engine, found.view)
    followed = _followed(engine, steps, found.view)
    key = ("step_cases", followed.key, steps.place, steps.goal)
    relations["cases"] = behind.compiled(engine, key, lambda: _cases(followed.rows(found.view), steps), found.view)
    lead = (
        Column(key="took", label=Text("Days", "Дней"), unit=Unit.DAYS),
        Column(key="day", label=Text("Entered on", "Вошла на шаг")),
        Column(key="outcome", label=Text("What became of it", "Чем кончилось"), names=OUTCOMES),
    )
    where = ""
    if pick and "first" in pick and "last" in pick:
        where = f" WHERE c.outcome = 'over' AND c.days BETWEEN {int(pick['first'])} AND {int(pick['last'])}"
    listing = f'SELECT c."_key", c.days AS took, c.day, c.outcome FROM cases c{where}'
    entity = "leads" if steps.record == "lead" else "opportunities"
    return behind.listed(engine, engine.dialect.translated(listing), relations, lead, entity=entity, limit=limit)


STEP_TIMES = Analysis(
    key="step_times",
    title=Text("How long a step takes", "Сколько занимает шаг"),
    question=Text(
        "How long does the step take, and what comes of those still in it?",
        "Сколько занимает шаг и чего ждать от тех, кто ещё на нём?",
    ),
    definition=Text(
        "Records that entered the funnel in the range and reached the step, from the day they entered it to the day "
        "they reached the next step (or the win). The median and 90 % are of those that came over. Who is still open "
        "is not decided yet: the share that comes over within so many days is 1 - Kaplan and Meier's survival, where "
        "the open count for as long as they have been seen, and the lost stay in the count as never coming over (Fine "
        "and Gray). "
        "Of each open record: (share in the end - share by its age) / share of all still open at that age.",
        "Записи, вошедшие в воронку за период и дошедшие до шага: от дня входа на шаг до дня следующего шага (или "
        "победы). Медиана и 90 % — по перешедшим. Кто ещё в работе, не определился: доля перешедших за столько дней — "
        "единица минус оценка Каплана — Мейера, где открытые учтены за время наблюдения, а потерянные остаются в "
        "расчёте как не перешедшие (Файн и Грей). Для каждой открытой записи: (доля в итоге - доля к её возрасту) / "
        "доля ещё открытых в этом возрасте.",
    ),
    params=(
        Param(key="kind", label=Text("Funnel", "Воронка"), kind=ParamKind.CHOICE, default="pipeline", choices=KINDS),
        Param(key="pipeline", label=Text("Pipeline", "Воронка сделок"), kind=ParamKind.CHOICE, optional=True),
        Param(key="step", label=Text("From step", "С шага"), kind=ParamKind.CHOICE, optional=True),
        Param(key="goal", label=Text("How far", "Докуда"), kind=ParamKind.CHOICE, default="next", choices=GOALS),
        Param(key="show", label=Text("Show", "Показать"), kind=ParamKind.CHOICE, default="times", choices=SHOWS),
    ),
    run=run,
    finding=finding,
    chart="step_times",
    needs=(("opportunities.created_at", "opportunities.stage"), ("leads.created_at",)),
    behind=records_behind,
)
