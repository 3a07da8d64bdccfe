"""A second company for what leads, sellers and the service desk do. The figures of test_by_hand_desk.py were worked
out on paper.

Currency USD. January to March 2025, as of 15 April. A lead that has not moved on for 60 days does not any more.
"""

from __future__ import annotations

import datetime as dt

from tests.oracle.company import Rows, table

AS_OF = dt.date(2025, 4, 15)
HANDOFF_DAYS = 60

# answered after 2 hours; a2 by a call after 36; a3 after half an hour; a4 never; a6 "before it came"; a7 after 6
LEADS = table("""
    lead_id | account_id | created_at          | first_response_at   | mql_at     | sql_at     | disqualified_at | opportunity_id | owner
    a1      | Acme       | 2025-01-06 09:00:00 | 2025-01-06 11:00:00 | 2025-01-10 | 2025-01-20 |                 |                | Olga
    a2      | Bolt       | 2025-01-07 09:00:00 |                     |            |            |                 |                | Pavel
    a3      | Bolt       | 2025-01-20 08:00:00 | 2025-01-20 08:30:00 | 2025-02-01 |            | 2025-02-10      |                | Pavel
    a4      | Core       | 2025-02-03 10:00:00 |                     | 2025-02-05 |            |                 |                | Olga
    a6      | Core       | 2025-03-03 12:00:00 | 2025-03-02 12:00:00 | 2025-03-04 | 2025-03-05 |                 | o4             | Olga
    a7      | Dune       | 2025-03-10 00:00:00 |                     |            | 2025-03-20 |                 |                | Nina
""")

ACTIVITIES = table("""
    activity_id | type  | occurred_at         | lead_id | direction | owner
    c1          | call  | 2025-01-07 10:00:00 | a2      | in        | Pavel
    c2          | call  | 2025-01-08 21:00:00 | a2      | out       | Pavel
    c3          | email | 2025-01-09 09:00:00 | a2      | out       | Pavel
    c4          | email | 2025-03-09 09:00:00 | a7      | out       | Nina
    c5          | call  | 2025-03-10 06:00:00 | a7      | out       | Nina
    c6          | call  | 2025-01-06 10:00:00 |         | out       | Olga
""")

OPPORTUNITIES = table("""
    opportunity_id | account_id | type      | pipeline | stage    | status | amount | currency | created_at          | closed_at  | expected_close_at | owner | lead_id
    o1             | Acme       | new       | Sales    | Won      | won    | 1000   | USD      | 2025-01-25 12:00:00 | 2025-02-10 | 2025-01-31        | Olga  | a1
    o2             | Acme       | renewal   | Sales    | Won      | won    | 600    | USD      | 2025-01-05          | 2025-01-20 | 2025-01-20        | Pavel |
    o3             | Bolt       | renewal   | Sales    | Lost     | lost   | 400    | USD      | 2025-01-10          | 2025-03-05 | 2025-02-28        | Pavel |
    o4             | Core       | new       | Sales    | Demo     | open   | 900    | USD      | 2025-03-08          |            | 2025-03-25        | Olga  |
    o5             | Dune       | new       | Sales    | Discovery | open  | 500    | USD      | 2025-02-01          |            | 2025-02-15        | Nina  |
    o6             | Acme       | expansion | Sales    | Won      | won    | 200    | USD      | 2025-02-01          | 2025-03-31 | 2025-03-31        | Olga  |
    o7             | Core       | renewal   | Sales    | Won      | won    | 300    | USD      | 2025-02-10          | 2025-02-25 | 2025-02-28        | Olga  |
""")

# days of won deals in Demo: 4, 6 and 10, so 6 is usual; in Proposal 11.5 and 52, so 31.75; none was in Discovery
STAGE_EVENTS = table("""
    opportunity_id | stage     | entered_at          | left_at
    o1             | Demo      | 2025-01-25 12:00:00 |
    o1             | Proposal  | 2025-01-29 12:00:00 |
    o3             | Demo      | 2025-01-10          |
    o4             | Demo      | 2025-03-08          |
    o5             | Discovery | 2025-02-01          |
    o6             | Demo      | 2025-02-01          |
    o6             | Proposal  | 2025-02-07          |
    o7             | Demo      | 2025-02-10          | 2025-02-20
""")

# quotas: Olga 1,000 a month from the middle of February; Pavel 600 until the end of February; Zoe 100
PEOPLE = table("""
    person | team  | quota_amount | quota_period | started_at | ended_at
    Olga   | East  | 3000         | Quarter      | 2025-02-15 |
    Pavel  | West  | 600          | monthly      | 2024-01-01 | 2025-02-28
    Nina   | West  |              |              | 2024-01-01 |
    Zoe    | East  | 1200         | Год          |            |
    Yan    | East  | 500          | per sprint   | 2024-01-01 |
""")

TARGETS = table("""
    metric          | period  | value | segment
    Won revenue     | 2025-01 | 1000  |
    won_revenue     | Feb 2025 | 3000 |
    won-revenue     | 2025-Q1 | 5000  |
    won_revenue     | 2025-01 | 700   | small
    won_revenue     | 2025-01 | 100   | large
    mrr             | 2025-01 | 250   |
    new_customers   | 2025    | 24    |
    new_customers   | soon    | 99    |
""")

TICKETS = table("""
    ticket_id | account_id | opened_at           | first_response_at   | resolved_at         | priority | csat
    t1        | Acme       | 2025-01-05 09:00:00 | 2025-01-05 10:00:00 | 2025-01-06 09:00:00 | Urgent   | 5
    t2        | Bolt       | 2025-01-10 09:00:00 | 2025-01-10 12:00:00 | 2025-02-01 09:00:00 | Normal   | 3
    t3        | Acme       | 2025-02-20 09:00:00 | 2025-02-20 14:00:00 |                     | P1       |
    t4        | Core       | 2025-03-01 00:00:00 |                     | 2025-03-02 00:00:00 | Low      | 4
    t5        |            | 2025-03-05 00:00:00 | 2025-03-04 00:00:00 | 2025-03-05 02:00:00 | Low      |
""")

SUBSCRIPTIONS = table("""
    subscription_id | account_id | plan | amount | currency | interval | status   | started_at | ended_at   | cancelled_at
    s1              | Acme       | Pro  | 100    | USD      | month    | active   | 2024-06-01 |            |
    s2              | Bolt       | Pro  | 50     | USD      | month    | canceled | 2024-06-01 | 2025-03-20 | 2025-02-10
    s3              | Core       | Max  | 70     | USD      | month    | active   | 2024-06-01 | 2025-05-15 |
    s4              | Dune       | Max  | 30     | USD      | month    | active   | 2025-01-01 | 2025-04-10 |
""")

# late after 30 days: Acme's from 15 January until it is paid, Core's from 4 March on
INVOICES = table("""
    invoice_id | account_id | issued_at  | amount | currency | paid_at
    i1         | Acme       | 2024-12-15 | 100    | USD      | 2025-02-05
    i2         | Core       | 2025-02-01 | 70     | USD      |
    i3         | Dune       | 2025-01-01 | 30     | USD      | 2025-01-10
""")

ACCOUNTS = table("""
    account_id | segment
    Acme       | large
    Bolt       | small
    Core       | small
    Dune       | small
""")

TABLES: dict[str, Rows] = {
    "accounts": ACCOUNTS,
    "leads": LEADS,
    "activities": ACTIVITIES,
    "opportunities": OPPORTUNITIES,
    "stage_events": STAGE_EVENTS,
    "people": PEOPLE,
    "targets": TARGETS,
    "tickets": TICKETS,
    "subscriptions": SUBSCRIPTIONS,
    "invoices": INVOICES,
}
