"""One metric under two conventions: both values, and the accounts and amounts behind the gap, rule by rule.

The rules in which the conventions differ are changed one after another, from the left ones to the right ones, in the
order of RULES; each step's change of the metric is split by accounts (gap.py). Amounts so sum to the gap. In another
order a rule may take more or less of it, the sum is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import definitions_gap_records
from revops.analysis import definitions_gap_words as words
from revops.analysis.core import Analysis, CellResult, Param, ParamKind, Result, View
from revops.analysis.gap import VALUE, Lifetime, Told, split
from revops.analysis.rows import Rows
from revops.analysis.values import OTHER_KEY
from revops.errors import NotComputable
from revops.metrics import METRIC
from revops.metrics.by_account import ratios
from revops.metrics.core import Metric, Query, Unit
from revops.metrics.derived import recurring_source
from revops.metrics.facts import RECURRING
from revops.metrics.variants import ltv_margin, share_metrics, touches
from revops.model.definition_presets import PRESET, WORKSPACE, label_of, read
from revops.model.definitions import Definitions, Rule
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

# metric -> units of its numerator and denominator; what these are sums over accounts of
OFFERED: dict[str, tuple[Unit, Unit | None]] = {
    "logo_churn": (Unit.COUNT, Unit.COUNT),
    "gross_revenue_churn": (Unit.MONEY, Unit.MONEY),
    "net_revenue_churn": (Unit.MONEY, Unit.MONEY),
    "nrr": (Unit.MONEY, Unit.MONEY),
    "grr": (Unit.MONEY, Unit.MONEY),
    "mrr": (Unit.MONEY, None),
    "arr": (Unit.MONEY, None),
    "active_customers": (Unit.COUNT, None),
    "arpa": (Unit.MONEY, Unit.COUNT),
    "clv": (Unit.MONEY, Unit.COUNT),
    "new_customers": (Unit.COUNT, None),
    "new_mrr": (Unit.MONEY, None),
    "reactivation_mrr": (Unit.MONEY, None),
    "expansion_mrr": (Unit.MONEY, None),
    "contraction_mrr": (Unit.MONEY, None),
    "churned_mrr": (Unit.MONEY, None),
    "net_new_mrr": (Unit.MONEY, None),
    "quick_ratio": (Unit.MONEY, Unit.MONEY),
}
MOST = 200  # accounts of a rule that are named; the rest is one row
THIS_WORKSPACE = Text("this workspace", "это рабочее пространство")
CLOSED = 1e-9
COLUMNS = (
    "rule",
    "account",
    "name",
    "part",
    "numerator_before",
    "numerator_after",
    "denominator_before",
    "denominator_after",
    "amount",
)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """Rows: COLUMNS, by rule in order, then by the size of amount (in the metric's unit); account "…" sums up the rest.

    facts: left, right, gap (None where undefined), steps (rule, amount, accounts), idle (rules no rows are touched by),
    accounts, closes, left_label, right_label. Raises NotComputable for a metric that is not of OFFERED.
    """
    metric, sides, query = _asked(engine, view, params)
    labels = _label(params["left"], sides[0]), _label(params["right"], sides[1])
    answers = [engine.under(side).evaluate(query) for side in sides]
    values = [_defined(answer.rows[0]["value"]) for answer in answers]
    differing, idle = _rules(engine, metric, sides)
    steps: list[tuple[str, pd.DataFrame]] = []
    left, right = values
    gap = None if left is None or right is None else right - left
    if gap is not None:
        steps = _steps(engine, metric, query, sides, [r for r in differing if r not in idle])
    frame = _frame(engine, steps)
    found = float(frame["amount"].sum())
    return Result(
        frame=frame,
        columns=words.columns(metric, frame, OFFERED[metric.key]),
        facts={
            "metric": metric.key,
            "left": left,
            "right": right,
            "gap": gap,
            "left_label": labels[0],
            "right_label": labels[1],
            "formulas": tuple(engine.under(side).metric(metric.key).formula for side in sides),
            "steps": [
                {"rule": rule, "amount": float(part["amount"].sum()), "accounts": _accounts(part)}
                for rule, part in steps
            ],
            "idle": [r.key for r in idle],
            "accounts": len({a for _, part in steps for a in part["account"] if a}),
            "closes": gap is None or abs(found - gap) <= CLOSED * max(1.0, *(abs(v) for v in values if v is not None)),
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=tuple(dict.fromkeys(a.sql for a in answers)),
        metrics=(metric.key,),
        notes=words.notes(idle, differing),
        empty=_undefined(values, labels),
    )


def _asked(
    engine: Engine, view: View, params: Mapping[str, Any]
) -> tuple[Metric, tuple[Definitions, Definitions], Query]:
    """The metric, both conventions, and what is asked of either."""
    metric = _metric(engine, params["metric"])
    own = engine.conventions.definitions
    query = Query(metric=metric.key, periods=(view.period,), as_of=view.as_of, where=view.where)
    return metric, (read(params["left"], own), read(params["right"], own)), query


def _rules(engine: Engine, metric: Metric, sides: tuple[Definitions, Definitions]) -> tuple[list[Rule], list[Rule]]:
    """The rules in which they differ, and those of them by which no rows are touched."""
    differing = [r for r in sides[0].differing(sides[1]) if touches(r, metric)]
    return differing, [r for r in differing if not _alive(engine, r)]


def companies(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The companies behind a bar, all of them: the cell's table sums up the smallest."""
    metric, sides, query = _asked(engine, found.view, found.params)
    differing, idle = _rules(engine, metric, sides)
    steps = _steps(engine, metric, query, sides, [r for r in differing if r not in idle])
    return definitions_gap_records.records(engine, found, steps, pick, limit)


def _metric(engine: Engine, key: str) -> Metric:
    if key not in OFFERED:
        raise NotComputable(
            Text("“{m}” is not split by accounts.", "«{m}» не раскладывается по компаниям.").format(
                m=METRIC[key].label
            ),
            fix=Text("Choose one of: {names}.", "Выберите один из показателей: {names}.").format(
                names=", ".join(OFFERED)
            ),
        )
    return METRIC[key]


def _label(asked: str, side: Definitions) -> Text:
    return THIS_WORKSPACE if asked.strip().lower() == WORKSPACE else label_of(side)


def _defined(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _undefined(values: list[float | None], labels: tuple[Text, ...]) -> Text | None:
    missing = [label for value, label in zip(values, labels, strict=True) if value is None]
    if not missing:
        return None
    names = Text(" and ".join(m.en for m in missing), " и ".join(m.ru for m in missing))
    return Text(
        "it is not defined by {names} in the chosen period: there is nothing to divide by.",
        "по определениям «{names}» показатель в выбранном периоде не определён: делить не на что.",
    ).format(names=names)


# --- rule by rule -------------------------------------------------------------------------------------------------


def _alive(engine: Engine, rule: Rule) -> bool:
    """Some rows of the data can be touched by the rule."""
    needs = {
        "discounts": "subscriptions.discount",
        "churn_day": "subscriptions.cancelled_at",
        "past_due_days": "subscriptions.status",
        "unpaid_days": "subscriptions.status",
        "paused": "subscriptions.status",
    }.get(rule.key)
    if needs is None:
        return True
    if recurring_source(engine.basis) != "subscriptions" or not engine.basis.has(needs):
        return False
    status = {"past_due_days": "past_due", "unpaid_days": "unpaid", "paused": "paused"}.get(rule.key)
    if status is None:
        return True
    frame, _sql = engine.select(f"SELECT count(*) AS n FROM subscriptions WHERE status = '{status}'")
    return bool(frame["n"].iloc[0])


def _steps(
    engine: Engine, metric: Metric, query: Query, sides: tuple[Definitions, Definitions], rules: list[Rule]
) -> list[tuple[str, pd.DataFrame]]:
    """Rule (or rules that can only be told together) -> what each account adds. Precondition: both ends are defined."""
    now = sides[0]
    before = _told(engine.under(now), metric, query)
    waiting: list[str] = []
    found: list[tuple[str, pd.DataFrame]] = []
    for rule in rules:
        now = replace(now, **{rule.key: getattr(sides[1], rule.key)})
        waiting.append(rule.key)
        after = _told(engine.under(now), metric, query)
        if after.value is None:
            continue
        found.append((words.TOGETHER.join(waiting), split(before, after)))
        before, waiting = after, []
    return [(rule, part) for rule, part in found if not part.empty]


def _told(engine: Engine, metric: Metric, query: Query) -> Told:
    if metric.key != "clv":
        return ratios(engine, [engine.metric(metric.key)], query)[0][0]
    arpa, *shares = ratios(engine, share_metrics(engine.conventions.definitions), query)[0]
    return Lifetime(margin=ltv_margin(engine.basis), arpa=arpa, shares=tuple(shares))


def _accounts(part: pd.DataFrame) -> int:
    return len({a for a in part["account"] if a})


def _frame(engine: Engine, steps: list[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    parts = [_shortened(part).assign(rule=rule) for rule, part in steps]
    if not parts:
        empty = dict.fromkeys(COLUMNS, "object") | dict.fromkeys(COLUMNS[4:], "float64")
        return pd.DataFrame({c: pd.Series(dtype=t) for c, t in empty.items()})
    frame = pd.concat(parts, ignore_index=True)
    names = _names(engine, [a for a in frame["account"].unique() if a not in ("", OTHER_KEY)])
    frame["name"] = [OTHER_KEY if a == OTHER_KEY else names.get(a) or a for a in frame["account"]]
    return frame[list(COLUMNS)]


def _shortened(part: pd.DataFrame) -> pd.DataFrame:
    """The largest amounts first; what is beyond MOST in one row, so that the sum stays."""
    part = part.iloc[part["amount"].abs().argsort(kind="stable")[::-1]].reset_index(drop=True)
    if len(part) <= MOST:
        return part
    rest = part.iloc[MOST:]
    summed = rest.drop(columns=["account", "part"]).sum(min_count=1).to_frame().T.assign(account=OTHER_KEY, part=VALUE)
    return pd.concat([part.iloc[:MOST], summed[part.columns]], ignore_index=True)


def _names(engine: Engine, accounts: list[str]) -> dict[str, str]:
    if not accounts or not engine.basis.has("accounts.name"):
        return {}
    sql = (
        "SELECT a.account_id AS account, max(a.name) AS name FROM accounts AS a "
        'JOIN wanted AS w ON a.account_id = w."value" GROUP BY a.account_id'
    )
    frame, _sql = engine.run(engine.dialect.translated(sql), {"wanted": engine.dialect.values(accounts)})
    return dict(zip(frame["account"], frame["name"].fillna(""), strict=True))


DEFINITIONS_GAP = Analysis(
    key="definitions_gap",
    title=Text("Two conventions, one metric", "Один показатель, два определения"),
    question=Text(
        "Why does the same metric differ between two tools, and which accounts make the gap?",
        "Почему один показатель различается в двух системах и какие компании составляют разницу?",
    ),
    definition=Text(
        "The metric under both conventions. The rules in which they differ are changed one by one, and each change is "
        "split by accounts, so that the amounts sum to the gap.",
        "Показатель по обоим определениям. Правила, в которых они различаются, меняются по одному, и каждое изменение "
        "раскладывается по компаниям так, что суммы дают всю разницу.",
    ),
    params=(
        Param(key="metric", label=Text("Metric", "Показатель"), kind=ParamKind.METRIC, default="logo_churn"),
        Param(key="left", label=Text("By", "По определениям"), kind=ParamKind.CHOICE, default=WORKSPACE),
        Param(key="right", label=Text("Against", "Против"), kind=ParamKind.CHOICE, default="chartmogul"),
    ),
    run=run,
    finding=words.finding,
    chart="definitions_gap",
    behind=companies,
    needs=RECURRING,
)
SIDES: dict[str, Text] = {WORKSPACE: THIS_WORKSPACE, **{key: p.label for key, p in PRESET.items()}}
