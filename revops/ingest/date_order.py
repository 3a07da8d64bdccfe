"""Whether 03/04 is March or April: settled by the values, else by the other date columns of the file, else asked."""

from __future__ import annotations

from revops.ingest.types import ColumnProfile, TableProfile


def day_first(pattern: str) -> bool | None:
    """True for day before month, False for month before day, None where the year comes first or the month is named."""
    positions = {code: pattern.find(code) for code in ("%d", "%-d", "%m", "%-m", "%Y", "%y")}
    day = max(positions["%d"], positions["%-d"])
    month = max(positions["%m"], positions["%-m"])
    year = max(positions["%Y"], positions["%y"])
    if day < 0 or month < 0 or 0 <= year < min(day, month):
        return None
    return day < month


def order_of_file(profile: TableProfile) -> bool | None:
    """The order that the unambiguous date columns of the file agree on; None where there is none or they differ."""
    said = {
        order
        for c in profile.columns
        if c.date_formats and not c.ambiguous_date and (order := day_first(c.date_formats[0])) is not None
    }
    return said.pop() if len(said) == 1 else None


def settled_format(profile: TableProfile, column: ColumnProfile) -> str | None:
    """The format to read a column's dates by: its own; where ambiguous the one in the file's order, else the first."""
    if not column.date_formats:
        return None
    if column.ambiguous_date and (order := order_of_file(profile)) is not None:
        return next((f for f in column.date_formats if day_first(f) is order), column.date_formats[0])
    return column.date_formats[0]


def must_ask(profile: TableProfile, column: ColumnProfile) -> bool:
    """Whether only a person can say what the column's dates mean."""
    return column.ambiguous_date and len(column.date_formats) > 1 and order_of_file(profile) is None
