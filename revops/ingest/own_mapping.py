"""The mapping of an export of the product's own: every column fills what it was written from, nothing is asked."""

from __future__ import annotations

from revops.ingest.details import from_column
from revops.ingest.evidence import TableView
from revops.ingest.own_export import EDITED, EXACT, RECORD_KEY, entity_of, own_name
from revops.ingest.types import EntityMapping, FieldMapping, Mapping, NumberFormat, RawTable, literal, quoted
from revops.model import Entity, Field, FieldType
from revops.text import Text

_WHY = Text("this is an export of this product", "это выгрузка этого продукта")
_TYPED = ("parquet", "json", "jsonl")  # nothing has to be found in these: their readers are exact
_NUMBER = "-?[0-9]+(?:[.][0-9]+)?"
_MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?)?"
_PATTERNS = {
    FieldType.DECIMAL: _NUMBER,
    FieldType.INTEGER: "-?[0-9]+",
    FieldType.BOOLEAN: "(?i)true|false",
    FieldType.DATE: _MOMENT,
    FieldType.TIMESTAMP: _MOMENT,
}


def mapping_of_own(view: TableView) -> Mapping | None:
    """The mapping of a table that the product exported; None where it did not.

    Its texts are taken word for word (`own` is "exact") while the table still says everything as it was written.
    Where a spreadsheet has written dates or numbers anew in between, the columns are read as the profile found them
    ("edited").
    """
    raw = view.raw
    model = entity_of(raw.columns)
    if model is None:
        return None
    exact = (raw.exact or raw.layout.format in _TYPED) and _as_written(raw, model)
    names = [f for f in model.fields if f.name in raw.columns]
    return Mapping(
        entities=(
            EntityMapping(
                entity=model.name,
                fields=tuple(_exactly(f) if exact else _found(view, f) for f in names),
                key_from=(RECORD_KEY,),
                extra=tuple(c for c in raw.columns if own_name(c) is not None),
                reason=_WHY,
            ),
        ),
        own=EXACT if exact else EDITED,
    )


def _exactly(field: Field) -> FieldMapping:
    dated = field.type in (FieldType.DATE, FieldType.TIMESTAMP)
    numeric = field.type in (FieldType.DECIMAL, FieldType.INTEGER)
    return FieldMapping(
        field=field.name,
        column=field.name,
        date_format="%Y-%m-%d" if dated else None,
        number=NumberFormat() if numeric else None,
        reason=_WHY,
    )


def _found(view: TableView, field: Field) -> FieldMapping:
    return from_column(view, field, view.columns[field.name], None, _WHY)


def _as_written(raw: RawTable, model: Entity) -> bool:
    """Whether every number, date and yes or no is still written as the export writes it."""
    tests = [
        f"coalesce(bool_and(regexp_full_match({quoted(f.name)}, {literal(_PATTERNS[f.type])})), true)"
        for f in model.fields
        if f.name in raw.columns and f.type in _PATTERNS
    ]
    if not tests:
        return True
    found = raw.staging.execute(f"SELECT {' AND '.join(tests)} FROM {raw.relation}").fetchone()
    return found == (True,)
