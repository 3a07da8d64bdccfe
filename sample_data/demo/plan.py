"""The targets that management set, month by month and quarter by quarter."""

from __future__ import annotations

from .world import END, SEASON, START, months

Target = tuple[str, str, int, str]  # metric, period (2025-01 or 2025-Q1), target, segment or blank

ARR_GOAL = {"SMB": (900_000, 1_650_000), "Mid-Market": (950_000, 2_700_000), "Enterprise": (500_000, 2_900_000)}


def targets() -> list[Target]:
    """New customers, new ARR and pipeline by month; ARR by quarter, in all and by segment."""
    rows: list[Target] = []
    for number, month in enumerate(months()):
        grow = 0.85 + 0.6 * number / 35
        season, period = SEASON[month.month], f"{month:%Y-%m}"
        rows.append(("new_customers", period, round(11 * grow * season), ""))
        rows.append(("new_arr", period, round(185 * grow * season) * 1000, ""))
        rows.append(("pipeline_created", period, round(750 * grow * season) * 1000, ""))
    for month in months():
        if month.month % 3 == 0:
            done = (month - START) / (END - START)
            quarter = f"{month.year}-Q{month.month // 3}"
            goals = {s: round(low + (high - low) * done, -4) for s, (low, high) in ARR_GOAL.items()}
            rows.append(("arr", quarter, int(sum(goals.values())), ""))
            rows += [("arr", quarter, int(goal), segment) for segment, goal in goals.items()]
    return rows
