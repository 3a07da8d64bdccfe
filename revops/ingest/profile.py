"""What the columns of a table hold: types, formats, missing values, distinct values; by SQL over all values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from revops.ingest.dates import EXCEL
from revops.ingest.guess import (
    are_excel_serials,
    clock_of,
    date_candidates,
    is_code,
    number_candidates,
    settles_without_asking,
)
from revops.ingest.types import ColumnProfile, NumberFormat, RawTable, TableProfile, literal, quoted
from revops.ingest.values import FALSE_SPELLINGS, TRUE_SPELLINGS, boolean_sql, missing_sql, number_sql, timestamp_sql
from revops.ingest.watch import meter

ENOUGH: Final = 0.95  # a column is of a type if this share of its non-missing values reads as one
MOSTLY: Final = 0.5  # from this share on, what a column of text reads as is told
_SLIPS: Final = 2  # in a short table, so many slips of the pen do not make dates or numbers text ...
_MOST_READ: Final = 0.6  # ... as long as this share reads
_LOOKED_AT: Final = 200  # values a column from which formats are guessed
_AT_ONCE: Final = 40  # columns in one statement
_VALUES: Final = "_profile_values"


@dataclass(frozen=True, slots=True)
class _Values:
    """A column's distinct values in short: the commonest, with counts and the row each first stands in."""

    rows: int
    missing: int
    distinct: int
    spellings: tuple[str, ...]
    common: tuple[tuple[str, int, int], ...]

    @property
    def told(self) -> int:
        return self.rows - self.missing

    @property
    def texts(self) -> list[str]:
        return [v for v, _, _ in self.common]

    @property
    def by_rows(self) -> list[str]:
        """The common values, each as often as its share of the rows is: about _LOOKED_AT in all."""
        rows = sum(n for _, n, _ in self.common)
        return [v for v, n, _ in self.common for _ in range(max(1, _LOOKED_AT * n // rows))]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a column: how many rows it reads, and what it makes of them."""

    type: str
    sql: str
    readable: int
    low: Any
    high: Any
    plain: bool  # no value has a fraction or a decimal mark; every moment is a midnight
    pattern: str | None = None
    number: NumberFormat | None = None


def profile_table(raw: RawTable, sample_rows: int = 200_000) -> TableProfile:
    """Profile every column. Tables longer than `sample_rows` are judged by about that many rows, spread over the file.

    `rows`, `missing` and `distinct` of a column then speak of the rows looked at. An all-missing column is "empty".
    """
    told = meter()
    step = -(-raw.row_count // max(sample_rows, 1))
    where = f"WHERE hash(_row) % {step} = 0" if step > 1 else ""
    raw.staging.execute(
        f"CREATE OR REPLACE TEMP TABLE {_VALUES} (i INTEGER, v VARCHAR, n BIGINT, first BIGINT, missing BOOLEAN)"
    )
    try:
        columns = iter(enumerate(raw.columns))
        while group := list(islice(columns, _AT_ONCE)):
            told.part(0.8 * group[0][0] / len(raw.columns), 0.8 * (group[-1][0] + 1) / len(raw.columns))
            counts = " UNION ALL ".join(
                f"SELECT {i} AS i, {quoted(c)} AS v, count(*) AS n, min(_row) AS first "
                f"FROM {'looked_at' if where else raw.relation} GROUP BY 2"
                for i, c in group
            )
            if where:  # the rows are chosen once for all columns
                names = ", ".join(quoted(c) for _, c in group)
                chosen = f"SELECT _row, {names} FROM {raw.relation} {where}"
                counts = f"WITH looked_at AS MATERIALIZED ({chosen}) {counts}"
            raw.staging.execute(f"INSERT INTO {_VALUES} SELECT *, {missing_sql('v')} FROM ({counts})")
        told.part(0.8, 0.85)
        values = _summaries(raw)
        profiled = []
        for i, name in enumerate(raw.columns):
            told.part(0.85 + 0.15 * i / len(raw.columns), 0.85 + 0.15 * (i + 1) / len(raw.columns))
            profiled.append(_profile_column(raw, i, name, values[i]))
    finally:
        raw.staging.execute(f"DROP TABLE {_VALUES}")
    looked_at = profiled[0].rows if profiled else 0
    return TableProfile(
        rows=raw.row_count,
        columns=tuple(profiled),
        sampled=looked_at if step > 1 else None,
        repeated=_repeated(raw.original_headers),
    )


def _repeated(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Headers written more than once, spaces and case aside, as first written."""
    counted: dict[str, list[str]] = {}
    for header in headers:
        if folded := " ".join(header.split()).casefold():
            counted.setdefault(folded, []).append(header)
    return tuple(same[0] for same in counted.values() if len(same) > 1)


def _summaries(raw: RawTable) -> list[_Values]:
    counted = raw.staging.execute(f"""
        SELECT i, sum(n), coalesce(sum(n) FILTER (missing), 0), count(*) FILTER (NOT missing),
               coalesce(list(DISTINCT trim(v)) FILTER (missing AND trim(v) <> ''), [])
        FROM {_VALUES} GROUP BY i ORDER BY i""").fetchall()
    common: dict[int, list[tuple[str, int, int]]] = {}
    for i, v, n, first in raw.staging.execute(f"""
        SELECT i, v, n, first FROM {_VALUES} WHERE NOT missing
        QUALIFY row_number() OVER (PARTITION BY i ORDER BY n DESC, hash(v), v) <= {_LOOKED_AT}
             OR row_number() OVER (PARTITION BY i ORDER BY first) <= 5
        ORDER BY i, n DESC, first""").fetchall():
        common.setdefault(i, []).append((v, n, first))
    return [
        _Values(int(rows), int(missing), int(distinct), tuple(sorted(spellings)), tuple(common.get(i, ())))
        for i, rows, missing, distinct, spellings in counted
    ]


def _profile_column(raw: RawTable, i: int, name: str, values: _Values) -> ColumnProfile:
    readings = _readings(raw, i, name, values)
    best = max(readings, key=lambda r: r.readable, default=None)
    enough = best is not None and _reads_enough(best.readable, values.told)
    basic: dict[str, Any] = {
        "name": name,
        "rows": values.rows,
        "missing": values.missing,
        "distinct": values.distinct,
        "examples": tuple(v for v, _, _ in sorted(values.common, key=lambda c: c[2])[:5]),
        "top": tuple((v, n) for v, n, _ in values.common[:10]),
        "missing_spellings": values.spellings,
    }
    if best is None:
        return ColumnProfile(type="text" if values.told else "empty", **basic)
    equal = [r.pattern for r in readings if r.readable == best.readable and r.pattern]
    if settles_without_asking(equal):
        equal = equal[:1]
    unreadable = values.told - best.readable
    return ColumnProfile(
        type=best.type if enough else "text",
        **basic,
        mostly=None if enough else best.type,
        date_formats=tuple(p if p == EXCEL else p + clock_of(values.texts, p) for p in equal),
        ambiguous_date=len(equal) > 1,
        number=best.number,
        low=_shown(best.low, best.type),
        high=_shown(best.high, best.type),
        unreadable=unreadable,
        unreadable_examples=_unreadable(raw, i, best.sql) if unreadable else (),
    )


def _readings(raw: RawTable, i: int, name: str, values: _Values) -> list[_Reading]:
    """The ways of reading that read enough of the column, likeliest first; else those that read most of it; [] for
    plain text."""
    if not values.told:
        return []
    if _says_yes_or_no(values):
        found, _ = _verify(raw, i, values, [("boolean", boolean_sql("v"), "true", None, None)])
        if found:
            return found
    partly: list[_Reading] = []
    patterns = (EXCEL,) if are_excel_serials(name, values.texts) else _dates(values)
    if patterns:
        tried = [
            ("timestamp", sql, f"{sql} = date_trunc('day', {sql})", p, None)
            for p in patterns
            if (sql := timestamp_sql("v", p))
        ]
        found, partly = _verify(raw, i, values, tried)
        if patterns == ("%Y%m%d",) and not (found and found[0].readable == values.told and _recent(found[0])):
            found, partly = [], []  # eight digits that are days only by chance
        if found:
            return found
    if is_code(values.texts):
        return partly
    delimiter = raw.layout.delimiter
    numbers = number_candidates(values.texts, delimiter) or number_candidates(values.by_rows, delimiter)
    found, less = _verify(raw, i, values, [("decimal", number_sql("v", f), _whole(f), None, f) for f in numbers])
    return found or partly or less


def _dates(values: _Values) -> tuple[str, ...]:
    return date_candidates(values.texts) or date_candidates(values.by_rows)


def _whole(number: NumberFormat) -> str:
    return (
        "false" if number.percent or number.currency or number.scaled else f"NOT contains(v, {literal(number.decimal)})"
    )


def _says_yes_or_no(values: _Values) -> bool:
    """Whether a column's few spellings are of yes and no; 0 and 1 alone are numbers, single letters need their pair."""
    said = {v.strip().lower() for v in values.texts}
    if not said or values.distinct > 20 or said <= {"0", "1"}:
        return False
    known = set(TRUE_SPELLINGS) | set(FALSE_SPELLINGS)
    if len(said) == 1 and said & {"t", "f", "y", "n", "д", "н", "on", "off"}:
        return False
    counted = sum(n for v, n, _ in values.common if v.strip().lower() in known)
    return counted >= ENOUGH * values.told


def _verify(
    raw: RawTable, i: int, values: _Values, tried: Sequence[tuple[str, str, str, str | None, NumberFormat | None]]
) -> tuple[list[_Reading], list[_Reading]]:
    """Read every distinct value each way, in one statement: the ways that read enough, and those that read most."""
    if not tried:
        return [], []
    parts = ", ".join(
        f"coalesce(sum(n) FILTER (r{k} IS NOT NULL), 0), min(r{k}), max(r{k}), "
        f"coalesce(bool_and({plain.replace(sql, f'r{k}')}), true)"
        for k, (_, sql, plain, _, _) in enumerate(tried)
    )
    each = ", ".join(f"{sql} AS r{k}" for k, (_, sql, _, _, _) in enumerate(tried))
    read = f"SELECT v, n, {each} FROM {_VALUES} WHERE i = {i} AND NOT missing"
    row = raw.staging.execute(f"SELECT {parts} FROM ({read})").fetchone()
    assert row is not None
    found: list[_Reading] = []
    partly: list[_Reading] = []
    for k, (kind, sql, _, pattern, number) in enumerate(tried):
        readable, low, high, plain = row[4 * k : 4 * k + 4]
        type_ = {"timestamp": "date", "decimal": "integer"}.get(kind, kind) if plain else kind
        one = _Reading(type_, sql, int(readable), low, high, bool(plain), pattern, number)
        if _reads_enough(one.readable, values.told):
            found.append(one)
        elif one.readable >= MOSTLY * values.told:
            partly.append(one)
    return found, partly


def _reads_enough(readable: int, told: int) -> bool:
    """One bad date among five rows is a row to reject, not a column of text."""
    return readable >= ENOUGH * told or (told - readable <= _SLIPS and readable >= _MOST_READ * told)


def _recent(reading: _Reading) -> bool:
    return bool(reading.low.year >= 1990 and reading.high.year <= 2100)


def _unreadable(raw: RawTable, i: int, sql: str) -> tuple[str, ...]:
    rows = raw.staging.execute(
        f"SELECT v FROM {_VALUES} WHERE i = {i} AND NOT missing AND {sql} IS NULL ORDER BY n DESC, first LIMIT 5"
    ).fetchall()
    return tuple(v for (v,) in rows)


def _shown(value: Any, type_: str) -> str | None:
    if value is None or type_ == "boolean":
        return None
    if type_ == "date":
        return str(value.date().isoformat())
    if type_ == "timestamp":
        return str(value.isoformat(sep=" "))
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
