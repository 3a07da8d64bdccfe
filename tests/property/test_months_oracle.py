"""MRR from a customers-by-months sheet in several currencies, held against a loop over accounts and months.

An amount is converted once: one that goes on unchanged keeps the rate of the month in which it began, so that a rate
that moves is no movement of MRR. One that changed is converted anew, at the rate of its own month.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from revops.metrics.calendar import periods
from revops.metrics.core import Conventions, Grain
from tests.property.asked import check, overall
from tests.property.oracle_money import converted, months_back, total
from tests.property.world_values import World
from tests.property.worlds import engine_of, examples, fx_rates

FIRST, LAST = dt.date(2023, 12, 1), dt.date(2024, 8, 1)
MONTHS = periods(FIRST, LAST + dt.timedelta(days=31), Grain.MONTH, Conventions())


@st.composite
def sheets(draw: st.DrawFn) -> World:
    """Accounts that pay 10 or 20 a month, or nothing for a while, in a currency each; a second plan now and then."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for account in ("a", "b", "c"):
        currency = draw(st.sampled_from(["EUR", "eur", "GBP", "USD", "JPY"]))
        for plan in draw(st.sampled_from([("Pro",), ("Pro",), ("Pro", "Max")])):
            for period in MONTHS:
                amount = draw(st.sampled_from([0, 10, 10, 10, 20]))
                row = {"account_id": account, "month": period.start, "mrr": amount, "currency": currency, "plan": plan}
                rows[account, period.start, plan] = row
    return {"mrr_months": list(rows.values()), "fx_rates": draw(fx_rates())}


def worth(world: World, row: dict[str, Any]) -> Decimal | None:
    """In USD: at the rate of the first month, of those in which the amount has gone on, that has one."""
    month, rate_day = row["month"], row["month"]
    same = {r["month"] for r in world["mrr_months"] if (r["account_id"], r["mrr"]) == (row["account_id"], row["mrr"])}
    if converted(world, row["mrr"], row["currency"], month) is None:
        return None
    while months_back(rate_day, 1) in same:
        rate_day = months_back(rate_day, 1)
        if converted(world, row["mrr"], row["currency"], rate_day) is None:
            break
        month = rate_day
    return converted(world, row["mrr"], row["currency"], month)


def state(world: World, account: str, month: dt.date) -> tuple[bool, Decimal]:
    rows = [r for r in world["mrr_months"] if (r["account_id"], r["month"]) == (account, month) and r["mrr"]]
    return bool(rows), total(worth(world, r) for r in rows)


@examples(3)
@given(sheets())
def test_a_rate_that_moves_is_no_movement(world: World) -> None:
    world["fx_rates"].append({"date": dt.date(2024, 1, 1), "currency": "EUR", "rate": Decimal("1.1")})
    world["fx_rates"] = list({(r["date"], r["currency"]): r for r in world["fx_rates"]}.values())
    wanted: dict[str, list[Decimal]] = {key: [] for key in ("mrr", "expansion_mrr", "contraction_mrr")}
    for period in MONTHS:
        states = [(state(world, a, months_back(period.start, 1)), state(world, a, period.start)) for a in "abc"]
        stayed = [(before[1], after[1]) for before, after in states if before[0] and after[0]]
        paid = [(before, after) for before, after in stayed if before]
        wanted["mrr"].append(total(after[1] for _, after in states))
        wanted["expansion_mrr"].append(total(max(after - before, Decimal(0)) for before, after in paid))
        wanted["contraction_mrr"].append(total(max(before - after, Decimal(0)) for before, after in paid))
    with engine_of(world) as engine:
        for metric, values in overall(engine, list(wanted), MONTHS).items():
            check(metric, values, wanted[metric], MONTHS)
