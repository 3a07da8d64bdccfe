"""The pipeline waterfall of deals small enough to follow by eye, beside a loop over days that knows no SQL."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import staged, workspace_of

# February 2025. Open on the evening of 31 January: a 100, b 200, c 300 (due March), g 700.
#   a  won 10 Feb.  b  lost 11 Feb.  c  stays open.  d  created 5 Feb, stays.  e  created 6 Feb, lost the same day
#   f  closed before February.  g  lost in January by its stages, reopened 20 February, open.  h  no amount, created
DEALS = table("""
    opportunity_id | stage       | status | amount | created_at | closed_at  | expected_close_at | source
    a              | Won         | won    | 100    | 2025-01-01 | 2025-02-10 | 2025-02-10        | web
    b              | Lost        | lost   | 200    | 2025-01-02 | 2025-02-11 | 2025-02-20        | web
    c              | Demo        | open   | 300    | 2025-01-03 |            | 2025-03-20        | ads
    d              | Demo        | open   | 400    | 2025-02-05 |            | 2025-02-25        | ads
    e              | Lost        | lost   | 500    | 2025-02-06 | 2025-02-06 | 2025-02-06        | web
    f              | Won         | won    | 600    | 2025-01-02 | 2025-01-30 | 2025-01-30        | web
    g              | Demo        | open   | 700    | 2025-01-04 |            | 2025-02-27        | web
    h              | Demo        | open   |        | 2025-02-07 |            | 2025-02-26        | web
""")
EVENTS = table("""
    opportunity_id | stage | entered_at
    a              | Demo  | 2025-01-01
    a              | Won   | 2025-02-10
    g              | Demo  | 2025-01-04
    g              | Lost  | 2025-01-20
    g              | Demo  | 2025-02-20
    b              | Demo  | 2025-01-02
    b              | Lost  | 2025-02-11
""")
FEBRUARY = View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 3, 1)), as_of=dt.date(2025, 2, 28))


def waterfall(engine: Engine, view: View = FEBRUARY, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="pipeline_waterfall", params=params), view)


def parts(cell: CellResult, key: str = "amount") -> dict[str, float | None]:
    frame = cell.result.frame
    return {p: None if v != v else v for p, v in zip(frame["part"], frame[key], strict=True)}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("waterfall")
    return Engine(workspace_of(folder / "w.duckdb", {"opportunities": DEALS, "stage_events": EVENTS}))


def test_from_the_start_to_the_end(engine: Engine) -> None:
    cell = waterfall(engine)
    assert parts(cell) == {
        "start": 600, "created": 900, "reopened": 700, "amount_up": None, "amount_down": None, "pulled_in": None,
        "pushed_out": None, "won": -100, "lost": -700, "end": 1400,
    }  # fmt: skip
    moved = parts(cell, "moved")
    assert (moved["start"], moved["created"], moved["won"], moved["lost"], moved["end"]) == (3, 3, -1, -2, 4)
    assert parts(cell, "deals")["created"] == 3  # d, e and h, which has no amount
    assert cell.result.facts["closes"]


def by_days(deals: list[dict[str, Any]], away: dict[str, tuple[str, str]], view: View) -> dict[str, float]:
    """The same, day by day: which deals are open each evening, and what made them so. away: closed from, until."""

    def is_open(deal: dict[str, Any], day: str) -> bool:
        begun = deal["created_at"] <= day
        over = deal["closed_at"] is not None and deal["closed_at"] <= day
        gone, back = away.get(deal["opportunity_id"], ("9999", "9999"))
        return begun and not over and not gone <= day < back

    sums = dict.fromkeys(("start", "created", "reopened", "won", "lost", "end"), 0.0)
    first, end = view.period.start, view.period.end
    evenings = [first - dt.timedelta(days=1) + dt.timedelta(days=k) for k in range((end - first).days + 1)]
    for deal in deals:
        worth = float(deal["amount"] or 0)
        sums["start"] += worth * is_open(deal, evenings[0].isoformat())
        sums["end"] += worth * is_open(deal, evenings[-1].isoformat())
        for day in map(dt.date.isoformat, evenings[1:]):
            gone, back = away.get(deal["opportunity_id"], ("9999", "9999"))
            sums["created"] += worth * (deal["created_at"] == day)
            sums["reopened"] += worth * (back == day)
            if deal["closed_at"] == day:
                sums[deal["status"]] -= worth
            elif gone == day:
                sums["lost"] -= worth
    return sums


def test_it_agrees_with_a_loop_over_days_in_every_month(engine: Engine) -> None:
    for month in (1, 2):
        view = View(period=Period(dt.date(2025, month, 1), dt.date(2025, month + 1, 1)), as_of=FEBRUARY.as_of)
        told = {k: v for k, v in parts(waterfall(engine, view)).items() if v is not None}
        assert told == by_days(DEALS, {"g": ("2025-01-20", "2025-02-20")}, view)


def test_of_deals_due_in_the_period_alone(engine: Engine) -> None:
    told = parts(waterfall(engine, due="period"))
    assert told["start"] == 300  # a, b; c is due in March
    assert told["created"] == 900
    assert told["end"] == 1100  # d, g, h


def test_a_filter_keeps_only_its_deals(engine: Engine) -> None:
    view = View(period=FEBRUARY.period, as_of=FEBRUARY.as_of, where={"source": ("ads",)})
    told = parts(waterfall(engine, view))
    assert (told["start"], told["created"], told["end"]) == (300, 400, 700)


def test_as_of_an_earlier_day_what_came_later_is_not_known(engine: Engine) -> None:
    told = parts(waterfall(engine, View(period=FEBRUARY.period, as_of=dt.date(2025, 2, 10))))
    assert (told["won"], told["lost"], told["reopened"]) == (-100, -500, 0)
    assert told["end"] == 900  # b, c, d


def test_without_a_deal_that_came_back_the_end_is_the_figure_of_the_cards(engine: Engine, tmp_path: Path) -> None:
    plain = Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": DEALS}))
    answer = plain.evaluate(Query(metric="open_pipeline", periods=(FEBRUARY.period,), as_of=FEBRUARY.as_of, where={}))
    cell = waterfall(plain)
    assert parts(cell)["end"] == answer.rows[0]["value"]
    assert parts(cell)["reopened"] is None
    assert any("no stage history" in note.en for note in cell.result.notes)


def test_the_deals_behind_a_part_and_behind_the_end(engine: Engine) -> None:
    cell = waterfall(engine)
    assert cell.analysis.behind is not None

    def deals(part: str) -> dict[str, float]:
        rows = cell.analysis.behind(engine, cell, {"part": part}, None).frame  # type: ignore[misc]
        return dict(zip(rows["opportunity_id"], rows["moved"].astype(float), strict=True))

    assert deals("lost") == {"b": -200, "e": -500}
    assert deals("end") == {"c": 300, "d": 400, "g": 700, "h": 0}
    assert deals("reopened") == {"g": 700}


# --- several exports of the same deals ---------------------------------------------------------------------------

FIRST = table("""
    opportunity_id | stage | status | amount | created_at | closed_at  | expected_close_at
    a              | Demo  | open   | 100    | 2025-01-05 |            | 2025-02-20
    b              | Demo  | open   | 200    | 2025-01-31 |            | 2025-02-25
    c              | Demo  | open   | 300    | 2025-01-06 |            | 2025-03-10
""")
# the second export shows deals of up to 12 February: b was cut and pushed out, c came in, a was won for more
SECOND = table("""
    opportunity_id | stage | status | amount | created_at | closed_at  | expected_close_at
    a              | Won   | won    | 130    | 2025-01-05 | 2025-02-08 | 2025-02-08
    b              | Demo  | open   | 150    | 2025-01-31 |            | 2025-04-01
    c              | Demo  | open   | 300    | 2025-01-06 |            | 2025-02-28
    d              | Demo  | open   | 50     | 2025-02-12 |            | 2025-02-26
""")


@pytest.fixture
def exported_twice(tmp_path: Path) -> Engine:
    workspace = Workspace.open(tmp_path / "w.duckdb")
    workspace.load_many([staged("opportunities", FIRST, "january.csv")])
    workspace.load_many([staged("opportunities", SECOND, "february.csv")])
    return Engine(workspace)


def test_amounts_that_changed_between_exports(exported_twice: Engine) -> None:
    told = parts(waterfall(exported_twice))
    assert told == {
        "start": 600, "created": 50, "reopened": None, "amount_up": 30, "amount_down": -50, "pulled_in": None,
        "pushed_out": None, "won": -130, "lost": 0, "end": 500,
    }  # fmt: skip


def test_dates_that_moved_between_exports(exported_twice: Engine) -> None:
    told = parts(waterfall(exported_twice, due="period"))
    # a 100 and b 200 are due; a goes for 130; b is cut to 150 and leaves; c 300 and d 50 come
    assert told == {
        "start": 300, "created": 50, "reopened": None, "amount_up": 30, "amount_down": -50, "pulled_in": 300,
        "pushed_out": -150, "won": -130, "lost": 0, "end": 350,
    }  # fmt: skip


def test_the_sentence(engine: Engine) -> None:
    assert waterfall(engine).finding.en == (
        "Open pipeline went from $600 (Jan 31, 2025) to $1,400 (Feb 28, 2025), +133.3%: $900 created, $100 won, "
        "$700 lost."
    )
    assert waterfall(engine, measure="deals").finding.ru.startswith("Открытая воронка: 3 (31.01.2025) → 4")
