"""How long customers stay: from the first day of their first subscription to the day the last one ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis.core import View
from revops.analysis.kaplan_meier import Durations
from revops.metrics.derived import TENURES
from revops.metrics.dimensions import attach
from revops.metrics.tables import looked_at

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MONTH = 30.4375  # days
NEEDS = (
    ("subscriptions.started_at", "subscriptions.amount"),
    ("mrr_months.mrr",),
    ("invoices.period_start", "invoices.period_end", "invoices.amount"),
)


def lifetimes(engine: Engine, view: View, by: str | None, *, in_period: bool) -> tuple[dict[str, Durations], str]:
    """Group ("" for none) -> lifetimes in months of the customers that came up to as_of; and the SQL.

    A customer that left and came back lasted until it first left. in_period: those who came within the view's period.
    """
    frame, text = engine.told(
        ("lifetimes", by, in_period),
        lambda: _rows(engine, view, by, in_period),
        period=view.period,
        as_of=view.as_of,
        where=view.where,
    )
    return {str(group): _durations(rows) for group, rows in frame.groupby("group", sort=True)}, text


def _durations(rows: pd.DataFrame) -> Durations:
    return Durations(
        lasted=rows["days"].to_numpy(dtype="float64") / MONTH,
        ended=rows["left"].to_numpy(dtype="bool"),
        cases=rows["customers"].to_numpy(dtype="float64"),
    )


def lives(engine: Engine, view: View, by: str | None, *, in_period: bool) -> ir.Table:
    """A row a customer that came up to as_of: account_id, born, gone (null: not by as_of), group, days, left."""
    looked = looked_at()
    as_of = looked.as_of.as_scalar()
    accounts = TENURES.table.filter(TENURES.table.born <= as_of)
    accounts = accounts.mutate(gone=ibis.cases((accounts.gone <= as_of, accounts.gone)))
    accounts = engine.keep(accounts, "accounts", view.where)
    if in_period:
        accounts = accounts.filter(accounts.born >= looked.start.as_scalar(), accounts.born < looked.end.as_scalar())
    if by is None:
        accounts = accounts.mutate(group=ibis.literal(""))
    else:
        accounts = attach(accounts, engine.dimension(by), "accounts", engine.basis, "group")
    left = accounts.gone.notnull()
    until = accounts.gone.fill_null(as_of)
    return accounts.mutate(days=until.delta(accounts.born, unit="day"), left=left)


def _rows(engine: Engine, view: View, by: str | None, in_period: bool) -> ir.Table:
    """group, days, left, customers: how many customers of the group lasted so many days."""
    lasted = lives(engine, view, by, in_period=in_period)
    counted = lasted.group_by("group", "days", "left").agg(customers=lasted.count())
    return counted.order_by("group", "days", "left")
