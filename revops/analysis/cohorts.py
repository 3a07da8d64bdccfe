"""Who stays, by when they came: retention of customers and of revenue by cohort and age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.cohort_rows import MONTHS_IN, Cohort, cohorts
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.customer_rows import of_cohorts
from revops.analysis.lifetimes import NEEDS
from revops.analysis.values import show
from revops.errors import BadParameter
from revops.formats import Formatter
from revops.metrics.core import Grain, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MOST = 36  # cohorts shown: more rows cannot be read
FEW = 10  # a cohort of fewer customers proves little
MEASURES = {
    "customers": Text("customers", "клиенты"),
    "revenue": Text("revenue", "доход"),
}
GRAINS = {
    "month": Text("month", "месяц"),
    "quarter": Text("quarter", "квартал"),
    "year": Text("year", "год"),
}
WHO = {
    "all": Text("all customers", "все клиенты"),
    "period": Text("came in the period", "пришли в периоде"),
}
AGE = {
    Grain.MONTH: Text("Months since they came", "Месяцев с прихода"),
    Grain.QUARTER: Text("Quarters since they came", "Кварталов с прихода"),
    Grain.YEAR: Text("Years since they came", "Лет с прихода"),
}


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a cohort and age 0..ages: cohort (first day of its period), size, began (MRR they came with), age,
    customers and mrr at the end of that age, retention (of `measure`; null beyond as_of, and of revenue where the
    cohort came with none), immature (not all ages are over yet), few (fewer than FEW customers).

    facts: measure, grain, ages, average (one record an age: age, retention over all cohorts that old, weighted by their
    size or the MRR they came with; cohorts, size: how many it rests on).
    """
    ages = params["ages"]
    if not 1 <= ages <= 60:
        raise BadParameter(Text("Ages: from 1 to 60.", "Возраст: от 1 до 60."))
    grain, measure = Grain(params["cohort"]), params["measure"]
    found, sql = cohorts(engine, view, grain, int(ages), in_period=params["who"] == "period")
    kept = found[-MOST:]
    rows = [_row(cohort, age, int(ages), measure) for cohort in kept for age in range(int(ages) + 1)]
    names = ["cohort", "size", "began", "age", "customers", "mrr", "retention", "immature", "few"]
    frame = pd.DataFrame(rows, columns=names)
    return Result(
        frame=frame.astype({"customers": "Int64", "mrr": "float64", "retention": "float64"}),
        columns=_columns(grain, measure),
        facts={
            "measure": measure,
            "grain": grain,
            "ages": int(ages),
            "average": average(found, int(ages), measure),
        },
        sql=(sql,),
        notes=_notes(found, frame),
        rows_used=((Text("customers", "клиенты"), sum(c.size for c in found)),),
        empty=None if found else Text("no customer came by that day.", "к этой дате ещё не было клиентов."),
    )


def retention(cohort: Cohort, age: int, measure: str) -> float | None:
    """Of what the cohort began with, the share that is there at the end of the age; None where nobody can know."""
    if age not in cohort.kept:
        return None
    customers, mrr = cohort.kept[age]
    if measure == "customers":
        return customers / cohort.size
    return mrr / cohort.began if cohort.began > 0 else None


def _row(cohort: Cohort, age: int, ages: int, measure: str) -> tuple[Any, ...]:
    customers, mrr = cohort.kept.get(age, (None, None))
    told = retention(cohort, age, measure)
    immature = ages not in cohort.kept
    return cohort.start, cohort.size, cohort.began, age, customers, mrr, told, immature, cohort.size < FEW


def average(found: Sequence[Cohort], ages: int, measure: str) -> list[dict[str, Any]]:
    """By age: retention over the cohorts that are old enough, all their customers (or MRR) taken together."""
    rows = []
    for age in range(ages + 1):
        old = [c for c in found if retention(c, age, measure) is not None]
        base = sum(c.size if measure == "customers" else c.began for c in old)
        left = sum(c.kept[age][0 if measure == "customers" else 1] for c in old)
        if base > 0:
            rows.append({"age": age, "retention": left / base, "cohorts": len(old), "size": sum(c.size for c in old)})
    return rows


def _notes(found: Sequence[Cohort], frame: pd.DataFrame) -> tuple[Text, ...]:
    notes = [
        Text(
            "Empty cells are not over yet; they are neither 0 nor part of the average.",
            "Пустые ячейки ещё впереди: это не ноль, и в среднее они не входят.",
        )
    ]
    if len(found) > MOST:
        notes.append(
            Text(
                f"The {MOST} latest cohorts are shown; the average is over all {len(found)}.",
                f"Показаны {MOST} последних когорт; среднее — по всем ({len(found)}).",
            )
        )
    if not frame.empty and frame["few"].any():
        notes.append(
            Text(
                f"Pale rows are cohorts of fewer than {FEW} customers.",
                f"Бледные строки — когорты меньше чем из {FEW} клиентов.",
            )
        )
    return tuple(notes) if found else ()


def _columns(grain: Grain, measure: str) -> tuple[Column, ...]:
    share = Text("Customers kept", "Осталось клиентов")
    if measure == "revenue":
        share = Text("Revenue kept", "Сохранено дохода")
    return (
        Column(key="cohort", label=Text("Came in", "Пришли"), grain=grain),
        Column(key="size", label=Text("Customers", "Клиентов"), unit=Unit.COUNT),
        Column(key="began", label=Text("Came with MRR", "MRR при приходе"), unit=Unit.MONEY),
        Column(key="age", label=AGE[grain], unit=Unit.COUNT),
        Column(key="customers", label=Text("Customers then", "Клиентов тогда"), unit=Unit.COUNT),
        Column(key="mrr", label=Text("MRR then", "MRR тогда"), unit=Unit.MONEY),
        Column(key="retention", label=share, unit=Unit.SHARE),
        Column(key="immature", label=Text("Not old enough yet", "Ещё не весь срок")),
        Column(key="few", label=Text("Few customers", "Мало клиентов")),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """What is kept on average at the oldest age (up to a year) that at least two cohorts have reached."""
    rows = result.facts["average"]
    grain: Grain = result.facts["grain"]
    year = 12 // MONTHS_IN[grain]
    known = [r for r in rows if r["age"] > 0 and r["age"] <= max(year, 1)]
    if not known:
        young = Text("no cohort is old enough yet.", "ни одна когорта ещё не достигла нужного возраста.")
        return phrases.cannot_tell(young[formatter.language], formatter)
    last = next((r for r in reversed(known) if r["cohorts"] > 1), known[-1])
    what = {
        "customers": Text("{v} of customers are still here", "остаются {v} клиентов"),
        "revenue": Text("{v} of the revenue is still here", "сохраняется {v} дохода"),
    }[result.facts["measure"]]
    text = Text(
        "On average {what} in {g} {a} after they came (cohorts: {k}, customers: {n})",
        "В среднем на {a}-й {g} после прихода {what} (когорт: {k}, клиентов: {n})",
    )
    return (
        formatter.say(
            text,
            what=formatter.say(what, v=show(last["retention"], Unit.SHARE, formatter)),
            g=GRAINS[grain],
            a=last["age"],
            k=formatter.number(last["cohorts"]),
            n=formatter.number(last["size"]),
        )
        + "."
    )


COHORTS = Analysis(
    key="cohorts",
    title=Text("Retention by cohort", "Удержание по когортам"),
    question=Text("Do those who came later stay longer?", "Те, кто пришёл позже, остаются дольше?"),
    definition=Text(
        "Customers by the period of their first activation. Age 0 is the end of that period, age 1 the end of the next "
        "one, and so on. Customers kept: who is a customer then, of all who came, those who left and returned too. "
        "Revenue kept: their MRR then, of the MRR they came with, expansion included. A cell whose period is not over "
        "by the as-of day is empty. The average takes all cohorts that are old enough together, so that large ones "
        "weigh more.",
        "Клиенты по периоду первой активации. Возраст 0 — конец этого периода, возраст 1 — конец следующего и так "
        "далее. Удержание клиентов: какая доля пришедших в этот момент клиенты, включая вернувшихся. Удержание "
        "дохода: их MRR в этот момент как доля MRR при приходе, вместе с расширением. Если период к дате данных не "
        "закончился, ячейка пуста. Среднее берётся по всем когортам нужного возраста вместе, поэтому крупные весят "
        "больше.",
    ),
    params=(
        Param(
            key="measure",
            label=Text("What is kept", "Что удерживается"),
            kind=ParamKind.CHOICE,
            choices=MEASURES,
            default="customers",
        ),
        Param(
            key="cohort", label=Text("Cohorts by", "Когорты по"), kind=ParamKind.CHOICE, choices=GRAINS, default="month"
        ),
        Param(key="who", label=Text("Who counts", "Кого считать"), kind=ParamKind.CHOICE, choices=WHO, default="all"),
        Param(key="ages", label=Text("Periods shown", "Сколько периодов"), kind=ParamKind.NUMBER, default=12),
    ),
    run=run,
    finding=finding,
    chart="cohorts",
    needs=NEEDS,
    behind=of_cohorts,
)
