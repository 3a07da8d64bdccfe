"""The hand-made company as tables of another engine: as its owner might have named them, and how they map."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from revops.analysis import Cell, View
from revops.analysis.run import run_cell
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.model import ENTITY, FieldType
from revops.workspace import Workspace
from tests.oracle.company import AS_OF, TABLES
from tests.support import workspace_of

FIVE = ("arr", "logo_churn", "cac", "ltv_cac", "win_rate")
SPRING = Period(dt.date(2025, 4, 1), dt.date(2025, 7, 1))
SEGMENTS = {"enterprise": "Enterprise Customers", "small": "Small Business"}


def fields(entity: str) -> list[str]:
    """The fields that the company's rows fill, in the model's order."""
    return [f.name for f in ENTITY[entity].fields if any(f.name in row for row in TABLES[entity])]


def mapping(table: str) -> str:
    """How the tables map; table: the pattern of a table's name, as in crm.{entity}."""
    return json.dumps(
        {
            "version": 1,
            "entities": [
                {
                    "entity": entity,
                    "table": table.format(entity=entity),
                    "fields": [_field(entity, name) for name in fields(entity)],
                }
                for entity in TABLES
            ],
        }
    )


def _field(entity: str, name: str) -> dict[str, object]:
    column = f"c_{name}"
    if (entity, name) == ("opportunities", "amount"):
        return {"field": name, "expression": f"{column} / 100"}
    if (entity, name) == ("accounts", "segment"):
        return {"field": name, "column": column, "value_map": {theirs: ours for ours, theirs in SEGMENTS.items()}}
    return {"field": name, "column": column}


def columns_sql(entity: str) -> str:
    """A SELECT over a loaded workspace that gives the entity as its owner has it: cents, other words, other names."""
    told = []
    for name in fields(entity):
        value = f'"{name}"'
        if (entity, name) == ("opportunities", "amount"):
            value = f"CAST({value} * 100 AS BIGINT)"
        elif (entity, name) == ("accounts", "segment"):
            value = "CASE segment " + " ".join(f"WHEN '{o}' THEN '{t}'" for o, t in SEGMENTS.items()) + " END"
        elif ENTITY[entity].field(name).type is FieldType.DECIMAL:
            value = f"CAST({value} AS DECIMAL(24, 6))"
        told.append(f"{value} AS c_{name}")
    return f"SELECT {', '.join(told)} FROM main.{entity}"


def loaded(folder: Path) -> Workspace:
    """The same company, loaded from files as always."""
    return workspace_of(folder / "loaded.duckdb", TABLES)


def figures(engine: Engine, by: str | None = None) -> dict[str, object]:
    """The five KPIs of the second quarter: each has a value."""
    told = {}
    for key in FIVE:
        if by is not None and by not in {d.key for d in engine.dimensions(key)}:
            continue
        frame = engine.evaluate(Query(metric=key, periods=(SPRING,), as_of=AS_OF, by=by, where={})).frame
        told[key] = dict(zip(frame["dimension"] if by else ["all"], frame["value"], strict=True))
    return told


def check_equal(here: Engine, there: Engine) -> None:
    """The five KPIs, whole and by segment, the last day, a churn cell: as they are where everything was loaded."""
    assert there.as_of == here.as_of
    whole = figures(here)
    for key, values in figures(there).items():
        assert values == pytest.approx(whole[key]), key
    assert whole["win_rate"] == pytest.approx({"all": 2 / 3})
    by_segment = figures(here, "segment")
    for key, values in figures(there, "segment").items():
        assert values == pytest.approx(by_segment[key], nan_ok=True), key
    view = View(period=SPRING, as_of=AS_OF)
    cell = Cell(analysis="churn_breakdown", params={"measure": "logo", "by": "tenure"})
    one, other = (run_cell(e, cell, view).result.frame for e in (here, there))
    assert one[["group", "cases", "n"]].to_dict() == other[["group", "cases", "n"]].to_dict()
    assert there.executor.counts()["opportunities"] == len(TABLES["opportunities"])
