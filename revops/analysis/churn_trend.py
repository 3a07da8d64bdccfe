"""Customers and revenue lost in every period: logo, gross and net churn side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Result, View
from revops.analysis.kpi_trend import summary, tidy
from revops.analysis.series import Answer, ask_all, plan
from revops.analysis.values import period_text, show
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.metrics.facts import RECURRING
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

SHOWN = ("logo_churn", "gross_revenue_churn", "net_revenue_churn")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """Frame as kpi_trend's, `group` being the metric's key; facts["parts"]: metric -> its summary over the range."""
    wanted = plan(view, engine.basis.conventions, buckets=True)
    usable = [key for key in SHOWN if not engine.missing(key)]
    if not usable:
        why = engine.why_not(SHOWN[0])
        raise NotComputable(Text("Churn can't be told yet.", "Отток пока нельзя посчитать."), fix=why)
    answers: dict[str, Answer] = {}
    for key, answer in ask_all(engine, usable, view, wanted).items():
        if isinstance(answer, NotComputable):  # a filter that customers cannot tell
            raise answer
        answers[key] = answer
    frame = pd.concat([tidy(a, view.as_of, 1).assign(group=key) for key, a in answers.items()], ignore_index=True)
    return Result(
        frame=frame,
        columns=(
            Column(key="group", label=Text("Churn", "Отток"), names={k: METRIC[k].label for k in SHOWN}),
            Column(key="start", label=Text("Period", "Период"), grain=view.grain),
            Column(key="partial", label=Text("Still running", "Ещё идёт")),
            Column(key="value", label=Text("Rate", "Уровень"), unit=Unit.SHARE),
            Column(key="n", label=Text("Customers at the start", "Клиентов на начало"), unit=Unit.COUNT),
            Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE),
            Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE),
            Column(key="base_start", label=Text("Compared period", "Период сравнения"), grain=view.grain, hidden=True),
            Column(key="base", label=Text("Compared with", "Было"), unit=Unit.SHARE),
        ),
        facts={"parts": {key: summary(a, view) for key, a in answers.items()}},
        sql=tuple(dict.fromkeys(a.sql for a in answers.values())),
        metrics=tuple(usable),
        notes=tuple(dict.fromkeys(n for a in answers.values() for n in a.notes)),
        empty=None if frame["value"].notna().any() else phrases.NO_VALUE,
    )


NOBODY_AT_START = Text(
    "there were no customers when the chosen range began; its periods are told one by one.",
    "на начало выбранного диапазона клиентов не было; по отдельным периодам отток показан.",
)


def finding(result: Result, formatter: Formatter) -> str:
    """What the range lost in customers, against the comparison, and in revenue, gross and net of expansion."""
    parts: Mapping[str, Mapping[str, Any]] = result.facts["parts"]
    first = next((p for p in parts.values() if p["value"] is not None), None)
    if first is None:
        why = NOBODY_AT_START if result.frame["value"].notna().any() else phrases.NO_VALUE
        return phrases.cannot_tell(why[formatter.language], formatter)
    metric = METRIC[first["metric"]]
    head = formatter.say(
        Text("{m} for {p}: {v}", "{m} за {p}: {v}"),
        m=metric.label,
        p=period_text(first["period"], formatter, as_of=first["as_of"]),
        v=show(first["value"], Unit.SHARE, formatter),
    )
    change = phrases.change_clause(first["value"], first["base"], Unit.SHARE, formatter)
    noise = phrases.noise_clause(first["signal"], formatter) if change else ""
    others = [
        f"{phrases.lower_first(METRIC[k].label[formatter.language])} {show(p['value'], Unit.SHARE, formatter)}"
        for k, p in parts.items()
        if p is not first and p["value"] is not None
    ]
    tail = "; " + ", ".join(others) if others else ""
    return phrases.sentence(head, change, noise)[:-1] + tail + "."


CHURN_TREND = Analysis(
    key="churn_trend",
    title=Text("Churn over time", "Динамика оттока"),
    question=Text("Do we lose more or fewer than before?", "Мы теряем больше или меньше, чем раньше?"),
    definition=Text(
        "In every period: of the customers at its start, the share gone at its end (logo); of their MRR, the share "
        "lost (gross), and the same after what the others added (net; negative when they added more).",
        "В каждом периоде: какая доля клиентов на начало ушла к концу (отток клиентов); какая доля их MRR потеряна "
        "(валовый отток) и та же доля с учётом расширений (чистый отток; отрицателен, если расширения больше).",
    ),
    params=(),
    run=run,
    finding=finding,
    chart="trend",
    needs=RECURRING,
)
