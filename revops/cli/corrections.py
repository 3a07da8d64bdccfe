"""What a person says about the mapping on the command line, applied to what was proposed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from revops.errors import MappingError
from revops.importing import Draft, edits, open_questions
from revops.ingest import mapping_json
from revops.ingest.reading import header_error
from revops.ingest.types import Context
from revops.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """The options of `import`. columns: header, entity, field. day_first None: as the files tell."""

    entity: str | None = None
    columns: tuple[tuple[str, str, str], ...] = ()
    mapping: Path | None = None
    day_first: bool | None = None
    as_of: dt.date | None = None
    currency: str | None = None
    repeated_in_order: bool = False

    def applied(self, drafts: list[Draft], context: Context) -> list[Draft]:
        """The drafts with everything said: a whole mapping first, then the entity, single columns, and the answers."""
        if self.mapping is not None:
            drafts = _given(self.mapping, drafts)
        if self.entity is not None:
            drafts = [d.changed(edits.filled_as(d.raw, d.profile, context, self.entity, d.mapping)) for d in drafts]
        for header, entity, field in self.columns:
            drafts = _with_column(drafts, context, header, entity, field)
        return [self._answered(d) for d in drafts]

    def _answered(self, draft: Draft) -> Draft:
        mapping = draft.mapping
        if self.as_of is not None:
            mapping = edits.as_of(mapping, draft.profile, self.as_of)
        if self.currency is not None:
            mapping = edits.in_currency(mapping, draft.profile, self.currency)
        if self.repeated_in_order:
            mapping = edits.repeated_in_order(mapping, draft.profile)
        if self.day_first is not None:
            mapping = edits.with_date_order(mapping, draft.profile, day_comes_first=self.day_first)
        return draft if mapping == draft.mapping else draft.changed(mapping)


def _with_column(drafts: list[Draft], context: Context, header: str, entity: str, field: str) -> list[Draft]:
    """The column is mapped in the table that has it; of several that have it, in those that fill the entity."""
    having = [d for d in drafts if edits.find_header(header, d.raw) is not None]
    if not having:
        raise header_error(header, [c for d in drafts for c in d.raw.columns])
    filling = [d for d in having if d.mapping.entity(entity) is not None]
    meant = filling or having
    return [
        d.changed(edits.with_column(d.mapping, d.raw, d.profile, context, header, entity, field))
        if any(d is m for m in meant)
        else d
        for d in drafts
    ]


def refuse_open_questions(drafts: Sequence[Draft]) -> None:
    """Raises MappingError for the first question that only a person can answer."""
    for draft, question in open_questions(drafts):
        if question.code == "date_order":
            fix = Text(
                "Say --dates day-first or --dates month-first.", "Укажите --dates day-first или --dates month-first."
            )
        elif question.code == "repeated_header":
            fix = Text("For that, say --repeated-in-order.", "Для этого укажите --repeated-in-order.")
        elif question.code == "spent_or_planned":
            fix = Text("Say --as spend or --as targets.", "Укажите --as spend или --as targets.")
        elif question.field is not None:
            fix = Text(
                'Say --map "Header={e}.{f}", or --as ENTITY.', 'Укажите --map "Заголовок={e}.{f}" или --as ТАБЛИЦА.'
            ).format(e=question.entity, f=question.field)
        else:
            fix = Text("Say --as ENTITY.", "Укажите --as ТАБЛИЦА.")
        raise MappingError(
            Text("{file}: {question}", "{file}: {question}").format(file=draft.raw.name, question=question.text),
            fix=fix,
            code=question.code,
        )


# --- mappings in files ---------------------------------------------------------------------------------------------


def document(draft: Draft) -> dict[str, Any]:
    """The draft's mapping as JSON-ready values, with the file and sheet that it is for."""
    told: dict[str, Any] = json.loads(mapping_json.to_json(draft.mapping))
    return {"file": draft.raw.file.name, "sheet": draft.raw.layout.sheet, **told}


def _given(path: Path, drafts: list[Draft]) -> list[Draft]:
    """The drafts with the mappings of a file: one for all tables, or a list that names file and sheet of each."""
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _unreadable(path, Text("there is no such file", "такого файла нет")) from error
    except ValueError as error:
        raise _unreadable(path, Text("it is not JSON", "это не JSON")) from error
    if isinstance(told, list) and not any(_names(t, d) for t in told for d in drafts):
        why = Text("it names none of these files", "в нём нет ни одного из этих файлов")
        raise _unreadable(path, why)
    return [_from(told, path, d) for d in drafts]


def _from(told: Any, path: Path, draft: Draft) -> Draft:
    if isinstance(told, list):
        told = next((t for t in told if _names(t, draft)), None)
        if told is None:
            return draft
    if not isinstance(told, dict):
        raise _unreadable(path, Text("it holds no mapping", "в нём нет сопоставления"))
    mapping = mapping_json.from_json(json.dumps(told))
    return draft.changed(edits.asked(mapping, mapping, draft.profile))


def _names(told: Any, draft: Draft) -> bool:
    """Whether one mapping of a list is for this table."""
    own = (draft.raw.file.name, draft.raw.layout.sheet)
    return isinstance(told, dict) and (told.get("file"), told.get("sheet")) == own


def _unreadable(path: Path, why: Text) -> MappingError:
    return MappingError(
        Text("The mapping {file} cannot be read: {why}.", "Сопоставление {file} не читается: {why}.").format(
            file=path.name, why=why
        ),
        fix=Text("Write one with the command `mapping`.", "Создайте его командой `mapping`."),
    )
