"""Computed fields: what the small expression language yields, and what it refuses."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from revops.errors import MappingError
from revops.ingest.expression import compile_expression, expression_kind, headers_used
from revops.ingest.reading import ColumnFormat
from revops.ingest.types import NumberFormat

ROW = {
    "tenure": "14",
    "Churn": "Yes",
    "Monthly Charges": " 1.234,50 ",
    "opened": "05.03.2026 10:00",
    "note": "",
    'say "hi"': "x",
}
FORMATS = {
    **dict.fromkeys(ROW, ColumnFormat()),
    "Monthly Charges": ColumnFormat(number=NumberFormat(decimal=",", thousands=".")),
    "opened": ColumnFormat(date="%d.%m.%Y"),
}
AS_OF = dt.date(2026, 11, 23)


def value(expression: str, **changes: str | None) -> object:
    row = {**ROW, **changes}
    sql = compile_expression(expression, columns=FORMATS, as_of=AS_OF)
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in row)
    holders = ", ".join("?" for _ in row)
    result = duckdb.connect().execute(f"SELECT {sql} FROM (VALUES ({holders})) AS t({names})", list(row.values()))
    found = result.fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('as_of - months(number("tenure"))', dt.datetime(2025, 9, 23)),
        ("case when \"Churn\" in ('Yes') then as_of end", dt.date(2026, 11, 23)),
        ("case when \"Churn\" = 'No' then as_of end", None),
        ('number("Monthly Charges")', 1234.5),
        ('number("Monthly Charges") * 2 - 0.5', 2468.5),
        ('number("tenure") / 0', None),
        ('date("opened")', dt.date(2026, 3, 5)),
        ('timestamp("opened") + minutes(number("tenure"))', dt.datetime(2026, 3, 5, 10, 14)),
        ('timestamp("opened") + hours(1) + seconds(30)', dt.datetime(2026, 3, 5, 11, 0, 30)),
        ('date("opened") + days(1)', dt.datetime(2026, 3, 6)),
        ("coalesce(\"note\", 'none')", "none"),
        ('concat(upper("Churn"), \'-\', "tenure")', "YES-14"),
        ("lower(\"Churn\") || '!'", "yes!"),
        ('greatest(number("tenure"), 20)', 20),
        ("nullif(\"Churn\", 'Yes')", None),
        ('"note" is null and not "tenure" is null', True),
        ('integer("tenure") between 10 and 20', True),
        ('"say ""hi"""', "x"),
    ],
)
def test_an_expression_yields(expression: str, expected: object) -> None:
    found = value(expression)
    assert (float(found) if isinstance(expected, float) else found) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("tenure", ["never", "", "1e30", "99999999999"])
def test_a_value_that_cannot_be_read_gives_null_and_no_error(tenure: str) -> None:
    assert value('as_of - months(number("tenure"))', tenure=tenure) is None


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("(select 1)", "SELECT 1"),
        ("read_csv('secrets')", "READ_CSV"),
        ("getenv('HOME')", "getenv"),
        ("current_date", "CURRENT_DATE"),
        ('cast("tenure" as integer)', "CAST"),
        ("1; drop table raw", "1; drop table raw"),
        ("tenure", "tenure"),
        ('t."tenure"', "tenure"),
        ('"tenure" + 1', "+ 1"),
        ('"Churn" > 5', "> 5"),
        ('months("tenure")', "months"),
        ('case when "Churn" then 1 end', "Churn"),
        ("", ""),
        ("1 +", "1 +"),
        ("number()", "number"),
    ],
)
def test_everything_else_is_refused_and_named(expression: str, named: str) -> None:
    with pytest.raises(MappingError) as refused:
        compile_expression(expression, columns=FORMATS, as_of=AS_OF)
    assert named in str(refused.value)


def test_an_unknown_header_suggests_the_nearest() -> None:
    with pytest.raises(MappingError, match="Monthly Charges"):
        compile_expression('number("Monthly Charge")', columns=FORMATS, as_of=AS_OF)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(MappingError):
        compile_expression("(" * 200 + "1" + ")" * 200, columns=FORMATS, as_of=AS_OF)


def test_as_of_needs_a_date_in_the_mapping() -> None:
    with pytest.raises(MappingError, match="as-of"):
        compile_expression("as_of", columns=FORMATS, as_of=None)


def test_headers_and_kinds_can_be_asked() -> None:
    assert headers_used('number("tenure") + number("note") - number("tenure")') == ("tenure", "note")
    assert expression_kind("as_of - days(1)", columns=FORMATS, as_of=AS_OF) == "timestamp"
