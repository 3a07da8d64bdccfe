"""One KPI by one dimension over the view's range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from revops.analysis import breakdown, phrases
from revops.analysis.core import Analysis, Param, ParamKind, Result, View
from revops.analysis.kpi_trend import summary
from revops.analysis.series import ask, plan, queries
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.metrics.core import Query
from revops.metrics.dimensions import names_of
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.dimensions import Dimension
    from revops.metrics.engine import Engine


def dimension_for(engine: Engine, metric: str, by: str | None) -> Dimension:
    """The dimension asked for, else the metric's first. Raises NotComputable where the metric has none, or not it."""
    usable = {d.key: d for d in engine.dimensions(metric)}
    if by is None and usable:
        return next(iter(usable.values()))
    if by in usable:
        return usable[by]
    raise NotComputable(
        Text(
            "“{m}” cannot be broken down{by}: the rows it counts name no such thing.",
            "«{m}» нельзя разбить{by}: в строках, по которым он считается, этого нет.",
        ).format(m=METRIC[metric].label, by=Text(f" by “{by}”", f" по разрезу «{by}»") if by else ""),
        fix=_what_works(usable),
    )


def _what_works(usable: Mapping[str, Dimension]) -> Text:
    if not usable:
        return Text(
            "Map a column such as segment, source or owner to unlock a breakdown.",
            "Сопоставьте колонку (например, сегмент, источник или ответственный), чтобы появился разрез.",
        )
    return Text(
        "It can be broken down by: " + ", ".join(d.label.en for d in usable.values()) + ".",
        "Доступные разрезы: " + ", ".join(d.label.ru for d in usable.values()) + ".",
    )


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """The frame of `breakdown.split`; facts: those of kpi_trend's summary, the dimension, `names` of its values."""
    metric = params["metric"]
    why = engine.why_not(metric)
    if why is not None:
        raise NotComputable(why)
    dimension = dimension_for(engine, metric, params["by"])
    wanted = plan(view, engine.basis.conventions)
    total = ask(engine, metric, view, wanted)
    answer = ask(engine, metric, view, wanted, dimension.key)
    frame = breakdown.split(answer)
    names = names_of(dimension)
    return Result(
        frame=frame,
        columns=breakdown.columns(answer.metric, dimension.label, names),
        facts={**summary(total, view), "by": dimension.key, "by_label": dimension.label, "names": names},
        sql=(answer.sql, total.sql),
        metrics=(metric,),
        notes=answer.notes,
        empty=phrases.NO_VALUE if frame.empty else None,
    )


def asks(engine: Engine, view: View, params: Mapping[str, Any]) -> list[Query]:
    return queries([params["metric"]], view, plan(view, engine.basis.conventions))


def finding(result: Result, formatter: Formatter) -> str:
    """See breakdown.sentence."""
    metric = METRIC[result.facts["metric"]]
    if result.frame.empty:
        return phrases.cannot_tell(phrases.NO_VALUE[formatter.language], formatter)
    return breakdown.sentence(result.frame, metric, result.facts, result.facts["by_label"], formatter)


KPI_BREAKDOWN = Analysis(
    key="kpi_breakdown",
    title=Text("Breakdown", "Разрез"),
    question=Text("Where is it high, and where is it low?", "Где показатель высокий, а где низкий?"),
    definition=Text(
        "The metric of every value of a dimension over the range, with its 95 % interval where it is a share, and "
        "whether it differs from all other values by more than chance.",
        "Показатель по каждому значению разреза за диапазон, для долей — с 95-процентным интервалом и ответом, "
        "отличается ли значение от всех остальных больше, чем объясняет случай.",
    ),
    params=(
        Param(key="metric", label=Text("Metric", "Показатель"), kind=ParamKind.METRIC, default="win_rate"),
        Param(key="by", label=Text("By", "В разрезе"), kind=ParamKind.DIMENSION, optional=True),
    ),
    run=run,
    finding=finding,
    chart="breakdown",
    asks=asks,
)
