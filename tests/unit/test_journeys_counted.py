"""Journeys that a large workspace keeps counted tell the same figures as those followed from the entities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from revops import synth
from revops.analysis import ahead, alike
from revops.analysis.core import Cell, CellResult, View
from revops.analysis.run import run_cell
from revops.importing.ahead import prepare_figures
from revops.metrics import prepared
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace

SIZE = synth.Size(opportunities=400, subscriptions=120, accounts=90, leads=300, people=4, stage_events=True, seed=3)
PERIOD = Period(dt.date(2023, 2, 10), dt.date(2024, 11, 1))
SOME = {"segment": ("Enterprise", "Small", "Startup", ""), "source": ("Referral", "Outbound", "Organic")}
FUNNELS: list[dict[str, Any]] = [
    {"kind": kind, **more}
    for kind in ("pipeline", "lifecycle")
    for more in ({}, {"by": "segment"}, {"order": "strict"}, {"window": 20}, {"window": 20, "order": "strict"})
]
STEPS: list[dict[str, Any]] = [
    {"kind": kind, "goal": goal, "show": show}
    for kind in ("pipeline", "lifecycle")
    for goal in ("next", "won")
    for show in ("times", "curve")
]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with synth.build(tmp_path_factory.mktemp("journeys") / "company.duckdb", SIZE) as workspace:
        yield workspace


def _view(company: Workspace, **more: Any) -> View:
    return View(**{"period": PERIOD, "as_of": Engine(company).as_of, **more})


def _asked(company: Workspace, analysis: str, params: dict[str, Any], view: View) -> CellResult:
    return run_cell(Engine(company), Cell(analysis=analysis, params=params), view)


@pytest.mark.parametrize(
    ("analysis", "params"),
    [
        *(("funnel", p) for p in FUNNELS),
        *(("step_times", p) for p in STEPS),
        *(("funnel_trend", p) for p in FUNNELS if "by" not in p),
    ],
    ids=str,
)
def test_counted_journeys_tell_what_followed_ones_tell(
    company: Workspace, monkeypatch: pytest.MonkeyPatch, analysis: str, params: dict[str, Any]
) -> None:
    for view in (_view(company), _view(company, where=SOME)):
        monkeypatch.setattr(prepared, "MANY", 10**9)
        followed = _asked(company, analysis, params, view)
        monkeypatch.setattr(prepared, "MANY", 0)
        counted = _asked(company, analysis, params, view)
        assert alike.PREFIX not in followed.passport.sql[0]
        assert alike.PREFIX in counted.passport.sql[0]
        assert len(followed.result.frame) > 1
        pd.testing.assert_frame_equal(followed.result.frame, counted.result.frame)
        for fact, value in followed.result.facts.items():
            same = pytest.approx(value, nan_ok=True) if isinstance(value, float) else value
            assert counted.result.facts[fact] == same, fact


@pytest.mark.extra
def test_a_table_of_all_dimensions_of_few_values_tells_them_too(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [("funnel", {"kind": k, "by": "segment"}) for k in ("pipeline", "lifecycle")]
    views = (_view(company), _view(company, where=SOME))
    monkeypatch.setattr(prepared, "MANY", 10**9)
    followed = [_asked(company, analysis, params, view) for analysis, params in asked for view in views]
    monkeypatch.setattr(prepared, "MANY", 1)
    monkeypatch.setattr(prepared, "LARGE", 1)
    prepare_figures(company, also=ahead.journeys)
    stands = set(company.standing()[1])
    counted = [_asked(company, analysis, params, view) for analysis, params in asked for view in views]
    assert set(company.standing()[1]) == stands, "nothing more is built for a breakdown and filters"
    for before, after in zip(followed, counted, strict=True):
        assert alike.PREFIX in after.passport.sql[0]
        pd.testing.assert_frame_equal(before.result.frame, after.result.frame)


def test_a_lead_leads_to_the_first_deal_of_its_account_from_its_day_on(company: Workspace) -> None:
    engine = Engine(company)
    found, _sql = engine.select("SELECT lead_id, opportunity_id FROM derived.lead_deals")
    by_hand, _sql = engine.select(
        "SELECT l.lead_id, (SELECT o.opportunity_id FROM opportunities o WHERE o.account_id = l.account_id "
        "AND CAST(o.created_at AS DATE) >= CAST(l.created_at AS DATE) ORDER BY o.created_at, o.opportunity_id LIMIT 1) "
        "AS opportunity_id FROM leads l"
    )
    by_hand = by_hand.dropna()
    assert len(by_hand) > 50
    assert dict(zip(found["lead_id"], found["opportunity_id"], strict=True)) == dict(
        zip(by_hand["lead_id"], by_hand["opportunity_id"], strict=True)
    )


def test_on_an_earlier_day_journeys_are_followed(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MANY", 0)
    earlier = _view(company, as_of=dt.date(2024, 3, 1))
    assert alike.PREFIX not in _asked(company, "funnel", {}, earlier).passport.sql[0]


def test_after_a_load_the_usual_funnels_stand_already(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MANY", 1)
    monkeypatch.setattr(prepared, "LARGE", 1)
    prepare_figures(company, also=ahead.journeys)
    stands = set(company.standing()[1])
    assert len([name for name in stands if name.startswith(alike.PREFIX)]) >= 2
    for kind in ("pipeline", "lifecycle"):
        _asked(company, "funnel", {"kind": kind}, _view(company))
        _asked(company, "step_times", {"kind": kind}, _view(company))
    assert set(company.standing()[1]) == stands
