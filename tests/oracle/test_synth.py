"""A made-up company of the synth command: the product's figures are its known totals; a seed gives the same rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.straight import straight
from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Query
from revops.metrics.engine import Engine
from revops.synth import AS_OF, FIRST_DAY, build, size_of, totals
from revops.workspace import Workspace

SIZE = size_of(3000, seed=7)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path: Path = tmp_path_factory.mktemp("synth") / "made.duckdb"
    with build(path, SIZE) as workspace:
        yield Engine(workspace)


def test_every_row_arrives(engine: Engine) -> None:
    counts, made = engine.workspace.counts(), totals(SIZE)["rows"]
    assert {name: counts[name] for name in made} == made
    assert counts["fx_rates"] == 2


@pytest.mark.parametrize("metric", ["won_revenue", "won_deals", "mrr", "active_customers", "spend", "leads"])
def test_the_known_totals_come_out(engine: Engine, metric: str) -> None:
    known = totals(SIZE)["by_month"][metric]
    asked = periods(FIRST_DAY, AS_OF + dt.timedelta(days=1), Grain.MONTH, engine.conventions)
    rows = engine.evaluate(Query(metric=metric, periods=asked, as_of=AS_OF, where={})).rows
    told = {str(row["start"]): row["value"] for row in rows if row["value"] > 0}
    assert told == pytest.approx(known, abs=0.01)
    assert len(told) > 40


def test_a_seed_gives_the_same_company_and_another_seed_another() -> None:
    assert totals(SIZE) == totals(size_of(3000, seed=7))
    assert totals(SIZE)["by_month"] != totals(size_of(3000, seed=8))["by_month"]


def test_one_written_straight_for_benchmarks_is_the_same_company(engine: Engine, tmp_path: Path) -> None:
    with straight(tmp_path / "straight.duckdb", SIZE) as other:
        assert_same(engine.workspace, other)


def test_with_all_its_details_too_and_nothing_happens_after_its_last_day(tmp_path: Path) -> None:
    size = replace(SIZE, details=True)
    with build(tmp_path / "built.duckdb", size) as built, straight(tmp_path / "straight.duckdb", size) as other:
        assert_same(built, other)
        assert built.as_of() == AS_OF
        assert min(built.counts()[entity] for entity in ("invoices", "targets", "stage_events")) > 0


def assert_same(one: Workspace, other: Workspace) -> None:
    for entity, rows in one.counts().items():
        sql = f"SELECT * EXCLUDE (_import_id) FROM main.{entity} ORDER BY _row"
        told = [w.cursor().execute(sql).fetchall() for w in (one, other)]
        assert told[0] == told[1]
        assert len(told[0]) == rows
    assert other.filled() == one.filled()
    assert other.as_of() == one.as_of()
    assert other.stages().equals(one.stages())
    assert other.channels().equals(one.channels())
