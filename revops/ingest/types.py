"""The values that pass along the import: file -> RawTable -> TableProfile -> Mapping -> StagedLoad.

Every step is a value the next one takes; none of them touches the workspace.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from revops.text import Text

# --- read -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """An upload on this machine's disk. name: as the person knows it, without any folder."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A line of the file that is not data: a title above the header, a total or footer, an unreadable line.

    line: 1-based line (or sheet row) in the file. kind: "preamble" | "footer" | "empty" | "surplus" | "unreadable".
    """

    line: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the file was found to be written; shown to the person. Excel sheets have only `header_line` and `sheet`."""

    format: str  # "csv" | "xlsx"
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header_line: int = 1  # 1-based line in the file; 0: the file had no header and columns are numbered
    sheet: str | None = None


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """One table as uploaded: every value text, nothing interpreted.

    staging: an unlocked in-memory DuckDB connection that the reader owns (one for each table; close() ends it).
    relation: the name of a table or view on it with columns `_row` (BIGINT, 1-based number of the data row) and
    then `columns` (VARCHAR; empty cells are NULL, others exactly as written, untrimmed).
    columns: unique, non-empty header names in the file's order; a repeated header gets " (2)", " (3)", and an
    empty one "column 7"; `original_headers` keeps what was written.
    row_count: data rows.
    exact: a CSV or a sheet that this product exported, its cells word for word (see ingest/own_export.py).
    """

    file: SourceFile
    layout: Layout
    columns: tuple[str, ...]
    original_headers: tuple[str, ...]
    row_count: int
    staging: duckdb.DuckDBPyConnection = field(repr=False, compare=False)
    relation: str = "raw"
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[Text, ...] = ()  # what a person should know: repeated headers, a re-decoded file, ...
    folder: Path | None = field(default=None, repr=False, compare=False)  # of the table's own; None: rows in memory
    exact: bool = False

    @property
    def name(self) -> str:
        """File name, with the sheet where there are several."""
        return f"{self.file.name} › {self.layout.sheet}" if self.layout.sheet else self.file.name

    @property
    def shape(self) -> tuple[str, ...]:
        """What identifies a layout that comes back: the headers as written."""
        return self.original_headers

    def sample(self, rows: int = 20) -> list[tuple[str | None, ...]]:
        """The first rows, as text, in the order of `columns`."""
        names = ", ".join(quoted(c) for c in self.columns)
        return self.staging.execute(f"SELECT {names} FROM {self.relation} ORDER BY _row LIMIT {int(rows)}").fetchall()

    def close(self) -> None:
        """Ends the staging connection; the rows are gone with it."""
        self.staging.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def quoted(identifier: str) -> str:
    """An SQL identifier, quoted: safe for any header."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """An SQL text literal, quoted: safe for any value."""
    return "'" + value.replace("'", "''") + "'"


# --- profile ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """How a column writes numbers. decimal: "." or ","; thousands: ",", ".", " ", "'" or "" ; percent: shares as 12.5%.

    currency: the ISO code that signs or codes beside the numbers name, if all name one. scaled: thousands and more
    may be shortened (“1.2k”, “3M”, “5 тыс.”, “1,5 млн”).
    """

    decimal: str = "."
    thousands: str = ""
    percent: bool = False
    currency: str | None = None
    scaled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What a column holds, from all its values (tables over `sampled` rows: from that many).

    type: "empty" | "integer" | "decimal" | "date" | "timestamp" | "boolean" | "text".
    date_formats: DuckDB strptime patterns that read every non-missing value, best first; more than one means
    day and month cannot be told apart by the values alone (`ambiguous_date`).
    missing: count of NULLs and of spellings of nothing ("--", "n/a", "-", ...), listed in missing_spellings.
    distinct: exact up to 10,000, else a lower bound. top: the commonest values with counts (10 at most).
    mostly: of a text column, the type that at least half of its values read as although too many others do not;
    then date_formats, number and unreadable speak of that reading.
    """

    name: str
    type: str
    rows: int
    missing: int
    distinct: int
    examples: tuple[str, ...]
    top: tuple[tuple[str, int], ...] = ()
    missing_spellings: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()
    ambiguous_date: bool = False
    number: NumberFormat | None = None
    low: str | None = None  # smallest and largest value, as read: a number or an ISO date
    high: str | None = None
    unreadable: int = 0  # values that do not read as `type` (or `mostly`) although the others do
    unreadable_examples: tuple[str, ...] = ()
    mostly: str | None = None

    @property
    def unique(self) -> bool:
        """Every row has its own value: it could be a key."""
        return self.rows > 0 and self.missing == 0 and self.distinct >= self.rows

    @property
    def reads_as(self) -> str:
        """The type that its values can be read as: `mostly`, where there is one, else `type`."""
        return self.mostly or self.type

    @property
    def read_share(self) -> float:
        """The share of the non-missing values that read as `reads_as`; 1 where there are none."""
        told = self.rows - self.missing
        return 1 - self.unreadable / told if told else 1.0

    @property
    def null_share(self) -> float:
        return self.missing / self.rows if self.rows else 1.0


@dataclass(frozen=True, kw_only=True)
class TableProfile:
    """repeated: headers that the file writes more than once (its columns have unique names all the same)."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    sampled: int | None = None  # how many rows were looked at, where not all
    repeated: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnProfile:
        return next(c for c in self.columns if c.name == name)


# --- map --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """How one field of an entity is filled. Exactly one of column, constant and expression is set.

    column: a header of the table. constant: a text read as the field's type. expression: see ingest/expression.py,
    over the headers and `as_of`. date_format: DuckDB strptime pattern; number: how the column writes numbers.
    value_map: spelling in the file -> canonical value (vocabularies, booleans, status).
    confidence: 0..1. reason: why this was proposed ("header “Close Date” is a name of closed_at; 98 % are dates").
    assumed: the file does not say it, we assumed it (currency, as-of date): shown for confirmation.
    """

    field: str
    column: str | None = None
    constant: str | None = None
    expression: str | None = None
    date_format: str | None = None
    number: NumberFormat | None = None
    value_map: MappingABC[str, str] = dataclasses.field(default_factory=dict)
    confidence: float = 1.0
    reason: Text = Text("chosen by hand", "выбрано вручную")
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpivot:
    """Wide made long: each named column becomes a row of the entity, with its label in `label_field`.

    columns: header -> label ('Date entered "Demo (Sales Pipeline)"' -> "Demo"). The cell's value goes to
    `value_field`; an empty cell makes no row. E.g. stage_events: label_field "stage", value_field "entered_at".
    """

    columns: MappingABC[str, str]
    label_field: str
    value_field: str
    date_format: str | None = None
    number: NumberFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMapping:
    """How one entity is filled from one table.

    role: "rows": each row (or unpivoted cell) is one record. "mention": the rows name records of this entity
    by the way (a deals export names accounts): one record a distinct key, rows without the key are skipped,
    never rejected.
    key_from: columns that make a stable key where no key column is mapped; () means the entity's key field or
    natural key. extra: headers kept as dimensions in `extra` (JSON).
    where: optional expression (boolean): rows it is not true for do not belong to this entity.
    """

    entity: str
    fields: tuple[FieldMapping, ...]
    role: str = "rows"
    unpivot: Unpivot | None = None
    key_from: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    where: str | None = None
    confidence: float = 1.0
    reason: Text = Text("chosen by hand", "выбрано вручную")

    def field(self, name: str) -> FieldMapping | None:
        return next((f for f in self.fields if f.field == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the person has to decide before loading: an ambiguous date order, a required field without a column.

    blocking: the load is refused until it is answered.
    """

    # date_order | repeated_header | required_field | spent_or_planned | no_entity | currency | as_of | interval
    code: str
    text: Text
    entity: str | None = None
    field: str | None = None
    column: str | None = None
    choices: tuple[str, ...] = ()
    blocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEdit:
    """One cell corrected by hand. was: as uploaded (None: empty). now: what is read in its place (None: nothing)."""

    row: int
    column: str
    was: str | None
    now: str | None


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What a person corrected in the rows of one very file, before it was loaded; see ingest/corrections.py.

    file: its SHA-256; with the sheet it says whose rows are meant. cells: one a row and column at most, in that
    order. left_out: numbers of rows that are not loaded.
    """

    file: str
    sheet: str | None = None
    cells: tuple[CellEdit, ...] = ()
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """How one table fills the shared model. Serialised as JSON by ingest/mapping_json.py; saved by the file's shape.

    as_of: the date "now" in a snapshot without dates; part of the mapping, shown, and used by expressions.
    currency: the currency assumed for amounts that name none. repeated_in_order: somebody who knows the file says
    that headers written more than once are told apart by their order ("name", "name (2)").
    own: "exact" | "edited" for this product's own export (see ingest/own_mapping.py), else "".
    corrections: cells and rows of the one file that they name; nothing for any other.
    """

    entities: tuple[EntityMapping, ...] = ()
    as_of: dt.date | None = None
    currency: str | None = None
    repeated_in_order: bool = False
    own: str = ""
    corrections: Corrections | None = None
    questions: tuple[Question, ...] = ()

    def entity(self, name: str) -> EntityMapping | None:
        return next((e for e in self.entities if e.entity == name), None)

    @property
    def blocking(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questions if q.blocking)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known when a mapping is proposed.

    today: the day of the import (an assumed as-of date comes from it; no hidden clock).
    currency: the workspace's. known_keys: entity -> keys already loaded or in the files uploaded beside this
    one (folded text, a sample will do): a column whose values are such keys refers to that entity.
    """

    today: dt.date
    currency: str = "USD"
    known_keys: MappingABC[str, frozenset[str]] = field(default_factory=dict)


# --- parse ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why rows were rejected, grouped. code: "missing_required" | "unreadable_date" | "unreadable_number" |
    "unknown_value" | "unreadable_boolean" | ...; examples: up to three (row number, offending text)."""

    entity: str
    field: str
    code: str
    reason: Text
    count: int
    examples: tuple[tuple[int, str | None], ...]


@dataclass(frozen=True, kw_only=True)
class StagedEntity:
    """One entity's typed rows, staged and not yet loaded.

    accepted: relation on the table's staging connection: `_row` BIGINT, `_key` VARCHAR (folded stable key), every
    mapped field in its model type, `extra` VARCHAR (JSON object text or NULL). One row a record.
    rejected: relation with `_row` BIGINT, `field` VARCHAR, `code` VARCHAR, `value` VARCHAR: one row a problem.
    lost: the same for what `warnings` count; "" where there is none.
    fields: the mapped fields, in model order. duplicates: rows that repeat an earlier key in the file (the last wins).
    distinct_keys: it was proved that no two rows share a key; False: nobody looked.
    """

    entity: str
    accepted: str
    rejected: str
    fields: tuple[str, ...]
    accepted_count: int
    rejected_count: int
    duplicates: int
    rejections: tuple[Rejection, ...]
    warnings: tuple[Rejection, ...] = ()  # optional values that could not be read: the rows are kept, with null there
    lost: str = ""
    distinct_keys: bool = False


@dataclass(frozen=True, kw_only=True)
class StagedLoad:
    """A table and its mapping, typed and checked: what `Workspace.load` takes."""

    raw: RawTable
    mapping: Mapping
    entities: tuple[StagedEntity, ...]
    notes: tuple[Text, ...] = ()  # "a key is made from ...", "as-of assumed", ...

    def __iter__(self) -> Iterator[StagedEntity]:
        return iter(self.entities)
