"""Random companies: tables of every awkward kind of row, as an importer would hand them over.

Each world holds one fixed company, Zed, with every field filled: so which questions can be asked does not depend on
chance, and each statement is compiled once. Everything else is drawn.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from revops.metrics.engine import Engine
from tests.property.world_plans import invoices, sellers, stage_events, targets
from tests.property.world_values import (
    ACCOUNTS,
    CHANNEL_OF,
    CURRENCY,
    FIRST,
    LAST,
    Row,
    World,
    account_ids,
    amounts,
    campaigns,
    currencies,
    days,
    maybe,
    moments,
    people,
    sources,
)
from tests.support import often, workspace_of

__all__ = ["CHANNEL_OF", "CURRENCY", "FIRST", "LAST", "Row", "World", "engine_of", "examples", "filled", "worlds"]


def examples(count: int) -> settings:
    """`count` worlds, the same in every run; ten times as many, drawn anew, under HYPOTHESIS_PROFILE=long.

    A world that fails is told as it is: each one is loaded, so looking for a smaller one would take minutes.
    """
    long = settings.get_current_profile_name() == "long"
    return settings(
        max_examples=often(count),
        derandomize=not long,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def engine_of(world: World) -> Iterator[Engine]:
    """The world in a workspace of its own."""
    with tempfile.TemporaryDirectory() as folder, workspace_of(Path(folder) / "world.duckdb", filled(world)) as held:
        yield Engine(held)


def filled(world: World) -> World:
    """The tables that have rows."""
    return {name: rows for name, rows in world.items() if rows}


# --- entities -----------------------------------------------------------------------------------------------------


@st.composite
def accounts(draw: st.DrawFn) -> list[Row]:
    return [
        {
            "account_id": key,
            "segment": draw(st.sampled_from([None, "large", "small"])),
            "region": key,  # a company each: what no other company can change
            "owner": draw(people),
            "source": draw(sources),
        }
        for key in ACCOUNTS
    ]


@st.composite
def fx_rates(draw: st.DrawFn) -> list[Row]:
    """Rates that change; before a currency's first one there is none."""
    found = draw(st.dictionaries(st.tuples(days, st.sampled_from(["EUR", "GBP"])), st.integers(50, 180), max_size=5))
    return [{"date": d, "currency": c, "rate": Decimal(r) / 100} for (d, c), r in found.items()]


@st.composite
def subscriptions(draw: st.DrawFn) -> list[Row]:
    """For each account up to two chains of subscriptions, one after the other: gaps, returns, same-day changes."""
    rows: list[Row] = []
    for account in (*ACCOUNTS, "stranger"):
        for _ in range(draw(st.integers(0, 2))):
            start = draw(days)
            for _ in range(draw(st.integers(1, 3))):
                length = draw(st.sampled_from([None, 0, 1, 20, 30, 31, 60, 91]))
                rows.append(_subscription(draw, f"s{len(rows)}", account, start, length))
                if length is None:
                    break
                start += dt.timedelta(days=length + draw(st.sampled_from([0, 0, 1, 29, 45, -10])))
    return rows


def _subscription(draw: st.DrawFn, key: str, account: str, start: dt.date, length: int | None) -> Row:
    end = None if length is None else start + dt.timedelta(days=length)
    trial = draw(st.sampled_from([None, None, None, None, 0, 7, 30]))
    status = draw(st.sampled_from(["active", "active", "active", None, "past_due", "canceled", "draft", "trialing"]))
    return {
        "subscription_id": key,
        "account_id": account,
        "plan": draw(st.sampled_from([None, "Basic", "Pro"])),
        "product": draw(st.sampled_from([None, "CRM", "Desk"])),
        "status": status,
        "amount": draw(amounts),
        "currency": draw(currencies),
        "interval": draw(st.sampled_from(["month", "month", "month", "week", "quarter", "half-year", "year", None])),
        "quantity": draw(st.sampled_from([None, None, 1, 3, Decimal("2.5"), 0])),
        "discount": draw(st.sampled_from([None, None, None, 0, Decimal("0.1"), Decimal("0.15"), 1])),
        "started_at": dt.datetime.combine(start, draw(st.sampled_from([dt.time(), dt.time(17, 45)]))),
        "trial_ends_at": None if trial is None else dt.datetime.combine(start + dt.timedelta(days=trial), dt.time()),
        "ended_at": None if end is None else dt.datetime.combine(end, dt.time()),
        "cancelled_at": draw(st.none() | moments) if status == "canceled" else None,
        "cancel_reason": draw(st.sampled_from([None, "price", "unused"])),
    }


@st.composite
def opportunities(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 12))):
        status = draw(st.sampled_from(["open", "won", "won", "lost"]))
        created = draw(moments)
        took = dt.timedelta(days=draw(st.sampled_from([0, 1, 14, 30, 90, -3])), hours=draw(st.sampled_from([0, 5])))
        closed = None if status == "open" else draw(st.sampled_from([created + took, created + took, None]))
        rows.append(
            {
                "opportunity_id": f"o{number}",
                "account_id": draw(maybe(account_ids)),
                "lead_id": draw(st.sampled_from([None, None, "l0", "l1", "l2"])),
                "type": draw(st.sampled_from([None, "new", "new", "expansion", "renewal"])),
                "pipeline": draw(st.sampled_from([None, "Direct"])),
                "stage": {"open": "Proposal", "won": "Won", "lost": "Lost"}[status],
                "status": status,
                "amount": draw(maybe(amounts)),
                "currency": draw(currencies),
                "created_at": created,
                "closed_at": closed,
                "expected_close_at": draw(maybe(days)),
                "owner": draw(people),
                "team": draw(st.sampled_from([None, None, "Own team"])),
                "source": draw(sources),
                "campaign": draw(campaigns),
                "product": draw(st.sampled_from([None, "CRM"])),
                "loss_reason": draw(st.sampled_from([None, "price"])) if status == "lost" else None,
            }
        )
    return rows


@st.composite
def leads(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 8))):
        created = draw(moments)
        rows.append(
            {
                "lead_id": f"l{number}",
                "account_id": draw(maybe(account_ids)),
                "created_at": created,
                "source": draw(sources),
                "campaign": draw(campaigns),
                "owner": draw(people),
                "mql_at": draw(maybe(moments)),
                "sql_at": draw(maybe(moments)),
                "first_response_at": draw(maybe(moments)),
                "disqualified_at": draw(st.sampled_from([None, None, created + dt.timedelta(days=20)])),
                "disqualify_reason": None,
                "opportunity_id": draw(st.sampled_from([None, None, "o0", "o1", "o99"])),
            }
        )
    return rows


@st.composite
def spend(draw: st.DrawFn) -> list[Row]:
    return [
        {
            "date": draw(days),
            "amount": draw(amounts),
            "currency": draw(currencies),
            "department": draw(st.sampled_from(["marketing", "sales", "success", None])),
            "channel": draw(sources),
            "campaign": draw(campaigns),
            "category": draw(st.sampled_from([None, "media", "people"])),
        }
        for _ in range(draw(st.integers(0, 8)))
    ]


@st.composite
def activities(draw: st.DrawFn) -> list[Row]:
    return [
        {
            "activity_id": f"v{number}",
            "type": draw(st.sampled_from(["call", "email", "meeting", "task"])),
            "occurred_at": draw(moments),
            "owner": draw(people),
            "account_id": draw(maybe(account_ids)),
            "lead_id": draw(st.sampled_from([None, "l0", "l1", "l2"])),
            "opportunity_id": draw(st.sampled_from([None, "o0", "o1"])),
            "direction": draw(st.sampled_from([None, "in", "out"])),
        }
        for number in range(draw(st.integers(0, 6)))
    ]


@st.composite
def tickets(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 6))):
        opened = draw(moments)
        rows.append(
            {
                "ticket_id": f"t{number}",
                "account_id": draw(maybe(account_ids)),
                "opened_at": opened,
                "first_response_at": draw(st.sampled_from([None, opened, opened + dt.timedelta(hours=3)])),
                "resolved_at": draw(st.sampled_from([None, opened + dt.timedelta(days=2), opened])),
                "priority": draw(st.sampled_from([None, "high", "low", "Urgent", "P1", "критичный"])),
                "category": draw(st.sampled_from([None, "billing"])),
                "csat": draw(st.sampled_from([None, 1, 4, 5])),
            }
        )
    return rows


# --- Zed, and the whole -------------------------------------------------------------------------------------------

NOON = dt.time(12)


def _at(month: int, day: int) -> dt.datetime:
    return dt.datetime.combine(dt.date(2024, month, day), NOON)


ZED: World = {
    "accounts": [{"account_id": "zed", "segment": "large", "region": "zed", "owner": "Olga", "source": "Referral"}],
    "subscriptions": [
        {
            "subscription_id": "z1", "account_id": "zed", "plan": "Pro", "product": "CRM", "status": "canceled",
            "amount": 120, "currency": "USD", "interval": "month", "quantity": 2, "discount": Decimal("0.5"),
            "started_at": _at(1, 10), "trial_ends_at": _at(1, 20), "ended_at": _at(5, 20), "cancelled_at": _at(5, 1),
            "cancel_reason": "price",
        }
    ],
    "fx_rates": [{"date": dt.date(2024, 1, 15), "currency": "EUR", "rate": Decimal("1.1")}],
    "opportunities": [
        {
            "opportunity_id": "z1", "account_id": "zed", "lead_id": "z1", "type": "new", "pipeline": "Direct",
            "stage": "Lost", "status": "lost", "amount": 900, "currency": "USD", "created_at": _at(2, 1),
            "closed_at": _at(3, 1), "expected_close_at": dt.date(2024, 3, 15), "owner": "Olga", "team": "Own team",
            "source": "Webinar", "campaign": "spring", "product": "CRM", "loss_reason": "price",
        }
    ],
    "leads": [
        {
            "lead_id": "z1", "account_id": "zed", "created_at": _at(1, 2), "source": "Webinar", "campaign": "spring",
            "owner": "Olga", "mql_at": _at(1, 3), "sql_at": _at(1, 4), "first_response_at": _at(1, 3),
            "disqualified_at": _at(6, 1), "disqualify_reason": "size", "opportunity_id": "z1",
        }
    ],
    "spend": [
        {
            "date": dt.date(2024, 1, 31), "amount": 300, "currency": "USD", "department": "marketing",
            "channel": "Referral", "campaign": "spring", "category": "media",
        }
    ],
    "people": [
        {
            "person": "Olga", "team": "North", "role": "AE", "manager": "Max", "quota_amount": 3000,
            "quota_period": "Quarter", "started_at": dt.date(2024, 2, 15), "ended_at": dt.date(2024, 8, 31),
        }
    ],
    "stage_events": [
        {"opportunity_id": "z1", "stage": "Demo", "entered_at": _at(2, 1), "left_at": _at(2, 20)},
        {"opportunity_id": "z1", "stage": "Proposal", "entered_at": _at(2, 20), "left_at": None},
    ],
    "targets": [{"metric": "Won revenue", "period": "2023-12", "value": 500, "segment": "large"}],
    "invoices": [
        {
            "invoice_id": "z1", "account_id": "zed", "issued_at": dt.date(2024, 2, 10), "amount": 120,
            "currency": "USD", "paid_at": dt.date(2024, 4, 2),
        }
    ],
    "activities": [
        {
            "activity_id": "z1", "type": "call", "occurred_at": _at(1, 5), "owner": "Olga", "account_id": "zed",
            "lead_id": "z1", "opportunity_id": "z1", "direction": "out",
        }
    ],
    "tickets": [
        {
            "ticket_id": "z1", "account_id": "zed", "opened_at": _at(2, 2), "first_response_at": _at(2, 3),
            "resolved_at": _at(2, 4), "priority": "high", "category": "billing", "csat": 5,
        }
    ],
}  # fmt: skip

_DRAWN = {
    "accounts": accounts,
    "fx_rates": fx_rates,
    "subscriptions": subscriptions,
    "opportunities": opportunities,
    "leads": leads,
    "spend": spend,
    "activities": activities,
    "tickets": tickets,
    "people": sellers,
    "stage_events": stage_events,
    "targets": targets,
    "invoices": invoices,
}


@st.composite
def worlds(draw: st.DrawFn, *entities: str) -> World:
    """A company with the named entities (accounts, people and exchange rates always); none named: all."""
    wanted = {"accounts", "fx_rates", "people", *(entities or ZED)}
    world = {name: list(ZED[name]) for name in ZED if name in wanted}
    for name in (n for n in _DRAWN if n in wanted):
        taken = {(r["date"], r["currency"]) for r in world["fx_rates"]}
        drawn = draw(_DRAWN[name]())
        world[name] += [r for r in drawn if name != "fx_rates" or (r["date"], r["currency"]) not in taken]
    return world
