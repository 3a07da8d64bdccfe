"""The records behind a figure add up to it exactly, name the row of the file they came from, and leave none out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from revops.analysis import rows
from revops.analysis.rows import Figure
from revops.errors import NotComputable
from revops.metrics import METRICS
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import AS_OF

HALF_YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1))
APRIL = Period(dt.date(2025, 4, 1), dt.date(2025, 5, 1))


def contributions_tell(engine: Engine, figure: Figure) -> int:
    """Asserts that the contributions make the figure; how many records there are."""
    told = rows.value(engine, figure)
    counted = 0
    for part in rows.parts(engine, figure.metric):
        found = rows.behind(engine, figure, part, limit=None)
        assert len(found.frame) == found.total
        counted += found.total
        for measure in part.measures:
            said = 0.0 if told is None or pd.isna(told[measure.key]) else float(told[measure.key])
            if measure.additive or measure.per_account is not None:
                assert found.sums[measure.key] == pytest.approx(said, abs=1e-6, rel=1e-12), (figure, measure.key)
            elif said:
                given = found.frame[measure.key].astype("float64")
                assert given.min() - 1e-9 <= said <= max(given.max(), given.sum()) + 1e-9, (figure, measure.key)
                if measure.key == "cycle_days":
                    assert said == pytest.approx(given.median())
        if "row" in found.frame and found.total:
            assert found.frame["file"].notna().all(), (figure, part.name)
            assert found.frame["row"].notna().all(), (figure, part.name)
    return counted


def groups_of(engine: Engine, figure: Figure, by: str) -> list[str]:
    answer = engine.evaluate(replace(figure, by=by).query)
    return [str(r["dimension"]) for r in answer.rows]


def figures(engine: Engine, key: str, periods: tuple[Period, ...], as_of: dt.date) -> Iterator[Figure]:
    """The metric over each period; over the last one also by group of several dimensions, and under their filters."""
    for period in periods:
        yield Figure(metric=key, period=period, as_of=as_of)
    told = engine.dimensions(key)
    for dimension in [d for d in told if d.key in ("segment", "plan")] or told[:1]:
        groups = groups_of(engine, Figure(metric=key, period=period, as_of=as_of), dimension.key)
        for group in groups[:2]:
            yield Figure(metric=key, period=period, as_of=as_of, by=dimension.key, groups=(group,))
        yield Figure(metric=key, period=period, as_of=as_of, where={dimension.key: tuple(groups[:2])})


@pytest.mark.parametrize("key", [m.key for m in METRICS])
def test_contributions_make_the_figure(company: Engine, key: str) -> None:
    if company.missing(key):
        pytest.skip(f"the company's files cannot tell {key}")
    for figure in figures(company, key, (APRIL, HALF_YEAR), AS_OF):
        contributions_tell(company, figure)


def part_of(engine: Engine, key: str, period: Period = HALF_YEAR, **more: Any) -> list[rows.Rows]:
    figure = Figure(metric=key, period=period, as_of=AS_OF, **more)
    return [rows.behind(engine, figure, part) for part in rows.parts(engine, key)]


def test_mrr_is_told_by_the_subscriptions_active_at_the_end(company: Engine) -> None:
    (found,) = part_of(company, "mrr")
    assert found.label.en == "subscriptions, at the period's end"
    assert dict(zip(found.frame["subscription_id"], found.frame["mrr"], strict=True)) == {
        "s2": 150, "s4": 100, "s5": 60, "s6": 45,
    }  # fmt: skip
    assert found.frame[["file", "row"]].iloc[0].tolist() == ["subscriptions.csv", 2]
    assert found.sums == {"mrr": 355}


def test_a_customer_names_the_subscriptions_that_made_its_state(company: Engine) -> None:
    (found,) = part_of(company, "active_customers", APRIL)
    told = found.frame.set_index("account_id")
    assert set(told.index) == {"Ada", "Cy", "Di", "Eve"}
    assert told.loc["Di", "records"] == "s6, s7"  # one of them ended on the 20th: that day made its state
    assert told.loc["Eve", "records"] == "s8"


def test_a_customer_by_a_won_deal_names_the_deal(company: Engine) -> None:
    found = part_of(company, "new_customers")[0]
    told = found.frame.set_index("account_id")
    assert told.loc["Hal", ["records", "file"]].tolist() == ["d6", "opportunities.csv"]
    assert told.loc["Gus", ["records", "file"]].tolist() == ["s10", "subscriptions.csv"]


def test_a_group_narrows_the_records(company: Engine) -> None:
    (found,) = part_of(company, "churned_mrr", by="segment", groups=("enterprise",))
    assert sorted(found.frame["account_id"]) == ["Bo", "Gus"]
    (small,) = part_of(company, "churned_mrr", by="segment", groups=("small",))
    assert small.total == 0
    assert small.frame.empty


def test_the_screen_takes_a_page_and_says_how_many_there_are(company: Engine) -> None:
    figure = Figure(metric="win_rate", period=HALF_YEAR, as_of=AS_OF)
    found = rows.behind(company, figure, rows.parts(company, "win_rate")[0], limit=3)
    assert (len(found.frame), found.total, found.sums) == (3, 8, {"won": 5, "lost": 3})


def left_out(engine: Engine, key: str, period: Period, **where: tuple[str, ...]) -> dict[str, int]:
    figure = Figure(metric=key, period=period, as_of=AS_OF, where=where)
    counted = {reason.en: n for reason, n in rows.left_out(engine, (key,), figure)}
    listed = rows.rows_left_out(engine, figure, limit=None)
    assert sum(counted.values()) == sum(r.total for r in listed)
    return counted


def test_rows_are_left_out_of_the_period_that_they_would_be_in(company: Engine) -> None:
    # d3 (January, before the first EUR rate) and d9 (GBP) have no rate; d7 has no amount
    assert left_out(company, "pipeline_created", HALF_YEAR) == {
        "no exchange rate on or before the day": 2, "no amount": 1,
    }  # fmt: skip
    january = Period(dt.date(2025, 1, 1), dt.date(2025, 2, 1))
    assert left_out(company, "pipeline_created", january) == {"no exchange rate on or before the day": 1}
    assert left_out(company, "cac", APRIL) == {}
    assert left_out(company, "mrr", HALF_YEAR)["drafts, never billed"] == 1  # s11 runs from May
    assert "drafts, never billed" not in left_out(company, "mrr", APRIL)


def test_rows_are_left_out_under_the_filters_that_they_can_tell(company: Engine) -> None:
    kept = left_out(company, "pipeline_created", HALF_YEAR, segment=("small",))
    assert sum(kept.values()) < 3
    assert set(left_out(company, "spend", HALF_YEAR, channel=("paid_social",))) <= {"spend of other departments"}


def test_an_unknown_dimension_is_refused(company: Engine) -> None:
    with pytest.raises(NotComputable):
        part_of(company, "spend", by="segment", groups=("small",))


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Iterator[Engine]:
    with Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False) as workspace:
        yield Engine(workspace)


@pytest.mark.extra
def test_contributions_make_the_figure_on_the_demo(demo: Engine) -> None:
    end = demo.as_of.replace(day=1)
    month = Period(end, end + dt.timedelta(days=31))
    for found in demo.metrics():
        whole = Figure(metric=found.key, period=month, as_of=demo.as_of)
        contributions_tell(demo, whole)
        dimension = next(iter(demo.dimensions(found.key)), None)
        if dimension is not None:
            group = groups_of(demo, whole, dimension.key)[-1]
            contributions_tell(demo, replace(whole, by=dimension.key, groups=(group,)))
