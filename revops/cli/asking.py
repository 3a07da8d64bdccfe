"""Questions about metrics: which can be told, and what one is."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer

from revops.analysis.values import name_of, period_text, show
from revops.cli import arguments
from revops.cli.options import (
    AsOfOption,
    FormatOption,
    FromOption,
    Lang,
    LangOption,
    ToOption,
    WhereOption,
    WorkspaceOption,
)
from revops.cli.output import Format, Shown, records, say, write_csv, write_json, write_table
from revops.cli.session import opened
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import METRICS, calendar, metric
from revops.metrics.core import Grain, Metric, MetricResult, Period, Query
from revops.metrics.engine import Engine
from revops.metrics.evaluate import BY
from revops.model import fold
from revops.text import Text, verbatim

PERIOD = Text("Period", "Период")
CASES = Text("Cases", "Случаев")
INTERVAL = Text("95% interval", "95 % интервал")


def list_metrics(
    workspace: WorkspaceOption = None, output: FormatOption = Format.TABLE, lang: LangOption = Lang.EN
) -> None:
    """List the metrics.

    Which can be told from the loaded data, and which columns would unlock the others.
    """
    with opened(workspace) as store:
        engine = Engine(store)
        listed = [_described(engine, m) for m in METRICS]
    if output is Format.JSON:
        write_json(listed, lang.value)
    elif output is Format.CSV:
        write_csv([{**row, "missing": " ".join(row["missing"])} for row in listed], language=lang.value)
    else:
        _metrics_table(listed, Formatter(lang.value))


def _described(engine: Engine, declared: Metric) -> dict[str, Any]:
    missing = engine.missing(declared.key)
    return {
        "key": declared.key,
        "label": declared.label,
        "definition": declared.definition,
        "formula": declared.formula,
        "unit": declared.unit,
        "good": declared.good,
        "over_time": declared.over_time,
        "department": declared.department,
        "aliases": declared.aliases,
        "computable": not missing,
        "missing": missing,
        "dimensions": () if missing else tuple(d.key for d in engine.dimensions(declared.key)),
    }


def _metrics_table(listed: list[dict[str, Any]], words: Formatter) -> None:
    def missing(row: dict[str, Any]) -> str:
        return words.say(Text("map {f}", "сопоставьте {f}"), f=", ".join(row["missing"])) if row["missing"] else ""

    write_table(
        [
            Shown(header=words.say(Text("Key", "Ключ")), values=[row["key"] for row in listed]),
            Shown(header=words.say(Text("Metric", "Метрика")), values=[words.say(row["label"]) for row in listed]),
            Shown(
                header=words.say(Text("Can be told", "Считается")),
                values=[words.say(Text("yes", "да") if row["computable"] else Text("no", "нет")) for row in listed],
            ),
            Shown(header=words.say(Text("To unlock it", "Чтобы посчитать")), values=[missing(row) for row in listed]),
        ]
    )


def compute_metric(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The metric's key; `metrics` lists them.")],
    grain: Annotated[Grain | None, typer.Option("--grain", "-g", help="One row a period; without it one row.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Break down: a dimension, or a column of your files.")] = None,
    since: FromOption = None,
    until: ToOption = None,
    as_of: AsOfOption = None,
    where: WhereOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Compute one metric. Without --from and --to: over ALL the data, up to the last day that counts.

    With --grain, every period that has a day in the range is given whole. `end` is the day after the last one.
    """
    declared = metric(key)
    kept = arguments.conditions(where or ())
    with opened(workspace) as store:
        engine = Engine(store)
        if engine.basis.filled and (why := engine.why_not(declared.key)) is not None:
            raise NotComputable(why)
        reach = arguments.one_day(as_of, "--as-of") if as_of else engine.as_of
        found = engine.evaluate(
            Query(
                metric=declared.key,
                periods=_periods(engine, declared, grain, since, until, reach),
                as_of=reach,
                by=by,
                where=kept,
            )
        )
        words = Formatter(lang.value, engine.conventions.currency)
        named = _named(engine, by) if by else None
    for note in found.notes:
        say(words.say(note))
    rows = _rows(found, by)
    if output is Format.JSON:
        write_json(rows)
    elif output is Format.CSV:
        write_csv(rows, list(rows[0]) if rows else None)
    else:
        _metric_table(found, words, named)


def _named(engine: Engine, by: str) -> Text:
    """What to head the breakdown with: a dimension's label, or the person's own header as they wrote it."""
    found = engine.dimension(by)
    return found.label if fold(by) in (fold(found.key), fold(found.label.en), fold(found.label.ru)) else verbatim(by)


def _periods(
    engine: Engine, declared: Metric, grain: Grain | None, since: str | None, until: str | None, as_of: dt.date
) -> tuple[Period, ...]:
    """The asked range as one period, or cut into periods of the grain."""
    end = (arguments.last_day(until) if until else as_of) + calendar.DAY
    start = arguments.first_day(since) if since else min(first_day(engine, declared) or as_of, end - calendar.DAY)
    whole = arguments.checked_range(start, end)
    if grain is None:
        return (whole,)
    return calendar.periods(start, end, grain, engine.conventions)


def first_day(engine: Engine, declared: Metric) -> dt.date | None:
    """The earliest day on which the metric has anything to count; None where it has nothing."""
    days = []
    for fact in {m.fact.key: m.fact for m in declared.measures}.values():
        rows = fact.rows(engine.basis)
        frame, _sql = engine.frame(rows.agg(first=rows.day.min()))
        if (day := frame["first"].iloc[0]) is not None and day == day:  # NaT is not itself
            days.append(dt.date(day.year, day.month, day.day))
    return min(days, default=None)


def _rows(found: MetricResult, by: str | None) -> list[dict[str, Any]]:
    """The frame's rows; the dimension's value is under the name that was asked for."""
    frame = found.frame.drop(columns="period_id")
    if by and by not in frame.columns:
        frame = frame.rename(columns={BY: by})
    return records(frame)


def _metric_table(found: MetricResult, words: Formatter, by: Text | None) -> None:
    frame, shown = found.frame, found.metric
    periods = [period_text(found.query.periods[i], words, as_of=found.query.as_of) for i in frame["period_id"]]
    columns = [Shown(header=words.say(PERIOD), values=periods)]
    if by is not None:
        columns.append(Shown(header=words.say(by), values=[name_of(v, {}, words) for v in frame[BY]]))
    values = [show(v, shown.unit, words) for v in frame["value"]]
    columns.append(Shown(header=words.say(shown.label), values=values, right=True))
    if shown.proportion:
        cases = [words.number(v) for v in frame["n"]]
        columns.append(Shown(header=words.say(CASES), values=cases, right=True))
        between = [f"{words.percent(a)} – {words.percent(b)}" for a, b in zip(frame["low"], frame["high"], strict=True)]
        columns.append(Shown(header=words.say(INTERVAL), values=between, right=True))
    write_table(columns)
