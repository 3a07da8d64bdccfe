"""Several tables on one sheet: below one another, or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from revops.ingest.kinds import is_blank, kind
from revops.ingest.periods import consecutive_periods

_LOOKED_AT: Final = 200  # rows under a header that say what its columns hold
_MOST_TABLES: Final = 50

Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a sheet. top, left: 0-based place of its first cell among the sheet's rows and columns."""

    rows: Sequence[Row]
    top: int = 0
    left: int = 0


def regions(rows: Sequence[Row]) -> list[Region]:
    """The parts of a sheet that are tables of their own, in reading order; one part where nothing says there are more.

    A table ends where a blank row is followed by another header: names over values of another kind, or a regular
    block of another width. Tables stand side by side where a blank column parts two headers and the parts differ in
    their rows, or repeat their names; a blank column inside one table does neither.
    """
    found = list(_split(Region(rows)))
    return found if len(found) <= _MOST_TABLES else [Region(rows)]


def _split(region: Region) -> Iterator[Region]:
    for cut in (_cut_below, _cut_beside):
        parts = cut(region)
        if len(parts) > 1:
            for part in parts:
                yield from _split(part)
            return
    yield region


def table_below(rows: Sequence[Row]) -> int | None:
    """Index of the row at which a second table begins, its title included; None where the rows are one table."""
    parts = _cut_below(Region(rows))
    return parts[1].top if len(parts) > 1 else None


def begins_table(block: Sequence[Row], above: Sequence[Row]) -> bool:
    """Whether the rows after a blank one are another table than that above: a header of its own over values."""
    at = _header(block)
    return at is not None and not _repeats(block[at], above) and not _continues(block[at:], above)


def _cut_below(region: Region) -> list[Region]:
    rows = region.rows
    starts = [i for i, r in enumerate(rows) if not is_blank(r) and (i == 0 or is_blank(rows[i - 1]))]
    if len(starts) < 2 or len(starts) > 2000:
        return [region]
    ends = [*starts[1:], len(rows)]
    cuts = [0]
    for n, (start, end) in list(enumerate(zip(starts, ends, strict=True)))[1:]:
        above = rows[cuts[-1] : start]
        if _is_table(above) and begins_table(rows[start:end], above):
            while n > 1 and starts[n - 1] > cuts[-1] and _is_title(rows[starts[n - 1] : start]):
                n, start = n - 1, starts[n - 1]
            cuts.append(start)
    return [Region(rows[a:b], region.top + a, region.left) for a, b in zip(cuts, [*cuts[1:], len(rows)], strict=True)]


def _is_title(rows: Sequence[Row]) -> bool:
    """Lines of one cell in the first column, set apart by blank ones."""
    return all(_filled(r) == 1 and bool((r[0] or "").strip()) for r in rows if not is_blank(r))


def _cut_beside(region: Region) -> list[Region]:
    rows = region.rows
    width = max((len(r) for r in rows), default=0)
    used = [any(c and c.strip() for c in (r[i] if i < len(r) else None for r in rows)) for i in range(width)]
    groups: list[tuple[int, int]] = []
    for i, filled in enumerate(used):
        if not filled:
            continue
        if groups and groups[-1][1] == i:
            groups[-1] = (groups[-1][0], i + 1)
        else:
            groups.append((i, i + 1))
    if len(groups) < 2:
        return [region]
    parts = [Region([r[a:b] for r in rows], region.top, region.left + a) for a, b in groups]
    if not all(b - a >= 2 and _is_table(p.rows) for (a, b), p in zip(groups, parts, strict=True)):
        return [region]
    spans = {_span(p.rows) for p in parts}
    names = [_names(p.rows) for p in parts]
    alike = any(len(a & b) * 2 >= min(len(a), len(b)) for i, a in enumerate(names) for b in names[i + 1 :])
    return parts if len(spans) == len(parts) or alike else [region]


def _is_table(rows: Sequence[Row]) -> bool:
    """Whether the rows alone have a header with values under it."""
    return any(_header(rows[i:]) is not None for i in _block_starts(rows))


def _block_starts(rows: Sequence[Row]) -> list[int]:
    return [i for i, r in enumerate(rows) if not is_blank(r) and (i == 0 or is_blank(rows[i - 1]))][:50]


def _header(block: Sequence[Row]) -> int | None:
    """Index of the row that names the columns of a block; lines of one cell above it are its title. None: no table."""
    at = next((i for i, r in enumerate(block[:5]) if _filled(r) >= 2), None)
    if at is None:
        return None
    own = [(i, c.strip()) for i, c in enumerate(block[at]) if c and c.strip()]
    names = [c for _, c in own]
    below = [r for r in block[at + 1 : at + 1 + _LOOKED_AT] if not is_blank(r)]
    periods = consecutive_periods(block[at])
    if not below or len(set(map(str.lower, names))) < len(names):
        return None
    if any(kind(c) != "text" and i not in periods for i, c in own) or len(periods) == len(own):
        return None
    for i, _ in own:
        kinds = [k for r in below if i < len(r) and (k := kind(r[i])) != "missing"]
        if kinds and sum(k in ("number", "date") for k in kinds) >= 0.7 * len(kinds):
            return at
    regular = all(_filled(r) == len(own) for r in below) and len(below) >= 2 and len(own) >= 3
    return at if regular else None


def _repeats(header: Row, above: Sequence[Row]) -> bool:
    """The same names stand over the table above: it goes on."""
    told = [(c or "").strip().lower() for c in header]
    return any([(c or "").strip().lower() for c in row] == told for row in above)


def _continues(block: Sequence[Row], above: Sequence[Row]) -> bool:
    """The supposed header and its rows are all text where the table above has the same: rows after a gap."""
    start = next((i for i in _block_starts(above) if _header(above[i:]) is not None), None)
    if start is None:
        return False
    at = _header(above[start:])
    assert at is not None
    width = _length(above[start + at])
    return _length(block[0]) == width and _text_columns(above[start + at + 1 :]) == _text_columns(block)


def _text_columns(rows: Sequence[Row]) -> list[bool]:
    width = max((len(r) for r in rows), default=0)
    told = [[k for r in rows[:_LOOKED_AT] if i < len(r) and (k := kind(r[i])) != "missing"] for i in range(width)]
    return [sum(k == "text" for k in kinds) > 0.7 * len(kinds) if kinds else False for kinds in told]


def _span(rows: Sequence[Row]) -> tuple[int, int]:
    told = [i for i, r in enumerate(rows) if not is_blank(r)]
    return told[0], told[-1]


def _names(rows: Sequence[Row]) -> set[str]:
    for start in _block_starts(rows):
        at = _header(rows[start:])
        if at is not None:
            return {c.strip().lower() for c in rows[start + at] if c and c.strip()}
    return set()


def _filled(row: Row) -> int:
    return sum(bool(c and c.strip()) for c in row)


def _length(row: Row) -> int:
    return next((i for i in range(len(row), 0, -1) if (row[i - 1] or "").strip()), 0)
