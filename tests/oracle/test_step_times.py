"""How long a step takes and what to expect of the open: deals whose days can be read off, and the estimate by loops."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.analysis.step_times import Outlook
from revops.errors import BadParameter
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

# Discovery on the first day, then: a Demo after 4 days, b after 6 and won, c straight to Proposal after 8, d lost after
# 5, e lost after 20, f and g open, g has been open since 1 March; h came in February
DEALS = table("""
    opportunity_id | stage     | status | created_at | closed_at  | source
    a              | Demo      | open   | 2025-01-01 |            | web
    b              | Won       | won    | 2025-01-02 | 2025-01-30 | web
    c              | Proposal  | open   | 2025-01-03 |            | web
    d              | Lost      | lost   | 2025-01-04 | 2025-01-09 | ads
    e              | Lost      | lost   | 2025-01-05 | 2025-01-25 | ads
    f              | Discovery | open   | 2025-01-06 |            | ads
    g              | Discovery | open   | 2025-03-01 |            | ads
    h              | Demo      | open   | 2025-02-01 |            | web
""")
EVENTS = table("""
    opportunity_id | stage     | entered_at
    a              | Discovery | 2025-01-01
    a              | Demo      | 2025-01-05
    b              | Discovery | 2025-01-02
    b              | Demo      | 2025-01-08
    b              | Won       | 2025-01-30
    c              | Discovery | 2025-01-03
    c              | Proposal  | 2025-01-11
    d              | Discovery | 2025-01-04
    e              | Discovery | 2025-01-05
    f              | Discovery | 2025-01-06
    g              | Discovery | 2025-03-01
    h              | Discovery | 2025-02-01
    h              | Demo      | 2025-02-03
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 4, 1)), as_of=dt.date(2025, 3, 31))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("times")
    return Engine(workspace_of(folder / "w.duckdb", {"opportunities": DEALS, "stage_events": EVENTS}))


def times(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="step_times", params=params), view)


def test_median_and_90_percent_are_of_those_that_came_over(engine: Engine) -> None:
    facts = times(engine).result.facts
    assert (facts["over"], facts["lost"], facts["open"]) == (4, 2, 2)
    assert facts["median"] == median([2, 4, 6, 8])  # h, a, b, and c, which went past Demo
    assert facts["p90"] == pytest.approx(np.quantile([2, 4, 6, 8], 0.9))


def test_every_bar_counts_its_days_and_all_are_in_one(engine: Engine) -> None:
    frame = times(engine).result.frame
    assert frame["cases"].sum() == 4
    for row in frame.itertuples():
        assert row.cases == sum(row.first <= days <= row.last for days in (2, 4, 6, 8))


def test_to_the_win(engine: Engine) -> None:
    facts = times(engine, goal="won").result.facts
    assert (facts["over"], facts["lost"], facts["open"]) == (1, 2, 5)
    assert facts["median"] == 28


def test_of_a_later_step_only_who_reached_it(engine: Engine) -> None:
    facts = times(engine, step="Demo").result.facts
    # a and h stand in Demo, b went on after 22 days; c has no date in Demo
    assert (facts["over"], facts["open"], facts["undated"]) == (1, 2, 1)
    assert facts["median"] == 22


def test_as_of_an_earlier_day(engine: Engine) -> None:
    facts = times(engine, View(period=VIEW.period, as_of=dt.date(2025, 1, 9))).result.facts
    assert (facts["over"], facts["lost"], facts["open"]) == (2, 1, 3)  # a, b; d; c, e, f


def test_an_unknown_step_is_refused(engine: Engine) -> None:
    with pytest.raises(BadParameter, match="Demo"):
        times(engine, step="Dem")


def test_the_records_behind(engine: Engine) -> None:
    cell = times(engine)
    assert cell.analysis.behind is not None
    rows = cell.analysis.behind(engine, cell, {"first": 4, "last": 6}, None)
    assert rows.frame[["opportunity_id", "took"]].values.tolist() == [["b", 6], ["a", 4]]
    whole = cell.analysis.behind(engine, cell, None, None).frame.set_index("opportunity_id")
    assert whole.loc[["d", "e", "f"], ["outcome", "took"]].values.tolist() == [["lost", 5], ["lost", 20], ["open", 84]]


def test_leads_to_their_next_step(tmp_path: Path) -> None:
    leads = table("""
        lead_id | created_at | mql_at     | disqualified_at
        l1      | 2025-01-01 | 2025-01-03 |
        l2      | 2025-01-02 |            | 2025-01-09
        l3      | 2025-01-03 |            |
    """)
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"leads": leads}))
    cell = times(engine, kind="lifecycle")
    facts = cell.result.facts
    assert (facts["over"], facts["lost"], facts["open"], facts["median"]) == (1, 1, 1, 2)
    assert cell.analysis.behind is not None
    told = cell.analysis.behind(engine, cell, None, None).frame
    assert dict(zip(told["lead_id"], told["took"], strict=True))["l2"] == 7


# --- what to expect -----------------------------------------------------------------------------------------------

Case = tuple[str, int, int]  # outcome, days until it (of the open: so far), days it could be seen for


def outlook(cases: list[Case]) -> Outlook:
    frame = pd.DataFrame(cases, columns=["outcome", "days", "seen"]).astype({"days": "float64", "seen": "float64"})
    return Outlook.of(frame.assign(n=1))


def by_loops(cases: list[Case], horizon: float) -> tuple[float, float]:
    """The share that comes over in the end, and how many of the open will, by products over the days."""

    def share(end: str, until: float) -> float:
        left = 1.0
        for day in sorted({d for o, d, _ in cases if o == end and d <= until}):
            at_risk = sum((d if o == end else seen) >= day for o, d, seen in cases)
            left *= 1 - sum(o == end and d == day for o, d, _ in cases) / at_risk
        return 1 - left

    eventual, expected = share("over", horizon), 0.0
    for outcome, age, _ in cases:
        if outcome == "open":
            still = 1 - share("over", age) - share("lost", age)
            expected += min(max((eventual - share("over", age)) / still, 0), 1) if still > 0 else 0
    return eventual, expected


def test_where_all_are_decided_it_is_the_plain_share() -> None:
    told = outlook([("over", 5, 100)] * 30 + [("lost", 9, 100)] * 10)
    assert told.facts()["eventual"] == pytest.approx(0.75)
    assert told.facts()["expected"] is None


def test_who_has_just_come_is_expected_to_do_as_the_others_did() -> None:
    told = outlook([("over", 5, 100)] * 30 + [("lost", 9, 100)] * 10 + [("open", 0, 0)] * 8)
    assert told.facts()["eventual"] == pytest.approx(0.75)
    assert told.facts()["expected"] == pytest.approx(6)


def test_who_is_older_than_all_that_came_over_is_expected_no_more() -> None:
    told = outlook([("over", 5, 100)] * 30 + [("lost", 9, 100)] * 10 + [("open", 50, 50)] * 4)
    assert told.facts()["expected"] == pytest.approx(0)


def test_it_agrees_with_products_over_the_days() -> None:
    random = np.random.default_rng(7)
    cases: list[Case] = []
    for _ in range(300):
        seen, days = int(random.integers(0, 120)), int(random.integers(1, 60))
        if days > seen:
            cases.append(("open", seen, seen))
        else:
            cases.append(("over" if random.random() < 0.6 else "lost", days, seen))
    told = outlook(cases)
    eventual, expected = by_loops(cases, told.horizon)
    facts = told.facts()
    assert facts["eventual"] == pytest.approx(eventual)
    assert facts["expected"] == pytest.approx(expected)
    assert facts["eventual_low"] < eventual < facts["eventual_high"]
    assert facts["expected_low"] < expected < facts["expected_high"]
    # over so far and expected together are the share in the end of all
    over = sum(outcome == "over" for outcome, _, _ in cases)
    assert over + expected == pytest.approx(eventual * len(cases), rel=0.03)


def test_the_curve_rises_to_the_share_in_the_end(engine: Engine) -> None:
    many = outlook([("over", 5, 100)] * 20 + [("over", 9, 100)] * 10 + [("lost", 9, 100)] * 10).frame()
    assert many["day"].tolist() == [0, 5, 9]
    assert many["share"].round(9).tolist() == [0, 0.5, 0.75]
    assert many["at_risk"].tolist() == [40, 40, 20]
    assert times(engine, show="curve").analysis.chart == "step_times"
