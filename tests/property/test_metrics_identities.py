"""What must hold of the figures of any company, whatever they are."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from revops.metrics import METRIC, METRICS
from revops.metrics.calendar import periods
from revops.metrics.core import Conventions, Grain, OverTime, Period
from revops.metrics.engine import Engine
from tests.property.asked import MONTHS, SOME, broken_down, check, overall
from tests.property.oracle_money import ratio, total
from tests.property.oracle_recurring import Books, Part
from tests.property.worlds import World, engine_of, examples, filled, worlds
from tests.support import staged

GAINS = ("new_mrr", "reactivation_mrr", "expansion_mrr")
LOSSES = ("contraction_mrr", "churned_mrr")
SUMS = [m.key for m in METRICS if m.over_time is OverTime.FLOW]
SINCE_EVER = Period(dt.date(2023, 1, 1), dt.date(2024, 2, 29))


def tellable(engine: Engine, keys: Sequence[str] = tuple(METRIC)) -> list[str]:
    return [key for key in keys if not engine.missing(key)]


def summed(parts: Sequence[Sequence[float | None]]) -> list[float]:
    """By period; what cannot be told adds nothing."""
    return [sum(v or 0 for v in values) for values in zip(*parts, strict=True)]


# --- of one company's figures ---------------------------------------------------------------------------------------


@examples(2)
@given(worlds("subscriptions"))
def test_movements_close_and_retention_splits(world: World) -> None:
    books = Books(world)
    with engine_of(world) as engine:
        asked = (*MONTHS, SINCE_EVER)
        found = overall(engine, ["mrr", "arr", "nrr", "grr", "net_new_mrr", *GAINS, *LOSSES], asked)

    gained, lost = (summed([found[k] for k in keys]) for keys in (GAINS, LOSSES))
    # end = start + new + reactivation + expansion - contraction - churn, to the cent
    before_december = sum(s.amount for s in books.subscriptions if s.start < MONTHS[0].start <= s.end)
    starts = [float(before_december), *found["mrr"][: len(MONTHS) - 1]]  # type: ignore[list-item]
    bridge = [round(s + g - x, 2) for s, g, x in zip(starts, gained, lost, strict=False)]
    assert bridge == [round(v, 2) for v in found["mrr"][: len(MONTHS)]]  # type: ignore[arg-type]
    check("net new = gains - losses", found["net_new_mrr"], [g - x for g, x in zip(gained, lost, strict=True)], asked)

    # a stock at the period's end is the sum of every movement up to then
    assert round(found["mrr"][-1] or 0, 2) == round(found["net_new_mrr"][-1] or 0, 2)
    check("ARR = 12 MRR", found["arr"], [12 * (v or 0) for v in found["mrr"]], asked)

    # NRR - GRR = what customers of the start pay more at the end, as a share of what they paid
    for period, nrr, grr in zip(asked, found["nrr"], found["grr"], strict=True):
        part = Part(books, period.start, period.end)
        more = total(max(part.later(a).mrr - s.mrr, 0) for a, s in part.at_start())
        share = ratio(more, total(s.mrr for _, s in part.at_start()))
        check("NRR - GRR", [None if nrr is None or grr is None else nrr - grr], [share], [period])


@examples(2)
@given(worlds(), st.data())
def test_parts_sum_to_the_whole_over_any_dimension(world: World, data: st.DataObject) -> None:
    with engine_of(world) as engine:
        stocks = ["mrr", "arr", "active_customers", "open_pipeline"]
        keys = tellable(engine, [*SUMS, *stocks])
        whole = overall(engine, keys)
        offered = sorted({d.key for k in keys for d in engine.dimensions(k)})
        by = data.draw(st.sampled_from(offered))
        for key in (k for k in keys if by in {d.key for d in engine.dimensions(k)}):
            parts = summed(list(broken_down(engine, key, by).values()) or [[0.0] * len(SOME)])
            check(f"sum of {key} by {by}", parts, [v or 0 for v in whole[key]])


@examples(2)
@given(worlds(), st.integers(1, 12), st.integers(1, 7))
def test_shorter_periods_sum_to_longer_ones(world: World, fiscal_start: int, week_start: int) -> None:
    calendar = Conventions(fiscal_year_start=fiscal_start, week_start=week_start)
    longer = periods(dt.date(2024, 3, 5), dt.date(2024, 3, 6), Grain.YEAR, calendar)[0]
    quarters = periods(longer.start, longer.end, Grain.QUARTER, calendar)
    months = periods(longer.start, longer.end, Grain.MONTH, calendar)
    weeks = periods(dt.date(2024, 2, 1), dt.date(2024, 4, 1), Grain.WEEK, calendar)
    range_of_weeks = Period(weeks[0].start, weeks[-1].end)
    assert (len(quarters), len(months)) == (4, 12)
    with engine_of(world) as engine:
        asked = (longer, *quarters, *months, range_of_weeks, *weeks)
        for key, values in overall(engine, tellable(engine, SUMS), asked).items():
            year, by_quarter, by_month = values[0], values[1:5], values[5:17]
            check(f"quarters of {key}", [sum(v or 0 for v in by_quarter)], [year or 0], [longer])
            for n, quarter in enumerate(quarters):
                in_quarter = sum(v or 0 for v in by_month[3 * n : 3 * n + 3])
                check(f"months of {key}", [in_quarter], [by_quarter[n] or 0], [quarter])
            check(f"weeks of {key}", [sum(v or 0 for v in values[18:])], [values[17] or 0], [range_of_weeks])


@examples(2)
@given(worlds(), st.sampled_from([dt.date(2024, 2, 14), dt.date(2024, 2, 29), dt.date(2024, 5, 1)]))
def test_a_running_period_is_the_period_up_to_as_of(world: World, as_of: dt.date) -> None:
    start = as_of.replace(day=1)
    running = Period(start, start + dt.timedelta(days=31), None)
    complete = Period(start, as_of + dt.timedelta(days=1), None)
    with engine_of(world) as engine:
        keys = [k for k in tellable(engine) if k not in TOLD_BY_PLANS]
        then, later = (overall(engine, keys, [p], day) for p, day in ((running, as_of), (complete, as_of)))
    for key in keys:
        check(key, then[key], later[key], [running])


# due by the period's end, or compared with a target of the whole period: what a running period is measured by
TOLD_BY_PLANS = frozenset({"pipeline_coverage"})


# --- of two companies that must look alike --------------------------------------------------------------------------


def alike(one: World, other: World) -> None:
    with engine_of(one) as first, engine_of(other) as second:
        keys = tellable(first)
        assert keys == tellable(second)
        wanted, got = overall(first, keys), overall(second, keys)
    for key in keys:
        check(key, got[key], wanted[key])


@examples(2)
@given(worlds(), st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(world: World, seed: int) -> None:
    alike(world, {name: random.Random(seed).sample(rows, len(rows)) for name, rows in world.items()})


IDS = ("account_id", "subscription_id", "opportunity_id", "lead_id", "activity_id", "ticket_id")


def renamed(row: dict[str, Any]) -> dict[str, Any]:
    """Every key turned around and made longer: another order, another spelling, the same records."""
    return {k: f"№ {str(v)[::-1]}/X" if k in IDS and v is not None else v for k, v in row.items()}


@examples(2)
@given(worlds())
def test_the_names_of_keys_change_nothing(world: World) -> None:
    for deal in world["opportunities"]:  # of two deals of one moment that name the same lead, the key decides
        deal["created_at"] += dt.timedelta(minutes=int(deal["opportunity_id"][1:]))
    alike(world, {name: [renamed(row) for row in rows] for name, rows in world.items()})


@examples(2)
@given(worlds(), st.integers(0, 99))
def test_a_key_spelled_in_another_case_is_the_same_record(world: World, seed: int) -> None:
    chance = random.Random(seed)

    def spelled(row: dict[str, Any]) -> dict[str, Any]:  # a key of no record has no spelling of its own to take
        own = {k for k in IDS if row.get(k) not in (None, "stranger", "o99")}
        return {k: v.upper() if k in own and chance.random() < 0.5 else v for k, v in row.items()}

    alike(world, {name: [spelled(row) for row in rows] for name, rows in world.items()})


@examples(2)
@given(worlds())
def test_loading_the_same_again_changes_nothing(world: World) -> None:
    with engine_of(world) as engine:
        keys = tellable(engine)
        before = overall(engine, keys)
        keyed = {name: rows for name, rows in filled(world).items() if name != "spend"}  # a line of spend has no key
        reports = engine.workspace.load_many([staged(name, rows) for name, rows in filled(world).items()])
        assert all(r.already_loaded for r in reports)
        engine.workspace.load_many([staged(name, rows, name=f"{name} (newer).csv") for name, rows in keyed.items()])
        after = overall(Engine(engine.workspace), keys)
    for key in keys:
        check(key, after[key], before[key])


@examples(2)
@given(worlds(), worlds())
def test_an_unrelated_company_changes_no_other_companys_figures(world: World, other: World) -> None:
    """Its subscriptions, deals, leads and tickets; each company of a world is a region of its own."""
    added: World = {name: list(rows) for name, rows in world.items()}
    added["accounts"].append({"account_id": "new one", "segment": "large", "region": "new one", "source": "Webinar"})
    for name in ("subscriptions", "opportunities", "leads", "tickets"):
        key = {"subscriptions": "subscription_id", "opportunities": "opportunity_id", "leads": "lead_id"}.get(name)
        for number, row in enumerate(other[name]):
            alien = {k: f"new {v}" if k in IDS and v is not None else v for k, v in row.items()}
            added[name].append({**alien, "account_id": "new one", (key or "ticket_id"): f"new {number}"})
    with engine_of(world) as first, engine_of(added) as second:
        keys = [k for k in tellable(first) if "region" in {d.key for d in first.dimensions(k)}]
        for key in keys:
            before, after = (broken_down(engine, key, "region") for engine in (first, second))
            for region, values in before.items():
                check(f"{key} of {region!r}", after[region], values)


# --- the future -----------------------------------------------------------------------------------------------------

# A figure that looks ahead: a planned end puts a customer at risk, and it is known before it comes.
KNOWS_LATER = frozenset({"at_risk_accounts"})


PLACED = {
    "subscriptions": "started_at", "opportunities": "created_at", "leads": "created_at", "spend": "date",
    "activities": "occurred_at", "tickets": "opened_at", "fx_rates": "date", "stage_events": "entered_at",
    "invoices": "issued_at",
}  # fmt: skip
THEN = {"closed_at": {"status": "open", "stage": "Proposal"}, "resolved_at": {"csat": None}}
DATED = (
    *("ended_at", "closed_at", "mql_at", "sql_at", "disqualified_at", "first_response_at", "resolved_at"),
    *("left_at", "paid_at"),
)


def up_to(world: World, as_of: dt.date) -> World:
    """The company as it was known at the end of `as_of`: rows of later days are gone, dates of later days unknown."""

    def later(value: Any) -> bool:
        return (value.date() if isinstance(value, dt.datetime) else value) > as_of

    known: World = {}
    for name, rows in world.items():
        kept = [dict(r) for r in rows if name not in PLACED or not later(r[PLACED[name]])]
        for row in kept:
            for field in DATED:
                if row.get(field) is not None and later(row[field]):
                    row[field] = None
                    row.update(THEN.get(field, {}))
                    if field == "ended_at" and row.get("status") == "canceled":  # a draft stays a draft
                        row["status"] = "active"
        known[name] = kept
    return known


@examples(2)
@given(worlds())
def test_what_happens_after_as_of_changes_nothing(world: World) -> None:
    as_of = dt.date(2024, 6, 15)
    for name, rows in world.items():  # nothing ends before it began: else a row is dated before it is known
        for row in rows if name in PLACED else ():
            for field in DATED:
                if row.get(field) is not None:
                    row[field] = max(row[field], row[PLACED[name]])
    world["subscriptions"] = [s for s in world["subscriptions"] if s["status"] != "canceled" or s["ended_at"]]
    asked = [p for p in SOME if p.start <= as_of]
    with engine_of(world) as whole, engine_of(up_to(world, as_of)) as then:
        keys = [k for k in tellable(then) if k in OLD_ENOUGH]
        got, wanted = overall(whole, keys, asked, as_of), overall(then, keys, asked, as_of)
    for key in keys:
        check(key, got[key], wanted[key], asked)


OLD_ENOUGH = frozenset(METRIC) - KNOWS_LATER
