"""Derived tables that follow the records a load touched: equal to a whole build, and the others' rows stay in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from revops.metrics.compiled import derived_sql
from revops.metrics.derived import DERIVED
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from revops.workspace import derived as stored
from tests.support import staged

DAY = dt.datetime(2024, 1, 1)
EVENTS = [
    {"opportunity_id": f"d{n}", "stage": stage, "entered_at": DAY + dt.timedelta(days=n + k)}
    for n in range(10)
    for k, stage in enumerate(("Demo", "Offer"))
]
SUBSCRIPTIONS = [
    {
        "subscription_id": f"s{n}",
        "account_id": f"a{n}",
        "amount": 10,
        "interval": "month",
        "plan": "Pro",
        "started_at": DAY + dt.timedelta(days=n),
        "ended_at": DAY + dt.timedelta(days=200),
        "status": "canceled",
    }
    for n in range(10)
]
# name of the table -> what is loaded first, what touches a record of it, and the key that is touched
CASES: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]], str]] = {
    "stage_days": (
        "stage_events",
        EVENTS,
        [{"opportunity_id": "d3", "stage": " DEMO", "entered_at": DAY - dt.timedelta(days=5)}],
        "d3",
    ),
    "tenures": (
        "subscriptions",
        SUBSCRIPTIONS,
        [{**SUBSCRIPTIONS[3], "subscription_id": "s30", "plan": "Max", "started_at": DAY - dt.timedelta(days=9)}],
        "a3",
    ),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "one.duckdb") as one:
        yield one


def _kept(workspace: Workspace, name: str) -> dict[str, list[tuple[Any, ...]]]:
    """Key -> the rows of the table, each with its place: a row that is written anew has another."""
    engine = Engine(workspace)
    engine.refresh(name)
    text = derived_sql(name, engine.basis, engine.dialect)
    cursor = workspace.cursor()
    rows = cursor.execute(f"SELECT *, rowid FROM derived.{name} ORDER BY ALL").fetchall()
    assert [r[:-1] for r in rows] == cursor.execute(f"SELECT * FROM ({text}) ORDER BY ALL").fetchall()
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_load_and_its_undo_write_the_touched_keys_alone(workspace: Workspace, name: str) -> None:
    entity, first, more, touched = CASES[name]
    workspace.load(staged(entity, first))
    before = _kept(workspace, name)
    assert len(before) == 10
    workspace.load(staged(entity, more, "more"))
    loaded = _kept(workspace, name)
    workspace.undo(2)
    undone = _kept(workspace, name)
    assert loaded[touched] != before[touched]
    assert [r[:-1] for r in undone[touched]] == [r[:-1] for r in before[touched]]
    others = before.keys() - {touched}
    assert {k: loaded[k] for k in others} == {k: before[k] for k in others} == {k: undone[k] for k in others}


def test_a_table_is_left_alone_by_what_it_does_not_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.load(staged("stage_events", EVENTS))
    before = _kept(workspace, "stage_days")
    monkeypatch.setattr(stored, "build", lambda *_: pytest.fail("built as a whole"))
    workspace.load(staged("opportunities", [{"opportunity_id": "d3", "stage": "Demo", "created_at": DAY}]))
    assert _kept(workspace, "stage_days") == before


def test_marks_of_an_earlier_version_are_replaced(workspace: Workspace) -> None:
    workspace.load(staged("stage_events", EVENTS))
    _kept(workspace, "stage_days")
    cursor = workspace.cursor()
    cursor.execute("DROP TABLE derived.stage_days_buckets")
    cursor.execute("CREATE TABLE derived.stage_days_marks AS SELECT 'd1' AS key, 1 AS rows, 1 AS mark")
    workspace.load(staged("stage_events", [{**EVENTS[0], "entered_at": DAY - dt.timedelta(days=1)}], "more"))
    _kept(workspace, "stage_days")
    tables = {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert "stage_days_buckets" in tables
    assert "stage_days_marks" not in tables


def test_every_table_by_keys_has_its_key_and_knows_what_it_comes_from() -> None:
    keyed = {d.name: d for d in DERIVED if d.keyed}
    assert keyed.keys() == {"account_states", "tenures", "stage_days"}
    for one in keyed.values():
        assert one.keyed is not None
        assert one.keyed.column in one.schema
        assert one.keyed.of in one.inputs or one.keyed.derived in one.uses
