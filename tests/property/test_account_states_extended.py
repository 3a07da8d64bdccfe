"""Account states computed anew only for accounts that a load, an undo or a decision touched: as if built as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revops.metrics.compiled import derived_sql
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from revops.workspace import derived as stored
from tests.support import often, staged

QUICK = settings(max_examples=often(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
DAYS = st.integers(0, 400).map(lambda n: dt.datetime(2024, 1, 1) + dt.timedelta(days=n))
STATES = "account_states"


@st.composite
def files(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Subscriptions as one export names them: keys that others name too, moved, repriced or ended."""
    rows = []
    for key in sorted(draw(st.sets(st.integers(0, 11), min_size=1, max_size=6))):
        began, ended = draw(DAYS), draw(st.none() | DAYS)
        rows.append(
            {
                "subscription_id": f"s{key}",
                "account_id": draw(st.sampled_from("abcdef")),
                "amount": draw(st.sampled_from([0, 10, 25])),
                "quantity": 1,
                "currency": draw(st.sampled_from(["USD", "EUR"])),
                "interval": draw(st.sampled_from(["month", "year"])),
                "plan": draw(st.sampled_from(["Pro", "Max"])),
                "started_at": began,
                "ended_at": ended,
                "status": "active" if ended is None else "canceled",
            }
        )
    return rows


RATES = [{"currency": "EUR", "date": dt.date(2023, 1, 1), "rate": "1.1"}]
STEPS = st.lists(
    st.tuples(st.just("load"), files()) | st.tuples(st.just("undo"), st.integers(0, 9)) | st.just(("rates", None)),
    min_size=2,
    max_size=7,
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open(tmp_path_factory.mktemp("states") / "states.duckdb") as one:
        yield one


@QUICK
@given(steps=STEPS)
def test_any_order_of_loads_and_undos_gives_what_a_whole_build_gives(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, Any]]
) -> None:
    monkeypatch.setattr(stored, "FEW", 1.0)  # however many accounts are touched
    for import_id in _active(workspace):
        workspace.undo(import_id)
    for kind, told in steps:
        if kind == "load":
            workspace.load(staged("subscriptions", told))
        elif kind == "rates":
            workspace.load(staged("fx_rates", RATES))
        elif _active(workspace):
            workspace.undo(_active(workspace)[told % len(_active(workspace))])
        _check(workspace)


def test_only_the_touched_accounts_are_computed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[str] = []
    build = stored.build
    monkeypatch.setattr(stored, "build", lambda c, name, *rest: (whole.append(name), build(c, name, *rest)))
    day = dt.datetime(2024, 1, 1)
    row = {"amount": 10, "interval": "month", "currency": "USD", "plan": "Pro", "started_at": day, "status": "active"}
    rows = [{"subscription_id": f"s{n}", "account_id": f"a{n}", **row} for n in range(10)]
    with Workspace.open(tmp_path / "one.duckdb") as one:
        one.load(staged("subscriptions", rows))
        _check(one)
        assert whole.count(STATES) == 1
        one.load(staged("subscriptions", [{**rows[3], "amount": 30}, {**rows[4], "subscription_id": "s40"}], "more"))
        _check(one)
        assert whole.count(STATES) == 1
        one.undo(2)
        _check(one)
        assert whole.count(STATES) == 1
        definitions = replace(one.settings.definitions, reactivation_days=30)
        one.settings = replace(one.settings, definitions=definitions)
        _check(one)
        assert whole.count(STATES) == 2
        one.load(staged("subscriptions", [{**r, "amount": 11} for r in rows[:8]], "most"))
        _check(one)
        assert whole.count(STATES) == 3  # most accounts changed: as a whole


def _active(workspace: Workspace) -> list[int]:
    log = workspace.imports()
    return [int(i) for i in log.import_id[log.active]]


def _check(workspace: Workspace) -> None:
    engine = Engine(workspace)
    engine.refresh(STATES)
    text = derived_sql(STATES, engine.basis, engine.dialect)
    cursor = workspace.cursor()
    kept = cursor.execute(f"SELECT * FROM derived.{STATES} ORDER BY ALL").fetchall()
    whole = cursor.execute(f"SELECT * FROM ({text}) ORDER BY ALL").fetchall()
    assert kept == whole
    plain = "SELECT count(DISTINCT account_id) FROM derived.subscription_mrr"
    assert cursor.execute(plain).fetchall() == [(len({row[0] for row in kept}),)]
