"""Retention by cohort and age on random companies equals a loop over customers and months."""

from __future__ import annotations

import datetime as dt

from hypothesis import given

from revops.analysis import Cell, View
from revops.analysis.run import run_cell
from revops.metrics.core import Period
from tests.property.oracle_money import DAY, total
from tests.property.oracle_recurring import Books
from tests.property.worlds import World, engine_of, examples, worlds

AS_OF = dt.date(2024, 8, 31)
AGES = 8


def next_month(first: dt.date) -> dt.date:
    return (first + 32 * DAY).replace(day=1)


@examples(3)
@given(worlds("subscriptions"))
def test_cohorts(world: World) -> None:
    books = Books(world)
    came: dict[dt.date, list[str]] = {}
    for account in books.accounts:
        first = books.first_activation(account)
        if first and first[0] <= AS_OF:
            came.setdefault(first[0].replace(day=1), []).append(account)
    with engine_of(world) as engine:
        view = View(period=Period(dt.date(2024, 1, 1), dt.date(2024, 9, 1)), as_of=AS_OF)
        frame = run_cell(engine, Cell(analysis="cohorts", params={"ages": AGES}), view).result.frame
    assert sorted(set(frame["cohort"])) == sorted(came)
    for cohort, group in frame.groupby("cohort"):
        accounts, following = came[cohort], next_month(cohort)
        assert set(group["size"]) == {len(accounts)}
        for row in group.itertuples():
            states = [books.state(a, following - DAY) for a in accounts]
            if following - DAY > AS_OF:
                assert row.retention != row.retention, f"{cohort}, age {row.age}: beyond {AS_OF}, so empty"
            else:
                assert row.customers == sum(s.active > 0 for s in states), f"{cohort}, age {row.age}"
                assert abs(row.mrr - float(total(s.mrr for s in states))) < 0.001, f"{cohort}, age {row.age}"
            following = next_month(following)
