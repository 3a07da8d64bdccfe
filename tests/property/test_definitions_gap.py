"""On random companies the gap between any two conventions closes, whatever the metric and the period."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from revops.analysis.core import Cell, View
from revops.analysis.definitions_gap import OFFERED
from revops.analysis.run import run_cell
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.model.definition_presets import PRESETS
from revops.model.definitions import RULES
from revops.workspace import Workspace
from tests.support import often, workspace_of

FIRST = dt.date(2025, 1, 1)
STATUSES = ("active", "active", "past_due", "unpaid", "paused", "canceled", "trialing", "draft")
SEEDS = range(often(2))
METRICS = 8  # of those offered, drawn for each company


def company(random: Random) -> list[dict[str, object]]:
    """Forty subscriptions of a dozen accounts that come and go: discounts, pauses, debts, returns, same-day changes."""
    rows: list[dict[str, object]] = []
    for number in range(40):
        start = FIRST + dt.timedelta(days=random.randrange(300))
        lasts = random.choice((None, None, 1, 20, 45, 120))
        end = None if lasts is None else start + dt.timedelta(days=lasts)
        cancelled = None if random.random() < 0.6 else start + dt.timedelta(days=random.randrange(1, 90))
        rows.append(
            {
                "subscription_id": f"s{number}",
                "account_id": f"a{random.randrange(12)}",
                "amount": random.choice((0, 10, 25.5, 99.99)),
                "interval": random.choice(("month", "month", "quarter", "year", "week")),
                "discount": random.choice((None, None, 0.15, 1)),
                "status": random.choice(STATUSES),
                "started_at": start.isoformat(),
                "ended_at": end and end.isoformat(),
                "cancelled_at": cancelled and cancelled.isoformat(),
            }
        )
    return rows


def convention(random: Random) -> str:
    """A preset with some rules changed, as a person writes it."""
    changes = [
        f"{rule.key}={random.choice((*rule.choices,) or ('never', '0', '9', '40'))}"
        for rule in RULES
        if random.random() < 0.35
    ]
    return ",".join([random.choice(PRESETS).key, *changes])


@pytest.fixture(scope="module", params=SEEDS)
def drawn(request: pytest.FixtureRequest) -> Iterator[tuple[Random, Workspace]]:
    random = Random(request.param)
    with (
        tempfile.TemporaryDirectory() as folder,
        workspace_of(Path(folder) / "random.duckdb", {"subscriptions": company(random)}) as opened,
    ):
        yield random, opened


def test_the_amounts_of_the_accounts_sum_to_the_gap(drawn: tuple[Random, Workspace]) -> None:
    random, workspace = drawn
    engine = Engine(workspace)
    told = 0
    for metric in random.sample(list(OFFERED), METRICS):
        start = FIRST + dt.timedelta(days=random.randrange(60, 200))
        period = Period(start, start + dt.timedelta(days=random.choice((7, 30, 91))))
        params = {"metric": metric, "left": convention(random), "right": convention(random)}
        found = run_cell(
            engine, Cell(analysis="definitions_gap", params=params), View(period=period, as_of=engine.as_of)
        ).result
        assert found.facts["closes"], params
        if found.facts["gap"] is not None:
            told += 1
            scale = max(1.0, abs(found.facts["left"]), abs(found.facts["right"]))
            assert abs(found.frame["amount"].sum() - found.facts["gap"]) <= 1e-9 * scale, params
            assert abs(sum(s["amount"] for s in found.facts["steps"]) - found.facts["gap"]) <= 1e-9 * scale, params
    assert told >= METRICS / 2, "most metrics can be told by both conventions"
