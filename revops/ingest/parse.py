"""A table and its mapping become typed rows: accepted, and rejected with their reasons. Nothing is loaded yet.

Everything is SQL over the table's own staging connection, one statement a step, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from revops.errors import MappingError
from revops.ingest.check import check_mapping, mapped_formats
from revops.ingest.corrections import check_corrections, corrections_of, relation_of
from revops.ingest.field_sql import FieldPlan
from revops.ingest.kept import Kept
from revops.ingest.keys import Keys, numbered
from revops.ingest.plain import PlainColumns
from revops.ingest.records import Formats, Records
from revops.ingest.rejects import lost_sql, problems_sql, summarised, warnings_of
from revops.ingest.staged_notes import notes_of
from revops.ingest.types import Mapping, RawTable, StagedEntity, StagedLoad, TableProfile, quoted
from revops.ingest.watch import meter
from revops.model import FieldType
from revops.text import Text

_REPEATED = "count(*) - count(DISTINCT hash(_key))"  # 0: no key comes twice, for equal keys have equal hashes


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look at all records told: required fields that some lack, optional ones that some write unreadably,
    and whether no two records are known to share a key."""

    lacking: tuple[FieldPlan, ...] = ()
    unread: tuple[FieldPlan, ...] = ()
    keys_apart: bool = False


def stage(raw: RawTable, mapping: Mapping, profile: TableProfile | None = None) -> StagedLoad:
    """The rows of `raw` as the mapping reads them, one StagedEntity an entity.

    profile: how columns write numbers and dates where the mapping does not say so. A required value that is missing
    or unreadable rejects the row; an optional one becomes null and is counted in `warnings`. The last row of a key
    wins. What was staged of this table before is gone. Raises MappingError where a blocking question is open or the
    mapping does not fit the table.
    """
    if mapping.blocking:
        first = mapping.blocking[0]
        raise MappingError(
            Text("The import waits for an answer: {question}", "Импорт ждёт ответа: {question}").format(
                question=first.text
            ),
            fix=Text("Answer it in the mapping, then load again.", "Ответьте в сопоставлении и повторите загрузку."),
        )
    formats = mapped_formats(raw, profile, mapping)
    check_mapping(mapping, raw, formats)
    check_corrections(raw, mapping)
    kept = Kept(raw.staging, raw.folder)
    kept.forget()
    plain = PlainColumns(_as_corrected(raw, mapping, kept), mapping.own)
    stagings = tuple(_Staging(kept, plain, mapping, number, formats).run() for number in range(len(mapping.entities)))
    return StagedLoad(raw=raw, mapping=mapping, entities=stagings, notes=tuple(notes_of(raw, mapping, stagings)))


def _as_corrected(raw: RawTable, mapping: Mapping, kept: Kept) -> RawTable:
    """The table as it is read: with what was corrected by hand, still in the file's order."""
    if corrections_of(raw, mapping) is None:
        return raw
    return replace(raw, relation=kept.rows("corrected", f"SELECT * FROM {relation_of(raw, mapping)} ORDER BY _row"))


def preview(staged: StagedLoad, rows: int = 50) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """For each entity the first accepted rows, typed, and the first problems (_row, field, code, value)."""
    connection = staged.raw.staging
    frames = {}
    for one in staged:
        first = f"SELECT _row FROM {one.accepted} ORDER BY _row LIMIT {int(rows)}"  # the other columns cost more
        accepted = connection.execute(
            f"SELECT * EXCLUDE (_key) FROM {one.accepted} WHERE _row IN ({first}) ORDER BY _row LIMIT {int(rows)}"
        ).df()
        rejected = connection.execute(f"SELECT * FROM {one.rejected} ORDER BY _row, field LIMIT {int(rows)}").df()
        frames[one.entity] = (accepted, rejected)
    return frames


class _Staging:
    """The steps for one entity: typed -> problems -> keyed -> accepted.

    Typed rows are kept where they cost more to compute than to keep; else each step computes what it needs of them.
    """

    def __init__(self, kept: Kept, plain: PlainColumns, mapping: Mapping, number: int, formats: Formats) -> None:
        self.records = Records(plain, mapping, number, formats)
        self.kept, self.mapping = kept, mapping
        self.one, self.model, self.plans = self.records.one, self.records.model, self.records.plans
        self.keys = Keys(self.one, self.model, [p.field.name for p in self.plans], mapping.own)
        self.number, self.name = number, f"{number}_{self.model.name}"

    def run(self) -> StagedEntity:
        rows = self.one.role == "rows"
        self._part(0.0, 0.7)
        keep = self.kept.view if self.records.cheap else self.kept.rows
        typed = keep(f"typed_{self.name}", self.records.typed_sql())
        self._part(0.7, 1.0)
        needed = {f.name for f in self.model.required} if rows else set()
        optional = [p for p in self.plans if p.field.name not in needed] if rows else []
        seen = self._look(typed, [p for p in self.plans if p.field.name in needed], optional) if rows else _Seen()
        lacking = seen.lacking
        problems = self.kept.table(f"problems_{self.name}", problems_sql(typed, lacking))
        rejected = self.kept.view(
            f"rejected_{self.name}", f"SELECT _row, field, code, value FROM {problems} ORDER BY _rec, field"
        )
        good = f"SELECT * FROM {typed}" + (f" WHERE _rec NOT IN (SELECT _rec FROM {problems})" if lacking else "")
        accepted, duplicates = self._accepted(good, seen) if rows else (self._mentioned(typed), 0)
        warnings = warnings_of(self.kept.connection, typed, self.model, seen.unread)
        return StagedEntity(
            entity=self.model.name,
            accepted=accepted,
            rejected=rejected,
            fields=tuple(f.name for f in self.model.fields if f.name in self.keys.field_names),
            accepted_count=self.kept.count(accepted),
            rejected_count=self.kept.number(f"SELECT count(DISTINCT _rec) FROM {problems}"),
            duplicates=duplicates,
            rejections=summarised(self.kept.connection, problems, self.model),
            warnings=warnings,
            lost=self._lost(typed, optional, {w.field for w in warnings}),
            distinct_keys=True,
        )

    def _part(self, start: float, end: float) -> None:
        """The statements to come are this part of the work for the entity."""
        many = len(self.mapping.entities)
        meter().part((self.number + start) / many, (self.number + end) / many)

    def _look(self, typed: str, required: Sequence[FieldPlan], optional: Sequence[FieldPlan]) -> _Seen:
        """What is to be known of all records before any is accepted, in one pass over them."""
        read = [p for p in optional if p.header is not None and not _says_itself(p)]
        counts = [f"count(*) - count({quoted(p.field.name)})" for p in required]
        counts += [f'count(*) FILTER (WHERE "{p.name}" IS NOT NULL AND {quoted(p.field.name)} IS NULL)' for p in read]
        keyed = self.keys.query(f"SELECT * FROM {typed}")
        ordered = numbered(keyed)
        counts.append("0" if ordered else _REPEATED)
        found = (
            self.kept.connection.execute(
                f"SELECT {', '.join(counts)} FROM {typed if ordered else f'({keyed})'}"
            ).fetchone()
            or ()
        )
        return _Seen(
            lacking=tuple(p for p, n in zip(required, found, strict=False) if n),
            unread=tuple(p for p, n in zip(read, found[len(required) :], strict=False) if n),
            keys_apart=not ordered and not found[-1],
        )

    def _lost(self, typed: str, optional: Sequence[FieldPlan], fields: set[str]) -> str:
        """The relation of the values that `warnings` count; "" where there are none."""
        plans = [p for p in optional if p.field.name in fields]
        return self.kept.view(f"lost_{self.name}", lost_sql(typed, plans)) if plans else ""

    # accepted

    def _accepted(self, good: str, seen: _Seen) -> tuple[str, int]:
        """The relation of accepted rows, the last of each key; and how many others there were."""
        keyed = self._keyed(good)
        twice = 0
        if seen.lacking or not seen.keys_apart:
            twice = self.kept.number(f"SELECT {_REPEATED} FROM {keyed}")
        wanted = f"SELECT _row, _key, {self._columns()} FROM {keyed}"
        if twice:
            older = self.kept.table(
                f"older_{self.name}",
                f"SELECT _rec FROM {keyed} QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _rec DESC) > 1",
            )
            wanted += f" WHERE _rec NOT IN (SELECT _rec FROM {older})"
            twice = self.kept.count(older)
        return self.kept.view(f"accepted_{self.name}", wanted), twice

    def _mentioned(self, typed: str) -> str:
        """One record a key, each field as last written; rows that lack a required value name nobody."""
        needed = [quoted(f.name) for f in self.model.required if f.name in self.keys.field_names and not self.keys.made]
        where = " AND ".join(f"{n} IS NOT NULL" for n in needed) or "TRUE"
        named = f"SELECT * FROM {typed} WHERE {where}"
        if not self.keys.made and not numbered(self.keys.query(named)):  # rows that say the same are one word, the last
            named = f"SELECT * EXCLUDE (_rec, _row), max(_rec) AS _rec, max(_row) AS _row FROM ({named}) GROUP BY ALL"
        keyed = self._keyed(named)
        last = ", ".join(
            f"max_by({quoted(n)}, _rec) FILTER (WHERE {quoted(n)} IS NOT NULL) AS {quoted(n)}"
            for n in dict.fromkeys(self.keys.field_names)
        )
        return self.kept.rows(
            f"accepted_{self.name}",
            f"SELECT max(_row) AS _row, _key, {last}, max_by(_extra, _rec) AS extra "
            f"FROM {keyed} WHERE _key IS NOT NULL GROUP BY _key ORDER BY _row",
        )

    def _columns(self) -> str:
        names = [f.name for f in self.model.fields if f.name in self.keys.field_names]
        return ", ".join(quoted(n) for n in names) + ", _extra AS extra"

    def _keyed(self, source: str) -> str:
        """`source` with `_key`, and with a key column where it has to be made; numbered keys are computed once."""
        sql = self.keys.query(source)
        keep = self.kept.rows if numbered(sql) else self.kept.view
        return keep(f"keyed_{self.name}", sql)


def _says_itself(plan: FieldPlan) -> bool:
    """Whether the value is the text, which always reads."""
    return plan.field.type in (FieldType.ID, FieldType.TEXT) and not plan.keeps_spelling
