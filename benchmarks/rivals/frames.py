"""What the pandas rivals share: rows by month and segment, subscriptions as MRR, steps of accounts, customers.

A rival names the columns it reads (reading them is not counted) and gives period, [segment], value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

Rows = pd.DataFrame
Frames = Mapping[str, pd.DataFrame]
Months = pd.DatetimeIndex
KEYS = ["period", "segment"]
ACCOUNTS = {"accounts": ("account_id", "segment")}
SUBS = {
    **ACCOUNTS,
    "subscriptions": ("account_id", "amount", "quantity", "discount", "interval", "started_at", "ended_at"),
}
MONTHS_OF = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Rival:
    """reads: entity -> columns. run: the frames of these and the months' first days -> period, [segment], value."""

    reads: Mapping[str, tuple[str, ...]]
    run: Callable[[Frames, Months], Rows]


def after(month: pd.Timestamp) -> pd.Timestamp:
    return month + pd.DateOffset(months=1)


def month_of(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M").dt.to_timestamp()


def within(rows: Rows, date: str, months: Months) -> Rows:
    return rows[(rows[date] >= months[0]) & (rows[date] < after(months[-1]))]


def segments(frames: Frames) -> Rows:
    return frames["accounts"].fillna({"segment": ""})


def placed(frames: Frames, months: Months, rows: Rows, date: str) -> Rows:
    """Rows whose `date` lies in the months, with their segment and period."""
    rows = within(rows, date, months).merge(segments(frames), on="account_id")
    return rows.assign(period=month_of(rows[date]))


def told(values: pd.Series) -> Rows:
    return values.rename("value").reset_index()


def share(true: pd.Series, rows: Rows) -> Rows:
    """The share of the rows by month and segment for which it is true."""
    return told(true.groupby([rows[k] for k in KEYS]).mean())


def stacked(parts: Mapping[pd.Timestamp, pd.Series]) -> Rows:
    return pd.concat(parts, names=KEYS).rename("value").reset_index()


def subscriptions(frames: Frames) -> Rows:
    subs = frames["subscriptions"].merge(segments(frames), on="account_id")
    subs = subs[subs["ended_at"].isna() | (subs["ended_at"] > subs["started_at"])]
    full = subs["amount"] * subs["quantity"] / subs["interval"].map(MONTHS_OF)
    return subs.assign(mrr=(full * (1 - subs["discount"].fillna(0))).round(6))


def active(subs: Rows, day: pd.Timestamp) -> Rows:
    """Those that run on the eve of `day`."""
    return subs[(subs["started_at"] < day) & (subs["ended_at"].isna() | (subs["ended_at"] >= day))]


def steps(frames: Frames) -> Rows:
    """An account's changes by day: d of its MRR, n of its subscriptions. now: how many it has then; place: 0, 1 ..."""
    subs = subscriptions(frames)
    ends = subs[subs["ended_at"].notna()]
    columns = ["account_id", "segment", "day", "d", "n"]
    changes = pd.concat(
        [
            subs.assign(day=subs["started_at"].dt.normalize(), d=subs["mrr"], n=1)[columns],
            ends.assign(day=ends["ended_at"].dt.normalize(), d=-ends["mrr"], n=-1)[columns],
        ]
    )
    changes = changes.groupby(["account_id", "segment", "day"], as_index=False)[["d", "n"]].sum()
    changes = changes.sort_values(["account_id", "day"])
    by_account = changes.groupby("account_id")
    return changes.assign(now=by_account["n"].cumsum(), place=by_account.cumcount())
