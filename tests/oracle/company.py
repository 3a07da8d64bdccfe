"""A company small enough to check by eye. Every figure expected of it in test_by_hand.py was worked out on paper.

Currency USD. Half a year: January to June 2025, as of 30 June.

Recurring revenue, month by month (MRR at the month's end):
           Jan   Feb   Mar   Apr   May   Jun
  Ada      100   100   150   150   150   150   moves Pro -> Max on 5 March, the same day
  Bo       100   100   100     -     -   100   a yearly plan of 1,200; leaves 15 April, returns 1 June
  Cy         -    60    60    60    60    60   5 seats at 10 EUR, 1 EUR = 1.20 USD that day
  Di         -     -    90    45    45    45   two subscriptions of 45; one ends 20 April
  Eve        -     -     -     0     0     0   a 100 % discount: a customer at MRR 0
  Fay        -     -     -     -     -     -   a trial from 1 May to 1 June, ended 20 May: never a customer
  Gus        -     -     -     -     -     -   joins 3 May and leaves 24 May
  total    200   260   400   255   255   355
"""

from __future__ import annotations

import datetime as dt
from typing import Any

AS_OF = dt.date(2025, 6, 30)

Rows = list[dict[str, Any]]


def table(text: str) -> Rows:
    """Rows from a table drawn with | ; an empty cell is None; column names in the first line."""
    lines = text.strip().splitlines()
    header = [cell.strip() for cell in lines[0].split("|")]
    return [
        {name: cell.strip() or None for name, cell in zip(header, line.split("|"), strict=True)} for line in lines[1:]
    ]


ACCOUNTS = table("""
    account_id | segment    | source      | owner
    Ada        | enterprise | LinkedIn    | Olga
    Bo         | enterprise | Google Ads  | Olga
    Cy         | small      | Google Ads  | Pavel
    Di         | small      | LinkedIn    | Pavel
    Eve        | small      | Referral    | Pavel
    Fay        | small      | Referral    | Olga
    Gus        | enterprise | LinkedIn    | Olga
    Hal        | small      | Referral    | Olga
""")

SUBSCRIPTIONS = table("""
    subscription_id | account_id | plan | amount | currency | interval | quantity | discount | status   | started_at | trial_ends_at | ended_at   | cancel_reason
    s1              | Ada        | Pro  | 100    | USD      | month    | 1        |          | canceled | 2025-01-10 |               | 2025-03-05 |
    s2              | Ada        | Max  | 150    | USD      | month    | 1        |          | active   | 2025-03-05 |               |            |
    s3              | Bo         | Pro  | 1200   | USD      | year     | 1        |          | canceled | 2025-01-01 |               | 2025-04-15 | price
    s4              | Bo         | Pro  | 100    | USD      | month    | 1        |          | active   | 2025-06-01 |               |            |
    s5              | Cy         | Pro  | 10     | EUR      | month    | 5        |          | active   | 2025-02-01 |               |            |
    s6              | Di         | Pro  | 45     | USD      | month    |          |          | active   | 2025-03-01 |               |            |
    s7              | Di         | Pro  | 50     | USD      | month    |          | 0.1      | canceled | 2025-03-01 |               | 2025-04-20 | unused
    s8              | Eve        | Max  | 80     | USD      | month    | 1        | 1        | active   | 2025-04-01 |               |            |
    s9              | Fay        | Max  | 80     | USD      | month    | 1        |          | canceled | 2025-05-01 | 2025-06-01    | 2025-05-20 |
    s10             | Gus        | Pro  | 70     | USD      | month    | 1        |          | canceled | 2025-05-03 |               | 2025-05-24 | price
    s11             | Ada        | Max  | 999    | USD      | month    | 1        |          | draft    | 2025-05-01 |               |            |
""")

FX_RATES = table("""
    date       | currency | rate
    2025-01-15 | EUR      | 1.20
    2025-03-01 | EUR      | 1.50
""")

# created -> closed: 10, 20 and 40 days for the deals won in the first quarter
OPPORTUNITIES = table("""
    opportunity_id | account_id | type | stage    | status | amount | currency | created_at          | closed_at           | owner | source     | lead_id
    d1             | Ada        | new  | Won      | won    | 1000   | USD      | 2024-12-31 09:00:00 | 2025-01-10 09:00:00 | Olga  | LinkedIn   |
    d2             | Bo         | new  | Won      | won    | 2000   | USD      | 2025-01-02 12:00:00 | 2025-01-22 12:00:00 | Olga  | Google Ads | l2
    d3             | Cy         | new  | Won      | won    | 100    | EUR      | 2025-01-05 08:00:00 | 2025-02-14 08:00:00 | Pavel | Google Ads | l3
    d4             | Di         | new  | Lost     | lost   | 500    | USD      | 2025-01-20 10:00:00 | 2025-02-20 10:00:00 | Pavel | LinkedIn   | l4
    d5             | Eve        | new  | Lost     | lost   | 700    | USD      | 2025-02-03 10:00:00 | 2025-03-03 10:00:00 | Pavel | Referral   |
    d6             | Hal        | new  | Won      | won    | 300    | USD      | 2025-03-01 10:00:00 | 2025-05-05 10:00:00 | Olga  | Referral   |
    d7             | Ada        | expansion | Won | won    |        | USD      | 2025-04-01 10:00:00 | 2025-05-01 10:00:00 | Olga  | LinkedIn   |
    d8             | Gus        | new  | Proposal | open   | 900    | USD      | 2025-05-10 10:00:00 |                     | Olga  | LinkedIn   | l5
    d9             | Cy         | new  | Lost     | lost   | 50     | GBP      | 2025-06-01 10:00:00 | 2025-06-20 10:00:00 | Pavel | Google Ads |
""")

LEADS = table("""
    lead_id | account_id | created_at | mql_at     | sql_at     | disqualified_at | opportunity_id | source     | owner
    l1      | Ada        | 2024-12-01 | 2024-12-10 | 2025-01-03 |                 | d1             | LinkedIn   | Olga
    l2      | Bo         | 2024-12-05 | 2024-12-20 | 2025-01-04 |                 |                | Google Ads | Olga
    l3      | Cy         | 2025-01-01 | 2025-01-02 | 2025-01-06 |                 |                | Google Ads | Pavel
    l4      | Di         | 2025-01-02 | 2025-01-12 | 2025-01-21 |                 |                | LinkedIn   | Pavel
    l5      | Gus        | 2025-04-02 | 2025-05-01 | 2025-05-11 |                 |                | LinkedIn   | Olga
    l6      | Hal        | 2025-05-01 | 2025-05-02 | 2025-05-12 | 2025-05-20      |                | Referral   | Olga
    l7      |            | 2025-06-03 |            |            |                 |                | LinkedIn   | Pavel
""")

SPEND = table("""
    date       | department | category | channel    | amount | currency
    2025-01-31 | marketing  | media    | Google Ads | 400    | USD
    2025-01-31 | sales      | people   |            | 800    | USD
    2025-02-28 | marketing  | media    | LinkedIn   | 200    | EUR
    2025-02-28 | success    | people   |            | 5000   | USD
    2025-03-31 | marketing  | media    | LinkedIn   | 600    | USD
    2025-05-31 | marketing  | media    | Google Ads | 100    | GBP
    2025-05-31 | marketing  | media    | Google Ads | 450    | USD
""")

TABLES: dict[str, Rows] = {
    "accounts": ACCOUNTS,
    "subscriptions": SUBSCRIPTIONS,
    "fx_rates": FX_RATES,
    "opportunities": OPPORTUNITIES,
    "leads": LEADS,
    "spend": SPEND,
}
