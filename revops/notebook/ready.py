"""Ready notebooks: the questions of a usual meeting in the order in which they are asked, over whatever is loaded.

notebook/begin.py makes a person's own notebook of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from revops.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A cell to ask for. params: as a CellBlock has them."""

    analysis: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, what to look for, and the cells that show it."""

    heading: Text
    words: Text
    cells: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """about: for which meeting, in a sentence."""

    key: str
    title: Text
    about: Text
    sections: tuple[Section, ...]


READY: tuple[Ready, ...] = (
    Ready(
        key="month",
        title=Text("Revenue review", "Обзор выручки"),
        about=Text(
            "For the monthly meeting: where we stand, what moved revenue, what comes next.",
            "Для ежемесячной встречи: где мы, что изменило выручку, что впереди.",
        ),
        sections=(
            Section(
                heading=Text("Where we stand", "Где мы"),
                words=Text(
                    "Which figure moved more than noise? Begin there.",
                    "Какой показатель изменился сильнее случайного разброса? С него и начнём.",
                ),
                cells=(Asked(analysis="kpi_overview"),),
            ),
            Section(
                heading=Text("What moved recurring revenue", "Что изменило повторяющийся доход"),
                words=Text(
                    "New business, growth of customers we have, or less loss? And how much hangs on a few?",
                    "Новые клиенты, рост у действующих или меньшие потери? И сколько держится на немногих?",
                ),
                cells=(Asked(analysis="arr_bridge"), Asked(analysis="concentration")),
            ),
            Section(
                heading=Text("What comes next", "Что впереди"),
                words=Text(
                    "Does the open pipeline carry the plan, and what happened to it?",
                    "Хватит ли открытых сделок на план и что с ними произошло?",
                ),
                cells=(
                    Asked(analysis="pipeline_waterfall"),
                    Asked(analysis="velocity"),
                    Asked(analysis="forecast"),
                    Asked(analysis="scenario"),
                ),
            ),
            Section(
                heading=Text("What to do this week", "Что сделать на этой неделе"),
                words=Text("The list, by urgency, with owners.", "Список по срочности, с ответственными."),
                cells=(Asked(analysis="actions"),),
            ),
        ),
    ),
    Ready(
        key="funnel",
        title=Text("From lead to customer", "Путь от лида до клиента"),
        about=Text(
            "For marketing and sales together: where leads are lost, how long it takes, which channels pay off.",
            "Для маркетинга и продаж вместе: где теряем лидов, сколько это длится, какие каналы окупаются.",
        ),
        sections=(
            Section(
                heading=Text("How far they come", "Как далеко доходят"),
                words=Text(
                    "The step with the largest loss is not always the one to mend: see which step differs by channel.",
                    "Чинить нужно не всегда шаг с самой большой потерей: смотрите, какой шаг различается по каналам.",
                ),
                cells=(
                    Asked(analysis="funnel", params={"kind": "lifecycle"}),
                    Asked(analysis="funnel", params={"kind": "lifecycle", "by": "channel"}),
                    Asked(analysis="funnel"),
                ),
            ),
            Section(
                heading=Text("How long it takes", "Сколько это длится"),
                words=Text(
                    "How long do people wait between the teams, and at which step?",
                    "Сколько люди ждут между командами и на каком шаге?",
                ),
                cells=(
                    Asked(analysis="kpi_overview", params={"department": "handoffs"}),
                    Asked(analysis="step_times", params={"kind": "lifecycle"}),
                ),
            ),
            Section(
                heading=Text("Where deals die", "Где гибнут сделки"),
                words=Text("And what is told as the reason.", "И что называют причиной."),
                cells=(Asked(analysis="lost_deals"), Asked(analysis="stage_matrix")),
            ),
            Section(
                heading=Text("What it costs, and what a goal takes", "Сколько это стоит и чего требует цель"),
                words=Text(
                    "Channels that are cheap whoever gets the credit; leads needed for the goal.",
                    "Каналы, дешёвые при любой атрибуции; сколько лидов нужно для цели.",
                ),
                cells=(Asked(analysis="attribution"), Asked(analysis="backwards")),
            ),
        ),
    ),
    Ready(
        key="churn",
        title=Text("Why customers leave", "Почему уходят клиенты"),
        about=Text(
            "For customer success and product: who leaves, when, why, and who may be next.",
            "Для отдела клиентов и продукта: кто уходит, когда, почему и кто может уйти следующим.",
        ),
        sections=(
            Section(
                heading=Text("Do we lose more than before?", "Теряем больше, чем раньше?"),
                words=Text(
                    "Customers, revenue, and revenue net of growth tell three different stories.",
                    "Клиенты, выручка и выручка с учётом роста рассказывают три разные истории.",
                ),
                cells=(Asked(analysis="churn_trend"), Asked(analysis="driver_search", params={"metric": "logo_churn"})),
            ),
            Section(
                heading=Text("Who leaves", "Кто уходит"),
                words=Text(
                    "By segment, by channel, by the reason given.", "По сегментам, каналам и названной причине."
                ),
                cells=(
                    Asked(analysis="churn_breakdown", params={"by": "segment"}),
                    Asked(analysis="churn_breakdown", params={"by": "channel"}),
                    Asked(analysis="churn_breakdown", params={"by": "reason"}),
                ),
            ),
            Section(
                heading=Text("What came before", "Что было перед уходом"),
                words=Text(
                    "Signs that those who left showed and those who stayed did not; then who left, by name.",
                    "Чем ушедшие отличались от оставшихся; затем — кто ушёл, поимённо.",
                ),
                cells=(Asked(analysis="leavers", params={"show": "signs"}), Asked(analysis="leavers")),
            ),
            Section(
                heading=Text("When they leave", "Когда уходят"),
                words=Text(
                    "A cliff at a month of tenure has a cause: onboarding, the first renewal, a price step.",
                    "У обрыва на каком-то месяце есть причина: внедрение, первое продление, смена цены.",
                ),
                cells=(
                    Asked(analysis="survival"),
                    Asked(analysis="cohorts"),
                    Asked(analysis="cohorts", params={"measure": "revenue"}),
                ),
            ),
            Section(
                heading=Text("Who may be next", "Кто может уйти следующим"),
                words=Text("With the reasons in words.", "С причинами словами."),
                cells=(Asked(analysis="actions", params={"kind": "at_risk"}),),
            ),
            Section(
                heading=Text("What a target takes", "Что нужно для цели"),
                words=Text("How many to keep, and in which segment.", "Скольких удержать и в каком сегменте."),
                cells=(Asked(analysis="save_rate", params={"by": "segment"}),),
            ),
        ),
    ),
    Ready(
        key="revops",
        title=Text("What RevOps changes", "Что меняет RevOps"),
        about=Text(
            "For showing colleagues: how the teams work together, before and after, and what the data still lack.",
            "Чтобы показать коллегам: как команды работают вместе, до и после, и чего не хватает в данных.",
        ),
        sections=(
            Section(
                heading=Text("Hand-offs between the teams", "Передача между командами"),
                words=Text(
                    "SalesOps sees one department. A customer sees the gaps between them.",
                    "SalesOps видит один отдел. Клиент видит провалы между отделами.",
                ),
                cells=(
                    Asked(analysis="kpi_overview", params={"department": "handoffs"}),
                    Asked(analysis="funnel", params={"kind": "lifecycle"}),
                ),
            ),
            Section(
                heading=Text("Before and after", "До и после"),
                words=Text(
                    "Choose the day on which the teams began to work as one; what changed more than noise is marked.",
                    "Выберите день, с которого команды работают вместе; отмечено то, что изменилось сильнее "
                    "случайного разброса.",
                ),
                cells=(Asked(analysis="before_after"),),
            ),
            Section(
                heading=Text("One set of data", "Единые данные"),
                words=Text(
                    "What each team records, and what it leaves blank.", "Что каждая команда заполняет, а что — нет."
                ),
                cells=(Asked(analysis="completeness", params={"by": "team"}), Asked(analysis="readiness")),
            ),
        ),
    ),
    Ready(
        key="files",
        title=Text("First look at a client's files", "Первый взгляд на файлы клиента"),
        about=Text(
            "For a workshop: what the files can tell, whether to trust them, and the first findings.",
            "Для рабочей сессии: о чём говорят файлы, можно ли им верить и первые выводы.",
        ),
        sections=(
            Section(
                heading=Text("What the files can tell", "О чём говорят файлы"),
                words=Text(
                    "Which figures there are, and which column would open the most.",
                    "Какие показатели есть и какая колонка открыла бы больше всего.",
                ),
                cells=(Asked(analysis="readiness"),),
            ),
            Section(
                heading=Text("Whether to trust them", "Можно ли им верить"),
                words=Text(
                    "Agree on this page before any figure is discussed.",
                    "Согласуйте эту страницу прежде, чем обсуждать цифры.",
                ),
                cells=(Asked(analysis="data_quality"), Asked(analysis="completeness")),
            ),
            Section(
                heading=Text("First findings", "Первые выводы"),
                words=Text("Each opens to its rows.", "Каждый открывается до строк."),
                cells=(
                    Asked(analysis="kpi_overview"),
                    Asked(analysis="funnel"),
                    Asked(analysis="churn_trend"),
                    Asked(analysis="concentration"),
                    Asked(analysis="repeat_buyers"),
                ),
            ),
        ),
    ),
)
READY_BY_KEY: dict[str, Ready] = {one.key: one for one in READY}
