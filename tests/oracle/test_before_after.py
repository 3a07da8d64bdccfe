# ruff: noqa: E501  (tables drawn by hand)
"""Before and after a day: values and tests of hand-made leads and deals, and the programme planted in the demo."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from revops.analysis import Cell, View
from revops.analysis.before_after_measures import different, of_median
from revops.analysis.core import CellResult
from revops.analysis.run import default_view, run_cell
from revops.errors import BadParameter
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.demo import ROOT
from tests.support import workspace_of

SINCE = dt.date(2025, 4, 1)
AS_OF = dt.date(2025, 6, 30)
VIEW = View(period=Period(SINCE, dt.date(2025, 7, 1)), as_of=AS_OF)


def leads(first: dt.date, hours: list[int]) -> list[dict[str, object]]:
    found = []
    for n, waited in enumerate(hours):
        came = dt.datetime.combine(first + dt.timedelta(days=n), dt.time(8))
        found.append(
            {"lead_id": f"{first}{n}", "created_at": came, "first_response_at": came + dt.timedelta(hours=waited)}
        )
    return found


def deals(first: dt.date, won: int, lost: int) -> list[dict[str, object]]:
    return [
        {"opportunity_id": f"{first}{n}", "stage": "x", "status": "won" if n < won else "lost", "type": "new",
         "created_at": first, "closed_at": first + dt.timedelta(days=10 + n % 30)}
        for n in range(won + lost)
    ]  # fmt: skip


# answered after 30 hours and more before, after 2 and more since; 10 of 40 won before, 12 of 40 since
LEADS = [
    *leads(dt.date(2025, 1, 2), [30 + n for n in range(15)]),
    *leads(dt.date(2025, 4, 2), [2 + n for n in range(15)]),
]
DEALS = [*deals(dt.date(2025, 1, 2), 10, 30), *deals(dt.date(2025, 4, 2), 12, 28)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("before_after") / "w.duckdb"
    return Engine(workspace_of(path, {"leads": LEADS, "opportunities": DEALS}))


def run(engine: Engine, view: View = VIEW, since: str | None = None) -> CellResult:
    return run_cell(engine, Cell(analysis="before_after", params={"since": since}), view)


def test_as_many_months_before_the_day_as_since(engine: Engine) -> None:
    facts = run(engine).result.facts
    assert facts["before"] == Period(dt.date(2025, 1, 1), SINCE)
    assert facts["after"] == Period(SINCE, dt.date(2025, 7, 1))
    other = run(engine, since="2025-05-01").result.facts
    assert other["before"] == Period(dt.date(2025, 3, 1), dt.date(2025, 5, 1))


def test_what_changed_by_more_than_noise_and_what_did_not(engine: Engine) -> None:
    rows = run(engine).result.frame.set_index("measure")
    response = rows.loc["lead_response"]
    assert (response["before"], response["after"]) == (30 + 7, 2 + 7)
    assert (response["n_before"], response["n_after"]) == (15, 15)
    assert (response["signal"], response["better"]) == (True, 1)
    sla = rows.loc["lead_response_sla"]
    assert (sla["before"], sla["after"], sla["signal"]) == (0, 1, True)
    rate = rows.loc["win_rate"]
    assert (rate["before"], rate["after"], rate["signal"]) == (10 / 40, 12 / 40, False)
    assert rows.loc["win_rate_new", "before"] == 10 / 40


def test_it_is_said_which_is_which(engine: Engine) -> None:
    said = run(engine).finding
    assert said.en.startswith(
        "Since Apr 1, 2025, compared with Jan 2025 – Mar 2025: better: lead response time 37.0\u00a0hours → 9.0\u00a0hours "
    )
    assert "within noise: " in said.en
    assert "лучше — время ответа на лид" in said.ru


def test_the_test_of_medians_is_mann_whitneys_and_the_interval_goes_by_ranks() -> None:
    low, high = np.arange(10, dtype="float64"), np.arange(10, 20, dtype="float64")
    above = sum(a > b for a in low for b in high)  # of the 100 pairs, those in which the first is above
    assert above == 0
    assert different(low, high) == pytest.approx(0.000183, abs=1e-5)  # as tabled, with continuity correction
    assert different(low, low.copy()) == pytest.approx(1.0)
    assert different(low, high[:0]) is None
    # of 10 values, the 2nd and the 9th hold the median with 97.9 %
    assert of_median(low) == (1.0, 8.0)
    assert of_median(low[:5]) is None


def test_few_cases_are_not_tested(engine: Engine) -> None:
    early = run(engine, since="2025-06-29").result
    assert early.empty is not None or not early.frame["signal"].eq(True).any()


def test_a_day_that_cannot_be_is_refused(engine: Engine) -> None:
    for wrong in ("tomorrow", "2031-01-01"):
        with pytest.raises(BadParameter):
            run(engine, since=wrong)


def test_the_programme_of_the_demo_company_is_found(demo_home: Path) -> None:
    truths = json.loads((ROOT / "sample_data" / "truths.json").read_text(encoding="utf-8"))["effects"]
    engine = Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))
    cell = run(engine, default_view(engine), since="2025-11-01")
    rows = cell.result.frame.set_index("measure")
    planted = {
        "lead_response": "revops_first_response",
        "mql_to_sql_days": "revops_handoff",
        "sales_cycle": "revops_sales_cycle",
        "sales_cycle_new": "revops_sales_cycle_new_business",
    }
    for measure, truth in planted.items():
        row = rows.loc[measure]
        assert bool(row["signal"]), measure
        assert row["better"] == 1, measure
        assert row["after"] / row["before"] == pytest.approx(truths[truth]["ratio"], abs=0.16), measure
    assert rows.loc["win_rate_new", "change"] > 0  # planted by creation date; by close date it is within noise yet
