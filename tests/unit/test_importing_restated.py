"""A newer export that changes the past says which headline figures changed and by how much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from revops.importing import import_files
from revops.importing.restated import headlines, restated
from revops.workspace import Workspace

HEADER = "Deal ID,Deal Stage,Create Date,Close Date,Amount\n"
ONE = "1,Closed Won,2026-01-05,2026-01-20,100\n"
TWO = "2,Closed Lost,2026-01-06,2026-01-25,50\n"
THREE = "3,Closed Won,2026-02-03,2026-02-20,70\n"
FOUR = "4,Discovery,2026-03-10,,10\n"
JANUARY = dt.date(2026, 1, 1)


def put(workspace: Workspace, folder: Path, *rows: str) -> None:
    """Loads an export that holds these deals."""
    path = folder / "deals.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    import_files(workspace, [path], today=dt.date(2026, 3, 11))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "w.duckdb") as opened:
        yield opened


def test_an_update_of_a_past_deal_restates_its_months(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, ONE, TWO, THREE, FOUR)
    before = headlines(workspace)
    assert before.as_of == dt.date(2026, 3, 10)
    put(workspace, tmp_path, TWO.replace("Lost", "Won").replace(",50", ",60"), FOUR.replace(",10\n", ",99\n"))
    changed = {(r.metric, r.month): (r.before, r.after, r.change) for r in restated(workspace, before)}
    assert changed == {
        ("win_rate", JANUARY): (0.5, 1.0, 0.5),
        ("won_revenue", JANUARY): (100.0, 160.0, 60.0),
        ("pipeline_created", JANUARY): (150.0, 160.0, 10.0),
    }  # March is not over: its figures are not restated


def test_new_rows_of_later_months_restate_nothing(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, ONE, TWO, THREE, FOUR)
    before = headlines(workspace)
    put(workspace, tmp_path, "9,Closed Won,2026-04-02,2026-04-20,100\n")
    assert restated(workspace, before) == []


def test_a_figure_that_was_not_known_and_is_now_is_named(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, THREE, FOUR)
    before = headlines(workspace)
    put(workspace, tmp_path, ONE, TWO)
    found = {r.metric: r for r in restated(workspace, before) if r.month == JANUARY}
    assert (found["win_rate"].before, found["win_rate"].after) == (None, 0.5)
    assert found["win_rate"].change is None
    assert found["won_revenue"].change == 100


def test_the_first_load_restates_nothing(workspace: Workspace, tmp_path: Path) -> None:
    before = headlines(workspace)
    assert before.values == {}
    put(workspace, tmp_path, ONE, TWO, THREE, FOUR)
    assert restated(workspace, before) == []
