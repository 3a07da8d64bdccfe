"""What a column's values say: whether they can be a field's values, and whether they are keys already known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from revops.ingest.headers import STRONG, NameMatch, currency_code, name_matches
from revops.ingest.types import ColumnProfile, Context, RawTable, TableProfile, quoted
from revops.model import Entity, Field, FieldType, Vocabulary, fold
from revops.text import Text

MOST_DISTINCT = 2000  # values of a column that are compared with known keys
MOST_CURRENCIES = 60  # spellings of a column of currencies
SURELY = 0.8  # of a column's values must read for it to be the field's where its header is not convincing
MOSTLY = 0.5  # of a column's values must read where its header is
MIN_SCORE = 0.45  # below this a column is not proposed for a field
SURE_WORDS = 0.58  # names that share fewer than about two words in three say too little

_TYPE_FIT: dict[FieldType, dict[str, float]] = {
    FieldType.ID: {"text": 1, "integer": 1, "decimal": 0.4, "boolean": 0.1, "date": 0, "timestamp": 0},
    FieldType.TEXT: {"text": 1, "integer": 0.85, "decimal": 0.5, "boolean": 0.5, "date": 0.1, "timestamp": 0.1},
    FieldType.VOCABULARY: {"text": 1, "integer": 0.6, "decimal": 0.3, "boolean": 0.6, "date": 0, "timestamp": 0},
    FieldType.DECIMAL: {"integer": 1, "decimal": 1, "boolean": 0.6, "text": 0, "date": 0, "timestamp": 0},
    FieldType.INTEGER: {"integer": 1, "decimal": 0.8, "boolean": 0.6, "text": 0, "date": 0, "timestamp": 0},
    FieldType.BOOLEAN: {"boolean": 1, "text": 0.4, "integer": 0.4, "decimal": 0, "date": 0, "timestamp": 0},
    FieldType.DATE: {"date": 1, "timestamp": 1, "text": 0, "integer": 0, "decimal": 0, "boolean": 0},
    FieldType.TIMESTAMP: {"date": 1, "timestamp": 1, "text": 0, "integer": 0, "decimal": 0, "boolean": 0},
}
_NUMERIC = (FieldType.DECIMAL, FieldType.INTEGER)
_DATED = (FieldType.DATE, FieldType.TIMESTAMP)
_EMPTY_FIT = 0.62  # an empty column may be what its name says, but any column with values is better
_ANY_TYPE = {("targets", "period")}  # a month, a quarter or a year, however it is written


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a column is proposed for a field. score: 0..1; by_keys: share of its values that are known keys, or None."""

    score: float
    name: NameMatch
    by_keys: float | None = None


@dataclass(kw_only=True)
class TableView:
    """A table with its profile, and what has been looked up about its values (each column is read once)."""

    raw: RawTable
    profile: TableProfile
    context: Context
    _values: dict[str, frozenset[str]] = field(default_factory=dict)
    _currencies: dict[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    _shares: dict[tuple[str, str], float | None] = field(default_factory=dict)

    @cached_property
    def columns(self) -> dict[str, ColumnProfile]:
        return {c.name: c for c in self.profile.columns}

    def distinct(self, column: str) -> frozenset[str]:
        """The column's values, trimmed, in lower case; at most MOST_DISTINCT of them."""
        if column not in self._values:
            name = quoted(column)
            rows = self.raw.staging.execute(
                f"SELECT DISTINCT lower(trim({name})) FROM {self.raw.relation} "
                f"WHERE nullif(trim({name}), '') IS NOT NULL LIMIT {MOST_DISTINCT}"
            ).fetchall()
            skip = {s.strip().lower() for s in self.columns[column].missing_spellings}
            self._values[column] = frozenset(v for (v,) in rows) - skip
        return self._values[column]

    def spellings(self, column: str, most: int = 200) -> tuple[str, ...]:
        """The column's values as written (trimmed), commonest first; at most `most`."""
        name = quoted(column)
        rows = self.raw.staging.execute(
            f"SELECT trim({name}) AS v FROM {self.raw.relation} WHERE nullif(trim({name}), '') IS NOT NULL "
            f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {int(most)}"
        ).fetchall()
        skip = set(self.columns[column].missing_spellings)
        return tuple(v for (v,) in rows if v not in skip)

    def currencies(self, column: str) -> tuple[float, tuple[str, ...]]:
        """The share of the column's non-missing rows that name a currency, and the spellings that name none."""
        if column not in self._currencies:
            name = quoted(column)
            rows = self.raw.staging.execute(
                f"SELECT trim({name}) AS v, count(*) FROM {self.raw.relation} "
                f"WHERE nullif(trim({name}), '') IS NOT NULL "
                f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {MOST_CURRENCIES + 1}"
            ).fetchall()
            told = {v: n for v, n in rows if v not in self.columns[column].missing_spellings}
            odd = tuple(v for v in told if currency_code(v) is None)
            few = bool(told) and len(rows) <= MOST_CURRENCIES
            share = 1 - sum(told[v] for v in odd) / sum(told.values()) if few else 0.0
            self._currencies[column] = share, odd
        return self._currencies[column]

    def known_share(self, column: str, entity: str) -> float | None:
        """The share of the column's values that are keys of `entity`; None where no such keys are known."""
        keys = self.context.known_keys.get(entity)
        if not keys:
            return None
        if (column, entity) not in self._shares:
            values = self.distinct(column)
            hits = sum(1 for v in values if v in keys or fold(v) in keys)
            self._shares[column, entity] = hits / len(values) if values else None
        return self._shares[column, entity]


def evidence(view: TableView, entity: Entity, target: Field, column: ColumnProfile) -> Evidence | None:
    """How well a column fills a field: its name, weighed by its type and values. None where it cannot."""
    match = name_matches(column.name).get((entity.name, target.name))
    share = _key_share(view, entity, target, column)
    if match is None:
        if share is None or share < 0.8 or column.distinct < 5 or target.key:
            return None
        match = NameMatch(0.5, "values", column.name)
    if match.how == "words" and match.score < SURE_WORDS:
        return None
    fit = value_fit(view, entity, target, column)
    if match.score < STRONG and (read_partly(view, target, column) or 1.0) < SURELY:
        return None
    score = match.score * fit * (0.85 + 0.15 * (1 - column.null_share))
    if share is not None and not target.key:
        score = max(score, 0.98 * share) if share >= 0.5 else score * (0.6 if share < 0.05 else 1.0)
    return Evidence(score, match, share) if score >= MIN_SCORE else None


def _key_share(view: TableView, entity: Entity, target: Field, column: ColumnProfile) -> float | None:
    if target.references is None or target.references == entity.name or column.type not in ("text", "integer"):
        return None
    return view.known_share(column.name, target.references)


def value_fit(view: TableView, entity: Entity, target: Field, column: ColumnProfile) -> float:
    """0..1: whether the column's values can be the field's. 0 where the types contradict each other."""
    if column.type == "empty":
        return _EMPTY_FIT
    if (entity.name, target.name) in _ANY_TYPE:
        return 1.0
    if (share := read_partly(view, target, column)) is not None:
        return 0.75 + 0.25 * share if share >= MOSTLY else 0.0  # the header convinces, and the rest is asked about
    fit = _TYPE_FIT[target.type][column.type]
    if fit == 0:
        return 0.0
    if target.name == "currency":
        return fit if view.currencies(column.name)[0] == 1 else 0.0
    if target.vocabulary is not None:
        return fit * _vocabulary_fit(view, target.vocabulary, column)
    if target.key and target.type is FieldType.ID and column.distinct < 0.02 * column.rows and column.distinct < 50:
        return fit * 0.3  # three values in a thousand rows identify nothing
    if target.name in ("email",) and not any("@" in e for e in column.examples):
        return fit * 0.9
    return fit


def read_partly(view: TableView, target: Field, column: ColumnProfile) -> float | None:
    """The share of values that read, of a column whose others are no values of the field; None where all (or all but
    a slip) do, or where the column's kind is another altogether."""
    if target.name == "currency" and column.type == "text":
        share, _ = view.currencies(column.name)
        return share if share < 1 else None
    return column.read_share if column.mostly is not None and _TYPE_FIT[target.type][column.type] == 0 else None


def _vocabulary_fit(view: TableView, vocabulary: Vocabulary, column: ColumnProfile) -> float:
    if column.distinct > 60:
        return 0.0
    values = view.spellings(column.name, 60)
    known = sum(1 for v in values if vocabulary.match(v) is not None)
    share = known / len(values) if values else 1.0
    return 0.5 + 0.5 * share if share >= 0.5 else 0.7 * share


def reason(target: Field, column: ColumnProfile, found: Evidence) -> Text:
    """The evidence in a sentence a person can check."""
    kind = {
        "exact": Text("“{header}” is a name of {label}", "«{header}» — одно из названий поля «{label}»"),
        "words": Text("“{header}” resembles “{known}”", "«{header}» похоже на «{known}»"),
        "spelling": Text("“{header}” is spelled almost like “{known}”", "«{header}» пишется почти как «{known}»"),
        "values": Text("the values of “{header}” are known keys", "значения «{header}» — известные ключи"),
    }[found.name.how].format(header=column.name, label=target.label, known=found.name.spelling)
    if found.by_keys is not None and found.by_keys >= 0.5:
        more = Text("{share} % of its values are known keys", "{share} % значений — известные ключи")
        return _joined(kind, more.format(share=round(found.by_keys * 100)))
    if target.type in _DATED and column.type in ("date", "timestamp"):
        filled = round((1 - column.null_share) * 100)
        return _joined(kind, Text("{n} % of rows hold a date", "дата есть в {n} % строк").format(n=filled))
    if column.mostly is not None and target.type in (*_NUMERIC, *_DATED):
        share = Text("{share} % of its values read as such", "так читаются {share} % значений")
        return _joined(kind, share.format(share=round(column.read_share * 100)))
    if column.type == "empty":
        return _joined(kind, Text("the column is empty", "колонка пуста"))
    return kind


def _joined(first: Text, second: Text) -> Text:
    return Text(f"{first.en}; {second.en}", f"{first.ru}; {second.ru}")
