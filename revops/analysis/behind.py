"""The records behind a mark of a cell that no metric tells: listed by its own statement, told like all others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from revops.analysis.core import Column, View
from revops.analysis.rows import Rows
from revops.analysis.rows_of_entities import told
from revops.analysis.rows_words import IMPORT, PLACE
from revops.metrics import calendar
from revops.metrics.compiled import told_sql
from revops.metrics.core import Unit
from revops.metrics.tables import KEY
from revops.model import ENTITY
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine


def compiled(engine: Engine, key: Hashable, build: Callable[[], ir.Table], view: View) -> str:
    """The SQL of what `build` makes, compiled once for its key (see Engine.told), to be a relation of a statement."""
    known = (key, tuple(sorted(engine.dimension(k).key for k in view.where)), engine.basis)
    return told_sql(known, build, engine.dialect)


def looked_at(engine: Engine, view: View) -> dict[str, str]:
    """The relations that hold the view: its days up to as_of, and the kept values of its filters."""
    reached = calendar.cut(view.period, view.as_of)
    days = {"start": reached.start, "end": reached.end, "as_of": view.as_of}
    return {"looked_at": engine.dialect.days(days), **engine.filters(view.where)}


def listed(
    engine: Engine,
    listing: str,
    relations: Mapping[str, str],
    lead: Sequence[Column],
    *,
    entity: str = "opportunities",
    identity: tuple[str, ...] = (KEY,),
    limit: int | None,
    nobody: Text | None = None,
) -> Rows:
    """The records that `listing` (SQL over the relations: the identity and the lead columns) names, largest first.

    identity: the key; of customers, whom no record may be of, account_id and a day, of which what was billed is told.
    lead: what the cell itself says of each record; the first one that counts or measures orders them. nobody: what it
    means that there are none.
    """
    details = told(None, identity, engine.basis, entity=entity)
    numeric = [c.key for c in lead if c.unit is not None]
    order = [*(f'abs(r."{n}") DESC NULLS LAST' for n in numeric[:1]), *(f'r."{c}"' for c in identity)]
    names = [*(f'r."{c.key}"' for c in lead), 'r."_all"']
    names += [f'r."_sum_{c.key}"' for c in lead if c.unit is Unit.MONEY]
    told_of = [f'{sql} AS "{name}"' for name, sql in details.values.items()]
    cut = "" if limit is None else f" LIMIT {int(limit)}"
    sums = [f'sum(r."{c.key}") OVER () AS "_sum_{c.key}"' for c in lead if c.unit is Unit.MONEY]
    whole = ", ".join(['count(*) OVER () AS "_all"', *sums])
    counted = f"SELECT *, {whole} FROM listed r ORDER BY {', '.join(order)}{cut}"
    page = (
        f"WITH picked AS ({counted}) SELECT {', '.join([*names, *told_of])} "
        f"FROM picked r {details.joins} ORDER BY {', '.join(order)}"
    )
    frame, sql = engine.run(engine.dialect.translated(page), {**relations, "listed": listing})
    columns = (*lead, *details.columns, *PLACE, IMPORT)
    total = 0 if frame.empty else int(frame["_all"].iloc[0])
    return Rows(
        label=ENTITY[entity].label,
        frame=frame[[c.key for c in columns]],
        columns=columns,
        total=total,
        sums=_sums(frame, lead) if total else {},
        sql=sql,
        nobody=nobody,
    )


def _sums(frame: pd.DataFrame, lead: Sequence[Column]) -> dict[str, float]:
    """The amounts of all the records, those beyond the limit among them."""
    return {c.key: float(frame[f"_sum_{c.key}"].iloc[0] or 0) for c in lead if c.unit is Unit.MONEY}


def text(value: str) -> str:
    """A value of the data as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"
