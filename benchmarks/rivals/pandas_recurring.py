"""The metrics of sql_recurring.py in pandas: see frames.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.rivals.frames import (
    ACCOUNTS,
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
    stacked,
    steps,
    subscriptions,
    told,
    within,
)


def _at_ends(frames: Frames, months: Months, *, each: Callable[[Rows], pd.Series]) -> Rows:
    subs = subscriptions(frames)
    return stacked({m: each(active(subs, after(m))) for m in months})


def _mrr(rows: Rows) -> pd.Series:
    return rows.groupby("segment")["mrr"].sum()


def _customers(rows: Rows) -> pd.Series:
    return rows.groupby("segment")["account_id"].nunique()


def _net_new(frames: Frames, months: Months) -> Rows:
    subs = subscriptions(frames)
    return stacked({m: _mrr(active(subs, after(m))).sub(_mrr(active(subs, m)), fill_value=0) for m in months})


# --- who stays --------------------------------------------------------------------------------------------------


def _at(subs: Rows, day: pd.Timestamp) -> Rows:
    """One row an account active on the eve of `day`: segment, mrr."""
    return active(subs, day).groupby("account_id").agg(segment=("segment", "first"), mrr=("mrr", "sum"))


def _kept(subs: Rows, months: Months) -> dict[pd.Timestamp, Rows]:
    """Month -> the accounts active at its start: segment, mrr, and mrr_end (missing where they left)."""
    return {m: _at(subs, m).join(_at(subs, after(m))["mrr"].rename("mrr_end")) for m in months}


def _logo_churn(frames: Frames, months: Months) -> Rows:
    held = _kept(subscriptions(frames), months)
    return stacked({m: k["mrr_end"].isna().groupby(k["segment"]).mean() for m, k in held.items()})


def _retained(frames: Frames, months: Months, *, gross: bool, lost: bool) -> Rows:
    found = {}
    for month, rows in _kept(subscriptions(frames), months).items():
        end = rows["mrr_end"].fillna(0)
        end = end.clip(upper=rows["mrr"]) if gross else end
        kept = end.groupby(rows["segment"]).sum() / _mrr(rows)
        found[month] = 1 - kept if lost else kept
    return stacked(found)


def clv(subs: Rows, months: Months) -> Rows:
    earlier = pd.date_range(months[0] - pd.DateOffset(months=5), months[-1], freq="MS")
    each = _kept(subs, earlier)
    gone = pd.DataFrame({m: k["mrr_end"].isna().groupby(k["segment"]).sum() for m, k in each.items()}).T
    held = pd.DataFrame({m: k.groupby("segment").size() for m, k in each.items()}).T
    rate = gone.rolling(6).sum() / held.rolling(6).sum()
    ends = {m: _at(subs, after(m)).groupby("segment")["mrr"].mean() for m in months}
    return stacked({m: (arpa / rate.loc[m]).rename_axis("segment") for m, arpa in ends.items()})


# --- movements --------------------------------------------------------------------------------------------------

KINDS: Mapping[str, Callable[[Rows], pd.Series]] = {
    "new": lambda s: s["place"] == 0,
    "reactivation": lambda s: (s["place"] > 0) & (s["now"] == s["n"]) & (s["now"] > 0),
    "expansion": lambda s: (s["d"] > 0) & (s["now"] > s["n"]),
    "contraction": lambda s: (s["d"] < 0) & (s["now"] > 0),
    "churn": lambda s: (s["now"] == 0) & (s["n"] < 0),
}


def _moves(frames: Frames, months: Months) -> Rows:
    rows = steps(frames)
    return within(rows, "day", months).assign(period=lambda r: month_of(r["day"]))


def _moved(frames: Frames, months: Months, *, kind: str, factor: float = 1) -> Rows:
    rows = _moves(frames, months)
    return told(rows[KINDS[kind](rows)].groupby(KEYS)["d"].sum() * factor)


def _quick_ratio(frames: Frames, months: Months) -> Rows:
    rows = _moves(frames, months)
    won = sum(rows["d"].where(KINDS[k](rows), 0) for k in ("new", "reactivation", "expansion"))
    lost = -sum(rows["d"].where(KINDS[k](rows), 0) for k in ("contraction", "churn"))
    sums = rows.assign(won=won, lost=lost).groupby(KEYS)[["won", "lost"]].sum()
    return told(sums["won"] / sums["lost"].replace(0, np.nan))


def _acv(frames: Frames, months: Months) -> Rows:
    rows = _moves(frames, months)
    return told(12 * rows[KINDS["new"](rows)].groupby(KEYS)["d"].mean())


def _ended_share(frames: Frames, months: Months) -> Rows:
    subs = frames["subscriptions"].merge(segments(frames), on="account_id")

    def at(day: pd.Timestamp) -> pd.Series:
        begun = subs[subs["started_at"] < day]
        return (begun["ended_at"] < day).groupby(begun["segment"]).mean()

    return stacked({m: at(after(m)) for m in months})


RECURRING = {
    "arr": Rival(SUBS, partial(_at_ends, each=lambda r: 12 * _mrr(r))),
    "mrr": Rival(SUBS, partial(_at_ends, each=_mrr)),
    "arpa": Rival(SUBS, partial(_at_ends, each=lambda r: _mrr(r) / _customers(r))),
    "active_customers": Rival(SUBS, partial(_at_ends, each=_customers)),
    "net_new_mrr": Rival(SUBS, _net_new),
    "new_mrr": Rival(SUBS, partial(_moved, kind="new")),
    "reactivation_mrr": Rival(SUBS, partial(_moved, kind="reactivation")),
    "expansion_mrr": Rival(SUBS, partial(_moved, kind="expansion")),
    "contraction_mrr": Rival(SUBS, partial(_moved, kind="contraction", factor=-1)),
    "churned_mrr": Rival(SUBS, partial(_moved, kind="churn", factor=-1)),
    "quick_ratio": Rival(SUBS, _quick_ratio),
    "new_arr": Rival(SUBS, partial(_moved, kind="new", factor=12)),
    "acv": Rival(SUBS, _acv),
    "logo_churn": Rival(SUBS, _logo_churn),
    "nrr": Rival(SUBS, partial(_retained, gross=False, lost=False)),
    "grr": Rival(SUBS, partial(_retained, gross=True, lost=False)),
    "gross_revenue_churn": Rival(SUBS, partial(_retained, gross=True, lost=True)),
    "net_revenue_churn": Rival(SUBS, partial(_retained, gross=False, lost=True)),
    "clv": Rival(SUBS, lambda frames, months: clv(subscriptions(frames), months)),
    "ended_share": Rival({**ACCOUNTS, "subscriptions": ("account_id", "started_at", "ended_at")}, _ended_share),
}
