"""Retention by cohort: counted by eye on the hand-made company, and a published matrix."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import Result
from revops.analysis.run import run_cell
from revops.formats import Formatter
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.oracle.company import AS_OF
from tests.support import workspace_of

SECOND_QUARTER = Period(dt.date(2025, 4, 1), dt.date(2025, 7, 1))
VIEW = View(period=SECOND_QUARTER, as_of=AS_OF)
_ = None  # not over by 30 June, or nothing to divide by


def asked(engine: Engine, view: View = VIEW, **params: Any) -> Result:
    return run_cell(engine, Cell(analysis="cohorts", params=params), view).result


def matrix(result: Result) -> dict[dt.date, list[float | None]]:
    """First day of the cohort -> retention by age."""
    found: dict[dt.date, list[float | None]] = {}
    for row in result.frame.itertuples():
        found.setdefault(row.cohort, []).append(None if row.retention != row.retention else row.retention)
    return found


def test_customers_kept_by_month_they_came(company: Engine) -> None:
    result = asked(company, ages=5)
    assert matrix(result) == {
        # age                    0  1  2  3      4      5
        dt.date(2025, 1, 1): [1, 1, 1, 1 / 2, 1 / 2, 1],  # Ada and Bo; Bo leaves in April and returns in June
        dt.date(2025, 2, 1): [1, 1, 1, 1, 1, _],  # Cy
        dt.date(2025, 3, 1): [1, 1, 1, 1, _, _],  # Di
        dt.date(2025, 4, 1): [1, 1, 1, _, _, _],  # Eve, a customer at MRR 0
        dt.date(2025, 5, 1): [0, 0, _, _, _, _],  # Gus joined and left in May: 0, not empty; Fay's trial never counts
    }
    assert result.frame.groupby("cohort")["immature"].first().tolist() == [False, True, True, True, True]


def test_the_average_takes_all_customers_of_the_cohorts_old_enough_together(company: Engine) -> None:
    average = asked(company, ages=5).facts["average"]
    assert [(a["cohorts"], a["size"]) for a in average] == [(5, 6), (5, 6), (4, 5), (3, 4), (2, 3), (1, 2)]
    assert [a["retention"] for a in average] == pytest.approx([5 / 6, 5 / 6, 5 / 5, 3 / 4, 2 / 3, 2 / 2])


def test_revenue_kept_counts_expansion_and_those_who_returned(company: Engine) -> None:
    result = asked(company, measure="revenue", ages=5)
    assert matrix(result) == {
        dt.date(2025, 1, 1): pytest.approx([1, 1, 1.25, 0.75, 0.75, 1.25]),  # came with 200; Ada pays 150 from March
        dt.date(2025, 2, 1): [1, 1, 1, 1, 1, _],
        dt.date(2025, 3, 1): [1, 0.5, 0.5, 0.5, _, _],  # Di halves in April
        dt.date(2025, 4, 1): [_, _, _, _, _, _],  # Eve came with nothing: no share of it
        dt.date(2025, 5, 1): [0, 0, _, _, _, _],
    }
    # age 3: January's 150, February's 60 and March's 45 of 200 + 60 + 90
    assert result.facts["average"][3]["retention"] == pytest.approx(255 / 350)


def test_cohorts_by_quarter_of_a_fiscal_year_and_by_year(company: Engine, tmp_path: Path) -> None:
    assert matrix(asked(company, cohort="quarter", ages=1)) == {
        dt.date(2025, 1, 1): [1, 1],  # Ada, Bo, Cy, Di: all there at the end of March and of June
        dt.date(2025, 4, 1): [1 / 2, _],  # Eve and Gus
    }
    assert matrix(asked(company, cohort="year", ages=1)) == {dt.date(2025, 1, 1): [_, _]}  # the year is not over


def test_only_those_who_came_in_the_period(company: Engine) -> None:
    result = asked(company, who="period", ages=1)
    assert matrix(result) == {dt.date(2025, 4, 1): [1, 1], dt.date(2025, 5, 1): [0, 0]}


def test_a_filter_keeps_its_customers_whatever_became_of_them(company: Engine) -> None:
    only = View(period=SECOND_QUARTER, as_of=AS_OF, where={"segment": ("small",)})
    assert list(matrix(asked(company, only, ages=1))) == [dt.date(2025, m, 1) for m in (2, 3, 4)]


def test_as_of_hides_what_comes_later(company: Engine) -> None:
    early = View(period=SECOND_QUARTER, as_of=dt.date(2025, 4, 29))  # the last day of April is not over
    assert matrix(asked(company, early, ages=3)) == {
        dt.date(2025, 1, 1): [1, 1, 1, _],
        dt.date(2025, 2, 1): [1, 1, _, _],
        dt.date(2025, 3, 1): [1, _, _, _],
        dt.date(2025, 4, 1): [_, _, _, _],
    }


def test_the_finding_in_both_languages(company: Engine) -> None:
    cell = run_cell(company, Cell(analysis="cohorts", params={"ages": 5}), VIEW)
    told = "On average 66.7% of customers are still here in month 4 after they came (cohorts: 2, customers: 3)."
    assert cell.finding.en == told
    share = Formatter("ru").percent(2 / 3)
    assert (
        cell.finding.ru == f"В среднем на 4-й месяц после прихода остаются {share} клиентов (когорт: 2, клиентов: 3)."
    )


def test_a_published_matrix(real_data: Path, tmp_path: Path) -> None:
    """A published day-by-day retention matrix: of all who were active on a day, how many were active k days later.

    Its days become months of a customers-by-months sheet. It counts a person in the cohort of every day on which they
    were active; ours counts a customer once, by the first. So a person enters once for each such day, with the history
    from that day on: then the cohorts are the same people, and each row must be the published one, zeros and end too.
    """
    case = json.loads((real_data / "retention" / "day_case.json").read_text(encoding="utf-8"))["cases"]["day"]
    first = dt.date.fromisoformat(case["start"])
    days: dict[str, set[int]] = {}
    for person, day in case["events"]:
        days.setdefault(person, set()).add((dt.date.fromisoformat(day) - first).days)
    rows = [
        {"account_id": f"{person} from {since}", "month": month(day), "mrr": 10, "currency": "USD"}
        for person, active in days.items()
        for since in sorted(active)
        for day in sorted(active)
        if day >= since
    ]
    engine = Engine(workspace_of(tmp_path / "published.duckdb", {"mrr_months": rows}))
    last = month(case["buckets"]) - dt.timedelta(days=1)
    view = View(period=Period(month(0), month(case["buckets"])), as_of=last)
    result = asked(engine, view, ages=case["buckets"] - 1)
    counted = {
        cohort: [int(n) for n in group["customers"].dropna()] for cohort, group in result.frame.groupby("cohort")
    }
    wanted = {month(n): row for n, row in enumerate(case["expected"])}
    assert counted == {start: row for start, row in wanted.items() if row[0] > 0}
    assert len(counted) == 6
    assert all(set(row) == {0} for start, row in wanted.items() if start not in counted)


def month(number: int) -> dt.date:
    return dt.date(2020 + number // 12, number % 12 + 1, 1)


def test_the_customers_behind_a_cell_are_those_it_counts(company: Engine) -> None:
    cell = run_cell(company, Cell(analysis="cohorts", params={"ages": 5}), VIEW)
    assert cell.analysis.behind is not None
    for row in cell.result.frame.itertuples():
        if row.retention != row.retention:
            continue
        behind = cell.analysis.behind(company, cell, {"cohort": row.cohort.isoformat(), "age": row.age}, None)
        assert behind.total == row.size
        assert (behind.frame["state"] == "stays").sum() == row.customers
        assert behind.sums["mrr"] == pytest.approx(row.mrr)
    april = cell.analysis.behind(company, cell, {"cohort": "2025-01-01", "age": 3}, None).frame
    assert dict(zip(april["account_id"], april["state"], strict=True)) == {"Ada": "stays", "Bo": "left"}
    whole = cell.analysis.behind(company, cell, {"cohort": "", "age": 1}, None)  # the average's row
    assert whole.total == cell.analysis.behind(company, cell, None, None).total == 6
