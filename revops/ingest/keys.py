"""The stable key of a record as SQL: its key column, its natural key, or the columns that a person named."""

from __future__ import annotations

from collections.abc import Sequence

from revops.ingest.own_export import key_sql
from revops.ingest.types import EntityMapping, quoted
from revops.model import Entity

UNIT = "chr(31)"  # between the parts of a key: no export writes this character


class Keys:
    """How the records of an entity are told apart. mapped: the fields that the table fills; own: see `Mapping.own`."""

    def __init__(self, one: EntityMapping, model: Entity, mapped: Sequence[str], own: str) -> None:
        self.one, self.model, self.mapped, self.own = one, model, mapped, own

    @property
    def made(self) -> bool:
        """The key column is not mapped: it is made from named columns or the natural key."""
        key = self.model.key_field
        return key is not None and key.name not in self.mapped

    @property
    def field_names(self) -> list[str]:
        """The fields that records have: those that are mapped, and a key column that is made."""
        key = self.model.key_field
        return [*self.mapped, key.name] if self.made and key is not None else list(self.mapped)

    def query(self, source: str) -> str:
        """`source` with `_key`, and with a key column where it has to be made."""
        sql = self._keyed_sql(source)
        if self.own and self.one.key_from:
            sql = f"SELECT * REPLACE (coalesce({key_sql('k0')}, _key) AS _key) FROM ({sql})"
        return sql

    def _keyed_sql(self, source: str) -> str:
        key = self.model.key_field
        natural, shown = self._natural()
        if key is None or self.made:
            made = f"SELECT *, {natural} AS _natural, {shown} AS _shown FROM ({source})"
            number = "row_number() OVER (PARTITION BY _natural ORDER BY _rec)"
            if not self.model.keyed_by_row:
                named = "" if key is None else f", _shown AS {quoted(key.name)}"
                return f"SELECT *, _natural AS _key{named} FROM ({made})"
            named = (
                "" if key is None else f", _shown || CASE WHEN _n > 1 THEN ' #' || _n ELSE '' END AS {quoted(key.name)}"
            )
            numbered = f"SELECT *, {number} AS _n FROM ({made})"
            return f"SELECT *, _natural || {UNIT} || '#' || _n AS _key{named} FROM ({numbered})"
        own = f"lower(trim({quoted(key.name)}))"
        if key.required or not self.model.natural_key:
            return f"SELECT *, {own} AS _key FROM ({source})"
        fallback = f"{natural} || {UNIT} || '#' || row_number() OVER (PARTITION BY {own}, {natural} ORDER BY _rec)"
        return f"SELECT *, coalesce({own}, {fallback}) AS _key FROM ({source})"

    def _natural(self) -> tuple[str, str]:
        """The parts that make a key, folded and joined; and the same for a person to read."""
        if self.one.key_from and not self.own:
            parts = [f'"k{i}"' for i in range(len(self.one.key_from))]
        else:
            parts = [quoted(n) for n in self.model.natural_key if n in self.mapped]
        if not parts:
            return "CAST(_row AS VARCHAR)", "CAST(_row AS VARCHAR)"
        folded = f" || {UNIT} || ".join(f"coalesce(lower(trim(CAST({p} AS VARCHAR))), '')" for p in parts)
        return folded, "concat_ws(' | ', " + ", ".join(f"CAST({p} AS VARCHAR)" for p in parts) + ")"


def numbered(sql: str) -> bool:
    """Whether a query of keys numbers them, which takes all records at once."""
    return " OVER (" in sql
