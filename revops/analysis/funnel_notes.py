"""What to know of a funnel's figures beside them: where steps come from, what is not known, who is not decided yet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from revops.analysis import funnel_lifecycle, funnel_pipeline
from revops.analysis.core import View
from revops.formats import Formatter
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine


def pipeline_notes(chosen: funnel_pipeline.Pipeline, asked: str | None) -> list[Text]:
    notes: list[Text] = []
    if not chosen.history:
        notes.append(
            Text(
                "There is no stage history: steps are inferred from the stage a deal stands in and its dates, and "
                "where a lost deal was lost is not known.",
                "Истории этапов нет: шаги выведены из текущего этапа и дат сделки, а на каком этапе проиграна "
                "сделка, неизвестно.",
            )
        )
    if chosen.aside:
        names = ", ".join(chosen.aside)
        notes.append(Text(f"Not a step of the way: {names}.", f"Не считаются шагом пути: {names}."))
    if asked is None and chosen.others:
        others = ", ".join(chosen.others)
        notes.append(
            Text(
                f"The pipeline with most deals is shown, “{chosen.name}”; there are also: {others}.",
                f"Показана воронка с наибольшим числом сделок, «{chosen.name}»; есть и другие: {others}.",
            )
        )
    return notes


def lifecycle_notes(engine: Engine, keys: tuple[str, ...]) -> list[Text]:
    notes: list[Text] = []
    if keys[0] == "lead":
        link = funnel_lifecycle.linked_by(engine.basis)
        if link is None and engine.basis.has("opportunities.created_at"):
            notes.append(funnel_lifecycle.NO_LINK)
        if link == "account":
            notes.append(funnel_lifecycle.BY_ACCOUNT)
    if "renewed" in keys and "expanded" in keys:
        notes.append(funnel_lifecycle.AFTER_SALE)
    return notes


def unknown_note(frame: pd.DataFrame) -> list[Text]:
    unknown = int(frame["lost_unknown"].sum()) if not frame.empty else 0
    lost = int(frame["lost"].sum()) if not frame.empty else 0
    if not unknown:
        return []
    return [
        Text(
            f"Of {lost} lost deals, {unknown} have no stage history: each counts as lost in its furthest known step.",
            f"Из проигранных сделок ({lost}) у {unknown} нет истории этапов: они считаются потерянными на последнем "
            "известном шаге.",
        )
    ]


def young_note(frame: pd.DataFrame, view: View, window: int) -> list[Text]:
    """The entry days of the range whose conversion window is not over by as_of, where someone of them is still open."""
    first = max(view.as_of - dt.timedelta(days=window - 1), view.period.start)
    if not frame["open"].sum():
        return []
    said = Text(
        "Who entered from {d} on has not had the whole window of {n} days yet: still open there is not yet, not lost.",
        "У вошедших с {d} окно в {n} дн. ещё не закончилось: кто из них в работе, ещё не потерян.",
    )
    return [said.format(d=Text(Formatter("en").date(first), Formatter("ru").date(first)), n=window)]


def groups_note(count: int, shown: int) -> Text:
    return Text(f"The {shown} largest of {count} groups are shown.", f"Показаны {shown} крупнейшие группы из {count}.")
