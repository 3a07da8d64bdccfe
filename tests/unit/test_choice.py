"""What a choice of period means on data that end on 31 October 2026, and that it survives as text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from revops.analysis.choice import PERIODS, Choice, from_json, to_json, view_of
from revops.analysis.core import Compare
from revops.errors import BadParameter, UnknownName
from revops.metrics.core import Grain
from revops.metrics.engine import Engine
from tests.support import workspace_of


def deal(number: int, day: str) -> dict[str, str]:
    return {"opportunity_id": str(number), "stage": "Demo", "status": "open", "team": "North", "created_at": day}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path: Path = tmp_path_factory.mktemp("choice") / "w.duckdb"
    return Engine(workspace_of(path, {"opportunities": [deal(1, "2024-02-15"), deal(2, "2026-10-20")]}))


DAYS = {
    "last_12_months": ("2025-10-01", "2026-10-01"),  # the last month that is complete is September
    "last_24_months": ("2024-10-01", "2026-10-01"),
    "this_month": ("2026-10-01", "2026-11-01"),
    "last_month": ("2026-09-01", "2026-10-01"),
    "this_quarter": ("2026-10-01", "2027-01-01"),
    "last_quarter": ("2026-07-01", "2026-10-01"),
    "this_year": ("2026-01-01", "2027-01-01"),
    "last_year": ("2025-01-01", "2026-01-01"),
    "all": ("2024-02-01", "2026-11-01"),
}


@pytest.mark.parametrize("name", DAYS)
def test_a_period_moves_with_the_data(engine: Engine, name: str) -> None:
    period = view_of(Choice(period=name), engine).period
    assert (period.start.isoformat(), period.end.isoformat()) == DAYS[name]


def test_every_period_is_specified() -> None:
    assert set(PERIODS) == {*DAYS, "custom"}


def test_custom_days_include_both_ends(engine: Engine) -> None:
    chosen = Choice(period="custom", first=dt.date(2026, 1, 10), last=dt.date(2026, 1, 20))
    assert view_of(chosen, engine).period.end == dt.date(2026, 1, 21)


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (Choice(period="custom"), "first and a last day"),
        (Choice(period="custom", first=dt.date(2026, 2, 1), last=dt.date(2026, 1, 1)), "before it begins"),
        (Choice(period="last_mont"), "last_month"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(engine: Engine, chosen: Choice, says: str) -> None:
    with pytest.raises(BadParameter) as caught:
        view_of(chosen, engine)
    assert says in str(caught.value.message.en) + str(caught.value.fix.en if caught.value.fix else "")


def test_a_dimension_these_data_do_not_have_is_refused(engine: Engine) -> None:
    with pytest.raises(UnknownName):
        view_of(Choice(where={"planet": ("Mars",)}), engine)


@pytest.mark.parametrize(
    "chosen",
    [
        Choice(),
        Choice(compare=Compare.CUSTOM, against=(dt.date(2025, 1, 1), dt.date(2025, 1, 31))),
        Choice(period="all", grain=Grain.WEEK, compare=Compare.NONE, where={"team": ("North", "")}),
        Choice(period="custom", first=dt.date(2026, 1, 10), last=dt.date(2026, 1, 20)),
    ],
)
def test_a_choice_as_text_and_back(chosen: Choice) -> None:
    assert from_json(to_json(chosen)) == chosen


def test_the_usual_choice_is_no_text() -> None:
    assert to_json(Choice()) == {}


@pytest.mark.parametrize(
    "told", [{"grain": "eon"}, {"period": "x"}, {"first": "soon"}, {"where": 3}, {"where": {"a": 1}}]
)
def test_text_of_another_shape_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(BadParameter):
        from_json(told)
