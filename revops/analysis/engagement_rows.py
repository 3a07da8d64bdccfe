"""The activities behind a month of calls, meetings and emails; and the deals behind a group of early engagement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from revops.analysis import behind
from revops.analysis.core import CellResult, Column
from revops.analysis.rows import Rows
from revops.metrics.core import Unit
from revops.metrics.tables import KEY
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

DAY = Column(key="day", label=Text("Day", "День"))
ANSWERS = {
    "in": Text("came in", "входящая"),
    "reached": Text("answered", "есть ответ"),
    "silent": Text("not answered", "без ответа"),
    "untold": Text("outcome not known", "результат неизвестен"),
}
ENDED = {
    "won": Text("won", "выиграна"),
    "lost": Text("lost", "проиграна"),
    "open": Text("still open", "в работе"),
}


def activities_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The activities of the picked month and type, the longest first; without a pick all that count."""
    from revops.analysis.engagement import counted

    view = found.view

    def build() -> ir.Table:
        rows = counted(engine, view)
        said = ibis.cases((~rows.out, "in"), (~rows.known, "untold"), (rows.reached, "reached"), else_="silent")
        return rows.select(
            _key=rows[KEY], day=rows.occurred_at.date(), month=rows.month, type=rows.type, said=said, minutes=rows.took
        )

    relations = {
        **behind.looked_at(engine, view),
        "acts": behind.compiled(engine, ("engagement_rows",), build, view),
    }
    told = []
    if pick and "start" in pick:
        told.append(f"a.month = CAST({behind.text(str(pick['start']))} AS DATE)")
    if pick and "type" in pick:
        told.append(f"a.type = {behind.text(str(pick['type']))}")
    where = f" WHERE {' AND '.join(told)}" if told else ""
    lead = (
        DAY,
        Column(key="said", label=Text("Answer", "Ответ"), names=ANSWERS),
        Column(key="minutes", label=Text("Minutes", "Минут"), unit=Unit.COUNT),
    )
    listing = f'SELECT a."_key", a.day, a.said, a.minutes FROM acts a{where}'
    return behind.listed(engine, engine.dialect.translated(listing), relations, lead, entity="activities", limit=limit)


def deals_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The deals of the picked group, the most worked-on first; without a pick all that were open after the window."""
    from revops.analysis.engagement_wins import MEASURES, asked, deals

    view = found.view
    days, typed, measure = asked(engine, found.params)

    def build() -> ir.Table:
        rows = deals(engine, view, days, typed, measure)
        state = ibis.cases((rows.won, "won"), (rows.lost, "lost"), else_="open")
        return rows.filter(rows.kept).select(_key=rows[KEY], day=rows.created, done=rows.done, state=state)

    relations = {
        **behind.looked_at(engine, view),
        "worked": behind.compiled(engine, ("engagement_wins_rows", days, typed, measure), build, view),
    }
    ranges: Mapping[str, tuple[int, int]] = found.result.facts["ranges"]
    low, high = ranges.get(str(pick["group"]) if pick and "group" in pick else "", (0, None))
    where = f" WHERE w.done >= {int(low)}" + ("" if high is None else f" AND w.done <= {int(high)}")
    lead = (
        Column(key="done", label=MEASURES[measure], unit=Unit.COUNT),
        Column(key="state", label=Text("What became of it", "Чем кончилось"), names=ENDED),
        Column(key="day", label=Text("Created on", "Создана")),
    )
    listing = f'SELECT w."_key", w.done, w.state, w.day FROM worked w{where}'
    return behind.listed(engine, engine.dialect.translated(listing), relations, lead, limit=limit)
