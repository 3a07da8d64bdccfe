"""The funnel by when its records came: nine deals drawn by hand, a loop over them, and the funnel's own counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import norm

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.errors import BadParameter
from revops.metrics.core import Grain, Period
from revops.metrics.engine import Engine
from tests.oracle.company import AS_OF as COMPANY_AS_OF
from tests.oracle.company import table
from tests.support import workspace_of

# Discovery, Demo, Won in order. As of 30 April.
#   January:  a won   b lost in Demo   c lost in Discovery   d won past Demo, in February
#   February: e open in Discovery      f open in Demo        g won
#   March: nobody came                 April: h open in Discovery, i won
DEALS = table("""
    opportunity_id | stage     | status | created_at | closed_at  | source
    a              | Won       | won    | 2025-01-05 | 2025-01-20 | web
    b              | Lost      | lost   | 2025-01-06 | 2025-01-25 | web
    c              | Lost      | lost   | 2025-01-07 | 2025-01-09 | ads
    d              | Won       | won    | 2025-01-31 | 2025-02-10 | ads
    e              | Discovery | open   | 2025-02-01 |            | web
    f              | Demo      | open   | 2025-02-10 |            | ads
    g              | Won       | won    | 2025-02-28 | 2025-04-20 | web
    h              | Discovery | open   | 2025-04-02 |            | web
    i              | Won       | won    | 2025-04-03 | 2025-04-12 | web
""")
EVENTS = table("""
    opportunity_id | stage     | entered_at
    a              | Discovery | 2025-01-05
    a              | Demo      | 2025-01-09
    a              | Won       | 2025-01-20
    b              | Discovery | 2025-01-06
    b              | Demo      | 2025-01-10
    c              | Discovery | 2025-01-07
    d              | Discovery | 2025-01-31
    d              | Won       | 2025-02-10
    e              | Discovery | 2025-02-01
    f              | Discovery | 2025-02-10
    f              | Demo      | 2025-02-15
    g              | Discovery | 2025-02-28
    g              | Demo      | 2025-03-05
    g              | Won       | 2025-04-20
    h              | Discovery | 2025-04-02
    i              | Discovery | 2025-04-03
    i              | Demo      | 2025-04-06
    i              | Won       | 2025-04-12
""")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 5, 1)), as_of=dt.date(2025, 4, 30))
JAN, FEB, MAR, APR = (dt.date(2025, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("cohorts_of_journeys")
    return Engine(workspace_of(folder / "w.duckdb", {"opportunities": DEALS, "stage_events": EVENTS}))


def trend(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="funnel_trend", params=params), view)


def told(cell: CellResult, *names: str) -> dict[tuple[dt.date, str], tuple[Any, ...]]:
    """(cohort, step) -> the values of the columns, None for what is missing."""
    frame = cell.result.frame
    rows = zip(frame["cohort"], frame["step"], *(frame[n] for n in names), strict=True)
    return {(c, s): tuple(None if v != v else v for v in values) for c, s, *values in rows}


def test_each_month_of_entry_has_its_own_steps(engine: Engine) -> None:
    assert told(trend(engine), "entered", "came", "reached", "not_yet", "lost") == {
        (JAN, "Demo"): (4, 4, 3, 0, 1),  # d went past Demo; c was lost before it
        (JAN, "Won"): (4, 3, 2, 0, 1),  # b was lost in Demo
        (FEB, "Demo"): (3, 3, 2, 1, 0),  # e is not there yet
        (FEB, "Won"): (3, 2, 1, 1, 0),  # f is not there yet; g came in April, and counts in February
        (MAR, "Demo"): (0, 0, 0, 0, 0),
        (MAR, "Won"): (0, 0, 0, 0, 0),
        (APR, "Demo"): (2, 2, 1, 1, 0),
        (APR, "Won"): (2, 1, 1, 0, 0),
    }


def test_rates_from_the_step_before_and_what_may_still_come(engine: Engine) -> None:
    cell = trend(engine)
    assert told(cell, "share", "share_of_previous", "share_of_first", "share_of_decided", "at_most") == {
        (JAN, "Demo"): (3 / 4, 3 / 4, 3 / 4, 3 / 4, 3 / 4),
        (JAN, "Won"): (2 / 3, 2 / 3, 2 / 4, 2 / 3, 2 / 3),
        (FEB, "Demo"): (2 / 3, 2 / 3, 2 / 3, 2 / 2, 3 / 3),
        (FEB, "Won"): (1 / 2, 1 / 2, 1 / 3, 1 / 1, 2 / 2),
        (MAR, "Demo"): (None,) * 5,  # nobody came: no rate, not 0
        (MAR, "Won"): (None,) * 5,
        (APR, "Demo"): (1 / 2, 1 / 2, 1 / 2, 1 / 1, 2 / 2),
        (APR, "Won"): (1, 1, 1 / 2, 1, 1),
    }
    low, high = told(cell, "low", "high")[JAN, "Demo"]
    n, share, z = 4, 3 / 4, norm.ppf(0.975)  # Wilson's interval by its formula
    middle, half = share + z**2 / (2 * n), z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    assert (low, high) == pytest.approx(((middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)))


def test_rates_from_the_first_step_wait_for_all_who_are_open_before(engine: Engine) -> None:
    cell = trend(engine, rate="first")
    assert {c.key: c.label.en for c in cell.result.columns}["came"] == "Entered"
    assert [t.en for t in cell.result.facts["names"].values()] == ["Discovery → Demo", "Discovery → Won"]
    rows = told(cell, "share", "came", "not_yet", "lost", "share_of_decided", "at_most")
    assert rows[JAN, "Won"] == (2 / 4, 4, 0, 2, 2 / 4, 2 / 4)
    assert rows[FEB, "Won"] == (1 / 3, 3, 2, 0, 1 / 1, 3 / 3)  # e in Discovery and f in Demo
    assert rows[APR, "Won"] == (1 / 2, 2, 1, 0, 1 / 1, 2 / 2)


def test_young_cohorts_and_few_cases_are_marked(engine: Engine) -> None:
    marks = told(trend(engine), "immature", "few")
    assert {key for key, (young, _) in marks.items() if young} == {(FEB, "Demo"), (FEB, "Won"), (APR, "Demo")}
    assert {key for key, (_, few) in marks.items() if not few} == {
        (MAR, "Demo"),
        (MAR, "Won"),
    }  # of 0 there is no share
    from_first = told(trend(engine, rate="first"), "immature")
    assert {key for key, (young,) in from_first.items() if young} == {
        (FEB, "Demo"), (FEB, "Won"), (APR, "Demo"), (APR, "Won"),
    }  # fmt: skip


def test_a_window_decides_who_was_not_in_time(engine: Engine) -> None:
    rows = told(trend(engine, window=30), "reached", "not_yet", "lost")
    assert rows[FEB, "Demo"] == (2, 0, 1)  # e, of 1 February, is not in time
    assert rows[FEB, "Won"] == (0, 0, 2)  # f; g was won on day 51
    assert rows[APR, "Demo"] == (1, 1, 0)  # of h the window is not over yet


def test_in_strict_order_who_went_past_a_step_is_astray(engine: Engine) -> None:
    rows = told(trend(engine, order="strict"), "came", "reached", "not_yet", "lost", "astray")
    assert rows[JAN, "Demo"] == (4, 2, 0, 1, 1)  # d
    assert rows[JAN, "Won"] == (2, 1, 0, 1, 0)


@pytest.mark.parametrize(
    ("grain", "starts"),
    [
        (Grain.WEEK, [dt.date(2024, 12, 30) + dt.timedelta(days=7 * k) for k in range(18)]),
        (Grain.QUARTER, [dt.date(2025, 1, 1), dt.date(2025, 4, 1)]),
        (Grain.YEAR, [dt.date(2025, 1, 1)]),
    ],
)
def test_cohorts_are_periods_of_the_time_step(engine: Engine, grain: Grain, starts: list[dt.date]) -> None:
    cell = trend(engine, replace(VIEW, grain=grain))
    assert list(dict.fromkeys(cell.result.frame["cohort"])) == starts
    entered = {c: n for (c, s), (n,) in told(cell, "entered").items() if s == "Demo"}
    days = [dt.date.fromisoformat(d["created_at"]) for d in DEALS]
    ends = [*starts[1:], dt.date(2026, 1, 1)]
    assert entered == {a: sum(a <= day < z for day in days) for a, z in zip(starts, ends, strict=True)}


def test_a_period_still_running_is_marked_and_what_is_still_to_come_is_no_cohort(engine: Engine) -> None:
    cell = trend(engine, replace(VIEW, as_of=dt.date(2025, 2, 20)))
    assert list(dict.fromkeys(cell.result.frame["cohort"])) == [JAN, FEB]
    assert told(cell, "running")[FEB, "Demo"] == (True,)
    assert told(cell, "running")[JAN, "Demo"] == (False,)


@pytest.mark.parametrize(("params", "grain"), [
    *(({"kind": kind, "order": order, "window": window}, Grain.MONTH)
      for kind in ("pipeline", "lifecycle") for order in ("any", "strict") for window in (None, 45)),
    *(({"kind": "lifecycle", "order": "any", "window": 45}, g) for g in (Grain.WEEK, Grain.QUARTER, Grain.YEAR)),
], ids=str)  # fmt: skip
def test_cohorts_sum_to_the_funnel(company: Engine, params: dict[str, Any], grain: Grain) -> None:
    view = View(period=Period(dt.date(2024, 11, 10), dt.date(2025, 7, 1)), as_of=COMPANY_AS_OF, grain=grain)
    whole = run_cell(company, Cell(analysis="funnel", params=params), view).result.frame
    cell = trend(company, view, **params)
    frame = cell.result.frame
    sums = frame.groupby("position")[["entered", "came", "reached", "not_yet", "lost", "astray"]].sum()
    assert whole["reached"].iloc[0] > 0
    assert sums["reached"].tolist() == whole["reached"].tolist()[1:]
    assert sums["came"].tolist() == whole["reached"].tolist()[:-1]
    assert set(sums["entered"]) == {whole["reached"].iloc[0]}
    assert sums["not_yet"].tolist() == whole["open"].tolist()[:-1]
    assert sums["lost"].tolist() == whole["lost"].tolist()[:-1]
    assert sums["astray"].tolist() == whole["astray"].tolist()[:-1]
    assert (sums["came"] == sums["reached"] + sums["not_yet"] + sums["lost"] + sums["astray"]).all()
    assert cell.passport.rows_used[0][1] == whole["reached"].iloc[0]


def test_it_agrees_with_a_loop_over_the_deals(engine: Engine) -> None:
    order = {"Discovery": 1, "Demo": 2, "Won": 3}
    found: dict[tuple[dt.date, str], list[int]] = {}
    for deal in DEALS:
        far = max(order[e["stage"]] for e in EVENTS if e["opportunity_id"] == deal["opportunity_id"])
        month = dt.date.fromisoformat(deal["created_at"]).replace(day=1)
        for step in ("Demo", "Won"):
            counts = found.setdefault((month, step), [0, 0, 0])
            counts[0] += far >= order[step] - 1
            counts[1] += far >= order[step]
            counts[2] += far == order[step] - 1 and deal["status"] == "open"
    rows = told(trend(engine), "came", "reached", "not_yet")
    assert {key: rows[key] for key in found} == {key: tuple(v) for key, v in found.items()}


def test_a_filter_keeps_only_its_records(engine: Engine) -> None:
    ads = trend(engine, replace(VIEW, where={"source": ("ads",)}))
    assert told(ads, "entered", "reached")[JAN, "Won"] == (2, 1)


def test_the_records_of_a_cohort_that_reached_the_step(engine: Engine) -> None:
    cell = trend(engine)
    assert cell.analysis.behind is not None
    rows = cell.analysis.behind(engine, cell, {"cohort": "2025-01-01", "step": "Demo"}, None)
    assert dict(zip(rows.frame["opportunity_id"], rows.frame["state"], strict=True)) == {
        "a": "done", "b": "lost", "d": "done",
    }  # fmt: skip
    assert cell.analysis.behind(engine, cell, {"cohort": "2025-03-01", "step": "Demo"}, None).total == 0
    assert cell.analysis.behind(engine, cell, None, None).total == len(DEALS)
    weekly = trend(engine, replace(VIEW, grain=Grain.WEEK))
    of_week = cell.analysis.behind(engine, weekly, {"cohort": "2025-01-06", "step": "Demo"}, None)
    assert of_week.frame["opportunity_id"].tolist() == ["b"]


# --- which step moved ----------------------------------------------------------------------------------------------


def company_of(tmp_path: Path, won: tuple[int, ...], demo: tuple[int, ...], still: tuple[int, ...]) -> Engine:
    """A hundred deals a month from January: how many of them came to Demo, were won, and (lost else) are still open."""
    deals, events = [], []
    for month, (to_demo, to_won, open_) in enumerate(zip(demo, won, still, strict=True), start=1):
        for k in range(100):
            key, day = f"{month}-{k}", dt.date(2025, month, 3)
            far = ["Discovery", *(["Demo"] if k < to_demo else []), *(["Won"] if k < to_won else [])]
            status = "won" if k < to_won else "open" if k >= 100 - open_ else "lost"
            deals.append(
                {
                    "opportunity_id": key,
                    "stage": {"won": "Won", "lost": "Lost", "open": far[-1]}[status],
                    "status": status,
                    "created_at": day,
                    "closed_at": None if status == "open" else day + dt.timedelta(days=9),
                }
            )
            events += [
                {"opportunity_id": key, "stage": stage, "entered_at": day + dt.timedelta(days=3 * n)}
                for n, stage in enumerate(far)
            ]
    return Engine(workspace_of(tmp_path / "w.duckdb", {"opportunities": deals, "stage_events": events}))


def test_the_step_that_moved_most_beyond_noise_is_named(tmp_path: Path) -> None:
    # to Demo: 61 % in both halves. to Won: 61 of 122, then 25 of 122
    engine = company_of(tmp_path, won=(30, 31, 12, 13), demo=(60, 62, 61, 61), still=(0, 0, 0, 0))
    cell = trend(engine)
    moves = {m["step"]: m for m in cell.result.facts["moves"]}
    assert [(moves[s]["first"], moves[s]["first_n"]) for s in ("Demo", "Won")] == [(122 / 200, 200), (61 / 122, 122)]
    assert [(moves[s]["second"], moves[s]["second_n"]) for s in ("Demo", "Won")] == [(122 / 200, 200), (25 / 122, 122)]
    pooled = (61 + 25) / 244
    z = (61 / 122 - 25 / 122) / (pooled * (1 - pooled) * 2 / 122) ** 0.5
    assert moves["Won"]["p"] == pytest.approx(2 * (2 * norm.sf(z)))  # times two steps: Holm's correction
    assert (moves["Demo"]["signal"], moves["Won"]["signal"]) == (False, True)
    assert cell.finding.en.replace("\u00a0", " ") == (
        "By month of entry, Demo → Won moved most: 20.5% of 122 decided in Mar 2025 – Apr 2025, down 29.5 pp from "
        "50.0% of 122 in Jan 2025 – Feb 2025, more than noise; steps that moved more than noise: 1 of 2."
    )
    assert cell.finding.ru.replace("\u00a0", " ") == (
        "По месяцу входа сильнее всего изменился переход Demo → Won: за мар 2025 – апр 2025 — 20,5 % из 122 "
        "определившихся, ниже на 29,5 п.п.: за янв 2025 – фев 2025 было 50,0 % из 122, это больше случайного "
        "разброса; больше разброса изменились шаги: 1 из 2."
    )


def test_halves_are_told_as_far_as_they_lie_within_the_range(engine: Engine) -> None:
    view = replace(VIEW, grain=Grain.QUARTER, period=Period(dt.date(2025, 2, 1), dt.date(2025, 6, 1)))
    facts = trend(engine, view).result.facts
    assert facts["first_half"] == Period(dt.date(2025, 2, 1), dt.date(2025, 4, 1))
    assert facts["second_half"] == Period(dt.date(2025, 4, 1), dt.date(2025, 6, 1))


def test_within_noise_no_step_is_blamed(tmp_path: Path) -> None:
    engine = company_of(tmp_path, won=(30, 31, 29, 30), demo=(60, 62, 61, 58), still=(0, 0, 0, 0))
    assert trend(engine).finding.en.startswith("By month of entry, no step's rate moved more than noise between ")


def test_cohorts_not_old_enough_are_no_evidence(tmp_path: Path) -> None:
    # April: 40 of 100 are still in Discovery. March and before: all decided
    engine = company_of(tmp_path, won=(30, 30, 30, 5), demo=(60, 60, 60, 10), still=(0, 0, 0, 40))
    cell = trend(engine)
    assert any(note.en.startswith("Hollow: not old enough yet") for note in cell.result.notes)
    moves = {m["step"]: m for m in cell.result.facts["moves"]}
    assert (moves["Demo"]["second"], moves["Demo"]["second_n"]) == (60 / 100, 100)  # of March alone
    assert not any(m["signal"] for m in moves.values() if m["step"] == "Demo")


def test_where_nobody_can_know_yet_it_says_so(engine: Engine) -> None:
    assert trend(engine, replace(VIEW, grain=Grain.YEAR)).finding.en.startswith("Can't tell: there is one cohort only")
    nobody = trend(engine, replace(VIEW, period=Period(dt.date(2024, 1, 1), dt.date(2024, 3, 1))))
    assert nobody.result.empty is not None
    assert nobody.finding.ru.startswith("Нельзя сказать:")


def test_all_open_in_every_cohort_asks_for_a_window(tmp_path: Path) -> None:
    engine = company_of(tmp_path, won=(1, 1), demo=(2, 2), still=(98, 98))
    finding = trend(engine).finding.en
    assert finding.startswith("Can't tell: in no step are cohorts of both halves old enough")
    assert "conversion window" in finding
    notes = [note.en for note in trend(engine).result.notes]
    assert any("or no period is old enough: Discovery → Demo, Demo → Won." in note for note in notes)


def test_an_unknown_pipeline_is_refused(engine: Engine) -> None:
    with pytest.raises(BadParameter):
        trend(engine, pipeline="Renewals")
