"""Apache Spark itself: a workspace over its tables, and a master with a worker of its own. Run by `make test-spark`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from revops.metrics.engine import Engine
from revops.metrics.engines.connecting import connect
from revops.metrics.engines.errors import EngineError
from revops.workspace import Workspace
from tests.demo import ROOT
from tests.engines.connected import check_equal, columns_sql, loaded, mapping
from tests.oracle.company import TABLES

pytestmark = pytest.mark.skipif(
    os.environ.get("REVOPS_TEST_ENGINE") != "spark", reason="make test-spark runs it: it needs Apache Spark and Java"
)
MASTER = "REVOPS_TEST_SPARK_MASTER"


def written(workspace: Workspace, folder: Path) -> None:
    """The company's tables as Parquet files, as their owner has them."""
    import pyarrow.parquet as pq

    cursor = workspace.cursor()
    for entity in TABLES:
        pq.write_table(cursor.sql(columns_sql(entity)).to_arrow_table(), folder / f"{entity}.parquet")


def test_five_kpis_over_parquet_files_equal_those_of_the_same_rows_loaded(tmp_path: Path) -> None:
    from tests.spark import session

    session()  # in this process, small; pyspark:// finds it
    company = loaded(tmp_path)
    written(company, tmp_path)
    with Workspace.open(tmp_path / "connected.duckdb") as workspace:
        connect(workspace, "pyspark://", mapping(f"parquet:{tmp_path}/{{entity}}.parquet"))
        check_equal(Engine(company), Engine(workspace))
        assert workspace.counts()["opportunities"] == 0, "nothing is copied"


def test_what_spark_refuses_is_a_sentence(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with pytest.raises(EngineError, match="Spark cannot answer"):
            connect(workspace, "pyspark://", mapping("absent.{entity}"))
        assert workspace.connection is None


@pytest.mark.skipif(MASTER in os.environ, reason="this run is on a master already")
def test_figures_worked_out_by_hand_on_a_master_and_a_worker_of_their_own() -> None:
    from tests.spark import standalone

    keys = "arr or logo_churn or ltv_cac or win_rate or nrr or sales_cycle"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/oracle/test_by_hand.py"]
    with standalone() as address:
        done = subprocess.run(
            [*command, "-k", f"test_metric_by_hand and ({keys})"],
            cwd=ROOT, env={**os.environ, MASTER: address}, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
