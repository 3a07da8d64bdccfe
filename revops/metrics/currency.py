"""Money in the workspace currency: each amount at the rate of its own day.

Source: metrics contract, "Money".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis
from revops.metrics.tables import MONEY, table
from revops.workspace.derived import Keyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """rows: the table's content. inputs: the entities it is computed from. uses: other derived tables it reads.

    definitions: the rules of the definitions in force that its rows depend on, beside those of the tables it uses.
    keyed: what its rows for one key come from, where that is all they come from.
    """

    name: str
    rows: Callable[[Basis], ir.Table]
    schema: dict[str, str]
    inputs: tuple[str, ...]
    uses: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    keyed: Keyed | None = None

    @property
    def table(self) -> ir.Table:
        """The stored table, unbound, to build on."""
        return ibis.table(self.schema, name=self.name, database="derived")


def _fx_steps(basis: Basis) -> ir.Table:
    """Each rate holds from its date to the day before the currency's next one."""
    rates = table("fx_rates")
    by_currency = ibis.window(group_by="code", order_by="from_day")
    return (
        rates.filter(rates.rate.notnull() & rates.date.notnull())
        .select(code=rates.currency.strip().upper(), from_day=rates.date, rate=rates.rate)
        .mutate(to_day=_.from_day.lead().over(by_currency))
    )


FX_STEPS = Derived(
    name="fx_steps",
    rows=_fx_steps,
    schema={"code": "string", "from_day": "date", "rate": "decimal(24, 6)", "to_day": "date"},
    inputs=("fx_rates",),
)


def in_workspace_currency(
    rows: ir.Table, amount: str, day: str, basis: Basis, *, currency: str = "currency"
) -> ir.Table:
    """`rows` with `amount` converted at the rate of its own `day` (latest on or before it).

    Null where there is no such rate: a gap to report, never 1. An amount that names no currency is in the
    workspace's own.
    """
    own = basis.conventions.currency
    code = rows[currency].strip().upper().fill_null(own)
    if not basis.has("fx_rates.rate"):
        return rows.mutate(**{amount: ibis.cases((code == own, rows[amount].cast(MONEY)))})
    steps = FX_STEPS.table
    priced = rows.mutate(_code=code).left_join(
        steps,
        [
            _._code == steps.code,
            _[day] >= steps.from_day,
            (_[day] < steps.to_day) | steps.to_day.isnull(),
        ],
    )
    rate = ibis.cases((priced._code == own, ibis.literal(1.0)), else_=priced.rate.cast("float64"))
    converted = (priced[amount].cast("float64") * rate).round(6).cast(MONEY)
    same = ibis.cases((priced._code == own, priced[amount].cast(MONEY)), else_=converted)
    return priced.mutate(**{amount: same}).drop("_code", "code", "from_day", "to_day", "rate")
