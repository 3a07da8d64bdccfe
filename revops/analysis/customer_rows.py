"""The customers behind a mark: of a cohort, of a survival curve, of a move between plans, of the largest ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir

from revops.analysis import behind
from revops.analysis.cohort_rows import lived
from revops.analysis.core import CellResult, Column
from revops.analysis.lifetimes import MONTH, lives
from revops.analysis.rows import Rows
from revops.analysis.values import as_date
from revops.metrics.calendar import DAY, step
from revops.metrics.core import Grain, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

CUSTOMER = ("account_id", "day")
CAME = Column(key="day", label=Text("Came on", "Пришёл"))
STAYS, LEFT = Text("still a customer", "остаётся клиентом"), Text("left", "ушёл")
STATES = {"stays": STAYS, "left": LEFT}
SEEN = {"stays": STAYS, "left": LEFT, "unseen": Text("not seen so long yet", "столько ещё не наблюдался")}


def of_cohorts(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The customers who came in the picked cohort, as they were at the end of the picked age, the largest MRR first;
    without a pick all who came, as they are."""
    params, view = found.params, found.view
    grain, until = Grain(params["cohort"]), view.as_of
    in_period = params["who"] == "period"
    born = ""
    if pick and pick.get("cohort"):  # the row of the average names none
        start = as_date(pick["cohort"])
        born = f" AND l.born >= DATE '{start}' AND l.born < DATE '{step(start, grain, 1)}'"
        if "age" in pick:
            until = min(until, step(start, grain, int(pick["age"]) + 1) - DAY)

    def build() -> ir.Table:
        return lived(engine, view, in_period=in_period)

    relations = {
        **behind.looked_at(engine, view),
        "lived": behind.compiled(engine, ("cohort_lives", in_period), build, view),
    }
    lead = (
        CAME,
        Column(key="state", label=Text("At the end", "В конце"), names=STATES),
        Column(key="mrr", label=Text("MRR at the end", "MRR в конце"), unit=Unit.MONEY),
    )
    listing = (
        "SELECT account_id, born AS day, CASE WHEN active_after > 0 THEN 'stays' ELSE 'left' END AS state, "
        "CAST(mrr_after AS DOUBLE PRECISION) AS mrr FROM (SELECT l.*, row_number() OVER (PARTITION BY l.account_id "
        f"ORDER BY l.day DESC) AS back FROM lived l WHERE l.day <= DATE '{until}'{born}) x WHERE back = 1"
    )
    return behind.listed(
        engine, engine.dialect.translated(listing), relations, lead, entity="accounts", identity=CUSTOMER, limit=limit
    )


def of_survival(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The customers of the picked group, with what was known of each after the picked months, the longest first;
    without a pick all of them, as they are."""
    view, by = found.view, found.result.facts["by"]
    in_period = found.params["cohort"] == "period"

    def build() -> ir.Table:
        rows = lives(engine, view, by, in_period=in_period)
        return rows.select("account_id", "born", "gone", "days", "left", "group")

    relations = {
        **behind.looked_at(engine, view),
        "lives": behind.compiled(engine, ("survival_lives", by, in_period), build, view),
    }
    state = "CASE WHEN l.\"left\" THEN 'left' ELSE 'stays' END"
    if pick and "month" in pick:
        reached = f"l.days / {MONTH} {{}} {float(pick['month'])}".format
        state = (
            f"CASE WHEN l.\"left\" AND {reached('<=')} THEN 'left' WHEN {reached('>=')} THEN 'stays' ELSE 'unseen' END"
        )
    where = f' WHERE l."group" = {behind.text(str(pick["group"]))}' if pick and "group" in pick else ""
    lead = (
        CAME,
        Column(key="gone", label=Text("Left on", "Ушёл")),
        Column(key="months", label=Text("Months", "Месяцев"), unit=Unit.COUNT),
        Column(key="state", label=Text("By then", "К этому сроку"), names=SEEN),
    )
    listing = (
        f"SELECT l.account_id, l.born AS day, l.gone, l.days / {MONTH} AS months, {state} AS state FROM lives l{where}"
    )
    return behind.listed(
        engine, engine.dialect.translated(listing), relations, lead, entity="accounts", identity=CUSTOMER, limit=limit
    )


def of_plans(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The customers who moved from the picked plan to the other, the largest change first; without a pick all."""
    from revops.analysis.plan_migration import ENDS, moves

    relations = {
        **behind.looked_at(engine, found.view),
        "moves": behind.compiled(engine, ("plan_moves",), lambda: moves(engine, found.view), found.view),
    }
    told = [f"m.{side} = {behind.text(str(pick[side]))}" for side in ("before", "after") if pick and side in pick]
    where = f" WHERE {' AND '.join(told)}" if told else ""
    lead = (
        Column(key="change", label=Text("Change of MRR", "Изменение MRR"), unit=Unit.MONEY),
        Column(key="before", label=Text("Plan at the start", "Тариф в начале"), names=ENDS),
        Column(key="after", label=Text("Plan at the end", "Тариф в конце"), names=ENDS),
        Column(key="paid_before", label=Text("MRR at the start", "MRR в начале"), unit=Unit.MONEY),
        Column(key="paid_after", label=Text("MRR at the end", "MRR в конце"), unit=Unit.MONEY),
        Column(key="day", label=Text("As of", "На дату")),
    )
    listing = (
        "SELECT m.account_id, m.day, m.before, m.after, m.paid_before, m.paid_after, "
        f"m.paid_after - m.paid_before AS change FROM moves m{where}"
    )
    return behind.listed(
        engine, engine.dialect.translated(listing), relations, lead, entity="accounts", identity=CUSTOMER, limit=limit
    )


def of_concentration(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The customers who pay on the last day, the largest first; of a pick that customer alone."""
    from revops.analysis.concentration import last_day, paying

    view = found.view
    relations = {
        **behind.looked_at(engine, view),
        "paying": behind.compiled(engine, ("paying",), lambda: paying(engine, last_day(), view), view),
    }
    where = f" WHERE p.account = {behind.text(str(pick['account']))}" if pick and "account" in pick else ""
    lead = (
        Column(key="arr", label=Text("ARR", "ARR"), unit=Unit.MONEY),
        Column(key="day", label=Text("As of", "На дату")),
    )
    listing = f"SELECT p.account AS account_id, p.day, p.arr FROM paying p{where}"
    return behind.listed(
        engine, engine.dialect.translated(listing), relations, lead, entity="accounts", identity=CUSTOMER, limit=limit
    )
