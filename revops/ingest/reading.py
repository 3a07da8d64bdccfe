"""How the text of one column is read as a value: its own formats, and the SQL that reads by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from revops.errors import MappingError, unknown
from revops.ingest.types import NumberFormat
from revops.ingest.values import boolean_sql, date_sql, missing_sql, number_sql, timestamp_sql, trimmed_sql
from revops.text import Text


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """How a column writes numbers and dates (a DuckDB strptime pattern; None: ISO)."""

    number: NumberFormat | None = None
    date: str | None = None

    def settled(self, date_format: str | None, number: NumberFormat | None) -> ColumnFormat:
        """The same with what a mapping has decided put in place of what the profile proposed."""
        return replace(
            self,
            date=date_format if date_format is not None else self.date,
            number=number if number is not None else self.number,
        )


def header_error(name: str, known: Iterable[str]) -> MappingError:
    """MappingError for a header that the table has not, with the nearest ones."""
    error = unknown(Text("column", "колонка"), name, known)
    return MappingError(error.message, fix=error.fix)


def present(text: str) -> str:
    """SQL: the trimmed text, NULL where it is empty or a spelling of nothing ("--", "n/a", ...)."""
    return f"CASE WHEN NOT {missing_sql(text)} THEN {trimmed_sql(text)} END"


def read_number(text: str, fmt: ColumnFormat) -> str:
    """SQL: the text as DECIMAL(30,9), NULL where it does not read as the column writes numbers."""
    return number_sql(text, fmt.number or NumberFormat())


def read_integer(text: str, fmt: ColumnFormat) -> str:
    """SQL: the text as BIGINT; a number with a fraction is no integer."""
    number = read_number(text, fmt)
    return f"CASE WHEN {number} = round({number}) THEN TRY_CAST({number} AS BIGINT) END"


def read_date(text: str, fmt: ColumnFormat) -> str:
    """SQL: the text as DATE."""
    return date_sql(text, fmt.date)


def read_timestamp(text: str, fmt: ColumnFormat) -> str:
    """SQL: the text as TIMESTAMP."""
    return timestamp_sql(text, fmt.date)


def read_boolean(text: str, fmt: ColumnFormat) -> str:
    """SQL: the text as BOOLEAN."""
    return boolean_sql(text)
