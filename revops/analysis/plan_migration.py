"""From which plan to which: customers and their MRR at the start of the period against its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.customer_rows import of_plans
from revops.analysis.lifetimes import NEEDS
from revops.analysis.values import NOT_SET, name_of, period_text, records
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.metrics.derived import ACCOUNT_STATES
from revops.metrics.tables import looked_at
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

CAME, LEFT = "\u2192", "\u2190"  # no plan before, none after: no plan is called so
ENDS = {CAME: Text("came", "пришли"), LEFT: Text("left", "ушли")}
MEASURES = {"customers": Text("customers", "клиенты"), "mrr": Text("MRR", "MRR")}
COLUMNS = ("before", "after", "customers", "mrr_before", "mrr_after", "share")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a pair of plans with customers in it, the largest plans first: COLUMNS. before: the plan when the period
    begins, CAME for who was no customer then; after: at its end, LEFT for who is none any more; "" where a customer has
    no plan. mrr_before, mrr_after: their MRR on both days; share: of all customers of `before`, null for CAME.

    facts: measure, moved (customers that are on another plan), up, down (of them, MRR rose or fell), start and end
    (customers and mrr), period, as_of.
    """
    frame, sql = engine.told(
        ("plan_migration",), lambda: _pairs(engine, view), period=view.period, as_of=view.as_of, where=view.where
    )
    whole = frame.groupby("before")["customers"].transform("sum")
    frame = frame.assign(share=(frame["customers"] / whole).where(frame["before"] != CAME))
    order = _order(frame)
    ranks = [frame[c].map(order) for c in ("before", "after")]
    frame = frame.assign(b=ranks[0], a=ranks[1]).sort_values(["b", "a"], kind="stable").reset_index(drop=True)
    moved = frame[(frame["before"] != frame["after"]) & (frame["before"] != CAME) & (frame["after"] != LEFT)]
    return Result(
        frame=frame[list(COLUMNS)],
        columns=_columns(),
        facts={
            "measure": params["measure"],
            "moved": int(moved["customers"].sum()),
            "up": int(moved["rose"].sum()),
            "down": int(moved["fell"].sum()),
            "start": _side(frame[frame["before"] != CAME], "mrr_before"),
            "end": _side(frame[frame["after"] != LEFT], "mrr_after"),
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=(sql,),
        metrics=("mrr",),
        notes=_notes() if len(frame) else (),
        empty=None if len(frame) else Text("there is no customer in the period.", "в периоде нет клиентов."),
    )


def _side(rows: pd.DataFrame, mrr: str) -> dict[str, float]:
    return {"customers": int(rows["customers"].sum()), "mrr": float(rows[mrr].sum())}


def _order(frame: pd.DataFrame) -> dict[str, int]:
    """Plans by the MRR of both days, the largest first; none, who came and who left at the end."""
    weight: dict[str, float] = {}
    for row in records(frame):
        for side, mrr in (("before", "mrr_before"), ("after", "mrr_after")):
            weight[row[side]] = weight.get(row[side], 0.0) + float(row[mrr])
    last = {"": 1, CAME: 2, LEFT: 2}
    ranked = sorted(weight, key=lambda p: (last.get(p, 0), -weight[p], p))
    return {plan: n for n, plan in enumerate(ranked)}


def moves(engine: Engine, view: View) -> ir.Table:
    """A row a customer of either day: account_id, day (the last one, or that on which it left), before, after,
    paid_before, paid_after (MRR on both days)."""
    looked = looked_at()
    start, end = looked.start.as_scalar(), looked.end.as_scalar()
    states = ACCOUNT_STATES.table
    states = states.filter(states.day < end)
    sides = states.group_by("account_id").agg(
        _end=states.day.max(),
        _start=states.day.max(where=states.day < start),
        plan_end=states.plan_after.fill_null("").last(order_by=states.day),
        plan_start=states.plan_after.fill_null("").last(order_by=states.day, where=states.day < start),
        mrr_end=states.mrr_after.last(order_by=states.day),
        mrr_start=states.mrr_after.last(order_by=states.day, where=states.day < start),
        on_end=states.active_after.last(order_by=states.day),
        on_start=states.active_after.last(order_by=states.day, where=states.day < start),
    )
    was, there = (sides.on_start > 0).fill_null(False), (sides.on_end > 0).fill_null(False)
    sides = sides.filter(was | there)
    plan = ibis.cases((was, sides.plan_start), else_=sides.plan_end)
    kept = engine.keep(sides.mutate(was=was, there=there, plan=plan), "accounts", view.where)
    last = (end.cast("timestamp") - ibis.interval(days=1)).date()
    return kept.select(
        "account_id",
        day=kept.there.ifelse(last, kept["_end"]),
        before=kept.was.ifelse(kept.plan_start, CAME),
        after=kept.there.ifelse(kept.plan_end, LEFT),
        paid_before=kept.was.ifelse(kept.mrr_start.cast("float64"), 0.0),
        paid_after=kept.there.ifelse(kept.mrr_end.cast("float64"), 0.0),
    )


def _pairs(engine: Engine, view: View) -> ir.Table:
    """before, after, customers, mrr_before, mrr_after, rose, fell (customers whose MRR did)."""
    told = moves(engine, view)
    return (
        told.group_by("before", "after")
        .agg(
            customers=told.count(),
            mrr_before=told.paid_before.sum(),
            mrr_after=told.paid_after.sum(),
            rose=(told.paid_after > told.paid_before).sum(),
            fell=(told.paid_after < told.paid_before).sum(),
        )
        .order_by("before", "after")
    )


def _notes() -> tuple[Text, ...]:
    return (
        Text(
            "A customer with several subscriptions is on the plan with the most MRR. “Came”: new customers and those "
            "who returned.",
            "Клиент с несколькими подписками относится к тарифу с наибольшим MRR. «Пришли» — новые и вернувшиеся.",
        ),
    )


def _columns() -> tuple[Column, ...]:
    names = {"": NOT_SET, **ENDS}
    return (
        Column(key="before", label=Text("At the start", "На начало"), names=names),
        Column(key="after", label=Text("At the end", "На конец"), names=names),
        Column(key="customers", label=Text("Customers", "Клиентов"), unit=Unit.COUNT),
        Column(key="share", label=Text("Of the plan's customers", "Доля клиентов тарифа"), unit=Unit.SHARE),
        Column(key="mrr_before", label=Text("MRR at the start", "MRR на начало"), unit=Unit.MONEY),
        Column(key="mrr_after", label=Text("MRR at the end", "MRR на конец"), unit=Unit.MONEY),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """How many changed plans, the commonest way, and what it did to their MRR."""
    facts, frame = result.facts, result.frame
    period = period_text(facts["period"], formatter, as_of=facts["as_of"])
    start = formatter.number(facts["start"]["customers"])
    moved = frame[(frame["before"] != frame["after"]) & (frame["before"] != CAME) & (frame["after"] != LEFT)]
    if moved.empty:
        text = Text("In {p} none of the {n} customers changed plans", "За {p} ни один из {n} клиентов не сменил тариф")
        return phrases.sentence(formatter.say(text, p=period, n=start))
    names = {"": NOT_SET}
    top = max(records(moved), key=lambda r: r["customers"])
    text = Text(
        "In {p}, {k} of {n} customers changed plans: {u} pay more than before, {d} less. Most often from {a} to {b} "
        "({c}), MRR {x} → {y}",
        "За {p} тариф сменили {k} из {n} клиентов: {u} платят больше прежнего, {d} — меньше. Чаще всего с {a} на {b} "
        "({c}), MRR {x} → {y}",
    )
    return phrases.sentence(
        formatter.say(
            text,
            p=period,
            k=formatter.number(facts["moved"]),
            n=start,
            u=formatter.number(facts["up"]),
            d=formatter.number(facts["down"]),
            a=name_of(top["before"], names, formatter),
            b=name_of(top["after"], names, formatter),
            c=formatter.number(top["customers"]),
            x=formatter.money(top["mrr_before"], compact=True),
            y=formatter.money(top["mrr_after"], compact=True),
        )
    )


PLAN_MIGRATION = Analysis(
    key="plan_migration",
    title=Text("Plan migration", "Переходы между тарифами"),
    question=Text("Who changes plans, and for which?", "Кто меняет тариф и на какой?"),
    definition=Text(
        "Each customer's plan when the period begins against the one at its end (or on the last day of the data). Rows "
        "sum to the customers and the MRR at the start, columns to those at the end: who came has no plan before, who "
        "left has none after.",
        "Тариф каждого клиента на начало периода и на его конец (или на последнюю дату данных). Строки в сумме дают "
        "клиентов и MRR на начало, столбцы — на конец: у пришедших нет тарифа до, у ушедших — после.",
    ),
    params=(
        Param(
            key="measure",
            label=Text("Show", "Показать"),
            kind=ParamKind.CHOICE,
            choices=MEASURES,
            default="customers",
        ),
    ),
    run=run,
    finding=finding,
    chart="plan_migration",
    needs=NEEDS,
    behind=of_plans,
)
