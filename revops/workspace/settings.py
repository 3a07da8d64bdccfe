"""A workspace's conventions: what the numbers depend on besides the data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import duckdb

from revops.errors import BadParameter
from revops.model.definitions import OURS, Definitions, from_dict
from revops.text import Text

LIMITS = {
    "response_sla_hours": (0.01, 8760),
    "cac_lag_months": (0, 36),
    "handoff_days": (1, 3650),
    "renewal_notice_days": (1, 3650),
    "payment_days": (0, 3650),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """currency: ISO code that amounts are shown in. fiscal_year_start: its first month. week_start: ISO weekday.

    gross_margin: share of revenue (0..1]; None means nobody said it: 100 % is used, and said to be a default.
    Likewise the rest, with the values of metrics/defaults.py. response_sla_hours: a lead is to be answered within.
    cac_lag_months: how much earlier the spend was that brought a customer. handoff_days: after which a lead that has
    not moved on does not count as waiting any more. renewal_notice_days: before the end of a contract.
    payment_days: after which an unpaid invoice is late.
    definitions: how MRR, churn and lifetime value are counted; kept by rule, so that one added later has its default.
    Raises BadParameter on a value outside these.
    """

    currency: str = "USD"
    fiscal_year_start: int = 1
    week_start: int = 1
    gross_margin: float | None = None
    response_sla_hours: float | None = None
    cac_lag_months: int | None = None
    handoff_days: int | None = None
    renewal_notice_days: int | None = None
    payment_days: int | None = None
    definitions: Definitions = OURS

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise _bad(
                "currency", self.currency, Text("a three-letter code such as EUR", "код из трёх букв, например RUB")
            )
        if not 1 <= self.fiscal_year_start <= 12:
            raise _bad("fiscal_year_start", self.fiscal_year_start, Text("a month from 1 to 12", "месяц от 1 до 12"))
        if not 1 <= self.week_start <= 7:
            raise _bad("week_start", self.week_start, Text("a weekday from 1 to 7", "день недели от 1 до 7"))
        if self.gross_margin is not None and not 0 < self.gross_margin <= 1:
            raise _bad("gross_margin", self.gross_margin, Text("a share above 0 and up to 1", "доля больше 0 и до 1"))
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise _bad(name, value, Text(f"a number from {low} to {high}", f"число от {low} до {high}"))


def _bad(name: str, value: object, expected: Text) -> BadParameter:
    return BadParameter(
        Text("The setting {name} cannot be “{value}”.", "Настройка {name} не может быть «{value}».").format(
            name=name, value=value
        ),
        fix=Text("Give {expected}.", "Укажите {expected}.").format(expected=expected),
    )


def read(cursor: duckdb.DuckDBPyConnection) -> Settings:
    kept = {k: json.loads(v) for k, v in cursor.execute("SELECT key, value FROM log.settings").fetchall()}
    return Settings(**{**kept, "definitions": from_dict(kept.get("definitions") or {})})


def write(cursor: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    cursor.execute("DELETE FROM log.settings")
    for key, value in asdict(settings).items():
        cursor.execute("INSERT INTO log.settings VALUES (?, ?)", [key, json.dumps(value)])


def save_mapping(cursor: duckdb.DuckDBPyConnection, shape: Sequence[str], mapping: str) -> None:
    key = json.dumps(list(shape), ensure_ascii=False)
    cursor.execute("DELETE FROM log.mappings WHERE shape = ?", [key])
    cursor.execute("INSERT INTO log.mappings VALUES (?, ?)", [key, mapping])


def mapping_for(cursor: duckdb.DuckDBPyConnection, shape: Sequence[str]) -> str | None:
    key = json.dumps(list(shape), ensure_ascii=False)
    row = cursor.execute("SELECT mapping FROM log.mappings WHERE shape = ?", [key]).fetchone()
    return row[0] if row else None
