"""The whole company: every step of the simulation in its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .accounts import account_deals, lives
from .billing import Billing, settle_statuses
from .deals import Market, number_deals, open_deals
from .leads import generate_leads
from .marketing import AdDay, LedgerLine, ad_days, ledger
from .moscow import RussianDeal, rouble_rates, russian_deals
from .records import Company, Contact, Deal, Subscription
from .service import Activity, Ticket, activities, tickets
from .team import SALES_TEAM, Person, roster, someone
from .world import END, START, Dice

PROSPECTS = 84  # companies in the CRM that never opened a deal


@dataclass
class Demo:
    people: list[Person]
    companies: list[Company]
    contacts: list[Contact]
    deals: list[Deal]
    subscriptions: list[Subscription]
    tickets: list[Ticket]
    activities: list[Activity]
    ads: list[AdDay]
    ledger: list[LedgerLine]
    russian: list[RussianDeal]
    rates: list[tuple[object, float]]


def simulate() -> Demo:
    """The demo company's three years; the same on every run."""
    people = roster()
    leads = generate_leads(people)
    market = Market()
    deals = open_deals(leads, market, people)
    billing = Billing(market)
    billing.run(deals)
    settle_statuses(billing.rows)
    deals += account_deals(billing, people)
    number_deals(deals)
    contacts = [c for c in leads if c.created >= START or c.deal_id]
    _place_contacts(contacts, market)
    _own_companies(market, deals, billing, people)
    known = _companies_of_the_exports(market, contacts, deals, billing)
    return Demo(
        people=people,
        companies=known,
        contacts=contacts,
        deals=deals,
        subscriptions=billing.rows,
        tickets=tickets(billing),
        activities=activities(contacts, deals),
        ads=ad_days(contacts),
        ledger=ledger(people),
        russian=russian_deals(people),
        rates=list(rouble_rates()),
    )


def _place_contacts(contacts: list[Contact], market: Market) -> None:
    """Contacts without a deal: two thirds work at a company that is known, the others at none yet."""
    dice = Dice("contact companies")
    for _ in range(PROSPECTS):
        lead = dice.choice(contacts)
        if lead.company is None:
            lead.company = market.meet(lead.source, lead.created)
    by_source: dict[str, list[Company]] = {}
    for company in sorted(market.companies, key=lambda c: c.created):
        by_source.setdefault(company.source, []).append(company)
    for contact in contacts:
        if contact.company is None and dice.chance(0.66):
            able = [c for c in by_source.get(contact.source, []) if c.created <= contact.created]
            contact.company = dice.choice(able) if able else None


def _own_companies(market: Market, deals: list[Deal], billing: Billing, people: list[Person]) -> None:
    """Customers belong to a success manager who is here today, prospects to the seller of the last deal."""
    dice, today = Dice("company owners"), END - timedelta(days=1)
    customers = {company_id for company_id, (_, _, last) in lives(billing.rows).items() if last >= END}
    last_seller = {d.company.id: d.owner for d in deals if d.type == "New Business"}
    for company in market.companies:
        seller = last_seller.get(company.id)
        if company.id in customers:
            company.owner = someone(dice, people, "Customer Success", today).name
        elif seller and seller.works_on(today):
            company.owner = seller.name
        else:
            company.owner = someone(dice, people, SALES_TEAM[company.segment], today).name


def _companies_of_the_exports(
    market: Market, contacts: list[Contact], deals: list[Deal], billing: Billing
) -> list[Company]:
    """Companies that some other export names (those whose only deal closed before the first day are gone).

    They are numbered anew, by the day of their creation, as HubSpot does.
    """
    named = {c.company.id for c in contacts if c.company} | {d.company.id for d in deals}
    named |= {s.company.id for s in billing.rows}
    known = sorted((c for c in market.companies if c.id in named), key=lambda c: (c.created, c.id))
    for number, company in enumerate(known):
        company.id = str(20_815_003 + number * 13)
    return known
