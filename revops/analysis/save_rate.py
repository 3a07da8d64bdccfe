"""What a lower churn takes: how many of those who left had to be kept, worth how much, and in which groups."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import leaver_rows
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.kpi_breakdown import dimension_for
from revops.analysis.lifetimes import NEEDS
from revops.analysis.save_rate_words import finding
from revops.analysis.series import Answer, ask, number, plan
from revops.analysis.values import records
from revops.errors import BadParameter, NotComputable
from revops.formats import is_missing
from revops.metrics import METRIC, calendar
from revops.metrics.core import Metric, Period, Query, Unit
from revops.metrics.dimensions import names_of
from revops.metrics.evaluate import parts_of
from revops.metrics.rows import listed
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MEASURES = {
    "logo": Text("Customer churn", "Отток клиентов"),
    "gross": Text("Gross revenue churn", "Валовый отток выручки"),
}
METRIC_OF = {"logo": "logo_churn", "gross": "gross_revenue_churn"}
RISK = "at_risk_accounts"
LESS = 0.75  # of the churn of now, where nobody asks for a target and the comparison was no better
YEAR = 12  # months: revenue is told as ARR
NUMBERS = ("value", "low", "high", "n", "lost", "allowed", "save", "share", "at_risk")
ALL = Text("all customers", "все клиенты")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """A row a group that had customers ("" for all without `by`), most to keep first: group, value (churn) with low and
    high (customers: Wilson), n (customers, or ARR, churn is of), lost, allowed (that may go at the target), save (to be
    kept: whole customers), share (save / lost, null where none left), at_risk (customers today, null: not known).

    facts: whole (the same of all), target, target_from (asked, base, less), base (period), worth (of logo: ARR of
    `save` leavers on average and of the largest; of gross: how many of the largest losses are enough), at_risk, by.
    Raises NotComputable where churn cannot be told, BadParameter for a target outside 0 to 100.
    """
    measure = str(params["measure"])
    metric = engine.metric(METRIC_OF[measure])
    why = engine.why_not(metric.key)
    if why is not None:
        raise NotComputable(
            Text("“{m}” can't be told yet.", "«{m}» пока нельзя посчитать.").format(m=metric.label), fix=why
        )
    by = None if params["by"] is None else dimension_for(engine, metric.key, params["by"])
    wanted = plan(view, engine.basis.conventions)
    total = ask(engine, metric.key, view, wanted)
    row = total.one(wanted.whole)
    target, target_from = _target(params["target"], total, row)
    scale = YEAR if measure == "gross" else 1
    whole = _row("", row, target, scale) if row is not None and number(row) is not None else None
    told, texts = [whole] if whole else [], [total.sql]
    if by is not None and whole is not None:
        answer = ask(engine, metric.key, view, wanted, by.key)
        told = [_row(str(r["group"]), r, target, scale) for r in answer.rows(wanted.whole) if number(r) is not None]
        texts.append(answer.sql)
    risk, risk_sql, risk_note = _at_risk(engine, view, None if by is None else by.key)
    for one in told:
        one["at_risk"] = None if risk is None else risk.get(one["group"], 0)
    worth, worth_sql = _worth(engine, view, measure, metric, whole)
    told.sort(key=lambda r: (-r["save"], -r["n"], r["group"]))
    frame = pd.DataFrame(told, columns=["group", *NUMBERS]).astype(dict.fromkeys(NUMBERS, "float64"))
    names = {"": ALL} if by is None else names_of(by)
    return Result(
        frame=frame,
        columns=_columns(metric, measure, by.label if by else ALL, names, whole_only=by is None),
        facts={
            "whole": whole, "target": target, "target_from": target_from, "base": wanted.base, "measure": measure,
            "worth": worth, "at_risk": None if risk is None else sum(risk.values()), "names": names,
            "by": None if by is None else by.key, "period": view.period, "as_of": view.as_of,
        },
        sql=tuple(s for s in (*texts, risk_sql, worth_sql) if s),
        metrics=(metric.key,),
        notes=(*total.result.notes, *_notes(measure, told, by is not None), *risk_note),
        empty=None if whole else Text("nobody was a customer at the start.", "на начало периода клиентов не было."),
    )  # fmt: skip


def _target(asked: float | None, total: Answer, row: Mapping[str, Any] | None) -> tuple[float, str]:
    """The share asked for; else the comparison's where that was lower (and above 0), else a quarter less than now."""
    if asked is not None:
        if not 0 <= asked <= 100:
            raise BadParameter(Text("Target churn: from 0 to 100 %.", "Целевой отток: от 0 до 100 %."))
        return float(asked) / 100, "asked"
    now = number(dict(row)) if row is not None else None
    base = number(total.one(total.plan.base))
    if now is not None and base is not None and 0 < base < now:
        return base, "base"
    return (now or 0.0) * LESS, "less"


def _row(group: str, row: Mapping[str, Any], target: float, scale: int) -> dict[str, Any]:
    """scale 1: customers, told whole; else money."""
    n, lost = float(row["denominator"]) * scale, float(row["numerator"]) * scale
    allowed = round(target * n, 9)
    if scale == 1:
        allowed = float(math.floor(allowed))
    save = max(0.0, round(lost - allowed, 6))
    return {
        "group": group, "value": float(row["value"]), "low": number(dict(row), "low"),
        "high": number(dict(row), "high"), "n": n, "lost": lost, "allowed": allowed, "save": save,
        "share": save / lost if lost > 0 else None, "at_risk": None,
    }  # fmt: skip


# --- what it is worth -----------------------------------------------------------------------------------------------


def losses(engine: Engine, view: View, measure: str, metric: Metric) -> ir.Table:
    """account_id, arr: what each departure (gross: each account) took away, as the definitions in force count it."""
    if measure == "logo":
        gone = leaver_rows.left(engine, view)
        return gone.select("account_id", arr=YEAR * gone.mrr.cast("float64"))
    lost = metric.measures[:-1]  # the last one is the MRR of the start
    where = tuple(engine.dimension(k) for k in sorted(view.where))
    parts = []
    for part in parts_of([metric]):
        own = [m.key for m in part.measures if m in lost]
        if own:
            rows = listed(part, None, where, engine.basis).rows
            amount = sum((rows[key].fill_null(0).cast("float64") for key in own), start=ibis.literal(0.0))
            parts.append(rows.select("account_id", arr=YEAR * amount))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    summed = rows.group_by("account_id").agg(arr=rows.arr.sum())
    return summed.filter(summed.arr > 0)


def _worth(
    engine: Engine, view: View, measure: str, metric: Metric, whole: Mapping[str, Any] | None
) -> tuple[dict[str, float], str]:
    """losses, arr (of them), average (ARR of `save` of them), largest (of the largest), enough (of the largest)."""
    if whole is None or not whole["save"]:
        return {}, ""
    save = float(whole["save"])

    def build() -> ir.Table:
        rows = losses(engine, view, measure, metric)
        order = [ibis.desc("arr"), "account_id"]
        ranked = rows.mutate(
            place=ibis.row_number().over(ibis.window(order_by=order)),
            above=rows.arr.sum().over(ibis.cumulative_window(order_by=order)) - rows.arr,
        )
        return ranked.agg(
            losses=ranked.count(),
            arr=ranked.arr.sum(),
            largest=ranked.arr.sum(where=ranked.place < save),
            enough=(ranked.above < save - 0.005).cast("int64").sum(),
        )

    frame, sql = engine.told(
        ("save_rate", measure, save), build, period=view.period, as_of=view.as_of, where=view.where,
        periods=(view.period,),
    )  # fmt: skip
    found = records(frame)[0]
    told = {k: 0.0 if is_missing(v) else float(v) for k, v in found.items()}
    told["average"] = told["arr"] * save / told["losses"] if told["losses"] else 0.0
    return told, sql


def _at_risk(engine: Engine, view: View, by: str | None) -> tuple[dict[str, float] | None, str, tuple[Text, ...]]:
    """Customers at risk on the last day of the data, by group; None where it cannot be told, and why."""
    today = Period(view.as_of, view.as_of + calendar.DAY)
    try:
        answer = engine.evaluate(Query(metric=RISK, periods=(today,), as_of=view.as_of, by=by, where=view.where))
    except NotComputable as error:
        fix = error.fix or Text("", "")
        said = Text(f"{error.message.en} {fix.en}".strip(), f"{error.message.ru} {fix.ru}".strip())
        return None, "", (said,)
    told = {str(r["dimension"]) if by else "": float(number(r) or 0.0) for r in answer.rows}
    return told, answer.sql, answer.notes


# --- shown ----------------------------------------------------------------------------------------------------------


def _notes(measure: str, rows: list[dict[str, Any]], by: bool) -> tuple[Text, ...]:
    found = [
        Text(
            "Counted back over customers already lost: it says how many had to be kept then, not that they could have "
            "been.",
            "Счёт задним числом по уже ушедшим: сколько нужно было удержать, а не сколько удалось бы.",
        )
    ]
    if by and any(not r["save"] for r in rows) and any(r["save"] for r in rows):
        found.append(
            Text(
                "Each group is brought to the target by itself, so the groups together need more than all customers "
                "do: those below the target make up for nothing.",
                "К цели приводится каждая группа отдельно, поэтому вместе они требуют больше, чем все клиенты сразу: "
                "группы ниже цели ничего не возмещают.",
            )
        )
    if by and measure == "logo" and any(0 < r["n"] * r["value"] < 5 for r in rows):
        found.append(
            Text(
                "Some groups lost fewer than five customers: one more or less changes their churn a lot.",
                "В некоторых группах ушло меньше пяти клиентов: один случай заметно меняет их отток.",
            )
        )
    return tuple(found)


def _columns(
    metric: Metric, measure: str, by: Text, names: Mapping[str, Text], *, whole_only: bool
) -> tuple[Column, ...]:
    unit = Unit.COUNT if measure == "logo" else Unit.MONEY
    money = measure == "gross"
    return (
        Column(key="group", label=by, names=names, hidden=whole_only),
        Column(key="value", label=metric.label, unit=Unit.SHARE),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE, hidden=money),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE, hidden=money),
        Column(
            key="n", label=Text("ARR, churn of", "ARR, отток от") if money else Text("Out of", "Из скольких"), unit=unit
        ),
        Column(key="lost", label=Text("ARR lost", "Потерянный ARR") if money else Text("Left", "Ушли"), unit=unit),
        Column(key="allowed", label=Text("May go at the target", "При цели могут уйти"), unit=unit),
        Column(key="save", label=Text("To be kept", "Нужно удержать"), unit=unit),
        Column(key="share", label=Text("Of those lost", "Из потерянного"), unit=Unit.SHARE),
        Column(key="at_risk", label=METRIC[RISK].label, unit=Unit.COUNT),
    )


SAVE_RATE = Analysis(
    key="save_rate",
    title=Text("What it takes to get churn down", "Что нужно, чтобы снизить отток"),
    question=Text(
        "How many would have to be kept to reach the target churn?", "Сколько нужно удержать, чтобы выйти на цель?"
    ),
    definition=Text(
        "At the target at most target x customers of the start may leave, rounded down to whole customers; those who "
        "left beyond that had to be kept. Of revenue the same in ARR, and how many of the largest losses would have "
        "been enough. A group is brought to the same target by itself; beside it, how many of its customers are at "
        "risk on the last day of the data. Without a target of one's own it is the churn of the comparison where that "
        "was lower, else a quarter less than now.",
        "При цели могут уйти не больше «цель x клиенты на начало», с округлением вниз до целых; ушедших сверх того "
        "нужно было удержать. По выручке — то же в ARR и скольких крупнейших потерь хватило бы. Каждая группа "
        "приводится к той же цели отдельно; рядом — сколько её клиентов в зоне риска на последнюю дату данных. Если "
        "цель не задана, берётся отток периода сравнения, если он ниже, иначе на четверть меньше нынешнего.",
    ),
    params=(
        Param(
            key="measure", label=Text("Churn of", "Отток чего"), kind=ParamKind.CHOICE, choices=MEASURES, default="logo"
        ),
        Param(key="target", label=Text("Target churn, %", "Целевой отток, %"), kind=ParamKind.NUMBER, optional=True),
        Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.DIMENSION, optional=True),
    ),
    run=run,
    finding=finding,
    chart="save_rate",
    needs=NEEDS,
)
