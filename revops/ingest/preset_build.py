"""The mapping that a preset makes of a table.

A preset says which header fills which field; formats, spellings, currency and questions come from the table's own
profile, as for any other table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from revops.ingest.build import build_entity
from revops.ingest.candidates import Candidate, candidate
from revops.ingest.check import missing_required
from revops.ingest.date_order import settled_format
from revops.ingest.details import amount_follows, constant, currency_of, from_column, money_fields
from revops.ingest.evidence import Evidence, TableView, value_fit
from revops.ingest.expression import headers_used
from revops.ingest.headers import STRONG
from revops.ingest.preset import HeaderIndex, recognised, spellings
from revops.ingest.presets import Filling, Formula, Preset, Source, Wide
from revops.ingest.shapes import month_columns, month_of
from revops.ingest.types import ColumnProfile, EntityMapping, FieldMapping, TableProfile, Unpivot
from revops.model import ENTITY, Entity, Field, FieldType
from revops.text import Text

SURE = 0.98
_DATED = (FieldType.DATE, FieldType.TIMESTAMP)


def from_preset(view: TableView, preset: Preset) -> list[EntityMapping]:
    """The entities that the preset fills from this table; [] where it fills none."""
    return _Build(view, preset).entities()


@dataclass
class _Build:
    view: TableView
    preset: Preset
    index: HeaderIndex = field(init=False)
    why: Text = field(init=False)
    account: str | None = None  # the column of the first entity's account, where known keys have settled it

    def __post_init__(self) -> None:
        self.index = HeaderIndex(self.view.raw.columns)
        self.why = recognised(self.preset)
        self.claimed = {h for f in self.preset.fillings for group in spellings(f) for h in self.index.all(group)}
        for filling in self.preset.fillings:
            self.claimed |= set(wide_columns(filling.wide, self.view.profile)) if filling.wide else set()

    def entities(self) -> list[EntityMapping]:
        found = [self.entity(f) for f in self.preset.fillings]
        return [e for e in found if e is not None]

    def entity(self, filling: Filling) -> EntityMapping | None:
        model = ENTITY[filling.entity]
        chosen, told = self.sources(filling, model)
        wide = wide_columns(filling.wide, self.view.profile) if filling.wide else {}
        if filling.wide is not None and not wide:
            return None
        if filling.role == "mention":
            one = self.mention(filling, model, chosen)
        elif filling.wide is not None:
            one = self.unpivoted(filling.wide, wide, model, chosen, told)
        else:
            one = self.rows(filling, model, chosen, told)
        if one is None or (filling.optional and missing_required(model, one)):
            return None
        where = self.formula(filling.where) if filling.where else None
        return replace(one, where=where or one.where, confidence=SURE, reason=self.why)

    # where values come from

    def sources(self, filling: Filling, model: Entity) -> tuple[dict[str, ColumnProfile], dict[str, FieldMapping]]:
        """The columns by field, and the fields that are no plain column."""
        chosen: dict[str, ColumnProfile] = {}
        told: dict[str, FieldMapping] = {}
        for name, sources in filling.sources.items():
            target = model.field(name)
            for source in sources:
                if source.constant is not None:
                    told[name] = constant(name, source.constant, self.why, confidence=SURE)
                elif source.formula is not None and (text := self.formula(source.formula)) is not None:
                    told[name] = FieldMapping(
                        field=name, expression=text, value_map=source.values, confidence=SURE, reason=self.why
                    )
                elif (column := self.column(model, target, source)) is not None:
                    chosen[name] = column
                    if source.values or source.missing:
                        told[name] = self.spelled(target, column, source)
                if name in told or name in chosen:
                    break
        return chosen, told

    def column(self, model: Entity, target: Field, source: Source) -> ColumnProfile | None:
        """The first of the source's columns that has values which can be the field's, else an empty one."""
        columns = [self.view.columns[h] for h in self.index.all(source.headers)]
        able = [c for c in columns if source.values or source.missing or value_fit(self.view, model, target, c) > 0]
        return next((c for c in able if c.type != "empty"), able[0] if able else None)

    def formula(self, formula: Formula) -> str | None:
        """The expression over this table's headers; None where one of them is not there."""
        found = {place: next(iter(self.index.all(h)), None) for place, h in formula.columns.items()}
        headers = {place: h for place, h in found.items() if h is not None}
        return formula.over(headers) if len(headers) == len(found) else None

    def spelled(self, target: Field, column: ColumnProfile, source: Source) -> FieldMapping:
        """A column with spellings of its own; dates beside a spelling of nothing are written as in other columns."""
        made = from_column(self.view, target, column, None, self.why)
        values = {**made.value_map, **source.values, **dict.fromkeys(source.missing, "")}
        date_format = made.date_format
        if target.type in _DATED and date_format is None:
            dated = (c for c in self.view.profile.columns if c.name in self.claimed and c.date_formats)
            date_format = next((settled_format(self.view.profile, c) for c in dated), None)
        return replace(made, value_map=values, date_format=date_format, confidence=SURE)

    # the three ways to fill an entity

    def rows(
        self, filling: Filling, model: Entity, chosen: dict[str, ColumnProfile], told: dict[str, FieldMapping]
    ) -> EntityMapping:
        """One record a row: the preset's columns, then what the general reading finds among the others."""
        named = {f: c.name for f, c in chosen.items()}
        general = candidate(self.view, model, 1.0, self.claimed)
        keyed = candidate(self.view, model, 1.0) if self.view.context.known_keys else general
        found = {}
        for name, proof in keyed.found.items():
            if self.better_key(model, name, keyed.chosen[name], chosen.get(name)):
                chosen[name], found[name] = keyed.chosen[name], proof
        for name, proof in general.found.items():
            known = name in chosen or name in told or name in filling.leave
            if not known and proof.score >= STRONG and proof.name.how == "exact":
                chosen[name], found[name] = general.chosen[name], proof
        if "account_id" in found and "account_id" in named:
            self.account = chosen["account_id"].name
        plain = {f: c for f, c in chosen.items() if f not in told or f in found}
        one = build_entity(self.view, _candidate(model, plain, found))
        fields = {f.field: self.sure(f, named) for f in one.fields}
        fields |= {f: m for f, m in told.items() if f not in found}
        if model.name == "subscriptions" and "amount" in fields and "interval" not in fields:
            fields["interval"] = amount_follows(None, fields)[0]
        self.currency(model, fields)
        return replace(one, fields=_ordered(model, fields), key_from=() if _keyed(model, fields) else one.key_from)

    def better_key(self, model: Entity, name: str, column: ColumnProfile, own: ColumnProfile | None) -> bool:
        """Another column holds the keys by which the entity referred to is already known."""
        target = model.field(name)
        if target.references is None or target.key or (own is not None and own.name == column.name):
            return False
        share = self.view.known_share(column.name, target.references) or 0.0
        before = self.view.known_share(own.name, target.references) if own is not None else None
        return share >= 0.5 and share > (before or 0.0)

    def sure(self, one: FieldMapping, named: dict[str, str]) -> FieldMapping:
        """A field that the preset itself has settled."""
        own = one.field in named and named[one.field] in (one.column, *_headers_of(one))
        return replace(one, confidence=SURE, reason=self.why) if own else one

    def currency(self, model: Entity, fields: dict[str, FieldMapping]) -> None:
        """What computed amounts name, else the workspace's currency, assumed."""
        amounts = [fields[m] for m in money_fields(model) if m in fields]
        if "currency" not in model or not amounts:
            return
        if "currency" in fields and not fields["currency"].assumed:
            return
        headers = [h for a in amounts for h in ((a.column,) if a.column else _headers_of(a))]
        said = currency_of(self.view.columns[h] for h in headers)
        if said is not None:
            fields["currency"] = constant("currency", said[0], said[1])
        elif "currency" not in fields:
            why = Text("assumed: the file names no currency", "принято: валюта в файле не указана")
            fields["currency"] = constant("currency", self.view.context.currency, why, assumed=True)

    def unpivoted(
        self,
        wide: Wide,
        columns: dict[str, str],
        model: Entity,
        chosen: dict[str, ColumnProfile],
        told: dict[str, FieldMapping],
    ) -> EntityMapping:
        """One record a filled cell of the wide columns."""
        cells = [self.view.columns[h] for h in columns]
        typical = max(cells, key=_says_format)
        fields = self.plain(model, chosen) | told
        if model.field(wide.value).unit == "money":
            fields[wide.value] = FieldMapping(field=wide.value, column=typical.name)  # while the currency is found
            self.currency(model, fields)
            del fields[wide.value]
        dated = model.field(wide.value).type in _DATED
        return EntityMapping(
            entity=model.name,
            fields=_ordered(model, fields),
            unpivot=Unpivot(
                columns=columns,
                label_field=wide.label,
                value_field=wide.value,
                date_format=settled_format(self.view.profile, typical) if dated else None,
                number=None if dated else typical.number,
            ),
        )

    def mention(self, filling: Filling, model: Entity, chosen: dict[str, ColumnProfile]) -> EntityMapping | None:
        """Records that the rows name by the way; none where all of them are known already."""
        key = model.key_field
        if self.account is not None and model.name == "accounts" and key is not None:
            chosen = {**chosen, key.name: self.view.columns[self.account]}
        if key is None or key.name not in chosen:
            return None
        share = self.view.known_share(chosen[key.name].name, model.name)
        if share is not None and share >= 0.999:
            return None
        return EntityMapping(entity=model.name, fields=_ordered(model, self.plain(model, chosen)), role="mention")

    def plain(self, model: Entity, chosen: dict[str, ColumnProfile]) -> dict[str, FieldMapping]:
        read = {n: from_column(self.view, model.field(n), c, None, self.why) for n, c in chosen.items()}
        return {n: replace(f, confidence=SURE) for n, f in read.items()}


def wide_columns(wide: Wide, profile: TableProfile) -> dict[str, str]:
    """Header -> label of the columns that are made long; labels of a date field are ISO dates, of a period 2026-03."""
    if wide.months:
        months = month_columns(profile)
        return {h: m.removesuffix("-01") for h, m in months.items()} if wide.label == "period" else months
    found: dict[str, str] = {}
    for column in profile.columns:
        match = next((m for p in wide.patterns if (m := p.search(column.name))), None)
        if match is None:
            continue
        label = (match[1] or "").strip()
        month = month_of(label) if wide.label in ("month", "date") else None
        found[column.name] = month.isoformat() if month else label
    return {h: label for h, label in found.items() if label}


def _candidate(model: Entity, chosen: dict[str, ColumnProfile], found: dict[str, Evidence]) -> Candidate:
    return Candidate(entity=model, chosen=chosen, found=found, words=0.0, distinctive=0.0, missing=())


def _headers_of(one: FieldMapping) -> tuple[str, ...]:
    return headers_used(one.expression) if one.expression else ()


def _keyed(model: Entity, fields: dict[str, FieldMapping]) -> bool:
    return model.key_field is not None and model.key_field.name in fields


def _ordered(model: Entity, fields: dict[str, FieldMapping]) -> tuple[FieldMapping, ...]:
    return tuple(fields[f.name] for f in model.fields if f.name in fields)


def _says_format(column: ColumnProfile) -> tuple[bool, bool, bool, bool]:
    """Of columns that are written alike, the one whose values show most of how."""
    number = column.number
    return (
        column.type != "empty",
        not column.ambiguous_date,
        bool(number and number.thousands) + bool(number and number.decimal == ",") > 0,
        column.type == "decimal",
    )
