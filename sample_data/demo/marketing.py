"""Advertising days of Google Ads, and the finance ledger of what marketing, sales and success cost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from .leads import ADS_CAMPAIGNS, EVENTS
from .records import Contact
from .team import Person
from .world import END, REVOPS_START, SEASON, START, Dice, months, next_month, progress

AD_DAY = 330.0  # US dollars a day over all campaigns, at the start
COST_PER_CLICK = {"Search": 6.8, "Display": 1.3, "Performance Max": 3.4}
CLICK_RATE = {"Search": 0.047, "Display": 0.004, "Performance Max": 0.012}

AdDay = tuple[datetime, str, str, int, int, float, int]  # day, campaign, type, clicks, impressions, cost, conversions


def ad_days(contacts: list[Contact]) -> list[AdDay]:
    """A row a campaign a day; conversions are the contacts that HubSpot credits to the campaign on that day."""
    dice = Dice("google ads")
    converted = Counter((c.created.date(), c.campaign) for c in contacts if c.source == "Paid Search")
    rows: list[AdDay] = []
    day = START
    while day < END:
        for name, kind, first, last, share in ADS_CAMPAIGNS:
            if first <= day < last:
                mood = SEASON[day.month] * (0.55 if day.weekday() >= 5 else 1.15) * dice.uniform(0.75, 1.25)
                budget = AD_DAY * (1 + 0.35 * progress(day)) * share * mood
                clicks = dice.count(budget / COST_PER_CLICK[kind])
                shown = clicks * round(1 / CLICK_RATE[kind]) + dice.randint(0, 60)
                cost = round(clicks * COST_PER_CLICK[kind] * dice.uniform(0.85, 1.15), 2)
                rows.append((day, name, kind, clicks, shown, cost, converted[day.date(), name]))
        day += timedelta(days=1)
    return rows


LedgerLine = tuple[datetime, str, str, str, str, float]  # date, department, category, channel, campaign, amount


def ledger(people: list[Person]) -> list[LedgerLine]:
    """Costs by month, booked on its last day. Google Ads is not here: it has its own export."""
    dice = Dice("ledger")
    lines: list[LedgerLine] = []
    for month in months():
        booked = next_month(month) - timedelta(days=1)
        lines += _payroll(people, month, booked)
        lines += _tools(dice, month, booked)
        lines += _programmes(dice, month, booked)
    return lines


def _payroll(people: list[Person], month: datetime, booked: datetime) -> list[LedgerLine]:
    """Each department's people, paid by the day."""
    days = (next_month(month) - month).days
    lines: list[LedgerLine] = []
    for department in ("Marketing", "Sales", "Customer Success"):
        paid = 0.0
        for person in people:
            if person.department == department:
                at_work = sum(person.works_on(month + timedelta(days=d)) for d in range(days))
                paid += person.cost * (1 + 0.04 * max(month.year - 2024, 0)) * at_work / days
        lines.append((booked, department, "Payroll", "", "", round(paid, 2)))
    return lines


def _tools(dice: Dice, month: datetime, booked: datetime) -> list[LedgerLine]:
    extra = 4200.0 if month >= REVOPS_START else 0.0  # the RevOps programme's own systems
    base = {"Marketing": 3900.0, "Sales": 5200.0 + extra, "Customer Success": 3100.0}
    return [
        (booked, d, "Software", "", "", round(amount * (1 + 0.12 * progress(month)) * dice.uniform(0.97, 1.03), 2))
        for d, amount in base.items()
    ]


def _programmes(dice: Dice, month: datetime, booked: datetime) -> list[LedgerLine]:
    """Lead ads on LinkedIn, events, partner commissions, content, lists for outbound."""
    scale = SEASON[month.month] * (1 + 0.3 * progress(month))
    lines: list[LedgerLine] = [
        (booked, "Marketing", "Advertising", "LinkedIn Ads", name, round(cost * scale * dice.uniform(0.85, 1.15), 2))
        for name, cost in (
            ("LinkedIn - IT Checklist", 2300.0),
            ("LinkedIn - Security Audit", 2500.0),
            ("LinkedIn - Free Assessment", 2000.0),
        )
    ]
    for event in EVENTS[month.year]:
        held = 5 if event.startswith("Cloud") else 11 if event.startswith("MSP") else 9
        if month.month in (held - 1, held):
            cost = (24_000 if month.month == held else 9_000) * dice.uniform(0.9, 1.1)
            lines.append((booked, "Marketing", "Events", "Events", event, round(cost, 2)))
    commission = 2600 * (1 + 0.9 * progress(month)) * dice.uniform(0.7, 1.3)
    lines.append((booked, "Sales", "Other", "Partner", "Partner commissions", round(commission, 2)))
    content = 3400 * dice.uniform(0.8, 1.2)
    lines.append((booked, "Marketing", "Agency", "Organic Search", "Content and SEO", round(content, 2)))
    lists = 1300 * dice.uniform(0.9, 1.1)
    lines.append((booked, "Sales", "Other", "Outbound", "Contact data", round(lists, 2)))
    news = 640 * dice.uniform(0.95, 1.05)
    lines.append((booked, "Marketing", "Software", "Email Marketing", "Newsletter", round(news, 2)))
    return lines
