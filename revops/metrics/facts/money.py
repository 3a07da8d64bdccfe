"""What facts in money share: rows whose amount has no exchange rate."""

from __future__ import annotations

import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis
from revops.metrics.derived import in_workspace_currency
from revops.text import Text

NO_RATE = Text("no exchange rate on or before the day", "нет курса валюты на эту дату или раньше")


def unpriced(rows: ir.Table, amount: str, day: str, basis: Basis) -> ir.Table:
    """Rows whose amount has no exchange rate."""
    named = rows.filter(rows[amount].notnull()).mutate(_given=rows[amount])
    return in_workspace_currency(named, amount, day, basis).filter(_[amount].isnull())
