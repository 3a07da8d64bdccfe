"""What records said before a load changed them, so that the load can tell which of them it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from revops.ingest.types import quoted
from revops.model import ENTITY


@dataclass(frozen=True, slots=True)
class Counts:
    """Records of one entity that an import names, by what became of them; removed: it named them, read otherwise."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


class Before:
    """Kept from the first touch on, in temporary tables `_before_<entity>` of the cursor: only what is touched.

    Say with `brings` which imports the load writes: what they bring was not there before.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor
        self._kept: set[str] = set()
        self._brought: set[int] = set()

    def brings(self, import_id: int) -> None:
        """The rows of this import come next; those that it replaces are touched already."""
        self._brought.add(import_id)

    def keep(self, entity: str, keys: str | None) -> None:
        """Rows of these keys (a query of _key; None: all) are about to change; what is kept already stays."""
        if self.cursor.execute(f"SELECT 1 FROM main.{entity} LIMIT 1").fetchone() is None:
            return
        columns = ", ".join([*(quoted(f.name) for f in ENTITY[entity].fields), "extra", "_key"])
        if entity not in self._kept:
            self.cursor.execute(
                f"CREATE OR REPLACE TEMP TABLE _before_{entity} AS SELECT {columns} FROM main.{entity} LIMIT 0"
            )
            self._kept.add(entity)
        some = f" AND _key IN ({keys})" if keys is not None else ""
        if self._brought:
            some += f" AND _import_id NOT IN ({', '.join(map(str, sorted(self._brought)))})"
        self.cursor.execute(
            f"INSERT INTO _before_{entity} SELECT {columns} FROM main.{entity} "
            f"WHERE _key NOT IN (SELECT _key FROM _before_{entity}){some}"
        )

    def count(self, entity: str, import_id: int, imports: Sequence[int]) -> Counts:
        """The records of an import, once all is settled. imports: those of the load that fill the entity, in order."""
        named = f"SELECT DISTINCT _key FROM versions.{entity} WHERE _import_id = {import_id}"
        if entity not in self._kept:  # either all of it is there as it was, or nothing of it was there
            if not self._brought.intersection(imports):
                return Counts(unchanged=self._number(f"({named})"))
            if len(imports) == 1:
                return Counts(added=self._number(f"main.{entity}"))
        was = f"_before_{entity}" if entity in self._kept else f"(SELECT * FROM main.{entity} LIMIT 0)"
        earlier = imports[: imports.index(import_id)]
        others = ", ".join(map(str, earlier)) or "NULL"
        row = self.cursor.execute(
            "SELECT count(*) FILTER (b._key IS NULL AND e._key IS NULL), "
            f"count(*) FILTER (b._key IS NOT NULL AND {_same(entity)}), count(*) "
            f"FROM ({named}) k "
            f"JOIN main.{entity} m USING (_key) LEFT JOIN {was} b USING (_key) "
            f"LEFT JOIN (SELECT DISTINCT _key FROM versions.{entity} WHERE _import_id IN ({others})) e USING (_key)"
        ).fetchone()
        added, unchanged, records = (int(n) for n in row or (0, 0, 0))
        return Counts(added, records - added - unchanged, unchanged)

    def gone(self, entity: str) -> int:
        """How many of the records kept are no longer there."""
        return self._number(f"_before_{entity} ANTI JOIN main.{entity} USING (_key)") if entity in self._kept else 0

    def _number(self, relation: str) -> int:
        row = self.cursor.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(row[0]) if row else 0

    def forget(self) -> None:
        for entity in sorted(self._kept):
            self.cursor.execute(f"DROP TABLE _before_{entity}")
        self._kept.clear()


def _same(entity: str) -> str:
    """Whether b and m say the same; own columns in any order, for that is the order of the file that named them."""
    fields = [f"b.{quoted(f.name)} IS NOT DISTINCT FROM m.{quoted(f.name)}" for f in ENTITY[entity].fields]
    own = f"(b.extra IS NOT DISTINCT FROM m.extra OR {_own('b.extra')} = {_own('m.extra')})"
    return " AND ".join([*fields, own])


def _own(extra: str) -> str:
    return f"""list_sort(map_entries(from_json({extra}, '"MAP(VARCHAR, VARCHAR)"')))"""
