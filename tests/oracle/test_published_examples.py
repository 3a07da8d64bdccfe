"""Figures that others printed in their own definitions, from the rows they describe."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from revops.metrics.core import Grain, Period, Query
from revops.metrics.engine import Engine
from tests.support import workspace_of

MARCH = Period(dt.date(2025, 3, 1), dt.date(2025, 4, 1), Grain.MONTH)


def subscription(account: str, amount: str, start: str, end: str | None = None, interval: str = "month") -> Any:
    return {
        "subscription_id": f"{account} since {start}",
        "account_id": account,
        "amount": amount,
        "interval": interval,
        "started_at": start,
        "ended_at": end,
    }


def told(engine: Engine, metric: str) -> float:
    query = Query(metric=metric, periods=(MARCH,), as_of=dt.date(2025, 3, 31), where={})
    return float(engine.evaluate(query).frame["value"].iloc[0])


def test_chartmogul_gross_and_net_mrr_churn(tmp_path: Path) -> None:
    """Starting MRR 100, churn 10, contraction 10, expansion 10: gross MRR churn rate 20 %, net 10 %.

    Source: ChartMogul's help pages on gross and net MRR churn rate.
    """
    rows = [
        subscription("leaves", "10", "2025-01-01", "2025-03-10"),
        subscription("pays less", "20", "2025-01-01", "2025-03-15"),
        subscription("pays less", "10", "2025-03-15"),
        subscription("pays more", "70", "2025-01-01", "2025-03-20"),
        subscription("pays more", "80", "2025-03-20"),
        subscription("new in March", "500", "2025-03-05"),  # changes neither rate
    ]
    with workspace_of(tmp_path / "w.duckdb", {"subscriptions": rows}) as held:
        engine = Engine(held)
        parts = [told(engine, k) for k in ("churned_mrr", "contraction_mrr", "expansion_mrr", "new_mrr")]
        assert parts == [10, 10, 10, 500]
        assert told(engine, "gross_revenue_churn") == pytest.approx(0.2)
        assert told(engine, "net_revenue_churn") == pytest.approx(0.1)
        assert told(engine, "grr") == pytest.approx(0.8)
        assert told(engine, "nrr") == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("amount", "interval", "monthly"),
    [
        ("2000", "year", 166.67),  # the metrics contract, after Stripe's and ChartMogul's pages
        ("2000", "half-year", 333.33),
        ("2000", "quarter", 666.67),
        ("2000", "month", 2000.00),
        ("12", "week", 52.00),
    ],
)
def test_what_an_interval_is_a_month(tmp_path: Path, amount: str, interval: str, monthly: float) -> None:
    row = subscription("a", amount, "2025-02-01", interval=interval)
    with workspace_of(tmp_path / "w.duckdb", {"subscriptions": [row]}) as held:
        engine = Engine(held)
        assert round(told(engine, "mrr"), 2) == monthly
        assert told(engine, "arr") == pytest.approx(12 * told(engine, "mrr"))
