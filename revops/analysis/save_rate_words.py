"""What a lower churn takes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revops.analysis import phrases
from revops.analysis.core import Result
from revops.analysis.values import name_of, period_text, records
from revops.formats import Formatter, is_missing
from revops.text import Text

CUSTOMERS = Text("customer|customers", "клиента|клиентов|клиентов")  # "of 1 customer", «из 1 клиента»


def finding(result: Result, formatter: Formatter) -> str:
    """How many left, how many may, how many had to be kept and what they are worth, where, and who is at risk."""
    facts = result.facts
    whole = facts["whole"]
    if not whole["lost"]:
        said = Text("Nobody left in {p}: there is nothing to bring down", "За {p} никто не ушёл: снижать нечего")
        if facts["measure"] == "gross":
            said = Text(
                "No ARR was lost in {p}: there is nothing to bring down", "За {p} ARR не терялся: снижать нечего"
            )
        return phrases.sentence(formatter.say(said, p=_period(facts, formatter)))
    head = _now(facts, whole, formatter)
    if not whole["save"]:
        text = Text("{h}: the target of {t}{why} is met, {x}", "{h}: цель {t}{why} достигнута, {x}")
        spare = _amount(facts, whole["allowed"] - whole["lost"], formatter)
        more = Text("{x} more could have left", "могли бы уйти ещё {x}")
        if facts["measure"] == "gross":
            more = Text("{x} of ARR more could have gone", "могло бы уйти ещё {x} ARR")
        return phrases.sentence(
            formatter.say(
                text, h=head, t=formatter.percent(facts["target"]), why=_why(facts, formatter),
                x=formatter.say(more, x=spare),
            )
        )  # fmt: skip
    return f"{head}. " + phrases.sentence(_needed(facts, whole, formatter) + _where(result, formatter))


def _period(facts: Mapping[str, Any], formatter: Formatter) -> str:
    return period_text(facts["period"], formatter, as_of=facts["as_of"])


def _amount(facts: Mapping[str, Any], value: float, formatter: Formatter) -> str:
    return formatter.number(value) if facts["measure"] == "logo" else formatter.money(value, compact=True)


def _why(facts: Mapping[str, Any], formatter: Formatter) -> str:
    """Where the target comes from, where nobody asked for it."""
    match facts["target_from"]:
        case "base":
            said = Text(" (as in {p})", " (как за {p})")
            return formatter.say(said, p=period_text(facts["base"], formatter))
        case "less":
            return formatter.say(Text(" (a quarter less than now)", " (на четверть меньше нынешнего)"))
    return ""


def _now(facts: Mapping[str, Any], whole: Mapping[str, Any], formatter: Formatter) -> str:
    text = Text("{l} of {n} left in {p}, {r}{i}", "За {p} ушли {l} из {n} — {r}{i}")
    of = formatter.plural(round(whole["n"]), CUSTOMERS)
    if facts["measure"] == "gross":
        text = Text("{l} of {n} of ARR was lost in {p}, {r}{i}", "За {p} потеряно {l} из {n} ARR — {r}{i}")
        of = _amount(facts, whole["n"], formatter)
    interval = ""
    if not is_missing(whole["low"]):
        interval = f" ({formatter.percent(whole['low'])} – {formatter.percent(whole['high'])})"
    return formatter.say(
        text, l=_amount(facts, whole["lost"], formatter), n=of, p=_period(facts, formatter),
        r=formatter.percent(whole["value"]), i=interval,
    )  # fmt: skip


def _needed(facts: Mapping[str, Any], whole: Mapping[str, Any], formatter: Formatter) -> str:
    worth = facts["worth"]
    text = Text(
        "At {t}{why} at most {m} may leave: {k} of the {l} ({s}) would have to be kept, {a} of ARR on average, {b} if "
        "they are the largest",
        "При цели {t}{why} уйти могут не больше {m}: удержать нужно {k} из {l} ({s}), это в среднем {a} ARR, а самые "
        "крупные — {b}",
    )
    if facts["measure"] == "gross":
        text = Text(
            "At {t}{why} at most {m} may be lost: {k} of the {l} ({s}) would have to be kept, as much as {c} took away",
            "При цели {t}{why} потерять можно не больше {m}: удержать нужно {k} из {l} ({s}), столько унесли {c}",
        )
    return formatter.say(
        text,
        t=formatter.percent(facts["target"]),
        why=_why(facts, formatter),
        m=_amount(facts, whole["allowed"], formatter),
        k=_amount(facts, whole["save"], formatter),
        l=_amount(facts, whole["lost"], formatter),
        s=formatter.percent(whole["share"]),
        a=formatter.money(worth["average"], compact=True),
        b=formatter.money(worth["largest"], compact=True),
        c=_largest(int(worth["enough"]), formatter),
    )


def _largest(count: int, formatter: Formatter) -> str:
    words = formatter.plural(count, Text("loss|losses", "потеря|потери|потерь"))
    if count == 1:
        return formatter.say(Text("the largest loss alone", "одна крупнейшая потеря"))
    return formatter.say(Text("the largest {w}", "крупнейшие {w}"), w=words)


def _where(result: Result, formatter: Formatter) -> str:
    facts, rows = result.facts, records(result.frame)
    said = ""
    if facts["by"] is not None and rows:
        top, taken = rows[0], sum(r["save"] for r in rows)
        name = name_of(top["group"], facts["names"], formatter)
        text = Text(
            "; with each group at the target it takes {g}, most of it in {x} ({k})",
            "; чтобы на цель вышла каждая группа, нужно {g}, больше всего в группе «{x}» ({k})",
        )
        if top["save"] == taken:
            text = Text(
                "; with each group at the target it takes {g}, all of it in {x}",
                "; чтобы на цель вышла каждая группа, нужно {g}, и всё в группе «{x}»",
            )
        said = formatter.say(text, g=_amount(facts, taken, formatter), x=name, k=_amount(facts, top["save"], formatter))
    if facts["at_risk"] is not None:
        risk = Text("; customers at risk today: {r}", "; клиентов в зоне риска сегодня: {r}")
        said += formatter.say(risk, r=formatter.number(facts["at_risk"]))
    return said
