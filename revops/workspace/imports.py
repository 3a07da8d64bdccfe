"""Reading the import log: what was loaded, which rows were rejected and why, and the rows as uploaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import duckdb
import pandas as pd

from revops.errors import WorkspaceError
from revops.text import Language, Text
from revops.workspace import raw


def imports(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row an import, oldest first; undone ones have active False. entities: names in a list.

    corrected, left_out: cells and rows of the file that somebody corrected by hand before the load, or left out.
    """
    return cursor.execute(
        "SELECT import_id, file, sheet, loaded_at, sha256, rows, accepted, rejected, "
        "(SELECT list(DISTINCT s.entity ORDER BY s.entity) FROM log.sources s WHERE s.import_id = i.import_id) "
        "AS entities, "
        "coalesce(json_array_length(mapping, '$.corrections.cells'), 0)::BIGINT AS corrected, "
        "coalesce(json_array_length(mapping, '$.corrections.left_out'), 0)::BIGINT AS left_out, "
        "mapping, active FROM log.imports i ORDER BY import_id"
    ).df()


def rejected(cursor: duckdb.DuckDBPyConnection, import_id: int, language: Language) -> pd.DataFrame:
    """One row a rejected row and entity: _row (number of the data row in the file), _entity, _reason, then the
    columns as uploaded. Raises WorkspaceError where there is no such import."""
    _check(cursor, import_id)
    said = "ru" if language == "ru" else "en"
    problems = cursor.sql(
        "SELECT j._row, j.entity AS _entity, string_agg(coalesce(g.text, j.field || ': ' || j.code) "
        "|| coalesce(' (' || j.value || ')', ''), '; ' ORDER BY j.field) AS _reason FROM log.rejected j LEFT JOIN "
        f"(SELECT entity, field, code, any_value({said}) AS text FROM log.rejections WHERE import_id = $id "
        "GROUP BY ALL) g "
        "ON g.entity = j.entity AND g.field = j.field AND g.code = j.code WHERE j.import_id = $id GROUP BY ALL",
        params={"id": import_id},
    ).to_arrow_table()
    with raw.opened(cursor, import_id) as connection:
        connection.register("problems", problems)
        return connection.execute(
            "SELECT p.*, r.* EXCLUDE (_row) FROM problems p LEFT JOIN raw r ON r._row = p._row "
            "ORDER BY p._row, p._entity"
        ).df()


def raw_rows(cursor: duckdb.DuckDBPyConnection, import_id: int, rows: Sequence[int] | None) -> pd.DataFrame:
    """Rows as uploaded: _row, then the file's columns as text (empty cells None). rows: which; None: all."""
    _check(cursor, import_id)
    where = "" if rows is None else " WHERE _row IN (SELECT unnest(CAST($rows AS BIGINT[])))"
    values = {} if rows is None else {"rows": [int(r) for r in rows]}
    with raw.opened(cursor, import_id) as connection:
        return connection.execute(f"SELECT * FROM raw{where} ORDER BY _row", values).df()


def source_headers(cursor: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[str, ...]]:
    """(entity, field) -> headers of the files that filled it, latest import first; own columns as "extra.<header>"."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for entity, field, header in cursor.execute(
        "SELECT entity, field, header FROM log.headers WHERE header IS NOT NULL ORDER BY import_id DESC, field, header"
    ).fetchall():
        if header not in found[entity, field]:
            found[entity, field].append(header)
    return {key: tuple(headers) for key, headers in found.items()}


def _check(cursor: duckdb.DuckDBPyConnection, import_id: int) -> None:
    found = cursor.execute("SELECT active FROM log.imports WHERE import_id = ?", [import_id]).fetchall()
    if found != [(True,)]:
        raise WorkspaceError(
            Text("There is no import {id}.", "Импорта {id} нет.").format(id=import_id),
            fix=Text(
                "It may have been undone: see the list of imports.", "Возможно, он отменён: посмотрите список импортов."
            ),
            code="no_import",
        )
