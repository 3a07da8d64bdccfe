"""Who left, and what came before, in words: findings, and what has to be known of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revops.analysis import leaver_rows, phrases
from revops.analysis.core import Result
from revops.analysis.leaver_signs import SIGN
from revops.analysis.values import as_date, join_words, period_text, records
from revops.formats import Formatter, is_missing
from revops.metrics.core import Basis
from revops.text import Text

CUSTOMERS = Text("customer|customers", "клиент|клиента|клиентов")
NO_USAGE = Text(
    "Use of the product is no part of the shared model: what customers did is told by tickets, calls, meetings and "
    "emails alone.",
    "Использования продукта в общей модели данных нет: о клиентах говорят только обращения, звонки, встречи и письма.",
)
NO_TICKETS = Text(
    "No ticket names its customer: map tickets.account_id and tickets.opened_at to see what they asked of support.",
    "В обращениях не указан клиент: сопоставьте tickets.account_id и tickets.opened_at, чтобы увидеть обращения перед "
    "уходом.",
)
NO_SOLVED = Text(
    "Map tickets.resolved_at to see whose tickets were still open.",
    "Сопоставьте tickets.resolved_at, чтобы увидеть, у кого остались открытые обращения.",
)
NO_CSAT = Text(
    "Map tickets.csat to see how content they were.", "Сопоставьте tickets.csat, чтобы увидеть, насколько они довольны."
)
NO_CONTACTS = Text(
    "No call, meeting or email names its customer or deal: map activities.account_id, activities.type and "
    "activities.occurred_at to see when they were last spoken to.",
    "В звонках, встречах и письмах не указан ни клиент, ни сделка: сопоставьте activities.account_id, activities.type "
    "и activities.occurred_at, чтобы увидеть последний контакт.",
)


def notes(
    basis: Basis,
    days: int,
    *,
    listed: tuple[int, int] | None = None,
    compared: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None,
) -> tuple[Text, ...]:
    """listed: customers shown, and all; compared: the counts of those who stayed and of those who left."""
    found: list[Text] = []
    if compared is not None:
        found.append(_how(*compared, days))
    if listed is not None and listed[0] < listed[1]:
        found.append(
            Text(
                f"The {listed[0]} with the most ARR of {listed[1]} are listed.",
                f"Показаны {listed[0]} с наибольшим ARR из {listed[1]}.",
            )
        )
    if not leaver_rows.has_tickets(basis):
        found.append(NO_TICKETS)
    else:
        found += [] if basis.has(leaver_rows.SOLVED) else [NO_SOLVED]
        found += [] if basis.has(leaver_rows.CSAT) else [NO_CSAT]
    if not leaver_rows.has_contacts(basis):
        found.append(NO_CONTACTS)
    return (*found, NO_USAGE) if compared is not None else tuple(found)


def _how(stayed: Mapping[str, Any], left: Mapping[str, Any], days: int) -> Text:
    day = as_date(stayed["day"])
    text = Text(
        "Those who left ({l}) are looked at in the {n} days before they did, those who stayed ({s}) in the {n} days "
        "before {d}, by which half of the others had left. Of customers for fewer days no sign is told ({a} left, {b} "
        "stayed). A sign may follow from the decision to leave as well as lead to it.",
        "Ушедшие ({l}) показаны за {n} дн. до ухода, оставшиеся ({s}) — за {n} дн. до {d}: к этому дню ушла половина "
        "ушедших. Кто был клиентом меньше, в признаках не участвует (ушли {a}, остались {b}). Признак может быть и "
        "следствием решения уйти, а не его причиной.",
    )
    return text.format(
        l=int(left["customers"]), s=int(stayed["customers"]), n=days,
        d=Text(Formatter("en").date(day), Formatter("ru").date(day)),
        a=int(left["short"]), b=int(stayed["short"]),
    )  # fmt: skip


def listed_finding(result: Result, formatter: Formatter) -> str:
    facts = result.facts
    rows = records(result.frame)
    first = rows[0]
    head = Text("{n} left in {p} with {a} of ARR", "Ушли за {p}: {n}, с ними {a} ARR")
    said = formatter.say(
        head,
        n=formatter.plural(facts["customers"], CUSTOMERS),
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        a=formatter.money(facts["arr"], compact=True),
    )
    half = formatter.say(
        Text("half of them after {m} or less as a customer", "половина пробыла клиентом не больше {m}"),
        m=formatter.duration_months(facts["months"]),
    )
    reason = "" if is_missing(first["reason"]) else f", “{first['reason']}”"
    if reason and formatter.language == "ru":
        reason = f", «{first['reason']}»"
    largest = formatter.say(
        Text("the largest: {c} ({a}, left {d}{r})", "крупнейший — {c} ({a}, ушёл {d}{r})"),
        c=first["name"],
        a=formatter.money(first["arr"], compact=True),
        d=formatter.date(first["day"]),
        r=reason,
    )
    return phrases.sentence(f"{said}; {half}; {largest}" if facts["customers"] > 1 else f"{said}: {largest}")


def signs_finding(result: Result, formatter: Formatter) -> str:
    """The widest difference beyond noise, and which others are; where none is, the least likely by chance."""
    facts, rows = result.facts, records(result.frame)
    clear = [r for r in rows if r["signal"] is True]
    named = {"d": facts["days"], "p": period_text(facts["period"], formatter, as_of=facts["as_of"])}
    row = clear[0] if clear else min(rows, key=lambda r: r["p"])
    text = Text(
        "In the {d} days before leaving ({p}), {s}: {x} of those who left, {y} of those who stayed; {v}, a relation, "
        "not a cause",
        "За {d} дн. до ухода ({p}), {s}: {x} ушедших и {y} оставшихся; {v}, связь, а не причина",
    )
    if not clear:
        text = Text(
            "None of {k} signs tells those who left ({p}) from those who stayed by more than noise; the nearest, {s}: "
            "{x} of those who left, {y} of those who stayed",
            "Ни один из признаков (их {k}) не отличает ушедших ({p}) от оставшихся больше случайного разброса; ближе "
            "всего {s}: {x} ушедших и {y} оставшихся",
        )

    def share(value: str, prefix: str) -> str:
        of = Text("{v} ({c} of {n})", "{v} ({c} из {n})")
        return formatter.say(
            of,
            v=formatter.percent(row[value]),
            c=formatter.number(row[f"{prefix}cases"]),
            n=formatter.number(row[f"{prefix}n"]),
        )

    said = formatter.say(
        text,
        k=len(rows),
        s=phrases.lower_first(SIGN[row["sign"]].label[formatter.language]),
        x=share("value", ""),
        y=share("stayed", "stayed_"),
        v=phrases.noise_clause(True, formatter),
        **named,
    )
    others = [phrases.lower_first(SIGN[r["sign"]].label[formatter.language]) for r in clear[1:]]
    if others:
        said += formatter.say(
            Text("; also more than noise: {o}", "; больше случайного ещё и: {o}"), o=join_words(others, formatter)
        )
    return phrases.sentence(said)
