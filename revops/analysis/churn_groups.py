"""Churn by groups that are no dimension: how long they had been customers, and the reason they gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import breakdown
from revops.analysis.core import View
from revops.analysis.stats import against_the_rest, is_signal, wilson
from revops.metrics.core import Metric
from revops.metrics.derived import ACCOUNT_STATES
from revops.metrics.facts import CUSTOMER_STEPS, MOVEMENTS
from revops.metrics.retention import CHURNED, GROSS_LOSS, NET_CHANGE, change_of_state
from revops.metrics.tables import looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

# key (sorts in order) -> first month beyond the band, label
BANDS: tuple[tuple[str, int | None, Text], ...] = (
    ("1", 3, Text("under 3 months", "до 3 мес.")),
    ("2", 6, Text("3–6 months", "3–6 мес.")),
    ("3", 12, Text("6–12 months", "6–12 мес.")),
    ("4", 24, Text("1–2 years", "1–2 года")),
    ("5", 48, Text("2–4 years", "2–4 года")),
    ("6", None, Text("over 4 years", "больше 4 лет")),
)
BAND_NAMES = {key: text for key, _, text in BANDS}


def _band(since: ir.DateValue, until: ir.DateValue) -> ir.StringValue:
    """The band of the time from `since` to `until`, a month being 30.4375 days; the key of BANDS."""
    months = until.delta(since, unit="day").cast("float64") / 30.4375
    return ibis.cases(*((months < end, key) for key, end, _ in BANDS if end is not None), else_=BANDS[-1][0])


def tenure(engine: Engine, view: View, measure: str, metric: Metric) -> tuple[pd.DataFrame, str, dict[str, Text]]:
    """Churn by how long they had been customers when the period began (subscriptions: until they ended, or as_of).

    Frame as breakdown.split, bands in order; SQL; band key -> label.
    """

    def build() -> ir.Table:
        return _ended_by_tenure(engine, view) if measure == "ended_share" else _churn_by_tenure(engine, view, measure)

    frame, text = engine.told(("tenure", measure), build, period=view.period, as_of=view.as_of, where=view.where)
    return _as_split(frame.sort_values("group", ignore_index=True), metric), text, BAND_NAMES


def _ended_by_tenure(engine: Engine, view: View) -> ir.Table:
    """group, cases, of: subscriptions started by as_of and how many of them have ended."""
    rows = engine.keep(table("subscriptions"), "subscriptions", view.where)
    as_of = looked_at().as_of.as_scalar()
    ended = (rows.ended_at.date() <= as_of).fill_null(False)
    until = ended.ifelse(rows.ended_at.date(), as_of)
    started = rows.filter(rows.started_at.date() <= as_of)
    return started.group_by(group=_band(rows.started_at.date(), until)).agg(
        cases=ended.sum().cast("float64"), of=started.count().cast("float64")
    )


def _churn_by_tenure(engine: Engine, view: View, measure: str) -> ir.Table:
    """group, cases, of: customers (or MRR) at the start of the range and what of it was gone at its end.

    The rows of the churn metrics, so that the groups sum to them whatever is filtered.
    """
    start, end = looked_at().start.as_scalar(), looked_at().end.as_scalar()
    steps = engine.keep(CUSTOMER_STEPS.rows(engine.basis), "accounts", view.where)
    there = steps.filter(steps.day < start)
    step = there.customer_step if measure == "logo" else there.mrr_step
    there = _with_band(there.group_by("account_id").agg(of=step.sum().cast("float64")), start)
    moved = engine.keep(MOVEMENTS.rows(engine.basis), "movements", view.where)
    moved = moved.filter(moved.day >= start, moved.day < end)
    changes = _with_band(moved.group_by("account_id").agg(**change_of_state(moved)), start)
    lost = {"logo": CHURNED, "gross": GROSS_LOSS}.get(measure, NET_CHANGE).value(changes).cast("float64")
    of = there.group_by("group").agg(of=there.of.sum())
    cases = changes.group_by("group").agg(cases=lost if measure in ("logo", "gross") else -lost)
    both = of.left_join(cases.rename(_group="group"), of.group == cases.group)
    return both.select("group", "of", cases=both.cases.fill_null(0.0))


def _with_band(accounts: ir.Table, start: ir.DateValue) -> ir.Table:
    """`group`: the band of the time from the account's first day to `start`."""
    states = ACCOUNT_STATES.table
    began = states.group_by(_of=states.account_id).agg(_began=states.day.min())
    known = accounts.join(began, accounts.account_id == began["_of"])
    return known.mutate(group=_band(known["_began"], start)).drop("_of", "_began")


def _as_split(parts: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """group, cases, of -> the columns of breakdown.split, without a comparison."""
    parts = parts[parts["of"] > 0].reset_index(drop=True)
    frame = pd.DataFrame(index=parts.index, columns=["group", *breakdown.NUMBERS, "signal"])
    frame = frame.astype({**dict.fromkeys(breakdown.NUMBERS, "float64"), "signal": "object"})
    frame["group"] = parts["group"]
    frame["value"] = parts["cases"] / parts["of"]
    if metric.proportion:
        frame["n"], frame["cases"] = parts["of"], parts["cases"]
        bounds = [wilson(c, n) or (None, None) for c, n in zip(parts["cases"], parts["of"], strict=True)]
        frame["low"] = pd.Series([b[0] for b in bounds], index=frame.index, dtype="float64")
        frame["high"] = pd.Series([b[1] for b in bounds], index=frame.index, dtype="float64")
        tested = against_the_rest(parts["cases"].tolist(), parts["of"].tolist())
        frame["p_rest"] = pd.Series(tested, index=frame.index, dtype="float64")
        frame["signal"] = pd.Series([is_signal(p) for p in tested], index=frame.index, dtype="object")
    return frame


def reasons(engine: Engine, view: View, measure: str) -> tuple[pd.DataFrame, str, float]:
    """Each reason's share of the customers (MRR, subscriptions) lost in the range, commonest first; SQL; all lost.

    Columns: group ("" where no reason is given), cases (how many, or how much MRR), n (all), value, low, high.
    """
    frame, text = engine.told(
        ("reasons", measure),
        lambda: _lost_by_reason(engine, view, measure),
        period=view.period,
        as_of=view.as_of,
        where=view.where,
    )
    total = float(frame["cases"].sum())
    frame = frame[frame["cases"] > 0]
    frame = frame.assign(_unset=frame["group"] == "").sort_values(["_unset", "cases"], ascending=[True, False])
    frame = frame.drop(columns="_unset").reset_index(drop=True)
    frame["n"] = total
    frame["value"] = frame["cases"] / total if total else float("nan")
    counted = measure in ("logo", "ended_share")
    bounds = [(wilson(c, total) if counted else None) or (None, None) for c in frame["cases"]]
    frame["low"] = pd.Series([b[0] for b in bounds], index=frame.index, dtype="float64")
    frame["high"] = pd.Series([b[1] for b in bounds], index=frame.index, dtype="float64")
    return frame, text, total


def _lost_by_reason(engine: Engine, view: View, measure: str) -> ir.Table:
    """group ("" where no reason is given), cases: how many customers, how much MRR or how many subscriptions."""
    start, end = looked_at().start.as_scalar(), looked_at().end.as_scalar()
    if measure == "ended_share":
        rows = engine.keep(table("subscriptions"), "subscriptions", view.where)
        lost = rows.filter(rows.ended_at.date() < end)
        return lost.group_by(group=lost.cancel_reason.strip().fill_null("")).agg(cases=lost.count().cast("float64"))
    states = engine.keep(MOVEMENTS.rows(engine.basis), "movements", view.where)
    lost = states.filter((states.kind == "churn") & (states.day >= start) & (states.day < end))
    amount = lost.account_id.nunique() if measure == "logo" else lost.mrr_before.sum()
    return lost.group_by(group=lost.reason.strip().fill_null("")).agg(cases=amount.cast("float64"))
