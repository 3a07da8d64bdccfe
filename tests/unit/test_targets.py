"""Targets: periods as people write them, names as people give them, and what they sum up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb
import ibis
import pytest

from revops.metrics.core import Basis, Conventions, Period
from revops.metrics.engine import Engine
from revops.metrics.target_spans import spans
from revops.metrics.targets import Target, target_of, targets
from tests.support import workspace_of

JANUARY = Period(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
QUARTER = Period(dt.date(2026, 1, 1), dt.date(2026, 4, 1))


def read(written: Sequence[str], fiscal_year_start: int = 1) -> list[str | None]:
    """Each period as "first day/months", None where it is not understood."""
    basis = Basis(conventions=Conventions(fiscal_year_start=fiscal_year_start), filled=frozenset())
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE targets (metric VARCHAR, period VARCHAR, value DECIMAL(24, 6), segment VARCHAR, extra VARCHAR, "
        "_key VARCHAR)"
    )
    connection.executemany(
        "INSERT INTO targets VALUES ('arr', ?, 1, NULL, NULL, ?)", [[p, str(n)] for n, p in enumerate(written)]
    )
    sql = ibis.to_sql(spans(basis), dialect="duckdb")
    rows = connection.execute(f"SELECT _key, day, until FROM ({sql}) ORDER BY _key::INT").fetchall()
    return [
        None if day is None else f"{day:%Y-%m}/{(end.year - day.year) * 12 + end.month - day.month}"
        for _, day, end in rows
    ]


@pytest.mark.parametrize(
    "written",
    ["2026-03", "2026-03-01", "2026-03-01 00:00:00", "2026/3", "03.2026", "15.03.2026", "3/2026", "202603", "20260315",
     "Mar 2026", "March 2026", "Mar-26", "март 2026", "Март 2026 г."],
)  # fmt: skip
def test_a_month(written: str) -> None:
    assert read([written]) == ["2026-03/1"]


@pytest.mark.parametrize(
    "written",
    ["2026-Q2", "Q2 2026", "2026Q2", "2Q26", "Q2'26", "Quarter 2, 2026", "2 кв. 2026", "2-й квартал 2026",
     "II квартал 2026", "2026 2 кв"],
)  # fmt: skip
def test_a_quarter(written: str) -> None:
    assert read([written]) == ["2026-04/3"]


@pytest.mark.parametrize("written", ["2026", "FY2026", "FY26", "FY 2026", "2026 год", "2026 г."])
def test_a_year(written: str) -> None:
    assert read([written]) == ["2026-01/12"]


def test_a_fiscal_year_is_named_by_the_year_it_ends_in_and_a_quarter_of_it_says_so() -> None:
    assert read(["FY26", "2026", "FY26 Q2", "2026-Q2"], fiscal_year_start=4) == [
        "2025-04/12", "2025-04/12", "2025-07/3", "2026-04/3",
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["soon", "2026-13", "March", "H1 2026", "2026-W05", "Mai 2026", ""])
def test_what_is_not_understood_is_no_target(written: str) -> None:
    assert read([written]) == [None]


def loaded(tmp_path: Path, rows: Sequence[tuple[str, str, float, str | None]]) -> tuple[Target, ...]:
    names = ("metric", "period", "value", "segment")
    tables = {"targets": [{n: None if v is None else str(v) for n, v in zip(names, r, strict=True)} for r in rows]}
    with workspace_of(tmp_path / "targets.duckdb", tables) as workspace:
        return targets(Engine(workspace))


def test_metrics_are_known_by_key_label_and_what_sheets_call_them(tmp_path: Path) -> None:
    names = ["New customers", "new-logos", "Новые клиенты", "ARR", "Bookings", "План продаж", "Napkin score"]
    found = loaded(tmp_path, [(name, f"2026-{n:02}", 1, None) for n, name in enumerate(names, start=1)])
    assert [t.metric for t in found] == [*["new_customers"] * 3, "arr", *["won_revenue"] * 2]


def months(
    metric: str, values: Sequence[float], segment: str | None = None
) -> list[tuple[str, str, float, str | None]]:
    return [(metric, f"2026-{n:02}", v, segment) for n, v in enumerate(values, start=1)]


def test_a_flow_sums_a_stock_takes_the_last_a_ratio_averages(tmp_path: Path) -> None:
    known = loaded(
        tmp_path,
        [*months("new_customers", [10, 12, 14]), *months("arr", [100, 110, 120]), *months("win_rate", [0.2, 0.2, 0.5])],
    )
    assert target_of(known, "new_customers", QUARTER) == pytest.approx(36)
    assert target_of(known, "arr", QUARTER) == 120
    assert target_of(known, "win_rate", QUARTER) == pytest.approx((0.2 * 59 + 0.5 * 31) / 90)


def test_a_part_of_a_longer_target_is_taken_by_its_days(tmp_path: Path) -> None:
    known = loaded(tmp_path, [("new_customers", "2026-Q1", 90, None)])
    assert target_of(known, "new_customers", JANUARY) == pytest.approx(31)


def test_months_count_once_where_quarters_are_given_too(tmp_path: Path) -> None:
    known = loaded(tmp_path, [*months("new_customers", [10, 12, 14]), ("new_customers", "2026-Q1", 99, None)])
    assert target_of(known, "new_customers", QUARTER) == pytest.approx(36)


def test_targets_that_cover_a_part_of_the_period_are_no_target_of_it(tmp_path: Path) -> None:
    known = loaded(tmp_path, months("new_customers", [10, 12]))
    assert target_of(known, "new_customers", QUARTER) is None
    assert target_of(known, "mqls", JANUARY) is None


def test_the_companys_own_target_comes_before_the_sum_of_its_parts(tmp_path: Path) -> None:
    parts = [*months("arr", [60], "SMB"), *months("arr", [30], "Enterprise")]
    assert target_of(loaded(tmp_path, parts), "arr", JANUARY) == 90
    assert target_of(loaded(tmp_path / "own", [*parts, *months("arr", [100])]), "arr", JANUARY) == 100


def test_a_filter_takes_the_targets_of_what_it_keeps(tmp_path: Path) -> None:
    known = loaded(tmp_path, [*months("arr", [60], "SMB"), *months("arr", [30], "Enterprise"), *months("arr", [100])])
    assert target_of(known, "arr", JANUARY, {"segment": ("smb",)}) == 60
    assert target_of(known, "arr", JANUARY, {"segment": ("SMB", "Enterprise")}) == 90
    assert target_of(known, "arr", JANUARY, {"segment": ("SMB", "Mid-Market")}) is None
    assert target_of(known, "arr", JANUARY, {"segment": ("SMB",), "owner": ("Olga",)}) is None


def test_nothing_loaded_is_no_target(tmp_path: Path) -> None:
    with workspace_of(tmp_path / "none.duckdb", {"accounts": [{"account_id": "Ada"}]}) as workspace:
        assert targets(Engine(workspace)) == ()
