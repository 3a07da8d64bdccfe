"""The same metrics in pandas, over frames already in memory (reading them is not counted).

Each function takes the frames and the months' first days; it gives period, [segment], value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

Frames = Mapping[str, pd.DataFrame]
Months = pd.DatetimeIndex
KEYS = ["period", "segment"]


def _deals(frames: Frames, date: str, months: Months) -> pd.DataFrame:
    """Deals whose `date` lies in the months, with their segment and period."""
    deals = frames["opportunities"]
    deals = deals[(deals[date] >= months[0]) & (deals[date] < months[-1] + pd.DateOffset(months=1))]
    deals = deals.merge(segments(frames), on="account_id")
    return deals.assign(period=deals[date].dt.to_period("M").dt.to_timestamp())


def segments(frames: Frames) -> pd.DataFrame:
    return frames["accounts"][["account_id", "segment"]].fillna({"segment": ""})


def subscriptions(frames: Frames) -> pd.DataFrame:
    subs = frames["subscriptions"].merge(segments(frames), on="account_id")
    subs = subs[subs["ended_at"].isna() | (subs["ended_at"] > subs["started_at"])]
    return subs.assign(mrr=subs["amount"] * subs["quantity"] / subs["interval"].map({"year": 12, "month": 1}))


def active(subs: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    return subs[(subs["started_at"] < day) & (subs["ended_at"].isna() | (subs["ended_at"] >= day))]


def _at(subs: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """One row an account active on the eve of `day`: segment, mrr."""
    return active(subs, day).groupby("account_id").agg(segment=("segment", "first"), mrr=("mrr", "sum"))


def after(month: pd.Timestamp) -> pd.Timestamp:
    return month + pd.DateOffset(months=1)


def stacked(parts: Mapping[pd.Timestamp, pd.Series]) -> pd.DataFrame:
    return pd.concat(parts, names=KEYS).rename("value").reset_index()


def arr(frames: Frames, months: Months) -> pd.DataFrame:
    subs = subscriptions(frames)
    return stacked({m: 12 * active(subs, after(m)).groupby("segment")["mrr"].sum() for m in months})


def active_customers(frames: Frames, months: Months) -> pd.DataFrame:
    subs = subscriptions(frames)
    return stacked({m: active(subs, after(m)).groupby("segment")["account_id"].nunique() for m in months})


def kept(frames: Frames, months: Months) -> dict[pd.Timestamp, pd.DataFrame]:
    """Month -> the accounts active at its start: segment, mrr, and mrr_end (missing where they left)."""
    subs = subscriptions(frames)
    return {m: _at(subs, m).join(_at(subs, after(m))["mrr"].rename("mrr_end")) for m in months}


def logo_churn(frames: Frames, months: Months) -> pd.DataFrame:
    held = kept(frames, months)
    return stacked({m: k["mrr_end"].isna().groupby(k["segment"]).mean() for m, k in held.items()})


def nrr(frames: Frames, months: Months) -> pd.DataFrame:
    sums = {m: k.groupby("segment")[["mrr", "mrr_end"]].sum() for m, k in kept(frames, months).items()}
    return stacked({m: s["mrr_end"] / s["mrr"] for m, s in sums.items()})


def clv(frames: Frames, months: Months) -> pd.DataFrame:
    earlier = pd.date_range(months[0] - pd.DateOffset(months=5), months[-1], freq="MS")
    each = kept(frames, earlier)
    gone = pd.DataFrame({m: k["mrr_end"].isna().groupby(k["segment"]).sum() for m, k in each.items()}).T
    held = pd.DataFrame({m: k.groupby("segment").size() for m, k in each.items()}).T
    rate = gone.rolling(6).sum() / held.rolling(6).sum()
    subs = subscriptions(frames)
    ends = {m: _at(subs, after(m)).groupby("segment")["mrr"].mean() for m in months}
    return stacked({m: (arpa / rate.loc[m]).rename_axis("segment") for m, arpa in ends.items()})


def _customers(frames: Frames, months: Months) -> pd.DataFrame:
    activated = subscriptions(frames).groupby("account_id")["started_at"].min()
    deals = frames["opportunities"]
    won = deals[(deals["status"] == "won") & (deals["type"].fillna("new") == "new")]
    first = activated.combine_first(won.groupby("account_id")["closed_at"].min())
    first = first[(first >= months[0]) & (first < after(months[-1]))].rename("day").reset_index()
    return first.merge(segments(frames), on="account_id").assign(
        period=lambda f: f["day"].dt.to_period("M").dt.to_timestamp()
    )


def new_customers(frames: Frames, months: Months) -> pd.DataFrame:
    return _customers(frames, months).groupby(KEYS).size().rename("value").reset_index()


def _won_share(deals: pd.DataFrame) -> pd.DataFrame:
    told = deals[deals["status"].isin(["won", "lost"])]
    return (told["status"] == "won").groupby([told[k] for k in KEYS]).mean().rename("value").reset_index()


def win_rate(frames: Frames, months: Months) -> pd.DataFrame:
    return _won_share(_deals(frames, "closed_at", months))


def sql2cw(frames: Frames, months: Months) -> pd.DataFrame:
    return _won_share(_deals(frames, "created_at", months))


def won_revenue(frames: Frames, months: Months) -> pd.DataFrame:
    deals = _deals(frames, "closed_at", months)
    return deals[deals["status"] == "won"].groupby(KEYS)["amount"].sum().rename("value").reset_index()


def sales_cycle(frames: Frames, months: Months) -> pd.DataFrame:
    deals = _deals(frames, "closed_at", months)
    deals = deals[deals["status"] == "won"]
    days = (deals["closed_at"] - deals["created_at"]).dt.total_seconds() / 86400
    return days.groupby([deals[k] for k in KEYS]).median().rename("value").reset_index()


def open_pipeline(frames: Frames, months: Months) -> pd.DataFrame:
    deals = frames["opportunities"].merge(segments(frames), on="account_id")

    def open_at(day: pd.Timestamp) -> pd.DataFrame:
        return deals[(deals["created_at"] < day) & (deals["closed_at"].isna() | (deals["closed_at"] >= day))]

    return stacked({m: open_at(after(m)).groupby("segment")["amount"].sum() for m in months})


def cac(frames: Frames, months: Months) -> pd.DataFrame:
    spend = frames["spend"][frames["spend"]["department"].isin(["marketing", "sales"])]
    spent = spend.groupby(pd.to_datetime(spend["date"]).dt.to_period("M").dt.to_timestamp())["amount"].sum()
    won = _customers(frames, months).groupby("period").size()
    return (spent / won).dropna().rename_axis("period").rename("value").reset_index()


RIVALS: Mapping[str, Callable[[Frames, Months], pd.DataFrame]] = {
    "arr": arr,
    "active_customers": active_customers,
    "logo_churn": logo_churn,
    "nrr": nrr,
    "clv": clv,
    "new_customers": new_customers,
    "win_rate": win_rate,
    "won_revenue": won_revenue,
    "sales_cycle": sales_cycle,
    "sql2cw": sql2cw,
    "open_pipeline": open_pipeline,
    "cac": cac,
}
