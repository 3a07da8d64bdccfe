"""Headers of two or three rows: names of groups (merged cells) over the names of columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from revops.ingest.kinds import is_blank, kind

_PERIOD = re.compile(r"^(?:(?:19|20)\d\d|(?:q[1-4]|[1-4] ?кв\.?|h[12])[ ./-]?'?(?:\d{2}|\d{4})?)$", re.IGNORECASE)

Row = Sequence[str | None]


def joined_names(rows: Sequence[Row], width: int) -> Sequence[str | None]:
    """One name a column: the group's, filled to the right, over the column's own. rows: top first."""
    if len(rows) == 1:
        return rows[0]
    names: list[str | None] = []
    above = [_filled(row, width) for row in rows[:-1]]
    own = _padded(rows[-1], width)
    for i in range(width):
        parts = [p for p in (*(row[i] for row in above), own[i]) if p]
        names.append(" / ".join(dict.fromkeys(parts)) or None)
    return names


def names_groups(row: Row, header: Row, width: int) -> bool:
    """Whether the row above a header names groups of its columns: two groups or more, each over several columns.

    “As of | 1 March” is none: its cells stand side by side. Groups are alike (the header's names repeat under them,
    or all have one size), or nothing would tell them from a line of remarks.
    """
    cells, under = _padded(row, width), _padded(header, width)
    starts = [i for i, c in enumerate(cells) if c]
    if is_blank(row) or len(starts) < 2 or not all(_is_name(cells[i]) for i in starts):
        return False
    if any(c and c.endswith(":") for c in cells) or len([c for c in row if c and c.strip()]) > len(starts):
        return False
    sizes = [end - start for start, end in zip(starts, [*starts[1:], width], strict=True)]
    wide = [(start, size) for start, size in zip(starts, sizes, strict=True) if size >= 2]
    if len(wide) < 2 or any(not c for c in under[starts[0] :]):
        return False
    below = [tuple(under[start : start + size]) for start, size in wide]
    repeats = sum(n - 1 for n in Counter(n for names in below for n in names).values()) >= len(below[0]) / 2
    return repeats or (len({size for _, size in wide}) == 1 and len(wide) == len(starts))


def names_under(rows: Sequence[Row], at: int, width: int) -> bool:
    """Whether the row below the header is its second half: it names the columns that the header leaves open.

    Every open column has a name there, the others are blank or named too, and under the names stand values.
    """
    if at + 2 >= len(rows):
        return False
    header, second = _padded(rows[at], width), _padded(rows[at + 1], width)
    open_ = [i for i, c in enumerate(header) if not c]
    named = [i for i, c in enumerate(second) if c]
    if not open_ or len(named) < 2 or not all(second[i] for i in open_):
        return False
    if not all(_is_name(second[i]) for i in named):
        return False
    values = [[kind(c) for c in _padded(row, width)] for row in rows[at + 2 : at + 52] if not is_blank(row)]
    told = [i for i in named if _mostly_values([row[i] for row in values])]
    return len(told) * 2 >= len(named)


def _mostly_values(kinds: Sequence[str]) -> bool:
    told = [k for k in kinds if k != "missing"]
    return bool(told) and sum(k in ("number", "date") for k in told) >= 0.7 * len(told)


def _is_name(cell: str | None) -> bool:
    return bool(cell) and (kind(cell) in ("text", "boolean") or bool(_PERIOD.match(cell or "")))


def _padded(row: Row, width: int) -> list[str | None]:
    cells = [(c or "").strip() or None for c in row[:width]]
    return cells + [None] * (width - len(cells))


def _filled(row: Row, width: int) -> list[str | None]:
    filled: list[str | None] = []
    for cell in _padded(row, width):
        filled.append(cell or (filled[-1] if filled else None))
    return filled
