"""The kinds of records that declare the shared data model."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from revops.errors import unknown
from revops.text import Text


class FieldType(StrEnum):
    """What a field holds. The value is stable (used in mappings and docs)."""

    ID = "id"  # text, trimmed; joins compare it without case
    TEXT = "text"
    VOCABULARY = "vocabulary"  # text out of Field.vocabulary
    DECIMAL = "decimal"  # exact: money, quantities, rates
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"  # without zone, in the workspace's own calendar

    @property
    def sql(self) -> str:
        """The DuckDB type of a loaded column."""
        return _SQL_TYPES[self]


_SQL_TYPES = {
    FieldType.ID: "VARCHAR",
    FieldType.TEXT: "VARCHAR",
    FieldType.VOCABULARY: "VARCHAR",
    FieldType.DECIMAL: "DECIMAL(24,6)",
    FieldType.INTEGER: "BIGINT",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.TIMESTAMP: "TIMESTAMP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One canonical value of a vocabulary, and what systems and people call it (lower case, en and ru)."""

    key: str
    label: Text
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """A closed list of canonical values. `match` is exact after folding case, spaces and punctuation."""

    name: str
    label: Text
    terms: tuple[Term, ...]

    @cached_property
    def by_synonym(self) -> dict[str, str]:
        """Folded spelling -> canonical key."""
        found: dict[str, str] = {}
        for term in self.terms:
            for spelling in (term.key, term.label.en, term.label.ru, *term.synonyms):
                found.setdefault(fold(spelling), term.key)
        return found

    def match(self, value: str) -> str | None:
        """The canonical key for a spelling, or None. A capital within a word ("LinkedIn") need not begin a new one."""
        return self.by_synonym.get(fold(value)) or self.by_synonym.get(fold(value.lower()))

    def label_of(self, key: str) -> Text:
        """The label of a canonical key; the key itself where it is unknown."""
        return next((t.label for t in self.terms if t.key == key), Text(key, key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an entity.

    key: part of what identifies a row. required: a row without it is rejected on load.
    unit: "money" (in the row's `currency`), "seconds", "share", "count", "months" or None.
    references: the entity whose key this is, e.g. "accounts".
    synonyms: header names in exports, en and ru, folded on comparison; the name and labels count too.
    """

    name: str
    type: FieldType
    label: Text
    meaning: Text
    key: bool = False
    required: bool = False
    unit: str | None = None
    references: str | None = None
    vocabulary: Vocabulary | None = None
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Entity:
    """One table of the shared model.

    natural_key: the fields that make the key where no key column is mapped. `keyed_by_row`: several rows
    of one file may share the natural key and are all kept (spend lines), told apart by their order.
    event_dates: fields whose latest value says how far the data reaches (`as_of`).
    synonyms: words in a file's or sheet's name that point to this entity (en and ru).
    """

    name: str
    label: Text
    meaning: Text
    fields: tuple[Field, ...]
    natural_key: tuple[str, ...] = ()
    keyed_by_row: bool = False
    event_dates: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    _index: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._index.update({f.name: f for f in self.fields})

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def field(self, name: str) -> Field:
        """The field of that name. Raises UnknownName."""
        try:
            return self._index[name]
        except KeyError:
            raise unknown(Text(f"field of {self.name}", f"поле «{self.name}»"), name, self._index) from None

    @property
    def key_field(self) -> Field | None:
        """The single id column (accounts.account_id, ...); None where only a natural key exists."""
        keys = [f for f in self.fields if f.key]
        return keys[0] if len(keys) == 1 else None

    @property
    def required(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.required)


@lru_cache(maxsize=1 << 16)  # the same headers and values are compared again and again
def fold(name: str) -> str:
    """A header or value folded for comparison: lower case, ё as е, letters and digits only, single spaces.

    CamelCase is split ("MonthlyCharges" -> "monthly charges").
    """
    out: list[str] = []
    previous = ""
    for ch in name.strip():
        if ch.isupper() and previous and (previous.islower() or previous.isdigit()):
            out.append(" ")
        out.append(ch if ch.isalnum() else " ")
        previous = ch
    return " ".join("".join(out).lower().replace("ё", "е").split())
