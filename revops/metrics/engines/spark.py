"""Apache Spark: tables as temporary views of a session of the executor's own, derived tables cached by Spark.

Spark is loaded only where it is used; it is no part of the base installation (requirements-spark.txt).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pyarrow as pa

from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.errors import cannot_run
from revops.metrics.engines.executor import counts_sql, frame_of, mentions, with_relations
from revops.metrics.engines.lower import flat_name

Source = Callable[[], "pa.Table | str"]  # rows, or a SELECT over tables that the session knows

# Dates without a zone are what the model holds; a day must not depend on the machine's zone.
CONF = {"spark.sql.session.timeZone": "UTC", "spark.sql.timestampType": "TIMESTAMP_NTZ"}


@contextmanager
def _saying() -> Iterator[None]:
    """What Spark refuses becomes an EngineError."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("pyspark", "py4j"):
            raise
        raise cannot_run("Spark", error) from error


class SparkExecutor:
    """Runs statements in a Spark session. sources: table -> where its rows come from; asked for when first read."""

    def __init__(self, session: Any, sources: Mapping[str, Source]) -> None:
        self.dialect = Dialect("pyspark")
        self._session = session.newSession()
        for key, value in CONF.items():
            self._session.conf.set(key, value)
        self._waiting = dict(sources)
        self._derived: dict[str, str] = {}
        self._lock = threading.RLock()

    def reads(self, text: str, derived: str) -> bool:
        return mentions(text, flat_name("derived", derived))

    def derive(self, name: str, text: str, inputs: Sequence[str]) -> None:
        with self._lock, _saying():
            if self._derived.get(name) == text:
                return
            self._give(text)
            self._asked(text).cache().createOrReplaceTempView(flat_name("derived", name))
            self._derived[name] = text

    def run(self, text: str, relations: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        sql = with_relations(text, {self.dialect.quoted(name): body for name, body in relations.items()})
        with _saying():
            self._give(sql)
            return frame_of(self._asked(sql).toArrow()), sql

    def counts(self) -> dict[str, int]:
        frame, _sql = self.run(counts_sql(), {})
        return {str(e): int(n) for e, n in zip(frame["entity"], frame["n"], strict=True)}

    def _asked(self, sql: str) -> Any:
        return self._session.sql(sql)

    def _give(self, text: str) -> None:
        """The tables that the text reads for the first time become views."""
        with self._lock:
            for name in [n for n in self._waiting if mentions(text, n)]:
                rows = self._waiting.pop(name)()
                if isinstance(rows, str):
                    self._session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {self.dialect.quoted(name)} AS {rows}")
                else:
                    self._session.createDataFrame(rows).createOrReplaceTempView(name)
