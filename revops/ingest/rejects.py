"""Which rows cannot be loaded and why, and which optional values could not be read."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from revops.ingest.field_sql import UNREADABLE, FieldPlan
from revops.ingest.types import Rejection, literal, quoted
from revops.model import Entity
from revops.text import Text

REASONS = {
    "missing_required": Text(
        "there is no value, and a record needs one", "значения нет, а без него запись не загрузить"
    ),
    "unreadable_date": Text("this does not read as a date", "не читается как дата"),
    "unreadable_number": Text("this does not read as a number", "не читается как число"),
    "unreadable_boolean": Text("this does not read as yes or no", "не читается как «да» или «нет»"),
    "unknown_value": Text("this spelling is not known", "такое значение неизвестно"),
    "unreadable_text": Text("this does not read", "не читается"),
}
EXAMPLES = 3


def problems_sql(typed: str, required: Sequence[FieldPlan]) -> str:
    """A query of `_rec, _row, field, code, value`: one row a required value that is missing or unreadable."""
    nothing = (
        "SELECT CAST(NULL AS BIGINT) AS _rec, CAST(NULL AS BIGINT) AS _row, CAST(NULL AS VARCHAR) AS field, "
        "CAST(NULL AS VARCHAR) AS code, CAST(NULL AS VARCHAR) AS value WHERE FALSE"
    )
    parts = [nothing]
    for p in required:
        code = "'missing_required'"
        value = "CAST(NULL AS VARCHAR)"
        if p.header is not None:
            unreadable = literal(UNREADABLE[p.field.type])
            code = f"CASE WHEN \"{p.name}\" IS NULL THEN 'missing_required' ELSE {unreadable} END"
            value = f'CAST("{p.name}" AS VARCHAR)'
        parts.append(
            f"SELECT _rec, _row, {literal(p.field.name)}, {code}, {value} FROM {typed} "
            f"WHERE {quoted(p.field.name)} IS NULL"
        )
    return " UNION ALL ".join(parts)


def summarised(connection: duckdb.DuckDBPyConnection, problems: str, model: Entity) -> tuple[Rejection, ...]:
    """The problems grouped by field and reason, commonest first, with up to three examples each."""
    found = connection.execute(
        f"SELECT field, code, count(*), list((_row, value) ORDER BY _rec)[1:{EXAMPLES}] FROM {problems} "
        "GROUP BY field, code ORDER BY count(*) DESC, field, code"
    ).fetchall()
    return tuple(_rejection(model, *row) for row in found)


def warnings_of(
    connection: duckdb.DuckDBPyConnection, typed: str, model: Entity, optional: Sequence[FieldPlan]
) -> tuple[Rejection, ...]:
    """Values of optional fields that could not be read; the rows are kept, with null in their place."""
    checked = [p for p in optional if p.header is not None]
    if not checked:
        return ()
    unread = {p.name: f'("{p.name}" IS NOT NULL AND {quoted(p.field.name)} IS NULL)' for p in checked}
    columns = ", ".join(f"count(*) FILTER (WHERE {unread[p.name]})" for p in checked)
    counts = connection.execute(f"SELECT {columns} FROM {typed}").fetchone() or ()
    found = []
    for p, count in zip(checked, counts, strict=True):
        if count:
            examples = connection.execute(
                f'SELECT _row, "{p.name}" FROM {typed} WHERE {unread[p.name]} ORDER BY _rec LIMIT {EXAMPLES}'
            ).fetchall()
            found.append(_rejection(model, p.field.name, UNREADABLE[p.field.type], count, examples))
    return tuple(found)


def lost_sql(typed: str, plans: Sequence[FieldPlan]) -> str:
    """A query of `_row, field, code, value`: one row an optional value that could not be read. plans: one or more."""
    return " UNION ALL ".join(
        f"SELECT _row, {literal(p.field.name)} AS field, {literal(UNREADABLE[p.field.type])} AS code, "
        f'CAST("{p.name}" AS VARCHAR) AS value FROM {typed} '
        f'WHERE "{p.name}" IS NOT NULL AND {quoted(p.field.name)} IS NULL'
        for p in plans
    )


def _rejection(model: Entity, field: str, code: str, count: int, examples: Sequence[Sequence[object]]) -> Rejection:
    return Rejection(
        entity=model.name,
        field=field,
        code=code,
        reason=REASONS[code],
        count=count,
        examples=tuple((int(str(r)), None if v is None else str(v)) for r, v in examples),
    )
