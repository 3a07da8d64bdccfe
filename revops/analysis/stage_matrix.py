"""From each stage to where deals go next: the next stage, past it, back, won, lost, or still there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import pandas as pd

from revops.analysis import behind, funnel_pipeline, phrases
from revops.analysis.core import Analysis, CellResult, Column, Param, ParamKind, Result, View
from revops.analysis.funnel_pipeline import Pipeline
from revops.analysis.rows import Rows
from revops.analysis.stats import wilson
from revops.analysis.values import period_text, records
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.metrics.tables import KEY, table
from revops.text import Text, verbatim

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

LOST, STILL = "\u2026lost", "\u2026still"  # keys of columns; no stage of the data begins with an ellipsis
KINDS: dict[str, Text] = {
    "forward": Text("on to the next stage", "на следующий этап"),
    "skipped": Text("past the next stage", "через этап"),
    "back": Text("back", "назад"),
    "aside": Text("aside", "в сторону"),
    "lost": Text("lost", "проиграна"),
    "still": Text("still there", "ещё на этапе"),
}
NO_HISTORY = Text("deals without stage history", "сделки без истории этапов")

# a row a stay of a deal in a stage: entries of the same stage in a row are one stay
_STAYS = """
WITH entries AS (
  SELECT d.deal, d.status, d.closed, lower(trim(e.stage)) AS stage, e.entered_at,
         lag(lower(trim(e.stage))) OVER (PARTITION BY d.deal ORDER BY e.entered_at, e.stage) AS before
  FROM deals d CROSS JOIN looked_at l
  JOIN stage_events e ON e.opportunity_id = d.opportunity_id AND CAST(e.entered_at AS DATE) <= l.as_of),
follow AS (
  SELECT deal, status, closed, stage, entered_at,
         lead(stage) OVER (PARTITION BY deal ORDER BY entered_at, stage) AS next,
         lead(entered_at) OVER (PARTITION BY deal ORDER BY entered_at, stage) AS next_at
  FROM entries WHERE before IS NULL OR before <> stage),
placed AS (
  SELECT f.deal, CAST(f.entered_at AS DATE) AS day, f.entered_at, f.status, f.closed, f.next_at, s.name AS stage,
         s.kind, n.name AS next, (f.closed IS NULL OR CAST(f.closed AS DATE) <= l.as_of) AS decided, l.as_of
  FROM follow f CROSS JOIN looked_at l JOIN stages s ON s.stage = f.stage LEFT JOIN stages n ON n.stage = f.next
  WHERE CAST(f.entered_at AS DATE) >= l.start AND CAST(f.entered_at AS DATE) < l."end"
    AND (f.next IS NULL OR n.name IS NOT NULL))
SELECT deal, day, stage,
       CASE WHEN next IS NOT NULL THEN next WHEN status = 'won' AND decided THEN '{won}'
            WHEN status = 'lost' AND decided THEN '{lost}' ELSE '{still}' END AS next,
       CASE WHEN next IS NOT NULL THEN (epoch(next_at) - epoch(entered_at)) / 86400.0
            WHEN status IN ('won', 'lost') AND decided THEN (epoch(closed) - epoch(entered_at)) / 86400.0
            ELSE (epoch(CAST(as_of AS TIMESTAMP)) - epoch(CAST(day AS TIMESTAMP))) / 86400.0 END AS days
FROM placed WHERE kind = 'open' OR next IS NOT NULL
"""
_COUNTED = """
SELECT stage, next, count(*) AS n, quantile_cont(days, 0.5) AS median_days FROM stays GROUP BY stage, next
"""
_KNOWN = """
SELECT count(*) AS deals, count(CASE WHEN opportunity_id NOT IN (SELECT opportunity_id FROM stage_events) THEN 1 END)
  AS without
FROM deals
"""


def relations(engine: Engine, pipeline: Pipeline, view: View) -> dict[str, str]:
    """The relations of a statement over `stays`: deal, day (entered), stage, next, days (until next, or so far)."""
    won = pipeline.keys[-1]
    named = [(s, key, "open") for key, stages in zip(pipeline.keys[:-1], pipeline.steps, strict=False) for s in stages]
    named += [(s, s, "open") for s in pipeline.aside]
    named += [(s, won, "over") for s in pipeline.steps[-1]] + [(s, LOST, "over") for s in pipeline.lost]
    unique = {s.strip().lower(): (s.strip().lower(), name, kind) for s, name, kind in reversed(named)}
    kinds = {"stage": "string", "name": "string", "kind": "string"}
    stays = _STAYS.format(won=won.replace("'", "''"), lost=LOST, still=STILL)
    return {
        **behind.looked_at(engine, view),
        "deals": behind.compiled(engine, ("matrix", pipeline.name), lambda: _deals(engine, pipeline, view), view),
        "stages": engine.dialect.rows(kinds, list(unique.values())),
        "stays": engine.dialect.translated(stays),
    }


def _deals(engine: Engine, pipeline: Pipeline, view: View) -> ir.Table:
    rows = engine.keep(table("opportunities"), "opportunities", view.where)
    rows = rows.filter(rows.pipeline.fill_null("") == pipeline.name)
    return rows.select("opportunity_id", "status", deal=rows[KEY], closed=rows.closed_at)


def chosen(engine: Engine, wanted: str | None) -> tuple[Pipeline, tuple[str, str]]:
    """The pipeline asked for, else the one with most deals; and the statements that told it."""
    pipelines, first = engine.select(funnel_pipeline.PIPELINES_SQL)
    stages, second = engine.select(funnel_pipeline.STAGES_SQL)
    return funnel_pipeline.choose(pipelines, stages, wanted), (first, second)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """A row a stage and where its deals went next, in the order of the stages. Columns: stage, next, kind (KINDS),
    cases (stays that went there), n (all stays in the stage that began within the view's period), share = cases / n
    with its 95 % interval, median_days in the stage (of STILL: so far).

    The shares of a stage sum to 1. Raises NotComputable where the pipeline has no stage history.
    """
    pipeline, told_by = chosen(engine, params["pipeline"])
    if not pipeline.history:
        raise NotComputable(
            Text("These deals have no stage history.", "У этих сделок нет истории этапов."),
            fix=Text(
                "Import a stage history, or map the columns with the date of each stage.",
                "Загрузите историю этапов или сопоставьте колонки с датами этапов.",
            ),
        )
    with_stays = relations(engine, pipeline, view)
    counted, sql = engine.run(engine.dialect.translated(_COUNTED), with_stays)
    known, second = engine.run(engine.dialect.translated(_KNOWN), {k: v for k, v in with_stays.items() if k != "stays"})
    frame = _frame(counted, pipeline)
    without = int(known["without"].iloc[0])
    names = {k: verbatim(k) for k in (*pipeline.keys, *pipeline.aside)}
    names |= {LOST: Text("Lost", "Проиграна"), STILL: Text("Still there", "Ещё на этапе")}
    notes = []
    if params["pipeline"] is None and pipeline.others:
        notes.append(phrases_of_others(pipeline))
    return Result(
        frame=frame,
        columns=_columns(names),
        facts={
            "kinds": {k: int(frame.loc[frame["kind"] == k, "cases"].sum()) for k in KINDS},
            "stays": int(frame["cases"].sum()),
            "back": _largest(frame, "back"),
            "skipped": _largest(frame, "skipped"),
            "names": names,
            "steps": pipeline.keys,
            "pipeline": pipeline.name,
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=(sql, second, *told_by),
        notes=tuple(notes),
        rows_used=((Text("stays in a stage that began in the range", "пребывания на этапе, начатые в диапазоне дат"),
                    int(frame["cases"].sum())),),
        rows_left_out=((NO_HISTORY, without),) if without else (),
        empty=None if not frame.empty else phrases.NO_VALUE,
    )  # fmt: skip


def phrases_of_others(pipeline: Pipeline) -> Text:
    """Which pipeline is shown, and which others there are."""
    others = ", ".join(pipeline.others)
    return Text(
        f"The pipeline with most deals is shown, “{pipeline.name}”; there are also: {others}.",
        f"Показана воронка с наибольшим числом сделок, «{pipeline.name}»; есть и другие: {others}.",
    )


def _frame(counted: pd.DataFrame, pipeline: Pipeline) -> pd.DataFrame:
    places = {key: k for k, key in enumerate(pipeline.keys)}
    order = [*pipeline.keys, *pipeline.aside, LOST, STILL]
    totals = counted.groupby("stage")["n"].sum().to_dict()
    rows = []
    for row in sorted(records(counted), key=lambda r: (order.index(r["stage"]), order.index(r["next"]))):
        n, cases = int(totals[row["stage"]]), int(row["n"])
        low, high = wilson(cases, n) or (None, None)
        rows.append(
            {
                "stage": row["stage"],
                "next": row["next"],
                "kind": _kind(str(row["stage"]), str(row["next"]), places),
                "cases": cases,
                "n": n,
                "share": cases / n,
                "low": low,
                "high": high,
                "median_days": row["median_days"],
            }
        )
    columns = ["stage", "next", "kind", "cases", "n", "share", "low", "high", "median_days"]
    numbers = dict.fromkeys(("share", "low", "high", "median_days"), "float64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def _kind(stage: str, following: str, places: Mapping[str, int]) -> str:
    """What a move is. From or to a stage that is no step: aside; from lost or won to an open stage: back."""
    if following in (LOST, STILL):
        return "lost" if following == LOST else "still"
    if stage == LOST and following in places:
        return "back"
    if stage not in places or following not in places:
        return "aside"
    steps = places[following] - places[stage]
    return "forward" if steps == 1 else "skipped" if steps > 1 else "back"


def _largest(frame: pd.DataFrame, kind: str) -> dict[str, Any] | None:
    rows = frame[frame["kind"] == kind]
    return None if rows.empty else records(rows.sort_values("cases", ascending=False).head(1))[0]


def _columns(names: Mapping[str, Text]) -> tuple[Column, ...]:
    share = Unit.SHARE
    return (
        Column(key="stage", label=Text("From stage", "С этапа"), names=names),
        Column(key="next", label=Text("To", "Куда"), names=names),
        Column(key="kind", label=Text("Move", "Переход"), names=KINDS),
        Column(key="cases", label=Text("Deals", "Сделок"), unit=Unit.COUNT),
        Column(key="n", label=Text("Of all in the stage", "Из всех на этапе"), unit=Unit.COUNT),
        Column(key="share", label=Text("Share", "Доля"), unit=share),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=share),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=share),
        Column(
            key="median_days",
            label=Text("Median days in the stage", "Медиана дней на этапе"),
            unit=Unit.DAYS,
            help=Text("Until the move; of those still there: so far.", "До перехода; для ещё стоящих — на сегодня."),
        ),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """How many went on, skipped, went back, were lost or stayed; and the commonest way back."""
    facts = result.facts
    stays, kinds = facts["stays"], facts["kinds"]
    if not stays:
        return phrases.cannot_tell(phrases.NO_VALUE[formatter.language], formatter)

    def share(kind: str) -> str:
        return formatter.percent(kinds[kind] / stays)

    head = formatter.say(
        Text(
            "Of {n} stays in a stage that began in {p}, {f} went on to the next stage, {s} skipped one, {b} went back, "
            "{l} were lost, {o} are still there",
            "Пребываний на этапе, начатых за {p}: {n}. На следующий этап перешли {f}, через этап — {s}, назад — {b}, "
            "проиграны {l}, ещё на этапе {o}",
        ),
        n=formatter.number(stays),
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        f=share("forward"), s=share("skipped"), b=share("back"), l=share("lost"), o=share("still"),
    )  # fmt: skip
    for kind, text in (
        ("back", Text("; most often back: {a} → {z} ({k} of {n})", "; чаще всего назад: {a} → {z} ({k} из {n})")),
        (
            "skipped",
            Text("; most often skipped: {a} → {z} ({k} of {n})", "; чаще всего через этап: {a} → {z} ({k} из {n})"),
        ),
    ):  # fmt: skip
        if (most := facts[kind]) is not None:
            a, z = (facts["names"][most[k]][formatter.language] for k in ("stage", "next"))
            return head + formatter.say(text, a=a, z=z, k=formatter.number(most["cases"]), n=most["n"]) + "."
    return head + "."


# --- the deals behind a move ----------------------------------------------------------------------------------------


def deals_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The deals that made the picked move, longest in the stage first; without a pick every stay."""
    pipeline, _sql = chosen(engine, found.params["pipeline"])
    names: Mapping[str, Text] = found.result.facts["names"]
    lead = (
        Column(key="days", label=Text("Days in the stage", "Дней на этапе"), unit=Unit.DAYS),
        Column(key="day", label=Text("Entered on", "Вошла")),
        Column(key="from_stage", label=Text("From stage", "С этапа"), names=names),
        Column(key="to_stage", label=Text("To", "Куда"), names=names),
    )
    told = [f"s.{k} = {behind.text(str(pick[k]))}" for k in ("stage", "next") if pick and k in pick]
    where = f" WHERE {' AND '.join(told)}" if told else ""
    listing = f'SELECT s.deal AS "_key", s.days, s.day, s.stage AS from_stage, s.next AS to_stage FROM stays s{where}'
    return behind.listed(
        engine, engine.dialect.translated(listing), relations(engine, pipeline, found.view), lead, limit=limit
    )


STAGE_MATRIX = Analysis(
    key="stage_matrix",
    title=Text("From stage to stage", "С этапа на этап"),
    question=Text(
        "Where do deals go from each stage: on, past it, back, or nowhere?",
        "Куда сделки идут с каждого этапа: дальше, через этап, назад или никуда?",
    ),
    definition=Text(
        "A stay is a deal's time in a stage, from the day it entered it to the day it entered another or was closed; "
        "entries of the same stage in a row are one stay. Stays that began within the range count, wherever and "
        "whenever they ended. Of all stays in a stage: those that went on to the next stage, past it, back to an "
        "earlier one, were won, were lost, or are still there; the shares of a stage add up to 100 %.",
        "Пребывание — время сделки на этапе со дня входа до входа на другой этап или закрытия; повторный вход на тот "
        "же этап подряд — одно пребывание. Учтены пребывания, начатые в диапазоне дат, когда бы и чем бы они ни "
        "закончились. Из всех пребываний на этапе: перешли на следующий, через этап, вернулись назад, выиграны, "
        "проиграны или ещё стоят; доли по этапу в сумме дают 100 %.",
    ),
    params=(Param(key="pipeline", label=Text("Pipeline", "Воронка сделок"), kind=ParamKind.CHOICE, optional=True),),
    run=run,
    finding=finding,
    chart="stage_matrix",
    needs=(("stage_events.entered_at", "stage_events.stage", "stage_events.opportunity_id", "opportunities.stage"),),
    behind=deals_behind,
)
