"""Where deals die and why: lost deals by the last stage they were in and the reason given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import behind, phrases
from revops.analysis.core import Analysis, CellResult, Column, Param, ParamKind, Result, View
from revops.analysis.funnel_pipeline import Pipeline
from revops.analysis.rows import Rows
from revops.analysis.stage_matrix import chosen, phrases_of_others
from revops.analysis.values import OTHER, OTHER_KEY, name_of, period_text, records
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.metrics.derived import in_workspace_currency
from revops.metrics.tables import KEY, looked_at, table
from revops.text import Text, verbatim

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

REASONS = 6  # shown by themselves; the others together
ALL = "\u2026all"  # the key of a stage's total
MEASURES = {"deals": Text("Number of deals", "Число сделок"), "amount": Text("Amount", "Сумма")}
NO_STAGE = Text("stage not known", "этап неизвестен")
NO_REASONS = Text(
    "No reason is recorded: map opportunities.loss_reason to see why deals are lost.",
    "Причины не указаны: сопоставьте opportunities.loss_reason, чтобы увидеть, почему проигрывают.",
)

# a row a deal lost in the period, with the last stage it was in before it was closed
_DEATHS = """
WITH entries AS (
  SELECT d.deal, lower(trim(e.stage)) AS stage, e.entered_at,
         lag(lower(trim(e.stage))) OVER (PARTITION BY d.deal ORDER BY e.entered_at, e.stage) AS before
  FROM lost d JOIN stage_events e ON e.opportunity_id = d.opportunity_id AND CAST(e.entered_at AS DATE) <= d.day),
lasting AS (
  SELECT n.deal, s.name AS stage, n.entered_at,
         row_number() OVER (PARTITION BY n.deal ORDER BY n.entered_at DESC, n.stage DESC) AS back
  FROM entries n JOIN stages s ON s.stage = n.stage WHERE n.before IS NULL OR n.before <> n.stage),
told AS (
  SELECT d.deal, d.day, d.reason, d.amount, coalesce(l.stage, o.name, '') AS stage,
         (epoch(d.closed_at) - epoch(l.entered_at)) / 86400.0 AS days
  FROM lost d LEFT JOIN lasting l ON l.deal = d.deal AND l.back = 1
  LEFT JOIN stages o ON o.stage = lower(trim(d.stage))),
ranked AS (
  SELECT reason, row_number() OVER (ORDER BY count(*) DESC, reason) AS place FROM told GROUP BY reason)
SELECT t.deal, t.day, t.stage, t.reason AS given, t.amount, t.days,
       CASE WHEN r.place > {most} THEN '{other}' ELSE t.reason END AS reason
FROM told t JOIN ranked r ON r.reason = t.reason
"""
_COUNTED = f"""
SELECT stage, reason, count(*) AS deals, sum(amount) AS amount, quantile_cont(days, 0.5) AS median_days,
       count(days) AS timed
FROM deaths GROUP BY stage, reason
UNION ALL
SELECT stage, '{ALL}', count(*), sum(amount), quantile_cont(days, 0.5), count(days) FROM deaths GROUP BY stage
UNION ALL
SELECT '{ALL}', '{ALL}', count(*), sum(amount), quantile_cont(days, 0.5), count(days) FROM deaths HAVING count(*) > 0
"""


def relations(engine: Engine, pipeline: Pipeline, view: View) -> dict[str, str]:
    """The relations of a statement over `deaths`: deal, day (lost), stage ("" not known), reason (OTHER_KEY beyond the
    REASONS commonest; "" none), given (the reason as it is), amount, days (in the last stage; null without history).
    """
    named = [(s, key) for key, stages in zip(pipeline.keys[:-1], pipeline.steps, strict=False) for s in stages]
    named += [(s, s) for s in pipeline.aside]
    unique = {s.strip().lower(): (s.strip().lower(), name) for s, name in reversed(named)}
    return {
        **behind.looked_at(engine, view),
        "lost": behind.compiled(engine, ("lost", pipeline.name), lambda: _lost(engine, pipeline, view), view),
        "stages": engine.dialect.rows({"stage": "string", "name": "string"}, list(unique.values())),
        "deaths": engine.dialect.translated(_DEATHS.format(most=REASONS, other=OTHER_KEY)),
    }


def _lost(engine: Engine, pipeline: Pipeline, view: View) -> ir.Table:
    """The pipeline's deals lost in the period; the amount at the rate of the day."""
    looked = looked_at()
    rows = engine.keep(table("opportunities"), "opportunities", view.where)
    rows = rows.filter((rows.pipeline.fill_null("") == pipeline.name) & (rows.status == "lost"))
    rows = rows.mutate(day=rows.closed_at.date())
    rows = rows.filter((ibis._.day >= looked.start.as_scalar()) & (ibis._.day < looked.end.as_scalar()))
    rows = in_workspace_currency(rows, "amount", "day", engine.basis)
    reason = rows.loss_reason.strip().fill_null("")
    return rows.select("opportunity_id", "day", "closed_at", "stage", "amount", deal=rows[KEY], reason=reason)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """A row a last stage and reason, in the order of the stages, commonest reason first. Columns: stage ("" not
    known), reason ("" none, OTHER_KEY the rarer ones), deals, share (of all lost), amount (workspace currency, of those
    that have one), median_days (from entering the last stage to being lost; null without stage history).

    facts: stages and reasons (key -> totals), deals, amount, median_days.
    """
    pipeline, told_by = chosen(engine, params["pipeline"])
    found, sql = engine.run(engine.dialect.translated(_COUNTED), relations(engine, pipeline, view))
    whole = records(found[(found["stage"] == ALL)])
    stages = {str(r["stage"]): r for r in records(found[(found["reason"] == ALL) & (found["stage"] != ALL)])}
    frame = _frame(found[found["reason"] != ALL], pipeline)
    names = {k: verbatim(k) for k in (*pipeline.keys[:-1], *pipeline.aside)} | {"": NO_STAGE}
    reasons = frame.groupby("reason", sort=False)[["deals", "amount"]].sum()
    notes = []
    if params["pipeline"] is None and pipeline.others:
        notes.append(phrases_of_others(pipeline))
    if not engine.basis.has("opportunities.loss_reason"):
        notes.append(NO_REASONS)
    if whole and (gap := int(whole[0]["deals"]) - int(whole[0]["timed"])):
        notes.append(
            Text(
                f"Without stage history: {gap} of {int(whole[0]['deals'])}; how long they stood in their last stage is "
                "not known.",
                f"Без истории этапов: {gap} из {int(whole[0]['deals'])}; сколько они простояли на последнем этапе, "
                "неизвестно.",
            )
        )
    return Result(
        frame=frame,
        columns=_columns(names),
        facts={
            "stages": stages,
            "reasons": {str(k): int(v) for k, v in reasons["deals"].items()},
            "whole": whole[0] if whole else None,
            "names": names,
            "order": [k for k in (*pipeline.keys[:-1], *pipeline.aside, "") if k in stages],
            "measure": params["measure"],
            "pipeline": pipeline.name,
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=(sql, *told_by),
        notes=tuple(notes),
        rows_used=((Text("deals lost in the range", "сделки, проигранные в диапазоне дат"),
                    int(whole[0]["deals"]) if whole else 0),),
        empty=None if whole else phrases.NO_VALUE,
    )  # fmt: skip


def _frame(found: pd.DataFrame, pipeline: Pipeline) -> pd.DataFrame:
    order = [*pipeline.keys[:-1], *pipeline.aside, ""]
    total = int(found["deals"].sum())
    common = found.groupby("reason")["deals"].sum().to_dict()

    def place(row: Mapping[str, Any]) -> tuple[int, bool, int, str]:
        reason = str(row["reason"])
        return order.index(row["stage"]), reason == OTHER_KEY, -common[reason], reason

    rows = [
        {
            "stage": row["stage"],
            "reason": row["reason"],
            "deals": int(row["deals"]),
            "share": int(row["deals"]) / total,
            "amount": row["amount"],
            "median_days": row["median_days"],
        }
        for row in sorted(records(found), key=place)
    ]
    columns = ["stage", "reason", "deals", "share", "amount", "median_days"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(("share", "amount", "median_days"), "float64"))


def _columns(names: Mapping[str, Text]) -> tuple[Column, ...]:
    return (
        Column(key="stage", label=Text("Last stage", "Последний этап"), names=names),
        Column(key="reason", label=Text("Reason", "Причина"), names={OTHER_KEY: OTHER}),
        Column(key="deals", label=Text("Deals lost", "Проиграно сделок"), unit=Unit.COUNT),
        Column(key="share", label=Text("Of all lost", "Из всех проигранных"), unit=Unit.SHARE),
        Column(key="amount", label=Text("Amount lost", "Сумма проигранных"), unit=Unit.MONEY),
        Column(
            key="median_days",
            label=Text("Median days in the last stage", "Медиана дней на последнем этапе"),
            unit=Unit.DAYS,
        ),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """How many were lost for how much, in which stage most, and for which reason."""
    facts = result.facts
    whole = facts["whole"]
    stages: Mapping[str, Mapping[str, Any]] = facts["stages"]
    n = int(whole["deals"])
    worst = max(stages, key=lambda k: stages[k]["deals"])
    named = {k: v for k, v in facts["reasons"].items() if k not in ("", OTHER_KEY)}
    text = formatter.say(
        Text("{n} lost in {p}{a}: most in “{s}” ({sn})", "За {p} {n}{a}: больше всего на этапе «{s}» ({sn})"),
        n=formatter.plural(n, Text("deal|deals", "проигранная сделка|проигранные сделки|проигранных сделок")),
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        a="" if is_missing(whole["amount"])
        else formatter.say(Text(" ({a})", " на {a}"), a=formatter.money(whole["amount"], compact=True)),
        s=name_of(worst, facts["names"], formatter),
        sn=formatter.percent(stages[worst]["deals"] / n),
    )  # fmt: skip
    if named:
        reason = max(named, key=lambda k: named[k])
        tail = Text(", most often for “{r}” ({rn})", ", чаще всего по причине «{r}» ({rn})")
        text += formatter.say(tail, r=reason, rn=formatter.percent(named[reason] / n))
    if not is_missing(whole["median_days"]):
        tail = Text(
            "; half of them had stood longer than {d} in their last stage",
            "; половина простояла на последнем этапе больше {d}",
        )
        text += formatter.say(tail, d=formatter.duration_days(whole["median_days"]))
    return text + "."


def deals_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The lost deals of a stage and reason, the largest first; without a pick all of them."""
    pipeline, _sql = chosen(engine, found.params["pipeline"])
    names: Mapping[str, Text] = found.result.facts["names"]
    lead = (
        Column(key="lost_amount", label=Text("Amount lost", "Сумма"), unit=Unit.MONEY),
        Column(key="day", label=Text("Lost on", "Проиграна")),
        Column(key="last_stage", label=Text("Last stage", "Последний этап"), names=names),
        Column(key="given", label=Text("Reason", "Причина")),
        Column(key="days", label=Text("Days in it", "Дней на нём"), unit=Unit.DAYS),
    )
    told = [f"d.{k} = {behind.text(str(pick[k]))}" for k in ("stage", "reason") if pick and k in pick]
    where = f" WHERE {' AND '.join(told)}" if told else ""
    listing = (
        'SELECT d.deal AS "_key", d.amount AS lost_amount, d.day, d.stage AS last_stage, d.given, d.days '
        f"FROM deaths d{where}"
    )
    return behind.listed(
        engine, engine.dialect.translated(listing), relations(engine, pipeline, found.view), lead, limit=limit
    )


LOST_DEALS = Analysis(
    key="lost_deals",
    title=Text("Where deals die", "Где умирают сделки"),
    question=Text("In which stage do deals die, and why?", "На каком этапе умирают сделки и почему?"),
    definition=Text(
        "Deals of the pipeline whose record says that they were lost within the range, by the last stage they were in "
        "before that, and by the reason given. The last stage comes from the stage history; without it, from the "
        "record where that names a stage of the way. Amounts are at the rate of the day they were lost. Days: from "
        "entering the last stage to being lost.",
        "Сделки воронки, проигранные в диапазоне дат, по последнему этапу перед проигрышем и указанной причине. "
        "Последний этап — из истории этапов; без неё — из записи, если там назван этап пути. Суммы — по курсу дня "
        "проигрыша. Дни — от входа на последний этап до проигрыша.",
    ),
    params=(
        Param(key="pipeline", label=Text("Pipeline", "Воронка сделок"), kind=ParamKind.CHOICE, optional=True),
        Param(key="measure", label=Text("Measure", "Мера"), kind=ParamKind.CHOICE, default="deals", choices=MEASURES),
    ),
    run=run,
    finding=finding,
    chart="lost_deals",
    needs=(("opportunities.stage", "opportunities.status", "opportunities.closed_at"),),
    behind=deals_behind,
)
