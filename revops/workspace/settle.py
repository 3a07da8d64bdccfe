"""What is settled after rows are merged: references take the spelling of the record they name, deals their outcome.

Settling changes rows of main. What those rows said before is kept, so that it can be taken back, rows be merged again,
and settled anew from the same start: in settled.<entity>, or, where a deal's status was filled in or its close date
moved (as with every deal of many a system), by a mark in the deal itself. Only rows that a change can reach are taken
back and settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from revops.ingest.types import literal, quoted
from revops.model import ENTITIES, ENTITY, Entity
from revops.workspace.before import Before
from revops.workspace.schema import INFERRED, references, settled_columns, settles

# Marks of a deal, in main.opportunities._inferred; NULL: settling left it alone.
STATUS: Final = 1  # there was no status
MOVED: Final = 2  # closed_at was the day that is in expected_close_at now, which was empty
DROPPED: Final = 4  # closed_at was the day that is in expected_close_at, as it was before
APART: Final = 8  # what it said stands in settled.opportunities
_OUTCOME = "CASE WHEN m.meaning IN ('won', 'lost') THEN m.meaning ELSE 'open' END"


class Settling:
    """One change of the data: which rows wait to be settled, and what was renamed that other rows refer to.

    changed: entities in which rows changed. Call `touch` before rows change and after, then `reach`, then `settle`.
    before: keeps what rows said before they are touched.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, before: Before | None = None) -> None:
        self.cursor = cursor
        self.before = before
        self.changed: set[str] = set()
        self._whole: set[str] = set()  # entities all of whose rows wait
        self._some: set[str] = set()  # entities whose waiting keys are in _waiting_<entity>
        self._renamed: dict[str, bool] = {}  # entity -> all of its keys, or those in _renamed_<entity>

    def touch(self, entity: str, keys: str | None, *, done: bool = False) -> None:
        """Rows of these keys (a query of _key; None: all) are about to change; done: they just did."""
        self.changed.add(entity)
        if self.before is not None and not done:
            self.before.keep(entity, keys)
        if settles(ENTITY[entity]):
            self.unsettle(entity, keys)
        told = _told_by(entity)
        if told is None or self._renamed.get(entity):
            return
        if keys is None:
            self._renamed[entity] = True
            return
        name, said = told
        rows = (
            f"SELECT lower(trim({quoted(name)})) AS name, {said} AS said, {1 if done else -1} AS sign "
            f"FROM main.{entity} WHERE _key IN ({keys})"
        )
        how = f"INSERT INTO _renamed_{entity}" if entity in self._renamed else _temporary(f"_renamed_{entity}")
        self.cursor.execute(f"{how} {rows}")
        self._renamed[entity] = False

    def gone(self, entity: str) -> None:
        """All rows of the entity are about to go: nothing has to be taken back."""
        if settles(ENTITY[entity]):
            self.cursor.execute(f"DELETE FROM settled.{entity}")
            self._whole.add(entity)
        self.touch(entity, None)

    def unsettle(self, entity: str, keys: str | None) -> None:
        """The rows as they were merged; they wait to be settled."""
        if entity in self._whole:
            return
        if keys is None:
            self._whole.add(entity)
            self._take_back(entity, "")
            return
        known = f"SELECT _key FROM _waiting_{entity}"
        if entity in self._some:
            self.cursor.execute(
                f"INSERT INTO _waiting_{entity} SELECT DISTINCT _key FROM ({keys}) WHERE _key NOT IN ({known})"
            )
        else:
            self.cursor.execute(f"{_temporary(f'_waiting_{entity}')} SELECT DISTINCT _key FROM ({keys})")
            self._some.add(entity)
        self._take_back(entity, f" WHERE _key IN ({known})")

    def _take_back(self, entity: str, where: str) -> None:
        kept = f"(SELECT * FROM settled.{entity}{where})"
        if _any(self.cursor, kept):
            assigned = ", ".join(f"{quoted(c)} = s.{quoted(c)}" for c in settled_columns(ENTITY[entity]))
            if entity == "opportunities":
                assigned += f", {INFERRED} = NULL"
            self.cursor.execute(f"UPDATE main.{entity} SET {assigned} FROM {kept} s WHERE {entity}._key = s._key")
            self.cursor.execute(f"DELETE FROM settled.{entity}{where}")
            self.changed.add(entity)
        if entity == "opportunities":
            self._take_back_marked(where)

    def _take_back_marked(self, where: str) -> None:
        marked = f"{where or ' WHERE TRUE'} AND {INFERRED} IS NOT NULL"
        if _any(self.cursor, f"(FROM main.opportunities{marked})"):
            status, close, moved = (f"({INFERRED} & {mark}) <> 0" for mark in (STATUS, MOVED | DROPPED, MOVED))
            self.cursor.execute(
                f"UPDATE main.opportunities SET status = CASE WHEN {status} THEN NULL ELSE status END, "
                f"closed_at = CASE WHEN {close} THEN CAST(expected_close_at AS TIMESTAMP) ELSE closed_at END, "
                f"expected_close_at = CASE WHEN {moved} THEN NULL ELSE expected_close_at END, {INFERRED} = NULL{marked}"
            )
            self.changed.add("opportunities")

    def reach(self) -> None:
        """Rows that refer to what was touched wait too."""
        for entity, whole in self._renamed.items():
            names = (  # what was there before and is there still moves nobody
                f"SELECT name FROM (SELECT name, said FROM _renamed_{entity} GROUP BY ALL HAVING sum(sign) <> 0)"
            )
            for child in ENTITIES:
                for field in (f for f, parent in references(child).items() if parent == entity):
                    self._reach(child.name, field, None if whole else names)
            if entity == "stage_events":  # a deal without a close date closed when it entered its last stage
                self._reach("opportunities", "opportunity_id", None if whole else names)

    def _reach(self, child: str, field: str, names: str | None) -> None:
        where = "" if names is None else f" WHERE lower(trim({quoted(field)})) IN ({names})"
        rows = f"SELECT _key FROM main.{child}{where}"
        if names is None:
            self.unsettle(child, None)
        elif _any(self.cursor, f"({rows})"):
            self.unsettle(child, rows)

    def arrived(self, entity: str) -> None:
        """All rows of the entity were settled on their way in."""
        self._whole.discard(entity)

    def settle(self) -> None:
        """Settles the waiting rows; stage meanings must be up to date."""
        for name in sorted(self._whole | self._some):
            if not _any(self.cursor, f"main.{name}"):
                continue
            rows = f"SELECT _key FROM _waiting_{name}" if name not in self._whole else None
            if _settle(self.cursor, ENTITY[name], rows):
                self.changed.add(name)
        for name in self._some:
            self.cursor.execute(f"DROP TABLE _waiting_{name}")
        for name in (n for n, whole in self._renamed.items() if not whole):
            self.cursor.execute(f"DROP TABLE _renamed_{name}")


def can_arrive_settled(entity: str) -> bool:
    """Whether all rows of an entity can be settled on their way in: it settles, and not by its own records."""
    return settles(ENTITY[entity]) and entity not in references(ENTITY[entity]).values()


def spelled_otherwise(cursor: duckdb.DuckDBPyConnection, parent: str) -> bool:
    """Whether some text of `_said` (said) names a record of `parent` that is spelled in another way."""
    key = ENTITY[parent].key_field
    assert key is not None
    name = quoted(key.name)
    return _any(
        cursor,
        f"(SELECT said FROM _said JOIN (SELECT lower(trim({name})) AS folded, arg_max({name}, _key) AS spelling "
        f"FROM main.{parent} GROUP BY ALL) ON folded = lower(trim(said)) WHERE spelling <> said)",
    )


def arriving_sql(cursor: duckdb.DuckDBPyConnection, entity: str, fields: Sequence[str]) -> str:
    """The rows of `incoming` (these fields, extra, _row, _key; read once) with all fields, settled, with what they say
    as `_old_...`, and a deal's mark: for references that are spelled as the records they name, and deals without stage
    events. No join: `incoming` is never held."""
    lacking = [f for f in ENTITY[entity].fields if f.name not in fields]
    incoming = "".join(f", CAST(NULL AS {f.type.sql}) AS {quoted(f.name)}" for f in lacking)
    incoming = f"(SELECT *{incoming} FROM incoming)"
    if entity != "opportunities":
        return f"SELECT * FROM {incoming}"
    said = ", ".join(f"{quoted(c)} AS {quoted('_old_' + c)}" for c in settled_columns(ENTITY[entity]))
    meant = cursor.execute(
        "SELECT meaning, pipeline, stage FROM main.stage_meanings WHERE meaning IN ('won', 'lost')"
    ).fetchall()
    whens = " ".join(
        f"WHEN stage = {literal(stage)} AND coalesce(pipeline, '') = {literal(pipeline)} THEN '{meaning}'"
        for meaning, pipeline, stage in meant
    )
    outcome = f"CASE {whens} ELSE 'open' END" if whens else "'open'"
    settled = (
        "SELECT * REPLACE (CASE WHEN status <> 'open' THEN _old_closed_at END AS closed_at, "
        "CASE WHEN status = 'open' THEN coalesce(_old_expected_close_at, CAST(_old_closed_at AS DATE)) "
        "ELSE _old_expected_close_at END AS expected_close_at) FROM ("
        f"SELECT * REPLACE (coalesce(status, {outcome}) AS status), {said} FROM {incoming})"
    )
    return f"SELECT *, {_inferred_sql(spelled=True)} AS {INFERRED} FROM ({settled})"


def _inferred_sql(*, spelled: bool) -> str:
    """Of a deal as it should be and (`_old_...`) as it is, SQL for its mark. spelled: its references are unchanged."""
    deal = ENTITY["opportunities"]
    differs = {c: f"{quoted(c)} IS DISTINCT FROM {quoted('_old_' + c)}" for c in settled_columns(deal)}
    dropped = "coalesce(closed_at IS NULL AND _old_closed_at = CAST(expected_close_at AS TIMESTAMP), false)"
    given = "_old_expected_close_at IS NOT NULL"
    lost = f"{differs['closed_at']} AND NOT {dropped}"
    replaced = f"{differs['expected_close_at']} AND ({given} OR NOT {dropped})"
    other = [] if spelled else [differs[c] for c in references(deal)]
    other += [f"({differs['status']} AND _old_status IS NOT NULL)", f"({lost})", f"({replaced})"]
    filled = f"CASE WHEN {differs['status']} THEN {STATUS} ELSE 0 END"
    close = f"CASE WHEN NOT {dropped} THEN 0 WHEN {given} THEN {DROPPED} ELSE {MOVED} END"
    return f"CAST(CASE WHEN {' OR '.join(other)} THEN {APART} ELSE nullif({filled} + {close}, 0) END AS UTINYINT)"


def old_columns(entity: str) -> str:
    """Of an arriving row, what settled.<entity> keeps besides the key."""
    return ", ".join(quoted("_old_" + c) for c in settled_columns(ENTITY[entity]))


def _told_by(entity: str) -> tuple[str, str] | None:
    """The field of an entity by which rows of others depend on it, and SQL for what they take from it."""
    if entity == "stage_events":
        return "opportunity_id", "concat_ws(chr(31), coalesce(stage, chr(30)), CAST(entered_at AS VARCHAR))"
    named = any(parent == entity for child in ENTITIES for parent in references(child).values())
    key = ENTITY[entity].key_field
    return (key.name, f"{quoted(key.name)} || chr(31) || _key") if named and key is not None else None


def _temporary(name: str) -> str:
    return f"CREATE OR REPLACE TEMP TABLE {name} AS"


def _settle(cursor: duckdb.DuckDBPyConnection, entity: Entity, keys: str | None) -> bool:
    columns = settled_columns(entity)
    differs = [f"{quoted(c)} IS DISTINCT FROM {quoted('_old_' + c)}" for c in columns]
    deals = entity.name == "opportunities"
    mark = f", {_inferred_sql(spelled=False)} AS {INFERRED}" if deals else ""
    rows = _settled_sql(cursor, entity, keys)
    cursor.execute(f"{_temporary('_settled')} SELECT *{mark} FROM ({rows}) WHERE {' OR '.join(differs)}")
    tested = ", ".join(f"coalesce(bool_or({d}), false)" for d in differs)
    answers = cursor.execute(f"SELECT {tested} FROM _settled").fetchone() or ()
    moved = [c for c, one in zip(columns, answers, strict=True) if one]
    if moved:
        old = ", ".join(quoted("_old_" + c) for c in columns)
        apart = f" WHERE {INFERRED} = {APART}" if deals else ""
        cursor.execute(f"INSERT INTO settled.{entity.name} SELECT _key, {old} FROM _settled{apart}")
        assigned = ", ".join(f"{quoted(c)} = s.{quoted(c)}" for c in [*moved, *((INFERRED,) if deals else ())])
        cursor.execute(f"UPDATE main.{entity.name} SET {assigned} FROM _settled s WHERE {entity.name}.rowid = s._place")
    cursor.execute("DROP TABLE _settled")
    return bool(moved)


def _settled_sql(cursor: duckdb.DuckDBPyConnection, entity: Entity, keys: str | None) -> str:
    """Rows of the entity (those with `keys`; None: all): _key, _place, each settled column as it should be, and as it
    is (`_old_...`)."""
    where = "" if keys is None else f" WHERE _key IN ({keys})"
    rows = f"(SELECT *, rowid AS _place FROM main.{entity.name}{where})"
    columns, joins = ["c._key", "c._place"], []
    columns += [f"c.{quoted(c)} AS {quoted('_old_' + c)}" for c in settled_columns(entity)]
    for number, (field, parent) in enumerate(references(entity).items()):
        name = quoted(field)
        if not _any(cursor, f"main.{parent}"):
            columns.append(f"c.{name} AS {name}")
            continue
        key = ENTITY[parent].key_field
        assert key is not None
        folded = f"lower(trim({quoted(key.name)}))"
        named = "" if keys is None else f" WHERE {folded} IN (SELECT lower(trim({name})) FROM {rows})"
        joins.append(
            f"LEFT JOIN (SELECT {folded} AS folded, arg_max({quoted(key.name)}, _key) AS spelling "
            f"FROM main.{parent}{named} GROUP BY ALL) p{number} ON p{number}.folded = lower(trim(c.{name}))"
        )
        columns.append(f"coalesce(p{number}.spelling, c.{name}) AS {name}")
    if entity.name == "opportunities":
        return _deals_sql(columns, joins, rows)
    return f"SELECT {', '.join(columns)} FROM {rows} c {' '.join(joins)}"


def _deals_sql(columns: list[str], joins: list[str], rows: str) -> str:
    """A missing status follows the stage's meaning. An open deal's close date is an expectation; a closed deal that
    names no date closed when it last entered a stage of its outcome."""
    entered = (
        "SELECT lower(trim(e.opportunity_id)) AS deal, coalesce(o.pipeline, '') AS pipeline, e.stage, e.entered_at "
        f"FROM main.stage_events e JOIN {rows} o "
        "ON lower(trim(o.opportunity_id)) = lower(trim(e.opportunity_id)) "
        "WHERE o.closed_at IS NULL"
    )
    ends = (
        f"SELECT deal, m.meaning, max(entered_at) AS at FROM ({entered}) JOIN main.stage_meanings m "
        "USING (pipeline, stage) WHERE m.meaning IN ('won', 'lost') GROUP BY ALL"
    )
    named = (
        f"SELECT {', '.join(columns)}, coalesce(c.status, {_OUTCOME}) AS status, c.opportunity_id "
        f"FROM {rows} c {' '.join(joins)} "
        "LEFT JOIN main.stage_meanings m ON m.stage = c.stage AND m.pipeline = coalesce(c.pipeline, '')"
    )
    return (
        "SELECT d.* EXCLUDE (opportunity_id), "
        "CASE WHEN status <> 'open' THEN coalesce(_old_closed_at, ends.at) END AS closed_at, "
        "CASE WHEN status = 'open' THEN coalesce(_old_expected_close_at, CAST(_old_closed_at AS DATE)) "
        "ELSE _old_expected_close_at END AS expected_close_at "
        f"FROM ({named}) d LEFT JOIN ({ends}) ends "
        "ON ends.deal = lower(trim(d.opportunity_id)) AND ends.meaning = d.status"
    )


def _any(cursor: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return cursor.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None
