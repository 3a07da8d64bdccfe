"""A customers-by-months sheet and recurring invoices in another currency, worked out on paper. Workspace: USD."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from revops.metrics.calendar import periods
from revops.metrics.core import Grain, Query
from revops.metrics.engine import Engine
from tests.oracle.company import Rows, table
from tests.support import workspace_of

# 1 EUR: 1.00 in January, 1.10 in February, 1.20 in March, 1.30 in April
FX_RATES = table("""
    date       | currency | rate
    2025-01-01 | EUR      | 1.00
    2025-02-01 | EUR      | 1.10
    2025-03-01 | EUR      | 1.20
    2025-04-01 | EUR      | 1.30
""")
MONTHS = table("""
    account_id | month   | mrr | currency | plan
    Ada        | 2025-01-01 | 100 | EUR   | Pro
    Ada        | 2025-02-01 | 100 | EUR   | Pro
    Ada        | 2025-03-01 | 100 | EUR   | Max
    Ada        | 2025-04-01 | 120 | EUR   | Max
    Bo         | 2025-01-01 | 50  | EUR   | Pro
    Bo         | 2025-03-01 | 50  | EUR   | Pro
    Bo         | 2025-04-01 | 50  | EUR   | Pro
""")
INVOICES = table("""
    invoice_id | account_id | issued_at  | amount | currency | period_start | period_end
    1          | Ada        | 2025-01-01 | 100    | EUR      | 2025-01-01   | 2025-02-01
    2          | Ada        | 2025-02-01 | 100    | EUR      | 2025-02-01   | 2025-03-01
    3          | Ada        | 2025-03-01 | 100    | EUR      | 2025-03-01   | 2025-04-01
    4          | Ada        | 2025-04-01 | 120    | EUR      | 2025-04-01   | 2025-05-01
""")
APRIL = dt.date(2025, 4, 30)


def told(path: Path, tables: dict[str, Rows], metric: str) -> list[float]:
    with workspace_of(path / "w.duckdb", {**tables, "fx_rates": FX_RATES}) as workspace:
        engine = Engine(workspace)
        asked = periods(dt.date(2025, 1, 1), APRIL, Grain.MONTH, engine.conventions)
        return engine.evaluate(Query(metric=metric, periods=asked, as_of=APRIL, where={})).frame["value"].tolist()


@pytest.mark.parametrize(
    ("metric", "by_month"),
    [
        # Ada's 100 EUR stay 100 until she pays 120 at 1.30; Bo comes back in March, at that month's rate
        ("mrr", [150, 100, 100 + 60, 156 + 60]),
        ("expansion_mrr", [0, 0, 0, 56]),
        ("contraction_mrr", [0, 0, 0, 0]),
        ("reactivation_mrr", [0, 0, 60, 0]),
        ("churned_mrr", [0, 50, 0, 0]),
    ],
)
def test_an_amount_that_goes_on_keeps_its_rate(tmp_path: Path, metric: str, by_month: list[float]) -> None:
    assert told(tmp_path, {"mrr_months": MONTHS}, metric) == pytest.approx(by_month)


def test_so_does_an_invoice_that_comes_every_month(tmp_path: Path) -> None:
    assert told(tmp_path, {"invoices": INVOICES}, "mrr") == pytest.approx([100, 100, 100, 156])


def test_an_amount_that_began_before_the_first_rate_is_unknown_till_then_and_keeps_that_rate(tmp_path: Path) -> None:
    earlier = [{**MONTHS[0], "month": "2024-12-01"}, *MONTHS[:3]]
    assert told(tmp_path, {"mrr_months": earlier}, "mrr")[:3] == pytest.approx([100, 100, 100])
