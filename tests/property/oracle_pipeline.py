"""How the pipeline moves, by the metrics contract, in plain Python: what is due, slips, ages, and what is planned.

A deal is open on a day when it was created by then and has not been closed by then; one that is won or lost, nobody
knows when, is open on no day. A deal is in one stage at a time: in the one that it entered last, until it leaves it,
enters another or is closed.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass

from tests.property.oracle_money import DAY, each_day, ratio, total
from tests.property.oracle_sales import Deals, Value, average_won_deal, middle, sales_cycle
from tests.property.world_plans import MONTHS_OF_QUOTA, PERIODS
from tests.property.worlds import Row

WON_REVENUE = ("won revenue", "won_revenue", "продажи")
FOREVER = dt.datetime.max


@dataclass(frozen=True)
class Pipeline(Deals):
    """The deals of one dimension value. end: of the period as far as as_of; whole_end: of all of it."""

    whole_end: dt.date = dt.date.max

    def closed_on(self, deal: Row) -> dt.date | None:
        """The day it was decided; of an open one: never."""
        if deal["status"] == "open":
            return dt.date.max
        return deal["closed_at"].date() if deal["closed_at"] else None

    def open_on(self, deal: Row, day: dt.date) -> bool:
        closed = self.closed_on(deal)
        return closed is not None and deal["created_at"].date() <= day < closed

    # --- due and slipped

    def expected(self, end: dt.date) -> list[Row]:
        dated = [d for d in self.of("opportunities") if d["expected_close_at"] is not None]
        return [d for d in dated if self.start <= d["expected_close_at"] < end]

    def slipped(self) -> int:
        return sum(self.open_on(d, self.end - DAY) for d in self.expected(self.end))

    def due(self) -> int:
        """Known by the end of the period, and not decided before it began."""
        count = 0
        for deal in self.expected(self.end):
            closed = self.closed_on(deal)
            count += closed is not None and deal["created_at"].date() < self.end and closed >= self.start
        return count

    def coverage(self) -> Value:
        """Open today and due in the period (also later in it) / what of the target is not won yet."""
        today = min(self.as_of, self.whole_end - DAY)
        still = [d for d in self.expected(self.whole_end) if self.open_on(d, today)]
        amounts = self.amounts(still, "created_at")
        target = self.target()
        if target is None:
            return None
        missing = target - float(total(self.amounts(self.closed("won"), "closed_at")))
        return float(total(amounts)) / missing if missing > 0 else None

    # --- targets

    def target(self) -> float | None:
        """Of won revenue for every day of the period: by months, else quarters, else years; else the parts' sum."""
        wanted = [t for t in self.world["targets"] if t["metric"].lower() in WON_REVENUE and PERIODS[t["period"]]]
        for segments in self.segments(wanted):
            for longest in (31, 92, 366):
                parts = [self.spread([t for t in wanted if t["segment"] == s], longest) for s in segments]
                known = [p for p in parts if p is not None]
                # a part with no target in these days takes no part; one whose targets leave days out tells nothing
                if known and all(len(p) == (self.whole_end - self.start).days for p in known):
                    return sum(sum(p) for p in known)
        return None

    def segments(self, wanted: list[Row]) -> list[list[str | None]]:
        """Whose targets to take: the company's own, else those of its parts; of one segment, that one's."""
        if self.dimension == "segment":
            return [[self.value]]
        return [[None], sorted({t["segment"] for t in wanted if t["segment"] is not None})]

    def spread(self, targets: list[Row], longest: int) -> list[float] | None:
        """What each day of the period is to bring, by targets of that length; days without one are left out."""
        found = []
        for day in each_day(self.start, self.whole_end):
            for target in targets:
                first, over = PERIODS[target["period"]] or (dt.date.max, dt.date.max)
                length = (over - first).days
                if first <= day < over and {31: 1, 92: 32, 366: 93}[longest] <= length <= longest:
                    found.append(target["value"] / length)
        return found or None

    # --- quotas

    def quotas(self) -> float:
        """Each person's quota of a month, spread over its days, for the days on which the person was there."""
        asked = 0.0
        for person in self.world["people"]:
            months = MONTHS_OF_QUOTA[person["quota_period"]]
            if person["quota_amount"] is None or months is None or not self.of_person(person):
                continue
            for day in each_day(self.start, self.end):
                if (person["started_at"] or day) <= day <= (person["ended_at"] or day):
                    asked += person["quota_amount"] / months / monthrange(day.year, day.month)[1]
        return asked

    def of_person(self, person: Row) -> bool:
        field = "person" if self.dimension == "owner" else self.dimension
        return field is None or (person[field] or "") == self.value

    def sold(self) -> float:
        quoted = [p for p in self.world["people"] if p["quota_amount"] and MONTHS_OF_QUOTA[p["quota_period"]]]
        carriers = {p["person"] for p in quoted}
        won = [d for d in self.closed("won") if d["owner"] in carriers]
        return float(total(self.amounts(won, "closed_at")))

    # --- stages

    def stays(self, deal: Row) -> list[tuple[str, dt.datetime, dt.datetime]]:
        """(stage, from, up to) of the deal, in order; none of one that was closed nobody knows when."""
        if self.closed_on(deal) is None:
            return []
        events = [e for e in self.world["stage_events"] if e["opportunity_id"] == deal["opportunity_id"]]
        events.sort(key=lambda e: (e["entered_at"], e["left_at"] or FOREVER, e["stage"].lower()))
        closed = deal["closed_at"] if deal["status"] != "open" else FOREVER
        found = []
        for number, event in enumerate(events):
            ends = [event["left_at"], closed, *(e["entered_at"] for e in events[number + 1 : number + 2])]
            if event["entered_at"] < closed:
                found.append((event["stage"].lower(), event["entered_at"], min(e for e in ends if e is not None)))
        return found

    def usual(self, pipeline: str | None, stage: str) -> float | None:
        """Median days in the stage of all deals of the pipeline that were won by as_of."""
        days = []
        for deal in self.world["opportunities"]:
            closed = self.closed_on(deal)
            if deal["pipeline"] == pipeline and deal["status"] == "won" and closed and closed <= self.as_of:
                own = [(over - since) for at, since, over in self.stays(deal) if at == stage]
                days += [took.total_seconds() / 86400 for took in own if took >= dt.timedelta()]
        told = middle(days)
        return None if told is None else float(told)

    def ageing(self) -> Value:
        """Of the deals in a stage on the last day whose usual stay is known, the share that is in it for longer."""
        old = counted = 0
        for deal in self.of("opportunities"):
            for stage, since, over in self.stays(deal):
                usual = self.usual(deal["pipeline"], stage)
                if since.date() < self.end <= over.date() and usual is not None:
                    counted += 1
                    old += (self.end - since.date()).days > usual
        return ratio(old, counted)


def velocity(p: Pipeline) -> Value:
    """Open deals x win rate x average won deal / days of the cycle."""
    average, cycle = average_won_deal(p), sales_cycle(p)
    if average is None or not cycle:
        return None
    rate = len(p.closed("won")) / len(p.closed("won", "lost"))
    return len(p.open()) * rate * float(average) / float(cycle)


ORACLES: dict[str, Callable[[Pipeline], Value]] = {
    "slipped_deals": lambda p: p.slipped(),
    "slip_rate": lambda p: ratio(p.slipped(), p.due()),
    "pipeline_coverage": lambda p: p.coverage(),
    "sales_velocity": velocity,
    "stage_ageing": lambda p: p.ageing(),
    "quota_attainment": lambda p: p.sold() / p.quotas() if p.quotas() else None,
}
