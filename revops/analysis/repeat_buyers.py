"""Who buys again without a subscription: purchases to be expected, and who has probably left without saying so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from revops.analysis import behind, phrases
from revops.analysis.bg_nbd import Buyers, Model, fitted
from revops.analysis.core import Analysis, CellResult, Column, Param, ParamKind, Result, View
from revops.analysis.rows import Rows
from revops.analysis.values import number_text, signed_percent
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.metrics.tables import looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MONTHS = 12  # looked ahead, and back to test it
FEWEST = 50  # customers who came again: with fewer, the model fits anything
WEEK = 7.0
CLASSES = {
    "1": Text("1 purchase", "1 покупка"),
    "2": Text("2 purchases", "2 покупки"),
    "3-4": Text("3–4 purchases", "3–4 покупки"),
    "5-9": Text("5–9 purchases", "5–9 покупок"),
    "10+": Text("10 and more", "10 и больше"),
}
BOUNDS = {"1": (1, 1), "2": (2, 2), "3-4": (3, 4), "5-9": (5, 9), "10+": (10, None)}
OF = {"deals": Text("won deals", "выигранные сделки"), "invoices": Text("invoices", "счета")}
NEEDS = (
    ("opportunities.account_id", "opportunities.status", "opportunities.closed_at"),
    ("invoices.account_id", "invoices.issued_at", "invoices.amount"),
)
COLUMNS = ("group", "value", "base", "low", "high", "customers", "alive", "alive_share", "each")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a class of customers by how often they have bought (CLASSES): value (purchases to be expected of them in
    the next MONTHS), customers, alive (how many have probably not left), alive_share, each (value / customers); base,
    low and high are null: the model gives no interval.

    A purchase is a day on which a customer bought, up to as_of; customers without an account are left out. facts:
    model, customers, repeaters, alive, expected; tested, came, error (the model of MONTHS ago against what came since;
    None where it could not be made then); of.
    """
    of = _of(engine, params["of"])
    frame, sql = engine.told(
        ("repeat_buyers", of), lambda: _rows(engine, view, of), period=view.period, as_of=view.as_of, where=view.where
    )
    now, then = (_buyers(frame[frame["at"] == at]) for at in ("now", "then"))
    repeaters = int(now.customers[now.times > 0].sum())
    model = fitted(now) if repeaters >= FEWEST else None
    facts: dict[str, Any] = {"of": of, "model": model, "customers": int(now.customers.sum()), "repeaters": repeaters}
    if model is None:
        return Result(frame=pd.DataFrame(columns=list(COLUMNS)), columns=_columns(), facts=facts, sql=(sql,),
                      empty=_why(repeaters))  # fmt: skip
    ahead = MONTHS * 365.25 / 12 / WEEK
    shown = _by_class(now, model, ahead)
    facts |= {"alive": float(shown["alive"].sum()), "expected": float(shown["value"].sum())}
    facts |= _tested(frame[frame["at"] == "then"], then, ahead)
    return Result(
        frame=shown,
        columns=_columns(),
        facts=facts,
        sql=(sql,),
        rows_used=((Text("customers who have bought", "клиенты с покупками"), facts["customers"]),),
        notes=_notes(facts, model),
    )


def _of(engine: Engine, asked: str | None) -> str:
    """What counts as a purchase: what was asked for, else won deals where there are any."""
    return asked or ("deals" if engine.basis.has(*NEEDS[0]) else "invoices")


def purchases(engine: Engine, view: View, of: str) -> ir.Table:
    """account_id, day: the days on which customers bought, up to as_of."""
    if of == "deals":
        rows = engine.keep(table("opportunities"), "opportunities", view.where)
        rows = rows.filter(rows.status == "won").mutate(day=rows.closed_at.date())
    else:
        rows = engine.keep(table("invoices"), "invoices", view.where)
        rows = rows.filter(rows.amount > 0).mutate(day=rows.issued_at.cast("timestamp").date())
    rows = rows.filter(rows.account_id.notnull(), rows.day.notnull(), rows.day <= looked_at().as_of.as_scalar())
    return rows.select("account_id", "day").distinct()


def _rows(engine: Engine, view: View, of: str) -> ir.Table:
    """at (now; then: MONTHS before as_of), times, recency, age (days), customers, later (their purchases since)."""
    days = purchases(engine, view, of)
    today = looked_at().as_of.as_scalar()
    cut = (today.cast("timestamp") - ibis.interval(months=MONTHS)).date()

    def counted(at: str, until: ir.DateValue) -> ir.Table:
        before = days.day <= until
        each = days.group_by("account_id").agg(
            bought=before.cast("int64").sum(),
            first=days.day.min(),
            last=days.day.max(where=before),
            later=(~before).cast("int64").sum(),
        )
        each = each.filter(each.bought > 0)
        told = each.select(
            times=each.bought - 1,
            recency=each["last"].delta(each["first"], unit="day"),
            age=until.delta(each["first"], unit="day"),
            later=each.later,
        )
        summed = told.group_by("times", "recency", "age").agg(customers=told.count(), later=told.later.sum())
        return summed.select("times", "recency", "age", "customers", "later", at=ibis.literal(at))

    return counted("now", today).union(counted("then", cut)).order_by("at", "times", "recency", "age")


def _buyers(rows: pd.DataFrame) -> Buyers:
    """In weeks, the unit in which the parameters are of a handy size."""
    numbers = {c: rows[c].to_numpy(dtype="float64") for c in ("times", "recency", "age", "customers")}
    return Buyers(
        times=numbers["times"],
        recency=numbers["recency"] / WEEK,
        age=numbers["age"] / WEEK,
        customers=numbers["customers"],
    )


def _by_class(now: Buyers, model: Model, ahead: float) -> pd.DataFrame:
    expected, alive = model.expected(now, ahead), model.alive(now)
    rows = []
    for key, (low, high) in BOUNDS.items():
        held = (now.times + 1 >= low) & (now.times + 1 <= (np.inf if high is None else high))
        customers = float(now.customers[held].sum())
        if not customers:
            continue
        value, living = (float((v * now.customers)[held].sum()) for v in (expected, alive))
        rows.append(
            {
                "group": key,
                "value": value,
                "base": None,
                "low": None,
                "high": None,
                "customers": int(customers),
                "alive": living,
                "alive_share": living / customers,
                "each": value / customers,
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _tested(rows: pd.DataFrame, then: Buyers, ahead: float) -> dict[str, Any]:
    """What the model of MONTHS ago would have told, and what came."""
    model = fitted(then) if float(then.customers[then.times > 0].sum()) >= FEWEST else None
    if model is None:
        return {"tested": None, "came": None, "error": None}
    told = float((model.expected(then, ahead) * then.customers).sum())
    came = int(rows["later"].sum())
    return {"tested": told, "came": came, "error": told / came - 1 if came else None}


def customers_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The customers of a class (without a pick all), those who bought most often first, with the chance that each is
    still one."""
    model: Model = found.result.facts["model"]
    of, view = found.result.facts["of"], found.view
    low, high = BOUNDS[str(pick["group"])] if pick and "group" in pick else (1, None)
    relations = {
        **behind.looked_at(engine, view),
        "bought": behind.compiled(engine, ("repeat_purchases", of), lambda: purchases(engine, view, of), view),
    }
    r, alpha, a, b = (f"{v:.16e}" for v in (model.r, model.alpha, model.a, model.b))  # doubles, whatever the engine
    silence = f"power(({alpha} + c.age / {WEEK:e}) / ({alpha} + c.recency / {WEEK:e}), {r} + c.n - 1)"
    alive = f"CASE WHEN c.n = 1 THEN 1e0 ELSE 1e0 / (1e0 + {a} / ({b} + c.n - 2) * {silence}) END"
    counted = (
        "SELECT account_id, count(*) AS n, max(day) AS last, date_diff('day', min(day), max(day)) AS recency, "
        f"date_diff('day', min(day), DATE '{view.as_of.isoformat()}') AS age FROM bought GROUP BY account_id"
    )
    upper = "" if high is None else f" AND c.n <= {high}"
    listing = (
        f"SELECT c.account_id, c.last AS day, c.n AS purchases, {alive} AS alive "
        f"FROM ({counted}) c WHERE c.n >= {low}{upper}"
    )
    lead = (
        Column(key="purchases", label=Text("Purchases", "Покупок"), unit=Unit.COUNT),
        Column(key="day", label=Text("Last one on", "Последняя")),
        Column(key="alive", label=ALIVE, unit=Unit.SHARE),
    )
    return behind.listed(
        engine,
        engine.dialect.translated(listing),
        relations,
        lead,
        entity="accounts",
        identity=("account_id", "day"),
        limit=limit,
    )


ALIVE = Text("Probably still a customer", "Вероятно, ещё клиент")


def _why(repeaters: int) -> Text:
    if repeaters < FEWEST:
        return Text(
            f"only {repeaters} customers have bought more than once; a model of repeat buying needs {FEWEST}.",
            f"повторно покупали только {repeaters} клиентов; для модели повторных покупок нужно {FEWEST}.",
        )
    return Text(
        "no model of repeat buying fits these purchases better than all others.",
        "ни одна модель повторных покупок не подходит к этим данным лучше остальных.",
    )


def _notes(facts: Mapping[str, Any], model: Model) -> tuple[Text, ...]:
    told = [
        Text(
            "BG/NBD model, time in weeks: r {r}, alpha {alpha}, a {a}, b {b}.",
            "Модель BG/NBD, время в неделях: r {r}; alpha {alpha}; a {a}; b {b}.",
        ).format(**{name: number_text(getattr(model, name), 4) for name in ("r", "alpha", "a", "b")})
    ]
    if model.a == 0:
        told.append(
            Text(
                "Nobody seems to leave for good: the silences are no longer than chance makes them.",
                "Насовсем, похоже, никто не уходит: паузы не длиннее случайных.",
            )
        )
    if facts["tested"] is None:
        told.append(
            Text(
                f"It could not be tested: {MONTHS} months ago too few customers had bought more than once.",
                f"Проверить на прошлом нельзя: {MONTHS} месяцев назад повторно покупали слишком немногие.",
            )
        )
    return tuple(told)


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="group", label=Text("Bought so far", "Купили"), names=CLASSES),
        Column(
            key="value",
            label=Text(f"Purchases expected in {MONTHS} months", f"Ожидается покупок за {MONTHS} мес."),
            unit=Unit.COUNT,
        ),
        Column(key="customers", label=Text("Customers", "Клиентов"), unit=Unit.COUNT),
        Column(key="alive", label=ALIVE, unit=Unit.COUNT),
        Column(key="alive_share", label=Text("Share of them", "Их доля"), unit=Unit.SHARE),
        Column(key="each", label=Text("Expected of each", "Ожидается от каждого"), unit=Unit.MEAN),
        *(Column(key=k, label=Text(k, k), unit=Unit.COUNT, hidden=True) for k in ("base", "low", "high")),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """What is to be expected, how many are still customers, and how far the model was off before."""
    facts = result.facts
    head = formatter.say(
        Text(
            "{n} customers have bought so far and will buy about {e} times in the next {m} months; {a} of them are "
            "probably still customers",
            "Всего покупали {n} клиентов; за следующие {m} мес. ожидается около {e} покупок; вероятно, ещё остаются "
            "клиентами {a} из них",
        ),
        n=formatter.number(facts["customers"]),
        e=formatter.number(facts["expected"]),
        m=MONTHS,
        a=formatter.number(facts["alive"]),
    )
    tested = ""
    if facts["error"] is not None:
        tested = formatter.say(
            Text(
                "{m} months ago the same model would have told {t} where {c} came ({d})",
                "{m} мес. назад та же модель дала бы {t}, а было {c} ({d})",
            ),
            m=MONTHS,
            t=formatter.number(facts["tested"]),
            c=formatter.number(facts["came"]),
            d=signed_percent(facts["error"], formatter),
        )
    return phrases.sentence("; ".join(c for c in (head, tested) if c))


REPEAT_BUYERS = Analysis(
    key="repeat_buyers",
    title=Text("Repeat buyers", "Повторные покупки"),
    question=Text(
        "Who will buy again, and who has left without saying so?", "Кто купит снова, а кто ушёл, не сказав об этом?"
    ),
    definition=Text(
        "For business without contracts. Customers by the number of days on which they bought (a deal won, a bill "
        "issued) up to the last day that counts. The BG/NBD model (Fader, Hardie, Lee 2005) is fitted to how often, "
        "how lately and since when each has bought; it gives the purchases to be expected and the chance that a "
        "customer has not left for good. Somebody who bought once counts as a customer: the model knows nothing else "
        "of them.",
        "Для бизнеса без контрактов. Клиенты по числу дней, в которые они покупали (выигранная сделка или счёт) до "
        "последнего учитываемого дня. Модель BG/NBD (Fader, Hardie, Lee, 2005) подбирается по тому, как часто, как "
        "недавно и как давно каждый покупает; она даёт ожидаемое число покупок и вероятность, что клиент не ушёл "
        "насовсем. Купивший один раз считается клиентом: ничего другого модель о нём не знает.",
    ),
    params=(
        Param(key="of", label=Text("A purchase is", "Покупка — это"), kind=ParamKind.CHOICE, choices=OF, optional=True),
    ),
    run=run,
    finding=finding,
    chart="breakdown",
    needs=NEEDS,
    behind=customers_behind,
)
