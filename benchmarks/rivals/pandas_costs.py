"""The metrics of sql_costs.py in pandas: see frames.py."""

from __future__ import annotations

from functools import partial

import pandas as pd

from benchmarks.rivals.frames import (
    KEYS,
    SUBS,
    Frames,
    Months,
    Rival,
    Rows,
    active,
    after,
    month_of,
    segments,
    steps,
    subscriptions,
    told,
)
from benchmarks.rivals.pandas_recurring import clv


def _customers(frames: Frames, months: Months) -> Rows:
    activated = subscriptions(frames).groupby("account_id")["started_at"].min()
    deals = frames["opportunities"]
    won = deals[(deals["status"] == "won") & (deals["type"].fillna("new") == "new")]
    first = activated.combine_first(won.groupby("account_id")["closed_at"].min())
    first = first[(first >= months[0]) & (first < after(months[-1]))].rename("day").reset_index()
    return first.merge(segments(frames), on="account_id").assign(period=lambda f: month_of(f["day"]))


def _new_customers(frames: Frames, months: Months) -> Rows:
    return told(_customers(frames, months).groupby(KEYS).size())


def _spent(frames: Frames, *, later: int = 0, media: bool = False) -> pd.Series:
    """By month, moved so many months later."""
    spend = frames["spend"][frames["spend"]["department"].isin(["marketing", "sales"])]
    spend = spend[spend["category"] == "media"] if media else spend
    period = (pd.to_datetime(spend["date"]).dt.to_period("M") + later).dt.to_timestamp()
    return spend["amount"].groupby(period).sum().rename_axis("period")


def _spend(frames: Frames, months: Months) -> Rows:
    return told(_spent(frames).reindex(months).rename_axis("period"))


def _cac(frames: Frames, months: Months, *, later: int = 0, media: bool = False) -> Rows:
    won = _customers(frames, months).groupby("period").size()
    return told((_spent(frames, later=later, media=media) / won).dropna())


def _payback(frames: Frames, months: Months) -> Rows:
    rows = steps(frames)
    new = rows[rows["place"] == 0]
    each = new.groupby(month_of(new["day"]).rename("period"))["d"].mean()
    return told((_cac(frames, months).set_index("period")["value"] / each).dropna())


def _ltv_cac(frames: Frames, months: Months) -> Rows:
    worth = clv(subscriptions(frames).assign(segment=""), months).set_index("period")["value"]
    return told((worth / _cac(frames, months).set_index("period")["value"]).dropna())


def _magic_number(frames: Frames, months: Months) -> Rows:
    subs, spent = subscriptions(frames), _spent(frames)
    found = {}
    for month in months:
        end = after(month)
        edges = [end - pd.DateOffset(months=k) for k in (6, 3)]
        before = active(subs, edges[1])["mrr"].sum()
        cost = spent[(spent.index >= edges[0]) & (spent.index < edges[1])].sum()
        found[month] = 12 * (active(subs, end)["mrr"].sum() - before) / cost
    return told(pd.Series(found).rename_axis("period"))


_SPEND = {"spend": ("date", "amount", "department", "category")}
_CUSTOMERS = {**SUBS, "opportunities": ("account_id", "status", "type", "closed_at")}
_BOTH = {**_CUSTOMERS, **_SPEND}

COSTS = {
    "new_customers": Rival(_CUSTOMERS, _new_customers),
    "spend": Rival(_SPEND, _spend),
    "cac": Rival(_BOTH, _cac),
    "paid_cac": Rival(_BOTH, partial(_cac, media=True)),
    "cac_lagged": Rival(_BOTH, partial(_cac, later=3)),
    "cac_payback": Rival(_BOTH, _payback),
    "ltv_cac": Rival(_BOTH, _ltv_cac),
    "magic_number": Rival({**SUBS, **_SPEND}, _magic_number),
}
