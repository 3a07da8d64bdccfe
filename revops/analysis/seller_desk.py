"""One seller's world: the open deals on the desk, how long each stands, what it waits for, and the quota."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import behind, phrases
from revops.analysis.core import Analysis, CellResult, Column, Param, ParamKind, Result, View
from revops.analysis.rows import Rows
from revops.analysis.values import join_words, period_text, records, show
from revops.errors import BadParameter, NotComputable, unknown
from revops.formats import Formatter, is_missing
from revops.metrics.core import Query, Unit
from revops.metrics.derived import in_workspace_currency
from revops.metrics.tables import KEY, looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

SILENT = 14  # days without any activity after which a deal waits for one
MOST = 25  # deals drawn; the table has them all
WAITS: dict[str, Text] = {
    "overdue": Text("close date has passed", "срок прошёл"),
    "stale": Text("in its stage longer than usual", "на этапе дольше обычного"),
    "silent": Text("silent for over {n} days", "больше {n} дней без активности").format(n=SILENT),
    "no_amount": Text("no amount", "нет суммы"),
    "none": Text("on its way", "идёт как обычно"),
}
COUNTED: dict[str, Text] = {
    "overdue": Text("{n} past their close date", "с прошедшим сроком — {n}"),
    "stale": Text("{n} longer in their stage than usual", "на этапе дольше обычного — {n}"),
    "silent": Text("{n} silent for over {d} days", "больше {d} дней без активности — {n}").format(n="{n}", d=SILENT),
    "no_amount": Text("{n} without an amount", "без суммы — {n}"),
}
KPIS = ("quota_attainment", "won_revenue", "win_rate")

_OWNERS = """
SELECT owner, count(*) AS deals FROM desk WHERE owner <> '' GROUP BY owner ORDER BY deals DESC, owner
"""
_DEALS = """
WITH entries AS (
  SELECT o."_key" AS deal, coalesce(o.pipeline, '') AS way, o.status, o.closed_at, lower(trim(e.stage)) AS stage,
         e.stage AS spelled, e.entered_at,
         lag(lower(trim(e.stage))) OVER (PARTITION BY o."_key" ORDER BY e.entered_at, e.stage) AS before
  FROM opportunities o CROSS JOIN looked_at l
  JOIN stage_events e ON e.opportunity_id = o.opportunity_id AND CAST(e.entered_at AS DATE) <= l.as_of),
stays AS (
  SELECT deal, way, status, stage, spelled, entered_at,
         coalesce(lead(entered_at) OVER (PARTITION BY deal ORDER BY entered_at, stage), closed_at) AS until,
         row_number() OVER (PARTITION BY deal ORDER BY entered_at DESC, stage DESC) AS back
  FROM entries WHERE before IS NULL OR before <> stage),
usual AS (
  SELECT way, stage, quantile_cont((epoch(until) - epoch(entered_at)) / 86400.0, 0.5) AS days
  FROM stays WHERE status = 'won' AND until > entered_at GROUP BY way, stage),
touched AS (
  SELECT a.opportunity_id,
         max(CASE WHEN CAST(a.occurred_at AS DATE) <= l.as_of THEN CAST(a.occurred_at AS DATE) END) AS last_on,
         min(CASE WHEN CAST(a.occurred_at AS DATE) > l.as_of THEN CAST(a.occurred_at AS DATE) END) AS next_on
  FROM activities a CROSS JOIN looked_at l WHERE a.opportunity_id IS NOT NULL GROUP BY a.opportunity_id)
SELECT d.deal, d.name, coalesce(c.name, d.account_id, '') AS account, coalesce(s.spelled, d.stage) AS stage, d.amount,
       date_diff('day', coalesce(CAST(s.entered_at AS DATE), d.created), l.as_of) AS days, u.days AS usual, d.due,
       date_diff('day', d.due, l.as_of) AS overdue,
       date_diff('day', coalesce(t.last_on, d.created), l.as_of) AS silent, t.next_on
FROM desk d CROSS JOIN looked_at l
LEFT JOIN stays s ON s.deal = d.deal AND s.back = 1
LEFT JOIN usual u ON u.way = d.way AND u.stage = coalesce(s.stage, lower(trim(d.stage)))
LEFT JOIN touched t ON t.opportunity_id = d.opportunity_id
LEFT JOIN accounts c ON c.account_id = d.account_id
WHERE d.owner = {owner}
"""


def _desk(engine: Engine, view: View) -> ir.Table:
    """Deals open on as_of, with their owner ("" none) and the amount at the rate of the day they were created."""
    as_of = looked_at().as_of.as_scalar()
    rows = engine.keep(table("opportunities"), "opportunities", view.where)
    over = rows.status.isin(["won", "lost"]).fill_null(False)
    rows = rows.mutate(_created=rows.created_at.date())
    known = (ibis._["_created"] <= as_of).fill_null(False)
    rows = rows.filter(known & (~over | (rows.closed_at.date() > as_of).fill_null(False)))
    rows = in_workspace_currency(rows, "amount", "_created", engine.basis)
    return rows.select(
        "opportunity_id",
        "account_id",
        "stage",
        "amount",
        deal=rows[KEY],
        name=ibis.coalesce(rows.name, rows.opportunity_id),
        owner=rows.owner.strip().fill_null(""),
        way=rows.pipeline.fill_null(""),
        created=rows["_created"],
        due=rows.expected_close_at,
    )


def relations(engine: Engine, view: View) -> dict[str, str]:
    """looked_at, the filters, and desk: the open deals."""
    desk = behind.compiled(engine, ("seller_desk",), lambda: _desk(engine, view), view)
    return {**behind.looked_at(engine, view), "desk": desk}


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """A row an open deal of the seller on as_of, what waits longest first. Columns: deal (its key), name, account,
    stage, amount (workspace currency), days (in the stage; without stage history since it was created), usual (median
    days that won deals of the pipeline stayed in it), due (expected close date), overdue (days past it; negative:
    ahead), silent (days since the last activity, else since it was created), next_on (the next activity planned),
    waits (WAITS: the first that holds).

    facts: owner, owners (name -> open deals), counts of what waits, the seller's and everybody's KPIS over the period.
    """
    if not engine.basis.has("opportunities.owner"):
        raise NotComputable(
            Text("Deals name no owner.", "У сделок не указан ответственный."),
            fix=Text("Map opportunities.owner.", "Сопоставьте opportunities.owner."),
        )
    found, first = engine.run(engine.dialect.translated(_OWNERS), relations(engine, view))
    owners = {str(r["owner"]): int(r["deals"]) for r in records(found)}
    owner = _owner(params["owner"], owners)
    text = engine.dialect.translated(_DEALS.format(owner=behind.text(owner)))
    told, sql = engine.run(text, relations(engine, view))
    active = engine.basis.has("activities.opportunity_id")
    frame = _frame(told, active)
    kpis, asked = _kpis(engine, view, owner)
    return Result(
        frame=frame,
        columns=_columns(active),
        facts={
            "owner": owner,
            "owners": owners,
            "waits": {k: int(_holds(frame, k).sum()) for k in WAITS if k != "none"},
            "amount": float(frame["amount"].sum()),
            "kpis": kpis,
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=(sql, first, *asked),
        notes=() if active else (NO_ACTIVITY,),
        rows_used=((Text("open deals of the seller", "сделки продавца в работе"), len(frame)),),
        empty=None if len(frame) else phrases.NO_VALUE,
    )


NO_ACTIVITY = Text(
    "No activity names its deal, so how long a deal has been silent can't be told.",
    "В активностях не указана сделка, поэтому не видно, сколько по ней тишина.",
)


def _owner(wanted: str | None, owners: Mapping[str, int]) -> str:
    """The seller asked for, else the one with most open deals. Raises NotComputable, BadParameter."""
    if not owners:
        raise NotComputable(
            Text("Nobody has an open deal.", "Ни у кого нет сделок в работе."),
            fix=Text("Choose another date or filter.", "Выберите другую дату или фильтр."),
        )
    if wanted is None:
        return next(iter(owners))
    match = next((o for o in owners if o.casefold() == wanted.strip().casefold()), None)
    if match is None:
        error = unknown(Text("seller with open deals", "продавец с открытыми сделками"), wanted, owners)
        raise BadParameter(error.message, fix=error.fix)
    return match


def _frame(told: pd.DataFrame, active: bool) -> pd.DataFrame:
    numbers = dict.fromkeys(("amount", "days", "usual", "overdue", "silent"), "float64")
    frame = told.astype(numbers)
    if not active:
        frame["silent"] = float("nan")
    frame["waits"] = "none"
    for reason in reversed([k for k in WAITS if k != "none"]):
        frame.loc[_holds(frame, reason), "waits"] = reason
    frame["_over"] = (frame["days"] - frame["usual"]).fillna(0)
    order = list(WAITS)
    frame["_rank"] = [order.index(w) for w in frame["waits"]]
    frame = frame.sort_values(["_rank", "_over", "amount", "deal"], ascending=[True, False, False, True])
    return frame.drop(columns=["_over", "_rank"]).reset_index(drop=True)


def _holds(frame: pd.DataFrame, reason: str) -> pd.Series[bool]:
    """Which deals wait for that reason."""
    found = {
        "overdue": frame["overdue"] > 0,
        "stale": frame["days"] > frame["usual"],
        "silent": (frame["silent"] > SILENT) & frame["next_on"].isna(),
        "no_amount": frame["amount"].isna(),
    }[reason]
    return found.fillna(False).astype(bool)


def _kpis(engine: Engine, view: View, owner: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Metric -> the seller's value and everybody's over the period; those that can be told."""
    out: dict[str, Any] = {}
    sql: list[str] = []
    for who, where in (("own", {**view.where, "owner": (owner,)}), ("all", view.where)):
        queries = [Query(metric=k, periods=(view.period,), as_of=view.as_of, where=where) for k in KPIS]
        for key, answer in zip(KPIS, engine.evaluate_together(queries), strict=True):
            if isinstance(answer, NotComputable):
                continue
            value = answer.rows[0]["value"] if answer.rows else None
            out.setdefault(key, {"own": None, "all": None, "unit": engine.metric(key).unit})[who] = value
            sql.append(answer.sql)
    return out, tuple(dict.fromkeys(sql))


def _columns(active: bool) -> tuple[Column, ...]:
    days = Unit.DAYS
    return (
        Column(key="deal", label=Text("Key", "Ключ"), hidden=True),
        Column(key="name", label=Text("Deal", "Сделка")),
        Column(key="account", label=Text("Company", "Компания")),
        Column(key="stage", label=Text("Stage", "Этап")),
        Column(key="amount", label=Text("Amount", "Сумма"), unit=Unit.MONEY),
        Column(key="waits", label=Text("What it waits for", "Чего ждёт"), names=WAITS),
        Column(key="days", label=Text("In the stage", "На этапе"), unit=days),
        Column(
            key="usual",
            label=Text("Usual for won deals", "Обычно у выигранных"),
            unit=days,
            help=Text("Median stay of won deals in this stage.", "Медиана пребывания выигранных сделок на этапе."),
        ),
        Column(key="due", label=Text("Expected to close", "Ожидаемое закрытие")),
        Column(
            key="overdue",
            label=Text("Past that date", "После этой даты"),
            unit=days,
            help=Text("Negative: so many days are left.", "Отрицательное: столько дней осталось."),
        ),
        Column(
            key="silent", label=Text("Since the last activity", "С последней активности"), unit=days, hidden=not active
        ),
        Column(key="next_on", label=Text("Next activity", "Следующая активность"), hidden=not active),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """What is on the desk, what waits, and how the seller does against the quota and everybody."""
    facts = result.facts
    text = formatter.say(
        Text("{o} has {n} worth {a} on {d}", "{o}, на {d}: {n} на {a}"),
        o=facts["owner"],
        n=formatter.plural(
            len(result.frame), Text("open deal|open deals", "открытая сделка|открытые сделки|открытых сделок")
        ),
        a=formatter.money(facts["amount"], compact=True),
        d=formatter.date(facts["as_of"]),
    )
    waiting = [formatter.say(COUNTED[k], n=formatter.number(n)) for k, n in facts["waits"].items() if n]
    if waiting:
        text += ": " + join_words(waiting, formatter)
    told = [
        formatter.say(
            SAID[key],
            v=show(kpi["own"], kpi["unit"], formatter, compact=True),
            a=show(kpi["all"], kpi["unit"], formatter, compact=True),
        )
        for key, kpi in facts["kpis"].items()
        if not is_missing(kpi["own"])
    ]
    if told:
        period = period_text(facts["period"], formatter, as_of=facts["as_of"])
        text += formatter.say(Text("; in {p}: {t}", "; за {p}: {t}"), p=period, t=", ".join(told))
    return text + "."


SAID = {
    "quota_attainment": Text("{v} of quota (all {a})", "выполнение плана {v} (у всех {a})"),
    "won_revenue": Text("{v} won (all {a})", "выиграно {v} (всеми — {a})"),
    "win_rate": Text("win rate {v} (all {a})", "доля выигранных {v} (у всех {a})"),
}


def deals_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The seller's open deals, or the picked one, with the row of the file each came from."""
    owner = found.result.facts["owner"]
    lead = (Column(key="worth", label=Text("Amount", "Сумма"), unit=Unit.MONEY),)
    where = f" AND d.deal = {behind.text(str(pick['deal']))}" if pick and "deal" in pick else ""
    listing = f'SELECT d.deal AS "_key", d.amount AS worth FROM desk d WHERE d.owner = {behind.text(owner)}{where}'
    return behind.listed(engine, engine.dialect.translated(listing), relations(engine, found.view), lead, limit=limit)


SELLER_DESK = Analysis(
    key="seller_desk",
    title=Text("One seller's desk", "Стол продавца"),
    question=Text("What is on this seller's desk, and what waits?", "Что у продавца в работе и чего это ждёт?"),
    definition=Text(
        "Deals of one owner that are open on the last day that counts. Days in the stage are from the last entry into "
        "it (without stage history: since the deal was created), beside the median that won deals of the pipeline "
        "stayed there. A deal waits where its expected close date has passed, where it stands longer than usual, "
        f"where nothing happened for over {SILENT} days and nothing is planned, or where it has no amount; the first "
        "that holds is named.",
        "Сделки одного ответственного, открытые на последний учтённый день. Дни на этапе — с последнего входа на него "
        "(без истории этапов — с создания сделки), рядом — медиана пребывания выигранных сделок воронки. Сделка ждёт, "
        f"если прошёл ожидаемый срок, если она стоит дольше обычного, если больше {SILENT} дней ничего не было и "
        "ничего не намечено или если нет суммы; названа первая из причин.",
    ),
    params=(Param(key="owner", label=Text("Seller", "Продавец"), kind=ParamKind.CHOICE, optional=True),),
    run=run,
    finding=finding,
    chart="seller_desk",
    needs=(("opportunities.owner", "opportunities.created_at", "opportunities.status"),),
    behind=deals_behind,
)
