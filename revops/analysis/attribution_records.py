"""The customers and the spend behind a channel's cost: of one model and one lag, as a dot of the chart tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from revops.analysis import attribution_rows, behind
from revops.analysis.attribution_rows import CHANNEL, FIRST
from revops.analysis.core import CellResult, Column
from revops.analysis.rows import Rows
from revops.metrics.core import Unit
from revops.metrics.dimensions import names_of
from revops.metrics.tables import KEY
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

CUSTOMERS, SPEND = "customers", "spend"
KINDS = {CUSTOMERS: Text("New customers", "Новые клиенты"), SPEND: Text("Spend", "Расходы")}
OWN = Text("none: the company's own source", "нет: источник самой компании")
NAMED = Column(key="credited", label=Text("Channel", "Канал"), names=names_of(CHANNEL))
OF_CUSTOMERS = (
    Column(key="part", label=Text("Counts as", "Засчитано"), unit=Unit.MEAN),
    Column(key="day", label=Text("Came on", "Пришёл")),
    NAMED,
    Column(key="leads", label=Text("Credited leads", "Засчитанные лиды"), names={"": OWN}),
)
OF_SPEND = (
    Column(key="paid", label=Text("Spend", "Расходы"), unit=Unit.MONEY),
    Column(key="day", label=Text("Date", "Дата")),
    NAMED,
)
NO_CUSTOMER = Text(
    "No new customer is credited to this channel under this model.",
    "При этой модели каналу не засчитан ни один новый клиент.",
)


def records(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """Behind a dot (channel, model, lag): the customers credited to the channel, or its lines of spend, by `kind`.

    Without a pick: of all channels, the first touch, no lag.
    """
    asked = pick or {}
    shown = [str(asked["channel"])] if "channel" in asked else list(dict.fromkeys(found.result.frame["channel"]))
    channels = ", ".join(map(behind.text, shown)) or "NULL"
    if asked.get("kind", CUSTOMERS) == SPEND:
        return _spend(engine, found, channels, int(asked.get("lag", 0)), limit)
    return _customers(engine, found, channels, str(asked.get("model", FIRST)), limit)


def _customers(engine: Engine, found: CellResult, channels: str, model: str, limit: int | None) -> Rows:
    view = found.view
    relations = {
        **behind.looked_at(engine, view),
        "credits": behind.compiled(
            engine, ("attribution", "credits"), lambda: attribution_rows.credits(engine, view), view
        ),
    }
    listing = (
        "SELECT c.who AS account_id, c.came AS day, sum(c.part) AS part, c.channel AS credited, "
        "coalesce(string_agg(c.lead, ', ' ORDER BY c.lead), '') AS leads FROM credits c "
        f"WHERE c.model = {behind.text(model)} AND c.channel IN ({channels}) GROUP BY c.who, c.came, c.channel"
    )
    return behind.listed(
        engine,
        engine.dialect.translated(listing),
        relations,
        OF_CUSTOMERS,
        entity="accounts",
        identity=("account_id", "day"),
        limit=limit,
        nobody=NO_CUSTOMER,
    )


def _spend(engine: Engine, found: CellResult, channels: str, lag: int, limit: int | None) -> Rows:
    view = found.view
    relations = {
        **behind.looked_at(engine, view),
        "lines": behind.compiled(engine, ("attribution", "lines"), lambda: attribution_rows.lines(engine, view), view),
    }
    listing = (
        f'SELECT l."{KEY}", l.day, CAST(l.amount AS DOUBLE PRECISION) AS paid, l.channel AS credited FROM lines l '
        f"WHERE l.lag = {lag} AND l.channel IN ({channels})"
    )
    return behind.listed(engine, engine.dialect.translated(listing), relations, OF_SPEND, entity="spend", limit=limit)
