"""The metrics of sql_leads.py in pandas: see frames.py."""

from __future__ import annotations

from functools import partial

import pandas as pd

from benchmarks.rivals.frames import (
    ACCOUNTS,
    KEYS,
    Frames,
    Months,
    Rival,
    Rows,
    placed,
    share,
    told,
)

_PATIENCE = 90  # days after which a lead that has not moved on counts as not moving on
_HOURS = 24  # within which a lead is to be answered
_LATER = {"mql_at": ["mql_at", "sql_at", "deal_at"], "sql_at": ["sql_at", "deal_at"], "deal_at": ["deal_at"]}


def _count(frames: Frames, months: Months, *, date: str) -> Rows:
    return told(placed(frames, months, frames["leads"], date).groupby(KEYS).size())


def _days(frames: Frames, months: Months, *, since: str, until: str) -> Rows:
    leads = frames["leads"] if until != "deal_at" else _with_deals(frames, frames["leads"].dropna(subset=[since]))
    leads = placed(frames, months, leads[leads[until] >= leads[since]], until)
    days = (leads[until] - leads[since]).dt.total_seconds() / 86400
    return told(days.groupby([leads[k] for k in KEYS]).median())


def _with_deals(frames: Frames, leads: Rows) -> Rows:
    """Leads with deal_at: when the deal was created that they name, else the first that names them."""
    deals = frames["opportunities"]
    named = leads["opportunity_id"].map(deals.set_index("opportunity_id")["created_at"])
    pointing = leads["lead_id"].map(deals.dropna(subset=["lead_id"]).groupby("lead_id")["created_at"].min())
    return leads.assign(deal_at=named.fillna(pointing))


def _step(frames: Frames, months: Months, day: str, to: str) -> tuple[Rows, pd.Series, pd.Series]:
    """Leads placed by `day`; whether each moved on, and whether it is too old to do so yet."""
    leads = placed(frames, months, _with_deals(frames, frames["leads"]), day)
    last = months[-1] + pd.offsets.MonthEnd()
    return leads, leads[_LATER[to]].notna().any(axis=1), (last - leads[day].dt.normalize()).dt.days >= _PATIENCE


def _rate(frames: Frames, months: Months, *, day: str, to: str) -> Rows:
    leads, moved, old = _step(frames, months, day, to)
    known = moved | old | leads["disqualified_at"].notna()
    return share(moved[known], leads[known])


def _never(frames: Frames, months: Months, *, day: str, to: str) -> Rows:
    leads, moved, old = _step(frames, months, day, to)
    return share(~moved[old], leads[old])


def _sql2cw(frames: Frames, months: Months) -> Rows:
    leads, deals = placed(frames, months, frames["leads"], "sql_at"), frames["opportunities"]
    named = leads["opportunity_id"].map(deals.set_index("opportunity_id")["status"])
    pointing = deals.dropna(subset=["lead_id"]).sort_values(["created_at", "opportunity_id"])
    first = leads["lead_id"].map(pointing.drop_duplicates("lead_id").set_index("lead_id")["status"])
    given_up = leads["disqualified_at"].notna().map({True: "lost", False: "open"})
    outcome = named.fillna(first).fillna(given_up)
    known = outcome.isin(["won", "lost"])
    return share(outcome[known] == "won", leads[known])


def _waited(frames: Frames, months: Months) -> tuple[Rows, pd.Series]:
    """Leads placed by creation, and the hours to the first answer, else to the first call or mail to them after it."""
    leads = placed(frames, months, frames["leads"], "created_at")
    acts = frames["activities"]
    acts = acts[(acts["direction"] == "out") & acts["lead_id"].notna()]
    acts = acts.merge(leads[["lead_id", "created_at"]], on="lead_id")
    acts = acts[acts["occurred_at"] >= acts["created_at"]].groupby("lead_id")["occurred_at"].min()
    answered = leads["first_response_at"].fillna(leads["lead_id"].map(acts))
    return leads, (answered - leads["created_at"]).dt.total_seconds() / 3600


def _response(frames: Frames, months: Months, *, q: float) -> Rows:
    leads, hours = _waited(frames, months)
    return told(hours.groupby([leads[k] for k in KEYS]).quantile(q))


def _in_time(frames: Frames, months: Months) -> Rows:
    leads, hours = _waited(frames, months)
    end = months[-1] + pd.DateOffset(months=1)
    known = hours.notna() | ((end - leads["created_at"]).dt.total_seconds() / 3600 > _HOURS)
    return share(hours[known] <= _HOURS, leads[known])


def _reads(*columns: str) -> dict[str, tuple[str, ...]]:
    return {**ACCOUNTS, "leads": ("account_id", *columns)}


_STEPS = {
    **_reads("lead_id", "opportunity_id", "created_at", "mql_at", "sql_at", "disqualified_at"),
    "opportunities": ("opportunity_id", "lead_id", "created_at"),
}
_ANSWERS = {
    **_reads("lead_id", "created_at", "first_response_at"),
    "activities": ("lead_id", "direction", "occurred_at"),
}

LEADS = {
    "leads": Rival(_reads("created_at"), partial(_count, date="created_at")),
    "mqls": Rival(_reads("mql_at"), partial(_count, date="mql_at")),
    "sqls": Rival(_reads("sql_at"), partial(_count, date="sql_at")),
    "sql2cw": Rival(
        {**_reads("lead_id", "opportunity_id", "sql_at", "disqualified_at"),
         "opportunities": ("opportunity_id", "lead_id", "created_at", "status")},
        _sql2cw,
    ),
    "lead_to_mql": Rival(_STEPS, partial(_rate, day="created_at", to="mql_at")),
    "mql_to_sql": Rival(_STEPS, partial(_rate, day="mql_at", to="sql_at")),
    "sql_to_opportunity": Rival(_STEPS, partial(_rate, day="sql_at", to="deal_at")),
    "mql_never_sql": Rival(_STEPS, partial(_never, day="mql_at", to="sql_at")),
    "sql_never_opportunity": Rival(_STEPS, partial(_never, day="sql_at", to="deal_at")),
    "mql_to_sql_days": Rival(_reads("mql_at", "sql_at"), partial(_days, since="mql_at", until="sql_at")),
    "sql_to_opportunity_days": Rival(
        {**_reads("lead_id", "opportunity_id", "sql_at"), "opportunities": ("opportunity_id", "lead_id", "created_at")},
        partial(_days, since="sql_at", until="deal_at"),
    ),
    "lead_response": Rival(_ANSWERS, partial(_response, q=0.5)),
    "lead_response_p90": Rival(_ANSWERS, partial(_response, q=0.9)),
    "lead_response_sla": Rival(_ANSWERS, _in_time),
}  # fmt: skip
