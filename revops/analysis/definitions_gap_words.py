"""A gap between two conventions in words: its columns, notes and sentence."""

from __future__ import annotations

import pandas as pd

from revops.analysis.core import Column, Result
from revops.analysis.gap import ARPA, CHURN, MARGIN, VALUE
from revops.analysis.phrases import cannot_tell, sentence, when
from revops.analysis.values import join_words, show, show_difference
from revops.formats import Formatter
from revops.metrics import METRIC
from revops.metrics.core import Metric, Unit
from revops.model.definitions import RULE, Rule
from revops.text import Text

PARTS = {
    VALUE: Text("value", "значение"),
    ARPA: Text("ARPA", "ARPA"),
    CHURN: Text("churn rate", "отток"),
    MARGIN: Text("margin", "маржа"),
}
WHOLE_GAP = "whole"  # the bar of all rules together
WHOLE = Text("The whole gap", "Вся разница")
TOGETHER = "+"  # joins rules that can only be told together


def rule_names(key: str) -> Text:
    """The label of a step: a rule, or rules that can only be told together."""
    labels = [RULE[k].label for k in key.split(TOGETHER)]
    return Text(" + ".join(label.en for label in labels), " + ".join(label.ru for label in labels))


def columns(metric: Metric, frame: pd.DataFrame, units: tuple[Unit, Unit | None]) -> tuple[Column, ...]:
    """How the frame is shown. units: of the metric's numerator and denominator."""
    top, bottom = units
    steps = {str(rule): rule_names(str(rule)) for rule in frame["rule"].unique()}
    formula = {"": Text("the formula itself", "сама формула")}
    ratio = bottom is not None
    return (
        Column(key="rule", label=Text("Rule", "Правило"), names={**steps, WHOLE_GAP: WHOLE}),
        Column(key="account", label=Text("Account ID", "ID компании"), hidden=True),
        Column(key="name", label=Text("Account", "Компания"), names=formula),
        Column(key="part", label=Text("Part", "Часть"), names=PARTS, hidden=metric.key != "clv"),
        Column(key="amount", label=Text("Adds to the gap", "Вклад в разницу"), unit=metric.unit, signed=True),
        Column(key="numerator_before", label=Text("Numerator before", "Числитель до"), unit=top),
        Column(key="numerator_after", label=Text("Numerator after", "Числитель после"), unit=top),
        Column(
            key="denominator_before",
            label=Text("Denominator before", "Знаменатель до"),
            unit=bottom,
            hidden=not ratio,
        ),
        Column(
            key="denominator_after", label=Text("Denominator after", "Знаменатель после"), unit=bottom, hidden=not ratio
        ),
    )


def notes(idle: list[Rule], differing: list[Rule]) -> tuple[Text, ...]:
    """idle: rules that no row here is touched by."""
    said = []
    if idle:
        names = Text(", ".join(r.label.en for r in idle), ", ".join(r.label.ru for r in idle))
        said.append(
            Text(
                "They differ in these rules too, but no rows here are touched by them: {names}.",
                "Различаются и эти правила, но таких строк в данных нет: {names}.",
            ).format(names=names)
        )
    if any(r.key == "reactivation_days" for r in differing):
        said.append(
            Text(
                "“Coming back” moves amounts between new and reactivation; how many customers are new does not change.",
                "«Возвращение клиента» переносит суммы между новым доходом и реактивацией; новых клиентов столько же.",
            )
        )
    return tuple(said)


def finding(result: Result, formatter: Formatter) -> str:
    """ "Customer churn for Jan 2026 is 12.0% by X and 9.8% by Y, 2.2 pp lower: ..., behind it are 34 accounts." """
    facts = result.facts
    if result.empty is not None:
        return cannot_tell(result.empty[formatter.language], formatter)
    metric = METRIC[facts["metric"]]
    at = when(metric, facts["period"], facts["as_of"], formatter)
    said = {
        "m": metric.label,
        "w": at,
        "a": show(facts["left"], metric.unit, formatter),
        "b": show(facts["right"], metric.unit, formatter),
        "l": facts["left_label"],
        "r": facts["right_label"],
    }
    if not facts["steps"]:
        same = Text(
            "{m} {w} is {a} by both: {l} and {r}", "{m} {w}: {a} и по определениям «{l}», и по определениям «{r}»"
        )
        return sentence(formatter.say(same, **said))
    both = Text("{m} {w} is {a} by {l} and {b} by {r}", "{m} {w}: «{l}» — {a}, «{r}» — {b}")
    largest = sorted(facts["steps"], key=lambda s: -abs(s["amount"]))[:2]
    because = [
        formatter.say(
            Text("“{rule}” {d}", "«{rule}» {d}"),
            rule=rule_names(s["rule"]),
            d=show_difference(s["amount"], metric.unit, formatter, compact=True),
        )
        for s in largest
    ]
    gap = formatter.say(
        Text("a gap of {d}: {why}", "разница {d}: {why}"),
        d=show_difference(facts["gap"], metric.unit, formatter, compact=True),
        why=join_words(because, formatter),
    )
    behind = formatter.say(
        Text("; accounts behind it: {n}", "; компаний, которые её составляют: {n}"),
        n=formatter.number(facts["accounts"]),
    )
    return sentence(formatter.say(both, **said), gap + behind)
