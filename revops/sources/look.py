"""A look at a source before it is saved: that it can be reached, its columns, its first rows."""

from __future__ import annotations

from dataclasses import dataclass

from revops import importing
from revops.sources.fetch import fetched
from revops.sources.records import Source
from revops.sources.secrets import Lookup, from_environment

ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The first table of the source: its name, its columns, and a few rows as text."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


def look(source: Source, lookup: Lookup = from_environment) -> Look:
    """Reads the source's first table; of a database only a few rows. Raises SourceError, UnreadableFile."""
    with fetched(source, lookup, rows=ROWS) as paths, importing.read_tables(paths[:1]) as tables:
        raw = tables[0][0]
        return Look(table=raw.name, columns=raw.columns, rows=tuple(raw.sample(ROWS)))
