"""The same company's deals as two systems export them must give the same funnel: won 175, lost 1,384, open 41."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.support import workspace_of

ALL_TIME = Period(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
Rows = list[dict[str, Any]]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def hubspot(folder: Path) -> dict[str, Rows]:
    """One row a deal, with a 'Date entered "<stage> (<pipeline>)"' column a stage."""
    deals: Rows = []
    events: Rows = []
    for row in read(folder / "sample_hubspot_deals.csv"):
        deals.append(
            {
                "opportunity_id": row["Record ID"],
                "stage": row["Deal Stage"],
                "created_at": row["Create Date"],
                "closed_at": row["Close Date"] or None,
            }
        )
        for header, value in row.items():
            if value and (found := re.fullmatch(r'Date entered "(.+) \(Sales Pipeline\)"', header)):
                events.append({"opportunity_id": row["Record ID"], "stage": found.group(1), "entered_at": value})
    return {"opportunities": deals, "stage_events": events}


def salesforce(folder: Path) -> dict[str, Rows]:
    """One row a change of stage, dates as month/day/year."""

    def day(text: str) -> str | None:
        return dt.datetime.strptime(text, "%m/%d/%Y").date().isoformat() if text else None

    deals: dict[str, dict[str, Any]] = {}
    events: Rows = []
    for row in read(folder / "sample_salesforce_history.csv"):
        deals[row["Opportunity ID"]] = {
            "opportunity_id": row["Opportunity ID"],
            "stage": row["Stage"],
            "created_at": day(row["Created Date"]),
            "closed_at": day(row["Close Date"]),
        }
        events.append(
            {
                "opportunity_id": row["Opportunity ID"],
                "stage": row["To Stage"],
                "entered_at": day(row["Last Modified"]),
            }
        )
    return {"opportunities": list(deals.values()), "stage_events": events}


@pytest.fixture(scope="module")
def funnels(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CellResult]:
    folder = real_data / "stage_history"
    found: dict[str, CellResult] = {}
    for name, tables in (("hubspot", hubspot(folder)), ("salesforce", salesforce(folder))):
        engine = Engine(workspace_of(tmp_path_factory.mktemp(name) / "w.duckdb", tables))
        found[name] = run_cell(engine, Cell(analysis="funnel"), View(period=ALL_TIME, as_of=engine.as_of))
    return found


@pytest.mark.real
@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_won_lost_and_open_are_those_the_publisher_printed(funnels: dict[str, CellResult], system: str) -> None:
    frame = funnels[system].result.frame
    assert frame["step"].tolist() == ["Discovery", "Qualified", "Demo", "Proposal", "Negotiation", "Closed Won"]
    assert frame["reached"].iloc[-1] == 175
    assert frame["lost"].sum() == 1384
    assert frame["open"].sum() == 41


@pytest.mark.real
def test_both_systems_tell_the_same_funnel(funnels: dict[str, CellResult]) -> None:
    columns = ["step", "reached", "lost", "open", "inferred", "share_of_previous", "could_reach"]
    one, other = (funnels[s].result.frame[columns] for s in ("hubspot", "salesforce"))
    assert one.equals(other)


@pytest.mark.real
def test_both_systems_tell_the_same_times(funnels: dict[str, CellResult]) -> None:
    one, other = (funnels[s].result.frame[["median_days", "p90_days"]] for s in ("hubspot", "salesforce"))
    assert one.equals(other)
