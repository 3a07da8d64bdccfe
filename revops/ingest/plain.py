"""Columns that write their values plainly, which is nearly every column of a system's export.

Reading a value carefully costs ten to fifty times as much as a plain cast. Whether a column needs it is found out
by looking at all of its values, so a column read plainly reads as it would have been read carefully.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from revops.ingest.dates import ISO, split_pattern
from revops.ingest.numbers import NUMBER_TYPE
from revops.ingest.own_export import EXACT, unguarded_sql
from revops.ingest.reading import ColumnFormat, present
from revops.ingest.types import NumberFormat, RawTable, literal, quoted
from revops.ingest.values import missing_sql, trimmed_sql
from revops.model import FieldType

# Begins and ends with a letter or digit and is no spelling of nothing.
TEXT: Final = r"(?s:(?:[0-9].*)?[1-9](?:.*[0-9\pL])?|\pL.*[0-9](?:.*[0-9\pL])?|\pL.{12,}[0-9\pL])"
NUMBER: Final = "-?[0-9]{1,15}(?:[.][0-9]{1,9})?"
MOMENT: Final = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}:[0-9]{2})?"


@dataclass
class PlainColumns:
    """What is known about the columns of `raw`; each is looked at once a pattern. own: see `Mapping.own`."""

    raw: RawTable
    own: str = ""
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def present(self, header: str) -> str:
        """SQL over the raw columns: the trimmed text, NULL where it says nothing; of an exact export word for word."""
        if self.own:
            text = unguarded_sql(quoted(header)) if self.raw.layout.format == "csv" else quoted(header)
            return text if self.own == EXACT else present(text)
        return quoted(header) if self._all_match(header, TEXT) else present(quoted(header))

    def direct(self, header: str, type_: FieldType, fmt: ColumnFormat) -> str | None:
        """SQL over the raw columns for a number or a moment; None where some value has to be read with care."""
        number = fmt.number or NumberFormat()
        name = quoted(header)
        match type_:
            case FieldType.DECIMAL if number.decimal == "." and not number.percent:
                return f"TRY_CAST({name} AS {NUMBER_TYPE})" if self._all_match(header, NUMBER) else None
            case FieldType.DATE | FieldType.TIMESTAMP if split_pattern(fmt.date or ISO)[0] == ISO:
                moment = f"TRY_CAST({name} AS TIMESTAMP)"
                sql = moment if type_ is FieldType.TIMESTAMP else f"CAST({moment} AS DATE)"
                return sql if self._all_match(header, MOMENT) else None
        return None

    def _all_match(self, header: str, pattern: str) -> bool:
        """Whether every value is plain: matches, or (texts) says the same trimmed, or (others) says nothing."""
        if (header, pattern) not in self._known:
            careful = f"({trimmed_sql('v')} <> v OR {missing_sql('v')})"
            found = self.raw.staging.execute(
                f"SELECT 1 FROM (SELECT DISTINCT {quoted(header)} AS v FROM {self.raw.relation} "
                f"WHERE NOT regexp_full_match({quoted(header)}, {literal(pattern)})) "
                f"WHERE {careful if pattern == TEXT else 'NOT ' + missing_sql('v')} LIMIT 1"
            ).fetchone()
            self._known[header, pattern] = found is None
        return self._known[header, pattern]
