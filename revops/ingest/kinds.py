"""What a cell is at a glance: a number, a date, a yes or no, a text, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from revops.ingest.values import MISSING_SPELLINGS

_NUMBER = re.compile(
    r"^[(+−-]?\s*[$€£₽¥]?\s*[+−-]?\d[\d\s\u00a0\u202f.,']*\s*([%$€£₽)]|[eE][+-]?\d+|[A-Z]{3}|руб\.?)?$"
)
_DATE = re.compile(
    r"^(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}:\d{2}(:\d{2})?)([T ,]+[\d:.]+.*)?$"
)
_BOOLEAN = frozenset({"true", "false", "yes", "no", "да", "нет"})


def is_blank(cells: Sequence[str | None]) -> bool:
    return not any(c and c.strip() for c in cells)


def kind(cell: str | None) -> str:
    """A cell's kind at a glance: "missing" | "number" | "date" | "boolean" | "text"."""
    text = (cell or "").strip()
    if text.lower() in MISSING_SPELLINGS:
        return "missing"
    if _DATE.match(text):
        return "date"
    if _NUMBER.match(text):
        return "number"
    return "boolean" if text.lower() in _BOOLEAN else "text"
