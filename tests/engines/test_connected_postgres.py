"""A workspace over the tables of a real PostgreSQL server: the figures are those of the same rows, loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from revops.metrics.engine import Engine
from revops.metrics.engines.connecting import connect
from revops.metrics.engines.errors import EngineError
from revops.workspace import Workspace
from tests import postgres
from tests.engines.connected import check_equal, columns_sql, loaded, mapping
from tests.oracle.company import TABLES


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.running() as running:
        running.run(f"CREATE SCHEMA crm; GRANT USAGE ON SCHEMA crm TO {postgres.USER};")
        yield running


@pytest.fixture(scope="module")
def company(server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The company loaded; and copied to the server by statements that its owner might have run."""
    workspace = loaded(tmp_path_factory.mktemp("loaded"))
    cursor = workspace.cursor()
    for entity in TABLES:
        found = cursor.sql(columns_sql(entity))
        columns = ", ".join(f"{n} {_type(str(t))}" for n, t in zip(found.columns, found.types, strict=True))
        rows = ", ".join("(" + ", ".join(_literal(v) for v in row) + ")" for row in found.fetchall())
        server.run(f"CREATE TABLE crm.{entity} ({columns}); INSERT INTO crm.{entity} VALUES {rows};")
        server.run(f"GRANT SELECT ON crm.{entity} TO {postgres.USER};")
    return workspace


def _type(kind: str) -> str:
    return {"VARCHAR": "text"}.get(kind, "numeric" if kind.startswith("DECIMAL") else kind.lower())


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str | dt.date):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value)


def address(server: postgres.Server, database: str = "postgres") -> str:
    return f"postgresql://{postgres.USER}:${{CRM_PASSWORD}}@127.0.0.1:{server.port}/{database}"


def test_five_kpis_equal_those_of_the_same_rows_loaded(
    server: postgres.Server, company: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", postgres.PASSWORD)
    with Workspace.open(tmp_path / "connected.duckdb") as workspace:
        found = connect(workspace, address(server), mapping("crm.{entity}"))
        assert set(found.filled) == set(TABLES)
        check_equal(Engine(company), Engine(workspace))
        assert workspace.counts()["opportunities"] == 0, "nothing is copied"
        assert postgres.PASSWORD not in str(workspace.connection)
        assert workspace.stages()["meaning"].tolist() == company.stages()["meaning"].tolist()
        assert workspace.channels().equals(company.channels())
    own = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = '{}')"
    assert server.run(own.format(postgres.USER)) == "0", "nothing was made on the server"


def test_what_the_server_refuses_is_a_sentence_without_the_password(
    server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", postgres.PASSWORD)
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with pytest.raises(EngineError, match="absent") as told:
            connect(workspace, address(server), mapping("absent.{entity}"))
        assert postgres.PASSWORD not in str(told.value)
        with pytest.raises(EngineError) as told:
            connect(workspace, address(server, "no_such_database"), mapping("crm.{entity}"))
        assert postgres.PASSWORD not in str(told.value)
        assert workspace.connection is None
