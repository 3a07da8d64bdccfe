"""How complete each field is: by table, field and, on request, the team of the record's owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import behind, phrases
from revops.analysis.core import Analysis, CellResult, Column, Param, ParamKind, Result, View
from revops.analysis.quality import EVERYTHING
from revops.analysis.values import records
from revops.formats import Formatter
from revops.ingest.types import literal, quoted
from revops.metrics import METRICS
from revops.metrics.core import Unit
from revops.metrics.dimensions import DIMENSIONS, model_field
from revops.model import ENTITIES, ENTITY, Entity
from revops.text import Text

if TYPE_CHECKING:
    from revops.analysis.rows import Rows
    from revops.metrics.engine import Engine

BY = {"field": Text("by field", "по полям"), "team": Text("by field and owner's team", "по полям и командам")}
OPEN_END = frozenset(
    {"opportunities.closed_at", "opportunities.loss_reason", "subscriptions.ended_at", "subscriptions.cancelled_at",
     "subscriptions.cancel_reason", "subscriptions.trial_ends_at", "subscriptions.discount", "stage_events.left_at",
     "people.ended_at", "leads.mql_at", "leads.sql_at", "leads.disqualified_at", "leads.disqualify_reason",
     "leads.opportunity_id", "tickets.resolved_at", "invoices.refunded_amount", "invoices.paid_at",
     "accounts.parent_id", "leads.account_id"}
)  # fmt: skip
"""Fields that are rightly empty where the thing has not happened: told, but never called a gap."""

COUNTED = frozenset(
    {name for m in METRICS for measure in m.measures for group in ((), *measure.fact.any)
     for name in (*measure.fact.needs, *group)}
    | {model_field(relation, path) for d in DIMENSIONS for relation, paths in d.paths.items() for path in paths}
)  # fmt: skip
"""Fields that some KPI needs, or that figures are broken down by: where a gap shows in the figures."""


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row an entity and field (and team, "" for none): entity, field ("accounts.name"), [team], rows, filled,
    share, open_end (rightly empty for many rows). Tables in the model's order, fields as declared.

    Fields that no loaded row fills are left out. facts: worst (the emptiest field that figures need), worst_share,
    tables, by.
    """
    by_team = params["by"] == "team"
    kept = engine.workspace.filled()
    asked = [
        (e, [f.name for f in e.fields if f.name in kept[e.name]])
        for e in ENTITIES
        if kept.get(e.name) and (not by_team or _team(e, kept))
    ]
    if not asked:
        return Result(frame=pd.DataFrame(columns=["entity", "field", "rows", "filled", "share", "open_end"]),
                      columns=_columns(by_team), empty=NO_TEAMS if by_team else NOTHING)  # fmt: skip
    sql = "\nUNION ALL ".join(_sql(e, fields, _team(e, kept) if by_team else "") for e, fields in asked)
    counted, ran = engine.select(sql)
    found = records(counted.sort_values("team"))
    rows = [
        _row(entity.name, name, row["team"], int(row["rows"]), int(row["filled"][place]), by_team)
        for entity, fields in asked
        for place, name in enumerate(fields)
        for row in found
        if row["entity"] == entity.name
    ]
    frame = pd.DataFrame(rows)
    found_gaps = gaps(frame)
    worst = found_gaps.iloc[0] if len(found_gaps) else None
    return Result(
        frame=frame,
        columns=_columns(by_team),
        facts={
            "by": params["by"],
            "tables": len(asked),
            "worst": None if worst is None else str(worst["field"]),
            "worst_share": None if worst is None else float(worst["share"]),
            "worst_team": str(worst["team"]) if by_team and worst is not None else None,
        },
        sql=(ran,),
    )


def gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `frame` about fields where a gap shows in the figures, the emptiest first; teams that are known."""
    asked_for = frame["field"].isin(COUNTED) & ~frame["open_end"]
    if "team" in frame:
        asked_for &= frame["team"] != ""
    return frame[asked_for].sort_values("share", kind="stable")


def _row(entity: str, name: str, team: str, rows: int, filled: int, by_team: bool) -> dict[str, Any]:
    field = f"{entity}.{name}"
    return {
        "entity": entity,
        "field": field,
        **({"team": team} if by_team else {}),
        "rows": rows,
        "filled": filled,
        "share": filled / rows if rows else 0.0,
        "open_end": field in OPEN_END,
    }


def _team(entity: Entity, kept: Mapping[str, frozenset[str]]) -> str:
    """SQL of the team a row belongs to: its own, else its owner's; "" where neither is known."""
    fields = kept.get(entity.name, frozenset())
    own = ["t.team"] if "team" in fields and entity.name == "opportunities" else []
    owner = ["p.team"] if "owner" in fields and "team" in kept.get("people", frozenset()) else []
    return ", ".join(own + owner)


def _sql(entity: Entity, fields: list[str], team: str) -> str:
    counts = ", ".join(f"count(t.{quoted(f)})" for f in fields)
    return (
        f"SELECT {literal(entity.name)} AS entity, {_named(team)} AS team, count(*) AS rows, [{counts}] AS filled "
        f"FROM {_records(entity, team)} GROUP BY ALL"
    )


def _named(team: str) -> str:
    """SQL of the team's name, "" for none. team: of `_team`."""
    return f"coalesce({team}, '')" if team else "''"


def _records(entity: Entity, team: str) -> str:
    """SQL of the entity's rows as `t`, beside the person who owns each as `p` where the team needs one."""
    people = (
        " LEFT JOIN (SELECT lower(trim(person)) AS who, any_value(team) AS team FROM main.people GROUP BY ALL) p "
        "ON p.who = lower(trim(t.owner))"
    )
    return f"main.{entity.name} t{people if 'p.team' in team else ''}"


def rows_without(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The records that lack the picked field (of the picked team); without a pick those of the emptiest one."""
    facts, picked = found.result.facts, pick or {}
    asked = picked.get("field") or facts["worst"] or found.result.frame["field"].iloc[0]
    entity_name, _, name = str(asked).partition(".")
    entity = ENTITY[entity_name]
    team = _team(entity, engine.workspace.filled()) if facts["by"] == "team" else ""
    wanted = [f"t.{quoted(name)} IS NULL"]
    if team and (whose := picked.get("team", facts["worst_team"])) is not None:
        wanted.append(f"{_named(team)} = {literal(str(whose))}")
    listing = f'SELECT t."_key", {_named(team)} AS whose FROM {_records(entity, team)} WHERE {" AND ".join(wanted)}'
    lead = (Column(key="whose", label=Text("Team", "Команда")),) if team else ()
    return behind.listed(engine, engine.dialect.translated(listing), {}, lead, entity=entity.name, limit=limit)


NOTHING = Text("nothing is loaded yet.", "пока ничего не загружено.")
NO_TEAMS = Text(
    "no team is known: map a team column, or load the list of people with their teams.",
    "команды неизвестны: сопоставьте колонку с командой или загрузите список сотрудников с командами.",
)
FIELD_LABELS = {
    f"{e.name}.{f.name}": Text(f"{e.label.en}: {phrases.lower_first(f.label.en)}",
                               f"{e.label.ru}: {phrases.lower_first(f.label.ru)}")
    for e in ENTITY.values()
    for f in e.fields
}  # fmt: skip


def _columns(by_team: bool) -> tuple[Column, ...]:
    team = (Column(key="team", label=Text("Team", "Команда")),) if by_team else ()
    return (
        Column(key="entity", label=Text("Table", "Таблица"), names={e.name: e.label for e in ENTITY.values()}),
        Column(key="field", label=Text("Field", "Поле"), names=FIELD_LABELS),
        *team,
        Column(key="rows", label=Text("Rows", "Строк"), unit=Unit.COUNT),
        Column(key="filled", label=Text("Filled", "Заполнено"), unit=Unit.COUNT),
        Column(key="share", label=Text("Share", "Доля"), unit=Unit.SHARE),
        Column(
            key="open_end",
            label=Text("May be empty", "Может быть пустым"),
            help=Text(
                "Empty until it happens: the end of an active subscription is no gap.",
                "Пусто, пока этого не произошло: отсутствие конца у активной подписки — не пробел.",
            ),
        ),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """The emptiest field that some figure needs or is broken down by, and whose team's it is."""
    facts = result.facts
    if facts["worst"] is None or facts["worst_share"] >= 1:
        return formatter.say(
            Text("Every field that the figures need is filled.", "Все поля, нужные для показателей, заполнены.")
        )
    row = next(
        r for r in records(result.frame)
        if r["field"] == facts["worst"] and facts["worst_team"] in (None, r.get("team"))
    )  # fmt: skip
    team = facts["worst_team"]
    return formatter.say(
        Text(
            "The emptiest field that figures need is {f}{t}: {s} of {n} rows have it.",
            "Из нужных для показателей хуже всего заполнено поле «{f}»{t} — {s} из {n} строк.",
        ),
        f=FIELD_LABELS[facts["worst"]][formatter.language],
        t=formatter.say(Text(" (team {t})", " (команда {t})"), t=team) if team else "",
        s=formatter.percent(facts["worst_share"]),
        n=formatter.number(row["rows"]),
    )


COMPLETENESS = Analysis(
    key="completeness",
    title=Text("Completeness", "Заполненность"),
    question=Text("Which fields are left empty, and by whom?", "Какие поля не заполнены и у кого?"),
    definition=Text(
        f"Of the rows of each table, the share that has the field; by team, the team of the deal or of the owner. "
        f"Fields that no file fills are left out. {EVERYTHING.en}",
        f"У какой доли строк таблицы поле заполнено; по командам — команда сделки или ответственного. Поля, которых "
        f"нет ни в одном файле, не показаны. {EVERYTHING.ru}",
    ),
    params=(Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.CHOICE, default="field", choices=BY),),
    run=run,
    finding=finding,
    behind=rows_without,
    chart="completeness",
)
