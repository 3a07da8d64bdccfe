"""The values that random companies are made of: days at edges, awkward amounts, currencies with and without a rate."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]
World = dict[str, list[Row]]

FIRST, LAST = dt.date(2023, 11, 6), dt.date(2024, 9, 20)  # over a year's end and a 29 February
EDGES = [
    dt.date(*ymd)
    for ymd in ((2023, 12, 31), (2024, 1, 1), (2024, 1, 31), (2024, 2, 28), (2024, 2, 29), (2024, 3, 1), (2024, 3, 31),
                (2024, 4, 1), (2024, 6, 30), (2024, 7, 1))
]  # fmt: skip
CURRENCY = "USD"
ACCOUNTS = ("a1", "a2", "a3", "a4", "a5")
CHANNEL_OF = {"Google Ads": "paid_search", "Referral": "referral", "Webinar": "event", "Quux": "other"}

days = st.sampled_from(EDGES) | st.dates(FIRST, LAST)
moments = st.builds(dt.datetime.combine, days, st.sampled_from([dt.time(), dt.time(9, 30), dt.time(23, 59)]))
amounts = st.sampled_from([Decimal(a) for a in ("10", "19.99", "45", "100", "1200", "2000", "0")]) | st.decimals(
    1, 9999, places=2
)
currencies = st.sampled_from([None, "USD", "USD", "USD", "EUR", "eur", "GBP", "JPY"])  # JPY never has a rate
sources = st.sampled_from([None, "Google Ads", "Referral", "Webinar", "Quux"])
people = st.sampled_from([None, "Olga", "Pavel", "Nobody"])  # Nobody is in no table of people
account_ids = st.sampled_from([*ACCOUNTS, "stranger"])  # the stranger is in no table of accounts
campaigns = st.sampled_from([None, "spring", "autumn"])


def maybe(values: st.SearchStrategy[Any], *often: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(often or (None,)) | values
