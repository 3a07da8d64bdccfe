"""The readiness map as a cell: the loaded files' KPIs and analyses, how sound each is, and what to map next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Result, View
from revops.analysis.readiness import PART, PARTS, Item, Kind, Readiness, Unlock, readiness_of
from revops.analysis.values import records
from revops.formats import DASH, Formatter
from revops.metrics import METRIC
from revops.metrics.core import Unit
from revops.model import ENTITY
from revops.model.core import Field
from revops.text import Text, verbatim

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

KINDS = {Kind.METRIC.value: Text("KPI", "Показатель"), Kind.CELL.value: Text("Analysis", "Анализ")}
OPENED = Text("KPI or analysis|KPIs and analyses", "показатель или анализ|показателя и анализа|показателей и анализов")
NONE = verbatim(DASH)
WHOLE = Text("every row has what is needed", "всё нужное заполнено")
HEADERS = 3  # header names given as examples


def measured(engine: Engine) -> tuple[Readiness, str]:
    """The workspace's readiness, and the SQL that counted its rows ("" where there is nothing to count)."""
    filled = engine.basis.filled
    told = [p for p in PARTS if any(name in filled for name in p.names) or _any_rows(p.entity, filled)]
    if not told:
        return readiness_of(filled, {}), ""
    sql = "\nUNION ALL ".join(
        f"SELECT '{p.key}' AS part, count(*) AS total, count(*) FILTER ({p.condition}) AS countable "
        f"FROM main.{p.entity}" + (f" WHERE {p.scope}" if p.scope else "")
        for p in told
    )
    frame, ran = engine.select(sql)
    shares = {str(r["part"]): r["countable"] / r["total"] for r in records(frame) if r["total"]}
    return readiness_of(filled, shares), ran


def _any_rows(entity: str, filled: frozenset[str]) -> bool:
    return any(name.startswith(f"{entity}.") for name in filled)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a KPI and analysis: kind, key, can (bool), share (of countable rows, NaN: unknown), part,
    missing ("opportunities.closed_at, ..."), unlocks (what mapping these would unlock).

    facts: computable, total (KPIs), best (fields), unlocks (list), weakest (key of the KPI with the lowest share).
    """
    ready, sql = measured(engine)
    unlocked = {u.fields: u for u in ready.unlocks}
    rows = [_row(item, unlocked) for item in ready.items]
    metrics = [i for i in ready.items if i.kind is Kind.METRIC]
    told = [i for i in metrics if i.computable and i.share is not None]
    weakest = min(told, key=lambda i: i.share or 0.0, default=None)
    best = ready.best
    return Result(
        frame=pd.DataFrame(rows),
        columns=_columns({i.key: i.label for i in ready.items}),
        facts={
            "computable": sum(i.computable for i in metrics),
            "total": len(metrics),
            "weakest": weakest.key if weakest else None,
            "weakest_share": weakest.share if weakest else None,
            "weakest_part": weakest.part if weakest else None,
            "best": list(best.fields) if best else [],
            "unlocks": [{"fields": list(u.fields), "metrics": list(u.metrics), "cells": list(u.cells)}
                        for u in ready.unlocks[:12]],
            "loaded": sorted({name.partition(".")[0] for name in ready.filled}),
        },
        sql=(sql,) if sql else (),
    )  # fmt: skip


def _row(item: Item, unlocked: Mapping[tuple[str, ...], Unlock]) -> dict[str, Any]:
    unlock = unlocked.get(item.missing)
    return {
        "kind": item.kind.value,
        "key": item.key,
        "can": item.computable,
        "share": item.share if item.computable and item.share is not None else float("nan"),
        "part": (item.part or "") if item.computable else "",
        "missing": ", ".join(item.missing),
        "unlocks": unlock.count if unlock else 0,
    }


def _columns(names: Mapping[str, Text]) -> tuple[Column, ...]:
    return (
        Column(key="kind", label=Text("What", "Что"), names=KINDS),
        Column(key="key", label=Text("Name", "Название"), names=names),
        Column(key="can", label=Text("Can be told", "Считается")),
        Column(
            key="share",
            label=Text("Countable rows", "Годных строк"),
            unit=Unit.SHARE,
            help=Text(
                "Of the rows that should count, how many have every field that is needed.",
                "Какая доля строк, которые должны войти в расчёт, содержит все нужные поля.",
            ),
        ),
        Column(
            key="part", label=Text("Of which rows", "Каких строк"), names={"": NONE, **{p.key: p.what for p in PARTS}}
        ),
        Column(key="missing", label=Text("Still needed", "Чего не хватает"), names={"": NONE}),
        Column(key="unlocks", label=Text("It would unlock", "Это откроет"), unit=Unit.COUNT),
    )


# --- in words -----------------------------------------------------------------------------------------------------


def explained(row: Mapping[str, Any], formatter: Formatter) -> str:
    """A row's last word: "98.0% of closed deals have: closed on", or what to map."""
    if not row["can"]:
        return formatter.say(Text("Map: {f}", "Сопоставьте: {f}"), f=named(str(row["missing"]).split(", "), formatter))
    part = PART.get(row["part"] or "")
    if part is None:
        return ""
    if row["share"] >= 1:
        return formatter.say(WHOLE)
    fields = ", ".join(_lower(ENTITY[part.entity].field(f).label, formatter) for f in part.fields)
    return formatter.say(
        Text("{s} of {w} have: {f}", "Заполнено у {s} {w}: {f}"),
        s=formatter.percent(row["share"]),
        w=part.what[formatter.language],
        f=fields,
    )


def named(fields: list[str], formatter: Formatter) -> str:
    """ "Opportunities: closed on; amount" for the fields of a set, table by table."""
    tables: dict[str, list[str]] = {}
    for name in fields:
        entity, _, field = name.partition(".")
        tables.setdefault(entity, []).append(_lower(ENTITY[entity].field(field).label, formatter))
    return "; ".join(f"{ENTITY[e].label[formatter.language]} — {', '.join(names)}" for e, names in tables.items())


def _lower(label: Text, formatter: Formatter) -> str:
    return phrases.lower_first(label[formatter.language])


def headers(field: Field, formatter: Formatter) -> str:
    """What exports usually call the field: “Close Date”, “Closed on”."""
    cyrillic = [s for s in field.synonyms if any("а" <= ch <= "я" for ch in s)]
    latin = list(
        {
            s.replace(" ", ""): s
            for s in reversed(field.synonyms)
            if s not in cyrillic and not s.startswith("property ")
        }.values()
    )[::-1]
    own = (cyrillic[:2] + latin[:1]) if formatter.language == "ru" else latin[:HEADERS]
    return ", ".join(formatter.say(Text("“{s}”", "«{s}»"), s=s[:1].upper() + s[1:]) for s in own)


def unlock_sentence(fields: list[str], metrics: list[str], cells: list[str], formatter: Formatter) -> str:
    """What to map next and what that opens; the fields' usual headers where it is few of them."""
    examples = [phrases.lower_first(METRIC[k].label[formatter.language]) for k in metrics[:3]]
    found = [ENTITY[e].field(f) for e, _, f in (name.partition(".") for name in fields)]
    usual = headers(found[0], formatter) if len(found) == 1 else ""
    return formatter.say(
        Text("Map {f}{u}: it unlocks {n}{e}", "Сопоставьте {f}{u}: откроется {n}{e}"),
        f=", ".join(fields),
        u=formatter.say(Text(" (usually {h})", " (обычно {h})"), h=usual) if usual else "",
        n=formatter.plural(len(metrics) + len(cells), OPENED),
        e=formatter.say(Text(", among them {x}", ", в том числе {x}"), x=", ".join(examples)) if examples else "",
    )  # fmt: skip


def finding(result: Result, formatter: Formatter) -> str:
    """How many KPIs can be told; what would unlock most, else which is the least sound."""
    facts = result.facts
    head = formatter.say(
        Text("{c} of {t} KPIs can be computed", "Считаются {c} из {t} показателей"), c=facts["computable"],
        t=facts["total"],
    )  # fmt: skip
    if facts["unlocks"]:
        return f"{head}. {unlock_sentence(**facts['unlocks'][0], formatter=formatter)}."
    weakest, share = facts["weakest"], facts["weakest_share"]
    if weakest is None or share >= 1:
        return head + "."
    row = {"can": True, "share": share, "part": facts["weakest_part"]}
    return formatter.say(
        Text("{h}. The least sound is {m}: {w}.", "{h}. Слабее всего — {m}: {w}."),
        h=head,
        m=phrases.lower_first(METRIC[weakest].label[formatter.language]),
        w=phrases.lower_first(explained(row, formatter)),
    )


READINESS = Analysis(
    key="readiness",
    title=Text("Readiness map", "Карта готовности"),
    question=Text("What can the loaded data tell?", "Что можно посчитать по загруженным данным?"),
    definition=Text(
        "Every KPI and analysis: whether the loaded files can tell it, what share of the rows it should count has the "
        "fields it needs, and otherwise the smallest set of columns to map. What is suggested next unlocks most "
        "for the columns and files it takes. Looks at everything that is loaded, whatever the filters.",
        "Каждый показатель и анализ: можно ли его посчитать по загруженным файлам, у какой доли строк есть все нужные "
        "поля, а если посчитать нельзя — какие колонки сопоставить. Следующим предлагается то, что открывает "
        "больше всего в расчёте на колонку и файл. Смотрит на все загруженные данные, фильтры не действуют.",
    ),
    params=(),
    run=run,
    finding=finding,
    chart="table",
)
