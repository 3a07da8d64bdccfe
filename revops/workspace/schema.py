"""The tables inside a workspace file, made from the model's records.

main: what analyses read, one table an entity plus two lookups; of a deal `_inferred` says what settling filled in
(see `settle`). shared: every version of a key that several imports
name; versions: views of every accepted row of every import. settled: what rows of main said before references and
deal dates were settled. raw: uploads, untouched text, packed.
log: imports, rejected rows, settings. derived: tables kept for the metrics.
"""

from __future__ import annotations

import duckdb

from revops.errors import WorkspaceError
from revops.ingest.types import quoted
from revops.model import ENTITIES, ENTITY, Entity, Field, FieldType
from revops.text import Text

VERSION = 3
SCHEMAS = ("shared", "versions", "settled", "raw", "log", "derived")
LOOKUPS = {
    "stage_meanings": ("pipeline", "stage", "position", "meaning"),
    "channel_groups": ("value", "channel"),
}
TECHNICAL = ("_import_id", "_row", "_key")
INFERRED = "_inferred"
# Ids hardly repeat: looking for a dictionary of them takes three times as long as packing them, to save a third. Only
# for columns that are filled: in an empty one each row group would take its two blocks.
_IDS = "USING COMPRESSION zstd"

_LOG = (
    "CREATE TABLE log.state (key VARCHAR, value VARCHAR)",
    "CREATE TABLE log.imports (import_id BIGINT, file VARCHAR, sheet VARCHAR, sha256 VARCHAR, loaded_at TIMESTAMP, "
    "rows BIGINT, accepted BIGINT, rejected BIGINT, mapping VARCHAR, mapping_id VARCHAR, as_of DATE, "
    "header_line BIGINT, active BOOLEAN)",
    "CREATE TABLE log.sources (import_id BIGINT, part BIGINT, entity VARCHAR, role VARCHAR, rank BIGINT, "
    "fields VARCHAR[], accepted BIGINT, rejected BIGINT)",
    "CREATE TABLE log.headers (import_id BIGINT, entity VARCHAR, field VARCHAR, header VARCHAR)",
    "CREATE TABLE log.rejected (import_id BIGINT, entity VARCHAR, _row BIGINT, field VARCHAR, code VARCHAR, "
    "value VARCHAR)",
    "CREATE TABLE log.rejections (import_id BIGINT, entity VARCHAR, field VARCHAR, code VARCHAR, en VARCHAR, "
    "ru VARCHAR, count BIGINT)",
    "CREATE TABLE raw.pieces (import_id BIGINT, piece BIGINT, bytes BLOB)",
    "CREATE TABLE log.settings (key VARCHAR, value VARCHAR)",
    "CREATE TABLE log.mappings (shape VARCHAR, mapping VARCHAR)",
    "CREATE TABLE log.stage_choices (pipeline VARCHAR, stage VARCHAR, position BIGINT, meaning VARCHAR)",
    "CREATE TABLE log.channel_choices (value VARCHAR, channel VARCHAR)",
    "CREATE TABLE log.entity_versions (entity VARCHAR, version BIGINT)",
    "CREATE TABLE log.filled (entity VARCHAR, field VARCHAR)",
    "CREATE TABLE log.derived_log (name VARCHAR, sql VARCHAR, inputs VARCHAR[], signature VARCHAR)",
    "CREATE TABLE main.stage_meanings (pipeline VARCHAR, stage VARCHAR, position BIGINT, meaning VARCHAR)",
    "CREATE TABLE main.channel_groups (value VARCHAR, channel VARCHAR)",
)


def create(cursor: duckdb.DuckDBPyConnection) -> None:
    """All tables of a new workspace, within the caller's transaction."""
    for name in SCHEMAS:
        cursor.execute(f"CREATE SCHEMA {name}")
    for statement in _LOG:
        cursor.execute(statement)
    for entity in ENTITIES:
        columns = ", ".join(_column(f) for f in entity.fields)
        technical = f"_import_id BIGINT, _row BIGINT, _key VARCHAR {_IDS}"
        inferred = f", {INFERRED} UTINYINT" if entity.name == "opportunities" else ""
        cursor.execute(f"CREATE TABLE main.{entity.name} ({columns}, extra VARCHAR, {technical}{inferred})")
        cursor.execute(f"CREATE TABLE shared.{entity.name} ({columns}, extra VARCHAR, {technical}, _rank BIGINT)")
        cursor.execute(f"CREATE VIEW versions.{entity.name} AS {versions_sql(entity)}")
        if settles(entity):
            kept = ", ".join(_column(entity.field(n)) for n in settled_columns(entity))
            cursor.execute(f"CREATE TABLE settled.{entity.name} (_key VARCHAR {_IDS}, {kept})")
        cursor.execute("INSERT INTO log.entity_versions VALUES (?, 0)", [entity.name])
    for lookup in LOOKUPS:
        cursor.execute("INSERT INTO log.entity_versions VALUES (?, 0)", [lookup])
    cursor.execute("INSERT INTO log.state VALUES ('schema_version', ?)", [str(VERSION)])


def _column(field: Field) -> str:
    filled = field.type is FieldType.ID and (field.required or field.name == "account_id")
    return f"{quoted(field.name)} {field.type.sql}{f' {_IDS}' if filled else ''}"


def versions_sql(entity: Entity) -> str:
    """A query of every accepted row of every active import: the columns of main, then _rank.

    Keys, origins and ranks hold at any time; other values while main's rows are not settled.
    """
    columns = column_list(entity).split(", ")
    alone = ", ".join(f"m.{c}" for c in columns)
    return (
        f"SELECT {', '.join(columns)}, _rank FROM shared.{entity.name} UNION ALL "
        f"SELECT {alone}, s.rank AS _rank FROM main.{entity.name} m ANTI JOIN shared.{entity.name} USING (_key) "
        f"JOIN log.sources s ON s.import_id = m._import_id AND s.entity = '{entity.name}'"
    )


def column_list(entity: Entity) -> str:
    """The columns of main.<entity>, in their order."""
    return ", ".join([*(quoted(f.name) for f in entity.fields), "extra", *TECHNICAL])


def check(cursor: duckdb.DuckDBPyConnection, name: str) -> bool:
    """True where the file holds a workspace of this version, False where it is empty. Else WorkspaceError.

    One of the version before becomes one of this: all that it settled is told in settled.<entity>, which still holds.
    """
    tables = cursor.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
    ).fetchall()
    if not tables:
        return False
    if ("log.state",) not in tables:
        raise not_a_workspace(name)
    row = cursor.execute("SELECT value FROM log.state WHERE key = 'schema_version'").fetchone()
    version = int(row[0]) if row else 0
    if version > VERSION:
        raise WorkspaceError(
            Text(
                "“{name}” was written by a newer version of the product (format {version}, this one reads {own}).",
                "«{name}» записано более новой версией продукта (формат {version}, эта читает {own}).",
            ).format(name=name, version=version, own=VERSION),
            fix=Text("Update the product and open it again.", "Обновите продукт и откройте снова."),
            code="workspace_newer",
        )
    if version == 2:
        _upgrade(cursor)
        return True
    if version < VERSION:
        raise WorkspaceError(
            Text(
                "“{name}” has the older format {version}, which this version cannot read.",
                "«{name}» в старом формате {version}, эта версия его не читает.",
            ).format(name=name, version=version),
            fix=Text("Import the files into a new workspace.", "Загрузите файлы в новое рабочее пространство."),
            code="workspace_older",
        )
    return True


def _upgrade(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("BEGIN TRANSACTION")
    cursor.execute(f"ALTER TABLE main.opportunities ADD COLUMN {INFERRED} UTINYINT")
    cursor.execute("UPDATE log.state SET value = ? WHERE key = 'schema_version'", [str(VERSION)])
    cursor.execute("COMMIT")


def not_a_workspace(name: str) -> WorkspaceError:
    return WorkspaceError(
        Text(
            "“{name}” is not a workspace of this product.", "«{name}» — не рабочее пространство этого продукта."
        ).format(name=name),
        fix=Text("Choose a workspace file, or another name.", "Выберите файл рабочего пространства или другое имя."),
        code="not_a_workspace",
    )


def references(entity: Entity) -> dict[str, str]:
    """Field -> the entity whose key it names, where that entity has a key of one column."""
    return {
        f.name: f.references
        for f in entity.fields
        if f.references and f.type in (FieldType.ID, FieldType.TEXT) and ENTITY[f.references].key_field
    }


def settled_columns(entity: Entity) -> tuple[str, ...]:
    """Fields that settling may change."""
    deal = ("status", "closed_at", "expected_close_at") if entity.name == "opportunities" else ()
    return (*references(entity), *deal)


def settles(entity: Entity) -> bool:
    return bool(settled_columns(entity))


def dependants(name: str) -> frozenset[str]:
    """Entities whose settled rows depend on `name` (which itself counts where it settles)."""
    found = {e.name for e in ENTITIES if name in references(e).values()}
    if settles(ENTITY[name]):
        found.add(name)
    if name == "stage_events":
        found.add("opportunities")
    return frozenset(found)
