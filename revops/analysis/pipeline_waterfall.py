"""From the pipeline that was open at the start to the one that is open at the end: what came, changed and went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import behind, phrases, pipeline_walk
from revops.analysis.core import Analysis, CellResult, Column, Param, ParamKind, Result, View
from revops.analysis.rows import Rows
from revops.analysis.values import number_text, records, relative_change, signed_percent
from revops.formats import Formatter, is_missing
from revops.metrics import calendar
from revops.metrics.core import Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

PARTS: dict[str, Text] = {
    "start": Text("Open at the start", "На начало"),
    "created": Text("Created", "Созданы"),
    "reopened": Text("Reopened", "Открыты снова"),
    "amount_up": Text("Amount up", "Сумма выросла"),
    "amount_down": Text("Amount down", "Сумма снижена"),
    "pulled_in": Text("Pulled in", "Срок перенесён сюда"),
    "pushed_out": Text("Pushed out", "Срок перенесён отсюда"),
    "won": Text("Won", "Выиграны"),
    "lost": Text("Lost", "Проиграны"),
    "end": Text("Open at the end", "На конец"),
}
MEASURES = {"amount": Text("Amount", "Сумма"), "deals": Text("Number of deals", "Число сделок")}
DUE = {
    pipeline_walk.ALL: Text("all open deals", "все открытые сделки"),
    pipeline_walk.DUE: Text("deals expected to close in the period", "сделки со сроком в этом периоде"),
}
CENT = 0.005
NUMBERS = ("amount", "moved", "deals")
OF_AMOUNTS, OF_DATES, OF_STAGES = ("amount_up", "amount_down"), ("pulled_in", "pushed_out"), ("reopened",)

NO_EXPORTS = Text(
    "Amounts and expected close dates are known only as they are now, so what was raised, cut, pushed out or pulled in "
    "can't be told. Import the deals export again later: what changed between two exports is kept.",
    "Суммы и ожидаемые даты закрытия известны только на сегодня, поэтому не видно, что выросло, снижено или "
    "перенесено. Загружайте выгрузку сделок повторно: изменения между выгрузками сохраняются.",
)
NO_STAGES = Text(
    "There is no stage history, so a deal that was closed and came back can't be told.",
    "Истории этапов нет, поэтому не видно сделок, которые закрыли и открыли снова.",
)
NO_DATE = Text("closed, but with no close date", "закрыты, но без даты закрытия")
UNDATED = "SELECT count(*) AS n FROM opportunities WHERE status IN ('won', 'lost') AND closed_at IS NULL"


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """A row a part, in order. Columns: part; amount (signed, workspace currency); moved (signed number of deals);
    deals (how many deals it happened to, unsigned). A part that the data cannot tell is null.

    start + the parts between = end, to the cent; start and end are the states before the first and after the last day
    that counts, each summed over deals, not the sum of the parts. facts: closes.
    """
    relations = pipeline_walk.relations(engine, view, params["due"])
    found, sql = engine.run(engine.dialect.translated(pipeline_walk.PARTS_SQL), relations)
    about, second = engine.run(
        engine.dialect.translated(pipeline_walk.KNOWN_SQL), pipeline_walk.told_of_deals(engine, view)
    )
    undated, third = engine.select(UNDATED)
    known = {k: int(about[k].iloc[0]) for k in ("deals", "earlier", "blank")}
    exports, without_date = known["earlier"] > 0, int(undated["n"].iloc[0])
    stages = engine.basis.has("stage_events.entered_at")
    untold = (*(() if exports else (*OF_AMOUNTS, *OF_DATES)), *(() if stages else OF_STAGES))
    if params["due"] == pipeline_walk.ALL:
        untold = (*untold, *OF_DATES)
    frame = _frame(found, untold)
    gap = _gap(frame)
    before, last = _edges(view)
    return Result(
        frame=frame,
        columns=_columns(),
        facts={
            "parts": {str(r["part"]): _numbers(r) for r in records(frame)},
            "measure": params["measure"],
            "due": params["due"],
            "before": before,
            "last": last,
            "closes": gap < CENT,
            "gap": gap,
            "history_of": known["earlier"],
        },
        sql=(sql, second, third),
        notes=_notes(frame, known, stages, params, gap),
        rows_used=((Text("deals", "сделки"), known["deals"]),),
        rows_left_out=((NO_DATE, without_date),) if without_date else (),
        empty=None if frame["deals"].sum() else phrases.NO_VALUE,
    )


def _edges(view: View) -> tuple[dt.date, dt.date]:
    """The day whose evening the start is told of, and that of the end."""
    reached = calendar.cut(view.period, view.as_of)
    return reached.start - calendar.DAY, reached.end - calendar.DAY


def _frame(found: pd.DataFrame, untold: tuple[str, ...]) -> pd.DataFrame:
    """Every part in order; null those that cannot be told."""
    moved = {str(r["part"]): r for r in records(found)}
    rows: list[dict[str, Any]] = []
    for part in PARTS:
        if part in ("start", "end"):
            amount, deals = (float(found[f"{part}_{k}"].astype("float64").sum()) for k in ("amount", "deals"))
            rows.append({"part": part, "amount": amount, "moved": deals, "deals": deals})
        else:
            none = part in untold
            row = {} if none else moved.get(part, dict.fromkeys(NUMBERS, 0.0))
            rows.append({"part": part, **{k: row.get(k) for k in NUMBERS}})
    return pd.DataFrame(rows).astype(dict.fromkeys(NUMBERS, "float64"))


def _numbers(row: Mapping[str, Any]) -> dict[str, float | None]:
    return {k: None if is_missing(row[k]) else float(row[k]) for k in NUMBERS}


def _gap(frame: pd.DataFrame) -> float:
    """By how much the parts miss the end: of amounts, or of deals."""
    between = frame[~frame["part"].isin(["start", "end"])]
    start, end = (frame[frame["part"] == edge].iloc[0] for edge in ("start", "end"))
    return max(abs(float(end[k]) - float(start[k]) - float(between[k].sum())) for k in ("amount", "moved"))


def _notes(
    frame: pd.DataFrame, known: Mapping[str, int], stages: bool, params: Mapping[str, Any], gap: float
) -> tuple[Text, ...]:
    notes: list[Text] = []
    if gap >= CENT:
        notes.append(
            Text(
                "The waterfall does not close: {gap} are in no part. Please check the deals loaded.",
                "Каскад не сходится: {gap} не относится ни к одной части. Проверьте загруженные сделки.",
            ).format(gap=number_text(gap, 2))
        )
    if n := known["earlier"]:
        notes.append(
            Text(
                f"Changes of amounts and dates come from repeated exports ({n} deals have several); a change counts on "
                "the last day of the export that first shows it.",
                f"Изменения сумм и дат — из повторных выгрузок (сделок с несколькими выгрузками: {n}); изменение "
                "относится к последнему дню выгрузки, в которой оно появилось.",
            )
        )
    else:
        notes.append(NO_EXPORTS)
    if not stages:
        notes.append(NO_STAGES)
    if n := int(frame.loc[frame["part"] == "reopened", "deals"].fillna(0).iloc[0]):
        notes.append(
            Text(
                f"Deals that came back: {n}. Here they are closed in between; the figure “Open pipeline”, told from "
                "the records alone, counts them as open throughout.",
                f"Вернувшихся сделок: {n}. Здесь они закрыты на время перерыва; показатель «Открытая воронка» "
                "посчитан только по записям и считает их открытыми всё время.",
            )
        )
    if params["measure"] == "amount" and (n := known["blank"]):
        notes.append(
            Text(
                f"Open deals at the end without an amount, or without a rate for it: {n}; they count as 0.",
                f"Открытых на конец сделок без суммы или без курса для неё: {n}; они учтены как 0.",
            )
        )
    return tuple(notes)


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="part", label=Text("Part", "Часть"), names=PARTS),
        Column(key="amount", label=MEASURES["amount"], unit=Unit.MONEY),
        Column(key="moved", label=Text("Change in deals", "Изменение числа сделок"), unit=Unit.COUNT),
        Column(
            key="deals",
            label=Text("Deals", "Сделок"),
            unit=Unit.COUNT,
            help=Text("How many deals it happened to.", "Со сколькими сделками это произошло."),
        ),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """Where the open pipeline stood and stands, and what came and went."""
    facts = result.facts
    parts: Mapping[str, Mapping[str, float | None]] = facts["parts"]
    key = "amount" if facts["measure"] == "amount" else "moved"

    def said(part: str) -> str:
        value = abs(parts[part][key] or 0.0)
        return formatter.money(value, compact=True) if key == "amount" else formatter.number(value)

    share = relative_change(parts["end"][key], parts["start"][key])
    head = Text(
        "Open pipeline went from {a} ({da}) to {b} ({db}){s}: {c} created, {w} won, {l} lost",
        "Открытая воронка: {a} ({da}) → {b} ({db}){s}; создано {c}, выиграно {w}, проиграно {l}",
    )
    if facts["due"] == pipeline_walk.DUE:
        head = Text(
            "Open pipeline due in the period went from {a} ({da}) to {b} ({db}){s}: {c} created, {w} won, {l} lost",
            "Открытая воронка со сроком в периоде: {a} ({da}) → {b} ({db}){s}; создано {c}, выиграно {w}, "
            "проиграно {l}",
        )
    text = formatter.say(
        head,
        a=said("start"),
        b=said("end"),
        da=formatter.date(facts["before"]),
        db=formatter.date(facts["last"]),
        s=f", {signed_percent(share, formatter)}" if share is not None else "",
        c=said("created"),
        w=said("won"),
        l=said("lost"),
    )
    return text + "."


# --- the deals behind a part --------------------------------------------------------------------------------------

_LEAD = (
    Column(key="day", label=Text("Day", "День")),
    Column(key="moved", label=Text("Moves the pipeline by", "Меняет воронку на"), unit=Unit.MONEY),
    Column(key="part", label=Text("Part", "Часть"), names=PARTS),
)


def deals_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The deals of a part: those open on the day of the start or end, else those that moved, on the day they did.

    Without a pick: every move within the period.
    """
    part = str(pick["part"]) if pick and pick.get("part") in PARTS else None
    source = pipeline_walk.MOVED
    if part in ("start", "end"):
        state = pipeline_walk.START if part == "start" else pipeline_walk.END
        source = f"SELECT s.*, '{part}' AS part FROM ({state}) s"
    where = f" WHERE m.part = '{part}'" if part else ""
    listing = f'SELECT m.deal AS "_key", m.day, m.amount AS moved, m.part FROM ({source}) m{where}'
    relations = pipeline_walk.relations(engine, found.view, found.params["due"])
    return behind.listed(engine, engine.dialect.translated(listing), relations, _LEAD, limit=limit)


PIPELINE_WATERFALL = Analysis(
    key="pipeline_waterfall",
    title=Text("Pipeline waterfall", "Каскад воронки"),
    question=Text(
        "How did the open pipeline get from where it was to where it is?",
        "Как открытая воронка пришла от начала к концу периода?",
    ),
    definition=Text(
        "Open at the start + created + reopened + amounts up - amounts down + pulled in - pushed out - won - lost = "
        "open at the end; it closes to the cent. The start is the evening before the first day, the end the evening of "
        "the last. A deal is open from the day it was created until its record says it was won or lost; where the "
        "stage history shows that it came back in between, it is closed for that time. Amounts are at the rate of the "
        "day a deal was created. Amounts and expected close dates change by what repeated exports of the deals say; a "
        "close date matters only where the pipeline is that of deals expected to close in the period.",
        "На начало + созданы + открыты снова + рост сумм - снижение сумм + срок перенесён сюда - срок перенесён "
        "отсюда - выиграны - проиграны = на конец; сходится до копейки. Начало — вечер перед первым днём, конец — "
        "вечер последнего дня. Сделка открыта со дня создания до дня, когда она по записи выиграна или проиграна; если "
        "по истории этапов она закрывалась и вернулась, на это время она закрыта. Суммы — по курсу дня создания "
        "сделки. "
        "Изменения сумм и ожидаемых дат берутся из повторных выгрузок сделок; дата важна, только если воронка — "
        "сделки со сроком в этом периоде.",
    ),
    params=(
        Param(key="measure", label=Text("Measure", "Мера"), kind=ParamKind.CHOICE, default="amount", choices=MEASURES),
        Param(
            key="due",
            label=Text("Which deals", "Какие сделки"),
            kind=ParamKind.CHOICE,
            default=pipeline_walk.ALL,
            choices=DUE,
        ),
    ),
    run=run,
    finding=finding,
    chart="pipeline_waterfall",
    needs=(("opportunities.created_at", "opportunities.status"),),
    behind=deals_behind,
)
