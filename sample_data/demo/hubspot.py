"""HubSpot's three exports: every value in quotes, dates as YYYY-MM-DD HH:MM, UTF-8."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .company import Demo
from .earlier import as_they_were
from .names import mailbox
from .records import Contact, Deal
from .world import STAGES

Row = list[object]

COMPANIES = (
    "Record ID,Company name,Company Domain Name,Industry,Country/Region,Number of Employees,Company owner,"
    "Original Traffic Source,Segment,Region,Create Date"
).split(",")
CONTACTS = (
    "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage,Lead Status,"
    "Became a Marketing Qualified Lead Date,Became a Sales Qualified Lead Date,First Outreach Date,"
    "Original Traffic Source,Campaign,Contact owner,Associated Company ID,Associated Company,Associated Deal ID,"
    "Disqualified Date,Disqualification Reason"
).split(",")
DEALS = (
    "Record ID,Deal Name,Pipeline,Deal Stage,Deal Type,Amount,Currency,Create Date,Close Date,Deal owner,Team,"
    "Associated Company ID,Original Traffic Source,Campaign,Product,Closed Lost Reason"
).split(",") + [f'Date entered "{stage} (Sales Pipeline)"' for stage in STAGES]

REVIEW = DEALS[: -len(STAGES)]  # the view that the pipeline review takes with it: without the dates of stages

FREE_MAIL = ("postbox.example", "webmail.example", "inbox.example")


def stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def companies(demo: Demo) -> Iterator[Row]:
    for c in demo.companies:
        yield [
            c.id,
            c.name,
            c.domain,
            c.industry,
            c.country,
            c.employees,
            c.owner,
            c.source,
            c.segment,
            c.region,
            stamp(c.created),
        ]


def contacts(demo: Demo) -> Iterator[Row]:
    taken: set[str] = set()
    stage_of = {d.id: d.stage for d in demo.deals}
    for number, c in enumerate(demo.contacts):
        domain = c.company.domain if c.company else FREE_MAIL[number % 3]
        address = mailbox(c.first, c.last, domain)
        if address in taken:  # HubSpot keeps one contact an address
            address = address.replace("@", f"{c.id[-4:]}@")
        taken.add(address)
        stage, status = _lifecycle(c, stage_of.get(c.deal_id, ""))
        yield [
            c.id,
            c.first,
            c.last,
            address,
            stamp(c.created),
            stage,
            status,
            stamp(c.mql),
            stamp(c.sql),
            stamp(c.outreach),
            c.source,
            c.campaign,
            c.owner,
            c.company.id if c.company else "",
            c.company.name if c.company else "",
            c.deal_id,
            stamp(c.disqualified),
            c.reason,
        ]


def _lifecycle(c: Contact, deal_stage: str) -> tuple[str, str]:
    """(lifecycle stage, lead status) as they stand on the last day."""
    if deal_stage == "Closed Won":
        return "Customer", "Connected"
    if deal_stage:
        return "Opportunity", "Bad Timing" if deal_stage == "Closed Lost" else "Open Deal"
    stage = "Sales Qualified Lead" if c.sql else "Marketing Qualified Lead" if c.mql else "Lead"
    if c.disqualified:
        return stage, "Unqualified"
    return stage, "In Progress" if c.sql else "Attempted to Contact" if c.outreach else "New"


def deals(demo: Demo) -> Iterator[Row]:
    for d in demo.deals:
        yield _deal(d)


def review(demo: Demo) -> Iterator[Row]:
    """The deals of a month before, in the columns REVIEW."""
    for d in as_they_were(demo.deals):
        yield _deal(d)[: len(REVIEW)]


def _deal(d: Deal) -> Row:
    return [
        d.id,
        d.name,
        "Sales Pipeline",
        d.stage,
        d.type,
        "" if d.amount is None else f"{d.amount:.2f}".removesuffix(".00"),
        "USD",
        stamp(d.created),
        stamp(d.closed),
        d.owner.name,
        d.owner.team,
        d.company.id,
        d.source,
        d.campaign,
        d.product,
        d.reason,
        *(stamp(d.entered.get(stage)) for stage in STAGES),
    ]
