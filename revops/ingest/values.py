"""What a cell's text says, as SQL: a number, a moment, a yes or no, or nothing.

Every builder takes SQL that yields VARCHAR and gives SQL that yields the value, or NULL where the text does not
say one. They are shared by the profile (which finds the formats) and the parser (which applies them).
"""

from __future__ import annotations

from typing import Final

from revops.ingest.dates import date_sql, timestamp_sql
from revops.ingest.numbers import SPACES, number_sql, trimmed_sql
from revops.ingest.types import literal

__all__ = [
    "FALSE_SPELLINGS",
    "MISSING_SPELLINGS",
    "TRUE_SPELLINGS",
    "boolean_sql",
    "date_sql",
    "missing_sql",
    "number_sql",
    "timestamp_sql",
    "trimmed_sql",
]

# Spellings of nothing, lower case. "NA" is not among them: in a column of regions it is North America;
# nor "(none)", which is a medium in web analytics, nor "unknown", which is an answer.
MISSING_SPELLINGS: Final = (
    "", "-", "--", "---", "–", "—", "n/a", "#n/a", "n.a.", "<na>", "#na", "null", "(null)", "<null>", "none", "nil",
    "nan", "nat", "\\n", "#null!", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "(blank)", "(not set)",
    "not set", "(empty)", "tbd", "t.b.d.", "tba", "undefined", "0000-00-00", "0000-00-00 00:00:00", "нет данных",
    "н/д", "н.д.", "#н/д", "не указано", "не указан", "не указана", "не заполнено", "не задано", "пусто", "(пусто)",
)  # fmt: skip
TRUE_SPELLINGS: Final = ("yes", "y", "true", "t", "1", "on", "да", "д", "истина", "✓", "✔")
FALSE_SPELLINGS: Final = ("no", "n", "false", "f", "0", "off", "нет", "н", "ложь", "✗", "✘")


_FIRST_SIGNS: Final = {sign for s in MISSING_SPELLINGS if s for sign in (s[0], s[0].upper())} | set(SPACES)
FIRST_CODES: Final = ", ".join(str(code) for code in sorted(map(ord, _FIRST_SIGNS)))


def missing_sql(column_sql: str) -> str:
    """SQL of type BOOLEAN, never NULL: the cell is empty, blank or a spelling of nothing ("--", "n/a", "н/д").

    A value that does not begin as one of them does is not compared with them: that is what most values cost.
    """
    spellings = ", ".join(literal(s) for s in MISSING_SPELLINGS)
    return (
        f"(CASE WHEN ascii({column_sql}) IN ({FIRST_CODES}) THEN lower({trimmed_sql(column_sql)}) IN ({spellings}) "
        f"ELSE coalesce({column_sql} = '', true) END)"
    )


def boolean_sql(column_sql: str) -> str:
    """SQL of type BOOLEAN: yes/no, true/false, да/нет, on/off, 1/0 in any case; NULL for any other text."""
    true, false = (", ".join(literal(s) for s in known) for known in (TRUE_SPELLINGS, FALSE_SPELLINGS))
    text = f"lower({trimmed_sql(column_sql)})"
    return f"(CASE WHEN {text} IN ({true}) THEN true WHEN {text} IN ({false}) THEN false END)"
