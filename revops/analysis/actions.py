"""Next best actions: what waits for whom, why, and how much is at stake, the most valuable first."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pandas as pd

from revops.analysis import action_rows, phrases
from revops.analysis.action_records import records_behind
from revops.analysis.action_rows import LEAD, RISK, SLIPPED, STALE
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.values import as_date, name_of, records
from revops.errors import BadParameter, unknown
from revops.formats import Formatter, is_missing
from revops.metrics import calendar, defaults
from revops.metrics.core import Period, Query, Unit
from revops.metrics.facts.risk import signals
from revops.text import LANGUAGES, Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

ALL = "all"
KINDS: dict[str, Text] = {
    LEAD: Text("Late lead", "Лид без ответа"),
    SLIPPED: Text("Slipped deal", "Срок сделки прошёл"),
    STALE: Text("Stuck deal", "Сделка застряла"),
    RISK: Text("Customer at risk", "Клиент в зоне риска"),
}
COLUMNS = ("rank", "kind", "name", "account", "why", "owner", "since", "amount", "counts", "record")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a record, ranked: COLUMNS. kind: a key of KINDS; why: a key whose words its column holds; since: the day
    from which it was due; amount: of the deal, or the customer's ARR, null for a lead and where none is known;
    counts: what it counts for in the ranking. A deal that slipped and is stuck is one row.

    The state is that of as_of, whatever the period. facts: totals (kind -> records), owners (all who have something to
    do), at_stake, counts, win_rate, lead_worth, as_of. Raises BadParameter for an owner nobody is.
    """
    known = _known(engine, view)
    told, (win_rate, won_sql), (worth, worth_sql) = known.told, known.win_rate, known.worth
    parts = {kind: found[0] for kind, found in told.items() if found is not None}
    sql = [found[1] for found in told.values() if found is not None]
    why: dict[str, Text] = {}
    rows = _rows(engine, parts, why, win_rate, worth)
    owners = sorted({str(r["owner"]) for r in rows if not is_missing(r["owner"])})
    rows = [r for r in rows if _asked(r, params, owners)]
    rows.sort(key=lambda r: (-(r["counts"] or 0.0), -as_date(r["since"]).toordinal(), r["kind"], r["record"]))
    frame = pd.DataFrame([{**r, "rank": n} for n, r in enumerate(rows, start=1)], columns=list(COLUMNS))
    frame = frame.astype({"amount": "float64", "counts": "float64", "rank": "int64"})
    totals = {kind: int(part["total"].iloc[0]) if len(part) else 0 for kind, part in parts.items()}
    return Result(
        frame=frame,
        columns=_columns(why),
        facts={
            "totals": totals,
            "owners": owners,
            "at_stake": float(frame["amount"].sum()),
            "counts": float(frame["counts"].sum()),
            "win_rate": win_rate,
            "lead_worth": worth,
            "as_of": view.as_of,
        },
        sql=tuple(s for s in (*sql, won_sql, worth_sql) if s),
        notes=_notes(engine, view, told, totals, win_rate, worth),
        rows_used=tuple((KINDS[kind], count) for kind, count in totals.items()),
        empty=None if rows else Text("nothing is waiting for anybody.", "ничего не ждёт действий."),
    )


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the statements told. told: kind -> its records; None where the filters cannot be told of it."""

    told: Mapping[str, tuple[pd.DataFrame, str] | None]
    win_rate: tuple[float | None, str]
    worth: tuple[float | None, str]


_KNOWN: WeakKeyDictionary[Engine, tuple[Hashable, Known]] = WeakKeyDictionary()


def _known(engine: Engine, view: View) -> Known:
    """Asked once of an engine (it sees one state of the data) and view: choosing an owner asks nothing anew."""
    key = (view.as_of, tuple(sorted((k, tuple(v)) for k, v in view.where.items())))
    found = _KNOWN.get(engine)
    if found is None or found[0] != key:
        kinds = [kind for kind in KINDS if action_rows.can_tell(kind, engine.basis)]
        known = Known(
            told={kind: action_rows.listed(engine, view, kind) for kind in kinds},
            win_rate=_win_rate(engine, view),
            worth=action_rows.worth_of_a_lead(engine, view),
        )
        _KNOWN[engine] = found = (key, known)
    return found[1]


def _win_rate(engine: Engine, view: View) -> tuple[float | None, str]:
    """Of the deals that closed in the year up to as_of; None where none did."""
    if engine.missing("win_rate"):
        return None, ""
    end = view.as_of + calendar.DAY
    year = Period(calendar.add_months(end, -12), end)
    answer = engine.evaluate(Query(metric="win_rate", periods=(year,), as_of=view.as_of, where={}))
    value = answer.rows[0]["value"]
    return (None if is_missing(value) else float(value)), answer.sql


def _asked(row: Mapping[str, Any], params: Mapping[str, Any], owners: list[str]) -> bool:
    owner = params["owner"]
    if owner is not None and owner not in owners:
        error = unknown(Text("owner", "ответственный"), owner, owners)
        raise BadParameter(error.message, fix=error.fix)
    kinds = row["kinds"]
    return params["kind"] in (ALL, *kinds) and owner in (None, row["owner"])


# --- rows -----------------------------------------------------------------------------------------------------------


def _rows(
    engine: Engine, parts: Mapping[str, pd.DataFrame], why: dict[str, Text], win_rate: float | None, worth: float | None
) -> list[dict[str, Any]]:
    """One row a record; `why` gets the words of each reason."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, part in parts.items():
        for row in records(part):
            said = _why(engine, kind, row)
            key = ("deal" if kind in (SLIPPED, STALE) else kind, row["record"])
            known = found.get(key)
            if known is not None:  # a slipped deal that is stuck too
                both = Text(f"{known['said'].en}; {said.en}", f"{known['said'].ru}; {said.ru}")
                known |= {"said": both, "kinds": (*known["kinds"], kind), "since": min(known["since"], row["since"])}
                continue
            found[key] = {
                "kind": kind,
                "kinds": (kind,),
                "said": said,
                "name": row["name"] if not is_missing(row["name"]) else row["account"],
                "account": row["account"],
                "owner": None if is_missing(row["owner"]) or row["owner"] == "" else row["owner"],
                "since": row["since"],
                "amount": None if is_missing(row["amount"]) else float(row["amount"]),
                "counts": _counts(kind, row["amount"], win_rate, worth),
                "record": row["record"],
            }
    for row in found.values():
        row["why"] = f"{row['kind']} {row['record']}"
        row["since"] = as_date(row["since"])
        why[row["why"]] = row["said"]
    return list(found.values())


def _counts(kind: str, amount: Any, win_rate: float | None, worth: float | None) -> float | None:
    """A customer's ARR in full, a deal's amount by the win rate, what a lead has brought on average."""
    if kind == LEAD:
        return worth
    if is_missing(amount):
        return None
    return float(amount) if kind == RISK or win_rate is None else float(amount) * win_rate


def _why(engine: Engine, kind: str, row: Mapping[str, Any]) -> Text:
    waited = row["waited"]
    match kind:
        case action_rows.LEAD:
            goal = defaults.response_sla_hours(engine.conventions)
            return Text("no answer for {d}; the SLA is {g} hours", "без ответа {d}; SLA — {g} ч").format(
                d=_days(waited), g=_number(goal)
            )
        case action_rows.SLIPPED:
            return Text("was to close {d} ago, still open", "срок прошёл {d} назад, ещё в работе").format(
                d=_days(waited)
            )
        case action_rows.STALE:
            return Text(
                "{d} in “{s}”, half of the won deals {u} at most", "{d} на этапе «{s}», половина выигранных — до {u}"
            ).format(d=_days(waited), s=row["told"], u=_days(row["usual"]))
    known = signals(engine.basis)
    reasons = [known[key] for key in str(row["told"]).split("+")]
    return Text("; ".join(r.en for r in reasons), "; ".join(r.ru for r in reasons))


def _number(value: float) -> Text:
    return Text(Formatter("en").number(value), Formatter("ru").number(value))


def _days(value: float) -> Text:
    """ "1 day", "12 days": whole days that have passed."""
    forms = Text("day|days", "день|дня|дней")
    en, ru = (Formatter(language).plural(int(value), forms) for language in LANGUAGES)
    return Text(en, ru)


def _notes(
    engine: Engine,
    view: View,
    told: Mapping[str, Any],
    totals: Mapping[str, int],
    win_rate: float | None,
    worth: float | None,
) -> tuple[Text, ...]:
    notes = [_rule(win_rate, worth, engine)]
    untold = [kind for kind, found in told.items() if found is None]
    if untold:
        names = Text(", ".join(KINDS[k].en for k in untold), ", ".join(KINDS[k].ru for k in untold))
        notes.append(
            Text(
                "The filters cannot be told of these, they are left out: {n}.",
                "Фильтры к ним неприменимы, их здесь нет: {n}.",
            ).format(n=names)
        )
    many = [kind for kind, count in totals.items() if count > action_rows.MOST]
    if many:
        notes.append(
            Text(
                f"Of each kind the {action_rows.MOST:,} with the largest amount are listed; there are more.",
                f"По каждому поводу показаны {action_rows.MOST} с наибольшей суммой; всего их больше.",
            )
        )
    if LEAD in told:
        days = defaults.handoff_days(engine.conventions)
        notes.append(
            Text(
                f"Leads older than {days} days, disqualified or already an SQL are not listed.",
                f"Лиды старше {days} дн., отклонённые и уже ставшие SQL не показаны.",
            )
        )
    return tuple(notes)


def _rule(win_rate: float | None, worth: float | None, engine: Engine) -> Text:
    """How the list is ranked, with the figures in it."""

    def said(formatter: Formatter) -> str:
        deal = Text("a deal its amount", "сделка — суммой")
        if win_rate is not None:
            deal = Text(
                "a deal its amount times the win rate ({w})", "сделка — суммой, умноженной на долю выигранных ({w})"
            )
        lead = Text("", "")
        if worth is not None:
            lead = Text(
                ", a lead what leads brought on average ({l})", ", лид — тем, что лиды приносят в среднем ({l})"
            )
        text = Text(
            "Ranked by what each counts for: a customer its ARR, {deal}{lead}, both of the last 12 months; then the "
            "latest due first.",
            "Порядок — по весу: клиент — своим ARR, {deal}{lead}, за последние 12 месяцев; при равенстве — самое "
            "свежее.",
        )
        words = {"w": formatter.percent(win_rate), "l": formatter.money(worth)}
        return formatter.say(text, deal=formatter.say(deal, **words), lead=formatter.say(lead, **words))

    currency = engine.conventions.currency
    return Text(said(Formatter("en", currency)), said(Formatter("ru", currency)))


def _columns(why: Mapping[str, Text]) -> tuple[Column, ...]:
    return (
        Column(key="rank", label=Text("#", "№"), unit=Unit.COUNT),
        Column(key="name", label=Text("What", "Что")),
        Column(
            key="amount",
            label=Text("At stake", "Под вопросом"),
            unit=Unit.MONEY,
            help=Text("The deal's amount, or the customer's ARR.", "Сумма сделки или ARR клиента."),
        ),
        Column(key="owner", label=Text("Owner", "Ответственный")),
        Column(key="since", label=Text("Due since", "Ждёт с")),
        Column(key="why", label=Text("Why", "Почему"), names=why),
        Column(key="kind", label=Text("Kind", "Повод"), names=KINDS),
        Column(
            key="counts",
            label=Text("Counts for", "Вес"),
            unit=Unit.MONEY,
            help=Text("What the list is ranked by.", "По этому значению выстроен список."),
        ),
        Column(key="account", label=Text("Account", "Компания")),
        Column(key="record", label=Text("ID", "ID"), hidden=True),
    )


# --- in words -------------------------------------------------------------------------------------------------------


def finding(result: Result, formatter: Formatter) -> str:
    """How many actions wait, what is at stake, and the first of them."""
    frame, facts = result.frame, result.facts
    first = records(frame.head(1))[0]
    why = next(c for c in result.columns if c.key == "why").names[first["why"]]
    owner = name_of(first["owner"], {}, formatter)
    stake = Text("", "")
    if facts["at_stake"]:
        stake = Text("; {a} of ARR and open deals at stake", "; под вопросом {a} ARR и сделок в работе")
    text = Text("On {d}, {n}{stake}. First: {x} ({o}): {w}", "На {d} — {n}{stake}. Сначала: {x} ({o}): {w}")
    return phrases.sentence(
        formatter.say(
            text,
            d=formatter.date(facts["as_of"]),
            n=formatter.plural(
                len(frame), Text("action waits|actions wait", "действие ждёт|действия ждут|действий ждут")
            ),
            stake=formatter.say(stake, a=formatter.money(facts["at_stake"], compact=True)),
            x=first["name"],
            o=owner,
            w=why[formatter.language],
        )
    )


ACTIONS = Analysis(
    key="actions",
    title=Text("Next best actions", "Что делать дальше"),
    question=Text("What should be done next, and by whom?", "Что сделать в первую очередь и кому?"),
    definition=Text(
        "What waits on the last day of the data, whatever the period: leads not answered within the SLA; open deals "
        "whose expected close date is past; open deals that have been in their stage for more than twice the median of "
        "won deals; customers with a sign of leaving (an urgent ticket open, an invoice unpaid, the last subscription "
        "ending without a renewal). A deal that is both late and stuck is listed once. Ranked by what each counts for: "
        "a customer its ARR, a deal its amount times the win rate of the last 12 months, a lead what leads of the last "
        "12 months brought on average; among equals the latest due comes first, because it can still be saved.",
        "Что ждёт действий на последнюю дату данных, независимо от периода: лиды без ответа в срок (SLA); сделки в "
        "работе с прошедшей ожидаемой датой закрытия; сделки, которые на своём этапе вдвое дольше медианы выигранных; "
        "клиенты с признаком ухода (открытое срочное обращение, неоплаченный счёт, последняя подписка кончается без "
        "продления). Сделка с двумя причинами показана один раз. Порядок — по весу: клиент — своим ARR, сделка — "
        "суммой, умноженной на долю выигранных за последние 12 месяцев, лид — тем, что лиды последних 12 месяцев "
        "принесли в среднем; при равном весе выше то, что просрочено позже: его ещё можно спасти.",
    ),
    params=(
        Param(
            key="kind",
            label=Text("Kind", "Повод"),
            kind=ParamKind.CHOICE,
            choices={ALL: Text("everything", "все поводы"), **KINDS},
            default=ALL,
        ),
        Param(key="owner", label=Text("Owner", "Ответственный"), kind=ParamKind.CHOICE, optional=True),
    ),
    run=run,
    finding=finding,
    chart="actions",
    needs=tuple(group for groups in action_rows.NEEDS.values() for group in groups),
    behind=records_behind,
)
