"""From a lead to a deal: rates between stages, hand-offs, and how soon leads are answered."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from revops.metrics import defaults, facts
from revops.metrics.core import Fact, Good, Measure, Metric, OverTime, Unit
from revops.text import Text


def _crossed(t: ir.Table) -> ir.BooleanValue:
    return (t.crossed_on <= t["_as_of"]).fill_null(False)


def _old(t: ir.Table) -> ir.BooleanValue:
    """Old enough that whoever moves on has done so."""
    return t["_as_of"].delta(t.day, unit="day") >= t.patience


def _lost(t: ir.Table) -> ir.BooleanValue:
    return ~_crossed(t) & (_old(t) | (t.gone_on <= t["_as_of"]).fill_null(False))


def _counts(fact: Fact) -> dict[str, Measure]:
    """How many moved on, did not, may still do so; how many are old, and of these did not."""
    values = {
        "moved_on": lambda t: _crossed(t).sum(),
        "given_up": lambda t: _lost(t).sum(),
        "waiting": lambda t: (~_crossed(t) & ~_lost(t)).sum(),
        "old": lambda t: _old(t).sum(),
        "never": lambda t: (_old(t) & ~_crossed(t)).sum(),
    }
    return {
        name: Measure(key=f"{fact.key}_{name}", fact=fact, value=value, additive=False, as_of=True)
        for name, value in values.items()
    }


def _rate(key: str, fact: Fact, label: Text, of: Text, to: Text) -> Metric:
    """The share that moved on. of: those who start, in the plural; to: what they become."""
    counts = _counts(fact)
    moved, lost, waiting = (counts[name] for name in ("moved_on", "given_up", "waiting"))
    return Metric(
        key=key,
        label=label,
        definition=Text(
            f"Of the {of.en} of the period whose outcome is known, the share that became {to.en}, whenever they did. "
            "Known: moved on, disqualified, or too old to move on. Those still waiting are counted beside it.",
            f"Какая доля {of.ru} периода с известным исходом стала {to.ru}, когда бы это ни случилось. Исход известен, "
            "если лид прошёл дальше, отклонён или слишком давно ждёт. Те, кто ещё ждёт, показаны рядом.",
        ),
        formula=Text("moved on / (moved on + did not)", "прошли / (прошли + не прошли)"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="marketing",
        measures=(moved, lost, waiting),
        numerator=lambda t, b: t[moved.key],
        denominator=lambda t, b: t[moved.key] + t[lost.key],
        proportion=True,
        note=defaults.handoff_note,
    )


def _never(key: str, fact: Fact, label: Text, of: Text, to: Text) -> Metric:
    counts = _counts(fact)
    never, old = counts["never"], counts["old"]
    return Metric(
        key=key,
        label=label,
        definition=Text(
            f"Of the {of.en} of the period that are old enough, the share that did not become {to.en}.",
            f"Какая доля {of.ru} периода, с которых прошло достаточно времени, так и не стала {to.ru}.",
        ),
        formula=Text("old and not moved on / old", "старые и не прошли / старые"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="marketing",
        measures=(never, old),
        numerator=lambda t, b: t[never.key],
        denominator=lambda t, b: t[old.key],
        proportion=True,
        note=defaults.handoff_note,
    )


def _handoff(key: str, fact: Fact, label: Text, of: Text, to: Text) -> Metric:
    days = Measure(
        key=f"{fact.key}_days", fact=fact, value=lambda t: t.days.median(), additive=False, zero_when_empty=False
    )
    count = Measure(key=f"{fact.key}_count", fact=fact, value=lambda t: t.count())
    return Metric(
        key=key,
        label=label,
        definition=Text(
            f"Median days from {of.en} to {to.en}, of those that took the step in the period.",
            f"Медиана дней от {of.ru} до {to.ru} по тем, кто сделал этот шаг в периоде.",
        ),
        formula=Text("median(later stage - earlier stage)", "медиана(более поздний этап - более ранний)"),
        unit=Unit.DAYS,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="marketing",
        measures=(days, count),
        numerator=lambda t, b: t[days.key],
    )


_MQLS = Text("MQLs", "MQL")
_SQLS = Text("SQLs", "SQL")

# --- the first answer -------------------------------------------------------------------------------------------


def _answered(t: ir.Table) -> ir.BooleanValue:
    return (t.answered_on <= t["_as_of"]).fill_null(False)


def _in_time(t: ir.Table) -> ir.BooleanValue:
    return _answered(t) & (t.waited <= t.goal).fill_null(False)


def _too_late(t: ir.Table) -> ir.BooleanValue:
    """Answered later, or still waiting longer than that when the last day that counts is over."""
    over = t["_as_of"].cast("timestamp").epoch_seconds() + 86400
    waiting = (over - t.created_at.epoch_seconds()) / 3600
    return ~_in_time(t) & (_answered(t) | (waiting > t.goal))


def _response(key: str, value) -> Measure:  # type: ignore[no-untyped-def]
    timed = key.startswith("response_")
    return Measure(key=key, fact=facts.RESPONSES, value=value, additive=False, as_of=True, zero_when_empty=not timed)


RESPONSE_MEDIAN = _response("response_hours", lambda t: ibis.cases((_answered(t), t.waited)).median())
RESPONSE_P90 = _response("response_hours_p90", lambda t: ibis.cases((_answered(t), t.waited)).quantile(0.9))
ANSWERED = _response("leads_answered", lambda t: _answered(t).sum())
IN_TIME = _response("answered_in_time", lambda t: _in_time(t).sum())
TOO_LATE = _response("answered_too_late", lambda t: _too_late(t).sum())
NOT_YET = _response("not_answered_yet", lambda t: (~_in_time(t) & ~_too_late(t)).sum())


def _response_time(key: str, label: Text, which: Text, measure: Measure) -> Metric:
    return Metric(
        key=key,
        label=label,
        definition=Text(
            f"{which.en} of the hours from a lead's creation to the first answer (else the first outbound activity on "
            "it), of the leads created in the period and answered. All hours count, nights and weekends too.",
            f"{which.ru} часов от создания лида до первого ответа (иначе до первой исходящей активности по нему), по "
            "лидам, созданным в периоде и получившим ответ. Считаются все часы, включая ночи и выходные.",
        ),
        formula=Text("first answer - created, in hours", "первый ответ - создание, в часах"),
        unit=Unit.HOURS,
        over_time=OverTime.RATIO,
        good=Good.DOWN,
        department="marketing",
        measures=(measure, ANSWERED),
        numerator=lambda t, b: t[measure.key],
    )


METRICS: tuple[Metric, ...] = (
    _rate(
        "lead_to_mql",
        facts.LEADS_TO_MQL,
        Text("Conversion lead to MQL", "Конверсия лидов в MQL"),
        Text("leads created", "созданных лидов"),
        _MQLS,
    ),
    _rate(
        "mql_to_sql",
        facts.MQLS_TO_SQL,
        Text("Conversion MQL to SQL", "Конверсия MQL в SQL"),
        _MQLS,
        _SQLS,
    ),
    _rate(
        "sql_to_opportunity",
        facts.SQLS_TO_OPPORTUNITY,
        Text("Conversion SQL to opportunity", "Конверсия SQL в сделку"),
        _SQLS,
        Text("opportunities", "сделками"),
    ),
    _handoff(
        "mql_to_sql_days",
        facts.HANDED_TO_SQL,
        Text("Hand-off time MQL to SQL", "Время передачи MQL → SQL"),
        Text("MQL", "MQL"),
        Text("SQL", "SQL"),
    ),
    _handoff(
        "sql_to_opportunity_days",
        facts.HANDED_TO_OPPORTUNITY,
        Text("Hand-off time SQL to opportunity", "Время передачи SQL → сделка"),
        Text("SQL", "SQL"),
        Text("the deal's creation", "создания сделки"),
    ),
    _never(
        "mql_never_sql",
        facts.MQLS_TO_SQL,
        Text("MQLs that never become SQLs", "MQL, которые не становятся SQL"),
        _MQLS,
        _SQLS,
    ),
    _never(
        "sql_never_opportunity",
        facts.SQLS_TO_OPPORTUNITY,
        Text("SQLs that never become opportunities", "SQL, которые не становятся сделками"),
        _SQLS,
        Text("opportunities", "сделками"),
    ),
    _response_time(
        "lead_response", Text("Lead response time", "Время ответа на лид"), Text("Median", "Медиана"), RESPONSE_MEDIAN
    ),
    _response_time(
        "lead_response_p90",
        Text("Lead response time, 90th percentile", "Время ответа на лид, 90-й процентиль"),
        Text("90th percentile", "90-й процентиль"),
        RESPONSE_P90,
    ),
    Metric(
        key="lead_response_sla",
        label=Text("Leads answered within the SLA", "Лиды с ответом в срок (SLA)"),
        definition=Text(
            "Of the leads created in the period, the share answered within the agreed hours. Leads without an answer "
            "count against it once those hours are over; before that they are not counted yet.",
            "Какая доля лидов, созданных в периоде, получила ответ за отведённые часы. Лиды без ответа считаются "
            "просроченными, когда эти часы вышли, а до того не учитываются.",
        ),
        formula=Text("answered in time / (answered in time + too late)", "ответ в срок / (ответ в срок + просрочено)"),
        unit=Unit.SHARE,
        over_time=OverTime.RATIO,
        good=Good.UP,
        department="marketing",
        measures=(IN_TIME, TOO_LATE, NOT_YET),
        numerator=lambda t, b: t.answered_in_time,
        denominator=lambda t, b: t.answered_in_time + t.answered_too_late,
        proportion=True,
        note=defaults.sla_note,
    ),
)
