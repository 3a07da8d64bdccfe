"""Where a delimited text is more than one table: remarks in front of it, another table below it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from revops.ingest.dialect import COMMON, Dialect, Record, UnclosedQuote, records
from revops.ingest.kinds import is_blank
from revops.ingest.regions import Row, begins_table

_REMARK: Final = re.compile(r"#+(?:[\s=-]|$)")
_BLANK_LINES: Final = (b"\n\n", b"\n\r\n", b"\r\r")
_CHUNK: Final = 4 << 20
_BLOCK: Final = 8192  # bytes under a blank line that are looked at
_BLOCK_ROWS: Final = 50
_MOST_BLANKS: Final = 2000  # with more, the text is read row by row anyway


def leading_remarks(lines: Sequence[str]) -> int:
    """How many of the first lines are remarks that begin with "#" (blank lines among them too); 0 for fewer than two.

    A header may begin with the sign as well: it has as many delimiters as the line below it, unlike the remarks.
    """
    end = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    remarks = [i for i in range(end or 0) if lines[i].startswith("#")]
    if end is None or len(remarks) < 2:
        return 0
    last = remarks[-1]
    for sign in COMMON:
        count = lines[end].count(sign)
        others = {lines[i].count(sign) for i in remarks[:-1]}
        if count and lines[last].count(sign) == count and count not in others:
            return last
    return end


def without_remarks(rows: Iterable[Record]) -> Iterator[Record]:
    """The rows with those that are remarks ("# Start date: 20260101") emptied of cells; they keep their text."""
    for record in rows:
        if _REMARK.match(record.text):
            record.cells = []
        yield record


class Ahead:
    """Rows that can be looked at before they are taken."""

    def __init__(self, rows: Iterator[Record]) -> None:
        self._rows = rows
        self._seen: deque[Record] = deque()

    def __iter__(self) -> Iterator[Record]:
        while True:
            if self._seen:
                yield self._seen.popleft()
            elif (record := next(self._rows, None)) is not None:
                yield record
            else:
                return

    def block(self) -> list[Record]:
        """The rows up to the next blank one, fifty at most."""
        while len(self._seen) < _BLOCK_ROWS and (record := next(self._rows, None)) is not None:
            self._seen.append(record)
            if is_blank(record.cells):
                break
        told = []
        for record in self._seen:
            if is_blank(record.cells):
                break
            told.append(record)
        return told


def table_begins(block: Sequence[Record], above: Sequence[Row]) -> bool:
    """Whether the rows under a blank line are another table than the one above: a header of its own over values."""
    return begins_table([r.cells for r in block], above)


def another_table_below(path: Path, dialect: Dialect, above: Sequence[Row]) -> bool:
    """Whether under a blank line of the text another table seems to begin.

    A blank line inside quotes may look so too: who reads row by row finds out.
    """
    blanks, base, before = 0, 0, b""
    with path.open("rb") as text, path.open("rb") as blocks:
        while chunk := text.read(_CHUNK):
            part = before + chunk
            for at in _ends_of_blank_lines(part):
                blanks += 1
                blocks.seek(base + at)
                if blanks > _MOST_BLANKS or _seems_table(blocks.read(_BLOCK), dialect, above):
                    return True
            before = part[-2:]
            base += len(part) - len(before)
    return False


def _ends_of_blank_lines(part: bytes) -> Iterator[int]:
    for blank in _BLANK_LINES:
        at = part.find(blank)
        while at >= 0:
            yield at + len(blank)
            at = part.find(blank, at + 1)


def _seems_table(content: bytes, dialect: Dialect, above: Sequence[Row]) -> bool:
    lines = content.decode("utf-8", errors="replace").splitlines(keepends=True)
    lines = lines[:-1] if len(content) == _BLOCK else lines
    block = []
    try:
        for record in islice(records(iter(lines), dialect), _BLOCK_ROWS):
            if is_blank(record.cells):
                break
            block.append(record)
    except UnclosedQuote:
        pass  # what was read of the block so far is judged
    return table_begins(block, above)
