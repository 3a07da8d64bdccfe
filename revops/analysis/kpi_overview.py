"""The first look: the five KPIs, then the rest, each with its comparison and the shape of its course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.series import Answer, ask_all, number, plan, queries
from revops.analysis.stats import is_signal, p_value
from revops.analysis.values import records, relative_change, show, verdict
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import METRIC, METRICS, THE_FIVE
from revops.metrics.core import Metric, Query, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

KPIS: tuple[str, ...] = (
    *THE_FIVE,
    "win_rate",
    "nrr",
    "grr",
    "new_customers",
    "pipeline_created",
    "sales_cycle",
    "mrr",
    "net_new_mrr",
    "won_revenue",
    "average_won_deal",
    "open_pipeline",
    "leads",
    "mqls",
    "sqls",
    "active_customers",
    "arpa",
    "ended_share",
    "won_deals",
    "ltv_cac",
    "gross_revenue_churn",
)
MOST = 20  # figures on one page; the later ones of KPIS come in where earlier ones cannot be told
DEPARTMENTS = {
    "revenue": Text("Revenue", "Выручка"),
    "marketing": Text("Marketing", "Маркетинг"),
    "sales": Text("Sales", "Продажи"),
    "success": Text("Customer success", "Работа с клиентами"),
    "handoffs": Text("Hand-offs between the teams", "Передача между командами"),
}
OF_DEPARTMENT: Mapping[str, tuple[str, ...]] = {
    "revenue": (
        "arr", "mrr", "net_new_mrr", "nrr", "grr", "new_mrr", "new_arr", "expansion_mrr", "contraction_mrr",
        "churned_mrr", "reactivation_mrr", "quick_ratio", "active_customers", "arpa", "clv", "ltv_cac", "magic_number",
    ),
    "marketing": (
        "cac", "paid_cac", "cac_lagged", "cac_payback", "ltv_cac", "spend", "new_customers", "leads", "mqls", "sqls",
        "lead_to_mql", "mql_to_sql", "lead_response", "lead_response_p90", "lead_response_sla",
    ),
    "sales": (
        "won_revenue", "win_rate", "sql2cw", "sales_velocity", "sales_cycle", "open_pipeline", "pipeline_coverage",
        "pipeline_created", "deals_created", "won_deals", "average_won_deal", "median_won_deal", "acv", "slipped_deals",
        "slip_rate", "stage_ageing", "quota_attainment", "lost_deals",
    ),
    "success": (
        "logo_churn", "gross_revenue_churn", "net_revenue_churn", "renewal_rate", "term_renewal",
        "at_risk_accounts", "active_customers", "csat", "tickets", "tickets_per_account", "first_response",
        "first_response_p90", "resolution_time", "resolution_time_p90", "ended_share",
    ),
    "handoffs": (
        "lead_response", "lead_response_sla", "mql_to_sql_days", "sql_to_opportunity_days", "mql_never_sql",
        "sql_never_opportunity", "lead_to_mql", "mql_to_sql", "sql_to_opportunity", "sql2cw",
    ),
}  # fmt: skip


def row_of(answer: Answer) -> dict[str, Any]:
    """One KPI's row: its value over the whole range, the base, the change and the course over the periods.

    change: value - base in the metric's own unit; relative: value / base - 1 of money and counts (None for a base
    of zero or less). signal: for proportions, whether the change is more than noise. series: one value a period,
    None where there is none.
    """
    metric, plan_ = answer.metric, answer.plan
    now, before = answer.one(plan_.whole), answer.one(plan_.base)
    value, base = number(now), number(before)
    p = None
    if metric.proportion and now and before and value is not None and base is not None:
        p = p_value(now["numerator"], now["denominator"], before["numerator"], before["denominator"])
    return {
        "metric": metric.key,
        "unit": metric.unit.value,
        "value": value,
        "base": base,
        "change": None if value is None or base is None else value - base,
        "relative": relative_change(value, base) if metric.unit in (Unit.MONEY, Unit.COUNT) else None,
        "verdict": verdict(value, base, metric.good),
        "signal": is_signal(p),
        "n": number(now, "n"),
        "low": number(now, "low"),
        "high": number(now, "high"),
        "series": [number(answer.one(bucket)) for bucket in plan_.buckets],
    }


def absent_row(metric: Metric, buckets: int) -> dict[str, Any]:
    """The row of a KPI that cannot be computed here."""
    empty = dict.fromkeys(("value", "base", "change", "relative", "signal", "n", "low", "high"))
    return {"metric": metric.key, "unit": metric.unit.value, **empty, "verdict": 0, "series": [None] * buckets}


COLUMNS = (
    Column(key="metric", label=Text("KPI", "Показатель"), names={m.key: m.label for m in METRICS}),
    Column(key="unit", label=Text("Unit", "Единица"), hidden=True),
    Column(key="value", label=Text("Value", "Значение"), unit_from="unit"),
    Column(key="base", label=Text("Compared with", "Было"), unit_from="unit"),
    Column(key="change", label=Text("Change", "Изменение"), unit_from="unit", signed=True),
    Column(key="relative", label=Text("Change, %", "Изменение, %"), relative=True),
    Column(key="verdict", label=Text("News", "Оценка"), hidden=True),
    Column(key="signal", label=Text("More than noise", "Больше случайного разброса"), hidden=True),
    Column(key="n", label=Text("Cases", "Случаев"), unit=Unit.COUNT),
    Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=Unit.SHARE),
    Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=Unit.SHARE),
    Column(key="series", label=Text("Course", "Ход"), hidden=True),
)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a KPI (keys in `metric`), in the order of KPIS or OF_DEPARTMENT: the first MOST that can be told, and
    those that cannot.

    facts["missing"]: metric -> why it cannot be told.
    """
    wanted = plan(view, engine.basis.conventions, buckets=True)
    rows: list[dict[str, Any]] = []
    missing: dict[str, Text] = {}
    sql: list[str] = []
    notes: list[Text] = []
    too_early: list[Metric] = []
    asked, told = _asked(params), _told(engine, params)
    shown = [key for key in asked if key in told or engine.why_not(key) is not None]
    answers = ask_all(engine, told, view, wanted)
    for key in shown:
        answer = answers.get(key)
        if answer is None or isinstance(answer, NotComputable):  # a field is missing, or a filter it cannot tell
            missing[key] = (engine.why_not(key) or phrases.NO_VALUE) if answer is None else answer.sentence()
            rows.append(absent_row(METRIC[key], len(wanted.buckets)))
            continue
        rows.append(row_of(answer))
        sql.append(answer.sql)
        notes.extend(answer.result.notes)
        if wanted.base and answer.first_day and not answer.known(wanted.base):
            too_early.append(METRIC[key])
    if too_early:
        notes.append(_nothing_before(too_early))
    computed = [r["metric"] for r in rows if r["metric"] not in missing]
    return Result(
        frame=pd.DataFrame(rows).astype({"signal": "object"}),
        columns=COLUMNS,
        facts={"missing": missing, "periods": wanted.buckets, "base": wanted.base},
        sql=tuple(dict.fromkeys(sql)),
        metrics=tuple(computed),
        notes=tuple(dict.fromkeys(notes)),
        empty=None if computed else next(iter(missing.values()), phrases.NO_VALUE),
    )


def _asked(params: Mapping[str, Any]) -> tuple[str, ...]:
    return OF_DEPARTMENT[params["department"]] if params["department"] else KPIS


def _told(engine: Engine, params: Mapping[str, Any]) -> list[str]:
    return [key for key in _asked(params) if engine.why_not(key) is None][:MOST]


def asks(engine: Engine, view: View, params: Mapping[str, Any]) -> list[Query]:
    return queries(_told(engine, params), view, plan(view, engine.basis.conventions, buckets=True))


def _nothing_before(metrics: list[Metric]) -> Text:
    return Text(
        "Not compared, because the data begins too late: " + ", ".join(m.label.en for m in metrics) + ".",
        "Без сравнения, потому что данные начинаются слишком поздно: " + ", ".join(m.label.ru for m in metrics) + ".",
    )


def finding(result: Result, formatter: Formatter) -> str:
    """The first KPI that has a value, then how many got better and worse, and which worst."""
    rows = records(result.frame.dropna(subset=["value"]))
    if not rows:
        return phrases.cannot_tell(phrases.NO_VALUE[formatter.language], formatter)
    lead = next((r for r in rows if r["metric"] in ("arr", "won_revenue")), rows[0])
    metric = METRIC[lead["metric"]]
    head = f"{metric.label[formatter.language]}: {show(lead['value'], metric.unit, formatter, compact=True)}"
    change = phrases.change_clause(lead["value"], lead["base"], metric.unit, formatter)
    compared = [r for r in rows if r["base"] is not None and not pd.isna(r["base"])]
    if not compared:
        return phrases.sentence(head)
    better = sum(r["verdict"] > 0 for r in compared)
    worse = [r for r in compared if r["verdict"] < 0 and r["signal"] is not False]
    news = formatter.say(
        Text(
            "{b} of {n} compared figures improved, {w} clearly worsened",
            "улучшились {b} из {n} показателей, явно ухудшились — {w}",
        ),
        b=better,
        n=len(compared),
        w=len(worse),
    )
    return phrases.sentence(head, change)[:-1] + "; " + news + _worst(worse, formatter) + "."


def _worst(worse: list[dict[str, Any]], formatter: Formatter) -> str:
    moved = [r for r in worse if r["base"]]
    if not moved:
        return ""
    row = max(moved, key=lambda r: abs(r["value"] / r["base"] - 1))
    metric = METRIC[row["metric"]]
    return formatter.say(
        Text(", most of all {m} ({v}, was {b})", ", сильнее всего — {m} ({v}, было {b})"),
        m=phrases.lower_first(metric.label[formatter.language]),
        v=show(row["value"], metric.unit, formatter, compact=True),
        b=show(row["base"], metric.unit, formatter, compact=True),
    )


KPI_OVERVIEW = Analysis(
    key="kpi_overview",
    title=Text("Key figures", "Ключевые показатели"),
    question=Text("How are we doing?", "Как у нас дела?"),
    definition=Text(
        "The five KPIs first, then the others: the value over the chosen range, the same of the range it is compared "
        "with, and its course over the periods. A figure that cannot be computed says which column is missing.",
        "Сначала пять главных показателей, затем остальные: значение за выбранный диапазон, значение за диапазон "
        "сравнения и ход по периодам. Если показатель посчитать нельзя, сказано, какой колонки не хватает.",
    ),
    params=(
        Param(
            key="department",
            label=Text("Department", "Отдел"),
            kind=ParamKind.CHOICE,
            choices=DEPARTMENTS,
            optional=True,
        ),
    ),
    run=run,
    finding=finding,
    chart="cards",
    asks=asks,
)
