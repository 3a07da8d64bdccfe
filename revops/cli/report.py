"""What an import did, as one JSON-ready object a table, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from revops.cli.output import Shown, say, write_table
from revops.formats import DASH, Formatter
from revops.importing import Draft
from revops.ingest.types import Rejection, StagedLoad
from revops.text import Text
from revops.workspace import LoadReport


def describe(report: LoadReport, staged: StagedLoad, drafts: Sequence[Draft]) -> dict[str, Any]:
    """The import of one table. accepted and rejected: of each entity and in all; rejections: grouped by reason."""
    draft = next(d for d in drafts if d.raw is staged.raw)
    return {
        "import_id": report.import_id,
        "file": report.file,
        "sheet": report.sheet,
        "already_loaded": report.already_loaded,
        "replaced": report.replaced,
        "mapping": draft.origin,
        "rows": report.rows,
        "accepted": report.accepted,
        "rejected": report.rejected,
        "entities": [
            {
                "entity": e.entity,
                "accepted": e.accepted,
                "rejected": e.rejected,
                "duplicates": e.duplicates,
                "added": e.added,
                "changed": e.changed,
                "unchanged": e.unchanged,
            }
            for e in report.entities
        ],
        "rejections": [_grouped(r) for e in report.entities for r in e.rejections],
        "warnings": [_grouped(w) for e in staged for w in e.warnings],
        "questions": [
            {"code": q.code, "text": q.text, "entity": q.entity, "field": q.field, "column": q.column}
            for q in staged.mapping.questions
        ],
        "notes": [*staged.raw.notes, *report.notes],
        "set_aside": [{"line": s.line, "kind": s.kind, "text": s.text} for s in staged.raw.set_aside],
    }


def _grouped(one: Rejection) -> dict[str, Any]:
    return {
        "entity": one.entity,
        "field": one.field,
        "code": one.code,
        "reason": one.reason,
        "count": one.count,
        "examples": [{"row": row, "value": value} for row, value in one.examples],
    }


def tell(row: dict[str, Any], words: Formatter) -> None:
    """What a person should know about one table: to stderr, whatever the format."""
    name = f"{row['file']} › {row['sheet']}" if row["sheet"] else row["file"]
    if row["already_loaded"]:
        say(f"{name}: {words.say(Text('already loaded, nothing changed.', 'уже загружен, ничего не изменилось.'))}")
        return
    for question in row["questions"]:
        say(f"{name}: {words.say(question['text'])}")
    for one in row["rejections"]:
        said = Text("rejected {n}, {field}: {reason}", "отклонено {n}, {field}: {reason}")
        where = f"{one['entity']}.{one['field']}"
        say(f"{name}: {words.say(said, n=words.number(one['count']), field=where, reason=one['reason'])}")


def print_reports(listed: Sequence[dict[str, Any]], words: Formatter) -> None:
    """One line a table and entity; a table that fits nothing has one line too."""
    rows = [(row, entity) for row in listed for entity in row["entities"] or [None]]
    table: list[tuple[Text, list[str], bool]] = [
        (Text("Import", "Импорт"), [str(row["import_id"]) for row, _ in rows], True),
        (Text("File", "Файл"), [row["file"] for row, _ in rows], False),
        (Text("Sheet", "Лист"), [row["sheet"] or "" for row, _ in rows], False),
        (Text("Fills", "Заполняет"), [e["entity"] if e else DASH for _, e in rows], False),
    ]
    for key, label in (
        ("accepted", Text("Accepted", "Принято")),
        ("rejected", Text("Rejected", "Отклонено")),
        ("added", Text("New", "Новых")),
        ("changed", Text("Changed", "Изменено")),
        ("unchanged", Text("Unchanged", "Без изменений")),
    ):
        table.append((label, [words.number(e[key]) if e else DASH for _, e in rows], True))
    if not any(row["sheet"] for row in listed):
        table.pop(2)
    write_table([Shown(header=words.say(label), values=values, right=right) for label, values, right in table])
