# ruff: noqa: E501  (tables drawn by hand)
"""Calls, meetings and emails of a hand-made month, and how early activity goes with winning, by plain loops."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.engagement_wins import WEIGHTS, grouped
from revops.analysis.run import default_view, run_cell
from revops.errors import BadParameter
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import workspace_of

ACTIVITIES = table("""
    activity_id | type    | occurred_at         | direction | outcome        | duration_seconds | talk_ratio | opportunity_id | owner
    c1          | call    | 2025-01-02 10:00:00 | out       | Connected      | 600              | 0.6        | won1           | Ann
    c2          | call    | 2025-01-03 10:00:00 | out       | No answer      | 30               |            | won1           | Ann
    c3          | call    | 2025-01-04 10:00:00 | out       | Not connected  | 20               |            | lost1          | Bob
    c4          | call    | 2025-01-05 10:00:00 | in        | Connected      | 1200             | 0.4        | won2           | Bob
    e1          | email   | 2025-01-02 11:00:00 | out       | Replied        |                  |            | won2           | Ann
    e2          | email   | 2025-01-02 12:00:00 | out       | Sent           |                  |            | won1           | Ann
    e3          | email   | 2025-02-20 12:00:00 | out       |                |                  |            | won1           | Ann
    m1          | meeting | 2025-01-06 12:00:00 | out       | Completed      | 1800             |            | won1           | Ann
    t1          | task    | 2025-01-06 12:00:00 | out       | Completed      |                  |            | won1           | Ann
""")
# created on 1 January; quick closed within the window, young is younger than it, open1 is undecided
DEALS = table("""
    opportunity_id | stage | status | type    | created_at | closed_at
    won1           | x     | won    | new     | 2025-01-01 | 2025-03-01
    won2           | x     | won    | new     | 2025-01-01 | 2025-02-01
    lost1          | x     | lost   | new     | 2025-01-01 | 2025-02-01
    lost2          | x     | lost   | new     | 2025-01-01 | 2025-02-01
    quick          | x     | won    | new     | 2025-01-01 | 2025-01-10
    young          | x     | open   | new     | 2025-03-25 |
    open1          | x     | open   | new     | 2025-01-01 |
    again          | x     | won    | renewal | 2025-01-01 | 2025-02-01
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 4, 1)), as_of=dt.date(2025, 3, 31))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("engagement") / "w.duckdb"
    return Engine(workspace_of(path, {"activities": ACTIVITIES, "opportunities": DEALS}))


def run(engine: Engine, analysis: str, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis=analysis, params=params), view)


def test_volume_and_response_by_month_and_type(engine: Engine) -> None:
    frame = run(engine, "engagement").result.frame
    told = {(r.start, r.type): (r.activities, r.outbound, r.told, r.answered) for r in frame.itertuples()}
    january, february = dt.date(2025, 1, 1), dt.date(2025, 2, 1)
    assert told == {
        (january, "call"): (4, 3, 3, 1),  # "No answer" and "Not connected" are none
        (january, "email"): (2, 2, 2, 1),
        (january, "meeting"): (1, 1, 1, 1),
        (february, "email"): (1, 1, 0, 0),  # nobody says what became of it
    }
    assert frame.set_index(["start", "type"])["response"][january, "call"] == pytest.approx(1 / 3)


def test_who_talks_in_conversations_that_took_place(engine: Engine) -> None:
    cell = run(engine, "engagement")
    call = cell.result.facts["whole"]["call"]
    assert call["talk_ratio"] == pytest.approx((0.6 + 0.4) / 2)  # of the two calls that were answered
    assert call["minutes"] == pytest.approx((10 + 20) / 2)
    assert "3 emails (50.0% answered), 4 calls (33.3% answered)" in cell.finding.en
    assert "в звонках наша сторона говорит" in cell.finding.ru
    assert any("score" in note.en for note in cell.result.notes), "what the data do not name is said"


def test_only_deals_open_when_the_window_was_over_count_with_what_was_done_in_it(engine: Engine) -> None:
    result = run(engine, "engagement_wins").result
    rows = {r.group: (r.cases, r.n, r.open) for r in result.frame.itertuples()}
    # nothing done: lost2 and open1; one: lost1; two: won2; four: won1 (its late email and the task do not count)
    assert rows == {"0": (0, 1, 1), "1": (0, 1, 0), "2": (1, 1, 0), "4": (1, 1, 0)}
    assert result.facts["left_out"] == 2  # quick and young
    assert result.facts["value"] == 2 / 4


def test_the_score_weighs_and_all_deals_can_be_taken(engine: Engine) -> None:
    score = run(engine, "engagement_wins", measure="score").result.frame
    assert score["group"].tolist() == [
        "0",
        "2",
        "3",
        "8",
    ]  # a call; a call and an email; two calls, an email, a meeting
    whole = run(engine, "engagement_wins", which="all").result.frame
    assert whole["deals"].sum() == 6
    with pytest.raises(BadParameter):
        run(engine, "engagement_wins", days=0)


def test_it_is_worded_as_a_relation(engine: Engine) -> None:
    said = run(engine, "engagement_wins").finding
    assert said.en.startswith("Deals with 4 activities in the first 14 days were won in 100.0% (")
    assert said.en.endswith("within noise, a relation, not a cause.")
    assert said.ru.endswith("это связь, а не причина.")


def test_groups_are_about_equally_many_and_equal_values_stay_together() -> None:
    deals = pd.DataFrame({"done": [0, 1, 2, 3, 4, 9], "deals": [50, 30, 10, 20, 15, 15]})
    assert [(label, int(part["deals"].sum())) for label, part in grouped(deals)] == [
        ("0", 50), ("1", 30), ("2–3", 30), ("4–9", 30),
    ]  # fmt: skip
    assert [label for label, _ in grouped(deals[deals["done"] == 0])] == ["0"]


def test_the_demo_company_by_plain_loops(demo_home: Path) -> None:
    engine = Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))
    view = default_view(engine)
    result = run(engine, "engagement_wins", view, measure="score", days=21).result
    deals, _ = engine.select("SELECT opportunity_id, created_at, closed_at, status, type FROM opportunities")
    acts, _ = engine.select("SELECT opportunity_id, occurred_at, type FROM activities WHERE opportunity_id IS NOT NULL")
    of: dict[str, list[Any]] = {}
    for act in acts.itertuples():
        of.setdefault(act.opportunity_id, []).append(act)
    window, seen, won, lost, left = dt.timedelta(days=21), 0, 0, 0, 0
    least = [0, 0]
    for deal in deals.itertuples():
        if not view.period.start <= deal.created_at.date() < view.period.end or (
            deal.type not in ("new", None) and deal.type == deal.type
        ):
            continue
        closed = deal.status in ("won", "lost")
        if (deal.created_at + window).date() > view.as_of or (closed and deal.closed_at < deal.created_at + window):
            left += 1
            continue
        score = sum(
            WEIGHTS.get(a.type, 0)
            for a in of.get(deal.opportunity_id, [])
            if deal.created_at <= a.occurred_at < deal.created_at + window
        )
        seen += 1
        won += deal.status == "won"
        lost += deal.status == "lost"
        if score == 0:
            least[0] += deal.status == "won"
            least[1] += closed
    assert (result.frame["deals"].sum(), result.facts["left_out"]) == (seen, left)
    assert (result.frame["cases"].sum(), result.frame["n"].sum()) == (won, won + lost)
    none = result.frame[result.frame["group"] == "0"]
    if len(none):
        assert [int(none["cases"].iloc[0]), int(none["n"].iloc[0])] == least


def behind(engine: Engine, cell: CellResult, pick: dict[str, Any] | None = None) -> pd.DataFrame:
    assert cell.analysis.behind is not None
    return cell.analysis.behind(engine, cell, pick, None).frame


def test_the_activities_behind_a_month_s_calls(engine: Engine) -> None:
    cell = run(engine, "engagement")
    calls = behind(engine, cell, {"start": "2025-01-01", "type": "call"})
    assert dict(zip(calls["activity_id"], calls["said"], strict=True)) == {
        "c1": "reached", "c2": "silent", "c3": "silent", "c4": "in",
    }  # fmt: skip
    assert calls["minutes"].tolist() == [20, 10, 0.5, pytest.approx(1 / 3)]
    assert behind(engine, cell, {"start": "2025-02-01", "type": "email"})["said"].tolist() == ["untold"]
    assert len(behind(engine, cell)) == 8  # the task is none of them
    assert len(behind(engine, cell)) == cell.result.frame["activities"].sum()


def test_the_deals_behind_a_group_of_early_engagement(engine: Engine) -> None:
    cell = run(engine, "engagement_wins")

    def told(pick: dict[str, Any] | None) -> dict[str, str]:
        rows = behind(engine, cell, pick)
        return dict(zip(rows["opportunity_id"], rows["state"], strict=True))

    assert told({"group": "0"}) == {"lost2": "lost", "open1": "open"}
    assert told({"group": "4"}) == {"won1": "won"}
    assert told(None) == {"won1": "won", "won2": "won", "lost1": "lost", "lost2": "lost", "open1": "open"}
    for row in cell.result.frame.itertuples():
        assert len(told({"group": row.group})) == row.deals
