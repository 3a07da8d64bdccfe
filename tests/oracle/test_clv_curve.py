"""Lifetime value by the curve of lifetimes, of four customers whose curve can be drawn by hand.

A and C are still here after 180 days, D left after 30, B after 60 (and came back): the curve falls to 3/4 and to 1/2.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.errors import BadParameter
from revops.metrics.engine import Engine
from revops.workspace import Settings
from tests.oracle.test_survival import ALL, ROWS
from tests.support import workspace_of

MONTH = 30.4375
ARPA = 10


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path: Path = tmp_path_factory.mktemp("clv_curve") / "w.duckdb"
    return Engine(workspace_of(path, {"subscriptions": ROWS}))


def run(engine: Engine, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="clv_curve", params=params), ALL)


def test_the_area_under_the_curve_times_arpa(engine: Engine) -> None:
    row = run(engine, months=5).result.frame.iloc[0]
    months = (30 * 1 + 30 * 3 / 4 + (5 * MONTH - 60) * 1 / 2) / MONTH
    assert (row["customers"], row["left"], row["horizon"], row["arpa"]) == (4, 2, 5, ARPA)
    assert (row["months"], row["clv"]) == (pytest.approx(months), pytest.approx(months * ARPA))


def test_its_interval_is_that_of_the_restricted_mean(engine: Engine) -> None:
    row = run(engine, months=5).result.frame.iloc[0]
    # area beyond the first end squared x 1/(4 x 3), beyond the second x 1/(3 x 2)
    beyond = [(30 * 3 / 4 + (5 * MONTH - 60) / 2) / MONTH, (5 * MONTH - 60) / 2 / MONTH]
    error = (beyond[0] ** 2 / 12 + beyond[1] ** 2 / 6) ** 0.5
    assert row["low"] == pytest.approx((row["months"] - 1.959964 * error) * ARPA, rel=1e-6)
    assert row["high"] == pytest.approx((row["months"] + 1.959964 * error) * ARPA, rel=1e-6)


def test_nothing_is_told_beyond_the_longest_customer(engine: Engine) -> None:
    row = run(engine, months=36).result.frame.iloc[0]
    assert row["horizon"] == pytest.approx(180 / MONTH)
    assert row["months"] == pytest.approx((30 + 30 * 3 / 4 + 120 / 2) / MONTH)


def test_by_plan_each_group_has_its_own_curve_and_arpa(engine: Engine) -> None:
    cell = run(engine, months=5, by="plan")
    frame = cell.result.frame.set_index("group")
    assert frame.loc["Pro", "clv"] == pytest.approx(5 * ARPA)  # A and C: nobody left
    assert frame.loc["Free", "clv"] == pytest.approx((30 + 30 / 2) / MONTH * ARPA)  # D and B: one, then none
    assert any("longest customer" in note.en for note in cell.result.notes)
    assert cell.finding.en == "A customer of “Pro” brings $50, one of “Free” $15."


def test_the_margin_counts_and_its_default_is_told(engine: Engine, tmp_path: Path) -> None:
    assert any("100 %" in note.en for note in run(engine).result.notes)
    workspace = workspace_of(tmp_path / "margin.duckdb", {"subscriptions": ROWS})
    workspace.settings = Settings(gross_margin=0.5)
    cell = run(Engine(workspace), months=5)
    assert cell.result.frame["clv"].iloc[0] == pytest.approx(run(engine, months=5).result.frame["clv"].iloc[0] / 2)
    assert not any("100 %" in note.en for note in cell.result.notes)


def test_what_a_customer_brings_is_said_with_its_interval(engine: Engine) -> None:
    finding = run(engine, months=5).finding
    assert finding.en == (
        "A customer stays 3.2 of 5\u00a0months and brings $32 in that time ($15 to $50 with 95 % confidence)."
    )
    assert finding.ru.startswith("Клиент остаётся 3,2 из 5\u00a0мес. и приносит за это время 32\u00a0$")


def test_a_horizon_outside_the_limits_is_refused(engine: Engine) -> None:
    with pytest.raises(BadParameter):
        run(engine, months=0)
