"""What a company plans and where its deals stand: stages, targets, quotas, and the invoices that are owed to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tests.property.world_values import ACCOUNTS, Row, amounts, days, maybe, moments

# how people write the period of a target -> its first day, and the day after its last; None: not understood
PERIODS: dict[str, tuple[dt.date, dt.date] | None] = {
    "2023-12": (dt.date(2023, 12, 1), dt.date(2024, 1, 1)),  # Zed's alone
    "2024-01": (dt.date(2024, 1, 1), dt.date(2024, 2, 1)),
    "Feb 2024": (dt.date(2024, 2, 1), dt.date(2024, 3, 1)),
    "март 2024": (dt.date(2024, 3, 1), dt.date(2024, 4, 1)),
    "09.2024": (dt.date(2024, 9, 1), dt.date(2024, 10, 1)),
    "Q1 2024": (dt.date(2024, 1, 1), dt.date(2024, 4, 1)),
    "2 кв. 2024": (dt.date(2024, 4, 1), dt.date(2024, 7, 1)),
    "2024-Q3": (dt.date(2024, 7, 1), dt.date(2024, 10, 1)),
    "2024": (dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
    "soon": None,
}
MONTHS_OF_QUOTA = {"Quarter": 3.0, "monthly": 1.0, "Год": 12.0, "weekly": 12 / 52, "per sprint": None}


@st.composite
def stage_events(draw: st.DrawFn) -> list[Row]:
    """Deals enter stages in any order, spelled in any way; some leave them on a day that is written down."""
    rows: dict[tuple[Any, ...], Row] = {}
    for _ in range(draw(st.integers(0, 14))):
        deal, stage = draw(st.sampled_from(["o0", "o1", "o2", "o3", "o99"])), draw(st.sampled_from(STAGES))
        entered = draw(moments)
        left = draw(st.sampled_from([None, None, entered + dt.timedelta(days=2), entered + dt.timedelta(days=40)]))
        row = {"opportunity_id": deal, "stage": stage, "entered_at": entered, "left_at": left}
        rows[deal, stage.lower(), entered] = row
    return list(rows.values())


STAGES = ("Demo", "Demo", "demo", "Proposal", "Contract")


@st.composite
def targets(draw: st.DrawFn) -> list[Row]:
    """At most one a period and segment (None: the whole company)."""
    asked = st.tuples(st.sampled_from(list(PERIODS)[1:]), st.sampled_from([None, None, "large", "small"]))
    named = st.sampled_from(["Won revenue", "won_revenue", "Продажи", "mrr"])
    found = draw(st.dictionaries(asked, st.tuples(named, st.integers(0, 9000)), max_size=9))
    return [
        {"metric": metric, "period": period, "value": value, "segment": segment}
        for (period, segment), (metric, value) in found.items()
    ]


@st.composite
def sellers(draw: st.DrawFn) -> list[Row]:
    """Pavel, and Zoe who owns no deal, with a quota or without, with first and last days or without."""
    return [
        {
            "person": person,
            "team": "South",
            "role": "SDR",
            "manager": None,
            "quota_amount": draw(st.sampled_from([None, 600, 1000])),
            "quota_period": draw(st.sampled_from(list(MONTHS_OF_QUOTA))),
            "started_at": draw(maybe(days)),
            "ended_at": draw(maybe(days)),
        }
        for person in ("Pavel", "Zoe")
    ]


@st.composite
def invoices(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 6))):
        issued = draw(days)
        took = draw(st.sampled_from([None, 0, 30, 31, 32, 90]))
        rows.append(
            {
                "invoice_id": f"i{number}",
                "account_id": draw(st.sampled_from([*ACCOUNTS, None])),
                "issued_at": issued,
                "amount": draw(amounts),
                "currency": "USD",
                "paid_at": None if took is None else issued + dt.timedelta(days=took),
            }
        )
    return rows
