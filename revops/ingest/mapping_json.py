"""A mapping as JSON text: versioned, in a stable order, and readable by a person who wants to edit it.

What is at its default is left out, so that the text says only what was decided.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from revops.errors import MappingError
from revops.ingest.types import (
    CellEdit,
    Corrections,
    EntityMapping,
    FieldMapping,
    Mapping,
    NumberFormat,
    Question,
    Unpivot,
)
from revops.text import Text

VERSION = 1


def to_json(mapping: Mapping) -> str:
    """The mapping as indented JSON text, the same text for equal mappings."""
    document = {
        "version": VERSION,
        **_told(
            as_of=mapping.as_of.isoformat() if mapping.as_of else None,
            currency=mapping.currency,
            repeated_in_order=mapping.repeated_in_order,
            own=mapping.own or None,
        ),
        "entities": [_entity_out(e) for e in mapping.entities],
        **_told(corrections=_corrections_out(mapping.corrections)),
        **_told(questions=[_question_out(q) for q in mapping.questions]),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def from_json(text: str) -> Mapping:
    """The mapping that `to_json` wrote. Raises MappingError where the text is none of ours."""
    try:
        document = json.loads(text)
        if document.get("version") != VERSION:
            raise _broken(Text(f"its version is not {VERSION}", f"её версия не {VERSION}"))
        as_of = document.get("as_of")
        return Mapping(
            entities=tuple(_entity_in(e) for e in document["entities"]),
            as_of=dt.date.fromisoformat(as_of) if as_of else None,
            currency=document.get("currency"),
            repeated_in_order=document.get("repeated_in_order", False) is True,
            own=_string(document.get("own", "")),
            corrections=_corrections_in(document.get("corrections")),
            questions=tuple(_question_in(q) for q in document.get("questions", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(Text(f"{type(error).__name__}: {error}", f"{type(error).__name__}: {error}")) from error


def _broken(why: Text) -> MappingError:
    message = Text("The saved mapping cannot be read: {why}.", "Сохранённое сопоставление не читается: {why}.")
    fix = Text("Map the file again and save it.", "Сопоставьте колонки заново и сохраните.")
    return MappingError(message.format(why=why), fix=fix)


def _told(**values: Any) -> dict[str, Any]:
    """Without what is at its default: None, False and empty collections."""
    return {k: v for k, v in values.items() if v is not None and v is not False and v != [] and v != {}}


def _text_out(text: Text) -> dict[str, str]:
    return {"en": text.en, "ru": text.ru}


def _text_in(value: dict[str, str]) -> Text:
    return Text(_string(value["en"]), _string(value["ru"]))


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r}")
    return value


def _number_out(number: NumberFormat | None) -> dict[str, Any] | None:
    if number is None:
        return None
    shown = _told(percent=number.percent, currency=number.currency, scaled=number.scaled)
    return {"decimal": number.decimal, "thousands": number.thousands, **shown}


def _number_in(value: dict[str, Any] | None) -> NumberFormat | None:
    return NumberFormat(**value) if value is not None else None


def _field_out(field: FieldMapping) -> dict[str, Any]:
    how = {k: getattr(field, k) for k in ("column", "constant", "expression") if getattr(field, k) is not None}
    shown = _told(
        date_format=field.date_format,
        number=_number_out(field.number),
        value_map=dict(sorted(field.value_map.items())),
        assumed=field.assumed,
    )
    return {"field": field.field, **how, **shown, "confidence": field.confidence, "reason": _text_out(field.reason)}


def _field_in(value: dict[str, Any]) -> FieldMapping:
    given = dict(value)
    given["number"] = _number_in(given.get("number"))
    given["reason"] = _text_in(given["reason"])
    return FieldMapping(**given)


def _unpivot_out(unpivot: Unpivot | None) -> dict[str, Any] | None:
    if unpivot is None:
        return None
    return {
        "label_field": unpivot.label_field,
        "value_field": unpivot.value_field,
        "columns": dict(unpivot.columns),
        **_told(date_format=unpivot.date_format, number=_number_out(unpivot.number)),
    }


def _unpivot_in(value: dict[str, Any] | None) -> Unpivot | None:
    if value is None:
        return None
    return Unpivot(**{**value, "number": _number_in(value.get("number"))})


def _entity_out(entity: EntityMapping) -> dict[str, Any]:
    return {
        "entity": entity.entity,
        "role": entity.role,
        "confidence": entity.confidence,
        "reason": _text_out(entity.reason),
        "fields": [_field_out(f) for f in entity.fields],
        **_told(
            unpivot=_unpivot_out(entity.unpivot),
            key_from=list(entity.key_from),
            extra=list(entity.extra),
            where=entity.where,
        ),
    }


def _entity_in(value: dict[str, Any]) -> EntityMapping:
    given = dict(value)
    given["reason"] = _text_in(given["reason"])
    given["fields"] = tuple(_field_in(f) for f in given["fields"])
    given["unpivot"] = _unpivot_in(given.get("unpivot"))
    given["key_from"] = tuple(given.get("key_from", ()))
    given["extra"] = tuple(given.get("extra", ()))
    return EntityMapping(**given)


def _question_out(question: Question) -> dict[str, Any]:
    return {
        "code": question.code,
        "text": _text_out(question.text),
        **_told(
            entity=question.entity,
            field=question.field,
            column=question.column,
            choices=list(question.choices),
            blocking=question.blocking,
        ),
    }


def _question_in(value: dict[str, Any]) -> Question:
    given = dict(value)
    given["text"] = _text_in(given["text"])
    given["choices"] = tuple(given.get("choices", ()))
    return Question(**given)


def _corrections_out(corrections: Corrections | None) -> dict[str, Any] | None:
    if corrections is None:
        return None
    cells = [{"row": c.row, "column": c.column, "was": c.was, "now": c.now} for c in corrections.cells]
    told = _told(sheet=corrections.sheet, cells=cells, left_out=list(corrections.left_out))
    return {"file": corrections.file, **told}


def _corrections_in(value: dict[str, Any] | None) -> Corrections | None:
    if value is None:
        return None
    return Corrections(
        file=_string(value["file"]),
        sheet=_text_or_none(value.get("sheet")),
        cells=tuple(
            CellEdit(
                row=int(c["row"]),
                column=_string(c["column"]),
                was=_text_or_none(c["was"]),
                now=_text_or_none(c["now"]),
            )
            for c in value.get("cells", ())
        ),
        left_out=tuple(int(row) for row in value.get("left_out", ())),
    )


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _string(value)
