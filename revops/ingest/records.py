"""The records of one entity as SQL: what each mapped field is, and the typed row that a table's row becomes."""

from __future__ import annotations

from revops.ingest.check import named_entity
from revops.ingest.expression import compile_expression
from revops.ingest.field_sql import FieldPlan, plan_cell, plan_column, plan_constant, plan_expression
from revops.ingest.own_export import extra_name
from revops.ingest.plain import PlainColumns
from revops.ingest.reading import ColumnFormat, present
from revops.ingest.types import EntityMapping, FieldMapping, Mapping, literal, quoted
from revops.model import Entity, FieldType

Formats = dict[str, ColumnFormat]
_SLOW = 2  # columns that are read with care: so many are read twice sooner than all of them are kept


class Records:
    """The n-th entity of a mapping over the rows of a table. plans: its fields, in the mapping's order."""

    def __init__(self, plain: PlainColumns, mapping: Mapping, number: int, formats: Formats) -> None:
        self.plain, self.raw, self.mapping, self.formats = plain, plain.raw, mapping, formats
        self.one: EntityMapping = mapping.entities[number]
        self.model: Entity = named_entity(self.one.entity)
        self.plans = self._plans()

    @property
    def cheap(self) -> bool:
        """Whether computing the typed rows again costs less than keeping them (one slow column still does)."""
        return self.one.unpivot is None and sum(not p.cheap for p in self.plans) <= _SLOW

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

    def typed_sql(self) -> str:
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
