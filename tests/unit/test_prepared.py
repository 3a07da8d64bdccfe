"""Figures over what is prepared of large entities equal those over the entities, and follow the data."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from revops.analysis.coverage import data_begins
from revops.errors import NotComputable
from revops.importing.ahead import prepare_figures
from revops.ingest.watch import Progress
from revops.metrics import prepared, wide
from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace, store
from revops.workspace import derived as stored
from tests.oracle.company import TABLES
from tests.support import workspace_of

ASKED: tuple[tuple[str | None, dict[str, tuple[str, ...]]], ...] = (
    (None, {"source": ("Referral", "")}),
    (None, {"plan": ("Pro", "")}),  # keeps some changes of an account
    ("segment", {"region": ("North", "")}),
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "company.duckdb"
    workspace_of(path, TABLES).close()
    return path


@pytest.fixture
def company(loaded: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(Path(shutil.copy(loaded, tmp_path / "company.duckdb"))) as workspace:
        yield workspace


def _kept(workspace: Workspace) -> set[str]:
    return {n for n in workspace.standing()[1] if n.startswith((*prepared.PREFIXES, prepared.WIDE))}


def _everything(workspace: Workspace) -> dict[tuple[str, str], pd.DataFrame]:
    engine = Engine(workspace)
    asked = periods(dt.date(engine.as_of.year, 1, 1), engine.as_of, Grain.QUARTER, engine.conventions)
    odd = Period(dt.date(engine.as_of.year, 1, 10), dt.date(engine.as_of.year, 6, 3))
    found = {}
    for by, where in ASKED:
        keys = [m.key for m in engine.metrics()]
        for key in _different(engine) if by else ():
            _ask(engine, found, Query(metric=key, periods=(*asked, odd), as_of=engine.as_of, by=by, where=where))
        if by is None:
            queries = [Query(metric=k, periods=(*asked, odd), as_of=engine.as_of, where=where) for k in keys]
            for told in engine.evaluate_together(queries):
                if not isinstance(told, NotComputable):
                    found[told.query.metric, str(where)] = told.frame
    return found


def _different(engine: Engine) -> list[str]:
    """Metrics that together take every kind of rows of every fact that metrics take."""
    seen: set[object] = set()
    found = []
    for metric in engine.metrics():
        kinds = {(m.fact.key, m.placed, m.window, m.additive, m.as_of) for m in metric.measures}
        if kinds - seen:
            seen |= kinds
            found.append(metric.key)
    return found


def _ask(engine: Engine, found: dict[tuple[str, str], pd.DataFrame], query: Query) -> None:
    try:
        found[query.metric, f"{query.by} {query.where}"] = engine.evaluate(query).frame
    except NotComputable:
        return


SHAPES = {  # of the tables that breakdowns and filters are told from
    "one table a question": None,
    "one wide table, read as it is": {},
    "rolled up from one": {"READ_AS_IT_IS": 0},
    "rolled up from several, some dimensions in none": {"READ_AS_IT_IS": 0, "LEAST": 150, "SHARE": 0},
}


@pytest.fixture(scope="module")
def plain(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], pd.DataFrame]:
    """The answers as told from the entities."""
    copied = shutil.copy(loaded, tmp_path_factory.mktemp("plain") / "company.duckdb")
    with Workspace.open(Path(copied)) as workspace:
        told = _everything(workspace)
        assert not _kept(workspace)
    return told


@pytest.mark.parametrize(
    "shape", [pytest.param(n, marks=[pytest.mark.extra] if SHAPES[n] is not None else []) for n in SHAPES]
)
def test_every_metric_is_the_same_by_every_dimension_and_filter(
    company: Workspace, plain: dict[tuple[str, str], pd.DataFrame], monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setattr(prepared, "MANY", 0)
    monkeypatch.setattr(prepared, "LARGE", 0)
    settings = SHAPES[shape]
    if settings is not None:
        for name, value in settings.items():
            monkeypatch.setattr(prepared if hasattr(prepared, name) else wide, name, value)
        prepare_figures(company)
    over = _everything(company)
    kinds = {n.split("_")[0] for n in _kept(company)}
    assert kinds == {"days", "rows"} | ({"wide"} if settings is not None else set())
    assert len(plain) == len(over) > 50
    for asked, frame in plain.items():
        pd.testing.assert_frame_equal(frame, over[asked], rtol=1e-9, obj=str(asked))


def test_after_a_load_what_pages_ask_first_stands_already(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prepare_figures(company) == 0  # of a small company nothing is prepared
    monkeypatch.setattr(prepared, "MANY", 1)
    monkeypatch.setattr(prepared, "LARGE", 1)
    told: list[Progress] = []
    assert prepare_figures(company, progress=told.append) == len(told) > 20
    assert [one.share for one in told] == sorted(one.share or 0.0 for one in told)
    stands = _kept(company)
    engine = Engine(company)
    period = Period(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
    asked = [Query(metric=m.key, periods=(period,), as_of=engine.as_of, where={}) for m in engine.metrics()]
    engine.evaluate_together(asked)
    data_begins(engine)
    assert _kept(company) == stands


def test_preparing_ends_when_its_time_is_over_and_where_it_is_stopped(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "MANY", 1)
    monkeypatch.setattr(prepared, "LARGE", 1)
    assert prepare_figures(company, seconds=-1) == 0
    assert not _kept(company)

    def stop(now: Progress) -> None:
        if _kept(company):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_figures(company, progress=stop)
    assert 1 <= len(_kept(company)) <= 2, "a table, or one rolled up and that from which it is"


def test_an_import_undone_is_seen(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MANY", 0)
    monkeypatch.setattr(prepared, "LARGE", 0)

    def won() -> float:
        engine = Engine(company)
        period = Period(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
        query = Query(metric="won_deals", periods=(period,), as_of=dt.date(2099, 1, 1), where={})
        return float(engine.evaluate(query).frame["value"].iloc[0])

    assert won() > 0
    deals = company.imports()
    company.undo(int(deals[deals["entities"].map(lambda e: "opportunities" in e)]["import_id"].iloc[0]))
    assert company.counts()["opportunities"] == 0
    monkeypatch.setattr(Engine, "missing", lambda self, key: ())
    assert won() == 0


def test_only_so_many_are_kept(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MANY", 0)
    monkeypatch.setattr(prepared, "LARGE", 0)
    monkeypatch.setattr(stored, "MOST", {"days_": 2, "rows_": 1})
    monkeypatch.setattr(stored, "AT_HAND", 0.0)
    engine, found = Engine(company), {}
    period = Period(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
    for key in ("won_deals", "won_revenue", "leads", "mrr", "sales_cycle", "logo_churn"):
        _ask(engine, found, Query(metric=key, periods=(period,), as_of=dt.date(2099, 1, 1), where={}))
    assert len(found) == 6
    assert sorted(n.split("_")[0] for n in _kept(company)) == ["days", "days", "rows"]


def test_what_was_asked_for_a_moment_ago_stays_until_it_was_read(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST", {"rows_": 1})
    for number in range(3):
        assert company.prepare(f"rows_{number}", f"SELECT {number} AS day", ())
    assert company.prepare("rows_0", "SELECT 0 AS day", ())
    assert _kept(company) == {"rows_0", "rows_1", "rows_2"}, "a statement may be about to read all three"
    monkeypatch.setattr(stored, "AT_HAND", 0.0)
    assert company.prepare("rows_3", "SELECT 3 AS day", ())
    assert company.prepare("rows_4", "SELECT 4 AS day", ())
    assert _kept(company) == {"rows_4"}


def test_tables_asked_for_side_by_side_wait_for_each_other_and_none_for_a_load(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.01)
    build = stored.build
    monkeypatch.setattr(stored, "build", lambda *told: (time.sleep(0.1), build(*told)))
    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(lambda n: company.prepare(f"days_{n}", f"SELECT {n} AS day", ()), range(3)))

        def while_loading(_: object) -> bool:
            return pool.submit(company.prepare, "days_4", "SELECT 4 AS day", ()).result()

        assert company.rehearse(while_loading) is False
    assert _kept(company) == {"days_0", "days_1", "days_2"}
