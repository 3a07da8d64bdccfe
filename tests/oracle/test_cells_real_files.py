"""Cells on real exports, read as any file is read: the figures must be those their publishers printed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.importing import import_files
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace

pytestmark = pytest.mark.real

TODAY = dt.date(2026, 11, 1)
ALL_TIME = Period(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


def loaded(folder: Path, *files: Path) -> Engine:
    workspace = Workspace.open(folder / "w.duckdb")
    import_files(workspace, files, today=TODAY)
    return Engine(workspace)


def run(engine: Engine, analysis: str, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis=analysis, params=params), View(period=ALL_TIME, as_of=engine.as_of))


# --- one company's deals, as two systems export them ------------------------------------------------------------


@pytest.fixture(scope="module")
def funnels(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CellResult]:
    files = {"a column a stage": "sample_hubspot_deals.csv", "a row a change": "sample_salesforce_history.csv"}
    return {
        shape: run(loaded(tmp_path_factory.mktemp("stages"), real_data / "stage_history" / name), "funnel")
        for shape, name in files.items()
    }


@pytest.mark.parametrize("shape", ["a column a stage", "a row a change"])
def test_won_lost_and_open_deals(funnels: dict[str, CellResult], shape: str) -> None:
    frame = funnels[shape].result.frame
    assert frame["step"].tolist() == ["Discovery", "Qualified", "Demo", "Proposal", "Negotiation", "Closed Won"]
    assert frame["reached"].iloc[-1] == 175
    assert frame["lost"].sum() == 1384
    assert frame["open"].sum() == 41


def test_both_systems_tell_the_same_funnel_and_the_same_days(funnels: dict[str, CellResult]) -> None:
    one, other = (cell.result.frame for cell in funnels.values())
    assert one.equals(other)


# --- customers without dates ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def telco(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return loaded(tmp_path_factory.mktemp("telco"), real_data / "telco" / "Telco-Customer-Churn.csv")


def test_churn_by_contract(telco: Engine) -> None:
    cell = run(telco, "churn_breakdown", by="Contract")
    frame = cell.result.frame.set_index("group")
    assert frame.loc["Month-to-month", ["cases", "n"]].tolist() == [1655, 3875]
    assert frame.loc["One year", ["cases", "n"]].tolist() == [166, 1473]
    assert frame.loc["Two year", ["cases", "n"]].tolist() == [48, 1695]
    assert cell.result.facts["value"] == 1869 / 7043
    assert "worst in Month-to-month, 42.7% of 3,875 against 26.5% overall, more than noise" in cell.finding.en


def test_where_nobody_says_how_it_is_split_by_tenure_and_not_by_the_column_that_says_who_left(telco: Engine) -> None:
    cell = run(telco, "churn_breakdown")
    assert cell.result.facts["by"] == "tenure"
    assert cell.result.frame[["cases", "n"]].sum().tolist() == [1869, 7043]


# --- a pipeline without history ---------------------------------------------------------------------------------


def test_win_rate_and_won_revenue_by_office(real_data: Path, tmp_path: Path) -> None:
    files = [real_data / "maven_crm" / f"{n}.csv" for n in ("accounts", "sales_teams", "sales_pipeline")]
    engine = loaded(tmp_path, *files)
    rates = run(engine, "kpi_breakdown", by="team").result
    assert {g: round(v, 3) for g, v in zip(rates.frame["group"], rates.frame["value"], strict=True)} == {
        "Central": 0.626,
        "West": 0.639,
        "East": 0.630,
    }
    assert round(rates.facts["value"], 4) == 0.6315
    revenue = run(engine, "kpi_breakdown", metric="won_revenue", by="team").result.frame.set_index("group")
    assert revenue["value"].to_dict() == {"West": 3568647, "Central": 3346293, "East": 3090594}
