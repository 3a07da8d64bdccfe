"""Where deals die and why: nine lost deals by hand, beside a loop over their events."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.lost_deals import REASONS
from revops.analysis.run import run_cell
from revops.analysis.values import OTHER_KEY
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import table
from tests.support import workspace_of

# b went back to Discovery before it died; c was lost in Demo, entered twice in a row; e has no history and no stage of
# the way; f is of March; g has no reason; h died on the day it came to Demo
DEALS = table("""
    opportunity_id | stage    | status | amount | created_at | closed_at  | loss_reason | source
    a              | Lost     | lost   | 100    | 2025-01-01 | 2025-02-10 | Price       | web
    b              | Lost     | lost   | 200    | 2025-01-02 | 2025-02-11 | Price       | web
    c              | Lost     | lost   |        | 2025-01-03 | 2025-02-12 | No budget   | ads
    d              | Won      | won    | 400    | 2025-01-04 | 2025-02-13 |             | ads
    e              | Lost     | lost   | 500    | 2025-01-05 | 2025-02-14 | Price       | web
    f              | Lost     | lost   | 600    | 2025-01-06 | 2025-03-15 | Price       | web
    g              | Lost     | lost   | 700    | 2025-01-07 | 2025-02-16 |             | web
    h              | Lost     | lost   | 800    | 2025-01-08 | 2025-02-17 | Price       | web
""")
EVENTS = table("""
    opportunity_id | stage     | entered_at
    a              | Discovery | 2025-01-01
    a              | Demo      | 2025-02-01
    a              | Lost      | 2025-02-10
    b              | Discovery | 2025-01-02
    b              | Demo      | 2025-01-12
    b              | Discovery | 2025-01-22
    b              | Lost      | 2025-02-11
    c              | Demo      | 2025-01-03
    c              | Demo      | 2025-01-13
    c              | Lost      | 2025-02-12
    d              | Demo      | 2025-01-04
    d              | Won       | 2025-02-13
    f              | Demo      | 2025-01-06
    g              | Discovery | 2025-01-07
    h              | Discovery | 2025-01-08
    h              | Demo      | 2025-02-17
""")
FEBRUARY = View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 3, 1)), as_of=dt.date(2025, 3, 31))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("lost")
    return Engine(workspace_of(folder / "w.duckdb", {"opportunities": DEALS, "stage_events": EVENTS}))


def lost(engine: Engine, view: View = FEBRUARY, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="lost_deals", params=params), view)


def by_loop() -> dict[tuple[str, str], list[tuple[float | None, int | None]]]:
    """(last stage, reason) -> amount and days in the stage of each deal lost in February."""
    found: dict[tuple[str, str], list[tuple[float | None, int | None]]] = {}
    for deal in DEALS:
        if deal["status"] != "lost" or not deal["closed_at"].startswith("2025-02"):
            continue
        stage, since = "", None
        for event in (e for e in EVENTS if e["opportunity_id"] == deal["opportunity_id"]):
            if event["stage"] != "Lost" and event["stage"] != stage:
                stage, since = event["stage"], dt.date.fromisoformat(event["entered_at"])
        days = None if since is None else (dt.date.fromisoformat(deal["closed_at"]) - since).days
        amount = None if deal["amount"] is None else float(deal["amount"])
        found.setdefault((stage, deal["loss_reason"] or ""), []).append((amount, days))
    return found


def test_it_agrees_with_a_loop_over_the_events(engine: Engine) -> None:
    frame = lost(engine).result.frame.set_index(["stage", "reason"])
    expected = by_loop()
    assert frame["deals"].to_dict() == {key: len(deals) for key, deals in expected.items()}
    for key, deals in expected.items():
        amounts = [amount for amount, _ in deals if amount is not None]
        days = [d for _, d in deals if d is not None]
        assert frame["amount"][key] == sum(amounts) or (not amounts and frame["amount"][key] != frame["amount"][key])
        assert frame["median_days"][key] == median(days) if days else frame["median_days"].isna()[key]


def test_by_hand(engine: Engine) -> None:
    frame = lost(engine).result.frame.set_index(["stage", "reason"])
    assert frame["deals"].to_dict() == {
        ("Demo", "Price"): 2,  # a, h
        ("Demo", "No budget"): 1,  # c
        ("Discovery", "Price"): 1,  # b, after it went back
        ("Discovery", ""): 1,  # g
        ("", "Price"): 1,  # e
    }
    assert frame["median_days"]["Demo", "Price"] == 4.5  # a 9, h 0
    assert frame["median_days"]["Demo", "No budget"] == 40
    assert frame["share"].sum() == pytest.approx(1)


def test_totals_of_stages_and_of_all(engine: Engine) -> None:
    facts = lost(engine).result.facts
    assert {k: int(v["deals"]) for k, v in facts["stages"].items()} == {"Demo": 3, "Discovery": 2, "": 1}
    assert (int(facts["whole"]["deals"]), float(facts["whole"]["amount"])) == (6, 2300)
    assert facts["whole"]["median_days"] == 20  # 0, 9, 20, 40, 40


def test_a_deal_without_history_is_said(engine: Engine) -> None:
    assert any("1 of 6" in note.en for note in lost(engine).result.notes)


def test_a_filter_keeps_only_its_deals(engine: Engine) -> None:
    view = View(period=FEBRUARY.period, as_of=FEBRUARY.as_of, where={"source": ("ads",)})
    assert lost(engine, view).result.frame[["stage", "reason", "deals"]].values.tolist() == [["Demo", "No budget", 1]]


def test_the_deals_behind(engine: Engine) -> None:
    cell = lost(engine)
    assert cell.analysis.behind is not None
    rows = cell.analysis.behind(engine, cell, {"stage": "Demo", "reason": "Price"}, None)
    assert rows.frame["opportunity_id"].tolist() == ["h", "a"]  # the largest first
    assert rows.sums == {"lost_amount": 900}
    one = cell.analysis.behind(engine, cell, {"stage": "Demo", "reason": "Price"}, 1)
    assert (len(one.frame), one.total, one.sums) == (1, 2, {"lost_amount": 900})
    assert cell.analysis.behind(engine, cell, None, None).total == 6


def test_rare_reasons_stand_together(tmp_path: Path) -> None:
    deals = [
        {
            "opportunity_id": f"{reason}-{k}", "stage": "Lost", "status": "lost", "created_at": "2025-01-01",
            "closed_at": "2025-02-02", "loss_reason": f"Reason {reason}",
        }
        for reason in range(REASONS + 2)
        for k in range(10 - reason)
    ]  # fmt: skip
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": deals}))
    cell = lost(engine)
    counts = dict(zip(cell.result.frame["reason"], cell.result.frame["deals"], strict=True))
    assert len(counts) == REASONS + 1
    assert counts[OTHER_KEY] == (10 - REASONS) + (9 - REASONS)
    assert cell.analysis.behind is not None
    assert cell.analysis.behind(engine, cell, {"reason": OTHER_KEY}, None).total == counts[OTHER_KEY]


def test_the_sentence(engine: Engine) -> None:
    assert lost(engine).finding.en == (
        "6 deals lost in Feb 2025 ($2,300): most in “Demo” (50.0%), most often for “Price” (66.7%); half of them had "
        "stood longer than 20\u00a0days in their last stage."
    )


def test_nothing_lost(engine: Engine) -> None:
    view = View(period=Period(dt.date(2024, 2, 1), dt.date(2024, 3, 1)), as_of=FEBRUARY.as_of)
    assert lost(engine, view).result.empty is not None
