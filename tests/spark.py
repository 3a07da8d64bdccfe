"""Apache Spark for tests: a session in this process, or a master and a worker of its own on this machine.

Small on purpose: one partition a shuffle, no web pages, only 127.0.0.1. Statements are interpreted: for a few rows,
generating and compiling Java takes far longer than running.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from revops.ingest.types import quoted
from revops.metrics.engines.given import LOCAL, columns_of, local
from revops.metrics.engines.spark import Source, SparkExecutor
from revops.model import ENTITIES
from revops.workspace import Workspace
from tests import servers

MASTER = "REVOPS_TEST_SPARK_MASTER"  # spark://127.0.0.1:7077; not set: in this process
STARTING = 90  # seconds that a master or worker may take
SMALL = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto",  # a run of minutes
    "spark.executor.memory": "512m",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.session.localRelationCacheThreshold": "1048576",
    "spark.sql.autoBroadcastJoinThreshold": "-1",  # each broadcast is a job of its own
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.maxToStringFields": "2",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.port.maxRetries": "64",
}


@cache
def session() -> Any:
    """The one session of this process; it ends with it."""
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master(os.environ.get(MASTER, "local[2]")).appName("tests")
    home = tempfile.mkdtemp(prefix="revops-spark-")
    settings = {**SMALL, "spark.local.dir": home, "spark.sql.warehouse.dir": f"{home}/warehouse"}
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def executor_over(workspace: Workspace) -> SparkExecutor:
    """An executor whose tables are the workspace's, handed over as they are when a statement first reads them."""

    def rows(sql: str) -> pa.Table:
        cursor = workspace.cursor()
        try:
            return cursor.sql(sql).to_arrow_table()
        finally:
            cursor.close()

    def entity(name: str) -> Source:
        columns = ", ".join(quoted(c) for c in columns_of(name))
        return lambda: rows(f"SELECT {columns} FROM main.{name}")

    def kept(name: str) -> Source:
        return lambda: local(workspace, name)

    sources = {e.name: entity(e.name) for e in ENTITIES} | {name: kept(name) for name in LOCAL}
    return SparkExecutor(session(), sources)


@contextmanager
def standalone() -> Iterator[str]:
    """A master and a worker as processes of their own; the master's address. Both are gone afterwards."""
    import pyspark

    home = Path(pyspark.__file__).parent
    launcher = home / "bin" / "spark-class"
    folder = Path(tempfile.mkdtemp(prefix="revops-spark-cluster-"))
    port = servers.free_port()
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m"}
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> None:
        log = (folder / f"{name}.log").open("wb")
        command = [str(launcher), f"org.apache.spark.deploy.{name}.{name.capitalize()}", "--host", "127.0.0.1"]
        started.append(
            subprocess.Popen([*command, *arguments], stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=folder)
        )

    address = f"spark://127.0.0.1:{port}"
    try:
        start("master", "--port", str(port), "--webui-port", "0")
        _wait(folder / "master.log", "I have been elected leader")
        worker = ("--cores", "2", "--memory", "1g", "--webui-port", "0", "--work-dir", str(folder / "work"))
        start("worker", *worker, address)
        _wait(folder / "worker.log", "Successfully registered with master")
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(log: Path, said: str) -> None:
    end = time.monotonic() + STARTING
    while said not in log.read_text(encoding="utf-8", errors="replace"):
        assert time.monotonic() < end, log.read_text(encoding="utf-8", errors="replace")[-2000:]
        time.sleep(0.2)
