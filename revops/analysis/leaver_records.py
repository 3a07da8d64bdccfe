"""The customers behind a sign, or a name: those who left, or stayed, with what the days before held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from revops.analysis import behind, leaver_rows, leaver_signs
from revops.analysis.core import CellResult, Column
from revops.analysis.customer_rows import CUSTOMER
from revops.analysis.leaver_rows import LEFT, STAYED
from revops.analysis.rows import Rows
from revops.metrics import calendar
from revops.metrics.core import Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

WHO = {LEFT: Text("left", "ушли"), STAYED: Text("stayed", "остались")}
FIGURES = ("tickets", "open", "csat", "contacts", "since_contact")


def customers_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """Without a pick: all who left; of the signs, all who were compared, left and stayed. Of a sign: those of whom it
    holds; of a name: that customer."""
    view, days = found.view, int(found.params["days"])
    signs = found.params["show"] == "signs"

    def build() -> ir.Table:
        if signs:
            rows = leaver_rows.looked(engine, view, days)
        else:
            rows = leaver_rows.left(engine, view).mutate(who=ibis.literal(LEFT))
            rows = leaver_rows.told(rows, days, engine.basis)
        told = {
            f"is_{s.key}": (leaver_signs.of_whom(s, rows, days) & s.shows(rows)).fill_null(False)
            for s in leaver_signs.told_by(engine.basis)
        }
        figures = [c for c in FIGURES if c in rows.columns]
        return rows.select("account_id", "who", "day", "reason", *figures, arr=12 * rows.mrr.cast("float64"), **told)

    reached = calendar.cut(view.period, view.as_of)
    relations = {
        **behind.looked_at(engine, view),
        "periods_self": engine.dialect.periods([(0, reached.start, reached.end)]),
        "looks": behind.compiled(engine, ("leaver_records", signs, days), build, view),
    }
    where = []
    if pick and "sign" in pick:
        where.append(f"l.is_{leaver_signs.SIGN[str(pick['sign'])].key}")
    if pick and "who" in pick:
        where.append(f"l.who = {behind.text(str(pick['who']))}")
    if pick and "account" in pick:
        where.append(f"l.account_id = {behind.text(str(pick['account']))}")
    lead = _lead(engine, signs)
    names = ", ".join(f"l.{c.key}" for c in lead)
    listing = f"SELECT l.account_id, {names} FROM looks l" + (f" WHERE {' AND '.join(where)}" if where else "")
    return behind.listed(
        engine, engine.dialect.translated(listing), relations, lead, entity="accounts", identity=CUSTOMER, limit=limit
    )


def _lead(engine: Engine, signs: bool) -> tuple[Column, ...]:
    count, figures = Unit.COUNT, []
    if leaver_rows.has_tickets(engine.basis):
        figures += [
            Column(key="tickets", label=Text("Tickets", "Обращений"), unit=count),
            Column(key="open", label=Text("Still open", "Ещё открыто"), unit=count),
            Column(key="csat", label=Text("Median mark", "Медиана оценок"), unit=Unit.MEAN),
        ]
    if leaver_rows.has_contacts(engine.basis):
        figures += [
            Column(key="contacts", label=Text("Contacts", "Контактов"), unit=count),
            Column(key="since_contact", label=Text("Since the last contact", "С последнего контакта"), unit=Unit.DAYS),
        ]
    return (
        *((Column(key="who", label=Text("Left or stayed", "Ушли или остались"), names=WHO),) if signs else ()),
        Column(key="arr", label=Text("ARR", "ARR"), unit=Unit.MONEY),
        Column(key="day", label=Text("Looked at up to", "По какой день") if signs else Text("Left on", "Дата ухода")),
        Column(key="reason", label=Text("Reason given", "Названная причина")),
        *figures,
    )
