"""A table and its mapping become typed rows: accepted, and rejected with their reasons. Nothing is loaded yet.

Everything is SQL over the table's own staging connection, one statement a step, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from revops.errors import MappingError
from revops.ingest.check import check_mapping, mapped_formats, named_entity
from revops.ingest.corrections import check_corrections, corrections_of, note_of, relation_of
from revops.ingest.expression import compile_expression
from revops.ingest.field_sql import FieldPlan, plan_cell, plan_column, plan_constant, plan_expression
from revops.ingest.kept import Kept
from revops.ingest.own_export import extra_name, key_sql
from revops.ingest.plain import PlainColumns
from revops.ingest.reading import ColumnFormat, present
from revops.ingest.rejects import lost_sql, problems_sql, summarised, warnings_of
from revops.ingest.types import (
    EntityMapping,
    FieldMapping,
    Mapping,
    RawTable,
    StagedEntity,
    StagedLoad,
    TableProfile,
    literal,
    quoted,
)
from revops.ingest.watch import meter
from revops.model import Entity, FieldType
from revops.text import Text

Formats = dict[str, ColumnFormat]
UNIT = "chr(31)"  # between the parts of a key: no export writes this character
_SLOW = 2  # columns that are read with care: so many are read twice sooner than all of them are kept
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
    return StagedLoad(raw=raw, mapping=mapping, entities=stagings, notes=tuple(_notes(raw, mapping, stagings)))


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
        self.kept, self.plain, self.raw, self.mapping, self.formats = kept, plain, plain.raw, mapping, formats
        self.one: EntityMapping = mapping.entities[number]
        self.model: Entity = named_entity(self.one.entity)
        self.plans = self._plans()
        self.number, self.name = number, f"{number}_{self.model.name}"

    def run(self) -> StagedEntity:
        rows = self.one.role == "rows"
        self._part(0.0, 0.7)
        keep = self.kept.view if self._cheap else self.kept.rows
        typed = keep(f"typed_{self.name}", self._typed_sql())
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
            fields=tuple(f.name for f in self.model.fields if f.name in self._field_names()),
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

    @property
    def _cheap(self) -> bool:
        """Whether computing the typed rows again costs less than keeping them (one slow column still does)."""
        return self.one.unpivot is None and sum(not p.cheap for p in self.plans) <= _SLOW

    def _look(self, typed: str, required: Sequence[FieldPlan], optional: Sequence[FieldPlan]) -> _Seen:
        """What is to be known of all records before any is accepted, in one pass over them."""
        read = [p for p in optional if p.header is not None and not _says_itself(p)]
        counts = [f"count(*) - count({quoted(p.field.name)})" for p in required]
        counts += [f'count(*) FILTER (WHERE "{p.name}" IS NOT NULL AND {quoted(p.field.name)} IS NULL)' for p in read]
        keyed = self._key_query(f"SELECT * FROM {typed}")
        numbered = _numbered(keyed)
        counts.append("0" if numbered else _REPEATED)
        found = (
            self.kept.connection.execute(
                f"SELECT {', '.join(counts)} FROM {typed if numbered else f'({keyed})'}"
            ).fetchone()
            or ()
        )
        return _Seen(
            lacking=tuple(p for p, n in zip(required, found, strict=False) if n),
            unread=tuple(p for p, n in zip(read, found[len(required) :], strict=False) if n),
            keys_apart=not numbered and not found[-1],
        )

    def _lost(self, typed: str, optional: Sequence[FieldPlan], fields: set[str]) -> str:
        """The relation of the values that `warnings` count; "" where there are none."""
        plans = [p for p in optional if p.field.name in fields]
        return self.kept.view(f"lost_{self.name}", lost_sql(typed, plans)) if plans else ""

    def _field_names(self) -> list[str]:
        names = [p.field.name for p in self.plans]
        key = self.model.key_field
        return [*names, key.name] if self._made_key and key is not None else names

    @property
    def _made_key(self) -> bool:
        """The key column is not mapped: it is made from named columns or the natural key."""
        key = self.model.key_field
        return key is not None and all(p.field.name != key.name for p in self.plans)

    # what the fields are

    def _plans(self) -> list[FieldPlan]:
        plans = [self._plan(f, f"s{i}") for i, f in enumerate(self.one.fields)]
        unpivot = self.one.unpivot
        if unpivot is not None:
            label, value = self.model.field(unpivot.label_field), self.model.field(unpivot.value_field)
            first = self.formats[next(iter(unpivot.columns))] if unpivot.columns else ColumnFormat()
            cell = first.settled(unpivot.date_format, unpivot.number)
            plans.append(plan_cell(label, '"_label"', "s_label", ColumnFormat()))
            plans.append(plan_cell(value, '"_cell"', "s_cell", cell))
        return plans

    def _plan(self, mapped: FieldMapping, name: str) -> FieldPlan:
        field = self.model.field(mapped.field)
        if mapped.column is not None:
            fmt = self.formats[mapped.column].settled(mapped.date_format, mapped.number)
            return plan_column(field, self.plain, mapped.column, name, fmt, mapped.value_map)
        if mapped.constant is not None:
            return plan_constant(field, mapped, self.raw, name)
        return plan_expression(field, mapped, self.formats, self.mapping.as_of, name)

    # typed: one row a record, with values; the text stays only where it could not be read

    def _sources_sql(self) -> str:
        sources = "".join(f', {p.source} AS "{p.name}"' for p in self.plans)
        direct = "".join(f", {p.direct} AS {p.value}" for p in self.plans if p.direct is not None)
        values = "".join(f", {p.value}" for p in self.plans if p.direct is not None)
        keys = "".join(f', {self.plain.present(c)} AS "k{i}"' for i, c in enumerate(self.one.key_from))
        own = "".join(f', {self.plain.present(h)} AS "x{i}"' for i, h in enumerate(self.one.extra))
        where = ""
        if self.one.where is not None:
            where = " WHERE " + compile_expression(self.one.where, columns=self.formats, as_of=self.mapping.as_of)
        return (
            f"SELECT _rec, _row{values}{sources}{keys}{own} FROM (SELECT *{direct} FROM ({self._records_sql()}){where})"
        )

    def _typed_sql(self) -> str:
        """_rec (the record's place), _row, the fields, "s..." (texts that could not be read), keys, _extra."""
        values = "".join(f", {_in_model(p)} AS {quoted(p.field.name)}" for p in self.plans)
        kept = {self._own_name(h): f'"x{i}"' for i, h in enumerate(self.one.extra)} | self._spellings()
        told = "".join(f', {text} AS "e{i}"' for i, text in enumerate(kept.values()))
        inner = f"SELECT *{values}{told} FROM ({self._sources_sql()})"
        fields = "".join(f", {quoted(p.field.name)}" for p in self.plans)
        unread = "".join(
            f', CASE WHEN {quoted(p.field.name)} IS NULL THEN "{p.name}" END AS "{p.name}"' for p in self.plans
        )
        keys = "".join(f', "k{i}"' for i in range(len(self.one.key_from)))
        extra = extra_sql({header: f'"e{i}"' for i, header in enumerate(kept)})
        order = " ORDER BY _rec" if self.one.unpivot is not None else ""
        return f"SELECT _rec, _row{fields}{unread}{keys}, {extra} AS _extra FROM ({inner}){order}"

    def _own_name(self, header: str) -> str:
        """What a column without a field is called in `extra`."""
        return extra_name(self.mapping, header)

    def _spellings(self) -> dict[str, str]:
        """What the model does not hold, by header: original spellings, and values that could not be read."""
        kept: dict[str, str] = {}
        for p in self.plans:
            if p.header not in self.formats or p.header in self.one.extra or p.header in kept:
                continue
            if p.keeps_spelling:
                said = f'"{p.name}"' if p.field.vocabulary is None else f'lower("{p.name}")'
                kept[p.header] = f'CASE WHEN {p.value} IS DISTINCT FROM {said} THEN "{p.name}" END'
            elif p.field.type not in (FieldType.ID, FieldType.TEXT):
                kept[p.header] = f'CASE WHEN {p.value} IS NULL THEN "{p.name}" END'
        return kept

    def _records_sql(self) -> str:
        """Rows of the table, or its unpivoted cells: an empty cell makes no record."""
        unpivot = self.one.unpivot
        if unpivot is None:
            return f"SELECT *, _row AS _rec FROM {self.raw.relation}"
        parts = [
            f"SELECT *, _row * {len(unpivot.columns)} + {i} AS _rec, {literal(label)} AS _label, "
            f"{quoted(header)} AS _cell FROM {self.raw.relation} WHERE {present(quoted(header))} IS NOT NULL"
            for i, (header, label) in enumerate(unpivot.columns.items())
        ]
        return " UNION ALL ".join(parts)

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
        needed = [quoted(f.name) for f in self.model.required if f.name in self._field_names() and not self._made_key]
        where = " AND ".join(f"{n} IS NOT NULL" for n in needed) or "TRUE"
        keyed = self._keyed(f"SELECT * FROM {typed} WHERE {where}")
        last = ", ".join(
            f"max_by({quoted(n)}, _rec) FILTER (WHERE {quoted(n)} IS NOT NULL) AS {quoted(n)}"
            for n in dict.fromkeys(self._field_names())
        )
        return self.kept.rows(
            f"accepted_{self.name}",
            f"SELECT max(_row) AS _row, _key, {last}, max_by(_extra, _rec) AS extra "
            f"FROM {keyed} WHERE _key IS NOT NULL GROUP BY _key ORDER BY _row",
        )

    def _columns(self) -> str:
        names = [f.name for f in self.model.fields if f.name in self._field_names()]
        return ", ".join(quoted(n) for n in names) + ", _extra AS extra"

    def _keyed(self, source: str) -> str:
        """`source` with `_key`, and with a key column where it has to be made; numbered keys are computed once."""
        sql = self._key_query(source)
        keep = self.kept.rows if _numbered(sql) else self.kept.view
        return keep(f"keyed_{self.name}", sql)

    def _key_query(self, source: str) -> str:
        sql = self._keyed_sql(source)
        if self.mapping.own and self.one.key_from:
            sql = f"SELECT * REPLACE (coalesce({key_sql('k0')}, _key) AS _key) FROM ({sql})"
        return sql

    def _keyed_sql(self, source: str) -> str:
        """`source` with `_key`, and with a key column where it has to be made."""
        key = self.model.key_field
        natural, shown = self._natural()
        if key is None or self._made_key:
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
        if self.one.key_from and not self.mapping.own:
            parts = [f'"k{i}"' for i in range(len(self.one.key_from))]
        else:
            mapped = {p.field.name for p in self.plans}
            parts = [quoted(n) for n in self.model.natural_key if n in mapped]
        if not parts:
            return "CAST(_row AS VARCHAR)", "CAST(_row AS VARCHAR)"
        folded = f" || {UNIT} || ".join(f"coalesce(lower(trim(CAST({p} AS VARCHAR))), '')" for p in parts)
        return folded, "concat_ws(' | ', " + ", ".join(f"CAST({p} AS VARCHAR)" for p in parts) + ")"


def _says_itself(plan: FieldPlan) -> bool:
    """Whether the value is the text, which always reads."""
    return plan.field.type in (FieldType.ID, FieldType.TEXT) and not plan.keeps_spelling


def _numbered(sql: str) -> bool:
    """Whether a query of keys numbers them, which takes all records at once."""
    return " OVER (" in sql


def _in_model(plan: FieldPlan) -> str:
    """The value in the model's type; a number too large for it does not read."""
    return f"TRY_CAST({plan.value} AS {plan.field.type.sql})" if plan.field.type is FieldType.DECIMAL else plan.value


def extra_sql(texts: dict[str, str]) -> str:
    """SQL for the JSON object of the headers whose text says something; NULL where none does."""
    if not texts:
        return "CAST(NULL AS VARCHAR)"
    names, values = ", ".join(literal(h) for h in texts), ", ".join(texts.values())
    pairs = f"CAST(list_zip([{names}], CAST([{values}] AS VARCHAR[])) AS STRUCT(k VARCHAR, v VARCHAR)[])"
    told = f"map_from_entries(list_filter({pairs}, lambda pair: pair.v IS NOT NULL))"
    return f"CASE WHEN coalesce({values}) IS NOT NULL THEN CAST(to_json({told}) AS VARCHAR) END"


def _notes(raw: RawTable, mapping: Mapping, staged: tuple[StagedEntity, ...]) -> list[Text]:
    notes: list[Text] = []
    for one, result in zip(mapping.entities, staged, strict=True):
        model = named_entity(one.entity)
        key = model.key_field
        if key is not None and one.unpivot is None and one.field(key.name) is None:
            parts = ", ".join(one.key_from or [n for n in model.natural_key if one.field(n)])
            notes.append(
                Text(
                    "{entity}: there is no key column; a stable key is made from {parts}.",
                    "{entity}: колонки с ключом нет, постоянный ключ составлен из: {parts}.",
                ).format(entity=model.label, parts=parts)
            )
        for f in one.fields:
            if f.assumed:
                value = f.constant or f.expression or f.column
                notes.append(
                    Text("{label}: {value} (assumed).", "{label}: {value} (принято по умолчанию).").format(
                        label=model.field(f.field).label, value=value
                    )
                )
        for w in result.warnings:
            notes.append(
                Text("{label}: {reason} ({n}).", "{label}: {reason} ({n}).").format(
                    label=model.field(w.field).label, reason=w.reason, n=w.count
                )
            )
    by_hand = note_of(raw, mapping)
    if by_hand is not None:
        notes.append(by_hand)
    if mapping.as_of is not None:
        notes.append(
            Text(
                "The file has no dates of its own: it is read as of {day}.",
                "В файле нет своих дат: данные считаются верными на {day}.",
            ).format(day=mapping.as_of.isoformat())
        )
    return notes
