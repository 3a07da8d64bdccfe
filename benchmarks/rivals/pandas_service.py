"""The metrics of sql_service.py in pandas: see frames.py."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from benchmarks.rivals.frames import (
    ACCOUNTS,
    KEYS,
    MONTHS_OF,
    SUBS,
    Frames,
    Months,
    Rival,
    Rows,
    active,
    after,
    month_of,
    placed,
    share,
    stacked,
    steps,
    subscriptions,
    told,
    within,
)

_FAR = pd.Timestamp("2200-01-01")


def _tickets(frames: Frames, months: Months) -> Rows:
    return told(placed(frames, months, frames["tickets"], "opened_at").groupby(KEYS).size())


def _per_account(frames: Frames, months: Months) -> Rows:
    subs = subscriptions(frames)
    customers = {m: active(subs, after(m)).groupby("segment")["account_id"].nunique() for m in months}
    number = stacked(customers).set_index(KEYS)["value"]
    came = _tickets(frames, months).set_index(KEYS)["value"]
    return told(came.reindex(number.index, fill_value=0) / number)


def _lasted(frames: Frames, months: Months, *, by: str, until: str, q: float) -> Rows:
    rows = placed(frames, months, frames["tickets"].dropna(subset=[until]), by)
    hours = (rows[until] - rows["opened_at"]).dt.total_seconds() / 3600
    return told(hours.groupby([rows[k] for k in KEYS]).quantile(q))


def _csat(frames: Frames, months: Months) -> Rows:
    rows = frames["tickets"][frames["tickets"]["csat"].notna()]
    rows = placed(frames, months, rows.assign(day=rows["resolved_at"].fillna(rows["opened_at"])), "day")
    return share(rows["csat"] >= 4, rows)


def _plus_months(days: pd.Series, months: pd.Series) -> pd.Series:
    """The same day so many months later; the month's last day where it is shorter."""
    first = days.to_numpy().astype("datetime64[M]")
    month = first + months.to_numpy().astype("timedelta64[M]")
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)
    passed = np.minimum(days.dt.day.to_numpy(), length) - 1
    return pd.Series(month.astype("datetime64[D]") + passed.astype("timedelta64[D]"), index=days.index).astype(
        days.dtype
    )


def _term_renewal(frames: Frames, months: Months) -> Rows:
    """Of every end of a term of a contract, whether it ran on. One that ends up to three days before ended with it."""
    subs = subscriptions(frames)
    contracts = subs[subs["interval"] != "month"]
    term = contracts["interval"].map(MONTHS_OF)
    found = []
    for k in range(1, 17):  # quarters of four years
        over = _plus_months(contracts["started_at"], term * k)
        rows = contracts.assign(day=over)
        found.append(rows[rows["ended_at"].isna() | (rows["day"] < rows["ended_at"])].assign(stayed=True))
        early = (rows["day"] - rows["ended_at"]).dt.days
        found.append(rows[early.between(0, 3)].assign(day=rows["ended_at"], stayed=None))
    ends = pd.concat([f[["account_id", "segment", "day", "stayed"]] for f in found])
    ends = within(ends, "day", months)
    open_ends = ends[ends["stayed"].isna()].reset_index(names="of")
    others = open_ends.merge(subs[["account_id", "started_at", "ended_at"]], on="account_id")
    runs = (others["started_at"] <= others["day"]) & (others["ended_at"].fillna(_FAR) > others["day"])
    going_on = others[runs][["account_id", "day"]].drop_duplicates().assign(goes_on=True)
    open_ends = open_ends.merge(going_on, on=["account_id", "day"], how="left")
    open_ends["stayed"] = open_ends["goes_on"].notna()
    ends = pd.concat([ends[ends["stayed"].notna()], open_ends])
    return share(ends["stayed"].astype(bool), ends.assign(period=month_of(ends["day"])))


def _signs(frames: Frames) -> Rows:
    """A row an account and stretch of time in which it shows a sign of leaving: since, until (null: it still does)."""
    tickets, invoices = frames["tickets"], frames["invoices"]
    urgent = tickets[tickets["priority"] == "urgent"]
    day = pd.Timedelta(days=1)
    changes = steps(frames)
    gone = changes[(changes["now"] == 0) & (changes["n"] < 0)][["account_id", "day"]]
    subs = frames["subscriptions"].dropna(subset=["cancelled_at", "ended_at"])
    cancelled = subs.assign(day=subs["ended_at"].dt.normalize()).groupby(["account_id", "day"])["cancelled_at"].max()
    gone = gone.merge(cancelled.dt.normalize().rename("told").reset_index(), on=["account_id", "day"], how="left")
    notice = gone["day"] - 90 * day
    gone = gone.assign(since=notice.where(gone["told"].isna() | (gone["told"] < notice), gone["told"]))
    deals = frames["opportunities"]
    deals = deals[(deals["type"] == "renewal") & (deals["status"] != "lost")]
    talks = gone.merge(deals[["account_id", "created_at"]], on="account_id")
    began = talks["created_at"].dt.normalize()
    talks = talks[(began < talks["day"]) & (began >= talks["day"] - 180 * day)][["account_id", "day"]]
    talks = talks.drop_duplicates().assign(talked=True)
    gone = gone.merge(talks, on=["account_id", "day"], how="left")
    gone = gone[gone["talked"].isna()]
    parts = (
        (urgent["account_id"], urgent["opened_at"].dt.normalize(), urgent["resolved_at"].dt.normalize()),
        (invoices["account_id"], invoices["issued_at"].dt.normalize() + 31 * day, invoices["paid_at"].dt.normalize()),
        (gone["account_id"], gone["since"], gone["day"]),
    )
    return pd.concat([pd.DataFrame({"account_id": a, "since": s, "until": u}) for a, s, u in parts])


def _at_risk(frames: Frames, months: Months) -> Rows:
    signs, subs = _signs(frames), subscriptions(frames)

    def at(day: pd.Timestamp) -> pd.Series:
        shown = signs[(signs["since"] < day) & (signs["until"].isna() | (signs["until"] >= day))]
        customers = active(subs, day)
        return customers[customers["account_id"].isin(shown["account_id"])].groupby("segment")["account_id"].nunique()

    return stacked({m: at(after(m)) for m in months})


def _reads(*columns: str) -> dict[str, tuple[str, ...]]:
    return {**ACCOUNTS, "tickets": ("account_id", *columns)}


_ANSWERED = _reads("opened_at", "first_response_at")
_RESOLVED = _reads("opened_at", "resolved_at")

SERVICE = {
    "tickets": Rival(_reads("opened_at"), _tickets),
    "tickets_per_account": Rival({**SUBS, **_reads("opened_at")}, _per_account),
    "first_response": Rival(_ANSWERED, partial(_lasted, by="opened_at", until="first_response_at", q=0.5)),
    "first_response_p90": Rival(_ANSWERED, partial(_lasted, by="opened_at", until="first_response_at", q=0.9)),
    "resolution_time": Rival(_RESOLVED, partial(_lasted, by="resolved_at", until="resolved_at", q=0.5)),
    "resolution_time_p90": Rival(_RESOLVED, partial(_lasted, by="resolved_at", until="resolved_at", q=0.9)),
    "csat": Rival(_reads("opened_at", "resolved_at", "csat"), _csat),
    "term_renewal": Rival(SUBS, _term_renewal),
    "at_risk_accounts": Rival(
        {**_reads("opened_at", "resolved_at", "priority"),
         "subscriptions": (*SUBS["subscriptions"], "cancelled_at"),
         "invoices": ("account_id", "issued_at", "paid_at"),
         "opportunities": ("account_id", "type", "status", "created_at")},
        _at_risk,
    ),
}  # fmt: skip
