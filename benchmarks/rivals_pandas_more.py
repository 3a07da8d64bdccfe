"""The same metrics as rivals_sql_more.py in pandas: see rivals_pandas.py, whose parts they use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from benchmarks.rivals_pandas import (
    KEYS,
    RIVALS,
    Frames,
    Months,
    active,
    after,
    kept,
    segments,
    stacked,
    subscriptions,
)

Rows = pd.DataFrame


def _placed(frames: Frames, months: Months, entity: str, date: str) -> Rows:
    """Rows whose `date` lies in the months, with their segment and period."""
    rows = frames[entity]
    rows = rows[(rows[date] >= months[0]) & (rows[date] < after(months[-1]))]
    rows = rows.merge(segments(frames), on="account_id")
    return rows.assign(period=rows[date].dt.to_period("M").dt.to_timestamp())


def _told(values: pd.Series) -> Rows:
    return values.rename("value").reset_index()


def _count(frames: Frames, months: Months, *, entity: str, date: str, status: str | None = None) -> Rows:
    rows = _placed(frames, months, entity, date)
    return _told((rows if status is None else rows[rows["status"] == status]).groupby(KEYS).size())


def _amount(frames: Frames, months: Months, *, date: str, how: str, status: str | None = None) -> Rows:
    rows = _placed(frames, months, "opportunities", date)
    rows = rows if status is None else rows[rows["status"] == status]
    return _told(rows.groupby(KEYS)["amount"].agg(how))


def _renewal_rate(frames: Frames, months: Months) -> Rows:
    rows = _placed(frames, months, "opportunities", "closed_at")
    rows = rows[(rows["type"] == "renewal") & rows["status"].isin(["won", "lost"])]
    return _told((rows["status"] == "won").groupby([rows[k] for k in KEYS]).mean())


def _lasted(frames: Frames, months: Months, *, entity: str, since: str, until: str, hours: float, share: float) -> Rows:
    rows = _placed(frames, months, entity, until)
    rows = rows[rows[since].notna()]
    lasted = (rows[until] - rows[since]).dt.total_seconds() / 3600 / hours
    return _told(lasted.groupby([rows[k] for k in KEYS]).quantile(share))


def _at_ends(frames: Frames, months: Months, *, each: Callable[[Rows], pd.Series]) -> Rows:
    subs = subscriptions(frames)
    return stacked({m: each(active(subs, after(m))) for m in months})


def _mrr(rows: Rows) -> pd.Series:
    return rows.groupby("segment")["mrr"].sum()


def _arpa(rows: Rows) -> pd.Series:
    return _mrr(rows) / rows.groupby("segment")["account_id"].nunique()


def _net_new(frames: Frames, months: Months) -> Rows:
    subs = subscriptions(frames)
    return stacked({m: _mrr(active(subs, after(m))).sub(_mrr(active(subs, m)), fill_value=0) for m in months})


def _retained(frames: Frames, months: Months, *, gross: bool, lost: bool) -> Rows:
    found = {}
    for month, rows in kept(frames, months).items():
        end = rows["mrr_end"].fillna(0)
        end = end.clip(upper=rows["mrr"]) if gross else end
        share = end.groupby(rows["segment"]).sum() / rows.groupby("segment")["mrr"].sum()
        found[month] = 1 - share if lost else share
    return stacked(found)


def _moved(frames: Frames, months: Months, *, kind: str) -> Rows:
    subs = subscriptions(frames)
    ends = subs[subs["ended_at"].notna()]
    columns = ["account_id", "segment", "day", "d", "n"]
    steps = pd.concat(
        [
            subs.assign(day=subs["started_at"].dt.normalize(), d=subs["mrr"], n=1)[columns],
            ends.assign(day=ends["ended_at"].dt.normalize(), d=-ends["mrr"], n=-1)[columns],
        ]
    )
    steps = steps.groupby(["account_id", "segment", "day"], as_index=False)[["d", "n"]].sum()
    steps = steps.sort_values(["account_id", "day"])
    by_account = steps.groupby("account_id")
    now, place = by_account["n"].cumsum(), by_account.cumcount()
    which = {
        "new_mrr": place == 0,
        "reactivation_mrr": (place > 0) & (now == steps["n"]) & (now > 0),
        "expansion_mrr": (steps["d"] > 0) & (now > steps["n"]),
        "contraction_mrr": (steps["d"] < 0) & (now > 0),
        "churned_mrr": (now == 0) & (steps["n"] < 0),
    }[kind]
    rows = steps[which & (steps["day"] >= months[0]) & (steps["day"] < after(months[-1]))]
    rows = rows.assign(period=rows["day"].dt.to_period("M").dt.to_timestamp())
    return _told(rows.groupby(KEYS)["d"].sum() * (-1 if kind in ("contraction_mrr", "churned_mrr") else 1))


def _spend(frames: Frames, months: Months) -> Rows:
    spend = frames["spend"][frames["spend"]["department"].isin(["marketing", "sales"])]
    days = pd.to_datetime(spend["date"])
    spend = spend[(days >= months[0]) & (days < after(months[-1]))]
    period = pd.to_datetime(spend["date"]).dt.to_period("M").dt.to_timestamp()
    return spend["amount"].groupby(period).sum().rename_axis("period").rename("value").reset_index()


_TIMES = {"entity": "tickets", "since": "opened_at", "until": "resolved_at", "hours": 1.0}
MORE: Mapping[str, Callable[[Frames, Months], Rows]] = {
    "mrr": partial(_at_ends, each=_mrr),
    "arpa": partial(_at_ends, each=_arpa),
    "net_new_mrr": _net_new,
    **{f"{k}_mrr": partial(_moved, kind=f"{k}_mrr") for k in ("new", "reactivation", "expansion", "contraction")},
    "churned_mrr": partial(_moved, kind="churned_mrr"),
    "grr": partial(_retained, gross=True, lost=False),
    "gross_revenue_churn": partial(_retained, gross=True, lost=True),
    "net_revenue_churn": partial(_retained, gross=False, lost=True),
    "won_deals": partial(_count, entity="opportunities", date="closed_at", status="won"),
    "lost_deals": partial(_count, entity="opportunities", date="closed_at", status="lost"),
    "average_won_deal": partial(_amount, date="closed_at", how="mean", status="won"),
    "median_won_deal": partial(_amount, date="closed_at", how="median", status="won"),
    "renewal_rate": _renewal_rate,
    "deals_created": partial(_count, entity="opportunities", date="created_at"),
    "pipeline_created": partial(_amount, date="created_at", how="sum"),
    "leads": partial(_count, entity="leads", date="created_at"),
    "mqls": partial(_count, entity="leads", date="mql_at"),
    "sqls": partial(_count, entity="leads", date="sql_at"),
    "mql_to_sql_days": partial(_lasted, entity="leads", since="mql_at", until="sql_at", hours=24.0, share=0.5),
    "tickets": partial(_count, entity="tickets", date="opened_at"),
    "resolution_time": partial(_lasted, **_TIMES, share=0.5),
    "resolution_time_p90": partial(_lasted, **_TIMES, share=0.9),
    "spend": _spend,
}
ALL: Mapping[str, Callable[[Frames, Months], Rows]] = {**RIVALS, **MORE}
