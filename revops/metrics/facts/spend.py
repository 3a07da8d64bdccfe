"""What marketing and sales spent."""

from __future__ import annotations

import ibis.expr.types as ir
from ibis import _

from revops.metrics.core import Basis, Fact, LeftOut
from revops.metrics.derived import in_workspace_currency
from revops.metrics.facts.money import NO_RATE, unpriced
from revops.metrics.tables import source, table
from revops.text import Text


def _spend(basis: Basis) -> ir.Table:
    rows = source("spend", basis, "date", "amount", "currency", "department", "category")
    return in_workspace_currency(rows.filter(rows.date.notnull()).mutate(day=rows.date), "amount", "day", basis)


SALES_AND_MARKETING = ["marketing", "sales"]
_LEFT_OUT = (
    LeftOut(
        reason=Text("spend of other departments", "расходы других отделов"),
        rows=lambda b: table("spend").filter(_.department.notin(SALES_AND_MARKETING)),
    ),
    LeftOut(
        reason=Text("spend that names no department", "расходы без указания отдела"),
        rows=lambda b: table("spend").filter(_.department.isnull()),
    ),
    LeftOut(
        reason=NO_RATE,
        rows=lambda b: unpriced(table("spend").mutate(day=_.date), "amount", "day", b),
    ),
)
SPEND = Fact(
    key="spend",
    label=Text("sales and marketing spend lines", "строки расходов на маркетинг и продажи"),
    entity="spend",
    needs=("spend.amount", "spend.date"),
    rows=lambda b: _spend(b).filter(_.department.isin(SALES_AND_MARKETING)),
    left_out=_LEFT_OUT,
)
MEDIA_SPEND = Fact(
    key="media_spend",
    label=Text("spend lines on media", "строки расходов на рекламу"),
    entity="spend",
    needs=("spend.amount", "spend.date", "spend.category"),
    rows=lambda b: _spend(b).filter(_.department.isin(SALES_AND_MARKETING) & (_.category == "media")),
    left_out=(
        *_LEFT_OUT,
        LeftOut(
            reason=Text("spend that names no category", "расходы без указания статьи"),
            rows=lambda b: table("spend").filter(_.category.isnull()),
        ),
    ),
)
