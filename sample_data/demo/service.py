"""Support tickets and the log of calls, emails and meetings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .accounts import lives
from .billing import Billing
from .records import Contact, Deal
from .world import END, START, Dice, minute

TICKETS_A_MONTH = {"SMB": 0.36, "Mid-Market": 0.64, "Enterprise": 1.15}
CATEGORIES = {
    "Incident": 28.0,
    "Service request": 24.0,
    "Access": 16.0,
    "Network": 11.0,
    "Billing": 8.0,
    "Backup": 7.0,
    "Security": 6.0,
}
PRIORITIES = {"Low": 22.0, "Normal": 48.0, "High": 22.0, "Urgent": 8.0}
RESPONSE_HOURS = {"Low": 9.0, "Normal": 5.0, "High": 1.8, "Urgent": 0.4}


@dataclass
class Ticket:
    id: str
    company_id: str
    opened: datetime
    response: datetime | None
    resolved: datetime | None
    priority: str
    status: str
    category: str
    csat: int | None


def tickets(billing: Billing) -> list[Ticket]:
    """Tickets of active accounts; an account about to leave writes more and is less content."""
    dice = Dice("tickets")
    found = []
    for company, first, last in lives(billing.rows).values():
        day = max(first, START)
        while day < last:
            upset = last < END and last - day < timedelta(days=75)
            for _ in range(dice.count(TICKETS_A_MONTH[company.segment] * (2.3 if upset else 1.0) / 4)):
                opened = dice.office_hours(day + timedelta(days=dice.randint(0, 5)))
                if opened < min(last, END):
                    found.append(_ticket(dice, company.id, opened, upset))
            day += timedelta(days=30.4375 / 4)
    found.sort(key=lambda t: (t.opened, t.company_id))
    for number, ticket in enumerate(found):
        ticket.id = f"T-{10_241 + number}"
    return found


def _ticket(dice: Dice, company_id: str, opened: datetime, upset: bool) -> Ticket:
    priority = dice.pick(PRIORITIES)
    answered = minute(opened + timedelta(hours=max(0.05, dice.lognormal(RESPONSE_HOURS[priority], 0.8))))
    resolved = minute(answered + timedelta(hours=max(0.1, dice.lognormal(RESPONSE_HOURS[priority] * 4, 0.9))))
    response = answered if answered < END else None
    stuck = dice.chance(0.012)  # waits for a supplier
    done = resolved if response and resolved < END and not stuck else None
    csat = None
    if done and dice.chance(0.46):
        csat = dice.choices((1, 2, 3, 4, 5), weights=(14, 18, 26, 26, 16) if upset else (3, 5, 12, 34, 46))[0]
    status = "Closed" if done else "Pending" if response else "Open"
    return Ticket("", company_id, opened, response, done, priority, status, dice.pick(CATEGORIES), csat)


@dataclass
class Activity:
    type: str
    at: datetime
    owner: str
    company_id: str = ""
    deal_id: str = ""
    contact_id: str = ""
    direction: str = "Outbound"
    outcome: str = ""
    seconds: int | None = None
    talk: float | None = None


def activities(contacts: list[Contact], deals: list[Deal]) -> list[Activity]:
    """The first outreach to every contact that got one, and what happened in deals, in order of time."""
    dice = Dice("activities")
    found = [_outreach(dice, c) for c in contacts if c.outreach]
    for deal in deals:
        until = min(deal.closed, END)
        for _ in range(dice.count(2.9 if deal.stage == "Closed Won" else 2.0)):
            at = minute(deal.created + (until - deal.created) * dice.random())
            if START <= at < END:
                found.append(_in_deal(dice, deal, at))
    return sorted(found, key=lambda a: (a.at, a.contact_id, a.deal_id))


def _outreach(dice: Dice, contact: Contact) -> Activity:
    assert contact.outreach is not None
    kind = dice.pick({"CALL": 45, "EMAIL": 55})
    company_id = contact.company.id if contact.company else ""
    made = Activity(kind, contact.outreach, contact.owner, company_id, "", contact.id)
    if kind == "CALL":
        _talk(dice, made, 0.42)
    else:
        made.outcome = dice.pick({"Sent": 76, "Replied": 20, "Bounced": 4})
    return made


def _talk(dice: Dice, made: Activity, reach: float) -> None:
    if dice.chance(reach):
        made.outcome, made.seconds = "Connected", round(dice.lognormal(310, 0.7))
        made.talk = round(min(0.95, max(0.1, dice.gauss(0.56, 0.13))), 2)
    else:
        made.outcome, made.seconds = dice.choice(("No answer", "Left voicemail", "Busy")), dice.randint(4, 45)


def _in_deal(dice: Dice, deal: Deal, at: datetime) -> Activity:
    kind = dice.pick({"CALL": 34, "EMAIL": 38, "MEETING": 22, "TASK": 6})
    contact_id = deal.contact.id if deal.contact else ""
    made = Activity(kind, at, deal.owner.name, deal.company.id, deal.id, contact_id)
    if kind == "CALL":
        made.direction = dice.pick({"Outbound": 80, "Inbound": 20})
        _talk(dice, made, 0.66)
    elif kind == "EMAIL":
        made.direction = dice.pick({"Outbound": 68, "Inbound": 32})
        made.outcome = "Received" if made.direction == "Inbound" else "Sent"
    elif kind == "MEETING":
        made.outcome = dice.pick({"Completed": 84, "No show": 9, "Rescheduled": 7})
        made.seconds = dice.choice((1800, 1800, 2700, 3600)) if made.outcome == "Completed" else None
    else:
        made.outcome = "Completed"
    return made
