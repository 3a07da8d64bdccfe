"""Acquisition cost by channel under every way to credit a customer and to lag the spend: which verdicts survive all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import attribution_records, attribution_rows, phrases
from revops.analysis.attribution_rows import ACCOUNT, CHANNEL, FIRST, LAGS, LAST, LINEAR
from revops.analysis.core import Analysis, Column, Result, View
from revops.analysis.coverage import begins
from revops.analysis.values import join_words, name_of, records, show
from revops.formats import Formatter, is_missing
from revops.metrics import calendar
from revops.metrics.core import Query, Unit
from revops.metrics.dimensions import names_of, open_paths
from revops.metrics.facts.recurring import RECURRING, WON
from revops.text import LANGUAGES, Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MODELS = {
    FIRST: Text("first touch", "первое касание"),
    LAST: Text("last touch", "последнее касание"),
    LINEAR: Text("all alike", "поровну"),
    ACCOUNT: Text("account's source", "источник компании"),
}
HEALTHY = 3.0  # LTV to CAC
FEW = 10  # customers of a channel that prove little
BETTER, WORSE, DEPENDS, UNKNOWN = "better", "worse", "depends", "unknown"
ATTRIBUTED = ("leads.account_id", "leads.source", "spend.channel", "spend.amount")
COLUMNS = ("channel", "model", "lag", "spend", "customers", "cac", "overall", "ltv", "ltv_cac")
NONE = Text("no spend of the period names a channel.", "расходы периода не указывают канал.")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a channel with spend, model and lag: COLUMNS. cac: spend / customers, null where it brought none;
    overall: that of these channels together under the same model and lag; ltv: lifetime value of its own customers.

    facts: channels (a record a channel with low, high (None: no customer), customers (least), cost and value: BETTER,
    WORSE, DEPENDS or UNKNOWN under all combinations), overall (low, high), combinations, lags, unattributed, several.
    """
    credited, credit_sql = attribution_rows.credited(engine, view)
    spent, spend_sql = attribution_rows.spent(engine, view)
    lags = _told_lags(engine, view)
    value, clv_sql = _values(engine, view)
    spend = {(int(r["lag"]), str(r["channel"])): float(r["spend"] or 0) for r in records(spent)}
    customers = {(str(r["model"]), str(r["channel"])): float(r["customers"]) for r in records(credited)}
    channels = sorted({c for (lag, c), amount in spend.items() if c and amount > 0 and lag in lags})
    models = [m for m in MODELS if m != ACCOUNT or _accounts_tell(engine)]
    rows = [row for model in models for lag in lags for row in _rows(channels, model, lag, spend, customers, value)]
    told = [_verdict(channel, [row for row in rows if row["channel"] == channel]) for channel in channels]
    overall = [row["overall"] for row in rows if row["overall"] is not None]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame = frame.astype(dict.fromkeys(COLUMNS[3:], "float64") | {"lag": "int64"})
    first = credited.iloc[0] if len(credited) else None
    return Result(
        frame=frame,
        columns=_columns(engine),
        facts={
            "channels": told,
            "overall": (min(overall), max(overall)) if overall else None,
            "combinations": len(models) * len(lags),
            "lags": lags,
            "unattributed": spend.get((0, ""), 0.0),
            "several": int(first["several"]) if first is not None else 0,
            "touched": int(first["touched"]) if first is not None else 0,
            "customers": int(first["total"]) if first is not None else 0,
        },
        sql=(credit_sql, spend_sql, *clv_sql),
        metrics=("new_customers", "spend"),
        notes=_notes(engine, credited, spend, lags) if channels else (),
        empty=None if channels else NONE,
    )


def _accounts_tell(engine: Engine) -> bool:
    return bool(open_paths(CHANNEL, "accounts", engine.basis))


def _told_lags(engine: Engine, view: View) -> tuple[int, ...]:
    """The lags whose months the spend reaches back to; at least none at all."""
    first = begins(engine, {"spend"})["spend"]
    return tuple(lag for lag in LAGS if not lag or (first and first <= calendar.add_months(view.period.start, -lag)))


def _values(engine: Engine, view: View) -> tuple[dict[str, float], tuple[str, ...]]:
    """Channel -> lifetime value of its customers, where it is defined."""
    if engine.missing("clv") or not _accounts_tell(engine):
        return {}, ()
    answer = engine.evaluate(
        Query(metric="clv", periods=(view.period,), as_of=view.as_of, by="channel", where=view.where)
    )
    return {r["dimension"]: float(r["value"]) for r in answer.rows if not is_missing(r["value"])}, (answer.sql,)


def _rows(
    channels: list[str],
    model: str,
    lag: int,
    spend: Mapping[tuple[int, str], float],
    customers: Mapping[tuple[str, str], float],
    value: Mapping[str, float],
) -> list[dict[str, Any]]:
    paid = sum(spend.get((lag, c), 0.0) for c in channels)
    came = sum(customers.get((model, c), 0.0) for c in channels)
    rows = []
    for channel in channels:
        amount, count = spend.get((lag, channel), 0.0), customers.get((model, channel), 0.0)
        cac = amount / count if count > 0 else None
        ltv = value.get(channel)
        rows.append(
            {
                "channel": channel,
                "model": model,
                "lag": lag,
                "spend": amount,
                "customers": count,
                "cac": cac,
                "overall": paid / came if came > 0 else None,
                "ltv": ltv,
                "ltv_cac": ltv / cac if ltv is not None and cac else None,
            }
        )
    return rows


def _verdict(channel: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Whether the channel is cheaper than all together, and worth HEALTHY times its cost, under every combination.

    Spend without a customer is dearer than any; a channel without spend in some lag costs nothing there.
    """
    came = [row["customers"] > 0 for row in rows]
    cost = [some and row["cac"] < row["overall"] for some, row in zip(came, rows, strict=True)]
    ltv = rows[0]["ltv"]
    worth = [ltv is not None and some and ltv > HEALTHY * row["cac"] for some, row in zip(came, rows, strict=True)]
    told = [row["cac"] for row in rows if row["cac"] is not None]
    return {
        "channel": channel,
        "low": min(told) if told else None,
        "high": max(told) if len(told) == len(rows) else None,
        "customers": min(row["customers"] for row in rows),
        "ltv": ltv,
        "cost": BETTER if all(cost) else WORSE if not any(cost) else DEPENDS,
        "value": UNKNOWN if ltv is None else BETTER if all(worth) else WORSE if not any(worth) else DEPENDS,
    }


# --- in words -------------------------------------------------------------------------------------------------------


def _notes(
    engine: Engine, credited: pd.DataFrame, spend: Mapping[tuple[int, str], float], lags: tuple[int, ...]
) -> tuple[Text, ...]:
    notes = []
    currency = engine.conventions.currency
    left = spend.get((0, ""), 0.0)
    if left:
        amounts = [Formatter(language, currency).money(left, compact=True) for language in LANGUAGES]
        notes.append(
            Text(
                f"Spend of the period that names no channel ({amounts[0]}) is in none of these: they are lower than "
                "CAC as a whole.",
                f"Расходы периода без канала ({amounts[1]}) сюда не входят: значения ниже общего CAC.",
            )
        )
    if len(credited):
        row = credited.iloc[0]
        notes.append(
            Text(
                "Of {n} new customers {t} had a lead before they came, {s} leads of several channels; the others are "
                "credited to the account's own source.",
                "Из {n} новых клиентов у {t} до прихода был лид, у {s} — лиды из разных каналов; остальные отнесены к "
                "источнику компании.",
            ).format(n=int(row["total"]), t=int(row["touched"]), s=int(row["several"]))
        )
    if len(lags) < len(LAGS):
        notes.append(
            Text(
                "Spend does not reach back far enough for longer lags.",
                "Расходы начинаются слишком поздно для больших сдвигов.",
            )
        )
    return tuple(notes)


def _columns(engine: Engine) -> tuple[Column, ...]:
    return (
        Column(key="channel", label=Text("Channel", "Канал"), names=names_of(CHANNEL)),
        Column(key="model", label=Text("Credited to", "Кому засчитан клиент"), names=MODELS),
        Column(key="lag", label=Text("Spend earlier by, months", "Расходы раньше на, мес."), unit=Unit.COUNT),
        Column(key="spend", label=Text("Spend", "Расходы"), unit=Unit.MONEY),
        Column(key="customers", label=Text("New customers", "Новых клиентов"), unit=Unit.COUNT),
        Column(key="cac", label=Text("CAC of the channel", "CAC канала"), unit=Unit.MONEY),
        Column(key="overall", label=Text("CAC of all channels", "CAC всех каналов"), unit=Unit.MONEY),
        Column(key="ltv", label=Text("CLV of its customers", "CLV его клиентов"), unit=Unit.MONEY),
        Column(key="ltv_cac", label=Text("LTV to CAC", "LTV к CAC"), unit=Unit.TIMES),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """Which channels are cheaper, which dearer, whatever is chosen; and which pay off."""
    names = names_of(CHANNEL)
    facts = result.facts

    def those(field: str, verdict: str) -> str:
        found = [c["channel"] for c in facts["channels"] if c[field] == verdict]
        return join_words((name_of(c, names, formatter) for c in found), formatter)

    def said(text: Text, field: str, verdict: str) -> str:
        found = those(field, verdict)
        return formatter.say(text, c=found) if found else ""

    cost = [
        said(Text("cheaper than all together: {c}", "дешевле общего — {c}"), "cost", BETTER),
        said(Text("dearer: {c}", "дороже — {c}"), "cost", WORSE),
        said(Text("it depends on the choice: {c}", "зависит от выбора — {c}"), "cost", DEPENDS),
    ]
    value = [
        said(Text("above 3: {c}", "выше 3 — {c}"), "value", BETTER),
        said(Text("below 3: {c}", "ниже 3 — {c}"), "value", WORSE),
        said(Text("depends: {c}", "зависит от выбора — {c}"), "value", DEPENDS),
    ]
    first = formatter.say(
        Text(
            "Under all {k} ways to credit customers and lag spend, {s}",
            "При всех {k} сочетаниях модели и сдвига: {s}",
        ),
        k=facts["combinations"],
        s="; ".join(c for c in cost if c),
    )
    second = "; ".join(c for c in value if c)
    worth = formatter.say(Text("LTV to CAC stays {s}", "LTV к CAC: {s}"), s=second) if second else ""
    return " ".join(phrases.sentence(part) for part in (first, worth) if part)


ATTRIBUTION = Analysis(
    key="attribution",
    title=Text("Acquisition cost under every attribution", "CAC при любой атрибуции"),
    question=Text(
        "Which channels are cheap however customers are credited?", "Какие каналы выгодны, как ни считай вклад?"
    ),
    definition=Text(
        "A new customer is credited to the channel of the first of its leads, of the last one, to all its leads alike, "
        "or to the account's own source; leads count that came up to the day of its first activation. A channel's CAC "
        "is its spend, of the same period or 1, 2 or 3 months earlier, for each customer credited to it. It is "
        "compared with that of all channels with spend together, and with the lifetime value of its own customers "
        "(by the account's source). A verdict survives if it is the same under every combination.",
        "Новый клиент засчитывается каналу первого лида, последнего, всем лидам поровну или источнику самой компании; "
        "учитываются лиды до дня первой активации. CAC канала — его расходы за тот же период или на 1, 2, 3 месяца "
        "раньше на одного засчитанного клиента. Он сравнивается с CAC всех каналов с расходами вместе и с "
        "пожизненной ценностью клиентов канала (по источнику компании). Вывод устойчив, если всюду одинаков.",
    ),
    params=(),
    run=run,
    finding=finding,
    chart="attribution",
    behind=attribution_records.records,
    kinds=attribution_records.KINDS,
    needs=tuple((*ATTRIBUTED, *group) for group in (*RECURRING, WON)),
)


def shown_range(record: Mapping[str, Any], formatter: Formatter) -> str:
    """ "$1.2K – $3.4K"; open above where a combination brought no customer."""
    low = show(record["low"], Unit.MONEY, formatter, compact=True)
    if record["high"] is None:
        return formatter.say(Text("from {a}", "от {a}"), a=low) if record["low"] is not None else low
    return f"{low} – {show(record['high'], Unit.MONEY, formatter, compact=True)}"
