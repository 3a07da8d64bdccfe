"""From a goal back to its beginning: how many deals, SQLs, MQLs and leads it takes at the rates of the range."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import funnel_lifecycle, phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.stats import NORMAL_95, wilson
from revops.analysis.values import join_words, period_text, records
from revops.errors import BadParameter, NotComputable
from revops.formats import Formatter, is_missing
from revops.metrics.core import Unit
from revops.metrics.derived import in_workspace_currency
from revops.metrics.tables import looked_at, table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

GOALS = {"wins": Text("wins", "победы"), "amount": Text("won revenue", "выигранная выручка")}
RATES = {
    "decided": Text("of those decided", "из определившихся"),
    "entered": Text("of all that came", "из всех пришедших"),
}
FEW_WON = 10  # a rate that rests on fewer wins says little
NO_WAY = Text(
    "There is no way from a first step to a win to follow.", "Путь от первого шага до победы не прослеживается."
)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """A row a step, first to won. Columns: step; needed with low and high (95 %), whole records, null where the rate
    is 0; rate (share that comes to be won) with its interval; decided (of how many), won, open, came (reached the step
    in the range); days (median from the step to the win).

    A rate is that of the records that entered within the view's period (as in the lifecycle funnel): won / decided,
    Wilson's interval; or won / came. needed = goal / rate. For a goal in money, goal / average won deal / rate; the
    interval then joins the relative errors of both on the log scale.
    """
    keys = funnel_lifecycle.steps_of(engine.basis)
    if "won" not in keys:
        raise NotComputable(NO_WAY, fix=funnel_lifecycle.NO_LINK)
    keys_all, keys = keys, keys[: keys.index("won") + 1]

    def ways() -> ir.Table:
        return _ways(funnel_lifecycle.journeys(engine, keys_all, view), keys)

    def told(key: str, build: Callable[[], ir.Table]) -> tuple[pd.DataFrame, str]:
        return engine.told((key, keys_all), build, period=view.period, as_of=view.as_of, where=view.where)

    wide, sql = told("backwards", ways)
    wins, second = told("backwards_wins", lambda: _wins(engine, view))
    counted, deals = records(wide)[0], records(wins)[0]
    goal = _goal(params, deals)
    money = _money(deals) if params["goal_in"] == "amount" else None
    frame = _frame(counted, keys, goal, money, params["rates"])
    names = {k: funnel_lifecycle.STEPS[k] for k in keys}
    return Result(
        frame=frame,
        columns=_columns(names),
        facts={
            "goal": goal,
            "goal_in": params["goal_in"],
            "average": None if money is None else money[0],
            "won_in_range": int(deals["wins"]),
            "amount_in_range": None if is_missing(deals["amount"]) else float(deals["amount"]),
            "names": names,
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=(sql, second),
        notes=_notes(engine, keys, counted, deals, params),
        rows_used=((funnel_lifecycle.STEPS[keys[0]], int(counted["reached_1"] or 0)),),
        empty=phrases.NO_VALUE if not counted["reached_1"] else None,
    )


def _ways(journeys: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    """One row: reached_k, decided_k, open_k, days_k for every step, and won."""
    goal = len(keys)
    is_won = journeys.reached >= goal
    over = is_won | (journeys.state == "lost")
    figures: dict[str, ir.Value] = {"won": is_won.sum()}
    for k in range(1, goal + 1):
        came = journeys.reached >= k
        figures[f"reached_{k}"] = came.sum()
        figures[f"decided_{k}"] = (came & over).sum()
        days = journeys[f"own_{goal}"].delta(journeys[f"own_{k}"], unit="day").cast("float64")
        figures[f"days_{k}"] = days.median(where=is_won)
    return journeys.agg(**figures)


def _wins(engine: Engine, view: View) -> ir.Table:
    """One row about the new-business deals won in the period: wins, with_lead, priced, amount, average, spread."""
    rows = engine.keep(table("opportunities"), "opportunities", view.where)
    looked = looked_at()
    day = rows.closed_at.date()
    rows = rows.filter((rows.status == "won") & (rows.type.fill_null("new") == "new"))
    rows = rows.mutate(_day=day).filter(
        (ibis._["_day"] >= looked.start.as_scalar()) & (ibis._["_day"] < looked.end.as_scalar())
    )
    rows = in_workspace_currency(rows, "amount", "_day", engine.basis)
    links = funnel_lifecycle.links_of(engine.basis)
    linked = rows.opportunity_id.notnull() if links is None else rows.opportunity_id.isin(links.opportunity_id)
    worth = rows.amount.cast("float64")
    return rows.agg(
        wins=rows.count(),
        with_lead=linked.sum(),
        priced=worth.count(),
        amount=worth.sum(),
        average=worth.mean(),
        spread=worth.std(how="sample"),
    )


def _goal(params: Mapping[str, Any], deals: Mapping[str, Any]) -> float:
    """What is asked for; where nothing is, as much as was won in the range."""
    given = params["goal"]
    if given is None:
        found = deals["wins"] if params["goal_in"] == "wins" else deals["amount"]
        return 0.0 if is_missing(found) else float(found)
    if given <= 0:
        raise BadParameter(Text("The goal must be above zero.", "Цель должна быть больше нуля."))
    return float(given)


def _money(deals: Mapping[str, Any]) -> tuple[float, float]:
    """The average won deal and its relative standard error. Raises NotComputable where no won deal has an amount."""
    priced = int(deals["priced"])
    if not priced or float(deals["average"]) <= 0:
        raise NotComputable(
            Text("No deal won in the range has an amount.", "Ни у одной сделки, выигранной в диапазоне, нет суммы."),
            fix=Text("Choose a longer range, or a goal in wins.", "Выберите период длиннее или цель в победах."),
        )
    spread = 0.0 if priced < 2 else float(deals["spread"])
    return float(deals["average"]), spread / math.sqrt(priced) / float(deals["average"])


def _frame(
    counted: Mapping[str, Any], keys: tuple[str, ...], goal: float, money: tuple[float, float] | None, rates: str
) -> pd.DataFrame:
    wins, error = (goal, 0.0) if money is None else (goal / money[0], money[1])
    won = int(counted["won"] or 0)
    rows: list[dict[str, Any]] = []
    for k, step in enumerate(keys, start=1):
        came, decided = int(counted[f"reached_{k}"] or 0), int(counted[f"decided_{k}"] or 0)
        of = decided if rates == "decided" else came
        last = k == len(keys)
        share = None if not of else won / of
        bounds = None if last else wilson(won, of)
        needed, low, high = _needed(wins, 1.0 if last else share, bounds, of, error)
        rows.append(
            {
                "step": step,
                "needed": needed,
                "low": low,
                "high": high,
                "rate": None if last else share,
                "rate_low": bounds[0] if bounds else None,
                "rate_high": bounds[1] if bounds else None,
                "n": of,
                "won": won,
                "open": came - decided,
                "came": came,
                "days": None if last else counted[f"days_{k}"],
            }
        )
    frame = pd.DataFrame(rows)
    return frame.astype({c: "float64" for c in frame.columns if c != "step"})


def _needed(
    wins: float, rate: float | None, bounds: tuple[float, float] | None, n: int, error: float
) -> tuple[float | None, float | None, float | None]:
    """wins / rate and its 95 % interval, rounded up to whole records; None where there is no rate."""
    if not rate:
        return None, None, None
    needed = wins / rate
    if error:  # of money: both relative errors together, on the log scale
        of_rate = (1 - rate) / (n * rate) if bounds else 0.0
        spread = NORMAL_95 * math.sqrt(error**2 + of_rate)
        return _up(needed), _up(needed * math.exp(-spread)), _up(needed * math.exp(spread))
    if bounds is None:
        return _up(needed), None, None
    return _up(needed), _up(wins / bounds[1]), _up(wins / bounds[0]) if bounds[0] > 0 else None


def _up(value: float) -> float:
    return float(math.ceil(round(value, 9)))


def _notes(
    engine: Engine,
    keys: tuple[str, ...],
    counted: Mapping[str, Any],
    deals: Mapping[str, Any],
    params: Mapping[str, Any],
) -> tuple[Text, ...]:
    notes: list[Text] = []
    won, came = int(counted["won"] or 0), int(counted["reached_1"] or 0)
    if 0 < won < FEW_WON:
        notes.append(
            Text(
                f"The rates rest on {won} wins: few, so the true need may be quite another.",
                f"Доли опираются на {won} побед: это мало, настоящая потребность может сильно отличаться.",
            )
        )
    if keys[0] == "lead" and deals["wins"] and (alone := int(deals["wins"]) - int(deals["with_lead"])):
        notes.append(
            Text(
                f"Of {int(deals['wins'])} new-business deals won in the range, {alone} had no lead behind them: the "
                "need is for wins that come from leads.",
                f"Из {int(deals['wins'])} новых сделок, выигранных за период, у {alone} нет лида: потребность "
                "посчитана для побед, которые начинаются с лида.",
            )
        )
    undecided = came - int(counted["decided_1"] or 0)
    if undecided and params["rates"] == "decided":
        share = round(100 * undecided / came)
        notes.append(
            Text(
                f"{undecided} of {came} that came in the range are still open ({share}%) and in no rate: if fewer of "
                "them are won, more is needed.",
                f"Из {came} пришедших за период ещё не определились {undecided} ({share} %), в долях их нет: если из "
                "них выиграют меньше, понадобится больше.",
            )
        )
    if keys[0] == "lead" and funnel_lifecycle.linked_by(engine.basis) == "account":
        notes.append(funnel_lifecycle.BY_ACCOUNT)
    return tuple(notes)


def _columns(names: Mapping[str, Text]) -> tuple[Column, ...]:
    count, share = Unit.COUNT, Unit.SHARE
    return (
        Column(key="step", label=Text("Step", "Шаг"), names=names),
        Column(key="needed", label=Text("Needed", "Нужно"), unit=count),
        Column(key="low", label=Text("From (95 %)", "От (95 %)"), unit=count),
        Column(key="high", label=Text("To (95 %)", "До (95 %)"), unit=count),
        Column(key="rate", label=Text("Come to be won", "Доходят до победы"), unit=share),
        Column(key="rate_low", label=Text("Rate from (95 %)", "Доля от (95 %)"), unit=share),
        Column(key="rate_high", label=Text("Rate to (95 %)", "Доля до (95 %)"), unit=share),
        Column(key="n", label=Text("Rate of how many", "Доля из скольких"), unit=count),
        Column(key="won", label=Text("Won", "Выиграны"), unit=count),
        Column(key="open", label=Text("Still open", "Ещё в работе"), unit=count),
        Column(key="came", label=Text("Came in the range", "Пришли за период"), unit=count),
        Column(key="days", label=Text("Median days to the win", "Медиана дней до победы"), unit=Unit.DAYS),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """What the goal takes at every step, and how long before."""
    facts = result.facts
    steps = [r for r in records(result.frame) if not is_missing(r["rate"]) and not is_missing(r["needed"])]
    if not steps:
        reason = Text("nothing of what came in the range was won.", "из пришедшего за период ничего не выиграно.")
        return phrases.cannot_tell(reason[formatter.language], formatter)
    told = [_told(row, facts["names"], formatter) for row in reversed(steps)]
    if facts["goal_in"] == "wins":
        goal = formatter.plural(round(facts["goal"]), Text("win|wins", "победа|победы|побед"))
    else:
        goal = formatter.money(facts["goal"], compact=True)
    text = formatter.say(
        Text("At the rates of {p}, a goal of {g} takes {t}", "При долях за {p} для цели «{g}» нужно: {t}"),
        p=period_text(facts["period"], formatter, as_of=facts["as_of"]),
        g=goal,
        t=join_words(told, formatter),
    )
    days = steps[0]["days"]
    if not is_missing(days):
        tail = Text(
            "; half of the won took longer than {d} from the first step",
            "; половина побед заняла от первого шага больше {d}",
        )
        text += formatter.say(tail, d=formatter.duration_days(days))
    return text + "."


def _told(row: Mapping[str, Any], names: Mapping[str, Text], formatter: Formatter) -> str:
    """ "1,240 leads (1,100–1,420)"."""
    words = formatter.plural(int(row["needed"]), PLURALS[str(row["step"])])
    if is_missing(row["low"]) or is_missing(row["high"]):
        return words
    return f"{words} ({formatter.number(row['low'])}–{formatter.number(row['high'])})"


PLURALS = {
    "lead": Text("lead|leads", "лид|лида|лидов"),
    "mql": Text("MQL|MQLs", "MQL|MQL|MQL"),
    "sql": Text("SQL|SQLs", "SQL|SQL|SQL"),
    "opportunity": Text("opportunity|opportunities", "сделка|сделки|сделок"),
    "won": Text("win|wins", "победа|победы|побед"),
}

BACKWARDS = Analysis(
    key="backwards",
    title=Text("What a goal takes", "Что нужно для цели"),
    question=Text(
        "How many leads, MQLs, SQLs and deals does the goal take?", "Сколько лидов, MQL, SQL и сделок нужно для цели?"
    ),
    definition=Text(
        "Needed = goal / rate. The rate of a step is the share of the records that reached it, of all that entered in "
        "the range, which came to be won: of those decided (won or lost), or of all that came. A goal in money is "
        "first divided by the average new-business deal won in the range. Intervals are at 95 %: Wilson's of the rate; "
        "of money, the errors of the rate and of the average deal together.",
        "Нужно = цель / доля. Доля шага — сколько записей, дошедших до него (из всех вошедших за период), в итоге "
        "выиграны: из определившихся (выиграны или потеряны) или из всех пришедших. Цель в деньгах сначала делится на "
        "среднюю новую сделку, выигранную за период. Интервалы — 95 %: для доли интервал Уилсона, для денег — ошибки "
        "доли и средней сделки вместе.",
    ),
    params=(
        Param(key="goal_in", label=Text("Goal in", "Цель"), kind=ParamKind.CHOICE, default="wins", choices=GOALS),
        Param(key="goal", label=Text("Goal", "Сколько"), kind=ParamKind.NUMBER, optional=True),
        Param(key="rates", label=Text("Rates", "Доли"), kind=ParamKind.CHOICE, default="decided", choices=RATES),
    ),
    run=run,
    finding=finding,
    chart="backwards",
    needs=(("opportunities.created_at", "opportunities.status", "opportunities.closed_at"),),
)
