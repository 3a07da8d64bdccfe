"""Funnels of hand-drawn journeys whose counts and days can be read off the table, and a plain SQL oracle."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.funnel_pipeline import pipeline_names
from revops.analysis.run import run_cell
from revops.errors import BadParameter, NotComputable
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

# Deals of January 2025, as of 28 February. Days are those of January unless a month is named.
#   a  won:  Discovery 1, Proposal 11 (never entered Demo), won 21
#   b  lost: Discovery 2, Demo 6, lost 12
#   c  open: Discovery 3, Demo 9
#   d  lost: Discovery 4, lost 5
#   e  won in February: Discovery 5, Demo 15, Proposal 25, won 4 Feb
#   f  created in December: outside
DEALS = table("""
    opportunity_id | account_id | stage       | status | source | created_at | closed_at  | amount
    a              | A          | Closed Won  | won    | web    | 2025-01-01 | 2025-01-21 | 100
    b              | B          | Closed Lost | lost   | web    | 2025-01-02 | 2025-01-12 | 200
    c              | C          | Demo        | open   | ads    | 2025-01-03 |            | 300
    d              | D          | Closed Lost | lost   | ads    | 2025-01-04 | 2025-01-05 | 400
    e              | E          | Closed Won  | won    | web    | 2025-01-05 | 2025-02-04 | 500
    f              | F          | Closed Won  | won    | web    | 2024-12-30 | 2025-01-20 | 600
""")
EVENTS = table("""
    opportunity_id | stage       | entered_at
    a              | Discovery   | 2025-01-01
    a              | Proposal    | 2025-01-11
    a              | Closed Won  | 2025-01-21
    b              | Discovery   | 2025-01-02
    b              | Demo        | 2025-01-06
    b              | Closed Lost | 2025-01-12
    c              | Discovery   | 2025-01-03
    c              | Demo        | 2025-01-09
    d              | Discovery   | 2025-01-04
    d              | Closed Lost | 2025-01-05
    e              | Discovery   | 2025-01-05
    e              | Demo        | 2025-01-15
    e              | Proposal    | 2025-01-25
    e              | Closed Won  | 2025-02-04
    f              | Discovery   | 2024-12-30
    f              | Closed Won  | 2025-01-20
""")
JANUARY = Period(dt.date(2025, 1, 1), dt.date(2025, 2, 1))
AS_OF = dt.date(2025, 2, 28)
VIEW = View(period=JANUARY, as_of=AS_OF)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("journeys")
    return Engine(workspace_of(folder / "w.duckdb", {"opportunities": DEALS, "stage_events": EVENTS}))


def funnel(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="funnel", params=params), view)


def column(cell: CellResult, name: str, group: str = "") -> list[float | None]:
    frame = cell.result.frame[cell.result.frame["group"] == group]
    return [None if value != value else value for value in frame[name]]


def test_a_later_step_counts_as_having_passed_the_earlier_ones(engine: Engine) -> None:
    cell = funnel(engine)
    assert cell.result.frame["step"].tolist() == ["Discovery", "Demo", "Proposal", "Closed Won"]
    assert column(cell, "reached") == [5, 4, 2, 2]
    assert column(cell, "inferred") == [0, 1, 0, 0]  # a never entered Demo


def test_who_is_open_is_not_yet_and_who_is_lost_was_lost_where_they_stood(engine: Engine) -> None:
    cell = funnel(engine)
    assert column(cell, "open") == [0, 1, 0, None]  # c
    assert column(cell, "lost") == [1, 1, 0, None]  # d, b
    assert column(cell, "could_reach") == [1.0, 0.8, 0.6, 0.6]  # c may yet come to Proposal and be won


def test_shares_of_the_previous_step_of_those_decided_and_of_the_first(engine: Engine) -> None:
    cell = funnel(engine)
    assert column(cell, "share_of_previous") == [None, 4 / 5, 2 / 4, 2 / 2]
    assert column(cell, "share_of_decided") == [None, 4 / 5, 2 / 3, 2 / 2]
    assert column(cell, "share_of_first") == [1, 4 / 5, 2 / 5, 2 / 5]


def test_days_are_of_those_with_a_date_in_both_steps(engine: Engine) -> None:
    cell = funnel(engine)
    # Demo: b 4, c 6, e 10.  Proposal: e 10 (a has no date in Demo).  Won: a 10, e 10.
    assert column(cell, "median_days") == [None, 6, 10, 10]
    assert column(cell, "p90_days") == [None, pytest.approx(9.2), 10, 10]


def test_entry_is_gated_by_the_range_and_later_steps_are_not(engine: Engine) -> None:
    cell = funnel(engine)
    assert column(cell, "reached")[-1] == 2  # e was won in February; f came in December
    assert cell.passport.rows_used[0][1] == 5
    assert cell.passport.rows_left_out[0][1] == 1


def test_as_of_an_earlier_day_what_came_later_is_not_known(engine: Engine) -> None:
    cell = funnel(engine, View(period=JANUARY, as_of=dt.date(2025, 1, 10)))
    # by 10 January: a, c and e, b are on their way (b and c in Demo), d is lost
    assert column(cell, "reached") == [5, 2, 0, 0]
    assert column(cell, "open") == [2, 2, 0, None]
    assert column(cell, "lost") == [1, 0, 0, None]


def test_a_share_that_may_still_rise_is_marked_and_one_that_cannot_is_not(engine: Engine) -> None:
    cell = funnel(engine)  # c, one of five, is still in Demo: it may yet come to Proposal and be won
    assert column(cell, "immature") == [False, False, True, True]
    by_source = funnel(engine, by="source")
    assert column(by_source, "immature", "web") == [False] * 4
    assert column(by_source, "immature", "ads") == [False, False, True, True]


def test_entry_days_whose_window_has_not_passed_are_named(engine: Engine) -> None:
    def notes(window: int | None) -> list[str]:
        return [n.en.partition(" has")[0] for n in funnel(engine, window=window).result.notes if "window" in n.en]

    assert notes(56) == []  # by 28 February c, of the 3rd, is decided, and nobody else is open
    assert notes(57) == ["Who entered from Jan 3, 2025 on"]
    assert notes(90) == ["Who entered from Jan 1, 2025 on"]  # the whole range
    assert notes(None) == []
    assert column(funnel(engine, window=56), "immature") == [False] * 4
    assert column(funnel(engine, window=57), "immature") == [False, False, True, True]


def test_a_conversion_window_decides_who_was_not_in_time(engine: Engine) -> None:
    cell = funnel(engine, window=25)
    # within 25 days: a won on day 20; e was in Proposal on day 20 and won on day 30, too late; c is not in time
    assert column(cell, "reached") == [5, 4, 2, 1]
    assert column(cell, "open") == [0, 0, 0, None]


def test_groups_stand_side_by_side(engine: Engine) -> None:
    cell = funnel(engine, by="source")
    assert column(cell, "reached", "web") == [3, 3, 2, 2]
    assert column(cell, "reached", "ads") == [2, 1, 0, 0]


def test_a_filter_keeps_only_its_records(engine: Engine) -> None:
    view = View(period=JANUARY, as_of=AS_OF, where={"source": ("ads",)})
    assert column(funnel(engine, view), "reached") == [2, 1, 0, 0]


def test_the_finding_names_the_weakest_step_and_who_is_still_open(engine: Engine) -> None:
    finding = funnel(engine).finding
    assert finding.en == (
        "Of 5 deals that entered in Jan 2025, 2 (40.0%) reached “Closed Won”; the weakest step is Demo → Proposal, "
        "where 66.7% of 3 decided got through; still open: 1, so the final share may still rise."
    )
    assert finding.ru.startswith("Вошли за янв 2025: 5 сделок; до шага «Closed Won» дошли 2 (40,0\u00a0%)")


def test_nobody_entered_means_no_funnel(engine: Engine) -> None:
    cell = funnel(engine, View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 3, 1)), as_of=AS_OF))
    assert cell.result.empty is not None
    assert cell.finding.en.startswith("Can't tell:")
    assert cell.finding.ru.startswith("Нельзя сказать:")


def test_the_pipelines_there_are_can_be_asked_for(engine: Engine) -> None:
    names = pipeline_names(engine)
    assert names == ("",)  # these deals name no pipeline
    assert column(funnel(engine, pipeline=names[0]), "reached") == [5, 4, 2, 2]


def test_an_unknown_pipeline_is_refused_and_the_known_are_named(engine: Engine) -> None:
    with pytest.raises(BadParameter):
        funnel(engine, pipeline="Renewals")


def test_counts_agree_with_plain_sql_on_the_same_rows(engine: Engine) -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE deals (id VARCHAR, status VARCHAR, created DATE)")
    con.execute("CREATE TABLE events (id VARCHAR, stage VARCHAR, day DATE)")
    con.executemany(
        "INSERT INTO deals VALUES (?, ?, ?)", [[d["opportunity_id"], d["status"], d["created_at"]] for d in DEALS]
    )
    con.executemany(
        "INSERT INTO events VALUES (?, ?, ?)", [[e["opportunity_id"], e["stage"], e["entered_at"]] for e in EVENTS]
    )
    rows = con.execute("""
        WITH far AS (
          SELECT d.id, greatest(1, max(CASE stage WHEN 'Demo' THEN 2 WHEN 'Proposal' THEN 3
                                                  WHEN 'Closed Won' THEN 4 END)) AS step
          FROM deals d JOIN events e USING (id)
          WHERE d.created >= '2025-01-01' AND d.created < '2025-02-01' GROUP BY ALL)
        SELECT k, count(*) FILTER (step >= k) FROM far, range(1, 5) r(k) GROUP BY k ORDER BY k
    """).fetchall()
    assert column(funnel(engine), "reached") == [count for _, count in rows]


# --- without stage history ---------------------------------------------------------------------------------------


def test_without_history_steps_are_inferred_from_where_a_deal_stands_and_it_is_said(tmp_path: Path) -> None:
    stages = [{"opportunity_id": "x", "stage": s, "created_at": "2025-01-01"} for s in ("Discovery", "Proposal")]
    # Proposal is known as a stage because another deal stands there
    deals = [d for d in DEALS if d["opportunity_id"] != "f"]
    extra = {**stages[1], "opportunity_id": "g", "account_id": "G", "status": "open"}
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": [*deals, extra]}))
    cell = funnel(engine)
    assert column(cell, "reached")[-1] == 2
    assert column(cell, "lost")[0] == 2  # b and d: lost, and nothing tells where
    assert any("no stage history" in note.en for note in cell.result.notes)
    assert any("нет истории этапов" in note.ru for note in cell.result.notes)


# --- from lead to customer ---------------------------------------------------------------------------------------

LEADS = table("""
    lead_id | created_at | mql_at     | sql_at     | disqualified_at | opportunity_id
    l1      | 2025-01-01 | 2025-01-03 | 2025-01-05 |                 | a
    l2      | 2025-01-02 | 2025-01-04 |            | 2025-01-09      |
    l3      | 2025-01-03 |            | 2025-01-08 |                 | b
    l4      | 2025-01-04 |            |            |                 |
    l5      | 2025-01-05 | 2025-01-06 | 2025-01-07 |                 | c
""")


def test_leads_are_followed_to_their_deals(tmp_path: Path) -> None:
    deals = [{k: v for k, v in d.items() if k != "account_id"} for d in DEALS]
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"leads": LEADS, "opportunities": deals}))
    cell = funnel(engine, kind="lifecycle")
    assert cell.result.frame["step"].tolist() == ["lead", "mql", "sql", "opportunity", "won"]
    assert column(cell, "reached") == [5, 4, 3, 3, 1]  # l3 became an SQL, so it has passed MQL
    assert column(cell, "inferred") == [0, 1, 0, 0, 0]
    assert column(cell, "open") == [1, 0, 0, 1, None]  # l4; l5, whose deal c is open
    assert column(cell, "lost") == [0, 1, 0, 1, None]  # l2 disqualified; l3, whose deal b was lost


def test_leads_that_name_no_deal_are_followed_to_the_first_deal_of_their_account(tmp_path: Path) -> None:
    leads = table("""
        lead_id | account_id | created_at
        l1      | A          | 2025-01-01
        l2      | B          | 2025-01-01
        l3      | F          | 2025-01-03
        l4      | E          | 2025-01-04
    """)
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"leads": leads, "opportunities": DEALS}))
    cell = funnel(engine, kind="lifecycle")
    assert cell.result.frame["step"].tolist() == ["lead", "opportunity", "won"]
    assert column(cell, "reached") == [4, 3, 2]  # f was created before l3; a and e were won
    assert column(cell, "open") == [1, 0, None]
    assert column(cell, "lost") == [0, 1, None]  # b
    assert column(cell, "median_days") == [None, 1, 25]  # 0, 1, 1 and 20, 30 days


def test_a_workspace_without_deals_or_leads_says_what_to_map(tmp_path: Path) -> None:
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"spend": [{"date": "2025-01-01", "amount": "5"}]}))
    with pytest.raises(NotComputable) as caught:
        funnel(engine)
    assert "opportunities.created_at" in str(caught.value)


# --- strict order -------------------------------------------------------------------------------------------------


def test_in_strict_order_a_step_counts_only_after_every_step_before_it(engine: Engine) -> None:
    cell = funnel(engine, order="strict")
    assert column(cell, "reached") == [5, 3, 1, 1]  # a went past Demo: neither Demo, nor Proposal, nor won
    assert column(cell, "astray") == [1, 0, 0, None]  # a
    assert column(cell, "open") == [0, 1, 0, None]  # c
    assert column(cell, "lost") == [1, 1, 0, None]  # d, b
    assert column(cell, "inferred") == [0, 0, 0, 0]
    assert "; 1 went on out of order" in cell.finding.en
    assert any(note.en.startswith("Strict order") for note in cell.result.notes)


WAYS = {  # stages in the order of the days they were entered on, with the day
    "back and forth": ("Demo 2", "Discovery 3", "Demo 5", "Proposal 6"),  # Demo counts on day 5
    "backwards": ("Proposal 2", "Demo 3", "Discovery 4"),
    "same day": ("Discovery 2", "Demo 2", "Proposal 2"),
    "twice": ("Discovery 2", "Demo 4", "Proposal 5", "Demo 8", "Proposal 9"),
    "past": ("Discovery 2", "Proposal 4", "Demo 6", "Proposal 7"),
}


def test_strict_order_agrees_with_a_loop_over_the_events(tmp_path: Path) -> None:
    order = ["Discovery", "Demo", "Proposal"]
    deals = [
        {"opportunity_id": name, "stage": way[-1].split()[0], "status": "open", "created_at": "2025-01-02"}
        for name, way in WAYS.items()
    ]
    events = [
        {"opportunity_id": name, "stage": step.split()[0], "entered_at": f"2025-01-0{step.split()[1]}"}
        for name, way in WAYS.items()
        for step in way
    ]
    won = {
        "opportunity_id": "w",
        "stage": "Won",
        "status": "won",
        "created_at": "2025-02-01",
        "closed_at": "2025-02-02",
    }
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": [*deals, won], "stage_events": events}))
    reached, days = [0, 0, 0, 0], []
    for way in WAYS.values():
        told = [(step.split()[0], int(step.split()[1])) for step in way]
        at = min((day for stage, day in told if stage == "Discovery"), default=2)  # else on the day it was created
        reached[0] += 1
        for k, stage in enumerate(order[1:], start=1):
            later = [day for name, day in told if name == stage and day >= at]
            if not later:
                break
            if stage == "Demo":
                days.append(min(later) - at)
            at = min(later)
            reached[k] += 1
    cell = funnel(engine, order="strict")
    assert column(cell, "reached") == reached
    assert sorted(days)[len(days) // 2] == column(cell, "median_days")[1]
    assert column(funnel(engine), "reached")[:3] == [5, 5, 5]  # in any order all came to Proposal


def test_a_window_and_strict_order_together(engine: Engine) -> None:
    cell = funnel(engine, order="strict", window=25)
    assert column(cell, "reached") == [5, 3, 1, 0]  # e was won on day 30
    assert column(cell, "astray") == [1, 0, 0, None]
    assert column(cell, "lost") == [1, 2, 1, None]


def test_leads_in_strict_order(tmp_path: Path) -> None:
    deals = [{k: v for k, v in d.items() if k != "account_id"} for d in DEALS]
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"leads": LEADS, "opportunities": deals}))
    cell = funnel(engine, kind="lifecycle", order="strict")
    # l3 became an SQL without MQL, l1's deal was created before it was an SQL, l5's before it was an MQL
    assert column(cell, "reached") == [5, 3, 2, 0, 0]
    assert column(cell, "astray") == [1, 0, 2, 0, None]


# --- the records behind a step --------------------------------------------------------------------------------------


def test_the_deals_behind_a_step_are_those_that_reached_it(engine: Engine) -> None:
    cell = funnel(engine)
    assert cell.analysis.behind is not None
    rows = cell.analysis.behind(engine, cell, {"step": "Demo", "group": ""}, None)
    told = rows.frame.set_index("opportunity_id")
    assert sorted(told.index) == ["a", "b", "c", "e"]
    assert told["state"].to_dict() == {"a": "done", "b": "lost", "c": "open", "e": "done"}
    assert told["reached"].to_dict() == {"a": "4", "b": "2", "c": "2", "e": "4"}
    assert cell.analysis.behind(engine, cell, None, None).total == 5


def test_the_deals_behind_a_step_of_a_group_in_strict_order(engine: Engine) -> None:
    cell = funnel(engine, by="source", order="strict")
    assert cell.analysis.behind is not None
    rows = cell.analysis.behind(engine, cell, {"step": "Discovery", "group": "web"}, None)
    assert dict(zip(rows.frame["opportunity_id"], rows.frame["state"], strict=True)) == {
        "a": "astray", "b": "lost", "e": "done",
    }  # fmt: skip


def test_the_leads_behind_a_step(tmp_path: Path) -> None:
    deals = [{k: v for k, v in d.items() if k != "account_id"} for d in DEALS]
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"leads": LEADS, "opportunities": deals}))
    cell = funnel(engine, kind="lifecycle")
    assert cell.analysis.behind is not None
    assert set(cell.analysis.behind(engine, cell, {"step": "sql"}, None).frame["lead_id"]) == {"l1", "l3", "l5"}
