"""Contacts: how they arrive, are qualified and handed over to sales."""

from __future__ import annotations

from datetime import datetime, timedelta

from .names import person
from .records import Contact
from .team import Person, someone
from .world import END, REVOPS_START, SEASON, SOURCE_WEIGHTS, Dice, minute, months, next_month, progress

RAMP_START = datetime(2023, 5, 1)  # deals that are still open on the first day came from leads of these months
LEADS_A_MONTH = 172.0

MQL_SHARE = {"Referrals": 0.68, "Partner": 0.70, "Outbound": 0.42, "Events": 0.48, "Paid Social": 0.50}
DISQUALIFIED = {
    "No budget": 24.0,
    "Not a fit": 26.0,
    "Wrong contact": 14.0,
    "Student or job seeker": 9.0,
    "No response": 20.0,
    "Competitor": 3.0,
    "Duplicate": 4.0,
}
ADS_CAMPAIGNS = (
    # campaign, type, first month, last month, share of spend
    ("Search - Brand", "Search", datetime(2023, 11, 1), END, 0.16),
    ("Search - Managed IT", "Search", datetime(2023, 11, 1), END, 0.36),
    ("Search - Cloud Backup", "Search", datetime(2023, 11, 1), END, 0.22),
    ("Display - Remarketing", "Display", datetime(2023, 11, 1), datetime(2025, 4, 1), 0.10),
    ("PMax - Security", "Performance Max", datetime(2025, 2, 1), END, 0.20),
)
EVENTS = {
    2023: ("MSP Forum 2023",),
    2024: ("Cloud Ops Day 2024", "MSP Forum 2024"),
    2025: ("Cloud Ops Day 2025", "MSP Forum 2025"),
    2026: ("Cloud Ops Day 2026", "Secure Office Summit 2026"),
}


def ads_running(at: datetime) -> dict[str, float]:
    """Google Ads campaigns that run on that day, with their share of spend."""
    day = max(at, datetime(2023, 11, 1))
    return {name: share for name, _, first, last, share in ADS_CAMPAIGNS if first <= day < last}


def campaign_of(dice: Dice, source: str, at: datetime) -> str:
    """The campaign HubSpot would name for a lead of that source."""
    quarter = f"{at.year}-Q{(at.month + 2) // 3}"
    match source:
        case "Paid Search":
            return dice.pick(ads_running(at))
        case "Paid Social":
            return dice.choice(("LinkedIn - IT Checklist", "LinkedIn - Security Audit", "LinkedIn - Free Assessment"))
        case "Events":
            return dice.choice(EVENTS[at.year])
        case "Email Marketing":
            return f"Newsletter {quarter}"
        case "Outbound":
            return f"Outbound {quarter}"
        case _:
            return ""


def generate_leads(people: list[Person]) -> list[Contact]:
    """All contacts in order of arrival, qualified as far as they got; no company or deal yet."""
    dice = Dice("leads")
    contacts: list[Contact] = []
    for month in months(RAMP_START):
        days = (next_month(month) - month).days
        volume = LEADS_A_MONTH * (0.72 + 0.56 * max(progress(month), 0)) * SEASON[month.month]
        for _ in range(round(dice.gauss(volume, volume**0.5))):
            arrived = month + timedelta(days=dice.random() * days)
            if arrived.weekday() >= 5 and dice.chance(0.6):
                arrived -= timedelta(days=2)
            contacts.append(_lead(dice, people, max(minute(arrived), month)))
    contacts.sort(key=lambda c: c.created)
    for number, contact in enumerate(contacts):
        contact.id = str(51_400_001 + number * 7)
    return contacts


def _lead(dice: Dice, people: list[Person], created: datetime) -> Contact:
    source = dice.pick(SOURCE_WEIGHTS)
    first, last = person(dice)
    owner = someone(dice, people, "Sales Development", created, seller=False)
    contact = Contact("", first, last, created, source, campaign_of(dice, source, created), owner.name)
    after = created >= REVOPS_START
    contact.outreach = _past(
        None if dice.chance(0.07 if after else 0.16) else created + _hours(dice, 3.5 if after else 19.0, 1.1)
    )
    _qualify(dice, contact)
    return contact


def _qualify(dice: Dice, contact: Contact) -> None:
    """MQL and SQL dates, or a disqualification, as far as the last day of the exports."""
    if dice.chance(MQL_SHARE.get(contact.source, 0.51)):
        wait = timedelta(minutes=dice.randint(1, 90)) if dice.chance(0.45) else _hours(dice, 96, 1.0)
        contact.mql = _past(contact.created + wait)
    if contact.mql is None:
        _disqualify(dice, contact, contact.created, 0.52)
        return
    after = contact.mql >= REVOPS_START
    if dice.chance(0.52 if after else 0.475):
        contact.sql = _past(contact.mql + _hours(dice, 24 * (2.0 if after else 6.0), 0.75))
    else:
        _disqualify(dice, contact, contact.mql, 0.7)


def _disqualify(dice: Dice, contact: Contact, since: datetime, share: float) -> None:
    if dice.chance(share):
        contact.disqualified = _past(since + _hours(dice, 24 * 12, 0.9))
        contact.reason = dice.pick(DISQUALIFIED) if contact.disqualified else ""


def _hours(dice: Dice, median: float, sigma: float) -> timedelta:
    return timedelta(hours=max(dice.lognormal(median, sigma), 0.05))


def _past(moment: datetime | None) -> datetime | None:
    """The moment to the minute, or None where it has not come by the last day."""
    return minute(moment) if moment and moment < END else None
