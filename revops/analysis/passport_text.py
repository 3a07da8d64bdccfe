"""A passport's document as a page to read: Markdown, in either language."""

from __future__ import annotations

from typing import Any

from revops.analysis.passports import Document
from revops.text import Language, Text

MOST_ROWS = 200  # of the values, in the page to read; the JSON has them all


def markdown(passport: Document, language: Language) -> str:
    """What the document says, for people."""

    def say(en: str, ru: str) -> str:
        return Text(en, ru)[language]

    lines = [f"# {passport['title'][language]}", "", passport["finding"][language], ""]
    lines += _section(say("Definition", "Определение"), passport["definition"][language].split("\n"))
    if passport["formula"][language]:
        lines += _section(say("Formula", "Формула"), passport["formula"][language].split("\n"))
    given = [f"{k}: {v[language]}" for k, v in passport["parameters"].items()]
    lines += _section(say("Parameters", "Параметры"), [*given, f"{say('As of', 'На дату')}: {passport['as_of']}"])
    lines += _section(say("Values", "Значения"), _table(passport, language), plain=True)
    used = [f"{r['what'][language]}: {r['rows']}" for r in passport["rows_used"]]
    lines += _section(say("Rows used", "Учтённые строки"), used)
    left = [f"{r['reason'][language]}: {r['rows']}" for r in passport["rows_left_out"]]
    lines += _section(say("Rows left out", "Неучтённые строки"), left or [say("none", "нет")])
    if passport["rows_left_out_scope"]:
        lines += [passport["rows_left_out_scope"][language], ""]
    lines += _section(say("Notes", "Примечания"), [n[language] for n in passport["notes"]])
    files = [f"{s['file']}, {s['loaded_at']} UTC, SHA-256 `{s['sha256']}`" for s in passport["sources"]]
    lines += _section(say("Source files", "Исходные файлы"), files)
    lines += [f"## {say('SQL as it ran', 'SQL, как он выполнен')}", ""]
    for statement in passport["sql"]:
        lines += ["```sql", statement, "```", ""]
    place = passport["workspace"]
    lines.append(
        say("Version", "Версия") + f" {passport['product_version']} · {place['name']} · `{place['fingerprint']}`"
    )
    return "\n".join(lines) + "\n"


def _section(title: str, lines: list[str], *, plain: bool = False) -> list[str]:
    if not lines:
        return []
    return [f"## {title}", "", *(lines if plain else [f"- {line}" for line in lines]), ""]


def _table(passport: Document, language: Language) -> list[str]:
    labels = {c["key"]: c["label"][language] for c in passport["columns"]}
    rows = passport["values"]
    if not rows:
        return ["—"]
    keys = list(rows[0])
    lines = [_line([labels.get(k, k) for k in keys]), _line(["---"] * len(keys))]
    lines += [_line([_cell(row[k]) for k in keys]) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(_line(["…"] * len(keys)))
    return lines


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, list):
        return ", ".join(_cell(v) for v in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)
