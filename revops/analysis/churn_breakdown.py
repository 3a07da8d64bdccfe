"""Who leaves: churn by segment, plan, tenure, channel or any column, and the reasons given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from revops.analysis import breakdown, churn_groups, phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.kpi_breakdown import dimension_for
from revops.analysis.kpi_trend import summary
from revops.analysis.series import ask, plan
from revops.analysis.values import show
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.metrics.dimensions import names_of
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MEASURES: dict[str, Text] = {
    "logo": Text("Customer churn", "Отток клиентов"),
    "gross": Text("Gross revenue churn", "Валовый отток выручки"),
    "net": Text("Net revenue churn", "Чистый отток выручки"),
    "ended_share": Text("Share of subscriptions ended", "Доля завершённых подписок"),
}
METRIC_OF = {
    "logo": "logo_churn",
    "gross": "gross_revenue_churn",
    "net": "net_revenue_churn",
    "ended_share": "ended_share",
}
USUAL = ("segment", "plan", "product", "channel", "source", "region", "industry", "country")
TENURE = Text("Time as a customer", "Срок жизни клиента")
REASON = Text("Reason given", "Названная причина")
SNAPSHOT = Text(
    "All ended subscriptions end on one day: the file is a snapshot without churn dates, so the share that has ended "
    "is shown in place of churn over a period.",
    "Все завершённые подписки закончились в один день: файл — снимок без дат ухода, поэтому вместо оттока за период "
    "показана доля завершённых.",
)


def is_snapshot(engine: Engine) -> bool:
    """Subscriptions have ended, and all of them on one day: no period can be told from another."""
    if not engine.basis.has("subscriptions.ended_at"):
        return False
    frame, _sql = engine.select(
        "SELECT count(ended_at) AS ended, count(DISTINCT CAST(ended_at AS DATE)) AS days FROM subscriptions"
    )
    return bool(frame["ended"].iloc[0] > 1 and frame["days"].iloc[0] == 1)


BY_START = Text(
    "By tenure, the customers of the start are set against the end, whatever churn formula is in force.",
    "По сроку клиенты на начало сравниваются с концом, какая бы формула оттока ни действовала.",
)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """The frame of breakdown.split (by reason: each reason's share of what was lost, see churn_groups.reasons)."""
    notes: tuple[Text, ...] = ()
    measure = params["measure"]
    if measure is None:
        measure = "ended_share" if is_snapshot(engine) else "logo"
        notes = (SNAPSHOT,) if measure == "ended_share" else ()
    key = METRIC_OF[measure]
    why = engine.why_not(key)
    if why is not None:
        raise NotComputable(
            Text("“{m}” can't be told yet.", "«{m}» пока нельзя посчитать.").format(m=METRIC[key].label), fix=why
        )
    by = params["by"] or _first_way(engine, key)
    if by == "reason":
        return _reasons(engine, view, measure, notes)
    metric = engine.metric(key)
    wanted = plan(view, engine.basis.conventions)
    total = ask(engine, key, view, wanted)
    if by == "tenure":
        label, declared = TENURE, METRIC[key]
        notes = notes if metric.formula == declared.formula else (*notes, BY_START)
        metric = declared
        frame, text, names = churn_groups.tenure(engine, view, measure, metric)
    else:
        dimension = dimension_for(engine, key, by)
        by, label = dimension.key, dimension.label
        answer = ask(engine, key, view, wanted, by)
        frame, text, names = breakdown.split(answer), answer.sql, dict(names_of(dimension))
    if metric.proportion:
        frame = frame[frame["n"] > 0].reset_index(drop=True)
    return Result(
        frame=frame,
        columns=breakdown.columns(metric, label, names),
        facts={**summary(total, view), "by": by, "by_label": label, "measure": measure, "names": names},
        sql=(text, total.sql),
        metrics=(key,),
        notes=(*notes, *total.notes),
        empty=phrases.NO_VALUE if frame.empty else None,
    )


def _first_way(engine: Engine, key: str) -> str:
    """How churn is split where nobody says: by the first of USUAL that the data can tell, else by tenure.

    Never by a person's own column: one of those may be the very column that says who left.
    """
    usable = {d.key for d in engine.dimensions(key)}
    return next((way for way in USUAL if way in usable), "tenure")


def _reasons(engine: Engine, view: View, measure: str, notes: tuple[Text, ...]) -> Result:
    if not engine.basis.has("subscriptions.cancel_reason"):
        raise NotComputable(
            Text("No reasons for leaving are known.", "Причины ухода неизвестны."),
            fix=Text("Map subscriptions.cancel_reason.", "Сопоставьте причину отмены подписки."),
        )
    frame, text, lost = churn_groups.reasons(engine, view, measure)
    unit = Unit.COUNT if measure in ("logo", "ended_share") else Unit.MONEY
    what = Text("Churned customers", "Ушедшие клиенты") if unit is Unit.COUNT else Text("Churned MRR", "Ушедший MRR")
    if measure == "ended_share":
        what = Text("Ended subscriptions", "Завершённые подписки")
    columns = (
        Column(key="group", label=REASON),
        Column(key="value", label=Text("Share of what was lost", "Доля в потерях"), unit=Unit.SHARE),
        Column(key="cases", label=what, unit=unit),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE, hidden=unit is Unit.MONEY),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE, hidden=unit is Unit.MONEY),
        Column(key="n", label=Text("Out of", "Из скольких"), unit=unit, hidden=True),
    )
    return Result(
        frame=frame,
        columns=columns,
        facts={"metric": METRIC_OF[measure], "by": "reason", "lost": lost, "lost_unit": unit, "what": what},
        sql=(text,),
        metrics=(METRIC_OF[measure],),
        notes=notes,
        empty=None
        if not frame.empty
        else Text("nobody left in the chosen period.", "в выбранном периоде никто не ушёл."),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """The worst group beyond noise; of reasons the commonest, and how many gave none."""
    facts = result.facts
    if facts["by"] == "reason":
        return _reason_finding(result, formatter)
    if result.frame.empty:
        return phrases.cannot_tell(phrases.NO_VALUE[formatter.language], formatter)
    return breakdown.sentence(result.frame, METRIC[facts["metric"]], facts, facts["by_label"], formatter)


def _reason_finding(result: Result, formatter: Formatter) -> str:
    frame, facts = result.frame, result.facts
    named = frame[frame["group"] != ""]
    lost = show(facts["lost"], facts["lost_unit"], formatter, compact=True)
    silent = 1 - float(named["value"].sum()) if not frame.empty else 1.0
    if named.empty:
        return phrases.cannot_tell(
            formatter.say(Text("no reason is given for the losses.", "для потерь не указано ни одной причины.")),
            formatter,
        )
    top = named.iloc[0]
    text = Text(
        "The commonest reason for leaving is “{g}”, {s} of {n} ({w})",
        "Самая частая причина ухода — «{g}»: {s} от {n} ({w})",
    )
    head = formatter.say(
        text,
        g=top["group"],
        s=formatter.percent(top["value"]),
        n=lost,
        w=phrases.lower_first(facts["what"][formatter.language]),
    )
    if silent < 0.005:
        return head + "."
    tail = Text("; {s} gave no reason", "; без указания причины — {s}")
    return head + formatter.say(tail, s=formatter.percent(silent)) + "."


CHURN_BREAKDOWN = Analysis(
    key="churn_breakdown",
    title=Text("Churn by group", "Отток по группам"),
    question=Text("Who leaves, and why?", "Кто уходит и почему?"),
    definition=Text(
        "Churn of the range by group: of the customers (or MRR) at its start, the share no longer there at its end, "
        "with intervals and whether a group differs from all others by more than chance. By reason: each reason's "
        "share of the customers (or MRR) lost.",
        "Отток за диапазон по группам: какой доли клиентов (или MRR), бывших на его начало, нет на его конец, с "
        "интервалами и ответом, отличается ли группа от остальных больше случайного. По причинам: доля каждой "
        "причины среди ушедших клиентов (или MRR).",
    ),
    params=(
        Param(
            key="measure",
            label=Text("Churn of", "Отток чего"),
            kind=ParamKind.CHOICE,
            choices=MEASURES,
            optional=True,
        ),
        Param(
            key="by",
            label=Text("By", "В разрезе"),
            kind=ParamKind.DIMENSION,
            choices={"tenure": TENURE, "reason": REASON},
            optional=True,
        ),
    ),
    run=run,
    finding=finding,
    chart="breakdown",
    needs=(
        ("subscriptions.started_at",),
        ("mrr_months.mrr",),
        ("invoices.period_start", "invoices.period_end", "invoices.amount"),
    ),
)
