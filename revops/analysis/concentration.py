"""How much of ARR hangs on few customers: the largest by name, the curve over all, the effective number of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.customer_rows import of_concentration
from revops.analysis.lifetimes import NEEDS
from revops.analysis.values import records, show
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.metrics.derived import SUBSCRIPTION_MRR
from revops.metrics.tables import looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

TOPS = (1, 5, 10, 20)
NAMED = 20  # customers listed by name
POINTS = 100  # of the curve
NOBODY = Text("nobody pays at the end of the period.", "на конец периода никто не платит.")
SHOW = {
    "accounts": Text("the largest by name", "крупнейшие поимённо"),
    "curve": Text("the curve over all", "кривая по всем"),
}
COLUMNS = ("rank", "account", "name", "arr", "share", "cumulative", "of_customers")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a paying customer at the end of the period, the largest first: the first NAMED, then about POINTS
    evenly spaced ones and the last. Columns: rank, account, name, arr, share (of all ARR), cumulative (with all larger
    ones), of_customers (rank / customers).

    facts: end and start (the day before the period), each: customers, arr, tops (n -> share of the n largest; null
    where there are fewer), effective (1 / sum of squared shares); None where nobody pays then. show, day.
    """
    frame, sql = engine.told(
        ("concentration",), lambda: _rows(engine, view), period=view.period, as_of=view.as_of, where=view.where
    )
    sides = {at: _side(frame[frame["at"] == at]) for at in ("end", "start")}
    shown = frame[(frame["at"] == "end") & _kept(frame)].reset_index(drop=True)
    shown = shown.assign(of_customers=shown["rank"] / shown["customers"])
    return Result(
        frame=shown[list(COLUMNS)].astype({"rank": "int64"}),
        columns=_columns(),
        facts={**sides, "show": params["show"], "period": view.period, "as_of": view.as_of},
        sql=(sql,),
        metrics=("arr",),
        rows_used=((Text("paying customers", "платящие клиенты"), sides["end"]["customers"] if sides["end"] else 0),),
        notes=_notes(sides),
        empty=None
        if sides["end"]
        else Text("nobody pays at the end of the period.", "на конец периода никто не платит."),
    )


def _kept(frame: pd.DataFrame) -> pd.Series:
    return (frame["rank"] <= NAMED) | (frame["rank"] % frame["every"] == 0) | (frame["rank"] == frame["customers"])


def _side(rows: pd.DataFrame) -> dict[str, Any] | None:
    """What is known of all customers on a day; None where nobody pays."""
    if rows.empty:
        return None
    first = rows.iloc[0]
    customers = int(first["customers"])
    by_rank = dict(zip(rows["rank"].astype("int64"), rows["cumulative"].astype("float64"), strict=True))
    return {
        "customers": customers,
        "arr": float(first["total"]),
        "tops": {n: by_rank[n] if n <= customers else None for n in TOPS},
        "effective": 1 / float(first["squares"]),
        "half": int(first["half"]),
    }


def paying(engine: Engine, days: ir.Table, view: View) -> ir.Table:
    """at, day, account, arr: who pays on the days (at, day) and how much a year."""
    subs = engine.keep(SUBSCRIPTION_MRR.table, "subscriptions", view.where)
    paid = subs.join(days, [subs.start_day <= days.day, subs.end_day.isnull() | (subs.end_day > days.day)])
    paid = paid.group_by("at", "day", account=paid.account_id).agg(arr=12 * paid.mrr.sum().cast("float64"))
    return paid.filter(paid.arr > 0)


def last_day() -> ir.Table:
    """at ("end"), day: the last of the range."""
    looked = looked_at()
    return looked.select(at=ibis.literal("end"), day=(looked.end.cast("timestamp") - ibis.interval(days=1)).date())


def _rows(engine: Engine, view: View) -> ir.Table:
    """at (end, start), rank, account, name, arr, share, cumulative; and of all customers on that day: customers, total,
    squares (sum of squared shares), half (how many of the largest hold half of it), every."""
    looked = looked_at()
    before = looked.select(
        at=ibis.literal("start"), day=(looked.start.cast("timestamp") - ibis.interval(days=1)).date()
    )
    paid = paying(engine, last_day().union(before), view).drop("day")
    day = ibis.window(group_by="at")
    order = ibis.window(group_by="at", order_by=[ibis.desc("arr"), "account"])
    running = ibis.cumulative_window(group_by="at", order_by=[ibis.desc("arr"), "account"])
    shared = paid.mutate(
        rank=ibis.row_number().over(order) + 1,
        customers=paid.count().over(day),
        total=paid.arr.sum().over(day),
        above=paid.arr.sum().over(running),
    )
    shared = shared.mutate(share=shared.arr / shared.total, cumulative=shared.above / shared.total)
    told = shared.mutate(
        squares=(shared.share * shared.share).sum().over(day),
        half=(shared.cumulative < 0.5).cast("int64").sum().over(day) + 1,
        every=ibis.greatest(1, (shared.customers / POINTS).floor().cast("int64")),
    )
    kept = told.filter((told["rank"] <= NAMED) | (told["rank"] % told.every == 0) | (told["rank"] == told.customers))
    names = table("accounts").select(_of=_.account_id, name=_.name)
    named = kept.left_join(names, kept.account == names["_of"]).drop("_of", "above")
    return named.mutate(name=ibis.coalesce(named["name"], named.account)).order_by("at", "rank")


def _notes(sides: Mapping[str, dict[str, Any] | None]) -> tuple[Text, ...]:
    if not sides["end"]:
        return ()
    return (
        Text(
            "Effective number of customers: as many equal ones would concentrate ARR as much (1 / the sum of squared "
            "shares).",
            "Эффективное число клиентов: столько одинаковых клиентов дали бы такую же концентрацию ARR (1 / сумма "
            "квадратов долей).",
        ),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="rank", label=Text("#", "№"), unit=Unit.COUNT),
        Column(key="name", label=Text("Customer", "Клиент")),
        Column(key="arr", label=Text("ARR", "ARR"), unit=Unit.MONEY),
        Column(key="share", label=Text("Share of ARR", "Доля ARR"), unit=Unit.SHARE),
        Column(key="cumulative", label=Text("With all larger ones", "Вместе с более крупными"), unit=Unit.SHARE),
        Column(key="of_customers", label=Text("Share of customers", "Доля клиентов"), unit=Unit.SHARE),
        Column(key="account", label=Text("Account ID", "ID компании"), hidden=True),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """What the ten largest hold, and as how many equal customers that is, beside the day before the period."""
    end, start = result.facts["end"], result.facts["start"]
    top = max((n for n in TOPS[:3] if end["tops"][n] is not None), default=1)
    first = records(result.frame.head(1))[0]

    def share(side: Mapping[str, Any]) -> str:
        return show(side["tops"][top], Unit.SHARE, formatter)

    largest = Text(
        "The largest customer, {c}, holds {s} of ARR",
        "На крупнейшего клиента ({c}) приходится {s} ARR",
    )
    said = formatter.say(largest, c=first["name"], s=show(first["share"], Unit.SHARE, formatter))
    tops = ""
    if top > 1:
        was = ""
        if start and start["tops"][top] is not None:
            was = formatter.say(Text(" ({s} at the start of the period)", " (на начало периода — {s})"), s=share(start))
        tops = formatter.say(Text("the {n} largest {s}{w}", "на {n} крупнейших — {s}{w}"), n=top, s=share(end), w=was)
    alike = formatter.say(
        Text("as concentrated as {k} equal customers; there are {n}", "это как {k} одинаковых клиентов, всего их {n}"),
        k=formatter.number(end["effective"]),
        n=formatter.number(end["customers"]),
    )
    return phrases.sentence(said, tops, alike)


CONCENTRATION = Analysis(
    key="concentration",
    title=Text("Concentration of ARR", "Концентрация ARR"),
    question=Text("How much hangs on a few customers?", "Насколько выручка зависит от немногих клиентов?"),
    definition=Text(
        "Customers with recurring revenue at the end of the period, by their ARR, the largest first: the share of the "
        "1, 5, 10 and 20 largest; the share of ARR that each share of customers holds; the effective number of "
        "customers, 1 / the sum of squared shares (the inverse of the Herfindahl-Hirschman index): with all equal it "
        "is the number of customers, with one holding all it is 1.",
        "Клиенты с повторяющимся доходом на конец периода по убыванию ARR: доля 1, 5, 10 и 20 крупнейших; какая доля "
        "ARR приходится на какую долю клиентов; эффективное число клиентов — 1 / сумма квадратов долей (обратный "
        "индекс Херфиндаля — Хиршмана): если все равны, это число клиентов, если всё у одного — 1.",
    ),
    params=(
        Param(key="show", label=Text("Show", "Показать"), kind=ParamKind.CHOICE, choices=SHOW, default="accounts"),
    ),
    run=run,
    finding=finding,
    chart="concentration",
    needs=NEEDS,
    behind=of_concentration,
)
