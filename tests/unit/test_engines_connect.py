"""A workspace that reads its tables from another engine: what it refuses, and what it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from revops.errors import MappingError, WorkspaceError
from revops.metrics.engine import Engine
from revops.metrics.engines import connecting, views
from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.errors import EngineError
from revops.sources import SourceError
from revops.workspace import Workspace
from revops.workspace.external import Connection
from tests.oracle.company import TABLES
from tests.support import staged

DEALS = {
    "entity": "opportunities",
    "table": "crm.deals",
    "where": "deleted_at IS NULL",
    "fields": [
        {"field": "opportunity_id", "column": "id"},
        {"field": "stage", "column": "stage"},
        {"field": "created_at", "column": "created"},
        {"field": "amount", "expression": "cents / 100"},
        {"field": "currency", "constant": "EUR"},
        {"field": "status", "column": "state", "value_map": {"Closed Won": "won"}},
    ],
}


def mapping(*entities: object) -> str:
    return json.dumps({"version": 1, "entities": entities or [DEALS]})


@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "bigquery", "trino", "clickhouse", "databricks"])
def test_a_mapping_becomes_one_select_an_entity(dialect: str) -> None:
    import sqlglot

    found = views.selects(mapping(), Dialect(dialect))
    assert list(found) == ["opportunities"]
    grammar = {"clickhouse": "clickhouse"}.get(dialect, dialect)
    tree = sqlglot.parse_one(found["opportunities"], read=grammar)
    assert [t.sql(dialect="duckdb").replace('"', "") for t in tree.find_all(sqlglot.exp.Table)] == ["crm.deals"]
    assert {"opportunity_id", "amount", "loss_reason", "_key", "_import_id"} <= set(tree.named_selects)


def test_several_tables_may_fill_one_entity() -> None:
    old = {**DEALS, "table": "archive.deals"}
    assert views.selects(mapping(DEALS, old), Dialect("postgres"))["opportunities"].count("UNION ALL") == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entity": "deals"}, "no such entity"),
        ({"table": ""}, "no table"),
        ({"table": "opportunities"}, "public.opportunities"),
        ({"table": "a.b.c.d"}, "schema.table"),
        ({"fields": [{"field": "nothing", "column": "x"}]}, "no such field"),
        ({"fields": [{"field": "opportunity_id", "column": "id"}]}, "it is required"),
        ({"fields": [{"field": "amount", "column": "x", "constant": "1"}]}, "name one of"),
        ({"fields": [{"field": "amount", "column": "x", "date_format": "%Y"}]}, "formats are for files"),
        ({"where": "id IN (SELECT 1)"}, "not a value of one row"),
        ({"where": "1; DROP TABLE x"}, "SQL expression|value of one row"),
        ({"key_from": ["a"]}, "only “fields” and “where”"),
    ],
)
def test_what_a_mapping_cannot_say_is_refused_by_name(change: dict[str, object], said: str) -> None:
    with pytest.raises(MappingError, match=said):
        views.selects(mapping({**DEALS, **change}), Dialect("postgres"))


def test_secrets_are_named_never_written(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with pytest.raises(SourceError, match="holds a password"):
            connecting.connect(workspace, "postgresql://reader:hunter2@127.0.0.1/crm", mapping())
        with pytest.raises(EngineError, match="no engine that can be read"):
            connecting.connect(workspace, "ftp://127.0.0.1/crm", mapping())
        assert workspace.connection is None


def test_a_workspace_file_of_somebody_else_is_not_read_from_unasked(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        workspace.connect(Connection(url="postgresql://127.0.0.1:1/crm", mapping=mapping(), filled={}))
        with pytest.raises(EngineError, match="nobody agreed"):
            Engine(workspace)


def test_a_connected_workspace_takes_no_files_and_one_with_data_is_not_connected(tmp_path: Path) -> None:
    connection = Connection(
        url="postgresql://127.0.0.1:1/crm",
        mapping=mapping(),
        as_of="2025-06-30",
        filled={"opportunities": ("opportunity_id",)},
        stages=[("", "Demo", 0, 0, 3)],
        sources=["Google Ads"],
    )
    deals = staged("opportunities", TABLES["opportunities"])
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        before = workspace.fingerprint
        workspace.connect(connection)
        assert workspace.fingerprint != before
        assert str(workspace.as_of()) == "2025-06-30"
        assert workspace.filled() == {"opportunities": frozenset({"opportunity_id"})}
        assert workspace.stages()["stage"].tolist() == ["Demo"]
        assert workspace.channels()["channel"].tolist() == ["paid_search"]
        workspace.settings = workspace.settings  # a decision changes nothing of what was found elsewhere
        assert str(workspace.as_of()) == "2025-06-30"
        with pytest.raises(WorkspaceError, match="another engine"):
            workspace.load_many([deals])
    with Workspace.open(tmp_path / "other.duckdb") as workspace:
        workspace.load_many([deals])
        with pytest.raises(WorkspaceError, match="already holds"):
            workspace.connect(connection)
