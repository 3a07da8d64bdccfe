"""The metrics of sql_sales.py in pandas: see frames.py."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.rivals.frames import (
    ACCOUNTS,
    KEYS,
    MONTHS_OF,
    Frames,
    Months,
    Rival,
    Rows,
    after,
    month_of,
    placed,
    segments,
    share,
    stacked,
    told,
    within,
)


def _reads(*columns: str) -> Mapping[str, tuple[str, ...]]:
    return {**ACCOUNTS, "opportunities": ("account_id", *columns)}


def _of(frames: Frames, months: Months, date: str, status: str | None) -> Rows:
    deals = frames["opportunities"]
    return placed(frames, months, deals if status is None else deals[deals["status"] == status], date)


def _count(frames: Frames, months: Months, *, date: str, status: str | None = None) -> Rows:
    return told(_of(frames, months, date, status).groupby(KEYS).size())


def _amount(frames: Frames, months: Months, *, date: str, how: str, status: str | None = None) -> Rows:
    return told(_of(frames, months, date, status).groupby(KEYS)["amount"].agg(how))


def _won_share(frames: Frames, months: Months, *, kind: str | None = None) -> Rows:
    deals = frames["opportunities"]
    deals = deals if kind is None else deals[deals["type"] == kind]
    closed = placed(frames, months, deals[deals["status"].isin(["won", "lost"])], "closed_at")
    return share(closed["status"] == "won", closed)


def _days(deals: Rows) -> pd.Series:
    return (deals["closed_at"] - deals["created_at"]).dt.total_seconds() / 86400


def _cycle(frames: Frames, months: Months) -> Rows:
    won = _of(frames, months, "closed_at", "won")
    return told(_days(won).groupby([won[k] for k in KEYS]).median())


def _open_at(deals: Rows, day: pd.Timestamp | pd.Series) -> Rows:
    return deals[(deals["created_at"] < day) & (deals["closed_at"].isna() | (deals["closed_at"] >= day))]


def _open_pipeline(frames: Frames, months: Months) -> Rows:
    deals = frames["opportunities"].merge(segments(frames), on="account_id")
    return stacked({m: _open_at(deals, after(m)).groupby("segment")["amount"].sum() for m in months})


def _due(frames: Frames, months: Months) -> tuple[Rows, Rows]:
    """Deals expected to close in a month, and those of them that were open at its end."""
    deals = placed(frames, months, frames["opportunities"], "expected_close_at")
    until = deals["period"] + pd.DateOffset(months=1)
    return deals[deals["created_at"] < until], _open_at(deals, until)


def _slipped(frames: Frames, months: Months) -> Rows:
    return told(_due(frames, months)[1].groupby(KEYS).size())


def _slip_rate(frames: Frames, months: Months) -> Rows:
    due, slipped = _due(frames, months)
    due = due[due["closed_at"].isna() | (due["closed_at"] >= due["period"])]
    return told(slipped.groupby(KEYS).size().div(due.groupby(KEYS).size(), fill_value=0))


def _coverage(frames: Frames, months: Months) -> Rows:
    goals = frames["targets"]
    goals = goals[(goals["metric"] == "won_revenue") & goals["segment"].notna()]
    rows = []
    for month in months:
        quarter = pd.Period(month, "Q")
        part = month.days_in_month / ((quarter.end_time.normalize() - quarter.start_time).days + 1)
        for name, of in ((f"{month:%Y-%m}", 1.0), (f"Q{month.quarter} {month.year}", part)):
            found = goals[goals["period"] == name]
            rows.append(found.assign(period=month, goal=found["value"] * of))
    goal = pd.concat(rows).set_index(KEYS)["goal"]
    won = _of(frames, months, "closed_at", "won").groupby(KEYS)["amount"].sum()
    due = _due(frames, months)[1].groupby(KEYS)["amount"].sum()
    missing = (goal - won.reindex(goal.index, fill_value=0)).clip(lower=0).replace(0, np.nan)
    return told(due.reindex(goal.index, fill_value=0) / missing)


def _velocity(frames: Frames, months: Months) -> Rows:
    deals = frames["opportunities"].merge(segments(frames), on="account_id")
    closed = within(deals[deals["status"].isin(["won", "lost"])], "closed_at", months)
    closed = closed.assign(period=month_of(closed["closed_at"]), won=closed["status"] == "won")
    won = closed[closed["won"]]
    won = won.assign(days=_days(won)).groupby(KEYS)
    now = stacked({m: _open_at(deals, after(m)).groupby("segment").size() for m in months}).set_index(KEYS)["value"]
    pace = closed.groupby(KEYS)["won"].mean() * won["amount"].mean() / won["days"].median()
    return told((now * pace).dropna())


def _ageing(frames: Frames, months: Months) -> Rows:
    moves = frames["stage_events"].sort_values(["opportunity_id", "entered_at"])
    following = moves.groupby("opportunity_id")["entered_at"].shift(-1)
    moves = moves.assign(left=pd.concat([moves["left_at"], following], axis=1).min(axis=1))
    deals = frames["opportunities"].merge(segments(frames), on="account_id")
    stays = moves.merge(deals, on="opportunity_id")
    stays = stays[stays["closed_at"].isna() | (stays["entered_at"] < stays["closed_at"])]
    stays = stays.assign(left=stays[["left", "closed_at"]].min(axis=1))
    won = stays[stays["status"] == "won"]
    days = (won["left"] - won["entered_at"]).dt.total_seconds() / 86400
    usual = days.groupby([won["pipeline"], won["stage"]]).median().rename("usual").reset_index()
    stays = stays.merge(usual, on=["pipeline", "stage"])

    def at(day: pd.Timestamp) -> pd.Series:
        there = stays[(stays["entered_at"] < day) & (stays["left"].isna() | (stays["left"] >= day))]
        passed = (day - there["entered_at"].dt.normalize()).dt.days
        return (passed > there["usual"]).groupby(there["segment"]).mean()

    return stacked({m: at(after(m)) for m in months})


def _quota(frames: Frames, months: Months) -> Rows:
    people = frames["people"][frames["people"]["quota_amount"].notna()]
    monthly = people["quota_amount"] / people["quota_period"].map(MONTHS_OF)
    came, gone = people["started_at"].dt.normalize(), people["ended_at"].dt.normalize() + pd.Timedelta(days=1)
    found = {}
    for month in months:
        there = gone.fillna(after(month)).clip(upper=after(month)) - came.clip(lower=month)
        found[month] = (monthly * there.dt.days.clip(lower=0) / month.days_in_month).sum()
    quota = pd.Series(found).rename_axis("period")
    deals = frames["opportunities"]
    won = within(deals[(deals["status"] == "won") & deals["owner"].isin(people["person"])], "closed_at", months)
    sold = won.groupby(month_of(won["closed_at"]).rename("period"))["amount"].sum()
    return told(sold.reindex(quota.index, fill_value=0) / quota)


_CLOSED = _reads("status", "closed_at")
_WON = _reads("status", "closed_at", "amount")
_CREATED = _reads("created_at", "amount")
_EXPECTED = _reads("expected_close_at", "created_at", "closed_at")
_ALL = _reads("status", "created_at", "closed_at", "amount")

SALES = {
    "win_rate": Rival(_CLOSED, _won_share),
    "won_revenue": Rival(_WON, partial(_amount, date="closed_at", how="sum", status="won")),
    "won_deals": Rival(_CLOSED, partial(_count, date="closed_at", status="won")),
    "lost_deals": Rival(_CLOSED, partial(_count, date="closed_at", status="lost")),
    "average_won_deal": Rival(_WON, partial(_amount, date="closed_at", how="mean", status="won")),
    "median_won_deal": Rival(_WON, partial(_amount, date="closed_at", how="median", status="won")),
    "sales_cycle": Rival(_reads("status", "created_at", "closed_at"), _cycle),
    "renewal_rate": Rival(_reads("status", "closed_at", "type"), partial(_won_share, kind="renewal")),
    "deals_created": Rival(_reads("created_at"), partial(_count, date="created_at")),
    "pipeline_created": Rival(_CREATED, partial(_amount, date="created_at", how="sum")),
    "open_pipeline": Rival(_reads("created_at", "closed_at", "amount"), _open_pipeline),
    "slipped_deals": Rival(_EXPECTED, _slipped),
    "slip_rate": Rival(_EXPECTED, _slip_rate),
    "pipeline_coverage": Rival(
        {**_reads("expected_close_at", "status", "created_at", "closed_at", "amount"),
         "targets": ("metric", "period", "segment", "value")},
        _coverage,
    ),
    "sales_velocity": Rival(_ALL, _velocity),
    "stage_ageing": Rival(
        {**_reads("opportunity_id", "status", "pipeline", "closed_at"),
         "stage_events": ("opportunity_id", "stage", "entered_at", "left_at")},
        _ageing,
    ),
    "quota_attainment": Rival(
        {"opportunities": ("status", "closed_at", "amount", "owner"),
         "people": ("person", "quota_amount", "quota_period", "started_at", "ended_at")},
        _quota,
    ),
}  # fmt: skip
