"""Counts the truths of the demo company from its written files alone: plain pandas, nothing of the simulation."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from .files import LAST_DAY, Files, account_mrr, active_on, month_ends
from .movements import by_month, movements

REVOPS = pd.Timestamp("2025-11-01")
RIVAL = "Went with competitor"
RIVAL_RISE = pd.Timestamp("2026-04-01")


def count_truths(folder: Path) -> dict[str, Any]:
    """Totals (exact, for other tests to meet) and the planted effects (with the tolerance they hold to)."""
    files = Files(folder)
    return {"totals": _totals(files), "effects": _effects(files)}


def _cents(value: float) -> float:
    return round(float(value), 2)


def _share(value: float) -> float:
    return round(float(value), 4)


def _totals(f: Files) -> dict[str, Any]:
    won = f.deals[f.deals["Deal Stage"] == "Closed Won"]
    lost = f.deals[f.deals["Deal Stage"] == "Closed Lost"]
    counted = {name: len(getattr(f, name)) for name in _FILE_OF}
    return {
        "rows": {_FILE_OF[name]: rows for name, rows in counted.items()},
        "customers_ever": int(f.subscriptions["company"].nunique()),
        "deals": {
            "won": len(won),
            "lost": len(lost),
            "open": len(f.deals) - len(won) - len(lost),
            "won_amount": _cents(won["Amount"].sum()),
            "by_type": {
                kind: {
                    "won": int((won["Deal Type"] == kind).sum()),
                    "lost": int((lost["Deal Type"] == kind).sum()),
                }
                for kind in sorted(f.deals["Deal Type"].unique())
            },
            "win_rate": _share(len(won) / (len(won) + len(lost))),
            "median_cycle_days_won": _cents(
                (won["Close Date"] - won["Create Date"]).dt.total_seconds().median() / 86400
            ),
        },
        "leads": {
            "contacts": len(f.contacts),
            "mql": int(f.contacts["Became a Marketing Qualified Lead Date"].notna().sum()),
            "sql": int(f.contacts["Became a Sales Qualified Lead Date"].notna().sum()),
            "disqualified": int(f.contacts["Disqualified Date"].notna().sum()),
        },
        "recurring": _recurring(f),
        "google_ads": {
            "clicks": int(f.ads["Clicks"].sum()),
            "cost": _cents(f.ads["Cost"].sum()),
            "conversions": int(f.ads["Conversions"].sum()),
        },
        "ledger": {
            "amount": _cents(f.spend["Amount"].sum()),
            "by_department": {k: _cents(v) for k, v in f.spend.groupby("Department")["Amount"].sum().items()},
        },
        "moscow": _moscow(f),
        "tickets": {
            "resolved": int(f.tickets["Resolved"].notna().sum()),
            "mean_csat": _share(f.tickets["CSAT"].mean()),
        },
        "year_to_2026_10": _year(f),
    }


_FILE_OF = {
    "companies": "hubspot_companies.csv",
    "contacts": "hubspot_contacts.csv",
    "deals": "hubspot_deals.csv",
    "subscriptions": "stripe_subscriptions.csv",
    "ads": "google_ads_campaigns.csv",
    "spend": "spend_ledger.csv",
    "tickets": "support_tickets.xlsx",
    "targets": "targets.xlsx",
    "russian": "crm_sdelki_ru.csv",
    "rates": "fx_rates.csv",
    "team": "team.csv",
    "activities": "activities.csv",
}


def _recurring(f: Files) -> dict[str, Any]:
    subs = f.subscriptions
    segment = subs["company"].map(f.companies.set_index("Record ID")["Segment"])
    end = account_mrr(subs, LAST_DAY)
    by_plan = active_on(subs, LAST_DAY).groupby("Plan")["mrr"].sum()
    return {
        "mrr_at_end": _cents(end.sum()),
        "arr_at_end": _cents(end.sum() * 12),
        "accounts_at_end": len(end),
        "arpa_at_end": _cents(end.mean()),
        "mrr_by_plan_at_end": {k: _cents(v) for k, v in by_plan.items()},
        "mrr_by_month_end": {f"{d:%Y-%m}": _cents(account_mrr(subs, d).sum()) for d in month_ends()},
        "accounts_by_month_end": {f"{d:%Y-%m}": len(account_mrr(subs, d)) for d in month_ends()},
        "movements_by_month": by_month(movements(subs), "2023-11-01", LAST_DAY),
        "mean_monthly_logo_churn": _share(_monthly_churn(subs, month_ends())),
        "mean_monthly_logo_churn_by_segment": {
            str(name): _share(_monthly_churn(rows, month_ends())) for name, rows in subs.groupby(segment)
        },
    }


def _monthly_churn(subs: pd.DataFrame, ends: pd.DatetimeIndex) -> float:
    """Accounts lost over accounts active at the start of the month, over all the months together."""
    lost = exposed = 0
    for before, after in pairwise(ends):
        held = account_mrr(subs, before).index
        lost += len(held.difference(account_mrr(subs, after).index))
        exposed += len(held)
    return lost / exposed if exposed else float("nan")


def _moscow(f: Files) -> dict[str, Any]:
    won = f.russian[f.russian["Этап сделки"] == "Успешно реализовано"]
    lost = f.russian[f.russian["Этап сделки"] == "Закрыто и не реализовано"]
    dated = won.sort_values("Дата закрытия")
    rated = pd.merge_asof(dated, f.rates.sort_values("Date"), left_on="Дата закрытия", right_on="Date")
    return {
        "won": len(won),
        "lost": len(lost),
        "companies": int(f.russian["Компания"].nunique()),
        "won_rub": _cents(won["Бюджет"].sum()),
        "won_usd_at_rate_of_close": _cents((rated["Бюджет"] * rated["Rate"]).sum()),
    }


def _year(f: Files) -> dict[str, Any]:
    """The last twelve months: acquisition cost and lifetime value, HubSpot's and Stripe's business only."""
    first = pd.Timestamp("2025-11-01")
    ads = f.ads.loc[f.ads["Day"] >= first, "Cost"].sum()
    book = f.spend[(f.spend["Date"] >= first) & f.spend["Department"].isin(["Sales", "Marketing"])]["Amount"].sum()
    paid = f.subscriptions.assign(begin=f.subscriptions["trial"].fillna(f.subscriptions["start"]))
    paid = paid[paid["end"].isna() | (paid["end"] > paid["begin"])]
    activated = paid[paid["begin"] <= pd.Timestamp(LAST_DAY)].groupby("company")["begin"].min()
    new = int((activated >= first).sum())
    arpa = account_mrr(f.subscriptions, LAST_DAY).mean()
    churn = _monthly_churn(f.subscriptions, month_ends("2026-04-30"))
    cac = (ads + book) / new
    return {
        "sales_and_marketing_spend": _cents(ads + book),
        "new_customers": new,
        "cac": _cents(cac),
        "monthly_logo_churn_last_6": _share(churn),
        "ltv_at_full_margin": _cents(arpa / churn),
        "ltv_to_cac_at_70_percent_margin": _cents(0.7 * arpa / churn / cac),
    }


def _effects(f: Files) -> dict[str, Any]:
    return {
        "revops_sales_cycle": _cycle(f, None),
        "revops_sales_cycle_new_business": _cycle(f, "New Business"),
        "revops_handoff": _wait(
            f, "Became a Marketing Qualified Lead Date", "Became a Sales Qualified Lead Date", "days", 86400
        ),
        "revops_first_response": _wait(f, "Create Date", "First Outreach Date", "hours", 3600),
        "revops_win_rate": _win_rates(f),
        "paid_social_churn": _paid_social(f),
        "starter_shrinks": _starter(f),
        "enterprise_expands": _retention(f),
        "rival_rises": _rival(f),
    }


def _effect(before: float, after: float, month: str, direction: str, tolerance: float, **more: Any) -> dict[str, Any]:
    """`tolerance`: how far a differently dated or filtered count of the ratio may lie from ours."""
    return {
        "since": month,
        "direction": direction,
        "before": _share(before),
        "after": _share(after),
        "ratio": _share(after / before),
        "ratio_tolerance": tolerance,
        **more,
    }


def _cycle(f: Files, kind: str | None) -> dict[str, Any]:
    """Median days from created to won, of deals created before and since the programme."""
    won = f.deals[f.deals["Deal Stage"] == "Closed Won"]
    won = won[won["Deal Type"] == kind] if kind else won
    days = (won["Close Date"] - won["Create Date"]).dt.total_seconds() / 86400
    since = won["Create Date"] >= REVOPS
    return _effect(
        days[~since].median(),
        days[since].median(),
        "2025-11",
        "down",
        0.1,
        n_before=int((~since).sum()),
        n_after=int(since.sum()),
        unit="days",
    )


def _wait(f: Files, start: str, end: str, unit: str, seconds: int) -> dict[str, Any]:
    """Median time between two dates of a contact, by the first of them."""
    pairs = f.contacts.dropna(subset=[start, end])
    waits = (pairs[end] - pairs[start]).dt.total_seconds() / seconds
    since = pairs[start] >= REVOPS
    return _effect(waits[~since].median(), waits[since].median(), "2025-11", "down", 0.1, unit=unit)


def _win_rates(f: Files) -> dict[str, Any]:
    """Won over closed, of new-business deals by creation."""
    closed = f.deals[
        f.deals["Deal Stage"].isin(["Closed Won", "Closed Lost"]) & (f.deals["Deal Type"] == "New Business")
    ]
    won, since = closed["Deal Stage"] == "Closed Won", closed["Create Date"] >= REVOPS
    return _effect(won[~since].mean(), won[since].mean(), "2025-11", "up", 0.15, n_after=int(since.sum()), unit="share")


def _paid_social(f: Files) -> dict[str, Any]:
    """Monthly logo churn of customers that paid social brought, against all others."""
    source = f.subscriptions["company"].map(f.companies.set_index("Record ID")["Original Traffic Source"])
    social = source == "Paid Social"
    others = _monthly_churn(f.subscriptions[~social], month_ends())
    theirs = _monthly_churn(f.subscriptions[social], month_ends())
    return _effect(
        others,
        theirs,
        "2023-11",
        "up",
        0.6,
        unit="monthly logo churn",
        customers=int(f.subscriptions[social]["company"].nunique()),
    )


def _starter(f: Files) -> dict[str, Any]:
    """MRR of the Starter plan by month end: from its peak to the last day, beside every other plan."""
    plans = {
        str(plan): pd.Series({d: active_on(rows, d)["mrr"].sum() for d in month_ends()})
        for plan, rows in f.subscriptions.groupby("Plan")
    }
    mrr = plans["Starter"]
    peak = pd.Timestamp(str(mrr.idxmax()))
    return _effect(
        mrr.max(),
        mrr.iloc[-1],
        f"{peak:%Y-%m}",
        "down",
        0.05,
        unit="MRR in US dollars",
        peak_month=f"{peak:%Y-%m}",
        mrr_at_start=_cents(mrr.iloc[0]),
        mrr_by_plan_at_peak={plan: _cents(series.loc[peak]) for plan, series in plans.items()},
        mrr_by_plan_at_end={plan: _cents(series.iloc[-1]) for plan, series in plans.items()},
    )


def _retention(f: Files) -> dict[str, Any]:
    """Net revenue retention by segment over the last twelve months, from the accounts active at their start."""
    segment = f.companies.set_index("Record ID")["Segment"]
    before = account_mrr(f.subscriptions, "2025-10-31")
    after = account_mrr(f.subscriptions, LAST_DAY).reindex(before.index).fillna(0)
    held, kept = before.groupby(segment).sum(), after.groupby(segment).sum()
    nrr = {str(k): _share(v) for k, v in kept.div(held).items()}
    total = _share(after.sum() / before.sum())
    return {
        "since": "2025-11",
        "direction": "up",
        "nrr_12_months": nrr,
        "nrr_12_months_total": total,
        "nrr_tolerance": 0.02,
    }


def _rival(f: Files) -> dict[str, Any]:
    """The rival's share of lost deals, by close date."""
    lost = f.deals[f.deals["Deal Stage"] == "Closed Lost"]
    rival, since = lost["Closed Lost Reason"] == RIVAL, lost["Close Date"] >= RIVAL_RISE
    return _effect(
        rival[~since].mean(), rival[since].mean(), "2026-04", "up", 0.3, reason=RIVAL, unit="share of lost deals"
    )
