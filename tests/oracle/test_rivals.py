"""Every metric against two answers written from its definition alone: the benchmarks' rivals in SQL and in pandas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from benchmarks.company import AS_OF, detailed
from benchmarks.metrics import END, Contest, check_equal
from benchmarks.rivals import MONTH_ALONE, PANDAS, SQL, WITHOUT
from benchmarks.straight import straight
from revops.errors import NotComputable
from revops.metrics import METRICS
from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Query
from revops.metrics.engine import Engine

FIRST = dt.date(2023, 1, 1)


@pytest.fixture(scope="module")
def contest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contest]:
    with straight(tmp_path_factory.mktemp("rivals") / "company.duckdb", detailed(3000)) as workspace:
        yield Contest(workspace, FIRST)


def test_every_metric_has_rivals_or_says_why_not() -> None:
    catalogue = {m.key for m in METRICS}
    assert set(SQL) == set(PANDAS) == catalogue - set(WITHOUT)
    assert set(MONTH_ALONE) <= set(SQL)
    assert all([*MONTH_ALONE.values(), *WITHOUT.values()])


@pytest.mark.parametrize("key", SQL)
def test_all_three_agree(contest: Contest, key: str) -> None:
    ours = contest.ours(key)
    check_equal(f"{key}, SQL", ours, contest.sql(key))
    contest.read(key)
    check_equal(f"{key}, pandas", ours, contest.pandas(key))


def test_those_by_month_alone_are_those_that_cannot_be_told_by_segment(contest: Contest) -> None:
    engine = Engine(contest.workspace)
    asked = periods(FIRST, END, Grain.MONTH, engine.conventions)

    def by_segment(key: str) -> bool:
        try:
            engine.check(Query(metric=key, periods=asked, as_of=AS_OF, by="segment", where={}))
        except NotComputable:
            return False
        return True

    assert {m.key for m in METRICS if not by_segment(m.key)} == set(MONTH_ALONE)


def test_the_company_tells_every_metric(contest: Contest) -> None:
    assert {m.key for m in Engine(contest.workspace).metrics()} == {m.key for m in METRICS}
