"""Where a table begins and ends among a file's rows: titles above it, its header, totals and remarks below it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from revops.ingest.header_rows import joined_names, names_groups, names_under
from revops.ingest.kinds import is_blank, kind
from revops.ingest.periods import consecutive_periods, month_of
from revops.ingest.values import MISSING_SPELLINGS
from revops.text import Text

HEADER_WITHIN: Final = 60  # a header further down than this is not looked for
FOOTER_WITHIN: Final = 40  # rows at the end among which totals and remarks are looked for
_TOTAL_LABELS = (
    r"(?:grand |sub[- ]?)?totals?|sum|average|общий итог|промежуточный итог|итого|итог|всего|сумма|в среднем"
)
_TOTAL = re.compile(rf"^(?:{_TOTAL_LABELS})\s*(?:[:(].*)?$", re.IGNORECASE)
_TOTAL_WORDS = re.compile(rf"^(?:{_TOTAL_LABELS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Start:
    """header: index of the header's row among the rows looked at; None: there is none. first: index of the first row
    of data. width: columns. upper: indices of the rows of names above the header's own ("Q1 2025" over "Amount")."""

    header: int | None
    first: int
    width: int
    upper: tuple[int, ...] = ()

    @property
    def top(self) -> int:
        """Index of the first row that belongs to the table."""
        return min((*self.upper, self.first if self.header is None else self.header))

    def shifted(self, by: int) -> Start:
        """The same among rows with `by` more in front."""
        header = None if self.header is None else self.header + by
        return Start(header, self.first + by, self.width, tuple(i + by for i in self.upper))

    def names(self, rows: Sequence[Sequence[str | None]]) -> Sequence[str | None] | None:
        """The columns' names; those of several rows are joined: “Q1 2025 / Amount”. None without a header."""
        return None if self.header is None else joined_names([rows[i] for i in (*self.upper, self.header)], self.width)


def find_start(rows: Sequence[Sequence[str | None]]) -> Start:
    """Where the header and the data begin in the first rows of a file. rows: not all blank."""
    block = _main_block(rows)
    within = [r for r in rows[block:] if not is_blank(r)]
    widths = Counter(_length(r) for r in within)
    width = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    for at in range(block, min(len(rows), block + HEADER_WITHIN)):
        row = rows[at]
        if is_blank(row) or _filled_plainly(row) < max(1, width / 2):
            continue
        below = [r for r in rows[at + 1 :] if not is_blank(r) and list(r) != list(row)]
        if width > 1 and _filled_plainly(row) == 1 and _is_whole_header(below, width):
            continue  # a title, though it fills half of two columns
        if not _is_header(row, below) and not names_under(rows, at, width):
            return Start(None, at, Counter(len(r) for r in [row, *below]).most_common(1)[0][0])
        first = at + 1
        while first < len(rows) and list(rows[first]) == list(row):  # a header written twice
            first += 1
        if widths[_length(row)] * 4 >= widths[width] or _length(row) > width:
            width = max(width, _length(row)) if not below else _settled(row, below, width)
        return _with_other_rows(rows, Start(at, first, width))
    first = next(i for i, r in enumerate(rows) if not is_blank(r))
    return Start(None, first, width)


def _with_other_rows(rows: Sequence[Sequence[str | None]], start: Start) -> Start:
    """The start with rows that name groups of columns above its header, or with the header's second half below it."""
    assert start.header is not None
    upper: list[int] = []
    at, first = start.header, start.first
    if first == at + 1 and names_under(rows, at, start.width):
        upper, at, first = [at], first, first + 1
    above = (upper or [at])[0]
    while above > 0 and len(upper) < 2 and names_groups(rows[above - 1], rows[at], start.width):
        above -= 1
        upper.insert(0, above)
    return Start(at, first, start.width, tuple(upper))


def _settled(header: Sequence[str | None], below: Sequence[Sequence[str | None]], usual: int) -> int:
    """The number of columns where header and data disagree: names without values are kept, surplus is not named."""
    named = _length(header)
    reaching = sum(_length(r) >= usual for r in below)
    return max(named, usual) if reaching * 2 >= len(below) else named


def _length(row: Sequence[str | None]) -> int:
    """Columns up to the last that is written in; a delimiter at the end of a line makes no column."""
    return next((i for i in range(len(row), 0, -1) if (row[i - 1] or "").strip()), 0)


def _filled_plainly(row: Sequence[str | None]) -> int:
    return sum(bool((c or "").strip()) for c in row)


def _main_block(rows: Sequence[Sequence[str | None]]) -> int:
    """Index of the first row of the table where blank lines set titles or small print apart from it."""
    blocks: list[tuple[int, int]] = []  # start, rows
    previous_blank = True
    for i, row in enumerate(rows):
        if is_blank(row):
            previous_blank = True
            continue
        if previous_blank:
            blocks.append((i, 0))
        blocks[-1] = (blocks[-1][0], blocks[-1][1] + 1)
        previous_blank = False
    first_start, first_count = blocks[0]
    for start, count in blocks[1:]:
        wider = max(_length(r) for r in rows[start : start + count])
        above = max(_length(r) for r in rows[first_start:start])
        if (
            start < HEADER_WITHIN
            and count >= 2
            and (wider > above or (wider == above and count >= 3 * first_count > 0))
        ):
            if first_count > 12 and wider <= above:
                continue
            return start
    return first_start


def _is_header(row: Sequence[str | None], below: Sequence[Sequence[str | None]]) -> bool:
    """Whether a row names the columns below it: its cells are of another kind than the values under them."""
    kinds = [kind(c) for c in row]
    if not below:
        return all(k in ("text", "missing", "boolean") for k in kinds)
    if (periods := consecutive_periods(row)) and _over_values(periods, below):
        return True
    for_header = against = 0
    for i, own in enumerate(kinds):
        values = [kind(r[i]) for r in below[:100] if i < len(r)]
        told = Counter(k for k in values if k != "missing")
        if not told or own == "missing":
            continue
        usual, count = told.most_common(1)[0]
        if usual == "text" or count < 0.7 * sum(told.values()):
            against += own in ("number", "date")
            continue
        for_header += own != usual
        against += own == usual
    if for_header or against:
        return for_header >= against
    names = [c.strip().lower() for c in row if c and c.strip()]
    repeated = sum(
        names.count(c.strip().lower()) > 0
        and any(len(r) > i and (r[i] or "").strip().lower() == c.strip().lower() for r in below)
        for i, c in enumerate(row)
        if c and c.strip()
    )
    return len(set(names)) >= 0.5 * len(names) and repeated * 2 < len(names) and all(len(n) <= 200 for n in names)


def _is_whole_header(rows: Sequence[Sequence[str | None]], width: int) -> bool:
    """Whether the first of the rows names every column of those below it."""
    return len(rows) > 1 and _filled_plainly(rows[0]) == _length(rows[0]) == width and _is_header(rows[0], rows[1:])


def _over_values(periods: Sequence[int], below: Sequence[Sequence[str | None]]) -> bool:
    """Whether values stand under the cells that name periods: a row of data has dates and months under its own."""
    told = [r[i] or "" for r in below[:100] for i in periods if i < len(r) and kind(r[i]) != "missing"]
    return bool(told) and sum(kind(c) == "date" or month_of(c) is not None for c in told) <= 0.3 * len(told)


def footer_length(tail: Sequence[Sequence[str | None]], typical: Sequence[Sequence[str | None]], width: int) -> int:
    """How many of the last rows are totals, remarks or blank. typical: rows to compare with (these too)."""
    body = [told for r in typical if (told := _told(r))]
    length = 0
    for row in reversed(tail):
        told = _told(row)
        if told in body:
            body = [r for r in body if r != told] or body  # a row is compared with the others
        if told and not _is_footer(told, body, width):
            break
        length += 1
    return length


def _told(row: Sequence[str | None]) -> tuple[str, ...]:
    """A row's cells up to the last that says something, trimmed; spellings of nothing are empty."""
    cells = [(c or "").strip() for c in row]
    cells = ["" if c.lower() in MISSING_SPELLINGS else c for c in cells]
    return tuple(cells[: _length(cells)])


def _is_footer(row: tuple[str, ...], body: Sequence[tuple[str, ...]], width: int) -> bool:
    told = [c for c in row if c]
    if _TOTAL.match(told[0]):
        return True
    fills = [sum(bool(c) for c in r) for r in body]
    usual = median(fills) if fills else float(width)
    if _TOTAL_WORDS.match(told[0]) and len(told) <= 0.6 * usual:
        return True
    sparse = sum(f <= 1 for f in fills) > 0.02 * len(fills)
    if len(told) == 1 and usual >= 2 and not sparse and bool(row[0]) and " " in told[0] and len(told[0]) >= 12:
        return True
    first_always = bool(body) and all(r[0] for r in body)
    numbers = all(kind(c) == "number" for c in told)
    return first_always and width >= 3 and not row[0] and numbers and len(told) < usual


def names_another_table(cells: Sequence[str], header: Sequence[str], after_blank: bool) -> bool:
    """Whether a row of another width than the table's is the header of a second one below it."""
    periods = consecutive_periods(cells)
    if any(kind(c) in ("number", "date") for i, c in enumerate(cells) if i not in periods):
        return False
    own, known = ({c.strip().lower() for c in r if c.strip()} for r in (cells, header))
    return len(own & known) >= max(2, len(own) / 2) or (after_blank and len(own) >= 2 and len(own) == len(cells))


def column_names(
    header: Sequence[str | None] | None, width: int
) -> tuple[tuple[str, ...], tuple[str, ...], list[Text]]:
    """Unique names, the names as written, and notes on what was changed. No header: "column 1", "column 2", ..."""
    if header is None:
        names = tuple(f"column {i + 1}" for i in range(width))
        note = Text(
            "The file has no header row: its columns are numbered.",
            "В файле нет строки заголовков: колонки пронумерованы.",
        )
        return names, names, [note]
    original = tuple((header[i] or "") if i < len(header) else "" for i in range(width))
    taken = {"_row"}
    names_: list[str] = []
    repeated: list[str] = []
    unnamed: list[str] = []
    for i, written in enumerate(original):
        name = " ".join(written.replace("\ufeff", "").split())
        if not name:
            name = f"column {i + 1}"
            unnamed.append(name)
        unique, number = name, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{name} ({number})"
        if number > 1:
            repeated.append(unique)
        taken.add(unique.casefold())
        names_.append(unique)
    notes = []
    if repeated:
        notes.append(
            Text(
                "Headers that repeat were numbered: {names}.", "Повторяющиеся заголовки пронумерованы: {names}."
            ).format(names=", ".join(f"“{n}”" for n in repeated[:10]) + ("…" if len(repeated) > 10 else ""))
        )
    if unnamed:
        notes.append(
            Text("Columns without a header were named: {names}.", "Колонки без заголовка названы: {names}.").format(
                names=", ".join(unnamed[:10]) + ("…" if len(unnamed) > 10 else "")
            )
        )
    return tuple(names_), original, notes
