"""The size of a company as a breakdown: employees in classes, whatever the file said."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from revops.metrics.core import Period, Query
from revops.metrics.dimensions import DIMENSION, names_of
from revops.metrics.engine import Engine
from tests.support import workspace_of

EMPLOYEES = {"a": "1", "b": "9", "c": "10", "d": "249", "e": "250", "f": "1000", "g": "48000", "h": "0", "i": None}
YEAR = Period(dt.date(2025, 1, 1), dt.date(2026, 1, 1))


def company(path: Path) -> Engine:
    accounts = [{"account_id": k, "name": k, "employees": n} for k, n in EMPLOYEES.items()]
    deals = [
        {
            "opportunity_id": k, "account_id": k, "stage": "Won", "status": "won", "amount": "1",
            "created_at": "2025-01-01", "closed_at": "2025-02-01",
        }
        for k in EMPLOYEES
    ]  # fmt: skip
    return Engine(workspace_of(path, {"accounts": accounts, "opportunities": deals}))


def test_a_number_is_in_its_class_and_none_in_no_class(tmp_path: Path) -> None:
    engine = company(tmp_path / "w.duckdb")
    asked = Query(metric="won_deals", periods=(YEAR,), as_of=dt.date(2025, 12, 31), by="size", where={})
    told = {row["dimension"]: row["value"] for row in engine.evaluate(asked).rows}
    assert told == {"1-9": 2, "10-49": 1, "50-249": 1, "250-999": 1, "1000+": 2, "": 2}


def test_a_class_is_a_filter(tmp_path: Path) -> None:
    engine = company(tmp_path / "w.duckdb")
    asked = Query(metric="won_deals", periods=(YEAR,), as_of=dt.date(2025, 12, 31), where={"size": ("1-9", "1000+")})
    assert engine.evaluate(asked).rows[0]["value"] == 4
    assert set(engine.values("size")) == {"1-9", "10-49", "50-249", "250-999", "1000+"}


def test_classes_in_words() -> None:
    names = names_of(DIMENSION["size"])
    assert [n.en for n in names.values()] == ["1–9", "10–49", "50–249", "250–999", "1,000 and more"]
    assert names["1000+"].ru.replace("\xa0", " ") == "1 000 и больше"
