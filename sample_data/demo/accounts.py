"""Deals with existing customers: expansions and renewals."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from .billing import Billing
from .deals import loss_reason, pass_stages
from .records import Company, Deal, Subscription
from .team import Person, someone
from .world import END, REVOPS_START, START, Dice, minute

EXPANSION_DEAL = 0.62  # the share of upward changes that went through the CRM
LOST_EXPANSIONS_A_MONTH = 6.6
EXPANSION_AMOUNT = {"SMB": 2100.0, "Mid-Market": 6000.0, "Enterprise": 18500.0}


def lives(rows: list[Subscription]) -> dict[str, tuple[Company, datetime, datetime]]:
    """For each company id: the company, its first start and its last end (the last day where still active)."""
    found: dict[str, tuple[Company, datetime, datetime]] = {}
    for sub in rows:
        if sub.trial_end and sub.ended == sub.trial_end:
            continue
        _, first, last = found.get(sub.company.id, (sub.company, sub.started, sub.started))
        found[sub.company.id] = (sub.company, min(first, sub.started), max(last, sub.ended or END))
    return found


def account_deals(billing: Billing, people: list[Person]) -> list[Deal]:
    """Expansion and renewal deals closed on or after the first day, or still open."""
    dice = Dice("account deals")
    accounts = lives(billing.rows)
    deals = _won_expansions(dice, billing, accounts, people)
    deals += _other_expansions(dice, accounts, people)
    deals += _renewals(dice, billing, accounts, people)
    return [d for d in deals if d.closed >= START or d.is_open]


def _deal(
    people: list[Person],
    dice: Dice,
    company: Company,
    kind: str,
    product: str,
    amount: float,
    opened: datetime,
    closed: datetime,
) -> Deal:
    name = f"{company.name} - {product} {'renewal' if kind == 'Renewal' else 'expansion'}"
    owner = someone(dice, people, "Customer Success", opened)
    source = company.source
    return Deal("", name, "", kind, amount, minute(opened), closed, owner, company, source, "", product)


def _cycle(dice: Dice, opened_near: datetime) -> timedelta:
    return timedelta(days=dice.lognormal(26 if opened_near >= REVOPS_START else 38, 0.45))


def _won_expansions(
    dice: Dice, billing: Billing, accounts: dict[str, tuple[Company, datetime, datetime]], people: list[Person]
) -> list[Deal]:
    deals = []
    for change in billing.changes:
        closed = change.at - timedelta(days=dice.uniform(3.2, 9))
        opened = dice.office_hours(closed - _cycle(dice, closed - timedelta(days=25)))
        if change.delta < 90 or opened <= accounts[change.company.id][1] or not dice.chance(EXPANSION_DEAL):
            continue
        deal = _deal(
            people,
            dice,
            change.company,
            "Existing Business",
            change.product,
            round(change.delta * 12, 2),
            opened,
            closed,
        )
        pass_stages(dice, deal, won=True)
        deals.append(deal)
    return deals


def _other_expansions(
    dice: Dice, accounts: dict[str, tuple[Company, datetime, datetime]], people: list[Person]
) -> list[Deal]:
    """Expansions that were tried and lost, or are still being tried."""
    deals = []
    for _ in range(round(LOST_EXPANSIONS_A_MONTH * 36)):
        opened = dice.office_hours(START + (END - START) * dice.random() ** 0.8 - timedelta(days=3))
        able = [c for c, first, last in accounts.values() if first < opened - timedelta(days=30) and opened < last]
        company = dice.choice(able)
        amount = float(round(dice.lognormal(EXPANSION_AMOUNT[company.segment], 0.5)))
        product = dice.choice(("Managed IT", "Cloud", "Security"))
        closed = opened + _cycle(dice, opened) * dice.uniform(0.6, 1.5)
        deal = _deal(people, dice, company, "Existing Business", product, amount, opened, closed)
        pass_stages(dice, deal, won=False)
        deals.append(deal)
    return deals


def _renewals(
    dice: Dice, billing: Billing, accounts: dict[str, tuple[Company, datetime, datetime]], people: list[Person]
) -> list[Deal]:
    """A renewal a year for the larger accounts: won where the account stayed, lost where it left."""
    mrr = defaultdict(list)
    for sub in billing.rows:
        mrr[sub.company.id].append(sub)
    left = {company.id: (at, monthly) for company, at, monthly in billing.churned}
    deals = []
    for company, first, last in accounts.values():
        if company.segment == "SMB" or not dice.chance(0.55):
            continue
        for year in range(1, 6):
            due = first + timedelta(days=365 * year)
            if due > last or due < START:
                continue
            held = sum(s.monthly() for s in mrr[company.id] if s.started <= due and (s.ended is None or s.ended > due))
            if held:
                deals.append(_renewal(dice, people, company, held, due, won=True))
    for company_id, (at, monthly) in left.items():
        company, first, _ = accounts[company_id]
        if at - first > timedelta(days=240) and monthly and dice.chance(0.42) and at > START:
            deals.append(_renewal(dice, people, company, monthly, at, won=False))
    return [d for d in deals if d.created < END]


def _renewal(dice: Dice, people: list[Person], company: Company, monthly: float, due: datetime, *, won: bool) -> Deal:
    early = (30, 56) if due - timedelta(days=45) >= REVOPS_START else (45, 80)
    opened = dice.office_hours(due - timedelta(days=dice.uniform(*early)))
    closed = due - timedelta(days=dice.uniform(1, 12))
    deal = _deal(people, dice, company, "Renewal", "Managed IT", round(monthly * 12, 2), opened, closed)
    deal.entered = {"Discovery": deal.created}
    for stage, part in (("Proposal", 0.4), ("Negotiation", 0.75)):
        deal.entered[stage] = minute(opened + (closed - opened) * part)
    deal.closed = dice.office_hours(closed)
    if deal.closed < END:
        deal.stage = "Closed Won" if won else "Closed Lost"
        deal.entered[deal.stage] = deal.closed
        deal.reason = "" if won else loss_reason(dice, deal.closed)
    else:
        deal.entered = {s: t for s, t in deal.entered.items() if t < END}
        deal.stage = list(deal.entered)[-1]
    return deal
