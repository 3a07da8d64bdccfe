"""A workspace pointed at tables of another engine: agreed to on this machine, opened once a process, looked at once.

An address is Ibis's (postgresql://..., snowflake://..., bigquery://..., trino://..., clickhouse://..., databricks://...)
or spark://host:port for a Spark master; pyspark:// is a Spark that its own configuration names. Secrets stand in it as
${NAME} and come from the environment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from revops.metrics.engines import views
from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.errors import EngineError, cannot_run
from revops.metrics.engines.executor import Executor
from revops.metrics.engines.given import LOCAL, connected_sql, empty_sql, local_sql
from revops.metrics.engines.remote import RemoteExecutor
from revops.metrics.engines.spark import SparkExecutor
from revops.model import ENTITIES, ENTITY
from revops.text import Text
from revops.workspace import Workspace, data_home
from revops.workspace.channels import SOURCES
from revops.workspace.external import Connection
from revops.workspace.stages import COUNTED_SQL
from revops.workspace.summary import latest_sql

if TYPE_CHECKING:
    from revops.sources.secrets import Filled

# scheme of an address -> Ibis's name of its SQL
DIALECTS = {
    "postgresql": "postgres", "postgres": "postgres", "snowflake": "snowflake", "bigquery": "bigquery",
    "trino": "trino", "clickhouse": "clickhouse", "databricks": "databricks", "pyspark": "pyspark",
    "spark": "pyspark",
}  # fmt: skip
AGREED = "agreed_connections.json"
_opened: dict[str, Executor] = {}
_backends: dict[str, Any] = {}
_guard = threading.RLock()


def connect(workspace: Workspace, url: str, mapping: str) -> Connection:
    """Points the workspace at the tables, after looking at them: which fields are filled, the last day, the stages.

    Agrees on this machine to what the address and the mapping say. Raises EngineError, MappingError, WorkspaceError,
    SourceError; then nothing is kept.
    """
    from revops.sources.secrets import refuse_secrets

    refuse_secrets(url)
    dialect = dialect_of(url)
    views.selects(mapping, dialect)  # refused here, before anything is opened
    bare = Connection(url=url, mapping=mapping, filled={})
    looked = _looked_at(bare, _executor(workspace, bare))
    workspace.connect(looked)
    _agree(looked)
    return looked


def executor_for(workspace: Workspace, connection: Connection) -> Executor:
    """Where a connected workspace's statements run. Raises EngineError where nobody agreed to it on this machine."""
    if _mark(connection) not in _agreed():
        raise EngineError(
            Text(
                "This workspace reads from {url}; nobody agreed to that on this machine.",
                "Это рабочее пространство читает данные из {url}; на этом компьютере на это не давали согласия.",
            ).format(url=connection.url),
            fix=Text(
                "If you know where it comes from, connect it again with `python -m revops connect`.",
                "Если знаете, откуда оно, подключите его заново: `python -m revops connect`.",
            ),
            code="connection_not_agreed",
        )
    with _guard:
        key = f"{workspace.path}\n{workspace.fingerprint}"
        if key not in _opened:
            for old in [k for k in _opened if k.startswith(f"{workspace.path}\n")]:
                del _opened[old]
            _opened[key] = _executor(workspace, connection)
        return _opened[key]


def dialect_of(url: str) -> Dialect:
    """The SQL of the engine at the address. Raises EngineError on one that is not known."""
    scheme = url.partition("://")[0].lower()
    if scheme not in DIALECTS or "://" not in url:
        raise EngineError(
            Text("“{scheme}” is no engine that can be read.", "«{scheme}» — не та СУБД, которую можно читать.").format(
                scheme=scheme[:40]
            ),
            fix=Text("An address begins with one of: {known}.", "Адрес начинается с одного из: {known}.").format(
                known=", ".join(f"{name}://" for name in DIALECTS)
            ),
            code="unknown_engine",
        )
    return Dialect(DIALECTS[scheme])


def _executor(workspace: Workspace, connection: Connection) -> Executor:
    from revops.sources.secrets import fill, from_environment

    dialect = dialect_of(connection.url)
    filled = fill(connection.url, from_environment)
    selects = views.selects(connection.mapping, dialect)

    def entity(name: str) -> Callable[[], str]:
        return lambda: selects.get(name) or empty_sql(name, dialect)

    def kept(name: str) -> Callable[[], str]:
        if name.startswith("log_"):
            return lambda: connected_sql(name, connection, dialect)
        return lambda: local_sql(workspace, name, dialect)

    tables = {e.name: entity(e.name) for e in ENTITIES} | {name: kept(name) for name in LOCAL}
    backend = _backend(connection.url, filled)
    if dialect.name == "pyspark":
        return SparkExecutor(backend, tables)
    return RemoteExecutor(backend, dialect, tables, filled.scrubbed)


def _backend(url: str, filled: Filled) -> Any:
    """The opened engine, kept for the process; for Spark its session."""
    with _guard:
        if filled.text not in _backends:
            try:
                _backends[filled.text] = _spark(url) if dialect_of(url).name == "pyspark" else _ibis(filled.text)
            except ImportError as error:
                raise EngineError(
                    Text("{url} needs a package that is missing: {name}.", "Для {url} не установлен пакет {name}.")
                    .format(url=url, name=error.name or "ibis-framework"),
                    fix=Text("Install it: pip install 'ibis-framework[{extra}]'.",
                             "Установите: pip install 'ibis-framework[{extra}]'.").format(extra=dialect_of(url).name),
                    code="engine_package_missing",
                ) from None  # fmt: skip
            except Exception as error:
                if isinstance(error, EngineError):
                    raise
                raise cannot_run(url.partition("://")[0], filled.scrubbed(error)) from None
        return _backends[filled.text]


def _ibis(address: str) -> Any:
    import ibis

    return ibis.connect(address)


def _spark(url: str) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("revops")
    if url.startswith("spark://"):
        builder = builder.master(url)
    return builder.getOrCreate()


# --- what is looked at ----------------------------------------------------------------------------------------------


def _looked_at(connection: Connection, executor: Executor) -> Connection:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    filled = {
        name: tuple(sorted(fields))
        for name in views.mapped(connection.mapping)
        if (fields := _filled(name, connection, executor))
    }

    def day(*, soft: bool, until: dt.date | None) -> dt.date | None:
        frame, _sql = executor.run(executor.dialect.translated(latest_sql(soft=soft, until=until)), {})
        found = frame["day"].iloc[0]
        return None if found is None or found != found else found.date()

    firm = day(soft=False, until=None)
    soft = day(soft=True, until=max(filter(None, (firm, now.date()))))
    as_of = max((d for d in (firm, soft) if d), default=None)
    counted, _sql = executor.run(executor.dialect.translated(COUNTED_SQL.format(deals="main.opportunities")), {})
    named = " UNION ".join(f"SELECT {f} AS v FROM main.{e} WHERE {f} IS NOT NULL" for e, f in SOURCES)
    sources, _sql = executor.run(executor.dialect.translated(named), {})
    return replace(
        connection,
        looked_at=now.isoformat(),
        as_of=as_of.isoformat() if as_of else None,
        filled=filled,
        stages=[
            (str(p), str(s), int(w), int(n), int(d))
            for p, s, w, n, d in counted[["pipeline", "stage", "won", "lost", "deals"]].itertuples(index=False)
        ],
        sources=sorted(map(str, sources["v"])),
    )


def _filled(entity: str, connection: Connection, executor: Executor) -> frozenset[str]:
    """The mapped fields of which some row has a value: one pass over the entity."""
    names = sorted(views.mapped(connection.mapping)[entity])
    quoted = executor.dialect.quoted
    counts = ", ".join(f"count({quoted(name)}) AS {quoted(f'n{i}')}" for i, name in enumerate(names))
    frame, _sql = executor.run(f"SELECT {counts} FROM {quoted(ENTITY[entity].name)}", {})
    return frozenset(name for i, name in enumerate(names) if int(frame[f"n{i}"].iloc[0]) > 0)


# --- agreement: a workspace file may come from anybody --------------------------------------------------------------


def _mark(connection: Connection) -> str:
    return hashlib.sha256(f"{connection.url}\n{connection.mapping}".encode()).hexdigest()


def _agreed() -> list[str]:
    path = data_home() / AGREED
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def _agree(connection: Connection) -> None:
    with _guard:
        path = data_home() / AGREED
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(sorted({*_agreed(), _mark(connection)})), encoding="utf-8")
