"""How long customers stay, by group, when many of them have not left yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.customer_rows import of_survival
from revops.analysis.kaplan_meier import Curve, log_rank
from revops.analysis.kpi_breakdown import dimension_for
from revops.analysis.lifetimes import NEEDS, lifetimes
from revops.analysis.stats import is_signal
from revops.analysis.values import name_of, show
from revops.errors import BadParameter
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.metrics.dimensions import names_of
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

FEW = 10  # a stretch of the curve with fewer customers is greyed
GROUPS = 6  # the largest; more lines cannot be told apart
COHORTS = {
    "all": Text("all customers", "все клиенты"),
    "period": Text("came in the period", "пришли в периоде"),
}
GROUP = Text("Group", "Группа")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a group and month since the start: group, month, survival, low, high (95 %), at_risk, left (up to then),
    few (fewer than FEW customers were seen so long). Null beyond the longest time seen.

    facts: groups (name, n, left, median with its interval in months, None where not reached), p (log-rank), signal.
    """
    by, horizon = None, params["months"]
    if not 1 <= horizon <= 240:
        raise BadParameter(Text("Months: from 1 to 240.", "Месяцы: от 1 до 240."))
    label: Text = GROUP
    names: Mapping[str, Text] = {}
    if params["by"] is not None:
        dimension = dimension_for(engine, "active_customers", params["by"])
        by, label, names = dimension.key, dimension.label, names_of(dimension)
    found, sql = lifetimes(engine, view, by, in_period=params["cohort"] == "period")
    largest = sorted(found, key=lambda g: (g == "", -found[g].n, g))[:GROUPS]
    curves = {g: Curve(found[g]) for g in largest}
    rows = [_row(group, month, curve) for group, curve in curves.items() for month in range(int(horizon) + 1)]
    p = log_rank(found) if by else None
    frame = pd.DataFrame(rows, columns=["group", "month", "survival", "low", "high", "at_risk", "left", "few"]).dropna(
        subset="survival"
    )
    left_over = len(found) - len(largest)
    return Result(
        frame=frame.reset_index(drop=True),
        columns=_columns(label, names, by is None),
        facts={
            "groups": [
                {"group": g, "n": c.durations.n, "left": c.durations.ends, "median": c.median()}
                for g, c in curves.items()
            ],
            "by": by,
            "by_label": label,
            "names": names,
            "p": p,
            "signal": is_signal(p),
            "horizon": horizon,
        },
        sql=(sql,),
        notes=_notes(left_over, frame),
        rows_used=((Text("customers", "клиенты"), sum(d.n for d in found.values())),),
        empty=None if found else Text("no customer came by that day.", "к этой дате ещё не было клиентов."),
    )


def _row(group: str, month: int, curve: Curve) -> dict[str, Any]:
    low, high = curve.interval(month)
    at_risk = curve.at_risk(month)
    return {
        "group": group,
        "month": month,
        "survival": curve.at(month),
        "low": low,
        "high": high,
        "at_risk": at_risk,
        "left": curve.left_by(month),
        "few": at_risk < FEW,
    }


def _notes(left_over: int, frame: pd.DataFrame) -> tuple[Text, ...]:
    notes = []
    if left_over > 0:
        notes.append(
            Text(
                f"The {GROUPS} largest groups are shown; the test looks at all {GROUPS + left_over}.",
                f"Показаны {GROUPS} крупнейших групп; проверка учитывает все ({GROUPS + left_over}).",
            )
        )
    if not frame.empty and frame["few"].any():
        notes.append(
            Text(
                f"Pale stretches rest on fewer than {FEW} customers.",
                f"Бледные участки опираются меньше чем на {FEW} клиентов.",
            )
        )
    return tuple(notes)


def _columns(label: Text, names: Mapping[str, Text], alone: bool) -> tuple[Column, ...]:
    return (
        Column(key="group", label=label, names=names, hidden=alone),
        Column(key="month", label=Text("Month of life", "Месяц жизни"), unit=Unit.COUNT),
        Column(key="survival", label=Text("Still customers", "Остаются клиентами"), unit=Unit.SHARE),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE),
        Column(key="at_risk", label=Text("Seen so long", "Наблюдались столько"), unit=Unit.COUNT),
        Column(key="left", label=Text("Left by then", "Ушли к этому сроку"), unit=Unit.COUNT),
        Column(key="few", label=Text("Few cases", "Мало случаев")),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """The median lifetime, or how many stay a year; of groups the shortest and the longest, and whether by chance."""
    groups = [g for g in result.facts["groups"] if g["n"] >= FEW] or result.facts["groups"]
    if len(groups) == 1:
        return _alone(result, groups[0], formatter)
    year = _comparable(result, [g["group"] for g in groups])
    if year is None:
        return phrases.cannot_tell(
            formatter.say(
                Text(
                    "the groups have no month of life in common.",
                    "у групп нет общего месяца жизни, в котором их можно сравнить.",
                )
            ),
            formatter,
        )
    month, shares = year
    worst, best = min(shares, key=lambda g: shares[g]), max(shares, key=lambda g: shares[g])
    text = Text(
        "After {m} months {b} keeps {bv} of its customers and {w} {wv}",
        "Через {m} мес. «{b}» сохраняет {bv} клиентов, «{w}» — {wv}",
    )
    head = formatter.say(
        text,
        m=month,
        b=name_of(best, result.facts["names"], formatter),
        bv=show(shares[best], Unit.SHARE, formatter),
        w=name_of(worst, result.facts["names"], formatter),
        wv=show(shares[worst], Unit.SHARE, formatter),
    )
    signal = result.facts["signal"]
    if signal is None:
        return head + "."
    tail = Text(
        "; over all groups this is more than noise (log-rank test)",
        "; по всем группам это больше случайного разброса (лог-ранговый критерий)",
    )
    if not signal:
        tail = Text(
            "; over all groups this is within noise (log-rank test)",
            "; по всем группам это в пределах случайного разброса (лог-ранговый критерий)",
        )
    return head + formatter.say(tail) + "."


def _comparable(result: Result, groups: list[str]) -> tuple[int, dict[str, float]] | None:
    """The twelfth month of life, or the last before it that rests on enough customers in every group."""
    frame = result.frame[result.frame["group"].isin(groups) & (result.frame["month"] > 0)]
    enough = frame[~frame["few"].astype(bool)].groupby("month")["group"].nunique()
    months = [int(m) for m, k in enough.items() if k == len(groups) and int(m) <= 12]  # type: ignore[call-overload]
    if not months:
        return None
    rows = frame[frame["month"] == max(months)]
    return max(months), dict(zip(rows["group"], rows["survival"].astype(float), strict=True))


def _alone(result: Result, group: Mapping[str, Any], formatter: Formatter) -> str:
    median, low, high = group["median"]
    n = formatter.number(group["n"])
    if median is not None:
        text = Text(
            "Half of the customers stay longer than {t} ({i}); {n} customers, {l} of them have left",
            "Половина клиентов остаётся дольше {t} ({i}); клиентов: {n}, из них ушли: {l}",
        )
        between = Text("95 % interval {a} to {b}", "интервал 95 %: {a} – {b}")
        if high is None:
            between = Text("at least {a} with 95 % confidence", "с доверием 95 % — не меньше {a}")
        ends = [formatter.duration_months(v) if v is not None else "0" for v in (low, high)]
        interval = formatter.say(between, a=ends[0], b=ends[1])
        told = {"t": formatter.duration_months(median), "i": interval}
    else:
        text = Text(
            "{s} of the customers are still here after {t}: half have not left within the time seen; {n} customers, "
            "{l} of them have left",
            "Через {t} остаются {s} клиентов: за время наблюдения половина не ушла; клиентов: {n}, из них ушли: {l}",
        )
        last = result.frame[~result.frame["few"].astype(bool)].tail(1)
        last = last if not last.empty else result.frame.tail(1)
        told = {
            "s": show(float(last["survival"].iloc[0]), Unit.SHARE, formatter),
            "t": formatter.duration_months(float(last["month"].iloc[0])),
        }
    return formatter.say(text, n=n, l=formatter.number(group["left"]), **told) + "."


SURVIVAL = Analysis(
    key="survival",
    title=Text("How long customers stay", "Как долго остаются клиенты"),
    question=Text("How long do customers stay?", "Как долго клиенты остаются?"),
    definition=Text(
        "The share of customers that stay longer than so many months, counted from the first day of their first "
        "subscription to the day their last one ended (Kaplan and Meier's estimate). Customers who are still here "
        "count for as long as they have been seen, so young ones do not flatter or spoil the curve. A customer that "
        "came back counts until it first left. Groups are compared by the log-rank test.",
        "Доля клиентов, которые остаются дольше стольких месяцев: от первого дня первой подписки до дня, когда "
        "закончилась последняя (оценка Каплана — Мейера). Те, кто ещё с нами, учитываются за всё время наблюдения, "
        "поэтому молодые клиенты не приукрашивают и не портят кривую. Вернувшийся клиент учитывается до первого ухода. "
        "Группы сравниваются лог-ранговым критерием.",
    ),
    params=(
        Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.DIMENSION, optional=True),
        Param(
            key="cohort",
            label=Text("Who counts", "Кого считать"),
            kind=ParamKind.CHOICE,
            choices=COHORTS,
            default="all",
        ),
        Param(key="months", label=Text("Months shown", "Сколько месяцев"), kind=ParamKind.NUMBER, default=24),
    ),
    run=run,
    finding=finding,
    chart="survival",
    needs=NEEDS,
    behind=of_survival,
)
