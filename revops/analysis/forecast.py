"""What ARR may be in the coming months, if such forecasts have been any good: the forecast with the errors it made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from revops.analysis import backtest, phrases
from revops.analysis.backtest import LEVEL, Score
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.coverage import first_day
from revops.analysis.lifetimes import NEEDS
from revops.analysis.values import show
from revops.errors import BadParameter, NotComputable
from revops.formats import Formatter
from revops.metrics import METRIC, calendar
from revops.metrics.core import Grain, Period, Query, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MOST = 24  # months ahead
SHOWN = 24  # months of history beside it
USEFUL = 3  # a forecast of fewer months is none
COLUMNS = ("kind", "month", "ahead", "value", "low", "high", "mape", "naive", "line", "mase", "covered", "cases")


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a month: the SHOWN last complete ones (kind "known", value) and the coming ones ("forecast").

    Of the coming ones: ahead (months), value, low, high (interval of LEVEL), and of forecasts so many months ahead
    made at past months: mape, naive (that of “nothing changes”), line (that of the last year's change going on), mase,
    covered (share of intervals that held), cases. Values are null where the forecast was no better than naive; then
    `trusted` says up to how many months ahead it was.

    facts: months (of history), needed, trusted, horizon, last (day), scores. The history ends with the last complete
    month of as_of, whatever the period.
    """
    horizon = int(params["months"])
    if not 1 <= horizon <= MOST:
        raise BadParameter(Text(f"Months ahead: from 1 to {MOST}.", f"Месяцев вперёд: от 1 до {MOST}."))
    why = engine.why_not("arr")
    if why is not None:
        raise NotComputable(Text("ARR can't be told yet.", "ARR пока нельзя посчитать."), fix=why)
    months, values, sql = _history(engine, view)
    found: list[Score] = []
    trusted = 0
    made = None
    if len(values) >= backtest.shortest(USEFUL):
        forecaster = backtest.drifting()
        found = backtest.scores(values, horizon, forecaster)
        trusted = backtest.trusted(found)
        made = forecaster(np.asarray(values[-backtest.WINDOW :]), horizon, True)
    told = trusted if trusted >= USEFUL else 0
    rows: list[dict[str, Any]] = [
        {"kind": "known", "month": m, "value": v} for m, v in list(zip(months, values, strict=True))[-SHOWN:]
    ]
    for score in found:
        row: dict[str, Any] = {"kind": "forecast", "month": calendar.add_months(months[-1], score.horizon)}
        row |= {"ahead": score.horizon, "mape": score.mape, "naive": score.naive, "line": score.line}
        row |= {"mase": score.mase, "covered": score.covered, "cases": score.cases}
        if made is not None and score.horizon <= told:
            at = score.horizon - 1
            row |= {"value": float(made.mean[at]), "low": float(made.low[at]), "high": float(made.high[at])}
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return Result(
        frame=frame.astype(dict.fromkeys(COLUMNS[3:-1], "float64") | {"ahead": "Int64", "cases": "Int64"}),
        columns=_columns(),
        facts={
            "months": len(values),
            "needed": backtest.shortest(USEFUL),
            "trusted": told,
            "horizon": horizon,
            "last": calendar.add_months(months[-1], 1) - calendar.DAY if months else None,
            "scores": [{"horizon": s.horizon, "mape": s.mape, "naive": s.naive, "line": s.line} for s in found],
        },
        sql=(sql,),
        metrics=("arr",),
        notes=_notes(found, told, horizon),
        empty=None if values else phrases.NO_VALUE,
    )


def _history(engine: Engine, view: View) -> tuple[list[dt.date], list[float], str]:
    """First days of complete months up to as_of and ARR at their ends, since it was last zero."""
    end = calendar.floor(view.as_of + calendar.DAY, Grain.MONTH, engine.conventions)
    begun = first_day(engine, METRIC["arr"])
    start = min(begun.replace(day=1) if begun else end, calendar.add_months(end, -1))
    periods = tuple(p for p in calendar.periods(start, end, Grain.MONTH, engine.conventions))
    answer = engine.evaluate(Query(metric="arr", periods=periods, as_of=view.as_of, where=view.where))
    by_month = {int(r["period_id"]): r["value"] for r in answer.rows}
    values = [float(by_month.get(i) or 0.0) for i in range(len(periods))]
    since = max((i + 1 for i, v in enumerate(values) if v <= 0), default=0)
    return [p.start for p in periods[since:]], values[since:], answer.sql


def _notes(found: list[Score], told: int, horizon: int) -> tuple[Text, ...]:
    notes = []
    if found:
        notes.append(
            Text(
                f"Judged by forecasts made at {max(s.cases for s in found)} past months from what was known then. "
                "Of history alone: no open deal, no plan, no season is in it.",
                f"Проверено прогнозами, сделанными на данных до {max(s.cases for s in found)} прошлых месяцев. Учтена "
                "только история: ни сделок в работе, ни планов, ни сезонности в прогнозе нет.",
            )
        )
    if 0 < told < horizon:
        notes.append(
            Text(
                f"Farther than {told} months ahead it was no better than “nothing changes”, or tried too seldom.",
                f"Дальше чем на {told} мес. вперёд он был не лучше прогноза «ничего не изменится» или проверен слишком "
                "мало раз.",
            )
        )
    if told and found[told - 1].line < found[told - 1].mape:
        far = found[told - 1]
        notes.append(
            Text(
                "At {h} months ahead the straight line of the last year was closer still ({l} against {m}).",
                "На {h} мес. вперёд ещё точнее была прямая по последнему году ({l} против {m}).",
            ).format(h=far.horizon, l=_percent(far.line), m=_percent(far.mape))
        )
    return tuple(notes)


def _percent(share: float) -> Text:
    return Text(Formatter("en").percent(share), Formatter("ru").percent(share))


def _columns() -> tuple[Column, ...]:
    percent = f"{LEVEL:.0%}"
    return (
        Column(
            key="kind",
            label=Text("What", "Что"),
            names={"known": Text("known", "факт"), "forecast": Text("forecast", "прогноз")},
        ),
        Column(key="month", label=Text("Month's end", "Конец месяца"), grain=Grain.MONTH),
        Column(key="ahead", label=Text("Months ahead", "Месяцев вперёд"), unit=Unit.COUNT),
        Column(key="value", label=Text("ARR", "ARR"), unit=Unit.MONEY),
        Column(key="low", label=Text(f"{percent} interval, from", f"Интервал {percent}, от"), unit=Unit.MONEY),
        Column(key="high", label=Text(f"{percent} interval, to", f"Интервал {percent}, до"), unit=Unit.MONEY),
        Column(
            key="mape",
            label=Text("Error so far (MAPE)", "Ошибка до сих пор (MAPE)"),
            unit=Unit.SHARE,
            help=Text(
                "Mean absolute error of past forecasts so many months ahead, as a share of what came.",
                "Средняя абсолютная ошибка прошлых прогнозов на столько же месяцев вперёд, доля от факта.",
            ),
        ),
        Column(key="naive", label=Text("Error of “nothing changes”", "Ошибка «без изменений»"), unit=Unit.SHARE),
        Column(key="line", label=Text("Error of the last year's line", "Ошибка прямой по году"), unit=Unit.SHARE),
        Column(
            key="mase",
            label=Text("MASE", "MASE"),
            unit=Unit.TIMES,
            help=Text(
                "The error in units of the mean change from month to month.", "Ошибка в средних изменениях за месяц."
            ),
        ),
        Column(key="covered", label=Text("Interval held in", "Интервал сбылся"), unit=Unit.SHARE),
        Column(key="cases", label=Text("Past forecasts", "Прошлых прогнозов"), unit=Unit.COUNT),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """The forecast of the farthest month with what such forecasts missed by; or why there is none."""
    facts, frame = result.facts, result.frame
    if facts["months"] < facts["needed"]:
        short = Text(
            "the history is too short for a forecast: {m} complete months of ARR, it takes {n}",
            "история слишком коротка для прогноза: {m} полных мес. с ARR, а нужно {n}",
        )
        said = formatter.say(short, m=facts["months"], n=facts["needed"])
        return phrases.sentence(phrases.cannot_tell(said, formatter))
    coming = frame[frame["kind"] == "forecast"]
    if not facts["trusted"]:
        first = coming.iloc[min(USEFUL, len(coming)) - 1]
        none = Text(
            "No forecast is shown: {h} months ahead, past ones missed by {m} on average, and “nothing changes” by {n}",
            "Прогноз не показан: на {h} мес. вперёд прошлые прогнозы ошибались в среднем на {m}, а «ничего не "
            "изменится» — на {n}",
        )
        return phrases.sentence(
            formatter.say(
                none, h=int(first["ahead"]), m=formatter.percent(first["mape"]), n=formatter.percent(first["naive"])
            )
        )
    last = coming[coming["ahead"] <= facts["trusted"]].iloc[-1]
    month = calendar.label(Period(last["month"], calendar.add_months(last["month"], 1), Grain.MONTH), formatter)
    text = Text(
        "If growth goes on as it has, ARR is {v} at the end of {t} ({p} interval: {a} to {b}). Past forecasts {h} "
        "months ahead missed by {m} on average, “nothing changes” by {n}; the interval held in {c} of {k} cases",
        "Если рост продолжится как до сих пор, ARR на конец {t} — {v} (интервал {p}: от {a} до {b}). Прошлые прогнозы "
        "на {h} мес. вперёд ошибались в среднем на {m}, «ничего не изменится» — на {n}; интервал сбылся в {c} из {k} "
        "случаев",
    )
    return phrases.sentence(
        formatter.say(
            text,
            v=show(last["value"], Unit.MONEY, formatter, compact=True),
            t=month,
            p=formatter.percent(LEVEL, 0),
            a=show(last["low"], Unit.MONEY, formatter, compact=True),
            b=show(last["high"], Unit.MONEY, formatter, compact=True),
            h=int(last["ahead"]),
            m=formatter.percent(last["mape"]),
            n=formatter.percent(last["naive"]),
            c=formatter.number(last["covered"] * last["cases"]),
            k=formatter.number(last["cases"]),
        )
    )


FORECAST = Analysis(
    key="forecast",
    title=Text("Forecast of ARR", "Прогноз ARR"),
    question=Text(
        "Where does ARR go if nothing else changes, and how far off may that be?",
        "Куда идёт ARR, если всё пойдёт как сейчас, и насколько можно ошибиться?",
    ),
    definition=Text(
        "A random walk with drift of the square root of ARR at month ends, fitted to the last 36 months; between a "
        "straight line and a constant percentage. It is made again at every past month (after the first 24) from what "
        "was known then, and compared with what came: the mean absolute error as a share of ARR (MAPE), in units of "
        "the mean monthly change (MASE), and how often its 80 % interval held. It is shown as far ahead as it has been "
        "better than “nothing changes” at each month on the way; else it is said that there is none.",
        "Случайное блуждание со сносом для квадратного корня из ARR на концы месяцев по последним 36 месяцам: среднее "
        "между прямой и постоянным процентом роста. Прогноз делается заново на каждый прошлый месяц (после первых 24) "
        "по тому, что тогда было известно, и сравнивается с фактом: средняя абсолютная ошибка в доле от ARR (MAPE), в "
        "средних месячных изменениях (MASE) и как часто сбывался интервал 80 %. Он показан настолько вперёд, насколько "
        "на каждом месяце пути был точнее, чем «ничего не изменится»; иначе сказано, что прогноза нет.",
    ),
    params=(Param(key="months", label=Text("Months ahead", "Месяцев вперёд"), kind=ParamKind.NUMBER, default=12),),
    run=run,
    finding=finding,
    chart="forecast",
    needs=NEEDS,
)
