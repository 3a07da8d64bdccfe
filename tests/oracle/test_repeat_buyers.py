"""Repeat buyers: the model against its publication, the counts against a loop, the sentence against both."""

from __future__ import annotations

import datetime as dt
import math
import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from revops.analysis import Cell, View
from revops.analysis.bg_nbd import Buyers, Model, fitted, log_likelihood
from revops.analysis.core import CellResult
from revops.analysis.repeat_buyers import FEWEST
from revops.analysis.run import run_cell
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.support import workspace_of

AS_OF = dt.date(2025, 12, 31)
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2026, 1, 1)), as_of=AS_OF)
PUBLISHED = Model(r=0.242593, alpha=4.413532, a=0.792886, b=2.425752)  # Fader, Hardie, Lee 2005, CDNOW


def alike(*rows: tuple[float, float, float, float]) -> Buyers:
    times, recency, age, customers = (np.array(c, dtype="float64") for c in zip(*rows, strict=True))
    return Buyers(times=times, recency=recency, age=age, customers=customers)


# --- the model --------------------------------------------------------------------------------------


def test_the_published_parameters_of_cdnow(real_data: Path) -> None:
    told = pd.read_csv(real_data / "cdnow" / "cdnow_customers_summary.csv")
    counted = told.groupby(["frequency", "recency", "T"]).size().reset_index(name="n").astype("float64")
    of = alike(*counted.itertuples(index=False, name=None))
    model = fitted(of)
    assert model is not None
    found = (model.r, model.alpha, model.a, model.b)
    assert found == pytest.approx((0.242593, 4.413532, 0.792886, 2.425752), rel=2e-5)
    assert log_likelihood(model, of) == pytest.approx(-9582.4, abs=0.05)


def test_the_published_customer() -> None:
    """Bought twice more, the last time in week 30.43 of 38.86: 1.226 purchases in the next 39 weeks."""
    one = alike((2, 30.43, 38.86, 1))
    assert PUBLISHED.expected(one, 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_the_likelihood_is_the_papers_formula_term_by_term() -> None:
    x, last, age = 2, 30.43, 38.86
    r, alpha, a, b = PUBLISHED.r, PUBLISHED.alpha, PUBLISHED.a, PUBLISHED.b
    beta = lambda p, q: math.gamma(p) * math.gamma(q) / math.gamma(p + q)  # noqa: E731
    rate = math.gamma(r + x) * alpha**r / math.gamma(r)
    still = beta(a, b + x) / beta(a, b) * rate / (alpha + age) ** (r + x)
    gone = beta(a + 1, b + x - 1) / beta(a, b) * rate / (alpha + last) ** (r + x)
    assert log_likelihood(PUBLISHED, alike((x, last, age, 1))) == pytest.approx(math.log(still + gone))


def test_who_came_once_counts_as_a_customer_and_silence_makes_doubtful() -> None:
    alive = PUBLISHED.alive(alike((0, 0, 50, 1), (5, 50, 52, 1), (5, 10, 52, 1)))
    assert alive[0] == 1
    assert alive[1] > 0.8
    assert alive[2] < 0.2


def test_where_nobody_leaves_a_rate_is_all_there_is() -> None:
    model = Model(r=2.0, alpha=10.0, a=0.0, b=1.0)
    assert model.alive(alike((3, 5, 90, 1)))[0] == 1
    assert model.expected(alike((3, 5, 90, 1)), 20)[0] == pytest.approx(20 * (2 + 3) / (10 + 90))


# --- the cell ---------------------------------------------------------------------------------------


def bought() -> list[tuple[str, dt.date]]:
    """Three hundred customers who come by a rate of their own and may leave after each purchase; some days repeat."""
    chance = random.Random(7)
    days = []
    for number in range(300):
        day, rate = dt.date(2023, 1, 1) + dt.timedelta(days=chance.randrange(500)), chance.gammavariate(1, 1 / 60)
        while day <= AS_OF + dt.timedelta(days=40):
            days += [(f"c{number}", day)] * chance.choice([1, 1, 1, 2])
            if chance.random() < 0.2:
                break
            day += dt.timedelta(days=1 + int(chance.expovariate(rate)))
    return days


BOUGHT = bought()


def deals() -> list[dict[str, object]]:
    won = [
        {"opportunity_id": f"w{n}", "account_id": account, "stage": "Won", "status": "won", "created_at": day,
         "closed_at": day}
        for n, (account, day) in enumerate(BOUGHT)
    ]  # fmt: skip
    lost = {"opportunity_id": "l", "account_id": "c1", "stage": "Lost", "status": "lost", "created_at": AS_OF,
            "closed_at": AS_OF}  # fmt: skip
    return [*won, lost, {**won[0], "opportunity_id": "nobody", "account_id": None}]


def by_hand(until: dt.date) -> dict[str, tuple[int, int, int]]:
    """account -> purchases after the first, days to the last, days to `until`."""
    days: dict[str, set[dt.date]] = {}
    for account, day in BOUGHT:
        if day <= until:
            days.setdefault(account, set()).add(day)
    return {a: (len(d) - 1, (max(d) - min(d)).days, (until - min(d)).days) for a, d in days.items()}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(workspace_of(tmp_path_factory.mktemp("again") / "w.duckdb", {"opportunities": deals()}))


@pytest.fixture(scope="module")
def cell(engine: Engine) -> CellResult:
    return run_cell(engine, Cell(analysis="repeat_buyers"), VIEW)


def test_classes_hold_the_customers_and_the_models_sums(cell: CellResult) -> None:
    known = by_hand(AS_OF)
    model = cell.result.facts["model"]
    ahead = 365.25 / 7
    rows = cell.result.frame.set_index("group")
    for group, low, high in (("1", 1, 1), ("2", 2, 2), ("3-4", 3, 4), ("5-9", 5, 9), ("10+", 10, 10**9)):
        held = [(x, last / 7, age / 7, 1.0) for x, last, age in known.values() if low <= x + 1 <= high]
        assert rows.at[group, "customers"] == len(held)
        assert rows.at[group, "value"] == pytest.approx(model.expected(alike(*held), ahead).sum())
        assert rows.at[group, "alive"] == pytest.approx(model.alive(alike(*held)).sum())
    assert cell.result.facts["repeaters"] == sum(x > 0 for x, _last, _age in known.values())


def test_the_model_of_a_year_ago_is_held_against_what_came(cell: CellResult) -> None:
    then = dt.date(2024, 12, 31)
    known = by_hand(then)
    came = {(a, d) for a, d in BOUGHT if then < d <= AS_OF and a in known}
    model = fitted(alike(*((x, last / 7, age / 7, 1.0) for x, last, age in known.values())))
    assert model is not None
    told = model.expected(alike(*((x, last / 7, age / 7, 1.0) for x, last, age in known.values())), 365.25 / 7).sum()
    facts = cell.result.facts
    assert facts["came"] == len(came)
    assert facts["tested"] == pytest.approx(told, rel=1e-3)
    assert facts["error"] == pytest.approx(told / len(came) - 1, abs=1e-3)


def test_a_class_opens_to_its_customers_with_their_chance(engine: Engine, cell: CellResult) -> None:
    assert cell.analysis.behind is not None
    listed = cell.analysis.behind(engine, cell, {"group": "3-4"}, None)
    known = {a: told for a, told in by_hand(AS_OF).items() if 3 <= told[0] + 1 <= 4}
    assert listed.total == len(known)
    chances = dict(zip(listed.frame["account_id"], listed.frame["alive"], strict=True))
    model = cell.result.facts["model"]
    for account, (x, last, age) in known.items():
        wanted = model.alive(alike((x, last / 7, age / 7, 1)))[0]
        assert float(chances[account]) == pytest.approx(wanted, abs=1e-9)


def test_the_finding_says_what_is_expected_and_how_far_it_was_off(cell: CellResult) -> None:
    facts = cell.result.facts
    assert cell.finding.en.startswith(f"{facts['customers']} customers have bought so far and will buy about ")
    assert f"12 months ago the same model would have told {round(facts['tested'])} where {facts['came']} came" in (
        cell.finding.en
    )
    assert f"а было {facts['came']} (" in cell.finding.ru


def test_the_models_parameters_are_written_as_each_language_writes_numbers(cell: CellResult) -> None:
    note = cell.result.notes[0]
    assert re.search(r"r \d+\.\d{4}, alpha \d+\.\d{4}, a \d+\.\d{4}, b \d+\.\d{4}\.$", note.en)
    assert re.search(r"r \d+,\d{4}; alpha \d+,\d{4}; a \d+,\d{4}; b \d+,\d{4}\.$", note.ru)


def test_too_few_repeaters_are_said(tmp_path: Path) -> None:
    rows = [row for row in deals() if row["account_id"] in {f"c{n}" for n in range(20)}]
    cell = run_cell(Engine(workspace_of(tmp_path / "few.duckdb", {"opportunities": rows})),
                    Cell(analysis="repeat_buyers"), VIEW)  # fmt: skip
    assert cell.result.empty is not None
    assert f"a model of repeat buying needs {FEWEST}" in cell.finding.en


def test_invoices_where_there_are_no_deals(tmp_path: Path) -> None:
    bills = [
        {"invoice_id": str(n), "account_id": a, "issued_at": d, "amount": 10, "currency": "USD"}
        for n, (a, d) in enumerate(BOUGHT)
    ]
    cell = run_cell(Engine(workspace_of(tmp_path / "bills.duckdb", {"invoices": bills})),
                    Cell(analysis="repeat_buyers"), VIEW)  # fmt: skip
    assert cell.result.facts["of"] == "invoices"
    assert cell.result.facts["customers"] == len(by_hand(AS_OF))
