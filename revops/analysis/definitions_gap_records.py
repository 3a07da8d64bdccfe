"""The companies behind a bar of a gap between two conventions: what each adds, and the records it was billed by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import behind
from revops.analysis import definitions_gap_words as words
from revops.analysis.core import CellResult, Column
from revops.analysis.rows import Rows
from revops.metrics import calendar
from revops.metrics.derived import recurring_source
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

SIDES = ("numerator_before", "numerator_after", "denominator_before", "denominator_after")
FORMULA_ALONE = Text(
    "No company is behind this part of the gap: the formula itself differs.",
    "За этой частью разницы нет компаний: различается сама формула.",
)


def records(
    engine: Engine,
    found: CellResult,
    steps: list[tuple[str, pd.DataFrame]],
    pick: Mapping[str, Any] | None,
    limit: int | None,
) -> Rows:
    """Every company of the picked rule, the largest part of the gap first; of all rules without a pick, or of the whole
    gap. steps: rule -> what each company adds (gap.split)."""
    rule = str((pick or {}).get("rule", words.WHOLE_GAP))
    chosen = steps if rule == words.WHOLE_GAP else [step for step in steps if step[0] == rule]
    parts = [part.assign(rule=key) for key, part in chosen if not part.empty]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["account"])
    frame = frame[frame["account"] != ""]
    lead = _lead(found, whole=rule == words.WHOLE_GAP)
    relations = {"gap": _relation(engine, frame)}
    return behind.listed(
        engine,
        engine.dialect.translated(_listing(engine, found)),
        relations,
        lead,
        entity="accounts",
        identity=("account_id", "day"),
        limit=limit,
        nobody=FORMULA_ALONE,
    )


def _lead(found: CellResult, *, whole: bool) -> tuple[Column, ...]:
    """The cell's own columns, but the company, which the records tell: the amount first, by which they are ordered."""
    own = {c.key: c for c in found.result.columns}
    shown = [own["amount"], *([own["rule"]] if whole else []), *(own[k] for k in ("part", *SIDES))]
    lifetime = found.result.facts["metric"] == "clv"
    return tuple(c for c in shown if not c.hidden and not (lifetime and c.key in SIDES))


def _relation(engine: Engine, frame: pd.DataFrame) -> str:
    columns = {"account_id": "string", "rule": "string", "part": "string", "amount": "float64"}
    columns |= dict.fromkeys(SIDES, "float64")
    rows = [
        [row.account, row.rule, row.part, row.amount, *(_known(getattr(row, side)) for side in SIDES)]
        for row in frame.itertuples()
    ]
    return engine.dialect.rows(columns, rows)


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _listing(engine: Engine, found: CellResult) -> str:
    """The gap's companies, each with the day of its last bill up to the period's end: what it was billed by is told."""
    view = found.view
    last = calendar.cut(view.period, view.as_of).end - dt.timedelta(days=1)
    names = ", ".join(f"g.{name}" for name in ("account_id", "rule", "part", "amount", *SIDES))
    if recurring_source(engine.basis) is None:
        return f"SELECT {names}, DATE '{last}' AS day FROM gap g"
    billed = (
        f"SELECT s.account_id, max(least(coalesce(s.end_day, DATE '{last}'), DATE '{last}')) AS day "
        f"FROM derived.subscription_mrr s WHERE s.start_day <= DATE '{last}' GROUP BY s.account_id"
    )
    return (
        f"SELECT {names}, coalesce(b.day, DATE '{last}') AS day FROM gap g "
        f"LEFT JOIN ({billed}) b ON b.account_id = g.account_id"
    )
