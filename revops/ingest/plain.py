"""Columns that write their values plainly, which is nearly every column of a system's export.

Reading a value carefully costs ten to fifty times as much as a plain cast. Whether a column needs it is found out
by looking at all of its values, so a column read plainly reads as it would have been read carefully.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from revops.ingest.dates import ISO, split_pattern
from revops.ingest.numbers import SPACE_CODES
from revops.ingest.own_export import EXACT, unguarded_sql
from revops.ingest.reading import ColumnFormat, present, read_date, read_number, read_timestamp
from revops.ingest.types import NumberFormat, RawTable, literal, quoted
from revops.ingest.values import FIRST_CODES, missing_sql, trimmed_sql
from revops.model import FieldType

MOMENT: Final = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}:[0-9]{2})?"
_PLAIN_TYPE: Final = "DECIMAL(18,6)"  # held in a machine word, which is many times faster
_CLOCK: Final = "(?: [0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?"
_FIRST: Final = {0, *map(int, FIRST_CODES.split(", "))}
_LAST: Final = {*map(int, SPACE_CODES.split(", "))}
_DAY: Final = re.compile("%[dmY]([./-])%[dm]\\1%[dmY]")
_GROUPS: Final = {" ": "[ \u00a0\u202f]", ".": "[.]", ",": ",", "'": "'"}
_FIRST_ROWS: Final = 20_000
_AT_ONCE: Final = 40  # columns
_REPEATED: Final = 5  # times that a value of the first rows comes on average
_GROUP_SIGNS: Final = {" ": " \u00a0\u202f"}


@dataclass(frozen=True, slots=True)
class Direct:
    """SQL over the raw columns for a number or a moment. plain: no value needs care, so it costs little."""

    sql: str
    plain: bool


@dataclass
class PlainColumns:
    """What is known about the columns of `raw`; each is looked at once a pattern. own: see `Mapping.own`."""

    raw: RawTable
    own: str = ""
    _known: dict[tuple[str, str | None], bool] = field(default_factory=dict)

    def present(self, header: str) -> str:
        """SQL over the raw columns: the trimmed text, NULL where it says nothing; of an exact export word for word."""
        if self.own:
            text = unguarded_sql(quoted(header)) if self.raw.layout.format == "csv" else quoted(header)
            return text if self.own == EXACT else present(text)
        return quoted(header) if self.says_its_text(header) else present(quoted(header))

    def direct(self, header: str, type_: FieldType, fmt: ColumnFormat) -> Direct | None:
        """How a column's numbers or moments are read: plainly where their shape allows, with care where it does not.

        None where no shape is known for the format.
        """
        name = quoted(header)
        match type_:
            case FieldType.DECIMAL:
                shape, plain, careful = *plain_number(name, fmt.number or NumberFormat()), read_number(name, fmt)
            case FieldType.DATE:
                shape, moment = plain_moment(name, fmt.date)
                plain, careful = f"CAST({moment} AS DATE)", read_date(name, fmt)
            case FieldType.TIMESTAMP:
                shape, plain, careful = *plain_moment(name, fmt.date), read_timestamp(name, fmt)
            case _:
                return None
        if not shape:
            return None
        if self._all_match(header, shape):
            return Direct(plain, True)
        sql = f"CASE WHEN regexp_full_match({name}, {literal(shape)}) THEN {plain} ELSE {careful} END"
        return Direct(sql, False)

    def says_its_text(self, header: str) -> bool:
        """Whether every value of the column is what it says: nothing to trim, no spelling of nothing."""
        if (header, "") not in self._known:
            other = f"v IS NOT NULL AND ({trimmed_sql('v')} <> v OR {missing_sql('v')})"
            if self._repeats(header):
                found = self._found(self._values(header), other)
            else:
                name = quoted(header)
                first, last = f"ascii({name}) IN (0, {FIRST_CODES})", f"ascii(right({name}, 1)) IN ({SPACE_CODES})"
                values = f"SELECT DISTINCT {name} AS v FROM {self.raw.relation} WHERE {first} OR {last}"
                found = self._begins_or_ends_as_others(name) and self._found(values, other)
            self._known[header, ""] = not found
        return self._known[header, ""]

    def _begins_or_ends_as_others(self, name: str) -> bool:
        """Whether a value begins or ends with a sign that what is trimmed or says nothing may begin or end with."""
        codes = f"SELECT DISTINCT ascii({name}), ascii(substring({name}, -1)) FROM {self.raw.relation}"
        return any(a in _FIRST or b in _LAST for a, b in self.raw.staging.execute(codes).fetchall())

    def _all_match(self, header: str, shape: str) -> bool:
        """Whether every value has the shape or says nothing."""
        if (header, shape) not in self._known:
            name = quoted(header)
            others = (
                self._values(header)
                if self._repeats(header)
                else f"SELECT DISTINCT {name} AS v FROM {self.raw.relation} "
                f"WHERE NOT regexp_full_match({name}, {literal(shape)})"
            )
            unlike = f"NOT regexp_full_match(v, {literal(shape)}) AND NOT {missing_sql('v')}"
            self._known[header, shape] = not self._found(others, unlike)
        return self._known[header, shape]

    def _values(self, header: str) -> str:
        """A query of a column's distinct values. Its limit cuts nothing off: it keeps conditions to what comes out."""
        return f"SELECT DISTINCT {quoted(header)} AS v FROM {self.raw.relation} LIMIT {self.raw.row_count + 1}"

    def _repeats(self, header: str) -> bool:
        """Whether the first rows say so little that looking at each distinct value takes less than at each row."""
        if (header, None) not in self._known:
            near = self.raw.columns.index(header) // _AT_ONCE * _AT_ONCE
            group = self.raw.columns[near : near + _AT_ONCE]  # asked of most columns sooner or later
            first = f"SELECT {', '.join(map(quoted, group))} FROM {self.raw.relation} LIMIT {_FIRST_ROWS}"
            told = ", ".join(f"count(DISTINCT {quoted(c)}) * {_REPEATED} <= count(*)" for c in group)
            row = self.raw.staging.execute(f"SELECT {told} FROM ({first})").fetchone()
            assert row is not None
            self._known |= {(c, None): bool(says) for c, says in zip(group, row, strict=True)}
        return self._known[header, None]

    def _found(self, values: str, condition: str) -> bool:
        sql = f"SELECT 1 FROM ({values}) WHERE {condition} LIMIT 1"
        return self.raw.staging.execute(sql).fetchone() is not None


def plain_number(text: str, number: NumberFormat) -> tuple[str, str]:
    """A regular expression for numbers that a cast reads as care would, and SQL for it; "" where there is none."""
    if number.percent:
        return "", ""
    whole = "[0-9]{1,12}"
    if number.thousands:
        whole = f"(?:{whole}|[1-9][0-9]{{0,2}}(?:{_GROUPS[number.thousands]}[0-9]{{3}}){{1,3}})"
    mark = "[.]" if number.decimal == "." else ","
    groups = _GROUP_SIGNS.get(number.thousands, number.thousands)
    if groups:
        text = f"translate({text}, {literal(number.decimal + groups)}, '.')"
    elif number.decimal == ",":
        text = f"replace({text}, ',', '.')"
    return f"-?{whole}(?:{mark}[0-9]{{1,6}})?", f"TRY_CAST({text} AS {_PLAIN_TYPE})"


def plain_moment(text: str, pattern: str | None) -> tuple[str, str]:
    """As plain_number, for days in figures with or without a clock; the SQL is of type TIMESTAMP."""
    day = split_pattern(pattern or ISO)[0]
    if day == ISO:
        return MOMENT, f"TRY_CAST({text} AS TIMESTAMP)"
    if not _DAY.fullmatch(day) or not {*"dmY"} <= {*day}:
        return "", ""
    shape = day.replace(".", "[.]").replace("%Y", "[1-9][0-9]{3}").replace("%d", "[0-9]{1,2}")
    patterns = ", ".join(literal(day + clock) for clock in ("", " %H:%M:%S", " %H:%M"))
    return shape.replace("%m", "[0-9]{1,2}") + _CLOCK, f"try_strptime({text}, [{patterns}])"
