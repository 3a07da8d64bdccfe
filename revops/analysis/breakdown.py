"""A metric split by a dimension: each group beside the others, beside its own past, and whether it is more than noise.

Shared by kpi_breakdown and churn_breakdown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Column
from revops.analysis.kpi_trend import is_additive
from revops.analysis.series import Answer, number
from revops.analysis.stats import against_the_rest, is_signal, p_value
from revops.analysis.values import name_of, records, relative_change, show
from revops.formats import Formatter
from revops.metrics.core import Good, Metric, Unit
from revops.text import Text

NUMBERS = ("value", "n", "cases", "low", "high", "share", "base", "change", "relative", "p_rest", "p_base")


def split(answer: Answer) -> pd.DataFrame:
    """One row a group that has a value now, largest value first; rows without the dimension come last.

    Columns: group, value, n and cases (proportions: n, and how many of them), low, high (Wilson 95 %), share (of the
    total, additive metrics), base (the comparison's value), change (value - base), relative (value / base - 1),
    p_rest (against all other groups, Holm-corrected), signal (p_rest < 0.05), p_base (against its own past).
    """
    before = {r["group"]: r for r in answer.rows(answer.plan.base)}
    rows = [_row(r, before.get(r["group"]), answer.metric) for r in answer.rows(answer.plan.whole)]
    frame = pd.DataFrame([r for r in rows if r["value"] is not None], columns=["group", *NUMBERS, "signal"])
    frame = frame.astype({**dict.fromkeys(NUMBERS, "float64"), "signal": "object"})
    if answer.metric.proportion and not frame.empty:
        frame["p_rest"] = pd.Series(
            against_the_rest(frame["cases"].tolist(), frame["n"].tolist()), index=frame.index, dtype="float64"
        )
        frame["signal"] = pd.Series([is_signal(p) for p in frame["p_rest"]], index=frame.index, dtype="object")
    if is_additive(answer.metric) and frame["value"].sum():
        frame["share"] = frame["value"] / frame["value"].sum()
    order = frame.assign(_unset=frame["group"] == "").sort_values(
        ["_unset", "value", "group"], ascending=[True, False, True]
    )
    return order.drop(columns="_unset").reset_index(drop=True)


def _row(row: Mapping[str, Any], old: Mapping[str, Any] | None, metric: Metric) -> dict[str, Any]:
    value, base = number(dict(row)), number(dict(old)) if old is not None else None
    p = None
    if metric.proportion and old is not None and value is not None and base is not None:
        p = p_value(row["numerator"], row["denominator"], old["numerator"], old["denominator"])
    return {
        "group": row["group"],
        "value": value,
        "n": number(dict(row), "n"),
        "cases": number(dict(row), "numerator") if metric.proportion else None,
        "low": number(dict(row), "low"),
        "high": number(dict(row), "high"),
        "share": None,
        "base": base,
        "change": None if value is None or base is None else value - base,
        "relative": relative_change(value, base) if metric.unit in (Unit.MONEY, Unit.COUNT) else None,
        "p_rest": None,
        "p_base": p,
        "signal": None,
    }


def columns(metric: Metric, by: Text, names: Mapping[str, Text]) -> tuple[Column, ...]:
    """How the frame of `split` is shown for this metric. names: what to call groups, see dimensions.names_of."""
    shares, sums = metric.proportion, is_additive(metric)
    counted = metric.unit in (Unit.MONEY, Unit.COUNT)
    return (
        Column(key="group", label=by, names=names),
        Column(key="value", label=metric.label, unit=metric.unit),
        Column(key="n", label=Text("Out of", "Из скольких"), unit=Unit.COUNT, hidden=not shares),
        Column(key="cases", label=Text("Cases", "Случаев"), unit=Unit.COUNT, hidden=not shares),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE, hidden=not shares),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE, hidden=not shares),
        Column(key="share", label=Text("Share of total", "Доля в итоге"), unit=Unit.SHARE, hidden=not sums),
        Column(key="base", label=Text("Compared with", "Было"), unit=metric.unit),
        Column(key="change", label=Text("Change", "Изменение"), unit=metric.unit, signed=True),
        Column(key="relative", label=Text("Change, %", "Изменение, %"), relative=True, hidden=not counted),
        Column(
            key="signal",
            label=Text("Differs from the rest", "Отличается от остальных"),
            hidden=not shares,
            help=Text(
                "More than chance explains, against all other groups, at 95 %, corrected for looking at all of them.",
                "Больше, чем объясняет случай: против всех остальных групп, 95 %, с поправкой на число сравнений.",
            ),
        ),
        Column(key="p_rest", label=Text("p, rest", "p, остальные"), hidden=True),
        Column(key="p_base", label=Text("p, base", "p, было"), hidden=True),
    )


def worst_and_best(frame: pd.DataFrame, good: Good) -> tuple[dict[str, Any], dict[str, Any]]:
    """The groups at the bad and at the good end of the values; groups without a name only where no other is."""
    named = frame[frame["group"] != ""]
    rows = records(named if len(named) > 1 else frame)
    low, high = min(rows, key=lambda r: r["value"]), max(rows, key=lambda r: r["value"])
    return (high, low) if good is Good.DOWN else (low, high)


def worst_signal(frame: pd.DataFrame, good: Good) -> dict[str, Any] | None:
    """The worst group that differs from the rest by more than noise, to its disadvantage; None where none does."""
    signals = frame[[s is True for s in frame["signal"]]]
    if signals.empty:
        return None
    total = frame["cases"].sum() / frame["n"].sum()
    bad = signals[signals["value"] > total] if good is Good.DOWN else signals[signals["value"] < total]
    if bad.empty:
        return None
    return worst_and_best(bad, good)[0]


def sentence(frame: pd.DataFrame, metric: Metric, facts: Mapping[str, Any], by: Text, formatter: Formatter) -> str:
    """What stands out: the worst group beyond noise of a proportion, the largest share of a sum, else the two ends.

    facts: those of kpi_trend.summary, and `names` (what to call groups).
    """
    label = metric.label[formatter.language]
    named = {"m": label, "by": by.en if by.en == by.ru else phrases.lower_first(by[formatter.language])}
    if len(frame) == 1:
        row = records(frame)[0]
        text = Text("{m}: {v}, all of it in one group, {g}", "{m}: {v}, группа всего одна — {g}")
        return formatter.say(text, v=_figure(row, metric, formatter), g=_name(row, facts, formatter), **named) + "."
    if is_additive(metric):
        return _largest(frame, metric, facts, named, formatter)
    worst, best = worst_and_best(frame, metric.good)
    if metric.proportion:
        flagged = worst_signal(frame, metric.good)
        if flagged is None:
            text = Text(
                "{m} by {by}: from {wv} ({w}) to {bv} ({b}), but none of the {k} groups differs from the others "
                "for the worse by more than noise",
                "{m}, разрез «{by}»: от {wv} ({w}) до {bv} ({b}), но ни одна из групп (их {k}) не хуже остальных "
                "больше, чем на случайный разброс",
            )
        else:
            worst = flagged
            text = Text(
                "{m} by {by}: worst in {w}, {wv} of {n} against {tv} overall, more than noise; best in {b}, {bv}",
                "{m}, разрез «{by}»: хуже всего {w} — {wv} из {n} при общем значении {tv}, это больше случайного "
                "разброса; лучше всего {b} — {bv}",
            )
    else:
        text = Text(
            "{m} by {by}: worst in {w}, {wv}; best in {b}, {bv}",
            "{m}, разрез «{by}»: хуже всего {w} — {wv}, лучше всего {b} — {bv}",
        )
    if metric.good is Good.NEITHER:
        text = Text("{m} by {by}: from {wv} ({w}) to {bv} ({b})", "{m}, разрез «{by}»: от {wv} ({w}) до {bv} ({b})")
    return (
        formatter.say(
            text,
            w=_name(worst, facts, formatter),
            wv=_figure(worst, metric, formatter),
            b=_name(best, facts, formatter),
            bv=_figure(best, metric, formatter),
            n=formatter.number(worst["n"]),
            tv=show(facts["value"], metric.unit, formatter, compact=True),
            k=len(frame),
            **named,
        )
        + "."
    )


def _largest(
    frame: pd.DataFrame, metric: Metric, facts: Mapping[str, Any], named: Mapping[str, str], formatter: Formatter
) -> str:
    top = max(records(frame), key=lambda r: abs(r["value"]))
    share = formatter.percent(top["share"], 0) if pd.notna(top["share"]) else ""
    text = Text(
        "{m} by {by}: {g} leads with {v}, {s} of {t}",
        "{m}, разрез «{by}»: больше всего — {g}, {v}, это {s} от {t}",
    )
    if not share:
        text = Text("{m} by {by}: {g} leads with {v}", "{m}, разрез «{by}»: больше всего — {g}, {v}")
    moved = frame.dropna(subset=["change"])
    tail = ""
    if not moved.empty:
        mover = max(records(moved), key=lambda r: abs(r["change"]))
        clause = phrases.change_clause(mover["value"], mover["base"], metric.unit, formatter)
        if mover["change"]:
            tail = formatter.say(
                Text("; the biggest change is in {g}, {c}", "; сильнее всего изменилось: {g}, {c}"),
                g=_name(mover, facts, formatter),
                c=clause,
            )
    total = show(facts["value"], metric.unit, formatter, compact=True)
    head = formatter.say(
        text, g=_name(top, facts, formatter), v=_figure(top, metric, formatter), s=share, t=total, **named
    )
    return head + tail + "."


def _name(row: Mapping[str, Any], facts: Mapping[str, Any], formatter: Formatter) -> str:
    name = name_of(row["group"], facts["names"], formatter)
    return f"«{name}»" if formatter.language == "ru" else name


def _figure(row: Mapping[str, Any], metric: Metric, formatter: Formatter) -> str:
    return show(row["value"], metric.unit, formatter, compact=True)
