"""Subscriptions: what accounts pay for, month after month, and how they grow, shrink, pause and leave."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from .deals import Market, first_plan, seats_for
from .names import mailbox, person
from .records import Change, Company, Deal, Subscription
from .world import END, PLANS, SOURCE_WEIGHTS, START, STARTER_DECLINE, Dice, minute

MONTH = 30.4375
CHURN = {"SMB": 0.0128, "Mid-Market": 0.0090, "Enterprise": 0.0036}  # a month
GROWTH = {"SMB": 0.028, "Mid-Market": 0.044, "Enterprise": 0.092}
PAID_SOCIAL_CHURN = 3.6
BASE_CUSTOMERS = 104
REASONS = {
    "too_expensive": 30.0,
    "switched_service": 22.0,
    "unused": 18.0,
    "missing_features": 12.0,
    "customer_service": 8.0,
    "low_quality": 5.0,
    "other": 5.0,
}
UPGRADES = {"Starter": "Business", "Business": "Enterprise", "Cloud Core": "Cloud Scale"}
ADD_ONS = {"Managed IT": ("Security Essentials", "Cloud Core"), "Cloud": ("Business",), "Security": ("Cloud Core",)}


class Billing:
    """All subscriptions, and the changes upward that a sales deal may stand behind."""

    def __init__(self, market: Market) -> None:
        self._dice = Dice("billing")
        self._market = market
        self._school: Company | None = None
        self.rows: list[Subscription] = []
        self.changes: list[Change] = []
        self.churned: list[tuple[Company, datetime, float]] = []

    def run(self, deals: Iterable[Deal]) -> None:
        """Bill the customers of before the first day, the won deals, and the trials nobody paid for."""
        for _ in range(BASE_CUSTOMERS):
            self._older_customer()
        for deal in deals:
            if deal.stage == "Closed Won":
                self._from_deal(deal)
        for _ in range(14):
            self._trial_only()
        self.rows.sort(key=lambda s: (s.started, s.company.id, s.id))

    def _older_customer(self) -> None:
        dice, span = self._dice, (START - datetime(2021, 6, 1)).days
        at = dice.office_hours(datetime(2021, 6, 1) + timedelta(days=span * dice.random() ** 0.75 * 0.985))
        company = self._market.meet(dice.pick(SOURCE_WEIGHTS), at - timedelta(days=dice.randint(20, 120)))
        self._market.busy_until[company.id] = END
        self._live(self._new(company, first_plan(dice, company.segment, at), seats_for(dice, company.segment), at))

    def _from_deal(self, deal: Deal) -> None:
        dice = self._dice
        at = dice.office_hours(deal.closed + timedelta(days=min(dice.lognormal(4, 0.7), 25)))
        if at >= END or at <= deal.closed:
            at = deal.closed + timedelta(minutes=dice.randint(20, 300))
        if at >= END:
            at = END - timedelta(minutes=7)
        plan = deal.name.rsplit(" - ", 1)[1]
        seats = round((deal.amount or 0) / 12 / PLANS[plan][1])
        discount = 100 if self._is_free(deal.company) else dice.choices((0, 10, 15, 20), (78, 12, 6, 4))[0]
        first = self._new(deal.company, plan, seats, at, discount=discount)
        if discount == 100:
            deal.amount = 0.0
        else:
            deal.amount = round(first.monthly() * 12, 2)
        if plan in ("Starter", "Cloud Core") and dice.chance(0.22):
            first.trial_end = minute(at + timedelta(days=14))
        self._live(first)

    def _is_free(self, company: Company) -> bool:
        """The one company that is served for nothing: the first small school to sign."""
        if self._school is None and company.industry == "Education" and company.segment == "SMB":
            self._school = company
        return company is self._school

    def _trial_only(self) -> None:
        dice = self._dice
        at = dice.office_hours(START + (END - START) * dice.random() - timedelta(days=3))
        company = self._market.meet(dice.choice(("Organic Search", "Direct Traffic")), at, {"SMB": 1.0})
        trial = self._new(company, "Starter" if at < STARTER_DECLINE else "Cloud Core", dice.randint(3, 12), at)
        trial.yearly, trial.discount = False, 0
        trial.trial_end = minute(at + timedelta(days=14))
        if trial.trial_end < END:
            trial.ended = trial.trial_end
            trial.cancelled = minute(at + timedelta(days=dice.uniform(2, 13.5)))
            trial.reason = dice.choice(("unused", "too_expensive", "missing_features"))
        self.rows.append(trial)

    def _new(self, company: Company, plan: str, seats: int, at: datetime, discount: int = 0) -> Subscription:
        dice = self._dice
        first, last = person(dice)
        return Subscription(
            id=self._key("sub_1", 23),
            customer=self._key("cus_", 14),
            company=company,
            email=mailbox(first, last, company.domain),
            plan=plan,
            seats=seats,
            yearly=dice.chance(0.09),
            discount=discount,
            started=minute(at),
        )

    def _key(self, prefix: str, length: int) -> str:
        return prefix + "".join(self._dice.choices(string.ascii_letters + string.digits, k=length))

    def _live(self, first: Subscription) -> None:
        """The life of one account, a step about every month, until it leaves or the last day comes."""
        dice, held, step = self._dice, [first], 0
        while held:
            step += 1
            at = first.started + timedelta(days=step * MONTH + dice.uniform(-9, 9))
            at = minute(dice.office_hours(at))
            if at >= END:
                break
            self._month(held, at, step, first)
        self.rows.extend(held)

    def _month(self, held: list[Subscription], at: datetime, step: int, first: Subscription) -> None:
        """Let at most one thing happen to the account; a closed subscription moves from `held` to the rows."""
        dice, main = self._dice, held[0]
        company = main.company
        if main.discount == 100:
            return
        if self._leaves(main, at, step):
            self._churn(held, at)
        elif not main.yearly and dice.chance(0.0016):
            self._pause(held, at)
        elif main.plan == "Starter" and at >= datetime(2025, 7, 1) and dice.chance(0.034):
            self._swap(held, 0, at, plan="Business", seats=main.seats)
        elif dice.chance(GROWTH[company.segment] * (0.3 if main.plan == "Starter" and at >= STARTER_DECLINE else 1)):
            self._grow(held, at)
        elif dice.chance(0.010):
            self._shrink(held, at)

    def _leaves(self, main: Subscription, at: datetime, step: int) -> bool:
        hazard = CHURN[main.company.segment]
        hazard *= PAID_SOCIAL_CHURN if main.company.source == "Paid Social" else 1.0
        hazard *= 1.9 if main.plan == "Starter" and at >= STARTER_DECLINE else 1.0
        if main.yearly:
            hazard = 1 - (1 - hazard) ** 12 if step % 12 == 0 else 0.0
        elif step < 3:
            hazard *= 0.4
        return self._dice.chance(hazard)

    def _close(self, sub: Subscription, at: datetime, reason: str = "") -> None:
        sub.ended, sub.reason, sub.status = at, reason, "canceled"
        sub.cancelled = at
        self.rows.append(sub)

    def _churn(self, held: list[Subscription], at: datetime) -> None:
        reason = self._dice.pick(REASONS)
        self.churned.append((held[0].company, at, sum(s.monthly() for s in held)))
        for sub in held:
            self._close(sub, at, reason)
            sub.cancelled = max(sub.started, minute(at - timedelta(days=self._dice.uniform(0, 27))))
        held.clear()

    def _pause(self, held: list[Subscription], at: datetime) -> None:
        """The account stops, and comes back two to seven months later with its first subscription."""
        dice, main = self._dice, held[0]
        for sub in held:
            self._close(sub, at, "unused")
        held.clear()
        back = minute(dice.office_hours(at + timedelta(days=dice.uniform(62, 215))))
        if back < END:
            again = replace(main, id=self._key("sub_1", 23), started=back, trial_end=None)
            again.cancelled = again.ended = None
            again.reason, again.status = "", "active"
            self._live(again)

    def _swap(self, held: list[Subscription], index: int, at: datetime, *, plan: str, seats: int) -> None:
        """End one subscription and start its successor at the same moment."""
        old = held[index]
        new = replace(old, id=self._key("sub_1", 23), plan=plan, seats=seats, started=at, trial_end=None)
        self._close(old, at)
        held[index] = new
        self._note(new.company, at, new.monthly() - old.monthly(), plan)

    def _note(self, company: Company, at: datetime, delta: float, plan: str) -> None:
        if delta > 0:
            self.changes.append(Change(company, at, round(delta, 2), PLANS[plan][0]))

    def _grow(self, held: list[Subscription], at: datetime) -> None:
        dice, main = self._dice, held[0]
        addon = dice.choice(ADD_ONS[PLANS[main.plan][0]])
        if len(held) == 1 and dice.chance(0.24):
            extra = replace(main, id=self._key("sub_1", 23), plan=addon, started=at, trial_end=None)
            extra.seats, extra.yearly = max(3, round(main.seats * dice.uniform(0.4, 0.9))), False
            held.append(extra)
            self._note(extra.company, at, extra.monthly(), addon)
        elif main.plan in UPGRADES and dice.chance(0.13):
            self._swap(held, 0, at, plan=UPGRADES[main.plan], seats=main.seats)
        else:
            low, high = (0.16, 0.40) if main.company.segment == "Enterprise" else (0.12, 0.35)
            more = main.seats + max(1, round(main.seats * dice.uniform(low, high)))
            self._swap(held, 0, at, plan=main.plan, seats=more)

    def _shrink(self, held: list[Subscription], at: datetime) -> None:
        dice, main = self._dice, held[0]
        if len(held) > 1 and dice.chance(0.4):
            self._close(held.pop(), at, "too_expensive")
        elif main.seats > 4:
            self._swap(held, 0, at, plan=main.plan, seats=max(3, round(main.seats * dice.uniform(0.7, 0.92))))


def settle_statuses(rows: list[Subscription]) -> None:
    """The status each subscription shows on the day of the export, and cancellations already announced."""
    dice = Dice("statuses")
    for sub in rows:
        if sub.ended is not None:
            sub.status = "canceled"
        elif sub.trial_end and sub.trial_end >= END:
            sub.status = "trialing"
        elif dice.chance(0.018):
            sub.status = "past_due"
        elif dice.chance(0.012) and not sub.yearly:
            sub.cancelled = minute(max(sub.started, END - timedelta(days=dice.uniform(1, 12))))
            sub.reason = dice.pick(REASONS)
