"""Readiness: what given fields can tell, what would unlock most, and how sound it is, before and after loading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from revops.analysis import ANALYSES, Cell, View
from revops.analysis.readiness import (
    ABOUT_DATA,
    OF_FACT,
    PART,
    PARTS,
    Item,
    Kind,
    Readiness,
    readiness_before_load,
    readiness_of,
)
from revops.analysis.readiness_cell import explained
from revops.analysis.run import check_needs, run_cell
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.importing import Draft
from revops.ingest.types import EntityMapping, FieldMapping, Mapping, Unpivot
from revops.metrics import METRICS
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.model import ENTITY
from revops.workspace import Workspace
from tests.hand_made import table
from tests.support import staged, workspace_of

EN, RU = Formatter("en", "USD"), Formatter("ru", "USD")
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 6, 30))
DEALS = ("stage", "status", "amount", "created_at", "account_id")
DEALS_FILLED = frozenset(f"opportunities.{f}" for f in DEALS)


def item(ready: Readiness, key: str) -> Item:
    return next(i for i in ready.items if i.key == key)


# --- what can be told --------------------------------------------------------------------------------------------


def test_every_metric_and_every_analysis_of_the_business_is_on_the_map() -> None:
    ready = readiness_of(frozenset(), {})
    assert [i.key for i in ready.items if i.kind is Kind.METRIC] == [m.key for m in METRICS]
    assert [i.key for i in ready.items if i.kind is Kind.CELL] == [a.key for a in ANALYSES if a.key not in ABOUT_DATA]
    assert not any(i.computable for i in ready.items)


def test_with_every_field_everything_can_be_told_and_nothing_is_left_to_unlock() -> None:
    ready = readiness_of(frozenset(f"{e.name}.{f.name}" for e in ENTITY.values() for f in e.fields), {})
    assert all(i.computable for i in ready.items)
    assert ready.unlocks == ()
    assert ready.best is None


def test_deals_without_close_dates_lack_that_one_column() -> None:
    ready = readiness_of(DEALS_FILLED, {})
    assert item(ready, "pipeline_created").computable
    assert item(ready, "funnel").computable
    assert item(ready, "win_rate").missing == ("opportunities.closed_at",)
    assert ready.best is not None
    assert ready.best.fields == ("opportunities.closed_at",)
    assert set(ready.best.metrics) == {
        "new_customers", "win_rate", "won_revenue", "won_deals", "lost_deals", "average_won_deal", "median_won_deal",
        "sales_cycle", "sales_velocity",
    }  # fmt: skip


def test_a_table_that_no_file_fills_costs_its_required_columns_too() -> None:
    ready = readiness_of(DEALS_FILLED | {"opportunities.closed_at"}, {})
    assert item(ready, "mrr").missing == (
        "subscriptions.account_id", "subscriptions.amount", "subscriptions.started_at",
    )  # fmt: skip
    assert ready.best is not None
    assert ready.best.fields == item(ready, "mrr").missing
    assert {"arr", "nrr", "logo_churn"} <= set(ready.best.metrics)
    assert {"churn_trend", "arr_bridge"} <= set(ready.best.cells)


def test_a_ratio_of_two_tables_needs_both() -> None:
    ready = readiness_of(DEALS_FILLED | {"opportunities.closed_at"}, {})
    assert item(ready, "cac").missing == ("spend.date", "spend.amount")


@pytest.mark.parametrize(
    "filled",
    [
        frozenset(),
        DEALS_FILLED,
        DEALS_FILLED | {"opportunities.closed_at"},
        frozenset({"leads.created_at", "leads.mql_at"}),
        frozenset({"mrr_months.mrr", "mrr_months.month", "mrr_months.account_id"}),
        frozenset({"subscriptions.started_at", "subscriptions.amount", "spend.amount", "spend.date"}),
    ],
    ids=["nothing", "deals", "closed deals", "leads", "months", "subscriptions and spend"],
)
def test_it_says_of_every_metric_and_analysis_what_the_engine_says(tmp_path: Path, filled: frozenset[str]) -> None:
    class Told(Engine):
        @property
        def basis(self):  # type: ignore[no-untyped-def,override]
            from revops.metrics.core import Basis, Conventions

            return Basis(conventions=Conventions(), filled=filled)

    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        engine, ready = Told(workspace), readiness_of(filled, {})
        for metric in METRICS:
            assert item(ready, metric.key).computable is not bool(engine.missing(metric.key)), metric.key
        for analysis in (a for a in ANALYSES if a.needs):
            try:
                check_needs(analysis, engine)
            except NotComputable:
                assert not item(ready, analysis.key).computable, analysis.key
            else:
                assert item(ready, analysis.key).computable, analysis.key


def test_what_it_says_is_missing_unlocks_it() -> None:
    ready = readiness_of(DEALS_FILLED, {})
    for one in ready.items:
        assert item(readiness_of(DEALS_FILLED | set(one.missing), {}), one.key).computable, one.key
    for unlock in ready.unlocks:
        after = readiness_of(DEALS_FILLED | set(unlock.fields), {})
        opened = {i.key for i in after.items if i.computable} - {i.key for i in ready.items if i.computable}
        assert opened == {*unlock.metrics, *unlock.cells}


# --- how sound it is ---------------------------------------------------------------------------------------------


def test_the_weakest_part_is_the_share() -> None:
    filled = frozenset(
        f"{e}.{f.name}" for e in ("opportunities", "subscriptions", "spend", "leads") for f in ENTITY[e].fields
    )
    ready = readiness_of(filled, {"billed": 0.9, "spend": 0.7, "closed": 0.98})
    assert (item(ready, "cac").share, item(ready, "cac").part) == (0.7, "spend")
    assert (item(ready, "win_rate").share, item(ready, "win_rate").part) == (0.98, "closed")
    assert (item(ready, "mqls").share, item(ready, "mqls").part) == (None, None), "a date that marks an event"


def test_of_several_ways_to_know_revenue_only_the_one_in_use_is_judged() -> None:
    filled = frozenset({"mrr_months.mrr", "mrr_months.month", "mrr_months.account_id", "subscriptions.plan"})
    assert item(readiness_of(filled, {"months": 1.0, "billed": 0.2}), "mrr").share == 1.0


def test_parts_name_fields_of_the_model_and_facts_of_the_metrics() -> None:
    for part in PARTS:
        assert all(f in ENTITY[part.entity] for f in part.fields)
    facts = {m.fact.key for metric in METRICS for m in metric.measures}
    assert set(OF_FACT) <= facts
    assert {p for parts in OF_FACT.values() for p in parts} == set(PART)


# --- before anything is loaded ------------------------------------------------------------------------------------


def drafted(mapping: EntityMapping, columns: dict[str, list[str | None]]) -> Draft:
    raw, profile = table("deals.csv", columns)
    return Draft(raw=raw, profile=profile, mapping=Mapping(entities=(mapping,)))


def deals_draft(closed: list[str | None]) -> Draft:
    mapping = EntityMapping(
        entity="opportunities",
        fields=(
            FieldMapping(field="opportunity_id", column="Id"),
            FieldMapping(field="stage", column="Stage"),
            FieldMapping(field="created_at", column="Created"),
            FieldMapping(field="closed_at", column="Closed"),
            FieldMapping(field="currency", constant="USD"),
        ),
    )
    columns: dict[str, list[str | None]] = {
        "Id": ["1", "2"],
        "Stage": ["Won", "Lost"],
        "Created": ["2025-01-01", None],
        "Closed": closed,
    }
    return drafted(mapping, columns)


def test_a_draft_tells_what_it_will_unlock() -> None:
    ready = readiness_before_load([deals_draft(["2025-02-01", "2025-02-02"])])
    assert item(ready, "win_rate").computable, "the status follows from the stage"
    assert item(ready, "win_rate").share == 1.0
    assert item(ready, "deals_created").share == 0.5
    assert not item(ready, "won_revenue").computable


def test_where_only_some_rows_have_a_date_the_share_among_closed_deals_is_not_known_yet() -> None:
    ready = readiness_before_load([deals_draft(["2025-02-01", None])])
    assert item(ready, "win_rate").computable
    assert item(ready, "win_rate").share is None


def test_a_mapped_column_without_any_value_fills_nothing() -> None:
    ready = readiness_before_load([deals_draft([None, None])])
    assert item(ready, "win_rate").missing == ("opportunities.closed_at",)


def test_what_is_loaded_counts_beside_the_drafts(tmp_path: Path) -> None:
    spend = [{"date": "2025-01-31", "amount": 10, "department": "marketing"}]
    draft = drafted(
        EntityMapping(
            entity="mrr_months",
            fields=(FieldMapping(field="account_id", column="Customer"),),
            unpivot=Unpivot(columns={"Jan": "2025-01"}, label_field="month", value_field="mrr"),
        ),
        {"Customer": ["a", "b"], "Jan": ["10", "20"]},
    )
    with workspace_of(tmp_path / "w.duckdb", {"spend": spend}) as workspace:
        assert not item(readiness_before_load([], workspace), "cac").computable
        assert item(readiness_before_load([draft], workspace), "cac").computable
        assert not item(readiness_before_load([draft]), "cac").computable


# --- the cell -----------------------------------------------------------------------------------------------------


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Engine]:
    """Four closed deals, one of them without a date; nothing else."""
    deals = [
        {
            "opportunity_id": str(i),
            "stage": "Won",
            "status": "won",
            "created_at": "2025-01-01",
            "closed_at": None if i == 4 else "2025-02-01",
        }
        for i in range(1, 5)
    ] + [{"opportunity_id": "5", "stage": "Demo", "status": "open", "created_at": "2025-01-01"}]
    with Workspace.open(tmp_path / "half.duckdb") as workspace:
        workspace.load_many([staged("opportunities", deals)])
        yield Engine(workspace)


def test_the_share_is_of_the_rows_that_should_count(half: Engine) -> None:
    frame = run_cell(half, Cell(analysis="readiness"), VIEW).result.frame.set_index("key")
    assert frame.at["win_rate", "share"] == 0.75, "the open deal needs no close date"
    assert bool(frame.at["win_rate", "can"])
    assert frame.at["won_revenue", "missing"] == "opportunities.amount"
    row = {"key": "win_rate", **frame.loc["win_rate"].to_dict()}
    assert explained(row, EN) == "75.0% of closed deals have: closed on"
    assert explained(row, RU) == "Заполнено у 75,0\u00a0% закрытых сделок: дата закрытия сделки"


def test_the_finding_names_the_column_and_its_usual_headers(half: Engine) -> None:
    ran = run_cell(half, Cell(analysis="readiness"), VIEW)
    facts = ran.result.facts
    assert f"{facts['computable']} of {facts['total']} KPIs can be computed. Map " in ran.finding.en
    best = facts["unlocks"][0]
    assert ", ".join(best["fields"]) in ran.finding.en
    assert ", ".join(best["fields"]) in ran.finding.ru


def test_the_finding_of_deals_that_lack_a_close_date(tmp_path: Path) -> None:
    deals = [{"opportunity_id": "1", "account_id": "a", "stage": "Won", "amount": 5, "created_at": "2025-01-01"}]
    with workspace_of(tmp_path / "w.duckdb", {"opportunities": deals}) as workspace:
        ran = run_cell(Engine(workspace), Cell(analysis="readiness"), VIEW)
    best = ran.result.facts["unlocks"][0]
    unlocked = len(best["metrics"]) + len(best["cells"])
    assert (
        "Map opportunities.closed_at (usually “Closed date”, “Close date”, “Closed on”): "
        f"it unlocks {unlocked} KPIs and analyses" in ran.finding.en
    )
    assert {"win_rate", "won_revenue"} <= set(best["metrics"])
    assert {"backwards", "lost_deals"} <= set(best["cells"])
    assert "Сопоставьте opportunities.closed_at (обычно «Дата закрытия»" in ran.finding.ru
