"""Where deals go from each stage: six deals drawn by hand, beside a loop over their events."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.analysis.stage_matrix import LOST, STILL
from revops.errors import NotComputable
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

# Discovery, Demo, Proposal, Won in order. As of 28 February.
#   a  on: Discovery -> Demo -> Proposal -> Won        b  past Demo: Discovery -> Proposal -> lost (by its record)
#   c  back: Discovery -> Demo -> Discovery -> Demo, still there      d  Discovery -> lost -> Discovery, still there
#   e  came in December, went on in January             f  Demo is entered twice in a row: one stay
DEALS = table("""
    opportunity_id | stage     | status | created_at | closed_at  | amount | source
    a              | Won       | won    | 2025-01-01 | 2025-01-20 | 100    | web
    b              | Lost      | lost   | 2025-01-02 | 2025-01-30 | 200    | web
    c              | Demo      | open   | 2025-01-03 |            | 300    | ads
    d              | Discovery | open   | 2025-01-04 |            | 400    | ads
    e              | Won       | won    | 2024-12-20 | 2025-01-25 | 500    | web
    f              | Demo      | open   | 2025-01-06 |            | 600    | web
""")
EVENTS = table("""
    opportunity_id | stage     | entered_at
    a              | Discovery | 2025-01-01
    a              | Demo      | 2025-01-05
    a              | Proposal  | 2025-01-11
    a              | Won       | 2025-01-20
    b              | Discovery | 2025-01-02
    b              | Proposal  | 2025-01-12
    c              | Discovery | 2025-01-03
    c              | Demo      | 2025-01-09
    c              | Discovery | 2025-01-12
    c              | Demo      | 2025-01-22
    d              | Discovery | 2025-01-04
    d              | Lost      | 2025-01-14
    d              | Discovery | 2025-02-03
    e              | Discovery | 2024-12-20
    e              | Proposal  | 2025-01-10
    e              | Won       | 2025-01-25
    f              | Discovery | 2025-01-06
    f              | Demo      | 2025-01-07
    f              | Demo      | 2025-01-09
    f              | Discovery | 2025-01-27
""")
ALL = View(period=Period(dt.date(2024, 12, 1), dt.date(2025, 3, 1)), as_of=dt.date(2025, 2, 28))
JANUARY = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 2, 1)), as_of=dt.date(2025, 2, 28))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("matrix")
    return Engine(workspace_of(folder / "w.duckdb", {"opportunities": DEALS, "stage_events": EVENTS}))


def matrix(engine: Engine, view: View = JANUARY, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="stage_matrix", params=params), view)


def counts(cell: CellResult) -> dict[tuple[str, str], int]:
    frame = cell.result.frame
    return {(s, n): int(k) for s, n, k in zip(frame["stage"], frame["next"], frame["cases"], strict=True)}


def test_on_past_back_lost_and_still_there(engine: Engine) -> None:
    assert counts(matrix(engine)) == {
        ("Discovery", "Demo"): 4,  # a, c twice, f
        ("Discovery", "Proposal"): 1,  # b; e entered Discovery before January
        ("Discovery", LOST): 1,  # d, by its stages
        ("Discovery", STILL): 1,  # f, since 27 January
        ("Demo", "Proposal"): 1,  # a
        ("Demo", "Discovery"): 2,  # c, f
        ("Demo", STILL): 1,  # c
        ("Proposal", "Won"): 2,  # a, e
        ("Proposal", LOST): 1,  # b, by its record
        (LOST, "Discovery"): 1,  # d came back
    }


def test_the_kinds_of_moves_and_shares_that_add_up(engine: Engine) -> None:
    cell = matrix(engine)
    frame = cell.result.frame.set_index(["stage", "next"])
    kinds = frame["kind"].to_dict()
    assert kinds["Discovery", "Demo"] == kinds["Proposal", "Won"] == "forward"
    assert kinds["Discovery", "Proposal"] == "skipped"
    assert kinds["Demo", "Discovery"] == kinds[LOST, "Discovery"] == "back"
    assert frame["n"].loc["Discovery"].tolist() == [7, 7, 7, 7]
    assert frame.groupby("stage")["share"].sum().round(9).tolist() == [1.0] * 4


def test_days_in_the_stage(engine: Engine) -> None:
    days = matrix(engine).result.frame.set_index(["stage", "next"])["median_days"]
    assert days["Discovery", "Demo"] == 5  # 4, 6, 10, 1
    assert days["Proposal", LOST] == 18  # 12 to 30 January
    assert days["Demo", "Discovery"] == 11.5  # c 3; f 20, from its first entry
    assert days["Demo", STILL] == 37  # c, 22 January to 28 February


def test_it_agrees_with_a_loop_over_the_events(engine: Engine) -> None:
    order = ["Discovery", "Demo", "Proposal", "Won"]
    found: Counter[tuple[str, str]] = Counter()
    days: dict[tuple[str, str], list[int]] = {}
    for deal in DEALS:
        way: list[tuple[str, dt.date]] = []
        for event in (e for e in EVENTS if e["opportunity_id"] == deal["opportunity_id"]):
            stage = {"lost": LOST}.get(event["stage"].lower(), event["stage"].capitalize())
            if not way or way[-1][0] != stage:
                way.append((stage, dt.date.fromisoformat(event["entered_at"])))
        for k, (stage, entered) in enumerate(way):
            following, left = way[k + 1] if k + 1 < len(way) else (None, None)
            if following is None and stage in ("Won", LOST):
                continue
            if following is None:
                following = {"won": "Won", "lost": LOST, "open": STILL}[deal["status"]]
                left = dt.date.fromisoformat(deal["closed_at"]) if deal["closed_at"] else ALL.as_of
            found[stage, following] += 1
            days.setdefault((stage, following), []).append((left - entered).days)
    cell = matrix(engine, ALL)
    assert counts(cell) == dict(found)
    told = cell.result.frame.set_index(["stage", "next"])["median_days"]
    assert {key: told[key] for key in days} == {key: median(d) for key, d in days.items()}
    assert cell.result.facts["steps"] == tuple(order)


def test_as_of_an_earlier_day_they_are_where_they_were_then(engine: Engine) -> None:
    told = counts(matrix(engine, View(period=JANUARY.period, as_of=dt.date(2025, 1, 10))))
    assert told == {
        ("Discovery", "Demo"): 3, ("Discovery", STILL): 2, ("Demo", STILL): 3, ("Proposal", STILL): 1,
    }  # fmt: skip


def test_a_filter_keeps_only_its_deals(engine: Engine) -> None:
    ads = View(period=JANUARY.period, as_of=JANUARY.as_of, where={"source": ("ads",)})
    assert sum(counts(matrix(engine, ads)).values()) == 6  # c 4, d 2 (it entered Discovery again in February)


def test_the_deals_behind_a_move(engine: Engine) -> None:
    cell = matrix(engine)
    assert cell.analysis.behind is not None
    rows = cell.analysis.behind(engine, cell, {"stage": "Demo", "next": "Discovery"}, None)
    assert rows.frame[["opportunity_id", "days"]].values.tolist() == [["f", 20], ["c", 3]]
    assert cell.analysis.behind(engine, cell, None, None).total == sum(counts(cell).values())


def test_without_stage_history_it_says_what_to_load(tmp_path: Path) -> None:
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": DEALS}))
    with pytest.raises(NotComputable, match="stage_events"):
        matrix(engine)
