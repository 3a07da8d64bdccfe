"""The Moscow office: its own CRM in roubles, and the rates that bring roubles to US dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .team import Person, someone
from .world import END, REVOPS_START, SEASON, START, Dice, months

HEADS = (
    "Вектор Гранит Норд Луч Орион Меридиан Аврора Кедр Маяк Янтарь Полюс Рассвет Горизонт Сокол Берег Импульс "
    "Магистраль Слобода Пристань Каскад"
).split()
TAILS = ("Логистика", "Строй", "Медицина", "Торг", "Финанс", "Инжиниринг")
FORMS = ("ООО", "ООО", "ООО", "АО")
STAGES = ("Первичный контакт", "Квалификация", "Презентация", "Коммерческое предложение", "Согласование договора")
WON, LOST = "Успешно реализовано", "Закрыто и не реализовано"
SOURCES = {
    "Яндекс Директ": 30.0,
    "Рекомендация": 22.0,
    "Органический поиск": 20.0,
    "Холодный звонок": 16.0,
    "Выставка": 12.0,
}
REASONS = {"Дорого": 34.0, "Выбрали конкурента": 18.0, "Нет бюджета": 22.0, "Перенос сроков": 14.0, "Не отвечает": 12.0}
SERVICES = ("Сопровождение ИТ", "Облачная инфраструктура", "Информационная безопасность", "Резервное копирование")


@dataclass
class RussianDeal:
    id: int
    name: str
    company: str
    owner: str
    stage: str
    budget: float
    created: datetime
    closed: datetime | None
    source: str
    reason: str


def russian_deals(people: list[Person]) -> list[RussianDeal]:
    """About 150 deals of about 60 companies, in order of creation."""
    dice = Dice("moscow")
    companies = _companies(dice)
    source_of = {c: dice.pick(SOURCES) for c in companies}
    deals = []
    for month in months():
        for _ in range(dice.count(4.6 * SEASON[month.month])):
            created = dice.office_hours(month + timedelta(days=dice.randint(0, 25)))
            deals.append(_deal(dice, people, dice.choice(companies), created, source_of))
    deals.sort(key=lambda d: d.created)
    for number, deal in enumerate(deals):
        deal.id = 7_001 + number
    return deals


def _companies(dice: Dice) -> list[str]:
    names = [f"{head} {tail}" for head in HEADS for tail in TAILS]
    return [f"{dice.choice(FORMS)} «{name}»" for name in dice.sample(names, 62)]


def _deal(dice: Dice, people: list[Person], company: str, created: datetime, source_of: dict[str, str]) -> RussianDeal:
    service = dice.choice(SERVICES)
    won = dice.chance(0.36 if created >= REVOPS_START else 0.29)
    closed = dice.office_hours(created + timedelta(days=dice.lognormal(48, 0.5)))
    budget = round(dice.lognormal(640_000, 0.75) / 50) * 50 + dice.choice((0, 0, 0, 0.5, 0.75))
    is_open = closed >= END
    stage = STAGES[dice.randint(0, 4)] if is_open else WON if won else LOST
    owner = someone(dice, people, "Moscow Office", created).name
    reason = dice.pick(REASONS) if stage == LOST else ""
    title = f"{service}: {company}"
    when = None if is_open else closed
    return RussianDeal(0, title, company, owner, stage, budget, created, when, source_of[company], reason)


def rouble_rates() -> list[tuple[datetime, float]]:
    """US dollars for one rouble on the first of each month: an invented walk near the rates of those years."""
    dice, rate = Dice("roubles"), 0.0103
    rates = []
    for month in months(datetime(START.year, 10, 1), END):
        rates.append((month, round(rate, 6)))
        rate *= 1 + dice.gauss(0.002, 0.025) + (0.0112 - rate) * 6
    return rates
