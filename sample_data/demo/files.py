"""Reads the written exports with plain pandas, and the two counts that everything else is built on.

MRR on a day: amount x quantity x (1 - discount) / months, where started <= day < ended (by date) and the trial is over.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

LAST_DAY = "2026-10-31"


class Files:
    """The exports, read with the least that each needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.companies = self._csv("hubspot_companies.csv", ["Create Date"])
        self.contacts = self._csv(
            "hubspot_contacts.csv",
            [
                "Create Date",
                "Became a Marketing Qualified Lead Date",
                "Became a Sales Qualified Lead Date",
                "First Outreach Date",
                "Disqualified Date",
            ],
        )
        self.deals = self._csv("hubspot_deals.csv", ["Create Date", "Close Date"])
        self.subscriptions = self._subscriptions()
        self.ads = self._ads()
        self.spend = self._csv("spend_ledger.csv", ["Date"])
        self.tickets = pd.read_excel(folder / "support_tickets.xlsx", sheet_name="Tickets", header=1)
        self.targets = pd.read_excel(folder / "targets.xlsx")
        self.russian = self._russian()
        self.rates = self._csv("fx_rates.csv", ["Date"])
        self.team = pd.read_csv(folder / "team.csv", encoding="utf-8-sig")
        self.activities = self._csv("activities.csv", ["Date"])

    def _csv(self, name: str, dates: list[str]) -> pd.DataFrame:
        return pd.read_csv(self.folder / name, parse_dates=dates)

    def _subscriptions(self) -> pd.DataFrame:
        dates = ["Created (UTC)", "Start Date (UTC)", "Trial End (UTC)", "Canceled At (UTC)", "Ended At (UTC)"]
        found = self._csv("stripe_subscriptions.csv", dates)
        off = found["Discount"].fillna("0%").str.rstrip("%").astype(float) / 100
        found["mrr"] = found["Amount"] * found["Quantity"] * (1 - off) / found["Interval"].map({"month": 1, "year": 12})
        found["company"] = found["company_id (metadata)"]
        found["start"] = found["Start Date (UTC)"].dt.normalize()
        found["end"] = found["Ended At (UTC)"].dt.normalize()
        found["trial"] = found["Trial End (UTC)"].dt.normalize()
        return found

    def _ads(self) -> pd.DataFrame:
        found = pd.read_csv(self.folder / "google_ads_campaigns.csv", skiprows=2, thousands=",", na_values=[" --"])
        found = found[~found["Day"].str.startswith("Total")].copy()
        found["Day"] = pd.to_datetime(found["Day"])
        return found

    def _russian(self) -> pd.DataFrame:
        found = pd.read_csv(self.folder / "crm_sdelki_ru.csv", sep=";", encoding="cp1251")
        found["Бюджет"] = found["Бюджет"].str.replace(" ", "").str.replace(",", ".").astype(float)
        for column in ("Дата создания", "Дата закрытия"):
            found[column] = pd.to_datetime(found[column], format="%d.%m.%Y")
        return found


def active_on(subs: pd.DataFrame, day: str | pd.Timestamp) -> pd.DataFrame:
    """The subscriptions that are paid for on that day (a 100 % discount included, a trial not)."""
    at = pd.Timestamp(day)
    begun = (subs["start"] <= at) & (subs["trial"].isna() | (subs["trial"] <= at))
    return subs[begun & (subs["end"].isna() | (subs["end"] > at))]


def account_mrr(subs: pd.DataFrame, day: str | pd.Timestamp) -> pd.Series:
    """MRR in US dollars of each active account on that day."""
    return active_on(subs, day).groupby("company")["mrr"].sum()


def month_ends(first: str = "2023-10-31") -> pd.DatetimeIndex:
    return pd.date_range(first, LAST_DAY, freq="ME")
