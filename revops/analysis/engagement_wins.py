"""Do deals that are worked on early get won more often? A relation, counted so that it cannot come from lasting longer.

A deal that lives longer collects more activities, and won ones live long: so only those of a fixed early window count,
and only deals that were still open when it was over (a landmark analysis).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.engagement import TYPES
from revops.analysis.engagement_rows import deals_behind
from revops.analysis.stats import holm, is_signal, p_value, wilson
from revops.analysis.values import name_of, records, show
from revops.errors import BadParameter
from revops.formats import Formatter
from revops.metrics.core import Unit
from revops.metrics.tables import KEY, looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

WEIGHTS = {"email": 1, "call": 2, "meeting": 3}
LEFT_OUT = Text("closed sooner, or younger than the window", "закрылись раньше или моложе окна")
GROUPS = 3  # of deals with any activity, about equally many in each
MEASURES = {
    "count": Text("number of activities", "число активностей"),
    "score": Text("engagement score", "балл активности"),
}
WHICH = {"new": Text("new business", "новый бизнес"), "all": Text("all deals", "все сделки")}


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a group of deals by how much was done in their first `days`: group ("0", "1-2", ...), value (won / (won +
    lost)), low, high (Wilson), cases (won), n (won and lost), open, deals, signal (differs from the least by more than
    noise).

    Deals created in the period that were still open when the window was over, by as_of. facts: days, measure, ranges
    (group -> the least and the most that was done), p (of the most against the least), left_out (closed sooner, or
    younger than the window).
    """
    days, typed, measure = asked(engine, params)
    frame, sql = engine.told(
        ("engagement_wins", days, typed, measure),
        lambda: _rows(engine, view, days, typed, measure),
        period=view.period,
        as_of=view.as_of,
        where=view.where,
    )
    kept, left_out = frame[frame["kept"]], int(frame.loc[~frame["kept"], "deals"].sum())
    groups = grouped(kept)
    rows = [_row(label, part) for label, part in groups]
    against = holm([p_value(r["cases"], r["n"], rows[0]["cases"], rows[0]["n"]) for r in rows[1:]])
    for row, p in zip(rows[1:], against, strict=True):
        row |= {"p": p, "signal": is_signal(p)}
    names = ["group", "value", "low", "high", "cases", "n", "open", "deals", "signal", "p"]
    told = pd.DataFrame(rows, columns=names)
    decided = int(told["n"].sum()) if rows else 0
    return Result(
        frame=told,
        columns=_columns(params["measure"], days),
        facts={
            "days": days,
            "measure": measure,
            "ranges": {label: (int(part["done"].min()), int(part["done"].max())) for label, part in groups},
            "p": rows[-1]["p"] if len(rows) > 1 else None,
            "left_out": left_out,
            "value": told["cases"].sum() / decided if decided else None,
        },
        sql=(sql,),
        rows_used=(
            (
                Text("deals still open when the window was over", "сделки, бывшие в работе к концу окна"),
                int(told["deals"].sum()) if rows else 0,
            ),
        ),
        rows_left_out=((LEFT_OUT, left_out),) if left_out else (),
        notes=_notes(days, params["measure"], left_out) if rows else (),
        empty=None if decided else Text("no such deal was decided yet.", "таких решённых сделок пока нет."),
    )


def asked(engine: Engine, params: Mapping[str, Any]) -> tuple[int, bool, str]:
    """Days of the window, whether new business alone is kept, the measure. Raises BadParameter."""
    days = int(params["days"])
    if not 1 <= days <= 90:
        raise BadParameter(Text("Days: from 1 to 90.", "Дней: от 1 до 90."))
    return days, params["which"] == "new" and engine.basis.has("opportunities.type"), str(params["measure"])


def grouped(deals: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Deals without any activity, then GROUPS of about equally many by how much was done; equal values stay together.

    deals: done, deals (how many), sorted by nothing. The label names the least and the most of the group.
    """
    found = []
    none = deals[deals["done"] == 0]
    if len(none):
        found.append(("0", none))
    rest = deals[deals["done"] > 0].sort_values("done")
    if rest.empty:
        return found
    counted = rest.groupby("done")["deals"].sum()
    middle = counted.cumsum() - counted / 2  # where the deals of that value lie among all
    place = (middle / counted.sum() * GROUPS).astype("int64").clip(upper=GROUPS - 1)
    for number in sorted(set(place)):
        values = list(place.index[place == number])
        low, high = int(min(values)), int(max(values))
        label = str(low) if low == high else f"{low}–{high}"
        found.append((label, rest[rest["done"].isin(values)]))
    return found


def _row(label: str, part: pd.DataFrame) -> dict[str, Any]:
    won, lost, still = (int(part[c].sum()) for c in ("won", "lost", "open"))
    n = won + lost
    low, high = wilson(won, n) or (None, None)
    value = won / n if n else None
    return {
        "group": label, "value": value, "low": low, "high": high, "cases": won, "n": n, "open": still,
        "deals": n + still, "signal": None, "p": None,
    }  # fmt: skip


def deals(engine: Engine, view: View, days: int, typed: bool, measure: str) -> ir.Table:
    """A row a deal created in the view: its key, created, kept (open when the window was over), done, won, lost."""
    looked = looked_at()
    as_of = looked.as_of.as_scalar()
    made = engine.keep(table("opportunities"), "opportunities", view.where)
    made = made.filter(
        made.created_at.date() >= looked.start.as_scalar(), made.created_at.date() < looked.end.as_scalar()
    )
    if typed:
        made = made.filter(made.type.fill_null("new") == "new")
    acts = table("activities")
    acts = acts.filter(acts.type.isin(list(TYPES)), acts.opportunity_id.notnull())
    weight = acts.type.cases(*WEIGHTS.items()) if measure == "score" else ibis.literal(1)
    acts = acts.select(_of=acts.opportunity_id, _at=acts.occurred_at, _weight=weight.cast("int64"))
    own = made.select("opportunity_id", "created_at")
    met = own.join(acts, own.opportunity_id == acts["_of"])
    met = met.filter(met["_at"] >= met.created_at, met["_at"] < met.created_at + ibis.interval(days=days))
    done = met.group_by(_deal=met["_of"]).agg(_done=met["_weight"].sum())
    rows = made.left_join(done, made.opportunity_id == done["_deal"])
    closed = rows.status.isin(["won", "lost"]) & (rows.closed_at.date() <= as_of).fill_null(False)
    over = (rows.created_at + ibis.interval(days=days)).date()
    return rows.select(
        KEY,
        created=rows.created_at.date(),
        kept=((over <= as_of) & (~closed | (rows.closed_at >= rows.created_at + ibis.interval(days=days)))).fill_null(
            False
        ),
        done=rows["_done"].fill_null(0),
        won=closed & (rows.status == "won"),
        lost=closed & (rows.status == "lost"),
    )


def _rows(engine: Engine, view: View, days: int, typed: bool, measure: str) -> ir.Table:
    """kept, done, deals, won, lost, open."""
    told = deals(engine, view, days, typed, measure)
    return (
        told.group_by("kept", "done")
        .agg(
            deals=told.count(),
            won=told.won.sum(),
            lost=told.lost.sum(),
            open=(~told.won & ~told.lost).sum(),
        )
        .order_by("kept", "done")
    )


# --- in words -------------------------------------------------------------------------------------------------------


def _notes(days: int, measure: str, left_out: int) -> tuple[Text, ...]:
    notes = [
        Text(
            f"Only activities of a deal's first {days} days count, and only deals still open then ({left_out} closed "
            "sooner or are younger): else those that last long would look well worked on. Still, promising deals may "
            "get more attention: this is a relation, not a cause.",
            f"Учтены активности первых {days} дн. сделки и только сделки, которые тогда ещё были в работе ({left_out} "
            "закрылись раньше или моложе): иначе долгие сделки казались бы проработанными. Но и перспективным сделкам "
            "уделяют больше внимания: это связь, а не причина.",
        )
    ]
    if measure == "score":
        notes.append(
            Text(
                "Engagement score: an email 1, a call 2, a meeting 3, summed.",
                "Балл активности: письмо 1, звонок 2, встреча 3, в сумме.",
            )
        )
    return tuple(notes)


def _columns(measure: str, days: int) -> tuple[Column, ...]:
    label = {
        "count": Text(f"Activities in the first {days} days", f"Активностей за первые {days} дн."),
        "score": Text(f"Score of the first {days} days", f"Балл за первые {days} дн."),
    }[measure]
    return (
        Column(key="group", label=label, names={"0": Text("none", "не было")}),
        Column(key="value", label=Text("Win rate", "Доля выигранных"), unit=Unit.SHARE),
        Column(key="low", label=Text("95 % from", "95 % от"), unit=Unit.SHARE),
        Column(key="high", label=Text("95 % to", "95 % до"), unit=Unit.SHARE),
        Column(key="cases", label=Text("Won", "Выиграно"), unit=Unit.COUNT),
        Column(key="n", label=Text("Won and lost", "Выиграно и проиграно"), unit=Unit.COUNT),
        Column(key="open", label=Text("Still open", "В работе"), unit=Unit.COUNT),
        Column(key="deals", label=Text("Deals", "Сделок"), unit=Unit.COUNT),
        Column(
            key="signal",
            label=Text("Differs from the least by more than noise", "Отличие от наименьших больше случайного"),
            names={None: Text("—", "—")},  # type: ignore[dict-item]
        ),
        Column(key="p", label=Text("p-value", "p-значение"), hidden=True),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """The win rate of the least against that of the most worked-on, with intervals and whether it is noise."""
    rows, names = records(result.frame), next(c.names for c in result.columns if c.key == "group")

    def told(row: Mapping[str, Any]) -> str:
        text = Text("{v} ({a}–{b}, {n} decided)", "{v} ({a}–{b}, решено {n})")
        return formatter.say(
            text,
            v=show(row["value"], Unit.SHARE, formatter),
            a=show(row["low"], Unit.SHARE, formatter),
            b=show(row["high"], Unit.SHARE, formatter),
            n=formatter.number(row["n"]),
        )

    least, most = rows[0], rows[-1]
    if len(rows) == 1:
        alone = Text("All such deals are alike ({g}): won {x}", "Все такие сделки одинаковы ({g}): выиграно {x}")
        return phrases.sentence(formatter.say(alone, g=name_of(least["group"], names, formatter), x=told(least)))
    what = {
        "count": Text("activities in the first {d} days", "активностями за первые {d} дн."),
        "score": Text("points of engagement in the first {d} days", "баллами активности за первые {d} дн."),
    }[result.facts["measure"]]
    text = Text(
        "Deals with {b} {w} were won in {y} of cases, those with {a} in {x}: {n}, a relation, not a cause",
        "Из сделок с {b} {w} выиграно {y}, с {a} — {x}: {n}; это связь, а не причина",
    )
    noise = phrases.noise_clause(is_signal(result.facts["p"]), formatter)
    return phrases.sentence(
        formatter.say(
            text,
            a="0" if least["group"] == "0" else least["group"],
            b=most["group"],
            w=formatter.say(what, d=result.facts["days"]),
            x=told(least),
            y=told(most),
            n=noise or formatter.say(Text("too few to test", "мало для проверки")),
        )
    )


ENGAGEMENT_WINS = Analysis(
    key="engagement_wins",
    title=Text("Engagement and winning", "Активность и выигрыш"),
    question=Text(
        "Are deals that get attention early won more often?", "Чаще ли выигрывают сделки с активностью в начале?"
    ),
    definition=Text(
        "Deals created in the period by the number of calls, meetings and emails in their first days (or their "
        "weighted sum, the score): none, then three groups of about equally many. Win rate: won / (won + lost), with "
        "its Wilson interval; each group is tested against the least (Holm's correction). Only deals still open when "
        "the window was over count, so that those that last longer do not win by it.",
        "Сделки, созданные в периоде, по числу звонков, встреч и писем за первые дни (или по их взвешенной сумме — "
        "баллу): без активности, затем три примерно равные группы. Доля выигранных: выиграно / (выиграно + "
        "проиграно) с интервалом Уилсона; каждая группа проверена против наименьшей (поправка Холма). Учтены только "
        "сделки, бывшие в работе к концу окна, чтобы долгие сделки не выигрывали за счёт срока.",
    ),
    params=(
        Param(key="measure", label=Text("By", "По"), kind=ParamKind.CHOICE, choices=MEASURES, default="count"),
        Param(key="which", label=Text("Deals", "Сделки"), kind=ParamKind.CHOICE, choices=WHICH, default="new"),
        Param(key="days", label=Text("First days", "Первые дни"), kind=ParamKind.NUMBER, default=14),
    ),
    run=run,
    finding=finding,
    chart="breakdown",
    needs=(
        (
            "activities.opportunity_id",
            "activities.occurred_at",
            "activities.type",
            "opportunities.created_at",
            "opportunities.closed_at",
            "opportunities.status",
        ),
    ),
    behind=deals_behind,
)
