"""Companies and the new-business deals that qualified leads open with them."""

from __future__ import annotations

from datetime import datetime, timedelta

from .leads import RAMP_START
from .names import COUNTRIES, CompanyNames
from .records import Company, Contact, Deal
from .team import SALES_TEAM, Person, someone
from .world import (
    COMPETITOR_RISE,
    END,
    PLANS,
    REVOPS_START,
    STAGES,
    START,
    STARTER_DECLINE,
    Dice,
    minute,
)

SEGMENT_MIX = {
    "Paid Social": {"SMB": 78.0, "Mid-Market": 20.0, "Enterprise": 2.0},
    "Outbound": {"SMB": 28.0, "Mid-Market": 50.0, "Enterprise": 22.0},
    "Partner": {"SMB": 40.0, "Mid-Market": 42.0, "Enterprise": 18.0},
    "Events": {"SMB": 42.0, "Mid-Market": 40.0, "Enterprise": 18.0},
}
USUAL_MIX = {"SMB": 60.0, "Mid-Market": 30.0, "Enterprise": 10.0}
EMPLOYEES = {"SMB": (10, 99), "Mid-Market": (100, 999), "Enterprise": (1000, 8500)}
SEATS = {"SMB": 13.0, "Mid-Market": 30.0, "Enterprise": 70.0}
CYCLE_DAYS = {"SMB": 56.0, "Mid-Market": 76.0, "Enterprise": 112.0}
WIN_BY_SOURCE = {"Referrals": 1.35, "Partner": 1.25, "Outbound": 0.75, "Events": 0.95}
WIN_BY_SEGMENT = {"SMB": 1.08, "Mid-Market": 0.98, "Enterprise": 0.85}
CYCLE_AFTER = 0.74  # of the cycle before the RevOps programme
LOSS_REASONS = {
    "Price": 24.0,
    "No decision": 26.0,
    "Timing": 17.0,
    "Missing feature": 11.0,
    "Went with competitor": 12.0,
    "No budget": 10.0,
}
RIVAL = "Went with competitor"


class Market:
    """The companies known so far, and which of them may open a new-business deal."""

    def __init__(self) -> None:
        self._dice = Dice("companies")
        self._names = CompanyNames(Dice("company names"))
        self.companies: list[Company] = []
        self.busy_until: dict[str, datetime] = {}

    def meet(self, source: str, at: datetime, mix: dict[str, float] | None = None) -> Company:
        """A company new to the CRM."""
        dice = self._dice
        name, domain, industry = self._names.draw()
        country = dice.pick({c: w for c, (_, w) in COUNTRIES.items()})
        segment = dice.pick(mix or SEGMENT_MIX.get(source, USUAL_MIX))
        low, high = EMPLOYEES[segment]
        company = Company(
            id=str(20_815_003 + len(self.companies) * 13),
            name=name,
            domain=domain,
            industry=industry,
            country=country,
            region=COUNTRIES[country][0],
            employees=int(low * (high / low) ** dice.random()),
            segment=segment,
            source=source,
            created=minute(at),
        )
        self.companies.append(company)
        return company

    def candidate(self, source: str, met_by: datetime, at: datetime) -> Company:
        """A company of that source for a new deal: often one that said no before, else a new one."""
        free = [
            c
            for c in self.companies
            if c.source == source and c.created <= met_by and self.busy_until.get(c.id, RAMP_START) < at
        ]
        if free and self._dice.chance(0.64):
            return self._dice.choice(free)
        return self.meet(source, met_by)


def first_plan(dice: Dice, segment: str, at: datetime) -> str:
    """What a new customer of the segment buys at that time; the Starter plan falls out of favour."""
    if segment == "Enterprise":
        return dice.pick({"Enterprise": 70, "Cloud Scale": 18, "Security Total": 12})
    if segment == "Mid-Market":
        return dice.pick({"Business": 60, "Cloud Scale": 18, "Enterprise": 10, "Security Total": 12})
    if at < STARTER_DECLINE:
        return dice.pick({"Starter": 66, "Business": 16, "Cloud Core": 12, "Security Essentials": 6})
    return dice.pick({"Starter": 14, "Business": 42, "Cloud Core": 28, "Security Essentials": 16})


def seats_for(dice: Dice, segment: str) -> int:
    return max(3, round(dice.lognormal(SEATS[segment], 0.38)))


def open_deals(leads: list[Contact], market: Market, people: list[Person]) -> list[Deal]:
    """New-business deals of the qualified leads, in order of creation, that were open on or after the first day."""
    dice = Dice("deals")
    ready = []
    for lead in leads:
        if lead.sql and dice.chance(0.95):
            created = minute(lead.sql + timedelta(hours=max(0.1, dice.lognormal(15, 0.9))))
            if created < END:
                ready.append((created, lead))
    deals = []
    for created, lead in sorted(ready, key=lambda pair: (pair[0], pair[1].id)):
        company = market.candidate(lead.source, lead.created, created)
        deal = _deal(dice, lead, company, created, people)
        won = deal.stage == "Closed Won"
        pause = timedelta(days=dice.randint(60, 200))
        market.busy_until[company.id] = END if won or deal.is_open else deal.closed + pause
        lead.company = company
        if deal.is_open or deal.closed >= START:
            deals.append(deal)
            deal.contact = lead
    return deals


def _deal(dice: Dice, lead: Contact, company: Company, created: datetime, people: list[Person]) -> Deal:
    owner = someone(dice, people, SALES_TEAM[company.segment], created)
    after = created >= REVOPS_START
    odds = (0.272 if after else 0.210) * WIN_BY_SEGMENT[company.segment] * WIN_BY_SOURCE.get(company.source, 1.0)
    won = dice.chance(min(odds * owner.skill, 0.8))
    cycle = dice.lognormal(CYCLE_DAYS[company.segment] * (CYCLE_AFTER if after else 1.0), 0.5)
    plan, seats = first_plan(dice, company.segment, created), seats_for(dice, company.segment)
    deal = Deal(
        id="",
        name=f"{company.name} - {plan}",
        stage="",
        type="New Business",
        amount=float(PLANS[plan][1] * seats * 12),
        created=created,
        closed=created + timedelta(days=cycle if won else cycle * dice.uniform(0.55, 1.35)),
        owner=owner,
        company=company,
        source=lead.source,
        campaign=lead.campaign,
        product=PLANS[plan][0],
    )
    pass_stages(dice, deal, won)
    if deal.stage in STAGES[:2] and dice.chance(0.25):
        deal.amount = None
    return deal


def pass_stages(dice: Dice, deal: Deal, won: bool) -> None:
    """Walk the deal through its stages to its planned close; what lies after the last day has not happened."""
    reached = 5 if won else dice.choices((1, 2, 3, 4, 5), weights=(17, 25, 22, 21, 15))[0]
    path = [s for s in STAGES[:reached] if s != "Demo" or not dice.chance(0.09)]
    shares = [dice.uniform(0.5, 1.6) for _ in path]
    at, span = deal.created, deal.closed - deal.created
    for stage, share in zip(path, shares, strict=True):
        deal.entered[stage] = minute(at)
        at += span * (share / sum(shares))
    last_entry = max(deal.entered.values())
    deal.closed = max(dice.office_hours(deal.closed), last_entry + timedelta(minutes=15))
    if deal.closed < END:
        deal.stage = "Closed Won" if won else "Closed Lost"
        deal.entered[deal.stage] = deal.closed
        deal.reason = "" if won else loss_reason(dice, deal.closed)
        return
    deal.entered = {s: t for s, t in deal.entered.items() if t < END}
    deal.stage = list(deal.entered)[-1]
    if dice.chance(0.3):  # the expected date nobody moved
        deal.closed = dice.office_hours(deal.created + (END - deal.created) * dice.uniform(0.4, 0.95))


def loss_reason(dice: Dice, at: datetime) -> str:
    rising = LOSS_REASONS | ({RIVAL: 46.0} if at >= COMPETITOR_RISE else {})
    return dice.pick(rising)


def number_deals(deals: list[Deal]) -> None:
    """Record IDs in order of creation, also on the contact."""
    deals.sort(key=lambda d: (d.created, d.company.id, d.type))
    for number, deal in enumerate(deals):
        deal.id = str(9_300_017 + number * 11)
        if deal.contact:
            deal.contact.deal_id = deal.id
