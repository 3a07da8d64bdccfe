"""What a customer brings up to a horizon, from how long customers stay: no rate of churn has to be assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.kaplan_meier import Curve
from revops.analysis.kpi_breakdown import dimension_for
from revops.analysis.lifetimes import NEEDS, lifetimes
from revops.analysis.stats import NORMAL_95
from revops.analysis.values import name_of, records, show
from revops.errors import BadParameter
from revops.formats import Formatter
from revops.metrics.core import Query, Unit
from revops.metrics.dimensions import names_of
from revops.metrics.retention import margin, margin_note
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

FEW = 10  # groups of fewer customers are marked
GROUPS = 12  # the largest
MOST_MONTHS = 240
GROUP = Text("Group", "Группа")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a group ("" without a dimension), the largest first: group, customers, left, horizon (months the curve
    reaches, at most those asked), months (stayed within it, on average), arpa, clv, low, high (95 %), few.

    Null where nobody of the group is a customer at the period's end, so that there is no ARPA.
    """
    horizon = params["months"]
    if not 1 <= horizon <= MOST_MONTHS:
        raise BadParameter(Text(f"Months: from 1 to {MOST_MONTHS}.", f"Месяцы: от 1 до {MOST_MONTHS}."))
    by, label = None, GROUP
    names: Mapping[str, Text] = {}
    if params["by"] is not None:
        dimension = dimension_for(engine, "active_customers", params["by"])
        by, label, names = dimension.key, dimension.label, names_of(dimension)
    found, sql = lifetimes(engine, view, by, in_period=False)
    asked = Query(metric="arpa", periods=(view.period,), as_of=view.as_of, by=by, where=view.where)
    answer = engine.evaluate(asked)
    arpa = {str(row.get("dimension", "")): row["value"] for row in answer.rows}
    largest = sorted(found, key=lambda g: (-found[g].n, g))[:GROUPS]
    share = margin(engine.basis)
    rows = [_row(g, Curve(found[g]), float(horizon), arpa.get(g), share) for g in largest]
    return Result(
        frame=pd.DataFrame(rows, columns=[c.key for c in _columns(label, names, by is None)]),
        columns=_columns(label, names, by is None),
        facts={"by": by, "by_label": label, "names": names, "horizon": horizon, "margin": share, "rows": rows},
        sql=(sql, answer.sql),
        metrics=("arpa",),
        notes=_notes(rows, len(found) - len(largest), margin_note(engine.basis)),
        rows_used=((Text("customers", "клиенты"), sum(d.n for d in found.values())),),
        empty=None if found else Text("no customer came by that day.", "к этой дате ещё не было клиентов."),
    )


def _row(group: str, curve: Curve, horizon: float, arpa: float | None, share: float) -> dict[str, Any]:
    reached = min(horizon, curve.longest)
    months, error = curve.mean_until(reached)
    paid = None if arpa is None or pd.isna(arpa) else float(arpa) * share
    low, high = max(months - NORMAL_95 * error, 0.0), min(months + NORMAL_95 * error, reached)
    return {
        "group": group,
        "customers": curve.durations.n,
        "left": curve.durations.ends,
        "horizon": reached,
        "months": months,
        "arpa": None if paid is None else float(arpa),  # type: ignore[arg-type]
        "clv": None if paid is None else months * paid,
        "low": None if paid is None else low * paid,
        "high": None if paid is None else high * paid,
        "few": curve.durations.n < FEW,
    }


def _notes(rows: list[dict[str, Any]], others: int, about_margin: Text | None) -> tuple[Text, ...]:
    notes = [
        Text(
            "The interval is that of how long customers stay; ARPA is taken as it is.",
            "Интервал отражает разброс времени жизни клиентов; ARPA взят как есть.",
        )
    ]
    if about_margin is not None:
        notes.append(about_margin)
    if others > 0:
        notes.append(
            Text(
                f"The {GROUPS} largest groups of {GROUPS + others} are shown.",
                f"Показаны {GROUPS} крупнейших групп из {GROUPS + others}.",
            )
        )
    if len({round(r["horizon"], 6) for r in rows}) > 1:
        notes.append(
            Text(
                "Groups that have not been seen for the whole horizon are told up to their longest customer: compare "
                "these with care.",
                "Группы, за которыми наблюдали меньше горизонта, посчитаны до самого долгого клиента: сравнивайте их "
                "осторожно.",
            )
        )
    if any(r["few"] for r in rows):
        notes.append(
            Text(f"Some groups have fewer than {FEW} customers.", f"В некоторых группах меньше {FEW} клиентов.")
        )
    return tuple(notes)


def _columns(label: Text, names: Mapping[str, Text], alone: bool) -> tuple[Column, ...]:
    return (
        Column(key="group", label=label, names=names, hidden=alone),
        Column(key="customers", label=Text("Customers", "Клиентов"), unit=Unit.COUNT),
        Column(key="left", label=Text("Left", "Ушли"), unit=Unit.COUNT),
        Column(key="horizon", label=Text("Horizon", "Горизонт"), unit=Unit.MONTHS),
        Column(key="months", label=Text("Stay on average", "Остаются в среднем"), unit=Unit.MONTHS),
        Column(key="arpa", label=Text("ARPA", "ARPA"), unit=Unit.MONEY),
        Column(key="clv", label=Text("Lifetime value", "Пожизненная ценность"), unit=Unit.MONEY),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.MONEY),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.MONEY),
        Column(key="few", label=Text("Few cases", "Мало случаев"), hidden=True),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """What a customer brings; of groups the most and the least valuable of those with enough customers."""
    told = [r for r in records(result.frame) if r["clv"] is not None and not pd.isna(r["clv"])]
    if not told:
        return formatter.say(
            Text(
                "Nobody is a customer at the period's end, so there is no revenue to multiply.",
                "На конец периода нет активных клиентов, поэтому умножать не на что.",
            )
        )

    def worth(row: Mapping[str, Any]) -> str:
        return show(row["clv"], Unit.MONEY, formatter, compact=True)

    if result.facts["by"] is None:
        row = told[0]
        text = Text(
            "A customer stays {m} of {h} and brings {v} in that time ({a} to {b} with 95 % confidence)",
            "Клиент остаётся {m} из {h} и приносит за это время {v} (с доверием 95 % — от {a} до {b})",
        )
        bounds = {k: show(row[c], Unit.MONEY, formatter, compact=True) for k, c in (("a", "low"), ("b", "high"))}
        whole = float(row["horizon"]).is_integer()
        stay = {
            "h": formatter.duration_months(row["horizon"], 0 if whole else 1),
            "m": formatter.number(row["months"], 1),
        }
        return formatter.say(text, v=worth(row), **bounds, **stay) + "."
    enough = [r for r in told if not r["few"]] or told
    best, worst = max(enough, key=lambda r: r["clv"]), min(enough, key=lambda r: r["clv"])
    names = result.facts["names"]
    if best is worst:
        text = Text("Customers of “{b}” bring {bv} each", "Клиент группы «{b}» приносит {bv}")
    else:
        text = Text(
            "A customer of “{b}” brings {bv}, one of “{w}” {wv}",
            "Клиент группы «{b}» приносит {bv}, группы «{w}» — {wv}",
        )
    said = {"b": name_of(best["group"], names, formatter), "w": name_of(worst["group"], names, formatter)}
    return formatter.say(text, **said, bv=worth(best), wv=worth(worst)) + "."


CLV_CURVE = Analysis(
    key="clv_curve",
    title=Text("Lifetime value by how long customers stay", "Ценность клиента по времени жизни"),
    question=Text("What does a customer bring up to a horizon?", "Сколько клиент приносит до горизонта?"),
    definition=Text(
        "The area under the curve of how long customers stay (Kaplan and Meier's estimate) up to the horizon is the "
        "months that a customer stays within it, on average; times ARPA at the period's end, times gross margin. It "
        "assumes no steady churn and does not break where nobody left.",
        "Площадь под кривой времени жизни клиентов (оценка Каплана — Мейера) до горизонта — это сколько месяцев клиент "
        "в среднем остаётся за это время; она умножена на ARPA на конец периода и валовую маржу. Постоянный отток не "
        "предполагается, и оценка есть, даже если никто не ушёл.",
    ),
    params=(
        Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.DIMENSION, optional=True),
        Param(key="months", label=Text("Horizon, months", "Горизонт, месяцев"), kind=ParamKind.NUMBER, default=36),
    ),
    run=run,
    finding=finding,
    chart="table",
    needs=NEEDS,
)
