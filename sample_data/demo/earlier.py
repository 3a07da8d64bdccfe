"""The deals as HubSpot showed them a month before the last day: an earlier export of the same records.

What changed in October is told by the two together: deals moved on, closed and came; sellers raised and cut amounts and
moved dates; and two things reach back into September, as in any CRM: signed orders were booked at another amount, and
wins of the last days were entered late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from .records import Deal
from .world import Dice

UNTIL = datetime(2026, 10, 1)  # exclusive: the export is of the evening of 2026-09-30
CORRECTED_SINCE = datetime(2026, 9, 10)
LATE_SINCE = datetime(2026, 9, 25)
CORRECTED, ENTERED_LATE = 2, 2  # won deals


def as_they_were(deals: list[Deal]) -> Iterator[Deal]:
    """The deals created by then, as they stood; those of `deals` stay as they are."""
    dice = Dice("earlier export")
    won = [d for d in deals if d.stage == "Closed Won" and d.closed < UNTIL]
    late = {d.id for d in [d for d in won if d.closed >= LATE_SINCE][-ENTERED_LATE:]}
    booked = [d for d in won if CORRECTED_SINCE <= d.closed < LATE_SINCE and d.type == "New Business"]
    corrected = {d.id for d in booked[-CORRECTED:]}
    for deal in deals:
        if deal.created >= UNTIL:
            continue
        if deal.id in corrected:
            yield replace(deal, amount=_other_amount(deal, dice.choice((1.12, 1.2))))
        elif deal.is_open or deal.closed >= UNTIL or deal.id in late:
            yield _open(dice, deal)
        else:
            yield deal


def _open(dice: Dice, deal: Deal) -> Deal:
    """The deal while it was open: its stage, amount and expected date of that evening."""
    over = not deal.is_open
    entered = {s: t for s, t in deal.entered.items() if t < UNTIL and not s.startswith("Closed")}
    stage = max(entered, key=lambda s: entered[s])
    amount, expected = _amount(dice, deal), _expected(dice, deal, over=over)
    return replace(deal, stage=stage, entered=entered, reason="", amount=amount, closed=expected)


def _amount(dice: Dice, deal: Deal) -> float | None:
    """Mostly as now; some were raised or cut since, some were not known yet."""
    drawn, factor = dice.random(), dice.choice((0.7, 0.8, 0.85, 0.9, 1.1, 1.15, 1.25, 1.4))
    if drawn < 0.06:
        return None
    return _other_amount(deal, factor) if drawn < 0.34 else deal.amount


def _other_amount(deal: Deal, factor: float) -> float | None:
    return None if deal.amount is None else float(round(deal.amount * factor))


def _expected(dice: Dice, deal: Deal, *, over: bool) -> datetime:
    """When it was thought to close: of a deal that has closed since, about then; of an open one often sooner."""
    drawn, days, back = dice.random(), dice.randint(7, 45), dice.randint(7, 40)
    if over:
        guess = deal.closed + timedelta(days=dice.randint(-12, 25))
    elif drawn < 0.45:
        guess = deal.closed - timedelta(days=days)  # pushed out since
    elif drawn < 0.6:
        guess = deal.closed + timedelta(days=back)  # pulled in since
    else:
        return deal.closed
    return dice.office_hours(max(guess, deal.created + timedelta(days=1)))
