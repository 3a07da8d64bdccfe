"""Runs a cell: fills and checks its parameters, computes it, says it in words and writes its passport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import analysis as analysis_of
from revops.analysis import phrases, rows
from revops.analysis.core import Analysis, Cell, CellResult, Compare, Passport, Result, Source, View
from revops.analysis.coverage import data_begins
from revops.analysis.params import resolve, value_text
from revops.analysis.rows import Figure
from revops.analysis.rows_words import SCOPE
from revops.analysis.values import period_text, records
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.ingest.corrections import told_by_hand
from revops.metrics import calendar
from revops.metrics.core import Grain, Period
from revops.text import LANGUAGES, Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

COMPARED = {
    Compare.NONE: Text("nothing", "без сравнения"),
    Compare.PREVIOUS: Text("the previous period", "предыдущий период"),
    Compare.LAST_YEAR: Text("the same period last year", "тот же период прошлого года"),
    Compare.CUSTOM: Text("a chosen period", "выбранный период"),
}
GRAINS = {
    Grain.WEEK: Text("week", "неделя"),
    Grain.MONTH: Text("month", "месяц"),
    Grain.QUARTER: Text("quarter", "квартал"),
    Grain.YEAR: Text("year", "год"),
}


def run_cell(engine: Engine, cell: Cell, view: View) -> CellResult:
    """The cell's figures, finding and passport. A pure function of the workspace's content, the cell and the view.

    Raises UnknownName (no such analysis), BadParameter, NotComputable (which column to map); a cell that ran but
    found no rows comes back with `result.empty`.
    """
    analysis = analysis_of(cell.analysis)
    params = resolve(analysis, cell.params, lambda name: engine.dimension(name).key)
    check_needs(analysis, engine)
    result = analysis.run(engine, view, params)
    return CellResult(
        cell=cell,
        analysis=analysis,
        view=view,
        params=params,
        result=result,
        finding=finding_of(analysis, result, engine.basis.conventions.currency),
        write_passport=lambda: passport(engine, analysis, view, params, result),
    )


def check_needs(analysis: Analysis, engine: Engine) -> None:
    """Raises NotComputable where none of the groups of fields that the analysis can live on is filled."""
    if not analysis.needs or any(engine.basis.has(*group) for group in analysis.needs):
        return
    ways = [", ".join(group) for group in analysis.needs]
    raise NotComputable(
        Text("“{a}” can't be told yet.", "«{a}» пока нельзя показать.").format(a=analysis.title),
        fix=Text(f"Map {'; or '.join(ways)}.", f"Сопоставьте поля: {'; или '.join(ways)}."),
    )


def finding_of(analysis: Analysis, result: Result, currency: str | None) -> Text:
    """The finding in every language; where there is nothing to show, why."""

    def said(formatter: Formatter) -> str:
        if result.empty is not None:
            return phrases.cannot_tell(result.empty[formatter.language], formatter)
        return phrases.one_stop(analysis.finding(result, formatter))

    en, ru = (said(Formatter(language, currency)) for language in LANGUAGES)
    return Text(en, ru)


# --- the passport -----------------------------------------------------------------------------------------------


def passport(engine: Engine, analysis: Analysis, view: View, params: Mapping[str, Any], result: Result) -> Passport:
    """Where the figures come from. Rows are counted over the view's period and filters."""
    shown = [engine.metric(key) for key in result.metrics]
    definition, formula = analysis.definition, Text("", "")
    if shown:
        definition = _lines(analysis.definition, *(_defined(m.label, m.definition) for m in shown))
        formula = _lines(*(_defined(m.label, m.formula) for m in shown))
    figure = Figure(metric="", period=view.period, as_of=view.as_of, where=view.where)
    used = dict(result.rows_used) | dict(rows.used(engine, result.metrics, figure))
    left = dict(result.rows_left_out) | dict(rows.left_out(engine, result.metrics, figure))
    return Passport(
        definition=definition,
        formula=formula,
        parameters=_parameters(engine, analysis, view, params),
        sql=result.sql,
        rows_used=tuple(used.items()),
        rows_left_out=tuple(left.items()),
        scope=SCOPE if result.metrics and left else None,
        sources=sources(engine),
        as_of=view.as_of,
        notes=result.notes,
    )


def _defined(label: Text, meaning: Text) -> Text:
    return Text(f"{label.en}: {meaning.en}", f"{label.ru}: {meaning.ru}")


def _lines(*texts: Text) -> Text:
    return Text("\n".join(t.en for t in texts), "\n".join(t.ru for t in texts))


def _parameters(engine: Engine, analysis: Analysis, view: View, params: Mapping[str, Any]) -> dict[str, Text]:
    """Key of the parameter (and of the view's filters) -> its value in words."""

    def dimension_label(key: str) -> Text:
        return engine.dimension(key).label

    out = {p.key: value_text(p, params[p.key], dimension_label) for p in analysis.params}
    out["period"] = _both(lambda f: period_text(view.period, f, as_of=view.as_of))
    out["grain"] = GRAINS[view.grain]
    out["compare"] = COMPARED[view.compare]
    if view.compare is Compare.CUSTOM and view.against is not None:
        against = view.against
        out["compare"] = _both(lambda f: period_text(against, f))
    for key, values in view.where.items():
        out[f"where {key}"] = Text(
            ", ".join(v or "not set" for v in values), ", ".join(v or "не указано" for v in values)
        )
    return out


def _both(say: Any) -> Text:
    en, ru = (say(Formatter(language)) for language in LANGUAGES)
    return Text(en, ru)


def sources(engine: Engine) -> tuple[Source, ...]:
    """The imports whose rows are in the workspace now, oldest first."""
    log = engine.workspace.imports()
    return tuple(
        Source(
            import_id=str(row["import_id"]),
            file=row["file"],
            sha256=row["sha256"],
            loaded_at=pd.Timestamp(row["loaded_at"]).to_pydatetime(),
            by_hand=told_by_hand(int(row["corrected"]), int(row["left_out"])),
        )
        for row in records(log[log["active"].astype(bool)])
    )


# --- the view a person starts with ------------------------------------------------------------------------------


def default_view(
    engine: Engine,
    *,
    grain: Grain = Grain.MONTH,
    compare: Compare = Compare.PREVIOUS,
    where: Mapping[str, tuple[str, ...]] | None = None,
    months: int = 12,
) -> View:
    """The last `months` complete months up to as_of; fewer where the data is shorter. Raises NotComputable if empty."""
    as_of = engine.as_of
    end = calendar.floor(as_of + calendar.DAY, Grain.MONTH, engine.basis.conventions)
    start = calendar.add_months(end, -months)
    first = data_begins(engine)
    if first is not None:
        start = max(start, first.replace(day=1))
    if start >= end:  # all of the data lies in the running month
        start, end = as_of.replace(day=1), calendar.add_months(as_of.replace(day=1), 1)
    return View(period=Period(start, end), as_of=as_of, grain=grain, compare=compare, where=where or {})
