"""The forecast and its back-test: errors by a plain loop, intervals counted, and when there is no forecast."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from revops.analysis import Cell, View, backtest
from revops.analysis.backtest import Forecast, scores, shortest, trusted
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.errors import BadParameter
from revops.metrics.calendar import add_months
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.support import workspace_of

START = dt.date(2020, 1, 1)


def half_up(past: np.ndarray, horizon: int, anew: bool) -> Forecast:
    """Not good: half as much more a month as now; an interval of 10 on both sides."""
    mean = past[-1] + np.arange(1, horizon + 1) * (past[-1] - past[-2]) / 2
    return Forecast(mean=mean, low=mean - 10, high=mean + 10)


def test_the_back_test_is_a_loop_over_past_months() -> None:
    values = [100.0 + 3 * n + (7 if n % 4 == 0 else 0) for n in range(40)]
    found = scores(values, 3, half_up)
    assert [s.horizon for s in found] == [1, 2, 3]
    for score in found:
        h, misses, still, line, scaled, held = score.horizon, [], [], [], [], 0
        for origin in range(backtest.LEAST, 40 - h + 1):
            past, came = values[max(0, origin - backtest.WINDOW) : origin], values[origin + h - 1]
            told = past[-1] + h * (past[-1] - past[-2]) / 2
            misses.append(abs(told - came) / came)
            still.append(abs(past[-1] - came) / came)
            line.append(abs(past[-1] + h * (past[-1] - past[-13]) / 12 - came) / came)
            steps = [abs(b - a) for a, b in pairwise(past)]
            scaled.append(abs(told - came) / (sum(steps) / len(steps)))
            held += abs(told - came) <= 10
        n = len(misses)
        assert score.cases == n
        assert score.mape == pytest.approx(sum(misses) / n)
        assert score.naive == pytest.approx(sum(still) / n)
        assert score.line == pytest.approx(sum(line) / n)
        assert score.mase == pytest.approx(sum(scaled) / n)
        assert score.covered == pytest.approx(held / n)


def test_nothing_of_the_future_is_known_to_a_past_forecast() -> None:
    seen: list[int] = []

    def watch(past: np.ndarray, horizon: int, anew: bool) -> Forecast:
        seen.append(int(past[-1]))
        return half_up(past, horizon, anew)

    scores([float(n) for n in range(1, 41)], 2, watch)
    assert seen == list(range(24, 40)), "made after 24 months, then after each one, the last value known being its own"


def test_a_horizon_with_few_cases_is_not_judged() -> None:
    assert [s.horizon for s in scores([float(n) for n in range(1, shortest(3) + 1)], 12, half_up)] == [1, 2, 3]
    assert scores([1.0] * (shortest(1) - 1), 12, half_up) == []


def test_it_is_trusted_as_far_as_it_was_better_than_nothing_changes() -> None:
    from dataclasses import replace

    [good, *_] = scores([100.0 + n for n in range(40)], 1, half_up)
    bad = replace(good, mape=good.naive)
    assert trusted([good, replace(good, horizon=2), replace(bad, horizon=3), replace(good, horizon=4)]) == 2
    assert trusted([bad]) == 0


def test_a_steady_growth_of_roots_is_forecast_exactly() -> None:
    past = np.array([(100 + 2.0 * n + 0.01 * (-1) ** n) ** 2 for n in range(36)])
    made = backtest.drifting()(past, 6, True)
    assert made.mean == pytest.approx([(100 + 2.0 * n) ** 2 for n in range(36, 42)], rel=1e-3)
    assert (made.low < made.mean).all()
    assert (made.high > made.mean).all()


# --- in a workspace -------------------------------------------------------------------------------------------------


def run(tmp_path: Path, mrr: list[float], **params: object) -> CellResult:
    rows = [
        {"account_id": "A", "month": add_months(START, n), "mrr": round(v, 2), "currency": "USD"}
        for n, v in enumerate(mrr)
    ]
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"mrr_months": rows}))
    end = add_months(START, len(mrr))
    view = View(period=Period(START, end), as_of=end - dt.timedelta(days=1))
    return run_cell(engine, Cell(analysis="forecast", params=params), view)


def test_growth_with_noise_is_forecast_and_labelled_with_its_error(tmp_path: Path) -> None:
    noise = random.Random(1)
    mrr = [1000 * 1.02**n * noise.uniform(0.985, 1.015) for n in range(60)]
    cell = run(tmp_path, mrr)
    coming = cell.result.frame[cell.result.frame["kind"] == "forecast"]
    assert cell.result.facts["trusted"] == 12
    assert coming["month"].tolist() == [add_months(START, n) for n in range(60, 72)]
    assert coming["value"].iloc[-1] == pytest.approx(12 * 1000 * 1.02**71, rel=0.1)
    assert (coming["mape"] < coming["naive"]).all()
    assert coming["covered"].between(0.5, 1).all()
    assert "Past forecasts 12 months ahead missed by" in cell.finding.en
    assert "из 24 случаев" in cell.finding.ru
    known = cell.result.frame[cell.result.frame["kind"] == "known"]
    assert known["value"].tolist() == pytest.approx([12 * round(v, 2) for v in mrr[-24:]])


def test_where_nothing_changes_but_noise_the_naive_forecast_is_better_and_none_is_shown(tmp_path: Path) -> None:
    noise = random.Random(3)
    level, mrr = 1000.0, []
    for n in range(60):
        level += 40 * (1 if n % 20 < 10 else -1) * noise.uniform(0.5, 1)  # up for ten months, down for ten
        mrr.append(level)
    cell = run(tmp_path, mrr)
    coming = cell.result.frame[cell.result.frame["kind"] == "forecast"]
    assert cell.result.facts["trusted"] == 0
    assert coming["value"].isna().all()
    assert cell.finding.en.startswith("No forecast is shown: 3 months ahead, past ones missed by")
    assert cell.finding.ru.startswith("Прогноз не показан")


def test_a_short_history_is_told_in_months(tmp_path: Path) -> None:
    cell = run(tmp_path, [1000.0 + n for n in range(20)])
    assert cell.finding.en == (
        f"Can't tell: the history is too short for a forecast: 20 complete months of ARR, it takes {shortest(3)}."
    )
    with pytest.raises(BadParameter):
        run(tmp_path / "other", [1.0], months=0)


def test_the_library_of_time_series_is_not_read_before_it_is_needed() -> None:
    code = "import sys, revops.analysis; print('statsmodels.tsa.statespace.structural' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
