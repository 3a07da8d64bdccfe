"""How a delimited text is written: what separates its cells, what quotes them, what escapes a quote."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

csv.field_size_limit(1 << 30)
COMMON: Final = (",", ";", "\t", "|")
RARE: Final = ("^", "~", "\x1f", "\x01", ":", " ")
SAMPLE_ROWS: Final = 400


@dataclass(frozen=True, slots=True)
class Dialect:
    """escape: "" where a quote inside quotes is doubled. skip_space: each delimiter is followed by a space."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    skip_space: bool = False


@dataclass(slots=True)
class Record:
    """One row of the text. line: 1-based line it starts on. problem: it breaks the rules of quoting."""

    line: int
    cells: list[str]
    text: str
    problem: bool = False


class UnclosedQuote(Exception):
    """A quote opened on `line` is never closed."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


def reader(lines: Iterator[str], dialect: Dialect, *, strict: bool) -> Iterator[list[str]]:
    """csv.reader for this dialect."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        skipinitialspace=dialect.skip_space,
        strict=strict,
    )


def plainly_quoted(lines: Iterator[str], dialect: Dialect) -> Iterator[str]:
    """The lines with each escaped quote doubled instead; the escape before anything else is a sign like any other."""
    if not dialect.escape:
        return lines
    escaped = re.compile(rf"(?<!\\)((?:\\\\)*)\\{dialect.quote}")
    return (escaped.sub(rf"\1{dialect.quote * 2}", line) for line in lines)


def split_leniently(text: str, dialect: Dialect) -> list[str]:
    """The cells of one line where a quote closes only before a delimiter or the end: '…10" wheel' keeps its quote."""
    quote, delimiter, cells, at = dialect.quote, dialect.delimiter, [], 0
    while True:
        end = -1
        if text.startswith(quote, at):
            end = text.find(quote + delimiter, at + 1)
            if end < 0 and len(text) > at + 1 and text.endswith(quote):
                end = len(text) - 1
        if end >= 0:
            cells.append(text[at + 1 : end])
            at = end + 1
        else:
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            cells.append(text[at:end])
            at = end
        if at >= len(text):
            return cells
        at += len(delimiter)


def records(lines: Iterator[str], dialect: Dialect, before: int = 0, most_lines: int = 1000) -> Iterator[Record]:
    """Rows with the line they start on. A row that breaks the rules of quoting is read as far as it goes, and marked.

    lines: with their line ends, as an open text file with newline="" gives them. before: lines of the text in front
    of them. Raises UnclosedQuote.
    """
    lines = plainly_quoted(lines, dialect)
    pending: list[str] = []  # lines given back after a broken row
    taken: list[str] = []
    number = before

    def feed() -> Iterator[str]:
        nonlocal number
        while True:
            line = pending.pop() if pending else next(lines, None)
            if line is None:
                return
            number += 1
            taken.append(line)
            yield line

    source = feed()
    rows = reader(source, dialect, strict=True)
    while True:
        taken.clear()
        first = number + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            if "end of data" in str(error):
                raise UnclosedQuote(first) from error
            kept = taken[:]
            if len(kept) > 1:  # the quote was never meant to open: this line alone is broken
                pending.extend(reversed(kept[1:]))
                number -= len(kept) - 1
            text = kept[0].rstrip("\r\n")
            yield Record(first, split_leniently(text, dialect), text, problem=True)
            rows = reader(source, dialect, strict=True)
            continue
        if cells is None:
            return
        if len(taken) > most_lines:
            raise UnclosedQuote(first)
        yield Record(first, cells, "".join(taken).rstrip("\r\n"))


def detect_dialect(lines: list[str]) -> Dialect:
    """The dialect in which the lines fall into most regular rows. A single column gives the default."""
    declared = re.match(r"^sep=(.)\s*$", lines[0]) if lines else None
    if declared:
        return _with_quoting(lines[1:], declared[1])
    text = "".join(lines)
    ranked = sorted(((*_score(lines, d), d) for d in COMMON if d in text), reverse=True)
    if ranked and ranked[0][0] > 0.3:
        return _with_quoting(lines, ranked[0][-1])
    rare = sorted(((*_score(lines, d), d) for d in RARE if d in text), reverse=True)
    if rare and rare[0][0] > 0.9 and rare[0][1] >= (3 if rare[0][-1] in " :" else 2):
        return _with_quoting(lines, rare[0][-1])
    return _with_quoting(lines, ranked[0][-1]) if ranked and ranked[0][0] > 0.1 else Dialect()


def _score(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How regular the rows are with this delimiter: the share of rows of the usual width, less untidy cells."""
    dialect = Dialect(delimiter, quote=_quote(lines, delimiter))
    rows = [r for r in _sample(lines, dialect) if any(r)]
    widths = Counter(len(r) for r in rows if len(r) > 1)
    if not widths:
        return 0.0, 1
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    cells = [c for r in rows if len(r) == width for c in r]
    untidy = sum(any(d in c for d in COMMON if d != delimiter) for c in cells)
    tidy = 1 - untidy / len(cells) * 0.5
    return count / len(rows) * tidy * (1 + 0.01 * min(width, 20)), width


def _sample(lines: list[str], dialect: Dialect) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in reader(plainly_quoted(iter(lines), dialect), dialect, strict=False):
            rows.append(row)
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def _quote(lines: list[str], delimiter: str) -> str:
    text = "".join(lines[:SAMPLE_ROWS])
    d = re.escape(delimiter)

    def fields(quote: str) -> int:
        return len(re.findall(rf"(?:^|{d} ?){quote}(?:[^{quote}]|{quote}{quote})*{quote}(?=\s*(?:{d}|$))", text, re.M))

    return "'" if "'" in text and fields("'") > fields('"') else '"'


def _with_quoting(lines: list[str], delimiter: str) -> Dialect:
    plain = Dialect(delimiter, _quote(lines, delimiter), skip_space=_spaced(lines, delimiter))
    if "\\" + plain.quote not in "".join(lines):
        return plain
    escaped = Dialect(delimiter, plain.quote, "\\", plain.skip_space)
    return escaped if _broken(lines, escaped) * 5 <= _broken(lines, plain) > 0 else plain


def _broken(lines: list[str], dialect: Dialect) -> int:
    try:
        found = list(records(iter(lines), dialect))
    except UnclosedQuote:
        return len(lines)
    usual = Counter(len(r.cells) for r in found).most_common(1)
    return sum(r.problem or len(r.cells) != usual[0][0] for r in found)


def _spaced(lines: list[str], delimiter: str) -> bool:
    if delimiter == " ":
        return False
    rows = _sample(lines, Dialect(delimiter, _quote(lines, delimiter)))
    later = [c for r in rows for c in r[1:] if c]
    return len(later) >= 2 and sum(c.startswith(" ") for c in later) >= 0.98 * len(later)
